import { defineEntity, type InferEntity, p } from '@mikro-orm/core';
import type { EntityManager } from '@mikro-orm/postgresql';
import type { AfterSalesRequest } from '../policy/support-policy.js';
import type { ReturnState, WorkState } from '../policy/ticket.js';
import type { ClockKind } from '../policy/ticket-clock.js';
import { BugReport } from './bug-report.js';
import { id, instant, seesCustomer } from './columns.js';
import { Customer } from './customer.js';
import { plainReader } from './plain-row.js';
import { Project } from './project.js';
import { Purchase } from './purchase.js';
import { queryWithin } from './session.js';
import { Store } from './store.js';
import { SupportPolicyVersion } from './support-policy-version.js';

export const TICKET_CHANNELS = ['FORM', 'API', 'EMAIL'] as const;
export type TicketChannel = (typeof TICKET_CHANNELS)[number];

/** What the customer wrote. What is null was not said. */
export interface TicketReport {
  readonly subject: string;
  readonly description: string;
  readonly steps: string | null;
  readonly expected: string | null;
  readonly actual: string | null;
  readonly platformVersion: string | null;
  readonly installedVersion: string | null;
}

/**
 * A request of a customer. What was said at the opening never changes; the rest is a cache of its events for finding and ordering: the state of a ticket is
 * the fold of its log. Its row is the lock for everything that happens to it.
 */
export const Ticket = defineEntity({
  name: 'Ticket',
  tableName: 'ticket',
  properties: {
    id: id(),
    customer: () => p.manyToOne(Customer).ref(),
    /** The licence that it is about; null for work that concerns no add-on of the vendor. */
    purchase: () => p.manyToOne(Purchase).ref().strictNullable().deleteRule('no action'),
    store: () => p.manyToOne(Store).ref().strictNullable().deleteRule('no action'),
    project: () => p.manyToOne(Project).ref().strictNullable().deleteRule('no action'),
    /** The ticket whose delivered work it claims warranty on. */
    parent: () => p.manyToOne(Ticket).ref().strictNullable().deleteRule('no action'),
    /** Pinned for good. */
    supportPolicyVersion: () => p.manyToOne(SupportPolicyVersion).ref(),
    request: p.string().columnType('text').$type<AfterSalesRequest>(),
    channel: p.string().columnType('text').$type<TicketChannel>(),
    report: p.json<TicketReport>(),
    /** SHA-256, in hexadecimal, of the report's words: the same for the very same request. */
    fingerprint: p.string().columnType('char(64)'),
    submittedAt: instant(),
    /** Rises with every ticket: its number, and its place among those submitted at once. */
    seq: p.bigint('number'),
    queueAt: instant(),
    queueSeq: p.bigint('number'),
    work: p.string().columnType('text').$type<WorkState>(),
    returnTo: p.string().columnType('text').strictNullable().$type<ReturnState | null>(),
    eventCount: p.integer(),
    /** The clock that is due first, for the schedule alone; null: nothing is. */
    nextDueAt: instant().strictNullable(),
    nextDueClock: p.string().columnType('text').strictNullable().$type<ClockKind | null>(),
    /** The fault of an add-on that it reports, once staff have linked them. */
    bug: () => p.manyToOne(BugReport).ref().strictNullable().deleteRule('no action'),
  },
  uniques: [{ properties: ['seq'] }],
  indexes: [
    { properties: ['customer', 'seq'] },
    { properties: ['queueAt', 'queueSeq'], where: `work = 'QUEUED' or return_to = 'QUEUED'` },
    { properties: ['nextDueAt'], where: 'next_due_at is not null' },
    { properties: ['customer', 'fingerprint'] },
    { properties: ['purchase'] },
    { properties: ['parent'] },
    { properties: ['bug'] },
  ],
  checks: [
    { name: 'ticket_channel_check', expression: `channel in ('FORM', 'API', 'EMAIL')` },
    { name: 'ticket_event_count_check', expression: 'event_count >= 1' },
    { name: 'ticket_next_due_check', expression: '(next_due_at is null) = (next_due_clock is null)' },
  ],
  policies: [{ name: 'ticket_scope', using: seesCustomer('customer_id') }],
  rowLevelSecurity: 'force',
});
export type TicketRow = InferEntity<typeof Ticket>;

/** A ticket as it is stored; null when there is no such ticket, or none that may be seen. What is changed of it must be flushed. */
export async function readTicketRow(em: EntityManager, ticketId: string): Promise<TicketRow | null> {
  const text = `select ${plainReader({ em }, Ticket).columns('t')} from ticket t where t.id = $1`;
  const [row] = await queryWithin<object>(em, { name: 'ticket-read', text, values: [ticketId] });
  return row === undefined ? null : em.map(Ticket, row);
}

/** The same, locked to the end of the transaction. */
export async function lockTicketRow(em: EntityManager, ticketId: string): Promise<TicketRow | null> {
  const text = `select ${plainReader({ em }, Ticket).columns('t')} from ticket t where t.id = $1 for update`;
  const [row] = await queryWithin<object>(em, { name: 'ticket-lock', text, values: [ticketId] });
  return row === undefined ? null : em.map(Ticket, row);
}

/** Who may see what belongs to the ticket of this row: the vendor, and the customer whose ticket it is. */
export const seesTicket = `current_setting('tenure.sees', true) = 'all' or exists (select from ticket where ticket.id = ticket_id)`;
