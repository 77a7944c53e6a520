import { migrations } from '../../migrations/list.js';
import type { Database } from './database.js';

/** Any constant: processes that start at once wait for each other here. */
const MIGRATION_LOCK = 7_300;

/** Applies the migrations that a database lacks, oldest first, and then what `further` brings up to date, one process at a time. Returns the names of both. */
export async function migrateDatabase({ orm, pool }: Database, further: () => Promise<readonly string[]>): Promise<string[]> {
  const client = await pool.connect();
  try {
    await client.query('set statement_timeout = 0');
    await client.query('select pg_advisory_lock($1)', [MIGRATION_LOCK]);
    const applied = (await orm.migrator.up()).map(({ name }) => name);
    return [...applied, ...(await further())];
  } finally {
    // Closing the connection gives the lock back, whatever happened.
    client.release(true);
  }
}

/** Whether the database has every migration of this program. Looks beside the pool, whose connections may all be taken. */
export async function isMigrated({ orm, probe }: Pick<Database, 'orm' | 'probe'>): Promise<boolean> {
  const { tableName } = orm.config.get('migrations');
  const { rows } = await probe.query<{ name: string }>(`select name from "${tableName}"`);
  const applied = new Set(rows.map(({ name }) => name));
  return migrations.every(({ name }) => applied.has(name));
}
