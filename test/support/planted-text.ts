import type { Database } from '../../src/persistence/database.js';
import { asVendor } from './vendor.js';

const pattern = (text: string) => `%${text.replace(/[\\%_]/g, '\\$&')}%`;

/**
 * The tables, of ours and of jobs, in which one of the texts stands, in any column of any row, as text or as bytes. Kept answers of commands are looked at as each of
 * their callers sees them.
 */
export function tablesWith(database: Database, ...texts: readonly string[]): Promise<string[]> {
  const patterns = texts.flatMap((text) => [pattern(text), pattern(Buffer.from(text).toString('hex'))]);
  return asVendor(database, async (em) => {
    const run = <Row>(sql: string, values: readonly unknown[] = []) =>
      em.getConnection().execute<Row[]>(sql, [...values], 'all', em.getTransactionContext());
    const tables = await run<{ name: string; of: string }>(
      `select format('%I.%I', schemaname, tablename) as name, tablename as of from pg_tables where schemaname not in ('pg_catalog', 'information_schema')`,
    );
    const found = new Set<string>();
    const look = async (name: string) => {
      const any = patterns.map(() => '?').join(', ');
      const [row] = await run<{ hits: number }>(
        `select count(*)::int as hits from ${name} t where t::text like any(array[${any}])`,
        patterns,
      );
      if ((row?.hits ?? 0) > 0) found.add(name);
    };
    for (const { name } of tables.filter(({ of }) => of !== 'idempotency_key')) await look(name);
    for (const { principal } of await run<{ principal: string }>('select distinct principal from access_token')) {
      await run(`select set_config('tenure.actor', ?, true)`, [principal]);
      await look('public.idempotency_key');
    }
    return [...found].sort();
  });
}
