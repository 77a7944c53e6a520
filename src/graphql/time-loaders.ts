import DataLoader from 'dataloader';
import { Project, type ProjectRow } from '../persistence/project.js';
import type { Session } from '../persistence/session.js';
import { type EntryFacts, entriesById, entriesOfCustomers } from '../persistence/time-entry-page.js';
import type { Reason } from '../policy/reason.js';
import type { TimeLedger } from '../policy/time-journal.js';
import { journalInDoubt } from '../policy/time-suspension.js';
import { transactionOf } from '../use-cases/time-ledger.js';
import { journalsOf, ledgerEarlier, ledgerLater, type StoredJournal, type StoredTime, storedTimeOf } from '../use-cases/time-reading.js';
import { afterNumber, type PageRequest } from './connection.js';
import type { EntryRoot } from './time-entry.js';

export interface TimeKey {
  readonly customerId: string;
  readonly at: Temporal.Instant;
}
export interface EntriesKey {
  readonly customerId: string;
  /** Only entries that were recorded by then; null: all. */
  readonly until: Temporal.Instant | null;
  readonly page: PageRequest;
}
export interface ProjectsKey {
  readonly customerId: string;
  readonly page: PageRequest;
}
export interface TimeAt extends Pick<StoredTime, 'suspendedAt'> {
  /** Null where it must be folded from a journal that is at fault: then there are reasons. */
  readonly ledger: TimeLedger | null;
  readonly reasons: readonly Reason[];
}

/** What one page asks of the prepaid time of many customers, one statement for each kind of question. Made for each request. */
export interface TimeLoaders {
  /** The ledger as it stands now, from what is stored. */
  readonly timeNow: DataLoader<string, TimeLedger>;
  /** The ledger as it stands at a moment: what is past is folded from the journal. Suspension is told as of now. */
  readonly time: DataLoader<TimeKey, TimeAt, string>;
  /** Reads every entry that a customer ever had. */
  readonly timeJournal: DataLoader<string, StoredJournal>;
  /** Newest first, with one row more than asked for. */
  readonly timeEntries: DataLoader<EntriesKey, EntryRoot[], string>;
  /** By id; null for what is not there or belongs to another customer. */
  readonly timeEntry: DataLoader<string, EntryRoot | null>;
  /** In the order of their names, with one row more than asked for. */
  readonly projects: DataLoader<ProjectsKey, ProjectRow[], string>;
  /** By the id of a ticket: minutes that the journal consumed for it, less those that it gave back. */
  readonly chargedMinutes: DataLoader<string, number>;
}

/** `onlyCustomer` keeps what is read to one customer's own; null: everyone's. */
export function makeTimeLoaders(session: () => Session, onlyCustomer: string | null, now: Temporal.Instant): TimeLoaders {
  const stored = new DataLoader((customerIds: readonly string[]) => storedTimeOf(session().em, customerIds));
  const timeJournal = new DataLoader((customerIds: readonly string[]) => journalsOf(session().em, customerIds));
  const timeAt = async ({ customerId, at }: TimeKey): Promise<TimeAt> => {
    const isPast = Temporal.Instant.compare(at, now) < 0;
    const [present, journal] = await Promise.all([stored.load(customerId), isPast ? timeJournal.load(customerId) : null]);
    const { suspendedAt } = present;
    if (journal === null) return { suspendedAt, ledger: ledgerLater(present, at), reasons: [] };
    const folded = ledgerEarlier(journal, at);
    if (folded.outcome === 'FAULTY') return { suspendedAt, ledger: null, reasons: [journalInDoubt(folded.faults)] };
    return { suspendedAt, ledger: folded.ledger, reasons: [] };
  };
  const timeNow = async (customerId: string) => ledgerLater(await stored.load(customerId), now);
  return {
    timeNow: new DataLoader((customerIds) => Promise.all(customerIds.map(timeNow))),
    timeJournal,
    time: new DataLoader((keys) => Promise.all(keys.map(timeAt)), { cacheKeyFn: ({ customerId, at }) => `${customerId} ${at}` }),
    timeEntries: new DataLoader((keys) => pagesOfEntries(session(), keys), { cacheKeyFn: JSON.stringify }),
    timeEntry: new DataLoader(async (ids) => {
      const found = new Map((await entriesById(session(), ids, onlyCustomer)).map((row) => [row.id, entryRoot(row)]));
      return ids.map((id) => found.get(id) ?? null);
    }),
    projects: new DataLoader((keys) => pagesOfProjects(session(), keys), { cacheKeyFn: JSON.stringify }),
    chargedMinutes: new DataLoader((ticketIds) => chargedForTickets(session(), ticketIds)),
  };
}

async function chargedForTickets(session: Session, ticketIds: readonly string[]): Promise<number[]> {
  const rows = await session.query<{ ticket_id: string; minutes: number }>({
    name: 'charged-for-tickets',
    text: `select act.ticket_id, sum(leg.minutes)::int as minutes
      from time_transaction act join time_leg leg on leg.transaction_id = act.id
      where act.ticket_id = any($1::uuid[]) and leg.account = 'CONSUMED'
      group by act.ticket_id`,
    values: [ticketIds],
  });
  const byTicket = new Map(rows.map((row) => [row.ticket_id, row.minutes]));
  return ticketIds.map((id) => byTicket.get(id) ?? 0);
}

function entryRoot({ customerId, reversedBy, ...row }: EntryFacts): EntryRoot {
  return { __typename: 'TimeEntry', customerId, reversedBy, sequence: row.sequence, transaction: transactionOf(row) };
}

async function pagesOfEntries(session: Session, keys: readonly EntriesKey[]): Promise<EntryRoot[][]> {
  const rows = await entriesOfCustomers(
    session,
    keys.map(({ customerId, until, page }) => ({ customerId, until, before: afterNumber(page), limit: page.first + 1 })),
  );
  return keys.map((_, index) => rows.filter(({ ordinal }) => ordinal === index + 1).map(({ ordinal: __, ...row }) => entryRoot(row)));
}

async function pagesOfProjects(session: Session, keys: readonly ProjectsKey[]): Promise<ProjectRow[][]> {
  const rows = await session.query<{ ordinal: number; id: string }>({
    name: 'projects-of-customers',
    text: `select key.ordinal::int as ordinal, page.*
      from unnest($1::uuid[], $2::text[], $3::int[]) with ordinality as key (customer_id, after_name, most, ordinal)
      cross join lateral (
        select p.* from project p
        where p.customer_id = key.customer_id and (key.after_name is null or p.name > key.after_name)
        order by p.name limit key.most
      ) as page
      order by page.name`,
    values: [
      keys.map(({ customerId }) => customerId),
      keys.map(({ page }) => page.after?.[0] ?? null),
      keys.map(({ page }) => page.first + 1),
    ],
  });
  const byKey = Map.groupBy(rows, ({ ordinal }) => ordinal);
  return keys.map((_, index) => (byKey.get(index + 1) ?? []).map(({ ordinal: __, ...row }) => session.em.map(Project, row)));
}
