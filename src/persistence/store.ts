import { defineEntity, type InferEntity, p } from '@mikro-orm/core';
import type { Platform } from '../policy/compatibility.js';
import { id, instant, seesCustomer } from './columns.js';
import { Customer } from './customer.js';
import { StoreGroup } from './store-group.js';

export const STORE_ROLES = ['VENDOR_SHOP', 'CUSTOMER_PRODUCTION', 'CUSTOMER_STAGING', 'CUSTOMER_DEVELOPMENT'] as const;
export type StoreRole = (typeof STORE_ROLES)[number];

export const CREDENTIALS_KINDS = ['MAGENTO_OAUTH', 'MAGENTO_BEARER', 'PRESTASHOP_KEY'] as const;
export type CredentialsKind = (typeof CREDENTIALS_KINDS)[number];

/** A Magento or PrestaShop installation: the vendor's shop, where orders come from, or a customer's store, where add-ons run. */
export const Store = defineEntity({
  name: 'Store',
  tableName: 'store',
  properties: {
    id: id(),
    customer: () => p.manyToOne(Customer).ref().strictNullable().deleteRule('no action'),
    group: () => p.manyToOne(StoreGroup).ref().strictNullable().deleteRule('no action'),
    platform: p.string().columnType('text').$type<Platform>(),
    /** Normalised base address, without a trailing slash. */
    url: p.string().columnType('text'),
    role: p.string().columnType('text').$type<StoreRole>(),
    /** Short name of a vendor's shop, used on the command line and in order references. */
    code: p.string().columnType('text').strictNullable().unique(),
    /** IANA zone in which the platform writes its dates; needed for PrestaShop. */
    timeZone: p.string().columnType('text').strictNullable(),
    /** Credentials, sealed and bound to the store and its origin. */
    sealedCredentials: p.blob().strictNullable(),
    /** What kind of them; null without credentials. */
    credentialsKind: p.string().columnType('text').strictNullable().$type<CredentialsKind | null>(),
    credentialsSetAt: instant().strictNullable(),
    /** When they last opened the store. */
    credentialsTestedAt: instant().strictNullable(),
    /** By how much the store's clock is ahead of ours, as last probed. */
    clockSkewSeconds: p.integer().strictNullable(),
    /** Ed25519, 32 bytes: verifies what the plugin inside the store reports. Null: not paired. */
    reportKey: p.blob().strictNullable(),
    pairedAt: instant().strictNullable(),
    connectedAt: instant(),
  },
  // Each customer has addresses of its own: who knows an address first keeps nobody else from it, and nobody learns of the others.
  uniques: [
    { properties: ['customer', 'platform', 'url'] },
    { name: 'store_shop_platform_url_unique', properties: ['platform', 'url'], where: 'customer_id is null' },
    { name: 'store_production_unique', properties: ['group'], where: `role = 'CUSTOMER_PRODUCTION'` },
  ],
  indexes: [{ properties: ['customer'] }, { properties: ['group'] }],
  checks: [
    { name: 'store_platform_check', expression: `platform in ('MAGENTO', 'PRESTASHOP')` },
    { name: 'store_role_check', expression: `role in ('VENDOR_SHOP', 'CUSTOMER_PRODUCTION', 'CUSTOMER_STAGING', 'CUSTOMER_DEVELOPMENT')` },
    { name: 'store_owner_check', expression: `(role = 'VENDOR_SHOP') = (customer_id is null)` },
    { name: 'store_group_check', expression: `(role = 'VENDOR_SHOP') = (group_id is null)` },
    { name: 'store_code_check', expression: `(role = 'VENDOR_SHOP') = (code is not null)` },
  ],
  policies: [{ name: 'store_scope', using: seesCustomer('customer_id') }],
  rowLevelSecurity: 'force',
});
export type StoreRow = InferEntity<typeof Store>;
