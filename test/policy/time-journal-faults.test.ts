import { expect, test } from '@jest/globals';
import { moneyFromDecimal } from '../../src/policy/money.js';
import { assign } from '../../src/policy/time-grant.js';
import { extendHold, release } from '../../src/policy/time-hold.js';
import {
  JOURNAL_FAULTS,
  type JournalFaultCode,
  type JournalLeg,
  type JournalTransaction,
  type TimeAccount,
} from '../../src/policy/time-journal.js';
import { foldJournal } from '../../src/policy/time-ledger.js';
import type { TimeLot } from '../../src/policy/time-lot.js';
import { reverse } from '../../src/policy/time-settlement.js';
import { charge, entryAt, forTask, ledgerOf, lotOf, NOON, posted, reserve, WALLET, type Wallet, walletWith } from './time-wallet.js';

const price = moneyFromDecimal('10.00', 'EUR');
const ENDS = NOON.add({ hours: 1 });
const LATER = NOON.add({ hours: 2 });
const now = entryAt(NOON);

/** L: 60 of 100 unheld, 30 held for h, 10 used by t6 for the task "done"; E ends; Q is of another project; U of none, with 40 of 100 split away as S. */
function wallet(): Wallet {
  const made = walletWith(
    lotOf('L', 100),
    lotOf('E', 100, { endsAt: ENDS, priority: 60 }),
    lotOf('Q', 100, { projectId: 'q' }),
    lotOf('U', 100, { projectId: null, price }),
  );
  posted(made, assign(ledgerOf(made), { lotId: 'U', projectId: 'p', minutes: 40, newLotId: 'S' }, now));
  charge(made, null, 10, { work: { ticketId: 'T1', taskId: 'done' } });
  reserve(made, 'h', 30);
  reserve(made, 'over', 5);
  posted(made, release(ledgerOf(made), { holdId: 'over' }, now));
  return made;
}

const leg = (account: TimeAccount, lotId: string | null, minutes: number): JournalLeg => ({ account, lotId, minutes });
const pair = (from: TimeAccount, to: TimeAccount, lotId: string, minutes: number) => [leg(from, lotId, -minutes), leg(to, lotId, minutes)];
const { work } = forTask('new', 1);
const HELD = { holdId: 'h', projectId: 'p', work: forTask('h', 1).work };
const PLACED = {
  kind: 'HOLD',
  holdId: 'new',
  projectId: 'p',
  work,
  requestedMinutes: 20,
  legs: pair('AVAILABLE', 'HELD', 'L', 20),
} as const;
const SETTLED = { kind: 'SETTLE', projectId: 'p', work, legs: pair('AVAILABLE', 'CONSUMED', 'L', 20) } as const;
const VOIDED = { kind: 'VOID', legs: pair('AVAILABLE', 'VOIDED', 'L', 20) } as const;
const EXPIRED = { kind: 'EXPIRE', legs: pair('AVAILABLE', 'EXPIRED', 'E', 100), recordedAt: LATER } as const;
const UNDONE = { kind: 'REVERSE', reverses: 't6', legs: pair('CONSUMED', 'AVAILABLE', 'L', 10) } as const;
const GRANTED = { kind: 'GRANT', legs: [leg('ISSUED', null, -50), leg('AVAILABLE', 'N', 50)] } as const;
const SPLIT = { kind: 'ASSIGN', legs: [leg('AVAILABLE', 'L', -10), leg('AVAILABLE', 'N', 10)] } as const;

type Change = Partial<JournalTransaction> & Pick<JournalTransaction, 'kind' | 'legs'>;
const transaction = (change: Change): JournalTransaction => ({
  ...{ id: 'new', walletId: WALLET, effectiveAt: NOON, recordedAt: NOON, actor: now.actor, reason: 'As agreed.', rule: 'B-10' },
  ...{ projectId: null, work: null, holdId: null, requestedMinutes: null, lapsesAt: null, reverses: null },
  ...change,
});

