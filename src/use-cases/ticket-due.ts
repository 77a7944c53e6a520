import { queryWithin, type Session } from '../persistence/session.js';
import type { EntityManager } from './entity-manager.js';
import { type SweepBounds, sweepEach } from './sweep.js';
import { type LogContext, lockTicket, recordTimePassed } from './ticket-log.js';

/**
 * B-13, B-18: records what time alone has done to a ticket by now: a correction that was missed and the offer to pay back that follows, the end
 * of that offer, of the time for checking, of a reservation. Deletes its access once nothing needs it any more. Each bears the instant at which it was due.
 * Harmless when run twice, late, and for a ticket that is gone; run early, it sees to it that it runs again.
 */
export async function recordDue(context: LogContext, ticketId: string): Promise<void> {
  const found = await lockTicket(context.em, ticketId);
  if (found === null) return;
  const ticket = await recordTimePassed(context, found);
  const { nextDueAt } = ticket.row;
  if (nextDueAt !== null) await context.addJob(context.em, { queue: 'ticket-due', ticketId, dueAt: nextDueAt });
}

/**
 * Records what time has done to tickets whose next instant has passed and for which no job did so, the longest overdue first, each in a transaction of its own.
 * One that fails stops none of the others: what went wrong is thrown at the end. Returns how many were recorded. For a session that sees everyone's tickets.
 */
export async function sweepDue(session: Session, context: Omit<LogContext, 'em'>, bounds: SweepBounds): Promise<number> {
  const recorded = await sweepEach(
    session,
    {
      what: 'overdue tickets',
      find: (after: DueTicket | null, limit) => dueTickets(session.em, context.now, after, limit),
      work: (em, { id }) => recordDue({ ...context, em }, id),
    },
    bounds,
  );
  return recorded.length;
}

interface DueTicket {
  readonly id: string;
  readonly due_at: string;
}

/** The tickets whose next instant has passed, the longest overdue first, from behind one on. One statement. */
function dueTickets(em: EntityManager, at: Temporal.Instant, after: DueTicket | null, limit: number): Promise<DueTicket[]> {
  return queryWithin<DueTicket>(em, {
    name: 'tickets-due',
    text: `select id, next_due_at::text as due_at from ticket
      where next_due_at <= $1 and ($3::timestamptz is null or (next_due_at, id) > ($3, $4::uuid)) order by next_due_at, id limit $2`,
    values: [at.toString(), limit, after?.due_at ?? null, after?.id ?? null],
  });
}
