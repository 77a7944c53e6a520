import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { planOrder, revocationOf, type SkuCatalogue } from '../../src/use-cases/order-plan.js';
import { type OrderStory, shopOrder, shopRefund } from '../support/shop-orders.js';
import { euros } from '../support/vendor.js';

const CATALOGUE: SkuCatalogue = new Map([
  ['FILTER', { kind: 'ADDON', addonId: 'filter' }],
  ['RENEWAL', { kind: 'RENEWAL', addonId: 'filter', periods: 2 }],
  ['HOURS', { kind: 'PREPAID_TIME', minutes: 60, supportPolicyName: 'prepaid-support' }],
  ['SHIRT', { kind: 'IGNORED' }],
]);
const FILTER: OrderStory = { lines: [{ sku: 'FILTER' }] };

describe('what an order is worth', () => {
  const cases: readonly (readonly [string, OrderStory, object | null, string])[] = [
    ['nothing', { ...FILTER, payment: 'UNPAID', paidAt: null }, null, 'it was never paid'],
    [
      'a licence',
      FILTER,
      { licences: [{ orderLine: '1-1', unit: 1, addonId: 'filter', revoked: null }], renewals: [], prepaidTime: [] },
      'one unit of a known add-on',
    ],
    [
      'two renewals',
      { lines: [{ sku: 'RENEWAL', quantity: '2.0000' }] },
      {
        licences: [],
        renewals: [
          { orderLine: '1-1', unit: 1, periods: 2, addonId: 'filter', revoked: null },
          { orderLine: '1-1', unit: 2, periods: 2, addonId: 'filter', revoked: null },
        ],
      },
      'each unit pays for two periods',
    ],
    [
      'minutes',
      { lines: [{ sku: 'HOURS', quantity: '3', refundedQuantity: '1' }] },
      {
        prepaidTime: [
          {
            orderLine: '1-1',
            minutes: 180n,
            refundedMinutes: 60n,
            paid: euros(12_000n),
            paidNet: euros(10_000n),
            supportPolicyName: 'prepaid-support',
          },
        ],
      },
      'three packs, of which one went back',
    ],
    [
      'nothing of ours',
      { lines: [{ sku: 'SHIRT', paidNet: '?' }] },
      { licences: [], renewals: [], prepaidTime: [] },
      'what is ignored is not even read',
    ],
    [
      'yen',
      { currencyCode: 'JPY', lines: [{ sku: 'FILTER', unitListPrice: '4985.0000', paidNet: '4500.0000', paidTax: '450.0000' }] },
      { licences: [{ listPrice: { amountMinor: 4_985n, currencyCode: 'JPY' }, paid: { amountMinor: 4_950n, currencyCode: 'JPY' } }] },
      'they have no cents',
    ],
    [
      'dinars',
      { currencyCode: 'KWD', lines: [{ sku: 'FILTER', unitListPrice: '12.3455', paidNet: '10.0004', paidTax: '0.0005' }] },
      { licences: [{ listPrice: { amountMinor: 12_346n, currencyCode: 'KWD' }, paid: { amountMinor: 10_001n, currencyCode: 'KWD' } }] },
      'they have thousandths; halves go up',
    ],
    [
      'a gift',
      { lines: [{ sku: 'FILTER', paidNet: '0', paidTax: '0' }] },
      { licences: [{ paid: { amountMinor: 0n } }] },
      'a coupon of 100 % is a sale all the same',
    ],
  ];
  test.each(cases)('%s', (_what, story, expected, _because) => {
    const { plan, problems } = planOrder(shopOrder('1', story), [], CATALOGUE);
    expect(problems).toEqual([]);
    if (expected === null) expect(plan).toBeNull();
    else expect(plan).toMatchObject(expected);
  });

  test('who bought is known by the address alone', () => {
    expect(planOrder(shopOrder('1', { ...FILTER, email: ' Ada@Shop.EXAMPLE ' }), [], CATALOGUE).plan?.email).toBe('ada@shop.example');
  });
});

