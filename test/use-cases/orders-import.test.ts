import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type ShopOrder, type ShopRefund, StoreReadingFailed } from '../../integrations/store-platform.js';
import { ImportCursor } from '../../src/persistence/import-cursor.js';
import { ImportException } from '../../src/persistence/import-exception.js';
import { Purchase } from '../../src/persistence/purchase.js';
import { withVendorSession } from '../../src/persistence/session.js';
import type { StoreRow } from '../../src/persistence/store.js';
import { saveSkuMeaning } from '../../src/use-cases/addon.js';
import { importOrders } from '../../src/use-cases/orders-import.js';
import { revokePurchase } from '../../src/use-cases/purchase.js';
import { testDatabase } from '../support/database.js';
import { importedRows, importFrom, shortRows } from '../support/imported-rows.js';
import { type OrderStory, pageOf, shopInMemory, shopOrder, shopRefund } from '../support/shop-orders.js';
import { asVendor, instant, publishPolicies, STAFF, sell, vendorShop } from '../support/vendor.js';

let database: Awaited<ReturnType<typeof testDatabase>>;
let shops = 0;

beforeAll(async () => {
  database = await testDatabase();
  await publishPolicies(database);
  await sell(database, {
    sku: 'FILTER',
    renewalSku: 'FILTER-RENEWAL',
    releases: [
      { version: '1.0', publishedAt: '2025-06-01T00:00:00Z', to: '2.4.6' },
      { version: '1.1', publishedAt: '2026-01-15T00:00:00Z', to: '2.4.7' },
      { version: '1.2', publishedAt: '2026-02-15T00:00:00Z', to: '2.4.8' },
    ],
  });
  await sell(database, { sku: 'LABELS', platform: 'PRESTASHOP', renewalSku: 'LABELS-RENEWAL' });
  await asVendor(database, async (em) => {
    await saveSkuMeaning(em, { sku: 'HOURS-10', kind: 'PREPAID_TIME', addonSku: null, periods: null, minutes: 600 });
    await saveSkuMeaning(em, { sku: 'T-SHIRT', kind: 'IGNORED', addonSku: null, periods: null, minutes: null });
  });
});
afterAll(() => database.close());

/** A shop of its own for each test, with customers of its own: nothing of one test is seen by another. */
async function freshShop(): Promise<{ shop: StoreRow; code: string; email: string; order: (id: string, story: OrderStory) => ShopOrder }> {
  shops += 1;
  const code = `shop-${shops}`;
  const email = `buyer@${code}.example`;
  const shop = await vendorShop(database, code);
  return { shop, code, email, order: (id, story) => shopOrder(id, { email, ...story }) };
}

const PURCHASE: OrderStory = { lines: [{ sku: 'FILTER' }] };
const RENEWAL: OrderStory = { paidAt: '2026-02-10T10:00:00Z', lines: [{ sku: 'FILTER-RENEWAL' }] };

