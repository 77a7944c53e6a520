import { queryWithin } from '../persistence/session.js';
import { Ticket, type TicketRow } from '../persistence/ticket.js';
import type { Reason } from '../policy/reason.js';
import { type Clock, clocksOf, nextDue } from '../policy/ticket-clock.js';
import type { QueuePlace, TicketEvent } from '../policy/ticket-event.js';
import { waitsToBegin } from '../policy/ticket-readiness.js';
import { workingMinutesBetween } from '../policy/working-calendar.js';
import type { EntityManager } from './entity-manager.js';
import { eventsOf, type LoggedTicket, ticketsAsOf } from './ticket-log.js';

/** B-17: a merge waits for claims, and they for it, from here to the end of the transaction, so that no ticket is taken up at a place it is just losing. */
export async function lockQueue(em: EntityManager): Promise<void> {
  const text = `select pg_advisory_xact_lock(hashtextextended('ticket-queue', 0))`;
  await queryWithin(em, { name: 'ticket-queue-lock', text, values: [] });
}

/**
 * B-17: the same for a claim: it waits for merges, and they for it, but not for other claims. Two of the same ticket by its name wait at its row; and of two in a
 * row, the second may be told that it is not next yet.
 */
export async function shareQueue(em: EntityManager): Promise<void> {
  const text = `select pg_advisory_xact_lock_shared(hashtextextended('ticket-queue', 0))`;
  await queryWithin(em, { name: 'ticket-queue-share', text, values: [] });
}

/**
 * B-15: keeps a queued ticket for a claim of whatever is next, to the end of the transaction, and locks it. False where another such claim has it, for which
 * nobody waits here, and where it is in the queue no longer.
 */
export async function takeForClaim(em: EntityManager, ticketId: string): Promise<boolean> {
  const [kept] = await queryWithin<{ taken: boolean }>(em, {
    name: 'ticket-claim-take',
    text: `select pg_try_advisory_xact_lock(hashtextextended('ticket-claim:' || $1::text, 0)) as taken`,
    values: [ticketId],
  });
  if (kept?.taken !== true) return false;
  const text = `select from ticket where id = $1 and work = 'QUEUED' for update`;
  return (await queryWithin(em, { name: 'ticket-claim-lock', text, values: [ticketId] })).length === 1;
}

/** Part of the queue: so many from behind a place on; with null from the first on. */
export interface QueueSpan {
  readonly first: number;
  readonly after: QueuePlace | null;
}

/** B-15: queued tickets in their order. Two statements for any number, and one for policies not yet known. For a session that sees all tickets. */
export async function queuedPage(em: EntityManager, { first, after }: QueueSpan, at: Temporal.Instant): Promise<LoggedTicket[]> {
  const rows = await em.find(Ticket, { $and: [{ work: 'QUEUED' }, behind(after)] }, { ...IN_ORDER, limit: first });
  const known = await ticketsAsOf(em, rows, at);
  return rows.flatMap(({ id }) => known.get(id) ?? []);
}

const IN_ORDER = { orderBy: { queueAt: 'asc', queueSeq: 'asc' } } as const;

const behind = (after: QueuePlace | null) =>
  after === null
    ? {}
    : { queueAt: { $gte: after.queueAt }, $or: [{ queueAt: { $gt: after.queueAt } }, { queueSeq: { $gt: after.queueSeq } }] };

/** One ticket in its place. */
export interface QueueTicket extends LoggedTicket {
  /** From 1 among those ready to be worked on; null while it waits for its customer, and keeps its place. */
  readonly position: number | null;
  /** What its customer is asked for, and since when; null when it is ready. */
  readonly waitsFor: { readonly cause: 'FACTS' | 'ACCESS' | 'TOPUP' | 'CONSENT'; readonly since: Temporal.Instant } | null;
  /** What must be there before its work can begin, and is not; it is skipped meanwhile. Empty: it can be taken up, where the prepaid time suffices. */
  readonly hindrances: readonly Reason[];
  /** How long it has had its place, in minutes of the working hours that its conditions name, whole minutes, rounded down. */
  readonly waitedWorkingMinutes: number;
  /** The same by the clock on the wall, in whole seconds, rounded down. */
  readonly waitedSeconds: number;
  /** What is due first; null: nothing is. */
  readonly due: Clock | null;
}

export interface QueuePage {
  readonly tickets: readonly QueueTicket[];
  readonly hasNextPage: boolean;
}

/**
 * B-15: the tickets that have a place, in its order, from behind `after` on; at most `first` of them. Those that wait for their customer are among them, at
 * their place. Three statements for any number, and one for policies not yet known. For a session that sees everyone's tickets. `standing` tells how tickets
 * stand at that instant: for whoever has read them, or will have to.
 */
