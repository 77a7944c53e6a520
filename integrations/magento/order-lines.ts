import type { ShopOrderLine, UnknownFact } from '../store-platform.js';
import { formatAmount, formatDecimal, roundedDivision, type TenThousandths, times } from './exact-amount.js';
import type { OrderItem } from './replies.js';

/** DYNAMIC: the parts have the prices. FIXED: the bundle has the price. */
export type BundlePricing = 'DYNAMIC' | 'FIXED';

/** By product id of the bundle. */
export type BundlePricings = ReadonlyMap<string, BundlePricing>;

/** Product ids of bundles whose order does not show where the price stands, since nothing was charged: the catalogue has to be asked. */
export function undecidedBundles(items: readonly OrderItem[]): string[] {
  return items
    .filter((item) => item.product_type === 'bundle' && pricingShown(item, partsOf(item, items)) === null)
    .map((item) => item.product_id ?? null)
    .filter((productId) => productId !== null);
}

/**
 * The lines that count, each sale once, though Magento lists a sold thing twice: the parent of a configurable with the sku of the variant,
 * the parts of a dynamically priced bundle, or the bundle itself where it has the price. What the figures leave open is told in `unknown`.
 */
export function orderLines(
  items: readonly OrderItem[],
  bundlePricings: BundlePricings,
): { readonly lines: ShopOrderLine[]; readonly unknown: UnknownFact[] } {
  const unknown: UnknownFact[] = [];
  const counted: { readonly item: OrderItem; readonly sku: string }[] = [];
  const itemIds = new Set(items.map(({ item_id }) => item_id));
  for (const item of items) {
    if (item.parent_item_id != null && itemIds.has(item.parent_item_id)) continue;
    const parts = partsOf(item, items);
    if (item.product_type === 'configurable') counted.push({ item, sku: parts[0]?.sku ?? item.sku });
    else if (item.product_type === 'bundle' && parts.length > 0) {
      const pricing = pricingShown(item, parts) ?? bundlePricings.get(item.product_id ?? '') ?? null;
      if (pricing === null) {
        unknown.push({
          fact: 'lines',
          because: `the bundle of line ${item.item_id} was free: taken as its parts, as its pricing is not known`,
        });
      }
      for (const line of pricing === 'FIXED' ? [item] : parts) counted.push({ item: line, sku: line.sku });
    } else counted.push({ item, sku: item.sku });
  }
  const entered = catalogueEntered(counted.map(({ item }) => item));
  const lines = counted.map(({ item, sku }) => {
    const listPrice = unitListPrice(item, entered);
    if (listPrice.unknown !== null) unknown.push(listPrice.unknown);
    return orderLine(item, sku, listPrice.amount);
  });
  return { lines, unknown };
}

function partsOf(parent: OrderItem, items: readonly OrderItem[]): OrderItem[] {
  return items.filter((item) => item.parent_item_id === parent.item_id);
}

/** A dynamic bundle repeats the sum of its parts; the parts of a fixed one carry nothing. */
function pricingShown(bundle: OrderItem, parts: readonly OrderItem[]): BundlePricing | null {
  if (parts.some((part) => (part.row_total ?? 0n) > 0n || (part.discount_amount ?? 0n) > 0n)) return 'DYNAMIC';
  return bundle.price > 0n ? 'FIXED' : null;
}

function orderLine(item: OrderItem, sku: string, listPrice: TenThousandths): ShopOrderLine {
  return {
    lineId: item.item_id,
    sku,
    name: item.name ?? sku,
    quantity: formatDecimal(item.qty_ordered),
    refundedQuantity: formatDecimal(item.qty_refunded ?? 0n),
    unitListPrice: formatAmount(listPrice),
    paidNet: formatAmount(paidNet(item)),
    paidTax: formatAmount(item.tax_amount ?? 0n),
  };
}

/** One cent, as far as a price of one unit may be rounded. */
const CENT: TenThousandths = 100n;

/**
 * Net of discounts, without tax, for the whole row. The answer's row_total has the discount taken off, but stops at zero, and old shops
 * leave it on; so the row before discount is row_total + discount where that agrees with price × quantity, else price × quantity itself.
 * A discount on prices with tax has a tax part, which discount_tax_compensation_amount gives back to the net.
 */
function paidNet(item: OrderItem): TenThousandths {
  const discount = item.discount_amount ?? 0n;
  const priced = times(item.price, item.qty_ordered);
  const shown = item.row_total == null ? priced : item.row_total + discount;
  const rounding = times(CENT / 2n, item.qty_ordered) + CENT / 2n;
  const before = distance(shown, priced) <= rounding ? shown : priced;
  const net = before - discount + (item.discount_tax_compensation_amount ?? 0n);
  return net < 0n ? 0n : net;
}

/** How the shop enters its catalogue prices, where a taxed line sold at the catalogue price gives it away. */
type CatalogueEntered = 'NET' | 'GROSS' | null;

function catalogueEntered(items: readonly OrderItem[]): CatalogueEntered {
  const telling = items.filter((item) => (item.tax_percent ?? 0n) > 0n && item.price > 0n && item.original_price != null);
  if (telling.some((item) => item.original_price === item.price)) return 'NET';
  return telling.some(isGrossCataloguePrice) ? 'GROSS' : null;
}

function isGrossCataloguePrice({ original_price: original, price, price_incl_tax: gross }: OrderItem): boolean {
  return original != null && gross != null && gross > price && distance(original, gross) <= CENT;
}

/**
 * One unit, net, before any discount. original_price is the catalogue's price as entered, with or without tax, and without options that are
 * priced inside the unit: so neither it nor the charged price is always the list price.
 */
function unitListPrice(
  item: OrderItem,
  entered: CatalogueEntered,
): { readonly amount: TenThousandths; readonly unknown: UnknownFact | null } {
  const original = item.original_price ?? item.price;
  const taxPercent = item.tax_percent ?? 0n;
  const fact = 'lines.unitListPrice';
  if (taxPercent > 0n && entered !== 'NET' && isGrossCataloguePrice(item)) return { amount: item.price, unknown: null };
  const isGross = taxPercent > 0n && entered === 'GROSS';
  const catalogue = isGross ? roundedDivision(original * 1_000_000n, 1_000_000n + taxPercent) : original;
  if (item.price > catalogue) {
    const prices = `${formatAmount(item.price)} charged, ${formatAmount(catalogue)} in the catalogue`;
    const because = `line ${item.item_id}: options are priced inside (${prices}), so a discount in the catalogue cannot be seen`;
    return { amount: item.price, unknown: item.original_price == null || item.original_price === 0n ? null : { fact, because } };
  }
  if (catalogue === item.price || taxPercent === 0n || entered !== null) return { amount: catalogue, unknown: null };
  const because = `line ${item.item_id}: the platform does not tell whether the catalogue's ${formatAmount(original)} includes tax; taken as net`;
  return { amount: catalogue, unknown: { fact, because } };
}

function distance(a: bigint, b: bigint): bigint {
  return a < b ? b - a : a - b;
}
