import type { z } from 'zod';
import type { ShopCustomer, ShopOrder, UnknownFact, UnreadableRow } from '../store-platform.js';
import { readLines } from './order-lines.js';
import { type PaidStates, readPayment } from './order-payment.js';
import {
  type CustomerRow,
  customerSchema,
  faultsOf,
  orderCartRuleSchema,
  orderDetailSchema,
  orderHistorySchema,
  orderSchema,
  rowIdOf,
} from './replies.js';
import { shopMoment } from './shop-time.js';

/** Raw rows that belong to a page of orders, by the order's id (customers by their own); `null` where the right is missing. */
export interface RelatedRows {
  readonly details: ReadonlyMap<string, readonly unknown[]>;
  readonly customers: ReadonlyMap<string, readonly unknown[]>;
  readonly histories: ReadonlyMap<string, readonly unknown[]> | null;
  readonly cartRules: ReadonlyMap<string, readonly unknown[]> | null;
}

/** What is the same for every order of a reading. */
export interface OrderSurroundings {
  readonly timeZone: string;
  readonly states: PaidStates;
  readonly currencyCodes: ReadonlyMap<string, string>;
  /** The shop's default currency; `null` where it cannot be told. */
  readonly baseCurrencyCode: string | null;
}

/** A row that cannot be understood: what was expected and not found, without its values. */
class Unreadable extends Error {}

/** One order of plain facts from its rows, or the row set aside with what is wrong with it. It is never half of an order. */
export function readOrder(row: unknown, related: RelatedRows, around: OrderSurroundings): ShopOrder | UnreadableRow {
  try {
    return assembled(row, related, around);
  } catch (error) {
    if (!(error instanceof Unreadable)) throw error;
    return { id: rowIdOf(row), message: error.message, original: row };
  }
}

function assembled(row: unknown, related: RelatedRows, around: OrderSurroundings): ShopOrder {
  const order = parsed(orderSchema, row, 'orders');
  const rowsOf = <S extends z.ZodType>(schema: S, rows: RelatedRows['details'], resource: string) =>
    (rows.get(order.id) ?? []).map((related) => parsed(schema, related, resource));
  const details = rowsOf(orderDetailSchema, related.details, 'order_details');
  if (details.length === 0) throw new Unreadable('order_details: the order has none');
  const currencyCode = around.currencyCodes.get(order.id_currency);
  if (currencyCode === undefined) throw new Unreadable('currencies: the currency of the order is not there');
  const history = related.histories && rowsOf(orderHistorySchema, related.histories, 'order_histories');
  const cartRules = related.cartRules && rowsOf(orderCartRuleSchema, related.cartRules, 'order_cart_rules');

  const { lines, doubt } = readLines(order, details, cartRules);
  const { payment, paidStamp, unknown } = readPayment(order, history, around.states);
  const placed = shopMoment(order.date_add, around.timeZone);
  const updated = shopMoment(order.date_upd, around.timeZone);
  const paid = paidStamp === null ? null : shopMoment(paidStamp, around.timeZone);
  return {
    orderId: order.id,
    orderNumber: order.reference,
    payment,
    placedAt: placed.instant,
    paidAt: paid?.instant ?? null,
    changedAt: order.date_upd,
    updatedAt: updated.instant,
    customer: customerOf(order.id_customer, related),
    currencyCode,
    baseCurrencyCode: around.baseCurrencyCode,
    baseToOrderRate: order.conversion_rate,
    lines,
    unknown: [
      ...unknown,
      ...doubts('placedAt', placed.doubt),
      ...doubts('paidAt', paid?.doubt ?? null),
      ...doubts('updatedAt', updated.doubt),
      ...doubts('lines.paidNet', doubt),
      ...doubts('baseCurrencyCode', around.baseCurrencyCode === null ? 'Not exactly one currency has the rate 1' : null),
    ],
  };
}

function customerOf(customerId: string, related: RelatedRows): ShopCustomer {
  const row = related.customers.get(customerId)?.[0];
  if (row === undefined) throw new Unreadable('customers: the customer of the order is not there');
  const customer: CustomerRow = parsed(customerSchema, row, 'customers');
  const person = `${customer.firstname} ${customer.lastname}`.trim();
  return { email: customer.email, name: person || customer.company || null, customerId: customer.is_guest ? null : customer.id };
}

function doubts(fact: string, because: string | null): UnknownFact[] {
  return because === null ? [] : [{ fact, because }];
}

function parsed<S extends z.ZodType>(schema: S, row: unknown, resource: string): z.output<S> {
  const read = schema.safeParse(row);
  if (!read.success) throw new Unreadable(`${resource}: ${faultsOf(read.error)}`);
  return read.data;
}
