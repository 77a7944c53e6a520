import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { TypeID } from 'typeid-js';
import { withVendorSession } from '../../src/persistence/session.js';
import { Store } from '../../src/persistence/store.js';
import { scopesOf } from '../../src/use-cases/actor.js';
import { lockCustomer } from '../../src/use-cases/customer.js';
import { importOrders } from '../../src/use-cases/orders-import.js';
import { recordPurchase, revokePurchase } from '../../src/use-cases/purchase.js';
import { publishRelease } from '../../src/use-cases/release.js';
import { connectStore } from '../../src/use-cases/store.js';
import { renewSupport } from '../../src/use-cases/support-term.js';
import { testDatabase } from '../support/database.js';
import { reportStore } from '../support/store-plugin.js';
import { NOW, run, SECRET_KEY, seedVendor } from './cli-under-test.js';
import { paidOrder, shopWith } from './shop-under-test.js';

const STAFF = { kind: 'STAFF', name: 'staff:grace', scopes: scopesOf('STAFF', []), customerId: null, storeId: null } as const;

let database: Awaited<ReturnType<typeof testDatabase>>;

beforeAll(async () => {
  database = await testDatabase();
  await seedVendor(database);
  await publish('1.0.0', '2025-10-01T00:00:00Z');
  await publish('1.1.0', '2026-01-15T00:00:00Z');
  await publish('2.0.0', '2026-03-10T00:00:00Z');
  const orders = [paidOrder('1'), paidOrder('2', { quantity: '2' }), paidOrder('3'), paidOrder('4')];
  const shop = await withVendorSession(database, ({ em }) => em.findOneOrFail(Store, { code: 'magento-eu' }));
  const imported = await importOrders(database, { shop, platform: shopWith([orders]), now: () => NOW, startedAt: NOW });
  if (imported.failure !== null) throw imported.failure;
  await recordForStore();
});
afterAll(() => database.close());

function publish(version: string, publishedAt: string): Promise<unknown> {
  const release = { addonSku: 'SHIP-PRO', version, channel: 'STABLE', kind: 'MINOR', changelog: [] } as const;
  const compatibility = [{ platform: 'MAGENTO', edition: null, from: '2.4.4', to: '2.4.7' }] as const;
  return withVendorSession(database, (session) =>
    session.transaction((em) => publishRelease(em, { ...release, publishedAt: Temporal.Instant.from(publishedAt), compatibility }, NOW)),
  );
}

/** A sale of a partner whose name has colons of its own, for a store whose plugin reported. */
function recordForStore(): Promise<unknown> {
  const price = { amountMinor: 12_000n, currencyCode: 'EUR' };
  const store = { platform: 'MAGENTO', role: 'CUSTOMER_PRODUCTION', code: null, timeZone: null, credentials: null } as const;
  const report = { platformVersion: '2.4.8', distribution: null, upstreamVersion: null, phpVersion: null } as const;
  const sale = { idempotencyKey: 'key-1', sku: 'SHIP-PRO', shop: 'market:themes', orderNumber: 'A:1', line: '1' } as const;
  const customer = { email: 'bob@shop.example', name: 'Bob\u001b[2J' };
  return withVendorSession(database, (session) =>
    session.transaction(async (em) => {
      const customerId = await lockCustomer(em, customer.email, customer.name, NOW);
      const { id: storeId } = await connectStore(em, { ...store, url: 'https://bob.example', customerId }, SECRET_KEY, NOW);
      await em.flush();
      const installed = [{ code: 'Vendor_Shipping', version: '1.1.0', enabled: true }];
      await reportStore(em, storeId, { ...report, installed }, NOW);
      const purchasedAt = Temporal.Instant.from('2026-01-20T00:00:00Z');
      await recordPurchase(em, STAFF, { ...sale, customer, storeId, purchasedAt, listPrice: price, paid: price }, NOW);
    }),
  );
}

