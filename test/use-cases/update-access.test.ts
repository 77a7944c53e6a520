import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Purchase } from '../../src/persistence/purchase.js';
import { Release } from '../../src/persistence/release.js';
import { openSession, type Session, withVendorSession } from '../../src/persistence/session.js';
import { Store } from '../../src/persistence/store.js';
import { platformVersionFromText } from '../../src/policy/compatibility.js';
import { createAccessToken } from '../../src/use-cases/access-token.js';
import { authenticateToken } from '../../src/use-cases/authenticate.js';
import { type PolicyLibrary, policyLibrary } from '../../src/use-cases/policy-library.js';
import { revokePurchase } from '../../src/use-cases/purchase.js';
import { withdrawRelease } from '../../src/use-cases/release.js';
import {
  checkUpdates,
  releaseAccessOf,
  statedPlatformVersion,
  type UpdateCheckQuery,
  updateAccessOf,
} from '../../src/use-cases/update-access.js';
import { testDatabase } from '../support/database.js';
import { importFrom } from '../support/imported-rows.js';
import { shopOrder } from '../support/shop-orders.js';
import {
  asVendor,
  customerOf,
  customerStore,
  euros,
  instant,
  PEPPER,
  publishPolicies,
  STAFF,
  sell,
  sellAll,
  vendorShop,
} from '../support/vendor.js';

const ACTIVE = instant('2026-02-10T10:00:00Z');
const LAPSED = instant('2026-06-10T10:00:00Z');
const MANY = Array.from({ length: 100 }, (_, index) => `MANY-${index}`);

let database: Awaited<ReturnType<typeof testDatabase>>;
let policies: PolicyLibrary;
let ada: string;
let store: string;
let otherStore: string;
let token: string;

beforeAll(async () => {
  database = await testDatabase();
  policies = policyLibrary();
  await publishPolicies(database);
  await sell(database, {
    sku: 'FILTER',
    packageName: 'vendor/filter',
    moduleName: 'Vendor_Filter',
    releases: [
      { version: '1.0.0', publishedAt: '2025-06-01T00:00:00Z' },
      { version: '1.1.0', publishedAt: '2026-01-15T00:00:00Z' },
      { version: '1.2.0', publishedAt: '2026-05-15T00:00:00Z' },
      { version: '2.0.0', publishedAt: '2026-01-20T00:00:00Z', from: '2.4.8', to: '2.4.8' },
      { version: '3.0.0-beta1', publishedAt: '2026-05-20T00:00:00Z', channel: 'BETA' },
    ],
  });
  // Its SKU is what another one calls its module.
  await sell(database, { sku: 'Vendor_Filter', releases: [{ version: '9.9.9', publishedAt: '2025-06-01T00:00:00Z' }] });
  await sell(database, {
    sku: 'PREPAID',
    supportPolicy: 'prepaid-support',
    releases: [
      { version: '1.0.1', publishedAt: '2026-05-15T00:00:00Z', kind: 'BUGFIX' },
      { version: '1.1.0', publishedAt: '2026-05-20T00:00:00Z' },
    ],
  });
  await sell(database, { sku: 'UNSOLD', releases: [{ version: '1.0', publishedAt: '2025-06-01T00:00:00Z' }] });
  await sellAll(
    database,
    MANY.map((sku) => ({
      sku,
      releases: [
        { version: '1.0', publishedAt: '2025-06-01T00:00:00Z' },
        { version: '1.1', publishedAt: '2026-05-15T00:00:00Z' },
      ],
    })),
  );
  const shop = await vendorShop(database, 'eu');
  const orders = [
    shopOrder('1', { email: 'ada@shop.example', lines: [{ sku: 'FILTER' }, { sku: 'PREPAID' }] }),
    shopOrder('2', { email: 'ada@shop.example', lines: MANY.map((sku) => ({ sku })) }),
    shopOrder('3', { email: 'ben@shop.example', lines: [{ sku: 'UNSOLD' }] }),
  ];
  await importFrom(database, shop, { orders });
  ada = await customerOf(database, 'ada@shop.example');
  store = await customerStore(database, ada, 'ada.example');
  otherStore = await customerStore(database, ada, 'staging.ada.example');
  token = (
    await asVendor(database, (em) =>
      createAccessToken(em, { kind: 'STORE', label: 's', scopes: [], customerId: null, storeId: store, expiresAt: null }, PEPPER, ACTIVE),
    )
  ).text;
  // The first use of a token is noted, which is a statement more.
  await asStore(() => Promise.resolve());
});
afterAll(() => database.close());

/** A session of the store's plugin, authenticated as the door does it. */
async function asStore<T>(work: (session: Session) => Promise<T>): Promise<T> {
  const session = await openSession(database);
  try {
    await authenticateToken(session, token, PEPPER, ACTIVE);
    return await work(session);
  } finally {
    session.release();
  }
}

