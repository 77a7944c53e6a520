import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type IdPage, type ShopProduct, StoreReadingFailed, type UnreadableRow } from '../../integrations/store-platform.js';
import { takeLock } from '../../src/persistence/lock.js';
import { withVendorSession } from '../../src/persistence/session.js';
import { ShopProduct as ProductEntity } from '../../src/persistence/shop-product.js';
import type { StoreRow } from '../../src/persistence/store.js';
import { importProducts, type ProductsRun } from '../../src/use-cases/shop-product.js';
import { testDatabase } from '../support/database.js';
import { shopInMemory } from '../support/shop-orders.js';
import { instant, vendorShop } from '../support/vendor.js';

let database: Awaited<ReturnType<typeof testDatabase>>;
beforeAll(async () => {
  database = await testDatabase();
});
afterAll(() => database.close());

let shops = 0;
const freshShop = () => {
  shops += 1;
  return vendorShop(database, `shop-${shops}`);
};

const FIRST = '2026-03-10T02:00:00Z';
const SECOND = '2026-03-11T02:00:00Z';

const product = (productId: string, more: Partial<ShopProduct> = {}): ShopProduct => ({
  productId,
  sku: `SKU-${productId}`,
  name: `Product ${productId}`,
  price: '100.00',
  ...more,
});
/** A page ends with the highest product of its own, as combinations are told with theirs. */
const page = (rows: readonly ShopProduct[], unreadable: readonly UnreadableRow[] = []): IdPage<ShopProduct> => ({
  ...{ rows, unreadable, total: null },
  lastId: String(Math.max(0, ...rows.map(({ productId }) => Number(productId.split('-')[0])))),
});
const unread = (id: string | null): UnreadableRow => ({ id, message: 'sku: expected text', original: {} });

function imported(shop: StoreRow, at: string, products: readonly (IdPage<ShopProduct> | Error)[], more: Partial<ProductsRun> = {}) {
  const now = instant(at);
  return importProducts(database, { shop, platform: shopInMemory({ products }), now: () => now, startedAt: now, ...more });
}

/** Product ids, each with the instant since when it is gone. */
async function kept(shop: StoreRow) {
  const rows = await withVendorSession(database, ({ em }) => em.find(ProductEntity, { shop: shop.id }, { orderBy: { productId: 'asc' } }));
  return rows.map(({ productId, goneAt }) => (goneAt === null ? productId : `${productId} gone ${goneAt}`));
}

describe('the catalogue of a shop', () => {
  test('is kept as it was last told', async () => {
    const shop = await freshShop();
    const summary = await imported(shop, FIRST, [page([product('1'), product('2', { price: null })]), page([product('3')])]);
    expect(summary).toEqual({ shop: shop.code, productsSeen: 3, productsUnread: 0, productsGone: 0, failure: null });
    await imported(shop, SECOND, [page([product('1', { sku: 'NEW', name: 'New', price: '90.50' }), product('2'), product('3')])]);
    await withVendorSession(database, async ({ em }) => {
      expect(await em.findOneOrFail(ProductEntity, { shop: shop.id, productId: '1' })).toMatchObject({
        ...{ sku: 'NEW', name: 'New', price: '90.50', seenAt: instant(SECOND), goneAt: null },
      });
    });
  });

  test.each([
    [[page([product('1')])], ['1', '2 gone 2026-03-11T02:00:00Z', '3-7 gone 2026-03-11T02:00:00Z'], 'it was read to its end without them'],
    [[], ['1 gone 2026-03-11T02:00:00Z', '2 gone 2026-03-11T02:00:00Z', '3-7 gone 2026-03-11T02:00:00Z'], 'a shop may empty it'],
    [[page([product('1')]), new StoreReadingFailed('UNAVAILABLE', 'The shop is closed.')], ['1', '2', '3-7'], 'the rest was never read'],
    [[page([product('1')], [unread('2')])], ['1', '2', '3-7 gone 2026-03-11T02:00:00Z'], 'what cannot be read is there'],
    [[page([product('1')], [unread('7')])], ['1', '2 gone 2026-03-11T02:00:00Z', '3-7'], 'so is what a combination stands for'],
    [[page([product('1')], [unread('3')])], ['1', '2 gone 2026-03-11T02:00:00Z', '3-7'], 'and a combination of what cannot be read'],
    [[page([product('1')], [unread(null)])], ['1', '2', '3-7'], 'a row without an id may be any of them'],
  ])('read anew as %j leaves %j: %s', async (pages, expected, _because) => {
    const shop = await freshShop();
    await imported(shop, FIRST, [page([product('1'), product('2'), product('3-7')])]);
    await imported(shop, SECOND, pages);
    expect(await kept(shop)).toEqual(expected);
  });

  test('has again what comes back, and is told once as gone', async () => {
    const shop = await freshShop();
    await imported(shop, FIRST, [page([product('1'), product('2')])]);
    expect(await imported(shop, SECOND, [page([product('1')])])).toMatchObject({ productsGone: 1 });
    expect(await imported(shop, '2026-03-12T02:00:00Z', [page([product('1')])])).toMatchObject({ productsGone: 0 });
    expect(await kept(shop)).toEqual(['1', `2 gone ${SECOND}`]);
    await imported(shop, '2026-03-13T02:00:00Z', [page([product('1'), product('2')])]);
    expect(await kept(shop)).toEqual(['1', '2']);
  });

  test('is its own: another shop with the same products loses none', async () => {
    const [one, other] = [await freshShop(), await freshShop()];
    for (const shop of [one, other]) await imported(shop, FIRST, [page([product('1'), product('2')])]);
    await imported(one, SECOND, [page([product('2')])]);
    expect([await kept(one), await kept(other)]).toEqual([
      [`1 gone ${SECOND}`, '2'],
      ['1', '2'],
    ]);
  });

  test('takes what a database cannot keep, and what is told twice on a page', async () => {
    const shop = await freshShop();
    const odd = product('1', { sku: 'A\0B', name: 'Half \uD800' });
    expect(await imported(shop, FIRST, [page([product('1'), odd])])).toMatchObject({ failure: null });
    await withVendorSession(database, async ({ em }) => {
      expect(await em.findOneOrFail(ProductEntity, { shop: shop.id })).toMatchObject({ sku: 'A\uFFFDB', name: 'Half \uFFFD' });
    });
  });
});