const explain = (purchase: string, ...options: string[]) => run(['explain', purchase, ...options], database);
const explainedAsJson = async (purchase: string, ...options: string[]) => JSON.parse((await explain(purchase, ...options, '--json')).out);
const idOf = async (purchase: string): Promise<string> => (await explainedAsJson(purchase)).purchase.id;

describe('a purchase with running support', () => {
  test('is told with its facts, its term and every reason', async () => {
    const { exitCode, out, err } = await explain('magento-eu:000000001:7', '--platform-version', '2.4.7-p1', '--installed', '1.0.0');
    expect([exitCode, err]).toEqual([0, '']);
    expect(linesOf(out)).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/^Purchase +pur_\w{26}$/),
        'Asked about     2026-02-10T09:00:00Z',
        'Add-on          SHIP-PRO, Shipping Pro (MAGENTO)',
        'Order           magento-eu 000000001, line 7, unit 1',
        'List price      120.00 EUR',
        'Paid            115.20 EUR',
        'Advertised for  Magento 2.4.4–2.4.7',
        'Store runs      Magento 2.4.7-p1 (as stated; never read)',
        expect.stringMatching(
          /^ {2}1 +INCLUDED +2025-11-30 +2025-11-30 to 2026-02-28 +2026-02-28T23:00:00Z +2025-11-30T09:00:00Z +magento-eu 000000001$/,
        ),
        '  ACTIVE',
        '  days left   18',
        'After-sales service: CORRECTION',
        '  ENTITLED, coverage CORRECTION, charge FREE',
        expect.stringMatching(/^ {2}1\. GRANTS COVERED /),
        '     rule A-13, clause "Conditions"',
        '     facts lastDay=2026-02-28',
        '  UPDATE_AVAILABLE',
        expect.stringMatching(/^ {2}newest permitted +1\.1\.0 \(MINOR, published at 2026-01-15T00:00:00Z, for Magento 2\.4\.4–2\.4\.7\)$/),
        '  AVAILABLE',
        '  price       36.00 EUR net for 1 period',
        '  days        2026-03-01 to 2026-05-30, both included',
        '     remedy RENEW_SUPPORT',
      ]),
    );
    expect(out).toMatch(/Recorded decisions\n {2}none\n$/);
  });

  test.each([
    ['2026-02-28T22:59:59.999Z', '  EXPIRING', 'ENTITLED', 'the last millisecond still counts'],
    ['2026-02-28T23:00:00Z', '  EXPIRED', 'NOT_ENTITLED', 'at that very instant the right is gone'],
  ])('asked about %s', async (at, state, verdict) => {
    const { out } = await explain('magento-eu:000000001:7', '--at', at, '--platform-version', '2.4.7');
    expect(linesOf(out)).toContain(state);
    expect(out).toMatch(new RegExp(`^ {2}${verdict}, coverage`, 'm'));
  });
});

describe('a purchase whose support has ended', () => {
  test('says what is refused, by which rule, and what lifts it', async () => {
    const asked = ['--at', '2026-03-15T00:00:00Z', '--platform-version', '2.4.7', '--request', 'advice', '--host-work', 'no'];
    const { exitCode, out } = await explain('magento-eu:000000001:7', ...asked);
    expect(exitCode).toBe(0);
    expect(out).toContain(
      'After-sales service: ADVICE\n  NOT_ENTITLED, coverage NONE, charge NONE\n  1. REFUSES SUPPORT_TERM_ENDED Support for the add-on ended on 28 February 2026.\n     rule A-03, clause "Duration"\n     facts lastDay=2026-02-28\n     remedy RENEW_SUPPORT\n',
    );
    expect(out).toMatch(/^ {2}withheld 2\.0\.0 .*\n {4}1\. REFUSES RELEASE_AFTER_TERM /m);
    expect(out).toContain('days        2026-03-15 to 2026-06-15, both included');
  });
});

