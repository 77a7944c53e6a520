import { installedStates, type OrderRows } from './order-builder.js';
import type { NativeRow, PrestaShopData } from './sandbox-resources.js';

/** Puts orders into a shop's rows; a customer who is already there is not added again. */
export function addOrders(data: PrestaShopData, orders: readonly OrderRows[]): void {
  const add = (resource: string, rows: readonly NativeRow[]) => {
    data[resource] ??= [];
    data[resource].push(...rows);
  };
  const known = new Set((data.customers ?? []).map((customer) => customer.id));
  for (const { order, customer, ...rows } of orders) {
    add('orders', [order]);
    for (const [resource, belonging] of Object.entries(rows)) add(resource, belonging);
    if (!known.has(customer.id)) add('customers', [customer]);
    known.add(customer.id);
  }
}

/** A shop without orders: one shop, the states that PrestaShop is installed with (as far as they decide about money), euro and dollar. */
export function emptyPrestaShop(name: string): PrestaShopData {
  const state = (id: number, title: string, paid: boolean) => ({
    id,
    deleted: '0',
    logable: paid ? '1' : '0',
    paid: paid ? '1' : '0',
    name: [{ id: 1, value: title }],
  });
  const currency = (id: number, code: string, rate: string) => ({
    id,
    name: code,
    iso_code: code,
    conversion_rate: rate,
    deleted: '0',
    active: '1',
  });
  return {
    shops: [{ id: 1, id_shop_group: 1, id_category: 2, active: 1, deleted: 0, name, color: '', theme_name: 'classic' }],
    order_states: [
      state(installedStates.awaiting, 'Awaiting check payment', false),
      state(installedStates.paid, 'Payment accepted', true),
      state(installedStates.delivered, 'Delivered', true),
      state(installedStates.cancelled, 'Canceled', false),
      state(installedStates.refunded, 'Refunded', false),
    ],
    currencies: [currency(1, 'EUR', '1.000000'), currency(2, 'USD', '1.085000')],
  };
}
