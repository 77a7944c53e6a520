import { afterEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type GuardedClient, guardedClient } from '../../../integrations/guarded-client.js';
import { type PrestaShopConnection, prestashopConnector } from '../../../integrations/prestashop/connector.js';
import { type OrderSpec, prestashopOrder } from '../../../integrations/prestashop/order-builder.js';
import { type PrestaShopSandbox, type SandboxOptions, startPrestaShopSandbox } from '../../../integrations/prestashop/sandbox.js';
import type { NativeRow } from '../../../integrations/prestashop/sandbox-resources.js';
import { addOrders, emptyPrestaShop } from '../../../integrations/prestashop/shop-builder.js';
import type { Fault } from '../../../integrations/sandbox/fault-switch.js';
import { type PaymentState, type ReadingPage, type StoreFailureCode, StoreReadingFailed } from '../../../integrations/store-platform.js';

const key = 'K'.repeat(32);
const timeZone = 'Europe/Paris';
const resources =
  'orders order_details order_states order_histories order_cart_rules order_slip customers currencies products combinations'.split(' ');
const rightsBut = (...missing: string[]) =>
  Object.fromEntries(resources.filter((resource) => !missing.includes(resource)).map((resource) => [resource, ['GET'] as const]));

let shop: PrestaShopSandbox | null = null;
afterEach(async () => {
  await shop?.close();
  shop = null;
});

const spec = (id: number, more: Partial<OrderSpec> = {}): OrderSpec => ({
  id,
  timeZone,
  placedAt: '2026-03-01T10:00:00Z',
  paidAt: '2026-03-01T10:00:30Z',
  customer: { id: 7, email: 'ana@shop.example', firstname: 'Ana', lastname: 'Lima' },
  lines: [{ sku: 'ADDON', name: 'Add-on', quantity: 1, price: '100' }],
  ...more,
});

async function openShop(specs: readonly OrderSpec[], options: Partial<SandboxOptions> = {}): Promise<PrestaShopSandbox> {
  const data = emptyPrestaShop('Add-ons');
  addOrders(data, specs.map(prestashopOrder));
  shop = await startPrestaShopSandbox({ data, keys: { [key]: { rights: rightsBut() } }, timeZone, version: '8.2.1', ...options });
  return shop;
}

/** A guarded client that counts, to show that a page costs the same whatever its size. */
function counted(url: string, totalTimeoutMs = 5_000): GuardedClient & { asked: string[] } {
  const client = guardedClient({ allowedHosts: [new URL(url).host], totalTimeoutMs, maxBytes: 3_000_000 });
  const asked: string[] = [];
  return {
    asked,
    get(target, headers) {
      asked.push(target.pathname.replace('/api/', ''));
      return client.get(target, headers);
    },
  };
}

const connector = (opened: PrestaShopSandbox, more: Partial<PrestaShopConnection> = {}) =>
  prestashopConnector({ baseUrl: `${opened.url}/`, key, timeZone, client: counted(opened.url), ...more });

async function all<T>(pages: AsyncIterable<ReadingPage<T>>) {
  const read = await Array.fromAsync(pages);
  return {
    rows: read.flatMap((page) => page.rows),
    unreadable: read.flatMap((page) => page.unreadable),
    cursor: read.at(-1)?.cursor ?? null,
  };
}

const failureOf = (pages: AsyncIterable<unknown>) =>
  Array.fromAsync(pages).then(
    () => null,
    (error: unknown) => (error instanceof StoreReadingFailed ? error : Promise.reject(error)),
  );

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

describe('payment', () => {
  const paymentTable: [Partial<OrderSpec>, PaymentState, string | null, string][] = [
    [{ paidAt: undefined }, 'UNPAID', null, 'no money yet'],
    [{}, 'PAID', '2026-03-01T10:00:30Z', 'its history says when'],
    [{ cancelledAt: '2026-03-02T08:00:00Z', paidAt: undefined }, 'UNPAID', null, 'cancelled before any money came'],
    [{ cancelledAt: '2026-03-02T08:00:00Z' }, 'REVERSED', '2026-03-01T10:00:30Z', 'it had been paid and is not any more'],
    [{ refundedAt: '2026-03-02T08:00:00Z' }, 'REVERSED', '2026-03-01T10:00:30Z', 'handed back in full'],
  ];
  test.each(paymentTable)('%j is %s at %s because %s', async (more, payment, paidAt) => {
    const opened = await openShop([spec(1, more)]);
    const { rows } = await all(connector(opened).readOrders(null));
    expect(rows).toMatchObject([{ payment, paidAt, unknown: [] }]);
  });
});

