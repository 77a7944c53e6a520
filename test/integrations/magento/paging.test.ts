import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { GuardedClient } from '../../../integrations/guarded-client.js';
import { magentoConnector } from '../../../integrations/magento/connector.js';
import { magentoOrder } from '../../../integrations/magento/order-document.js';
import { type MagentoSandboxOptions, startMagentoSandbox } from '../../../integrations/magento/sandbox.js';
import type { MagentoShopData } from '../../../integrations/magento/shop-data.js';
import type { MagentoDocument } from '../../../integrations/magento/table-search.js';
import { allPages, allRows, clientFor, connectorFor, failureOf, SECRETS } from './reading.js';

function stampAt(second: number): string {
  return new Date(Date.UTC(2026, 10, 22) + second * 1_000).toISOString().slice(0, 19).replace('T', ' ');
}

function orderAt(id: number, second: number): MagentoDocument {
  return magentoOrder({
    id,
    placedAt: stampAt(0),
    updatedAt: stampAt(second),
    customer: { email: `buyer${id}@shop.example`, firstname: 'Ann', lastname: 'Other' },
    lines: [{ kind: 'virtual', productId: 1, sku: 'SUP-10H', name: 'Support', price: '500', quantity: '1' }],
  }).order;
}

function shopWith(orders: MagentoDocument[]): MagentoShopData {
  const storeViews = [{ id: 1, code: 'default' }];
  return { orders, invoices: [], creditMemos: [], products: [], modules: [], storeConfigs: [], storeViews, currency: {}, versionPage: '' };
}

async function withShop<T>(
  options: Partial<MagentoSandboxOptions> & { readonly orders: MagentoDocument[] },
  use: (url: string, data: MagentoShopData) => Promise<T>,
): Promise<T> {
  const sandbox = await startMagentoSandbox({ data: shopWith(options.orders), credentials: SECRETS, ...options });
  try {
    return await use(sandbox.url, sandbox.data);
  } finally {
    await sandbox.close();
  }
}

/** Runs `between` after every answer of the shop: the moment in which the real world changes it. */
function watched(url: string, between: (requests: number) => void): GuardedClient {
  const client = clientFor(url);
  let requests = 0;
  return {
    ...client,
    async get(address, headers) {
      const reply = await client.get(address, headers);
      requests += 1;
      between(requests);
      return reply;
    },
  };
}

