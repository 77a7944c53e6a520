import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type PlacedPurchase, placeRenewals, type RenewalPayment } from '../../src/policy/renewal-placement.js';

const at = (text: string) => Temporal.Instant.from(text);

function purchase(key: string, paidOn: string, revokedOn: string | null = null): PlacedPurchase {
  const revokedAt = revokedOn === null ? null : at(`${revokedOn}T10:00:00Z`);
  return { key, paidAt: at(`${paidOn}T10:00:00Z`), months: 3, revokedAt, zone: 'Europe/Paris' };
}

function renewal(key: string, paidOn: string, purchaseKey: string | null = null): RenewalPayment {
  return { key, paidAt: at(`${paidOn}T10:00:00Z`), months: 3, purchaseKey };
}

test.each<[PlacedPurchase[], RenewalPayment[], (string | null)[], string]>([
  [[purchase('p1', '2026-01-10')], [renewal('r1', '2026-02-10')], ['p1'], 'there is one purchase'],
  [[purchase('p1', '2026-01-10'), purchase('p2', '2026-01-05')], [renewal('r1', '2026-02-10')], ['p2'], 'the cover of p2 ends first'],
  [
    [purchase('p1', '2026-01-10'), purchase('p2', '2026-01-05')],
    [renewal('r1', '2026-02-10'), renewal('r2', '2026-02-11')],
    ['p2', 'p1'],
    'after the first renewal the cover of p1 ends first',
  ],
  [[purchase('p1', '2026-01-10')], [renewal('r1', '2026-01-09')], [null], 'nothing was bought yet'],
  [
    [purchase('p1', '2026-01-10'), purchase('p2', '2026-03-01')],
    [renewal('r1', '2026-02-10'), renewal('r2', '2026-03-02')],
    ['p1', 'p2'],
    'p2 was bought after the first renewal and ends before the renewed p1',
  ],
  [[purchase('p1', '2026-01-10', '2026-02-10')], [renewal('r1', '2026-02-10')], [null], 'the purchase was taken back at that instant'],
  [[purchase('p1', '2026-01-10', '2026-02-11')], [renewal('r1', '2026-02-10')], ['p1'], 'the purchase was taken back later'],
  [
    [purchase('p1', '2026-01-05', '2026-02-01'), purchase('p2', '2026-01-10')],
    [renewal('r1', '2026-02-10')],
    ['p2'],
    'p1 was taken back before',
  ],
  [[purchase('p2', '2026-01-10'), purchase('p1', '2026-01-10')], [renewal('r1', '2026-02-10')], ['p1'], 'equal ends go to the first key'],
  [
    [purchase('p1', '2026-01-05'), purchase('p2', '2026-01-10')],
    [renewal('r1', '2026-02-10', 'p2'), renewal('r2', '2026-02-11')],
    ['p2', 'p1'],
    'a choice by hand holds and counts for what follows',
  ],
  [[purchase('p1', '2026-01-05')], [renewal('r1', '2026-02-10', 'p9')], [null], 'the purchase chosen by hand is not known'],
  [
    [purchase('p1', '2026-01-05', '2026-02-01')],
    [renewal('r1', '2026-02-10', 'p1')],
    ['p1'],
    'a choice by hand holds for a revoked purchase',
  ],
])('placement %#', (purchases, renewals, expected) => {
  expect(placeRenewals(purchases, renewals).map(({ purchaseKey }) => purchaseKey)).toEqual(expected);
});

const instants = fc.integer({ min: 0, max: 900 }).map((days) => at('2025-01-01T10:00:00Z').add({ hours: 24 * days }));
const purchases = fc.uniqueArray(
  fc.record({
    key: fc.constantFrom('p1', 'p2', 'p3', 'p4'),
    paidAt: instants,
    months: fc.integer({ min: 1, max: 12 }),
    revokedAt: fc.option(instants),
    zone: fc.constantFrom('Europe/Paris', '+03:00'),
  }),
  { selector: ({ key }) => key },
);
const renewals = fc.uniqueArray(
  fc.record({
    key: fc.constantFrom('r1', 'r2', 'r3', 'r4', 'r5', 'r6'),
    paidAt: instants,
    months: fc.integer({ min: 1, max: 12 }),
    purchaseKey: fc.option(fc.constantFrom('p1', 'p2', 'p9'), { freq: 3 }),
  }),
  { selector: ({ key }) => key },
);

test('law: the order in which purchases and renewals are known does not matter', () => {
  const shuffled = <T>(items: fc.Arbitrary<T[]>) =>
    items.chain((given) => fc.tuple(fc.constant(given), fc.shuffledSubarray(given, { minLength: given.length })));
  fc.assert(
    fc.property(shuffled(purchases), shuffled(renewals), ([bought, boughtShuffled], [renewed, renewedShuffled]) => {
      expect(placeRenewals(boughtShuffled, renewedShuffled)).toEqual(placeRenewals(bought, renewed));
    }),
  );
});

test('law: a renewal that becomes known later does not move those paid before it', () => {
  fc.assert(
    fc.property(purchases, renewals, (bought, renewed) => {
      const all = placeRenewals(bought, renewed);
      const latest = all.at(-1)?.renewalKey;
      expect(
        placeRenewals(
          bought,
          renewed.filter(({ key }) => key !== latest),
        ),
      ).toEqual(all.slice(0, -1));
    }),
  );
});

test('law: a renewal is placed unless no purchase was open to it', () => {
  fc.assert(
    fc.property(purchases, renewals, (bought, renewed) => {
      for (const { renewalKey, purchaseKey } of placeRenewals(bought, renewed)) {
        const payment = renewed.find(({ key }) => key === renewalKey);
        if (!payment || payment.purchaseKey !== null) continue;
        const isOpen = ({ paidAt, revokedAt }: PlacedPurchase) =>
          Temporal.Instant.compare(paidAt, payment.paidAt) <= 0 &&
          (revokedAt === null || Temporal.Instant.compare(payment.paidAt, revokedAt) < 0);
        expect(purchaseKey !== null).toBe(bought.some(isOpen));
      }
    }),
  );
});
