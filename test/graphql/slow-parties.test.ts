import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { StoreReading } from '../../src/persistence/store-reading.js';
import { toGlobalId } from '../../src/use-cases/global-id.js';
import { connectStore, type StoreConnectInput } from '../../src/use-cases/store.js';
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
/** Answers as the version page of a Magento; under /hang it is silent until the end of that test, and under /429 it wants to be left alone for a day. */
let mixed: Server;
let mixedUrl: string;
/** Host and path of what was asked of all of them. */
const askedOfStores: string[] = [];
const hanging: ServerResponse[] = [];
let mayHang = true;

beforeAll(async () => {
  const told = ({ headers: { host }, url }: IncomingMessage) => askedOfStores.push(`http://${host}${url}`);
  const mute = () => createServer(told);
  silent = [mute(), mute()];
  mixed = createServer((request, response) => {
    told(request);
    if (request.url?.startsWith('/429/')) response.writeHead(429, { 'retry-after': '86400' }).end();
    else if (mayHang && request.url?.startsWith('/hang/')) hanging.push(response);
    else response.writeHead(200, { 'content-type': 'text/html' }).end('Magento/2.4 (Community)');
  });
  const [one = '', two = '', three = ''] = await Promise.all([...silent, mixed].map(listening));
  [silentUrl, alsoSilentUrl, mixedUrl] = [one, two, three];
  const hosts = [silentUrl, alsoSilentUrl, mixedUrl].map((url) => new URL(url).host).join();
  const overrides = {
    TENURE_POOL_SIZE: String(POOL_SIZE),
    TENURE_ALLOWED_HOSTS: hosts,
    TENURE_ALLOWED_HOSTS_OF_CUSTOMERS: hosts,
  };
  under = await gatewayUnderTest(overrides, async (url) => url, stop.signal);
  address = await under.server.listen({ host: '127.0.0.1', port: 0 });
});
afterAll(async () => {
  for (const server of [...silent, mixed]) {
    server.closeAllConnections();
    server.close();
  }
  await under.close();
});

const askedAt = (url: string): number => askedOfStores.filter((asked) => asked.startsWith(url)).length;

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

const credentials = { kind: 'MAGENTO_BEARER', token: 'a-token-of-the-store' } as const;
const store = { platform: 'MAGENTO', timeZone: null, credentials } as const;
const ours = { ...store, role: 'VENDOR_SHOP', customerId: null } as const;
const connected = (input: StoreConnectInput) =>
  asVendor(under.gateway.database, async (em) => (await connectStore(em, input, under.gateway.secretKey, OPENING_DAY)).id);
/** What came of a customer's asking for a store to be connected. */
const connectAt = (url: string, asker: 'ada' | 'ben') =>
  command(
    under,
    'storeConnect',
    'store { id } probe { findings { code } }',
    { platform: 'MAGENTO', url, role: 'CUSTOMER_PRODUCTION', credentials },
    asker,
  );
/** As a job reads a store of that owner. */
const readByJob = (url: string, customer: { id: string } | null) =>
  under.gateway.connect({ platform: 'MAGENTO', url, timeZone: null, customer }, credentials).readVersion();

test('what customers’ stores do at the vendor’s own host silences nobody but themselves', async () => {
  const shop = `${mixedUrl}/shop`;
  const storeId = toGlobalId('Store', await connected({ ...ours, url: shop, code: 'beside' }));
  // Ada may have a path there at which she is told to come back tomorrow.
  expect((await connectAt(`${mixedUrl}/429`, 'ada')).probe.findings.at(-1).code).toBe('UNAVAILABLE');
  expect((await connectAt(`${mixedUrl}/ada`, 'ada')).probe.findings).toEqual([{ code: 'UNAVAILABLE' }]);
  expect(askedAt(`${mixedUrl}/ada`)).toBe(0);
  expect(await readByJob(shop, null)).toMatchObject({ version: '2.4' });

  // Ben has six that hang: two are asked at once, and he waits for the others.
  const bens = Array.from({ length: 6 }, (_, index) => connectAt(`${mixedUrl}/hang/${index}`, 'ben'));
  await until(() => hanging.length === 2);
  expect(await readByJob(shop, null)).toMatchObject({ version: '2.4' });
  const platform = under.gateway.connect({ platform: 'MAGENTO', url: shop, timeZone: null, customer: null }, credentials);
  expect(platform.circuit()).toEqual({ state: 'CLOSED', reopensAt: null });
  expect(mistakes(await command(under, 'storeProbe', 'probe { outcome }', { storeId }))).toEqual([]);
  expect(hanging).toHaveLength(2);
  mayHang = false;
  for (const response of hanging.splice(0)) response.writeHead(404).end();
  for (const { probe } of await Promise.all(bens)) expect(probe.findings).not.toEqual([]);
});

test('stores that never answer hold nothing of the database; a stop ends the waiting and notes no failure of theirs', async () => {
  const ada = { id: under.vendor.ada.id };
  const hers = { ...store, url: `${silentUrl}/hers`, role: 'CUSTOMER_PRODUCTION', customerId: ada.id, code: null } as const;
  const storeId = toGlobalId('Store', await connected(hers));
  await connected({ ...ours, url: `${silentUrl}/shop`, code: 'silent' });
  const importing = () => command(under, 'ordersImport', 'summary { ordersSeen failureMessage }', { shop: 'silent' });
  const readings = Array.from({ length: SLOW }, () => command(under, 'storeRead', 'storeReading { failure }', { storeId }));
  const imported = importing();
  // The others wait for their turn with this host.
  await until(() => askedAt(`${silentUrl}/hers`) === 3 && askedAt(`${silentUrl}/shop`) > 0);
  await until(() => pool().totalCount === pool().idleCount);
  await expectOthersServed();

  // Two of her stores are asked at once for herself, wherever they are; staff, jobs and other customers have their own.
  const connecting = ['a', 'b', 'c'].map((path) => connectAt(`${alsoSilentUrl}/${path}`, 'ada'));
  await until(() => askedAt(alsoSilentUrl) === 2);
  expect(await readByJob(`${mixedUrl}/shop`, null)).toMatchObject({ version: '2.4' });
  expect((await connectAt(`${mixedUrl}/ben`, 'ben')).probe).not.toBeNull();
  const late = connectAt(`${alsoSilentUrl}/late`, 'ada');
  expect((await importing()).summary.failureMessage).toBe('Another import of this shop is running. Wait until it has finished.');
  expect([askedAt(alsoSilentUrl), askedAt(`${silentUrl}/hers`)]).toEqual([2, 3]);

  const begun = performance.now();
  stop.abort();
  const ended: Command[] = await Promise.all(readings);
  expect(ended.map(mistakes)).toEqual(ended.map(() => [['UNREADABLE_STORE', 'input.storeId']]));
  const connections = await Promise.all([...connecting, late]);
  expect(connections.map(mistakes)).toEqual(connections.map(() => [['UNREADABLE_STORE', 'input.credentials']]));
  expect((await imported).summary).toEqual({ ordersSeen: 0, failureMessage: expect.stringContaining('Tenure is being stopped') });
  expect(performance.now() - begun).toBeLessThan(5_000);
  const noted = await asVendor(under.gateway.database, (em) => em.count(StoreReading, { failure: { $ne: null } }));
  expect(noted).toBe(0);
});
