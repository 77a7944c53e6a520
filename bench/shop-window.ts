import type { MagentoShopData } from '../integrations/magento/shop-data.js';
import type { PrestaShopData } from '../integrations/prestashop/sandbox-resources.js';
import { addOrders, emptyPrestaShop } from '../integrations/prestashop/shop-builder.js';
import type { Platform } from '../src/policy/compatibility.js';
import { magentoSale, prestashopSale, type Sale, type Sales, SHOP_ZONE, stampsOf } from './shop-orders.js';

/** Where a sale stands in a list by change. */
interface Position {
  readonly stamp: string;
  readonly id: number;
}

/** More than any page, so that no answer looks like the last one when it is not. */
const WINDOW = 110;

/** Finds the sales that a question is about: of large shops nothing is kept but where each sale stands. */
export interface ShopWindow {
  salesFor(address: string): Sale[];
}

export function shopWindow(platform: Platform, sales: Sales): ShopWindow {
  const orders: Position[] = [];
  const refunds: Position[] = [];
  for (let id = 1; id <= sales.count; id += 1) {
    const { changed, refunded } = stampsOf(platform, sales.at(id));
    orders.push({ stamp: changed, id });
    if (refunded !== null) refunds.push({ stamp: refunded, id });
  }
  const byChange = (one: Position, other: Position) => (one.stamp === other.stamp ? one.id - other.id : one.stamp < other.stamp ? -1 : 1);
  orders.sort(byChange);
  refunds.sort(byChange);
  return {
    salesFor: (address) => {
      const question = decodeURIComponent(address.replaceAll('+', ' '));
      const named = idsIn(question);
      if (named !== null) return named.map((id) => sales.at(id));
      const positions = /creditmemos|order_slip/.test(question) ? refunds : orders;
      const bound = /\d{4}-\d\d-\d\d \d\d:\d\d:\d\d/.exec(question)?.[0] ?? '';
      const start = firstFrom(positions, bound);
      return positions.slice(start, start + WINDOW).map(({ id }) => sales.at(id));
    },
  };
}

/** The orders, or customers, that a question names one by one; a customer's first sale has the customer's number. Null where it names none. */
function idsIn(question: string): number[] | null {
  const list =
    /filter\[(?:id_order|id)\]=\[([\d|]+)\]/.exec(question)?.[1] ?? /\[value\]=(\d+(?:,\d+)*)&[^&]*=in(?:&|$)/.exec(question)?.[1];
  return list === undefined ? null : list.split(/[|,]/).map(Number);
}

function firstFrom(positions: readonly Position[], bound: string): number {
  let [low, high] = [0, positions.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((positions[middle]?.stamp ?? '') < bound) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** A Magento shop without sales. */
export function emptyMagentoShop(): MagentoShopData {
  return {
    orders: [],
    invoices: [],
    creditMemos: [],
    products: [],
    modules: [],
    storeConfigs: [{ id: 1, code: 'default', website_id: 1, locale: 'en_US', base_currency_code: 'EUR', timezone: SHOP_ZONE }],
    storeViews: [{ id: 1, code: 'default', name: 'Default Store View', website_id: 1, store_group_id: 1, is_active: 1 }],
    currency: { base_currency_code: 'EUR', default_display_currency_code: 'EUR', available_currency_codes: ['EUR'], exchange_rates: [] },
    versionPage: 'Magento/2.4 (Community)',
  };
}

/** Puts some sales, and no others, into a Magento shop. */
export function showInMagento(data: MagentoShopData, sales: readonly Sale[]): void {
  const documents = sales.map(magentoSale);
  data.orders.splice(0, Number.POSITIVE_INFINITY, ...documents.map(({ order }) => order));
  data.invoices.splice(0, Number.POSITIVE_INFINITY, ...documents.flatMap(({ invoices }) => invoices));
  data.creditMemos.splice(0, Number.POSITIVE_INFINITY, ...documents.flatMap(({ creditMemos }) => creditMemos));
}

/** The same for a PrestaShop. */
export function showInPrestaShop(data: PrestaShopData, sales: readonly Sale[]): void {
  const shown = emptyPrestaShop('Bench');
  addOrders(shown, sales.map(prestashopSale));
  for (const resource of ['orders', 'order_details', 'order_histories', 'order_payments', 'order_cart_rules', 'order_slip', 'customers'])
    data[resource] = shown[resource] ?? [];
}
