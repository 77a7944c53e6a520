import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, test } from '@jest/globals';
import type { GuardedClient } from '../../../integrations/guarded-client.js';
import { magentoConnector } from '../../../integrations/magento/connector.js';
import { magentoOrder } from '../../../integrations/magento/order-document.js';
import type { MagentoSandbox } from '../../../integrations/magento/sandbox.js';
import { type MagentoSandboxOptions, startMagentoSandbox } from '../../../integrations/magento/sandbox.js';
import { allPages, allRows, clientFor, connectorFor, failureOf, SECRETS } from './reading.js';
import { recordedShop } from './recorded-shop.js';

async function withShop<T>(options: Partial<MagentoSandboxOptions>, use: (shop: MagentoSandbox) => Promise<T>): Promise<T> {
  const shop = await startMagentoSandbox({ data: recordedShop(), credentials: SECRETS, ...options });
  try {
    return await use(shop);
  } finally {
    await shop.close();
  }
}

/** The paths that a reading asks for, resource by resource. */
function counted(url: string, credentials = { kind: 'OAUTH1' as const, ...SECRETS }) {
  const client = clientFor(url);
  const asked: string[] = [];
  const counting: GuardedClient = {
    ...client,
    get(address, headers) {
      asked.push(address.pathname.split('/V1/')[1] ?? address.pathname);
      return client.get(address, headers);
    },
  };
  return { asked, connection: { client: counting, credentials } };
}

describe('credentials and rights', () => {
  const SALES = 'Magento_Sales::actions_view';
  test.each([
    [{ rights: [SALES] }, {}, 'readRefunds', 'RIGHT_MISSING', /grant Magento_Sales::sales_creditmemo to the integration/],
    [{ rights: ['Magento_Catalog::products'] }, {}, 'readOrders', 'RIGHT_MISSING', /grant Magento_Sales::actions_view to the integration/],
    [{ rights: [] }, {}, 'readOrders', 'CREDENTIALS_REFUSED', /no right at all/],
    [
      {},
      { kind: 'BEARER', token: SECRETS.accessToken },
      'readOrders',
      'CREDENTIALS_REFUSED',
      /does not take integration tokens as bearers/,
    ],
    [{ acceptsBearer: true }, { kind: 'BEARER', token: 'wrong' }, 'readOrders', 'CREDENTIALS_REFUSED', /the token is wrong/],
    [{}, { kind: 'OAUTH1', ...SECRETS, accessTokenSecret: 'x' }, 'readOrders', 'CREDENTIALS_REFUSED', /the signature does not fit$/],
  ] as const)('%j with %j: %s is %s', async (options, credentials, reading, code, message) => {
    await withShop(options, async ({ url }) => {
      const given = 'kind' in credentials ? credentials : { kind: 'OAUTH1' as const, ...SECRETS };
      const shop = connectorFor(url, { credentials: given });
      const failure = await failureOf(reading === 'readOrders' ? allRows(shop.readOrders(null)) : allRows(shop.readRefunds(null)));
      expect([failure.code, failure.message]).toEqual([code, expect.stringMatching(message)]);
      expect(failure.message).not.toMatch(/Bearer|OAuth|V1/);
    });
  });

  test('without the right to invoices the time of payment is said to be unknown, and asked for once only', async () => {
    await withShop({ rights: [SALES] }, async ({ url }) => {
      const { asked, connection } = counted(url);
      const orders = await allRows(connectorFor(url, { ...connection, pageSize: 2 }).readOrders(null));
      const paid = orders.filter(({ payment }) => payment === 'PAID');
      expect(paid.length).toBeGreaterThan(2);
      for (const order of paid) {
        expect(order.paidAt).toBe(order.placedAt);
        expect(order.unknown).toContainEqual({ fact: 'paidAt', because: expect.stringContaining('Magento_Sales::sales_invoice') });
      }
      expect(asked.filter((resource) => resource === 'invoices')).toHaveLength(1);
    });
  });

  test('an unknown store code is not found', async () => {
    await withShop({}, async ({ url }) => {
      const failure = await failureOf(allRows(connectorFor(url, { storeCode: 'nowhere' }).readOrders(null)));
      expect([failure.code, failure.message]).toEqual(['NOT_FOUND', expect.stringContaining('does not know this store code')]);
    });
  });

  test('a page size above the limit of the shop is refused with the limit', async () => {
    await withShop({ pageSizeLimit: 50 }, async ({ url }) => {
      const failure = await failureOf(allRows(connectorFor(url).readOrders(null)));
      expect(failure.message).toContain('gives at most 50 rows at once');
    });
  });

  test.each([
    [{ baseUrl: 'shop.example' }, 'no scheme'],
    [{ baseUrl: 'https://shop.example/?a=1' }, 'a query'],
    [{ storeCode: '../admin' }, 'a path as store code'],
    [{ pageSize: 0 }, 'no page'],
    [{ overlapSeconds: -1 }, 'a negative overlap'],
  ])('%j is no connection: %s', (connection, _because) => {
    const client = clientFor('http://127.0.0.1');
    const credentials = { kind: 'BEARER', token: 't' } as const;
    expect(() => magentoConnector({ baseUrl: 'https://shop.example', credentials, client, ...connection })).toThrow(RangeError);
  });
});

