import { defineEntity, type InferEntity, p } from '@mikro-orm/core';
import type { HoldAllocation } from '../policy/time-journal.js';
import { id, instant } from './columns.js';
import { Project } from './project.js';
import { TimeTransaction } from './time-transaction.js';
import { seesWallet, TimeWallet } from './time-wallet.js';

/** Minutes set aside for one task. A cache of the journal: its allocations are what the journal has not yet settled, released or taken back. */
export const TimeHold = defineEntity({
  name: 'TimeHold',
  tableName: 'time_hold',
  properties: {
    id: id(),
    wallet: () => p.manyToOne(TimeWallet).ref(),
    project: () => p.manyToOne(Project).ref(),
    ticketId: p.uuid(),
    taskId: p.uuid(),
    /** How many minutes it was to have; more than it has where time was short. */
    requestedMinutes: p.integer(),
    lapsesAt: instant().strictNullable(),
    placedAt: instant(),
    /** In the order in which the lots are used up; empty once it is over. */
    allocations: p.json<readonly HoldAllocation[]>(),
    /** What ended it; null while it is open. */
    resolvedBy: () => p.manyToOne(TimeTransaction).ref().strictNullable().deleteRule('no action'),
  },
  uniques: [{ name: 'time_hold_one_open_per_task', properties: ['ticketId', 'taskId'], where: 'resolved_by_id is null' }],
  indexes: [
    { properties: ['wallet'], where: 'resolved_by_id is null' },
    { properties: ['lapsesAt'], where: 'resolved_by_id is null and lapses_at is not null' },
    { properties: ['ticketId'] },
  ],
  checks: [
    { name: 'time_hold_requested_minutes_check', expression: 'requested_minutes >= 1' },
    { name: 'time_hold_allocations_check', expression: `(allocations = '[]'::jsonb) = (resolved_by_id is not null)` },
  ],
  policies: [{ name: 'time_hold_scope', using: seesWallet }],
  rowLevelSecurity: 'force',
});
export type TimeHoldRow = InferEntity<typeof TimeHold>;