describe('what is known of the store', () => {
  test('a reading goes before what is stated', async () => {
    const { out } = await explain('market:themes:A:1:1', '--platform-version', '2.4.7', '--installed', '1.0.0');
    expect(linesOf(out)).toEqual(
      expect.arrayContaining([
        'Stores          bob.example',
        'Store runs      Magento 2.4.8 (PLUGIN, read at 2026-02-10T09:00:00Z)',
        'Told by         PLUGIN at 2026-02-10T09:00:00Z: 2.4.8, USED. The store told it itself, exactly.',
        'Installed       1.1.0',
        '  NOT_ENTITLED, coverage NONE, charge NONE',
      ]),
    );
    expect(out).toMatch(/REFUSES STORE_VERSION_INCOMPATIBLE .*2\.4\.8/);
    expect(out).toMatch(/storeVersionSource\W+PLUGIN.*\n?.*storeVersionReadAt\W+2026-02-10T09:00:00Z/);
  });

  test('a reading made later does not count for an earlier moment', async () => {
    const { out } = await explain('market:themes:A:1:1', '--at', '2026-02-01T00:00:00Z');
    expect(linesOf(out)).toContain('Store runs      unknown (never read)');
    expect(out).toMatch(/^ {2}UNDETERMINED, coverage CORRECTION/m);
  });

  test.each([
    ['--platform-version', 'newest', 'platformVersion: "newest" is not a version'],
    ['--installed', 'latest', 'installedVersion: "latest" is not a version'],
  ])('%s %s is refused', async (option, value, message) => {
    const { exitCode, out, err } = await explain('magento-eu:000000001:7', option, value);
    expect([exitCode, out]).toEqual([4, '']);
    expect(err).toContain(message);
  });
});

describe('what was decided', () => {
  test('a renewal is told with its price, and prolongs the term from its anchor', async () => {
    const purchaseId = await uuidOf('magento-eu:000000003:7');
    const paid = { amountMinor: 3_600n, currencyCode: 'EUR' };
    const renewal = { idempotencyKey: 'renew-1', purchaseId, periods: 1, origin: 'RENEWAL', paid, orderNumber: 'R-1' } as const;
    await withVendorSession(database, (session) => session.transaction((em) => renewSupport(em, STAFF, renewal, NOW)));
    const { out } = await explain('magento-eu:000000003:7');
    expect(out).toMatch(
      /^ {2}2 +RENEWAL +2025-11-30 +2026-03-01 to 2026-05-30 +2026-05-30T22:00:00Z +2026-02-10T09:00:00Z +staff:grace R-1$/m,
    );
    expect(out).toMatch(/^ {2}2026-02-10T09:00:00Z {2}RENEWAL {2}by staff:grace {2}technical-support version 1$/m);
    expect(out).toMatch(/^ {4}decision +.*"amountMinor":"3600"/m);
  });

  test('a purchase that was taken back says since when and why, and refuses', async () => {
    const purchaseId = await uuidOf('magento-eu:000000004:7');
    const revocation = { idempotencyKey: 'revoke-1', purchaseId, reason: 'CHARGE_BACK', note: 'The bank took it back.' } as const;
    await withVendorSession(database, (session) => session.transaction((em) => revokePurchase(em, STAFF, revocation, NOW)));
    const { out } = await explain('magento-eu:000000004:7');
    expect(linesOf(out)).toEqual(
      expect.arrayContaining(['Revoked at      2026-02-10T09:00:00Z (CHARGE_BACK)', '  REVOKED', '  NOT AVAILABLE', '  NOT_ENTITLED']),
    );
    expect(out).toContain('"note":"The bank took it back."');
  });
});