describe('a reading', () => {
  test('of orders asks once a page, and once for its invoices', async () => {
    await withShop({}, async ({ url }) => {
      const { asked, connection } = counted(url);
      await allPages(connectorFor(url, connection).readOrders(null));
      expect(asked).toEqual(['orders', 'invoices']);
    });
  });

  test('takes the latest of several paid invoices and none that is open or cancelled', async () => {
    const data = recordedShop();
    const [first] = data.invoices.filter(({ order_id }) => order_id === 2);
    data.invoices.push({ ...first, entity_id: 91, created_at: '2026-11-23 10:00:00' });
    data.invoices.push({ ...first, entity_id: 92, created_at: '2026-11-24 10:00:00', state: 1 });
    data.invoices.push({ ...first, entity_id: 93, created_at: '2026-11-25 10:00:00', state: 3 });
    await withShop({ data }, async ({ url }) => {
      const orders = await allRows(connectorFor(url).readOrders(null));
      expect(orders.find(({ orderId }) => orderId === '2')?.paidAt).toBe('2026-11-23T10:00:00Z');
    });
  });

  test('asks the catalogue only for a bundle that cost nothing', async () => {
    const data = recordedShop();
    const customer = { email: 'ann@shop.example', firstname: 'Ann', lastname: 'Other' };
    const part = { productId: 1, sku: 'SUP-10H', name: 'Support', price: '0', quantity: '1' };
    const line = {
      kind: 'bundle',
      pricing: 'DYNAMIC',
      productId: 8,
      sku: 'PACK-START',
      name: 'Starter pack',
      quantity: '1',
      parts: [part],
    } as const;
    data.orders.push(
      magentoOrder({ id: 20, placedAt: '2026-11-23 00:00:00', paidAt: '2026-11-23 00:00:00', customer, lines: [line] }).order,
    );
    await withShop({ data }, async ({ url }) => {
      const { asked, connection } = counted(url);
      const orders = await allRows(connectorFor(url, connection).readOrders(null));
      expect(asked).toEqual(['orders', 'products', 'invoices']);
      const free = orders.find(({ orderId }) => orderId === '20');
      expect(free?.lines.map(({ sku }) => sku)).toEqual(['SUP-10H']);
      expect(free?.unknown.map(({ fact }) => fact)).toEqual(['paidAt']);
    });
  });

  test('of refunds names the lines that count, and none for money alone', async () => {
    const customer = { email: 'ann@shop.example', firstname: 'Ann', lastname: 'Other' };
    const spec = {
      id: 30,
      firstItemId: 300,
      placedAt: '2026-11-23 00:00:00',
      paidAt: '2026-11-23 00:00:00',
      customer,
      lines: [
        {
          kind: 'configurable',
          productId: 7,
          sku: 'B2B',
          name: 'B2B',
          variant: { productId: 6, sku: 'B2B-AC', name: 'B2B' },
          option: { option_id: '137', option_value: 5 },
          price: '69',
          quantity: '2',
        },
        {
          kind: 'bundle',
          pricing: 'DYNAMIC',
          productId: 8,
          sku: 'PACK',
          name: 'Pack',
          quantity: '1',
          parts: [{ productId: 1, sku: 'SUP', name: 'Support', price: '500', quantity: '2' }],
        },
      ],
      refunds: [
        {
          at: '2026-11-23 01:00:00',
          lines: [
            { line: 0, quantity: '1' },
            { line: 1, quantity: '1' },
          ],
        },
        { at: '2026-11-23 02:00:00', lines: [], adjustment: '12.50' },
      ],
    } as const;
    const data = recordedShop();
    const { order, creditMemos } = magentoOrder(spec);
    const [first] = creditMemos;
    data.orders.push(order);
    data.creditMemos.splice(0, data.creditMemos.length, ...creditMemos, { ...first, entity_id: 999, state: 3 });
    await withShop({ data }, async ({ url }) => {
      const shop = connectorFor(url);
      const refunds = await allRows(shop.readRefunds(null));
      expect(refunds.map(({ amount, lines }) => [amount, lines])).toEqual([
        [
          '1282.80',
          [
            { lineId: '300', quantity: '1' },
            { lineId: '303', quantity: '2' },
          ],
        ],
        ['12.50', []],
      ]);
      const read = (await allRows(shop.readOrders(null))).find(({ orderId }) => orderId === '30');
      expect(read?.lines.map(({ lineId, refundedQuantity }) => [lineId, refundedQuantity])).toEqual([
        ['300', '1'],
        ['303', '2'],
      ]);
    });
  });

  test('of products goes on by id', async () => {
    await withShop({}, async ({ url }) => {
      const pages = await Array.fromAsync(connectorFor(url, { pageSize: 3 }).readProducts(null));
      expect(pages.flatMap(({ rows }) => rows.map(({ productId }) => productId))).toEqual(['1', '2', '3', '4', '5', '6', '7', '8']);
      expect(pages.map(({ lastId, total }) => [lastId, total])).toEqual([
        ['3', 8],
        ['6', 8],
        ['8', 8],
      ]);
      const rest = await allRows(connectorFor(url, { pageSize: 3 }).readProducts('6'));
      expect(rest.map(({ productId }) => productId)).toEqual(['7', '8']);
    });
  });
});

