import { type ConstructorOptions, PgBoss } from 'pg-boss';
import { JOB_SCHEMA } from './queues.js';

/** Connections of a database: a pool, or the one that a transaction is on. */
export interface JobConnections {
  query(text: string, values?: unknown[]): Promise<{ rows: unknown[] }>;
}

/** The tuning of the library that is ours to give, by its own names. */
export type JobTuning = Omit<ConstructorOptions, 'db' | 'schema' | 'connectionString'>;

/** The job library on connections of ours: it opens none, and closes none. It runs no timer before it is started. */
export function openBoss(connections: JobConnections, tuning: JobTuning, onError: (error: unknown) => void): PgBoss {
  const db = { executeSql: (text: string, values?: unknown[]) => connections.query(text, values) };
  const boss = new PgBoss({ ...tuning, schema: JOB_SCHEMA, db });
  // Without a listener, a lost database would end the process.
  boss.on('error', onError);
  return boss;
}
