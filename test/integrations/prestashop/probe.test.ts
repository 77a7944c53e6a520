import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, test } from '@jest/globals';
import { guardedClient } from '../../../integrations/guarded-client.js';
import { type PrestaShopConnection, prestashopConnector } from '../../../integrations/prestashop/connector.js';
import type { SandboxOptions } from '../../../integrations/prestashop/sandbox.js';
import type { ProbeFinding, StoreProbe, StorePurpose } from '../../../integrations/store-platform.js';
import type { Recording } from '../replay-server.js';
import { closeShops, connector, counted, key, openShop, rightsBut, spec } from './open-shop.js';
import { recordedJson, recordedText } from './recorded-shop.js';

afterEach(closeShops);

const recordings: readonly Recording[] = recordedJson('index.json');

const probeOf = async (
  options: Partial<SandboxOptions> = {},
  given: Partial<PrestaShopConnection> = {},
  purpose: StorePurpose = 'ORDERS',
): Promise<StoreProbe> => connector(await openShop([spec(1)], options), given).probe(purpose);

const rights = (granted: Readonly<Record<string, readonly 'GET'[]>>, more: object = {}): Partial<SandboxOptions> => ({
  keys: { [key]: { rights: granted, ...more } },
});
/** What a shopkeeper must look at: all but what works. */
const troubles = ({ findings }: StoreProbe): ProbeFinding[] => findings.filter(({ severity }) => severity !== 'WORKS');

describe('a vendor’s shop', () => {
  test('with the rights that are needed works, and tells its exact version; the whole probe is three questions', async () => {
    const shop = await openShop([spec(1)]);
    const client = counted(shop.url);
    const probe = await connector(shop, { client }).probe('ORDERS');
    expect(probe).toMatchObject({ outcome: 'WORKS', platformVersion: '8.2.1' });
    expect(troubles(probe)).toEqual([]);
    expect(probe.findings.filter(({ code }) => code === 'RIGHT_GRANTED')).toHaveLength(10);
    expect(client.asked).toEqual(['orders', '', 'orders']);
  });

  test.each(Object.keys(rightsBut()))('whose key may not read %s is incomplete, and the finding names it', async (missing) => {
    const probe = await probeOf(rights(rightsBut(missing)));
    expect(probe).toMatchObject({ outcome: 'INCOMPLETE', platformVersion: '8.2.1' });
    expect(troubles(probe)).toEqual([
      expect.objectContaining({
        code: 'RIGHT_MISSING',
        severity: 'MISSING',
        right: missing,
        message: expect.stringContaining(`The key is good but may not read ${missing}: tick "View" (GET) there`),
      }),
    ]);
  });

  test('whose list of rights cannot be had is asked for each by itself', async () => {
    const shop = await openShop([spec(1)], rights(rightsBut('order_slip')));
    const client = counted(shop.url);
    const withoutRoot = {
      ...client,
      get: async (...[url, headers]: Parameters<typeof client.get>) =>
        url.pathname === '/api/' ? { status: 500, headers: {}, body: '' } : client.get(url, headers),
    };
    const probe = await connector(shop, { client: withoutRoot }).probe('ORDERS');
    expect([probe.outcome, troubles(probe).map(({ right }) => right)]).toEqual(['INCOMPLETE', ['order_slip']]);
  });

  test('that gives away its settings, or more than is needed, works and is told so', async () => {
    const probe = await probeOf(rights({ ...rightsBut(), configurations: ['GET'], addresses: ['GET'] }));
    expect(probe.outcome).toBe('WORKS');
    expect(troubles(probe)).toEqual([
      expect.objectContaining({ code: 'RIGHT_UNNEEDED', severity: 'ADVICE', right: 'configurations' }),
      expect.objectContaining({ code: 'RIGHT_UNNEEDED', severity: 'ADVICE', right: 'addresses' }),
    ]);
  });

  test.each([
    { timeZone: 'America/Los_Angeles', doubted: true, because: 'an order of just now would be of nine hours from now' },
    { timeZone: 'Europe/Paris', doubted: false, because: 'it is the shop’s' },
    { timeZone: 'Asia/Tokyo', doubted: false, because: 'an order of hours ago may be the newest' },
  ])('read in $timeZone: doubted $doubted, because $because', async ({ timeZone, doubted }) => {
    const now = Temporal.Now.instant().toString();
    const shop = await openShop([spec(1, { placedAt: now, paidAt: now })]);
    const probe = await connector(shop, { timeZone }).probe('ORDERS');
    expect(probe.outcome).toBe(doubted ? 'INCOMPLETE' : 'WORKS');
    expect(troubles(probe).map(({ code, severity }) => [code, severity])).toEqual(doubted ? [['TIME_ZONE_DOUBTFUL', 'MISSING']] : []);
  });
});

