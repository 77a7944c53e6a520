import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Customer } from '../../src/persistence/customer.js';
import { withVendorSession } from '../../src/persistence/session.js';
import { testDatabase } from '../support/database.js';
import { freshShop, PURCHASE, RENEWAL, type ShopStory, stockForImports, told } from '../support/import-stories.js';
import { importedRows, importFrom, shortRows } from '../support/imported-rows.js';

let database: Awaited<ReturnType<typeof testDatabase>>;
beforeAll(async () => {
  database = await testDatabase();
  await stockForImports(database);
});
afterAll(() => database.close());

describe('what an order becomes', () => {
  test('a purchase keeps what was promised on its day, and its first term begins', async () => {
    const { shop, code, email, order } = await freshShop(database);
    const line = { sku: 'FILTER', unitListPrice: '120.0000', paidNet: '96.0000', paidTax: '19.2000' };
    await importFrom(database, shop, {
      orders: [order('1', { lines: [line], currencyCode: 'EUR', baseCurrencyCode: 'USD', baseToOrderRate: '0.92' })],
    });
    expect(await importedRows(database, code)).toMatchObject({
      purchases: [
        `1 N-1 1-1 1 ${email} FILTER MAGENTO 2026-01-31 10:00:00+00 12000 11520 EUR USD 0.920000000000 ` +
          '[{"to": "2.4.7", "from": "2.4.4", "edition": null, "platform": "MAGENTO"}] technical-support 1',
      ],
      terms: [
        '1 1-1 1 INCLUDED of 1 1-1 1 2026-01-31 10:00:00+00 1 3 1 f 1 2026-01-31 3 2026-01-31 2026-04-30 2026-01-31 10:00:00+00 2026-04-30 22:00:00+00',
      ],
      prepaidTime: [],
      lots: [],
      exceptions: [],
    });
  });

  test('a customer keeps the first name it was told, whatever later orders leave out or say', async () => {
    const { shop, email, order } = await freshShop(database);
    const names = [null, 'Ada', null, 'Somebody Else'];
    const orders = names.map((name, index) => order(`${index}`, { ...PURCHASE, customer: { email, name, customerId: null } }));
    await importFrom(database, shop, { orders });
    await withVendorSession(database, async ({ em }) => {
      expect((await em.findOneOrFail(Customer, { email })).name).toBe('Ada');
    });
  });

  test('the platform of a purchase is that of the add-on, wherever it was sold', async () => {
    const { shop, code, order } = await freshShop(database);
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
    const { shop, code, email, order } = await freshShop(database);
    for (const run of runs) await importFrom(database, shop, told(run, order, code));
    const rows = await shortRows(database, code);
    const spoken = { ...rows, purchases: rows.purchases.map((line) => line.replace(email, '@')) };
    expect({ ...spoken, ...expected }).toEqual(spoken);
    if (expected.exceptions === undefined) expect(rows.exceptions).toEqual([]);
    if (Object.keys(expected).length === 0) expect(rows).toEqual({ purchases: [], terms: [], prepaidTime: [], exceptions: [] });
  });
});
