import { defineEntity, type InferEntity, p } from '@mikro-orm/core';
import { Addon } from './addon.js';
import { readByAll } from './columns.js';

export const SKU_MEANING_KINDS = ['ADDON', 'RENEWAL', 'PREPAID_TIME', 'IGNORED'] as const;
export type SkuMeaningKind = (typeof SKU_MEANING_KINDS)[number];

/** The catalogue of what a SKU on an order line means, in every shop of the vendor. */
export const SkuMeaning = defineEntity({
  name: 'SkuMeaning',
  tableName: 'sku_meaning',
  properties: {
    sku: p.string().columnType('text').primary(),
    kind: p.string().columnType('text').$type<SkuMeaningKind>(),
    /** For ADDON and RENEWAL. */
    addon: () => p.manyToOne(Addon).ref().strictNullable().deleteRule('no action'),
    /** For RENEWAL: support periods that one unit pays for. */
    periods: p.integer().strictNullable(),
    /** For PREPAID_TIME: minutes that one unit buys. */
    minutes: p.integer().strictNullable(),
    /** For PREPAID_TIME: the set of conditions under which it is sold; the minutes pin the version in force. */
    supportPolicyName: p.string().columnType('text').strictNullable(),
  },
  checks: [
    { name: 'sku_meaning_kind_check', expression: `kind in ('ADDON', 'RENEWAL', 'PREPAID_TIME', 'IGNORED')` },
    { name: 'sku_meaning_addon_check', expression: `(kind in ('ADDON', 'RENEWAL')) = (addon_id is not null)` },
    { name: 'sku_meaning_periods_check', expression: `(kind = 'RENEWAL') = (periods is not null) and periods >= 1` },
    { name: 'sku_meaning_minutes_check', expression: `(kind = 'PREPAID_TIME') = (minutes is not null) and minutes >= 1` },
    { name: 'sku_meaning_support_policy_name_check', expression: `(kind = 'PREPAID_TIME') = (support_policy_name is not null)` },
  ],
  policies: [...readByAll('sku_meaning')],
  rowLevelSecurity: 'force',
});
export type SkuMeaningRow = InferEntity<typeof SkuMeaning>;
