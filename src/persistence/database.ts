import { DataloaderType } from '@mikro-orm/core';
import { Migrator } from '@mikro-orm/migrations';
import { MikroORM, type PostgreSqlConnection } from '@mikro-orm/postgresql';
import pg from 'pg';
import { migrations } from '../../migrations/list.js';
import { AccessInformation, AccessReveal, TicketDataKey } from './access-information.js';
import { AccessToken } from './access-token.js';
import { Addon } from './addon.js';
import { BugReport } from './bug-report.js';
import { CatalogueReading } from './catalogue-reading.js';
import { Customer } from './customer.js';
import { Delegation } from './delegation.js';
import { IdempotencyKey } from './idempotency-key.js';
import { ImportCursor } from './import-cursor.js';
import { ImportException } from './import-exception.js';
import { ImportedOrder } from './imported-order.js';
import { ImportedRefund } from './imported-refund.js';
import { InstalledCode } from './installed-code.js';
import { OutboxEvent } from './outbox-event.js';
import { PairingCode } from './pairing-code.js';
import { PrepaidTimeOrder } from './prepaid-time-order.js';
import { Project } from './project.js';
import { Purchase } from './purchase.js';
import { Reconciliation } from './reconciliation.js';
import { RecordedDecision } from './recorded-decision.js';
import { Release } from './release.js';
import { ReleaseManifest } from './release-manifest.js';
import { ShopProduct } from './shop-product.js';
import { SkuMeaning } from './sku-meaning.js';
import { Store } from './store.js';
import { StoreGroup } from './store-group.js';
import { StoreReading } from './store-reading.js';
import { StoreReport } from './store-report.js';
import { SupportPolicyVersion } from './support-policy-version.js';
import { SupportTerm } from './support-term.js';
import { SyncState } from './sync-state.js';
import { TermsAcceptance } from './terms-acceptance.js';
import { Ticket } from './ticket.js';
import { TicketDecision } from './ticket-decision.js';
import { TicketEvent } from './ticket-event.js';
import { TicketMessage } from './ticket-message.js';
import { TimeAlarm } from './time-alarm.js';
import { TimeHold } from './time-hold.js';
import { TimeLot, TimeLotBalance } from './time-lot.js';
import { TimeLeg, TimeTransaction } from './time-transaction.js';
import { TimeWallet } from './time-wallet.js';
import { WorkLogEntry } from './work-log-entry.js';

export interface DatabaseOptions {
  readonly url: string;
  readonly poolSize: number;
  readonly statementTimeoutMs: number;
  /** Told the text of every statement that a session sends, with a question mark for every text in it: names and addresses stay out of it. */
  readonly onStatement?: (sql: string) => void;
  /** Told of trouble with a connection: message only. */
  readonly onWarning?: (message: string) => void;
}

export type Pool = Awaited<ReturnType<PostgreSqlConnection['getNativeClient']>>;
export type PoolClient = pg.PoolClient;

export interface Database {
  readonly orm: MikroORM;
  readonly pool: Pool;
  /** One connection for looking whether the database answers: it tells so although every connection of the pool is taken. */
  readonly probe: Pool;
  /** Connections that hold locks for longer than a transaction (see lock.ts), so that long work takes none from the pool. */
  readonly locks: Pool;
  /** Connections on which workers take and settle jobs. */
  readonly jobs: Pool;
  /** How long the answer to a statement is waited for: longer than the server lets one run, so that only a server that says nothing is given up. */
  readonly answerTimeoutMs: number;
  readonly onStatement: (sql: string) => void;
  /** Waits shortly for connections that are still in use; then cuts them off, which rolls back what they were at. */
  close(): Promise<void>;
}

/** How many locks a process can hold at once; whoever wants one more is told that the service is unavailable. */
const MOST_LOCKS = 8;
/** Statements about jobs are short, and a worker waits for its turn. */
const MOST_FOR_JOBS = 2;
/** Longest statement about jobs: maintenance of their tables goes through all of them. */
const JOB_STATEMENT_TIMEOUT_MS = 60_000;
/** What an answer may take on its way beyond the time that the server lets a statement run. */
const ANSWER_GRACE_MS = 1_000;
/** What is still in use after this is cut off. Part of the time that a process has to stop. */
export const CLOSING_MS = 500;

/**
 * Connects a pool, and what needs connections of its own beside it. Sessions (see session.ts) are the only way to rows.
 * Timeouts are the server's own, so that a lost client cannot hold a lock or a connection.
 */
