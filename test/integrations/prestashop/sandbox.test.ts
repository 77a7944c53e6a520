import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type PrestaShopSandbox, startPrestaShopSandbox } from '../../../integrations/prestashop/sandbox.js';
import { goodKey, keys, recordedData, rightlessKey, startRecordedSandbox } from './recorded-shop.js';

/** Rows of the table of measured behaviour that no recording holds. */
let shop: PrestaShopSandbox;
beforeAll(async () => {
  shop = await startRecordedSandbox();
});
afterAll(() => shop.close());

const basic = (key: string) => ({ Authorization: `Basic ${Buffer.from(`${key}:`).toString('base64')}` });

async function ask(path: string, init: { key?: string; method?: string; headers?: Record<string, string>; url?: string } = {}) {
  const { key = goodKey, method = 'GET', headers = {}, url = shop.url } = init;
  const reply = await fetch(`${url}/api/${path}`, { method, headers: { ...basic(key), ...headers } });
  const text = await reply.text();
  const isJson = text !== '' && reply.headers.get('content-type') === 'application/json';
  return { status: reply.status, headers: reply.headers, text, json: isJson ? JSON.parse(text) : undefined };
}

const idsOf = async (query: string) => {
  const { json } = await ask(`orders?${query}&output_format=JSON`);
  return Array.isArray(json) ? json : json.orders.map((order: { id: number }) => order.id);
};
const codesOf = (json: { errors: { code: number }[] }) => json.errors.map((error) => error.code);

describe('filters', () => {
  test.each([
    ['filter[id]=3', [3], 'a bare value is equality'],
    ['filter[id]=[3]', [3], 'so is one in brackets'],
    ['filter[id]=[1|4|99]', [1, 4], 'bars are a list'],
    ['filter[id]=[2,4]', [2, 3, 4], 'a comma is a range with both ends'],
    ['filter[id]=>[4]', [5, 6], 'greater is strict'],
    ['filter[id]=<[2]', [1], 'less is strict'],
    ['filter[id]=![1|2|3]', [4, 5, 6], 'an exclamation mark is its opposite'],
    ['filter[reference]=[q]%', [1], 'begins with, in any case'],
    ['filter[reference]=%[JB]', [4], 'ends with'],
    ['filter[module]=%[check]%', [2, 3, 4, 5, 6], 'contains'],
    ['filter[valid]=[1]&filter[id_customer]=[2]', [], 'several filters all hold, and nothing is an empty list'],
    ['date=1&filter[date_upd]=[2026-03-03 09:00:02]', [2], 'a stamp is a text'],
    ['date=1&filter[date_upd]=[2026-03-03,2026-03-05]', [2, 3], 'a range of dates'],
    ['filter[total_paid]=[119.88]', [5, 6], 'a number is its value'],
  ])('%s picks %j because %s', async (query, ids) => {
    expect(await idsOf(query)).toEqual(ids);
  });
});

describe('order and limit', () => {
  test.each([
    ['sort=[id_DESC]&limit=2', [6, 5], 'a limit of one number is a count'],
    ['sort=id_ASC&limit=4,5', [5, 6], 'one of two is offset and count'],
    ['limit=6,10', [], 'past the end is an empty list'],
    ['sort=[id_customer_ASC,id_DESC]', [6, 4, 2, 1, 5, 3], 'keys count in order'],
    ['sort=[total_paid_ASC]&limit=1', [5], 'amounts sort by value'],
    ['date=1&sort=[date_upd_DESC]&limit=1', [6], 'dates sort with date=1'],
  ])('%s gives %j because %s', async (query, ids) => {
    expect(await idsOf(query)).toEqual(ids);
  });
});

describe('mistakes', () => {
  const warned = [3, 3, 3, 3];
  test.each([
    ['filter[date_add]=>[2026-01-01]', 32, 'dates need date=1'],
    ['sort=[date_upd_ASC]', 38, 'dates need date=1 here too'],
    ['sort=[bogus_ASC]', 38, 'there is no such field'],
    ['sort=[id]', 37, 'a direction is missing'],
    ['display=id', 36, 'fields stand in brackets'],
    ['limit=abc', 39, 'a limit is a number'],
    ['limit=1,2,3', 39, 'or two'],
  ])('%s is error %i with a 500 and four warnings because %s', async (query, code) => {
    const { status, json } = await ask(`orders?${query}&output_format=JSON`);
    expect(status).toBe(500);
    expect(codesOf(json)).toEqual([code, ...warned]);
  });
});

