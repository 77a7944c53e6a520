import type { Session } from '../persistence/session.js';
import { TimeAlarm, type TimeDifference } from '../persistence/time-alarm.js';
import { type LedgerRows, readJournalRows } from '../persistence/time-ledger-rows.js';
import { lockWallet } from '../persistence/time-ledger-write.js';
import { walletsAfter } from '../persistence/time-sweep-rows.js';
import { TimeWallet } from '../persistence/time-wallet.js';
import { type Actor, namedInEvidence } from './actor.js';
import type { EntityManager } from './entity-manager.js';
import { once } from './idempotency.js';
import { tellOutside } from './outbox.js';
import { Refusal, userError } from './outcome.js';
import { ticketDifferences } from './ticket-hold-check.js';
import { differencesOf } from './time-check.js';

export interface WalletCheck {
  readonly walletId: string;
  /** Empty: the wallet is what its journal amounts to. */
  readonly differences: readonly TimeDifference[];
  /** The alarm that this check raised; null where nothing differs, or an alarm is open already. */
  readonly raisedAlarmId: string | null;
}

/**
 * B-14: folds the journal of a wallet and compares it with every stored figure, and what tickets have reserved with what is held for them. A difference raises an
 * alarm, once while it is open, and is told outside; nothing else is changed: what is wrong is for people to find out. Null when there is no such wallet.
 */
export async function checkWallet(em: EntityManager, walletId: string, now: Temporal.Instant): Promise<WalletCheck | null> {
  const rows = await readJournalRows(em, walletId);
  if (rows === null) return null;
  const differences = [...differencesOf(rows), ...(await confirmedOnTickets(em, rows, now))];
  if (differences.length === 0 || rows.suspendedAt !== null) return { walletId, differences, raisedAlarmId: null };
  const alarm = em.create(TimeAlarm, {
    wallet: walletId,
    raisedAt: now,
    differences,
    clearedAt: null,
    clearedBy: null,
    resolution: null,
  });
  em.persist(alarm);
  await em.flush();
  const data = { alarm: alarm.id, wallet: walletId, differences: differences.length };
  await tellOutside(em, [{ kind: 'TIME_ALARM_RAISED', customerId: null, key: `time-alarm:${alarm.id}`, data, happenedAt: now }]);
  return { walletId, differences, raisedAlarmId: alarm.id };
}

/** Tickets and wallet are read one after the other: where they differ, they are read again with nobody writing between. */
async function confirmedOnTickets(em: EntityManager, rows: LedgerRows, now: Temporal.Instant): Promise<TimeDifference[]> {
  if ((await ticketDifferences(em, rows, now)).length === 0) return [];
  await lockWallet(em, rows.customerId, now);
  const settled = await readJournalRows(em, rows.walletId);
  return settled === null ? [] : ticketDifferences(em, settled, now);
}

export interface CheckProgress {
  readonly checked: number;
  readonly total: number;
  /** Wallets so far that are not what their journals amount to. */
  readonly differing: number;
}

const WALLETS_AT_ONCE = 100;

/** Checks every wallet, one transaction for each, so that no lock and little memory is held for long; returns the last progress. */
export async function checkAllWallets(
  session: Session,
  now: Temporal.Instant,
  onProgress: (progress: CheckProgress) => void = () => {},
): Promise<CheckProgress> {
  let progress: CheckProgress = { checked: 0, total: await session.em.count(TimeWallet), differing: 0 };
  let after: string | null = null;
  do {
    const page: string[] = await walletsAfter(session.em, after, WALLETS_AT_ONCE);
    for (const walletId of page) {
      const check = await session.transaction((em) => checkWallet(em, walletId, now));
      const differs = check !== null && check.differences.length > 0;
      progress = { ...progress, checked: progress.checked + 1, differing: progress.differing + Number(differs) };
      onProgress(progress);
    }
    after = page.length < WALLETS_AT_ONCE ? null : (page.at(-1) ?? null);
  } while (after !== null);
  return progress;
}

export interface TimeAlarmClearInput {
  readonly idempotencyKey: string;
  readonly alarmId: string;
  /** What was found and done, for people. */
  readonly resolution: string;
}

/**
 * B-14: clears an alarm, so that the wallet's time may be held and used again. A Refusal as long as the wallet is not what its journal amounts to: it is checked
 * again, under its lock. For the vendor's staff.
 */
export function clearTimeAlarm(
  em: EntityManager,
  actor: Actor,
  input: TimeAlarmClearInput,
  now: Temporal.Instant,
): Promise<{ alarmId: string }> {
  return once(em, { actor, operation: 'timeAlarmClear', key: input.idempotencyKey, input, now }, async () => {
    const alarm = await em.findOne(TimeAlarm, { id: input.alarmId });
    if (alarm === null) throw new Refusal([userError('NOT_FOUND', 'There is no such alarm.', 'alarmId')]);
    if (alarm.clearedAt !== null) throw new Refusal([userError('CONFLICT', 'This alarm is cleared already.', 'alarmId')]);
    if (input.resolution.trim() === '') throw new Refusal([userError('REQUIRED', 'Say what was found and done.', 'resolution')]);
    const { customer } = await alarm.wallet.loadOrFail();
    const walletId = await lockWallet(em, customer.id, now);
    const [difference] = (await checkWallet(em, walletId, now))?.differences ?? [];
    if (difference !== undefined) throw new Refusal([userError('CONFLICT', stillDiffers(difference), 'alarmId')]);
    em.assign(alarm, { clearedAt: now, clearedBy: namedInEvidence(actor), resolution: input.resolution.trim() });
    return { alarmId: alarm.id };
  });
}

const stillDiffers = ({ figure, stored, folded }: TimeDifference): string =>
  `The records still differ from the journal in ${figure}: ${stored} is stored, and it amounts to ${folded}. "tenure time rebuild" writes them anew from a journal without faults.`;