describe('what an order becomes', () => {
  test('a purchase keeps what was promised on its day, and its first term begins', async () => {
    const { shop, code, email, order } = await freshShop();
    const line = { sku: 'FILTER', unitListPrice: '120.0000', paidNet: '96.0000', paidTax: '19.2000' };
    await importFrom(database, shop, {
      orders: [order('1', { lines: [line], currencyCode: 'EUR', baseCurrencyCode: 'USD', baseToOrderRate: '0.92' })],
    });
    expect(await importedRows(database, code)).toEqual({
      purchases: [
        `1 N-1 1-1 1 ${email} FILTER MAGENTO 2026-01-31 10:00:00+00 12000 11520 EUR USD 0.920000000000 ` +
          '[{"to": "2.4.7", "from": "2.4.4", "edition": null, "platform": "MAGENTO"}] technical-support 1',
      ],
      terms: [
        '1 1-1 1 INCLUDED of 1 1-1 1 2026-01-31 10:00:00+00 1 3 1 f 1 2026-01-31 3 2026-01-31 2026-04-30 2026-01-31 10:00:00+00 2026-04-30 22:00:00+00',
      ],
      prepaidTime: [],
      exceptions: [],
    });
  });

  test('the platform of a purchase is that of the add-on, wherever it was sold', async () => {
    const { shop, code, order } = await freshShop();
    await importFrom(database, shop, { orders: [order('1', { lines: [{ sku: 'LABELS' }] })] });
    expect((await importedRows(database, code)).purchases[0]).toContain('LABELS PRESTASHOP');
  });

  const three = { sku: 'FILTER', quantity: '3', paidNet: '83.3400', paidTax: '16.6600' };
  const cases: readonly (readonly [string, readonly ShopStory[], Partial<Awaited<ReturnType<typeof shortRows>>>, string])[] = [
    [
      'three of one line',
      [{ orders: [['1', { lines: [three] }]] }],
      {
        purchases: ['1-1/1 @ FILTER 3333', '1-1/2 @ FILTER 3334', '1-1/3 @ FILTER 3333'],
        terms: [
          '1-1/1 INCLUDED of 1-1/1 2026-01-31 2026-04-30',
          '1-1/2 INCLUDED of 1-1/2 2026-01-31 2026-04-30',
          '1-1/3 INCLUDED of 1-1/3 2026-01-31 2026-04-30',
        ],
      },
      'each licence has its own term, and what was paid is shared without loss: 100.00 in three',
    ],
    [
      'prepaid minutes',
      [{ orders: [['1', { lines: [{ sku: 'HOURS-10', quantity: '2' }] }]] }],
      { prepaidTime: ['1-1 1200 0 12000'], purchases: [] },
      'two packs of ten hours',
    ],
    [
      'what is no add-on',
      [{ orders: [['1', { lines: [{ sku: 'T-SHIRT', quantity: '1.5' }] }]] }],
      {},
      'the catalogue says to leave it out, however odd',
    ],
    ['an order never paid', [{ orders: [['1', { ...PURCHASE, payment: 'UNPAID', paidAt: null }]] }], {}, 'no money, no licence'],
    [
      'an order cancelled before it was paid',
      [{ orders: [['1', { ...PURCHASE, payment: 'REVERSED', paidAt: null }]] }],
      {},
      'no money, no licence',
    ],
    [
      'a renewal',
      [
        {
          orders: [
            ['1', PURCHASE],
            ['2', RENEWAL],
          ],
        },
      ],
      { terms: ['1-1/1 INCLUDED of 1-1/1 2026-01-31 2026-04-30', '2-1/1 RENEWAL of 1-1/1 2026-05-01 2026-07-31'] },
      'A-04: counted on from the same anchor',
    ],
    [
      'a renewal that comes before its purchase',
      [
        {
          orders: [
            ['2', RENEWAL],
            ['1', PURCHASE],
          ],
        },
      ],
      { terms: ['1-1/1 INCLUDED of 1-1/1 2026-01-31 2026-04-30', '2-1/1 RENEWAL of 1-1/1 2026-05-01 2026-07-31'] },
      'it is tried again at the end of the run',
    ],
    [
      'orders that wait for each other in a chain',
      [
        {
          orders: [
            ['3', { paidAt: '2026-02-12T10:00:00Z', lines: [{ sku: 'LABELS-RENEWAL' }] }],
            ['2', { paidAt: '2026-02-11T10:00:00Z', lines: [{ sku: 'LABELS' }, { sku: 'FILTER-RENEWAL' }] }],
            ['1', PURCHASE],
          ],
        },
      ],
      { purchases: ['1-1/1 @ FILTER 12000', '2-1/1 @ LABELS 12000'], exceptions: [] },
      'the retry goes on as long as something finds its place',
    ],
    [
      'a renewal in the order of its purchase',
      [{ orders: [['1', { lines: [{ sku: 'FILTER-RENEWAL', quantity: '2' }, { sku: 'FILTER' }] }]] }],
      {
        terms: [
          '1-1/1 RENEWAL of 1-2/1 2026-05-01 2026-07-31',
          '1-1/2 RENEWAL of 1-2/1 2026-08-01 2026-10-31',
          '1-2/1 INCLUDED of 1-2/1 2026-01-31 2026-04-30',
        ],
      },
      'A-04: periods bought together stack',
    ],
    [
      'a renewal with two purchases to choose from',
      [
        {
          orders: [
            ['1', PURCHASE],
            ['2', { ...PURCHASE, paidAt: '2025-12-15T10:00:00Z' }],
            ['3', RENEWAL],
          ],
        },
      ],
      {
        terms: [
          '1-1/1 INCLUDED of 1-1/1 2026-01-31 2026-04-30',
          '2-1/1 INCLUDED of 2-1/1 2025-12-15 2026-03-15',
          '3-1/1 RENEWAL of 2-1/1 2026-03-16 2026-06-15',
        ],
      },
      'it goes to the purchase that ends first',
    ],
    [
      'a renewal long after the end',
      [
        {
          orders: [
            ['1', PURCHASE],
            ['2', { ...RENEWAL, paidAt: '2026-05-05T10:00:00Z' }],
          ],
        },
      ],
      { terms: ['1-1/1 INCLUDED of 1-1/1 2026-01-31 2026-04-30', '2-1/1 RENEWAL of 1-1/1 2026-05-05 2026-08-05'] },
      'A-05: a new anchor, and the gap stays open',
    ],
    [
      'a guest and an account with one address',
      [
        { orders: [['1', { ...PURCHASE, customer: { email: ' BUYER@%CODE%.example', name: null, customerId: null } }]] },
        { orders: [['2', { ...RENEWAL, customer: { email: 'Buyer@%CODE%.Example ', name: 'Ada', customerId: '7' } }]] },
      ],
      {
        purchases: ['1-1/1 @ FILTER 12000'],
        terms: ['1-1/1 INCLUDED of 1-1/1 2026-01-31 2026-04-30', '2-1/1 RENEWAL of 1-1/1 2026-05-01 2026-07-31'],
      },
      'customers are known by their address, however it is written',
    ],
    [
      'a renewal of somebody else',
      [
        {
          orders: [
            ['1', PURCHASE],
            ['2', { ...RENEWAL, email: 'other@%CODE%.example' }],
          ],
        },
      ],
      { purchases: ['1-1/1 @ FILTER 12000'], exceptions: ['2-1 NOTHING_TO_RENEW'] },
      'nobody renews what another bought',
    ],
    [
      'a renewal paid before the purchase',
      [
        {
          orders: [
            ['1', PURCHASE],
            ['2', { ...RENEWAL, paidAt: '2026-01-30T10:00:00Z' }],
          ],
        },
      ],
      { purchases: ['1-1/1 @ FILTER 12000'], exceptions: ['2-1 NOTHING_TO_RENEW'] },
      'there was nothing to renew on that day',
    ],
    [
      'a line that nobody can explain',
      [
        {
          orders: [
            ['1', { lines: [{ sku: 'FILTER' }, { sku: 'MYSTERY' }] }],
            ['2', PURCHASE],
          ],
        },
      ],
      { purchases: ['2-1/1 @ FILTER 12000'], terms: ['2-1/1 INCLUDED of 2-1/1 2026-01-31 2026-04-30'], exceptions: ['1-2 UNKNOWN_SKU'] },
      'its order waits whole; its neighbours do not',
    ],
    [
      'a purchase before the first version of its policy',
      [
        {
          orders: [
            ['1', { ...PURCHASE, paidAt: '2024-12-31T22:59:59Z' }],
            ['2', { ...PURCHASE, paidAt: '2024-12-31T23:00:00Z' }],
          ],
        },
      ],
      { purchases: ['2-1/1 @ FILTER 12000'], exceptions: ['1-1 NO_POLICY_IN_FORCE'] },
      'the first of January begins in Paris an hour before it does in London',
    ],
  ];
  test.each(cases)('%s', async (_name, runs, expected, _because) => {
    const { shop, code, email, order } = await freshShop();
    for (const run of runs) await importFrom(database, shop, told(run, order, code));
    const rows = await shortRows(database, code);
    const spoken = { ...rows, purchases: rows.purchases.map((line) => line.replace(email, '@')) };
    expect({ ...spoken, ...expected }).toEqual(spoken);
    if (expected.exceptions === undefined) expect(rows.exceptions).toEqual([]);
    if (Object.keys(expected).length === 0) expect(rows).toEqual({ purchases: [], terms: [], prepaidTime: [], exceptions: [] });
  });
});

