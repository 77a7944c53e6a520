import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { toGlobalId } from '../../src/use-cases/global-id.js';
import { pairInput, storePlugin } from '../support/store-plugin.js';
import { command, mistakes } from './commands.js';
import { answerOf, type GatewayUnderTest, gatewayUnderTest, rowPrints } from './gateway-under-test.js';
import { NOW } from './vendor-under-test.js';

let under: GatewayUnderTest;
let adasStore: string;
beforeAll(async () => {
  under = await gatewayUnderTest();
  adasStore = toGlobalId('Store', under.vendor.ada.stores[0] ?? '');
});
afterAll(() => under.close());

const CHECK = `query ($input: UpdateCheckInput!) { updateCheck(input: $input) { results { access { verdict newestPermitted { version } } } } }`;
const filter = { addons: [{ code: 'FILTER', installedVersion: '1.0.0' }], platform: 'MAGENTO', platformVersion: '2.4.7-p3' };
/** Asks what may be updated with a token, as a plugin does. */
async function checkWith(token: string) {
  const headers = { authorization: `Bearer ${token}` };
  const payload = { query: CHECK, variables: { input: filter } };
  const { statusCode, body } = await under.server.inject({ method: 'POST', url: '/graphql', payload, headers });
  return answerOf(statusCode, body);
}
const codeFor = async (storeId: string): Promise<string> =>
  (await command(under, 'storePairingCodeCreate', 'code store { id } expiresAt', { storeId }, 'ada')).code;
const pair = (code: string, change: object = {}) =>
  command(under, 'storePair', 'store { id url } secret', { ...pairInput(storePlugin(), code), ...change }, 'anonymous');
const PAIRING = 'query ($id: ID!) { node(id: $id) { ... on Store { pairing { pairedAt openCodeExpiresAt } } } }';

test('every environment of a shop may have what the others may, and a store of another shop may not', async () => {
  const GROUP =
    'query ($id: ID!) { node(id: $id) { ... on Store { group { id name customer { email } stores { id } purchases { edges { node { addon { sku } storeGroup { name } } } } } } } }';
  const { group } = (await under.data('ada', GROUP, { id: adasStore })).node;
  expect(group).toMatchObject({
    name: 'ada.example',
    customer: { email: 'ada@shop.example' },
    stores: [{ id: adasStore }],
    purchases: { edges: [{ node: { addon: { sku: 'FILTER' }, storeGroup: { name: 'ada.example' } } }] },
  });
  const connect = async (host: string, rest: object) => {
    const input = { platform: 'MAGENTO', url: `https://${host}`, ...rest };
    const { store, userErrors } = await command(under, 'storeConnect', 'store { id role group { id } }', input, 'ada');
    expect(userErrors).toEqual([]);
    return store;
  };
  const staging = await connect('ada.agency.example', { role: 'CUSTOMER_STAGING', storeGroupId: group.id });
  expect(staging).toMatchObject({ role: 'CUSTOMER_STAGING', group: { id: group.id } });
  const other = await connect('second.ada.example', { role: 'CUSTOMER_PRODUCTION' });
  expect(other.group.id).not.toBe(group.id);

  // Where no store is named, the one for production counts, which was read; the other never was.
  const served =
    'query ($id: ID!) { afterSalesEligibility(input: { purchaseId: $id, request: CORRECTION }) { storeReading { platformVersion } } }';
  const about = { id: toGlobalId('Purchase', under.vendor.ada.purchases.active ?? '') };
  expect((await under.data('ada', served, about)).afterSalesEligibility.storeReading).toEqual({ platformVersion: 'Magento 2.4.7-p3' });

  const answers = [];
  for (const { id } of [staging, other]) answers.push((await checkWith((await pair(await codeFor(id))).secret)).data.updateCheck.results);
  const production = (await checkWith(under.tokens.adaStore)).data.updateCheck.results;
  expect(production).toEqual([{ access: { verdict: 'UPDATE_AVAILABLE', newestPermitted: { version: '1.2.0' } } }]);
  expect(answers).toEqual([production, [{ access: { verdict: 'NOT_ENTITLED', newestPermitted: null } }]]);

  // Moved into the group it is one of them, and out of it none any more.
  const move = (storeId: string, storeGroupId: string, role: string) =>
    command(under, 'storeMove', 'store { role group { id } }', { storeId, storeGroupId, role }, 'ada');
  expect(mistakes(await move(other.id, group.id, 'CUSTOMER_PRODUCTION'))).toEqual([['TAKEN', 'input.role']]);
  expect((await move(other.id, group.id, 'CUSTOMER_DEVELOPMENT')).store).toEqual({ role: 'CUSTOMER_DEVELOPMENT', group: { id: group.id } });
  const token = (await pair(await codeFor(other.id))).secret;
  expect((await checkWith(token)).data.updateCheck.results).toEqual(production);
  await move(other.id, other.group.id, 'CUSTOMER_PRODUCTION');
  expect((await checkWith(token)).data.updateCheck.results[0].access.verdict).toBe('NOT_ENTITLED');
});

