import { formatDecimal, parseAmount, roundedDivision, type TenThousandths, times } from './exact-amount.js';
import type { MagentoBundleLine, MagentoConfigurableLine, MagentoLineSpec, MagentoOrderSpec, MagentoPlainLine } from './order-spec.js';
import type { MagentoDocument } from './table-search.js';

/** An amount in the shop's currency and in the order's. */
export interface Money {
  readonly base: TenThousandths;
  readonly order: TenThousandths;
}

/** One item with its sums. A dummy accompanies the item that has the money: the variant of a configurable, the frame or the parts of a bundle. */
export interface SoldItem {
  readonly document: MagentoDocument;
  /** The place of its line in the order's spec. */
  readonly line: number;
  readonly isDummy: boolean;
  readonly quantity: TenThousandths;
  readonly price: Money;
  readonly priceInclTax: Money;
  readonly row: Money;
  readonly discount: Money;
  readonly tax: Money;
}

export const ZERO: Money = { base: 0n, order: 0n };

export function decimal(text: string): TenThousandths {
  const amount = parseAmount(text);
  if (amount === null) throw new RangeError(`Not a decimal number: ${text}`);
  return amount;
}

/** A JSON number, as the API writes it. */
export function json(amount: TenThousandths): number {
  return Number(formatDecimal(amount));
}

/** The pair of fields that almost every amount has. */
export function pair(name: string, { base, order }: Money): Record<string, number> {
  return { [`base_${name}`]: json(base), [name]: json(order) };
}

export function pairs(names: readonly string[], money: Money): Record<string, number> {
  return Object.assign({}, ...names.map((name) => pair(name, money)));
}

export function sum(amounts: readonly Money[]): Money {
  return amounts.reduce((total, { base, order }) => ({ base: total.base + base, order: total.order + order }), ZERO);
}

/** To the cent, half away from zero. */
export function cents(amount: TenThousandths): TenThousandths {
  return roundedDivision(amount, 100n) * 100n;
}

export function inBoth({ base, order }: Money, change: (amount: TenThousandths) => TenThousandths): Money {
  return { base: change(base), order: change(order) };
}

export function negative(money: Money): Money {
  return inBoth(money, (amount) => -amount);
}

export function percentOf(amount: TenThousandths, percent: TenThousandths): TenThousandths {
  return cents(roundedDivision(amount * percent, 1_000_000n));
}

interface ItemShape {
  readonly line: number;
  readonly type: string;
  readonly product: { readonly productId: number; readonly sku: string; readonly name: string };
  readonly quantity: TenThousandths;
  readonly price: TenThousandths;
  readonly originalPrice: TenThousandths;
  readonly isDummy: boolean;
  readonly option?: MagentoDocument;
}

/** All items of an order, parents before their children, with ids counting on from the first. */
export function soldItems(spec: MagentoOrderSpec): SoldItem[] {
  let nextId = spec.firstItemId ?? spec.id * 10;
  return spec.lines.flatMap((line, index) => {
    const items = itemsOfLine(spec, line, index, nextId);
    nextId += items.length;
    return items;
  });
}

function itemsOfLine(spec: MagentoOrderSpec, line: MagentoLineSpec, index: number, firstId: number): SoldItem[] {
  if (line.kind === 'configurable') return configurableItems(spec, line, index, firstId);
  if (line.kind === 'bundle')
    return line.pricing === 'DYNAMIC' ? dynamicBundle(spec, line, index, firstId) : fixedBundle(spec, line, index, firstId);
  return [plainItem(spec, line, index, firstId)];
}

function plainItem(spec: MagentoOrderSpec, line: MagentoPlainLine, index: number, id: number): SoldItem {
  const option = line.links && { downloadable_option: { downloadable_links: line.links } };
  return item(spec, { ...shapeOf(line, index), type: line.kind, product: line, option }, id, null);
}

/** The parent has the money and, on the order, the sku of the variant. */
function configurableItems(spec: MagentoOrderSpec, line: MagentoConfigurableLine, index: number, id: number): SoldItem[] {
  const product = { ...line, sku: line.variant.sku };
  const option = { configurable_item_options: [line.option] };
  const parent = item(spec, { ...shapeOf(line, index), type: 'configurable', product, option }, id, null);
  return [parent, dummy(spec, line.variant, index, decimal(line.quantity), id + 1, parent.document)];
}

