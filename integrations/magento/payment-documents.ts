import { roundedDivision, times } from './exact-amount.js';
import { cents, decimal, inBoth, json, type Money, negative, pair, type SoldItem, sum, ZERO } from './item-document.js';
import type { OrderSums } from './order-document.js';
import type { MagentoOrderSpec, MagentoRefundSpec } from './order-spec.js';
import type { MagentoDocument } from './table-search.js';

/** The one invoice over the whole order, in state 2: paid. */
export function invoiceDocument(
  paidAt: string,
  spec: MagentoOrderSpec,
  items: readonly SoldItem[],
  { subtotal, subtotalInclTax, discount, tax, grandTotal }: OrderSums,
  common: MagentoDocument,
): MagentoDocument {
  return {
    ...common,
    entity_id: spec.id,
    increment_id: String(spec.id).padStart(9, '0'),
    order_id: spec.id,
    state: 2,
    created_at: paidAt,
    updated_at: paidAt,
    ...pair('subtotal', subtotal),
    ...pair('subtotal_incl_tax', subtotalInclTax),
    ...pair('discount_amount', negative(discount)),
    ...pair('tax_amount', tax),
    ...pair('grand_total', grandTotal),
    total_qty: items.filter(({ isDummy }) => !isDummy).reduce((total, { quantity }) => total + json(quantity), 0),
    items: items.map((item, index) => memoItem(item, spec.id * 100 + index, spec.id, item.quantity, false).document),
    comments: [],
  };
}

/** A refund: its document and what it gives back, tax and adjustment included. */
export function creditMemoDocument(
  refund: MagentoRefundSpec,
  index: number,
  spec: MagentoOrderSpec,
  items: readonly SoldItem[],
  common: MagentoDocument,
): { readonly document: MagentoDocument; readonly total: Money } {
  const id = refund.id ?? spec.id * 10 + index;
  const given = refund.lines.flatMap(({ line, quantity }) => itemsOfLine(items, line, spec, quantity));
  const memoItems = given.map(({ item, quantity }, place) => memoItem(item, id * 100 + place, id, quantity, true));
  const subtotal = sum(memoItems.map(({ row }) => row));
  const discount = sum(memoItems.map((item) => item.discount));
  const tax = sum(memoItems.map((item) => item.tax));
  const inclTax = sum(memoItems.map((item) => item.rowInclTax));
  const base = decimal(refund.adjustment ?? '0');
  const adjustment = { base, order: cents(times(base, decimal(spec.currency?.rate ?? '1'))) };
  const total = sum([subtotal, negative(discount), tax, adjustment]);
  const document = {
    ...common,
    ...pair('adjustment', adjustment),
    ...(refund.adjustment === undefined ? {} : { ...pair('adjustment_positive', adjustment), ...pair('adjustment_negative', ZERO) }),
    ...pair('subtotal', subtotal),
    ...pair('subtotal_incl_tax', inclTax),
    ...pair('discount_amount', negative(discount)),
    ...(spec.coupon === undefined ? {} : { discount_description: spec.coupon.code }),
    ...pair('tax_amount', tax),
    ...pair('grand_total', total),
    created_at: refund.at,
    updated_at: refund.at,
    entity_id: id,
    increment_id: String(id).padStart(9, '0'),
    order_id: spec.id,
    state: 2,
    items: memoItems.map((item) => item.document),
    comments: [],
  };
  return { document, total };
}

/** Of a configurable the variant, of a bundle the parts go along, in proportion. */
function itemsOfLine(items: readonly SoldItem[], line: number, spec: MagentoOrderSpec, quantity: string) {
  const ordered = decimal(spec.lines[line]?.quantity ?? '1');
  return items
    .filter((item) => item.line === line)
    .map((item) => ({ item, quantity: roundedDivision(item.quantity * decimal(quantity), ordered) }));
}

/** An item of an invoice or a credit memo: before discount, in proportion to the quantity. A dummy has no row. */
function memoItem(item: SoldItem, id: number, parentId: number, quantity: bigint, isRefund: boolean) {
  const share = (money: Money) =>
    item.isDummy ? ZERO : inBoth(money, (amount) => (item.quantity === 0n ? 0n : cents(roundedDivision(amount * quantity, item.quantity))));
  const [row, discount, tax] = [share(item.row), share(item.discount), share(item.tax)];
  const rowInclTax = item.isDummy ? ZERO : inBoth(item.priceInclTax, (unit) => times(unit, quantity));
  const rowFields = {
    ...pair('row_total', row),
    ...pair('row_total_incl_tax', rowInclTax),
    ...pair('tax_amount', tax),
    ...pair('discount_tax_compensation_amount', ZERO),
    ...(discount.base === 0n ? {} : pair('discount_amount', discount)),
  };
  const refundFields = {
    base_cost: null,
    base_weee_tax_row_disposition: 0,
    weee_tax_applied: '[]',
    weee_tax_applied_row_amount: 0,
    weee_tax_row_disposition: 0,
  };
  const document: MagentoDocument = {
    ...(item.isDummy ? {} : rowFields),
    ...(isRefund ? refundFields : {}),
    ...pair('price', item.price),
    ...pair('price_incl_tax', item.priceInclTax),
    entity_id: id,
    name: item.document.name,
    order_item_id: item.document.item_id,
    parent_id: parentId,
    product_id: item.document.product_id,
    qty: json(quantity),
    sku: item.document.sku,
  };
  return { document, row, discount, tax, rowInclTax };
}
