import { afterEach, describe, expect, test } from '@jest/globals';
import type { OrderSpec } from '../../../integrations/prestashop/order-builder.js';
import type { NativeRow } from '../../../integrations/prestashop/sandbox-resources.js';
import type { PaymentState } from '../../../integrations/store-platform.js';
import { all, closeShops, connector, openShop, spec } from './open-shop.js';

afterEach(closeShops);

describe('payment', () => {
  const paymentTable: [Partial<OrderSpec>, PaymentState, string | null, string][] = [
    [{ paidAt: undefined }, 'UNPAID', null, 'no money yet'],
    [{}, 'PAID', '2026-03-01T10:00:30Z', 'its history says when'],
    [{ cancelledAt: '2026-03-02T08:00:00Z', paidAt: undefined }, 'UNPAID', null, 'cancelled before any money came'],
    [{ cancelledAt: '2026-03-02T08:00:00Z' }, 'REVERSED', '2026-03-01T10:00:30Z', 'it had been paid and is not any more'],
    [{ refundedAt: '2026-03-02T08:00:00Z' }, 'REVERSED', '2026-03-01T10:00:30Z', 'handed back in full'],
  ];
  test.each(paymentTable)('%j is %s at %s because %s', async (more, payment, paidAt) => {
    const opened = await openShop([spec(1, more)]);
    const { rows } = await all(connector(opened).readOrders(null));
    expect(rows).toMatchObject([{ payment, paidAt, unknown: [] }]);
  });
});

describe('what counts as paid', () => {
  test.each([
    [{ paid: '1', logable: '0' }, '0', 'PAID', [], 'the state says the money is there'],
    [{ paid: '0', logable: '1' }, '0', 'PAID', [], 'the state makes the order valid'],
    [{ paid: '0', logable: '0' }, '1', 'PAID', ['paidAt'], 'the order is valid although its states were changed since; nothing says when'],
    [{ paid: '0', logable: '0' }, '0', 'UNPAID', [], 'nothing says so, whatever the state is called'],
  ])('with state 2 as %j and valid %s an order is %s with %j unknown because %s', async (flags, valid, payment, unknown) => {
    const shop = await openShop([spec(1)]);
    Object.assign(shop.data.order_states?.find((state) => state.id === 2) ?? {}, flags);
    Object.assign(shop.data.orders?.[0] ?? {}, { valid });
    const { rows } = await all(connector(shop).readOrders(null));
    expect(rows.map((order) => [order.payment, order.unknown.map((one) => one.fact)])).toEqual([[payment, unknown]]);
    expect(rows[0]?.paidAt).toBe(payment === 'PAID' ? '2026-03-01T10:00:30Z' : null);
  });
});

describe('vouchers', () => {
  const lines = [
    { sku: 'A', name: 'A', quantity: 3, price: '33.33', taxRate: 20 },
    { sku: 'B', name: 'B', quantity: 1, price: '10', taxRate: 0 },
  ];

  test('are spread exactly, and no tax is taken from a line that has none', async () => {
    const opened = await openShop([spec(1, { lines, voucher: { code: 'TEN', net: '10.999', gross: '12.816818' } })]);
    const { rows } = await all(connector(opened).readOrders(null));
    const [a, b] = rows[0]?.lines ?? [];
    expect([a?.paidNet, b?.paidNet]).toEqual(['89.991', '9.00']);
    expect([a?.paidTax, b?.paidTax]).toEqual(['18.180182', '0.00']);
  });

  test.each([
    [true, '99.99', 'the shipping was given, not the goods'],
    [false, '94.99', 'the goods were made cheaper'],
  ])('with free shipping %p leave %s because %s', async (freesShipping, paidNet) => {
    const voucher = { code: 'SHIP', net: '5', gross: '6', freesShipping };
    const line = { sku: 'A', name: 'A', quantity: 3, price: '33.33' };
    const opened = await openShop([spec(1, { lines: [line], voucher, shipping: { net: '5', gross: '6' } })]);
    const { rows } = await all(connector(opened).readOrders(null));
    expect(rows[0]?.lines[0]?.paidNet).toBe(paidNet);
    expect(rows[0]?.unknown).toEqual([]);
  });

  test('that outweigh the goods leave them free, never below', async () => {
    const opened = await openShop([spec(1, { voucher: { code: 'ALL', net: '120', gross: '144' }, shipping: { net: '20', gross: '24' } })]);
    const { rows } = await all(connector(opened).readOrders(null));
    expect(rows[0]?.lines).toMatchObject([{ paidNet: '0.00', paidTax: '0.00', unitListPrice: '100.00' }]);
  });
});

describe('rows that cannot be understood', () => {
  const brokenTable: [string, NativeRow, NativeRow, string][] = [
    ['orders', { id: 2 }, { valid: 'yes' }, 'a flag is 0 or 1'],
    ['orders', { id: 2 }, { date_add: '0000-00-00 00:00:00' }, 'every order was placed at some time'],
    ['orders', { id: 2 }, { id_currency: 99 }, 'its currency is not there'],
    ['orders', { id: 2 }, { id_customer: 99 }, 'its customer is not there'],
    ['order_details', { id_order: 2 }, { total_price_tax_excl: '1e3' }, 'an amount is a plain decimal'],
    ['order_details', { id_order: 2 }, { product_price: '9'.repeat(21) }, 'nobody pays that, and digits cost time'],
    ['orders', { id: 2 }, { conversion_rate: '1000000000000.5' }, 'no such rate can be kept'],
    ['order_details', { id_order: 2 }, { id_order: 99 }, 'an order has lines'],
    ['order_histories', { id_order: 2 }, { date_add: 'yesterday' }, 'a stamp has one form'],
  ];
  test.each(brokenTable)('%s %j with %j is set aside because %s, and its neighbours are read', async (resource, where, change) => {
    const opened = await openShop([spec(1), spec(2), spec(3)]);
    const [[field, value] = ['', 0]] = Object.entries(where);
    for (const row of opened.data[resource] ?? []) if (row[field] === value) Object.assign(row, change);
    const { rows, unreadable } = await all(connector(opened).readOrders(null));
    expect(rows.map((order) => order.orderId)).toEqual(['1', '3']);
    expect(unreadable).toMatchObject([{ id: '2', original: { id: 2 } }]);
  });

  test('say what is wrong without any value', async () => {
    const opened = await openShop([spec(1, { customer: { id: 7, email: 'not-an-address', firstname: 'Ana', lastname: 'Lima' } })]);
    const { unreadable } = await all(connector(opened).readOrders(null));
    expect(unreadable[0]?.message).toMatch(/^customers: email: /);
    expect(unreadable[0]?.message).not.toContain('not-an-address');
  });
});
