import { typeid } from 'typeid-js';
import { type ClosedOfInterest, type LedgerRows, readLedgerRows } from '../persistence/time-ledger-rows.js';
import { lockWallet, lockWallets, writeLedger } from '../persistence/time-ledger-write.js';
import { walletFigures } from '../policy/time-figures.js';
import { lapseDue } from '../policy/time-hold.js';
import { balanceOf, type JournalDraft, type JournalTransaction, type TimeLedger, taskKey } from '../policy/time-journal.js';
import { continueJournal } from '../policy/time-ledger.js';
import type { TimeLot } from '../policy/time-lot.js';
import type { TimeOutcome, TimePosted } from '../policy/time-posting.js';
import { suspensionRefusal } from '../policy/time-suspension.js';
import type { EntityManager } from './entity-manager.js';
import { Refusal, userError } from './outcome.js';
import { balanceFacts, holdFacts, type LotOrigin, ledgerOf, lotFacts, NO_TIME, transactionFacts } from './time-ledger.js';

/** What of the closed part of the journal a command looks at: only what is named here is read, whatever else there is. */
export interface TimeInterest extends ClosedOfInterest {
  /** For grants: where each new lot comes from, by its id. Splits and reversals take after the lots that they come from. */
  readonly origins?: ReadonlyMap<string, LotOrigin>;
}

/** What was written has ids. */
export interface TimeWritten {
  readonly transactions: readonly JournalTransaction[];
}

/**
 * Runs a command of the time ledger on the wallet of a customer, inside the caller's transaction: locks the wallet (and makes it if there is none), posts
 * what has lapsed by `at`, lets `decide` choose over the ledger as it is then, and writes what it posts. Three statements, however much the wallet holds.
 * `about` names what `decide` looks at beyond lots and open holds: a hold that is new or may be over, the task that is held for or charged, the transaction
 * to reverse. Refused while an alarm is open, where minutes would be held or used (B-14). Two wallets in one transaction: lock them in the order of their
 * customers' ids. Throws where `decide` breaks a law of the ledger, or posts about something that `about` does not name; and a Refusal where the journal holds
 * entries that the wallet does not know of.
 */
export async function commandTime<Posted extends TimePosted>(
  em: EntityManager,
  customerId: string,
  at: Temporal.Instant,
  decide: (ledger: TimeLedger) => TimeOutcome<Posted>,
  about: TimeInterest = {},
): Promise<TimeOutcome<TimeWritten & Posted>> {
  await em.flush();
  await lockWallet(em, customerId, at);
  const [rows] = await readLedgerRows(em, [customerId], about);
  if (rows === undefined) throw new Error('A wallet went while it was locked.');
  return commandRows(em, rows, at, decide, about);
}

/** A grant to the wallet of one customer. */
export interface WalletGrant {
  readonly customerId: string;
  readonly decide: (ledger: TimeLedger) => TimeOutcome;
  readonly origins: NonNullable<TimeInterest['origins']>;
}

/** The same for grants to many wallets, each customer's in one: the wallets are locked in the order of their customers' ids, and each costs one statement more. */
export async function grantToAll(em: EntityManager, at: Temporal.Instant, grants: readonly WalletGrant[]): Promise<void> {
  if (grants.length === 0) return;
  await em.flush();
  const byCustomer = new Map(grants.map((grant) => [grant.customerId, grant]));
  await lockWallets(em, [...byCustomer.keys()], at);
  const read = await readLedgerRows(em, [...byCustomer.keys()]);
  if (read.length !== byCustomer.size) throw new Error('A wallet went while it was locked.');
  for (const rows of read) {
    const grant = byCustomer.get(rows.customerId);
    if (grant !== undefined) await commandRows(em, rows, at, grant.decide, { origins: grant.origins });
  }
}

