import { describe, expect, test } from '@jest/globals';
import { moneyFromDecimal, moneyToDecimal } from '../../src/policy/money.js';
import { usableMinutes, walletFigures } from '../../src/policy/time-figures.js';
import { assign, expire, grant, owedMinutes, voidLot } from '../../src/policy/time-grant.js';
import { hold, refundHold, release } from '../../src/policy/time-hold.js';
import type { TimeLot } from '../../src/policy/time-lot.js';
import { reverse } from '../../src/policy/time-settlement.js';
import {
  at,
  available,
  charge,
  codes,
  entryAt,
  forTask,
  included,
  ledgerOf,
  lotOf,
  NOON,
  onAccount,
  posted,
  reserve,
  type Wallet,
  walletWith,
  write,
} from './time-wallet.js';

const END = at('2026-02-28T21:00:00Z');
const BEFORE_END = END.subtract({ milliseconds: 1 });
const EXACTLY = moneyFromDecimal('500.00', 'EUR');
const now = entryAt(NOON);
const before = entryAt(BEFORE_END);

describe('B-10, B-12: writing off actual time', () => {
  test.each([
    [120, 90, 70, 10_000, 50, 'the rest of the hold returns'],
    [120, 90, 90, 10_000, 30, 'all of the hold is used'],
    [120, 90, 110, 10_000, 10, 'more than the hold is taken too'],
    [120, 90, 110, 0, 120, 'bugs, warranty and advice cost nothing'],
    [120, 90, 0, 10_000, 120, 'no work, no charge'],
    [400, 120, 260, 300, 140, '180 were reached, 300 agreed, 260 worked (B-12)'],
    [400, 120, 260, 180, 220, 'without consent nothing is charged beyond the threshold (B-12)'],
  ])('lot %i, hold %i, actual %i, at most %i leaves %i, because %s', (minutes, held, actual, chargeableMinutes, left) => {
    const wallet = walletWith(lotOf('L', minutes));
    reserve(wallet, 'h', held);
    expect(charge(wallet, 'h', actual, { chargeableMinutes })).toMatchObject({
      outcome: 'POSTED',
      consumedMinutes: minutes - left,
      shortMinutes: 0,
    });
    expect([available(wallet), walletFigures(ledgerOf(wallet), NOON).heldMinutes]).toEqual([left, 0]);
  });

  test('a task without a hold and without a charge posts nothing', () => {
    expect(charge(walletWith(lotOf('L', 10)), null, 5, { chargeableMinutes: 0 })).toMatchObject({ transactions: [], consumedMinutes: 0 });
  });

  test('what is short is refused, or charged as far as there is time, never below zero (B-13)', () => {
    const wallet = walletWith(lotOf('L', 120));
    reserve(wallet, 'h', 90);
    expect(codes(charge(wallet, 'h', 130))).toEqual(['TIME_NOT_ENOUGH']);
    const partly = charge(wallet, 'h', 130, { onShortfall: 'CHARGE_WHAT_THERE_IS' });
    expect(partly).toMatchObject({ consumedMinutes: 120, shortMinutes: 10, consumed: [{ lotId: 'L', minutes: 120 }] });
    expect(available(wallet)).toBe(0);
  });

  test('REFUND voids the bought minutes of a hold for what they are worth, and returns the others (B-12)', () => {
    const wallet = walletWith(lotOf('bought', 600, { price: EXACTLY }), lotOf('gift', 20, { source: 'GOODWILL' }));
    charge(wallet, null, 57);
    reserve(wallet, 'h', 37);
    const refund = posted(wallet, refundHold(ledgerOf(wallet), { holdId: 'h' }, now));
    expect(refund.refunds.map(({ lotId, minutes, value }) => [lotId, minutes, moneyToDecimal(value)])).toEqual([['bought', 37, '30.84']]);
    expect(walletFigures(ledgerOf(wallet), NOON)).toMatchObject({
      spentMinutes: 57,
      voidedMinutes: 37,
      heldMinutes: 0,
      availableMinutes: 526,
    });

    posted(wallet, grant(ledgerOf(wallet), lotOf('present', 5, { source: 'GOODWILL' }), now));
    reserve(wallet, 'mixed', 10);
    expect(posted(wallet, refundHold(ledgerOf(wallet), { holdId: 'mixed' }, now))).toMatchObject({
      releasedMinutes: 5,
      refunds: [{ minutes: 5 }],
    });
    expect(ledgerOf(wallet).resolvedHolds.has('mixed')).toBe(true);
  });
});

