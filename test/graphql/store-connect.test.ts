import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type MagentoSandbox, startMagentoSandbox } from '../../integrations/magento/sandbox.js';
import { type PrestaShopSandbox, startPrestaShopSandbox } from '../../integrations/prestashop/sandbox.js';
import type { SandboxKey } from '../../integrations/prestashop/sandbox-webservice.js';
import { emptyPrestaShop } from '../../integrations/prestashop/shop-builder.js';
import { Store, type StoreRow } from '../../src/persistence/store.js';
import { fromGlobalId, toGlobalId } from '../../src/use-cases/global-id.js';
import { connectorOf } from '../../src/use-cases/store.js';
import { recordedShop } from '../integrations/magento/recorded-shop.js';
import { asVendor } from '../support/vendor.js';
import { type Command, command, mistakes } from './commands.js';
import { type Asker, type GatewayUnderTest, gatewayUnderTest, rowPrints } from './gateway-under-test.js';

const KEYS = { good: 'GOODKEY0'.repeat(4), next: 'NEXTKEY0'.repeat(4), poor: 'POORKEY0'.repeat(4), unknown: 'NEVERKEY'.repeat(4) };
const SECRETS = {
  consumerKey: 'canary-consumer-key',
  consumerSecret: 'canary-consumer-secret',
  accessToken: 'canary-access-token',
  accessTokenSecret: 'canary-token-secret',
};
const RESOURCES =
  'orders order_details order_states order_histories order_cart_rules order_slip customers currencies products combinations'.split(' ');
const NOON = '2026-03-10T10:00:00Z';
/** Nothing listens at port 1. */
const CLOSED = 'http://127.0.0.1:1';
const FIELDS = `store { id url role access { kind setAt testedAt } clockSkewSeconds }
  probe { outcome platformVersion clockSkewSeconds findings { code severity message right } }`;

let under: GatewayUnderTest;
let magento: MagentoSandbox;
const open: PrestaShopSandbox[] = [];
let taken = 0;

const mayRead = (resources: readonly string[]): SandboxKey => ({
  rights: Object.fromEntries(resources.map((resource) => [resource, ['GET'] as const])),
});
const allKeys = () => ({
  [KEYS.good]: mayRead(RESOURCES),
  [KEYS.next]: mayRead(RESOURCES),
  [KEYS.poor]: mayRead(RESOURCES.filter((resource) => resource !== 'order_slip')),
});
/** What each shop knows; a test may take a key away. */
const keysOf = new Map<PrestaShopSandbox, Record<string, SandboxKey>>();

beforeAll(async () => {
  for (let shops = 0; shops < 10; shops += 1) {
    const keys = allKeys();
    const shop = await startPrestaShopSandbox({ data: emptyPrestaShop('Add-ons'), keys, timeZone: 'Europe/Paris', version: '8.2.1' });
    open.push(shop);
    keysOf.set(shop, keys);
  }
  stranger = nextShop();
  magento = await startMagentoSandbox({ data: recordedShop(), credentials: SECRETS });
  const hosts = [...open.map(({ url }) => url), magento.url, CLOSED].map((url) => new URL(url).host);
  const ofCustomers = new URL(magento.url).host;
  under = await gatewayUnderTest({ TENURE_ALLOWED_HOSTS: hosts.join(), TENURE_ALLOWED_HOSTS_OF_CUSTOMERS: ofCustomers });
});
afterAll(async () => {
  await under.close();
  await Promise.all([magento, ...open].map((sandbox) => sandbox.close()));
});

