import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { prestashopOrder } from '../../integrations/prestashop/order-builder.js';
import { type PrestaShopSandbox, startPrestaShopSandbox } from '../../integrations/prestashop/sandbox.js';
import { addOrders, emptyPrestaShop } from '../../integrations/prestashop/shop-builder.js';
import { toGlobalId } from '../../src/use-cases/global-id.js';
import { MOST_READINGS_PER_HOUR } from '../../src/use-cases/reading-pace.js';
import { addReading } from '../../src/use-cases/store-reading.js';
import { reportInput } from '../support/store-plugin.js';
import { asVendor } from '../support/vendor.js';
import { command, mistakes, refusal } from './commands.js';
import { answerOf, type GatewayUnderTest, gatewayUnderTest } from './gateway-under-test.js';
import { NOW } from './vendor-under-test.js';

const KEY = 'K'.repeat(32);
/** Nothing listens at port 1. */
const CLOSED = 'http://127.0.0.1:1';
const RESOURCES =
  'orders order_details order_states order_histories order_cart_rules order_slip customers currencies products combinations';

/** As a store may tell them that means harm, or that was harmed. */
const MODULES = ['export', 'half\uD800', 'nul\0'].map((technicalName) => ({
  ...{ technicalName, moduleVersion: `${technicalName.length}\0`, installedVersion: null, enabled: true },
}));

/** A PrestaShop on loopback, with orders of these SKUs. */
function sandbox(...skus: string[]): Promise<PrestaShopSandbox> {
  const data = emptyPrestaShop('Add-ons');
  const times = { timeZone: 'Europe/Paris', placedAt: '2026-03-01T10:00:00Z', paidAt: '2026-03-01T10:00:30Z' };
  const customer = { id: 7, email: 'dora@shop.example', firstname: 'Dora', lastname: 'Lima' };
  const order = (sku: string, index: number) =>
    prestashopOrder({ id: index + 1, ...times, customer, lines: [{ sku, name: sku, quantity: 1, price: '120' }] });
  addOrders(data, skus.map(order));
  const rights = Object.fromEntries(RESOURCES.split(' ').map((resource) => [resource, ['GET'] as const]));
  const adminApi = { clients: { tenure: { secret: KEY, scopes: ['module_read'] } }, modules: MODULES, acceptsHttp: true };
  return startPrestaShopSandbox({ data, keys: { [KEY]: { rights } }, timeZone: times.timeZone, version: '8.2.1', adminApi });
}

let under: GatewayUnderTest;
let shop: PrestaShopSandbox;
let store: PrestaShopSandbox;
beforeAll(async () => {
  shop = await sandbox('EXPORT', 'MYSTERY');
  store = await sandbox();
  const [ours = '', ...ofCustomers] = [shop.url, store.url, CLOSED].map((url) => new URL(url).host);
  under = await gatewayUnderTest({ TENURE_ALLOWED_HOSTS: ours, TENURE_ALLOWED_HOSTS_OF_CUSTOMERS: ofCustomers.join() });
});
afterAll(async () => {
  await under.close();
  await Promise.all([shop.close(), store.close()]);
});

