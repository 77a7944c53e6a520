import type { Money } from './money.js';
import {
  balanceOf,
  type JournalFault,
  type JournalTransaction,
  type LotBalance,
  type OpenHold,
  type TimeAccount,
  type TimeLedger,
} from './time-journal.js';
import { continueJournal, foldJournal } from './time-ledger.js';
import { type TimeLot, valueOfMinutes } from './time-lot.js';

/** Minutes of a whole wallet by account; they sum to 0, since ISSUED counts against the others. */
export type AccountTotals = Readonly<Record<TimeAccount, number>>;

/** What minutes that left a bought lot, or came back to it, are worth. */
export interface ValuedMinutes {
  readonly lotId: string;
  /** Positive: used, voided or split away; negative: returned. */
  readonly minutes: number;
  readonly value: Money;
}

export interface StatementEntry {
  readonly transaction: JournalTransaction;
  /** What it adds to each account of the wallet. */
  readonly change: AccountTotals;
  /** One for each bought lot that gained or lost minutes for good. */
  readonly values: readonly ValuedMinutes[];
}

/** A lot as it stood before the first and after the last entry of the period. */
export interface StatementLot {
  readonly lot: TimeLot;
  readonly opening: LotBalance;
  readonly closing: LotBalance;
}

export interface TimeStatement {
  /** Included. */
  readonly from: Temporal.Instant;
  /** Not included. */
  readonly to: Temporal.Instant;
  readonly opening: AccountTotals;
  /** In journal order. */
  readonly entries: readonly StatementEntry[];
  readonly closing: AccountTotals;
  /** Lots into which something was granted or split before `to`. */
  readonly lots: readonly StatementLot[];
  /** Holds that are open at the end of the period. */
  readonly openHolds: readonly OpenHold[];
}

export type StatedTime =
  | { readonly outcome: 'STATED'; readonly statement: TimeStatement }
  | { readonly outcome: 'FAULTY'; readonly faults: readonly JournalFault[] };

/**
 * B-14: everything recorded in `[from, to)` with its reason, and the balances before and after: for each account, and for each account of each lot, opening
 * plus the entries is closing. It says what was booked, not what has ended since: figures of an instant are `walletFigures`. `transactions` is the whole
 * journal of one wallet in its order; a faulty one is answered with its faults. Throws a RangeError when `to` lies before `from`.
 */
export function timeStatement(
  lots: readonly TimeLot[],
  transactions: readonly JournalTransaction[],
  { from, to }: { readonly from: Temporal.Instant; readonly to: Temporal.Instant },
): StatedTime {
  if (Temporal.Instant.compare(to, from) < 0) throw new RangeError('A statement ends before it begins.');
  const isBefore = (end: Temporal.Instant, { recordedAt }: JournalTransaction) => Temporal.Instant.compare(recordedAt, end) < 0;
  const recorded = transactions.filter((transaction) => isBefore(to, transaction));
  const earlier = recorded.filter((transaction) => isBefore(from, transaction));
  const opened = foldJournal(lots, earlier);
  if (opened.outcome === 'FAULTY') return opened;
  // What is earlier stands in front, so that the fold goes on from there; a journal in which it does not is at fault, and folded anew to say how.
  const isInFront = earlier.length === 0 || recorded[earlier.length - 1] === earlier.at(-1);
  const closed = isInFront ? continueJournal(opened.ledger, [], recorded.slice(earlier.length)) : foldJournal(lots, recorded);
  if (closed.outcome === 'FAULTY') return closed;
  const valued = lots.flatMap((lot) => valuesOfLot(lot, recorded).map((value) => ({ ...value, lotId: lot.id })));
  const values = Map.groupBy(valued, ({ transactionId }) => transactionId);
  const entries = recorded.slice(earlier.length);
  return {
    outcome: 'STATED',
    statement: {
      from,
      to,
      opening: totalsOf(opened.ledger),
      entries: entries.map((transaction) => ({
        transaction,
        change: changeOf(transaction),
        values: (values.get(transaction.id) ?? []).map(({ lotId, minutes, value }) => ({ lotId, minutes, value })),
      })),
      closing: totalsOf(closed.ledger),
      lots: lots
        .filter(({ id }) => closed.ledger.balances.has(id))
        .map((lot) => ({ lot, opening: balanceOf(opened.ledger, lot.id), closing: balanceOf(closed.ledger, lot.id) })),
      openHolds: [...closed.ledger.openHolds.values()],
    },
  };
}

/**
 * B-12, B-14: what each transaction took from a bought lot for good, or gave back to it, and its value, in journal order. Cumulative rounding: the values sum
 * to the value of what is gone, and to the price when all is. Empty for a lot without a price. The journal has no fault.
 */
export function valuesOfLot(
  lot: TimeLot,
  transactions: readonly JournalTransaction[],
): { readonly transactionId: string; readonly minutes: number; readonly value: Money }[] {
  let gone: number | null = null;
  return transactions.flatMap(({ id, legs }) => {
    const own = legs.filter(({ lotId, account }) => lotId === lot.id && account !== 'CONSUMED' && account !== 'VOIDED');
    const taken = 0 - own.reduce((sum, { minutes }) => sum + minutes, 0);
    if (gone === null) {
      if (own.length > 0) gone = 0;
      return [];
    }
    const before: number = gone;
    gone += taken;
    const value = valueOfMinutes(lot, Math.min(before, gone), Math.abs(taken));
    if (taken === 0 || value === null) return [];
    return [{ transactionId: id, minutes: taken, value: taken < 0 ? { ...value, amountMinor: -value.amountMinor } : value }];
  });
}

function changeOf({ legs }: JournalTransaction): AccountTotals {
  return totalsBy((account) => legs.reduce((sum, leg) => sum + (leg.account === account ? leg.minutes : 0), 0));
}

function totalsOf({ balances, issuedMinutes }: TimeLedger): AccountTotals {
  return totalsBy((account) =>
    account === 'ISSUED' ? issuedMinutes : [...balances.values()].reduce((sum, balance) => sum + balance[account], 0),
  );
}

function totalsBy(minutesOf: (account: TimeAccount) => number): AccountTotals {
  return {
    AVAILABLE: minutesOf('AVAILABLE'),
    HELD: minutesOf('HELD'),
    CONSUMED: minutesOf('CONSUMED'),
    EXPIRED: minutesOf('EXPIRED'),
    VOIDED: minutesOf('VOIDED'),
    ISSUED: minutesOf('ISSUED'),
  };
}
