import { queryWithin } from '../persistence/session.js';
import type { EntityManager } from './entity-manager.js';
import type { AddJob } from './job.js';

/** A renewal of a customer; the key names it. */
export interface Renewed {
  readonly customerId: string;
  readonly key: string;
}

/** B-04: after renewals, minutes that their terms had suspended may be usable again: whoever waits for them is told, once for each key. */
export async function announceRenewedTime(em: EntityManager, renewals: readonly Renewed[], addJob: AddJob | undefined): Promise<void> {
  if (addJob === undefined || renewals.length === 0) return;
  const withTerms = new Set(await customersWithTermLots(em, [...new Set(renewals.map(({ customerId }) => customerId))]));
  const told = new Set<string>();
  for (const { customerId, key } of renewals) {
    if (!withTerms.has(customerId) || told.has(`${customerId} ${key}`)) continue;
    told.add(`${customerId} ${key}`);
    await addJob(em, { queue: 'time-added', customerId, key });
  }
}

/** Those among some customers who hold minutes that depend on a support term. */
async function customersWithTermLots(em: EntityManager, customerIds: readonly string[]): Promise<string[]> {
  const rows = await queryWithin<{ customer_id: string }>(em, {
    name: 'customers-with-term-lots',
    text: `select w.customer_id from time_wallet w where w.customer_id = any($1::uuid[])
      and exists (select from time_lot l where l.wallet_id = w.id and l.term_purchase_id is not null)`,
    values: [customerIds],
  });
  return rows.map(({ customer_id }) => customer_id);
}
