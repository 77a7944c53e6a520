import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { ImportException } from '../../src/persistence/import-exception.js';
import { withVendorSession } from '../../src/persistence/session.js';
import { openExceptions } from '../../src/use-cases/shop-import.js';
import { testDatabase } from '../support/database.js';
import { type FreshShop, freshShop, PURCHASE, stockForImports } from '../support/import-stories.js';
import { importFrom, shortRows } from '../support/imported-rows.js';
import { type OrderStory, pageOf } from '../support/shop-orders.js';

let database: Awaited<ReturnType<typeof testDatabase>>;
beforeAll(async () => {
  database = await testDatabase();
  await stockForImports(database);
});
afterAll(() => database.close());

const PAGE = 100;
/** So many orders on pages of a hundred, one of them another than the rest. */
const pagesOf = (shop: FreshShop, count: number, odd: string, story: OrderStory) =>
  Array.from({ length: count / PAGE }, (_, page) =>
    pageOf(
      Array.from({ length: PAGE }, (_row, place) => {
        const id = String(page * PAGE + place + 1);
        return shop.order(id, { email: `buyer-${Number(id) % 250}@${shop.code}.example`, ...(id === odd ? story : PURCHASE) });
      }),
    ),
  );

const attempts = ({ shop }: FreshShop) =>
  withVendorSession(database, async ({ em }) =>
    (await em.find(ImportException, { shop: shop.id, resolvedAt: null })).map((row) => row.attempts),
  );

describe('a poison order', () => {
  test('waits among 999 others that are in, is tried five times, and then waits for a person', async () => {
    const shop = await freshShop(database);
    // The database refuses the rate: nobody but the database knows, and it tells only that some order of the page holds such a value.
    const poison: OrderStory = { ...PURCHASE, baseToOrderRate: '1e30' };
    const first = await importFrom(database, shop.shop, { orderPages: pagesOf(shop, 1_000, '555', poison) }, '2026-03-01T10:00:00Z');
    expect(first).toMatchObject({ ordersSeen: 1_000, ordersPlaced: 999, exceptionsOpen: 1, failure: null });
    expect((await shortRows(database, shop.code)).purchases).toHaveLength(999);
    for (const [day, tries] of [
      [2, 2],
      [3, 3],
      [4, 4],
      [5, 5],
      [6, 5],
      [7, 5],
    ]) {
      await importFrom(database, shop.shop, {}, `2026-03-0${day}T10:00:00Z`);
      expect(await attempts(shop)).toEqual([tries]);
    }
    expect(await openExceptions({ database }, shop.code, 10)).toMatchObject({
      total: 1,
      exceptions: [{ orderNumber: 'N-555', code: 'UNREADABLE_ROW', attempts: 5, waitsForPerson: true }],
    });
    // Set right in the shop, it comes as news.
    const right = shop.order('555', { ...PURCHASE, changedAt: '2026-03-08 10:00:00' });
    expect(await importFrom(database, shop.shop, { orders: [right] })).toMatchObject({ ordersPlaced: 1, exceptionsOpen: 0 });
  }, 60_000);

  test.each([
    { refused: 'by the catalogue', story: { lines: [{ sku: 'MYSTERY' }] }, because: 'planning finds it before anything is placed' },
    { refused: 'by what is renewed', story: { lines: [{ sku: 'LABELS-RENEWAL' }] }, because: 'its neighbours are laid out already' },
    { refused: 'by the database', story: { ...PURCHASE, baseToOrderRate: '1e30' }, because: 'it is looked for by halves' },
  ])('that is refused $refused costs its page a few statements more, and not one for each neighbour: $because', async ({ story }) => {
    const costOf = async (told: OrderStory) => {
      const shop = await freshShop(database);
      const pages = pagesOf(shop, PAGE, '42', told);
      database.statements.length = 0;
      expect(await importFrom(database, shop.shop, { orderPages: pages })).toMatchObject({ failure: null });
      return database.statements.length;
    };
    const usual = await costOf(PURCHASE);
    expect(usual).toBeLessThan(50);
    expect(await costOf(story)).toBeLessThan(usual * 2 * Math.ceil(Math.log2(PAGE)));
  });
});

describe('an order of a hundred others', () => {
  test('costs no statement of its own', async () => {
    const costs = [];
    for (const count of [1, 10]) {
      const shop = await freshShop(database);
      const [page] = pagesOf(shop, PAGE, '', PURCHASE);
      database.statements.length = 0;
      await importFrom(database, shop.shop, { orders: page?.rows.slice(0, count * 10) ?? [] });
      costs.push(database.statements.length);
    }
    expect(costs[1]).toBe(costs[0]);
  });
});
