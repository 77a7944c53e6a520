import { queryWithin, type Session } from '../persistence/session.js';
import type { EntityManager } from './entity-manager.js';
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

/** What a sweep came to. */
export interface DueSweep {
  readonly recorded: number;
}

/**
 * Records what time has done to tickets whose next instant has passed and for which no job did so, at most `limit` of them, the longest overdue first; each
 * in a transaction of its own. One that fails stops none of the others: what went wrong is thrown at the end. For a session that sees everyone's tickets.
 */
export async function sweepDue(session: Session, context: Omit<LogContext, 'em'>, limit: number): Promise<DueSweep> {
  const overdue = await dueTickets(session.em, context.now, limit);
  const errors: unknown[] = [];
  for (const ticketId of overdue) {
    try {
      await session.transaction((em) => recordDue({ ...context, em }, ticketId));
    } catch (error) {
      errors.push(error);
    }
  }
  if (errors.length > 0) throw new AggregateError(errors, `${errors.length} of ${overdue.length} overdue tickets could not be recorded.`);
  return { recorded: overdue.length };
}

/** Ids of the tickets whose next instant has passed, the longest overdue first. One statement. */
async function dueTickets(em: EntityManager, at: Temporal.Instant, limit: number): Promise<string[]> {
  const rows = await queryWithin<{ id: string }>(em, {
    name: 'tickets-due',
    text: 'select id from ticket where next_due_at <= $1 order by next_due_at, id limit $2',
    values: [at.toString(), limit],
  });
  return rows.map(({ id }) => id);
}
