import { Customer } from '../persistence/customer.js';
import { withVendorSession } from '../persistence/session.js';
import type { TimeDifference } from '../persistence/time-alarm.js';
import { writeRebuilt } from '../persistence/time-ledger-rebuild.js';
import { type LedgerRows, readJournalRows } from '../persistence/time-ledger-rows.js';
import { lockWallet } from '../persistence/time-ledger-write.js';
import { TimeWallet } from '../persistence/time-wallet.js';
import { balanceOf, type JournalTransaction, type TimeLedger } from '../policy/time-journal.js';
import { foldJournal } from '../policy/time-ledger.js';
import type { TimeLot } from '../policy/time-lot.js';
import type { EntityManager } from './entity-manager.js';
import type { Gateway } from './gateway.js';
import { NO_JOB } from './job.js';
import { Refusal, userError } from './outcome.js';
import type { CustomerReference } from './statement-explanation.js';
import { tellAfter } from './ticket-charge-back.js';
import { checkWallet } from './time-alarm.js';
import { differencesOf } from './time-check.js';
import { balanceFacts, holdFacts, lotsOf, transactionOf } from './time-ledger.js';

export interface RebuiltTime {
  readonly email: string;
  /** What was not as the journal has it, and is now; empty: nothing was written. */
  readonly changed: readonly TimeDifference[];
}

/** The same for an operator, who names the customer, and tickets are told where less is held for them than they know of; null where there is none of that name. */
export function rebuildTimeOf(
  { database }: Pick<Gateway, 'database'>,
  reference: CustomerReference,
  now: Temporal.Instant,
): Promise<RebuiltTime | null> {
  return withVendorSession(database, (session) =>
    session.transaction(async (em) => {
      const named = 'id' in reference ? { id: reference.id } : { email: reference.email.toLowerCase() };
      const customer = await em.findOne(Customer, named);
      if (customer === null) return null;
      const context = { em, now, addJob: NO_JOB };
      return { email: customer.email, changed: await tellAfter(context, customer.id, () => rebuildTime(em, customer.id, now)) };
    }),
  );
}

/**
 * B-14: writes what is stored of a wallet beside its journal anew, so that it is what the journal amounts to, under the wallet's lock: figures of the wallet, balances
 * of lots, holds. The result is compared before it is kept. What differed is kept in an alarm, which stays open until staff clear it. Returns what was changed.
 * Throws a Refusal where the journal itself breaks a law: nothing can be rebuilt from that.
 */
export async function rebuildTime(em: EntityManager, customerId: string, now: Temporal.Instant): Promise<readonly TimeDifference[]> {
  if ((await em.count(TimeWallet, { customer: customerId })) === 0) return [];
  const walletId = await lockWallet(em, customerId, now);
  const rows = await readWhole(em, walletId);
  const transactions = rows.transactions.map(transactionOf);
  const lots = lotsOf(rows);
  const folded = foldJournal(lots, transactions);
  const faults = folded.outcome === 'FAULTY' ? folded.faults.map(({ code, message }) => `${code}: ${message}`) : numberingFaults(rows);
  if (folded.outcome === 'FAULTY' || faults.length > 0) {
    throw new Refusal([userError('CONFLICT', `The journal is at fault, so nothing is rebuilt from it. ${faults.join(' ')}`)]);
  }
  const changed = (await checkWallet(em, walletId, now))?.differences ?? [];
  if (changed.length === 0) return [];
  const { ledger } = folded;
  await writeRebuilt(em, {
    walletId,
    issuedMinutes: ledger.issuedMinutes,
    lastSequence: transactions.length,
    recordedThrough: ledger.recordedThrough?.toString() ?? null,
    balances: lots.map(({ id }) => balanceFacts(id, balanceOf(ledger, id), null)),
    holdIds: [...ledger.openHolds.keys(), ...ledger.resolvedHolds.keys()],
    holds: [...[...ledger.openHolds.values()].map((hold) => holdFacts(hold, null)), ...holdsThatAreOver(rows, ledger, lots, transactions)],
  });
  const left = differencesOf(await readWhole(em, walletId));
  if (left.length > 0) throw new Error(`What was rebuilt differs from the journal in ${left.map(({ figure }) => figure).join(', ')}.`);
  return changed;
}

async function readWhole(em: EntityManager, walletId: string): Promise<LedgerRows> {
  const rows = await readJournalRows(em, walletId);
  if (rows === null) throw new Error('A wallet went while it was locked.');
  return rows;
}

/** Entries are numbered from 1 without gaps. */
function numberingFaults({ transactions }: LedgerRows): string[] {
  return transactions.flatMap(({ id, sequence }, index) =>
    sequence === index + 1 ? [] : [`Entry ${id} has number ${sequence} in place of ${index + 1}.`],
  );
}

/** Holds that are over and not stored so, as they were before the entry that ended them. */
function holdsThatAreOver(rows: LedgerRows, ledger: TimeLedger, lots: readonly TimeLot[], transactions: readonly JournalTransaction[]) {
  const stored = new Map(rows.holds.map(({ id, resolvedBy }) => [id, resolvedBy]));
  return [...ledger.resolvedHolds].flatMap(([holdId, resolvedBy]) => {
    if (stored.get(holdId) === resolvedBy) return [];
    const end = transactions.findIndex(({ id }) => id === resolvedBy);
    const before = foldJournal(lots, transactions.slice(0, end));
    const hold = before.outcome === 'FOLDED' ? before.ledger.openHolds.get(holdId) : undefined;
    if (hold === undefined) throw new Error(`Hold ${holdId} was not open before it ended.`);
    return [holdFacts(hold, resolvedBy)];
  });
}
