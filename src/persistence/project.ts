import { defineEntity, type InferEntity, p } from '@mikro-orm/core';
import { id, instant, seesCustomer } from './columns.js';
import { Customer } from './customer.js';

/** What a customer's prepaid time is assigned to: usually one shop, or one undertaking in it. */
export const Project = defineEntity({
  name: 'Project',
  tableName: 'project',
  properties: {
    id: id(),
    customer: () => p.manyToOne(Customer).ref(),
    /** Unique among the customer's projects. */
    name: p.string().columnType('text'),
    createdAt: instant(),
  },
  uniques: [{ properties: ['customer', 'name'] }],
  policies: [{ name: 'project_scope', using: seesCustomer('customer_id') }],
  rowLevelSecurity: 'force',
});
export type ProjectRow = InferEntity<typeof Project>;
