import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { currencyExponent, moneyFromDecimal, moneyToDecimal, multiplyRate, shareOut } from '../../src/policy/money.js';

function moneyFrom(text: string, currencyCode: string) {
  const money = moneyFromDecimal(text, currencyCode);
  if (money === null) throw new Error(`${text} is not an amount`);
  return money;
}

const currency = fc.constantFrom('EUR', 'USD', 'JPY', 'KWD', 'CLF');
const amount = fc.bigInt({ min: -(10n ** 30n), max: 10n ** 30n });
const money = fc.record({ amountMinor: amount, currencyCode: currency });

describe('the smallest unit', () => {
  test.each([
    ['EUR', 2, 'a hundredth, as usual'],
    ['HUF', 2, 'the list says a hundredth, whatever is in use'],
    ['JPY', 0, 'no smaller unit'],
    ['ISK', 0, 'no smaller unit'],
    ['XPF', 0, 'no smaller unit'],
    ['KWD', 3, 'a thousandth'],
    ['IQD', 3, 'a thousandth, though none is in use'],
    ['TND', 3, 'a thousandth'],
    ['CLF', 4, 'a ten-thousandth'],
    ['UYW', 4, 'a ten-thousandth'],
    ['ZZZ', 2, 'a code not listed'],
  ])('%s has %i places: %s', (code, places) => {
    expect(currencyExponent(code)).toBe(places);
  });

  test.each([
    ['eur', 'small letters'],
    ['EURO', 'four letters'],
    ['', 'nothing'],
    ['E1R', 'a digit'],
    ['EUR\n', 'a line end'],
  ])('%j is refused: %s', (code) => {
    expect(() => currencyExponent(code)).toThrow(RangeError);
    expect(() => moneyFromDecimal('1', code)).toThrow(RangeError);
  });
});

describe('reading and writing', () => {
  test.each([
    ['115.2049', 'EUR', '115.20', 'below half'],
    ['115.205', 'EUR', '115.21', 'half goes away from zero'],
    ['-115.205', 'EUR', '-115.21', 'on both sides'],
    ['1.005', 'EUR', '1.01', 'a binary fraction would lose the half'],
    ['0.004999999999999999999999', 'EUR', '0.00', 'just below half'],
    ['-0.001', 'EUR', '0.00', 'zero has no sign'],
    ['-0.05', 'EUR', '-0.05', 'a sign before zero units'],
    ['+7', 'EUR', '7.00', 'a plus is nothing'],
    ['120', 'EUR', '120.00', 'no places written'],
    ['1495.5', 'JPY', '1496', 'no places in the currency'],
    ['0', 'JPY', '0', 'zero'],
    ['0.0015', 'KWD', '0.002', 'three places'],
    ['12.345678', 'CLF', '12.3457', 'four places'],
    ['00012.50', 'EUR', '12.50', 'leading zeros'],
    ['90071992547409931234.565', 'EUR', '90071992547409931234.57', 'beyond what a double holds'],
  ])('%s %s is %s: %s', (text, code, written) => {
    expect(moneyToDecimal(moneyFrom(text, code))).toBe(written);
  });

  test.each([
    ['', 'nothing'],
    ['1,50', 'a comma'],
    ['1e3', 'an exponent'],
    ['.5', 'no integer part'],
    ['5.', 'no decimal part'],
    [' 5', 'a blank'],
    ['0x10', 'not decimal'],
    ['NaN', 'not a number'],
    ['1\n', 'a line end'],
    ['--1', 'two signs'],
  ])('%j is no amount: %s', (text) => {
    expect(moneyFromDecimal(text, 'EUR')).toBeNull();
  });

  test('what is written is read again', () => {
    fc.assert(fc.property(money, (value) => expect(moneyFrom(moneyToDecimal(value), value.currencyCode)).toEqual(value)));
  });

  test('reading is never off by more than half the smallest unit', () => {
    fc.assert(
      fc.property(amount, fc.nat(12), (units, places) => {
        const digits = (units < 0n ? -units : units).toString().padStart(places + 1, '0');
        const text = `${units < 0n ? '-' : ''}${digits.slice(0, digits.length - places)}${places === 0 ? '' : `.${digits.slice(-places)}`}`;
        const twiceTheError = 2n * (moneyFrom(text, 'EUR').amountMinor * 10n ** BigInt(places) - units * 100n);
        const unit = 10n ** BigInt(places);
        expect(twiceTheError <= unit && twiceTheError >= -unit).toBe(true);
      }),
    );
  });
});

