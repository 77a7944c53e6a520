import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { ImportCursor } from '../../src/persistence/import-cursor.js';
import { ImportedOrder } from '../../src/persistence/imported-order.js';
import { lastReconciliations } from '../../src/persistence/reconciliation-rows.js';
import { withVendorSession } from '../../src/persistence/session.js';
import type { StoreRow } from '../../src/persistence/store.js';
import { importOrders } from '../../src/use-cases/orders-import.js';
import { reconcileShop } from '../../src/use-cases/reconciliation.js';
import { testDatabase } from '../support/database.js';
import { stockForImports } from '../support/import-stories.js';
import { shortRows } from '../support/imported-rows.js';
import { asVendor, instant, vendorShop } from '../support/vendor.js';
import { magentoOverHttp, prestashopOverHttp, type ShopOverHttp, type SoldOrder } from './shops-over-http.js';

/** The same stories on both platforms, over HTTP: what reading by change cannot see, reading by id does. */

let database: Awaited<ReturnType<typeof testDatabase>>;
beforeAll(async () => {
  database = await testDatabase();
  await stockForImports(database);
});
afterAll(() => database.close());

const sold = (id: number, placedAt: string, more: Partial<SoldOrder> = {}): SoldOrder => ({
  id,
  email: `buyer${id}@shop.example`,
  placedAt,
  ...more,
});
const NOON = '2026-03-05T12:00:00Z';
const EARLIER = '2026-03-05T09:00:00Z';
const LATER = '2026-03-05T15:00:00Z';

