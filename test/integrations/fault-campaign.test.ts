import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { pathToFileURL } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { type GuardedClient, guardedClient } from '../../integrations/guarded-client.js';
import { magentoConnector } from '../../integrations/magento/connector.js';
import { type MagentoSandbox, startMagentoSandbox } from '../../integrations/magento/sandbox.js';
import { prestashopConnector } from '../../integrations/prestashop/connector.js';
import type { PrestaShopSandbox } from '../../integrations/prestashop/sandbox.js';
import type { Fault } from '../../integrations/sandbox/fault-switch.js';
import { type StorePlatform, StoreReadingFailed } from '../../integrations/store-platform.js';
import { startUntrustedServer } from '../support/wrong-certificate.js';
import { recordedShop } from './magento/recorded-shop.js';
import { closeShops, key, openShop, spec } from './prestashop/open-shop.js';

/** Every way in which a shop can misbehave, against everything that is read from one, on both platforms. */
const DEADLINE_MS = 500;
/** Where the deadline is not what is tried: a busy machine takes its time. */
const PATIENCE_MS = 30_000;
const MAX_BYTES = 1_000_000;

const SECRETS = {
  consumerKey: 'consumer-key',
  consumerSecret: 'consumer-secret',
  accessToken: 'access-token',
  accessTokenSecret: 'access-token-secret',
};
const credentials = { kind: 'OAUTH1', ...SECRETS } as const;
const connectors = {
  MAGENTO: (baseUrl: string, client: GuardedClient): StorePlatform => magentoConnector({ baseUrl, client, credentials }),
  PRESTASHOP: (baseUrl: string, client: GuardedClient): StorePlatform => prestashopConnector({ baseUrl, client, key, timeZone: 'UTC' }),
} as const;
type Platform = keyof typeof connectors;
const PLATFORMS = ['MAGENTO', 'PRESTASHOP'] as const;

const readings = {
  orders: (shop: StorePlatform) => Array.fromAsync(shop.readOrders(null)),
  refunds: (shop: StorePlatform) => Array.fromAsync(shop.readRefunds(null)),
  products: (shop: StorePlatform) => Array.fromAsync(shop.readProducts(null)),
  version: (shop: StorePlatform) => shop.readVersion(),
} as const;
type Reading = keyof typeof readings;
const READINGS = Object.keys(readings) as Reading[];

let shops: Readonly<Record<Platform, MagentoSandbox | PrestaShopSandbox>>;

beforeAll(async () => {
  shops = {
    MAGENTO: await startMagentoSandbox({ data: recordedShop(), credentials: SECRETS }),
    PRESTASHOP: await openShop([1, 2, 3].map((id) => spec(id))),
  };
});
afterEach(() => {
  for (const shop of Object.values(shops)) shop.faults.set(null);
});
afterAll(async () => {
  await shops.MAGENTO.close();
  await closeShops();
});

const clientOf = (url: string, totalTimeoutMs: number) =>
  guardedClient({ allowedHosts: [new URL(url).host], totalTimeoutMs, maxBytes: MAX_BYTES });

interface Outcome {
  readonly code: string;
  readonly retryAfterSeconds: number | undefined;
  readonly text: string;
  readonly tookMs: number;
}

/** What reading it comes to: the code of the failure, or READ. */
async function outcomeOf(platform: Platform, url: string, reading: Reading, totalTimeoutMs = PATIENCE_MS): Promise<Outcome> {
  const begun = performance.now();
  const failure = await readings[reading](connectors[platform](url, clientOf(url, totalTimeoutMs))).then(
    () => null,
    (error: unknown) => error,
  );
  const tookMs = performance.now() - begun;
  if (failure === null) return { code: 'READ', retryAfterSeconds: undefined, text: '', tookMs };
  if (!(failure instanceof StoreReadingFailed)) throw failure;
  const text = `${failure.message} ${JSON.stringify(failure)} ${failure.stack}`;
  return { code: failure.code, retryAfterSeconds: failure.details.retryAfterSeconds, text, tookMs };
}

/** All readings of both platforms at once, each through a client of its own. */
async function outcomesUnder(fault: Fault, totalTimeoutMs: number): Promise<Record<string, Outcome>> {
  const runs = PLATFORMS.flatMap((platform) => {
    shops[platform].faults.set(fault);
    return READINGS.map(
      async (reading) => [`${platform} ${reading}`, await outcomeOf(platform, shops[platform].url, reading, totalTimeoutMs)] as const,
    );
  });
  return Object.fromEntries(await Promise.all(runs));
}

