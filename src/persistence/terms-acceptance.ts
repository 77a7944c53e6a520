import { defineEntity, type InferEntity, p } from '@mikro-orm/core';
import { id, instant, seesCustomer } from './columns.js';
import { Customer } from './customer.js';
import { SupportPolicyVersion } from './support-policy-version.js';

export const ACCEPTANCE_WAYS = ['EXPLICIT', 'BY_PURCHASE'] as const;
export type AcceptanceWay = (typeof ACCEPTANCE_WAYS)[number];

/** That a customer accepted the support conditions that were shown: which version, when and by whom (B-01). Never changed or deleted. */
export const TermsAcceptance = defineEntity({
  name: 'TermsAcceptance',
  tableName: 'terms_acceptance',
  properties: {
    id: id(),
    customer: () => p.manyToOne(Customer).ref(),
    supportPolicyVersion: () => p.manyToOne(SupportPolicyVersion).ref(),
    /** Of the document as it was shown. */
    contentHash: p.string().columnType('char(64)'),
    way: p.string().columnType('text').$type<AcceptanceWay>(),
    /** What was bought, for BY_PURCHASE: "{shop}:{order}:{line}"; else null. */
    orderLine: p.string().columnType('text').strictNullable(),
    acceptedBy: p.string().columnType('text'),
    acceptedAt: instant(),
  },
  uniques: [
    { name: 'terms_acceptance_once', properties: ['customer', 'supportPolicyVersion', 'orderLine'] },
    { name: 'terms_acceptance_explicit_once', properties: ['customer', 'supportPolicyVersion'], where: 'order_line is null' },
  ],
  checks: [
    {
      name: 'terms_acceptance_way_check',
      expression: `way in ('EXPLICIT', 'BY_PURCHASE') and (way = 'BY_PURCHASE') = (order_line is not null)`,
    },
  ],
  triggers: [
    {
      name: 'terms_acceptance_immutable',
      timing: 'before',
      events: ['update', 'delete'],
      body: `raise exception 'what was accepted is evidence and never changes' using errcode = 'restrict_violation'`,
    },
  ],
  policies: [{ name: 'terms_acceptance_scope', using: seesCustomer('customer_id') }],
  rowLevelSecurity: 'force',
});
export type TermsAcceptanceRow = InferEntity<typeof TermsAcceptance>;