async function commandRows<Posted extends TimePosted>(
  em: EntityManager,
  rows: LedgerRows,
  at: Temporal.Instant,
  decide: (ledger: TimeLedger) => TimeOutcome<Posted>,
  about: TimeInterest,
): Promise<TimeOutcome<TimeWritten & Posted>> {
  const stored = ledgerOf(rows);
  const lapsed = lapsedBy(stored, at);
  const decided = decide(lapsed.ledger);
  const suspended =
    decided.outcome === 'POSTED' && rows.suspendedAt !== null ? suspensionRefusal(decided, instantOf(rows.suspendedAt)) : null;
  const outcome = suspended ?? decided;
  if (outcome.outcome === 'REFUSED') {
    await write(em, rows, { before: stored, after: lapsed.ledger, lots: [], transactions: lapsed.transactions }, about);
    return outcome;
  }
  assertNamed(lapsed.ledger, outcome.transactions, about);
  const transactions = outcome.transactions.map(withId);
  const after = posted(lapsed.ledger, outcome.lots, transactions);
  const written = { before: stored, after, lots: outcome.lots, transactions: [...lapsed.transactions, ...transactions] };
  await write(em, rows, written, about);
  return { ...outcome, transactions };
}

export interface TimeReading {
  readonly ledger: TimeLedger;
  /** Null: the customer has no wallet, and so no time. */
  readonly walletId: string | null;
  /** B-14: since when nothing may be held or used, as an alarm is open; null: it may. */
  readonly suspendedAt: Temporal.Instant | null;
}

/** The ledger of a customer as it stands at an instant, whether or not what has lapsed by then is booked: lots, balances and open holds. One statement, no lock. */
export async function readTime(em: EntityManager, customerId: string, at: Temporal.Instant): Promise<TimeReading> {
  const [row] = await readLedgerRows(em, [customerId]);
  if (row === undefined) return { ledger: NO_TIME, walletId: null, suspendedAt: null };
  const suspendedAt = row.suspendedAt === null ? null : instantOf(row.suspendedAt);
  return { ledger: lapsedBy(ledgerOf(row), at).ledger, walletId: row.walletId, suspendedAt };
}

/** B-06, B-09: minutes that may still be held on a project at an instant; with null on any of the customer's projects. What is on none does not count. */
export async function usableMinutesFor(
  em: EntityManager,
  customerId: string,
  projectId: string | null,
  at: Temporal.Instant,
): Promise<number> {
  const { ledger } = await readTime(em, customerId, at);
  return walletFigures(ledger, at, projectId).availableMinutes;
}

const JOURNAL_DIFFERS = 'The journal of this prepaid time holds more than its records know of. Staff must clear that up first.';
const SCHEDULE = { kind: 'PROGRAM', name: 'schedule' } as const;

/** B-13: the ledger after what has lapsed by an instant, whether or not that is booked, and the transactions that book it. */
export function lapsedBy(
  ledger: TimeLedger,
  at: Temporal.Instant,
): { readonly ledger: TimeLedger; readonly transactions: readonly JournalTransaction[] } {
  const { transactions: due } = lapseDue(ledger, { at, actor: SCHEDULE, reason: 'The life of the reservation is over.' });
  const transactions = due.map(withId);
  return { ledger: transactions.length === 0 ? ledger : posted(ledger, [], transactions), transactions };
}

const withId = (draft: JournalDraft): JournalTransaction => ({ ...draft, id: typeid().toUUID() });

function posted(ledger: TimeLedger, lots: readonly TimeLot[], transactions: readonly JournalTransaction[]): TimeLedger {
  const folded = continueJournal(ledger, lots, transactions);
  if (folded.outcome === 'FOLDED') return folded.ledger;
  throw new Error(`The journal would break its laws: ${folded.faults.map(({ code, message }) => `${code}: ${message}`).join(' ')}`);
}

