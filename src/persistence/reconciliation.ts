import { defineEntity, type InferEntity, p } from '@mikro-orm/core';
import { id, instant, seesAll } from './columns.js';
import { Store } from './store.js';

/** What going through a shop by id found that reading by change had missed. */
export const Reconciliation = defineEntity({
  name: 'Reconciliation',
  tableName: 'reconciliation',
  properties: {
    id: id(),
    shop: () => p.manyToOne(Store).ref(),
    startedAt: instant(),
    /** Null while it runs, and where it broke off: the next run goes on from there. */
    finishedAt: instant().strictNullable(),
    ordersSeen: p.integer(),
    refundsSeen: p.integer(),
    /** Ids of orders that were not known at all, at most 1,000 of them; the counts tell how many there were. */
    missedOrders: p.json<readonly string[]>(),
    missedOrderCount: p.integer(),
    /** Known orders that had changed without being told again. */
    changedOrders: p.json<readonly string[]>(),
    changedOrderCount: p.integer(),
    missedRefunds: p.json<readonly string[]>(),
    missedRefundCount: p.integer(),
    /** Known orders that the shop no longer tells. */
    goneOrders: p.json<readonly string[]>(),
    goneOrderCount: p.integer(),
  },
  indexes: [{ properties: ['shop', 'startedAt'] }],
  policies: [{ name: 'reconciliation_scope', using: seesAll }],
  rowLevelSecurity: 'force',
});
export type ReconciliationRow = InferEntity<typeof Reconciliation>;
