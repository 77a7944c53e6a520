import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Purchase } from '../../src/persistence/purchase.js';
import { openSession, setVisibility, withVendorSession } from '../../src/persistence/session.js';
import { type AfterSalesQuestion, answerAfterSales } from '../../src/use-cases/after-sales.js';
import { createProject } from '../../src/use-cases/project.js';
import { recordPurchase, revokePurchase } from '../../src/use-cases/purchase.js';
import { declareStore } from '../../src/use-cases/store-declaration.js';
import { grantGoodwill } from '../../src/use-cases/time-goodwill.js';
import { testDatabase } from '../support/database.js';
import { reportStore } from '../support/store-plugin.js';
import { asVendor, customerOf, customerStore, euros, instant, publishPolicies, STAFF, sell } from '../support/vendor.js';

const BOUGHT = instant('2025-11-30T09:00:00Z');
const ACTIVE = instant('2026-02-10T10:00:00Z');
const LAST_MOMENT = instant('2026-02-28T22:59:59.999Z');
const LAPSED = instant('2026-02-28T23:00:00Z');

let database: Awaited<ReturnType<typeof testDatabase>>;
const purchases: Record<string, string> = {};
const stores: Record<string, string> = {};
const projects: Record<string, string> = {};

beforeAll(async () => {
  database = await testDatabase();
  await publishPolicies(database);
  await sell(database, {
    sku: 'FILTER',
    moduleName: 'Vendor_Filter',
    releases: [
      { version: '1.0', publishedAt: '2025-06-01T00:00:00Z', to: '2.4.7' },
      { version: '1.1.0', publishedAt: '2026-01-01T00:00:00Z', to: '2.4.8' },
    ],
  });
  await sell(database, {
    sku: 'PREPAID',
    supportPolicy: 'prepaid-support',
    releases: [{ version: '1.0', publishedAt: '2025-06-01T00:00:00Z' }],
  });
  const ada = await customerOf(database, 'ada@shop.example');
  const ben = await customerOf(database, 'ben@shop.example');
  const reported = async (
    name: string,
    customer: string,
    platform: 'MAGENTO' | 'PRESTASHOP',
    platformVersion: string,
    installedVersion: string | null,
  ) => {
    const id = await customerStore(database, customer, `${name}.example`, platform);
    stores[name] = id;
    const installed = installedVersion === null ? [] : [{ code: 'Vendor_Filter', version: installedVersion, enabled: true }];
    const report = { platformVersion, distribution: null, upstreamVersion: null, phpVersion: null, installed };
    await asVendor(database, (em) => reportStore(em, id, report, BOUGHT));
  };
  await reported('fitting', ada, 'MAGENTO', '2.4.7-p1', '1.0');
  await reported('too-new', ada, 'MAGENTO', '2.4.8', '1.0');
  await reported('updated', ada, 'MAGENTO', '2.4.8', 'v1.1');
  const halfKnown = await customerStore(database, ada, 'half-known.example');
  stores['half-known'] = halfKnown;
  const half = { platformVersion: '2.4', distribution: null, upstreamVersion: null, phpVersion: null, installed: [] };
  await asVendor(database, (em) => declareStore(em, STAFF, { id: halfKnown }, half, BOUGHT));
  await reported('prestashop', ada, 'PRESTASHOP', '8.1.7', null);
  await reported('bens', ben, 'MAGENTO', '2.4.7', null);
  stores.unread = await customerStore(database, ada, 'unread.example');
  for (const [name, sku, storeId, email = 'ada@shop.example'] of [
    ['filter', 'FILTER', null],
    ['bound', 'FILTER', stores.fitting ?? null],
    ['revoked', 'FILTER', null],
    ['prepaid', 'PREPAID', null],
    ['timed', 'PREPAID', null, 'cleo@shop.example'],
  ] as const) {
    const sale = {
      idempotencyKey: name,
      sku,
      customer: { email, name: null },
      storeId,
      shop: 'marketplace',
      orderNumber: name,
      line: '1',
    };
    const input = { ...sale, purchasedAt: BOUGHT, listPrice: euros(12_000n), paid: euros(12_000n) };
    purchases[name] = (await asVendor(database, (em) => recordPurchase(em, STAFF, input, ACTIVE))).purchaseId;
  }
  const cleo = await customerOf(database, 'cleo@shop.example');
  for (const name of ['filled', 'empty']) {
    const project = { idempotencyKey: name, customerId: cleo, name };
    projects[name] = (await asVendor(database, (em) => createProject(em, STAFF, project, BOUGHT))).projectId;
  }
  const time = {
    idempotencyKey: 'time',
    customerId: cleo,
    projectId: projects.filled ?? null,
    minutes: 30,
    lastDay: null,
    reason: 'given',
  };
  await asVendor(database, (em) => grantGoodwill(em, STAFF, { ...time, supportPolicyName: 'prepaid-support' }, BOUGHT));
  const revocation = { idempotencyKey: 'revoke', purchaseId: purchases.revoked ?? '', reason: 'CHARGE_BACK', note: '' } as const;
  await asVendor(database, (em) => revokePurchase(em, STAFF, revocation, BOUGHT));
});
afterAll(() => database.close());

