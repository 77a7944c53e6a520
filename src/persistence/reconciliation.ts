import { defineEntity, type InferEntity, p } from '@mikro-orm/core';
import { id, instant, seesAll } from './columns.js';
import type { ImportResource } from './import-cursor.js';
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
    /** What it goes through now: orders first, then refunds. */
    resource: p.string().columnType('text').$type<ImportResource>().default('ORDERS'),
    /** Up to this id all is compared and imported; null: nothing yet. */
    doneToId: p.string().columnType('text').strictNullable(),
    /** Up to this id all is counted, which is done first: what is read again after a kill is not counted again. */
    countedToId: p.string().columnType('text').strictNullable(),
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
  checks: [{ name: 'reconciliation_resource_check', expression: `resource in ('ORDERS', 'REFUNDS')` }],
  policies: [{ name: 'reconciliation_scope', using: seesAll }],
  rowLevelSecurity: 'force',
});
export type ReconciliationRow = InferEntity<typeof Reconciliation>;
