import { defineEntity, type InferEntity, p } from '@mikro-orm/core';
import type { AfterSalesDecision } from '../policy/after-sales.js';
import { id, instant } from './columns.js';
import { StoreReading } from './store-reading.js';
import { seesTicket, Ticket } from './ticket.js';

export const TICKET_DECISION_MOMENTS = ['SUBMISSION', 'CLASSIFICATION', 'FINDING', 'WARRANTY_CLAIM'] as const;
export type TicketDecisionMoment = (typeof TICKET_DECISION_MOMENTS)[number];

/** What was decided about a ticket's request, with its reasons and the facts it rested on. Evidence: never recomputed, never changed. */
export const TicketDecision = defineEntity({
  name: 'TicketDecision',
  tableName: 'ticket_decision',
  properties: {
    id: id(),
    ticket: () => p.manyToOne(Ticket).ref(),
    moment: p.string().columnType('text').$type<TicketDecisionMoment>(),
    decision: p.json<AfterSalesDecision>(),
    /** Instants and amounts as text. */
    facts: p.json<unknown>(),
    /** The reading that told the store's version; null where none did. */
    storeReading: () => p.manyToOne(StoreReading).ref().strictNullable().deleteRule('no action'),
    decidedAt: instant(),
  },
  indexes: [{ properties: ['ticket', 'decidedAt', 'id'] }],
  checks: [{ name: 'ticket_decision_moment_check', expression: `moment in ('SUBMISSION', 'CLASSIFICATION', 'FINDING', 'WARRANTY_CLAIM')` }],
  triggers: [
    {
      name: 'ticket_decision_immutable',
      timing: 'before',
      events: ['update', 'delete'],
      body: `raise exception 'a recorded decision is evidence and never changes' using errcode = 'restrict_violation'`,
    },
  ],
  policies: [{ name: 'ticket_decision_scope', using: seesTicket }],
  rowLevelSecurity: 'force',
});
export type TicketDecisionRow = InferEntity<typeof TicketDecision>;