test('B-31: lots are used up by priority, end, price, age and id, within the project', () => {
  const wallet = walletWith(
    lotOf('A', 60),
    {
      ...included('B', 60, 'SUSPEND', '2026-02-28T09:00:00Z'),
      usableFrom: at('2026-02-28T09:00:00Z'),
      createdAt: at('2026-03-01T00:00:00Z'),
    },
    lotOf('C', 30, { source: 'GOODWILL', endsAt: at('2026-03-31T21:00:00Z'), createdAt: at('2026-03-02T00:00:00Z') }),
    lotOf('D', 45, { endsAt: at('2026-05-28T21:00:00Z'), createdAt: at('2026-03-03T00:00:00Z') }),
    lotOf('E', 500, { projectId: null, createdAt: at('2026-03-04T00:00:00Z') }),
    lotOf('F', 20, { source: 'GOODWILL', priority: 10, createdAt: at('2026-03-05T00:00:00Z') }),
    lotOf('Q', 500, { projectId: 'q', priority: 1, createdAt: at('2026-03-06T00:00:00Z') }),
  );
  expect(usableMinutes(ledgerOf(wallet), lotOf('E', 500, { projectId: null }), NOON)).toBe(0);
  const { transactions } = posted(wallet, hold(ledgerOf(wallet), forTask('h', 200), now));
  expect(transactions.flatMap((transaction) => onAccount(transaction, 'HELD'))).toEqual(['F 20', 'C 30', 'B 60', 'D 45', 'A 45']);
});

test.each<[Partial<TimeLot>, Partial<TimeLot>, string]>([
  [{ createdAt: NOON }, { createdAt: BEFORE_END }, 'it is older'],
  [{ createdAt: BEFORE_END }, { source: 'GOODWILL', createdAt: NOON }, 'free time goes before bought'],
  [{ source: 'GOODWILL' }, { endsAt: at('2027-01-01T00:00:00Z') }, 'what ends goes before what does not'],
  [{ endsAt: at('2027-01-01T00:00:00Z') }, { priority: 49 }, 'priority goes before all'],
  [{ id: 'L2' }, { id: 'L1' }, 'all else is equal'],
])('B-31: the second lot is used first %#', (first, second) => {
  const wallet = walletWith();
  for (const lot of [lotOf('L', 10, { id: 'L1', ...first }), lotOf('L', 10, { id: first.id === 'L2' ? 'L1' : 'L2', ...second })]) {
    posted(wallet, grant(ledgerOf(wallet), lot, now));
  }
  const expected = wallet.lots[1]?.id;
  expect(posted(wallet, hold(ledgerOf(wallet), forTask('h', 1), now)).transactions.flatMap((t) => onAccount(t, 'HELD'))).toEqual([
    `${expected} 1`,
  ]);
});

