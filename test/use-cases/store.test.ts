import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type ModulesReading, StoreReadingFailed, type VersionReading } from '../../integrations/store-platform.js';
import { withVendorSession } from '../../src/persistence/session.js';
import { Store, type StoreRow } from '../../src/persistence/store.js';
import { StoreReading } from '../../src/persistence/store-reading.js';
import { recordPurchase } from '../../src/use-cases/purchase.js';
import { connectorOf, connectStore, type StoreConnectInput, type StoreCredentials } from '../../src/use-cases/store.js';
import { latestReading, platformVersionOf, readStore } from '../../src/use-cases/store-reading.js';
import { testDatabase } from '../support/database.js';
import { shopInMemory } from '../support/shop-orders.js';
import {
  asVendor,
  customerOf,
  customerStore,
  euros,
  instant,
  outcomeAsVendor,
  publishPolicies,
  SECRET_KEY,
  STAFF,
  sell,
  vendorShop,
} from '../support/vendor.js';

const NOW = instant('2026-03-10T10:00:00Z');
const CREDENTIALS: StoreCredentials = { kind: 'MAGENTO_BEARER', token: 'a very secret token' };

let database: Awaited<ReturnType<typeof testDatabase>>;
let ada: string;
let ben: string;
beforeAll(async () => {
  database = await testDatabase();
  ada = await customerOf(database, 'ada@shop.example');
  ben = await customerOf(database, 'ben@shop.example');
});
afterAll(() => database.close());

/** The id of a customer that is not there. */
const SOMEBODY = '00000000-0000-0000-0000-000000000000';

const SHOP: StoreConnectInput = {
  platform: 'MAGENTO',
  url: 'https://shop.example',
  role: 'VENDOR_SHOP',
  customerId: null,
  code: 'eu',
  timeZone: null,
  credentials: CREDENTIALS,
};
const connect = (change: Partial<StoreConnectInput>) =>
  outcomeAsVendor(database, (em) => connectStore(em, { ...SHOP, ...change }, SECRET_KEY, NOW));
const stores = () => withVendorSession(database, ({ em }) => em.find(Store, {}, { orderBy: { id: 'asc' } }));
const customers = (change: Partial<StoreConnectInput>) =>
  ({ role: 'CUSTOMER_PRODUCTION', customerId: ada, code: null, ...change }) as const;