/** A shop that no other test uses, and what connects it as the vendor's own. */
function nextShop() {
  const shop = open[taken++];
  if (shop === undefined) throw new Error('The tests need more shops than were started.');
  const input = { platform: 'PRESTASHOP', url: shop.url, role: 'VENDOR_SHOP', code: `shop-${taken}`, timeZone: 'Europe/Paris' };
  return { shop, keys: keysOf.get(shop) ?? {}, input };
}
/** Stays unconnected: whatever is refused is tried here. */
let stranger: ReturnType<typeof nextShop>;
const withKey = (key: string) => ({ credentials: { kind: 'PRESTASHOP_KEY', key } });
const connect = (input: object, asker: Asker = 'staff') => command(under, 'storeConnect', FIELDS, input, asker);
const probe = (storeId: string, asker: Asker = 'staff') => command(under, 'storeProbe', FIELDS, { storeId }, asker);
const rowOf = (globalId: string): Promise<StoreRow> =>
  asVendor(under.gateway.database, (em) => em.findOneOrFail(Store, { id: fromGlobalId('Store', globalId) ?? '' }));
/** The credentials that would be used for a store now; null where none open. */
async function keptBy(globalId: string): Promise<unknown> {
  const kept: unknown[] = [];
  const { connect: real, secretKey } = under.gateway;
  connectorOf(await rowOf(globalId), secretKey, (store, credentials) => {
    kept.push(credentials);
    return real(store, credentials);
  });
  return kept[0] ?? null;
}
const troublesOf = ({ probe: { findings } }: Command): string[][] =>
  findings
    .filter(({ severity }: { severity: string }) => severity !== 'WORKS')
    .map(({ code, severity }: { code: string; severity: string }) => [code, severity]);

describe('connecting with credentials', () => {
  test('tries them first, says what it found, and keeps them with the time', async () => {
    const connected = await connect({ ...nextShop().input, ...withKey(` ${KEYS.good}\n`) });
    expect(connected).toMatchObject({
      userErrors: [],
      probe: { outcome: 'WORKS', platformVersion: '8.2.1', clockSkewSeconds: expect.any(Number) },
      store: { access: { kind: 'PRESTASHOP_KEY', setAt: NOON, testedAt: NOON }, clockSkewSeconds: expect.any(Number) },
    });
    expect(await keptBy(connected.store.id)).toMatchObject({ key: KEYS.good });
  });

  test.each([
    { key: KEYS.unknown, outcome: 'REFUSED', code: 'KEY_UNKNOWN', because: 'it opens nothing' },
    { key: KEYS.poor, outcome: 'INCOMPLETE', code: 'RIGHT_MISSING', because: 'nobody said that this is enough' },
    {
      key: KEYS.unknown,
      outcome: 'REFUSED',
      code: 'KEY_UNKNOWN',
      rest: { acceptIncomplete: true, keepUntested: true },
      because: 'it is wrong',
    },
    { url: CLOSED, key: KEYS.good, outcome: 'NOT_REACHED', code: 'UNREACHABLE', because: 'nobody knows whether it is right' },
    {
      url: 'https://10.0.0.1',
      key: KEYS.good,
      outcome: 'REFUSED',
      code: 'ADDRESS_REFUSED',
      rest: { acceptIncomplete: true, keepUntested: true },
      at: 'input.url',
      because: 'it may never be reached',
    },
  ])('is $outcome and writes nothing, because $because', async ({ key, url, outcome, code, rest = {}, at = 'input.credentials' }) => {
    const { input } = stranger;
    const before = await rowPrints(under.gateway);
    const refused = await connect({ ...input, url: url ?? input.url, ...withKey(key), ...rest });
    expect(mistakes(refused)).toEqual([['UNREADABLE_STORE', at]]);
    expect(refused).toMatchObject({
      store: null,
      probe: { outcome, findings: expect.arrayContaining([expect.objectContaining({ code })]) },
    });
    expect(await rowPrints(under.gateway)).toEqual(before);
  });

  test('that lack a right keeps them when that is accepted, and names the right', async () => {
    const connected = await connect({ ...nextShop().input, ...withKey(KEYS.poor), acceptIncomplete: true });
    expect(connected).toMatchObject({ userErrors: [], probe: { outcome: 'INCOMPLETE' }, store: { access: { testedAt: NOON } } });
    expect(connected.probe.findings).toContainEqual(
      expect.objectContaining({ right: 'order_slip', message: expect.stringContaining('good but may not read order_slip') }),
    );
  });

  test('asks no store when something else is wrong', async () => {
    const { shop, input } = stranger;
    shop.faults.set({ kind: 'SERVER_ERROR', times: 1 });
    const refused = await connect({ ...input, ...withKey(KEYS.good), code: 'eu' });
    expect(mistakes(refused)).toEqual([['TAKEN', 'input.code']]);
    expect(refused).toMatchObject({ store: null, probe: null });
    // The fault still waits for its one request.
    expect(shop.faults.current).not.toBeNull();
    shop.faults.set(null);
  });

  test.each([
    { key: 'with a blank', because: 'no key has one' },
    { key: 'wîth an accent', because: 'it could not be sent' },
  ])('refuses the key $key, because $because', async ({ key }) => {
    expect(mistakes(await connect({ ...stranger.input, ...withKey(key) }))).toEqual([['INVALID', 'input.credentials.key']]);
  });
});

