import { Ticket } from '../persistence/ticket.js';
import { OPEN_STATES, type TicketState } from '../policy/ticket.js';
import { timePassed } from '../policy/ticket-machine.js';
import type { EntityManager } from './entity-manager.js';
import { eventInstant } from './ticket-command.js';
import { lockTicket, recordEvent } from './ticket-log.js';

/**
 * A-12: with a licence ends what its tickets promise: a correction is owed no more, and what was offered back is not offered any longer, so that no licence is
 * paid back twice. Every such ticket keeps its state of work, and its log tells why. Takes the tickets' locks, by id: the customer's is held by the caller.
 * Whatever is due next on them, as the end of the time for checking, is left to the sweep.
 */
export async function endTicketPromises(em: EntityManager, purchaseIds: readonly string[], now: Temporal.Instant): Promise<void> {
  if (purchaseIds.length === 0) return;
  const context = { em, now, addJob: async () => undefined };
  for (const id of await promisingTickets(em, purchaseIds)) {
    const ticket = await lockTicket(em, id);
    if (ticket === null) continue;
    const at = eventInstant(ticket, now);
    if (!promises(timePassed(ticket.state, ticket.policy.document, at).state)) continue;
    await recordEvent(context, ticket, { kind: 'LICENCE_ENDED', at, actor: { kind: 'PROGRAM', id: null } });
  }
}

/** Ids of tickets about some purchases that may promise something still, in the order of their locks. */
export async function promisingTickets(em: EntityManager, purchaseIds: readonly string[]): Promise<string[]> {
  const isAlive = { $or: [{ work: { $in: [...OPEN_STATES, 'DELIVERED' as const] } }, { nextDueAt: { $ne: null } }] };
  const rows = await em.find(Ticket, { purchase: { $in: [...purchaseIds] }, ...isAlive }, { fields: ['id'], orderBy: { id: 'asc' } });
  return rows.map(({ id }) => id);
}

function promises({ remedy }: TicketState): boolean {
  const isPromised = remedy.state === 'UNDECIDED' || remedy.state === 'RUNNING' || remedy.state === 'DELIVERED';
  return isPromised || remedy.refund?.state === 'OFFERED';
}
