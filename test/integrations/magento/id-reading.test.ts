import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { GuardedClient } from '../../../integrations/guarded-client.js';
import { magentoConnector } from '../../../integrations/magento/connector.js';
import { magentoOrder } from '../../../integrations/magento/order-document.js';
import { type MagentoSandbox, startMagentoSandbox } from '../../../integrations/magento/sandbox.js';
import type { MagentoShopData } from '../../../integrations/magento/shop-data.js';
import type { MagentoDocument } from '../../../integrations/magento/table-search.js';
import { allRows, clientFor, connectorFor, failureOf, SECRETS } from './reading.js';

const orderOf = (id: number, updatedAt: string): MagentoDocument =>
  magentoOrder({
    id,
    placedAt: '2026-11-22 08:00:00',
    updatedAt,
    customer: { email: `buyer${id}@shop.example`, firstname: 'Ann', lastname: 'Other' },
    lines: [{ kind: 'virtual', productId: 1, sku: 'SUP-10H', name: 'Support', price: '500', quantity: '1' }],
  }).order;

/** Seven orders with gaps between their ids; those with a higher id changed earlier. */
const IDS = [2, 3, 5, 8, 13, 21, 34];
const documents = () => IDS.map((id) => orderOf(id, `2026-11-22 09:00:${59 - id}`));
const shopData = (orders: MagentoDocument[]): MagentoShopData => ({
  ...{ orders, invoices: [], creditMemos: [], products: [], modules: [], storeConfigs: [], currency: {}, versionPage: '' },
  storeViews: [{ id: 1, code: 'default' }],
});

let modern: MagentoSandbox;
let repeating: MagentoSandbox;
beforeAll(async () => {
  const options = { credentials: SECRETS, acceptsBearer: true };
  modern = await startMagentoSandbox({ ...options, data: shopData(documents()) });
  repeating = await startMagentoSandbox({ ...options, data: shopData(documents()), repeatsLastPage: true });
});
afterAll(() => Promise.all([modern.close(), repeating.close()]));

const pagesOf = (shop: MagentoSandbox, afterId: string | null, pageSize: number) =>
  Array.fromAsync(connectorFor(shop.url, { pageSize }).readOrdersById(afterId));
const ids = (orders: readonly { readonly orderId: string }[]) => orders.map(({ orderId }) => Number(orderId));

describe('a reading by id', () => {
  test.each([
    [
      null,
      3,
      [
        ['5', 3],
        ['21', 3],
        ['34', 1],
      ],
      'gaps between ids cost no page',
    ],
    [null, 7, [['34', 7]], 'a page that is just full is known to be the last by the total'],
    [
      '5',
      2,
      [
        ['13', 2],
        ['34', 2],
      ],
      'it goes on after the page where it stopped',
    ],
    ['4', 10, [['34', 5]], 'an id that is gone is as good a bound as any'],
    ['34', 3, [], 'past the end there is nothing, by either manner of saying so'],
  ] as const)('after %s by %d gives pages %j: %s', async (afterId, pageSize, expected, _because) => {
    for (const shop of [modern, repeating]) {
      const pages = await pagesOf(shop, afterId, pageSize);
      expect(pages.map(({ lastId, rows }) => [lastId, rows.length])).toEqual(expected);
      expect(pages.flatMap(({ rows }) => ids(rows))).toEqual(IDS.filter((id) => id > Number(afterId ?? 0)));
      expect(new Set(pages.map(({ total }) => total)).size).toBeLessThanOrEqual(1);
    }
  });

  test('an order that cannot be read still moves the bound', async () => {
    const { customer_email: _, ...broken } = orderOf(55, '2026-11-22 10:00:00');
    modern.data.orders.push(broken);
    const pages = await pagesOf(modern, '21', 1);
    modern.data.orders.pop();
    expect(pages.map(({ lastId, rows, unreadable }) => [lastId, ids(rows), unreadable.map(({ id }) => id)])).toEqual([
      ['34', [34], []],
      ['55', [], ['55']],
    ]);
  });

  test('an order that changes while it is read neither moves nor hides a neighbour', async () => {
    const client = clientFor(modern.url);
    let asked = 0;
    const changing: GuardedClient = {
      ...client,
      async get(address, headers) {
        const reply = await client.get(address, headers);
        asked += 1;
        if (asked === 1) modern.data.orders[0] = orderOf(2, '2026-11-22 12:00:00');
        return reply;
      },
    };
    const connector = magentoConnector({ baseUrl: modern.url, credentials: { kind: 'OAUTH1', ...SECRETS }, client: changing, pageSize: 2 });
    expect(ids(await allRows(connector.readOrdersById(null)))).toEqual(IDS);
  });

  test.each([
    ['sortOrders', 3, 'rows in another order would leave holes'],
    ['filterGroups', 10, 'rows from before the bound would be taken for rows beyond it'],
  ])('a shop that ignores %s is refused by %d: %s', async (ignored, pageSize, _because) => {
    const client = clientFor(modern.url);
    const without: GuardedClient = {
      ...client,
      get: (address, headers) => {
        const changed = new URL(address);
        for (const name of [...changed.searchParams.keys()]) if (name.includes(ignored)) changed.searchParams.delete(name);
        // Without a direction, Magento sorts downwards.
        if (ignored === 'sortOrders') changed.searchParams.set('searchCriteria[sortOrders][0][field]', 'entity_id');
        return client.get(changed, headers);
      },
    };
    const credentials = { kind: 'BEARER', token: SECRETS.accessToken } as const;
    const connector = magentoConnector({ baseUrl: modern.url, credentials, client: without, pageSize });
    const failure = await failureOf(allRows(connector.readOrdersById('5')));
    expect([failure.code, failure.message]).toEqual(['UNEXPECTED_REPLY', expect.stringContaining('orders cannot be read on by id')]);
  });
});