describe('stores', () => {
  const READING =
    'storeReading { readAt source tool reportedAt declaredBy platformVersion edition phpVersion failure installed { code version enabled } }';
  const connect = (rest: object = {}) => ({
    platform: 'MAGENTO',
    url: 'https://new.example/',
    role: 'CUSTOMER_PRODUCTION',
    customerId: toGlobalId('Customer', under.vendor.ada.id),
    ...rest,
  });
  const credentials = { kind: 'PRESTASHOP_KEY', key: KEY };

  test('tell by their plugin what they run, and purchases are judged by it from then on', async () => {
    const modules = [{ code: 'Acme_Filter', version: '2.0.0', enabled: true }];
    const report = reportInput({ id: under.vendor.ada.stores[0] ?? '', url: 'https://ada.example' }, '2026-03-10T09:58:00Z', {
      platformVersion: '2.4.8',
      phpVersion: '8.4.1',
      modules,
    });
    const { storeReading } = await command(under, 'storeReport', READING, report, 'adaStore');
    expect(storeReading).toMatchObject({
      readAt: '2026-03-10T10:00:00Z',
      source: 'PLUGIN',
      tool: 'acme-tenure 1.0.0',
      reportedAt: '2026-03-10T09:58:00Z',
      declaredBy: null,
      platformVersion: 'Magento 2.4.8',
      phpVersion: '8.4.1',
      failure: null,
      installed: [{ code: 'Acme_Filter', version: '2.0.0', enabled: true }],
    });
    const check = await under.data(
      'adaStore',
      '{ updateCheck(input: { addons: [{ code: "FILTER", installedVersion: "2.0.0" }] }) { results { access { verdict } } } }',
    );
    expect(check.updateCheck.results[0].access.verdict).toBe('UP_TO_DATE');
  });

  test.each([
    { said: { platformVersion: 'latest' }, mistake: ['INVALID', 'input.platformVersion'], because: 'it is no version' },
    {
      said: { platformVersion: '2.4.7', installed: [{ code: 'A' }, { code: '' }] },
      mistake: ['REQUIRED', 'input.installed.1.code'],
      because: 'a module has a name',
    },
  ])('of which $said is declared are $mistake, because $because', async ({ said, mistake }) => {
    const input = { storeId: toGlobalId('Store', under.vendor.ada.stores[0] ?? ''), ...said };
    expect(await refusal(under, 'storeDeclare', READING, input)).toEqual([mistake]);
  });

  test('tell who says what they run, how old that is, and which of it is used', async () => {
    const id = toGlobalId('Store', under.vendor.ada.stores[1] ?? '');
    const declared = await command(under, 'storeDeclare', READING, { storeId: id, platformVersion: '8.2.0' }, 'ada');
    expect(declared.storeReading).toMatchObject({ source: 'DECLARED', declaredBy: 'CUSTOMER', tool: null, reportedAt: null });
    const sources = 'sources { source readAt ageMinutes platformVersion standing because reading { declaredBy } }';
    const { node } = await under.data(
      'ada',
      `query ($id: ID!) { node(id: $id) { ... on Store { latestReading { source } ${sources} } } }`,
      { id },
    );
    expect(node.latestReading).toEqual({ source: 'PLUGIN' });
    expect(node.sources).toEqual([
      {
        ...{
          source: 'DECLARED',
          readAt: '2026-03-10T10:00:00Z',
          ageMinutes: 0,
          platformVersion: 'PrestaShop 8.2.0',
          standing: 'CONTRADICTS',
        },
        because: 'It says 8.2.0; what the store itself told, 8.1.7, goes before it for 30 days.',
        reading: { declaredBy: 'CUSTOMER' },
      },
      {
        ...{ source: 'PLUGIN', readAt: '2026-03-09T08:00:00Z', ageMinutes: 1_560, platformVersion: 'PrestaShop 8.1.7', standing: 'USED' },
        because: 'The store told it itself, exactly.',
        reading: { declaredBy: null },
      },
    ]);
  });

  test.each([
    { change: { customerId: null }, mistake: ['INVALID', 'input.customerId'], because: 'a customer’s store names its customer' },
    { change: { role: 'VENDOR_SHOP', customerId: null }, mistake: ['INVALID', 'input.code'], because: 'a shop has a code' },
    { change: { url: 'new.example' }, mistake: ['INVALID', 'input.url'], because: 'an address is written in full' },
    { change: { url: 'https://user:secret@new.example' }, mistake: ['INVALID', 'input.url'], because: 'secrets are credentials' },
    { change: { timeZone: '+05:00' }, mistake: ['INVALID', 'input.timeZone'], because: 'an offset knows no summer time' },
    { change: { timeZone: '-0330' }, mistake: ['INVALID', 'input.timeZone'], because: 'nor does that' },
    { change: { timeZone: 'Europe/Atlantis' }, mistake: ['INVALID', 'input.timeZone'], because: 'that zone does not exist' },
    { change: { credentials }, mistake: ['INVALID', 'input.credentials'], because: 'the key is for another platform' },
    {
      change: { credentials: { kind: 'MAGENTO_BEARER' } },
      mistake: ['REQUIRED', 'input.credentials.token'],
      because: 'the token is missing',
    },
  ])('connected with $change are $mistake, because $because', async ({ change, mistake }) => {
    expect(await refusal(under, 'storeConnect', 'store { id }', connect(change))).toEqual([mistake]);
  });

  test.each(['partner', 'ada'] as const)('of the vendor are neither taken over nor added by %s, whatever its scopes', async (asker) => {
    const stores = '{ stores(first: 50) { edges { node { id url role access { kind setAt } } } } }';
    const before = await under.data('staff', stores);
    const shopOf = { platform: 'MAGENTO', url: 'https://theirs.example', role: 'VENDOR_SHOP' };
    const named = { ...shopOf, storeId: toGlobalId('Store', under.vendor.shop), code: 'eu' };
    for (const input of [named, { ...shopOf, code: 'another' }, { ...named, url: 'https://eu.vendor.example' }])
      expect(mistakes(await command(under, 'storeConnect', 'store { id }', input, asker))).toEqual([['INVALID', 'input.role']]);
    // A shop that is called a customer's store from now on would be gone as a shop.
    const store = { ...named, role: 'CUSTOMER_PRODUCTION', code: undefined };
    const customerId = toGlobalId('Customer', under.vendor.ada.id);
    for (const input of [store, { ...store, customerId }])
      expect(mistakes(await command(under, 'storeConnect', 'store { id }', input, asker))).toEqual([['NOT_FOUND', 'input.storeId']]);
    expect(await under.data('staff', stores)).toEqual(before);
  });

  test('are read through their connector; one that cannot be reached gives a reading that says why', async () => {
    const connected = await command(
      under,
      'storeConnect',
      'store { id url platform role code customer { email } latestReading { readAt } }',
      connect({ platform: 'PRESTASHOP', url: `${store.url}/`, credentials }),
    );
    expect(connected.store).toMatchObject({
      url: store.url,
      role: 'CUSTOMER_PRODUCTION',
      code: null,
      customer: { email: 'ada@shop.example' },
      latestReading: null,
    });
    const storeId = connected.store.id;
    const read = await command(under, 'storeRead', READING, { storeId });
    expect(read.storeReading).toMatchObject({
      source: 'CONNECTOR',
      platformVersion: expect.stringContaining('8.2.1'),
      edition: 'PRESTASHOP',
    });

    const gone = await command(
      under,
      'storeConnect',
      'store { id }',
      connect({ platform: 'PRESTASHOP', url: CLOSED, credentials, keepUntested: true }),
    );
    const unread = await command(under, 'storeRead', READING, { storeId: gone.store.id });
    expect(unread).toMatchObject({
      userErrors: [],
      storeReading: { source: 'CONNECTOR', platformVersion: null, edition: null, installed: [], failure: expect.stringMatching(/\w/) },
    });
    const { node } = await under.data('ada', 'query ($id: ID!) { node(id: $id) { ... on Store { latestReading { failure } } } }', {
      id: gone.store.id,
    });
    expect(node.latestReading.failure).toBe(unread.storeReading.failure);
  });

  test('whose modules have names that no database can keep are read without them', async () => {
    const access = { ...credentials, adminClientId: 'tenure', adminClientSecret: KEY };
    const input = connect({ platform: 'PRESTASHOP', url: `${store.url}/`, credentials: access });
    const connected = await command(under, 'storeConnect', 'store { id }', input);
    const { storeReading } = await command(under, 'storeRead', READING, { storeId: connected.store.id });
    expect(storeReading).toMatchObject({
      platformVersion: expect.stringContaining('8.2.1'),
      installed: [{ code: 'export', version: null, enabled: true }],
      failure: null,
    });
  });

  test('without credentials cannot be read', async () => {
    expect(await refusal(under, 'storeRead', READING, { storeId: toGlobalId('Store', under.vendor.ben.stores[0] ?? '') })).toEqual([
      ['UNREADABLE_STORE', 'input.storeId'],
    ]);
  });

  test('are not read more often than anybody needs', async () => {
    const storeId = under.vendor.ben.stores[0] ?? '';
    const facts = { source: 'CONNECTOR', version: null, phpVersion: null, installed: [], failure: null } as const;
    await asVendor(under.gateway.database, async (em) => {
      for (let count = 0; count < MOST_READINGS_PER_HOUR; count += 1) addReading(em, storeId, facts, NOW);
    });
    under.at(NOW.add({ minutes: 59 }).toString());
    expect(await refusal(under, 'storeRead', READING, { storeId: toGlobalId('Store', storeId) })).toEqual([
      ['NOT_AVAILABLE', 'input.storeId'],
    ]);
    under.at(NOW.toString());
  });

  test('never show their credentials again', async () => {
    const { text } = await under.ask(
      'staff',
      '{ customers { edges { node { stores { id url code latestReading { failure installed { code } } } } } } }',
    );
    expect(text).not.toContain(KEY);
    expect(under.errorLog()).not.toContain(KEY);
  });
});

