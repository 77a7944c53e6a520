import type { JournalTransaction, TimeLedger } from '../../src/policy/time-journal.js';
import { foldJournal } from '../../src/policy/time-ledger.js';
import type { TimeLot } from '../../src/policy/time-lot.js';
import type { TimeEntry, TimeOutcome, TimePosted } from '../../src/policy/time-posting.js';
import { PREPAID_SUPPORT } from './shipped-policies.js';

export const at = (text: string) => Temporal.Instant.from(text);
export const WALLET = 'wallet';
export const NOON = at('2026-03-10T12:00:00Z');

/** A wallet as it would be stored: its lots and its journal, in order. */
export interface Wallet {
  readonly lots: TimeLot[];
  readonly transactions: JournalTransaction[];
}

export const emptyWallet = (): Wallet => ({ lots: [], transactions: [] });

export function entryAt(moment: Temporal.Instant, change: Partial<TimeEntry> = {}): TimeEntry {
  return { at: moment, actor: { kind: 'STAFF', name: 'staff:ada' }, reason: 'As agreed.', policy: PREPAID_SUPPORT, ...change };
}

/** Bought time on project p, usable at once and for ever, unless said otherwise. */
export function lotOf(id: string, minutes: number, change: Partial<TimeLot> = {}): TimeLot {
  return {
    id,
    walletId: WALLET,
    source: 'PURCHASED',
    minutes,
    projectId: 'p',
    priority: 50,
    usableFrom: at('2026-01-01T00:00:00Z'),
    endsAt: null,
    term: null,
    onTermEnd: null,
    price: null,
    parentId: null,
    createdAt: at('2026-01-01T00:00:00Z'),
    ...change,
  };
}

/** What the wallet's journal amounts to. Throws the first fault. */
export function ledgerOf({ lots, transactions }: Wallet): TimeLedger {
  const folded = foldJournal(lots, transactions);
  if (folded.outcome === 'FAULTY') throw new Error(`fault ${folded.faults.map(({ code, message }) => `${code}: ${message}`).join(' ')}`);
  return folded.ledger;
}

/** Writes down what a command posts, and gives the transactions the ids t1, t2, … A refusal writes nothing. */
export function write<O extends TimeOutcome>(wallet: Wallet, outcome: O): O {
  if (outcome.outcome === 'REFUSED') return outcome;
  wallet.lots.push(...outcome.lots);
  for (const draft of outcome.transactions) wallet.transactions.push({ ...draft, id: `t${wallet.transactions.length + 1}` });
  return outcome;
}

/** As `write`, for what must be posted. */
export function posted<P extends TimePosted>(wallet: Wallet, outcome: TimeOutcome<P>): P {
  if (outcome.outcome === 'REFUSED') throw new Error(`refused: ${outcome.reasons.map(({ code }) => code).join(' ')}`);
  write(wallet, outcome);
  return outcome;
}
