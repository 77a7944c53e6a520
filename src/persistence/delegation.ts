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
    /** What the customer calls the agency. */
    agencyName: p.string().columnType('text'),
    /** What the agency is told to call the customer: its row is not the agency's to see. */
    customerName: p.string().columnType('text'),
    grantedAt: instant(),
    /** Evidence: who granted it, as closely as is known. */
    grantedBy: p.string().columnType('text'),
    expiresAt: instant().strictNullable(),
    revokedAt: instant().strictNullable(),
    revokedBy: p.string().columnType('text').strictNullable(),
  },
  uniques: [{ name: 'delegation_standing_unique', properties: ['customer', 'agency'], where: 'revoked_at is null' }],
  indexes: [{ properties: ['agency', 'grantedAt'] }],
  checks: [
    { name: 'delegation_agency_check', expression: 'agency_id <> customer_id' },
    { name: 'delegation_revoked_check', expression: '(revoked_at is null) = (revoked_by is null)' },
  ],
  // The agency reads what it was granted; only the customer writes.
  policies: [
    { name: 'delegation_scope', using: seesCustomer('customer_id') },
    { name: 'delegation_agency', command: 'select', using: seesCustomer('agency_id') },
  ],
  rowLevelSecurity: 'force',
});
export type DelegationRow = InferEntity<typeof Delegation>;
