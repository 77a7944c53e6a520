import { afterEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { GuardedClient } from '../../../integrations/guarded-client.js';
import { prestashopOrder } from '../../../integrations/prestashop/order-builder.js';
import type { SandboxOptions } from '../../../integrations/prestashop/sandbox.js';
import { addOrders } from '../../../integrations/prestashop/shop-builder.js';
import { all, closeShops, connector, counted, failureOf, key, openShop, rightsBut, spec } from './open-shop.js';

afterEach(closeShops);

describe('paging', () => {
  test.each([
    [1, 'every page is one row'],
    [2, 'pages end inside a second'],
    [3, 'a second fills a page exactly'],
    [7, 'a second is smaller than a page'],
    [50, 'one page holds all'],
  ])('pages of %i give each order once, in order, because %s', async (pageSize) => {
    const stamps = [
      '10:00:00',
      '10:00:01',
      '10:00:01',
      '10:00:01',
      '10:00:01',
      '10:00:01',
      '10:00:01',
      '10:00:02',
      '10:00:02',
      '10:00:03',
      '10:00:09',
    ];
    const opened = await openShop(stamps.map((time, index) => spec(index + 1, { placedAt: `2026-03-01T${time}Z`, paidAt: undefined })));
    const { rows, unreadable } = await all(connector(opened, { pageSize }).readOrders(null));
    expect(rows.map((order) => order.orderId)).toEqual(stamps.map((_, index) => String(index + 1)));
    expect(unreadable).toEqual([]);
  });

  test('whatever seconds the changes fall into, and whatever the page, each order comes once and in order', async () => {
    const opened = await openShop([]);
    const seconds = fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 20 });
    await fc.assert(
      fc.asyncProperty(seconds, fc.integer({ min: 1, max: 6 }), async (offsets, pageSize) => {
        for (const rows of [opened.data.orders, opened.data.order_details, opened.data.order_histories]) rows?.splice(0);
        const specs = offsets.map((second, index) => spec(index + 1, { placedAt: `2026-03-01T10:00:0${second}Z`, paidAt: undefined }));
        addOrders(opened.data, specs.map(prestashopOrder));
        const { rows } = await all(connector(opened, { pageSize }).readOrders(null));
        const expected = specs.toSorted((one, other) => one.placedAt.localeCompare(other.placedAt) || one.id - other.id);
        expect(rows.map((order) => order.orderId)).toEqual(expected.map((one) => String(one.id)));
      }),
      { numRuns: 25 },
    );
  });

  test('a page costs five questions whatever its size, and the reading two', async () => {
    const opened = await openShop(Array.from({ length: 40 }, (_, index) => spec(index + 1)));
    for (const pageSize of [10, 50]) {
      const client = counted(opened.url);
      const pages = await Array.fromAsync(connector(opened, { client, pageSize }).readOrders(null));
      const related = client.asked.filter((resource) => !['orders', 'order_states', 'currencies'].includes(resource));
      expect(related).toHaveLength(4 * pages.length);
      expect(client.asked.filter((resource) => ['order_states', 'currencies'].includes(resource))).toHaveLength(2);
    }
  });

  test('an order that changes while it is read comes again, later, and none is lost', async () => {
    const opened = await openShop(Array.from({ length: 6 }, (_, index) => spec(index + 1, { paidAt: `2026-03-01T10:0${index}:00Z` })));
    const seen: string[] = [];
    for await (const page of connector(opened, { pageSize: 2 }).readOrders(null)) {
      seen.push(...page.rows.map((order) => order.orderId));
      const first = opened.data.orders?.find((order) => order.id === 1);
      if (first) first.date_upd = '2026-03-01 12:00:00';
    }
    expect(seen).toEqual(['1', '2', '3', '4', '5', '6', '1']);
  });

  test('the cursor never goes back into the overlap', async () => {
    const opened = await openShop([spec(1), spec(2, { paidAt: '2026-03-01T10:05:00Z' })]);
    const since = { changedAt: '2026-03-01 11:10:00', id: '9' };
    const pages = await Array.fromAsync(connector(opened, { pageSize: 1 }).readOrders(since));
    expect(pages.map((page) => page.rows.map((order) => order.orderId))).toEqual([['1'], ['2']]);
    expect(pages.map((page) => page.cursor)).toEqual([since, since]);
  });

  test('a list that cannot be read on is a failure, not an endless reading', async () => {
    const opened = await openShop([spec(1), spec(2)]);
    for (const order of opened.data.orders ?? []) order.date_upd = 'soon';
    expect(await failureOf(connector(opened, { pageSize: 2 }).readOrders(null))).toMatchObject({ code: 'UNEXPECTED_REPLY' });
  });

  test.each([0, 51, 2.5])('a page size of %p is refused', async (pageSize) => {
    const opened = await openShop([]);
    expect(() => connector(opened, { pageSize })).toThrow(/must be/);
  });

  test('a zone that does not exist is refused', async () => {
    const opened = await openShop([]);
    expect(() => connector(opened, { timeZone: 'Europe/Atlantis' })).toThrow(/must be/);
  });
});