const codesOf = (outcomes: Readonly<Record<string, Outcome>>) =>
  Object.fromEntries(Object.entries(outcomes).map(([name, { code }]) => [name, code]));
const everywhere = (code: string, exceptions: Readonly<Record<string, string>> = {}) =>
  Object.fromEntries(
    PLATFORMS.flatMap((platform) => READINGS.map((reading) => [`${platform} ${reading}`, exceptions[`${platform} ${reading}`] ?? code])),
  );

/** The version page of Magento is a page: another one in its place tells no version, and is no failure. */
const PAGE = { 'MAGENTO version': 'READ' } as const;

describe('a fault', () => {
  const table: readonly { because: string; fault: Fault; code: string; exceptions?: Readonly<Record<string, string>> }[] = [
    { because: 'too many requests', fault: { kind: 'TOO_MANY_REQUESTS', retryAfterSeconds: 60 }, code: 'RATE_LIMITED' },
    { because: 'a crash', fault: { kind: 'SERVER_ERROR' }, code: 'UNAVAILABLE' },
    { because: 'maintenance', fault: { kind: 'MAINTENANCE' }, code: 'UNAVAILABLE' },
    { because: 'no answer at all', fault: { kind: 'HANG' }, code: 'TIMED_OUT' },
    { because: 'a byte now and then', fault: { kind: 'DRIP', everyMs: 50 }, code: 'TIMED_OUT' },
    { because: 'half an answer', fault: { kind: 'TRUNCATED' }, code: 'UNREACHABLE' },
    { because: '200 MB in gzip', fault: { kind: 'OVERSIZED', megabytes: 200, gzip: true }, code: 'TOO_LARGE' },
    { because: '300 MB', fault: { kind: 'OVERSIZED', megabytes: 300 }, code: 'TOO_LARGE' },
    { because: 'JSON too deep to parse', fault: { kind: 'DEEP_JSON', levels: 100_000 }, code: 'UNEXPECTED_REPLY', exceptions: PAGE },
    { because: 'a page where data was asked for', fault: { kind: 'HTML' }, code: 'UNEXPECTED_REPLY', exceptions: PAGE },
    { because: 'a redirect', fault: { kind: 'REDIRECT' }, code: 'UNEXPECTED_REPLY', exceptions: PAGE },
  ];

  test.each(table)(
    '$because has an outcome of its own in every reading, within the deadline, and gives no secret away',
    async ({ fault, code, exceptions }) => {
      // How late a timer comes on this machine at this moment: that is not the client's doing.
      const lag = monitorEventLoopDelay({ resolution: 5 });
      lag.enable();
      const outcomes = await outcomesUnder(fault, code === 'TIMED_OUT' ? DEADLINE_MS : PATIENCE_MS);
      expect(codesOf(outcomes)).toEqual(everywhere(code, exceptions));
      // Each of the eight may come as late once it is its turn.
      const latenessMs = (8 * lag.max) / 1_000_000;
      lag.disable();
      for (const { tookMs, text, retryAfterSeconds } of Object.values(outcomes)) {
        if (code === 'TIMED_OUT') {
          expect(tookMs).toBeGreaterThanOrEqual(DEADLINE_MS - 5);
          expect(tookMs).toBeLessThanOrEqual(DEADLINE_MS * 1.1 + latenessMs);
        }
        expect(retryAfterSeconds).toBe(code === 'RATE_LIMITED' ? 60 : undefined);
        for (const secret of [...Object.values(SECRETS), key, 'Basic', 'OAuth']) expect(text).not.toContain(secret);
      }
    },
  );

  test('of the certificate is named, and nothing is sent', async () => {
    const untrusted = await startUntrustedServer();
    for (const platform of PLATFORMS) {
      for (const reading of READINGS) {
        const { code, text } = await outcomeOf(platform, untrusted.url, reading);
        expect([platform, reading, code]).toEqual([platform, reading, 'CERTIFICATE_REFUSED']);
        expect(text).toMatch(/its certificate (is|has|comes|was) /);
      }
    }
    expect(untrusted.requests()).toBe(0);
    await untrusted.close();
  });

  test('of the currency is read as it is told: the order, not its neighbours, carries it', async () => {
    for (const platform of PLATFORMS) {
      const shop = connectors[platform](shops[platform].url, clientOf(shops[platform].url, PATIENCE_MS));
      const currencies = async () => (await readings.orders(shop)).flatMap(({ rows }) => rows.map(({ currencyCode }) => currencyCode));
      const before = await currencies();
      shops[platform].faults.set({ kind: 'CHANGED_CURRENCY', currencyCode: 'XTS' });
      expect(before).toContain('EUR');
      expect(await currencies()).toEqual(before.map(() => 'XTS'));
    }
  });
});

