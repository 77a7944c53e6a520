#!/usr/bin/env node
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import type { FastifyInstance } from 'fastify';
import { currentInstant, migrate, openGateway, openWorker } from './app.js';
import { ConfigFaults } from './cli/exit.js';
import { runCli } from './cli/program.js';
import { openEmbeddedDatabase } from './demo/embedded-postgres.js';
import { readOrMakeState } from './demo/local-state.js';
import { type Config, readConfig, type Secrets } from './http/config.js';
import { jobDesk } from './jobs/job-desk.js';
import { CLOSING_MS } from './persistence/database.js';
import { isRowSecurityInForce } from './persistence/row-security.js';
import type { Gateway } from './use-cases/gateway.js';

/** Where a start without DATABASE_URL keeps its database and its secrets. */
const LOCAL_DIRECTORY = '.data';

const isLocal = (): boolean => (process.env.DATABASE_URL ?? '').trim() === '';

function configOf(embeddedSecrets?: Secrets): Config {
  const read = readConfig(process.env, embeddedSecrets === undefined ? {} : { embeddedSecrets });
  if ('faults' in read) throw new ConfigFaults(read.faults);
  return read.config;
}

async function localState() {
  const state = await readOrMakeState(LOCAL_DIRECTORY, currentInstant());
  return { state, config: configOf({ tokenPepper: state.tokenPepper, secretKey: Buffer.from(state.secretKey, 'base64') }) };
}

interface OpenedGateway {
  readonly gateway: Gateway;
  readonly config: Config;
  close(): Promise<void>;
}

/** The gateway for a command: on DATABASE_URL, or on the embedded database, which may be running for a server beside it. */
async function open(stopping?: AbortSignal): Promise<OpenedGateway> {
  if (!isLocal()) return openOn(configOf(), stopping);
  const { state, config } = await localState();
  const { url, cluster } = await openEmbeddedDatabase(LOCAL_DIRECTORY);
  const shops = Object.values(state.ports ?? {}).map((port) => `127.0.0.1:${port}`);
  const opened = await openOn({ ...config, databaseUrl: url, allowedHosts: [...config.allowedHosts, ...shops] }, stopping);
  const close = async () => {
    await opened.close();
    if (cluster.launched) await cluster.stop();
  };
  return { ...opened, close };
}

async function openOn(config: Config, stopping: AbortSignal | undefined): Promise<OpenedGateway> {
  const { databaseUrl } = config;
  if (databaseUrl === null) throw new Error('The configuration names no database.');
  const gateway = await openGateway({ ...config, databaseUrl }, stopping === undefined ? {} : { stopping });
  return { gateway, config, close: () => gateway.database.close() };
}

/** Serves until a signal; then answers what is under way and stops within the grace. */
// What only a server needs is loaded when one starts: a command is done before all of that would be there.
async function serve(): Promise<void> {
  const stopping = signalled();
  if (!isLocal()) {
    const opened = await openOn(configOf(), stopping);
    await migrate(opened.gateway);
    return serveUntilStopped(opened, stopping, async () => {});
  }
  const { state, config } = await localState();
  const { startDemo, writeDemoFile } = await import('./demo/start.js');
  const { introduction } = await import('./demo/introduction.js');
  const isFirstStart = !existsSync(`${LOCAL_DIRECTORY}/demo.json`);
  const demo = await startDemo(config, LOCAL_DIRECTORY, state, stopping).catch((error: unknown) => {
    if (stopping.aborted && error === stopping.reason) return null;
    throw error;
  });
  if (demo === null) return;
  // A person reads this terminal: the log of every request would bury what the start has to say.
  const quiet = { ...demo.config, logLevel: process.env.LOG_LEVEL === undefined ? ('warn' as const) : config.logLevel };
  return serveUntilStopped({ ...demo, config: quiet }, stopping, async (url) => {
    await writeDemoFile(LOCAL_DIRECTORY, url, demo.tokens);
    process.stdout.write(await introduction(url, demo.tokens));
    if (isFirstStart) process.stdout.write('\nThe next start finds all of this again, in .data. Delete .data to begin anew.\n');
  });
}

async function serveUntilStopped(opened: OpenedGateway, stopping: AbortSignal, afterStart: (url: string) => Promise<void>): Promise<void> {
  const { gateway, config } = opened;
  const { buildHttpServer } = await import('./server.js');
  const server = await buildHttpServer(config, gateway);
  if (!(await isRowSecurityInForce(gateway.database)))
    server.log.warn('Row-level security is not in force: this role of the database is a superuser or bypasses it. Connect as another.');
  await runUntilStopped(server, opened, config.worker, stopping, afterStart);
}

/** Does jobs until a signal; those that are not done within the grace are left to other workers. */
async function work(): Promise<void> {
  const stopping = signalled();
  const opened = await open(stopping);
  await migrate(opened.gateway);
  const { buildWorkerServer } = await import('./server.js');
  await runUntilStopped(buildWorkerServer(opened.config, opened.gateway), opened, true, stopping, async () => {});
}

async function runUntilStopped(
  server: FastifyInstance,
  { gateway, config, close }: OpenedGateway,
  worksToo: boolean,
  stopping: AbortSignal,
  afterStart: (url: string) => Promise<void>,
): Promise<void> {
  const { stopGracefully } = await import('./http/server.js');
  // Within the grace the database is closed too.
  const graceMs = Math.max(0, config.shutdownGraceMs - CLOSING_MS);
  try {
    const url = await server.listen({ host: config.host, port: config.port });
    const worker = worksToo ? await openWorker(gateway, server.log) : null;
    await afterStart(url);
    if (!stopping.aborted) await once(stopping, 'abort');
    await Promise.all([stopGracefully(server, { graceMs }), worker?.stop(graceMs)]);
  } finally {
    await server.close();
    await close();
  }
}

/** Aborted by the first SIGTERM or SIGINT; a second one ends the process at once. */
function signalled(): AbortSignal {
  const controller = new AbortController();
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => controller.abort());
  return controller.signal;
}

async function migrateAndClose(): Promise<readonly string[]> {
  const { gateway, close } = await open();
  try {
    return await migrate(gateway);
  } finally {
    await close();
  }
}

// Whoever reads the output may stop reading: `tenure schema | head`.
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));

process.exitCode = await runCli(process.argv.slice(2), {
  openGateway: open,
  stopOnSignal: signalled,
  serve,
  work,
  jobDesk: ({ database }) => jobDesk(database.jobs),
  migrate: migrateAndClose,
  schemaText: async () => {
    const { buildGraphqlSchema, schemaText } = await import('./graphql/schema.js');
    return schemaText(buildGraphqlSchema());
  },
  stdout: process.stdout,
  stderr: process.stderr,
  now: currentInstant,
  isTerminal: process.stdout.isTTY === true,
});
