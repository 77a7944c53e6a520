import { defineEntity, type InferEntity, p } from '@mikro-orm/core';
import type { Platform } from '../policy/compatibility.js';
import { currencyCode, id, instant, readByAll, wholeNumber } from './columns.js';

/** Something the vendor sells for a platform. */
export const Addon = defineEntity({
  name: 'Addon',
  tableName: 'addon',
  properties: {
    id: id(),
    sku: p.string().columnType('text').unique(),
    /** Composer package, "vendor/name". */
    packageName: p.string().columnType('text').strictNullable().unique(),
    /** What the platform calls it once installed: "Vendor_Module" in Magento, the module's technical name in PrestaShop. */
    moduleName: p.string().columnType('text').strictNullable().unique(),
    name: p.string().columnType('text'),
    platform: p.string().columnType('text').$type<Platform>(),
    /** Net, without discounts, today. */
    listPriceMinor: wholeNumber(),
    currencyCode: currencyCode(),
    /** The set of conditions under which it is sold; a purchase pins the version in force. */
    supportPolicyName: p.string().columnType('text'),
    /** Minutes of support that come with a purchase, where the conditions leave that to the product; 0: none. */
    includedMinutes: p.integer().default(0),
    createdAt: instant(),
  },
  checks: [
    { name: 'addon_platform_check', expression: `platform in ('MAGENTO', 'PRESTASHOP')` },
    { name: 'addon_list_price_minor_check', expression: 'list_price_minor >= 0' },
    { name: 'addon_included_minutes_check', expression: 'included_minutes >= 0' },
    { name: 'addon_currency_code_check', expression: `currency_code ~ '^[A-Z]{3}$'` },
  ],
  policies: [...readByAll('addon')],
  rowLevelSecurity: 'force',
});
export type AddonRow = InferEntity<typeof Addon>;
