import { defineEntity, type InferEntity, p } from '@mikro-orm/core';
import { id, instant } from './columns.js';
import { seesTicket, Ticket } from './ticket.js';

/** A stretch of work on a ticket's task, in seconds; rounded up once for the whole task when it is settled (B-11). */
export const WorkLogEntry = defineEntity({
  name: 'WorkLogEntry',
  tableName: 'work_log_entry',
  properties: {
    id: id(),
    ticket: () => p.manyToOne(Ticket).ref(),
    taskId: p.uuid(),
    seconds: p.integer(),
    /** What was done, for the customer to read. */
    note: p.string().columnType('text'),
    /** Who worked. */
    staffName: p.string().columnType('text'),
    /** When the stretch ended. */
    workedAt: instant(),
    loggedAt: instant(),
  },
  indexes: [{ properties: ['ticket', 'loggedAt', 'id'] }],
  checks: [{ name: 'work_log_entry_seconds_check', expression: 'seconds >= 1' }],
  triggers: [
    {
      name: 'work_log_entry_grows_only',
      timing: 'before',
      events: ['update', 'delete'],
      body: `raise exception 'a work log only grows' using errcode = 'restrict_violation'`,
    },
  ],
  policies: [{ name: 'work_log_entry_scope', using: seesTicket }],
  rowLevelSecurity: 'force',
});
export type WorkLogEntryRow = InferEntity<typeof WorkLogEntry>;