function faultsOf(change: Change, ...lots: TimeLot[]): (JournalFaultCode | 'FOLDED')[] {
  const { lots: known, transactions } = wallet();
  const folded = foldJournal([...known, ...lots], [...transactions, transaction(change)]);
  return folded.outcome === 'FOLDED' ? ['FOLDED'] : [...new Set(folded.faults.map(({ code }) => code))];
}

const N50 = lotOf('N', 50);
const N10 = lotOf('N', 10, { parentId: 'L' });

const ROWS: [string, Change, TimeLot[], (JournalFaultCode | 'FOLDED')[], string][] = [
  ['placing a hold', PLACED, [], ['FOLDED'], 'nothing is wrong'],
  ['settling', SETTLED, [], ['FOLDED'], 'nothing is wrong'],
  ['voiding', VOIDED, [], ['FOLDED'], 'nothing is wrong'],
  ['voiding what is held', { ...HELD, kind: 'VOID', legs: pair('HELD', 'VOIDED', 'L', 20) }, [], ['FOLDED'], 'nothing is wrong'],
  ['expiring', EXPIRED, [], ['FOLDED'], 'nothing is wrong'],
  ['reversing', UNDONE, [], ['FOLDED'], 'nothing is wrong'],
  ['voiding all that is left', { ...VOIDED, requestedMinutes: 90 }, [], ['FOLDED'], 'it says how many are charged back'],
  ['granting', GRANTED, [N50], ['FOLDED'], 'nothing is wrong'],
  ['splitting', SPLIT, [N10], ['FOLDED'], 'nothing is wrong'],
  ['one leg', { ...VOIDED, legs: [leg('AVAILABLE', 'L', -20)] }, [], ['LEGS_TOO_FEW', 'LEGS_UNBALANCED'], 'minutes go somewhere'],
  ['half a minute', { ...VOIDED, legs: pair('AVAILABLE', 'VOIDED', 'L', 0.5) }, [], ['LEGS_NOT_WHOLE'], 'minutes are whole'],
  ['no minutes', { ...VOIDED, legs: pair('AVAILABLE', 'VOIDED', 'L', 0) }, [], ['LEGS_NOT_WHOLE'], 'a leg moves something'],
  ['a sum', { ...VOIDED, legs: [leg('AVAILABLE', 'L', -20), leg('VOIDED', 'L', 21)] }, [], ['LEGS_UNBALANCED'], 'legs sum to 0'],
  [
    'a sum within a lot',
    { ...VOIDED, legs: [leg('AVAILABLE', 'L', -20), leg('VOIDED', 'Q', 20)] },
    [],
    ['LEGS_UNBALANCED'],
    'minutes stay in their lot',
  ],
  ['another account', { ...VOIDED, legs: pair('CONSUMED', 'VOIDED', 'L', 10) }, [], ['LEG_MISPLACED'], 'what was used is not voided'],
  [
    'legs twice',
    { ...VOIDED, legs: [...pair('AVAILABLE', 'VOIDED', 'L', 1), ...pair('AVAILABLE', 'VOIDED', 'L', 1)] },
    [],
    ['LEG_MISPLACED'],
    'one leg each',
  ],
  ['an unknown lot', { ...VOIDED, legs: pair('AVAILABLE', 'VOIDED', 'X', 1) }, [], ['LOT_UNKNOWN'], 'there is none'],
  ['another wallet', { ...VOIDED, walletId: 'other' }, [], ['OTHER_WALLET'], 'a journal is one wallet’s'],
  ['an id twice', { ...VOIDED, id: 't1' }, [], ['ID_REPEATED'], 'ids are used once'],
  [
    'an earlier record',
    { ...VOIDED, effectiveAt: ENDS.subtract({ hours: 9 }), recordedAt: NOON.subtract({ hours: 1 }) },
    [],
    ['OUT_OF_ORDER'],
    'the journal only grows',
  ],
  ['a later effect', { ...VOIDED, effectiveAt: LATER }, [], ['OUT_OF_ORDER'], 'it has not happened'],
  ['more than there is', { ...VOIDED, legs: pair('AVAILABLE', 'VOIDED', 'L', 61) }, [], ['ACCOUNT_NEGATIVE'], 'no account is below 0'],
  ['half a lot granted', GRANTED, [lotOf('N', 51)], ['GRANT_DIFFERS'], 'a lot is granted whole'],
  ['a split granted', GRANTED, [{ ...N50, parentId: 'L' }], ['GRANT_DIFFERS'], 'its minutes are not new'],
  [
    'a lot granted again',
    { ...GRANTED, legs: [leg('ISSUED', null, -100), leg('AVAILABLE', 'L', 100)] },
    [],
    ['GRANT_DIFFERS'],
    'a lot is granted once',
  ],
  ['a split of no lot', SPLIT, [lotOf('N', 10)], ['SPLIT_DIFFERS'], 'it says not whose'],
  ['a split of another', SPLIT, [lotOf('N', 10, { parentId: 'Q' })], ['SPLIT_DIFFERS'], 'minutes come from the parent'],
  ['a split of other minutes', SPLIT, [{ ...N10, minutes: 11 }], ['SPLIT_DIFFERS'], 'a split preserves minutes'],
  ['a split of another source', SPLIT, [{ ...N10, source: 'GOODWILL' }], ['SPLIT_DIFFERS'], 'a split preserves the source'],
  ['a split with another end', SPLIT, [{ ...N10, endsAt: ENDS }], ['SPLIT_DIFFERS'], 'a split preserves the end'],
  ['a split with a value', SPLIT, [{ ...N10, price }], ['SPLIT_DIFFERS'], 'its parent was free'],
  [
    'a split filled up',
    { kind: 'ASSIGN', legs: [leg('AVAILABLE', 'U', -10), leg('AVAILABLE', 'S', 10)] },
    [],
    ['SPLIT_DIFFERS'],
    'a lot is born once',
  ],
  ['time of another project', { ...SETTLED, legs: pair('AVAILABLE', 'CONSUMED', 'Q', 1) }, [], ['OTHER_PROJECT'], 'lots serve one project'],
  ['time of no project', { ...SETTLED, legs: pair('AVAILABLE', 'CONSUMED', 'U', 1) }, [], ['OTHER_PROJECT'], 'it must be assigned first'],
  [
    'time that has ended',
    { ...SETTLED, effectiveAt: ENDS, recordedAt: ENDS, legs: pair('AVAILABLE', 'CONSUMED', 'E', 1) },
    [],
    ['LOT_NOT_RUNNING'],
    'unheld time ends',
  ],
  [
    'time not begun',
    { ...SETTLED, effectiveAt: lotOf('L', 1).usableFrom.subtract({ hours: 1 }) },
    [],
    ['LOT_NOT_RUNNING'],
    'it was not usable',
  ],
  ['a charge for nothing', { ...SETTLED, work: null }, [], ['HOLD_MALFORMED'], 'somebody must have worked'],
  ['a task charged twice', { ...SETTLED, work: { ticketId: 'T1', taskId: 'done' } }, [], ['TASK_SETTLED_BEFORE'], 'one task, one charge'],
  ['a hold without an id', { ...PLACED, holdId: null }, [], ['HOLD_MALFORMED'], 'nobody could settle it'],
  ['a hold above its request', { ...PLACED, requestedMinutes: 19 }, [], ['HOLD_MALFORMED'], 'nobody asked for that'],
  ['a life without a hold', { ...VOIDED, lapsesAt: LATER }, [], ['HOLD_MALFORMED'], 'nothing lives'],
  [
    'held minutes of no hold',
    { kind: 'VOID', legs: pair('HELD', 'VOIDED', 'L', 1) },
    [],
    ['HOLD_MALFORMED'],
    'held is what open holds have',
  ],
  ['a hold by a used id', { ...PLACED, holdId: 'h' }, [], ['HOLD_REPEATED', 'HOLD_MALFORMED'], 'it is for another task'],
  ['a second hold of a task', { ...PLACED, work: HELD.work }, [], ['TASK_HELD_BEFORE'], 'one reservation per task'],
  [
    'an unknown hold',
    { ...HELD, holdId: 'X', kind: 'RELEASE', legs: pair('HELD', 'AVAILABLE', 'L', 30) },
    [],
    ['HOLD_UNKNOWN', 'HOLD_OVERDRAWN'],
    'there is none',
  ],
  [
    'a hold that is over',
    { ...PLACED, holdId: 'over', work: forTask('over', 1).work },
    [],
    ['HOLD_RESOLVED_BEFORE'],
    'a hold resolves once',
  ],
  ['half a hold', { ...HELD, kind: 'RELEASE', legs: pair('HELD', 'AVAILABLE', 'L', 29) }, [], ['HOLD_LEFT_OPEN'], 'a hold resolves whole'],
  [
    'more than the hold',
    { ...HELD, kind: 'RELEASE', legs: pair('HELD', 'AVAILABLE', 'L', 31) },
    [],
    ['ACCOUNT_NEGATIVE', 'HOLD_OVERDRAWN'],
    'it had 30',
  ],
  [
    'a full hold lapsing',
    { ...HELD, kind: 'LAPSE', legs: pair('HELD', 'AVAILABLE', 'L', 30) },
    [],
    ['LAPSED_TOO_EARLY'],
    'it does not lapse',
  ],
  ['a request that holds nothing', { ...SETTLED, requestedMinutes: 20 }, [], ['HOLD_MALFORMED'], 'nothing is reserved'],
  [
    'an undoing half into goodwill',
    { ...UNDONE, legs: [leg('CONSUMED', 'L', -10), leg('AVAILABLE', 'L', 4), leg('AVAILABLE', 'N', 6)] },
    [lotOf('N', 6, { source: 'GOODWILL' })],
    ['FOLDED'],
    'the rest was charged back',
  ],
  [
    'an undoing into more than was used',
    { ...UNDONE, reverses: 't6', legs: [leg('CONSUMED', 'L', -10), leg('AVAILABLE', 'L', 11), leg('AVAILABLE', 'Q', -1)] },
    [],
    ['REVERSAL_MISPLACED'],
    'L was charged 10',
  ],
  ['an early expiry', { ...EXPIRED, recordedAt: NOON }, [], ['EXPIRED_TOO_EARLY'], 'it still runs'],
  ['expiry of what never ends', { ...EXPIRED, legs: pair('AVAILABLE', 'EXPIRED', 'Q', 1) }, [], ['EXPIRED_TOO_EARLY'], 'it has no end'],
  ['undoing a release', { ...UNDONE, reverses: 't9' }, [], ['REVERSAL_MISPLACED'], 'only grants and charges'],
  ['undoing nothing', { ...UNDONE, reverses: null }, [], ['REVERSAL_MISPLACED'], 'a reversal names what it undoes'],
  ['undoing by the way', { ...VOIDED, reverses: 't6' }, [], ['REVERSAL_MISPLACED'], 'only a reversal undoes'],
  ['half an undoing', { ...UNDONE, legs: pair('CONSUMED', 'AVAILABLE', 'L', 9) }, [], ['REVERSAL_MISPLACED'], 'a charge is undone whole'],
  [
    'an undoing for others',
    { ...UNDONE, legs: [leg('CONSUMED', 'L', -10), leg('AVAILABLE', 'Q', 10)] },
    [],
    ['REVERSAL_MISPLACED'],
    'Q was not charged',
  ],
  [
    'an undoing into a bought lot',
    { ...UNDONE, legs: [leg('CONSUMED', 'L', -10), leg('AVAILABLE', 'N', 10)] },
    [lotOf('N', 10)],
    ['REVERSAL_MISPLACED'],
    'goodwill is not bought',
  ],
  [
    'half a grant',
    { ...UNDONE, reverses: 't3', legs: [leg('AVAILABLE', 'Q', -99), leg('ISSUED', null, 99)] },
    [],
    ['REVERSAL_MISPLACED'],
    'a grant is undone whole',
  ],
  [
    'another grant',
    { ...UNDONE, reverses: 't3', legs: [leg('AVAILABLE', 'E', -100), leg('ISSUED', null, 100)] },
    [],
    ['REVERSAL_MISPLACED'],
    'E was not granted by it',
  ],
  [
    'a grant that was split',
    { ...UNDONE, reverses: 't4', legs: [leg('AVAILABLE', 'U', -100), leg('ISSUED', null, 100)] },
    [],
    ['ACCOUNT_NEGATIVE', 'REVERSAL_MISPLACED'],
    '40 are in the split',
  ],
  ['a lot of half a minute', VOIDED, [lotOf('N', 0.5)], ['LOT_MALFORMED'], 'minutes are whole'],
  [
    'a lot that ends before it begins',
    VOIDED,
    [lotOf('N', 1, { endsAt: lotOf('N', 1).usableFrom })],
    ['LOT_MALFORMED'],
    'it would never be usable',
  ],
  ['a lot with half a term', VOIDED, [lotOf('N', 1, { onTermEnd: 'SUSPEND' })], ['LOT_MALFORMED'], 'there is no term that could end'],
  ['a lot of odd priority', VOIDED, [lotOf('N', 1, { priority: 0.5 })], ['LOT_MALFORMED'], 'priorities are whole'],
  [
    'a lot at a negative price',
    VOIDED,
    [lotOf('N', 1, { price: { amountMinor: -1n, currencyCode: 'EUR' } })],
    ['LOT_MALFORMED'],
    'nobody is paid to buy',
  ],
  ['a lot twice', VOIDED, [lotOf('L', 100)], ['ID_REPEATED'], 'ids are used once'],
  ['a lot of another wallet', VOIDED, [lotOf('N', 1, { walletId: 'other' })], ['OTHER_WALLET'], 'a ledger is one wallet’s'],
];

