import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { guardedClient } from '../../integrations/guarded-client.js';
import { heldPages } from '../../integrations/held-pages.js';
import { magentoConnector } from '../../integrations/magento/connector.js';
import { magentoOrder } from '../../integrations/magento/order-document.js';
import { prestashopConnector } from '../../integrations/prestashop/connector.js';
import { type StorePlatform, StoreReadingFailed } from '../../integrations/store-platform.js';

/**
 * Stores that never come to an end: what they say of their totals, bounds and order is their own word. Beyond so many questions the store stops with a status
 * of its own, by which a reading that would have gone on is told from one that ended by itself.
 */
const MOST_QUESTIONS = 400;
const GONE_ON = 418;

type Answer = (path: string, query: URLSearchParams, turn: number) => unknown;

let server: Server;
let url: string;
let answer: Answer = () => [];
let asked: string[] = [];

beforeAll(async () => {
  server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '', 'http://store');
    asked.push(pathname);
    const body = pathname.endsWith('access_token') ? { access_token: 'token' } : answer(pathname, searchParams, asked.length);
    response.writeHead(asked.length > MOST_QUESTIONS ? GONE_ON : 200, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(() => {
  asked = [];
});
afterAll(() => {
  server.closeAllConnections();
  return new Promise((resolve) => server.close(resolve));
});

const client = () => guardedClient({ allowedHosts: [new URL(url).host], totalTimeoutMs: 20_000, maxBytes: 20_000_000 });
const magento = (pageSize?: number) =>
  magentoConnector({
    baseUrl: url,
    client: client(),
    credentials: { kind: 'BEARER', token: 'token' },
    ...(pageSize === undefined ? {} : { pageSize }),
  });
const prestashop = (pageSize = 2) =>
  prestashopConnector({
    baseUrl: url,
    client: client(),
    key: 'K'.repeat(32),
    timeZone: 'UTC',
    pageSize,
    adminApi: { clientId: 'id', clientSecret: 'secret' },
  });

/** READ, or the code of the failure. Anything else that is thrown is a fault of ours. */
async function outcomeOf(reading: Promise<unknown>): Promise<string> {
  try {
    await reading;
    return 'READ';
  } catch (error) {
    if (!(error instanceof StoreReadingFailed)) throw error;
    return error.details.status === GONE_ON ? 'WENT ON' : error.code;
  }
}

const times = <T>(count: number, make: (index: number) => T): T[] => Array.from({ length: count }, (_, index) => make(index));
const moduleOf = (name: number | string) => ({ technicalName: `module_${name}`, moduleVersion: '1.0.0', enabled: true });
const endlessTotal = 999_999_999_999;

describe('modules', () => {
  test.each<[string, Answer, string, number, string]>([
    [
      'forty thousand on a page, and always more to come',
      (_path, _query, turn) => ({ totalItems: endlessTotal, items: times(40_000, (index) => moduleOf(`${turn}_${index}`)) }),
      'TOO_LARGE',
      1,
      'one page is more than any shop has',
    ],
    [
      'a hundred new ones on every page',
      (_path, query) => ({ totalItems: endlessTotal, items: times(100, (index) => moduleOf(Number(query.get('offset')) + index)) }),
      'TOO_LARGE',
      21,
      'two thousand are held at most',
    ],
    [
      'the same page again',
      () => ({ totalItems: 250, items: times(100, moduleOf) }),
      'UNEXPECTED_REPLY',
      2,
      'a page that brings nothing new is no page',
    ],
    [
      'one new module on every page',
      (_path, query) => ({ totalItems: endlessTotal, items: [moduleOf(Number(query.get('offset')))] }),
      'UNEXPECTED_REPLY',
      40,
      'a reading may be long without holding much, but not for ever',
    ],
    ['no module, and always more to come', () => ({ totalItems: endlessTotal, items: [] }), 'READ', 1, 'an empty page is the end'],
  ])('of a PrestaShop that tells %s', async (_case, told, outcome, questions, _because) => {
    answer = told;
    expect([await outcomeOf(prestashop().readModules()), asked.length - 1]).toEqual([outcome, questions]);
  });

  test('a probe of that PrestaShop ends with what it found', async () => {
    answer = (path, query) => {
      if (path === '/api/orders') return { orders: [] };
      return path === '/api/' ? {} : { totalItems: endlessTotal, items: [moduleOf(Number(query.get('offset')))] };
    };
    const { findings } = await prestashop().probe('VERSION');
    expect(findings).toContainEqual(
      expect.objectContaining({ code: 'MODULES_NOT_TOLD', message: expect.stringContaining('does not end') }),
    );
  });

  test.each([
    [2_000, 'READ'],
    [2_001, 'TOO_LARGE'],
  ])('of a Magento that tells %d: %s', async (count, outcome) => {
    answer = () => times(count, (index) => `Vendor_Module${index}`);
    expect(await outcomeOf(magento().readModules())).toBe(outcome);
  });

  test.each([
    ['Magento', ['Good_Module', 'a\0b', 'a\ud800b', '', 'x'.repeat(201), 'line\nbreak'], () => magento(), 'Good_Module'],
    [
      'PrestaShop',
      { totalItems: 4, items: [moduleOf('good'), moduleOf('a\0b'), moduleOf('a\udc00b'), { technicalName: '' }] },
      () => prestashop(),
      'module_good',
    ],
  ])('names that none has are left out, and the reading says so: %s', async (_platform, told, shop: () => StorePlatform, code) => {
    answer = () => told;
    const { modules, unknown } = await shop().readModules();
    expect(modules.map((module) => module.code)).toEqual([code]);
    expect(unknown).toContainEqual({ fact: 'modules', because: expect.stringMatching(/^[35] of the names are none/) });
  });

  test('a version that none is, is not known', async () => {
    answer = () => ({ totalItems: 2, items: [moduleOf('a'), { ...moduleOf('b'), moduleVersion: '1\0' }] });
    const { modules, unknown } = await prestashop().readModules();
    expect(modules.map(({ version }) => version)).toEqual(['1.0.0', null]);
    expect(unknown).toEqual([{ fact: 'modules.version', because: expect.stringContaining('1 of the versions') }]);
  });
});

describe('what is asked for beside a page of orders', () => {
  const bundle = magentoOrder({
    id: 1,
    placedAt: '2026-11-22 08:00:00',
    updatedAt: '2026-11-22 08:00:00',
    customer: { email: 'buyer@shop.example', firstname: 'Ann', lastname: 'Other' },
    lines: [{ kind: 'virtual', productId: 1, sku: 'SUP-10H', name: 'Support', price: '500', quantity: '1' }],
  }).order;
  const items = [
    { ...item(1), product_type: 'bundle', product_id: 7, price: 0 },
    { ...item(2), parent_item_id: 1, price: 0 },
  ];
  function item(id: number) {
    return { item_id: id, product_type: 'virtual', sku: 'SUP', name: 'Support', qty_ordered: 1, price: 5 };
  }
  const beyond = (query: URLSearchParams) =>
    Number([...query].find(([name, value]) => name.endsWith('[value]') && !/,/.test(value) && Number(value) > 7)?.[1] ?? 7);

  test.each<[string, object, string, number, string]>([
    ['invoices', { total_paid: 500 }, 'TOO_LARGE', 102, 'ten thousand invoices of a hundred orders'],
    ['products', { items }, 'TOO_LARGE', 2, 'more products than were asked for'],
  ])('%s without end: %s', async (resource, changes, outcome, questions, _because) => {
    answer = (path, query) => {
      if (!path.endsWith(resource)) return { items: [{ ...bundle, ...changes }], total_count: 1 };
      const after = beyond(query);
      const rows = times(100, (index) => ({
        entity_id: after + index + 1,
        id: after + index + 1,
        order_id: 1,
        created_at: '2026-11-22 09:00:00',
      }));
      return { items: rows, total_count: endlessTotal };
    };
    expect([await outcomeOf(Array.fromAsync(magento().readOrders(null))), asked.length]).toEqual([outcome, questions]);
  });
});

describe('pages that are streamed', () => {
  const stamps = ['0000-00-00 00:00:00', '2026-02-30 10:00:00', '2026-03-01 10:00:00', '2026-03-01 10:00:01', '2026-03-02 10:00:00'];
  const row = fc.record({ id: fc.integer({ min: -1, max: 4 }), stamp: fc.constantFrom(...stamps) });
  const pages = fc.array(fc.array(row, { maxLength: 2 }), { minLength: 1, maxLength: 6 });
  const cursor = { changedAt: '2026-03-01 10:00:00', id: '2' };
  const readings: readonly ((shop: StorePlatform) => AsyncIterable<unknown>)[] = [
    (shop) => shop.readOrders(null),
    (shop) => shop.readOrders(cursor),
    (shop) => shop.readRefunds(null),
    (shop) => shop.readOrdersById(null),
    (shop) => shop.readRefundsById('1'),
    (shop) => shop.readProducts(null),
  ];
  /** The main lists of both platforms; all else that is asked for is empty. */
  const lists = new Set(['orders', 'order_slip', 'creditmemos', 'products']);

  test.each([
    ['Magento', () => magento(2), 50],
    ['PrestaShop', () => prestashop(), 150],
  ] as const)('a %s of whatever answers, told in turns for ever, comes to an end', async (_platform, shop, most) => {
    await fc.assert(
      fc.asyncProperty(pages, fc.constantFrom(...readings), async (told, read) => {
        asked = [];
        let turn = 0;
        answer = (path) => {
          const resource = path.split('/').at(-1) ?? '';
          if (!lists.has(resource)) return [];
          const rows = told[turn++ % told.length] ?? [];
          const items = rows.map(({ id, stamp }) => ({ id, entity_id: id, date_upd: stamp, updated_at: stamp }));
          return { items, total_count: endlessTotal, [resource === 'order_slip' ? 'order_slips' : resource]: items };
        };
        expect(['READ', 'UNEXPECTED_REPLY']).toContain(await outcomeOf(Array.fromAsync(read(shop()))));
        // Each page moves the place that is reached, and there are few places in these answers.
        expect(asked.length).toBeLessThan(most);
      }),
      { numRuns: 40 },
    );
  });

  test('a PrestaShop that takes "after" for "from" on is refused, as one full second would be read for ever', async () => {
    const second = [1, 2].map((id) => ({ id, date_upd: '2026-03-01 10:00:00' }));
    answer = (path, query) => {
      if (path !== '/api/orders') return [];
      return { orders: query.has('filter[id]') ? [] : second };
    };
    expect(await outcomeOf(Array.fromAsync(prestashop().readOrders(null)))).toBe('UNEXPECTED_REPLY');
  });

  test.each([
    ['Magento', () => magento(3)],
    ['PrestaShop', () => prestashop(3)],
  ] as const)('a day that does not exist is no place to go on from: %s', async (_platform, shop) => {
    const stamp = '2026-02-30 10:00:00';
    answer = (path) => {
      const rows = [{ id: 1, entity_id: 1, date_upd: stamp, updated_at: stamp }];
      return path.endsWith('orders') ? { items: rows, orders: rows, total_count: 1 } : [];
    };
    const pages = await Array.fromAsync(shop().readOrders(null));
    expect(pages).toMatchObject([{ cursor: null, unreadable: [{ id: '1' }] }]);
  });

  test.each([
    ['Magento', () => magento(2)],
    ['PrestaShop', () => prestashop(2)],
  ] as const)('a page longer than was asked for is refused: %s', async (_platform, shop) => {
    const items = times(3, (index) => ({ id: index + 1, entity_id: index + 1 }));
    answer = () => ({ items, products: items, total_count: 3 });
    expect(await outcomeOf(Array.fromAsync(shop().readProducts(null)))).toBe('UNEXPECTED_REPLY');
    expect(asked).toHaveLength(1);
  });

  test('pages that are held are there in time, or not at all', async () => {
    async function* slow() {
      for (;;) {
        yield { rows: [1] };
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    }
    const bounds = { host: 'shop.example', what: 'modules', mostRows: 1_000_000, budgetMs: 20 };
    const failure = await Array.fromAsync(heldPages(slow(), bounds)).catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: 'TIMED_OUT', message: 'shop.example: did not tell all modules within 20 ms' });
  });
});
