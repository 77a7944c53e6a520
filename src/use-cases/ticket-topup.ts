import { Ticket } from '../persistence/ticket.js';
import type { TicketActor } from '../policy/ticket-event.js';
import { timePassed } from '../policy/ticket-machine.js';
import { eventInstant, lockedTicket, type TicketAnswer, type TicketCommand, ticketActor, ticketOnce } from './ticket-command.js';
import { type LogContext, type LoggedTicket, lockTicket, NOTHING_OUTSIDE, recordEvent } from './ticket-log.js';
import { usableMinutesFor } from './time-command.js';

export interface TicketTopUpInput {
  readonly idempotencyKey: string;
  readonly ticketId: string;
  /** What brought the minutes, such as an order; it counts once for a ticket. */
  readonly orderKey: string;
}

/**
 * B-13: tells a ticket that waits for prepaid time that there is more for its project. When it suffices together with what the ticket holds, the ticket is back
 * at its place; what it holds stays held until it is taken up.
 */
export function topUpTicket(command: TicketCommand, input: TicketTopUpInput): Promise<TicketAnswer> {
  return ticketOnce(command, 'ticketTopUp', input, async () => {
    const ticket = await lockedTicket(command, input.ticketId);
    const availableMinutes = await usableFor(command, ticket);
    return topUp(command, ticket, { orderKey: input.orderKey, availableMinutes }, ticketActor(command.actor));
  });
}

const PROGRAM: TicketActor = { kind: 'PROGRAM', id: null };

/** The most tickets of one customer that one addition of minutes is told to; nobody has so many waiting. */
const MOST_WAITING = 200;

/**
 * B-13: the same for all tickets of a customer that wait for time, once for each `key`, which names what brought the minutes. Tickets for which nothing changed
 * are left alone. Returns the ids of those that were told. Harmless when run twice.
 */
export async function topUpWaiting(context: LogContext, customerId: string, key: string): Promise<string[]> {
  const waiting = await context.em.find(
    Ticket,
    { customer: customerId, work: 'AWAITING_TOPUP' },
    { orderBy: { id: 'asc' }, limit: MOST_WAITING },
  );
  // All are locked before the first of them may need the wallet.
  const tickets: LoggedTicket[] = [];
  for (const { id } of waiting) {
    const ticket = await lockTicket(context.em, id);
    if (ticket !== null) tickets.push(ticket);
  }
  const told: string[] = [];
  for (const ticket of tickets) {
    const availableMinutes = await usableFor(context, ticket);
    if (!isNews(context, ticket, availableMinutes)) continue;
    const { reasons } = await topUp(context, ticket, { orderKey: key, availableMinutes }, PROGRAM);
    if (reasons.length === 0) told.push(ticket.row.id);
  }
  return told;
}

/** Minutes that could be held for the ticket beyond what it holds. */
async function usableFor({ em, now }: LogContext, ticket: LoggedTicket): Promise<number> {
  const { customerId, projectId } = ticket.state;
  return projectId === null ? 0 : usableMinutesFor(em, customerId, projectId, eventInstant(ticket, now));
}

/** Whether the ticket still waits, and is short of other minutes now than it was told. */
function isNews({ now }: LogContext, ticket: LoggedTicket, availableMinutes: number): boolean {
  const { state } = timePassed(ticket.state, ticket.policy.document, eventInstant(ticket, now));
  const { hold, estimateMinutes } = state;
  if (state.work !== 'AWAITING_TOPUP') return false;
  return Math.max(0, (estimateMinutes ?? 0) - hold.heldMinutes - availableMinutes) !== hold.shortMinutes;
}

async function topUp(
  context: LogContext,
  ticket: LoggedTicket,
  added: { readonly orderKey: string; readonly availableMinutes: number },
  actor: TicketActor,
): Promise<TicketAnswer> {
  const event = { kind: 'TOPPED_UP', at: eventInstant(ticket, context.now), actor, ...added } as const;
  const outside = { ...NOTHING_OUTSIDE, availableMinutes: added.availableMinutes };
  const outcome = await recordEvent(context, ticket, event, outside);
  return { ticketId: ticket.row.id, reasons: outcome.outcome === 'REFUSED' ? outcome.reasons : [] };
}
