import { type LedgerRows, readJournalRowsOf, readLedgerRows } from '../persistence/time-ledger-rows.js';
import type { JournalTransaction, TimeLedger } from '../policy/time-journal.js';
import { type FoldedJournal, foldJournal } from '../policy/time-ledger.js';
import type { TimeLot } from '../policy/time-lot.js';
import type { EntityManager } from './entity-manager.js';
import { lapsedBy } from './time-command.js';
import { ledgerOf, lotsOf, NO_TIME, transactionOf } from './time-ledger.js';

/** Prepaid time of one customer as it is stored, and since when it is suspended. */
export interface StoredTime {
  readonly ledger: TimeLedger;
  /** B-14: since when nothing may be held or used, as an alarm is open; null: it may. */
  readonly suspendedAt: Temporal.Instant | null;
}

/** The whole journal of one customer, with all its lots. */
export interface StoredJournal {
  readonly lots: readonly TimeLot[];
  readonly transactions: readonly JournalTransaction[];
}

const NOTHING: StoredTime = { ledger: NO_TIME, suspendedAt: null };
const NO_JOURNAL: StoredJournal = { lots: [], transactions: [] };

/** The lots, balances and open holds of many customers as stored, in the order asked: one statement. Whoever has no wallet has an empty ledger. */
export async function storedTimeOf(em: EntityManager, customerIds: readonly string[]): Promise<StoredTime[]> {
  const rows = await readLedgerRows(em, customerIds);
  return inOrder(customerIds, rows, NOTHING, (row) => ({
    ledger: ledgerOf(row),
    suspendedAt: row.suspendedAt === null ? null : Temporal.Instant.from(row.suspendedAt),
  }));
}

/** The journals of many customers, in the order asked: one statement, which reads every entry that they ever had. */
export async function journalsOf(em: EntityManager, customerIds: readonly string[]): Promise<StoredJournal[]> {
  const rows = await readJournalRowsOf(em, customerIds);
  return inOrder(customerIds, rows, NO_JOURNAL, (row) => ({ lots: lotsOf(row), transactions: row.transactions.map(transactionOf) }));
}

/** B-04, B-06, B-13, B-32: a stored ledger as it stands now, or will if nothing else happens: what lapses by then has lapsed, booked or not. */
export function ledgerLater({ ledger }: StoredTime, at: Temporal.Instant): TimeLedger {
  return lapsedBy(ledger, at).ledger;
}

/** The ledger as it stood at an instant that is past: what was recorded by then, and what had lapsed; or what of the journal is at fault. */
export function ledgerEarlier({ lots, transactions }: StoredJournal, at: Temporal.Instant): FoldedJournal {
  const folded = foldJournal(lots, transactions, at);
  return folded.outcome === 'FAULTY' ? folded : { outcome: 'FOLDED', ledger: lapsedBy(folded.ledger, at).ledger };
}

function inOrder<T>(customerIds: readonly string[], rows: readonly LedgerRows[], nothing: T, toldBy: (row: LedgerRows) => T): T[] {
  const byCustomer = new Map(rows.map((row) => [row.customerId, row]));
  return customerIds.map((id) => {
    const row = byCustomer.get(id);
    return row === undefined ? nothing : toldBy(row);
  });
}