describe('vouchers', () => {
  const lines = [
    { sku: 'A', name: 'A', quantity: 3, price: '33.33', taxRate: 20 },
    { sku: 'B', name: 'B', quantity: 1, price: '10', taxRate: 0 },
  ];

  test('are spread exactly, and no tax is taken from a line that has none', async () => {
    const opened = await openShop([spec(1, { lines, voucher: { code: 'TEN', net: '10.999', gross: '12.816818' } })]);
    const { rows } = await all(connector(opened).readOrders(null));
    const [a, b] = rows[0]?.lines ?? [];
    expect([a?.paidNet, b?.paidNet]).toEqual(['89.991', '9.00']);
    expect([a?.paidTax, b?.paidTax]).toEqual(['18.180182', '0.00']);
  });

  test.each([
    [true, '99.99', 'the shipping was given, not the goods'],
    [false, '94.99', 'the goods were made cheaper'],
  ])('with free shipping %p leave %s because %s', async (freesShipping, paidNet) => {
    const voucher = { code: 'SHIP', net: '5', gross: '6', freesShipping };
    const line = { sku: 'A', name: 'A', quantity: 3, price: '33.33' };
    const opened = await openShop([spec(1, { lines: [line], voucher, shipping: { net: '5', gross: '6' } })]);
    const { rows } = await all(connector(opened).readOrders(null));
    expect(rows[0]?.lines[0]?.paidNet).toBe(paidNet);
    expect(rows[0]?.unknown).toEqual([]);
  });

  test('that outweigh the goods leave them free, never below', async () => {
    const opened = await openShop([spec(1, { voucher: { code: 'ALL', net: '120', gross: '144' }, shipping: { net: '20', gross: '24' } })]);
    const { rows } = await all(connector(opened).readOrders(null));
    expect(rows[0]?.lines).toMatchObject([{ paidNet: '0.00', paidTax: '0.00', unitListPrice: '100.00' }]);
  });
});

describe('rows that cannot be understood', () => {
  const brokenTable: [string, NativeRow, NativeRow, string][] = [
    ['orders', { id: 2 }, { valid: 'yes' }, 'a flag is 0 or 1'],
    ['orders', { id: 2 }, { date_add: '0000-00-00 00:00:00' }, 'every order was placed at some time'],
    ['orders', { id: 2 }, { id_currency: 99 }, 'its currency is not there'],
    ['orders', { id: 2 }, { id_customer: 99 }, 'its customer is not there'],
    ['order_details', { id_order: 2 }, { total_price_tax_excl: '1e3' }, 'an amount is a plain decimal'],
    ['order_details', { id_order: 2 }, { id_order: 99 }, 'an order has lines'],
    ['order_histories', { id_order: 2 }, { date_add: 'yesterday' }, 'a stamp has one form'],
  ];
  test.each(brokenTable)('%s %j with %j is set aside because %s, and its neighbours are read', async (resource, where, change) => {
    const opened = await openShop([spec(1), spec(2), spec(3)]);
    const [[field, value] = ['', 0]] = Object.entries(where);
    for (const row of opened.data[resource] ?? []) if (row[field] === value) Object.assign(row, change);
    const { rows, unreadable } = await all(connector(opened).readOrders(null));
    expect(rows.map((order) => order.orderId)).toEqual(['1', '3']);
    expect(unreadable).toMatchObject([{ id: '2', original: { id: 2 } }]);
  });

  test('say what is wrong without any value', async () => {
    const opened = await openShop([spec(1, { customer: { id: 7, email: 'not-an-address', firstname: 'Ana', lastname: 'Lima' } })]);
    const { unreadable } = await all(connector(opened).readOrders(null));
    expect(unreadable[0]?.message).toMatch(/^customers: email: /);
    expect(unreadable[0]?.message).not.toContain('not-an-address');
  });
});

describe('rights', () => {
  const without = (...missing: string[]) => ({ keys: { [key]: { rights: rightsBut(...missing) } } });

  test.each(['orders', 'order_details', 'order_states', 'currencies', 'customers'])(
    '%s is needed, and the failure names it',
    async (resource) => {
      const opened = await openShop([spec(1)], without(resource));
      const failure = await failureOf(connector(opened).readOrders(null));
      expect(failure).toMatchObject({ code: 'RIGHT_MISSING', message: expect.stringMatching(`grant GET on ${resource}$`) });
    },
  );

  test('without order_histories the invoice dates the payment, and the order says so; it is asked for once', async () => {
    const opened = await openShop([spec(1), spec(2, { paidAt: undefined }), spec(3)], without('order_histories'));
    const client = counted(opened.url);
    const { rows } = await all(connector(opened, { client, pageSize: 1 }).readOrders(null));
    const byId = new Map(rows.map((order) => [order.orderId, order]));
    expect(byId.get('1')).toMatchObject({ payment: 'PAID', paidAt: '2026-03-01T10:00:30Z', unknown: [{ fact: 'paidAt' }] });
    expect(byId.get('2')).toMatchObject({ payment: 'UNPAID', paidAt: null, unknown: [{ fact: 'payment' }] });
    expect(client.asked.filter((resource) => resource === 'order_histories')).toHaveLength(1);
  });

  test('without order_cart_rules a voucher on an order with shipping is in doubt', async () => {
    const voucher = { code: 'SHIP', net: '5', gross: '6', freesShipping: true };
    const opened = await openShop([spec(1, { voucher, shipping: { net: '5', gross: '6' } }), spec(2)], without('order_cart_rules'));
    const { rows } = await all(connector(opened).readOrders(null));
    const unknown = new Map(rows.map((order) => [order.orderId, order.unknown]));
    expect(unknown.get('1')).toMatchObject([{ fact: 'lines.paidNet', because: expect.stringContaining('order_cart_rules') }]);
    expect(unknown.get('2')).toEqual([]);
  });

  test('the version is told even to a key that may read nothing here', async () => {
    const opened = await openShop([], { keys: { [key]: { rights: { taxes: ['GET'] } } } });
    expect(await connector(opened).readVersion()).toMatchObject({ version: '8.2.1', exact: true });
  });

  const refusalTable: [Partial<SandboxOptions>, StoreFailureCode, string][] = [
    [{ webserviceOn: false }, 'WEBSERVICE_OFF', 'it is switched off by default'],
    [{ keys: {} }, 'CREDENTIALS_REFUSED', 'nobody has this key'],
    [{ keys: { [key]: { rights: {} } } }, 'RIGHT_MISSING', 'the key may do nothing'],
  ];
  test.each(refusalTable)('with %j the version fails as %s because %s', async (options, code) => {
    const opened = await openShop([], options);
    await expect(connector(opened).readVersion()).rejects.toMatchObject({ code });
  });
});

