import {
  balanceOf,
  goneMinutes,
  heldMinutes,
  type JournalFault,
  type JournalFaultCode,
  type JournalKind,
  type JournalTransaction,
  rootOf,
  type TimeAccount,
  type TimeLedger,
  taskKey,
  unheldMinutes,
} from './time-journal.js';
import { type TimeLot, valueOfMinutes } from './time-lot.js';

type Found = readonly [JournalFaultCode, string];

/** From which accounts each kind takes minutes, and into which it puts them. */
const MOVES: Readonly<Record<JournalKind, { readonly from: readonly TimeAccount[]; readonly to: readonly TimeAccount[] }>> = {
  GRANT: { from: ['ISSUED'], to: ['AVAILABLE'] },
  ASSIGN: { from: ['AVAILABLE', 'EXPIRED'], to: ['AVAILABLE'] },
  HOLD: { from: ['AVAILABLE', 'EXPIRED'], to: ['HELD'] },
  SETTLE: { from: ['HELD', 'AVAILABLE', 'EXPIRED'], to: ['CONSUMED', 'AVAILABLE'] },
  RELEASE: { from: ['HELD'], to: ['AVAILABLE'] },
  LAPSE: { from: ['HELD'], to: ['AVAILABLE'] },
  EXPIRE: { from: ['AVAILABLE'], to: ['EXPIRED'] },
  VOID: { from: ['HELD', 'AVAILABLE', 'EXPIRED'], to: ['VOIDED'] },
  REVERSE: { from: ['CONSUMED', 'AVAILABLE', 'EXPIRED'], to: ['AVAILABLE', 'ISSUED'] },
};

/** Kinds that leave each minute in its lot. */
const WITHIN_LOTS: readonly JournalKind[] = ['HOLD', 'SETTLE', 'RELEASE', 'LAPSE', 'EXPIRE', 'VOID'];
/** Kinds after which a hold is over. */
const RESOLVING: readonly JournalKind[] = ['SETTLE', 'RELEASE', 'LAPSE'];

/**
 * Every law of the ledger that one more transaction would break, in the order in which they are checked; empty when it may be posted. What its form
 * gets wrong is told alone, since the rest cannot be read then.
 */
export function transactionFaults(ledger: TimeLedger, transaction: JournalTransaction): JournalFault[] {
  const form = [...formFaults(ledger, transaction)];
  const found = form.length > 0 ? form : [...lawFaults(ledger, transaction)];
  return found.map(([code, message]) => ({
    code,
    transactionId: transaction.id,
    message: `${transaction.kind} ${transaction.id}: ${message}.`,
  }));
}

function* formFaults(ledger: TimeLedger, { id, walletId, kind, effectiveAt, recordedAt, legs }: JournalTransaction): Generator<Found> {
  if (ledger.transactions.has(id)) yield ['ID_REPEATED', 'its id is used twice'];
  if (ledger.walletId !== null && walletId !== ledger.walletId) yield ['OTHER_WALLET', `it is of wallet ${walletId}`];
  const last = ledger.recordedThrough;
  if (last !== null && Temporal.Instant.compare(recordedAt, last) < 0) yield ['OUT_OF_ORDER', `it was recorded before ${last}`];
  if (Temporal.Instant.compare(effectiveAt, recordedAt) > 0) yield ['OUT_OF_ORDER', 'it was recorded before it happened'];
  if (legs.length < 2) yield ['LEGS_TOO_FEW', `it has ${legs.length} legs`];
  const seen = new Set<string>();
  for (const { account, lotId, minutes } of legs) {
    if (!Number.isSafeInteger(minutes) || minutes === 0) yield ['LEGS_NOT_WHOLE', `a leg has ${minutes} minutes`];
    if (minutes !== 0 && !MOVES[kind][minutes < 0 ? 'from' : 'to'].includes(account))
      yield ['LEG_MISPLACED', `it may not move ${minutes} on ${account}`];
    if ((account === 'ISSUED') !== (lotId === null)) yield ['LEG_MISPLACED', `${account} of lot ${lotId} does not exist`];
    if (lotId !== null && !ledger.lots.has(lotId)) yield ['LOT_UNKNOWN', `lot ${lotId} is not known`];
    const place = JSON.stringify([account, lotId]);
    if (seen.has(place)) yield ['LEG_MISPLACED', `two legs are on ${account} of lot ${lotId}`];
    seen.add(place);
  }
  const sum = legs.reduce((total, { minutes }) => total + minutes, 0);
  if (sum !== 0) yield ['LEGS_UNBALANCED', `its legs sum to ${sum}`];
}