describe('a rate', () => {
  test.each([
    ['49.95', 'EUR', '0.30', '14.99', 'A-07: 14.985 is a half'],
    ['4985', 'JPY', '0.30', '1496', 'A-07: 1495.5 is a half'],
    ['120.00', 'EUR', '0.30', '36.00', 'A-07: no rounding'],
    ['-49.95', 'EUR', '0.30', '-14.99', 'halves go away from zero'],
    ['100.00', 'EUR', '1.005', '100.50', 'three places in the rate'],
    ['0.01', 'EUR', '0.4999999999999999999999', '0.00', 'rounded once, from the exact product'],
    ['19.99', 'EUR', '0', '0.00', 'nothing'],
    ['19.99', 'EUR', '1', '19.99', 'all'],
  ])('%s %s at %s is %s: %s', (text, code, rate, product) => {
    expect(moneyToDecimal(multiplyRate(moneyFrom(text, code), rate))).toBe(product);
  });

  test.each(['', '30 %', '.3', '1e-1', '0,3'])('%j is refused', (rate) => {
    expect(() => multiplyRate(moneyFrom('1', 'EUR'), rate)).toThrow(RangeError);
  });

  test('of the opposite amount gives the opposite', () => {
    fc.assert(
      fc.property(money, fc.nat(100_000), (value, thousandths) => {
        const rate = `${Math.floor(thousandths / 1000)}.${(thousandths % 1000).toString().padStart(3, '0')}`;
        const opposite = multiplyRate({ ...value, amountMinor: -value.amountMinor }, rate);
        expect(opposite.amountMinor).toBe(-multiplyRate(value, rate).amountMinor);
      }),
    );
  });
});

describe('sharing out', () => {
  test.each([
    [50_000n, [37n, 37n, 37n, 489n], [3083n, 3084n, 3083n, 40_750n], '600 minutes for 500.00'],
    [100n, [1n, 1n, 1n], [33n, 34n, 33n], 'the rounding error never gathers'],
    [-100n, [1n, 1n, 1n], [-33n, -34n, -33n], 'a refund mirrors it'],
    [1n, [1n, 1n], [1n, 0n], 'the half goes to the first'],
    [7n, [0n, 5n, 0n], [0n, 7n, 0n], 'no weight, no part'],
    [0n, [], [], 'nothing for nobody'],
    [0n, [0n, 0n], [0n, 0n], 'nothing by no weight'],
  ])('%s by %j', (total, weights, parts) => {
    expect(shareOut(total, weights)).toEqual(parts);
  });

  test.each([
    [1n, [], 'there is nobody to give it to'],
    [1n, [0n, 0n], 'nobody has a weight'],
    [1n, [2n, -1n], 'a weight is negative'],
  ])('%s by %j is refused: %s', (total, weights) => {
    expect(() => shareOut(total, weights)).toThrow(RangeError);
  });

  test('gives the total exactly, each part within one unit of its exact share and never of the other sign', () => {
    const weights = fc.array(fc.bigInt({ min: 0n, max: 10_000n }), { minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(amount, weights, (total, spent) => {
        const whole = spent.reduce((sum, weight) => sum + weight, 0n);
        fc.pre(whole > 0n);
        const parts = shareOut(total, spent);
        expect(parts.reduce((sum, part) => sum + part, 0n)).toBe(total);
        for (const [index, part] of parts.entries()) {
          const error = part * whole - total * (spent[index] ?? 0n);
          expect(error <= whole && error >= -whole).toBe(true);
          expect(part * total >= 0n).toBe(true);
        }
      }),
    );
  });
});
