import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { ShopOrder } from '../../integrations/store-platform.js';
import { isNewsTo } from '../../src/use-cases/order-news.js';
import { type PurchaseRecordInput, recordPurchase } from '../../src/use-cases/purchase.js';
import { testDatabase } from '../support/database.js';
import { freshShop, PURCHASE, stockForImports } from '../support/import-stories.js';
import { importFrom, shortRows } from '../support/imported-rows.js';
import { type OrderStory, shopOrder, shopRefund } from '../support/shop-orders.js';
import { euros, instant, outcomeAsVendor, STAFF } from '../support/vendor.js';

let database: Awaited<ReturnType<typeof testDatabase>>;
/** Entities made since it was last set to 0: of every row read as a whole, and of every row to be written. */
let entities = 0;
beforeAll(async () => {
  database = await testDatabase();
  await stockForImports(database);
  database.orm.em.getEventManager().registerSubscriber({
    onInit: () => {
      entities += 1;
    },
  });
});
afterAll(() => database.close());

describe('what a further order of one customer costs', () => {
  const costOf = async (shop: Awaited<ReturnType<typeof freshShop>>, order: ShopOrder) => {
    database.statements.length = 0;
    entities = 0;
    expect(await importFrom(database, shop.shop, { orders: [order] })).toMatchObject({ ordersPlaced: 1, exceptionsOpen: 0 });
    return { statements: database.statements.length, entities };
  };
  const many = (lines: OrderStory['lines'], paidAt: string): OrderStory => ({ paidAt, lines });
  const next = (sku: string): OrderStory => ({ paidAt: '2026-02-20T10:00:00Z', lines: [{ sku }] });

  test('a purchase or a renewal costs the same after three hundred as after one', async () => {
    const costs = [];
    for (const quantity of ['1', '300']) {
      const shop = await freshShop(database);
      const { order } = shop;
      const bought = many([{ sku: 'FILTER', quantity }], '2026-01-31T10:00:00Z');
      const renewed = many([{ sku: 'FILTER-RENEWAL', quantity }], '2026-02-10T10:00:00Z');
      await importFrom(database, shop.shop, { orders: [order('1', bought)] });
      const purchase = await costOf(shop, order('2', next('FILTER')));
      await importFrom(database, shop.shop, { orders: [order('3', renewed)] });
      const anotherPurchase = await costOf(shop, order('4', { ...next('FILTER'), paidAt: '2026-02-21T10:00:00Z' }));
      const renewal = await costOf(shop, order('5', { ...next('FILTER-RENEWAL'), paidAt: '2026-02-22T10:00:00Z' }));
      costs.push({ purchase, anotherPurchase, renewal });
    }
    expect(costs[1]).toEqual(costs[0]);
  });

  test('an order of a thousand that is told again after its refund costs as few statements as one of ten', async () => {
    const statements = [];
    for (const quantity of ['10', '1000']) {
      const { shop, order } = await freshShop(database);
      const story: OrderStory = { lines: [{ sku: 'FILTER', quantity }] };
      const refunds = [shopRefund('r', { orderId: '1', lines: [[1, quantity]] })];
      await importFrom(database, shop, { orders: [order('1', story)], refunds });
      database.statements.length = 0;
      await importFrom(database, shop, { orders: [order('1', { ...story, changedAt: '2026-03-01 10:00:00' })] });
      statements.push(database.statements.length);
    }
    expect(statements[1]).toBe(statements[0]);
  });
});

describe('what is too large', () => {
  test('five lines of a thousand hold back their order and not its neighbours', async () => {
    const { shop, code, order } = await freshShop(database);
    const lines = Array.from({ length: 5 }, () => ({ sku: 'FILTER', quantity: '1000' }));
    expect(await importFrom(database, shop, { orders: [order('1', { lines }), order('2', PURCHASE)] })).toMatchObject({ ordersPlaced: 1 });
    expect(await shortRows(database, code)).toMatchObject({
      purchases: [expect.stringMatching(/^2-1/)],
      exceptions: [' INVALID_QUANTITY'],
    });
  });

  const long = Array.from({ length: 4_000 }, (_, index) => ((index * 7_919) % 36_000).toString(36)).join('');
  test.each<[string, OrderStory]>([
    ['an address', { ...PURCHASE, email: `${long}@shop.example` }],
    ['the id of a line', { lines: [{ sku: 'FILTER', lineId: long }] }],
  ])('%s longer than an index takes holds back its order and not its neighbours', async (_what, story) => {
    const { shop, code, order } = await freshShop(database);
    expect(await importFrom(database, shop, { orders: [order('1', story), order('2', PURCHASE)] })).toMatchObject({
      ordersPlaced: 1,
      exceptionsOpen: 1,
      failure: null,
    });
    expect((await shortRows(database, code)).exceptions).toEqual([expect.stringContaining('UNREADABLE_ROW')]);
  });
});

