import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type ShopOrder, StoreReadingFailed } from '../../integrations/store-platform.js';
import { ImportException, type ImportExceptionRow } from '../../src/persistence/import-exception.js';
import { withVendorSession } from '../../src/persistence/session.js';
import type { StoreRow } from '../../src/persistence/store.js';
import { saveSkuMeaning } from '../../src/use-cases/addon.js';
import {
  type ImportExceptionResolution,
  MOST_EXPLAINED,
  resolveImportException,
  shopByCode,
} from '../../src/use-cases/import-exception.js';
import { outcomeOf } from '../../src/use-cases/outcome.js';
import { testDatabase } from '../support/database.js';
import { importFrom, shortRows } from '../support/imported-rows.js';
import { type OrderStory, pageOf, shopOrder, shopRefund } from '../support/shop-orders.js';
import { asVendor, instant, publishPolicies, sell, vendorShop } from '../support/vendor.js';

const NOW = instant('2026-03-20T10:00:00Z');

let database: Awaited<ReturnType<typeof testDatabase>>;
let shops = 0;
beforeAll(async () => {
  database = await testDatabase();
  await publishPolicies(database);
  await sell(database, { sku: 'FILTER', renewalSku: 'FILTER-RENEWAL' });
});
afterAll(() => database.close());

async function freshShop(): Promise<{ shop: StoreRow; code: string; email: string; order: (id: string, story: OrderStory) => ShopOrder }> {
  shops += 1;
  const code = `shop-${shops}`;
  const email = `buyer@${code}.example`;
  return { shop: await vendorShop(database, code), code, email, order: (id, story) => shopOrder(id, { email, ...story }) };
}

const exceptionsOf = (shop: StoreRow): Promise<ImportExceptionRow[]> =>
  withVendorSession(database, ({ em }) => em.find(ImportException, { shop: shop.id }, { orderBy: { orderId: 'asc', orderLine: 'asc' } }));
const resolve = (id: string | undefined, resolution: ImportExceptionResolution, at = NOW) =>
  withVendorSession(database, (session) => outcomeOf(() => resolveImportException(session, id ?? '', resolution, at)));
const mysterious = (sku: string): OrderStory => ({ lines: [{ sku: 'FILTER' }, { sku }] });
/** More than are tried while somebody waits. */
const MANY = MOST_EXPLAINED + 30;
const IGNORED = { kind: 'IGNORED', addonSku: null, periods: null, minutes: null } as const;

