import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Purchase } from '../../src/persistence/purchase.js';
import { saveSkuMeaning } from '../../src/use-cases/addon.js';
import { revokePurchase } from '../../src/use-cases/purchase.js';
import { testDatabase } from '../support/database.js';
import { freshShop, PURCHASE, RENEWAL, type ShopStory, stockForImports, told } from '../support/import-stories.js';
import { importedRows, importFrom, shortRows } from '../support/imported-rows.js';
import { type OrderStory, shopRefund } from '../support/shop-orders.js';
import { asVendor, instant, STAFF } from '../support/vendor.js';

let database: Awaited<ReturnType<typeof testDatabase>>;
beforeAll(async () => {
  database = await testDatabase();
  await stockForImports(database);
});
afterAll(() => database.close());

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
    const { shop, code, email, order } = await freshShop(database);
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
    const { shop, code, email, order } = await freshShop(database);
    for (const run of runs) await importFrom(database, shop, told(run, order, code));
    const rows = await shortRows(database, code);
    const spoken = { ...rows, purchases: rows.purchases.map((line) => line.replace(email, '@')) };
    expect({ ...spoken, ...expected }).toEqual(spoken);
    if (expected.exceptions === undefined) expect(rows.exceptions).toEqual([]);
  });

  test('what a person decided stays, whatever the shop says later', async () => {
    const { shop, code, order } = await freshShop(database);
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
    const { shop, code, email, order } = await freshShop(database);
    const add = { kind: 'ADDON', addonSku: 'FILTER', periods: null, minutes: null } as const;
    await asVendor(database, (em) => saveSkuMeaning(em, { sku: `${code}-SKU`, ...add }));
    const story: OrderStory = { lines: [{ sku: `${code}-SKU`, quantity: '2' }, { sku: 'HOURS-10' }] };
    await importFrom(database, shop, { orders: [order('1', story)] });
    const before = await importedRows(database, code);
    const meanings = [
      { kind: 'RENEWAL', addonSku: 'FILTER', periods: 1, minutes: null },
      { kind: 'PREPAID_TIME', addonSku: null, periods: null, minutes: 5, supportPolicyName: 'prepaid-support' },
      { kind: 'IGNORED', addonSku: null, periods: null, minutes: null },
    ] as const;
    for (const [index, meaning] of meanings.entries()) {
      await asVendor(database, (em) => saveSkuMeaning(em, { sku: `${code}-SKU`, ...meaning }));
      await importFrom(database, shop, { orders: [order('1', { ...story, changedAt: `2026-02-0${index + 1} 08:00:00` })] });
      expect(await importedRows(database, code)).toEqual(before);
    }
    await importFrom(database, shop, { refunds: [shopRefund('r', { orderId: '1', lines: [[1, '1']] })] });
    expect((await shortRows(database, code)).purchases).toEqual([
      `1-1/1 ${email} FILTER 6000`,
      `1-1/2 ${email} FILTER 6000 REFUNDED 2026-02-20`,
    ]);
  });
});