function fixedBundle(spec: MagentoOrderSpec, line: MagentoBundleLine, index: number, id: number): SoldItem[] {
  const shape = shapeOf({ price: line.price ?? '0', quantity: line.quantity }, index);
  const parent = item(spec, { ...shape, type: 'bundle', product: line, option: bundleOption(line) }, id, null);
  const parts = line.parts.map((part, place) => {
    const quantity = times(decimal(part.quantity), decimal(line.quantity));
    return dummy(spec, part, index, quantity, id + 1 + place, parent.document);
  });
  return [parent, ...parts];
}

/** The frame repeats the sums of its parts; only the parts are taxed, discounted, invoiced and refunded. */
function dynamicBundle(spec: MagentoOrderSpec, line: MagentoBundleLine, index: number, id: number): SoldItem[] {
  const quantity = decimal(line.quantity);
  const partsUnder = (parent: MagentoDocument | null) =>
    line.parts.map((part, place) => {
      const shape = { ...shapeOf(part, index), type: 'virtual', product: part, quantity: times(decimal(part.quantity), quantity) };
      return item(spec, shape, id + 1 + place, parent);
    });
  const parts = partsUnder(null);
  const unit = line.parts.reduce((total, part) => total + times(decimal(part.price), decimal(part.quantity)), 0n);
  const shape = { line: index, type: 'bundle', product: line, quantity, price: unit, originalPrice: unit, isDummy: true };
  const frame = item(spec, { ...shape, option: bundleOption(line) }, id, null);
  const {
    tax_percent: _percent,
    discount_tax_compensation_amount: _compensation,
    base_discount_tax_compensation_amount: _baseCompensation,
    weee_tax_applied: _weee,
    applied_rule_ids: _rules,
    ...kept
  } = frame.document;
  const row = sum(parts.map((part) => part.row));
  const tax = sum(parts.map((part) => part.tax));
  const unitTax = inBoth(tax, (amount) => (quantity === 0n ? 0n : roundedDivision(amount * 10_000n, quantity)));
  const document = {
    ...kept,
    ...pair('row_total', row),
    ...pair('tax_amount', tax),
    ...pair('row_total_incl_tax', sum([row, tax])),
    ...pair('price_incl_tax', sum([frame.price, unitTax])),
  };
  return [{ ...frame, document }, ...partsUnder(document)];
}

function bundleOption(line: MagentoBundleLine): MagentoDocument {
  return { bundle_options: line.parts.map((_, place) => ({ option_id: place + 1, option_qty: 1, option_selections: [place + 1] })) };
}

function shapeOf(line: { readonly price: string; readonly originalPrice?: string; readonly quantity: string }, index: number) {
  const price = decimal(line.price);
  const originalPrice = line.originalPrice === undefined ? price : decimal(line.originalPrice);
  return { line: index, quantity: decimal(line.quantity), price, originalPrice, isDummy: false };
}

function dummy(
  spec: MagentoOrderSpec,
  product: ItemShape['product'],
  line: number,
  quantity: bigint,
  id: number,
  parent: MagentoDocument,
): SoldItem {
  return item(spec, { line, type: 'virtual', product, quantity, price: 0n, originalPrice: 0n, isDummy: true }, id, parent);
}

function item(spec: MagentoOrderSpec, shape: ItemShape, id: number, parent: MagentoDocument | null): SoldItem {
  const rate = decimal(spec.currency?.rate ?? '1');
  const taxPercent = decimal(spec.taxPercent ?? '20');
  const couponPercent = shape.isDummy ? 0n : decimal(spec.coupon?.percent ?? '0');
  const converted = (base: bigint): Money => ({ base, order: cents(times(base, rate)) });
  const price = converted(shape.price);
  const row = inBoth(price, (unit) => times(unit, shape.quantity));
  const discount = inBoth(row, (amount) => percentOf(amount, couponPercent));
  const taxed = { base: row.base - discount.base, order: row.order - discount.order };
  const tax = shape.isDummy ? ZERO : inBoth(taxed, (amount) => percentOf(amount, taxPercent));
  const priceInclTax = sum([price, inBoth(price, (unit) => percentOf(unit, taxPercent))]);
  const sums = { line: shape.line, isDummy: shape.isDummy, quantity: shape.quantity, price, priceInclTax, row, discount, tax };
  const document: MagentoDocument = {
    ...identityFields(spec, shape, id),
    ...progressFields(spec, shape, { row, discount, tax }),
    ...pair('price', price),
    ...pair('original_price', converted(shape.originalPrice)),
    ...pair('price_incl_tax', priceInclTax),
    ...pair('discount_amount', discount),
    ...pair('discount_tax_compensation_amount', ZERO),
    // The API takes the discount off the row, although the database keeps it before.
    ...pair('row_total', taxed),
    ...pair('row_total_incl_tax', sum([taxed, tax])),
    ...pair('tax_amount', tax),
    discount_percent: json(couponPercent),
    tax_percent: json(taxPercent),
    ...(couponPercent > 0n ? { applied_rule_ids: '1' } : {}),
    ...(shape.option ? { product_option: { extension_attributes: shape.option } } : {}),
    ...(parent === null ? {} : { parent_item_id: parent.item_id, parent_item: parent }),
    extension_attributes: { itemized_taxes: shape.isDummy ? [] : [itemizedTax(id, spec, taxPercent, tax)] },
  };
  return { ...sums, document };
}