describe('tries', () => {
  test('an order is tried once a run, and after five left to a person', async () => {
    const { shop, code, order } = await freshShop();
    const counted: number[] = [];
    for (let days = 0; days <= 6; days += 1) {
      // The same page tells the order three times over: that is still one try.
      const orders =
        days === 0 ? [1, 2, 3].map((second) => order('1', { ...mysterious(code), changedAt: `2026-02-01 10:00:0${second}` })) : [];
      await importFrom(database, shop, { orders }, `2026-03-1${days}T10:00:00Z`);
      counted.push((await exceptionsOf(shop))[0]?.attempts ?? 0);
    }
    expect(counted).toEqual([1, 2, 3, 4, 5, 5, 5]);
    expect((await exceptionsOf(shop))[0]).toMatchObject({ resolvedAt: null, code: 'UNKNOWN_SKU' });
  });

  test('a person’s try counts too, and a change in the shop is tried whatever the count', async () => {
    const { shop, code, order } = await freshShop();
    await importFrom(database, shop, { orders: [order('1', mysterious(code))] });
    const [exception] = await exceptionsOf(shop);
    for (let tries = 2; tries <= 6; tries += 1) {
      const { value } = await resolve(exception?.id, { action: 'RETRY' }, NOW.add({ hours: tries }));
      expect(value).toMatchObject({ attempts: tries, resolvedAt: null });
    }
    await importFrom(
      database,
      shop,
      { orders: [order('1', { lines: [{ sku: 'FILTER' }], changedAt: '2026-03-01 10:00:00' })] },
      '2026-04-01T10:00:00Z',
    );
    expect(await exceptionsOf(shop)).toEqual([expect.objectContaining({ resolution: 'The order was placed.' })]);
  });

  test.each([
    ['orders', { orderPages: [new StoreReadingFailed('UNAVAILABLE', 'It is being maintained.')] }, 1, 'nothing was read'],
    ['refunds', { refundPages: [new StoreReadingFailed('UNAVAILABLE', 'It is being maintained.')] }, 3, 'its orders were'],
  ])('in runs that a shop fails, of %s, count where it told anything', async (_what, failing, attempts, _because) => {
    const { shop, code, order } = await freshShop();
    await importFrom(database, shop, { orders: [order('1', mysterious(code))] }, '2026-03-10T10:00:00Z');
    for (const day of [11, 12]) await importFrom(database, shop, failing, `2026-03-${day}T10:00:00Z`);
    expect(await exceptionsOf(shop)).toEqual([expect.objectContaining({ attempts, resolvedAt: null })]);
  });

  test('are counted anew once the SKU is explained, and the next run places what waits for it', async () => {
    const { shop, code, order } = await freshShop();
    await importFrom(database, shop, { orders: [order('1', mysterious(code)), order('2', mysterious(`${code}-other`))] });
    await asVendor(database, (em) => em.nativeUpdate(ImportException, { shop: shop.id }, { attempts: 9 }));
    await asVendor(database, (em) => saveSkuMeaning(em, { sku: code, ...IGNORED }));
    expect((await exceptionsOf(shop)).map(({ orderId, attempts }) => [orderId, attempts])).toEqual([
      ['1', 1],
      ['2', 9],
    ]);
    await importFrom(database, shop, {}, '2026-03-21T10:00:00Z');
    expect((await exceptionsOf(shop)).map(({ resolution }) => resolution)).toEqual(['The order was placed.', null]);
  });

  test('what was settled and is there again opens anew', async () => {
    const { shop, order } = await freshShop();
    const states = ['1.5', '1', '2.5'].map((quantity, index) =>
      order('1', { lines: [{ sku: 'FILTER', quantity }], changedAt: `2026-02-0${index + 1} 10:00:00` }),
    );
    const seen: unknown[] = [];
    for (const [index, state] of states.entries()) {
      await importFrom(database, shop, { orders: [state] }, `2026-03-1${index}T10:00:00Z`);
      seen.push(
        (await exceptionsOf(shop)).map(({ resolvedAt, message, attempts }) => [resolvedAt === null, message.slice(0, 3), attempts]),
      );
    }
    expect(seen).toEqual([[[true, '1.5', 1]], [[false, '1.5', 1]], [[true, '2.5', 1]]]);
  });
});

