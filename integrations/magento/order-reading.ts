import type { PaymentState, ShopOrder, UnknownFact } from '../store-platform.js';
import { formatDecimal } from './exact-amount.js';
import { type BundlePricings, orderLines } from './order-lines.js';
import type { Order } from './replies.js';

/** What is known besides the order's own document. */
export interface OrderSurroundings {
  readonly bundlePricings: BundlePricings;
  /** By order id: the stamp of the latest paid invoice. `null` when invoices could not be read. */
  readonly lastPaidInvoices: ReadonlyMap<string, string> | null;
}

/** States in which Magento itself does not hold the order for paid, whatever the amounts say. */
const NOT_YET: readonly string[] = ['new', 'pending_payment', 'payment_review'];
/** Canceled before, closed after the money came; closed is a refund in full, while a partly refunded order stays complete. */
const REVERSED: readonly string[] = ['canceled', 'closed'];

/** What an order document of Magento means. Decides on `state`, never on `status`, which is free text; amounts are in the order's currency. */
export function shopOrder(order: Order, surroundings: OrderSurroundings): ShopOrder {
  const payment = paymentOf(order);
  const paid = paidAt(order, payment, surroundings.lastPaidInvoices);
  const { lines, unknown } = orderLines(order.items, surroundings.bundlePricings);
  const name = [order.customer_firstname, order.customer_lastname].filter((part) => part != null && part !== '').join(' ');
  return {
    orderId: order.entity_id,
    orderNumber: order.increment_id,
    payment,
    placedAt: instant(order.created_at),
    paidAt: paid.stamp === null ? null : instant(paid.stamp),
    changedAt: order.updated_at,
    updatedAt: instant(order.updated_at),
    customer: {
      email: order.customer_email,
      name: name === '' ? null : name,
      customerId: order.customer_id == null || order.customer_id === '0' ? null : order.customer_id,
    },
    currencyCode: order.order_currency_code,
    baseCurrencyCode: order.base_currency_code ?? null,
    baseToOrderRate: order.base_to_order_rate == null ? null : formatDecimal(order.base_to_order_rate),
    lines,
    unknown: [...paid.unknown, ...unknown],
  };
}

/** An order on hold is what its amounts say. Nothing due in either currency is enough, as the two are rounded apart. */
function paymentOf(order: Order): PaymentState {
  if (REVERSED.includes(order.state)) return 'REVERSED';
  const isNothingDue = order.base_total_due === 0n || (order.total_paid ?? 0n) >= order.grand_total;
  return isNothingDue && !NOT_YET.includes(order.state) ? 'PAID' : 'UNPAID';
}

function paidAt(
  order: Order,
  payment: PaymentState,
  lastPaidInvoices: OrderSurroundings['lastPaidInvoices'],
): { readonly stamp: string | null; readonly unknown: readonly UnknownFact[] } {
  const hadMoney = payment === 'PAID' || (payment === 'REVERSED' && (order.total_paid ?? 0n) > 0n);
  if (!hadMoney) return { stamp: null, unknown: [] };
  const invoiced = lastPaidInvoices?.get(order.entity_id);
  if (invoiced !== undefined) return { stamp: invoiced, unknown: [] };
  const because =
    lastPaidInvoices === null
      ? 'the shop does not let invoices be read (grant Magento_Sales::sales_invoice); the time of the order stands in'
      : 'the order has no paid invoice; the time of the order stands in';
  return { stamp: order.created_at, unknown: [{ fact: 'paidAt', because }] };
}

/** Magento's stamps are UTC whatever the zone of the shop. */
export function instant(stamp: string): string {
  return `${stamp.replace(' ', 'T')}Z`;
}
