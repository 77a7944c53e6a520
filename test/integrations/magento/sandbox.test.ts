import { createHmac } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { oauthBaseString, oauthHeader } from '../../../integrations/magento/oauth.js';
import { type MagentoSandbox, startMagentoSandbox } from '../../../integrations/magento/sandbox.js';
import type { MagentoDocument } from '../../../integrations/magento/table-search.js';
import { SECRETS } from './reading.js';
import { recordedShop } from './recorded-shop.js';

const WITHOUT_RIGHT = "The consumer isn't authorized to access %resources.";

let shop: MagentoSandbox;
let oldShop: MagentoSandbox;
let strictShop: MagentoSandbox;

beforeAll(async () => {
  const data = recordedShop();
  shop = await startMagentoSandbox({ data, credentials: SECRETS, acceptsBearer: true });
  oldShop = await startMagentoSandbox({ data, credentials: SECRETS, acceptsBearer: true, repeatsLastPage: true });
  strictShop = await startMagentoSandbox({ data, credentials: SECRETS, rights: ['Magento_Sales::actions_view'], pageSizeLimit: 300 });
});
afterAll(() => Promise.all([shop.close(), oldShop.close(), strictShop.close()]));

const bearer = { authorization: `Bearer ${SECRETS.accessToken}` };

async function ask(server: MagentoSandbox, path: string, headers: Record<string, string> = bearer, method = 'GET') {
  const reply = await fetch(`${server.url}${path}`, { method, headers: { accept: 'application/json', ...headers } });
  const text = await reply.text();
  const type = reply.headers.get('content-type') ?? '';
  return { status: reply.status, type, body: type.startsWith('application/json') ? JSON.parse(text) : text };
}

const criteria = (query: string) => query.replaceAll('sc[', 'searchCriteria[');
const filter = (field: string, value: string, condition: string, group = 0, place = 0) => {
  const name = `sc[filterGroups][${group}][filters][${place}]`;
  return criteria(`${name}[field]=${field}&${name}[value]=${encodeURIComponent(value)}&${name}[conditionType]=${condition}`);
};
async function idsOf(server: MagentoSandbox, query: string, resource = 'orders'): Promise<unknown[]> {
  const { status, body } = await ask(server, `/rest/V1/${resource}?${criteria(query)}`);
  if (status !== 200) throw new Error(`${status} ${JSON.stringify(body)}`);
  return (body.items ?? []).map((row: MagentoDocument) => row.entity_id ?? row.id);
}
const ALL = [1, 2, 3, 4, 5, 6, 7, 8];