interface ShopStory {
  readonly orders?: readonly (readonly [id: string, story: OrderStory])[];
  readonly refunds?: readonly ShopRefund[];
}

function told(story: ShopStory, order: (id: string, story: OrderStory) => ShopOrder, code: string) {
  const named = (text: string) => text.replace('%CODE%', code);
  const orders = (story.orders ?? []).map(([id, { email, ...rest }]) => {
    const made = order(id, email === undefined ? rest : { ...rest, email: named(email) });
    return { ...made, customer: { ...made.customer, email: named(made.customer.email) } };
  });
  return { orders, refunds: story.refunds ?? [] };
}

describe('what is given back', () => {
  const three: OrderStory = { lines: [{ sku: 'FILTER', quantity: '3', paidNet: '300.00', paidTax: '60.00' }] };
  const later = (story: OrderStory, changedAt: string): OrderStory => ({ ...story, changedAt });
  const all = (suffixes: readonly string[]) => suffixes.map((suffix, index) => `1-1/${index + 1} @ FILTER 12000${suffix}`);
  const cases: readonly (readonly [string, readonly ShopStory[], readonly string[], string])[] = [
    [
      'one unit by a refund document',
      [{ orders: [['1', three]], refunds: [shopRefund('r', { orderId: '1', lines: [[1, '1']] })] }],
      all(['', '', ' REFUNDED 2026-02-20']),
      'the last unit goes first: the first licences keep their stores',
    ],
    [
      'two units on two days',
      [
        {
          orders: [['1', three]],
          refunds: [
            shopRefund('r2', { orderId: '1', refundedAt: '2026-03-01T09:00:00Z', lines: [[1, '1']] }),
            shopRefund('r1', { orderId: '1', lines: [[1, '1']] }),
          ],
        },
      ],
      all(['', ' REFUNDED 2026-03-01', ' REFUNDED 2026-02-20']),
      'each unit ends on the day of its own refund',
    ],
    [
      'a refund before its order is known',
      [{ refunds: [shopRefund('r', { orderId: '1', lines: [[1, '2']] })] }, { orders: [['1', three]] }],
      all(['', ' REFUNDED 2026-02-20', ' REFUNDED 2026-02-20']),
      'documents wait for their order',
    ],
    [
      'in full',
      [
        { orders: [['1', three]] },
        {
          orders: [['1', later({ ...three, payment: 'REVERSED' }, '2026-02-21 08:00:00')]],
          refunds: [shopRefund('r', { orderId: '1', lines: [[1, '3']] })],
        },
      ],
      all([' REFUNDED 2026-02-20', ' REFUNDED 2026-02-20', ' REFUNDED 2026-02-20']),
      'the document tells the day, not the order’s last change',
    ],
    [
      'told by the order alone',
      [{ orders: [['1', later({ lines: [{ ...three.lines[0], sku: 'FILTER', refundedQuantity: '2' }] }, '2026-02-22 08:00:00')]] }],
      all(['', ' REFUNDED 2026-02-22', ' REFUNDED 2026-02-22']),
      'without a document, the day of the order’s change',
    ],
    [
      'told by the order and by a document',
      [
        {
          orders: [['1', later({ lines: [{ ...three.lines[0], sku: 'FILTER', refundedQuantity: '1' }] }, '2026-02-22 08:00:00')]],
          refunds: [shopRefund('r', { orderId: '1', lines: [[1, '1']] })],
        },
      ],
      all(['', '', ' REFUNDED 2026-02-20']),
      'they tell the same return twice: it counts once',
    ],
    [
      'cancelled',
      [{ orders: [['1', three]] }, { orders: [['1', later({ ...three, payment: 'REVERSED' }, '2026-02-21 08:00:00')]] }],
      all([' CANCELLED 2026-02-21', ' CANCELLED 2026-02-21', ' CANCELLED 2026-02-21']),
      'reversed without a refund',
    ],
    [
      'payment withdrawn',
      [{ orders: [['1', three]] }, { orders: [['1', later({ ...three, payment: 'UNPAID', paidAt: null }, '2026-02-21 08:00:00')]] }],
      all([' PAYMENT_WITHDRAWN 2026-02-21', ' PAYMENT_WITHDRAWN 2026-02-21', ' PAYMENT_WITHDRAWN 2026-02-21']),
      'it was paid and is not any more',
    ],
    [
      'cancelled by mistake, and paid after all',
      [
        { orders: [['1', three]] },
        { orders: [['1', later({ ...three, payment: 'UNPAID', paidAt: null }, '2026-02-21 08:00:00')]] },
        { orders: [['1', later(three, '2026-02-23 08:00:00')]] },
      ],
      all(['', '', '']),
      'what an import took back, an import may give back',
    ],
    [
      'a unit taken out of the order',
      [{ orders: [['1', three]] }, { orders: [['1', later({ lines: [{ sku: 'FILTER', quantity: '2' }] }, '2026-02-21 08:00:00')]] }],
      all(['', '', ' CANCELLED 2026-02-21']),
      'the shop changed the quantity afterwards',
    ],
    [
      'more than was bought',
      [
        {
          orders: [['1', three]],
          refunds: [
            shopRefund('r', {
              orderId: '1',
              lines: [
                [1, '2'],
                [1, '2'],
              ],
            }),
          ],
        },
      ],
      all([' REFUNDED 2026-02-20', ' REFUNDED 2026-02-20', ' REFUNDED 2026-02-20']),
      'nothing below zero',
    ],
  ];
  test.each(cases)('%s', async (_name, runs, expected, _because) => {
    const { shop, code, email, order } = await freshShop();
    for (const run of runs) await importFrom(database, shop, told(run, order, code));
    const rows = await shortRows(database, code);
    expect(rows.purchases.map((line) => line.replace(email, '@'))).toEqual(expected);
    expect(rows.exceptions).toEqual([]);
  });
});

