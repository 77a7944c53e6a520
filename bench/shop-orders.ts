import { type MagentoOrderDocuments, magentoOrder } from '../integrations/magento/order-document.js';
import { type OrderRows, prestashopOrder } from '../integrations/prestashop/order-builder.js';
import { stampAt } from '../integrations/prestashop/shop-time.js';
import type { Platform } from '../src/policy/compatibility.js';
import type { AddonOnSale } from './catalogue.js';

/** Zone in which the PrestaShop stamps its rows. */
export const SHOP_ZONE = 'Europe/Paris';
export type SoldAddon = Pick<AddonOnSale, 'sku' | 'renewalSku' | 'name'> & { readonly price: string };

/** A sale as both platforms can tell it. */
export interface Sale {
  readonly id: number;
  readonly customerId: number;
  readonly placedAt: Temporal.Instant;
  readonly lines: readonly { readonly sku: string; readonly name: string; readonly price: string }[];
  readonly couponPercent: number;
  readonly isRefunded: boolean;
}

/** Sales by their numbers, from 1 on. */
export interface Sales {
  readonly count: number;
  at(id: number): Sale;
}

const ORDERS_PER_CUSTOMER = 4;
const TAX_PERCENT = 20;
/** Over how many days the orders are spread. */
const DAYS = 400;

/**
 * Every customer buys four times: two add-ons at once, a third, a renewal of the first, and a fourth with a coupon. One order in 32 is refunded
 * a minute after it was paid, never one that a renewal rests on. No sale is kept: each is made when it is asked for.
 */
export function salesOf(count: number, addons: readonly SoldAddon[], now: Temporal.Instant): Sales {
  const customers = Math.max(1, Math.ceil(count / ORDERS_PER_CUSTOMER));
  const begin = now.subtract({ hours: 24 * (DAYS + 2) });
  const minutesApart = Math.max(1, Math.floor((DAYS * 24 * 60) / count));
  const at = (id: number): Sale => {
    const index = id - 1;
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
      id,
      customerId: customer + 1,
      placedAt: begin.add({ minutes: index * minutesApart }),
      lines,
      couponPercent: turn === 3 ? 10 : 0,
      isRefunded: turn % 2 === 1 && index % 16 === 15,
    };
  };
  return { count, at };
}

const paidAtOf = ({ placedAt }: Sale): Temporal.Instant => placedAt.add({ minutes: 5 });
const refundedAtOf = (sale: Sale): Temporal.Instant => paidAtOf(sale).add({ minutes: 1 });

const buyerOf = (id: number) => ({ id, email: `buyer-${id}@merchant.example`, firstname: 'Buyer', lastname: `Number ${id}` });
const utcStamp = (instant: Temporal.Instant): string => instant.toString({ smallestUnit: 'second' }).replace('T', ' ').replace('Z', '');

/** What a Magento shop keeps of a sale. */
export function magentoSale(sale: Sale): MagentoOrderDocuments {
  return magentoOrder({
    id: sale.id,
    placedAt: utcStamp(sale.placedAt),
    paidAt: utcStamp(paidAtOf(sale)),
    customer: buyerOf(sale.customerId),
    taxPercent: String(TAX_PERCENT),
    lines: sale.lines.map((line, place) => ({ ...line, kind: 'virtual', productId: place + 1, quantity: '1' })),
    ...(sale.couponPercent === 0 ? {} : { coupon: { code: 'AGAIN', percent: String(sale.couponPercent) } }),
    ...(sale.isRefunded ? { refunds: [{ at: utcStamp(refundedAtOf(sale)), lines: [{ line: 0, quantity: '1' }] }] } : {}),
  });
}

/** What a PrestaShop keeps of a sale. */
export function prestashopSale(sale: Sale): OrderRows {
  const off = (sale.lines.reduce((sum, { price }) => sum + Number(price), 0) * sale.couponPercent) / 100;
  return prestashopOrder({
    id: sale.id,
    timeZone: SHOP_ZONE,
    customer: buyerOf(sale.customerId),
    placedAt: sale.placedAt.toString(),
    paidAt: paidAtOf(sale).toString(),
    lines: sale.lines.map((line, place) => ({ ...line, quantity: 1, productId: place + 1, taxRate: TAX_PERCENT })),
    voucher: off === 0 ? undefined : { code: 'AGAIN', net: off.toFixed(2), gross: (off * 1.2).toFixed(2) },
    slip: sale.isRefunded
      ? { refundedAt: refundedAtOf(sale).toString(), quantities: sale.lines.map((_, place) => (place === 0 ? 1 : 0)) }
      : undefined,
  });
}

/** How a platform stamps the last change of a sale's order, and of its refund, which touches the order in Magento alone; null: it has none. */
export function stampsOf(platform: Platform, sale: Sale): { readonly changed: string; readonly refunded: string | null } {
  const stamp = (at: Temporal.Instant) => (platform === 'MAGENTO' ? utcStamp(at) : stampAt(at.toString(), SHOP_ZONE));
  const refunded = sale.isRefunded ? stamp(refundedAtOf(sale)) : null;
  return { changed: (platform === 'MAGENTO' ? refunded : null) ?? stamp(paidAtOf(sale)), refunded };
}