test('shops that misbehave take nothing from one that does not: all it is asked, it answers', async () => {
  const healthy = shops.PRESTASHOP;
  const faults: readonly Fault[] = [
    { kind: 'HANG' },
    { kind: 'DRIP', everyMs: 20 },
    { kind: 'OVERSIZED', megabytes: 30 },
    { kind: 'SERVER_ERROR' },
  ];
  const bad = await Promise.all(faults.map(() => openShop([spec(1)])));
  bad.forEach((shop, index) => {
    shop.faults.set(faults[index] ?? null);
  });
  const client = guardedClient({
    allowedHosts: [healthy, ...bad].map(({ url }) => new URL(url).host),
    totalTimeoutMs: DEADLINE_MS,
    maxBytes: MAX_BYTES,
  });
  const ask = (url: string) => client.get(new URL(`${url}/api/orders?output_format=JSON`), { authorization: `Basic ${btoa(`${key}:`)}` });
  const begun = performance.now();
  const troubled = bad.flatMap(({ url }) => Array.from({ length: 6 }, () => ask(url).catch(() => null)));
  const statuses: number[] = [];
  while (performance.now() - begun < DEADLINE_MS || statuses.length < 50) statuses.push((await ask(healthy.url)).status);
  expect(new Set(statuses)).toEqual(new Set([200]));
  expect(client.circuit(new URL(healthy.url)).state).toBe('CLOSED');
  await Promise.all(troubled);
  // Whoever hangs or drips is given up meanwhile.
  expect(bad.slice(0, 2).map(({ url }) => client.circuit(new URL(url)).state)).toEqual(['OPEN', 'OPEN']);
});

/** Reads each address in turn, and tells what came of it and by how many bytes the process grew at its height. */
const READER = `
const { guardedClient } = await import(process.argv[1]);
const [warm, ...addresses] = process.argv.slice(2).map((address) => new URL(address));
const allowedHosts = [warm, ...addresses].map(({ host }) => host);
const client = guardedClient({ allowedHosts, totalTimeoutMs: 30000, maxBytes: 10000000 });
for (let time = 0; time < 20; time += 1) await client.get(warm, {});
const before = process.resourceUsage().maxRSS;
const codes = [];
for (const url of addresses) codes.push(await client.get(url, {}).then(({ status }) => status, ({ code }) => code));
console.log(JSON.stringify({ codes, grownBytes: (process.resourceUsage().maxRSS - before) * 1024 }));
process.exit();
`;

test('large bodies are cut off where they get too large: the process grows by 64 MB at most', async () => {
  const large = await openShop([]);
  const orders = `${large.url}/api/orders`;
  const run = async (fault: Fault, times: number) => {
    large.faults.set({ ...fault, pathContains: 'large' });
    const module = pathToFileURL(resolve('dist/integrations/guarded-client.js')).href;
    const asked = Array.from({ length: times }, (_, time) => `${orders}?large=${time}`);
    const child = spawn(process.execPath, ['--input-type=module', '-e', READER, module, orders, ...asked], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let text = '';
    child.stdout.on('data', (chunk) => {
      text += chunk;
    });
    await once(child, 'close');
    return JSON.parse(text) as { codes: unknown[]; grownBytes: number };
  };
  for (const gzip of [true, false]) {
    const { codes, grownBytes } = await run({ kind: 'OVERSIZED', megabytes: gzip ? 200 : 300, gzip }, 4);
    expect(codes).toEqual(Array(4).fill('TOO_LARGE'));
    expect(grownBytes).toBeLessThanOrEqual(64 * 1_048_576);
  }
});