describe('connecting a store', () => {
  test.each([
    ['https://Addresses.example', 'https://addresses.example', 'hosts have no case'],
    [' https://addresses.example/ ', 'https://addresses.example', 'blanks and a last slash say nothing'],
    ['https://addresses.example:443', 'https://addresses.example', 'the standard port says nothing'],
    ['https://addresses.example/Shop//', 'https://addresses.example/Shop', 'paths have case'],
    ['http://addresses.example', 'http://addresses.example', 'whether http may be used is the operator’s to say'],
  ])('%j is the address %s', async (url, expected, _because) => {
    const { value } = await connect(customers({ url }));
    expect(value?.url).toBe(expected);
  });

  const refusals: readonly (readonly [string, Partial<StoreConnectInput>, string, string, string])[] = [
    ['no address', { url: 'shop' }, 'INVALID', 'url', 'it is no full address'],
    ['another protocol', { url: 'ftp://shop.example' }, 'INVALID', 'url', 'stores are reached over https'],
    ['a password in the address', { url: 'https://ada:secret@shop.example' }, 'INVALID', 'url', 'addresses are shown, secrets are sealed'],
    ['a query in the address', { url: 'https://shop.example/?key=secret' }, 'INVALID', 'url', 'addresses are shown, secrets are sealed'],
    [
      'a vendor’s shop of a customer',
      {
        customerId: SOMEBODY,
      },
      'INVALID',
      'customerId',
      'whose is it?',
    ],
    ['a customer’s store of nobody', { role: 'CUSTOMER_STAGING', code: null }, 'INVALID', 'customerId', 'whose is it?'],
    ['a vendor’s shop without a code', { code: null }, 'INVALID', 'code', 'the command line could not name it'],
    [
      'a customer’s store with a code',
      {
        role: 'CUSTOMER_STAGING',
        customerId: SOMEBODY,
      },
      'INVALID',
      'code',
      'codes are the vendor’s own',
    ],
    [
      'a customer that is not there',
      { role: 'CUSTOMER_STAGING', code: null, customerId: SOMEBODY },
      'NOT_FOUND',
      'customerId',
      'there is nobody',
    ],
    ['a zone that is none', { timeZone: 'Paris' }, 'INVALID', 'timeZone', 'zones have IANA names'],
    ['PrestaShop without a zone', { platform: 'PRESTASHOP', credentials: null }, 'REQUIRED', 'timeZone', 'its dates could not be read'],
    [
      'credentials of the other platform',
      { credentials: { kind: 'PRESTASHOP_KEY', key: 'k', adminApi: null } },
      'INVALID',
      'credentials',
      'they would open nothing',
    ],
  ];
  test.each(refusals)('%s is refused', async (_what, change, code, field, _because) => {
    const before = await stores();
    const { userErrors } = await connect(change);
    expect(userErrors.map((error) => [error.code, error.path])).toEqual([[code, ['input', field]]]);
    expect(await stores()).toEqual(before);
  });

  test('the same address again changes the store, and keeps its credentials when none are given', async () => {
    const first = await connect({ url: 'https://again.example', code: 'again' });
    const second = await connect({ url: 'https://again.example/', code: 'again', timeZone: 'Europe/Paris', credentials: null });
    expect(second.value).toMatchObject({ id: first.value?.id, timeZone: 'Europe/Paris' });
    expect(second.value?.sealedCredentials).toEqual(first.value?.sealedCredentials);
    expect((await connect({ url: 'https://again.example/', code: 'again' })).value).toMatchObject({ timeZone: 'Europe/Paris' });
  });

  test('a PrestaShop whose zone is known keeps it when none is said', async () => {
    const shop = { platform: 'PRESTASHOP', url: 'https://zone.example', code: 'zone', credentials: null } as const;
    await connect({ ...shop, timeZone: 'Asia/Tokyo' });
    expect(await connect(shop)).toMatchObject({ value: { timeZone: 'Asia/Tokyo' }, userErrors: [] });
  });

  test('two customers and the vendor may each have a store at one address: who names it first keeps nobody from it', async () => {
    const hers = await connect(customers({ url: 'https://shared.example' }));
    const his = await connect(customers({ url: 'https://shared.example', customerId: ben }));
    const ours = await connect({ url: 'https://shared.example', code: 'shared' });
    expect(new Set([hers, his, ours].map(({ value }) => value?.id)).size).toBe(3);
    expect((await connect(customers({ url: 'https://shared.example', role: 'CUSTOMER_STAGING' }))).value?.id).toBe(hers.value?.id);
    expect(his.value).toMatchObject({ role: 'CUSTOMER_PRODUCTION' });
  });

  test('a code belongs to one shop, and a shop keeps its code', async () => {
    await connect({ url: 'https://one.example', code: 'one' });
    expect((await connect({ url: 'https://two.example', code: 'one' })).userErrors).toEqual([
      expect.objectContaining({ code: 'TAKEN', path: ['input', 'code'] }),
    ]);
    expect((await connect({ url: 'https://one.example', code: 'uno' })).userErrors).toEqual([
      expect.objectContaining({ code: 'CONFLICT', path: ['input', 'code'] }),
    ]);
  });

  test('a code is not taken from a partner who has recorded sales under it', async () => {
    await publishPolicies(database);
    await sell(database, { sku: 'FILTER' });
    const sale = {
      idempotencyKey: 'k',
      sku: 'FILTER',
      customer: { email: 'ada@shop.example', name: null },
      storeId: null,
      shop: 'marketplace',
      orderNumber: '1',
      line: '1',
    };
    await asVendor(database, (em) => recordPurchase(em, STAFF, { ...sale, purchasedAt: NOW, listPrice: euros(1n), paid: euros(1n) }, NOW));
    expect((await connect({ url: 'https://market.example', code: 'marketplace' })).userErrors).toEqual([
      expect.objectContaining({ code: 'TAKEN', path: ['input', 'code'] }),
    ]);
  });
});

