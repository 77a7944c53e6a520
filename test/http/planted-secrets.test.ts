import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type MagentoSandbox, startMagentoSandbox } from '../../integrations/magento/sandbox.js';
import { type PrestaShopSandbox, startPrestaShopSandbox } from '../../integrations/prestashop/sandbox.js';
import { emptyPrestaShop } from '../../integrations/prestashop/shop-builder.js';
import { openWorker } from '../../src/app.js';
import { Store } from '../../src/persistence/store.js';
import { toGlobalId } from '../../src/use-cases/global-id.js';
import { runSync } from '../../src/use-cases/sync-run.js';
import { command } from '../graphql/commands.js';
import { type GatewayUnderTest, gatewayUnderTest } from '../graphql/gateway-under-test.js';
import { recordedShop } from '../integrations/magento/recorded-shop.js';
import { add, statesOf, until } from '../jobs/worker-under-test.js';
import { tablesWith } from '../support/planted-text.js';
import { pairInput, storePlugin } from '../support/store-plugin.js';
import { asVendor } from '../support/vendor.js';
import { ADMIN_TOKEN, type EchoingStore, STORE_WORDS, startEchoingStore, WAYS, type Way } from './echoing-store.js';

/** Everything secret that goes through a door below, by what it is. Those of one-time answers are added when they are made. */
const planted = new Map<string, string>();
function plant(what: string, secret: string): string {
  planted.set(what, secret);
  return secret;
}
const oauth = (whose: string) => ({
  kind: 'MAGENTO_OAUTH',
  consumerKey: plant(`consumer key, ${whose}`, `canary-${whose}-consumer-key`),
  consumerSecret: plant(`consumer secret, ${whose}`, `canary-${whose}-consumer-secret`),
  accessToken: plant(`access token, ${whose}`, `canary-${whose}-access-token`),
  accessTokenSecret: plant(`access token secret, ${whose}`, `canary-${whose}-token-secret`),
});
const GOOD_OAUTH = oauth('good');
const WRONG_OAUTH = oauth('wrong');
const BEARER = { kind: 'MAGENTO_BEARER', token: plant('bearer token', 'canary-bearer-token') };
const GOOD_KEY = {
  kind: 'PRESTASHOP_KEY',
  key: plant('webservice key', 'CANARYGOODKEY000'.repeat(2)),
  adminClientId: plant('client of the Admin API', 'canary-admin-client'),
  adminClientSecret: plant('secret of that client', 'canary-admin-secret'),
};
const WRONG_KEY = { kind: 'PRESTASHOP_KEY', key: plant('unknown webservice key', 'CANARYWRONGKEY00'.repeat(2)) };
const SHORT_KEY = { kind: 'PRESTASHOP_KEY', key: plant('half a webservice key', 'CANARYSHORTKEY00') };

let under: GatewayUnderTest;
let magento: MagentoSandbox;
let prestashop: PrestaShopSandbox;
let echoing: EchoingStore;
/** All that was answered, but for the answers that show a secret once. */
const answers: string[] = [];

beforeAll(async () => {
  const { kind: _, ...credentials } = GOOD_OAUTH;
  magento = await startMagentoSandbox({ data: recordedShop(), credentials });
  const resources =
    'orders order_details order_states order_histories order_cart_rules order_slip customers currencies products combinations';
  const rights = Object.fromEntries(resources.split(' ').map((name) => [name, ['GET'] as const]));
  const data = emptyPrestaShop('Add-ons');
  prestashop = await startPrestaShopSandbox({ data, keys: { [GOOD_KEY.key]: { rights } }, timeZone: 'Europe/Paris', version: '8.2.1' });
  echoing = await startEchoingStore();
  const hosts = [magento.url, prestashop.url, echoing.url, 'http://127.0.0.1:1'].map((url) => new URL(url).host);
  under = await gatewayUnderTest({ LOG_LEVEL: 'trace', TENURE_ALLOWED_HOSTS: hosts.join() });
});
afterAll(async () => {
  await under.close();
  await Promise.all([magento.close(), prestashop.close(), echoing.close()]);
});

