import { createHash } from 'node:crypto';
import { decimal, inBoth, json, type Money, negative, pair, pairs, type SoldItem, soldItems, sum, ZERO } from './item-document.js';
import type { MagentoOrderSpec } from './order-spec.js';
import { creditMemoDocument, invoiceDocument } from './payment-documents.js';
import type { MagentoDocument } from './table-search.js';

/** What one order leaves in a shop. */
export interface MagentoOrderDocuments {
  readonly order: MagentoDocument;
  readonly invoices: readonly MagentoDocument[];
  readonly creditMemos: readonly MagentoDocument[];
}

export interface OrderSums {
  readonly subtotal: Money;
  readonly subtotalInclTax: Money;
  readonly discount: Money;
  readonly tax: Money;
  readonly grandTotal: Money;
}

const SHOP_CURRENCY = 'EUR';

/**
 * The documents of an order in the form, and with the oddities, in which Magento 2.4 gives them: all-virtual, invoiced in one piece, refunded
 * offline. Throws a RangeError where an amount of the spec is no decimal number.
 */
export function magentoOrder(spec: MagentoOrderSpec): MagentoOrderDocuments {
  const items = soldItems(spec);
  const sums = orderSums(items);
  const common = commonFields(spec);
  const invoices = spec.paidAt === undefined ? [] : [invoiceDocument(spec.paidAt, spec, items, sums, common)];
  const refunds = (spec.refunds ?? []).map((refund, index) => creditMemoDocument(refund, index, spec, items, common));
  const refunded = sum(refunds.map(({ total }) => total));
  const state = spec.state ?? stateOf(spec, sums.grandTotal, refunded);
  const history = refunds.map(({ total }, index) => refundHistory(spec, index, total, state));
  const order = orderDocument(spec, { items, sums, common, refunded, refunds: refunds.length, state, history });
  return { order, invoices, creditMemos: refunds.map(({ document }) => document) };
}

/** Virtual goods are complete as soon as they are paid; a refund in full closes, a part of it does not. */
function stateOf(spec: MagentoOrderSpec, grandTotal: Money, refunded: Money): string {
  if (spec.canceledAt !== undefined) return 'canceled';
  if (spec.paidAt === undefined) return 'new';
  return refunded.base > 0n && refunded.base >= grandTotal.base ? 'closed' : 'complete';
}

function orderSums(items: readonly SoldItem[]): OrderSums {
  const counted = items.filter(({ isDummy }) => !isDummy);
  const subtotal = sum(counted.map(({ row }) => row));
  const discount = sum(counted.map((item) => item.discount));
  const tax = sum(counted.map((item) => item.tax));
  const subtotalInclTax = sum(counted.map(({ priceInclTax, quantity }) => inBoth(priceInclTax, (unit) => (unit * quantity) / 10_000n)));
  const grandTotal = sum([subtotal, negative(discount), tax]);
  return { subtotal, subtotalInclTax, discount, tax, grandTotal };
}

/** Fields that an order shares with its invoices and credit memos. */
function commonFields(spec: MagentoOrderSpec): MagentoDocument {
  return {
    base_currency_code: SHOP_CURRENCY,
    global_currency_code: SHOP_CURRENCY,
    store_currency_code: SHOP_CURRENCY,
    order_currency_code: spec.currency?.code ?? SHOP_CURRENCY,
    base_to_global_rate: 1,
    base_to_order_rate: json(decimal(spec.currency?.rate ?? '1')),
    store_to_base_rate: 0,
    store_to_order_rate: 0,
    store_id: 1,
    billing_address_id: spec.id,
    ...pairs(['discount_tax_compensation_amount', 'shipping_amount', 'shipping_incl_tax', 'shipping_tax_amount'], ZERO),
  };
}

interface OrderParts {
  readonly items: readonly SoldItem[];
  readonly sums: OrderSums;
  readonly common: MagentoDocument;
  readonly refunded: Money;
  readonly refunds: number;
  readonly state: string;
  readonly history: readonly MagentoDocument[];
}