function* lawFaults(ledger: TimeLedger, transaction: JournalTransaction): Generator<Found> {
  for (const { account, lotId, minutes } of transaction.legs) {
    if (account === 'ISSUED' || lotId === null) continue;
    const left = balanceOf(ledger, lotId)[account] + minutes;
    if (left < 0) yield ['ACCOUNT_NEGATIVE', `${account} of lot ${lotId} would be ${left}`];
  }
  if (WITHIN_LOTS.includes(transaction.kind)) yield* lotSumFaults(transaction);
  if (transaction.kind === 'GRANT') yield* grantFaults(ledger, transaction);
  if (transaction.kind === 'ASSIGN') yield* splitFaults(ledger, transaction);
  if (transaction.kind === 'EXPIRE') yield* expiryFaults(ledger, transaction);
  if (transaction.kind === 'REVERSE') yield* reversalFaults(ledger, transaction);
  else if (transaction.reverses !== null) yield ['REVERSAL_MISPLACED', 'only a reversal undoes something'];
  if (transaction.kind === 'HOLD' || transaction.kind === 'SETTLE') yield* workFaults(ledger, transaction);
  yield* holdFaults(ledger, transaction);
}

/** Minutes of each lot that a transaction moves, over all accounts or over some. */
function minutesByLot({ legs }: JournalTransaction, accounts: readonly TimeAccount[] | null = null): Map<string, number> {
  const sums = new Map<string, number>();
  for (const { account, lotId, minutes } of legs) {
    if (lotId !== null && (accounts === null || accounts.includes(account))) sums.set(lotId, (sums.get(lotId) ?? 0) + minutes);
  }
  return sums;
}

function* lotSumFaults(transaction: JournalTransaction): Generator<Found> {
  for (const [lotId, sum] of minutesByLot(transaction)) {
    if (sum !== 0) yield ['LEGS_UNBALANCED', `its legs on lot ${lotId} sum to ${sum}`];
  }
}

/** A lot is born once: by the first transaction that touches it. */
function isBorn(ledger: TimeLedger, lotId: string): boolean {
  return ledger.balances.has(lotId);
}

function* grantFaults(ledger: TimeLedger, transaction: JournalTransaction): Generator<Found> {
  for (const [lotId, minutes] of minutesByLot(transaction)) {
    const lot = ledger.lots.get(lotId);
    if (lot?.minutes !== minutes) yield ['GRANT_DIFFERS', `lot ${lotId} has ${lot?.minutes} minutes, not ${minutes}`];
    if (isBorn(ledger, lotId)) yield ['GRANT_DIFFERS', `lot ${lotId} was granted before`];
    if (lot?.parentId != null) yield ['GRANT_DIFFERS', `lot ${lotId} is a split of another`];
  }
}

/** B-06: a split preserves minutes, source, end and value. */
function* splitFaults(ledger: TimeLedger, transaction: JournalTransaction): Generator<Found> {
  const moved = [...minutesByLot(transaction)];
  const [child, minutes = 0] = moved.find(([, sum]) => sum > 0) ?? [];
  const part = child === undefined ? undefined : ledger.lots.get(child);
  const whole = part?.parentId == null ? undefined : ledger.lots.get(part.parentId);
  if (part === undefined || whole === undefined || moved.length !== 2 || !moved.some(([lotId]) => lotId === whole.id)) {
    yield ['SPLIT_DIFFERS', 'it does not move minutes from a lot to a split of that lot'];
    return;
  }
  if (part.minutes !== minutes || isBorn(ledger, part.id)) yield ['SPLIT_DIFFERS', `lot ${part.id} does not begin with these minutes`];
  if (part.source !== whole.source || part.priority !== whole.priority || part.onTermEnd !== whole.onTermEnd) {
    yield ['SPLIT_DIFFERS', `lot ${part.id} is of another source or rank than ${whole.id}`];
  }
  if (String([part.usableFrom, part.endsAt, part.createdAt]) !== String([whole.usableFrom, whole.endsAt, whole.createdAt])) {
    yield ['SPLIT_DIFFERS', `lot ${part.id} has other instants than ${whole.id}`];
  }
  const gone = goneMinutes(ledger, whole);
  const value = minutes <= whole.minutes - gone ? valueOfMinutes(whole, gone, minutes) : null;
  if (part.price?.amountMinor !== value?.amountMinor || part.price?.currencyCode !== value?.currencyCode) {
    yield ['SPLIT_DIFFERS', `lot ${part.id} is not worth what left ${whole.id}`];
  }
}