test('a customer makes groups of its own, names them and finds them by name', async () => {
  const made = await command(under, 'storeGroupCreate', 'storeGroup { id name stores { id } }', { name: 'Zebra' }, 'ada');
  expect(made).toMatchObject({ storeGroup: { name: 'Zebra', stores: [] }, userErrors: [] });
  const { id } = made.storeGroup;
  expect(
    (await command(under, 'storeGroupRename', 'storeGroup { name }', { storeGroupId: id, name: 'Aardvark' }, 'ada')).storeGroup.name,
  ).toBe('Aardvark');
  const { viewer } = await under.data('ada', '{ viewer { customer { storeGroups { name } } } }');
  expect(viewer.customer.storeGroups[0]).toEqual({ name: 'Aardvark' });
  expect(mistakes(await command(under, 'storeGroupCreate', 'storeGroup { id }', { name: 'Whose?' }))).toEqual([
    ['REQUIRED', 'input.customerId'],
  ]);
  expect(mistakes(await command(under, 'storeGroupCreate', 'storeGroup { id }', { name: ' ' }, 'ada'))).toEqual([
    ['REQUIRED', 'input.name'],
  ]);
});

test('a store that asks with its own token is told of no group, nor of the stores in it', async () => {
  const { viewer } = await under.data('adaStore', '{ viewer { store { url group { name } } } }');
  expect(viewer.store).toEqual({ url: 'https://ada.example', group: null });
});

describe('a plugin that is paired', () => {
  test('speaks for its store, which says so, until it is shut out', async () => {
    const { code, expiresAt } = await command(under, 'storePairingCodeCreate', 'code expiresAt', { storeId: adasStore }, 'ada');
    expect(expiresAt).toBe('2026-03-10T10:15:00Z');
    const pairingOf = async () => (await under.data('ada', PAIRING, { id: adasStore })).node.pairing;
    expect(await pairingOf()).toEqual({ pairedAt: null, openCodeExpiresAt: expiresAt });
    const { store, secret, userErrors } = await pair(code);
    expect([store, userErrors]).toEqual([{ id: adasStore, url: 'https://ada.example' }, []]);
    expect(await pairingOf()).toEqual({ pairedAt: NOW.toString(), openCodeExpiresAt: null });
    expect((await checkWith(secret)).status).toBe(200);
    await command(under, 'storeUnpair', 'store { id }', { storeId: adasStore }, 'ada');
    expect([(await checkWith(secret)).status, await pairingOf()]).toEqual([401, { pairedAt: null, openCodeExpiresAt: null }]);
  });

  test('needs no credential and takes none, and reads nothing of the store beside its name', async () => {
    const benStore = toGlobalId('Store', under.vendor.ben.stores[0] ?? '');
    const { code } = await command(under, 'storePairingCodeCreate', 'code', { storeId: benStore }, 'ben');
    const before = await rowPrints(under.gateway);
    const store = 'url customer { email } group { name } latestReading { readAt } purchases { edges { cursor } }';
    const query = `mutation ($input: StorePairInput!) { storePair(input: $input) { secret store { ${store} } userErrors { code } } }`;
    const withCredential = await under.ask('ben', query, { input: pairInput(storePlugin(), code) });
    expect([withCredential.status, withCredential.errors[0]?.extensions.code]).toEqual([400, 'BAD_USER_INPUT']);
    expect(await rowPrints(under.gateway)).toEqual(before);
    const withoutPurchases = query.replace('purchases { edges { cursor } }', '');
    const { data, errors, status } = await under.ask('anonymous', withoutPurchases, { input: pairInput(storePlugin(), code) });
    expect(errors.map(({ extensions }) => extensions.code)).toEqual(['UNAUTHENTICATED']);
    expect(data.storePair.store).toEqual({ url: 'https://ben.example', customer: null, group: null, latestReading: null });
    // The code is used up: a client that went by the status would have lost it and the token.
    expect([status, data.storePair.secret]).toEqual([200, expect.stringMatching(/^tnr_store_/)]);
    const again = await command(under, 'storePairingCodeCreate', 'code', { storeId: benStore }, 'ben');
    const greedy = await under.ask('anonymous', query, { input: pairInput(storePlugin(), again.code) });
    expect([greedy.status, greedy.data.storePair]).toEqual([
      200,
      { secret: expect.stringMatching(/^tnr_store_/), store: null, userErrors: [] },
    ]);
  });

  test('is told of a mistyped code, key and signature, and opens no connection for them', async () => {
    const code = await codeFor(adasStore);
    under.forgetStatements();
    expect(mistakes(await pair(`${code}X`))).toEqual([['INVALID', 'input.code']]);
    expect(mistakes(await pair(code, { publicKey: 'AAAA' }))).toEqual([['INVALID', 'input.publicKey']]);
    const { signature } = pairInput(storePlugin(), code);
    expect(mistakes(await pair(code, { signature }))).toEqual([['INVALID', 'input.signature']]);
    expect(mistakes(await pair(''))).toEqual([['REQUIRED', 'input.code']]);
    expect(under.statements).toEqual([]);
  });
});
