import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { type GuardedClient, guardedClient, type OutboundRules } from '../../integrations/guarded-client.js';
import { magentoConnector } from '../../integrations/magento/connector.js';
import { prestashopConnector } from '../../integrations/prestashop/connector.js';
import { type StorePlatform, StoreReadingFailed } from '../../integrations/store-platform.js';
import { type Canary, HOSTILE_ADDRESSES, hostileResolver, startCanary } from './hostile-addresses.js';

/**
 * Server-side request forgery: whoever may name a store must not make us reach what stands beside us. The canary's port is allowed, so that nothing but
 * the address keeps the client from it; what it counts is connections, not requests.
 */
let canary: Canary;
let before: number;

beforeAll(async () => {
  canary = await startCanary();
});
beforeEach(() => {
  before = canary.reached();
});
afterAll(() => canary.close());

const rules = (changes: Partial<OutboundRules> = {}): OutboundRules => ({
  allowedHosts: [],
  allowedPorts: [canary.port],
  totalTimeoutMs: 5_000,
  maxBytes: 100_000,
  lookup: hostileResolver(),
  ...changes,
});

type Ask = (url: URL, client: GuardedClient) => Promise<unknown>;

const all = (reading: AsyncIterable<unknown>) => Array.fromAsync(reading);
const magento = (baseUrl: string, client: GuardedClient): StorePlatform =>
  magentoConnector({ baseUrl, client, credentials: { kind: 'BEARER', token: 'secret' } });
const prestashop = (baseUrl: string, client: GuardedClient): StorePlatform =>
  prestashopConnector({ baseUrl, client, key: 'K'.repeat(32), timeZone: 'UTC', adminApi: { clientId: 'id', clientSecret: 'secret' } });

/** Everything that asks a store anything. */
const doors: Readonly<Record<string, Ask>> = {
  get: (url, client) => client.get(url, { authorization: 'secret' }),
  postForm: (url, client) => client.postForm(url, {}, new URLSearchParams({ client_secret: 'secret' })),
  'orders of Magento': ({ href }, client) => all(magento(href, client).readOrders(null)),
  'version of Magento': ({ href }, client) => magento(href, client).readVersion(),
  'orders of PrestaShop': ({ href }, client) => all(prestashop(href, client).readOrders(null)),
  'modules of PrestaShop': ({ href }, client) => prestashop(href, client).readModules(),
};

/** What became of it: the code of the failure, INVALID where the text is no address, or what was answered. */
async function outcomeOf(text: string, ask: Ask, client: GuardedClient): Promise<string> {
  const url = URL.parse(text);
  if (url === null) return 'INVALID';
  try {
    return JSON.stringify(await ask(url, client));
  } catch (error) {
    if (error instanceof StoreReadingFailed) return error.code;
    if (error instanceof RangeError) return 'INVALID';
    throw error;
  }
}

test('there are enough ways to try', () => expect(HOSTILE_ADDRESSES.length).toBeGreaterThanOrEqual(60));

describe.each(Object.entries(doors))('%s', (_door, ask) => {
  test('reaches nothing that is not public, however it is named', async () => {
    const outcomes: [string, string][] = [];
    for (const { address, because } of HOSTILE_ADDRESSES) {
      const text = address.replace('{port}', String(canary.port));
      const outcome = await outcomeOf(text, ask, guardedClient(rules()));
      if (!['ADDRESS_REFUSED', 'INVALID'].includes(outcome) || canary.reached() > before) outcomes.push([because, outcome]);
    }
    expect(outcomes).toEqual([]);
    expect(canary.reached()).toBe(before);
  });

  test('would reach the canary if its address were allowed: nothing else keeps it away', async () => {
    const client = guardedClient(rules({ allowedNetworks: ['127.0.0.1/32'] }));
    // It closes the connection in the middle of the handshake.
    expect(await outcomeOf(`https://127.0.0.1:${canary.port}/`, ask, client)).toBe('UNREACHABLE');
    expect(canary.reached()).toBeGreaterThan(before);
  });
});

test('a name that was good at the first try is looked at again at the next', async () => {
  // The first address stands for a public one: it is allowed, and nobody answers there.
  const client = guardedClient(rules({ allowedNetworks: ['127.0.0.2/32'] }));
  expect(await outcomeOf(`https://rebound.example:${canary.port}/`, doors.get as Ask, client)).toBe('ADDRESS_REFUSED');
  expect(canary.reached()).toBe(before);
});

describe('a shop that leads elsewhere', () => {
  let shop: Server;
  let host: string;
  let answer: { readonly status: number; readonly headers: Readonly<Record<string, string>>; readonly body?: string };

  beforeAll(async () => {
    shop = createServer((_request, response) => response.writeHead(answer.status, { ...answer.headers }).end(answer.body ?? ''));
    await new Promise<void>((resolve) => shop.listen(0, '127.0.0.1', resolve));
    host = `127.0.0.1:${(shop.address() as AddressInfo).port}`;
  });
  afterAll(async () => {
    shop.closeAllConnections();
    await new Promise((resolve) => shop.close(resolve));
  });

  const targets = [
    'http://127.0.0.1:{port}/',
    'https://localhost:{port}/',
    '//127.0.0.1:{port}/',
    'http://[::1]:{port}/',
    'file:///etc/hostname',
  ];
  const redirects = [301, 302, 303, 307, 308].flatMap((status) => targets.map((location) => [status, location] as const));

  test.each(redirects)('with %i to %s is not followed, whatever it is asked', async (status, location) => {
    answer = { status, headers: { location: location.replace('{port}', String(canary.port)) } };
    const client = guardedClient(rules({ allowedHosts: [host] }));
    expect(await client.get(new URL(`http://${host}/`), {})).toMatchObject({ status });
    expect(await client.postForm(new URL(`http://${host}/`), {}, new URLSearchParams())).toMatchObject({ status });
    for (const connector of [magento(`http://${host}`, client), prestashop(`http://${host}`, client)]) {
      await expect(all(connector.readOrders(null))).rejects.toMatchObject({ code: 'UNEXPECTED_REPLY' });
    }
    expect(canary.reached()).toBe(before);
  });

  test.each([
    ['a header that browsers follow', { 'content-type': 'text/html', refresh: '0;url=http://127.0.0.1:{port}/' }, ''],
    [
      'a page that browsers follow',
      { 'content-type': 'text/html' },
      '<meta http-equiv="refresh" content="0;url=http://127.0.0.1:{port}/">',
    ],
    ['where it says to be from', { 'content-type': 'application/json', 'content-location': 'http://127.0.0.1:{port}/' }, '{}'],
    ['the next page', { 'content-type': 'application/json', link: '<http://127.0.0.1:{port}/>; rel="next"' }, '{}'],
    ['another server for itself', { 'content-type': 'application/json', 'alt-svc': 'h2="127.0.0.1:{port}"' }, '{}'],
  ])('by %s is not followed', async (_way, headers, body) => {
    const filled = (text: string) => text.replace('{port}', String(canary.port));
    const named = Object.entries(headers).map(([name, value]): [string, string] => [name, filled(value)]);
    answer = { status: 200, headers: Object.fromEntries(named), body: filled(body) };
    const client = guardedClient(rules({ allowedHosts: [host] }));
    for (const connector of [magento(`http://${host}`, client), prestashop(`http://${host}`, client)]) {
      await Promise.allSettled([all(connector.readOrders(null)), connector.readVersion(), connector.readModules()]);
    }
    expect(canary.reached()).toBe(before);
  });
});
