import { defineEntity, type InferEntity, p } from '@mikro-orm/core';
import { id, instant, seesAll } from './columns.js';
import { Store } from './store.js';

/** A refund document of a shop, which may arrive before or after its order. */
export const ImportedRefund = defineEntity({
  name: 'ImportedRefund',
  tableName: 'imported_refund',
  properties: {
    id: id(),
    shop: () => p.manyToOne(Store).ref(),
    refundId: p.string().columnType('text'),
    orderId: p.string().columnType('text'),
    changedAt: p.string().columnType('text'),
    content: p.json<unknown>(),
    importedAt: instant(),
  },
  uniques: [{ properties: ['shop', 'refundId'] }],
  indexes: [{ properties: ['shop', 'orderId'] }],
  policies: [{ name: 'imported_refund_scope', using: seesAll }],
  rowLevelSecurity: 'force',
});
export type ImportedRefundRow = InferEntity<typeof ImportedRefund>;
