import type { PaymentState } from '../store-platform.js';
import type { OrderHistoryRow, OrderRow } from './replies.js';

/** Whether an order in this state counts as paid: PrestaShop's `paid` or `logable`, never its name or number. */
export type PaidStates = ReadonlyMap<string, boolean>;

export interface PaymentReading {
  readonly payment: PaymentState;
  /** The shop's own stamp; `null` when it never was paid. */
  readonly paidStamp: string | null;
  readonly unknown: readonly { readonly fact: 'payment' | 'paidAt'; readonly because: string }[];
}

/**
 * What the order's flag, its state and its history (`null`: not readable) say about the money. PAID when it is valid or in a paid
 * state; REVERSED only when its history shows a paid state that it has left; else UNPAID, which covers "not yet" and "cancelled".
 * It was paid when its history first shows a paid state; without that, at the invoice or, failing it, the order's date, and says so.
 */
export function readPayment(order: OrderRow, history: readonly OrderHistoryRow[] | null, states: PaidStates): PaymentReading {
  const isPaid = order.valid || states.get(order.current_state) === true;
  const firstPaid = (history ?? []).toSorted(byId).find((entry) => states.get(entry.id_order_state) === true);
  if (firstPaid) return { payment: isPaid ? 'PAID' : 'REVERSED', paidStamp: firstPaid.date_add, unknown: [] };
  if (isPaid) {
    const because = `${history ? 'The history shows no paid state' : 'Grant GET on order_histories'}: the ${order.invoice_date ? "invoice's" : "order's"} date was taken`;
    return { payment: 'PAID', paidStamp: order.invoice_date ?? order.date_add, unknown: [{ fact: 'paidAt', because }] };
  }
  const unknown = history
    ? []
    : [{ fact: 'payment' as const, because: 'Grant GET on order_histories to tell whether it had been paid before' }];
  return { payment: 'UNPAID', paidStamp: null, unknown };
}

function byId(one: OrderHistoryRow, other: OrderHistoryRow): number {
  const difference = BigInt(one.id) - BigInt(other.id);
  return difference === 0n ? 0 : difference < 0n ? -1 : 1;
}
