import { type Millionths, parseAmount, storedAmount } from './exact-amount.js';
import type { NativeRow } from './sandbox-resources.js';
import { noStamp, stampAt } from './shop-time.js';

/** The states that decide about money, by the numbers PrestaShop is installed with. */
export const installedStates = { awaiting: 1, paid: 2, delivered: 5, cancelled: 6, refunded: 7 } as const;

/** An order as one would tell it; instants are RFC 3339, amounts decimal strings in the order's currency. */
export interface OrderSpec {
  readonly id: number;
  /** Not unique in PrestaShop; "ORDER" and the id by default. */
  readonly reference?: string;
  readonly customer: CustomerSpec;
  /** One of the shop's currencies; 1 at the rate 1 by default. */
  readonly currency?: { readonly id: number; readonly rate: string };
  /** IANA zone of the shop, in whose wall clock the rows are stamped. */
  readonly timeZone: string;
  readonly placedAt: string;
  readonly paidAt?: string | undefined;
  readonly cancelledAt?: string | undefined;
  /** The whole order handed back: its state leaves the paid ones. */
  readonly refundedAt?: string | undefined;
  readonly lines: readonly LineSpec[];
  readonly voucher?: VoucherSpec | undefined;
  readonly shipping?: { readonly net: string; readonly gross: string } | undefined;
  /** A credit slip over some of the lines; the order's state stays. */
  readonly slip?: SlipSpec | undefined;
  readonly shopId?: number;
}

export interface CustomerSpec {
  readonly id: number;
  readonly email: string;
  readonly firstname: string;
  readonly lastname: string;
  readonly company?: string;
  readonly isGuest?: boolean;
}

export interface LineSpec {
  readonly sku: string;
  readonly name: string;
  readonly quantity: number;
  /** Net list price of one. */
  readonly price: string;
  /** Percent; 20 by default. */
  readonly taxRate?: number;
  /** Percent off by a specific price. */
  readonly reduction?: number;
  readonly productId?: number;
}

export interface VoucherSpec {
  readonly code: string;
  readonly net: string;
  readonly gross: string;
  readonly freesShipping?: boolean;
}

export interface SlipSpec {
  readonly refundedAt: string;
  /** Quantities handed back, in the order of the lines; 0 for none. */
  readonly quantities: readonly number[];
}

/** The rows that PrestaShop would keep of an order, in its own tables. */
export interface OrderRows {
  readonly order: NativeRow;
  readonly order_details: readonly NativeRow[];
  readonly order_histories: readonly NativeRow[];
  readonly order_payments: readonly NativeRow[];
  readonly order_cart_rules: readonly NativeRow[];
  readonly order_slip: readonly NativeRow[];
  readonly customer: NativeRow;
}

/** Ids of rows that belong to an order: its own, times this, plus their place. */
const rowsPerOrder = 100;

/** Rows of one order, consistent with each other. Ids of the rows that belong to it follow from its own. */
export function prestashopOrder(spec: OrderSpec): OrderRows {
  const stamp = (instant: string) => stampAt(instant, spec.timeZone);
  const steps = stateSteps(spec);
  const lines = spec.lines.map(priced);
  const slip = spec.slip && slipRow(spec, spec.slip, lines);
  return {
    order: orderRow(spec, steps, lines),
    order_details: lines.map((line, index) => detailRow(spec, line, index)),
    order_histories: steps.map(({ state, at }, index) => ({
      id: rowId(spec, index),
      id_employee: 0,
      id_order_state: state,
      id_order: spec.id,
      date_add: stamp(at),
    })),
    order_payments: spec.paidAt === undefined ? [] : [paymentRow(spec, spec.paidAt, total(spec, lines).gross)],
    order_cart_rules: spec.voucher ? [cartRuleRow(spec, spec.voucher)] : [],
    order_slip: slip ? [slip] : [],
    customer: customerRow(spec.customer, stamp(spec.placedAt)),
  };
}

