import { BugReport } from '../persistence/bug-report.js';
import { queryWithin } from '../persistence/session.js';
import { TicketMessage } from '../persistence/ticket-message.js';
import type { Reason } from '../policy/reason.js';
import { actualMinutesOf, chargeableMinutesOf } from '../policy/ticket.js';
import type { TicketEvent } from '../policy/ticket-event.js';
import { holdOfTask } from '../policy/ticket-hold.js';
import { transition } from '../policy/ticket-machine.js';
import { takesTime } from '../policy/ticket-work-guard.js';
import type { TimeLedger, WorkReference } from '../policy/time-journal.js';
import { type SettlementPosted, spokenMinutes, type TimeEntry, type TimeOutcome } from '../policy/time-posting.js';
import { settle } from '../policy/time-settlement.js';
import { journalActor } from './actor.js';
import type { TicketCommand } from './ticket-command.js';
import { type LoggedTicket, NOTHING_OUTSIDE, type OutsideFacts, recordEvent } from './ticket-log.js';
import { commandTime } from './time-command.js';

/** B-08: a ticket is one task, which bears its id in the journal of prepaid time. */
export const taskOf = (ticketId: string): WorkReference => ({ ticketId, taskId: ticketId });

/** What a command on a ticket writes into the journal of prepaid time: in the name of whoever acts, under the conditions of the ticket. */
export function timeEntry({ actor }: TicketCommand, { policy }: LoggedTicket, at: Temporal.Instant, reason: string): TimeEntry {
  return { at, actor: journalActor(actor), reason, policy };
}

/** Lets an event happen that the policy has allowed before minutes were moved for it. Throws otherwise, so that these are not moved either. */
export async function mustHappen(
  command: TicketCommand,
  ticket: LoggedTicket,
  event: TicketEvent,
  outside?: OutsideFacts,
): Promise<LoggedTicket> {
  const outcome = await recordEvent(command, ticket, event, outside);
  if (outcome.outcome === 'MOVED') return { ...ticket, state: outcome.state };
  throw new Error(`${event.kind} was allowed and then refused: ${outcome.reasons.map(({ code }) => code).join(', ')}.`);
}

/** What a task was charged. */
export interface TaskCharge {
  readonly chargedMinutes: number;
  /** What might be charged and was not, as the prepaid time did not suffice; 0: nothing. */
  readonly shortMinutes: number;
}

export const NOTHING_CHARGED: TaskCharge = { chargedMinutes: 0, shortMinutes: 0 };

/** What came of an event that ends a task. */
export type TaskEnd =
  | { readonly outcome: 'ENDED'; readonly ticket: LoggedTicket; readonly charge: TaskCharge }
  | { readonly outcome: 'REFUSED'; readonly reasons: readonly Reason[] };

/** Ends a task by an event without a charge: what is held for it returns. */
export async function endUncharged(command: TicketCommand, ticket: LoggedTicket, event: TicketEvent): Promise<TaskEnd> {
  const outcome = await recordEvent(command, ticket, event);
  if (outcome.outcome === 'REFUSED') return outcome;
  return { outcome: 'ENDED', ticket: { ...ticket, state: outcome.state }, charge: NOTHING_CHARGED };
}

/**
 * B-10 to B-13, B-32: ends a locked ticket's task by an event: if the policy core lets it happen, the time that may be charged is taken from its reservation, and
 * what goes beyond that from what was usable when the work was done. Nothing is ever negative: what is not there is told, to the customer too. Refused by
 * either, ticket or ledger: nothing is written. A charge-back may have taken the reservation or a part of it: then what is left is charged. Free work is charged nothing, nor is
 * that on a fault that is fixed by now (B-27).
 */
export async function endCharged(command: TicketCommand, ticket: LoggedTicket, event: TicketEvent): Promise<TaskEnd> {
  const { projectId } = ticket.state;
  if (!takesTime(ticket.state) || projectId === null) return endUncharged(command, ticket, event);
  const judged = transition(ticket.state, event, { policy: ticket.policy, ...NOTHING_OUTSIDE });
  if (judged.outcome === 'REFUSED') return judged;
  const settled = await settleTask(command, ticket, projectId, event.at);
  if (settled.outcome === 'REFUSED') return settled;
  const { consumedMinutes: chargedMinutes, shortMinutes } = settled;
  const isNoted = event.kind === 'DELIVERED' || event.kind === 'WITHDRAWN';
  const ended = await mustHappen(command, ticket, isNoted ? { ...event, settledMinutes: chargedMinutes } : event);
  if (shortMinutes > 0) {
    const body = `Of the work on this ticket ${spokenMinutes(shortMinutes)} could not be charged, as there was not enough prepaid time.`;
    tellCustomer(command, ticket, event.at, body);
  }
  return { outcome: 'ENDED', ticket: ended, charge: { chargedMinutes, shortMinutes } };
}

async function settleTask(
  command: TicketCommand,
  ticket: LoggedTicket,
  projectId: string,
  at: Temporal.Instant,
): Promise<TimeOutcome<SettlementPosted>> {
  const { em } = command;
  const { row, state } = ticket;
  const work = taskOf(row.id);
  const actualMinutes = actualMinutesOf(state);
  const request = {
    ...{ projectId, work, actualMinutes },
    workedAt: await lastWorkAt(command, ticket, at),
    chargeableMinutes: (await isFixed(command, ticket)) ? 0 : chargeableMinutesOf(state),
    onShortfall: 'CHARGE_WHAT_THERE_IS',
  } as const;
  const entry = timeEntry(command, ticket, at, `Ticket ${state.seq}: the work took ${spokenMinutes(actualMinutes)}.`);
  const end = (ledger: TimeLedger) => settle(ledger, { ...request, holdId: holdOfTask(ledger, work)?.id ?? null }, entry);
  const settled = await commandTime(em, row.customer.id, at, end, { work });
  if (settled.outcome === 'POSTED' && settled.releasedMinutes > 0) {
    await command.addJob(em, { queue: 'time-added', customerId: row.customer.id, key: `settled:${row.id}` });
  }
  return settled;
}

/** B-27: whether the ticket reports a fault that a release has fixed: what it would be charged would be given back. */
async function isFixed({ em }: TicketCommand, { row }: LoggedTicket): Promise<boolean> {
  return row.bug !== null && (await em.count(BugReport, { id: row.bug.id, fixedIn: { $ne: null } })) > 0;
}

/** Writes a message of the program's own on a ticket, for the customer to read. */
export function tellCustomer({ em }: TicketCommand, { row }: LoggedTicket, writtenAt: Temporal.Instant, body: string): void {
  const author = { authorKind: 'PROGRAM', authorName: 'schedule' } as const;
  em.persist(em.create(TicketMessage, { ticket: row, visibility: 'PUBLIC', ...author, body, writtenAt }));
}

/** When the last stretch of work ended, which chooses the lots beyond the reservation. */
async function lastWorkAt({ em }: TicketCommand, { row }: LoggedTicket, otherwise: Temporal.Instant): Promise<Temporal.Instant> {
  const [last] = await queryWithin<{ worked_at: string | null }>(em, {
    name: 'work-log-last',
    text: 'select max(worked_at)::text as worked_at from work_log_entry where ticket_id = $1',
    values: [row.id],
  });
  return last?.worked_at == null ? otherwise : Temporal.Instant.from(last.worked_at);
}