export async function readQueue(
  em: EntityManager,
  { first, after }: QueueSpan,
  at: Temporal.Instant,
  standing: (rows: readonly TicketRow[]) => Promise<ReadonlyMap<string, LoggedTicket>> = (rows) => ticketsAsOf(em, rows, at),
): Promise<QueuePage> {
  const places = { $and: [{ $or: [{ work: 'QUEUED' as const }, { returnTo: 'QUEUED' as const }] }, behind(after)] };
  const rows = await em.find(Ticket, places, { ...IN_ORDER, limit: first + 1 });
  const shown = rows.slice(0, first);
  const known = await standing(shown);
  let ready = shown[0] === undefined ? 0 : await readyBefore(em, shown[0]);
  const tickets = shown.flatMap((row) => {
    const ticket = known.get(row.id);
    return ticket === undefined ? [] : [{ ...queueTicket(ticket, at), position: row.work === 'QUEUED' ? ++ready : null }];
  });
  return { tickets, hasNextPage: rows.length > first };
}

async function readyBefore(em: EntityManager, { queueAt, queueSeq }: QueuePlace): Promise<number> {
  const [counted] = await queryWithin<{ ready: number }>(em, {
    name: 'ticket-queue-before',
    text: `select count(*)::int as ready from ticket where work = 'QUEUED' and (queue_at, queue_seq) < ($1, $2)`,
    values: [queueAt.toString(), queueSeq],
  });
  return counted?.ready ?? 0;
}

function queueTicket(ticket: LoggedTicket, at: Temporal.Instant): Omit<QueueTicket, 'position'> {
  const { state, policy } = ticket;
  const wait = state.waits.find(({ to }) => to === null);
  const looked = Temporal.Instant.compare(at, state.lastEventAt) < 0 ? state.lastEventAt : at;
  return {
    ...ticket,
    waitsFor: wait === undefined ? null : { cause: wait.cause, since: wait.from },
    hindrances: waitsToBegin(state, policy),
    waitedWorkingMinutes: workingMinutesBetween(policy.document.calendar, state.queueAt, at),
    waitedSeconds: Math.max(0, Math.floor((at.epochMilliseconds - state.queueAt.epochMilliseconds) / 1000)),
    due: nextDue(clocksOf(state, policy.document, looked)),
  };
}

/** Why a ticket has the place it has. */
export interface QueueStanding {
  /** From 1 among the tickets ready to be worked on; for one that waits, the place it would have if its customer answered now. */
  readonly position: number;
  /** How many are ready to be worked on, this one included where it is. */
  readonly readyCount: number;
  readonly isReady: boolean;
  readonly submittedAt: Temporal.Instant;
  readonly queueAt: Temporal.Instant;
  /** B-16: the repeated request that moved it to the place of its own; null: none did. */
  readonly movedBy: { readonly ticketId: string; readonly at: Temporal.Instant } | null;
  /** Why staff took it out of turn; null: they did not. */
  readonly expeditedBecause: string | null;
}

/**
 * B-15: where tickets stand in the queue, by ticket; those without a place are left out, and those that the asker may not see. Two statements for any number.
 * Places count everyone's tickets, whoever asks.
 */
export async function queuePositionOf(em: EntityManager, ticketIds: readonly string[]): Promise<Map<string, QueueStanding>> {
  const placed = await queryWithin<PlaceRow>(em, { name: 'ticket-queue-standing', text: STANDING, values: [ticketIds] });
  const logs = await eventsOf(
    em,
    placed.map(({ id }) => id),
  );
  return new Map(placed.map((place) => [place.id, standingOf(place, logs.get(place.id) ?? [])]));
}

interface PlaceRow {
  readonly id: string;
  readonly position: number;
  readonly ready_count: number;
  readonly is_ready: boolean;
  readonly submitted_at: string;
  readonly queue_at: string;
}

const STANDING = `select id, place as position, ready_count, is_ready, submitted_at::text, queue_at::text from ticket_queue_standing($1::uuid[])`;

function standingOf(place: PlaceRow, events: readonly TicketEvent[]): QueueStanding {
  let standing: QueueStanding = {
    position: place.position,
    readyCount: place.ready_count,
    isReady: place.is_ready,
    submittedAt: Temporal.Instant.from(place.submitted_at),
    queueAt: Temporal.Instant.from(place.queue_at),
    movedBy: null,
    expeditedBecause: null,
  };
  for (const event of events) {
    if (event.kind === 'DUPLICATE_ABSORBED' && event.movedTo !== null) {
      standing = { ...standing, movedBy: { ticketId: event.duplicateId, at: event.at } };
    }
    if (event.kind === 'EXPEDITED') standing = { ...standing, expeditedBecause: event.reason };
    if (event.kind === 'CLAIMED') standing = { ...standing, expeditedBecause: null };
  }
  return standing;
}
