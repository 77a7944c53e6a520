import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { ImportException } from '../../src/persistence/import-exception.js';
import { withVendorSession } from '../../src/persistence/session.js';
import { openExceptions } from '../../src/use-cases/shop-import.js';
import { testDatabase } from '../support/database.js';
import { type FreshShop, freshShop, PURCHASE, stockForImports } from '../support/import-stories.js';
import { importFrom, shortRows } from '../support/imported-rows.js';
import { type OrderStory, pageOf } from '../support/shop-orders.js';
import { sell } from '../support/vendor.js';

let database: Awaited<ReturnType<typeof testDatabase>>;
beforeAll(async () => {
  database = await testDatabase();
  await stockForImports(database);
  await sell(database, { sku: 'CLOCK', supportPolicy: 'prepaid-support', includedMinutes: 90 });
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
    const orders = 32;
    const shop = await freshShop(database);
    database.statements.length = 0;
    const summary = await importFrom(database, shop.shop, { orders: pagesOf(shop, PAGE, '4', story)[0]?.rows.slice(0, orders) ?? [] });
    expect(summary).toMatchObject({ ordersPlaced: orders - 1, exceptionsOpen: 1, failure: null });
    expect(database.statements.length).toBeLessThan(MOST_OF_A_PAGE * 2 * Math.log2(orders));
  });
});

/** Statements of a run over one page without trouble. */
const MOST_OF_A_PAGE = 40;

describe('an order of a hundred others', () => {
  const costOf = async (count: number, story: OrderStory) => {
    const shop = await freshShop(database);
    const orders = Array.from({ length: count }, (_, place) =>
      shop.order(String(place + 1), { ...story, email: `buyer-${place}@${shop.code}.example` }),
    );
    database.statements.length = 0;
    expect(await importFrom(database, shop.shop, { orders })).toMatchObject({ ordersPlaced: count, failure: null });
    return database.statements.length;
  };

  test('costs no statement of its own', async () => {
    const cost = await costOf(50, PURCHASE);
    expect(cost).toBe(await costOf(5, PURCHASE));
    expect(cost).toBeLessThan(MOST_OF_A_PAGE);
  });

  test('costs one for the wallet that it grants minutes to', async () => {
    const story: OrderStory = { lines: [{ sku: 'HOURS-10' }, { sku: 'CLOCK' }] };
    expect((await costOf(40, story)) - (await costOf(10, story))).toBe(30);
  });

  test('meets those of another shop and of the same customers in the other sequence, and both come in', async () => {
    const shops = [await freshShop(database), await freshShop(database)];
    const buyers = Array.from({ length: 30 }, (_, place) => `buyer-${place}@shared.example`);
    const runs = shops.map(({ shop, order }, index) => {
      const orders = buyers.map((email, place) => order(String(place + 1), { ...PURCHASE, email }));
      return importFrom(database, shop, { orderPages: [pageOf(index === 0 ? orders : orders.toReversed()), pageOf(orders)] });
    });
    for (const summary of await Promise.all(runs)) expect(summary).toMatchObject({ ordersPlaced: 30, exceptionsOpen: 0, failure: null });
  });
});
