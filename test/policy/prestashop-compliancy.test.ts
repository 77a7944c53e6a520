import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { comparePhpVersions, paddedMaximum, paddedMinimum, prestashopCompliancy } from '../../src/policy/prestashop-compliancy.js';

const truth = JSON.parse(readFileSync(new URL('./truth/prestashop-compliancy.json', import.meta.url), 'utf8')) as {
  cases: { min: string; max: string; padded_min: string; padded_max: string; ps: string; compliant: boolean }[];
};

describe('the recorded answers of PrestaShop', () => {
  test('are all there', () => {
    expect(truth.cases).toHaveLength(72);
  });

  test.each(truth.cases)('$ps within $min to $max: $compliant', ({ min, max, padded_min, padded_max, ps, compliant }) => {
    expect(paddedMinimum(min)).toBe(padded_min);
    expect(paddedMaximum(max)).toBe(padded_max);
    expect(prestashopCompliancy({ min, max }, ps)).toBe(compliant ? 'COMPLIANT' : 'NOT_COMPLIANT');
  });
});

describe('what a module leaves out', () => {
  test.each([
    ['1.7', null, '9.1.4', 'MAXIMUM_NOT_STATED', 'without a maximum the running version counts as one'],
    ['1.7', '_PS_VERSION_', '9.1.4', 'MAXIMUM_NOT_STATED', 'naming the running version says nothing'],
    ['9.0.0', null, '8.2.0', 'NOT_COMPLIANT', 'the minimum still counts'],
    [null, '1.7', '1.4.0.0', 'COMPLIANT', 'PrestaShop begins at 1.4.0.0'],
    [null, '1.7', '1.3.9', 'NOT_COMPLIANT', 'and not before'],
    [null, null, '8.1.0', 'MAXIMUM_NOT_STATED', 'nothing is stated'],
  ])('min %s, max %s, running %s: %s, because %s', (min, max, running, verdict, _because) => {
    expect(prestashopCompliancy({ min, max }, running)).toBe(verdict);
  });
});

describe("PHP's order", () => {
  test.each([
    ['1.0', '1.0.0', -1, 'a further number is later'],
    ['1.0rc1', '1.0', -1, 'a candidate is earlier'],
    ['1.0pl1', '1.0', 1, 'a patch level is later'],
    ['1.0-p1', '1.0pl1', 0, 'p is pl'],
    ['1.0alpha2', '1.0-a_2', 0, 'separators are alike, a is alpha'],
    ['1.0RC1', '1.0rc1', 0, 'both spellings of a candidate'],
    ['1.0BETA1', '1.0dev1', -1, 'capitals are no known word, and unknown is before dev'],
    ['1.0-beta.10', '1.0-beta.9', 1, 'numbers, not text'],
    ['01.2', '1.02', 0, 'leading zeros'],
    ['1.7..8', '1.7.8', 0, 'a separator too many'],
    ['', '1', -1, 'nothing is before everything'],
    ['', '', 0, 'nothing is nothing'],
    ['9.0.0-beta.1', '9.0.0', -1, 'so a beta of 9 is not 9'],
    ['2~', '2~.rc1', 1, 'an odd sign behind a digit is a word, behind anything else a separator'],
    ['1.0.', '1.0', -1, 'a trailing dot opens an empty word'],
    ['#N#', '1', 0, 'the sign stands for any number'],
    ['1.99999999999999999999', '1.99999999999999999998', 1, 'exact at any size'],
  ] as const)('%j against %j: %i, because %s', (a, b, order, _because) => {
    expect(comparePhpVersions(a, b)).toBe(order);
    expect(comparePhpVersions(b, a)).toBe(order === 0 ? 0 : -order);
  });

  test('PHP stops at the nothing behind a trailing dot, and calls it earlier than whatever stands there in the other', () => {
    expect(comparePhpVersions('1.', '1.foo')).toBe(-1);
    expect(comparePhpVersions('1.', '1.')).toBe(-1);
  });

  test('is antisymmetric on what people write', () => {
    const text = fc.stringMatching(/^\d{1,2}(\.\d{1,3}){0,3}([-._+]?(dev|alpha|beta|RC|pl|x)\d{0,2})?$/);
    fc.assert(fc.property(text, text, (a, b) => comparePhpVersions(a, b) + comparePhpVersions(b, a) === 0));
  });

  test('answers for any text', () => {
    fc.assert(fc.property(fc.string(), fc.string(), (a, b) => [-1, 0, 1].includes(comparePhpVersions(a, b))));
  });

  test('gives every version between the ends, ends included', () => {
    const version = fc
      .array(fc.nat(12), { minLength: 3, maxLength: 3 })
      .map((numbers) => `${(numbers[0] ?? 0) + 8}.${numbers.slice(1).join('.')}`);
    fc.assert(
      fc.property(version, version, version, (...versions) => {
        const [min = '', running = '', max = ''] = versions.toSorted(comparePhpVersions);
        expect(prestashopCompliancy({ min, max }, running)).toBe('COMPLIANT');
        if (min !== running) expect(prestashopCompliancy({ min: running, max }, min)).toBe('NOT_COMPLIANT');
      }),
    );
  });
});
