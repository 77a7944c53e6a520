import { lockTicketRow, type TicketRow } from '../persistence/ticket.js';
import { type AddedEvent, appendTicketEvents, readTicketEvents, type TicketEventRow } from '../persistence/ticket-event.js';
import type { SupportPolicyDocument } from '../policy/support-policy.js';
import type { TicketState } from '../policy/ticket.js';
import { clocksOf, nextDue } from '../policy/ticket-clock.js';
import type { TicketEvent } from '../policy/ticket-event.js';
import type { TicketFacts } from '../policy/ticket-guard.js';
import { foldTicket, type TransitionOutcome, timePassed, transition } from '../policy/ticket-machine.js';
import { lapse, release } from '../policy/time-hold.js';
import type { TimeLedger } from '../policy/time-journal.js';
import { needsAccess, purgeAccess } from './access-purge.js';
import type { EntityManager } from './entity-manager.js';
import { factsFromJson, factsToJson } from './fact-json.js';
import type { AddJob } from './job.js';
import { tellOutside } from './outbox.js';
import { pinnedPolicies } from './policy-library.js';
import { commandTime } from './time-command.js';

/** A ticket with what its log amounts to. */
export interface LoggedTicket {
  readonly row: TicketRow;
  readonly state: TicketState;
  /** Pinned to it for good. */
  readonly policy: TicketFacts['policy'];
}

/** What a transition looks at beyond the ticket and its policy. */
export type OutsideFacts = Omit<TicketFacts, 'policy'>;

export const NOTHING_OUTSIDE: OutsideFacts = { queueHeadId: null, availableMinutes: null, other: null };

/** Locks a ticket and reads its log; null when there is no such ticket, or none that may be seen. Whoever locks two takes the lower id first. */
export async function lockTicket(em: EntityManager, ticketId: string): Promise<LoggedTicket | null> {
  await em.flush();
  const row = await lockTicketRow(em, ticketId);
  return row === null ? null : loggedTicket(em, row);
}

/** A ticket as its log has it, without a lock. */
async function loggedTicket(em: EntityManager, row: TicketRow): Promise<LoggedTicket> {
  const logs = await eventsOf(em, [row.id]);
  const pinned = await pinnedPolicies(em, [row.supportPolicyVersion.id]);
  return { row, state: foldTicket(logs.get(row.id) ?? []), policy: pinned(row.supportPolicyVersion.id) };
}

/** The logs of tickets, by ticket, in their order: one statement for any number. */
export async function eventsOf(em: EntityManager, ticketIds: readonly string[]): Promise<Map<string, TicketEvent[]>> {
  const rows = await readTicketEvents(em, ticketIds);
  const logs = new Map<string, TicketEvent[]>(ticketIds.map((id) => [id, []]));
  for (const row of rows) logs.get(row.ticket.id)?.push(eventFromRow(row));
  return logs;
}

/** An event as the policy core reads it. */
export function eventFromRow({
  kind,
  at,
  actorKind,
  actorName,
  data,
}: Pick<TicketEventRow, 'kind' | 'at' | 'actorKind' | 'actorName' | 'data'>): TicketEvent {
  return { ...(factsFromJson(data) as object), kind, at, actor: { kind: actorKind, id: actorName } } as TicketEvent;
}

export interface LogContext {
  readonly em: EntityManager;
  readonly now: Temporal.Instant;
  readonly addJob: AddJob;
}

/**
 * Lets an event happen to a locked ticket: the policy core moves it or says why not. What it appends, time's doings first, is written with what follows from
 * them: holds that lapsed return to the wallet, offers to pay back are told outside, and the next due instant becomes a job. Refused: nothing is written.
 */
export async function recordEvent(
  context: LogContext,
  ticket: LoggedTicket,
  event: TicketEvent,
  outside: OutsideFacts = NOTHING_OUTSIDE,
): Promise<TransitionOutcome> {
  const outcome = transition(ticket.state, event, { policy: ticket.policy, ...outside });
  if (outcome.outcome === 'MOVED') {
    await append(context, ticket, outcome.state, outcome.appended);
    await giveBackTime(context, ticket, outcome.state, event);
  }
  return outcome;
}

/** Records what time alone has done to a locked ticket by now, if anything, and deletes the access that nobody needs any more; returns the ticket as it stands then. */
export async function recordTimePassed(context: LogContext, ticket: LoggedTicket): Promise<LoggedTicket> {
  const { state, appended } = timePassed(ticket.state, ticket.policy.document, context.now);
  await append(context, ticket, state, appended);
  return { ...ticket, state };
}

/** The same for a ticket to which something else is going to happen: nothing is written where time has done nothing. */
export async function withTimeRecorded(context: LogContext, ticket: LoggedTicket): Promise<LoggedTicket> {
  const { appended } = timePassed(ticket.state, ticket.policy.document, context.now);
  return appended.length === 0 ? ticket : recordTimePassed(context, ticket);
}

/** Writes the first event of a new ticket, whose row must be flushed. */
export async function openLog(
  context: LogContext,
  ticket: Omit<LoggedTicket, 'state'>,
  event: TicketEvent,
  outside: OutsideFacts = NOTHING_OUTSIDE,
): Promise<TransitionOutcome> {
  const outcome = transition(null, event, { policy: ticket.policy, ...outside });
  if (outcome.outcome === 'MOVED') await append(context, ticket, outcome.state, outcome.appended);
  return outcome;
}