describe('naming a purchase', () => {
  test('its global id, its UUID and its order line name the same one', async () => {
    const id = await idOf('magento-eu:000000001:7');
    expect(await idOf(id)).toBe(id);
    expect(await idOf(TypeID.fromString(id, 'pur').toUUID())).toBe(id);
  });

  test('a line of two licences is answered with the ids to choose from', async () => {
    const { exitCode, out, err } = await explain('magento-eu:000000002:7');
    expect([exitCode, out]).toEqual([4, '']);
    const ids = [...err.matchAll(/^ {2}(pur_\w{26}) {2}SHIP-PRO {2}order 2 {2}unit \d$/gm)].map(([, id = '']) => id);
    expect(ids).toHaveLength(2);
    expect(await Promise.all(ids.map(async (id) => (await explainedAsJson(id)).purchase.order.unit))).toEqual([1, 2]);
  });

  test.each([
    ['pur_01jv8m3k7ce5qsb1kz6b3w9f2x', 'an id that names nothing'],
    ['01932b0e-7d1b-7c2e-8a5f-1b2c3d4e5f60', 'a UUID that names nothing'],
    ['magento-eu:000000009:7', 'no such order'],
    ['magento-eu:000000001:8', 'no such line'],
    ['presta-fr:000000001:7', 'the order of another shop'],
  ])('%s is not found', async (purchase) => {
    expect(await explain(purchase)).toEqual({ exitCode: 3, out: '', err: `error: There is no purchase ${purchase}.\n` });
  });
});

describe('--json', () => {
  test('gives the same answers to machines, with amounts as decimals, days and instants as in the API', async () => {
    const explanation = await explainedAsJson('magento-eu:000000001:7', '--platform-version', '2.4.7-p1', '--installed', '1.0.0');
    expect(explanation).toMatchObject({
      askedAt: '2026-02-10T09:00:00Z',
      purchase: { paid: { amount: '115.20', currencyCode: 'EUR' }, order: { shop: 'magento-eu', orderNumber: '000000001', line: '7' } },
      terms: [{ endsOn: '2026-02-28', expiresAt: '2026-02-28T23:00:00Z' }],
      support: { state: 'ACTIVE', lastDay: '2026-02-28', daysLeft: 18 },
      store: { platform: 'Magento 2.4.7-p1', platformFrom: 'STATED', readAt: null },
      afterSales: { request: 'CORRECTION', verdict: 'ENTITLED', coverage: 'CORRECTION', charge: 'FREE' },
      updates: { verdict: 'UPDATE_AVAILABLE', newestPermitted: { version: '1.1.0' }, withheld: [] },
      renewal: { available: true, price: { amount: '36.00', currencyCode: 'EUR' }, endsOn: '2026-05-30' },
    });
    expect(explanation.afterSales.reasons[0]).toMatchObject({ code: 'COVERED', effect: 'GRANTS', rule: 'A-13', clause: 'Conditions' });
  });
});

describe('at a terminal', () => {
  test.each<[boolean, Record<string, string>, boolean, string]>([
    [true, {}, true, 'a person looks'],
    [true, { NO_COLOR: '' }, true, 'an empty NO_COLOR is none'],
    [true, { NO_COLOR: '1' }, false, 'the person does not want any'],
    [false, {}, false, 'a file or a pipe'],
  ])('isTerminal %s with %j: colours %s', async (isTerminal, variables, hasColours) => {
    const { out } = await run(['explain', 'magento-eu:000000001:7'], database, { isTerminal, variables });
    expect(out.includes('\u001b[1mSupport terms')).toBe(hasColours);
    expect(out.includes('\u001b[')).toBe(hasColours);
  });

  test('names from outside cannot steer it', async () => {
    const { out } = await explain('market:themes:A:1:1');
    expect(linesOf(out)).toContain('Customer        bob@shop.example, Bob\ufffd[2J');
  });
});

const linesOf = (text: string): string[] => text.split('\n');

async function uuidOf(purchase: string): Promise<string> {
  return TypeID.fromString(await idOf(purchase), 'pur').toUUID();
}
