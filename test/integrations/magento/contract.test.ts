import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { z } from 'zod';
import { magentoOrder } from '../../../integrations/magento/order-document.js';
import { magentoRest } from '../../../integrations/magento/rest-client.js';
import { startMagentoSandbox } from '../../../integrations/magento/sandbox.js';
import type { MagentoDocument } from '../../../integrations/magento/table-search.js';
import type { StorePlatform } from '../../../integrations/store-platform.js';
import { type Compose, type Recording, startReplayServer } from '../replay-server.js';
import { allRows, clientFor, connectorFor, failureOf, SECRETS } from './reading.js';
import { RECORDED_FOLDER, RECORDED_SPECS, recorded, recordedShop } from './recorded-shop.js';

/**
 * The same assertions on two servers: the answers of a real shop, replayed, and the sandbox with the recorded documents in it.
 * What holds on the first is true; that it holds on the second makes the sandbox worth testing against.
 */
const SERVERS = {
  replay: () => startReplayServer(RECORDED_FOLDER, { compose }),
  sandbox: () => startMagentoSandbox({ data: recordedShop(), credentials: SECRETS, acceptsBearer: true }),
};

/** Searches that were never asked of the real shop, answered with its documents; its invoices are the only ones built by us. */
const compose: Compose = ({ path, query }) => {
  const lists: Readonly<Record<string, () => MagentoDocument[]>> = {
    '/rest/default/V1/orders': () => Object.keys(RECORDED_SPECS).map((file) => recorded(file)),
    '/rest/default/V1/creditmemos': () => recorded<{ items: MagentoDocument[] }>('creditmemos-list.json').items,
    '/rest/default/V1/products': () => ['SUP-10H', 'ADDON-PRO', 'ADDON-B2B', 'PACK-START'].map((sku) => recorded(`product-${sku}.json`)),
    '/rest/default/V1/invoices': () => Object.values(RECORDED_SPECS).flatMap((spec) => [...magentoOrder(spec).invoices]),
  };
  const list = lists[path];
  if (list === undefined || query.get('searchCriteria[currentPage]') !== '1') return null;
  const afterId = path.endsWith('/products') ? 0 : idBound(query);
  const keyOf = query.get('searchCriteria[sortOrders][0][field]') === 'entity_id' ? idKey : changeKey;
  const rows = list()
    .filter((row) => Number(row.entity_id ?? row.id) > afterId)
    .sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
  return { body: { items: rows, search_criteria: { filter_groups: [] }, total_count: rows.length } };
};

/** The orders that the connector asks for: by id, or by (updated_at, entity_id). */
const idKey = (row: MagentoDocument) => String(row.entity_id ?? row.id).padStart(9, '0');
const changeKey = (row: MagentoDocument) => `${row.updated_at} ${idKey(row)}`;

/** "entity_id greater than" of a search by id; 0 where there is none. */
function idBound(query: URLSearchParams): number {
  const filter = 'searchCriteria[filterGroups][0][filters][0]';
  const isBound = query.get(`${filter}[field]`) === 'entity_id' && query.get(`${filter}[conditionType]`) === 'gt';
  return isBound ? Number(query.get(`${filter}[value]`)) : 0;
}

/** Out of the sandbox's reach: it only reads, and speaks REST only. */
const entries: readonly Recording[] = JSON.parse(readFileSync(join(RECORDED_FOLDER, 'index.json'), 'utf8'));
const inScope = entries.filter(({ method }) => method === 'GET');

