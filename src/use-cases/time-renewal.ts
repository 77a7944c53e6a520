import { TimeLot } from '../persistence/time-lot.js';
import type { EntityManager } from './entity-manager.js';
import type { AddJob } from './job.js';

/** B-04: after a renewal, minutes that its term had suspended may be usable again: whoever waits for them is told. `key` names the renewal. */
export async function announceRenewedTime(em: EntityManager, customerId: string, key: string, addJob: AddJob | undefined): Promise<void> {
  if (addJob === undefined) return;
  const lots = await em.count(TimeLot, { wallet: { customer: customerId }, termPurchase: { $ne: null } });
  if (lots > 0) await addJob(em, { queue: 'time-added', customerId, key });
}
