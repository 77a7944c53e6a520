import { defineEntity, type InferEntity, p } from '@mikro-orm/core';
import { id, instant, seesAll } from './columns.js';
import { Store } from './store.js';

/** The newest state of an order that a shop has told, as the connector read it. Purchases and terms are laid out from it. */
export const ImportedOrder = defineEntity({
  name: 'ImportedOrder',
  tableName: 'imported_order',
  properties: {
    id: id(),
    shop: () => p.manyToOne(Store).ref(),
    orderId: p.string().columnType('text'),
    orderNumber: p.string().columnType('text'),
    /** The platform's change stamp: an older state never replaces a newer one. */
    changedAt: p.string().columnType('text'),
    content: p.json<unknown>(),
    importedAt: instant(),
  },
  uniques: [{ properties: ['shop', 'orderId'] }],
  policies: [{ name: 'imported_order_scope', using: seesAll }],
  rowLevelSecurity: 'force',
});
export type ImportedOrderRow = InferEntity<typeof ImportedOrder>;
