import type { Reason } from '../policy/reason.js';
import type { TicketActor, TicketEvent } from '../policy/ticket-event.js';
import { type Actor, seesEveryone } from './actor.js';
import { once } from './idempotency.js';
import { Refusal, userError } from './outcome.js';
import { type LogContext, type LoggedTicket, lockTicket, type OutsideFacts, recordEvent } from './ticket-log.js';

/** Who does something to tickets, when, in which transaction. */
export interface TicketCommand extends LogContext {
  readonly actor: Actor;
}

/** What a command on a ticket came to. Reasons: why the policy refused it, and then nothing was written; empty: it was done. */
export interface TicketAnswer {
  readonly ticketId: string;
  readonly reasons: readonly Reason[];
}

/** Who acts, as the log of a ticket names them. Throws a RangeError for strangers: no door lets them this far. */
export function ticketActor({ kind, name }: Actor): TicketActor {
  if (kind === 'ANONYMOUS') throw new RangeError('Strangers do nothing to tickets.');
  return { kind, id: name };
}

/**
 * When an event of this command takes effect: now, but never before what the log holds already, so that machines whose clocks differ do not refuse each
 * other's customers.
 */
export function eventInstant({ state }: Pick<LoggedTicket, 'state'>, now: Temporal.Instant): Temporal.Instant {
  return Temporal.Instant.compare(now, state.lastEventAt) < 0 ? state.lastEventAt : now;
}

/** Who does something to a ticket and when, as its events say it. */
export function actOn({ actor, now }: TicketCommand, ticket: LoggedTicket): Pick<TicketEvent, 'at' | 'actor'> {
  return { at: eventInstant(ticket, now), actor: ticketActor(actor) };
}

/**
 * A ticket to do something to, locked to the end of the transaction. One of somebody else is missing like one that is not there: a Refusal NOT_FOUND at
 * `path`. Where several locks are needed they are taken in the order customer, tickets by id, purchase, wallet.
 */
export async function lockedTicket(
  { em, actor }: Pick<TicketCommand, 'em' | 'actor'>,
  ticketId: string,
  ...path: readonly string[]
): Promise<LoggedTicket> {
  const ticket = await lockTicket(em, ticketId);
  if (ticket !== null && (seesEveryone(actor) || ticket.row.customer.id === actor.customerId)) return ticket;
  throw new Refusal([userError('NOT_FOUND', 'There is no such ticket.', ...(path.length === 0 ? ['ticketId'] : path))]);
}

/** Runs a command on tickets once per key and actor: the same key with the same input gives the same answer, with another input a Refusal. */
export function ticketOnce<Answer>(
  { em, actor, now }: TicketCommand,
  operation: string,
  input: { readonly idempotencyKey: string },
  work: () => Promise<Answer>,
): Promise<Answer> {
  return once(em, { actor, operation, key: input.idempotencyKey, input, now }, work);
}

/** Lets an event happen to a locked ticket, and says what came of it. */
export async function happenTo(
  command: TicketCommand,
  ticket: LoggedTicket,
  event: TicketEvent,
  outside?: OutsideFacts,
): Promise<TicketAnswer> {
  const outcome = await recordEvent(command, ticket, event, outside);
  return { ticketId: ticket.row.id, reasons: outcome.outcome === 'REFUSED' ? outcome.reasons : [] };
}