describe('a shop in trouble', () => {
  test.each([
    [{ kind: 'TOO_MANY_REQUESTS', retryAfterSeconds: 30 }, 'RATE_LIMITED'],
    [{ kind: 'SERVER_ERROR' }, 'UNAVAILABLE'],
    [{ kind: 'HANG' }, 'TIMED_OUT'],
    [{ kind: 'DRIP', everyMs: 20 }, 'TIMED_OUT'],
    [{ kind: 'TRUNCATED' }, 'UNREACHABLE'],
    [{ kind: 'OVERSIZED', megabytes: 20, gzip: true }, 'TOO_LARGE'],
    [{ kind: 'HTML' }, 'UNEXPECTED_REPLY'],
    [{ kind: 'MAINTENANCE' }, 'UNAVAILABLE'],
  ] as const)('%j is %s', async (fault, code) => {
    await withShop({}, async ({ url, faults }) => {
      faults.set(fault);
      // Each reading by itself: a client that was told to wait asks no more.
      const shop = () => connectorFor(url, { client: clientFor(url, code === 'TIMED_OUT' ? 400 : 20_000) });
      expect((await failureOf(allRows(shop().readOrders(null)))).code).toBe(code);
      if (fault.kind !== 'HTML') expect((await failureOf(shop().readVersion())).code).toBe(code);
    });
  });

  test.each(['TOO_MANY_REQUESTS', 'TRUNCATED'] as const)('%s for a moment is sat out', async (kind) => {
    await withShop({}, async ({ url, faults }) => {
      faults.set({ kind, times: 1, retryAfterSeconds: 0 });
      expect(await allRows(connectorFor(url).readOrders(null))).toHaveLength(8);
    });
  });

  test('each try is signed anew, as a shop may fail after it has noted the nonce', async () => {
    const signatures: (string | undefined)[] = [];
    const server = createServer((request, response) => {
      signatures.push(request.headers.authorization);
      response.writeHead(signatures.length === 1 ? 503 : 200, { 'content-type': 'application/json' }).end('["Magento_Store"]');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { modules } = await connectorFor(`http://127.0.0.1:${(server.address() as AddressInfo).port}`).readModules();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    expect(modules).toHaveLength(1);
    expect(signatures).toEqual([expect.stringContaining('oauth_nonce='), expect.stringContaining('oauth_nonce=')]);
    expect(new Set(signatures).size).toBe(2);
  });

  test('trouble with the invoices is no missing right: the page is not read with less than could be known', async () => {
    await withShop({}, async ({ url, faults }) => {
      faults.set({ kind: 'MAINTENANCE', pathContains: '/invoices' });
      expect((await failureOf(allRows(connectorFor(url).readOrders(null)))).code).toBe('UNAVAILABLE');
    });
  });
});