describe('B-32: a lot that ends during a task', () => {
  const L1 = lotOf('L1', 60, { source: 'INCLUDED', endsAt: END });
  test.each([
    [130, 'BEFORE', ['L1 60', 'L2 70'], 'held minutes stay usable'],
    [170, 'BEFORE', ['L1 60', 'L2 110'], 'what the hold lacks comes from the lot that runs'],
    [130, 'AFTER', ['L1 60', 'L2 70'], 'the sweep takes nothing that is held'],
  ])('hold 150, actual %i, swept %s settling: %j, because %s', (actual, swept, expected) => {
    const wallet = walletWith(L1, lotOf('L2', 120));
    posted(wallet, hold(ledgerOf(wallet), forTask('h', 150), before));
    if (swept === 'AFTER') posted(wallet, expire(ledgerOf(wallet), entryAt(END)));
    charge(wallet, 'h', actual);
    expect(wallet.transactions.filter(({ kind }) => kind === 'SETTLE').flatMap((t) => onAccount(t, 'CONSUMED'))).toEqual(expected);
  });

  test('what it did not hold is gone, and what returns to it is gone too', () => {
    const wallet = walletWith(L1);
    posted(wallet, hold(ledgerOf(wallet), forTask('h', 40), before));
    expect(codes(charge(wallet, 'h', 41))).toEqual(['TIME_NOT_ENOUGH']);
    charge(wallet, 'h', 30);
    expect(walletFigures(ledgerOf(wallet), NOON)).toMatchObject({ spentMinutes: 30, expiredMinutes: 30, availableMinutes: 0 });
  });

  test.each(['unswept', 'swept'])('work done before the end may take from it afterwards, %s', (state) => {
    const wallet = walletWith(L1);
    if (state === 'swept') posted(wallet, expire(ledgerOf(wallet), now));
    expect(charge(wallet, null, 50, { workedAt: BEFORE_END })).toMatchObject({ outcome: 'POSTED', consumedMinutes: 50 });
    expect(codes(charge(wallet, null, 10, { workedAt: END, work: { ticketId: 'T1', taskId: 'later' } }))).toEqual(['TIME_NOT_ENOUGH']);
  });
});

/** A charge-back of all that is left, or of at most so many minutes. */
const takeAll = (wallet: Wallet, minutes: number | null = null) =>
  void posted(wallet, voidLot(ledgerOf(wallet), { lotId: 'L', minutes }, now));

