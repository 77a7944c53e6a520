import { afterEach, describe, expect, test } from '@jest/globals';
import { guardedClient } from '../../../integrations/guarded-client.js';
import type { AdminApiAccess } from '../../../integrations/prestashop/admin-api.js';
import { prestashopConnector } from '../../../integrations/prestashop/connector.js';
import { type PrestaShopSandbox, startPrestaShopSandbox } from '../../../integrations/prestashop/sandbox.js';
import type { SandboxAdminApi } from '../../../integrations/prestashop/sandbox-admin-api.js';
import { emptyPrestaShop } from '../../../integrations/prestashop/shop-builder.js';

const access: AdminApiAccess = { clientId: 'tenure', clientSecret: 'secret' };
const clients = { tenure: { secret: 'secret', scopes: ['module_read'] }, other: { secret: 'secret', scopes: ['hook_read'] } };
const upToDate = (index: number) => ({ technicalName: `addon_${index}`, moduleVersion: '1.2.0', installedVersion: '1.2.0', enabled: true });

let shop: PrestaShopSandbox | null = null;
afterEach(async () => {
  await shop?.close();
  shop = null;
});

async function modulesOf(adminApi: SandboxAdminApi | undefined, asker: AdminApiAccess | undefined) {
  const data = emptyPrestaShop('Add-ons');
  shop = await startPrestaShopSandbox({ data, keys: {}, timeZone: 'UTC', version: '9.1.4', ...(adminApi ? { adminApi } : {}) });
  const client = guardedClient({ allowedHosts: [new URL(shop.url).host], totalTimeoutMs: 20_000, maxBytes: 1_000_000 });
  return prestashopConnector({ baseUrl: shop.url, key: '', timeZone: 'UTC', client, adminApi: asker }).readModules();
}

describe('modules of a PrestaShop 9', () => {
  test('every page of them, with the version of the files, and an upgrade that was not run is told', async () => {
    const modules = [
      ...Array.from({ length: 150 }, (_, index) => upToDate(index)),
      { technicalName: 'half_way', moduleVersion: '2.0.0', installedVersion: '1.9.0', enabled: true },
      { technicalName: 'on_disk', moduleVersion: '1.0.0', installedVersion: null, enabled: false },
    ];
    const reading = await modulesOf({ clients, modules, acceptsHttp: true }, access);
    expect(reading.available).toBe(true);
    expect(reading.modules).toHaveLength(152);
    expect(reading.modules.slice(150)).toEqual([
      { code: 'half_way', version: '2.0.0', enabled: true },
      { code: 'on_disk', version: '1.0.0', enabled: false },
    ]);
    expect(reading.unknown).toMatchObject([
      { fact: 'modules.version', because: expect.stringContaining('the files of 1 are of another version') },
    ]);
  });

  const unavailableTable: [SandboxAdminApi | undefined, AdminApiAccess | undefined, string, string][] = [
    [undefined, access, 'version 9', 'an older shop has no Admin API'],
    [{ clients, modules: [], acceptsHttp: true }, undefined, 'no API client', 'nobody gave access'],
  ];
  test.each(unavailableTable)('%j asked by %j are not available: %s, because %s', async (api, asker, because) => {
    const reading = await modulesOf(api, asker);
    expect(reading).toMatchObject({
      available: false,
      modules: [],
      unknown: [{ fact: 'modules', because: expect.stringContaining(because) }],
    });
  });

  test.each([
    [true, { clientId: 'tenure', clientSecret: 'wrong' }, 'CREDENTIALS_REFUSED', 'the secret is wrong'],
    [true, { clientId: 'nobody', clientSecret: 'secret' }, 'CREDENTIALS_REFUSED', 'there is no such client'],
    [true, { clientId: 'other', clientSecret: 'secret' }, 'RIGHT_MISSING', 'the client was not given module_read'],
    [false, access, 'ADDRESS_REFUSED', 'the real one insists on https'],
  ])('accepting http %p and asked by %j fail as %s because %s', async (acceptsHttp, asker, code) => {
    await expect(modulesOf({ clients, modules: [], acceptsHttp }, asker)).rejects.toMatchObject({ code });
  });
});