describe('credentials', () => {
  const seen: unknown[] = [];
  const opened = (row: StoreRow, key = SECRET_KEY) =>
    connectorOf(row, key, (_store, credentials) => shopInMemory({ orders: [new Error(JSON.stringify(credentials))] }));
  const openedWith = (row: StoreRow) =>
    connectorOf(row, SECRET_KEY, (store, credentials) => {
      seen.push([store.platform, store.url, store.timeZone, credentials]);
      return shopInMemory({});
    });

  test('open where they were sealed', async () => {
    const { value } = await connect({ url: 'https://sealed.example', code: 'sealed' });
    expect(value && openedWith(value)).not.toBeNull();
    expect(seen).toEqual([['MAGENTO', 'https://sealed.example', null, CREDENTIALS]]);
  });

  test('stand nowhere in the row as they were given', async () => {
    await connect({ url: 'https://nowhere.example', code: 'nowhere' });
    await withVendorSession(database, async (session) => {
      const [row] = await session.query<{ text: string; bytes: string }>({
        name: 'row-text',
        text: `select store::text as text, encode(sealed_credentials, 'escape') as bytes from store where code = 'nowhere'`,
        values: [],
      });
      for (const secret of ['a very secret token', '"token"']) {
        expect(row?.text).not.toContain(secret);
        expect(row?.text).not.toContain(Buffer.from(secret).toString('hex'));
        expect(row?.bytes).not.toContain(secret);
      }
    });
  });

  const moves: readonly (readonly [string, (row: StoreRow, other: StoreRow) => Partial<StoreRow>, boolean, string])[] = [
    ['in another row', (_row, other) => ({ id: other.id }), false, 'they are bound to the store'],
    ['at another host', () => ({ url: 'https://evil.example' }), false, 'they are bound to the origin they were given for'],
    ['at another port', () => ({ url: 'https://moved.example:8443' }), false, 'they are bound to the origin they were given for'],
    ['over http', () => ({ url: 'http://moved.example' }), false, 'they are bound to the origin they were given for'],
    ['at another path of the host', () => ({ url: 'https://moved.example/eu' }), true, 'the same server answers'],
    ['with a byte changed', (row) => ({ sealedCredentials: changed(row, 40) }), false, 'they are authenticated'],
    ['with another key version', (row) => ({ sealedCredentials: changed(row, 0) }), false, 'it is authenticated too'],
    [
      'cut short',
      (row) => ({ sealedCredentials: Buffer.from(row.sealedCredentials ?? []).subarray(0, 20) }),
      false,
      'there is not even a tag',
    ],
    ['taken out', () => ({ sealedCredentials: null }), false, 'there are none'],
  ];
  test.each(moves)('%s: opens %#', async (_where, move, opens, _because) => {
    const { value: row } = await connect({ url: 'https://moved.example', code: 'moved' });
    const { value: other } = await connect({ url: 'https://other.example', code: 'other' });
    if (row === null || other === null) throw new Error('not connected');
    expect(opened(Object.assign(Object.create(row) as StoreRow, move(row, other))) !== null).toBe(opens);
  });

  test('do not open under another key', async () => {
    const { value: row } = await connect({ url: 'https://keyed.example', code: 'keyed' });
    expect(row && opened(row, new Uint8Array(32).fill(8))).toBeNull();
  });
});

const changed = (row: StoreRow, place: number): Buffer => {
  const bytes = Buffer.from(row.sealedCredentials ?? []);
  bytes[place] = (bytes[place] ?? 0) ^ 1;
  return bytes;
};

const VERSION: VersionReading = {
  distribution: 'MAGENTO_OPEN_SOURCE',
  version: '2.4.7-p3',
  upstreamVersion: null,
  exact: true,
  label: 'Magento 2.4.7-p3',
  unknown: [],
};
const MODULES: ModulesReading = { modules: [{ code: 'Vendor_Filter', version: '1.0', enabled: true }], available: true, unknown: [] };
const FAILURE = new StoreReadingFailed('RIGHT_MISSING', 'The token may not list modules.', { host: 'store.example', status: 401 });

