import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { PinnedPolicy } from '../../src/policy/support-policy.js';
import { chargeableMinutes, estimateTime, extraordinaryThreshold, roundTaskSeconds } from '../../src/policy/time-estimate.js';
import { PREPAID_SUPPORT, TECHNICAL_SUPPORT } from './shipped-policies.js';

describe('B-08: estimates', () => {
  test.each([
    ['INSTALL', 'S', 30],
    ['INSTALL', 'M', 60],
    ['INSTALL', 'L', 120],
    ['CONFLICT', 'S', 60],
    ['CONFLICT', 'M', 120],
    ['CONFLICT', 'L', 240],
  ])('%s %s takes %i minutes, because the rate card says so', (category, complexity, minutes) => {
    expect(estimateTime(PREPAID_SUPPORT, category, complexity)).toEqual({ outcome: 'ESTIMATED', minutes });
  });

  test.each([
    [PREPAID_SUPPORT, 'INSTALL', 'XL', 'the row has no such cell'],
    [PREPAID_SUPPORT, 'DESIGN', 'S', 'the card has no such row'],
    [PREPAID_SUPPORT, 'constructor', 'name', 'what every object has is no row'],
    [TECHNICAL_SUPPORT, 'INSTALL', 'S', 'the policy has no card'],
  ])('%# needs a quote', (policy, category, complexity) => {
    const estimate = estimateTime(policy, category, complexity);
    expect(estimate).toMatchObject({
      outcome: 'NEEDS_QUOTE',
      reasons: [{ code: 'NEEDS_QUOTE', rule: 'B-08', effect: 'INFORMS', remedy: 'ASK_VENDOR' }],
    });
  });
});

describe('B-12: extraordinary effort', () => {
  test.each([
    [20, '1.5', 30, 50, 'thirty more are the least'],
    [60, '1.5', 30, 90, 'both give the same'],
    [120, '1.5', 30, 180, 'half as much again'],
    [480, '1.5', 30, 720, 'half as much again'],
    [101, '1.5', 30, 152, 'half a minute is rounded up'],
    [100, '1.1', 0, 110, 'the factor is exact: not 111'],
    [0, '1.5', 30, 30, 'no estimate, thirty minutes'],
  ])('an estimate of %i with %s and %i is extraordinary from %i, because %s', (estimate, factor, extra, threshold) => {
    expect(extraordinaryThreshold(estimate, factor, extra)).toBe(threshold);
  });

  test.each<[number, number | null, PinnedPolicy, number, string]>([
    [120, null, PREPAID_SUPPORT, 180, 'beyond it the customer must consent'],
    [120, 300, PREPAID_SUPPORT, 300, 'the customer consented to 300'],
    [120, 0, PREPAID_SUPPORT, 0, 'the work is free'],
    [120, null, TECHNICAL_SUPPORT, 120, 'this policy knows no more than the estimate'],
  ])('of %i estimated and %s agreed, row %#, at most as many may be charged', (estimate, cap, { document }, most) => {
    expect(chargeableMinutes(estimate, cap, document.extraordinary)).toBe(most);
  });

  test.each([
    [-1, '1.5', 30, 'minutes are not negative'],
    [1.5, '1.5', 30, 'minutes are whole'],
    [60, 'much', 30, 'a factor is a decimal'],
    [60, '-1', 30, 'a factor is not negative'],
    [60, '1.5', 0.5, 'minutes are whole'],
  ])('%s, %s, %s is a mistake, because %s', (estimate, factor, extra) => {
    expect(() => extraordinaryThreshold(estimate, factor, extra)).toThrow(RangeError);
  });

  test('law: it is never less than the estimate, and rises with it', () => {
    fc.assert(
      fc.property(fc.nat({ max: 100_000 }), fc.integer({ min: 100, max: 400 }), fc.nat({ max: 100 }), (estimate, hundredths, extra) => {
        const factor = (hundredths / 100).toFixed(2);
        const threshold = extraordinaryThreshold(estimate, factor, extra);
        expect(threshold).toBe(Math.max(Math.ceil((estimate * hundredths) / 100), estimate + extra));
        expect(extraordinaryThreshold(estimate + 1, factor, extra)).toBeGreaterThanOrEqual(threshold);
      }),
    );
  });
});

describe('B-11: rounding', () => {
  test.each([
    [[740, 740, 740], 37, '12 min 20 s three times are 37 min: rounded once, not 39'],
    [[], 0, 'nothing was recorded'],
    [[0], 0, 'no time passed'],
    [[1], 1, 'a minute begun counts'],
    [[60], 1, 'a full minute is one'],
    [[59, 1], 1, 'together a minute'],
    [[60, 1], 2, 'a second more'],
  ])('%j seconds are %i minutes, because %s', (seconds, minutes) => expect(roundTaskSeconds(seconds)).toBe(minutes));

  test.each([[[-1]], [[0.5]], [[Number.NaN]]])('%j is a mistake', (seconds) => expect(() => roundTaskSeconds(seconds)).toThrow(RangeError));
});
