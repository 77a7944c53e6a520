import { queryWithin, type Session } from '../persistence/session.js';
import type { TicketActor } from '../policy/ticket-event.js';
import { timePassed } from '../policy/ticket-machine.js';
import type { EntityManager } from './entity-manager.js';
import { type SweepBounds, sweepEach } from './sweep.js';
import { eventInstant } from './ticket-command.js';
import { type LogContext, type LoggedTicket, lockTicket, NOTHING_OUTSIDE, recordEvent } from './ticket-log.js';
import { usableMinutesFor } from './time-command.js';

const PROGRAM: TicketActor = { kind: 'PROGRAM', id: null };

/** The most tickets that one addition of minutes, or one sweep, looks at: more than wait while they could be told anything new. */
const BOUNDS: SweepBounds = { page: 100, most: 2_000 };

/**
 * B-13: tells the tickets of a customer that wait for prepaid time what there is of it on their projects, once for each `key`, which names what brought the minutes.
 * Where it suffices together with what the ticket holds, the ticket is back at its place; what it holds stays held until it is taken up. Each is told in a
 * transaction of its own: one that fails stops none of the others, and what went wrong is thrown at the end. Tickets for which nothing changed are left
 * alone. Returns the ids of those that were told. Harmless when run twice. For a session that sees everyone's tickets.
 */
export function topUpWaiting(
  session: Session,
  context: Omit<LogContext, 'em'>,
  customerId: string,
  key: string,
  stopping?: AbortSignal,
): Promise<string[]> {
  return tellWaiting(session, context, { customerId, key }, stopping);
}

/**
 * B-13: the same for whoever waits while minutes are usable for the project and no job has told so, in the order of the queue. Looks only at tickets whose
 * project has minutes: those that were told of them already are left alone.
 */
export function sweepWaiting(session: Session, context: Omit<LogContext, 'em'>, stopping?: AbortSignal): Promise<string[]> {
  return tellWaiting(session, context, { customerId: null, key: `sweep:${context.now}` }, stopping);
}

async function tellWaiting(
  session: Session,
  context: Omit<LogContext, 'em'>,
  { customerId, key }: { readonly customerId: string | null; readonly key: string },
  stopping?: AbortSignal,
): Promise<string[]> {
  const told = await sweepEach(
    session,
    {
      what: 'tickets that wait for time',
      find: (after: WaitingTicket | null, limit) => waitingTickets(session.em, customerId, after, limit),
      work: (em, { id }) => tellTicket({ ...context, em }, id, key),
    },
    { ...BOUNDS, stopping },
  );
  return told.filter((id) => id !== null);
}

interface WaitingTicket {
  readonly id: string;
  readonly queue_at: string;
  readonly queue_seq: string;
}

/**
 * Tickets that wait for time, in the order of the queue from behind one on: all of one customer, or with null those of everybody whose project has minutes.
 * One statement.
 */
function waitingTickets(
  em: EntityManager,
  customerId: string | null,
  after: WaitingTicket | null,
  limit: number,
): Promise<WaitingTicket[]> {
  return queryWithin<WaitingTicket>(em, {
    name: 'tickets-waiting-for-time',
    text: `select t.id, t.queue_at::text, t.queue_seq::text from ticket t
      where t.return_to = 'QUEUED' and t.work = 'AWAITING_TOPUP' and ($1::uuid is null or t.customer_id = $1)
        and ($2::timestamptz is null or (t.queue_at, t.queue_seq) > ($2, $3::bigint))
        and ($1::uuid is not null or exists (
          select from time_wallet w join time_lot l on l.wallet_id = w.id join time_lot_balance b on b.lot_id = l.id
          where w.customer_id = t.customer_id and l.project_id = t.project_id and b.available > 0))
      order by t.queue_at, t.queue_seq limit $4`,
    values: [customerId, after?.queue_at ?? null, after?.queue_seq ?? null, limit],
  });
}

/** Tells a ticket what minutes there are; its id where that was news, else null. */
async function tellTicket(context: LogContext, ticketId: string, key: string): Promise<string | null> {
  const ticket = await lockTicket(context.em, ticketId);
  if (ticket === null) return null;
  const availableMinutes = await usableFor(context, ticket);
  if (!isNews(context, ticket, availableMinutes)) return null;
  const event = { kind: 'TOPPED_UP', at: eventInstant(ticket, context.now), actor: PROGRAM, orderKey: key, availableMinutes } as const;
  const outcome = await recordEvent(context, ticket, event, { ...NOTHING_OUTSIDE, availableMinutes });
  return outcome.outcome === 'MOVED' ? ticketId : null;
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