describe('EXPLAIN_SKU', () => {
  test('places every order that waits for the SKU, in every shop', async () => {
    const one = await freshShop();
    const two = await freshShop();
    await importFrom(database, one.shop, { orders: [one.order('1', mysterious('BOX')), one.order('2', mysterious('BOX'))] });
    await importFrom(database, two.shop, { orders: [two.order('1', mysterious('BOX'))] });
    const [exception] = await exceptionsOf(one.shop);
    const { value } = await resolve(exception?.id, { action: 'EXPLAIN_SKU', meaning: IGNORED });
    expect(value).toMatchObject({ resolution: 'The order was placed.', dismissed: false });
    for (const { shop, code, length } of [
      { ...one, length: 2 },
      { ...two, length: 1 },
    ]) {
      expect(await shortRows(database, code)).toMatchObject({ purchases: { length }, exceptions: [] });
      expect((await exceptionsOf(shop)).every((row) => row.resolvedAt !== null)).toBe(true);
    }
  });

  test('places them by the hundred, and leaves what is too much for one answer to the next run', async () => {
    const { shop, code, order } = await freshShop();
    await importFrom(database, shop, { orders: Array.from({ length: MANY }, (_, index) => order(`${index}`, { lines: [{ sku: code }] })) });
    const waiting = async () => (await exceptionsOf(shop)).filter(({ resolvedAt }) => resolvedAt === null).length;
    expect(await waiting()).toBe(MANY);
    const asked = (await exceptionsOf(shop)).at(-1);
    database.statements.length = 0;
    const { value } = await resolve(asked?.id, { action: 'EXPLAIN_SKU', meaning: IGNORED });
    expect(value).toMatchObject({ resolution: 'The order was placed.' });
    expect(database.statements.filter((sql) => /^begin/i.test(sql)).length).toBeLessThanOrEqual(MOST_EXPLAINED / 100 + 1);
    expect(await waiting()).toBe(MANY - MOST_EXPLAINED);
    await importFrom(database, shop, {}, '2026-03-21T10:00:00Z');
    expect(await waiting()).toBe(0);
  });

  test('of one of two unknown SKUs settles the one, and the order waits for the other', async () => {
    const { shop, code, order } = await freshShop();
    await importFrom(database, shop, { orders: [order('1', { lines: [{ sku: `${code}-A` }, { sku: `${code}-B` }] })] });
    const [first] = await exceptionsOf(shop);
    const { value } = await resolve(first?.id, { action: 'EXPLAIN_SKU', meaning: IGNORED });
    expect(value).toMatchObject({ orderLine: '1-1', resolution: 'This is no longer in the way.' });
    expect((await shortRows(database, code)).exceptions).toEqual(['1-2 UNKNOWN_SKU']);
  });

  test('with a meaning that is none is refused, and nothing is written', async () => {
    const { shop, code, order } = await freshShop();
    await importFrom(database, shop, { orders: [order('1', mysterious(code))] });
    const [exception] = await exceptionsOf(shop);
    const { userErrors } = await resolve(exception?.id, { action: 'EXPLAIN_SKU', meaning: { ...IGNORED, minutes: 5 } });
    expect(userErrors).toEqual([expect.objectContaining({ code: 'INVALID', path: ['input', 'minutes'] })]);
    expect(await exceptionsOf(shop)).toEqual([exception]);
  });

  test('is for unknown SKUs', async () => {
    const { shop, order } = await freshShop();
    await importFrom(database, shop, { orders: [order('1', { lines: [{ sku: 'FILTER-RENEWAL' }] })] });
    const [exception] = await exceptionsOf(shop);
    const { userErrors } = await resolve(exception?.id, { action: 'EXPLAIN_SKU', meaning: IGNORED });
    expect(userErrors).toEqual([expect.objectContaining({ code: 'INVALID', path: ['input', 'action'] })]);
  });
});

describe('DISMISS', () => {
  const note = 'A test order of ours.';

  test('leaves the order out for good, with everything that was in its way', async () => {
    const { shop, code, order } = await freshShop();
    await importFrom(database, shop, { orders: [order('1', { lines: [{ sku: 'FILTER' }, { sku: `${code}-A` }, { sku: `${code}-B` }] })] });
    const [exception] = await exceptionsOf(shop);
    expect((await resolve(exception?.id, { action: 'DISMISS', note: ` ${note} ` })).value).toMatchObject({
      resolution: note,
      dismissed: true,
    });
    for (const [index, sku] of [`${code}-A`, 'FILTER'].entries()) {
      await importFrom(
        database,
        shop,
        { orders: [order('1', { lines: [{ sku }], changedAt: `2026-03-0${index + 1} 10:00:00` })] },
        '2026-03-21T10:00:00Z',
      );
    }
    expect(await shortRows(database, code)).toEqual({ purchases: [], terms: [], prepaidTime: [], exceptions: [] });
    expect((await exceptionsOf(shop)).map((row) => row.resolution)).toEqual([note, note]);
  });

  test('of a later trouble leaves what was placed before, and refunds still reach it', async () => {
    const { shop, code, email, order } = await freshShop();
    await importFrom(database, shop, { orders: [order('1', { lines: [{ sku: 'FILTER' }] })] });
    await importFrom(database, shop, { orders: [order('1', { ...mysterious(code), changedAt: '2026-03-01 10:00:00' })] });
    const [exception] = await exceptionsOf(shop);
    await resolve(exception?.id, { action: 'DISMISS', note });
    await importFrom(database, shop, { refunds: [shopRefund('r', { orderId: '1', lines: [[1, '1']] })] });
    expect((await shortRows(database, code)).purchases).toEqual([`1-1/1 ${email} FILTER 12000 REFUNDED 2026-02-20`]);
  });

  test('of a refund without lines settles the refund, and the order goes on', async () => {
    const { shop, code, order } = await freshShop();
    const refunds = [shopRefund('m', { orderId: '1', lines: [] })];
    await importFrom(database, shop, { orders: [order('1', mysterious(code))], refunds });
    const [unknown, money] = await exceptionsOf(shop);
    expect((await resolve(money?.id, { action: 'DISMISS', note })).value).toMatchObject({ code: 'REFUND_WITHOUT_LINES', dismissed: true });
    await resolve(unknown?.id, { action: 'EXPLAIN_SKU', meaning: IGNORED });
    expect(await shortRows(database, code)).toMatchObject({ purchases: { length: 1 }, exceptions: [] });
  });

  test('says why', async () => {
    const { shop, code, order } = await freshShop();
    await importFrom(database, shop, { orders: [order('1', mysterious(code))] });
    const [exception] = await exceptionsOf(shop);
    const { userErrors } = await resolve(exception?.id, { action: 'DISMISS', note: '  ' });
    expect(userErrors).toEqual([expect.objectContaining({ code: 'REQUIRED', path: ['input', 'note'] })]);
    expect(await exceptionsOf(shop)).toEqual([exception]);
  });
});

