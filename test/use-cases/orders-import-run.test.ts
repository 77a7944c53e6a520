import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type ShopRefund, StoreReadingFailed } from '../../integrations/store-platform.js';
import { ImportCursor } from '../../src/persistence/import-cursor.js';
import { ImportException } from '../../src/persistence/import-exception.js';
import { withVendorSession } from '../../src/persistence/session.js';
import { importOrders } from '../../src/use-cases/orders-import.js';
import { testDatabase } from '../support/database.js';
import { freshShop, PURCHASE, RENEWAL, stockForImports } from '../support/import-stories.js';
import { importedRows, importFrom, shortRows } from '../support/imported-rows.js';
import { type OrderStory, pageOf, shopInMemory, shopRefund } from '../support/shop-orders.js';
import { instant } from '../support/vendor.js';

let database: Awaited<ReturnType<typeof testDatabase>>;
beforeAll(async () => {
  database = await testDatabase();
  await stockForImports(database);
});
afterAll(() => database.close());

describe('a run', () => {
  test('writes nothing when nothing has changed', async () => {
    const { shop, code, order } = await freshShop(database);
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
      leavesGap: false,
    });
    expect(await importedRows(database, code)).toEqual(before);
  });

  test('never lets an older state replace a newer one, not even within a page', async () => {
    const { shop, code, email, order } = await freshShop(database);
    const old = order('1', { ...PURCHASE, changedAt: '2026-02-01 10:00:00' });
    const reversed = order('1', { ...PURCHASE, payment: 'REVERSED', changedAt: '2026-02-02 10:00:00' });
    await importFrom(database, shop, { orderPages: [pageOf([reversed, old]), pageOf([old])] });
    await importFrom(database, shop, { orders: [old] });
    expect((await shortRows(database, code)).purchases).toEqual([`1-1/1 ${email} FILTER 12000 CANCELLED 2026-02-02`]);
  });

  test('begins where the last one stopped, and never moves its place back', async () => {
    const { shop, order } = await freshShop(database);
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
    const { shop, code, order } = await freshShop(database);
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
    const { shop, code, order } = await freshShop(database);
    const broken = importFrom(database, shop, { orderPages: [pageOf([order('1', PURCHASE)]), new TypeError('a mistake')] });
    await expect(broken).rejects.toThrow('a mistake');
    expect((await shortRows(database, code)).purchases).toHaveLength(1);
    expect(await importFrom(database, shop, { orders: [order('2', PURCHASE)] })).toMatchObject({ ordersPlaced: 1, failure: null });
  });

  test('is the only one of its shop', async () => {
    const { shop, code, order } = await freshShop(database);
    const other = await freshShop(database);
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

  test('that is stopped keeps the page that it is at, and the next one goes on behind it', async () => {
    const { shop, code, order } = await freshShop(database);
    const orders = ['1', '2', '3', '4', '5'].map((id) => order(id, { ...PURCHASE, changedAt: `2026-02-0${id} 10:00:00` }));
    const stop = new AbortController();
    const now = () => {
      stop.abort();
      return instant('2026-03-10T10:00:00Z');
    };
    const platform = shopInMemory({ orders: [pageOf(orders.slice(0, 3)), pageOf(orders.slice(3))] });
    const startedAt = instant('2026-03-10T10:00:00Z');
    const summary = await importOrders(database, { shop, platform, now, startedAt, stopping: stop.signal });
    expect(summary).toMatchObject({ ordersPlaced: 3, failure: { code: 'STOPPED' } });
    expect((await shortRows(database, code)).purchases).toHaveLength(3);
    const next = shopInMemory({ orders: [pageOf(orders.slice(2))] });
    const after = await importOrders(database, { shop, platform: next, now: () => startedAt, startedAt });
    expect(after).toMatchObject({ ordersUnchanged: 1, ordersPlaced: 2, failure: null });
    expect(next.asked[0]).toEqual({ changedAt: '2026-02-03 10:00:00', id: '3' });
  });

  test('tells how far it is after each page', async () => {
    const { shop, order } = await freshShop(database);
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
    const { shop, code: shopCode, order } = await freshShop(database);
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

  test('an order that is told in another currency than before waits, and what it sold stays as it was; its neighbour follows', async () => {
    const { shop, code, order } = await freshShop(database);
    const sold: OrderStory = { ...PURCHASE, currencyCode: 'EUR' };
    await importFrom(database, shop, { orders: [order('1', sold), order('2', sold)] });
    const before = await shortRows(database, code);
    const more: OrderStory = { ...sold, lines: [{ sku: 'FILTER', quantity: '2' }], changedAt: '2026-02-01 00:00:00' };
    await importFrom(database, shop, { orders: [order('1', { ...more, currencyCode: 'GBP' }), order('2', more)] });
    const after = await shortRows(database, code);
    expect(after.exceptions).toEqual([expect.stringMatching(/INVALID_AMOUNT$/)]);
    expect(after.purchases.filter((line) => line.startsWith('1-'))).toEqual(before.purchases.filter((line) => line.startsWith('1-')));
    expect(after.purchases.filter((line) => line.startsWith('2-'))).toHaveLength(2);
    await importFrom(database, shop, { orders: [order('1', { ...more, changedAt: '2026-02-02 00:00:00' })] });
    expect(await shortRows(database, code)).toMatchObject({ purchases: { length: 4 }, exceptions: [] });
  });

  test('keeps text that the database could not: NUL and half a character', async () => {
    const { shop, code, order } = await freshShop(database);
    const story: OrderStory = { ...PURCHASE, customer: { email: 'nul@shop.example', name: 'A\u0000B\ud800', customerId: null } };
    const summary = await importFrom(database, shop, { orders: [order('1', story)] });
    expect(summary).toMatchObject({ ordersPlaced: 1, exceptionsOpen: 0 });
    expect(await importFrom(database, shop, { orders: [order('1', story)] })).toMatchObject({ ordersUnchanged: 1 });
    expect((await shortRows(database, code)).purchases).toEqual(['1-1/1 nul@shop.example FILTER 12000']);
  });

  test('keeps rows that could not be read, each once, without mixing refunds with orders', async () => {
    const { shop, code, order } = await freshShop(database);
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
