import { defineEntity, type InferEntity, p } from '@mikro-orm/core';
import { instant, seesAll } from './columns.js';
import { Store } from './store.js';

/** What a shop of the vendor sells, as it tells: so that a SKU can be explained before somebody buys it. */
export const ShopProduct = defineEntity({
  name: 'ShopProduct',
  tableName: 'shop_product',
  properties: {
    shop: () => p.manyToOne(Store).primary().ref(),
    productId: p.string().columnType('text').primary(),
    sku: p.string().columnType('text'),
    name: p.string().columnType('text'),
    /** In major units of the shop's currency, as a decimal; null where the platform tells none. */
    price: p.string().columnType('text').strictNullable(),
    seenAt: instant(),
    /** Since when the shop no longer tells it. */
    goneAt: instant().strictNullable(),
  },
  indexes: [{ properties: ['shop', 'sku'] }],
  policies: [{ name: 'shop_product_scope', using: seesAll }],
  rowLevelSecurity: 'force',
});
export type ShopProductRow = InferEntity<typeof ShopProduct>;
