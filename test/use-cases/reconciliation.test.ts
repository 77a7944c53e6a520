import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type IdPage, type ShopOrder, type ShopRefund, StoreReadingFailed, type UnreadableRow } from '../../integrations/store-platform.js';
import type { Database } from '../../src/persistence/database.js';
import { ImportException } from '../../src/persistence/import-exception.js';
import { takeLock } from '../../src/persistence/lock.js';
import { Reconciliation } from '../../src/persistence/reconciliation.js';
import { knownOrdersBesides } from '../../src/persistence/reconciliation-rows.js';
import { withVendorSession } from '../../src/persistence/session.js';
import type { StoreRow } from '../../src/persistence/store.js';
import { type ReconciliationRun, reconcileShop } from '../../src/use-cases/reconciliation.js';
import { testDatabase } from '../support/database.js';
import { freshShop, PURCHASE, stockForImports } from '../support/import-stories.js';
import { importFrom, shortRows } from '../support/imported-rows.js';
import { type ShopInMemory, shopInMemory, shopRefund } from '../support/shop-orders.js';
import { instant } from '../support/vendor.js';

let database: Awaited<ReturnType<typeof testDatabase>>;
beforeAll(async () => {
  database = await testDatabase();
  await stockForImports(database);
});
afterAll(() => database.close());

const AT = '2026-03-10T10:00:00Z';

/** Pages of two, as a shop would give them by id. */
function pagesOf<T extends ShopOrder | ShopRefund>(rows: readonly T[], unreadable: readonly UnreadableRow[] = []): IdPage<T>[] {
  const idOf = (row: T) => ('refundId' in row ? row.refundId : row.orderId);
  const all = [...rows].sort((one, other) => Number(idOf(one)) - Number(idOf(other)));
  return Array.from({ length: Math.ceil(all.length / 2) }, (_, index) => {
    const page = all.slice(index * 2, index * 2 + 2);
    const isFirst = index === 0;
    return { rows: page, unreadable: isFirst ? unreadable : [], lastId: idOf(page.at(-1) as T), total: all.length };
  });
}

function reconciled(shop: StoreRow, told: ShopInMemory, more: Partial<ReconciliationRun> = {}, on: Database = database, at = AT) {
  return reconcileShop(on, { shop, platform: shopInMemory(told), now: () => instant(at), startedAt: instant(at), ...more });
}

const rowsOf = (shop: StoreRow) =>
  withVendorSession(database, ({ em }) => em.find(Reconciliation, { shop: shop.id }, { orderBy: { startedAt: 'asc', id: 'asc' } }));

/** Orders 1, 3 and 12 and a refund of the last are known; 2, 4, 11 and refund 1 became visible behind them, 13 is yet to be told. */
async function lateShop() {
  const { shop, code, order } = await freshShop(database);
  const at = (id: string, changedAt: string) => order(id, { ...PURCHASE, changedAt });
  const known = [at('1', '2026-02-01 10:00:00'), at('3', '2026-02-03 10:00:00'), at('12', '2026-02-12 10:00:00')];
  const refunds = [shopRefund('5', { orderId: '12', lines: [[1, '1']] })];
  await importFrom(database, shop, { orders: known, refunds });
  const late = ['2', '4', '11'].map((id) => at(id, '2026-02-02 10:00:00'));
  const lateRefund = shopRefund('1', { orderId: '4', refundedAt: '2026-02-02T11:00:00Z', lines: [[1, '1']] });
  const [, ...stillThere] = known;
  const told = {
    ordersById: pagesOf([...stillThere, ...late, at('13', '2026-02-13 10:00:00')]),
    refundsById: pagesOf([...refunds, lateRefund]),
  };
  return { shop, code, order, told };
}

const FOUND = { missedOrders: ['2', '4', '11'], changedOrders: [], missedRefunds: ['1'], goneOrders: ['1'] };
const FIGURES = { ordersSeen: 6, refundsSeen: 2, missedOrderCount: 3, changedOrderCount: 0, missedRefundCount: 1, goneOrderCount: 1 };

/** Every so many statements: RECONCILIATION_KILLS=1 kills at each of them in a long run. */
const STRIDE = Number(process.env.RECONCILIATION_KILLS ?? 40);

