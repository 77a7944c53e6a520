import DataLoader from 'dataloader';
import type { PlainRow } from '../persistence/plain-row.js';
import type { Session } from '../persistence/session.js';
import { Ticket, type TicketRow } from '../persistence/ticket.js';
import { TicketDecision, type TicketDecisionRow } from '../persistence/ticket-decision.js';
import { readTicketEvents, type TicketEventRow } from '../persistence/ticket-event.js';
import { WorkLogEntry, type WorkLogEntryRow } from '../persistence/work-log-entry.js';
import type { WorkState } from '../policy/ticket.js';
import type { TicketEvent } from '../policy/ticket-event.js';
import { foldTicket, timePassed } from '../policy/ticket-machine.js';
import type { Gateway } from '../use-cases/gateway.js';
import { eventFromRow, type LoggedTicket } from '../use-cases/ticket-log.js';
import { type QueueStanding, queuePositionOf } from '../use-cases/ticket-queue.js';
import { afterMoment, type PageRequest } from './connection.js';

/** One event of a log. */
export interface LoggedEvent {
  readonly ordinal: number;
  readonly event: TicketEvent;
  /** Null: time alone has done it by now, and nobody has written it down yet. */
  readonly recordedAt: Temporal.Instant | null;
}

/** A ticket as it stands at the moment of the request, whether or not what time has done by then is recorded. */
export interface TicketAsOf extends LoggedTicket {
  /** The moment of the request, or of the last event where another machine's clock is ahead. */
  readonly at: Temporal.Instant;
  readonly log: readonly LoggedEvent[];
}

export interface TicketsKey {
  readonly customerId: string;
  readonly status: WorkState | null;
  readonly page: PageRequest;
}
interface WorkLogKey {
  readonly ticketId: string;
  readonly page: PageRequest;
}

/** What a page of tickets asks, in one statement for all of them. */
export interface TicketLoaders {
  readonly ticketAsOf: DataLoader<TicketRow, TicketAsOf, string>;
  readonly ticket: DataLoader<string, TicketRow | null>;
  /** Null for those without a place in the queue. */
  readonly queueStanding: DataLoader<TicketRow, QueueStanding | null, string>;
  /** In the order in which they were taken. */
  readonly ticketDecisions: DataLoader<string, TicketDecisionRow[]>;
  /** The newest first, with one row more than asked for, as are those of the work log, which are in the order of the log. */
  readonly tickets: DataLoader<TicketsKey, TicketRow[], string>;
  readonly workLog: DataLoader<WorkLogKey, WorkLogEntryRow[], string>;
}

export interface TicketLoaderScope {
  readonly session: () => Session;
  readonly onlyCustomer: string | null;
  readonly now: Temporal.Instant;
}

export function makeTicketLoaders(policies: Gateway['policies'], { session, onlyCustomer, now }: TicketLoaderScope): TicketLoaders {
  return {
    queueStanding: new DataLoader((rows) => standingsOf(rows, session()), {
      cacheKeyFn: ({ id }) => id,
    }),
    ticketAsOf: new DataLoader((rows) => ticketsAt(session(), policies, rows, now), { cacheKeyFn: ({ id }) => id }),
    ticket: new DataLoader(async (ids) => {
      const own = onlyCustomer === null ? {} : { customer: onlyCustomer };
      const rows = await session().em.find(Ticket, { id: { $in: [...ids] }, ...own });
      const byId = new Map(rows.map((row) => [row.id, row]));
      return ids.map((id) => byId.get(id) ?? null);
    }),
    ticketDecisions: new DataLoader(async (ids) => {
      const rows = await session().em.find(TicketDecision, { ticket: { $in: [...ids] } }, { orderBy: { decidedAt: 'asc', id: 'asc' } });
      const byTicket = Map.groupBy(rows, ({ ticket }) => ticket.id);
      return ids.map((id) => byTicket.get(id) ?? []);
    }),
    tickets: new DataLoader((keys) => byPage(keys, (group) => ticketsOf(session(), group, onlyCustomer, now)), {
      cacheKeyFn: JSON.stringify,
    }),
    workLog: new DataLoader((keys) => byPage(keys, (group) => workLogsOf(session(), group)), { cacheKeyFn: JSON.stringify }),
  };
}

async function standingsOf(rows: readonly TicketRow[], { em }: Session): Promise<(QueueStanding | null)[]> {
  const placed = rows.filter(({ work, returnTo }) => work === 'QUEUED' || returnTo === 'QUEUED').map(({ id }) => id);
  if (placed.length === 0) return rows.map(() => null);
  const standings = await queuePositionOf(em, placed);
  return rows.map(({ id }) => standings.get(id) ?? null);
}