describe('keys and rights', () => {
  test('a key without any right is error 21 alone, and no version is told', async () => {
    const { status, json, headers } = await ask('orders?output_format=JSON', { key: rightlessKey });
    expect([status, codesOf(json), headers.get('psws-version')]).toEqual([401, [21], '0']);
    expect(headers.get('www-authenticate')).toMatch(/^Basic /);
  });

  test('the key may stand in the address', async () => {
    const reply = await fetch(`${shop.url}/api/orders?ws_key=${goodKey}&output_format=JSON`);
    expect(reply.status).toBe(200);
  });

  test.each(['POST', 'PUT', 'DELETE', 'HEAD'])('%s was not granted: 405', async (method) => {
    const { status, json } = await ask('orders?output_format=JSON', { method });
    expect(status).toBe(405);
    if (method !== 'HEAD') expect(codesOf(json)).toEqual([25]);
  });

  test('switched off: 503, error 22, version 0, even for a good key', async () => {
    const off = await startPrestaShopSandbox({ data: recordedData(), keys, timeZone: 'UTC', version: '9.1.4', webserviceOn: false });
    const { status, json, headers } = await ask('orders?output_format=JSON', { url: off.url });
    await off.close();
    expect([status, codesOf(json), headers.get('psws-version')]).toEqual([503, [22], '0']);
  });

  test('errors come as XML to those who did not ask for JSON', async () => {
    const { headers, text } = await ask('bogus');
    expect(headers.get('content-type')).toBe('text/xml;charset=utf-8');
    expect(text).toContain('<code><![CDATA[27]]></code>');
  });

  test('an address outside the webservice is a page of the shop', async () => {
    const reply = await fetch(`${shop.url}/contact`);
    expect([reply.status, reply.headers.get('content-type')]).toEqual([404, 'text/html; charset=utf-8']);
    await reply.text();
  });
});

describe('forms', () => {
  test('JSON of the list of resources crashes: 500 and nothing', async () => {
    const { status, text, headers } = await ask('?output_format=JSON');
    expect([status, text, headers.get('content-type')]).toEqual([500, '', null]);
  });

  const formatTable: [string, Record<string, string>, string, string][] = [
    ['orders?output_format=json', {}, 'text/xml;charset=utf-8', 'the parameter is case-sensitive'],
    ['orders', { Accept: 'application/json' }, 'text/xml;charset=utf-8', 'Accept is not looked at'],
    ['orders', { 'Output-Format': 'JSON' }, 'application/json', 'a header may say it'],
    ['orders', { 'Io-Format': 'JSON' }, 'application/json', 'so may this one'],
  ];
  test.each(formatTable)('%s with %j is %s because %s', async (path, headers, contentType) => {
    expect((await ask(path, { headers })).headers.get('content-type')).toBe(contentType);
  });

  test('a list in XML without display tells where its rows are', async () => {
    expect((await ask('orders?limit=1')).text).toContain(`<order id="1" xlink:href="${shop.url}/api/orders/1"/>`);
  });

  test('a customer shows what it should not, unless fields are named', async () => {
    const full = await ask('customers?display=full&filter[id]=[1]&output_format=JSON');
    const named = await ask('customers?display=[id,email]&filter[id]=[1]&output_format=JSON');
    expect(full.json.customers[0]).toHaveProperty('passwd');
    expect(named.json.customers).toEqual([{ id: 1, email: 'camille@shop-a.example' }]);
  });

  test('associations may be asked for by name', async () => {
    const { json } = await ask('order_slip?display=[id,order_slip_details[id_order_detail]]&output_format=JSON');
    expect(json.order_slips).toMatchObject([{ id: 1, associations: { order_slip_details: [{ id_order_detail: 5 }] } }]);
  });

  test('a shop that is not there is a page; the configuration shows version and zone', async () => {
    const { status, headers } = await ask('orders?id_shop=99&output_format=JSON');
    expect([status, headers.get('content-type')]).toEqual([503, 'text/html; charset=utf-8']);
    const { json } = await ask('configurations?display=[name,value]&output_format=JSON');
    expect(json.configurations).toEqual([
      { name: 'PS_VERSION_DB', value: '9.1.4' },
      { name: 'PS_TIMEZONE', value: 'Europe/Paris' },
    ]);
  });

  test('a language makes names plain, in XML too they are per language without', async () => {
    const { text } = await ask('order_states/2?display=full');
    expect(text).toContain(`<language id="1" xlink:href="${shop.url}/api/languages/1"><![CDATA[Payment accepted]]></language>`);
    expect((await ask('order_states/2?display=[name]&language=2&output_format=JSON')).json.order_states[0].name).toMatch(/^Paiement/);
  });
});
