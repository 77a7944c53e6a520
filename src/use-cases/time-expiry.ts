import type { Session } from '../persistence/session.js';
import { customersToSweep } from '../persistence/time-sweep-rows.js';
import { expire } from '../policy/time-grant.js';
import { type SweepBounds, sweepEach } from './sweep.js';
import { commandTime } from './time-command.js';

export interface TimeSweep {
  /** Wallets that were looked at. */
  readonly wallets: number;
  /** Entries that say that minutes ended. */
  readonly expired: number;
}

/**
 * B-04, B-13, B-32: books what ends and lapses say by an instant, wallet by wallet in the order of their customers, each in a transaction of its own. A wallet that
 * cannot be booked stops none of the others: what went wrong is thrown at the end. No answer depends on it; running it twice books nothing twice. For a
 * session that sees everyone's time.
 */
export async function sweepExpired(session: Session, at: Temporal.Instant, bounds: SweepBounds): Promise<TimeSweep> {
  const entry = { at, actor: { kind: 'PROGRAM', name: 'schedule' } as const, reason: 'The time has ended.' };
  const booked = await sweepEach(
    session,
    {
      what: 'wallets with minutes that ended',
      find: (after: string | null, limit) => customersToSweep(session.em, at, limit, after),
      work: async (em, customerId) => {
        const outcome = await commandTime(em, customerId, at, (ledger) => expire(ledger, entry));
        return outcome.outcome === 'POSTED' ? outcome.transactions.length : 0;
      },
    },
    bounds,
  );
  return { wallets: booked.length, expired: booked.reduce((sum, entries) => sum + entries, 0) };
}