describe('new credentials', () => {
  test('replace the old ones once they are tried; until then, and when they fail, the old ones stay', async () => {
    const { shop, input } = nextShop();
    const { store } = await connect({ ...input, ...withKey(KEYS.good) });
    expect(mistakes(await connect({ ...input, ...withKey(KEYS.unknown) }))).toEqual([['UNREADABLE_STORE', 'input.credentials']]);
    shop.faults.set({ kind: 'HTML' });
    const untested = await connect({ ...input, ...withKey(KEYS.next), keepUntested: true });
    shop.faults.set(null);
    expect(mistakes(untested)).toEqual([['CONFLICT', 'input.keepUntested']]);
    expect(untested).toMatchObject({ store: null, probe: { outcome: 'NOT_REACHED' } });
    expect(await keptBy(store.id)).toMatchObject({ key: KEYS.good });
    expect(mistakes(await connect({ ...input, ...withKey(KEYS.next) }))).toEqual([]);
    expect(await keptBy(store.id)).toMatchObject({ key: KEYS.next });
  });

  test('of a shop that is not reached are kept untested on demand, where there are none; trying them later notes the time', async () => {
    const { shop, input } = nextShop();
    shop.faults.set({ kind: 'HTML' });
    const { store } = await connect({ ...input, ...withKey(KEYS.good), keepUntested: true });
    expect(store).toMatchObject({ access: { kind: 'PRESTASHOP_KEY', setAt: NOON, testedAt: null }, clockSkewSeconds: null });
    expect((await probe(store.id)).probe.outcome).toBe('NOT_REACHED');
    expect((await rowOf(store.id)).credentialsTestedAt).toBeNull();
    shop.faults.set(null);
    expect(await probe(store.id)).toMatchObject({
      userErrors: [],
      probe: { outcome: 'WORKS' },
      store: { access: { testedAt: NOON }, clockSkewSeconds: expect.any(Number) },
    });
  });

  test('of two at once, one or the other is kept whole', async () => {
    const { input } = nextShop();
    const both = await Promise.all([KEYS.good, KEYS.next].map((key) => connect({ ...input, ...withKey(key) })));
    expect(both.map(mistakes)).toEqual([[], []]);
    expect(new Set(both.map(({ store }) => store.id)).size).toBe(1);
    expect([KEYS.good, KEYS.next]).toContain(((await keptBy(both[0]?.store.id)) as { key: string }).key);
  });
});