describe('a search', () => {
  test.each([
    ['searchCriteria=', ALL, 'all, by primary key'],
    ['sc[pageSize]=0', ALL, 'a page of nothing is everything'],
    ['sc[pageSize]=5000', ALL, 'no limit by default'],
    ['sc[sortOrders][0][field]=entity_id', [...ALL].reverse(), 'descending without a direction'],
    ['sc[sortOrders][0][field]=entity_id&sc[sortOrders][0][direction]=asc', ALL, 'a direction in lower case'],
    [
      'sc[sortOrders][0][field]=state&sc[sortOrders][0][direction]=ASC&sc[sortOrders][1][field]=entity_id',
      [5, 7, 8, 6, 4, 3, 2, 1],
      'two sorts',
    ],
    ['sc[pageSize]=3&sc[currentPage]=2', [4, 5, 6], 'a page'],
    ['sc[pageSize]=3&sc[currentPage]=3', [7, 8], 'the last page'],
    ['sc[pageSize]=3&sc[currentPage]=9', [], 'past the end'],
    ['search_criteria[page_size]=3&search_criteria[current_page]=2', [4, 5, 6], 'snake_case'],
    [filter('entity_id', '7', 'gt'), [8], 'gt'],
    [filter('entity_id', '7', 'gteq'), [7, 8], 'gteq'],
    [filter('entity_id', '7', 'moreq'), [7, 8], 'moreq'],
    [filter('entity_id', '7', 'from'), [7, 8], 'from'],
    [filter('entity_id', '2', 'lt'), [1], 'lt'],
    [filter('entity_id', '2', 'lteq'), [1, 2], 'lteq'],
    [filter('entity_id', '2', 'to'), [1, 2], 'to'],
    [filter('entity_id', '2', 'eq'), [2], 'eq'],
    [filter('entity_id', '2', 'bogus'), [2], 'an unknown condition is eq'],
    [filter('entity_id', '2', ''), [2], 'no condition is eq'],
    [filter('entity_id', '2', 'neq'), [1, 3, 4, 5, 6, 7, 8], 'neq'],
    [filter('entity_id', '1, 3,5', 'in'), [1, 3, 5], 'in'],
    [filter('entity_id', '1,2,3,4', 'nin'), [5, 6, 7, 8], 'nin'],
    [filter('customer_email', '%@GUEST.example', 'like'), [1, 4, 5, 7], 'like, in any case'],
    [filter('customer_email', 'bo_@%', 'nlike'), [2, 3, 5, 6, 8], 'nlike'],
    [filter('coupon_code', '', 'null'), [1, 3, 4, 5, 7, 8], 'null'],
    [filter('coupon_code', '', 'notnull'), [2, 6], 'notnull'],
    [filter('coupon_code', 'other', 'neq'), [2, 6], 'a comparison with null never holds'],
    [filter('applied_rule_ids', '1', 'finset'), [2, 6], 'finset'],
    [filter('hold_before_state', '', 'notnull'), [], 'a column that is null everywhere'],
    [`${filter('entity_id', '1', 'eq')}&${filter('entity_id', '2', 'eq', 0, 1)}`, [1, 2], 'within a group, one is enough'],
    [`${filter('entity_id', '1', 'gt')}&${filter('entity_id', '3', 'lt', 1)}`, [2], 'of the groups, all must hold'],
    [filter('updated_at', '2026-11-22 02:59:12', 'gteq'), [7, 8], 'a stamp'],
    [filter('updated_at', '2026-11-22T02:59:12Z', 'gteq'), [7, 8], 'a stamp with Z, by accident'],
    [filter('updated_at', '2026-11-22', 'lt'), [], 'a day is its midnight'],
    [filter('updated_at', '2026-11-22T03:59:12+02:00', 'gteq'), [], 'a stamp with an offset silently finds nothing'],
  ])('%s finds %j: %s', async (query, ids, _because) => {
    expect(await idsOf(shop, query)).toEqual(ids);
  });

  test('of products looks into attributes', async () => {
    expect(await idsOf(shop, filter('special_price', '100', 'gt'), 'products')).toEqual([4]);
    expect(await idsOf(shop, filter('entity_id', '6', 'gt'), 'products')).toEqual([7, 8]);
  });

  test('past the end is the last page again on 2.0 to 2.3', async () => {
    expect(await idsOf(oldShop, 'sc[pageSize]=3&sc[currentPage]=9')).toEqual([7, 8]);
  });

  test.each([
    [filter('nope', '1', 'eq'), 500, /Report ID: webapi-[0-9a-f]{13}$/, 'an unknown filter'],
    ['sc[sortOrders][0][field]=nope', 500, /Report ID: webapi-/, 'an unknown sort'],
    ['sc[currentPage]=1.5', 400, /"currentPage" processing. The "1.5" value's type is invalid/, 'a page that is no number'],
    ['', 400, /"%fieldName" is required/, 'no criteria'],
  ])('%s fails with %d: %s', async (query, status, message, _because) => {
    const reply = await ask(shop, `/rest/V1/orders?${criteria(query)}`);
    expect([reply.status, reply.body.message]).toEqual([status, expect.stringMatching(message)]);
  });

  test('repeats the criteria in its own spelling', async () => {
    const query = `${filter('entity_id', '3', '')}&sc[sortOrders][0][field]=entity_id&sc[sortOrders][0][direction]=asc&sc[pageSize]=2`;
    expect((await ask(shop, `/rest/V1/orders?${criteria(query)}`)).body.search_criteria).toEqual({
      filter_groups: [{ filters: [{ field: 'entity_id', value: '3', condition_type: 'eq' }] }],
      sort_orders: [{ field: 'entity_id', direction: 'ASC' }],
      page_size: 2,
    });
  });
});

test.each([
  ['items[entity_id,items[sku]],total_count', { items: [{ entity_id: 1, items: [{ sku: 'SUP-10H' }] }], total_count: 8 }, 'nested'],
  [
    'items[status_histories[comment],nope]',
    { items: [{ status_histories: [{ comment: 'waiting for transfer' }] }] },
    'unknown names are left out',
  ],
  ['items[billing_address[street]]', { items: [{ billing_address: { street: ['5 quai de Conti'] } }] }, 'a whole value'],
  ['items[entity_id', [], 'a broken projection leaves nothing'],
  ['items[entity_id]]', [], 'in either direction'],
  ['items(entity_id)', [], 'other characters'],
])('fields=%s gives %j: %s', async (fields, body, _because) => {
  const query = criteria(`sc[pageSize]=1&fields=${encodeURIComponent(fields)}`);
  expect((await ask(shop, `/rest/V1/orders?${query}`)).body).toEqual(body);
});

test.each([
  ['/rest/nowhere/V1/orders?searchCriteria=', 400, { message: 'Specified request cannot be processed.' }, 'an unknown store'],
  ['/rest/all/V1/nope', 404, { message: 'Request does not match any route.' }, 'an unknown route'],
  ['/rest/V1/creditmemo/2', 200, expect.objectContaining({ order_id: 7 }), 'one credit memo has a name of its own'],
  ['/rest/V1/creditmemos/2', 404, { message: 'Request does not match any route.' }, 'and no other'],
  ['/rest/V1/invoices/2', 200, expect.objectContaining({ order_id: 2, state: 2 }), 'an invoice'],
  ['/rest/V1/products/ADDON%2DPRO', 200, expect.objectContaining({ id: 4 }), 'an encoded sku'],
  ['/rest/V1/directory/currency', 200, expect.objectContaining({ base_currency_code: 'EUR' }), 'the currencies'],
])('%s answers %d: %s', async (path, status, body, _because) => {
  const reply = await ask(shop, path);
  expect([reply.status, reply.body]).toEqual([status, body]);
});

test('another method is no route, and another Accept an HTML error', async () => {
  expect((await ask(shop, '/rest/V1/orders/1', bearer, 'DELETE')).status).toBe(404);
  const { status, type } = await ask(shop, '/rest/V1/orders/1', { ...bearer, accept: 'text/html' });
  expect([status, type]).toEqual([500, 'text/html; charset=UTF-8']);
});

test.each([
  ['Magento/2.4 (Community)', 200, 'Magento/2.4 (Community)'],
  ['', 200, ''],
  ['Mage-OS/1.0 (Community)', 200, 'Mage-OS/1.0 (Community)'],
  [null, 404, expect.stringContaining('<html')],
])('/magento_version of %j', async (versionPage, status, body) => {
  shop.data.versionPage = versionPage;
  const reply = await ask(shop, '/magento_version', {});
  expect([reply.status, reply.type, reply.body]).toEqual([status, 'text/html; charset=UTF-8', body]);
});

describe('access', () => {
  const orders = () => new URL(`${strictShop.url}/rest/V1/orders?searchCriteria[pageSize]=1&fields=total_count`);
  const modules = () => new URL(`${strictShop.url}/rest/V1/modules`);
  const with1 = (authorization: string, url = orders()) => ask(strictShop, url.pathname + url.search, { authorization });
  const refused = (resources: string) => [401, { message: WITHOUT_RIGHT, parameters: { resources } }];

  test('a signed request is answered', async () => {
    const url = orders();
    expect((await with1(oauthHeader('GET', url, SECRETS), url)).status).toBe(200);
  });

  test('a nonce counts once', async () => {
    const header = oauthHeader('GET', orders(), SECRETS);
    expect([(await with1(header)).status, (await with1(header)).status]).toEqual([200, 401]);
  });

  test('an old timestamp is taken', async () => {
    expect((await with1(oauthHeader('GET', orders(), SECRETS, { timestamp: '1000000000', nonce: 'old' }))).status).toBe(200);
  });

  test.each([
    [() => oauthHeader('GET', orders(), { ...SECRETS, accessTokenSecret: 'x' }), /signature is invalid/, 'another secret'],
    [() => oauthHeader('POST', orders(), SECRETS), /signature is invalid/, 'another method'],
    [() => oauthHeader('GET', modules(), SECRETS), /signature is invalid/, 'another address'],
    [() => oauthHeader('GET', orders(), { ...SECRETS, consumerKey: 'x' }), /consumer having the specified key/, 'another consumer'],
    [() => oauthHeader('GET', orders(), { ...SECRETS, accessToken: 'x' }), /token does not exist/, 'another token'],
  ])('a wrong signature is refused (%#)', async (header, message, _because) => {
    const { status, body } = await with1(header());
    expect([status, body.message]).toEqual([401, expect.stringMatching(message)]);
  });

  test('HMAC-SHA1 is refused, even rightly signed', async () => {
    const fields = {
      oauth_consumer_key: 'ck',
      oauth_nonce: 'n1',
      oauth_signature_method: 'HMAC-SHA1',
      oauth_timestamp: '1795317414',
      oauth_token: 'at',
    };
    const signature = createHmac('sha1', 'cs&ats')
      .update(oauthBaseString('GET', orders(), fields))
      .digest('base64');
    const header = Object.entries({ ...fields, oauth_signature: signature }).map(
      ([name, value]) => `${name}="${encodeURIComponent(value)}"`,
    );
    const { status, body } = await with1(`OAuth ${header.join(', ')}`);
    expect([status, body]).toEqual([400, { message: 'Signature method %1 is not supported', parameters: ['HMAC-SHA1'] }]);
  });

  test.each([
    ['Bearer at', 'bearers are off by default'],
    ['Bearer wrong', 'a wrong token'],
    ['', 'no token'],
  ])('"%s" gets the same answer as a missing right: %s', async (authorization, _because) => {
    const { status, body } = await with1(authorization);
    expect([status, body]).toEqual(refused('Magento_Sales::actions_view'));
  });

  test('a right that was not granted is named, and modules need none of their own', async () => {
    const memos = new URL(`${strictShop.url}/rest/V1/creditmemos?searchCriteria=`);
    const { status, body } = await with1(oauthHeader('GET', memos, SECRETS), memos);
    expect([status, body]).toEqual(refused('Magento_Sales::sales_creditmemo'));
    expect((await with1(oauthHeader('GET', modules(), SECRETS), modules())).status).toBe(200);
  });

  test.each([
    ['searchCriteria[pageSize]=300', 200, {}],
    ['searchCriteria[pageSize]=301', 400, { message: 'Maximum SearchCriteria pageSize is %max', parameters: { max: 300 } }],
  ])('with the input limit on, %s answers %d', async (query, status, body) => {
    const url = new URL(`${strictShop.url}/rest/V1/orders?${query}`);
    const reply = await with1(oauthHeader('GET', url, SECRETS), url);
    expect(reply.status).toBe(status);
    expect(reply.body).toMatchObject(body);
  });
});

test('the fault switch stands before the shop', async () => {
  const put = { method: 'PUT', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ kind: 'MAINTENANCE', times: 1 }) };
  expect((await fetch(`${shop.url}/sandbox/fault`, put)).status).toBe(200);
  expect((await ask(shop, '/rest/V1/orders/1')).status).toBe(503);
  expect((await ask(shop, '/rest/V1/orders/1')).status).toBe(200);
});