const ask = (
  addons: readonly (readonly [code: string, installed: string | null])[],
  change: Partial<UpdateCheckQuery> = {},
): UpdateCheckQuery => ({
  customerId: ada,
  storeId: store,
  platform: 'MAGENTO',
  platformVersion: platformVersionFromText('MAGENTO', '2.4.7-p3'),
  channel: 'STABLE',
  addons: addons.map(([code, installedVersion]) => ({ code, installedVersion })),
  ...change,
});

/** Everything that could have been written, counted. */
const written = () =>
  withVendorSession(database, (session) =>
    session.query({
      name: 'written',
      text: `select (select count(*) from purchase) as p, (select count(*) from support_term) as t, (select count(*) from recorded_decision) as d,
        (select count(*) from idempotency_key) as i, (select max(last_used_at) from access_token) as u`,
      values: [],
    }),
  );

describe('what a store is told of updates', () => {
  type Expected = readonly [verdict: string, reason: string, newestPermitted: string | null, price: bigint | null];
  const cases: readonly (readonly [string, string, string | null, Temporal.Instant, Partial<UpdateCheckQuery>, Expected, string])[] = [
    ['FILTER', 'by SKU', '1.0.0', ACTIVE, {}, ['UPDATE_AVAILABLE', 'RELEASE_PERMITTED', '1.1.0', null], 'the term runs'],
    ['vendor/filter', 'by package', '1.0.0', ACTIVE, {}, ['UPDATE_AVAILABLE', 'RELEASE_PERMITTED', '1.1.0', null], 'it is the same add-on'],
    [
      'FILTER',
      'up to date but for what does not fit',
      '1.1.0',
      ACTIVE,
      {},
      ['UPDATE_WITHHELD', 'RELEASE_DOES_NOT_FIT', '1.1.0', null],
      '2.0.0 wants Magento 2.4.8',
    ],
    ['FILTER', 'on the newest', '2.0.0', ACTIVE, {}, ['UP_TO_DATE', 'INSTALLED_IS_NEWEST', '1.1.0', null], 'nothing is newer'],
    [
      'FILTER',
      'after the term',
      '1.1.0',
      LAPSED,
      { platformVersion: null },
      ['UNDETERMINED', 'RELEASE_FIT_UNKNOWN', null, 3_600n],
      'there is a right to 2.0.0, and whether it fits is not known',
    ],
    [
      'FILTER',
      'after the term, on what is left',
      '2.0.0',
      LAPSED,
      { channel: 'BETA' },
      ['NOT_ENTITLED', 'RELEASE_AFTER_TERM', '1.1.0', 3_600n],
      'the beta came after the term; a renewal lifts it',
    ],
    [
      'FILTER',
      'of an unknown platform version',
      '1.0.0',
      ACTIVE,
      { platformVersion: null },
      ['UNDETERMINED', 'RELEASE_FIT_UNKNOWN', null, null],
      'never a silent pass',
    ],
    [
      'FILTER',
      'on the other platform',
      '1.0.0',
      ACTIVE,
      { platform: 'PRESTASHOP' },
      ['NOT_ENTITLED', 'NOTHING_PURCHASED', null, null],
      'the add-on is for Magento',
    ],
    [
      'PREPAID',
      'a fix after the term',
      '1.0.0',
      LAPSED,
      {},
      ['UPDATE_AVAILABLE', 'RELEASE_PERMITTED', '1.0.1', null],
      'B-27: fixes are free at any time',
    ],
    [
      'PREPAID',
      'more than a fix after the term',
      '1.0.1',
      LAPSED,
      {},
      ['NOT_ENTITLED', 'RELEASE_AFTER_TERM', '1.0.1', null],
      'and these conditions sell no renewal',
    ],
    [
      'UNSOLD',
      'what another customer bought',
      null,
      ACTIVE,
      {},
      ['NOT_ENTITLED', 'NOTHING_PURCHASED', null, null],
      'foreign purchases give nothing',
    ],
    [
      'NOWHERE',
      'an unknown code',
      '1.0',
      ACTIVE,
      {},
      ['NOT_ENTITLED', 'NOTHING_PURCHASED', null, null],
      'it looks like an add-on never bought',
    ],
    [
      'Vendor_Filter',
      'a code of two add-ons',
      null,
      ACTIVE,
      {},
      ['NOT_ENTITLED', 'NOTHING_PURCHASED', null, null],
      'a SKU goes before a module',
    ],
  ];
  test.each(cases)('%s, %s', async (code, _what, installed, at, change, [verdict, reason, newestPermitted, price], _because) => {
    const before = await written();
    const [result, ...others] = await asStore((session) => checkUpdates(session, policies, ask([[code, installed]], change), at));
    expect(others).toEqual([]);
    expect(result).toMatchObject({ code, installedVersion: installed });
    expect([result?.access.verdict, result?.access.reasons[0]?.code, result?.access.newestPermitted?.version ?? null]).toEqual([
      verdict,
      reason,
      newestPermitted,
    ]);
    expect(result?.access.renewalQuote?.price ?? null).toEqual(price === null ? null : euros(price));
    const decisive = result?.access.reasons.filter((spoken) => spoken.effect === 'REFUSES').map((spoken) => spoken.code) ?? [];
    if (result?.access.reasons[0]?.effect === 'REFUSES') expect(decisive).toEqual([reason]);
    expect(await written()).toEqual(before);
  });

  test('another store of the customer does not speak for this one', async () => {
    await asVendor(database, async (em) => {
      const purchase = await em.findOneOrFail(Purchase, { orderLine: '1-1' });
      em.assign(purchase, { group: (await em.findOneOrFail(Store, { id: otherStore })).group });
    });
    const verdictFor = (storeId: string | null) =>
      asStore(
        async (session) => (await checkUpdates(session, policies, ask([['FILTER', '1.0.0']], { storeId }), ACTIVE))[0]?.access.verdict,
      );
    expect([await verdictFor(store), await verdictFor(otherStore), await verdictFor(null)]).toEqual([
      'NOT_ENTITLED',
      'UPDATE_AVAILABLE',
      'UPDATE_AVAILABLE',
    ]);
    await asVendor(database, async (em) => {
      em.assign(await em.findOneOrFail(Purchase, { orderLine: '1-1' }), { group: null });
    });
  });

  test('a store that asks for another customer is told of nothing bought', async () => {
    const ben = await customerOf(database, 'ben@shop.example');
    const [result] = await asStore((session) =>
      checkUpdates(session, policies, ask([['UNSOLD', null]], { customerId: ben, storeId: null }), ACTIVE),
    );
    expect(result?.access).toMatchObject({ verdict: 'NOT_ENTITLED', newestPermitted: null });
  });

  test('answers come in the order of the questions, an unknown one among them', async () => {
    const codes = ['PREPAID', 'NOWHERE', 'FILTER'].map((code) => [code, null] as const);
    const results = await asStore((session) => checkUpdates(session, policies, ask(codes), ACTIVE));
    expect(results.map(({ code }) => code)).toEqual(['PREPAID', 'NOWHERE', 'FILTER']);
  });

  test.each([
    ['running', ACTIVE, 1, 1, 'the facts'],
    ['running', ACTIVE, 100, 1, 'the facts of all'],
    ['lapsed', LAPSED, 1, 1, 'the facts tell under which conditions renewals are priced'],
    ['lapsed', LAPSED, 100, 1, 'the same for all'],
  ])(
    'a %s term at %s: %i add-ons cost %i statements after the one that authenticates',
    async (_state, at, number, statements, _because) => {
      const addons = MANY.slice(0, number).map((sku) => [sku, '1.0'] as const);
      await asStore((session) => checkUpdates(session, policies, ask(addons), at));
      database.statements.length = 0;
      const results = await asStore((session) => checkUpdates(session, policies, ask(addons), at));
      expect(database.statements).toHaveLength(1 + statements);
      expect(new Set(results.map(({ access }) => access.verdict))).toEqual(new Set([at === ACTIVE ? 'UP_TO_DATE' : 'NOT_ENTITLED']));
      expect(results.every(({ access }) => (access.renewalQuote === null) === (at === ACTIVE))).toBe(true);
    },
  );
});