describe('imports', () => {
  const SUMMARY = 'summary { shop ordersSeen ordersUnchanged ordersPlaced refundsSeen exceptionsOpen failureMessage }';
  const EXCEPTIONS =
    '{ importExceptions(first: 10) { edges { node { id code message original raisedAt lastTriedAt attempts resolvedAt order { shop orderNumber line platform } } } } }';
  const open = async () => (await under.data('staff', EXCEPTIONS)).importExceptions.edges.map(({ node }: { node: object }) => node);

  test('place what the shop tells, once, and show what they cannot place', async () => {
    expect(mistakes(await command(under, 'ordersImport', SUMMARY, { shop: 'ps' }))).toEqual([['NOT_FOUND', 'input.shop']]);
    expect(mistakes(await command(under, 'ordersImport', SUMMARY, { shop: 'eu' }))).toEqual([['UNREADABLE_STORE', 'input.shop']]);
    const ours = { platform: 'PRESTASHOP', url: shop.url, role: 'VENDOR_SHOP', code: 'ps', timeZone: 'Europe/Paris' };
    await command(under, 'storeConnect', 'store { id }', { ...ours, credentials: { kind: 'PRESTASHOP_KEY', key: KEY } });
    const first = {
      shop: 'ps',
      ordersSeen: 2,
      ordersUnchanged: 0,
      ordersPlaced: 1,
      refundsSeen: 0,
      exceptionsOpen: 1,
      failureMessage: null,
    };
    expect((await command(under, 'ordersImport', SUMMARY, { shop: 'ps' })).summary).toEqual(first);
    expect((await command(under, 'ordersImport', SUMMARY, { shop: 'ps' })).summary).toMatchObject({ ordersPlaced: 0, exceptionsOpen: 1 });
    const { customer } = await under.data(
      'staff',
      '{ customer(email: "Dora@shop.example") { name purchases { edges { node { addon { sku } order { shop platform } paid { amount } } } } } }',
    );
    expect(customer).toEqual({
      name: 'Dora Lima',
      purchases: {
        edges: [{ node: { addon: { sku: 'EXPORT' }, order: { shop: 'ps', platform: 'PRESTASHOP' }, paid: { amount: '144.00' } } }],
      },
    });
    expect(
      (await open()).map((exception: { code: string; order: { shop: string } }) => [exception.code, exception.order.shop]),
    ).toContainEqual(['UNKNOWN_SKU', 'ps']);
  });

  test('that a shop stops early say why, and keep what came before', async () => {
    shop.faults.set({ kind: 'HTML' });
    const { summary } = await command(under, 'ordersImport', SUMMARY, { shop: 'ps' });
    shop.faults.set(null);
    expect(summary).toMatchObject({ shop: 'ps', ordersSeen: 0, exceptionsOpen: 1, failureMessage: expect.stringMatching(/\w/) });
  });

  test('are mended by saying what a SKU means', async () => {
    const [first] = await open();
    expect(first).toMatchObject({
      code: 'UNKNOWN_SKU',
      attempts: 1,
      resolvedAt: null,
      order: { shop: 'eu', orderNumber: 'N-900', platform: 'MAGENTO' },
    });
    expect(JSON.parse(first.original)).toMatchObject({ sku: 'NOBODY-KNOWS' });
    const resolve = (input: object) =>
      command(under, 'importExceptionResolve', 'importException { resolvedAt resolution attempts }', { id: first.id, ...input });
    expect(mistakes(await resolve({ action: 'DISMISS' }))).toEqual([['REQUIRED', 'input.note']]);
    expect(mistakes(await resolve({ action: 'EXPLAIN_SKU' }))).toEqual([['REQUIRED', 'input.meaning']]);
    const explained = await resolve({ action: 'EXPLAIN_SKU', meaning: { kind: 'ADDON', addonSku: 'BLOG' } });
    expect(explained.importException.resolvedAt).toBe('2026-03-10T10:00:00Z');
    expect(mistakes(await resolve({ action: 'RETRY' }))).toEqual([['CONFLICT', 'input.id']]);
    const { purchases } = await under.data(
      'staff',
      '{ purchases(filter: { orderNumber: "N-900" }) { edges { node { addon { sku } customer { email } } } } }',
    );
    expect(purchases.edges).toEqual([{ node: { addon: { sku: 'BLOG' }, customer: { email: 'ada@shop.example' } } }]);
  });
});