describe.each(Object.entries(SERVERS))('on the %s', (_name, start) => {
  let server: Awaited<ReturnType<typeof start>>;
  let shop: StorePlatform;

  beforeAll(async () => {
    server = await start();
    shop = connectorFor(server.url, { storeCode: 'default' });
  });
  afterAll(() => server.close());

  test.each(inScope.map((entry) => [entry.file, entry] as const))('the raw reply %s', async (file, entry) => {
    const headers = {
      accept: 'application/json',
      ...(file.includes('no-token') ? {} : { authorization: `Bearer ${SECRETS.accessToken}` }),
    };
    const reply = await fetch(`${server.url}${entry.path}`, { headers });
    const expected = readFileSync(join(RECORDED_FOLDER, file), 'utf8');
    expect([reply.status, reply.headers.get('content-type')]).toEqual([entry.status, entry.content_type]);
    const comparable = (body: string) => body.replace(/webapi-[0-9a-f]{13}/, 'webapi-(an id)').trim();
    const body = comparable(await reply.text());
    if (file.endsWith('.json')) expect(JSON.parse(body)).toEqual(JSON.parse(comparable(expected)));
    else expect(body).toBe(comparable(expected));
  });

  test('orders', async () => {
    const orders = await allRows(shop.readOrders(null));
    const read = Object.fromEntries(orders.map((order) => [order.orderId, order]));
    const bob = { email: 'bob@guest.example', name: 'Bob Guest', customerId: null };
    const inEuro = { currencyCode: 'EUR', baseCurrencyCode: 'EUR', baseToOrderRate: '1' };
    const support = { sku: 'SUP-10H', name: 'Prepaid support 10 hours', refundedQuantity: '0', unitListPrice: '500.00' };
    const renewal = { sku: 'REN-ADDON-1Y', name: 'Add-on renewal 1 year', refundedQuantity: '0', unitListPrice: '99.90' };
    expect(read[1]).toEqual({
      orderId: '1',
      orderNumber: '000000001',
      payment: 'UNPAID',
      placedAt: '2026-11-22T02:58:47Z',
      paidAt: null,
      changedAt: '2026-11-22 02:58:49',
      updatedAt: '2026-11-22T02:58:49Z',
      customer: bob,
      ...inEuro,
      lines: [{ lineId: '1', ...support, quantity: '2', paidNet: '1000.00', paidTax: '200.00' }],
      unknown: [],
    });
    expect(read[2]).toEqual({
      orderId: '2',
      orderNumber: '000000002',
      payment: 'PAID',
      placedAt: '2026-11-22T02:58:53Z',
      paidAt: '2026-11-22T02:59:09Z',
      changedAt: '2026-11-22 02:59:09',
      updatedAt: '2026-11-22T02:59:09Z',
      customer: { email: 'alice@agency.example', name: 'Alice Martin', customerId: '1' },
      ...inEuro,
      lines: [
        {
          lineId: '2',
          sku: 'ADDON-PRO',
          name: 'Add-on Pro for Magento 2',
          quantity: '1',
          refundedQuantity: '0',
          unitListPrice: '329.00',
          paidNet: '296.10',
          paidTax: '59.22',
        },
        { lineId: '3', ...renewal, quantity: '3', paidNet: '269.73', paidTax: '53.95' },
      ],
      unknown: [{ fact: 'lines.unitListPrice', because: expect.stringMatching(/line 2: options are priced inside \(329.00 .* 199.00/) }],
    });
    expect([read[4]?.payment, read[4]?.paidAt, read[4]?.unknown]).toEqual(['PAID', '2026-11-22T02:59:10Z', []]);
    expect(read[4]?.lines).toEqual([
      {
        lineId: '8',
        sku: 'INST-SVC',
        name: 'Installation service',
        quantity: '1',
        refundedQuantity: '0',
        unitListPrice: '149.00',
        paidNet: '149.00',
        paidTax: '29.80',
      },
      { lineId: '9', ...support, quantity: '1', paidNet: '500.00', paidTax: '100.00' },
    ]);
    expect([read[5]?.payment, read[5]?.paidAt, read[5]?.customer.email]).toEqual(['REVERSED', null, 'carol@guest.example']);
    expect([read[7]?.payment, read[7]?.paidAt]).toEqual(['REVERSED', '2026-11-22T02:59:10Z']);
    expect(read[7]?.lines).toEqual([
      { lineId: '13', ...renewal, quantity: '2', refundedQuantity: '2', paidNet: '199.80', paidTax: '39.96' },
    ]);
  });

  test('refunds', async () => {
    expect(await allRows(shop.readRefunds(null))).toEqual([
      {
        refundId: '1',
        orderId: '6',
        refundedAt: '2026-11-22T02:59:11Z',
        changedAt: '2026-11-22 02:59:11',
        amount: '545.00',
        lines: [{ lineId: '12', quantity: '1' }],
      },
      {
        refundId: '2',
        orderId: '7',
        refundedAt: '2026-11-22T02:59:12Z',
        changedAt: '2026-11-22 02:59:12',
        amount: '239.76',
        lines: [{ lineId: '13', quantity: '2' }],
      },
    ]);
  });

  test('orders and refunds by id', async () => {
    const orders = await allRows(shop.readOrders(null));
    const byId = (await allRows(shop.readOrdersById(null))).map(({ orderId }) => orderId);
    expect(byId).toEqual(orders.map(({ orderId }) => orderId).sort((one, other) => Number(one) - Number(other)));
    const [page, ...more] = await Array.fromAsync(shop.readOrdersById('4'));
    expect([page?.rows.map(({ orderId }) => orderId), page?.unreadable, more]).toEqual([byId.filter((id) => Number(id) > 4), [], []]);
    expect(page?.lastId).toBe(byId.at(-1));
    // What an order is does not depend on how it was asked for.
    expect(page?.rows).toEqual(byId.filter((id) => Number(id) > 4).map((id) => orders.find(({ orderId }) => orderId === id)));
    expect(await Array.fromAsync(shop.readOrdersById(byId.at(-1) ?? ''))).toEqual([]);
    expect(await allRows(shop.readRefundsById(null))).toEqual(await allRows(shop.readRefunds(null)));
    expect((await allRows(shop.readRefundsById('1'))).map(({ refundId }) => refundId)).toEqual(['2']);
  });

  test('products', async () => {
    const products = await allRows(shop.readProducts(null));
    expect(products.filter(({ productId }) => ['1', '4', '7', '8'].includes(productId))).toEqual([
      { productId: '1', sku: 'SUP-10H', name: 'Prepaid support 10 hours', price: '500.00' },
      { productId: '4', sku: 'ADDON-PRO', name: 'Add-on Pro for Magento 2', price: '199.00' },
      { productId: '7', sku: 'ADDON-B2B', name: 'B2B Quotes', price: null },
      { productId: '8', sku: 'PACK-START', name: 'Starter pack', price: null },
    ]);
  });

  test('version and modules', async () => {
    expect(await shop.readVersion()).toMatchObject({
      distribution: 'MAGENTO_OPEN_SOURCE',
      version: '2.4',
      upstreamVersion: null,
      exact: false,
      label: '2.4 (patch unknown)',
      unknown: [{ fact: 'version' }],
    });
    const { modules, available, unknown } = await shop.readModules();
    expect([modules.length, available, unknown.map(({ fact }) => fact)]).toEqual([356, true, ['modules.version']]);
    expect(modules[0]).toEqual({ code: 'Magento_Store', version: null, enabled: true });
  });

  test.each([
    ['nope', 'NOT_FOUND', 'does not know what was asked for (404)'],
    ['orders/999', 'NOT_FOUND', 'does not know what was asked for (404)'],
    ['products/NOPE', 'NOT_FOUND', 'does not know what was asked for (404)'],
    ['orders', 'UNEXPECTED_REPLY', 'refuses the request (400)'],
    ['orders?searchCriteria[pageSize]=abc', 'UNEXPECTED_REPLY', 'refuses the request (400)'],
    [
      'orders?searchCriteria[filter_groups][0][filters][0][field]=nope&searchCriteria[filter_groups][0][filters][0][value]=1',
      'UNEXPECTED_REPLY',
      'failed inside (500); its log has the details under webapi-',
    ],
  ])('asking for %s fails as %s', async (resource, code, message) => {
    const rest = magentoRest({ baseUrl: server.url, credentials: { kind: 'OAUTH1', ...SECRETS }, client: clientFor(server.url) });
    const failure = await failureOf(rest.get(resource, z.unknown()));
    expect(failure.code).toBe(code);
    expect(failure.message).toContain(message);
  });

  test('nothing was asked that the real shop or its documents cannot answer', () => {
    expect('missed' in server ? server.missed : []).toEqual([]);
  });
});

test('the replayed shop tells a missing right by asking another resource', async () => {
  const withModules: Compose = ({ path }) => (path === '/rest/V1/modules' ? { body: recorded('modules.json') } : null);
  const nothingElse: Compose = () => null;
  const outcomes = await Promise.all(
    [withModules, nothingElse].map(async (composed) => {
      const server = await startReplayServer(RECORDED_FOLDER, { compose: composed });
      const rest = magentoRest({ baseUrl: server.url, credentials: { kind: 'OAUTH1', ...SECRETS }, client: clientFor(server.url) });
      const { code, message } = await failureOf(rest.get('orders?searchCriteria=', z.unknown()));
      await server.close();
      return [code, message.replace(/^127.0.0.1:\d+: /, '')];
    }),
  );
  expect(outcomes).toEqual([
    ['RIGHT_MISSING', 'grant Magento_Sales::actions_view to the integration'],
    ['CREDENTIALS_REFUSED', expect.stringContaining('refuses the credentials')],
  ]);
});
