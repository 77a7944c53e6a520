import type { Session } from './session.js';
import { TRANSACTION, type TransactionFacts } from './time-ledger-rows.js';

/** An entry of a journal with whose it is and what undid it. */
export interface EntryFacts extends TransactionFacts {
  readonly customerId: string;
  readonly reversedBy: string | null;
}

/** One page of one customer's entries. */
export interface EntriesAsked {
  readonly customerId: string;
  /** Only those recorded by then; null: all. */
  readonly until: Temporal.Instant | null;
  /** Only those with a lower number; null: from the newest. */
  readonly before: number | null;
  readonly limit: number;
}

const ENTRY = `${TRANSACTION} as entry, w.customer_id as customer_id, (select r.id from time_transaction r where r.reverses_id = t.id) as reversed_by`;

const ENTRIES_OF_CUSTOMERS = `
  select key.ordinal::int as ordinal, page.*
  from unnest($1::uuid[], $2::timestamptz[], $3::int[], $4::int[]) with ordinality as key (customer_id, until, before, most, ordinal)
  cross join lateral (
    select ${ENTRY}, t.sequence
    from time_wallet w join time_transaction t on t.wallet_id = w.id
    where w.customer_id = key.customer_id and (key.until is null or t.recorded_at <= key.until)
      and (key.before is null or t.sequence < key.before)
    order by t.sequence desc limit key.most
  ) as page
  order by page.sequence desc`;

const ENTRIES_BY_ID = `
  select ${ENTRY} from time_transaction t join time_wallet w on w.id = t.wallet_id
  where t.id = any($1::uuid[]) and ($2::uuid is null or w.customer_id = $2)`;

interface EntryRow {
  readonly entry: TransactionFacts;
  readonly customer_id: string;
  readonly reversed_by: string | null;
}

/** Pages of journals, the newest entry first: one statement for any number of them. `ordinal` says, from 1, which page asked for it is. */
export async function entriesOfCustomers(session: Session, asked: readonly EntriesAsked[]): Promise<(EntryFacts & { ordinal: number })[]> {
  const rows = await session.query<EntryRow & { readonly ordinal: number }>({
    name: 'time-entries-of-customers',
    text: ENTRIES_OF_CUSTOMERS,
    values: [
      asked.map(({ customerId }) => customerId),
      asked.map(({ until }) => until?.toString() ?? null),
      asked.map(({ before }) => before),
      asked.map(({ limit }) => limit),
    ],
  });
  return rows.map((row) => ({ ...toldBy(row), ordinal: row.ordinal }));
}

/** Entries by their ids, of one customer alone where one is given. */
export async function entriesById(session: Session, ids: readonly string[], customerId: string | null): Promise<EntryFacts[]> {
  return (await session.query<EntryRow>({ name: 'time-entries-by-id', text: ENTRIES_BY_ID, values: [ids, customerId] })).map(toldBy);
}

const toldBy = ({ entry, customer_id, reversed_by }: EntryRow): EntryFacts => ({
  ...entry,
  customerId: customer_id,
  reversedBy: reversed_by,
});
