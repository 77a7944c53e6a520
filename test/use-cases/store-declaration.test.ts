import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Database } from '../../src/persistence/database.js';
import { openSession, setVisibility, withVendorSession } from '../../src/persistence/session.js';
import { Store } from '../../src/persistence/store.js';
import { StoreReading } from '../../src/persistence/store-reading.js';
import type { Actor } from '../../src/use-cases/actor.js';
import { knownStore } from '../../src/use-cases/known-store.js';
import { outcomeOf } from '../../src/use-cases/outcome.js';
import { declareStore, type StoreDeclarationInput } from '../../src/use-cases/store-declaration.js';
import { platformVersionOf, readStore } from '../../src/use-cases/store-reading.js';
import { testDatabase } from '../support/database.js';
import { shopInMemory } from '../support/shop-orders.js';
import { reportStore } from '../support/store-plugin.js';
import { asVendor, customerOf, customerStore, instant, outcomeAsVendor, STAFF } from '../support/vendor.js';

const NOW = instant('2026-03-10T10:00:00Z');
const SAID: StoreDeclarationInput = {
  platformVersion: '2.4.7-p3',
  distribution: 'ADOBE_COMMERCE',
  upstreamVersion: null,
  phpVersion: '8.3.1',
  installed: [{ code: 'Vendor_Filter', version: '1.0', enabled: true }],
};

let database: Database;
let ada: string;
let ben: string;
beforeAll(async () => {
  database = await testDatabase();
  ada = await customerOf(database, 'ada@shop.example');
  ben = await customerOf(database, 'ben@shop.example');
});
afterAll(() => database.close());

const herself = (): Actor => ({ kind: 'CUSTOMER', name: `customer:${ada}`, scopes: ['STORES_WRITE'], customerId: ada, storeId: null });

describe('what a person declares of a store', () => {
  test('is kept as a reading, marked as declared, with who it was', async () => {
    const id = await customerStore(database, ada, 'declared.example');
    await asVendor(database, (em) => declareStore(em, herself(), { id, customer: ada }, SAID, NOW));
    const { told, version } = await withVendorSession(database, ({ em }) => knownStore(em, id, NOW));
    expect(version).toMatchObject({
      source: 'DECLARED',
      readAt: NOW,
      phpVersion: '8.3.1',
      installed: SAID.installed,
      tool: null,
      reportedAt: null,
    });
    expect(version).toMatchObject({ declaredByKind: 'CUSTOMER', declaredByName: `customer:${ada}` });
    expect(platformVersionOf('MAGENTO', told)).toEqual({
      ...{ platform: 'MAGENTO', distribution: 'ADOBE_COMMERCE', version: '2.4.7-p3', upstreamVersion: null, exact: true },
    });
  });

  test.each([
    [{ platformVersion: 'latest' }, 'platformVersion', 'it is no version'],
    [{ distribution: 'PRESTASHOP' }, 'distribution', 'Magento is not made by PrestaShop'],
    [{ upstreamVersion: '2.4.7' }, 'upstreamVersion', 'Mage-OS alone is built from another'],
    [{ distribution: null, upstreamVersion: '2.4.7' }, 'upstreamVersion', 'it does not say that it is a Mage-OS'],
    [{ distribution: 'MAGE_OS', upstreamVersion: 'x'.repeat(199) }, 'upstreamVersion', 'that Magento is no version'],
    [{ distribution: 'MAGE_OS', upstreamVersion: '2.4' }, 'upstreamVersion', 'that Magento is a line of versions'],
  ] as const)('%j is refused at %s, because %s, and nothing is noted', async (change, place, because) => {
    const id = await customerStore(database, ada, `${because.replaceAll(' ', '-').toLowerCase()}.example`);
    const { userErrors } = await outcomeAsVendor(database, (em) => declareStore(em, STAFF, { id }, { ...SAID, ...change }, NOW));
    expect(userErrors).toEqual([expect.objectContaining({ code: 'INVALID', path: ['input', place] })]);
    expect(await withVendorSession(database, ({ em }) => em.count(StoreReading, { store: id }))).toBe(0);
  });

  test('of a foreign store is refused like that of a missing one, by either net', async () => {
    const id = await customerStore(database, ben, 'bens.example');
    const missing = '00000000-0000-0000-0000-000000000000';
    const session = openSession(database);
    const declaring = (which: { readonly id: string; readonly customer?: string }) =>
      outcomeOf(() => session.transaction((em) => declareStore(em, herself(), which, SAID, NOW)));
    await setVisibility(session, { sees: 'all' });
    const foreign = await declaring({ id, customer: ada });
    await setVisibility(session, { sees: 'customer', customerId: ada });
    expect([await declaring({ id }), await declaring({ id: missing })]).toEqual([foreign, foreign]);
    expect(foreign.userErrors).toEqual([expect.objectContaining({ code: 'NOT_FOUND', path: ['input', 'storeId'] })]);
    session.release();
  });
});

