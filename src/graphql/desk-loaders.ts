import DataLoader from 'dataloader';
import { AccessInformation, type AccessInformationRow, AccessReveal, type AccessRevealRow } from '../persistence/access-information.js';
import { BugReport, type BugReportRow } from '../persistence/bug-report.js';
import type { Session } from '../persistence/session.js';
import { TermsAcceptance, type TermsAcceptanceRow } from '../persistence/terms-acceptance.js';
import { TicketMessage, type TicketMessageRow } from '../persistence/ticket-message.js';
import { afterMoment, type PageRequest } from './connection.js';

/** A page of what belongs to one row. */
export interface PageOf {
  readonly of: string;
  readonly page: PageRequest;
}

/** An item of access without its secret, which no query reads. */
export type AccessItem = Omit<AccessInformationRow, 'sealed'>;

/** What surrounds tickets, each in one statement for all rows of a page that ask for it; pages have one row more than asked for. */
export interface DeskLoaders {
  /** In the order in which they were written; those that are told to customers alone, unless INTERNAL ones are asked for too. */
  readonly ticketMessages: DataLoader<PageOf & { readonly withInternal: boolean }, TicketMessageRow[], string>;
  /** What was last supplied of each item, in the order of their names. */
  readonly accessItems: DataLoader<string, AccessItem[]>;
  readonly accessReveals: DataLoader<string, AccessRevealRow[]>;
  /** The newest first. */
  readonly termsAcceptances: DataLoader<PageOf, TermsAcceptanceRow[], string>;
  readonly bugReports: DataLoader<PageOf, BugReportRow[], string>;
}

export function makeDeskLoaders(session: () => Session): DeskLoaders {
  return {
    ticketMessages: pages((keys, withInternal) => messagesOf(session(), keys, withInternal)),
    accessItems: new DataLoader((ids) => accessItemsOf(session(), ids)),
    accessReveals: new DataLoader(async (ids) => {
      const found = { accessInformation: { $in: [...ids] } };
      const rows = await session().em.find(AccessReveal, found, { orderBy: { revealedAt: 'asc', id: 'asc' } });
      const byItem = Map.groupBy(rows, (row) => row.accessInformation.id);
      return ids.map((id) => byItem.get(id) ?? []);
    }),
    termsAcceptances: pages((keys) => acceptancesOf(session(), keys)),
    bugReports: pages((keys) => bugsOf(session(), keys)),
  };
}

/** Reads the keys that ask for the same page together. */
function pages<Key extends PageOf & { readonly withInternal?: boolean }, Row>(
  read: (keys: readonly Key[], withInternal: boolean) => Promise<Map<string, Row[]>>,
): DataLoader<Key, Row[], string> {
  const groupOf = ({ page, withInternal }: Key) => JSON.stringify([page, withInternal]);
  return new DataLoader(
    async (keys) => {
      const found = new Map<string, Map<string, Row[]>>();
      for (const [group, same] of Map.groupBy(keys, groupOf)) found.set(group, await read(same, same[0]?.withInternal === true));
      return keys.map((key) => found.get(groupOf(key))?.get(key.of) ?? []);
    },
    { cacheKeyFn: (key) => `${key.of} ${groupOf(key)}` },
  );
}

/** What every statement below takes: the parents, the place after which the page begins, and how many rows it has. */
function valuesOf(keys: readonly PageOf[]): unknown[] {
  const [first] = keys;
  const place = first === undefined ? null : afterMoment(first.page);
  return [keys.map(({ of }) => of), place?.moment.toString() ?? null, place?.id ?? null, (first?.page.first ?? 0) + 1];
}

async function messagesOf(session: Session, keys: readonly PageOf[], withInternal: boolean): Promise<Map<string, TicketMessageRow[]>> {
  const rows = await session.query<{ ticket_id: string }>({
    name: 'messages-by-ticket',
    text: `select page.*
      from unnest($1::uuid[]) as key (ticket_id)
      cross join lateral (
        select m.* from ticket_message m
        where m.ticket_id = key.ticket_id and ($5 or m.visibility = 'PUBLIC') and ($2::timestamptz is null or (m.written_at, m.id) > ($2, $3::uuid))
        order by m.written_at, m.id limit $4
      ) as page
      order by page.written_at, page.id`,
    values: [...valuesOf(keys), withInternal],
  });
  return Map.groupBy(
    rows.map((row) => session.em.map(TicketMessage, row)),
    ({ ticket }) => ticket.id,
  );
}

async function acceptancesOf(session: Session, keys: readonly PageOf[]): Promise<Map<string, TermsAcceptanceRow[]>> {
  const rows = await session.query<{ customer_id: string }>({
    name: 'terms-acceptances-by-customer',
    text: `select page.*
      from unnest($1::uuid[]) as key (customer_id)
      cross join lateral (
        select a.* from terms_acceptance a
        where a.customer_id = key.customer_id and ($2::timestamptz is null or (a.accepted_at, a.id) < ($2, $3::uuid))
        order by a.accepted_at desc, a.id desc limit $4
      ) as page
      order by page.accepted_at desc, page.id desc`,
    values: valuesOf(keys),
  });
  return Map.groupBy(
    rows.map((row) => session.em.map(TermsAcceptance, row)),
    ({ customer }) => customer.id,
  );
}

async function bugsOf(session: Session, keys: readonly PageOf[]): Promise<Map<string, BugReportRow[]>> {
  const rows = await session.query<{ addon_id: string }>({
    name: 'bug-reports-by-addon',
    text: `select page.*
      from unnest($1::uuid[]) as key (addon_id)
      cross join lateral (
        select b.* from bug_report b
        where b.addon_id = key.addon_id and ($2::timestamptz is null or (b.recorded_at, b.id) < ($2, $3::uuid))
        order by b.recorded_at desc, b.id desc limit $4
      ) as page
      order by page.recorded_at desc, page.id desc`,
    values: valuesOf(keys),
  });
  return Map.groupBy(
    rows.map((row) => session.em.map(BugReport, row)),
    ({ addon }) => addon.id,
  );
}

async function accessItemsOf(session: Session, ticketIds: readonly string[]): Promise<AccessItem[][]> {
  const rows = await session.query<{ ticket_id: string }>({
    name: 'access-items-by-ticket',
    text: `select distinct on (ticket_id, item) id, ticket_id, item, supplied_at, supplied_by, usable, checked_at, checked_by, purged_at
      from access_information where ticket_id = any($1::uuid[])
      order by ticket_id, item, supplied_at desc, id desc`,
    values: [[...ticketIds]],
  });
  const items: AccessItem[] = rows.map((row) => session.em.map(AccessInformation, row));
  const byTicket = Map.groupBy(items, ({ ticket }) => ticket.id);
  return ticketIds.map((id) => byTicket.get(id) ?? []);
}
