import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type MagentoSandbox, startMagentoSandbox } from '../../integrations/magento/sandbox.js';
import type { PrestaShopSandbox } from '../../integrations/prestashop/sandbox.js';
import { connectorFor, SECRETS } from './magento/reading.js';
import { recordedShop } from './magento/recorded-shop.js';
import { closeShops, connector, openShop, spec } from './prestashop/open-shop.js';

let magento: MagentoSandbox;
let prestashop: PrestaShopSandbox;
beforeAll(async () => {
  magento = await startMagentoSandbox({ data: recordedShop(), credentials: SECRETS });
  prestashop = await openShop([spec(1)]);
});
afterAll(async () => {
  await Promise.all([magento.close(), closeShops()]);
});

async function turn(url: string, method: 'PUT' | 'GET' | 'DELETE', change?: object): Promise<[number, unknown]> {
  const response = await fetch(`${url}/sandbox/access`, { method, ...(change === undefined ? {} : { body: JSON.stringify(change) }) });
  return [response.status, await response.json()];
}

test('rights are taken from a running Magento, and given back', async () => {
  const shop = connectorFor(magento.url);
  expect(await turn(magento.url, 'PUT', { rights: ['Magento_Sales::actions_view'] })).toEqual([
    200,
    { rights: ['Magento_Sales::actions_view'], acceptsBearer: false },
  ]);
  expect((await shop.probe('ORDERS')).outcome).toBe('INCOMPLETE');
  await turn(magento.url, 'PUT', { rights: [] });
  expect((await shop.probe('ORDERS')).outcome).toBe('REFUSED');
  expect(await turn(magento.url, 'DELETE')).toEqual([200, { rights: 'ALL', acceptsBearer: false }]);
  expect((await shop.probe('ORDERS')).outcome).toBe('WORKS');
});

test('bearers are switched on for a running Magento', async () => {
  const shop = connectorFor(magento.url, { credentials: { kind: 'BEARER', token: SECRETS.accessToken } });
  magento.access.set({ acceptsBearer: true });
  expect((await shop.probe('ORDERS')).outcome).toBe('WORKS');
  magento.access.set({ acceptsBearer: false });
  expect((await shop.probe('ORDERS')).outcome).toBe('REFUSED');
});

test.each([
  { change: { withheld: ['order_slip'] }, outcome: 'INCOMPLETE', code: 'RIGHT_MISSING' },
  { change: { webserviceOn: false }, outcome: 'REFUSED', code: 'WEBSERVICE_OFF' },
  { change: { stripsAuthorization: true }, outcome: 'REFUSED', code: 'AUTHORIZATION_STRIPPED' },
])('a running PrestaShop with $change is $outcome, $code', async ({ change, outcome, code }) => {
  await turn(prestashop.url, 'PUT', change);
  const probe = await connector(prestashop).probe('ORDERS');
  await turn(prestashop.url, 'DELETE');
  expect([probe.outcome, probe.findings.map((found) => found.code)]).toEqual([outcome, expect.arrayContaining([code])]);
  expect((await connector(prestashop).probe('ORDERS')).outcome).toBe('WORKS');
});

test.each([{ rights: 'SOME' }, { secrets: [] }, 'ALL'])('%j is not understood, and changes nothing', async (change) => {
  const [, before] = await turn(magento.url, 'GET');
  const response = await fetch(`${magento.url}/sandbox/access`, { method: 'PUT', body: JSON.stringify(change) });
  expect([response.status, await response.json()]).toEqual([400, { message: expect.stringMatching(/\w/) }]);
  expect(await turn(magento.url, 'GET')).toEqual([200, before]);
  expect(JSON.stringify(before)).not.toContain(SECRETS.accessTokenSecret);
});