function orderDocument(spec: MagentoOrderSpec, { items, sums, common, refunded, refunds, state, history }: OrderParts): MagentoDocument {
  const documents = items.map(({ document }) => document);
  const leaves = items.filter((item) => !items.some((other) => other.document.parent_item_id === item.document.item_id));
  const roots = documents.filter((document) => document.parent_item_id === undefined);
  return {
    ...common,
    ...customerFields(spec),
    ...totalFields(sums, spec, refunded, refunds),
    base_shipping_discount_tax_compensation_amnt: 0,
    shipping_discount_tax_compensation_amount: 0,
    created_at: spec.placedAt,
    updated_at: spec.updatedAt ?? lastOf([spec.placedAt, spec.paidAt, spec.canceledAt, ...(spec.refunds ?? []).map(({ at }) => at)]),
    customer_note_notify: refunds > 0 ? 0 : 1,
    entity_id: spec.id,
    increment_id: String(spec.id).padStart(9, '0'),
    is_virtual: 1,
    protect_code: createHash('md5').update(`order ${spec.id}`).digest('hex'),
    quote_id: spec.id,
    remote_ip: '127.0.0.1',
    state,
    status: state === 'new' ? 'pending' : state,
    store_name: 'Main Website\nMain Website Store\nDefault Store View',
    total_item_count: leaves.length,
    total_qty_ordered: roots.reduce((total, document) => total + Number(document.qty_ordered), 0),
    weight: 0,
    items: documents,
    billing_address: billingAddress(spec),
    payment: paymentFields(spec, sums, refunded),
    status_histories: history,
    extension_attributes: extensionAttributes(spec, items, sums, documents, refunds),
  };
}

function customerFields({ customer, coupon }: MagentoOrderSpec): MagentoDocument {
  return {
    customer_email: customer.email,
    customer_firstname: customer.firstname,
    customer_lastname: customer.lastname,
    customer_group_id: customer.id === undefined ? 0 : 1,
    customer_is_guest: customer.id === undefined ? 1 : 0,
    ...(customer.id === undefined ? {} : { customer_id: customer.id }),
    ...(coupon === undefined ? {} : { coupon_code: coupon.code, discount_description: coupon.code, applied_rule_ids: '1' }),
  };
}

function totalFields(sums: OrderSums, spec: MagentoOrderSpec, refunded: Money, refunds: number): MagentoDocument {
  const { subtotal, subtotalInclTax, discount, tax, grandTotal } = sums;
  const after = (suffix: string, total: Money) => ({
    ...pair(`discount_${suffix}`, negative(discount)),
    ...pairs([`shipping_${suffix}`], ZERO),
    ...pair(`subtotal_${suffix}`, subtotal),
    ...pair(`tax_${suffix}`, tax),
    ...pair(`total_${suffix}`, total),
  });
  const isPaid = spec.paidAt !== undefined;
  return {
    ...pair('subtotal', subtotal),
    ...pair('subtotal_incl_tax', subtotalInclTax),
    ...pair('discount_amount', negative(discount)),
    ...pair('tax_amount', tax),
    ...pair('grand_total', grandTotal),
    ...pairs(['shipping_discount_amount'], ZERO),
    ...pair('total_due', isPaid ? ZERO : grandTotal),
    ...(isPaid
      ? {
          ...after('invoiced', grandTotal),
          ...pair('total_paid', grandTotal),
          ...pair('discount_tax_compensation_invoiced', ZERO),
          base_total_invoiced_cost: 0,
        }
      : {}),
    ...(spec.canceledAt === undefined ? {} : after('canceled', grandTotal)),
    ...(refunds === 0 ? {} : refundedTotals(spec, sums, refunded)),
  };
}

function refundedTotals(spec: MagentoOrderSpec, { subtotal, discount, tax }: OrderSums, refunded: Money): MagentoDocument {
  const isFull = stateOf(spec, refunded, refunded) === 'closed' && (spec.refunds ?? []).every(({ adjustment }) => adjustment === undefined);
  const adjustment = (spec.refunds ?? []).reduce((total, refund) => total + decimal(refund.adjustment ?? '0'), 0n);
  return {
    ...pair('adjustment_positive', { base: adjustment, order: adjustment }),
    ...pairs(['adjustment_negative', 'discount_tax_compensation_refunded', 'shipping_refunded', 'shipping_tax_refunded'], ZERO),
    ...(isFull
      ? { ...pair('subtotal_refunded', subtotal), ...pair('discount_refunded', negative(discount)), ...pair('tax_refunded', tax) }
      : {}),
    ...pair('total_refunded', refunded),
    ...pair('total_offline_refunded', refunded),
  };
}

