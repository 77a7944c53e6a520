import type { Reason } from '../policy/reason.js';
import type { TimeOutcome, TimePosted } from '../policy/time-posting.js';
import type { TimeWritten } from './time-command.js';

/** What a command of the ledger that a person gave came to, as it is kept under its idempotency key. */
export type TimeAnswer =
  | {
      readonly outcome: 'POSTED';
      /** The entries of the journal that it wrote, in their order. */
      readonly transactionIds: readonly string[];
      /** The lots that it made. */
      readonly lotIds: readonly string[];
    }
  /** Nothing was written; never without a reason. */
  | { readonly outcome: 'REFUSED'; readonly reasons: readonly Reason[] };

export function answerOf(outcome: TimeOutcome<TimeWritten & TimePosted>): TimeAnswer {
  if (outcome.outcome === 'REFUSED') return { outcome: 'REFUSED', reasons: outcome.reasons };
  return { outcome: 'POSTED', transactionIds: outcome.transactions.map(({ id }) => id), lotIds: outcome.lots.map(({ id }) => id) };
}
