import { defineEntity, type InferEntity, p } from '@mikro-orm/core';
import { id, instant, seesCustomer } from './columns.js';
import { Customer } from './customer.js';

/** One shop of a customer in all its environments: one production store, and those for staging and development. Purchases are meant for the group. */
export const StoreGroup = defineEntity({
  name: 'StoreGroup',
  tableName: 'store_group',
  properties: {
    id: id(),
    customer: () => p.manyToOne(Customer).ref(),
    name: p.string().columnType('text'),
    createdAt: instant(),
  },
  indexes: [{ properties: ['customer'] }],
  policies: [{ name: 'store_group_scope', using: seesCustomer('customer_id') }],
  rowLevelSecurity: 'force',
});
export type StoreGroupRow = InferEntity<typeof StoreGroup>;
