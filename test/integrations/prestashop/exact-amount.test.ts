import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { formatAmount, parseAmount, spread, storedAmount } from '../../../integrations/prestashop/exact-amount.js';

describe('reading and writing', () => {
  test.each([
    ['96', 96_000_000n, '96.00', 'whole units'],
    ['88.066667', 88_066_667n, '88.066667', 'six places are kept'],
    ['0.1', 100_000n, '0.10', 'two places at least'],
    ['-5.250000', -5_250_000n, '-5.25', 'below zero'],
    ['0.0000005', 1n, '0.000001', 'half a millionth is rounded away from zero'],
    ['-0.0000005', -1n, '-0.000001', 'on either side'],
    ['0.0000004999', 0n, '0.00', 'less is dropped'],
    ['123456789012345678.123456', 123_456_789_012_345_678_123_456n, '123456789012345678.123456', 'no float on the way'],
  ])('%s is %i and reads back %s because %s', (text, amount, written) => {
    expect(parseAmount(text)).toBe(amount);
    expect(formatAmount(amount)).toBe(written);
  });

  test.each(['', '1e3', '1,5', '.5', '5.', '+1', ' 1', '0x10', 'NaN'])('%j is no amount', (text) => {
    expect(() => parseAmount(text)).toThrow(RangeError);
  });

  test('what is written reads back the same', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(10n ** 24n), max: 10n ** 24n }), (amount) => {
        expect(parseAmount(formatAmount(amount))).toBe(amount);
        expect(parseAmount(storedAmount(amount))).toBe(amount);
      }),
    );
  });
});

describe('spreading', () => {
  const amounts = fc.bigInt({ min: 0n, max: 10n ** 15n });

  test('parts sum to the total and none is a millionth off its share', () => {
    fc.assert(
      fc.property(amounts, fc.array(amounts, { minLength: 1, maxLength: 60 }), (total, weights) => {
        const sum = weights.reduce((running, weight) => running + weight, 0n);
        const parts = spread(total, weights);
        expect(parts.reduce((running, part) => running + part, 0n)).toBe(sum === 0n ? 0n : total);
        for (const [index, part] of parts.entries()) {
          const error = part * sum - total * (weights[index] ?? 0n);
          expect(sum === 0n || (error < sum && error > -sum)).toBe(true);
        }
      }),
    );
  });

  test('a line that weighs nothing carries nothing, and no line pays less than nothing', () => {
    fc.assert(
      fc.property(fc.array(amounts, { minLength: 1, maxLength: 60 }), fc.nat(100), (weights, percent) => {
        const sum = weights.reduce((running, weight) => running + weight, 0n);
        const parts = spread((sum * BigInt(percent)) / 100n, weights);
        for (const [index, weight] of weights.entries()) {
          expect((parts[index] ?? 0n) <= weight).toBe(true);
          if (weight === 0n) expect(parts[index]).toBe(0n);
        }
      }),
    );
  });
});
