import { join } from 'node:path';
import cliProgress from 'cli-progress';
import pg from 'pg';
import { migrate, openGateway } from '../app.js';
import { CommandFailed, EXIT } from '../cli/exit.js';
import type { Config } from '../http/config.js';
import type { Gateway } from '../use-cases/gateway.js';
import { openEmbeddedDatabase } from './embedded-postgres.js';
import { type DemoTokens, type LocalState, writePrivate, writeState } from './local-state.js';
import { type SandboxShops, startSandboxShops } from './sandbox-shops.js';
import { type SeedProgress, seedDemo } from './seed.js';

export interface Demo {
  readonly gateway: Gateway;
  readonly config: Config;
  readonly tokens: DemoTokens;
  close(): Promise<void>;
}

/**
 * Starts everything that a newcomer needs: database, migrations, two sandbox shops, and at the first start the demonstration's vendor.
 * A later start finds its data again; one that was stopped half-way goes on. Rejects with the signal's reason when it is aborted.
 */
export async function startDemo(config: Config, directory: string, state: LocalState, signal: AbortSignal): Promise<Demo> {
  const bar = progressBar();
  const step: SeedProgress = (...progress) => {
    signal.throwIfAborted();
    bar.step(...progress);
  };
  const closing: (() => Promise<void>)[] = [];
  const close = async () => {
    for (const part of closing.toReversed()) await part();
  };
  try {
    step('starting PostgreSQL');
    const { url, cluster } = await openEmbeddedDatabase(directory);
    const unlock = await lockServing(url);
    closing.push(cluster.stop, unlock);
    step('starting the sandbox shops');
    const startedAt = Temporal.Instant.from(state.startedAt);
    const shops = await startSandboxShops(startedAt, state.shops, state.ports ?? { magento: 0, prestashop: 0 });
    closing.push(shops.close);
    const settled = { ...config, databaseUrl: url, allowedHosts: [...config.allowedHosts, ...hostsOf(shops)] };
    const gateway = await openGateway(settled, { stopping: signal });
    closing.push(gateway.database.close);
    step('migrating the database');
    await migrate(gateway);
    const tokens = state.tokens ?? (await firstStart(gateway, shops, directory, state, step));
    return { gateway, config: settled, tokens, close };
  } catch (error) {
    await close();
    // What breaks off because of the signal fails in words of its own.
    signal.throwIfAborted();
    throw error;
  } finally {
    bar.stop();
  }
}

const hostsOf = ({ magento, prestashop }: SandboxShops): string[] => [magento, prestashop].map((shop) => new URL(shop.url).host);

async function firstStart(
  gateway: Gateway,
  shops: SandboxShops,
  directory: string,
  state: LocalState,
  step: SeedProgress,
): Promise<DemoTokens> {
  const portOf = ({ url }: { readonly url: string }) => Number(new URL(url).port);
  const placed = { ...state, ports: { magento: portOf(shops.magento), prestashop: portOf(shops.prestashop) } };
  await writeState(directory, placed);
  const tokens = await seedDemo(gateway, shops, state.shops, Temporal.Instant.from(state.startedAt), step);
  await writeState(directory, { ...placed, tokens });
  return tokens;
}

/** Any constant: whoever holds it serves from this database. */
const SERVING_LOCK = 7_302;

/**
 * Takes the place of the one server of a folder for as long as this process lives. Where another one serves, refuses:
 * this start must touch neither its database nor its shops.
 */
async function lockServing(url: string): Promise<() => Promise<void>> {
  const client = new pg.Client({ connectionString: url });
  // The database going away ends the lock; whoever needs the database notices by itself.
  client.on('error', () => {});
  await client.connect();
  const { rows } = await client.query<{ taken: boolean }>('select pg_try_advisory_lock($1) as taken', [SERVING_LOCK]);
  if (rows[0]?.taken === true) return () => client.end();
  await client.end();
  throw new CommandFailed(EXIT.FAILED, 'Tenure runs in this folder already: stop it first, or start in another folder.');
}

/** For scripts: where the gateway answers, and with which tokens. */
export const writeDemoFile = (directory: string, url: string, tokens: DemoTokens): Promise<void> =>
  writePrivate(join(directory, 'demo.json'), { url, tokens });

/** A moving bar for a person at a terminal, else a line for each step. */
function progressBar(): { readonly step: SeedProgress; stop(): void } {
  if (!process.stderr.isTTY) {
    let last = '';
    return {
      step: (step) => {
        if (step !== last) process.stderr.write(`${step}\n`);
        last = step;
      },
      stop: () => {},
    };
  }
  const bar = new cliProgress.SingleBar({
    stream: process.stderr,
    format: '{bar} {value}/{total} {step}',
    barsize: 24,
    clearOnComplete: true,
    hideCursor: true,
    gracefulExit: false,
  });
  bar.start(1, 0, { step: '' });
  return {
    step: (step, done = 1, total = 1) => {
      bar.setTotal(total);
      bar.update(done, { step });
    },
    stop: () => bar.stop(),
  };
}
