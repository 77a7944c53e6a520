import { customersToSweep } from '../persistence/time-sweep-rows.js';
import { expire } from '../policy/time-grant.js';
import type { EntityManager } from './entity-manager.js';
import { commandTime } from './time-command.js';

export interface TimeSweep {
  /** Wallets that were looked at. */
  readonly wallets: number;
  /** Entries that say that minutes ended. */
  readonly expired: number;
  /** The last customer that was looked at, to go on after; null: there are no more. */
  readonly next: string | null;
}

/**
 * B-04, B-13, B-32: books what ends and lapses say by an instant, wallet by wallet in the order of their customers, for at most `limit` of them after the customer
 * `after`. No answer depends on it; running it twice books nothing twice.
 */
export async function sweepExpired(
  em: EntityManager,
  at: Temporal.Instant,
  limit: number,
  after: string | null = null,
): Promise<TimeSweep> {
  const customers = await customersToSweep(em, at, limit, after);
  const entry = { at, actor: { kind: 'PROGRAM', name: 'schedule' } as const, reason: 'The time has ended.' };
  let expired = 0;
  for (const customerId of customers) {
    const outcome = await commandTime(em, customerId, at, (ledger) => expire(ledger, entry));
    if (outcome.outcome === 'POSTED') expired += outcome.transactions.length;
  }
  return { wallets: customers.length, expired, next: customers.length < limit ? null : (customers.at(-1) ?? null) };
}