export async function openDatabase(options: DatabaseOptions): Promise<Database> {
  const driverOptions = {
    connectionTimeoutMillis: 1_000,
    statement_timeout: options.statementTimeoutMs,
    idle_in_transaction_session_timeout: 10_000,
    application_name: 'tenure',
    // Statements find rows by key, so that one plan serves all values; by itself the server plans the larger ones anew each time.
    options: '-c timezone=UTC -c plan_cache_mode=force_generic_plan',
  };
  const answerTimeoutMs = options.statementTimeoutMs + ANSWER_GRACE_MS;
  const orm = await MikroORM.init({
    clientUrl: options.url,
    entities: [
      AccessInformation,
      AccessReveal,
      AccessToken,
      Addon,
      BugReport,
      CatalogueReading,
      Customer,
      Delegation,
      IdempotencyKey,
      ImportCursor,
      ImportException,
      ImportedOrder,
      ImportedRefund,
      InstalledCode,
      OutboxEvent,
      PairingCode,
      PrepaidTimeOrder,
      Project,
      Purchase,
      Reconciliation,
      RecordedDecision,
      Release,
      ReleaseManifest,
      ShopProduct,
      SkuMeaning,
      Store,
      StoreGroup,
      StoreReading,
      StoreReport,
      SupportPolicyVersion,
      SupportTerm,
      SyncState,
      TermsAcceptance,
      Ticket,
      TicketDataKey,
      TicketDecision,
      TicketEvent,
      TicketMessage,
      TimeAlarm,
      TimeHold,
      TimeLeg,
      TimeLot,
      TimeLotBalance,
      TimeTransaction,
      TimeWallet,
      WorkLogEntry,
    ],
    extensions: [Migrator],
    dataloader: DataloaderType.ALL,
    forceUtcTimezone: true,
    validateRequired: false,
    logger: (message) => options.onWarning?.(message),
    colors: false,
    migrations: { migrationsList: migrations, snapshot: false, path: 'migrations', pathTs: 'migrations', disableForeignKeys: false },
    // The tables of jobs are not mapped: the job library makes them. Functions are written by hand in migrations.
    schemaGenerator: { ignoreSchema: ['tenure_jobs'], ignoreRoutines: true },
    pool: { min: 0, max: options.poolSize },
    driverOptions,
  });
  const connection = orm.em.getConnection() as PostgreSqlConnection;
  const pool = await connection.getNativeClient();
  const beside = (max: number, statement_timeout = options.statementTimeoutMs): Pool => {
    const query_timeout = statement_timeout + ANSWER_GRACE_MS;
    const few = new pg.Pool({ ...driverOptions, statement_timeout, query_timeout, connectionString: options.url, max });
    // Whoever uses a connection hears that it was lost; without a listener, one that nobody uses would end the process.
    few.on('error', (error) => options.onWarning?.(error.message));
    few.on('connect', (client) => client.on('error', (error) => options.onWarning?.(error.message)));
    return few;
  };
  const probe = beside(1);
  const locks = beside(MOST_LOCKS);
  const jobs = beside(MOST_FOR_JOBS, JOB_STATEMENT_TIMEOUT_MS);
  const cutOff = connectionsInUse([pool, probe, locks, jobs]);
  // The mapper ends the pool only where it sent something itself, and sessions do not send through it.
  const endPool = async () => {
    await orm.close(true);
    if (!pool.ending) await pool.end();
  };
  const close = () => closed(Promise.all([endPool(), probe.end(), locks.end(), jobs.end()]), cutOff);
  return { orm, pool, probe, locks, jobs, answerTimeoutMs, onStatement: listener(options.onStatement), close };
}

/** Keeps account of the connections of some pools that are in use; what it returns ends them. */
function connectionsInUse(pools: readonly Pool[]): () => Promise<unknown> {
  const used = new Set<PoolClient>();
  for (const pool of pools) {
    pool.on('acquire', (client) => used.add(client));
    pool.on('release', (_error, client) => used.delete(client));
  }
  return () => Promise.allSettled([...used].map((client) => client.end()));
}

async function closed(orderly: Promise<unknown>, cutOff: () => Promise<unknown>): Promise<void> {
  const { promise: cut, resolve } = Promise.withResolvers<unknown>();
  const timer = setTimeout(() => resolve(cutOff()), CLOSING_MS);
  try {
    await Promise.race([orderly, cut]);
  } finally {
    clearTimeout(timer);
  }
}

/** The mapper writes values into its statements. What looks like a literal is taken out, rather too much than too little. */
const LITERAL = /'(?:[^'\\]|''|\\.)*'/gs;

function listener(listen: DatabaseOptions['onStatement']): Database['onStatement'] {
  return listen === undefined ? () => {} : (sql) => listen(sql.replace(LITERAL, '?'));
}
