import type { Lookup } from '../integrations/address-guard.js';
import { type GuardedClient, guardedClient } from '../integrations/guarded-client.js';
import { magentoConnector } from '../integrations/magento/connector.js';
import { prestashopConnector } from '../integrations/prestashop/connector.js';
import type { Config } from './http/config.js';
import { jobAdder } from './jobs/add-job.js';
import { jobHandlers } from './jobs/handlers.js';
import { installJobs } from './jobs/install.js';
import { type JobLog, type JobWorker, startWorker } from './jobs/worker.js';
import { openDatabase } from './persistence/database.js';
import { migrateDatabase } from './persistence/migrate.js';
import { executeWithin, withVendorSession } from './persistence/session.js';
import type { Gateway } from './use-cases/gateway.js';
import { libraryOf } from './use-cases/policy-library.js';
import type { ConnectStore } from './use-cases/store.js';
import { BUDGET_MS, runSync } from './use-cases/sync-run.js';

/** Deadline of one exchange with a store, and the largest body that is read from one. */
const STORE_TIMEOUT_MS = 15_000;
const STORE_REPLY_BYTES = 10_000_000;
/** Exchanges with stores under way at once for all that is asked over HTTP: customers may have stores tried and read that hang. */
const DOOR_EXCHANGES_AT_ONCE = 6;

export interface GatewayOptions {
  readonly onStatement?: (sql: string) => void;
  readonly now?: () => Temporal.Instant;
  /** Aborted when the process is to stop: imports end, and exchanges with stores. */
  readonly stopping?: AbortSignal;
  /** Resolves the names of stores; the system's resolver by default. */
  readonly lookup?: Lookup;
}

/** Puts the parts together that do the work; the doors over HTTP are put to it by server.ts, which commands need not load. */
export async function openGateway(config: Config & { readonly databaseUrl: string }, options: GatewayOptions = {}): Promise<Gateway> {
  const stopping = options.stopping ?? new AbortController().signal;
  const database = await openDatabase({
    url: config.databaseUrl,
    poolSize: config.poolSize,
    statementTimeoutMs: config.statementTimeoutMs,
    ...(options.onStatement === undefined ? {} : { onStatement: options.onStatement }),
  });
  const { allowedHosts, allowedNetworks, allowedPorts } = config;
  const stores = guardedClient({
    allowedHosts,
    allowedNetworks,
    allowedPorts,
    totalTimeoutMs: STORE_TIMEOUT_MS,
    maxBytes: STORE_REPLY_BYTES,
    stopping,
    ...(options.lookup === undefined ? {} : { lookup: options.lookup }),
  });
  return {
    database,
    policies: libraryOf(database.orm.em),
    tokenPepper: config.tokenPepper,
    secretKey: config.secretKey,
    connect: storeConnectors(stores),
    connectAtDoor: storeConnectors(stores.aside(DOOR_EXCHANGES_AT_ONCE)),
    addJob: jobAdder(executeWithin),
    now: options.now ?? currentInstant,
    stopping,
  };
}

/** Brings a database up to date: its tables and those of its jobs. Returns the names of what was missing. */
export function migrate({ database }: Pick<Gateway, 'database'>): Promise<string[]> {
  return migrateDatabase(database, () => installJobs(database.jobs));
}

/** Does jobs from now on, until it is stopped. */
export function openWorker(gateway: Gateway, log: JobLog): Promise<JobWorker> {
  const { database } = gateway;
  const handlers = jobHandlers(
    gateway,
    (work) => withVendorSession(database, work),
    (of) => runSync(gateway, of, { budgetMs: BUDGET_MS }),
  );
  return startWorker({ connections: database.jobs, handlers, log });
}

/** To the millisecond, so that what is kept and what is answered are the same instant. */
export const currentInstant = (): Temporal.Instant => Temporal.Now.instant().round('millisecond');

function storeConnectors(client: GuardedClient): ConnectStore {
  return ({ url, timeZone }, credentials) => {
    switch (credentials.kind) {
      case 'MAGENTO_OAUTH': {
        const { consumerKey, consumerSecret, accessToken, accessTokenSecret } = credentials;
        return magentoConnector({
          baseUrl: url,
          client,
          credentials: { kind: 'OAUTH1', consumerKey, consumerSecret, accessToken, accessTokenSecret },
        });
      }
      case 'MAGENTO_BEARER':
        return magentoConnector({ baseUrl: url, client, credentials: { kind: 'BEARER', token: credentials.token } });
      case 'PRESTASHOP_KEY':
        return prestashopConnector({
          baseUrl: url,
          client,
          key: credentials.key,
          timeZone: timeZone ?? 'UTC',
          adminApi: credentials.adminApi ?? undefined,
        });
    }
  };
}
