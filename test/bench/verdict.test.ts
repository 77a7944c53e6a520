import { describe, expect, test } from '@jest/globals';
import { type Measured, shortfalls } from '../../bench/verdict.js';

const small = { platform: 'MAGENTO', orders: 10_000, statements: 2_100, heapEarlyMb: 78, heapLateMb: 79, memoryKeptMb: 40 } as const;
const large = { ...small, orders: 100_000, statements: 21_000 };
const fault = { fault: 'HANG', isControl: false, p99Ratio: 1.2 };
const drip = { fault: 'DRIP', isControl: false, p99Ratio: 1.21 };
const control = { fault: 'nothing', isControl: true, p99Ratio: 0.9 };

describe('the verdict on a measurement', () => {
  test.each<[Measured, string[], string]>([
    [{ imports: [], faults: [] }, [], 'what was not measured misses nothing'],
    [{ imports: [small, large], faults: [fault] }, [], 'everything is within its bounds'],
    [{ imports: [], faults: [control, fault, drip] }, ['Beside DRIP the p99'], 'one shop holds up another'],
    [{ imports: [], faults: [{ ...drip, p99Ratio: Number.NaN }] }, ['Beside DRIP the p99'], 'a shop that never answered is no figure'],
    [
      { imports: [], faults: [{ ...control, p99Ratio: 1.4 }, drip] },
      ['too busy to tell: two equal rounds differ by 1.40'],
      'the machine does other things',
    ],
    [
      { imports: [], faults: [{ ...control, p99Ratio: 0.5 }, fault] },
      ['too busy to tell: two equal rounds differ by 2.00'],
      'what was alone was held up',
    ],
    [
      { imports: [small, { ...large, statements: 100_000 }], faults: [] },
      ['The import of 100000 orders, MAGENTO, took 1.00 statements'],
      'it asks for each order',
    ],
    [
      { imports: [{ ...small, heapLateMb: 160 }], faults: [] },
      ['The import of 10000 orders, MAGENTO, had 2.05 times as much heap'],
      'the heap grows',
    ],
    [
      { imports: [{ ...large, memoryKeptMb: 80 }, small], faults: [] },
      ['MAGENTO: after 100000 orders as after 10000 2.00 times'],
      'something is kept for each order',
    ],
    [{ imports: [small, { ...large, platform: 'PRESTASHOP', memoryKeptMb: 80 }], faults: [] }, [], 'platforms are two programs'],
  ])('of %j misses %j, because %s', (measured, expected) => {
    const sentences = shortfalls(measured);
    expect(sentences).toEqual(expected.map((part) => expect.stringContaining(part)));
  });
});