function* expiryFaults(ledger: TimeLedger, transaction: JournalTransaction): Generator<Found> {
  for (const [lotId] of minutesByLot(transaction)) {
    const lot = ledger.lots.get(lotId);
    const ended = lot?.endsAt != null && Temporal.Instant.compare(lot.endsAt, transaction.recordedAt) <= 0;
    if (!ended && lot?.onTermEnd !== 'FORFEIT') yield ['EXPIRED_TOO_EARLY', `lot ${lotId} had not ended`];
  }
}

/** B-06, B-32: work takes minutes only from lots of its own project, and unheld ones only while the lot runs. */
function* workFaults(ledger: TimeLedger, transaction: JournalTransaction): Generator<Found> {
  const { kind, projectId, work, effectiveAt, legs } = transaction;
  if (projectId === null || work === null) yield ['HOLD_MALFORMED', 'it names no project or no task'];
  const settledBy = work === null ? undefined : ledger.settledTasks.get(taskKey(work));
  const charges = legs.some(({ account }) => account === 'CONSUMED');
  if (kind === 'SETTLE' && charges && settledBy) yield ['TASK_SETTLED_BEFORE', `the task was settled by ${settledBy}`];
  for (const [lotId, minutes] of minutesByLot(transaction, ['AVAILABLE', 'EXPIRED'])) {
    const lot = ledger.lots.get(lotId);
    if (lot?.projectId !== projectId) yield ['OTHER_PROJECT', `lot ${lotId} is of project ${lot?.projectId}`];
    if (minutes < 0 && lot && !runs(lot, effectiveAt)) yield ['LOT_NOT_RUNNING', `lot ${lotId} did not run at ${effectiveAt}`];
  }
}

/** Whether the instant lies within the lot's own span; what its support term adds to that is not fixed when the entry is written. */
function runs({ usableFrom, endsAt }: TimeLot, at: Temporal.Instant): boolean {
  return Temporal.Instant.compare(usableFrom, at) <= 0 && (endsAt === null || Temporal.Instant.compare(at, endsAt) < 0);
}

function* holdFaults(ledger: TimeLedger, transaction: JournalTransaction): Generator<Found> {
  const { kind, holdId, projectId, work, requestedMinutes, lapsesAt, recordedAt } = transaction;
  const mayRequest = kind === 'HOLD' || kind === 'VOID';
  if ((!mayRequest && requestedMinutes !== null) || (kind !== 'HOLD' && lapsesAt !== null)) yield ['HOLD_MALFORMED', 'it places no hold'];
  const moved = minutesByLot(transaction, ['HELD']);
  if (holdId === null) {
    if (moved.size > 0 || kind === 'HOLD' || kind === 'RELEASE' || kind === 'LAPSE') yield ['HOLD_MALFORMED', 'it names no hold'];
    return;
  }
  const open = ledger.openHolds.get(holdId);
  const resolvedBy = ledger.resolvedHolds.get(holdId);
  if (resolvedBy !== undefined) yield ['HOLD_RESOLVED_BEFORE', `hold ${holdId} was resolved by ${resolvedBy}`];
  else if (open === undefined && kind !== 'HOLD') yield ['HOLD_UNKNOWN', `hold ${holdId} is not known`];
  const ofThisWork = open === undefined || (open.projectId === projectId && work !== null && taskKey(open.work) === taskKey(work));
  if (!ofThisWork) yield ['HOLD_REPEATED', `hold ${holdId} is for another task`];
  if (kind === 'HOLD') {
    yield* placingFaults(ledger, transaction, holdId);
    return;
  }
  if (moved.size === 0) yield ['HOLD_MALFORMED', `it takes nothing from hold ${holdId}`];
  const left = new Map(open?.allocations.map(({ lotId, minutes }) => [lotId, minutes]));
  for (const [lotId, minutes] of moved) {
    const rest = (left.get(lotId) ?? 0) + minutes;
    if (rest < 0) yield ['HOLD_OVERDRAWN', `hold ${holdId} would have ${rest} of lot ${lotId}`];
    left.set(lotId, rest);
  }
  if (RESOLVING.includes(kind) && [...left.values()].some((rest) => rest > 0)) yield ['HOLD_LEFT_OPEN', `hold ${holdId} keeps minutes`];
  if (kind === 'LAPSE' && open && (open.lapsesAt === null || Temporal.Instant.compare(recordedAt, open.lapsesAt) < 0)) {
    yield ['LAPSED_TOO_EARLY', `hold ${holdId} may lapse from ${open.lapsesAt ?? 'never'}`];
  }
}

