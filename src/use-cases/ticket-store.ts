import type { Session } from '../persistence/session.js';
import type { Actor } from './actor.js';
import { isFreshlyRead } from './after-sales-facts.js';
import type { Gateway } from './gateway.js';
import { Refusal } from './outcome.js';
import { LeaveEnded } from './standing-leave.js';
import { connectorOf } from './store.js';
import { readStore } from './store-reading.js';
import { requestRows, type TicketRequestInput } from './ticket-request.js';

/**
 * reads the store of a request before the transaction that decides on it, so that no connection is held while a store is slow. A store that told its
 * version within the last quarter of an hour is not asked again, and one whose credentials nobody keeps cannot be. A store that cannot be read leaves a
 * reading that says why; where it is not the store's doing, none. Refuses what `openTicket` would refuse of purchase, project and store, and whoever may not any more when the
 * store has answered.
 */
export async function readStoreFor(
  session: Session,
  gateway: Pick<Gateway, 'secretKey' | 'connect' | 'now'>,
  actor: Actor,
  asked: Pick<TicketRequestInput, 'purchaseId' | 'projectId' | 'storeId'>,
  now: Temporal.Instant,
): Promise<void> {
  const { store } = await requestRows(session.em, actor, asked, now);
  if (store === null || (await isFreshlyRead(session.em, store.id, now))) return;
  const connector = connectorOf(store, gateway.secretKey, gateway.connect);
  if (connector === null) return;
  try {
    await readStore(session, store, connector, now, { actor, gateway });
  } catch (error) {
    // A ticket is not turned away because too many stores are being read: the decision says that this one was not.
    if (!(error instanceof Refusal) || error instanceof LeaveEnded) throw error;
  }
}
