import type { ShopOrder, ShopRefund } from '../../integrations/store-platform.js';
import type { Database } from '../../src/persistence/database.js';
import type { StoreRow } from '../../src/persistence/store.js';
import { saveSkuMeaning } from '../../src/use-cases/addon.js';
import { type OrderStory, shopOrder } from './shop-orders.js';
import { asVendor, publishPolicies, sell, vendorShop } from './vendor.js';

/** The catalogue that tests of imports order from: two add-ons with renewals, prepaid hours, and something that is ignored. */
export async function stockForImports(database: Database): Promise<void> {
  await publishPolicies(database);
  await sell(database, {
    sku: 'FILTER',
    renewalSku: 'FILTER-RENEWAL',
    releases: [
      { version: '1.0', publishedAt: '2025-06-01T00:00:00Z', to: '2.4.6' },
      { version: '1.1', publishedAt: '2026-01-15T00:00:00Z', to: '2.4.7' },
      { version: '1.2', publishedAt: '2026-02-15T00:00:00Z', to: '2.4.8' },
    ],
  });
  await sell(database, { sku: 'LABELS', platform: 'PRESTASHOP', renewalSku: 'LABELS-RENEWAL' });
  await asVendor(database, async (em) => {
    await saveSkuMeaning(em, {
      sku: 'HOURS-10',
      kind: 'PREPAID_TIME',
      addonSku: null,
      periods: null,
      minutes: 600,
      supportPolicyName: 'prepaid-support',
    });
    await saveSkuMeaning(em, { sku: 'T-SHIRT', kind: 'IGNORED', addonSku: null, periods: null, minutes: null });
  });
}

export interface FreshShop {
  readonly shop: StoreRow;
  readonly code: string;
  /** The address of the shop's usual buyer. */
  readonly email: string;
  readonly order: (id: string, story: OrderStory) => ShopOrder;
}

let shops = 0;

/** A shop of its own for each test, with customers of its own: nothing of one test is seen by another. */
export async function freshShop(database: Database): Promise<FreshShop> {
  shops += 1;
  const code = `shop-${shops}`;
  const email = `buyer@${code}.example`;
  const shop = await vendorShop(database, code);
  return { shop, code, email, order: (id, story) => shopOrder(id, { email, ...story }) };
}

export const PURCHASE: OrderStory = { lines: [{ sku: 'FILTER' }] };
export const RENEWAL: OrderStory = { paidAt: '2026-02-10T10:00:00Z', lines: [{ sku: 'FILTER-RENEWAL' }] };

/** What a shop tells in one run. "%CODE%" in an address stands for the shop's code. */
export interface ShopStory {
  readonly orders?: readonly (readonly [id: string, story: OrderStory])[];
  readonly refunds?: readonly ShopRefund[];
}

export function told(story: ShopStory, order: FreshShop['order'], code: string) {
  const named = (text: string) => text.replace('%CODE%', code);
  const orders = (story.orders ?? []).map(([id, { email, ...rest }]) => {
    const made = order(id, email === undefined ? rest : { ...rest, email: named(email) });
    return { ...made, customer: { ...made.customer, email: named(made.customer.email) } };
  });
  return { orders, refunds: story.refunds ?? [] };
}