describe('a customer’s store', () => {
  test('needs one harmless right; a key to its customers is more than is wanted', async () => {
    const least = await probeOf(rights({ languages: ['GET'] }), {}, 'VERSION');
    expect([least.outcome, least.platformVersion, troubles(least)]).toEqual(['WORKS', '8.2.1', []]);
    const most = await probeOf({}, {}, 'VERSION');
    expect(most.outcome).toBe('WORKS');
    expect(troubles(most)).toEqual([expect.objectContaining({ code: 'RIGHT_UNNEEDED', message: expect.stringContaining('customers') })]);
  });

  test.each([
    { scopes: ['module_read'], outcome: 'WORKS', code: 'MODULES_TOLD' },
    { scopes: [], outcome: 'INCOMPLETE', code: 'MODULES_NOT_TOLD' },
  ])('whose API client has the scopes $scopes: $outcome', async ({ scopes, outcome, code }) => {
    const adminApi = { clients: { client: { secret: 'secret', scopes } }, modules: [], acceptsHttp: true };
    const given = { adminApi: { clientId: 'client', clientSecret: 'secret' } };
    const probe = await probeOf({ ...rights({ languages: ['GET'] }), adminApi }, given, 'VERSION');
    expect([probe.outcome, probe.findings.at(-1)?.code]).toEqual([outcome, code]);
  });
});

const REFUSALS: readonly (readonly [string, Partial<SandboxOptions>, Partial<PrestaShopConnection>, string, RegExp])[] = [
  ['a key of another length', {}, { key: 'K' }, 'KEY_MALFORMED', /32 characters/],
  ['an unknown key', {}, { key: 'X'.repeat(32) }, 'KEY_UNKNOWN', /unknown or switched off.*both alike/],
  ['a key that is switched off', rights(rightsBut(), { active: false }), {}, 'KEY_UNKNOWN', /switched off/],
  ['a key without any right', rights({}), {}, 'KEY_WITHOUT_RIGHTS', /no right at all/],
  ['a webservice that is off', { webserviceOn: false }, {}, 'WEBSERVICE_OFF', /switch it on at Advanced Parameters \/ Webservice/],
  ['a web server that strips the header', { stripsAuthorization: true }, {}, 'AUTHORIZATION_STRIPPED', /CGIPassAuth/],
  [
    'a key of another shop of the multistore',
    rights(rightsBut(), { shops: [2] }),
    { shopId: '1' },
    'KEY_OF_ANOTHER_SHOP',
    /tie it to this one/,
  ],
];
test.each(REFUSALS)('%s: refused as %4$s', async (_what, options, given, code, words) => {
  const probe = await probeOf(options, given);
  expect(probe.outcome).toBe('REFUSED');
  expect(probe.findings).toEqual([expect.objectContaining({ code, severity: 'FAILED', message: expect.stringMatching(words) })]);
});

test.each([
  { kind: 'HTML', code: 'ANSWERS_HTML', words: /HTML \(200\): maintenance or a wrong path/ },
  { kind: 'MAINTENANCE', code: 'UNAVAILABLE', words: /in maintenance or overloaded \(503\)/ },
  { kind: 'TOO_MANY_REQUESTS', code: 'UNAVAILABLE', words: /fewer questions/ },
  { kind: 'SERVER_ERROR', code: 'UNEXPECTED_REPLY', words: /500/ },
] as const)('a shop that answers $kind is not reached', async ({ kind, code, words }) => {
  const shop = await openShop([]);
  shop.faults.set({ kind, retryAfterSeconds: 60 });
  const probe = await connector(shop).probe('ORDERS');
  expect(probe).toMatchObject({ outcome: 'NOT_REACHED', findings: [{ code, severity: 'FAILED', message: expect.stringMatching(words) }] });
});

