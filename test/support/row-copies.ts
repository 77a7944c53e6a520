import { typeid } from 'typeid-js';
import type { Session } from '../../src/persistence/session.js';

/** The rows of a table whose column has a value. */
export interface RowsOf {
  readonly table: string;
  readonly column: string;
  readonly value: string;
}

/** A ticket as its log, its row and its decision have it; what was written on it is left out. */
export const rowsOfTicket = (ticketId: string): readonly RowsOf[] => [
  { table: 'ticket', column: 'id', value: ticketId },
  ...['ticket_event', 'ticket_decision'].map((table) => ({ table, column: 'ticket_id', value: ticketId })),
];

/** A customer with projects and prepaid time, of which nothing is held. */
export const rowsOfCustomer = (customerId: string, walletId: string): readonly RowsOf[] => [
  { table: 'customer', column: 'id', value: customerId },
  ...['project', 'time_wallet'].map((table) => ({ table, column: 'customer_id', value: customerId })),
  ...['time_lot', 'time_lot_balance', 'time_transaction', 'time_leg'].map((table) => ({ table, column: 'wallet_id', value: walletId })),
];

/** The ids of one copy, by those of the originals. */
export type CopiedIds = ReadonlyMap<string, string>;

interface Original {
  readonly table: string;
  readonly row: string;
}

/** In one statement for each table. */
const COPIES_AT_ONCE = 250;

/**
 * Copies rows so many times, each time under new ids: what took several commands to make is there in bulk. Tables come in an order in which rows refer to
 * earlier ones only. Tickets get numbers of their own, customers addresses. For a session that sees everyone's rows.
 */
export async function copyRows(session: Session, selections: readonly RowsOf[], count: number): Promise<CopiedIds[]> {
  const originals: Original[] = [];
  for (const { table, column, value } of selections) {
    const text = `select to_jsonb(original)::text as row from ${table} as original where ${column} = $1`;
    const found = await session.query<{ row: string }>({ name: `copy-from-${table}`, text, values: [value] });
    originals.push(...found.map(({ row }) => ({ table, row })));
  }
  const ids = originals.flatMap(({ row }) => JSON.parse(row).id ?? []);
  const copies: CopiedIds[] = [];
  while (copies.length < count) {
    const batch = Array.from({ length: Math.min(COPIES_AT_ONCE, count - copies.length) }, () => newIds(ids));
    await insertCopies(session, originals, batch);
    copies.push(...batch);
  }
  return copies;
}

const newIds = (ids: readonly string[]): CopiedIds => new Map(ids.map((id) => [id, typeid().toUUID()]));

async function insertCopies(session: Session, originals: readonly Original[], batch: readonly CopiedIds[]): Promise<void> {
  const numbers = await session.query<{ number: number }>({
    name: 'copy-numbers',
    text: `select nextval('ticket_seq')::float8 as number from generate_series(1, $1)`,
    values: [batch.length],
  });
  await session.transaction(async () => {
    for (const table of new Set(originals.map((original) => original.table))) {
      const rows = batch.flatMap((ids, index) =>
        originals.filter((original) => original.table === table).map(({ row }) => copyOf(table, row, ids, numbers[index]?.number ?? 0)),
      );
      const text = `insert into ${table} select * from jsonb_populate_recordset(null::${table}, $1::jsonb)`;
      await session.query({ name: `copy-to-${table}`, text, values: [JSON.stringify(rows)] });
    }
  });
}

function copyOf(table: string, row: string, ids: CopiedIds, number: number): object {
  let text = row;
  for (const [id, copy] of ids) text = text.replaceAll(id, copy);
  const copied = JSON.parse(text);
  if (table === 'customer') return { ...copied, email: `${number}-${copied.email}` };
  if (table === 'ticket') return { ...copied, seq: number, queue_seq: number };
  if (table === 'ticket_event' && copied.kind === 'SUBMITTED') return { ...copied, data: { ...copied.data, seq: number } };
  return copied;
}
