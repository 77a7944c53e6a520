import { magentoOrder } from '../integrations/magento/order-document.js';
import type { MagentoShopData } from '../integrations/magento/shop-data.js';
import { prestashopOrder } from '../integrations/prestashop/order-builder.js';
import type { PrestaShopData } from '../integrations/prestashop/sandbox-resources.js';
import { addOrders, emptyPrestaShop } from '../integrations/prestashop/shop-builder.js';
import type { AddonOnSale } from './catalogue.js';

/** Zone in which the PrestaShop stamps its rows. */
export const SHOP_ZONE = 'Europe/Paris';
export type SoldAddon = Pick<AddonOnSale, 'sku' | 'renewalSku' | 'name'> & { readonly price: string };

/** A sale as both platforms can tell it. */
interface Sale {
  readonly id: number;
  readonly customerId: number;
  readonly placedAt: Temporal.Instant;
  readonly lines: readonly { readonly sku: string; readonly name: string; readonly price: string }[];
  readonly couponPercent: number;
  readonly isRefunded: boolean;
}

const ORDERS_PER_CUSTOMER = 4;
const TAX_PERCENT = 20;
/** Over how many days the orders are spread. */
const DAYS = 400;

/**
 * Every customer buys four times: two add-ons at once, a third, a renewal of the first, and a fourth with a coupon. One order in 32 is refunded
 * a day later, never one that a renewal rests on.
 */
function salesOf(count: number, addons: readonly SoldAddon[], now: Temporal.Instant): Sale[] {
  const customers = Math.max(1, Math.ceil(count / ORDERS_PER_CUSTOMER));
  const begin = now.subtract({ hours: 24 * (DAYS + 2) });
  const minutesApart = Math.max(1, Math.floor((DAYS * 24 * 60) / count));
  return Array.from({ length: count }, (_, index) => {
    const customer = index % customers;
    const turn = Math.floor(index / customers);
    const addonOf = (place: number): SoldAddon => {
      const addon = addons[(customer + place) % addons.length];
      if (addon === undefined) throw new RangeError('A shop sells something.');
      return addon;
    };
    const line = ({ sku, name, price }: SoldAddon) => ({ sku, name, price });
    const first = addonOf(0);
    const renewal = { sku: first.renewalSku, name: `${first.name}, renewal`, price: first.price };
    const lines = [[line(first), line(addonOf(1))], [line(addonOf(2))], [renewal], [line(addonOf(3))]][turn] ?? [line(first)];
    return {
      id: index + 1,
      customerId: customer + 1,
      placedAt: begin.add({ minutes: index * minutesApart }),
      lines,
      couponPercent: turn === 3 ? 10 : 0,
      isRefunded: turn % 2 === 1 && index % 16 === 15,
    };
  });
}

const buyerOf = (id: number) => ({ id, email: `buyer-${id}@merchant.example`, firstname: 'Buyer', lastname: `Number ${id}` });
const utcStamp = (instant: Temporal.Instant): string => instant.toString({ smallestUnit: 'second' }).replace('T', ' ').replace('Z', '');

/** A Magento shop that made `count` sales up to now. */
export function magentoShop(count: number, addons: readonly SoldAddon[], now: Temporal.Instant): MagentoShopData {
  const data: MagentoShopData = {
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
  for (const sale of salesOf(count, addons, now)) {
    const paidAt = sale.placedAt.add({ minutes: 5 });
    const { order, invoices, creditMemos } = magentoOrder({
      id: sale.id,
      placedAt: utcStamp(sale.placedAt),
      paidAt: utcStamp(paidAt),
      customer: buyerOf(sale.customerId),
      taxPercent: String(TAX_PERCENT),
      lines: sale.lines.map((line, place) => ({ ...line, kind: 'virtual', productId: place + 1, quantity: '1' })),
      ...(sale.couponPercent === 0 ? {} : { coupon: { code: 'AGAIN', percent: String(sale.couponPercent) } }),
      ...(sale.isRefunded ? { refunds: [{ at: utcStamp(paidAt.add({ hours: 24 })), lines: [{ line: 0, quantity: '1' }] }] } : {}),
    });
    data.orders.push(order);
    data.invoices.push(...invoices);
    data.creditMemos.push(...creditMemos);
  }
  return data;
}

/** A PrestaShop that made `count` sales up to now. */
export function prestaShop(count: number, addons: readonly SoldAddon[], now: Temporal.Instant): PrestaShopData {
  const data = emptyPrestaShop('Bench');
  const orders = salesOf(count, addons, now).map((sale) => {
    const paidAt = sale.placedAt.add({ minutes: 5 });
    const off = (sale.lines.reduce((sum, { price }) => sum + Number(price), 0) * sale.couponPercent) / 100;
    return prestashopOrder({
      id: sale.id,
      timeZone: SHOP_ZONE,
      customer: buyerOf(sale.customerId),
      placedAt: sale.placedAt.toString(),
      paidAt: paidAt.toString(),
      lines: sale.lines.map((line, place) => ({ ...line, quantity: 1, productId: place + 1, taxRate: TAX_PERCENT })),
      voucher: off === 0 ? undefined : { code: 'AGAIN', net: off.toFixed(2), gross: (off * 1.2).toFixed(2) },
      slip: sale.isRefunded
        ? { refundedAt: paidAt.add({ hours: 24 }).toString(), quantities: sale.lines.map((_, place) => (place === 0 ? 1 : 0)) }
        : undefined,
    });
  });
  addOrders(data, orders);
  return data;
}