async function connect(change: object) {
  const shop = { platform: 'MAGENTO', url: magento.url, role: 'VENDOR_SHOP', code: 'magento-eu' };
  const fields = 'store { id url access { kind } } probe { outcome findings { code message right } }';
  const payload = await command(under, 'storeConnect', fields, { ...shop, ...change });
  answers.push(JSON.stringify(payload));
  return payload;
}
const PRESTA = () => ({ platform: 'PRESTASHOP', url: prestashop.url, code: 'presta-fr', timeZone: 'Europe/Paris' });

/** What is said of some ways to repeat: that it was seen, in words of ours. */
const WORDS_OF: Partial<Record<Way, string>> = {
  MESSAGE_401: 'refuses the credentials',
  RIGHT_401: 'grant the right that this needs',
  MESSAGE_404: 'does not know what was asked for',
  CONTENT_TYPE: 'another content type',
  LOCATION: 'redirects (302) to another address',
  DATA: '(credentials)',
  RIGHTS: 'a resource of an add-on',
};

/** A request as it comes over the wire; what it answers must show none of the secrets. */
async function send(url: string, payload: object | string, headers: Record<string, string> = {}) {
  const response = await under.server.inject({ method: 'POST', url, payload, headers: { 'content-type': 'application/json', ...headers } });
  answers.push(response.body);
  return response;
}

describe('credentials of stores', () => {
  test('go in when they are good, and when they are not', async () => {
    const kept = [
      await connect({ credentials: GOOD_OAUTH }),
      await connect({ ...PRESTA(), credentials: GOOD_KEY, acceptIncomplete: true }),
    ];
    expect(kept.map(({ store, userErrors }) => [store?.access?.kind, userErrors])).toEqual([
      ['MAGENTO_OAUTH', []],
      ['PRESTASHOP_KEY', []],
    ]);
    for (const credentials of [WRONG_OAUTH, BEARER]) expect((await connect({ credentials })).probe.outcome).toBe('REFUSED');
    for (const credentials of [WRONG_KEY, SHORT_KEY]) expect((await connect({ ...PRESTA(), credentials })).probe.outcome).toBe('REFUSED');
  });

  test('go in where the store hangs up, answers HTML, cannot be reached, or is no store', async () => {
    magento.faults.set({ kind: 'HTML' });
    expect((await connect({ credentials: WRONG_OAUTH })).probe.outcome).toBe('NOT_REACHED');
    magento.faults.set({ kind: 'TRUNCATED' });
    expect((await connect({ credentials: WRONG_OAUTH })).probe.outcome).toBe('NOT_REACHED');
    magento.faults.set(null);
    const elsewhere = { url: 'http://127.0.0.1:1', code: 'nowhere', credentials: WRONG_OAUTH };
    expect((await connect(elsewhere)).probe.outcome).toBe('NOT_REACHED');
    const url = `https://ada:${plant('password within an address', 'canary-url-password')}@shop.example/`;
    expect((await connect({ url, code: 'inside', credentials: WRONG_OAUTH })).userErrors).toHaveLength(1);
    expect((await connect({ ...PRESTA(), credentials: BEARER })).userErrors).toHaveLength(1);
  });

  test('go in where the request itself is wrong', async () => {
    const secret = plant('secret in a field that is none', 'canary-misplaced');
    const wrong: readonly object[] = [
      { kind: 'MAGENTO_BEARER', tokens: secret },
      { kind: 'MAGENTO_BEARER', token: { of: secret } },
      [secret],
      { kind: 7, token: [secret] },
    ];
    for (const credentials of wrong) {
      const query = 'mutation ($input: StoreConnectInput!) { storeConnect(input: $input) { userErrors { message } } }';
      const input = { platform: 'MAGENTO', url: magento.url, role: 'VENDOR_SHOP', code: 'x', credentials };
      const { statusCode } = await send('/graphql', { query, variables: { input } }, { authorization: `Bearer ${under.tokens.staff}` });
      expect(statusCode).toBe(400);
    }
  });

  test('serve a worker, and runs of a shop that fails in several ways', async () => {
    const shops = await asVendor(under.gateway.database, (em) => em.find(Store, { code: { $in: ['magento-eu', 'presta-fr'] } }));
    const tasks = ['ORDERS', 'PRODUCTS', 'RECONCILIATION'] as const;
    const worker = await openWorker(under.gateway, under.server.log);
    try {
      await add(under.gateway.database, ...shops.map(({ id: storeId }) => ({ queue: 'sync-shop', storeId, task: 'ORDERS' }) as const));
      await until(async () => (await statesOf(under.gateway.database, 'sync-shop')).every((state) => state === 'completed'));
    } finally {
      await worker.stop(5_000);
    }
    for (const kind of ['SERVER_ERROR', 'HTML', 'MAINTENANCE', 'DEEP_JSON'] as const) {
      magento.faults.set({ kind });
      for (const task of tasks) {
        const [shop] = shops.filter(({ platform }) => platform === 'MAGENTO');
        await runSync(under.gateway, { storeId: shop?.id ?? '', task }, { evenEarly: true });
      }
    }
    magento.faults.set(null);
  });
});

