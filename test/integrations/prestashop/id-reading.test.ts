import { afterEach, expect, test } from '@jest/globals';
import type { GuardedClient } from '../../../integrations/guarded-client.js';
import { prestashopConnector } from '../../../integrations/prestashop/connector.js';
import { closeShops, connector, counted, failureOf, key, openShop, spec } from './open-shop.js';

afterEach(closeShops);

const IDS = [2, 3, 5, 8, 13];
/** Orders whose stamps are in no order of their ids, two of them in one second. */
const specs = IDS.map((id, index) => spec(id, { paidAt: `2026-03-0${[5, 1, 4, 1, 3][index]}T10:00:00Z` }));
const ids = (orders: readonly { readonly orderId: string }[]) => orders.map(({ orderId }) => Number(orderId));

test.each([
  [
    null,
    2,
    [
      ['3', 2],
      ['8', 2],
      ['13', 1],
    ],
    'gaps between ids cost no page',
  ],
  [null, 5, [['13', 5]], 'no total is told: a full page is followed by one more question'],
  [
    '3',
    2,
    [
      ['8', 2],
      ['13', 1],
    ],
    'it goes on after the page where it stopped',
  ],
  ['4', 50, [['13', 3]], 'an id that is gone is as good a bound as any'],
  ['13', 2, [], 'past the end is an empty list'],
] as const)('after %s by %d gives pages %j: %s', async (afterId, pageSize, expected, _because) => {
  const shop = await openShop(specs);
  const pages = await Array.fromAsync(connector(shop, { pageSize }).readOrdersById(afterId));
  expect(pages.map(({ lastId, rows, unreadable }) => [lastId, rows.length, unreadable.length])).toEqual(
    expected.map(([lastId, count]) => [lastId, count, 0]),
  );
  expect(pages.flatMap(({ rows }) => ids(rows))).toEqual(IDS.filter((id) => id > Number(afterId ?? 0)));
});

test('a page costs five questions whatever its size, after two for the whole reading', async () => {
  const shop = await openShop(specs);
  const client = counted(shop.url);
  await Array.fromAsync(connector(shop, { client, pageSize: 3 }).readOrdersById(null));
  expect(client.asked.length).toBe(2 + 2 * 5);
});

test('ids that come as text, as from older PHP, are read on by', async () => {
  const shop = await openShop(specs, { phpBefore81: true });
  const rows = (await Array.fromAsync(connector(shop, { pageSize: 2 }).readOrdersById('2'))).flatMap((page) => page.rows);
  expect(ids(rows)).toEqual([3, 5, 8, 13]);
});

test('an order that cannot be read still moves the bound', async () => {
  const shop = await openShop(specs);
  Object.assign(shop.data.orders?.at(-1) ?? {}, { reference: '' });
  const pages = await Array.fromAsync(connector(shop, { pageSize: 1 }).readOrdersById('5'));
  expect(pages.map(({ lastId, rows, unreadable }) => [lastId, ids(rows), unreadable.map(({ id }) => id)])).toEqual([
    ['8', [8], []],
    ['13', [], ['13']],
  ]);
});

test('a shop that ignores the bound is refused, as it would be read for ever', async () => {
  const shop = await openShop(specs);
  const client = counted(shop.url);
  const unbound: GuardedClient = {
    ...client,
    get: (address, headers) => {
      const changed = new URL(address);
      if (changed.pathname === '/api/orders') changed.searchParams.delete('filter[id]');
      return client.get(changed, headers);
    },
  };
  const ignoring = prestashopConnector({ baseUrl: shop.url, key, timeZone: 'Europe/Paris', client: unbound, pageSize: 2 });
  expect(await failureOf(ignoring.readOrdersById(null))).toMatchObject({
    code: 'UNEXPECTED_REPLY',
    message: 'The list of orders cannot be read on by id',
  });
});