async function ticketsAt(
  session: Session,
  policies: Gateway['policies'],
  rows: readonly TicketRow[],
  now: Temporal.Instant,
): Promise<TicketAsOf[]> {
  await policies.load(
    session,
    rows.map(({ supportPolicyVersion }) => supportPolicyVersion.id),
  );
  const ids = rows.map(({ id }) => id);
  const events = await readTicketEvents(session.em, ids);
  const logs = Map.groupBy(events, ({ ticket }) => ticket.id);
  return rows.map((row) => ticketAt(row, policies.pinned(row.supportPolicyVersion.id), logs.get(row.id) ?? [], now));
}

function ticketAt(
  row: TicketRow,
  policy: LoggedTicket['policy'],
  rows: readonly PlainRow<TicketEventRow>[],
  now: Temporal.Instant,
): TicketAsOf {
  const recorded = rows.map((each) => ({ ordinal: each.ordinal, event: eventFromRow(each), recordedAt: each.recordedAt }));
  const { state, appended } = timePassed(foldTicket(recorded.map(({ event }) => event)), policy.document, now);
  const unrecorded = appended.map((event, index) => ({ ordinal: recorded.length + index + 1, event, recordedAt: null }));
  const at = Temporal.Instant.compare(now, state.lastEventAt) < 0 ? state.lastEventAt : now;
  return { row, policy, state, at, log: [...recorded, ...unrecorded] };
}

/** Reads the keys that ask for the same page together, and gives the answers in the order of the keys. */
async function byPage<Key extends TicketsKey | WorkLogKey, Row>(
  keys: readonly Key[],
  read: (group: readonly Key[]) => Promise<Map<Key, Row[]>>,
): Promise<Row[][]> {
  const groups = Map.groupBy(keys, (key) => JSON.stringify([key.page, 'status' in key ? key.status : null]));
  const found = new Map<Key, Row[]>();
  for (const group of groups.values()) {
    for (const [key, rows] of await read(group)) found.set(key, rows);
  }
  return keys.map((key) => found.get(key) ?? []);
}

/**
 * The state of the row is that of the last event written down: what is due may have closed a delivered ticket meanwhile, so that both states are read, and
 * whoever asks for one looks at what the ticket is now.
 */
export const mayHaveStatus = (status: WorkState, now: Temporal.Instant): object =>
  status === 'CLOSED' ? { $or: [{ work: status }, { work: 'DELIVERED', nextDueAt: { $lte: now } }] } : { work: status };

async function ticketsOf(
  session: Session,
  keys: readonly TicketsKey[],
  onlyCustomer: string | null,
  now: Temporal.Instant,
): Promise<Map<TicketsKey, TicketRow[]>> {
  const [first] = keys;
  if (first === undefined) return new Map();
  const rows = await session.query<{ customer_id: string; id: string }>({
    name: 'tickets-by-customer',
    text: `select page.*
      from unnest($1::uuid[]) as key (customer_id)
      cross join lateral (
        select t.* from ticket t
        where t.customer_id = key.customer_id and ($2::uuid is null or t.customer_id = $2) and ($3::bigint is null or t.seq < $3)
          and ($4::text is null or t.work = $4 or ($4 = 'CLOSED' and t.work = 'DELIVERED' and t.next_due_at <= $5))
        order by t.seq desc limit $6
      ) as page
      order by page.seq desc`,
    values: [
      keys.map(({ customerId }) => customerId),
      onlyCustomer,
      first.page.after?.[0] ?? null,
      first.status,
      now.toString(),
      first.page.first + 1,
    ],
  });
  const grouped = Map.groupBy(rows, (row) => row.customer_id);
  return new Map(keys.map((key) => [key, (grouped.get(key.customerId) ?? []).map((row) => session.em.map(Ticket, row))]));
}

async function workLogsOf(session: Session, keys: readonly WorkLogKey[]): Promise<Map<WorkLogKey, WorkLogEntryRow[]>> {
  const [first] = keys;
  if (first === undefined) return new Map();
  const place = afterMoment(first.page);
  const rows = await session.query<{ ticket_id: string }>({
    name: 'work-log-by-ticket',
    text: `select page.*
      from unnest($1::uuid[]) as key (ticket_id)
      cross join lateral (
        select entry.* from work_log_entry entry
        where entry.ticket_id = key.ticket_id and ($2::timestamptz is null or (entry.logged_at, entry.id) > ($2, $3::uuid))
        order by entry.logged_at, entry.id limit $4
      ) as page
      order by page.logged_at, page.id`,
    values: [keys.map(({ ticketId }) => ticketId), place?.moment.toString() ?? null, place?.id ?? null, first.page.first + 1],
  });
  const grouped = Map.groupBy(rows, (row) => row.ticket_id);
  return new Map(keys.map((key) => [key, (grouped.get(key.ticketId) ?? []).map((row) => session.em.map(WorkLogEntry, row))]));
}