function* placingFaults(ledger: TimeLedger, transaction: JournalTransaction, holdId: string): Generator<Found> {
  const { work, requestedMinutes } = transaction;
  const before = ledger.openHolds.get(holdId);
  const added = [...minutesByLot(transaction, ['HELD']).values()].reduce((sum, minutes) => sum + minutes, 0);
  const total = added + (before === undefined ? 0 : heldMinutes(before));
  if (requestedMinutes === null || total > requestedMinutes) yield ['HOLD_MALFORMED', `it holds ${total} of ${requestedMinutes} minutes`];
  const others = [...ledger.openHolds.values()].filter((hold) => hold.id !== holdId);
  if (work !== null && others.some((hold) => taskKey(hold.work) === taskKey(work)))
    yield ['TASK_HELD_BEFORE', 'its task has a hold already'];
}

function* reversalFaults(ledger: TimeLedger, transaction: JournalTransaction): Generator<Found> {
  const { reverses } = transaction;
  const undone = reverses === null ? undefined : ledger.transactions.get(reverses);
  if (undone === undefined || (undone.kind !== 'GRANT' && undone.kind !== 'SETTLE')) {
    yield ['REVERSAL_MISPLACED', `${reverses} is no grant and no settlement`];
    return;
  }
  const reversedBy = ledger.reversedBy.get(undone.id);
  if (reversedBy !== undefined) yield ['REVERSED_BEFORE', `${undone.id} was reversed by ${reversedBy}`];
  yield* undone.kind === 'GRANT' ? ungrantFaults(ledger, transaction, undone) : unsettleFaults(ledger, transaction, undone);
}

/** A grant is taken back whole: all its minutes, wherever splits have brought them, and nothing else. */
function* ungrantFaults(ledger: TimeLedger, transaction: JournalTransaction, grant: JournalTransaction): Generator<Found> {
  const granted = minutesByLot(grant);
  const takes = new Set(minutesByLot(transaction).keys());
  for (const lotId of takes) {
    const root = rootOf(ledger, lotId);
    if (!granted.has(root)) yield ['REVERSAL_MISPLACED', `lot ${lotId} does not come from the grant`];
    if (unheldMinutes(ledger, lotId) + (minutesByLot(transaction).get(lotId) ?? 0) !== 0)
      yield ['REVERSAL_MISPLACED', `lot ${lotId} keeps minutes`];
  }
  const back = minutesByLot(transaction, ['AVAILABLE', 'EXPIRED'])
    .values()
    .reduce((sum, minutes) => sum - minutes, 0);
  const whole = granted.values().reduce((sum, minutes) => sum + minutes, 0);
  if (back !== whole || transaction.legs.some(({ account }) => account === 'CONSUMED')) {
    yield ['REVERSAL_MISPLACED', `it takes back ${back} of ${whole} minutes`];
  }
}

/** A settlement is undone whole: what it consumed returns to its lots, or into one new goodwill lot of the same project (B-27). */
function* unsettleFaults(ledger: TimeLedger, transaction: JournalTransaction, settlement: JournalTransaction): Generator<Found> {
  const consumed = minutesByLot(settlement, ['CONSUMED']);
  const returned = minutesByLot(transaction, ['CONSUMED']);
  if (transaction.legs.some(({ account, minutes }) => account === 'ISSUED' || (account !== 'CONSUMED' && minutes < 0))) {
    yield ['REVERSAL_MISPLACED', 'it takes from other accounts than the settlement filled'];
  }
  if (consumed.size !== returned.size || consumed.entries().some(([lotId, minutes]) => returned.get(lotId) !== -minutes)) {
    yield ['REVERSAL_MISPLACED', 'it does not give back what the settlement consumed'];
  }
  for (const [lotId, minutes] of minutesByLot(transaction, ['AVAILABLE'])) {
    if (minutes <= (consumed.get(lotId) ?? 0)) continue;
    const lot = ledger.lots.get(lotId);
    const isGoodwill = lot?.source === 'GOODWILL' && lot.parentId === null && lot.projectId === settlement.projectId;
    if (!isGoodwill || lot.minutes !== minutes || isBorn(ledger, lotId)) yield ['REVERSAL_MISPLACED', `lot ${lotId} is owed nothing`];
  }
}
