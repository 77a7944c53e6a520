import { type Reason, reason } from './reason.js';
import type { HoldRefundPosted } from './time-hold.js';
import type { JournalFault } from './time-journal.js';
import type { TimePosted, TimeRefused } from './time-posting.js';

/**
 * B-14: whether minutes may be reserved, used or paid back in money while the records of a wallet are in doubt: no. Null for what does none of it: grants,
 * assignments, releases, charge-backs, reversals. `suspendedAt` is when the doubt was raised. The published text is silent on it, so the reason has no clause.
 */
export function suspensionRefusal(
  { transactions, refunds = [] }: TimePosted & Partial<Pick<HoldRefundPosted, 'refunds'>>,
  suspendedAt: Temporal.Instant,
): TimeRefused | null {
  const takes = transactions.some(({ legs }) =>
    legs.some(({ account, minutes }) => minutes > 0 && (account === 'HELD' || account === 'CONSUMED')),
  );
  if (!takes && refunds.length === 0) return null;
  const message = 'Your prepaid time cannot be reserved, used or paid back for now: the vendor is clearing up a difference in its records.';
  const facts = { suspendedAt: suspendedAt.toString() };
  const told = reason({}, { code: 'TIME_LEDGER_SUSPENDED', effect: 'REFUSES', rule: 'B-14', message, facts, remedy: 'ASK_VENDOR' });
  return { outcome: 'REFUSED', reasons: [told] };
}

/** B-14: why nothing can be told that must be folded from the journal: it breaks a law of the ledger. `faults` are those found, at least one. */
export function journalInDoubt(faults: readonly JournalFault[]): Reason {
  const message = 'This cannot be told for now: the vendor is clearing up an entry of the journal that breaks a law of the ledger.';
  const facts = { faults: [...new Set(faults.map(({ code }) => code))].join(', ') };
  return reason({}, { code: 'TIME_LEDGER_UNKNOWN', effect: 'REFUSES', rule: 'B-14', message, facts, remedy: 'ASK_VENDOR' });
}
