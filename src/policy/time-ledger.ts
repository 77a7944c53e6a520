import {
  balanceOf,
  type HoldAllocation,
  heldMinutes,
  type JournalFault,
  type JournalTransaction,
  type LotBalance,
  type OpenHold,
  type TimeLedger,
  taskKey,
} from './time-journal.js';
import { transactionFaults } from './time-journal-faults.js';
import { lotFault, type TimeLot } from './time-lot.js';

export type FoldedJournal =
  | { readonly outcome: 'FOLDED'; readonly ledger: TimeLedger }
  /** All faults of the first transaction that has any, or of the lots; what follows it is not judged. */
  | { readonly outcome: 'FAULTY'; readonly faults: readonly JournalFault[] };

/** The ledger while it is being folded. */
interface Books extends TimeLedger {
  walletId: string | null;
  readonly balances: Map<string, LotBalance>;
  issuedMinutes: number;
  readonly openHolds: Map<string, OpenHold>;
  readonly resolvedHolds: Map<string, string>;
  readonly transactions: Map<string, JournalTransaction>;
  readonly reversedBy: Map<string, string>;
  readonly settledTasks: Map<string, string>;
  recordedThrough: Temporal.Instant | null;
}

/**
 * What the journal of one wallet amounts to, folded from nothing: balances of each lot, open holds, what was resolved and reversed. `transactions` stand
 * in journal order, in which each was written; with `at` only those recorded by then count, and `lots` may hold younger ones. A journal that breaks a law
 * of the ledger is not folded but answered with its faults. Never throws.
 */
export function foldJournal(
  lots: readonly TimeLot[],
  transactions: readonly JournalTransaction[],
  at: Temporal.Instant | null = null,
): FoldedJournal {
  const books = emptyBooks(lots);
  const wrongLots = lotFaults(lots);
  if (wrongLots.length > 0) return { outcome: 'FAULTY', faults: wrongLots };
  const counted = at === null ? transactions : transactions.filter(({ recordedAt }) => Temporal.Instant.compare(recordedAt, at) <= 0);
  return postAll(books, counted);
}

/**
 * A ledger with further lots and transactions after those that it knows, in their order: what is about to be written is held to every law first. The ledger
 * given stays as it is. It may know less than the whole journal: then only what it knows is held against them. Never throws.
 */
export function continueJournal(ledger: TimeLedger, lots: readonly TimeLot[], transactions: readonly JournalTransaction[]): FoldedJournal {
  const known = [...ledger.lots.values(), ...lots];
  const wrongLots = lotFaults(known);
  if (wrongLots.length > 0) return { outcome: 'FAULTY', faults: wrongLots };
  const books: Books = {
    ...ledger,
    lots: new Map(known.map((lot) => [lot.id, lot])),
    balances: new Map(ledger.balances),
    openHolds: new Map(ledger.openHolds),
    resolvedHolds: new Map(ledger.resolvedHolds),
    transactions: new Map(ledger.transactions),
    reversedBy: new Map(ledger.reversedBy),
    settledTasks: new Map(ledger.settledTasks),
  };
  return postAll(books, transactions);
}

function postAll(books: Books, transactions: readonly JournalTransaction[]): FoldedJournal {
  for (const transaction of transactions) {
    const faults = transactionFaults(books, transaction);
    if (faults.length > 0) return { outcome: 'FAULTY', faults };
    post(books, transaction);
  }
  return { outcome: 'FOLDED', ledger: books };
}

function emptyBooks(lots: readonly TimeLot[]): Books {
  return {
    walletId: lots[0]?.walletId ?? null,
    lots: new Map(lots.map((lot) => [lot.id, lot])),
    balances: new Map(),
    issuedMinutes: 0,
    openHolds: new Map(),
    resolvedHolds: new Map(),
    transactions: new Map(),
    reversedBy: new Map(),
    settledTasks: new Map(),
    recordedThrough: null,
  };
}

function lotFaults(lots: readonly TimeLot[]): JournalFault[] {
  const ids = new Set<string>();
  return lots.flatMap((lot): JournalFault[] => {
    const said = (code: JournalFault['code'], message: string) => [{ code, transactionId: null, message: `Lot ${lot.id}: ${message}.` }];
    if (ids.has(lot.id)) return said('ID_REPEATED', 'its id is used twice');
    ids.add(lot.id);
    if (lot.walletId !== lots[0]?.walletId) return said('OTHER_WALLET', 'it is in another wallet');
    const fault = lotFault(lot);
    return fault === null ? [] : said('LOT_MALFORMED', fault);
  });
}

/** Posts a transaction that has no fault. */
function post(books: Books, transaction: JournalTransaction): void {
  for (const { account, lotId, minutes } of transaction.legs) {
    if (account === 'ISSUED' || lotId === null) {
      books.issuedMinutes += minutes;
      continue;
    }
    const balance = balanceOf(books, lotId);
    books.balances.set(lotId, { ...balance, [account]: balance[account] + minutes });
  }
  books.walletId = transaction.walletId;
  books.transactions.set(transaction.id, transaction);
  books.recordedThrough = transaction.recordedAt;
  if (transaction.holdId !== null) postHold(books, transaction, transaction.holdId);
  postSettlement(books, transaction);
}

function postHold(books: Books, transaction: JournalTransaction, holdId: string): void {
  const open = books.openHolds.get(holdId);
  const allocations = movedAllocations(open?.allocations ?? [], transaction);
  if (allocations.length === 0) {
    books.openHolds.delete(holdId);
    books.resolvedHolds.set(holdId, transaction.id);
    return;
  }
  if (transaction.kind !== 'HOLD') {
    if (open) books.openHolds.set(holdId, { ...open, allocations });
    return;
  }
  const { projectId, work, requestedMinutes, lapsesAt, effectiveAt } = transaction;
  if (projectId === null || work === null) return;
  books.openHolds.set(holdId, {
    id: holdId,
    projectId,
    work,
    requestedMinutes: requestedMinutes ?? heldMinutes({ allocations }),
    lapsesAt,
    placedAt: open?.placedAt ?? effectiveAt,
    allocations,
  });
}

function movedAllocations(allocations: readonly HoldAllocation[], { legs }: JournalTransaction): HoldAllocation[] {
  const minutes = new Map(allocations.map((allocation) => [allocation.lotId, allocation.minutes]));
  for (const leg of legs) {
    if (leg.account === 'HELD' && leg.lotId !== null) minutes.set(leg.lotId, (minutes.get(leg.lotId) ?? 0) + leg.minutes);
  }
  return [...minutes].filter(([, left]) => left > 0).map(([lotId, left]) => ({ lotId, minutes: left }));
}

function postSettlement(books: Books, { id, kind, work, reverses, legs }: JournalTransaction): void {
  if (kind === 'SETTLE' && work !== null && legs.some(({ account }) => account === 'CONSUMED')) books.settledTasks.set(taskKey(work), id);
  if (kind !== 'REVERSE' || reverses === null) return;
  books.reversedBy.set(reverses, id);
  const undone = books.transactions.get(reverses)?.work ?? null;
  if (undone !== null) books.settledTasks.delete(taskKey(undone));
}