async function append(
  context: LogContext,
  ticket: Omit<LoggedTicket, 'state'>,
  state: TicketState,
  appended: readonly TicketEvent[],
): Promise<void> {
  const { em, now } = context;
  const first = state.eventCount - appended.length + 1;
  const due = nextDue(clocksOf(state, ticket.policy.document, latest(now, state.lastEventAt)));
  const nextDueAt = due?.dueAt ?? null;
  const isNewlyDue = nextDueAt !== null && ticket.row.nextDueAt?.equals(nextDueAt) !== true;
  const added = appended.map((event, index) => rowOf(event, first + index));
  await em.flush();
  await appendTicketEvents(
    em,
    ticket.row.id,
    added,
    { ...state, nextDueAt, nextDueClock: nextDueAt === null ? null : (due?.kind ?? null) },
    now,
  );
  for (const event of appended) await followEvent(context, ticket, event);
  // Whatever ended it, nobody needs the access to the customer's store any more.
  if (!needsAccess(state, ticket.policy.document, latest(now, state.lastEventAt))) await purgeAccess(em, ticket.row.id, now);
  if (isNewlyDue) await context.addJob(em, { queue: 'ticket-due', ticketId: ticket.row.id, dueAt: nextDueAt });
}

function rowOf({ kind, at, actor, ...data }: TicketEvent, ordinal: number): AddedEvent {
  return { ordinal, kind, at: at.toString(), actor_kind: actor.kind, actor_name: actor.id, data: factsToJson(data) };
}

/** What the world outside the log must do because of an event. */
async function followEvent(
  { em, now, addJob }: LogContext,
  { row, policy }: Omit<LoggedTicket, 'state'>,
  event: TicketEvent,
): Promise<void> {
  if (event.kind === 'HOLD_LAPSED') {
    const entry = {
      at: latest(now, event.at),
      actor: { kind: 'PROGRAM', name: 'schedule' } as const,
      reason: 'The life of the reservation is over.',
      policy,
    };
    const { holdId } = event;
    // It may be over already: the ledger lapses what is due before anything else it does. One that was whole, until the estimate rose, has no end of its own.
    const end = (ledger: TimeLedger) => (ledger.openHolds.get(holdId)?.lapsesAt === null ? release : lapse)(ledger, { holdId }, entry);
    await commandTime(em, row.customer.id, entry.at, end, { holdId });
    await addJob(em, { queue: 'time-added', customerId: row.customer.id, key: `lapsed:${holdId}` });
  }
  if (event.kind === 'REFUND_OFFERED') {
    const { amount, closesAt } = event.offer;
    const data = {
      ticket: row.id,
      amountMinor: amount.amountMinor.toString(),
      currencyCode: amount.currencyCode,
      closesAt: closesAt?.toString() ?? null,
    };
    const key = `refund-offered:${row.id}`;
    await tellOutside(em, [{ kind: 'REFUND_OFFERED', customerId: row.customer.id, key, data, happenedAt: event.at }]);
  }
}

/**
 * What an event releases on the ticket returns to the wallet, whichever event it was, and those who wait for minutes may have them. A hold that was paid
 * back is over already. Any other disagreement of ticket and ledger throws, so that nothing of it is written.
 */
async function giveBackTime({ em, now, addJob }: LogContext, { row, state, policy }: LoggedTicket, after: TicketState, event: TicketEvent) {
  const { holdId } = state.hold;
  const wasOpen = state.hold.state === 'PARTIAL' || state.hold.state === 'FULL';
  if (!wasOpen || holdId === null || after.hold.state !== 'RELEASED') return;
  const actor = { kind: event.actor.kind, name: event.actor.id ?? 'schedule' };
  const entry = { at: latest(now, event.at), actor, reason: 'The ticket needs the reserved minutes no longer.', policy };
  const customerId = row.customer.id;
  const outcome = await commandTime(em, customerId, entry.at, (ledger) => release(ledger, { holdId }, entry), { holdId });
  if (outcome.outcome === 'POSTED') await addJob(em, { queue: 'time-added', customerId, key: `released:${holdId}` });
  else if (outcome.reasons[0]?.code !== 'HOLD_RESOLVED') throw new Error(`Hold ${holdId} of ticket ${row.id} cannot be released.`);
}

/** The clocks of a ticket cannot be read as of before its last event, which a lagging machine may do. */
export const latest = (one: Temporal.Instant, other: Temporal.Instant): Temporal.Instant =>
  Temporal.Instant.compare(one, other) < 0 ? other : one;

/** The tickets of some rows as they stand at an instant, whether or not what time has done by then is recorded: one statement for any number, and one for policies not yet known. */
export async function ticketsAsOf(em: EntityManager, rows: readonly TicketRow[], at: Temporal.Instant): Promise<Map<string, LoggedTicket>> {
  const logs = await eventsOf(
    em,
    rows.map(({ id }) => id),
  );
  const pinned = await pinnedPolicies(
    em,
    rows.map((row) => row.supportPolicyVersion.id),
  );
  const tickets = new Map<string, LoggedTicket>();
  for (const row of rows) {
    const policy = pinned(row.supportPolicyVersion.id);
    tickets.set(row.id, { row, policy, state: stateAsOf(logs.get(row.id) ?? [], policy.document, at) });
  }
  return tickets;
}

function stateAsOf(events: readonly TicketEvent[], document: SupportPolicyDocument, at: Temporal.Instant): TicketState {
  return timePassed(foldTicket(events), document, at).state;
}
