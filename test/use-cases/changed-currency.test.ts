import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { ShopOrder } from '../../integrations/store-platform.js';
import { Purchase } from '../../src/persistence/purchase.js';
import { withVendorSession } from '../../src/persistence/session.js';
import type { StoreRow } from '../../src/persistence/store.js';
import { saveSkuMeaning } from '../../src/use-cases/addon.js';
import { reconcileShop } from '../../src/use-cases/reconciliation.js';
import { testDatabase } from '../support/database.js';
import { freshShop, PURCHASE, RENEWAL, stockForImports } from '../support/import-stories.js';
import { importFrom, shortRows } from '../support/imported-rows.js';
import { type OrderStory, shopInMemory, shopRefund } from '../support/shop-orders.js';
import { asVendor, instant } from '../support/vendor.js';

let database: Awaited<ReturnType<typeof testDatabase>>;
beforeAll(async () => {
  database = await testDatabase();
  await stockForImports(database);
});
afterAll(() => database.close());

/** Goes through the shop by id: what changed without a new stamp is found by this alone. */
async function reconciled(shop: StoreRow, orders: readonly ShopOrder[], at: string) {
  const lastId = orders.at(-1)?.orderId ?? '0';
  const platform = shopInMemory({ ordersById: [{ rows: orders, unreadable: [], lastId, total: orders.length }], refundsById: [] });
  const { found, failure } = await reconcileShop(database, { shop, platform, now: () => instant(at), startedAt: instant(at) });
  expect(failure).toBeNull();
  return found?.changedOrderCount;
}

const explained = (sku: string) =>
  asVendor(database, (em) => saveSkuMeaning(em, { sku, kind: 'ADDON', addonSku: 'FILTER', periods: null, minutes: null }));

const currencies = (shop: string) =>
  withVendorSession(database, async ({ em }) =>
    (await em.find(Purchase, { shop })).map(({ orderId, currencyCode }) => `${orderId} ${currencyCode}`).sort(),
  );

describe('a shop whose currency changes, without a new stamp, and back', () => {
  test('places nothing in it: neither what it had sold, nor what waited, nor what was not paid yet', async () => {
    const { shop, code, order } = await freshShop(database);
    const told = (currencyCode: string, paidAt: string | null = null) => [
      order('1', { ...PURCHASE, currencyCode }),
      order('2', { lines: [{ sku: 'LATE' }], currencyCode }),
      order('3', { ...PURCHASE, paidAt, payment: paidAt === null ? 'UNPAID' : 'PAID', changedAt: '2026-02-01 10:00:00', currencyCode }),
    ];
    await importFrom(database, shop, { orders: told('EUR') });
    expect(await shortRows(database, code)).toMatchObject({ purchases: { length: 1 }, exceptions: ['2-1 UNKNOWN_SKU'] });

    expect(await reconciled(shop, told('GBP', '2026-02-01T10:00:00Z'), '2026-03-11T10:00:00Z')).toBe(3);
    await explained('LATE');
    await importFrom(database, shop, {}, '2026-03-12T10:00:00Z');
    expect(await currencies(code)).toEqual(['1 EUR']);
    expect((await shortRows(database, code)).exceptions).toEqual([' INVALID_AMOUNT', ' INVALID_AMOUNT', ' INVALID_AMOUNT']);

    expect(await reconciled(shop, told('GBP', '2026-02-01T10:00:00Z'), '2026-03-13T10:00:00Z')).toBe(0);
    expect(await reconciled(shop, told('EUR', '2026-02-01T10:00:00Z'), '2026-03-14T10:00:00Z')).toBe(3);
    await importFrom(database, shop, {}, '2026-03-15T10:00:00Z');
    expect(await currencies(code)).toEqual(['1 EUR', '2 EUR', '3 EUR']);
    expect((await shortRows(database, code)).exceptions).toEqual([]);
  });

  test('adds nothing to an order of renewals alone, of which no amount is kept', async () => {
    const { shop, code, order } = await freshShop(database);
    const renewed: OrderStory = { ...RENEWAL, changedAt: '2026-02-10 10:00:00' };
    await importFrom(database, shop, { orders: [order('1', PURCHASE), order('2', renewed)] });
    const more: OrderStory = { ...renewed, lines: [...renewed.lines, { sku: 'FILTER' }], changedAt: '2026-02-11 10:00:00' };
    await importFrom(database, shop, { orders: [order('2', { ...more, currencyCode: 'GBP' })] });
    expect(await currencies(code)).toEqual(['1 EUR']);
    expect((await shortRows(database, code)).exceptions).toEqual([' INVALID_AMOUNT']);
    // A refund that comes meanwhile finds the same in its way.
    await importFrom(database, shop, { refunds: [shopRefund('r', { orderId: '2', lines: [[1, '1']] })] });
    expect((await shortRows(database, code)).exceptions).toEqual([' INVALID_AMOUNT']);
    await importFrom(database, shop, { orders: [order('2', { ...more, changedAt: '2026-02-12 10:00:00' })] });
    expect(await currencies(code)).toEqual(['1 EUR', '2 EUR']);
    expect(await shortRows(database, code)).toMatchObject({ terms: { length: 2 }, exceptions: [] });
  });
});

describe('an order that is new', () => {
  test.each([
    ['GBP', ['1 EUR', '2 GBP'], 'a shop may begin to sell in another currency at any time'],
    ['XTS', ['1 EUR', '2 EUR'], 'ISO 4217 keeps this code for tests: it is no money, and the first real currency counts'],
    ['XXX', ['1 EUR', '2 EUR'], 'ISO 4217 keeps this code for what has no currency'],
  ])('first told in %s, and then in EUR: %j, because %s', async (currencyCode, kept) => {
    const { shop, code, order } = await freshShop(database);
    await importFrom(database, shop, { orders: [order('1', PURCHASE)] });
    await importFrom(database, shop, { orders: [order('2', { ...PURCHASE, changedAt: '2026-02-01 10:00:00', currencyCode })] });
    expect(await currencies(code)).toEqual(kept.filter((line) => line === '1 EUR' || line === `2 ${currencyCode}`));
    await importFrom(database, shop, { orders: [order('2', { ...PURCHASE, changedAt: '2026-02-02 10:00:00' })] });
    expect(await currencies(code)).toEqual(kept);
  });
});