describe('what is given back of renewals and of time', () => {
  const cases: readonly (readonly [string, readonly ShopStory[], Partial<Awaited<ReturnType<typeof shortRows>>>, string])[] = [
    [
      'a renewal',
      [
        {
          orders: [
            ['1', PURCHASE],
            ['2', RENEWAL],
          ],
        },
        { refunds: [shopRefund('r', { orderId: '2', lines: [[1, '1']] })] },
      ],
      { terms: ['1-1/1 INCLUDED of 1-1/1 2026-01-31 2026-04-30'] },
      'it counts no more than if it had been refunded before it was known',
    ],
    [
      'the first of two renewals',
      [
        {
          orders: [
            ['1', PURCHASE],
            ['2', RENEWAL],
            ['3', { ...RENEWAL, paidAt: '2026-02-11T10:00:00Z' }],
          ],
        },
        { refunds: [shopRefund('r', { orderId: '2', lines: [[1, '1']] })] },
      ],
      { terms: ['1-1/1 INCLUDED of 1-1/1 2026-01-31 2026-04-30', '3-1/1 RENEWAL of 1-1/1 2026-05-01 2026-07-31'] },
      'what was paid for moves up',
    ],
    [
      'a purchase, before a renewal of it was paid',
      [
        {
          orders: [
            ['1', PURCHASE],
            ['2', RENEWAL],
          ],
        },
        { refunds: [shopRefund('r', { orderId: '1', refundedAt: '2026-02-05T09:00:00Z', lines: [[1, '1']] })] },
      ],
      { terms: ['1-1/1 INCLUDED of 1-1/1 2026-01-31 2026-04-30'], exceptions: ['2-1 NOTHING_TO_RENEW'] },
      'money was taken for nothing: a person must know, also when the refund becomes known last',
    ],
    [
      'a purchase, with another one to take the renewal',
      [
        {
          orders: [
            ['1', PURCHASE],
            ['4', { ...PURCHASE, paidAt: '2026-02-01T10:00:00Z' }],
            ['2', RENEWAL],
          ],
        },
        { refunds: [shopRefund('r', { orderId: '1', refundedAt: '2026-02-05T09:00:00Z', lines: [[1, '1']] })] },
      ],
      {
        terms: [
          '1-1/1 INCLUDED of 1-1/1 2026-01-31 2026-04-30',
          '2-1/1 RENEWAL of 4-1/1 2026-05-02 2026-08-01',
          '4-1/1 INCLUDED of 4-1/1 2026-02-01 2026-05-01',
        ],
      },
      'the renewal moves to the purchase that is still held',
    ],
    [
      'a purchase, after a renewal of it was paid',
      [
        {
          orders: [
            ['1', PURCHASE],
            ['2', RENEWAL],
          ],
        },
        { refunds: [shopRefund('r', { orderId: '1', lines: [[1, '1']] })] },
      ],
      { terms: ['1-1/1 INCLUDED of 1-1/1 2026-01-31 2026-04-30', '2-1/1 RENEWAL of 1-1/1 2026-05-01 2026-07-31'] },
      'the renewal had something to renew when it was paid',
    ],
    [
      'half of the minutes',
      [
        { orders: [['1', { lines: [{ sku: 'HOURS-10', quantity: '2' }] }]] },
        { refunds: [shopRefund('r', { orderId: '1', lines: [[1, '1']] })] },
      ],
      { prepaidTime: ['1-1 1200 600 12000'] },
      'one pack of two',
    ],
    [
      'money without a line',
      [{ orders: [['1', PURCHASE]], refunds: [shopRefund('r', { orderId: '1', amount: '20.00', lines: [] })] }],
      { purchases: ['1-1/1 @ FILTER 12000'], exceptions: ['refund:r REFUND_WITHOUT_LINES'] },
      'what it was for is for a person to say',
    ],
  ];
  test.each(cases)('%s', async (_name, runs, expected, _because) => {
    const { shop, code, email, order } = await freshShop();
    for (const run of runs) await importFrom(database, shop, told(run, order, code));
    const rows = await shortRows(database, code);
    const spoken = { ...rows, purchases: rows.purchases.map((line) => line.replace(email, '@')) };
    expect({ ...spoken, ...expected }).toEqual(spoken);
    if (expected.exceptions === undefined) expect(rows.exceptions).toEqual([]);
  });

  test('what a person decided stays, whatever the shop says later', async () => {
    const { shop, code, order } = await freshShop();
    await importFrom(database, shop, { orders: [order('1', PURCHASE)] });
    const decidedAt = instant('2026-02-10T08:00:00Z');
    await asVendor(database, async (em) => {
      const { id } = await em.findOneOrFail(Purchase, { shop: code });
      await revokePurchase(em, STAFF, { idempotencyKey: code, purchaseId: id, reason: 'REFUNDED', note: 'wired back' }, decidedAt);
    });
    await importFrom(database, shop, { orders: [order('1', { ...PURCHASE, changedAt: '2026-02-22 08:00:00' })] });
    expect((await shortRows(database, code)).purchases).toEqual([expect.stringMatching(/REFUNDED 2026-02-10$/)]);
    await importFrom(database, shop, { orders: [order('1', { ...PURCHASE, payment: 'REVERSED', changedAt: '2026-02-23 08:00:00' })] });
    expect((await shortRows(database, code)).purchases).toEqual([expect.stringMatching(/REFUNDED 2026-02-10$/)]);
  });

  test('a SKU that changes its meaning changes nothing that is placed, and refunds still reach it', async () => {
    const { shop, code, email, order } = await freshShop();
    await sell(database, { sku: `${code}-SKU` });
    const story: OrderStory = { lines: [{ sku: `${code}-SKU`, quantity: '2' }, { sku: 'HOURS-10' }] };
    await importFrom(database, shop, { orders: [order('1', story)] });
    const before = await importedRows(database, code);
    const meanings = [
      { kind: 'RENEWAL', addonSku: 'FILTER', periods: 1, minutes: null },
      { kind: 'PREPAID_TIME', addonSku: null, periods: null, minutes: 5 },
      { kind: 'IGNORED', addonSku: null, periods: null, minutes: null },
    ] as const;
    for (const [index, meaning] of meanings.entries()) {
      await asVendor(database, (em) => saveSkuMeaning(em, { sku: `${code}-SKU`, ...meaning }));
      await importFrom(database, shop, { orders: [order('1', { ...story, changedAt: `2026-02-0${index + 1} 08:00:00` })] });
      expect(await importedRows(database, code)).toEqual(before);
    }
    await importFrom(database, shop, { refunds: [shopRefund('r', { orderId: '1', lines: [[1, '1']] })] });
    expect((await shortRows(database, code)).purchases).toEqual([
      `1-1/1 ${email} ${code}-SKU 6000`,
      `1-1/2 ${email} ${code}-SKU 6000 REFUNDED 2026-02-20`,
    ]);
  });
});

