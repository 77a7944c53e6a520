import { defineEntity, type InferEntity, p } from '@mikro-orm/core';
import type { EntityManager } from '@mikro-orm/postgresql';
import type { TicketActorKind, TicketEventKind } from '../policy/ticket-event.js';
import { instant } from './columns.js';
import { type PlainRow, plainReader } from './plain-row.js';
import { queryWithin } from './session.js';
import { seesTicket, Ticket } from './ticket.js';

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
