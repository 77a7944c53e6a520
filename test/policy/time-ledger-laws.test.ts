import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Money } from '../../src/policy/money.js';
import { lotFigures, usableMinutes } from '../../src/policy/time-figures.js';
import { expire } from '../../src/policy/time-grant.js';
import { balanceOf, goneMinutes } from '../../src/policy/time-journal.js';
import { foldJournal } from '../../src/policy/time-ledger.js';
import { lotEnd, valueOfMinutes } from '../../src/policy/time-lot.js';
import { timeStatement, valuesOfLot } from '../../src/policy/time-statement.js';
import { HISTORIES } from './time-actions.js';
import { ENGINE, onDay, play, played } from './time-histories.js';
import { entryAt, ledgerOf, lotOf, usedUp, write } from './time-wallet.js';

/** FC_HISTORIES asks for more in a long run. */
const NUM_RUNS = Number(process.env.FC_HISTORIES ?? 1_000);

describe('laws of every history', () => {
  test('the ledger answers, holds and counts as the model of single minutes does, and its journal has no fault', () => {
    const counts = new Map<string, number>();
    fc.assert(
      fc.property(HISTORIES, (actions) => {
        for (const [act, count] of play(ENGINE, actions).counts) counts.set(act, (counts.get(act) ?? 0) + count);
      }),
      { numRuns: NUM_RUNS },
    );
    const seldom = ['GRANT', 'ASSIGN', 'HOLD', 'EXTEND', 'RELEASE', 'LAPSE', 'REFUND', 'SETTLE', 'REVERSE', 'VOID', 'PAY_BACK']
      .flatMap((act) => (act === 'GRANT' ? [`${act} posted`] : [`${act} posted`, `${act} refused`]))
      .filter((act) => (counts.get(act) ?? 0) < NUM_RUNS / 200);
    expect(seldom).toEqual([]);
  });

  test('opening plus the entries of any period is closing, in each account and each lot, and all accounts sum to 0 (B-14)', () => {
    fc.assert(
      fc.property(HISTORIES, fc.nat({ max: 40 }), fc.nat({ max: 40 }), (actions, start, length) => {
        const { lots, transactions } = played(actions).wallet;
        const stated = timeStatement(lots, transactions, { from: onDay(start), to: onDay(start + length) });
        if (stated.outcome === 'FAULTY') throw new Error(stated.faults[0]?.message);
        const { opening, entries, closing, ...statement } = stated.statement;
        for (const account of ['AVAILABLE', 'HELD', 'CONSUMED', 'EXPIRED', 'VOIDED', 'ISSUED'] as const) {
          expect(closing[account]).toBe(entries.reduce((sum, { change }) => sum + change[account], opening[account]));
        }
        expect(sumOf(Object.values(opening))).toBe(0);
        expect(sumOf(Object.values(closing))).toBe(0);
        const legs = entries.flatMap(({ transaction }) => transaction.legs);
        for (const { lot, opening, closing } of statement.lots) {
          for (const account of ['AVAILABLE', 'HELD', 'CONSUMED', 'EXPIRED', 'VOIDED'] as const) {
            const moved = legs.filter((leg) => leg.account === account && leg.lotId === lot.id);
            expect(closing[account]).toBe(opening[account] + sumOf(moved.map(({ minutes }) => minutes)));
          }
        }
        expect(entries.every(({ transaction: { reason, rule } }) => reason !== '' && /^B-\d\d$/.test(rule))).toBe(true);
      }),
      { numRuns: 200 },
    );
  });

  test('what a sweep books changes no figure, now or later', () => {
    fc.assert(
      fc.property(HISTORIES, fc.nat({ max: 30 }), (actions, later) => {
        const { wallet, day } = played(actions);
        const before = ledgerOf(wallet);
        write(wallet, expire(before, entryAt(onDay(day + later))));
        const after = ledgerOf(wallet);
        for (const lot of wallet.lots) {
          expect(lotFigures(after, lot, onDay(day + later))).toEqual(lotFigures(before, lot, onDay(day + later)));
          expect(lotFigures(after, lot, onDay(day + later))).toMatchObject({ expiredMinutes: balanceOf(after, lot.id).EXPIRED });
        }
        expect(expire(after, entryAt(onDay(day + later))).transactions).toEqual([]);
      }),
      { numRuns: 200 },
    );
  });

  test('a journal folded up to an instant is the fold of what was recorded by then, whatever came later', () => {
    fc.assert(
      fc.property(HISTORIES, fc.nat({ max: 40 }), (actions, until) => {
        const { lots, transactions } = played(actions).wallet;
        const known = transactions.filter(({ recordedAt }) => Temporal.Instant.compare(recordedAt, onDay(until)) <= 0);
        expect(foldJournal(lots, transactions, onDay(until))).toEqual(foldJournal(lots, known));
      }),
      { numRuns: 200 },
    );
  });

  test('the values of what left a bought lot and of what is left sum to its price, and a split is worth what left its parent', () => {
    fc.assert(
      fc.property(HISTORIES, (actions) => {
        const { wallet } = played(actions);
        const ledger = ledgerOf(wallet);
        for (const lot of wallet.lots.filter(({ id, price }) => price !== null && ledger.balances.has(id))) {
          const values = valuesOfLot(lot, wallet.transactions);
          const gone = goneMinutes(ledger, lot);
          const left = valueOfMinutes(lot, gone, lot.minutes - gone);
          expect(sumOfMoney([...values.map(({ value }) => value), left])).toBe(lot.price?.amountMinor);
          for (const split of wallet.lots.filter(({ parentId }) => parentId === lot.id)) {
            const birth = wallet.transactions.find(({ kind, legs }) => kind === 'ASSIGN' && legs.some(({ lotId }) => lotId === split.id));
            const moved = values.find(({ transactionId }) => transactionId === birth?.id);
            expect(split).toMatchObject({ minutes: moved?.minutes, price: moved?.value, source: lot.source, endsAt: lot.endsAt });
          }
        }
      }),
      { numRuns: 200 },
    );
  });

  test('a millisecond across an end turns m usable minutes into 0', () => {
    let crossed = 0;
    fc.assert(
      fc.property(HISTORIES, (actions) => {
        const { wallet } = played(actions);
        const ledger = ledgerOf(wallet);
        for (const lot of wallet.lots) {
          const end = lotEnd(lot);
          const usable = end === null ? 0 : usableMinutes(ledger, lot, end.subtract({ milliseconds: 1 }));
          if (end === null || usable === 0) continue;
          crossed++;
          expect(usable).toBe(balanceOf(ledger, lot.id).AVAILABLE + balanceOf(ledger, lot.id).EXPIRED);
          expect(usableMinutes(ledger, lot, end)).toBe(0);
        }
      }),
      { numRuns: 200 },
    );
    expect(crossed).toBeGreaterThan(50);
  });
});

test('the values of parts sum to the price, none is negative, and none is off by a whole unit', () => {
  fc.assert(
    fc.property(
      fc.bigInt({ min: 0n, max: 10_000_000n }),
      fc.array(fc.integer({ min: 1, max: 500 }), { minLength: 1, maxLength: 30 }),
      (amountMinor, parts) => {
        const minutes = sumOf(parts);
        const lot = lotOf('L', minutes, { price: { amountMinor, currencyCode: 'EUR' } });
        const values = valuesOfLot(lot, usedUp(lot, parts).transactions).map(({ value }) => value);
        expect(sumOfMoney(values)).toBe(amountMinor);
        for (const [index, value] of values.entries()) {
          const exact = (Number(amountMinor) * (parts[index] ?? 0)) / minutes;
          expect(Math.abs(Number(value.amountMinor) - exact)).toBeLessThan(1 + 1e-6);
          expect(value.amountMinor >= 0n).toBe(true);
        }
      },
    ),
  );
});

function sumOf(numbers: readonly number[]): number {
  return numbers.reduce((sum, number) => sum + number, 0);
}

function sumOfMoney(values: readonly (Money | null)[]): bigint {
  return values.reduce((sum, value) => sum + (value?.amountMinor ?? 0n), 0n);
}