describe('a reading by change', () => {
  test('delivers every order once and in order, whatever the seconds they share and the version of the shop', async () => {
    const seconds = fc.array(fc.integer({ min: 0, max: 6 }), { maxLength: 25 });
    await fc.assert(
      fc.asyncProperty(seconds, fc.integer({ min: 1, max: 5 }), fc.boolean(), async (changes, pageSize, repeatsLastPage) => {
        const orders = changes.map((second, index) => orderAt(index + 1, second));
        const read = await withShop({ orders, repeatsLastPage }, (url) => allRows(connectorFor(url, { pageSize }).readOrders(null)));
        const expected = [...orders].sort((a, b) =>
          a.updated_at === b.updated_at ? Number(a.entity_id) - Number(b.entity_id) : String(a.updated_at) < String(b.updated_at) ? -1 : 1,
        );
        expect(read.map(({ orderId }) => orderId)).toEqual(expected.map(({ entity_id }) => String(entity_id)));
      }),
      { numRuns: 40 },
    );
  });

  test('goes on from its cursor, with the overlap', async () => {
    const orders = [0, 100, 700, 1_300].map((second, index) => orderAt(index + 1, second));
    await withShop({ orders }, async (url, data) => {
      const pages = await allPages(connectorFor(url, { pageSize: 2 }).readOrders(null));
      const cursor = pages.at(-1)?.cursor ?? null;
      expect(cursor).toEqual({ changedAt: stampAt(1_300), id: '4' });
      expect(pages.map(({ total }) => total)).toEqual(pages.map(() => 4));
      // A transaction that ended late: its row shows up behind the cursor.
      data.orders.push(orderAt(5, 1_200));
      const again = await allRows(connectorFor(url).readOrders(cursor));
      expect(again.map(({ orderId }) => orderId)).toEqual(['3', '5', '4']);
      const barely = await allPages(connectorFor(url, { overlapSeconds: 0 }).readOrders(cursor));
      expect(barely.flatMap(({ rows }) => rows.map(({ orderId }) => orderId))).toEqual(['4']);
      expect(barely.at(-1)?.cursor).toEqual(cursor);
    });
  });

  test('an order that changes while it is read moves to the end, and no neighbour is skipped', async () => {
    const orders = Array.from({ length: 9 }, (_, index) => orderAt(index + 1, index));
    await withShop({ orders }, async (url, data) => {
      const client = watched(url, (requests) => {
        if (requests === 1) data.orders[0] = orderAt(1, 50);
        if (requests === 2) data.orders[8] = orderAt(9, 60);
      });
      const connector = magentoConnector({ baseUrl: url, credentials: { kind: 'OAUTH1', ...SECRETS }, client, pageSize: 3 });
      const read = (await allRows(connector.readOrders(null))).map(({ orderId }) => orderId);
      expect([...new Set(read)].sort()).toEqual(['1', '2', '3', '4', '5', '6', '7', '8', '9']);
      expect(read.slice(-2)).toEqual(['1', '9']);
    });
  });

  test('a row that joins the second being read is not lost', async () => {
    const orders = Array.from({ length: 4 }, (_, index) => orderAt(index + 1, 7));
    await withShop({ orders }, async (url, data) => {
      const client = watched(url, (requests) => requests === 1 && data.orders.push(orderAt(9, 7)));
      const connector = magentoConnector({ baseUrl: url, credentials: { kind: 'OAUTH1', ...SECRETS }, client, pageSize: 2 });
      expect((await allRows(connector.readOrders(null))).map(({ orderId }) => orderId)).toEqual(['1', '2', '3', '4', '9']);
    });
  });

  test('one broken order is set aside and stops nobody', async () => {
    const { customer_email: _email, ...broken } = orderAt(2, 2);
    await withShop({ orders: [orderAt(1, 1), broken, orderAt(3, 3)] }, async (url) => {
      const pages = await allPages(connectorFor(url, { pageSize: 2 }).readOrders(null));
      expect(pages.flatMap(({ rows }) => rows.map(({ orderId }) => orderId))).toEqual(['1', '3']);
      const [unreadable, ...more] = pages.flatMap((page) => page.unreadable);
      expect([unreadable?.id, unreadable?.message, more]).toEqual(['2', expect.stringContaining('customer_email: '), []]);
      expect(unreadable?.original).toMatchObject({ entity_id: 2, state: 'new' });
    });
  });

  test.each([
    [{ grand_total: '9'.repeat(31) }, 'grand_total: expected a decimal number', 'nobody pays that, and digits cost time'],
    [{ base_to_order_rate: 1e12 }, 'base_to_order_rate: expected a rate', 'no such rate can be kept'],
  ])('an order with %j is set aside (%s): %s', async (change, message, _because) => {
    await withShop({ orders: [orderAt(1, 1), { ...orderAt(2, 2), ...change }] }, async (url) => {
      const pages = await allPages(connectorFor(url).readOrders(null));
      expect(pages.flatMap(({ rows }) => rows.map(({ orderId }) => orderId))).toEqual(['1']);
      expect(pages[0]?.unreadable).toMatchObject([{ id: '2', message: expect.stringContaining(message) }]);
    });
  });

  test('what is wrong with a row is told without its values', async () => {
    const [item] = orderAt(1, 1).items as MagentoDocument[];
    const broken = { ...orderAt(1, 1), customer_id: true, grand_total: 'about ten', items: [{ ...item, price: null }] };
    await withShop({ orders: [broken] }, async (url) => {
      const [page] = await allPages(connectorFor(url).readOrders(null));
      expect(page?.unreadable.map(({ message }) => message)).toEqual([
        [
          'customer_id: expected a whole number, found boolean',
          'grand_total: expected a decimal number, found other text',
          'items.0.price: expected a decimal number, found null',
        ].join('; '),
      ]);
    });
  });

  test('a shop that ignores the order is refused instead of read with holes or for ever', async () => {
    const orders = [3, 2, 1].map((second, index) => orderAt(index + 1, second));
    await withShop({ orders, acceptsBearer: true }, async (url) => {
      const client = clientFor(url);
      const without = (parameter: string): GuardedClient => ({
        ...client,
        get: (address, headers) => {
          const changed = new URL(address);
          for (const name of [...changed.searchParams.keys()]) if (name.includes(parameter)) changed.searchParams.delete(name);
          return client.get(changed, headers);
        },
      });
      const credentials = { kind: 'BEARER', token: SECRETS.accessToken } as const;
      for (const [ignored, since] of [
        ['sortOrders', null],
        ['filterGroups', { changedAt: stampAt(700), id: '1' }],
      ] as const) {
        const connector = magentoConnector({ baseUrl: url, credentials, client: without(ignored), pageSize: 2 });
        const failure = await failureOf(allRows(connector.readOrders(since)));
        expect([failure.code, failure.message]).toEqual(['UNEXPECTED_REPLY', expect.stringContaining('orders cannot be read on')]);
      }
    });
  });

  test('ten thousand orders are read in a hundred pages', async () => {
    const orders = Array.from({ length: 10_000 }, (_, index) => orderAt(index + 1, Math.floor(index / 3)));
    await withShop({ orders }, async (url) => {
      const pages = await allPages(connectorFor(url, { pageSize: 100 }).readOrders(null));
      expect(new Set(pages.flatMap(({ rows }) => rows.map(({ orderId }) => orderId))).size).toBe(10_000);
      expect(pages.length).toBeLessThanOrEqual(105);
    });
  });
});