describe('the hour that occurs twice', () => {
  test('a change stamped behind the cursor is still found', async () => {
    const opened = await openShop([spec(1, { placedAt: '2026-10-25T00:55:00Z', paidAt: '2026-10-25T00:55:00Z' })]);
    const first = await all(connector(opened).readOrders(null));
    expect(first.cursor).toEqual({ changedAt: '2026-10-25 02:55:00', id: '1' });
    // Ten minutes later the shop's clock shows 02:05 again.
    addOrders(opened.data, [prestashopOrder(spec(2, { placedAt: '2026-10-25T01:05:00Z', paidAt: '2026-10-25T01:05:00Z' }))]);
    const second = await all(connector(opened).readOrders(first.cursor));
    expect(second.rows.map((order) => order.orderId)).toEqual(['2', '1']);
    expect(second.rows[0]?.changedAt).toBe('2026-10-25 02:05:00');
    expect(second.rows[0]?.unknown.map((unknown) => unknown.fact)).toEqual(['placedAt', 'paidAt', 'updatedAt']);
  });
});

describe('other PrestaShops', () => {
  test('older PHP sends every number as a string, and the reading is the same', async () => {
    const specs = [spec(1), spec(2, { slip: { refundedAt: '2026-04-01T09:00:00Z', quantities: [1] } })];
    const read = async (phpBefore81: boolean) => {
      const opened = await openShop(specs, { phpBefore81, version: '1.7.8.11' });
      const reading = [await all(connector(opened).readOrders(null)), await all(connector(opened).readRefunds(null))];
      return reading;
    };
    expect(await read(true)).toEqual(await read(false));
  });

  test('a four-part version is exact', async () => {
    const opened = await openShop([], { version: '1.7.8.11' });
    expect(await connector(opened).readVersion()).toMatchObject({ version: '1.7.8.11', exact: true });
  });

  test('a version that a proxy took off the answer is unknown, and a page of whatever site is no PrestaShop', async () => {
    const opened = await openShop([spec(1)]);
    const client = counted(opened.url);
    const behindProxy: GuardedClient = {
      ...client,
      async get(url, headers) {
        const { 'psws-version': _, ...rest } = (await client.get(url, headers)).headers;
        return { status: 200, headers: rest, body: '{"orders":[{"id":1}]}' };
      },
    };
    expect(await connector(opened, { client: behindProxy }).readVersion()).toMatchObject({
      version: null,
      exact: false,
      unknown: [{ fact: 'version' }],
    });
    opened.faults.set({ kind: 'HTML' });
    await expect(connector(opened).readVersion()).rejects.toMatchObject({ code: 'UNEXPECTED_REPLY' });
  });

  test('of a multistore, only the shop that was asked for', async () => {
    const opened = await openShop([spec(1), spec(2, { shopId: 2 })], { keys: { [key]: { rights: rightsBut(), shops: [1, 2] } } });
    opened.data.shops?.push({ id: 2, name: 'Second' }, { id: 3, name: 'Third' });
    const idsIn = async (shopId?: string) => (await all(connector(opened, { shopId }).readOrders(null))).rows.map((order) => order.orderId);
    expect(await idsIn()).toEqual(['1']);
    expect(await idsIn('2')).toEqual(['2']);
    expect(await failureOf(connector(opened, { shopId: '3' }).readOrders(null))).toMatchObject({ code: 'RIGHT_MISSING' });
    expect(await failureOf(connector(opened, { shopId: '99' }).readOrders(null))).toMatchObject({ code: 'UNAVAILABLE' });
  });

  test('a catalogue lists combinations under their own reference, unless they are not granted', async () => {
    const catalogue = async (options: Partial<SandboxOptions>, afterId: string | null = null) => {
      const opened = await openShop([], options);
      opened.data.products = [1, 2, 3].map((id) => ({
        id,
        reference: `P${id}`,
        name: [{ id: 1, value: `Product ${id}` }],
        price: '199.000000',
      }));
      opened.data.combinations = [
        { id: 5, id_product: 2, reference: 'P2-MS', price: '50.000000' },
        { id: 6, id_product: 2, reference: '', price: '0.000000' },
      ];
      const rows = (await Array.fromAsync(connector(opened, { pageSize: 2 }).readProducts(afterId))).flatMap((page) => page.rows);
      return rows.map((product) => [product.productId, product.sku, product.name, product.price]);
    };
    const plain = [1, 2, 3].map((id) => [String(id), `P${id}`, `Product ${id}`, '199.00']);
    const withCombination = [...plain.slice(0, 2), ['2-5', 'P2-MS', 'Product 2', '249.00'], ...plain.slice(2)];
    expect(await catalogue({})).toEqual(withCombination);
    expect(await catalogue({}, '1')).toEqual([...plain.slice(1), ['2-5', 'P2-MS', 'Product 2', '249.00']]);
    expect(await catalogue({ keys: { [key]: { rights: rightsBut('combinations') } } })).toEqual(plain);
  });
});

describe('refunds', () => {
  test('a sum that was chosen by hand has no known amount, and a slip may name no line', async () => {
    const opened = await openShop([spec(1, { slip: { refundedAt: '2026-04-01T09:00:00Z', quantities: [1] } })]);
    const slip = opened.data.order_slip?.[0];
    if (slip) Object.assign(slip, { order_slip_type: 2, associations: undefined });
    const { rows } = await all(connector(opened).readRefunds(null));
    expect(rows).toMatchObject([{ orderId: '1', amount: null, lines: [], refundedAt: '2026-04-01T09:00:00Z' }]);
  });
});