test.each(ROWS)('%s', (_what, change, lots, expected, _because) => {
  expect(faultsOf(change, ...lots).sort()).toEqual([...expected].sort());
});

test('REVERSED_BEFORE: a charge is undone once', () => {
  const made = wallet();
  posted(made, reverse(ledgerOf(made), { transactionId: 't6', goodwillLotId: 'G' }, now));
  const folded = foldJournal(made.lots, [...made.transactions, transaction(UNDONE)]);
  expect(folded.outcome === 'FAULTY' && folded.faults.map(({ code }) => code)).toEqual(['ACCOUNT_NEGATIVE', 'REVERSED_BEFORE']);
  expect(folded).toMatchObject({ faults: [{ transactionId: 'new' }, { message: 'REVERSE new: t6 was reversed by t10.' }] });
});

test('every fault is shown by a row', () => {
  const shown = new Set(['REVERSED_BEFORE', ...ROWS.flatMap(([, , , faults]) => faults)]);
  expect(JOURNAL_FAULTS.filter((code) => !shown.has(code))).toEqual([]);
});

test('an empty journal is an empty ledger, and a hold may be extended by its own id', () => {
  expect(foldJournal([], [])).toMatchObject({ outcome: 'FOLDED', ledger: { walletId: null, issuedMinutes: 0, recordedThrough: null } });
  const made = wallet();
  posted(made, extendHold(ledgerOf(made), { holdId: 'h', minutes: 40 }, now));
  expect(ledgerOf(made).openHolds.get('h')).toMatchObject({ requestedMinutes: 40, allocations: [{ lotId: 'L', minutes: 40 }] });
});