function identityFields(spec: MagentoOrderSpec, { type, product, quantity }: ItemShape, id: number): MagentoDocument {
  return {
    created_at: spec.placedAt,
    updated_at: spec.refunds?.at(-1)?.at ?? spec.canceledAt ?? spec.paidAt ?? spec.placedAt,
    free_shipping: 0,
    is_qty_decimal: quantity % 10_000n === 0n ? 0 : 1,
    is_virtual: 1,
    item_id: id,
    name: product.name,
    no_discount: 0,
    order_id: spec.id,
    product_id: product.productId,
    product_type: type,
    quote_item_id: id,
    row_weight: 0,
    sku: product.sku,
    store_id: 1,
  };
}

/** What invoicing, cancelling and refunding leave on an item. */
function progressFields(
  spec: MagentoOrderSpec,
  shape: ItemShape,
  sums: { readonly row: Money; readonly discount: Money; readonly tax: Money },
): MagentoDocument {
  const { quantity, isDummy } = shape;
  const isPaid = spec.paidAt !== undefined;
  const refunded = refundedQuantity(spec, shape);
  const share = (money: Money) => inBoth(money, (amount) => (quantity === 0n ? 0n : cents(roundedDivision(amount * refunded, quantity))));
  const invoiced = (money: Money) => (isPaid && !isDummy ? money : ZERO);
  const refundFields = {
    ...pair('discount_refunded', share(sums.discount)),
    ...pair('discount_tax_compensation_refunded', ZERO),
    ...pair('tax_refunded', share(sums.tax)),
  };
  return {
    qty_ordered: json(quantity),
    qty_invoiced: json(isPaid ? quantity : 0n),
    qty_canceled: json(spec.canceledAt === undefined ? 0n : quantity),
    qty_refunded: json(refunded),
    qty_shipped: 0,
    ...pair('amount_refunded', share(sums.row)),
    ...pair('row_invoiced', invoiced(sums.row)),
    ...pair('discount_invoiced', invoiced(sums.discount)),
    ...pair('tax_invoiced', invoiced(sums.tax)),
    ...(isPaid ? pair('discount_tax_compensation_invoiced', ZERO) : {}),
    ...(isPaid && !isDummy ? { weee_tax_applied: '[]' } : {}),
    ...(spec.canceledAt === undefined ? {} : { tax_canceled: json(sums.tax.order), discount_tax_compensation_canceled: 0 }),
    ...(refunded > 0n && !isDummy ? refundFields : {}),
  };
}

/** How many of an item were given back: as many of it as of its line. */
function refundedQuantity(spec: MagentoOrderSpec, { line, quantity }: ItemShape): TenThousandths {
  const ofLine = (spec.refunds ?? []).flatMap(({ lines }) => lines).filter((refund) => refund.line === line);
  const given = ofLine.reduce((total, refund) => total + decimal(refund.quantity), 0n);
  return roundedDivision(given * quantity, decimal(spec.lines[line]?.quantity ?? '1'));
}

function itemizedTax(id: number, spec: MagentoOrderSpec, percent: TenThousandths, { base, order }: Money): MagentoDocument {
  return {
    tax_item_id: id,
    tax_id: spec.id,
    item_id: id,
    tax_code: `FR-${json(percent)}`,
    tax_percent: json(percent),
    amount: json(order),
    base_amount: json(base),
    real_amount: json(order),
    real_base_amount: json(base),
    taxable_item_type: 'product',
  };
}
