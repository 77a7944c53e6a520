import { defineEntity, type InferEntity, p } from '@mikro-orm/core';
import { currencyCode, id, instant, seesCustomer, wholeNumber } from './columns.js';
import { Customer } from './customer.js';

/** Prepaid support minutes that were ordered and paid: kept as facts, to be granted by the time ledger. */
export const PrepaidTimeOrder = defineEntity({
  name: 'PrepaidTimeOrder',
  tableName: 'prepaid_time_order',
  properties: {
    id: id(),
    customer: () => p.manyToOne(Customer).ref(),
    shop: p.string().columnType('text'),
    orderId: p.string().columnType('text'),
    orderNumber: p.string().columnType('text'),
    orderLine: p.string().columnType('text'),
    paidAt: instant(),
    minutes: wholeNumber(),
    refundedMinutes: wholeNumber(),
    paidMinor: wholeNumber(),
    currencyCode: currencyCode(),
  },
  uniques: [{ properties: ['shop', 'orderId', 'orderLine'] }],
  indexes: [{ properties: ['customer'] }],
  checks: [
    { name: 'prepaid_time_order_minutes_check', expression: 'minutes > 0 and refunded_minutes >= 0 and refunded_minutes <= minutes' },
    { name: 'prepaid_time_order_paid_minor_check', expression: 'paid_minor >= 0' },
  ],
  policies: [{ name: 'prepaid_time_order_scope', using: seesCustomer('customer_id') }],
  rowLevelSecurity: 'force',
});
export type PrepaidTimeOrderRow = InferEntity<typeof PrepaidTimeOrder>;
