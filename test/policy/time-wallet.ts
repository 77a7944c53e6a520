import { layTerms } from '../../src/policy/support-term.js';
import { walletFigures } from '../../src/policy/time-figures.js';
import { grant } from '../../src/policy/time-grant.js';
import { hold } from '../../src/policy/time-hold.js';
import type { JournalTransaction, TimeLedger } from '../../src/policy/time-journal.js';
import { foldJournal } from '../../src/policy/time-ledger.js';
import type { TimeLot } from '../../src/policy/time-lot.js';
import type { TimeEntry, TimeOutcome, TimePosted } from '../../src/policy/time-posting.js';
import { type SettlementRequest, settle } from '../../src/policy/time-settlement.js';
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
    refundedMinutes: 0,
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

/** A wallet into which these lots were granted, each when it was created, in this order. */
export function walletWith(...lots: TimeLot[]): Wallet {
  const wallet = emptyWallet();
  for (const lot of lots) posted(wallet, grant(ledgerOf(wallet), lot, entryAt(lot.createdAt)));
  return wallet;
}

/** A task of the same name as its hold. */
export const forTask = (holdId: string, minutes: number, projectId = 'p') => ({
  holdId,
  projectId,
  work: { ticketId: 'T1', taskId: holdId },
  minutes,
});
/** Places a hold on project p and writes it down. */
export const reserve = (wallet: Wallet, holdId: string, minutes: number, entry = entryAt(NOON)) =>
  write(wallet, hold(ledgerOf(wallet), forTask(holdId, minutes), entry));

/** Settles and writes it down; without a hold, for the task "task". */
export function charge(
  wallet: Wallet,
  holdId: string | null,
  actualMinutes: number,
  change: Partial<SettlementRequest> = {},
  entry = entryAt(NOON),
) {
  const work = { ticketId: 'T1', taskId: holdId ?? 'task' };
  const request = {
    holdId,
    projectId: 'p',
    work,
    workedAt: entry.at,
    actualMinutes,
    chargeableMinutes: 10_000,
    onShortfall: 'REFUSE',
  } as const;
  return write(wallet, settle(ledgerOf(wallet), { ...request, ...change }, entry));
}

/** A wallet whose one lot was charged these parts, one task after the other. */
export function usedUp(lot: TimeLot, parts: readonly number[]): Wallet {
  const wallet = walletWith(lot);
  for (const [index, minutes] of parts.entries()) charge(wallet, null, minutes, { work: { ticketId: 'T1', taskId: `part ${index}` } });
  return wallet;
}

export const available = (wallet: Wallet, moment = NOON) => walletFigures(ledgerOf(wallet), moment).availableMinutes;
/** The codes of a refusal, or POSTED. */
export const codes = (outcome: TimeOutcome) => (outcome.outcome === 'REFUSED' ? outcome.reasons.map(({ code }) => code) : outcome.outcome);
/** Minutes by lot of the legs on one account: "L1 60, L2 70". */
export const onAccount = ({ legs }: Pick<JournalTransaction, 'legs'>, account: string) =>
  legs.filter((leg) => leg.account === account).map(({ lotId, minutes }) => `${lotId} ${minutes}`);

/** Included time that depends on the term of payments made at these instants. */
export function included(id: string, minutes: number, onTermEnd: 'SUSPEND' | 'FORFEIT', ...paidAt: string[]): TimeLot {
  const payments = paidAt.map((text, index) => ({ key: `${index}`, paidAt: at(text), months: 3 }));
  const term = { spans: layTerms(payments, '+03:00'), revokedAt: null };
  return lotOf(id, minutes, {
    source: 'INCLUDED',
    term,
    onTermEnd,
    usableFrom: at('2025-11-30T09:00:00Z'),
    createdAt: at('2025-11-30T09:00:00Z'),
  });
}