describe('reading a store', () => {
  const readings: readonly (readonly [string, VersionReading | Error, ModulesReading | Error, Record<string, unknown>, string])[] = [
    [
      'that answers',
      VERSION,
      MODULES,
      { platformVersion: '2.4.7-p3', versionExact: true, installed: MODULES.modules, failure: null, source: 'CONNECTOR' },
      'it is kept as told',
    ],
    [
      'that is away',
      FAILURE,
      MODULES,
      { platformVersion: null, versionExact: false, installed: [], failure: FAILURE.message },
      'that is a reading too',
    ],
    [
      'that keeps its modules to itself',
      VERSION,
      FAILURE,
      { platformVersion: '2.4.7-p3', versionExact: true, installed: [], failure: FAILURE.message },
      'the version was told before',
    ],
    [
      'that tells half a version',
      { ...VERSION, version: '2.4', exact: false },
      MODULES,
      { platformVersion: '2.4', versionExact: false },
      'half is kept as half',
    ],
    [
      'that tells what a database cannot keep',
      { ...VERSION, version: '2.4\0' },
      { ...MODULES, modules: [{ code: 'a\0b', version: '1\uD800', enabled: true }] },
      { platformVersion: '2.4\uFFFD', installed: [{ code: 'a\uFFFDb', version: '1\uFFFD', enabled: true }] },
      'the rest of it is worth keeping, and a fault of a store is none of ours',
    ],
  ];
  test.each(readings)('%s', async (what, version, modules, expected, _because) => {
    const id = await customerStore(database, ada, `${what.replaceAll(' ', '-')}.example`);
    const reading = await withVendorSession(database, async (session) =>
      readStore(session, await session.em.findOneOrFail(Store, { id }), shopInMemory({ version, modules }), NOW),
    );
    await withVendorSession(database, async ({ em }) => {
      expect(await em.find(StoreReading, { store: id })).toEqual([expect.objectContaining({ id: reading.id, ...expected })]);
    });
  });

  test('a mistake of ours is not taken for the store’s', async () => {
    const id = await customerStore(database, ada, 'mistake.example');
    const reading = withVendorSession(database, async (session) =>
      readStore(session, await session.em.findOneOrFail(Store, { id }), shopInMemory({ version: new TypeError('ours') }), NOW),
    );
    await expect(reading).rejects.toThrow('ours');
  });
});

describe('the latest reading', () => {
  const at = (hours: number) => NOW.add({ hours });
  const cases: readonly (readonly [
    string,
    readonly (readonly [hour: number, version: string | null])[],
    string | null,
    number | null,
    string,
  ])[] = [
    ['none', [], null, null, 'nothing was read'],
    [
      'the newest',
      [
        [1, '2.4.6'],
        [3, '2.4.7'],
        [2, '2.4.5'],
      ],
      '2.4.7',
      3,
      'by when it was read, not by what came last',
    ],
    [
      'one that failed',
      [
        [1, '2.4.6'],
        [2, null],
      ],
      '2.4.6',
      1,
      'a store that is away has not lost its version',
    ],
    [
      'nothing but failures',
      [
        [1, null],
        [2, null],
      ],
      null,
      2,
      'the newest failure says why',
    ],
    [
      'one of the future',
      [
        [1, '2.4.6'],
        [9, '2.4.7'],
      ],
      '2.4.6',
      1,
      'it was not known at the moment asked about',
    ],
  ];
  test.each(cases)('%s', async (what, readings, version, hour, _because) => {
    const id = await customerStore(database, ada, `latest-${what.replaceAll(' ', '-')}.example`);
    for (const [hours, told] of readings) {
      await withVendorSession(database, async (session) => {
        const connector = shopInMemory({ version: told === null ? FAILURE : { ...VERSION, version: told }, modules: MODULES });
        await readStore(session, await session.em.findOneOrFail(Store, { id }), connector, at(hours));
      });
    }
    await withVendorSession(database, async ({ em }) => {
      const reading = await latestReading(em, id, at(5));
      expect([reading?.platformVersion ?? null, reading?.readAt.toString() ?? null]).toEqual([
        version,
        hour === null ? null : at(hour).toString(),
      ]);
      expect(platformVersionOf('MAGENTO', reading)?.version ?? null).toBe(version);
    });
  });
});

test('two of the vendor’s shops do not share an address', async () => {
  await vendorShop(database, 'first');
  const second = await connect({ url: 'https://first.vendor.example', code: 'second', credentials: null });
  expect(second.userErrors).toHaveLength(1);
});
