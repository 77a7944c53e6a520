import { defineEntity, type InferEntity, p } from '@mikro-orm/core';
import type { TicketActorKind } from '../policy/ticket-event.js';
import { id, instant, seesAll } from './columns.js';
import { Ticket } from './ticket.js';

export const MESSAGE_VISIBILITIES = ['PUBLIC', 'INTERNAL'] as const;
export type MessageVisibility = (typeof MESSAGE_VISIBILITIES)[number];

/** What was written on a ticket. INTERNAL: among the vendor's staff; no customer's session sees its row. */
export const TicketMessage = defineEntity({
  name: 'TicketMessage',
  tableName: 'ticket_message',
  properties: {
    id: id(),
    ticket: () => p.manyToOne(Ticket).ref(),
    visibility: p.string().columnType('text').$type<MessageVisibility>(),
    authorKind: p.string().columnType('text').$type<TicketActorKind>(),
    authorName: p.string().columnType('text'),
    body: p.string().columnType('text'),
    writtenAt: instant(),
  },
  indexes: [{ properties: ['ticket', 'writtenAt', 'id'] }],
  checks: [{ name: 'ticket_message_visibility_check', expression: `visibility in ('PUBLIC', 'INTERNAL')` }],
  policies: [
    {
      name: 'ticket_message_scope',
      using: `${seesAll} or (visibility = 'PUBLIC' and exists (select from ticket where ticket.id = ticket_id))`,
    },
  ],
  rowLevelSecurity: 'force',
});
export type TicketMessageRow = InferEntity<typeof TicketMessage>;