test('a shop that hangs half-way is not reached, and what was found before stays said', async () => {
  const shop = await openShop([]);
  shop.faults.set({ kind: 'HANG', pathContains: 'date_upd' });
  const client = guardedClient({ allowedHosts: [new URL(shop.url).host], totalTimeoutMs: 200, maxBytes: 100_000 });
  const probe = await connector(shop, { client }).probe('ORDERS');
  expect(probe).toMatchObject({ outcome: 'NOT_REACHED', platformVersion: '8.2.1' });
  expect(probe.findings.map(({ code }) => code)).toEqual(expect.arrayContaining(['CREDENTIALS_GOOD', 'TOO_SLOW']));
});

/** As PrestaShop 9.1.4 answered: the first question with the recorded reply, the list of rights with the recorded list. */
async function probeOfRecorded(file: string): Promise<StoreProbe> {
  const { status, headers = {} } = recordings.find((recording) => recording.file === file) ?? { status: 0 };
  const root = recordings.find((recording) => recording.file === 'root-xml.xml');
  const replyOf = (of: string, to: Recording['headers'] = {}) => ({
    headers: Object.fromEntries(Object.entries(to).map(([name, value]) => [name.toLowerCase(), value])),
    body: recordedText(of),
  });
  const client = {
    ...counted('http://127.0.0.1:1'),
    get: async (url: URL) =>
      url.pathname === '/api/' ? { status: 200, ...replyOf('root-xml.xml', root?.headers) } : { status, ...replyOf(file, headers) },
  };
  return prestashopConnector({ baseUrl: 'http://127.0.0.1:1', key, timeZone: 'Europe/Paris', client }).probe('ORDERS');
}

test.each([
  ['error-401-no-key.txt', 'REFUSED', 'AUTHORIZATION_STRIPPED'],
  ['error-401-bad-format.json', 'REFUSED', 'KEY_MALFORMED'],
  ['error-401-unknown-key.json', 'REFUSED', 'KEY_UNKNOWN'],
  ['error-401-inactive.json', 'REFUSED', 'KEY_UNKNOWN'],
  ['orders-empty-full.json', 'INCOMPLETE', 'CREDENTIALS_GOOD'],
  ['error-resource-not-allowed.json', 'INCOMPLETE', 'CREDENTIALS_GOOD'],
])('the recorded %s is %s: %s', async (file, outcome, code) => {
  const probe = await probeOfRecorded(file);
  expect([probe.outcome, probe.findings[0]?.code]).toEqual([outcome, code]);
  if (outcome === 'INCOMPLETE') {
    expect(probe.platformVersion).toBe('9.1.4');
    // The key of the recordings was granted more than is good, and not all that is needed.
    expect(troubles(probe).map(({ right }) => right)).toEqual(expect.arrayContaining(['configurations', 'combinations']));
  }
});

test('the clock is told by Access-Time', async () => {
  const probe = await probeOf({ clockAheadSeconds: -7_200 });
  expect(Math.abs((probe.clockSkewSeconds ?? 0) + 7_200)).toBeLessThanOrEqual(5);
  expect(troubles(probe).map(({ code }) => code)).toContain('CLOCK_SKEWED');
});

test('a redirect is not followed: the key would follow it', async () => {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(request.url ?? '');
    response.writeHead(302, { location: 'https://shop.example/api/orders' }).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const shop = await openShop([]);
  const probe = await connector(shop, { baseUrl: url, client: counted(url) }).probe('ORDERS');
  server.closeAllConnections();
  server.close();
  expect(probe).toMatchObject({
    outcome: 'REFUSED',
    findings: [{ code: 'REDIRECTED', message: expect.stringContaining('redirects to another address (302)') }],
  });
  expect(asked).toHaveLength(1);
});