describe('a run that is killed', () => {
  test('at any statement is gone on with, and nothing is left out or counted twice', async () => {
    let isThrough = false;
    for (let last = 1; !isThrough; last += STRIDE) {
      const { shop, code, told } = await lateShop();
      let sent = 0;
      const dying: Database = {
        ...database,
        onStatement: () => {
          sent += 1;
          if (sent > last) throw new Error('killed');
        },
      };
      const ending = await reconciled(shop, told, {}, dying).catch((error: unknown) => error);
      isThrough = !(ending instanceof Error);
      if (!isThrough) expect(await reconciled(shop, told)).toMatchObject({ isFinished: true, failure: null });
      // One that was killed when all was written down is followed by another one, which finds nothing.
      const [row] = await rowsOf(shop);
      expect([last, row]).toEqual([last, expect.objectContaining({ ...FOUND, ...FIGURES, finishedAt: instant(AT) })]);
      const { purchases } = await shortRows(database, code);
      expect([last, purchases.map((line) => line.split('/')[0])]).toEqual([last, ['1-1', '11-1', '12-1', '13-1', '2-1', '3-1', '4-1']]);
    }
  });
});

describe('a run', () => {
  test('that is stopped goes on where it is, without asking again for what is done', async () => {
    const { shop, told } = await lateShop();
    const stop = new AbortController();
    const first = await reconciled(shop, told, { stopping: stop.signal, onProgress: ({ seen }) => seen === 4 && stop.abort() });
    expect(first).toMatchObject({ isFinished: false, failure: { code: 'STOPPED' }, found: { ordersSeen: 4 } });
    const [, , third] = told.ordersById;
    const rest = await reconciled(shop, { ...told, ordersById: third === undefined ? [] : [third] });
    expect(rest).toEqual({ shop: shop.code, found: FIGURES, isFinished: true, failure: null });
  });

  test('tells how far it has come, over all its runs', async () => {
    const { shop, told } = await lateShop();
    const shown: unknown[] = [];
    await reconciled(shop, told, { onProgress: ({ resource, seen, total }) => shown.push([resource, seen, total]) });
    expect(shown).toEqual([
      ['ORDERS', 2, 6],
      ['ORDERS', 4, 6],
      ['ORDERS', 6, 6],
      ['REFUNDS', 2, 2],
    ]);
  });

  test('keeps what it found where the shop fails, and goes on with the refunds alone', async () => {
    const { shop, told } = await lateShop();
    const failure = new StoreReadingFailed('RIGHT_MISSING', 'grant GET on order_slip', { host: 'shop.example' });
    const broken = await reconciled(shop, { ...told, refundsById: [failure] });
    expect(broken).toMatchObject({
      isFinished: false,
      failure: { code: 'RIGHT_MISSING' },
      found: { missedOrderCount: 3, goneOrderCount: 1 },
    });
    expect(await reconciled(shop, { refundsById: told.refundsById })).toMatchObject({ isFinished: true, found: FIGURES });
  });

  test('that broke off days ago is left as it is, so that orders are gone through although refunds never can be', async () => {
    const { shop, told } = await lateShop();
    const refundsById = [new StoreReadingFailed('RIGHT_MISSING', 'grant GET on order_slip')];
    await reconciled(shop, { ...told, refundsById });
    await reconciled(shop, { ...told, refundsById }, {}, database, '2026-03-13T09:59:59Z');
    expect(await rowsOf(shop)).toHaveLength(1);
    await reconciled(shop, { ...told, refundsById }, {}, database, '2026-03-13T10:00:00Z');
    expect((await rowsOf(shop)).map(({ ordersSeen, missedOrderCount, finishedAt }) => [ordersSeen, missedOrderCount, finishedAt])).toEqual([
      [6, 3, null],
      [6, 0, null],
    ]);
  });

  test('waits for an import of the same shop', async () => {
    const { shop, told } = await lateShop();
    const lock = await takeLock(database, `import:${shop.id}`);
    const outcome = await reconciled(shop, told);
    await lock?.release();
    expect(outcome).toMatchObject({ found: null, isFinished: false, failure: { code: 'ALREADY_RUNNING' } });
    expect(await rowsOf(shop)).toEqual([]);
  });

  test('that finds nothing sends the same few statements for every page', async () => {
    const { shop, told } = await lateShop();
    await reconciled(shop, told);
    const sentFor = async (ordersById: ShopInMemory['ordersById']) => {
      database.statements.length = 0;
      await reconciled(shop, { ordersById, refundsById: [] });
      return database.statements.filter((sql) => !/set_config|current_setting/.test(sql)).length;
    };
    const [first, second, third] = told.ordersById;
    const pages = [first, second, third].flatMap((page) => page ?? []);
    const counts = [await sentFor(pages.slice(0, 1)), await sentFor(pages.slice(0, 2)), await sentFor(pages)];
    expect(counts.map((count, index) => count - (counts[index - 1] ?? count))).toEqual([0, 6, 6]);
  });
});