interface PricedLine extends LineSpec {
  readonly productId: number;
  readonly unitNet: Millionths;
  readonly unitGross: Millionths;
}

/** Unit prices as charged, rounded down to a millionth. */
function priced(line: LineSpec, index: number): PricedLine {
  const unitNet = (parseAmount(line.price) * BigInt(100 - (line.reduction ?? 0))) / 100n;
  const unitGross = (unitNet * BigInt(100 + (line.taxRate ?? 20))) / 100n;
  return { ...line, productId: line.productId ?? index + 1, unitNet, unitGross };
}

interface StateStep {
  readonly state: number;
  readonly at: string;
}

function stateSteps(spec: OrderSpec): StateStep[] {
  const step = (state: number, at: string | undefined): StateStep[] => (at === undefined ? [] : [{ state, at }]);
  return [
    ...step(installedStates.awaiting, spec.placedAt),
    ...step(installedStates.paid, spec.paidAt),
    ...step(installedStates.cancelled, spec.cancelledAt),
    ...step(installedStates.refunded, spec.refundedAt),
  ];
}

function total(spec: OrderSpec, lines: readonly PricedLine[]): { net: Millionths; gross: Millionths } {
  const net = lines.reduce((sum, line) => sum + line.unitNet * BigInt(line.quantity), 0n);
  const gross = lines.reduce((sum, line) => sum + line.unitGross * BigInt(line.quantity), 0n);
  return {
    net: net + parseAmount(spec.shipping?.net ?? '0') - parseAmount(spec.voucher?.net ?? '0'),
    gross: gross + parseAmount(spec.shipping?.gross ?? '0') - parseAmount(spec.voucher?.gross ?? '0'),
  };
}

function orderRow(spec: OrderSpec, steps: readonly StateStep[], lines: readonly PricedLine[]): NativeRow {
  const { net, gross } = total(spec, lines);
  const last = steps.at(-1) ?? { state: installedStates.awaiting, at: spec.placedAt };
  const stamp = (instant: string) => stampAt(instant, spec.timeZone);
  return {
    id: spec.id,
    id_currency: spec.currency?.id ?? 1,
    id_lang: 1,
    id_customer: spec.customer.id,
    id_carrier: 0,
    current_state: last.state,
    module: 'ps_checkout',
    invoice_number: spec.paidAt === undefined ? 0 : spec.id,
    invoice_date: spec.paidAt === undefined ? noStamp : stamp(spec.paidAt),
    valid: last.state === installedStates.paid ? '1' : '0',
    date_add: stamp(spec.placedAt),
    date_upd: stamp(last.at),
    shipping_number: null,
    id_shop: spec.shopId ?? 1,
    payment: 'Card',
    total_discounts: storedAmount(parseAmount(spec.voucher?.gross ?? '0')),
    total_discounts_tax_incl: storedAmount(parseAmount(spec.voucher?.gross ?? '0')),
    total_discounts_tax_excl: storedAmount(parseAmount(spec.voucher?.net ?? '0')),
    total_paid: storedAmount(gross),
    total_paid_tax_incl: storedAmount(gross),
    total_paid_tax_excl: storedAmount(net),
    total_paid_real: spec.paidAt === undefined ? '0.000000' : storedAmount(gross),
    total_shipping_tax_incl: storedAmount(parseAmount(spec.shipping?.gross ?? '0')),
    total_shipping_tax_excl: storedAmount(parseAmount(spec.shipping?.net ?? '0')),
    conversion_rate: spec.currency?.rate ?? '1.000000',
    reference: spec.reference ?? `ORDER${spec.id}`,
    associations: { order_rows: lines.map((line, index) => orderedRow(spec, line, index)) },
  };
}

