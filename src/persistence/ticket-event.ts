import { defineEntity, type InferEntity, p } from '@mikro-orm/core';
import type { EntityManager } from '@mikro-orm/postgresql';
import type { TicketActorKind, TicketEventKind } from '../policy/ticket-event.js';
import { instant } from './columns.js';
import { type PlainRow, plainReader } from './plain-row.js';
import { queryWithin } from './session.js';
import { seesTicket, Ticket, type TicketRow } from './ticket.js';

/** One thing that happened to a ticket. The log of a ticket only grows, and everything about the ticket is read from it. */
export const TicketEvent = defineEntity({
  name: 'TicketEvent',
  tableName: 'ticket_event',
  properties: {
    ticket: () => p.manyToOne(Ticket).primary().ref(),
    /** From 1, without gaps. */
    ordinal: p.integer().primary(),
    kind: p.string().columnType('text').$type<TicketEventKind>(),
    /** When it took effect. */
    at: instant(),
    /** When it was written down: later than `at` where time alone did it and nobody looked. */
    recordedAt: instant(),
    actorKind: p.string().columnType('text').$type<TicketActorKind>(),
    /** Null for the program. */
    actorName: p.string().columnType('text').strictNullable(),
    /** What the event says beside this, as the policy core defines it for its kind; instants as text. */
    data: p.json<unknown>(),
  },
  indexes: [{ properties: ['kind', 'at'] }],
  checks: [{ name: 'ticket_event_ordinal_check', expression: 'ordinal >= 1' }],
  triggers: [
    {
      name: 'ticket_event_grows_only',
      timing: 'before',
      events: ['update', 'delete'],
      body: `raise exception 'the log of a ticket only grows' using errcode = 'restrict_violation'`,
    },
  ],
  policies: [{ name: 'ticket_event_scope', using: seesTicket }],
  rowLevelSecurity: 'force',
});
export type TicketEventRow = InferEntity<typeof TicketEvent>;

/** What the row of a ticket caches of its log. */
export type TicketCache = Pick<TicketRow, 'work' | 'returnTo' | 'queueAt' | 'queueSeq' | 'eventCount' | 'nextDueAt' | 'nextDueClock'>;

/** An event as it is appended: its columns, by their names; `data` as JSON takes it. */
export interface AddedEvent {
  readonly ordinal: number;
  readonly kind: TicketEventKind;
  readonly at: string;
  readonly actor_kind: TicketActorKind;
  readonly actor_name: string | null;
  readonly data: unknown;
}

const APPEND = `with added as (
    insert into ticket_event (ticket_id, ordinal, kind, at, recorded_at, actor_kind, actor_name, data)
    select $1, ordinal, kind, at, $2, actor_kind, actor_name, data
    from jsonb_to_recordset($3) as added (ordinal int, kind text, at timestamptz, actor_kind text, actor_name text, data jsonb)
  )
  update ticket t set work = $4, return_to = $5, queue_at = $6, queue_seq = $7, event_count = $8, next_due_at = $9, next_due_clock = $10 where t.id = $1`;

/** Appends to the log of a locked ticket and keeps its row in step, in one statement. What is changed of the row otherwise must be flushed. */
export async function appendTicketEvents(
  em: EntityManager,
  ticketId: string,
  events: readonly AddedEvent[],
  cache: TicketCache,
  recordedAt: Temporal.Instant,
): Promise<void> {
  const { work, returnTo, queueAt, queueSeq, eventCount, nextDueAt, nextDueClock } = cache;
  const cached = [work, returnTo, queueAt.toString(), queueSeq, eventCount, nextDueAt?.toString() ?? null, nextDueClock];
  const [row] = await queryWithin<object>(em, {
    name: 'ticket-events-append',
    text: `${APPEND} returning ${plainReader({ em }, Ticket).columns('t')}`,
    values: [ticketId, recordedAt.toString(), JSON.stringify(events), ...cached],
  });
  if (row === undefined) throw new Error(`Ticket ${ticketId} went while it was locked.`);
  em.map(Ticket, row);
}

/** The logs of tickets, each in its order, of those that may be seen: one statement for any number. */
export async function readTicketEvents(em: EntityManager, ticketIds: readonly string[]): Promise<PlainRow<TicketEventRow>[]> {
  const reader = plainReader({ em }, TicketEvent);
  const rows = await queryWithin<object>(em, {
    name: 'ticket-events-read',
    text: `select ${reader.columns('e')} from ticket_event e where e.ticket_id = any($1::uuid[]) order by e.ticket_id, e.ordinal`,
    values: [ticketIds],
  });
  return rows.map((row) => reader.row(row));
}