describe('access tokens', () => {
  const FIELDS = 'secret accessToken { id label kind scopes createdAt expiresAt revokedAt lastUsedAt }';
  const viewer = async (secret: string) => {
    const response = await under.server.inject({
      method: 'POST',
      url: '/graphql',
      payload: { query: '{ viewer { kind scopes customer { email } store { url } } }' },
      headers: { authorization: `Bearer ${secret}` },
    });
    return answerOf(response.statusCode, response.body);
  };

  test('work from the moment they are made to the moment they end, and are never shown again', async () => {
    const { secret, accessToken, userErrors } = await command(under, 'accessTokenCreate', FIELDS, {
      kind: 'PARTNER',
      label: 'Reseller',
      scopes: ['PURCHASES_READ'],
      expiresAt: '2026-04-01T00:00:00Z',
    });
    expect(userErrors).toEqual([]);
    expect(secret).toMatch(/^tnr_partner_[0-9A-Za-z]{36}$/);
    expect(accessToken).toMatchObject({
      label: 'Reseller',
      kind: 'PARTNER',
      scopes: ['PURCHASES_READ'],
      createdAt: '2026-03-10T10:00:00Z',
      revokedAt: null,
      lastUsedAt: null,
    });
    expect((await viewer(secret)).data.viewer).toEqual({ kind: 'PARTNER', scopes: ['PURCHASES_READ'], customer: null, store: null });
    under.at('2026-03-31T23:59:59.999Z');
    expect((await viewer(secret)).status).toBe(200);
    under.at('2026-04-01T00:00:00Z');
    expect((await viewer(secret)).status).toBe(401);
    under.at('2026-03-10T10:00:00Z');
    const revoked = await command(under, 'accessTokenRevoke', 'accessToken { id revokedAt lastUsedAt }', { id: accessToken.id });
    expect(revoked.accessToken).toMatchObject({
      id: accessToken.id,
      revokedAt: '2026-03-10T10:00:00Z',
      lastUsedAt: expect.stringMatching(/^2026-03-/),
    });
    expect(JSON.stringify(revoked)).not.toContain(secret);
    expect((await viewer(secret)).status).toBe(401);
    expect(under.errorLog()).not.toContain(secret);
  });

  test.each([
    { of: 'customer', kind: 'CUSTOMER', sees: { kind: 'CUSTOMER', customer: { email: 'ben@shop.example' }, store: null } },
    { of: 'store', kind: 'STORE', sees: { kind: 'STORE', customer: null, store: { url: 'https://ben.example' } } },
    { of: 'staff', kind: 'STAFF', sees: { kind: 'STAFF', customer: null, store: null } },
  ])('of a $of speak for it', async ({ of, kind, sees }) => {
    const owner = {
      customer: { customerId: toGlobalId('Customer', under.vendor.ben.id) },
      store: { storeId: toGlobalId('Store', under.vendor.ben.stores[0] ?? '') },
    }[of];
    const { secret } = await command(under, 'accessTokenCreate', FIELDS, { kind, label: of, ...owner });
    expect((await viewer(secret)).data.viewer).toMatchObject(sees);
  });

  test.each([
    { input: { kind: 'PARTNER' }, mistake: ['INVALID', 'input.scopes'], because: 'a partner without scopes could do nothing' },
    { input: { kind: 'PARTNER', scopes: ['TOKENS_WRITE'] }, mistake: ['INVALID', 'input.scopes'], because: 'that is the vendor’s own' },
    { input: { kind: 'STAFF', scopes: ['ADDONS_READ'] }, mistake: ['INVALID', 'input.scopes'], because: 'staff have theirs by nature' },
    { input: { kind: 'CUSTOMER' }, mistake: ['NOT_FOUND', 'input.customerId'], because: 'no customer is named' },
    { input: { kind: 'STORE' }, mistake: ['NOT_FOUND', 'input.storeId'], because: 'no store is named' },
    {
      input: { kind: 'STAFF', expiresAt: '2026-03-10T10:00:00Z' },
      mistake: ['INVALID', 'input.expiresAt'],
      because: 'it would be over at once',
    },
    { input: { kind: 'STAFF', label: ' ' }, mistake: ['REQUIRED', 'input.label'], because: 'people must tell them apart' },
  ])('with $input are $mistake, because $because', async ({ input, mistake }) => {
    expect(await refusal(under, 'accessTokenCreate', FIELDS, { label: 'x', ...input })).toEqual([mistake]);
  });
});

test('part of an answer that is refused leaves the rest', async () => {
  const answer = await under.ask('adaStore', '{ addon(sku: "BLOG") { name } customer(email: "ada@shop.example") { id } }');
  expect(answer.data).toEqual({ addon: { name: 'BLOG' }, customer: null });
  expect(answer.errors).toMatchObject([{ path: ['customer'], extensions: { code: 'FORBIDDEN' } }]);
});
