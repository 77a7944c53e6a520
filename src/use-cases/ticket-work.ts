import { typeid } from 'typeid-js';
import { WorkLogEntry } from '../persistence/work-log-entry.js';
import { chargeLimitOf, limitedMinutesOf, type TicketState } from '../policy/ticket.js';
import { takesTime } from '../policy/ticket-work-guard.js';
import { spokenMinutes } from '../policy/time-posting.js';
import { Refusal, userError } from './outcome.js';
import { actOn, lockedTicket, type TicketAnswer, type TicketCommand, ticketOnce } from './ticket-command.js';
import { type LoggedTicket, recordEvent } from './ticket-log.js';
import { mustHappen, taskOf } from './ticket-time.js';

export interface WorkLogInput {
  readonly idempotencyKey: string;
  readonly ticketId: string;
  /** How long it took: whole, from 1 on. */
  readonly seconds: number;
  /** What was done, for the customer to read. */
  readonly note: string;
  /** When the stretch ended; null: just now. */
  readonly workedAt: Temporal.Instant | null;
}

export interface WorkLogAnswer extends TicketAnswer {
  /** Null where it was refused. */
  readonly entryId: string | null;
}

/** The longest stretch that one entry may be: a day. */
const MOST_SECONDS = 86_400;

/**
 * B-11, B-12: logs a stretch of work on a ticket that is being worked on. When the work has taken as many minutes as may be charged without the customer's
 * consent, the customer is asked, and the ticket waits for the answer. Free work has no such limit. Refusals: seconds out of bounds, an empty note, work
 * that lies in the future or ended before the ticket was taken up.
 */
export function logWork(command: TicketCommand, input: WorkLogInput): Promise<WorkLogAnswer> {
  return ticketOnce(command, 'workLog', input, async () => {
    const { em, actor } = command;
    const ticket = await lockedTicket(command, input.ticketId);
    const act = actOn(command, ticket);
    const { at } = act;
    const workedAt = input.workedAt ?? at;
    assertEntry(input, workedAt, at, ticket.state);
    const entryId = typeid().toUUID();
    const logged = await recordEvent(command, ticket, { kind: 'WORK_LOGGED', ...act, entryId, seconds: input.seconds });
    if (logged.outcome === 'REFUSED') return { ticketId: ticket.row.id, reasons: logged.reasons, entryId: null };
    const { taskId } = taskOf(ticket.row.id);
    const { seconds, note } = input;
    em.persist(
      em.create(WorkLogEntry, { id: entryId, ticket: ticket.row, taskId, seconds, note, staffName: actor.name, workedAt, loggedAt: at }),
    );
    await askBeyondLimit(command, { ...ticket, state: logged.state }, at);
    return { ticketId: ticket.row.id, reasons: [], entryId };
  });
}

function assertEntry({ seconds, note }: WorkLogInput, workedAt: Temporal.Instant, at: Temporal.Instant, state: TicketState): void {
  const invalid = (field: string, message: string) => new Refusal([userError('INVALID', message, field)]);
  if (!Number.isSafeInteger(seconds) || seconds < 1 || seconds > MOST_SECONDS) {
    throw invalid('seconds', `An entry is between 1 and ${MOST_SECONDS} whole seconds long.`);
  }
  if (note.trim() === '') throw new Refusal([userError('REQUIRED', 'Say what was done: the customer reads it.', 'note')]);
  if (Temporal.Instant.compare(workedAt, at) > 0) throw invalid('workedAt', 'Work is logged once it is done.');
  if (state.processingStartedAt !== null && Temporal.Instant.compare(workedAt, state.processingStartedAt) < 0) {
    throw invalid('workedAt', `The ticket was taken up at ${state.processingStartedAt}: work on it does not end before.`);
  }
}

/** B-12: puts the question to the customer as soon as the limit is reached. */
async function askBeyondLimit(command: TicketCommand, ticket: LoggedTicket, at: Temporal.Instant): Promise<void> {
  const limit = chargeLimitOf(ticket.state);
  const minutes = limitedMinutesOf(ticket.state);
  if (!takesTime(ticket.state) || limit === null || minutes < limit) return;
  const question =
    `The work has taken ${spokenMinutes(minutes)}; without your consent no more than ${spokenMinutes(limit)} are charged. ` +
    'May it go on up to a new limit, or is it to end and its time to be returned?';
  await mustHappen(command, ticket, { kind: 'THRESHOLD_REACHED', at, actor: { kind: 'PROGRAM', id: null }, question });
}