describe('credentials that are kept', () => {
  test('stay when a zone or a role changes without them, and are dropped at once on demand', async () => {
    const { input } = nextShop();
    const { store } = await connect({ ...input, ...withKey(KEYS.good) });
    const changed = await connect({ ...input, timeZone: 'Europe/Madrid' });
    expect(changed).toMatchObject({ probe: null, store: { access: { kind: 'PRESTASHOP_KEY', testedAt: NOON } } });
    expect(await keptBy(store.id)).toMatchObject({ key: KEYS.good });
    const revoked = await command(under, 'storeCredentialsRevoke', FIELDS.split('\n')[0] ?? '', { storeId: store.id });
    expect(revoked).toMatchObject({ userErrors: [], store: { id: store.id, access: null, clockSkewSeconds: null } });
    expect(await keptBy(store.id)).toBeNull();
    expect(mistakes(await probe(store.id))).toEqual([['UNREADABLE_STORE', 'input.storeId']]);
  });

  test('are dropped when the store moves to another origin, never tried there, and needed again', async () => {
    const { input } = nextShop();
    const { shop: elsewhere } = nextShop();
    const { store } = await connect({ ...input, ...withKey(KEYS.good) });
    const { url } = elsewhere;
    elsewhere.faults.set({ kind: 'SERVER_ERROR', times: 1 });
    const moved = await connect({ ...input, url, storeId: store.id, code: null });
    expect(moved).toMatchObject({ userErrors: [], probe: null, store: { id: store.id, url, access: null } });
    // Nothing was asked there: the fault still waits for its one request.
    expect(elsewhere.faults.current).not.toBeNull();
    elsewhere.faults.set(null);
    expect(await rowOf(store.id)).toMatchObject({ sealedCredentials: null, credentialsSetAt: null, code: input.code });
    expect(mistakes(await connect({ ...input, url, storeId: store.id, ...withKey(KEYS.good) }))).toEqual([]);
    expect(await keptBy(store.id)).toMatchObject({ key: KEYS.good });
  });

  test('that a shop takes back are found so by a trial, and stay as they are', async () => {
    const { keys, input } = nextShop();
    const { store } = await connect({ ...input, ...withKey(KEYS.good) });
    delete keys[KEYS.good];
    under.at('2026-03-11T10:00:00Z');
    const tried = await probe(store.id);
    under.at(NOON);
    expect(tried).toMatchObject({ userErrors: [], probe: { outcome: 'REFUSED' }, store: { access: { testedAt: NOON } } });
    expect(await keptBy(store.id)).toMatchObject({ key: KEYS.good });
  });
});

