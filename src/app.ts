import type { Lookup } from '../integrations/address-guard.js';
import { type GuardedClient, guardedClient, type SharedClient } from '../integrations/guarded-client.js';
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
/** Exchanges under way at once: jobs with the vendor's shops and with customers' stores. */
const SHOP_EXCHANGES = 12;
const CUSTOMER_EXCHANGES = 4;
/** Those that are asked over HTTP have their own: customers may have stores tried and read that hang, each of them so many at once. */
const DOOR_EXCHANGES = 6;
const DOOR_EXCHANGES_OF_ONE = 2;
const STAFF_EXCHANGES = 4;

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
  return {
    database,
    policies: libraryOf(database.orm.em),
    tokenPepper: config.tokenPepper,
    secretKey: config.secretKey,
    ...waysToStores(config, stopping, options.lookup),
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

/**
 * Two clients, as customers choose addresses too: what the operator lets the vendor's shops be reached at is not theirs, and nothing that they meet or hold is
 * the vendor's. Among customers, each knows of its own stores alone.
 */
function waysToStores(
  config: Config,
  stopping: AbortSignal,
  lookup: Lookup | undefined,
): Pick<Gateway, 'connect' | 'connectAtDoor' | 'connectForStaff'> {
  const { allowedHosts, allowedNetworks, allowedPorts, allowedHostsOfCustomers } = config;
  const limits = { totalTimeoutMs: STORE_TIMEOUT_MS, maxBytes: STORE_REPLY_BYTES, stopping, ...(lookup === undefined ? {} : { lookup }) };
  const shops = guardedClient({ ...limits, allowedHosts, allowedNetworks, allowedPorts, maxAtOnce: SHOP_EXCHANGES });
  const customers = guardedClient({ ...limits, allowedHosts: allowedHostsOfCustomers, maxAtOnce: CUSTOMER_EXCHANGES });
  const shopsAside = shops.aside(STAFF_EXCHANGES);
  return {
    connect: storeConnectors(shops, customers),
    connectAtDoor: storeConnectors(shopsAside, customers.aside(DOOR_EXCHANGES, DOOR_EXCHANGES_OF_ONE)),
    connectForStaff: storeConnectors(shopsAside, customers.aside(STAFF_EXCHANGES)),
  };
}

function storeConnectors(shops: GuardedClient, customers: SharedClient): ConnectStore {
  return ({ customer, url, timeZone }, credentials) => {
    const client = customer === null ? shops : customers.of(customer.id);
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
