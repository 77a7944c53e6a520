import { describe, expect, test } from '@jest/globals';
import { walletFigures } from '../../src/policy/time-figures.js';
import { assign, voidLot } from '../../src/policy/time-grant.js';
import { refundHold } from '../../src/policy/time-hold.js';
import { heldMinutes } from '../../src/policy/time-journal.js';
import { continueJournal } from '../../src/policy/time-ledger.js';
import { suspensionRefusal } from '../../src/policy/time-suspension.js';
import { charge, codes, entryAt, ledgerOf, lotOf, NOON, posted, reserve, walletWith } from './time-wallet.js';

const now = entryAt(NOON);

/** 600 bought: 200 spent, 100 held, 150 of the rest split to the project, 150 unassigned. */
function spentAndHeld() {
  const wallet = walletWith(lotOf('L', 600, { projectId: null }));
  posted(wallet, assign(ledgerOf(wallet), { lotId: 'L', projectId: 'p', minutes: 450, newLotId: 'P' }, now));
  charge(wallet, null, 200);
  reserve(wallet, 'h', 100);
  return wallet;
}

describe('paying part of an order back', () => {
  test.each<[number | null, number, number, number, number, string]>([
    [1, 1, 149, 150, 100, 'what nobody holds goes first, and of that what is on no project'],
    [150, 150, 0, 150, 100, 'all that is on no project'],
    [151, 151, 0, 149, 100, 'then what is split to a project'],
    [300, 300, 0, 0, 100, 'all that nobody holds'],
    [310, 310, 0, 0, 90, 'then what is held'],
    [400, 400, 0, 0, 0, 'the hold that has nothing left is over'],
    [600, 400, 0, 0, 0, 'what was spent is never taken back (B-28)'],
    [null, 400, 0, 0, 0, 'without a bound all that is left'],
  ])('of at most %s minutes takes %s', (minutes, voidedMinutes, unassignedMinutes, availableMinutes, held, _because) => {
    const wallet = spentAndHeld();
    expect(posted(wallet, voidLot(ledgerOf(wallet), { lotId: 'L', minutes }, now))).toMatchObject({ voidedMinutes });
    const ledger = ledgerOf(wallet);
    const figures = { spentMinutes: 200, voidedMinutes, unassignedMinutes, availableMinutes, heldMinutes: held };
    expect(walletFigures(ledger, NOON)).toMatchObject(figures);
    expect([...ledger.openHolds.values()].map(heldMinutes)).toEqual(held === 0 ? [] : [held]);
  });

  test('again and again ends when nothing is left, and never takes more than there was', () => {
    const wallet = spentAndHeld();
    const takes = [130, 130, 130, 130].map((minutes) => {
      const outcome = voidLot(ledgerOf(wallet), { lotId: 'L', minutes }, now);
      return outcome.outcome === 'POSTED' ? posted(wallet, outcome).voidedMinutes : codes(outcome);
    });
    expect(takes).toEqual([130, 130, 130, 10]);
    expect(codes(voidLot(ledgerOf(wallet), { lotId: 'L', minutes: 1 }, now))).toEqual(['LOT_USED_UP']);
  });

  test.each([0, -1, 1.5, Number.NaN])('of %s minutes is no request', (minutes) => {
    expect(() => voidLot(ledgerOf(spentAndHeld()), { lotId: 'L', minutes }, now)).toThrow(RangeError);
  });
});

describe('while the records of a wallet are in doubt (B-14)', () => {
  const wallet = walletWith(lotOf('L', 60));
  const held = walletWith(lotOf('L', 60));
  reserve(held, 'h', 30);

  test('nothing is held, used or paid back, and the reason says whom to ask', () => {
    const bought = walletWith(lotOf('L', 60, { price: { amountMinor: 5_000n, currencyCode: 'EUR' } }));
    reserve(bought, 'h', 30);
    const paidBack = refundHold(ledgerOf(bought), { holdId: 'h' }, now);
    for (const outcome of [reserve(walletWith(lotOf('L', 60)), 'h', 30), charge(walletWith(lotOf('L', 60)), null, 30), paidBack]) {
      if (outcome.outcome === 'REFUSED') throw new Error('refused');
      const refused = suspensionRefusal(outcome, NOON);
      expect(refused?.reasons).toEqual([
        expect.objectContaining({ code: 'TIME_LEDGER_SUSPENDED', rule: 'B-14', effect: 'REFUSES', clause: null, remedy: 'ASK_VENDOR' }),
      ]);
    }
  });

  test.each([
    ['a charge-back', () => voidLot(ledgerOf(wallet), { lotId: 'L' }, now)],
    ['work that charges nothing', () => charge(held, 'h', 0)],
  ])('%s goes on', (_what, command) => {
    const outcome = command();
    if (outcome.outcome === 'REFUSED') throw new Error('refused');
    expect(suspensionRefusal(outcome, NOON)).toBeNull();
  });
});

test('a ledger that goes on from what is stored obeys the same laws as one that is folded from nothing', () => {
  const wallet = spentAndHeld();
  const outcome = voidLot(ledgerOf(wallet), { lotId: 'L', minutes: 160 }, now);
  if (outcome.outcome === 'REFUSED') throw new Error('refused');
  const before = ledgerOf(wallet);
  const transactions = outcome.transactions.map((draft, index) => ({ ...draft, id: `next${index}` }));
  const gone = continueJournal(before, [], transactions);
  const whole = ledgerOf({ lots: wallet.lots, transactions: [...wallet.transactions, ...transactions] });
  expect(gone).toEqual({ outcome: 'FOLDED', ledger: whole });
  expect(ledgerOf(wallet)).toEqual(before);
  expect(continueJournal(whole, [], transactions)).toMatchObject({ outcome: 'FAULTY', faults: [{ code: 'ID_REPEATED' }] });
  expect(continueJournal(whole, [lotOf('L', 5)], [])).toMatchObject({ outcome: 'FAULTY', faults: [{ code: 'ID_REPEATED' }] });
});
