import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { installJobs } from '../../src/jobs/install.js';
import { type Database, openDatabase } from '../../src/persistence/database.js';

const TEMPLATE = 'tenure_template';
/** Any constant: one test process at a time makes the template. */
const TEMPLATE_LOCK = 7_301;

/** A database of its own for a test file: a clone of one that was migrated once. `statements` collects what sessions send. */
export async function testDatabase(): Promise<Database & { readonly url: string; readonly statements: string[] }> {
  const url = await cloneTemplate();
  const statements: string[] = [];
  const database = await openDatabase({ url, poolSize: 10, statementTimeoutMs: 20_000, onStatement: (sql) => statements.push(sql) });
  return { ...database, url, statements };
}

export async function cloneTemplate(): Promise<string> {
  const server = process.env.TENURE_TEST_DATABASE;
  if (server === undefined) throw new Error('The test cluster is not running: start the tests with "npm test" or "npm run jest".');
  const name = `tenure_${randomUUID().replaceAll('-', '')}`;
  const admin = new pg.Client({ connectionString: server });
  await admin.connect();
  try {
    await admin.query('select pg_advisory_lock($1)', [TEMPLATE_LOCK]);
    await makeTemplate(admin, server);
    await admin.query(`create database ${name} template ${TEMPLATE}`);
  } finally {
    await admin.end();
  }
  return withDatabase(server, name);
}

/** The address of a database that no migration has touched. */
export async function emptyDatabase(): Promise<string> {
  const server = process.env.TENURE_TEST_DATABASE;
  if (server === undefined) throw new Error('The test cluster is not running: start the tests with "npm test" or "npm run jest".');
  const name = `tenure_${randomUUID().replaceAll('-', '')}`;
  const admin = new pg.Client({ connectionString: server });
  await admin.connect();
  try {
    await admin.query(`create database ${name}`);
  } finally {
    await admin.end();
  }
  return withDatabase(server, name);
}

async function makeTemplate(admin: pg.Client, server: string): Promise<void> {
  const { rowCount } = await admin.query('select from pg_database where datname = $1', [TEMPLATE]);
  if (rowCount !== 0) return;
  await admin.query(`create database ${TEMPLATE}_unfinished`);
  const database = await openDatabase({ url: withDatabase(server, `${TEMPLATE}_unfinished`), poolSize: 2, statementTimeoutMs: 60_000 });
  await database.orm.migrator.up();
  await installJobs(database.jobs);
  await database.close();
  await admin.query(`alter database ${TEMPLATE}_unfinished rename to ${TEMPLATE}`);
}

function withDatabase(server: string, name: string): string {
  const url = new URL(server);
  url.pathname = `/${name}`;
  return url.href;
}