function paymentFields(spec: MagentoOrderSpec, { grandTotal }: OrderSums, refunded: Money): MagentoDocument {
  return {
    account_status: null,
    additional_information: ['Check / Money order'],
    ...pair('amount_ordered', grandTotal),
    ...(spec.paidAt === undefined ? {} : { ...pair('amount_paid', grandTotal), ...pair('shipping_captured', ZERO) }),
    ...(refunded.base === 0n ? {} : { ...pair('amount_refunded', refunded), ...pair('shipping_refunded', ZERO) }),
    ...pair('shipping_amount', ZERO),
    cc_last4: null,
    entity_id: spec.id,
    method: 'checkmo',
    parent_id: spec.id,
  };
}

function billingAddress({ id, customer }: MagentoOrderSpec): MagentoDocument {
  return {
    address_type: 'billing',
    city: 'Paris',
    country_id: 'FR',
    email: customer.email,
    entity_id: id,
    firstname: customer.firstname,
    lastname: customer.lastname,
    parent_id: id,
    postcode: '75001',
    street: ['1 rue de Rivoli'],
    telephone: '0600000000',
    ...customer.address,
  };
}

/** The assignments repeat every item, which is why a reader asks for fields. */
function extensionAttributes(
  spec: MagentoOrderSpec,
  items: readonly SoldItem[],
  { tax }: OrderSums,
  documents: readonly MagentoDocument[],
  refunds: number,
): MagentoDocument {
  const percent = json(decimal(spec.taxPercent ?? '20'));
  const code = `FR-${percent}`;
  const applied = ({ base, order }: Money) => ({ code, title: code, percent, amount: json(order), base_amount: json(base) });
  const shipping = {
    ...pairs(['shipping_amount', 'shipping_discount_amount', 'shipping_incl_tax', 'shipping_tax_amount'], ZERO),
    base_shipping_discount_tax_compensation_amnt: 0,
    shipping_discount_tax_compensation_amount: 0,
    ...(spec.paidAt === undefined ? {} : pair('shipping_invoiced', ZERO)),
    ...(spec.canceledAt === undefined ? {} : pair('shipping_canceled', ZERO)),
    ...(refunds === 0 ? {} : pairs(['shipping_refunded', 'shipping_tax_refunded'], ZERO)),
  };
  return {
    shipping_assignments: [{ shipping: { total: shipping }, items: documents }],
    payment_additional_info: [{ key: 'method_title', value: 'Check / Money order' }],
    applied_taxes: [applied(tax)],
    item_applied_taxes: items
      .filter(({ isDummy }) => !isDummy)
      .map((item) => ({ type: 'product', item_id: item.document.item_id, applied_taxes: [applied(item.tax)] })),
    converting_from_quote: false,
    taxes: [
      { tax_id: spec.id, order_id: spec.id, ...applied(tax), base_real_amount: json(tax.base), priority: 0, position: 0, process: 0 },
    ],
    additional_itemized_taxes: [],
  };
}

function refundHistory(spec: MagentoOrderSpec, index: number, total: Money, state: string): MagentoDocument {
  const amount = new Intl.NumberFormat('en-US', { style: 'currency', currency: SHOP_CURRENCY }).format(json(total.base));
  return {
    comment: `We refunded ${amount} offline.`,
    created_at: spec.refunds?.[index]?.at ?? spec.placedAt,
    entity_id: spec.id * 10 + index,
    entity_name: 'creditmemo',
    is_customer_notified: 0,
    is_visible_on_front: 0,
    parent_id: spec.id,
    status: state,
  };
}

function lastOf(stamps: readonly (string | undefined)[]): string {
  return (
    stamps
      .filter((stamp) => stamp !== undefined)
      .sort()
      .at(-1) ?? ''
  );
}