describe('what is found', () => {
  test('is listed up to a thousand and counted beyond', async () => {
    const { shop } = await freshShop(database);
    await withVendorSession(database, (session) =>
      session.query({
        name: 'many-orders',
        text: `insert into imported_order (id, shop_id, order_id, order_number, changed_at, content, imported_at)
          select gen_random_uuid(), $1, n, n, '2026-02-01 10:00:00', '{}', now() from generate_series(1, 1005) n`,
        values: [shop.id],
      }),
    );
    expect((await reconciled(shop, {})).found).toMatchObject({ goneOrderCount: 1_005 });
    const [row] = await rowsOf(shop);
    expect([row?.goneOrders.length, row?.goneOrders[0], row?.goneOrders.at(-1)]).toEqual([1_000, '1', '1000']);
  });

  test.each([
    ['3', ['1', '12'], 'what cannot be read is not gone: it says which order it is'],
    [null, ['12'], 'a row that does not even say which order it is may be any of its page'],
  ])('of an unreadable row of order %s leaves %j gone: %s', async (id, gone, _because) => {
    const { shop, order } = await freshShop(database);
    const known = ['1', '2', '3', '4', '12'].map((orderId) => order(orderId, PURCHASE));
    await importFrom(database, shop, { orders: known });
    const unreadable = { id, message: 'customer_email: expected text', original: { entity_id: id } };
    const ordersById = pagesOf(
      known.filter(({ orderId }) => ['2', '4'].includes(orderId)),
      [unreadable],
    );
    expect((await reconciled(shop, { ordersById })).found).toMatchObject({ ordersSeen: id === null ? 2 : 3, goneOrderCount: gone.length });
    expect((await rowsOf(shop))[0]?.goneOrders).toEqual(gone);
    const exceptions = await withVendorSession(database, ({ em }) => em.find(ImportException, { shop: shop.id, resolvedAt: null }));
    expect(exceptions.map(({ code, orderId }) => [code, orderId === id])).toEqual([['UNREADABLE_ROW', id !== null]]);
  });

  test('of a shop that was never imported is nothing that was missed: everything of it is imported', async () => {
    const { shop, code, order } = await freshShop(database);
    const summary = await reconciled(shop, { ordersById: pagesOf(['1', '2', '3'].map((id) => order(id, PURCHASE))) });
    expect(summary.found).toMatchObject({ ordersSeen: 3, missedOrderCount: 0 });
    expect((await shortRows(database, code)).purchases).toHaveLength(3);
  });
});

describe('known orders', () => {
  let shop: StoreRow;
  beforeAll(async () => {
    const fresh = await freshShop(database);
    const known = ['2', '9', '10', '99', '100', '101', '1000'].map((id) =>
      fresh.order(id, { ...PURCHASE, payment: 'UNPAID', paidAt: null }),
    );
    await importFrom(database, fresh.shop, { orders: known });
    shop = fresh.shop;
  });

  test.each([
    [null, '9', ['2', '9'], 'one digit'],
    ['9', '100', ['10', '99', '100'], 'ids of more digits are higher, whatever their text says'],
    ['10', '99', ['99'], 'the first is left out, the last is not'],
    ['99', null, ['100', '101', '1000'], 'an open end'],
    ['1000', null, [], 'nothing beyond the last'],
    ['1000', '1000', [], 'an empty range'],
  ])('after %s to %s are %j: %s', async (afterId, toId, expected, _because) => {
    const besides = (told: readonly string[]) =>
      withVendorSession(database, ({ em }) => knownOrdersBesides(em, shop.id, { afterId, toId }, told));
    expect(await besides([])).toEqual(expected);
    expect(await besides(expected.slice(0, 1))).toEqual(expected.slice(1));
  });
});
