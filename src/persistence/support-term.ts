import { defineEntity, type InferEntity, p } from '@mikro-orm/core';
import { id, instant, plainDate, seesAll } from './columns.js';
import { Purchase } from './purchase.js';
import { SupportPolicyVersion } from './support-policy-version.js';

const OF_VISIBLE_PURCHASE = 'exists (select from purchase where purchase.id = purchase_id)';
/** A customer writes terms in one command alone: where it takes back what was paid, and renewals of that licence go to another one. It says so first. */
const isTakingBack = `nullif(current_setting('tenure.takes_back', true), '') is not null`;

export const SUPPORT_TERM_ORIGINS = ['INCLUDED', 'RENEWAL', 'GOODWILL'] as const;
export type SupportTermOrigin = (typeof SUPPORT_TERM_ORIGINS)[number];

/**
 * A span of support of one purchase, and what paid for it. Payment, months and order line are facts;
 * place and days are laid out from all the payments of the purchase, so that any order of arrival gives the same rows.
 */
export const SupportTerm = defineEntity({
  name: 'SupportTerm',
  tableName: 'support_term',
  properties: {
    id: id(),
    purchase: () => p.manyToOne(Purchase).ref(),
    origin: p.string().columnType('text').$type<SupportTermOrigin>(),
    shop: p.string().columnType('text'),
    orderId: p.string().columnType('text'),
    orderNumber: p.string().columnType('text'),
    orderLine: p.string().columnType('text'),
    unit: p.integer(),
    paidAt: instant(),
    periods: p.integer(),
    months: p.integer(),
    /** The conditions in force when this term was paid: they say how long a period is. */
    supportPolicyVersion: () => p.manyToOne(SupportPolicyVersion).ref(),
    /** True when a person chose the purchase; otherwise the renewal goes to the purchase that ends first. */
    pinned: p.boolean(),
    ordinal: p.integer(),
    anchoredOn: plainDate(),
    /** Months paid for since the anchor, this term included. */
    monthsFromAnchor: p.integer(),
    startsOn: plainDate(),
    endsOn: plainDate(),
    startsAt: instant(),
    expiresAt: instant(),
  },
  uniques: [{ properties: ['shop', 'orderId', 'orderLine', 'unit'] }, { properties: ['purchase', 'ordinal'], deferMode: 'deferred' }],
  checks: [
    { name: 'support_term_origin_check', expression: `origin in ('INCLUDED', 'RENEWAL', 'GOODWILL')` },
    { name: 'support_term_unit_check', expression: 'unit >= 1' },
    { name: 'support_term_ordinal_check', expression: 'ordinal >= 1' },
    { name: 'support_term_periods_check', expression: 'periods >= 1 and months >= 1' },
    { name: 'support_term_days_check', expression: 'anchored_on <= starts_on and starts_on <= ends_on' },
    { name: 'support_term_span_check', expression: 'starts_at < expires_at' },
    {
      name: 'support_term_no_overlap',
      expression: `exclude using gist (purchase_id with =, tstzrange(starts_at, expires_at) with &&) deferrable initially deferred`,
    },
  ],
  policies: [
    { name: 'support_term_readers', command: 'select', using: `${seesAll} or ${OF_VISIBLE_PURCHASE}` },
    { name: 'support_term_writers', using: seesAll },
    { name: 'support_term_returns', command: 'update', using: `${OF_VISIBLE_PURCHASE} and ${isTakingBack}` },
  ],
  rowLevelSecurity: 'force',
});
export type SupportTermRow = InferEntity<typeof SupportTerm>;