describe('a customer', () => {
  const hers = { platform: 'MAGENTO', role: 'CUSTOMER_PRODUCTION' };

  test('connects a store of its own, is told to give no more rights than the version needs, and sees how it stands', async () => {
    const credentials = { kind: 'MAGENTO_OAUTH', ...SECRETS };
    const connected = await connect({ ...hers, url: magento.url, credentials }, 'ada');
    expect(connected).toMatchObject({ userErrors: [], probe: { outcome: 'WORKS', platformVersion: '2.4 (patch unknown)' } });
    expect(troublesOf(connected)).toEqual(expect.arrayContaining([['RIGHT_UNNEEDED', 'ADVICE']]));
    const access = 'query ($id: ID!) { node(id: $id) { ... on Store { access { kind } clockSkewSeconds customer { email } } } }';
    expect((await under.data('ada', access, { id: connected.store.id })).node).toMatchObject({
      access: { kind: 'MAGENTO_OAUTH' },
      customer: { email: 'ada@shop.example' },
    });
    expect((await under.data('ben', access, { id: connected.store.id })).node).toBeNull();
  });

  test.each([
    { what: 'a bearer where they are off', credentials: { kind: 'MAGENTO_BEARER', token: SECRETS.accessToken }, code: 'BEARER_REFUSED' },
    { what: 'another secret', credentials: { kind: 'MAGENTO_OAUTH', ...SECRETS, consumerSecret: 'x' }, code: 'SIGNATURE_INVALID' },
  ])('is told what is wrong with $what', async ({ credentials, code }) => {
    const refused = await connect({ ...hers, url: magento.url, credentials }, 'ben');
    expect(refused).toMatchObject({ store: null, probe: { outcome: 'REFUSED', findings: [{ code, severity: 'FAILED' }] } });
  });

  test('reaches nothing at what the operator allows for the vendor’s own shops', async () => {
    const { shop, input } = stranger;
    shop.faults.set({ kind: 'SERVER_ERROR', times: 1 });
    const { code: _, ...place } = { ...input, role: 'CUSTOMER_PRODUCTION' };
    const refused = await connect({ ...place, ...withKey(KEYS.good), keepUntested: true }, 'ada');
    expect(mistakes(refused)).toEqual([['UNREADABLE_STORE', 'input.url']]);
    expect(refused).toMatchObject({ store: null, probe: { outcome: 'REFUSED', findings: [{ code: 'ADDRESS_REFUSED' }] } });
    // Nor does staff for her: whose store it is counts.
    const hers = { ...place, ...withKey(KEYS.good), customerId: toGlobalId('Customer', under.vendor.ada.id) };
    expect((await connect(hers)).probe.findings).toEqual([expect.objectContaining({ code: 'ADDRESS_REFUSED' })]);
    // The fault still waits for its one request.
    expect(shop.faults.current).not.toBeNull();
    shop.faults.set(null);
  });

  test('may have a store where others have theirs, and learns nothing of those', async () => {
    const known = await connect({ ...hers, url: 'https://same.example' }, 'ada');
    const unknown = await connect({ ...hers, url: 'https://other.example' }, 'ben');
    const same = await connect({ ...hers, url: 'https://same.example' }, 'ben');
    const told = ({ store: { id: _id, url: _url, ...rest }, ...payload }: Awaited<ReturnType<typeof connect>>) => ({ ...payload, ...rest });
    expect(told(same)).toEqual(told(unknown));
    expect(same.store.id).not.toBe(known.store.id);
    expect((await rowOf(known.store.id)).customer?.id).toBe(under.vendor.ada.id);
  });

  test('connects no shop of the vendor’s, and nothing for others', async () => {
    expect(mistakes(await connect({ ...hers, role: 'VENDOR_SHOP', code: 'mine', url: 'https://mine.example' }, 'ada'))).toEqual([
      ['INVALID', 'input.role'],
    ]);
    const customerId = toGlobalId('Customer', under.vendor.ben.id);
    expect(mistakes(await connect({ ...hers, customerId, url: 'https://his.example' }, 'ada'))).toEqual([
      ['NOT_FOUND', 'input.customerId'],
    ]);
    const storeId = toGlobalId('Store', under.vendor.shop);
    expect(mistakes(await connect({ ...hers, storeId, url: 'https://his.example' }, 'ada'))).toEqual([['NOT_FOUND', 'input.storeId']]);
  });
});

test('no part of any credential stands in a row, a job, an answer or the log', async () => {
  const canaries = [...Object.values(KEYS), ...Object.values(SECRETS)];
  const rows = await asVendor(under.gateway.database, async (_em, session) => {
    const tables = await session.query<{ name: string }>({
      name: 'tables-with-rows',
      text: `select format('%I.%I', schemaname, relname) as name from pg_stat_user_tables`,
      values: [],
    });
    const texts: string[] = [];
    for (const { name } of tables) {
      const found = await session.query<{ text: string }>({
        name: `rows-${name}`,
        text: `select t::text as text from ${name} t`,
        values: [],
      });
      texts.push(...found.map(({ text }) => text));
    }
    return texts.join('\n');
  });
  expect(rows).toContain('PRESTASHOP_KEY');
  const { text } = await under.ask('staff', '{ stores(first: 50) { edges { node { url access { kind setAt } } } } }');
  for (const canary of canaries) {
    for (const spelt of [canary, Buffer.from(canary).toString('hex'), Buffer.from(`${canary}:`).toString('base64')]) {
      expect(rows).not.toContain(spelt);
      expect(text).not.toContain(spelt);
      expect(under.errorLog()).not.toContain(spelt);
    }
  }
});
