import type { Database } from '../../src/persistence/database.js';
import { Release } from '../../src/persistence/release.js';
import { type Actor, SCOPES } from '../../src/use-cases/actor.js';
import { importOrders } from '../../src/use-cases/orders-import.js';
import { recordPurchase, revokePurchase } from '../../src/use-cases/purchase.js';
import { withdrawRelease } from '../../src/use-cases/release.js';
import { renewSupport } from '../../src/use-cases/support-term.js';
import { pageOf, shopInMemory, shopOrder } from '../support/shop-orders.js';
import { reportStore } from '../support/store-plugin.js';
import { asVendor, customerOf, customerStore, euros, instant, publishPolicies, sell, vendorShop } from '../support/vendor.js';

/** The moment at which most tests ask. */
export const NOW = instant('2026-03-10T10:00:00Z');

const IMPORTER: Actor = { kind: 'PARTNER', name: 'partner:fixture', scopes: SCOPES, customerId: null, storeId: null };

export interface CustomerUnderTest {
  readonly id: string;
  readonly email: string;
  readonly stores: readonly string[];
  /** By the state that its support is in at NOW. */
  readonly purchases: Readonly<Record<string, string>>;
}

/** UUIDs of everything that the tests name. */
export interface VendorUnderTest {
  readonly addons: Readonly<Record<string, string>>;
  readonly shop: string;
  readonly ada: CustomerUnderTest;
  readonly ben: CustomerUnderTest;
}

/**
 * A small vendor at NOW: add-ons on both platforms with releases of every kind, channel and range of versions; Ada, whose purchases stand in every
 * state of support, and Ben; stores of both, read; one of the vendor's shops with an order that could not be placed.
 */
export async function vendorUnderTest(database: Database): Promise<VendorUnderTest> {
  await publishPolicies(database);
  const addons = await catalogue(database);
  const ada = await customerOf(database, 'ada@shop.example');
  const ben = await customerOf(database, 'ben@shop.example');
  const adaStores = [
    await customerStore(database, ada, 'ada.example'),
    await customerStore(database, ada, 'staging.ada.example', 'PRESTASHOP'),
  ];
  const benStores = [await customerStore(database, ben, 'ben.example')];
  const [adaLive = '', adaStaging = ''] = adaStores;
  const [benLive = ''] = benStores;
  for (const [store, platformVersion] of [
    [adaLive, '2.4.7-p3'],
    [adaStaging, '8.1.7'],
    [benLive, '2.4.6'],
  ] as const) {
    const report = { platformVersion, distribution: null, upstreamVersion: null, phpVersion: '8.3.1' };
    const installed = [{ code: 'acme/module-filter', version: '1.1.0', enabled: true }];
    await asVendor(database, (em) => reportStore(em, store, { ...report, installed }, instant('2026-03-09T08:00:00Z')));
  }
  const buy = (email: string, sku: string, at: string, storeId: string | null = null) => recorded(database, { email, sku, at, storeId });
  const of = { ada: 'ada@shop.example', ben: 'ben@shop.example' };
  const purchases = {
    active: await buy(of.ada, 'FILTER', '2026-01-31T10:00:00Z', adaLive),
    expiring: await buy(of.ada, 'EXPORT', '2025-12-15T10:00:00Z', adaStaging),
    expired: await buy(of.ada, 'SEARCH', '2025-11-30T10:00:00Z'),
    renewed: await buy(of.ada, 'BLOG', '2025-11-30T10:00:00Z'),
    revoked: await buy(of.ada, 'MENU', '2026-01-31T10:00:00Z'),
    prepaid: await buy(of.ada, 'REVIEWS', '2025-11-30T10:00:00Z'),
    free: await buy(of.ada, 'GIFT', '2026-02-01T10:00:00Z'),
  };
  await renewed(database, purchases.renewed, '2026-02-10T10:00:00Z');
  await revoked(database, purchases.revoked, '2026-02-20T10:00:00Z');
  const bens = {
    expired: await buy(of.ben, 'FILTER', '2025-11-29T23:30:00-05:00', benLive),
    prepaid: await buy(of.ben, 'REVIEWS', '2026-02-01T10:00:00Z'),
  };
  const shop = await vendorShop(database, 'eu');
  const orders = [
    shopOrder('900', { email: of.ada, lines: [{ sku: 'NOBODY-KNOWS' }] }),
    shopOrder('901', { email: of.ben, lines: [{ sku: 'NOBODY-KNOWS-EITHER' }] }),
  ];
  await importOrders(database, { shop, platform: shopInMemory({ orders: [pageOf(orders)] }), now: () => NOW, startedAt: NOW });
  return {
    addons,
    shop: shop.id,
    ada: { id: ada, email: of.ada, stores: adaStores, purchases },
    ben: { id: ben, email: of.ben, stores: benStores, purchases: bens },
  };
}

