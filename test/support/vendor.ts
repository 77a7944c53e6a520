import { readFileSync } from 'node:fs';
import type { Database } from '../../src/persistence/database.js';
import { type Session, withVendorSession } from '../../src/persistence/session.js';
import { Store, type StoreRow } from '../../src/persistence/store.js';
import type { CompatibilityRange, Platform } from '../../src/policy/compatibility.js';
import type { ReleaseKind } from '../../src/policy/update-access.js';
import { type Actor, SCOPES } from '../../src/use-cases/actor.js';
import { saveAddon, saveSkuMeaning } from '../../src/use-cases/addon.js';
import { lockCustomer } from '../../src/use-cases/customer.js';
import { type Outcome, outcomeOf } from '../../src/use-cases/outcome.js';
import { publishRelease } from '../../src/use-cases/release.js';
import { connectStore } from '../../src/use-cases/store.js';
import { publishSupportPolicy } from '../../src/use-cases/support-policy.js';

export const STAFF: Actor = { kind: 'STAFF', name: 'staff:ada', scopes: SCOPES, customerId: null, storeId: null };
export const SECRET_KEY = new Uint8Array(32).fill(7);
export const PEPPER = 'a pepper for tests only';

export const instant = (text: string): Temporal.Instant => Temporal.Instant.from(text);
export const day = (text: string): Temporal.PlainDate => Temporal.PlainDate.from(text);
export const euros = (amountMinor: bigint) => ({ amountMinor, currencyCode: 'EUR' });

/** Long before everything that tests do. */
export const OPENING_DAY = instant('2025-01-01T00:00:00Z');

export type ShippedPolicy = 'technical-support' | 'prepaid-support';

/** A shipped policy document as a fresh value, free to be changed. */
export function policyDocument(name: ShippedPolicy): Record<string, unknown> {
  return JSON.parse(readFileSync(new URL(`../../schema/policies/${name}.json`, import.meta.url), 'utf8')) as Record<string, unknown>;
}

/** One transaction of the vendor's own. */
export function asVendor<T>(database: Database, work: (em: Session['em'], session: Session) => Promise<T>): Promise<T> {
  return withVendorSession(database, (session) => session.transaction((em) => work(em, session)));
}

/** The same, with user errors as an outcome. */
export function outcomeAsVendor<T>(database: Database, work: (em: Session['em'], session: Session) => Promise<T>): Promise<Outcome<T>> {
  return outcomeOf(() => asVendor(database, work));
}

export function publishPolicies(database: Database, effectiveFrom = '2025-01-01'): Promise<void> {
  return asVendor(database, async (em) => {
    for (const name of ['technical-support', 'prepaid-support'] as const) {
      await publishSupportPolicy(em, policyDocument(name), day(effectiveFrom), OPENING_DAY);
    }
  });
}

export interface AddonOnSale {
  readonly sku: string;
  readonly platform?: Platform;
  readonly packageName?: string;
  readonly moduleName?: string;
  readonly listPriceMinor?: bigint;
  readonly supportPolicy?: ShippedPolicy;
  readonly includedMinutes?: number;
  /** SKU under which its renewals are sold. */
  readonly renewalSku?: string;
  readonly releases?: readonly ReleaseOnSale[];
}

export interface ReleaseOnSale {
  readonly version: string;
  readonly publishedAt: string;
  readonly kind?: ReleaseKind;
  readonly channel?: 'STABLE' | 'BETA';
  readonly from?: string;
  readonly to?: string;
}

/** Puts an add-on into the catalogue, with its releases and the SKU of its renewals; returns its id. */
export function sell(database: Database, addon: AddonOnSale): Promise<string> {
  return asVendor(database, (em) => sellOne(em, addon));
}

/** The same for many at once, in one transaction. */
export function sellAll(database: Database, addons: readonly AddonOnSale[]): Promise<void> {
  return asVendor(database, async (em) => {
    for (const addon of addons) await sellOne(em, addon);
  });
}

async function sellOne(em: Session['em'], addon: AddonOnSale): Promise<string> {
  const platform = addon.platform ?? 'MAGENTO';
  const row = await saveAddon(
    em,
    {
      sku: addon.sku,
      name: addon.sku,
      platform,
      packageName: addon.packageName ?? null,
      moduleName: addon.moduleName ?? null,
      listPrice: euros(addon.listPriceMinor ?? 12_000n),
      supportPolicy: addon.supportPolicy ?? 'technical-support',
      includedMinutes: addon.includedMinutes ?? 0,
    },
    OPENING_DAY,
  );
  if (addon.renewalSku !== undefined) {
    await saveSkuMeaning(em, { sku: addon.renewalSku, kind: 'RENEWAL', addonSku: addon.sku, periods: 1, minutes: null });
  }
  for (const release of addon.releases ?? []) {
    await publishRelease(
      em,
      {
        addonSku: addon.sku,
        version: release.version,
        channel: release.channel ?? 'STABLE',
        kind: release.kind ?? 'MINOR',
        publishedAt: instant(release.publishedAt),
        compatibility: [rangeOf(platform, release)],
        changelog: [{ kind: 'FIXED', summary: `What ${release.version} brings.`, reference: null }],
      },
      OPENING_DAY,
    );
  }
  return row.id;
}

const rangeOf = (platform: Platform, { from, to }: ReleaseOnSale): CompatibilityRange => ({
  platform,
  edition: null,
  from: from ?? (platform === 'MAGENTO' ? '2.4.4' : '8.0'),
  to: to ?? (platform === 'MAGENTO' ? '2.4.7' : '9.1'),
});

/** The id of the customer with this address, made at the first call. */
export function customerOf(database: Database, email: string): Promise<string> {
  return asVendor(database, (em) => lockCustomer(em, email, null, OPENING_DAY));
}

/** One of the vendor's own shops, from which orders are imported. */
export async function vendorShop(database: Database, code: string, platform: Platform = 'MAGENTO'): Promise<StoreRow> {
  await asVendor(database, (em) =>
    connectStore(
      em,
      {
        platform,
        url: `https://${code}.vendor.example`,
        role: 'VENDOR_SHOP',
        customerId: null,
        code,
        timeZone: 'Europe/Paris',
        credentials: null,
      },
      SECRET_KEY,
      OPENING_DAY,
    ),
  );
  return withVendorSession(database, ({ em }) => em.findOneOrFail(Store, { code }));
}

/** A store of a customer's, in which add-ons run; returns its id. */
export function customerStore(database: Database, customerId: string, host: string, platform: Platform = 'MAGENTO'): Promise<string> {
  return asVendor(database, async (em) => {
    const input = { platform, url: `https://${host}`, role: 'CUSTOMER_PRODUCTION', code: null, timeZone: null, credentials: null } as const;
    return (await connectStore(em, { ...input, customerId }, SECRET_KEY, OPENING_DAY)).id;
  });
}