describe('other PrestaShops', () => {
  test('older PHP sends every number as a string, and the reading is the same', async () => {
    const specs = [spec(1), spec(2, { slip: { refundedAt: '2026-04-01T09:00:00Z', quantities: [1] } })];
    const read = async (phpBefore81: boolean) => {
      const opened = await openShop(specs, { phpBefore81, version: '1.7.8.11' });
      const reading = [await all(connector(opened).readOrders(null)), await all(connector(opened).readRefunds(null))];
      await opened.close();
      shop = null;
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
    const catalogue = async (options: Partial<SandboxOptions>) => {
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
      const { rows } = await all(connector(opened, { pageSize: 2 }).readProducts());
      await opened.close();
      shop = null;
      return rows.map((product) => [product.productId, product.sku, product.name, product.price]);
    };
    const plain = [1, 2, 3].map((id) => [String(id), `P${id}`, `Product ${id}`, '199.00']);
    const withCombination = [...plain.slice(0, 2), ['2-5', 'P2-MS', 'Product 2', '249.00'], ...plain.slice(2)];
    expect(await catalogue({})).toEqual(withCombination);
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

describe('a shop that misbehaves', () => {
  const faultTable: [Fault, string, string][] = [
    [{ kind: 'TOO_MANY_REQUESTS', retryAfterSeconds: 60 }, 'RATE_LIMITED', 'it asks for a pause'],
    [{ kind: 'SERVER_ERROR' }, 'UNAVAILABLE', 'PHP crashed and said nothing'],
    [{ kind: 'MAINTENANCE' }, 'UNAVAILABLE', 'it will be back'],
    [{ kind: 'HTML' }, 'UNEXPECTED_REPLY', 'a page is not data'],
    [{ kind: 'HANG' }, 'TIMED_OUT', 'no answer came'],
    [{ kind: 'DRIP', everyMs: 20 }, 'TIMED_OUT', 'an answer that never ends is none'],
    [{ kind: 'TRUNCATED' }, 'UNREACHABLE', 'the connection was cut'],
    [{ kind: 'OVERSIZED', megabytes: 8 }, 'TOO_LARGE', 'nobody has so many orders on a page'],
    [{ kind: 'OVERSIZED', megabytes: 8, gzip: true }, 'TOO_LARGE', 'small on the wire is still large'],
  ];
  test.each(faultTable)('%j is %s because %s', async (fault, code) => {
    const opened = await openShop([spec(1)]);
    opened.faults.set({ ...fault, pathContains: '/api/order_details' });
    const client = counted(opened.url, 400);
    const failure = await failureOf(connector(opened, { client }).readOrders(null));
    expect(failure).toMatchObject({ code, details: { host: new URL(opened.url).host } });
    expect(failure?.details.retryAfterSeconds).toBe(fault.kind === 'TOO_MANY_REQUESTS' ? 60 : undefined);
    expect(JSON.stringify({ ...failure, message: failure?.message })).not.toMatch(new RegExp(`${key}|Basic`));
  });

  test('the next reading goes on from the last whole page', async () => {
    const opened = await openShop(Array.from({ length: 4 }, (_, index) => spec(index + 1, { paidAt: `2026-03-0${index + 1}T10:00:00Z` })));
    opened.faults.set({ kind: 'SERVER_ERROR', pathContains: 'filter[id_order]=[3]' });
    const pages: ReadingPage<{ orderId: string }>[] = [];
    const broken = async () => {
      for await (const page of connector(opened, { pageSize: 1 }).readOrders(null)) pages.push(page);
    };
    await expect(broken()).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    expect(pages).toHaveLength(2);
    opened.faults.set(null);
    const rest = await all(connector(opened, { overlapSeconds: 0 }).readOrders(pages.at(-1)?.cursor ?? null));
    expect(rest.rows.map((order) => order.orderId)).toEqual(['2', '3', '4']);
  });
});