/** What a command posts about must have been read, or it would not know that the same was done before. */
function assertNamed(ledger: TimeLedger, drafts: readonly JournalDraft[], about: TimeInterest): void {
  for (const { kind, holdId, work, legs } of drafts) {
    const isNewHold = kind === 'HOLD' && holdId !== null && !ledger.openHolds.has(holdId);
    if (isNewHold && about.holdId !== holdId) throw new Error('A command that places a hold names it.');
    const charges = legs.some(({ account, minutes }) => account === 'CONSUMED' && minutes > 0);
    if ((isNewHold || charges) && (work === null || about.work === undefined || taskKey(about.work) !== taskKey(work))) {
      throw new Error('A command that holds or charges minutes names the task.');
    }
  }
}

interface Written {
  readonly before: TimeLedger;
  readonly after: TimeLedger;
  readonly lots: readonly TimeLot[];
  readonly transactions: readonly JournalTransaction[];
}

async function write(em: EntityManager, rows: LedgerRows, written: Written, { origins }: TimeInterest): Promise<void> {
  const { before, after, lots, transactions } = written;
  if (transactions.length === 0) return;
  // What was written beside the ledger has the next number already: nothing can be added until people have found out what it is (B-14).
  if (rows.journalSequence !== rows.lastSequence) throw new Refusal([userError('CONFLICT', JOURNAL_DIFFERS)]);
  const known = new Map<string, LotOrigin>(rows.lots.map((lot) => [lot.id, { ...lot, grantKey: null }]));
  const newLots = lots.map((lot) => {
    const origin = origins?.get(lot.id) ?? inherited(lot, transactions, known);
    known.set(lot.id, { ...origin, grantKey: null });
    return lotFacts(lot, origin);
  });
  const moved = [...after.balances].filter(([lotId, balance]) => before.balances.has(lotId) && balance !== before.balances.get(lotId));
  await writeLedger(em, {
    walletId: rows.walletId,
    lastSequence: rows.lastSequence,
    after: {
      issuedMinutes: after.issuedMinutes,
      lastSequence: rows.lastSequence + transactions.length,
      recordedThrough: after.recordedThrough?.toString() ?? null,
    },
    lots: newLots,
    balances: lots.map(({ id }) => balanceFacts(id, balanceOf(after, id), null)),
    moves: moved.map(([lotId, balance]) => balanceFacts(lotId, balance, balanceOf(before, lotId))),
    transactions: transactions.map((transaction, index) => transactionFacts(transaction, rows.lastSequence + 1 + index)),
    holds: changedHolds(before, after),
  });
}

/** B-30: a split is bound to what its parent is; time that returns as goodwill to what it was bound to when it was charged. */
function inherited(lot: TimeLot, transactions: readonly JournalTransaction[], known: ReadonlyMap<string, LotOrigin>): LotOrigin {
  const sources = transactions.flatMap(({ legs }) =>
    legs.some(({ lotId }) => lotId === lot.id) ? legs.filter(({ minutes }) => minutes < 0) : [],
  );
  const [source] = lot.parentId === null ? sources.flatMap(({ lotId }) => lotId ?? []) : [lot.parentId];
  const origin = source === undefined ? undefined : known.get(source);
  if (origin === undefined) throw new Error('A lot that is granted says where it comes from.');
  return { policyVersionId: origin.policyVersionId, termPurchaseId: lot.term === null ? null : origin.termPurchaseId, grantKey: null };
}

function changedHolds(before: TimeLedger, after: TimeLedger) {
  const over = [...before.openHolds.values()].flatMap((hold) => {
    const resolvedBy = after.openHolds.has(hold.id) ? undefined : after.resolvedHolds.get(hold.id);
    return resolvedBy === undefined ? [] : [holdFacts(hold, resolvedBy)];
  });
  const open = [...after.openHolds.values()].filter((hold) => before.openHolds.get(hold.id) !== hold);
  return [...over, ...open.map((hold) => holdFacts(hold, null))];
}

const instantOf = (text: string): Temporal.Instant => Temporal.Instant.from(text);
