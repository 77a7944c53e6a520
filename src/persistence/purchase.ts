import { defineEntity, type InferEntity, p } from '@mikro-orm/core';
import type { CompatibilityRange, Platform } from '../policy/compatibility.js';
import { Addon } from './addon.js';
import { currencyCode, id, instant, seesCustomer, wholeNumber } from './columns.js';
import { Customer } from './customer.js';
import { StoreGroup } from './store-group.js';
import { SupportPolicyVersion } from './support-policy-version.js';
import { SupportTerm } from './support-term.js';

export const REVOCATION_REASONS = ['REFUNDED', 'CANCELLED', 'PAYMENT_WITHDRAWN', 'CHARGE_BACK', 'LICENCE_BREACH', 'BY_AGREEMENT'] as const;
export type RevocationReason = (typeof REVOCATION_REASONS)[number];

/**
 * One licence of an add-on: one unit of an order line. What was promised that day is kept as it stood:
 * list price, advertised compatibility, version of the support conditions.
 */
export const Purchase = defineEntity({
  name: 'Purchase',
  tableName: 'purchase',
  properties: {
    id: id(),
    customer: () => p.manyToOne(Customer).ref(),
    addon: () => p.manyToOne(Addon).ref(),
    /** The shop of the customer, in all its environments, that it is meant for; null: any. */
    group: () => p.manyToOne(StoreGroup).ref().strictNullable().deleteRule('no action'),
    platform: p.string().columnType('text').$type<Platform>(),
    /** Where it was sold: the code of a connected shop, or the name a partner gave its own. */
    shop: p.string().columnType('text'),
    orderId: p.string().columnType('text'),
    orderNumber: p.string().columnType('text'),
    orderLine: p.string().columnType('text'),
    /** 1 for the first licence of the line, 2 for the second, … */
    unit: p.integer(),
    purchasedAt: instant(),
    listPriceMinor: wholeNumber(),
    /** Tax included, net of discounts. */
    paidMinor: wholeNumber(),
    currencyCode: currencyCode(),
    /** For bookkeeping, where the shop states its base currency. */
    baseCurrencyCode: currencyCode().strictNullable(),
    baseToOrderRate: p.decimal().columnType('numeric(24,12)').strictNullable().$type<string | null>(),
    advertisedCompatibility: p.json<readonly CompatibilityRange[]>(),
    supportPolicyVersion: () => p.manyToOne(SupportPolicyVersion).ref(),
    revokedAt: instant().strictNullable(),
    revocation: p.string().columnType('text').strictNullable().$type<RevocationReason | null>(),
    recordedAt: instant(),
    terms: () => p.oneToMany(SupportTerm).mappedBy('purchase').orderBy({ ordinal: 'asc' }),
  },
  uniques: [{ properties: ['shop', 'orderId', 'orderLine', 'unit'] }],
  indexes: [
    { properties: ['customer', 'addon'] },
    { properties: ['addon'] },
    { properties: ['group'] },
    { properties: ['purchasedAt', 'id'] }, // read backwards: pages begin with the newest
    { properties: ['orderNumber'] },
  ],
  checks: [
    { name: 'purchase_unit_check', expression: 'unit >= 1' },
    { name: 'purchase_list_price_minor_check', expression: 'list_price_minor >= 0' },
    { name: 'purchase_paid_minor_check', expression: 'paid_minor >= 0' },
    { name: 'purchase_currency_code_check', expression: `currency_code ~ '^[A-Z]{3}$'` },
    { name: 'purchase_revocation_check', expression: '(revoked_at is null) = (revocation is null)' },
    { name: 'purchase_advertised_compatibility_check', expression: `jsonb_typeof(advertised_compatibility) = 'array'` },
  ],
  policies: [{ name: 'purchase_scope', using: seesCustomer('customer_id') }],
  rowLevelSecurity: 'force',
});
export type PurchaseRow = InferEntity<typeof Purchase>;