async function catalogue(database: Database): Promise<Record<string, string>> {
  const filter = await sell(database, {
    sku: 'FILTER',
    packageName: 'acme/module-filter',
    moduleName: 'Acme_Filter',
    renewalSku: 'FILTER-RENEWAL',
    releases: [
      { version: '1.0.0', publishedAt: '2025-06-01T09:00:00Z', kind: 'MINOR', to: '2.4.6' },
      { version: '1.1.0', publishedAt: '2026-02-01T09:00:00Z', kind: 'BUGFIX' },
      { version: '1.1.1', publishedAt: '2026-02-28T22:59:59Z', kind: 'SECURITY' },
      { version: '1.2.0', publishedAt: '2026-02-28T23:00:00Z', kind: 'MINOR' },
      { version: '1.2.1', publishedAt: '2026-03-02T09:00:00Z', kind: 'BUGFIX' },
      { version: '2.0.0', publishedAt: '2026-03-05T09:00:00Z', kind: 'MAJOR', from: '2.4.8', to: '2.4.8' },
      { version: '2.1.0-beta1', publishedAt: '2026-03-08T09:00:00Z', kind: 'MAJOR', channel: 'BETA' },
    ],
  });
  await asVendor(database, async (em) => {
    const pulled = await em.findOneOrFail(Release, { addon: filter, version: '1.2.1' });
    await withdrawRelease(em, pulled.id, instant('2026-03-03T09:00:00Z'));
  });
  const plain = (sku: string, rest: Partial<Parameters<typeof sell>[1]> = {}) =>
    sell(database, { sku, releases: [{ version: '1.0.0', publishedAt: '2025-06-01T09:00:00Z' }], ...rest });
  return {
    FILTER: filter,
    SEARCH: await plain('SEARCH', { listPriceMinor: 4_995n }),
    BLOG: await plain('BLOG'),
    MENU: await plain('MENU'),
    GIFT: await plain('GIFT', { listPriceMinor: 0n }),
    EXPORT: await plain('EXPORT', { platform: 'PRESTASHOP', moduleName: 'acmeexport' }),
    REVIEWS: await plain('REVIEWS', {
      platform: 'PRESTASHOP',
      supportPolicy: 'prepaid-support',
      listPriceMinor: 7_900n,
      releases: [
        { version: '3.0.0', publishedAt: '2025-06-01T09:00:00Z' },
        { version: '3.0.1', publishedAt: '2026-03-01T09:00:00Z', kind: 'BUGFIX' },
        { version: '3.1.0', publishedAt: '2026-03-02T09:00:00Z', kind: 'MINOR' },
      ],
    }),
  };
}

interface Sale {
  readonly email: string;
  readonly sku: string;
  readonly at: string;
  readonly storeId?: string | null;
}
let sales = 0;

/** Records a sale as a partner does, at the list price of the add-on paid with a fifth off; returns the purchase's id. */
export async function recorded(database: Database, { email, sku, at, storeId = null }: Sale): Promise<string> {
  sales += 1;
  const listPrice = euros({ SEARCH: 4_995n, GIFT: 0n, REVIEWS: 7_900n }[sku] ?? 12_000n);
  const input = { sku, storeId, customer: { email, name: null }, shop: 'fixture', orderNumber: `F-${sales}`, line: '1' };
  const money = { listPrice, paid: euros((listPrice.amountMinor * 4n) / 5n) };
  const sale = { ...input, ...money, idempotencyKey: `sale-${sales}`, purchasedAt: instant(at) };
  return (await asVendor(database, (em) => recordPurchase(em, IMPORTER, sale, NOW))).purchaseId;
}

const renewed = (database: Database, purchaseId: string, at: string) =>
  asVendor(database, (em) => {
    const input = { idempotencyKey: `renew-${purchaseId}`, purchaseId, periods: 1, origin: 'RENEWAL', orderNumber: 'R-1' } as const;
    return renewSupport(em, IMPORTER, { ...input, paid: euros(3_600n) }, instant(at));
  });

const revoked = (database: Database, purchaseId: string, at: string) =>
  asVendor(database, (em) => {
    const input = { idempotencyKey: `revoke-${purchaseId}`, purchaseId, reason: 'REFUNDED', note: 'Sent back.' } as const;
    return revokePurchase(em, IMPORTER, input, instant(at));
  });