describe('what is in the way of an order', () => {
  const cases: readonly (readonly [OrderStory, readonly (readonly [code: string, line: string])[], string])[] = [
    [
      { lines: [{ sku: 'A' }, { sku: 'FILTER' }, { sku: 'B' }] },
      [
        ['UNKNOWN_SKU', '1-1'],
        ['UNKNOWN_SKU', '1-3'],
      ],
      'everything is told at once',
    ],
    [{ ...FILTER, email: '' }, [['INVALID_CUSTOMER', '']], 'the whole order is meant'],
    [{ ...FILTER, email: 'a b@c' }, [['INVALID_CUSTOMER', '']], 'an address has no blank'],
    [{ lines: [{ sku: 'FILTER', quantity: '' }] }, [['INVALID_QUANTITY', '1-1']], 'nothing is not a number'],
    [{ lines: [{ sku: 'FILTER', quantity: '-1' }] }, [['INVALID_QUANTITY', '1-1']], 'nobody buys less than nothing'],
    [{ lines: [{ sku: 'FILTER', quantity: '1001' }] }, [['INVALID_QUANTITY', '1-1']], 'a figure in the wrong column'],
    [{ lines: [{ sku: 'FILTER', refundedQuantity: '-1' }] }, [['INVALID_QUANTITY', '1-1']], 'nothing goes back backwards'],
    [{ lines: [{ sku: 'FILTER', paidTax: '1,5' }] }, [['INVALID_AMOUNT', '1-1']], 'amounts have points'],
    [{ lines: [{ sku: 'FILTER', unitListPrice: '-1' }] }, [['INVALID_AMOUNT', '1-1']], 'no price is negative'],
    [{ ...FILTER, currencyCode: '' }, [['INVALID_AMOUNT', '1-1']], 'an amount of nothing'],
    [
      { ...FILTER, email: '', lines: [{ sku: 'A' }, { sku: 'FILTER', quantity: '0' }] },
      [
        ['INVALID_CUSTOMER', ''],
        ['UNKNOWN_SKU', '1-1'],
        ['INVALID_QUANTITY', '1-2'],
      ],
      'everything is told at once',
    ],
  ];
  test.each(cases)('%j', (story, expected, _because) => {
    const { plan, problems } = planOrder(shopOrder('1', story), [], CATALOGUE);
    expect(plan).toBeNull();
    expect(problems.map(({ code, orderLine }) => [code, orderLine])).toEqual(expected);
  });
});

describe('laws', () => {
  const units = fc.integer({ min: 1, max: 12 });
  const cents = fc.bigInt({ min: 0n, max: 10n ** 15n });
  const decimal = (minor: bigint) => `${minor / 100n}.${String(minor % 100n).padStart(2, '0')}`;

  test('what was paid for a line is what was paid for its units', () => {
    fc.assert(
      fc.property(units, cents, cents, (quantity, net, tax) => {
        const order = shopOrder('1', { lines: [{ sku: 'FILTER', quantity: `${quantity}`, paidNet: decimal(net), paidTax: decimal(tax) }] });
        const licences = planOrder(order, [], CATALOGUE).plan?.licences ?? [];
        const shares = licences.map(({ paid }) => paid.amountMinor);
        expect(shares).toHaveLength(quantity);
        expect(shares.reduce((sum, share) => sum + share, 0n)).toBe(net + tax);
        for (const share of shares) for (const other of shares) expect(share - other <= 1n).toBe(true);
      }),
    );
  });

  test('as many units go back as were given back, the last ones first, each on the day that reached it, in whatever order the documents come', () => {
    const refunds = fc.array(fc.tuple(fc.integer({ min: 1, max: 28 }), fc.integer({ min: 0, max: 4 })), { maxLength: 5 });
    fc.assert(
      fc.property(units, refunds, (quantity, given) => {
        const documents = given.map(([dayOfMonth, back], index) =>
          shopRefund(`r${index}`, {
            orderId: '1',
            refundedAt: `2026-03-${String(dayOfMonth).padStart(2, '0')}T10:00:00Z`,
            lines: [[1, `${back}`]],
          }),
        );
        const order = shopOrder('1', { lines: [{ sku: 'FILTER', quantity: `${quantity}` }] });
        const revocations = Array.from({ length: quantity }, (_, index) => revocationOf(order, documents, '1-1', index + 1));
        const total = given.reduce((sum, [, back]) => sum + back, 0);
        expect(revocations.filter((revoked) => revoked === null)).toHaveLength(Math.max(0, quantity - total));
        expect(revocations.lastIndexOf(null)).toBe(Math.max(0, quantity - total) - 1);
        const days = revocations.flatMap((revoked) => (revoked === null ? [] : [revoked.at]));
        expect(days.toSorted((one, other) => Temporal.Instant.compare(other, one))).toEqual(days);
        expect(Array.from({ length: quantity }, (_, index) => revocationOf(order, documents.toReversed(), '1-1', index + 1))).toEqual(
          revocations,
        );
      }),
    );
  });
});