const WORK = { request: 'STORE_INTERVENTION', category: 'INSTALL' } as const;
const QUESTION: AfterSalesQuestion = {
  purchaseId: '',
  request: 'CORRECTION',
  storeId: null,
  platformVersion: null,
  installedVersion: null,
  category: null,
  needsWorkOnHost: null,
};
const answer = (purchase: string, change: Partial<AfterSalesQuestion>, at: Temporal.Instant) =>
  withVendorSession(database, ({ em }) => answerAfterSales(em, { ...QUESTION, purchaseId: purchases[purchase] ?? '', ...change }, at));

const cases: readonly (readonly [string, string, () => Partial<AfterSalesQuestion>, Temporal.Instant, string, string, string])[] = [
  [
    'filter',
    'on an advertised version',
    () => ({ storeId: stores.fitting }),
    ACTIVE,
    'ENTITLED',
    'COVERED',
    'A-14: 2.4.7-p1 lies within 2.4.7',
  ],
  ['bound', 'on its own store, unasked', () => ({}), ACTIVE, 'ENTITLED', 'COVERED', 'the purchase knows its store'],
  [
    'filter',
    'on a version too new',
    () => ({ storeId: stores['too-new'] }),
    ACTIVE,
    'NOT_ENTITLED',
    'STORE_VERSION_INCOMPATIBLE',
    'A-14: neither advertised nor of the installed release',
  ],
  [
    'filter',
    'on a version that the installed release allows',
    () => ({ storeId: stores.updated }),
    ACTIVE,
    'ENTITLED',
    'COVERED',
    'A-14: updating does not void support; "v1.1" is 1.1.0',
  ],
  [
    'filter',
    'on half a version',
    () => ({ storeId: stores['half-known'] }),
    ACTIVE,
    'UNDETERMINED',
    'STORE_VERSION_UNKNOWN',
    'never a silent pass',
  ],
  [
    'filter',
    'on half a version, which the asker completes',
    () => ({ storeId: stores['half-known'], platformVersion: '2.4.7-p3' }),
    ACTIVE,
    'ENTITLED',
    'COVERED',
    'a 2.4 may be a 2.4.7-p3, and somebody says that it is',
  ],
  [
    'filter',
    'on half a version, and another one stated',
    () => ({ storeId: stores['half-known'], platformVersion: '2.3.7' }),
    ACTIVE,
    'UNDETERMINED',
    'STORE_VERSION_UNKNOWN',
    'a 2.4 is no 2.3.7',
  ],
  [
    'filter',
    'on the other platform',
    () => ({ storeId: stores.prestashop, installedVersion: '1.0' }),
    ACTIVE,
    'NOT_ENTITLED',
    'STORE_VERSION_INCOMPATIBLE',
    'a PrestaShop is not a Magento 8.1.7',
  ],
  [
    'filter',
    'on somebody else’s store',
    () => ({ storeId: stores.bens }),
    ACTIVE,
    'UNDETERMINED',
    'STORE_VERSION_UNKNOWN',
    'it tells nothing about this purchase',
  ],
  [
    'filter',
    'on a store never read',
    () => ({ storeId: stores.unread }),
    ACTIVE,
    'UNDETERMINED',
    'STORE_VERSION_UNKNOWN',
    'never a silent pass',
  ],
  [
    'filter',
    'on a store never read, its version stated',
    () => ({ storeId: stores.unread, platformVersion: '2.4.6' }),
    ACTIVE,
    'ENTITLED',
    'COVERED',
    'what the asker states, where nothing was read',
  ],
  [
    'filter',
    'on a store that was read, another version stated',
    () => ({ storeId: stores['too-new'], platformVersion: '2.4.6' }),
    ACTIVE,
    'NOT_ENTITLED',
    'STORE_VERSION_INCOMPATIBLE',
    'a reading goes before a statement',
  ],
  ['filter', 'at the last moment', () => ({ storeId: stores.fitting }), LAST_MOMENT, 'ENTITLED', 'COVERED', 'A-03: the end is exclusive'],
  ['filter', 'at the end', () => ({ storeId: stores.fitting }), LAPSED, 'NOT_ENTITLED', 'SUPPORT_TERM_ENDED', 'A-03: the end is exclusive'],
  [
    'filter',
    'before it was bought',
    () => ({ storeId: stores.fitting }),
    BOUGHT.subtract({ seconds: 1 }),
    'NOT_ENTITLED',
    'NOTHING_PURCHASED',
    'nothing was paid for yet',
  ],
  ['revoked', 'once revoked', () => ({ storeId: stores.fitting }), ACTIVE, 'NOT_ENTITLED', 'PURCHASE_REVOKED', 'its rights ended with it'],
  ['filter', 'work on the store', () => ({ request: 'STORE_INTERVENTION' }), ACTIVE, 'NOT_ENTITLED', 'REQUEST_EXCLUDED', 'A-17'],
  [
    'prepaid',
    'advice after the term',
    () => ({ request: 'ADVICE', needsWorkOnHost: false }),
    LAPSED,
    'ENTITLED',
    'COVERED',
    'B-25: advice is free at any time',
  ],
  [
    'prepaid',
    'work on the store',
    () => ({ request: 'STORE_INTERVENTION', category: 'INSTALL' }),
    ACTIVE,
    'VENDOR_DISCRETION',
    'LEFT_TO_VENDOR',
    'B-09: there is no prepaid time, and that is known',
  ],
  ['timed', 'work on the store', () => WORK, ACTIVE, 'ENTITLED', 'COVERED_AGAINST_TIME', 'B-07: one of its projects has time'],
  [
    'timed',
    'work for the project with time',
    () => ({ ...WORK, projectId: projects.filled }),
    LAPSED,
    'ENTITLED',
    'COVERED_AGAINST_TIME',
    'B-05: bought time is good after the term too',
  ],
  [
    'timed',
    'work for the project without',
    () => ({ ...WORK, projectId: projects.empty }),
    ACTIVE,
    'VENDOR_DISCRETION',
    'LEFT_TO_VENDOR',
    'B-06: time is used on its own project',
  ],
  [
    'prepaid',
    'work for somebody else’s project',
    () => ({ ...WORK, projectId: projects.filled }),
    ACTIVE,
    'VENDOR_DISCRETION',
    'LEFT_TO_VENDOR',
    'its time is not for this customer',
  ],
];
test.each(cases)('%s, %s', async (purchase, _what, change, at, verdict, reason, _because) => {
  database.statements.length = 0;
  const answered = await answer(purchase, change(), at);
  expect(database.statements.filter((sql) => /^\s*(insert|update|delete|begin)/i.test(sql))).toEqual([]);
  expect([answered?.decision.verdict, answered?.decision.reasons[0]?.code]).toEqual([verdict, reason]);
  const refusing = answered?.decision.reasons.filter(({ effect }) => effect === 'REFUSES').map(({ code }) => code) ?? [];
  if (verdict === 'NOT_ENTITLED') expect(refusing).toEqual([reason]);
  expect(answered?.decidedAt).toBe(at);
  expect(answered?.decision.policy).toMatchObject({
    name: answered?.supportPolicy.name,
    version: 1,
    contentHash: answered?.supportPolicy.contentHash,
  });
});

test('a reading of the future is not known yet', async () => {
  expect((await answer('filter', { storeId: stores.fitting }, ACTIVE))?.storeReading).not.toBeNull();
  expect((await answer('filter', { storeId: stores.fitting }, BOUGHT.subtract({ seconds: 1 })))?.storeReading).toBeNull();
});

test('a foreign purchase and a missing one are answered alike', async () => {
  const session = await openSession(database);
  await setVisibility(session, { sees: 'customer', customerId: await customerOf(database, 'ben@shop.example') });
  expect(await session.em.count(Purchase, {})).toBe(0);
  for (const purchaseId of [purchases.filter ?? '', '00000000-0000-0000-0000-000000000000']) {
    expect(await answerAfterSales(session.em, { ...QUESTION, purchaseId }, ACTIVE)).toBeNull();
  }
  session.release();
});