describe.each([
  ['MAGENTO', magentoOverHttp],
  ['PRESTASHOP', prestashopOverHttp],
] as const)('a shop on %s', (platform, open) => {
  let http: ShopOverHttp;
  let shop: StoreRow;
  const code = platform.toLowerCase();
  beforeAll(async () => {
    http = await open();
    shop = await vendorShop(database, code, platform);
    for (const id of [2, 3, 5, 8]) http.tell(sold(id, `2026-03-0${id > 5 ? 4 : 1}T10:00:0${id}Z`));
    http.tell(sold(6, EARLIER, { paidAt: null }));
    http.tell(sold(12, NOON, { refund: { id: 70, at: NOON } }));
    await imported('2026-03-06T10:00:00Z');
  });
  afterAll(() => http.close());

  const runAt = (at: string) => ({ shop, platform: http.platform, now: () => instant(at), startedAt: instant(at) });
  const imported = (at: string) => importOrders(database, runAt(at));
  const reconciled = (at: string) => reconcileShop(database, runAt(at));
  const lastRow = () => withVendorSession(database, async ({ em }) => (await lastReconciliations(em, [shop.id])).get(shop.id));
  const revoked = async () =>
    (await shortRows(database, code)).purchases.flatMap((line) => /^(\S+) \S+ \S+ \S+ (\S+)/.exec(line)?.slice(1, 3).join(' ') ?? []);

  test('that hides nothing is found to be in order', async () => {
    expect(await reconciled('2026-03-06T11:00:00Z')).toEqual({
      shop: code,
      found: { ordersSeen: 6, refundsSeen: 1, missedOrderCount: 0, changedOrderCount: 0, missedRefundCount: 0, goneOrderCount: 0 },
      isFinished: true,
      failure: null,
    });
    expect(await lastRow()).toMatchObject({ finishedAt: instant('2026-03-06T11:00:00Z'), missedOrders: [], goneOrders: [] });
  });

  test('shows what no reading by change tells, and it is imported like anything else', async () => {
    // A transaction that took its time: the order has an earlier stamp than what was read long ago, and a lower id.
    http.tell(sold(4, EARLIER));
    // A part of order 3 was given back, which left its stamp as it was; the refund's own is an earlier one as well.
    http.tell(sold(3, '2026-03-01T10:00:03Z', { refund: { id: 69, at: EARLIER } }));
    // The buyer of order 5 has another address, and the order the same stamp.
    http.tell(sold(5, '2026-03-01T10:00:05Z', { email: 'moved@shop.example' }));
    // Order 6 was paid, which somebody wrote into the shop behind its back.
    http.tell(sold(6, EARLIER, { paidAt: NOON, changedAt: EARLIER }));
    // Order 8 is deleted by hand. Order 15 is new, and told by the next reading.
    http.remove(8);
    http.tell(sold(15, LATER));

    await imported('2026-03-06T12:00:00Z');
    const byChange = (await shortRows(database, code)).purchases.map((line) => line.split('/')[0]);
    expect(byChange.filter((line) => /^4/.test(line ?? ''))).toEqual([]);
    expect(await revoked()).toEqual([expect.stringMatching(/^12/)]);
    http.tell(sold(16, '2026-03-05T15:30:00Z'));

    const { found, isFinished } = await reconciled('2026-03-06T13:00:00Z');
    expect(isFinished).toBe(true);
    expect(found).toMatchObject({ ordersSeen: 8, refundsSeen: 2, missedOrderCount: 1, missedRefundCount: 1, goneOrderCount: 1 });
    expect(await lastRow()).toMatchObject({
      missedOrders: ['4'],
      changedOrders: ['3', '5', '6'],
      missedRefunds: ['69'],
      goneOrders: ['8'],
    });
    const { purchases } = await shortRows(database, code);
    expect(purchases.filter((line) => /buyer(4|6|16)@/.test(line))).toHaveLength(3);
    expect(purchases.filter((line) => line.includes('buyer8@'))).toHaveLength(1);
    expect(await revoked()).toEqual([expect.stringMatching(/^12/), expect.stringMatching(/^3/)]);
  });

  test('is in order afterwards, but for what is gone for good', async () => {
    const { found } = await reconciled('2026-03-07T13:00:00Z');
    expect(found).toEqual({
      ...{ ordersSeen: 8, refundsSeen: 2, missedOrderCount: 0, changedOrderCount: 0, missedRefundCount: 0, goneOrderCount: 1 },
    });
  });

  test('hides nothing by rows that are stamped in the future, not even where a cursor stands there already, and sets them right', async () => {
    const ahead = '2036-03-01T11:00:00Z';
    http.tell(sold(20, '2026-03-07T14:00:00Z', { changedAt: ahead, refund: { id: 80, at: ahead } }));
    expect(await imported('2026-03-08T10:00:00Z')).toMatchObject({ ordersPlaced: 1, failure: null });
    const known = async () => (await shortRows(database, code)).purchases.filter((line) => /buyer2[0-9]@/.test(line)).length;
    http.tell(sold(21, '2026-03-08T11:00:00Z', { refund: { id: 81, at: '2026-03-08T12:00:00Z' } }));
    expect(await imported('2026-03-08T13:00:00Z')).toMatchObject({ ordersPlaced: 1 });
    expect([await known(), await revoked()]).toEqual([2, expect.arrayContaining([expect.stringMatching(/^21/)])]);

    const stuck = { changedAt: '2036-03-01 11:00:00', lastId: '20', movedAt: instant('2026-03-08T13:00:00Z') };
    await asVendor(database, (em) => em.nativeUpdate(ImportCursor, { shop: shop.id }, stuck));
    http.tell(sold(22, '2026-03-08T14:00:00Z', { refund: { id: 82, at: '2026-03-08T15:00:00Z' } }));
    expect(await imported('2026-03-12T10:00:00Z')).toMatchObject({ ordersPlaced: 1 });
    expect([await known(), await revoked()]).toEqual([3, expect.arrayContaining([expect.stringMatching(/^22/)])]);
    const cursors = await withVendorSession(database, ({ em }) => em.find(ImportCursor, { shop: shop.id }));
    expect(cursors.map(({ changedAt }) => changedAt.slice(0, 10))).toEqual(['2026-03-08', '2026-03-08']);

    http.tell(sold(20, '2026-03-07T14:00:00Z', { changedAt: '2026-03-12T11:00:00Z' }));
    await imported('2026-03-12T12:00:00Z');
    const order = await withVendorSession(database, ({ em }) => em.findOneOrFail(ImportedOrder, { shop: shop.id, orderId: '20' }));
    expect(order.changedAt).toMatch(/^2026-03-12/);
    expect(await imported('2026-03-12T13:00:00Z')).toMatchObject({ ordersSeen: 1, ordersUnchanged: 1 });
    expect((await reconciled('2026-03-13T13:00:00Z')).found).toMatchObject({
      missedOrderCount: 0,
      changedOrderCount: 0,
      missedRefundCount: 0,
    });
  });
});
