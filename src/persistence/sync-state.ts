import { defineEntity, type InferEntity, p } from '@mikro-orm/core';
import type { SyncTask } from '../policy/sync-schedule.js';
import { instant, seesAll } from './columns.js';
import { Store } from './store.js';

export const CIRCUIT_STATES = ['CLOSED', 'OPEN', 'HALF_OPEN'] as const;
export type CircuitState = (typeof CIRCUIT_STATES)[number];

/** How it stands with one task of synchronising a store. */
export const SyncState = defineEntity({
  name: 'SyncState',
  tableName: 'sync_state',
  properties: {
    store: () => p.manyToOne(Store).primary().ref(),
    task: p.string().columnType('text').primary().$type<SyncTask>(),
    /** Not before. */
    nextRunAt: instant(),
    /** Set while somebody waits for a run that was asked for: it is due, whenever the next one would be. */
    requestedAt: instant().strictNullable(),
    /** Set while a run is under way, and left behind by one that was killed. Names the run: whoever holds another instant has lost the task. */
    startedAt: instant().strictNullable(),
    /** The last sign of life of the run. */
    seenAliveAt: instant().strictNullable(),
    /** Of the run that is under way. */
    seen: p.integer(),
    total: p.integer().strictNullable(),
    lastSucceededAt: instant().strictNullable(),
    /** When the last run began that came to its end: what happened in the store before that is known. */
    completeAsOf: instant().strictNullable(),
    lastFailedAt: instant().strictNullable(),
    failureCode: p.string().columnType('text').strictNullable(),
    failureMessage: p.string().columnType('text').strictNullable(),
    /** One after the other; 0 after a success. */
    failures: p.integer(),
    /** Of the store's host, as the last run left it. */
    circuit: p.string().columnType('text').$type<CircuitState>(),
    circuitReopensAt: instant().strictNullable(),
  },
  indexes: [{ properties: ['nextRunAt'] }],
  checks: [
    { name: 'sync_state_task_check', expression: `task in ('ORDERS', 'RECONCILIATION', 'PRODUCTS', 'VERSION')` },
    { name: 'sync_state_circuit_check', expression: `circuit in ('CLOSED', 'OPEN', 'HALF_OPEN')` },
    { name: 'sync_state_counts_check', expression: 'seen >= 0 and failures >= 0' },
  ],
  policies: [
    { name: 'sync_state_readers', command: 'select', using: 'exists (select from store where store.id = store_id)' },
    { name: 'sync_state_scope', using: seesAll },
  ],
  rowLevelSecurity: 'force',
});
export type SyncStateRow = InferEntity<typeof SyncState>;