function orderedRow(spec: OrderSpec, line: PricedLine, index: number): NativeRow {
  return {
    id: rowId(spec, index),
    product_id: line.productId,
    product_attribute_id: 0,
    product_quantity: line.quantity,
    product_name: line.name,
    product_reference: line.sku,
    product_price: storedAmount(parseAmount(line.price)),
    unit_price_tax_incl: storedAmount(line.unitGross),
    unit_price_tax_excl: storedAmount(line.unitNet),
  };
}

function detailRow(spec: OrderSpec, line: PricedLine, index: number): NativeRow {
  return {
    ...orderedRow(spec, line, index),
    id_order: spec.id,
    id_shop: spec.shopId ?? 1,
    product_quantity_refunded: spec.slip?.quantities[index] ?? 0,
    product_quantity_return: 0,
    reduction_percent: `${line.reduction ?? 0}.00`,
    total_price_tax_incl: storedAmount(line.unitGross * BigInt(line.quantity)),
    total_price_tax_excl: storedAmount(line.unitNet * BigInt(line.quantity)),
    original_product_price: storedAmount(parseAmount(line.price)),
  };
}

function paymentRow(spec: OrderSpec, paidAt: string, gross: Millionths): NativeRow {
  return {
    id: rowId(spec, 0),
    order_reference: spec.reference ?? `ORDER${spec.id}`,
    id_currency: spec.currency?.id ?? 1,
    amount: storedAmount(gross),
    payment_method: 'Card',
    date_add: stampAt(paidAt, spec.timeZone),
  };
}

function cartRuleRow(spec: OrderSpec, voucher: VoucherSpec): NativeRow {
  return {
    id: rowId(spec, 0),
    id_order: spec.id,
    name: voucher.code,
    value: storedAmount(parseAmount(voucher.gross)),
    value_tax_excl: storedAmount(parseAmount(voucher.net)),
    free_shipping: voucher.freesShipping ? '1' : '0',
    deleted: '0',
  };
}

function slipRow(spec: OrderSpec, slip: SlipSpec, lines: readonly PricedLine[]): NativeRow {
  const back = lines
    .map((line, index) => ({ line, index, quantity: BigInt(slip.quantities[index] ?? 0) }))
    .filter((part) => part.quantity > 0n);
  const net = back.reduce((sum, { line, quantity }) => sum + line.unitNet * quantity, 0n);
  const gross = back.reduce((sum, { line, quantity }) => sum + line.unitGross * quantity, 0n);
  const at = stampAt(slip.refundedAt, spec.timeZone);
  return {
    id: rowId(spec, 0),
    id_customer: spec.customer.id,
    id_order: spec.id,
    conversion_rate: spec.currency?.rate ?? '1.000000',
    total_products_tax_excl: storedAmount(net),
    total_products_tax_incl: storedAmount(gross),
    total_shipping_tax_excl: '0.000000',
    total_shipping_tax_incl: '0.000000',
    amount: storedAmount(net),
    partial: 1,
    date_add: at,
    date_upd: at,
    order_slip_type: 0,
    associations: {
      order_slip_details: back.map(({ line, index, quantity }) => ({
        id: rowId(spec, index),
        id_order_detail: rowId(spec, index),
        product_quantity: Number(quantity),
        amount_tax_excl: storedAmount(line.unitNet * quantity),
        amount_tax_incl: storedAmount(line.unitGross * quantity),
      })),
    },
  };
}

/** With the columns that PrestaShop should not show and does. */
function customerRow(customer: CustomerSpec, since: string): NativeRow {
  return {
    id: customer.id,
    secure_key: String(customer.id).padStart(32, '0'),
    deleted: '0',
    passwd: '$2y$10$not.a.real.hash.but.the.real.shop.would.show.one.here',
    lastname: customer.lastname,
    firstname: customer.firstname,
    email: customer.email,
    company: customer.company ?? '',
    active: '1',
    is_guest: customer.isGuest ? '1' : '0',
    date_add: since,
    date_upd: since,
  };
}

function rowId(spec: OrderSpec, index: number): number {
  return spec.id * rowsPerOrder + index + 1;
}