describe('what is told again', () => {
  test('a cancelled order stays cancelled on the day on which it was, until it is paid and cancelled anew', async () => {
    const { shop, code, order } = await freshShop(database);
    const told = async (change: Partial<OrderStory>) => {
      await importFrom(database, shop, { orders: [order('1', { ...PURCHASE, ...change })] });
      return (await shortRows(database, code)).purchases.map((line) => line.slice(-20));
    };
    await told({});
    for (const day of ['02', '05', '06']) {
      const changedAt = `2026-03-${day} 10:00:00`;
      expect(await told({ payment: 'REVERSED', changedAt })).toEqual(['CANCELLED 2026-03-02']);
    }
    await told({ changedAt: '2026-03-07 10:00:00' });
    expect(await told({ payment: 'REVERSED', changedAt: '2026-03-08 10:00:00' })).toEqual(['CANCELLED 2026-03-08']);
    await importFrom(database, shop, {
      refunds: [shopRefund('r', { orderId: '1', refundedAt: '2026-03-09T10:00:00Z', lines: [[1, '1']] })],
    });
    expect((await shortRows(database, code)).purchases).toEqual([expect.stringMatching(/REFUNDED 2026-03-09$/)]);
  });

  test('a sale that a partner tells again otherwise is refused, field by field', async () => {
    const customer = { email: 'told.again@shop.example', name: null };
    const money = { listPrice: euros(12_000n), paid: euros(11_520n) };
    const line = { shop: 'marketplace', orderNumber: 'M-1', line: '1', storeId: null };
    const sale = { ...line, ...money, idempotencyKey: 'sale', sku: 'FILTER', customer, purchasedAt: instant('2026-01-30T09:00:00Z') };
    const record = (input: PurchaseRecordInput) =>
      outcomeAsVendor(database, (em) => recordPurchase(em, STAFF, input, instant('2026-03-10T10:00:00Z')));
    const first = await record(sale);
    expect(await record({ ...sale, idempotencyKey: 'again' })).toEqual(first);
    const other = { paid: euros(1n), listPrice: euros(1n), purchasedAt: instant('2026-01-30T09:00:01Z') };
    for (const field of ['paid', 'listPrice', 'purchasedAt'] as const) {
      const { value, userErrors } = await record({ ...sale, [field]: other[field], idempotencyKey: field });
      expect([value, userErrors]).toEqual([null, [expect.objectContaining({ code: 'CONFLICT', path: ['input', field] })]]);
    }
  });

  const stamped = (changedAt: string, doubtful: boolean, story: Partial<OrderStory> = {}) =>
    shopOrder('1', { ...PURCHASE, changedAt, unknown: doubtful ? [{ fact: 'updatedAt', because: 'twice' }] : [], ...story });
  const known = (order: ShopOrder) => ({ changedAt: order.changedAt, content: order });
  test.each([
    ['2026-10-25 02:50:00', true, '2026-10-25 02:10:00', true, true, 'the hour is written twice: what is told last is how things stand'],
    ['2026-10-25 02:50:00', true, '2026-10-25 01:50:00', false, false, 'before the hour'],
    ['2026-10-25 03:10:00', false, '2026-10-25 02:50:00', true, false, 'after the hour'],
    ['2026-10-25 02:50:00', true, '2025-10-26 02:10:00', true, false, 'the doubtful hour of another year'],
    ['2026-10-26 02:50:00', false, '2026-10-26 02:10:00', false, false, 'a day without doubt'],
  ])('known %s (in doubt: %p), told %s (%p): news %p', (before, isDoubtful, stamp, isToldInDoubt, isNews, _because) => {
    const row = known(stamped(before, isDoubtful));
    const told = stamped(stamp, isToldInDoubt, { payment: 'REVERSED' });
    expect(isNewsTo(row, told, '2026-12-01 00:00:00')).toBe(isNews);
    expect(isNewsTo(row, stamped(before, isDoubtful), '2026-12-01 00:00:00')).toBe(false);
    // A stamp of the future says nothing of which came first.
    expect(isNewsTo(row, told, '2025-01-01 00:00:00')).toBe(true);
    expect(isNewsTo(row, stamped(before, isDoubtful), '2025-01-01 00:00:00')).toBe(false);
  });
});