describe('B-27, B-28: returning and taking back', () => {
  test('a charge is reversed once, and its reversal never', () => {
    const wallet = walletWith(lotOf('L', 120));
    charge(wallet, null, 70);
    const undo = (transactionId: string) => write(wallet, reverse(ledgerOf(wallet), { transactionId, goodwillLotId: 'G' }, now));
    expect(undo('t2')).toMatchObject({ outcome: 'POSTED', lots: [], returnedMinutes: 70, goodwillMinutes: 0 });
    expect(available(wallet)).toBe(120);
    expect([codes(undo('t2')), codes(undo('t3')), codes(undo('t9'))]).toEqual([
      ['JOURNAL_ENTRY_REVERSED'],
      ['JOURNAL_ENTRY_FINAL'],
      ['JOURNAL_ENTRY_UNKNOWN'],
    ]);
    expect(codes(charge(wallet, null, 20))).toBe('POSTED');
  });

  test('what was charged to a lot that has ended becomes goodwill of 30 days', () => {
    const wallet = walletWith(lotOf('L1', 60, { endsAt: END }), lotOf('L2', 60));
    charge(wallet, null, 100, {}, before);
    posted(wallet, reverse(ledgerOf(wallet), { transactionId: 't3', goodwillLotId: 'G' }, now));
    expect(wallet.lots.at(-1)).toMatchObject({
      id: 'G',
      source: 'GOODWILL',
      minutes: 60,
      projectId: 'p',
      price: null,
      endsAt: at('2026-04-09T21:00:00Z'),
    });
    expect([available(wallet), available(wallet, at('2026-04-09T20:59:59.999Z')), available(wallet, at('2026-04-09T21:00:00Z'))]).toEqual([
      120, 120, 60,
    ]);
  });

  test('a charge-back with 200 of 600 spent voids 400, held or split, and nothing more', () => {
    const wallet = walletWith(lotOf('L', 600, { projectId: null, price: EXACTLY }), lotOf('M', 5, { priority: 60 }));
    posted(wallet, assign(ledgerOf(wallet), { lotId: 'L', projectId: 'p', minutes: 350, newLotId: 'P' }, now));
    charge(wallet, null, 200);
    reserve(wallet, 'h', 100);
    reserve(wallet, 'mixed', 55);
    expect(posted(wallet, voidLot(ledgerOf(wallet), { lotId: 'L' }, now))).toMatchObject({ voidedMinutes: 400 });
    const figures = { spentMinutes: 200, voidedMinutes: 400, availableMinutes: 0, heldMinutes: 5, unassignedMinutes: 0 };
    expect(walletFigures(ledgerOf(wallet), NOON)).toMatchObject(figures);
    expect([...ledgerOf(wallet).openHolds.keys()]).toEqual(['mixed']);
    expect(codes(voidLot(ledgerOf(wallet), { lotId: 'L' }, now))).toEqual(['LOT_USED_UP']);
  });

  test.each<[number, Partial<TimeLot>, (wallet: Wallet) => void, number, number, number, string]>([
    [200, {}, (wallet) => takeAll(wallet), 0, 600, 0, 'all that was left was charged back, and so is what was used'],
    [200, {}, (wallet) => takeAll(wallet, 100), 200, 100, 300, 'only so many were to be taken'],
    [200, { refundedMinutes: 600 }, (wallet) => takeAll(wallet, 400), 0, 600, 0, 'the order is paid back whole'],
    [600, { refundedMinutes: 600 }, () => {}, 0, 600, 0, 'nothing was left when the order was paid back'],
    [500, { refundedMinutes: 300 }, (wallet) => takeAll(wallet, 100), 300, 300, 0, 'half of the order is paid back'],
    [200, { refundedMinutes: 300 }, (wallet) => takeAll(wallet, 300), 200, 300, 100, 'what is paid back was taken'],
    [200, { endsAt: END, refundedMinutes: 600 }, () => {}, 0, 200, 0, 'no goodwill comes of what was paid back'],
    [200, { endsAt: END, refundedMinutes: 50 }, () => {}, 150, 50, 0, 'the rest is goodwill'],
  ])('of 600, %i charged, case %#: %#', (charged, change, chargeBack, returned, voided, left, _because) => {
    const wallet = walletWith(lotOf('L', 600, { price: EXACTLY }));
    charge(wallet, null, charged, {}, before);
    wallet.lots.splice(0, 1, lotOf('L', 600, { price: EXACTLY, ...change }));
    chargeBack(wallet);
    const undone = posted(wallet, reverse(ledgerOf(wallet), { transactionId: 't2', goodwillLotId: 'G' }, now));
    expect([undone.returnedMinutes + undone.goodwillMinutes, undone.voidedMinutes]).toEqual([returned, charged - returned]);
    const { voidedMinutes, availableMinutes, spentMinutes } = walletFigures(ledgerOf(wallet), NOON);
    expect([voidedMinutes, availableMinutes, spentMinutes]).toEqual([voided, left + returned, 0]);
    expect(undone.transactions.map(({ kind, rule }) => [kind, rule])).toEqual([
      ['REVERSE', 'B-27'],
      ...(charged > returned ? [['VOID', 'B-28']] : []),
    ]);
  });

  test('a charge-back counts for the whole grant, whichever of its splits was used', () => {
    const wallet = walletWith(lotOf('L', 600, { projectId: null, price: EXACTLY }));
    posted(wallet, assign(ledgerOf(wallet), { lotId: 'L', projectId: 'p', minutes: 200, newLotId: 'P' }, now));
    posted(wallet, assign(ledgerOf(wallet), { lotId: 'L', projectId: 'q', minutes: 400, newLotId: 'Q' }, now));
    charge(wallet, null, 200);
    takeAll(wallet);
    expect(posted(wallet, reverse(ledgerOf(wallet), { transactionId: 't4', goodwillLotId: 'G' }, now))).toMatchObject({
      voidedMinutes: 200,
    });
    expect(owedMinutes(ledgerOf(wallet), 'L')).toBe(0);
  });

  test('a grant is taken back whole, also after a split, and only untouched', () => {
    const wallet = walletWith(lotOf('L', 600, { projectId: null }));
    posted(wallet, assign(ledgerOf(wallet), { lotId: 'L', projectId: 'p', minutes: 300, newLotId: 'P' }, now));
    reserve(wallet, 'h', 60);
    const undo = () => write(wallet, reverse(ledgerOf(wallet), { transactionId: 't1', goodwillLotId: 'G' }, now));
    expect(codes(undo())).toEqual(['LOT_TOUCHED']);
    posted(wallet, release(ledgerOf(wallet), { holdId: 'h' }, now));
    expect(codes(undo())).toBe('POSTED');
    expect(walletFigures(ledgerOf(wallet), NOON)).toMatchObject({ grantedMinutes: 0, unassignedMinutes: 0, availableMinutes: 0 });
    expect(codes(undo())).toEqual(['JOURNAL_ENTRY_REVERSED']);
  });
});