test('a Mage-OS is declared by its own version and the one that it is built from, as they are compared', async () => {
  const id = await customerStore(database, ada, 'mage-os.example');
  const said = { ...SAID, platformVersion: '1.0.5', distribution: 'MAGE_OS', upstreamVersion: ' v2.4.7-p3 ' } as const;
  await asVendor(database, (em) => declareStore(em, herself(), { id, customer: ada }, said, NOW));
  const { told } = await withVendorSession(database, ({ em }) => knownStore(em, id, NOW));
  expect(told).toMatchObject({ distribution: 'MAGE_OS', platformVersion: '1.0.5', upstreamVersion: '2.4.7-p3' });
});

describe('the word of a person beside that of the store', () => {
  const VAGUE = {
    distribution: null,
    version: '2.4',
    upstreamVersion: null,
    exact: false,
    label: '2.4 (patch unknown)',
    unknown: [],
  } as const;
  const read = (storeId: string, version: typeof VAGUE, at: Temporal.Instant) =>
    withVendorSession(database, async (session) => {
      const store = await session.em.findOneOrFail(Store, { id: storeId });
      return readStore(session, store, shopInMemory({ version, modules: { modules: [], available: true, unknown: [] } }), at);
    });
  const declared = (storeId: string, platformVersion: string, at: Temporal.Instant) =>
    asVendor(database, (em) => declareStore(em, STAFF, { id: storeId }, { ...SAID, distribution: null, platformVersion }, at));
  const standings = async (storeId: string, at: Temporal.Instant) => {
    const { told, sources } = await withVendorSession(database, ({ em }) => knownStore(em, storeId, at));
    return [told?.platformVersion, ...sources.map(({ reading, standing }) => `${reading.source} ${standing}`)];
  };

  test('completes a connector’s "2.4", yields to the plugin’s report, and goes before that when it is a month old', async () => {
    const id = await customerStore(database, ada, 'course.example');
    await read(id, VAGUE, NOW);
    await declared(id, '2.4.7-p3', NOW.add({ hours: 1 }));
    expect(await standings(id, NOW.add({ hours: 2 }))).toEqual(['2.4.7-p3', 'DECLARED COMPLETES', 'CONNECTOR USED']);
    const report = { platformVersion: '2.4.8', distribution: null, upstreamVersion: null, phpVersion: null, installed: [] };
    const reportedAt = NOW.add({ hours: 3 });
    await asVendor(database, (em) => reportStore(em, id, report, reportedAt));
    expect(await standings(id, reportedAt)).toEqual(['2.4.8', 'PLUGIN USED', 'DECLARED OUTRANKED', 'CONNECTOR OUTRANKED']);
    const later = reportedAt.add({ hours: 24 * 30 });
    await declared(id, '2.4.9', later);
    expect(await standings(id, later)).toEqual(['2.4.8', 'DECLARED CONTRADICTS', 'PLUGIN USED', 'CONNECTOR OUTRANKED']);
    const stillLater = later.add({ milliseconds: 1 });
    expect(await standings(id, stillLater)).toEqual(['2.4.9', 'DECLARED USED', 'PLUGIN STALE', 'CONNECTOR STALE']);
  });
});