describe('a run', () => {
  test('costs one statement a page beside its transaction, whatever the page’s size', async () => {
    const shop = await freshShop();
    database.statements.length = 0;
    await imported(shop, FIRST, [page(Array.from({ length: 500 }, (_, index) => product(String(index))))]);
    expect(database.statements.filter((sql) => sql.includes('shop_product'))).toHaveLength(2);
  });

  test('that is stopped keeps what it read, and takes nothing for gone', async () => {
    const shop = await freshShop();
    await imported(shop, FIRST, [page([product('1'), product('2')])]);
    const stop = new AbortController();
    const pages = [page([product('3')]), page([product('4')])];
    const summary = await imported(shop, SECOND, pages, { stopping: stop.signal, onProgress: () => stop.abort() });
    expect(summary).toMatchObject({ productsSeen: 1, failure: { code: 'STOPPED' } });
    expect(await kept(shop)).toEqual(['1', '2', '3']);
  });

  test('goes on where the one before it stopped, and what neither was told is gone', async () => {
    const shop = await freshShop();
    await imported(shop, FIRST, [page([product('1'), product('2'), product('9')])]);
    const stop = new AbortController();
    const pages = [page([product('2')]), page([product('5')])];
    await imported(shop, SECOND, pages, { stopping: stop.signal, onProgress: () => stop.abort() });
    const later = '2026-03-11T05:00:00Z';
    expect(await imported(shop, later, pages)).toMatchObject({ productsSeen: 1, productsGone: 2, failure: null });
    expect(await kept(shop)).toEqual([`1 gone ${later}`, '2', '5', `9 gone ${later}`]);
    // It came to its end: the next one begins anew.
    expect(await imported(shop, '2026-03-12T02:00:00Z', pages)).toMatchObject({ productsSeen: 2, productsGone: 0 });
  });

  test('leaves a reading that broke off three days ago, and begins anew', async () => {
    const shop = await freshShop();
    const pages = [page([product('1')]), page([product('2')])];
    const failing = [pages[0] ?? new Error(), new StoreReadingFailed('UNAVAILABLE', 'The shop is closed.')];
    await imported(shop, FIRST, failing);
    expect(await imported(shop, '2026-03-13T02:00:00Z', pages)).toMatchObject({ productsSeen: 2 });
  });

  test('waits for another one of the same shop', async () => {
    const shop = await freshShop();
    const lock = await takeLock(database, `products:${shop.id}`);
    expect(await imported(shop, FIRST, [page([product('1')])])).toMatchObject({ failure: { code: 'ALREADY_RUNNING' } });
    await lock?.release();
    expect(await kept(shop)).toEqual([]);
  });
});