describe('credentials of stores that repeat what they were sent', () => {
  const shops: { readonly code: string; readonly id: string; readonly input: object }[] = [];
  beforeAll(async () => {
    plant('words of a store', STORE_WORDS);
    plant('token that a store handed out', ADMIN_TOKEN);
    const key = { kind: 'PRESTASHOP_KEY', key: plant('webservice key, repeated', 'CANARYECHOEDKEY0'.repeat(2)) };
    const client = { adminClientId: 'admin', adminClientSecret: plant('secret of a client, repeated', 'canary/echoed/admin/secret') };
    const kinds = {
      bearer: { credentials: { kind: 'MAGENTO_BEARER', token: plant('bearer token, repeated', 'canary-echoed-bearer') } },
      oauth: { credentials: oauth('echoed') },
      client: { platform: 'PRESTASHOP', timeZone: 'Europe/Paris', credentials: { ...key, ...client } },
    };
    for (const [code, kind] of Object.entries(kinds)) {
      const input = { url: `${echoing.url}/${code}`, code, acceptIncomplete: true, ...kind };
      const { store, userErrors } = await connect(input);
      expect(userErrors).toEqual([]);
      shops.push({ code, id: store.id, input });
    }
  });

  const table = (Object.keys(WAYS) as Way[]).filter((way) => way !== 'WORKS');
  test.each(table)('are read, tried and imported with: %s', async (way) => {
    echoing.answers(way);
    const rows = await asVendor(under.gateway.database, (em) => em.find(Store, { code: { $in: shops.map(({ code }) => code) } }));
    for (const { id: storeId, code, input } of shops) {
      const reading = await command(under, 'storeRead', 'storeReading { failure installed { code version } }', { storeId });
      answers.push(JSON.stringify([reading, await command(under, 'storeProbe', 'probe { findings { message right } }', { storeId })]));
      if (way === 'LOCATION') await connect(input);
      const task = way === 'DATA' ? 'RECONCILIATION' : 'ORDERS';
      const run = await runSync(under.gateway, { storeId: rows.find((row) => row.code === code)?.id ?? '', task }, { evenEarly: true });
      answers.push(JSON.stringify(run));
    }
    expect(answers.join()).toContain(WORDS_OF[way] ?? '');
  });
});