describe('what a purchase gives', () => {
  const purchaseOf = (orderLine: string) =>
    withVendorSession(database, async ({ em }) => {
      const { id, addon, customer } = await em.findOneOrFail(Purchase, { orderLine });
      return { id, addonId: addon.id, customerId: customer.id };
    });
  const question = async (orderLine: string, installedVersion: string | null = null) => ({
    purchase: await purchaseOf(orderLine),
    installedVersion,
    platformVersion: platformVersionFromText('MAGENTO', '2.4.7'),
    channel: 'STABLE' as const,
  });

  test('of a page of purchases is asked in one statement, prices and all', async () => {
    const questions = await Promise.all(['1-1', '1-2', '2-1', '2-2', '3-1'].map((line) => question(line, '1.0.1')));
    await withVendorSession(database, async (session) => {
      await updateAccessOf(session, policies, questions, LAPSED);
      database.statements.length = 0;
      const answers = await updateAccessOf(session, policies, questions, LAPSED);
      expect(database.statements).toHaveLength(1);
      expect(answers.map(({ verdict }) => verdict)).toEqual([
        'UPDATE_AVAILABLE',
        'NOT_ENTITLED',
        'NOT_ENTITLED',
        'NOT_ENTITLED',
        'UP_TO_DATE',
      ]);
      expect(answers.map(({ renewalQuote }) => renewalQuote?.price?.amountMinor ?? null)).toEqual([3_600n, null, 3_600n, 3_600n, null]);
      database.statements.length = 0;
      expect(await updateAccessOf(session, policies, [], LAPSED)).toEqual([]);
    });
  });

  const releases: readonly (readonly [string, Temporal.Instant, string, string, bigint | null, string])[] = [
    ['1.1.0', ACTIVE, 'UPDATE_AVAILABLE', 'RELEASE_COVERED_BY_TERM', null, 'the term runs'],
    ['v1.1', LAPSED, 'UPDATE_AVAILABLE', 'RELEASE_KEPT', null, 'A-20: what one could have had, one keeps; and it is the same version'],
    ['1.2.0', LAPSED, 'NOT_ENTITLED', 'RELEASE_AFTER_TERM', 3_600n, 'a renewal lifts it'],
    [
      '3.0.0-beta1',
      LAPSED,
      'NOT_ENTITLED',
      'RELEASE_AFTER_TERM',
      3_600n,
      'a pre-release that is asked for is asked for, and a renewal lifts it too',
    ],
    ['2.0.0', ACTIVE, 'UPDATE_WITHHELD', 'RELEASE_DOES_NOT_FIT', null, 'it wants Magento 2.4.8'],
    ['1.2.0', ACTIVE, 'UPDATE_WITHHELD', 'RELEASE_NOT_PUBLISHED', null, 'it was not out yet'],
  ];
  test.each(releases)('release %s at %s: %s', async (version, at, verdict, reason, price, _because) => {
    const before = await written();
    const asked = await question('1-1');
    const answer = await withVendorSession(database, (session) => releaseAccessOf(session, policies, asked, version, at));
    expect([answer?.verdict, answer?.reasons[0]?.code]).toEqual([verdict, reason]);
    expect(answer?.renewalQuote?.price ?? null).toEqual(price === null ? null : euros(price));
    expect(answer?.withheld.map(({ release }) => release.version)).toEqual(verdict === 'UPDATE_AVAILABLE' ? [] : [version]);
    expect(await written()).toEqual(before);
  });

  test.each(['1.5.0', 'latest', ''])('of the version %j, which there is not, is nothing', async (version) => {
    const asked = await question('1-1');
    expect(await withVendorSession(database, (session) => releaseAccessOf(session, policies, asked, version, ACTIVE))).toBeNull();
  });

  test('a withdrawn release is out of every answer, a revoked purchase gives nothing', async () => {
    await sell(database, {
      sku: 'GONE',
      releases: [
        { version: '1.0', publishedAt: '2025-06-01T00:00:00Z' },
        { version: '1.1', publishedAt: '2025-07-01T00:00:00Z' },
      ],
    });
    const shop = await vendorShop(database, 'gone');
    await importFrom(database, shop, { orders: [shopOrder('g', { email: 'ada@shop.example', lines: [{ sku: 'GONE' }] })] });
    const asked = await question('g-1');
    const answers = (at: Temporal.Instant) =>
      withVendorSession(database, async (session) => {
        const [general] = await updateAccessOf(session, policies, [asked], at);
        const release = await releaseAccessOf(session, policies, asked, '1.1', at);
        return [general?.verdict, general?.newestPermitted?.version ?? null, release?.reasons[0]?.code];
      });
    expect(await answers(ACTIVE)).toEqual(['UPDATE_AVAILABLE', '1.1', 'RELEASE_COVERED_BY_TERM']);
    await asVendor(database, async (em) => {
      await withdrawRelease(em, (await em.findOneOrFail(Release, { addon: asked.purchase.addonId, version: '1.1' })).id, ACTIVE);
    });
    expect(await answers(ACTIVE)).toEqual(['UPDATE_AVAILABLE', '1.0', 'RELEASE_WITHDRAWN']);
    expect(await answers(ACTIVE.subtract({ hours: 1 }))).toEqual(['UPDATE_AVAILABLE', '1.1', 'RELEASE_COVERED_BY_TERM']);
    const input = { idempotencyKey: 'gone', purchaseId: asked.purchase.id, reason: 'LICENCE_BREACH', note: '' } as const;
    await asVendor(database, (em) => revokePurchase(em, STAFF, input, ACTIVE));
    expect(await answers(ACTIVE)).toEqual(['NOT_ENTITLED', null, 'RELEASE_WITHDRAWN']);
  });
});

test.each([
  [null, null],
  ['2.4.7-p3', '2.4.7-p3'],
  ['nonsense', null],
])('a platform version stated as %j is %j', (text, version) => {
  expect(statedPlatformVersion('MAGENTO', text)?.version ?? null).toBe(version);
  expect(statedPlatformVersion('MAGENTO', text) === null).toBe(text === null);
});
