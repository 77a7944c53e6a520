import { defineEntity, type InferEntity, p } from '@mikro-orm/core';
import { id, instant, seesCustomer } from './columns.js';

/** Who bought. Orders of guests and of accounts meet by e-mail address, kept in lower case. */
export const Customer = defineEntity({
  name: 'Customer',
  tableName: 'customer',
  properties: {
    id: id(),
    email: p.string().columnType('text').unique(),
    name: p.string().columnType('text').strictNullable(),
    createdAt: instant(),
  },
  checks: [{ name: 'customer_email_check', expression: `email = lower(email) and email ~~ '%_@_%'` }],
  policies: [{ name: 'customer_scope', using: seesCustomer('id') }],
  rowLevelSecurity: 'force',
});
export type CustomerRow = InferEntity<typeof Customer>;
