import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { StoreReading } from '../../src/persistence/store-reading.js';
import { toGlobalId } from '../../src/use-cases/global-id.js';
import { connectStore } from '../../src/use-cases/store.js';
import { asVendor, OPENING_DAY } from '../support/vendor.js';
import { type Command, command, mistakes } from './commands.js';
import { answerOf, type GatewayUnderTest, gatewayUnderTest } from './gateway-under-test.js';

/** The pool has fewer connections than there are slow parties at any time here. */
const POOL_SIZE = 2;
const SLOW = 6;

const stop = new AbortController();
let under: GatewayUnderTest;
let address: string;
/** Take every request and answer none: two hosts, as each has few exchanges of its own. */
let silent: Server[];
let silentUrl: string;
let alsoSilentUrl: string;
let askedOfStores = 0;
/** Answers as the version page of a Magento. */
let healthy: Server;
let healthyUrl: string;
let askedOfHealthy = 0;

beforeAll(async () => {
  const mute = () =>
    createServer(() => {
      askedOfStores += 1;
    });
  silent = [mute(), mute()];
  healthy = createServer((_request, response) => {
    askedOfHealthy += 1;
    response.writeHead(200, { 'content-type': 'text/html' }).end('Magento/2.4 (Community)');
  });
  const [one = '', two = '', three = ''] = await Promise.all([...silent, healthy].map(listening));
  [silentUrl, alsoSilentUrl, healthyUrl] = [one, two, three];
  const hosts = [silentUrl, alsoSilentUrl, healthyUrl].map((url) => new URL(url).host);
  const overrides = { TENURE_POOL_SIZE: String(POOL_SIZE), TENURE_ALLOWED_HOSTS: hosts.join() };
  under = await gatewayUnderTest(overrides, async (url) => url, stop.signal);
  address = await under.server.listen({ host: '127.0.0.1', port: 0 });
});
afterAll(async () => {
  for (const server of [...silent, healthy]) {
    server.closeAllConnections();
    server.close();
  }
  await under.close();
});

async function listening(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const pool = () => under.gateway.database.pool;

async function until(holds: () => boolean): Promise<void> {
  for (let looks = 0; !holds(); looks += 1) {
    if (looks === 1_000) throw new Error('What was waited for did not come.');
    await pause(10);
  }
}

async function expectOthersServed() {
  const others = await Promise.all(
    Array.from({ length: SLOW }, async () => {
      const response = await fetch(`${address}/graphql`, {
        method: 'POST',
        headers: { authorization: `Bearer ${under.tokens.staff}`, 'content-type': 'application/json' },
        body: JSON.stringify({ query: '{ addons(first: 1) { edges { node { sku } } } }' }),
      });
      return answerOf(response.status, await response.text());
    }),
  );
  expect(others.map(({ status, errors }) => [status, errors])).toEqual(Array.from({ length: SLOW }, () => [200, []]));
}

async function readiness() {
  const response = await fetch(`${address}/readyz`);
  return [response.status, await response.json()];
}

test('requests that are never sent to their end hold nothing of the database', async () => {
  let begun = 0;
  under.server.server.on('request', () => {
    begun += 1;
  });
  const head = [
    'POST /graphql HTTP/1.1',
    'Host: a.example',
    `Authorization: Bearer ${under.tokens.staff}`,
    'Content-Type: application/json',
    'Content-Length: 200',
  ];
  const sockets = Array.from({ length: SLOW }, (): Socket => {
    const socket = connect(Number(new URL(address).port), '127.0.0.1');
    socket.on('error', () => socket.destroy());
    socket.write(`${head.join('\r\n')}\r\n\r\n{`);
    return socket;
  });
  await until(() => begun === SLOW);
  await pause(100);
  expect(pool().totalCount - pool().idleCount).toBe(0);
  await expectOthersServed();
  for (const socket of sockets) socket.destroy();
});

test('a process whose connections are all in use is ready all the same', async () => {
  const held = await Promise.all(Array.from({ length: POOL_SIZE }, () => pool().connect()));
  expect(await readiness()).toEqual([200, { status: 'ready' }]);
  for (const client of held) client.release();
});

test('stores that never answer hold nothing of the database; a stop ends the waiting and notes no failure of theirs', async () => {
  const credentials = { kind: 'MAGENTO_BEARER', token: 'a-token-of-the-store' } as const;
  const store = { platform: 'MAGENTO', timeZone: null, credentials } as const;
  const hers = { ...store, url: `${silentUrl}/hers`, role: 'CUSTOMER_PRODUCTION', customerId: under.vendor.ada.id, code: null } as const;
  const ours = { ...store, url: `${silentUrl}/shop`, role: 'VENDOR_SHOP', customerId: null, code: 'silent' } as const;
  const connected = await asVendor(under.gateway.database, async (em) => [
    await connectStore(em, hers, under.gateway.secretKey, OPENING_DAY),
    await connectStore(em, ours, under.gateway.secretKey, OPENING_DAY),
  ]);
  const storeId = toGlobalId('Store', connected[0]?.id ?? '');
  const importing = () => command(under, 'ordersImport', 'summary { ordersSeen failureMessage }', { shop: 'silent' });
  const readings = Array.from({ length: SLOW }, () => command(under, 'storeRead', 'storeReading { failure }', { storeId }));
  const imported = importing();
  const connectAt = (url: string) =>
    command(under, 'storeConnect', 'store { id }', { platform: 'MAGENTO', url, role: 'CUSTOMER_PRODUCTION', credentials }, 'ada');
  const connecting = connectAt(`${silentUrl}/new`);
  // The others wait for their turn with this host.
  await until(() => askedOfStores === 3 && pool().totalCount === pool().idleCount);
  await expectOthersServed();

  // With as many stores silent as are asked at once over HTTP, the next one is not; jobs have exchanges of their own.
  const more = ['a', 'b', 'c'].map((path) => connectAt(`${alsoSilentUrl}/${path}`));
  await until(() => askedOfStores === 6);
  const late = connectAt(healthyUrl);
  expect(await under.gateway.connect({ platform: 'MAGENTO', url: healthyUrl, timeZone: null }, credentials).readVersion()).toMatchObject({
    version: '2.4',
  });
  expect((await importing()).summary.failureMessage).toBe('Another import of this shop is running. Wait until it has finished.');
  expect(askedOfHealthy).toBe(1);

  const begun = performance.now();
  stop.abort();
  const ended: Command[] = await Promise.all(readings);
  expect(ended.map(mistakes)).toEqual(ended.map(() => [['UNREADABLE_STORE', 'input.storeId']]));
  const connections = await Promise.all([connecting, ...more, late]);
  expect(connections.map(mistakes)).toEqual(connections.map(() => [['UNREADABLE_STORE', 'input.credentials']]));
  expect((await imported).summary).toEqual({ ordersSeen: 0, failureMessage: expect.stringContaining('Tenure is being stopped') });
  expect(performance.now() - begun).toBeLessThan(5_000);
  const noted = await asVendor(under.gateway.database, (em) => em.count(StoreReading, { failure: { $ne: null } }));
  expect(noted).toBe(0);
});