describe('credentials of ours', () => {
  test('are shown once, and then nowhere', async () => {
    const storeId = toGlobalId('Store', under.vendor.ada.stores[0] ?? '');
    const { code } = await command(under, 'storePairingCodeCreate', 'code', { storeId });
    plant('pairing code', code);
    plant('pairing code without hyphens', code.replaceAll('-', ''));
    const plugin = storePlugin();
    const typo = plant('pairing code with a typing error', `${code.slice(0, -1)}${code.endsWith('Z') ? 'Y' : 'Z'}`);
    const pair = 'mutation ($input: StorePairInput!) { it: storePair(input: $input) { secret userErrors { message } } }';
    await send('/graphql', { query: pair, variables: { input: pairInput(plugin, typo) } });
    const { it } = (await under.data('anonymous', pair, { input: pairInput(plugin, code) })) as { it: { secret: string } };
    plant('token of a paired store', it.secret);
    await send('/graphql', { query: pair, variables: { input: pairInput(plugin, code) } });

    for (const [kind, more] of [
      ['STAFF', {}],
      ['PARTNER', { scopes: ['ADDONS_READ'] }],
      ['CUSTOMER', { customerId: toGlobalId('Customer', under.vendor.ada.id) }],
    ] as const) {
      const { secret } = await command(under, 'accessTokenCreate', 'secret', { kind, label: kind, ...more });
      plant(`token of ${kind}`, secret);
      await send('/graphql', { query: '{ viewer { kind } }' }, { authorization: `Bearer ${secret}` });
    }
  });

  test('and what pretends to be one, come in at every door', async () => {
    const forged = plant('forged token', `${under.tokens.adaStore.slice(0, -6)}CANARY`);
    const jwt = plant('forged session', `${'eyJhbGciOiJSUzI1NiJ9'}.eyJjYW5hcnkiOjF9.Y2FuYXJ5LXNpZ25hdHVyZQ`);
    for (const token of [forged, jwt, plant('token that is none', 'canary-token')]) {
      const headers = { authorization: `Bearer ${token}` };
      expect((await send('/graphql', { query: '{ viewer { kind } }' }, headers)).statusCode).toBe(401);
      expect((await send('/v1/store-report', '{}', { ...headers, 'tenure-signature': 'AA==' })).statusCode).toBe(401);
      const statement = await under.server.inject({ method: 'GET', url: `/v1/time-statement.csv?token=${token}`, headers });
      answers.push(statement.body);
      expect(statement.statusCode).toBe(401);
    }
    const headers = { authorization: `Bearer ${planted.get('token of a paired store')}` };
    const signature = plant('signature that is wrong', Buffer.from('canary-signature'.repeat(4)).toString('base64'));
    const document = JSON.stringify({ nonce: plant('word in a report that nobody signed', 'canary-unsigned-report') });
    for (const given of [signature, signature.slice(8)])
      expect((await send('/v1/store-report', document, { ...headers, 'tenure-signature': given })).statusCode).toBeGreaterThanOrEqual(400);
  });
});

/** As it is, in lower case as hosts and content types are, and as Basic authentication would carry it. */
const spellings = (secret: string) => [
  ...new Set([secret, secret.toLowerCase(), secret.replaceAll('/', ''), Buffer.from(`${secret}:`).toString('base64').slice(0, -4)]),
];

describe('none of them stands afterwards', () => {
  test('in any answer but those that show one once', () => {
    expect(planted.size).toBeGreaterThanOrEqual(20);
    const text = answers.join('\n');
    expect(
      [...planted].filter(([, secret]) => spellings(secret).some((spelling) => text.includes(spelling))).map(([what]) => what),
    ).toEqual([]);
  });

  test('in the log, down to its finest level', () => {
    const log = under.errorLog();
    expect(log).toContain('"queue":"sync-shop"');
    expect([...planted].filter(([, secret]) => spellings(secret).some((spelling) => log.includes(spelling))).map(([what]) => what)).toEqual(
      [],
    );
  });

  test('in any column of any row, of jobs as of everything else', async () => {
    const { database } = under.gateway;
    expect(await tablesWith(database, ...[...planted.values()].flatMap(spellings))).toEqual([]);
    // The net has no hole where it would matter: what is no secret is found.
    const [shop] = await asVendor(database, (em) => em.find(Store, { code: 'magento-eu' }));
    expect(await tablesWith(database, shop?.id ?? '')).toEqual(expect.arrayContaining(['public.store', 'tenure_jobs.job_common']));
  });
});