describe('RETRY', () => {
  test('places a renewal whose purchase came in between', async () => {
    const { shop, code, order } = await freshShop();
    const other = await vendorShop(database, `${code}-b`);
    await importFrom(database, shop, { orders: [order('2', { paidAt: '2026-02-10T10:00:00Z', lines: [{ sku: 'FILTER-RENEWAL' }] })] });
    await importFrom(database, other, { orders: [order('1', { lines: [{ sku: 'FILTER' }] })] });
    const [exception] = await exceptionsOf(shop);
    expect((await resolve(exception?.id, { action: 'RETRY' })).value).toMatchObject({ resolution: 'The order was placed.' });
    expect((await shortRows(database, code)).terms).toEqual(['2-1/1 RENEWAL of 1-1/1 2026-05-01 2026-07-31']);
  });

  test.each([
    ['a refund without lines', { refunds: [shopRefund('m', { orderId: '1', lines: [] })] }, 'there is no order in the way'],
    [
      'a row that could not be read',
      { orderPages: [pageOf<ShopOrder>([], [{ id: '1', message: 'no total', original: {} }])] },
      'there is nothing to place',
    ],
  ])('of %s is refused', async (_what, story, _because) => {
    const { shop } = await freshShop();
    await importFrom(database, shop, story);
    const [exception] = await exceptionsOf(shop);
    expect((await resolve(exception?.id, { action: 'RETRY' })).userErrors).toEqual([
      expect.objectContaining({ code: 'NOT_AVAILABLE', path: ['input', 'action'] }),
    ]);
    expect(await exceptionsOf(shop)).toEqual([exception]);
  });
});

test('what is resolved, or is not there, is not resolved again', async () => {
  const { shop, code, order } = await freshShop();
  await importFrom(database, shop, { orders: [order('1', mysterious(code))] });
  const [exception] = await exceptionsOf(shop);
  await resolve(exception?.id, { action: 'DISMISS', note: 'once' });
  expect((await resolve(exception?.id, { action: 'RETRY' })).userErrors).toEqual([
    expect.objectContaining({ code: 'CONFLICT', path: ['input', 'id'] }),
  ]);
  const nothing = await resolve('00000000-0000-0000-0000-000000000000', { action: 'RETRY' });
  expect(nothing.userErrors).toEqual([expect.objectContaining({ code: 'NOT_FOUND', path: ['input', 'id'] })]);
});

test('a shop is found by its code, a customer’s store is not', async () => {
  const { shop, code } = await freshShop();
  await withVendorSession(database, async (session) => {
    expect(await shopByCode(session, code)).toMatchObject({ id: shop.id });
    expect(await shopByCode(session, 'nowhere')).toBeNull();
  });
});
