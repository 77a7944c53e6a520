import { defineEntity, type InferEntity, p } from '@mikro-orm/core';
import { id, instant, seesCustomer } from './columns.js';
import { Customer } from './customer.js';

/** A customer lets another one, its agency, act for it, until it takes that back. */
export const Delegation = defineEntity({
  name: 'Delegation',
  tableName: 'delegation',
  properties: {
    id: id(),
    customer: () => p.manyToOne(Customer).ref(),
    agency: () => p.manyToOne(Customer).ref(),
    /** What the agency may do for the customer: never more than the customer itself. */
    scopes: p.array().columnType('text[]').$type<string[]>(),
    grantedAt: instant(),
    /** Evidence: who granted it, as closely as is known. */
    grantedBy: p.string().columnType('text'),
    expiresAt: instant().strictNullable(),
    revokedAt: instant().strictNullable(),
  },
  uniques: [{ name: 'delegation_standing_unique', properties: ['customer', 'agency'], where: 'revoked_at is null' }],
  indexes: [{ properties: ['agency'] }],
  checks: [{ name: 'delegation_agency_check', expression: 'agency_id <> customer_id' }],
  policies: [{ name: 'delegation_scope', using: `${seesCustomer('customer_id')} or ${seesCustomer('agency_id')}` }],
  rowLevelSecurity: 'force',
});
export type DelegationRow = InferEntity<typeof Delegation>;