describe('a run', () => {
  test('writes nothing when nothing has changed', async () => {
    const { shop, code, order } = await freshShop();
    const story = {
      orders: [order('2', RENEWAL), order('1', { lines: [{ sku: 'FILTER', quantity: '3' }] }), order('3', { lines: [{ sku: 'MYSTERY' }] })],
      refunds: [shopRefund('r', { orderId: '1', lines: [[1, '1']] }), shopRefund('m', { orderId: '1', lines: [] })],
    };
    // After five tries the order that nobody can explain is left alone.
    for (let days = 1; days <= 6; days += 1) await importFrom(database, shop, story, `2026-03-0${days}T10:00:00Z`);
    const before = await importedRows(database, code);
    database.statements.length = 0;
    const summary = await importFrom(database, shop, story, '2026-03-20T10:00:00Z');
    expect(database.statements.filter((sql) => /^\s*(insert|update|delete)/i.test(sql))).toEqual([]);
    expect(summary).toEqual({
      shop: code,
      ordersSeen: 3,
      ordersUnchanged: 3,
      ordersPlaced: 0,
      refundsSeen: 2,
      exceptionsOpen: 2,
      failure: null,
    });
    expect(await importedRows(database, code)).toEqual(before);
  });

  test('never lets an older state replace a newer one, not even within a page', async () => {
    const { shop, code, email, order } = await freshShop();
    const old = order('1', { ...PURCHASE, changedAt: '2026-02-01 10:00:00' });
    const reversed = order('1', { ...PURCHASE, payment: 'REVERSED', changedAt: '2026-02-02 10:00:00' });
    await importFrom(database, shop, { orderPages: [pageOf([reversed, old]), pageOf([old])] });
    await importFrom(database, shop, { orders: [old] });
    expect((await shortRows(database, code)).purchases).toEqual([`1-1/1 ${email} FILTER 12000 CANCELLED 2026-02-02`]);
  });

  test('begins where the last one stopped, and never moves its place back', async () => {
    const { shop, order } = await freshShop();
    const at = (id: string, changedAt: string) => order(id, { ...PURCHASE, changedAt });
    const now = () => instant('2026-03-10T10:00:00Z');
    const first = shopInMemory({ orders: [pageOf([at('1', '2026-02-01 10:00:00')]), pageOf([at('2', '2026-02-03 10:00:00')])] });
    await importOrders(database, { shop, platform: first, now, startedAt: now() });
    expect(first.asked).toEqual([null, null]);
    const again = shopInMemory({ orders: [pageOf([at('3', '2026-02-02 10:00:00')])] });
    await importOrders(database, { shop, platform: again, now, startedAt: now() });
    expect(again.asked).toEqual([{ changedAt: '2026-02-03 10:00:00', id: '2' }, null]);
    const asked = shopInMemory({});
    await importOrders(database, { shop, platform: asked, now, startedAt: now(), since: null });
    expect(asked.asked).toEqual([null, null]);
    await withVendorSession(database, async ({ em }) => {
      expect(await em.findOneOrFail(ImportCursor, { shop: shop.id, resource: 'ORDERS' })).toMatchObject({
        changedAt: '2026-02-03 10:00:00',
        lastId: '2',
      });
    });
  });

  test('that fails between two pages keeps what came before, and its place', async () => {
    const { shop, code, order } = await freshShop();
    const failure = new StoreReadingFailed('UNAVAILABLE', 'The shop answered 503.', { host: 'shop.example', status: 503 });
    const summary = await importFrom(database, shop, {
      orderPages: [pageOf([order('1', PURCHASE)]), failure, pageOf([order('2', PURCHASE)])],
    });
    expect(summary).toMatchObject({ ordersSeen: 1, ordersPlaced: 1, failure: { code: 'UNAVAILABLE', message: 'The shop answered 503.' } });
    expect((await shortRows(database, code)).purchases).toHaveLength(1);
    const after = await importFrom(database, shop, { orders: [order('1', PURCHASE), order('2', PURCHASE)] });
    expect(after).toMatchObject({ ordersUnchanged: 1, ordersPlaced: 1, failure: null });
  });

  test('that breaks by a mistake of ours says so, keeps what came before, and can be run again', async () => {
    const { shop, code, order } = await freshShop();
    const broken = importFrom(database, shop, { orderPages: [pageOf([order('1', PURCHASE)]), new TypeError('a mistake')] });
    await expect(broken).rejects.toThrow('a mistake');
    expect((await shortRows(database, code)).purchases).toHaveLength(1);
    expect(await importFrom(database, shop, { orders: [order('2', PURCHASE)] })).toMatchObject({ ordersPlaced: 1, failure: null });
  });

  test('is the only one of its shop', async () => {
    const { shop, code, order } = await freshShop();
    const other = await freshShop();
    const reached = Promise.withResolvers<void>();
    const goOn = Promise.withResolvers<void>();
    const slow = shopInMemory({});
    async function* readOrders() {
      reached.resolve();
      await goOn.promise;
      yield pageOf([order('1', PURCHASE)]);
    }
    const now = () => instant('2026-03-10T10:00:00Z');
    const first = importOrders(database, { shop, platform: { ...slow, readOrders }, now, startedAt: now() });
    await reached.promise;
    expect(await importFrom(database, shop, { orders: [order('2', PURCHASE)] })).toMatchObject({
      ordersSeen: 0,
      failure: { code: 'ALREADY_RUNNING' },
    });
    expect(await importFrom(database, other.shop, { orders: [other.order('2', PURCHASE)] })).toMatchObject({
      ordersPlaced: 1,
      failure: null,
    });
    goOn.resolve();
    expect(await first).toMatchObject({ ordersPlaced: 1, failure: null });
    expect((await shortRows(database, code)).purchases).toHaveLength(1);
    expect(await importFrom(database, shop, { orders: [order('2', PURCHASE)] })).toMatchObject({ ordersPlaced: 1, failure: null });
  });

  test('tells how far it is after each page', async () => {
    const { shop, order } = await freshShop();
    const progress: unknown[] = [];
    const now = () => instant('2026-03-10T10:00:00Z');
    const platform = shopInMemory({
      orders: [
        { ...pageOf([order('1', PURCHASE), order('2', PURCHASE)]), total: 3 },
        { ...pageOf([order('3', PURCHASE)]), total: 3 },
      ],
      refunds: [pageOf([shopRefund('r', { orderId: '1', lines: [[1, '1']] })])],
    });
    await importOrders(database, { shop, platform, now, startedAt: now(), onProgress: (step) => progress.push(step) });
    expect(progress).toEqual([
      { resource: 'ORDERS', seen: 2, total: 3 },
      { resource: 'ORDERS', seen: 3, total: 3 },
      { resource: 'REFUNDS', seen: 1, total: null },
    ]);
  });

  const odd: readonly (readonly [string, OrderStory, string, string])[] = [
    ['a fraction of a unit', { lines: [{ sku: 'FILTER', quantity: '1.5' }] }, 'INVALID_QUANTITY', 'half a licence is none'],
    [
      'a fraction given back',
      { lines: [{ sku: 'FILTER', quantity: '2', refundedQuantity: '0.5' }] },
      'INVALID_QUANTITY',
      'half a licence is none',
    ],
    ['no unit', { lines: [{ sku: 'FILTER', quantity: '0' }] }, 'INVALID_QUANTITY', 'a line sells something'],
    [
      'a million units',
      { lines: [{ sku: 'FILTER', quantity: '1000000' }] },
      'INVALID_QUANTITY',
      'a figure in the wrong column would be a million rows',
    ],
    ['an amount in words', { lines: [{ sku: 'FILTER', paidNet: 'a hundred' }] }, 'INVALID_AMOUNT', 'it is no amount'],
    ['a negative amount', { lines: [{ sku: 'FILTER', paidNet: '-100.00' }] }, 'INVALID_AMOUNT', 'nobody is paid for buying'],
    [
      'an amount beyond every ledger',
      { lines: [{ sku: 'FILTER', unitListPrice: '92233720368547758.08' }] },
      'INVALID_AMOUNT',
      'it is one cent more than can be kept',
    ],
    ['a currency that is none', { ...PURCHASE, currencyCode: 'euro' }, 'INVALID_AMOUNT', 'amounts without a currency are none'],
    ['no address', { ...PURCHASE, email: 'nobody' }, 'INVALID_CUSTOMER', 'nobody can be named'],
    ['a rate beyond every currency', { ...PURCHASE, baseToOrderRate: '1e30' }, 'UNREADABLE_ROW', 'the database refuses to keep it'],
    ['a base currency that is none', { ...PURCHASE, baseCurrencyCode: 'EURO' }, 'UNREADABLE_ROW', 'the database refuses to keep it'],
    [
      'a day beyond the calendar',
      { ...PURCHASE, paidAt: '+275760-09-12T00:00:00Z' },
      'UNREADABLE_ROW',
      'three months later there are no dates',
    ],
  ];
  test.each(odd)('%s holds back one order and not its neighbours', async (_name, story, code, _because) => {
    const { shop, code: shopCode, order } = await freshShop();
    const summary = await importFrom(database, shop, {
      orders: [order('1', PURCHASE), order('2', { changedAt: '2026-02-01 00:00:00', ...story }), order('3', PURCHASE)],
    });
    expect(summary).toMatchObject({ ordersSeen: 3, ordersPlaced: 2, exceptionsOpen: 1, failure: null });
    const rows = await shortRows(database, shopCode);
    expect(rows.purchases).toHaveLength(2);
    expect(rows.exceptions).toEqual([expect.stringMatching(new RegExp(`(^| )${code}$`))]);
    // Set right in the shop, it is placed, and nothing is in the way any more.
    await importFrom(database, shop, { orders: [order('2', { ...PURCHASE, changedAt: '2026-02-02 00:00:00' })] });
    expect(await shortRows(database, shopCode)).toMatchObject({ purchases: { length: 3 }, exceptions: [] });
  });

  test('keeps text that the database could not: NUL and half a character', async () => {
    const { shop, code, order } = await freshShop();
    const story: OrderStory = { ...PURCHASE, customer: { email: 'nul@shop.example', name: 'A\u0000B\ud800', customerId: null } };
    const summary = await importFrom(database, shop, { orders: [order('1', story)] });
    expect(summary).toMatchObject({ ordersPlaced: 1, exceptionsOpen: 0 });
    expect(await importFrom(database, shop, { orders: [order('1', story)] })).toMatchObject({ ordersUnchanged: 1 });
    expect((await shortRows(database, code)).purchases).toEqual(['1-1/1 nul@shop.example FILTER 12000']);
  });

  test('keeps rows that could not be read, each once, without mixing refunds with orders', async () => {
    const { shop, code, order } = await freshShop();
    const unread = (id: string | null, original: unknown) => ({ id, message: 'total: expected a number', original });
    const rows = [unread('1', { id: 1 }), unread(null, { a: 1 }), unread(null, { b: '\u0000' })];
    const story = {
      orderPages: [pageOf([order('2', PURCHASE)], rows)],
      refundPages: [pageOf<ShopRefund>([], [unread('1', { refund: 1 })])],
    };
    for (const at of ['2026-03-10T10:00:00Z', '2026-03-11T10:00:00Z']) {
      expect(await importFrom(database, shop, story, at)).toMatchObject({ exceptionsOpen: 4 });
    }
    await withVendorSession(database, async ({ em }) => {
      const open = await em.find(ImportException, { shop: shop.id, resolvedAt: null });
      expect(open.map(({ attempts }) => attempts)).toEqual([2, 2, 2, 2]);
      expect(open.map(({ orderId }) => orderId.slice(0, 8)).sort()).toEqual(['1', 'content ', 'content ', 'refund:1']);
    });
    await importFrom(database, shop, { orders: [order('1', PURCHASE)] });
    expect((await shortRows(database, code)).exceptions).toHaveLength(3);
    await importFrom(database, shop, { refunds: [shopRefund('1', { orderId: '1', lines: [[1, '1']] })] });
    expect((await shortRows(database, code)).exceptions).toHaveLength(2);
  });
});
