import { join } from 'node:path';
import cliProgress from 'cli-progress';
import { openGateway } from '../app.js';
import type { Config } from '../http/config.js';
import { migrateDatabase } from '../persistence/migrate.js';
import type { Gateway } from '../use-cases/gateway.js';
import { type EmbeddedPostgres, startEmbeddedPostgres } from './embedded-postgres.js';
import { type DemoTokens, type LocalState, writePrivate, writeState } from './local-state.js';
import { type SandboxShops, startSandboxShops } from './sandbox-shops.js';
import { type SeedProgress, seedDemo } from './seed.js';

const DATABASE = 'tenure';

export interface Demo {
  readonly gateway: Gateway;
  readonly config: Config;
  readonly tokens: DemoTokens;
  close(): Promise<void>;
}

/** A database of the embedded server, made when it is not there. */
export async function openEmbeddedDatabase(directory: string): Promise<{ readonly url: string; readonly cluster: EmbeddedPostgres }> {
  const cluster = await startEmbeddedPostgres(directory);
  await cluster.ensureDatabase(DATABASE);
  return { url: cluster.urlOf(DATABASE), cluster };
}

/**
 * Starts everything that a newcomer needs: database, migrations, two sandbox shops, and at the first start the demonstration's vendor.
 * A later start finds its data again.
 */
export async function startDemo(config: Config, directory: string, state: LocalState): Promise<Demo> {
  const bar = progressBar();
  let shops: SandboxShops | null = null;
  let gateway: Gateway | null = null;
  let cluster: EmbeddedPostgres | null = null;
  const close = async () => {
    await gateway?.database.close();
    await shops?.close();
    await cluster?.stop();
  };
  try {
    bar.step('starting PostgreSQL');
    const embedded = await openEmbeddedDatabase(directory);
    cluster = embedded.cluster;
    bar.step('starting the sandbox shops');
    shops = await startSandboxShops(
      Temporal.Instant.from(state.startedAt),
      state.shops,
      state.demo?.ports ?? { magento: 0, prestashop: 0 },
    );
    const allowedHosts = [...config.allowedHosts, new URL(shops.magento.url).host, new URL(shops.prestashop.url).host];
    const settled = { ...config, databaseUrl: embedded.url, allowedHosts };
    gateway = await openGateway(settled);
    bar.step('migrating the database');
    await migrateDatabase(gateway.database);
    const tokens = state.demo?.tokens ?? (await firstStart(gateway, shops, directory, state, bar.step));
    return { gateway, config: settled, tokens, close };
  } catch (error) {
    await close();
    throw error;
  } finally {
    bar.stop();
  }
}

async function firstStart(
  gateway: Gateway,
  shops: SandboxShops,
  directory: string,
  state: LocalState,
  progress: SeedProgress,
): Promise<DemoTokens> {
  const tokens = await seedDemo(gateway, shops, state.shops, Temporal.Instant.from(state.startedAt), progress);
  const ports = { magento: Number(new URL(shops.magento.url).port), prestashop: Number(new URL(shops.prestashop.url).port) };
  await writeState(directory, { ...state, demo: { ports, tokens } });
  return tokens;
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
