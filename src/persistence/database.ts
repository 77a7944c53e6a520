import { DataloaderType } from '@mikro-orm/core';
import { Migrator } from '@mikro-orm/migrations';
import { MikroORM, type PostgreSqlConnection } from '@mikro-orm/postgresql';
import { migrations } from '../../migrations/list.js';
import { AccessToken } from './access-token.js';
import { Addon } from './addon.js';
import { Customer } from './customer.js';
import { IdempotencyKey } from './idempotency-key.js';
import { ImportCursor } from './import-cursor.js';
import { ImportException } from './import-exception.js';
import { ImportedOrder } from './imported-order.js';
import { ImportedRefund } from './imported-refund.js';
import { PrepaidTimeOrder } from './prepaid-time-order.js';
import { Purchase } from './purchase.js';
import { RecordedDecision } from './recorded-decision.js';
import { Release } from './release.js';
import { SkuMeaning } from './sku-meaning.js';
import { Store } from './store.js';
import { StoreReading } from './store-reading.js';
import { SupportPolicyVersion } from './support-policy-version.js';
import { SupportTerm } from './support-term.js';

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

export interface Database {
  readonly orm: MikroORM;
  readonly pool: Pool;
  readonly onStatement: (sql: string) => void;
  close(): Promise<void>;
}

/**
 * Connects a pool. Sessions (see session.ts) are the only way to rows.
 * Timeouts are the server's own, so that a lost client cannot hold a lock or a connection.
 */
export async function openDatabase(options: DatabaseOptions): Promise<Database> {
  const orm = await MikroORM.init({
    clientUrl: options.url,
    entities: [
      AccessToken,
      Addon,
      Customer,
      IdempotencyKey,
      ImportCursor,
      ImportException,
      ImportedOrder,
      ImportedRefund,
      PrepaidTimeOrder,
      Purchase,
      RecordedDecision,
      Release,
      SkuMeaning,
      Store,
      StoreReading,
      SupportPolicyVersion,
      SupportTerm,
    ],
    extensions: [Migrator],
    dataloader: DataloaderType.ALL,
    forceUtcTimezone: true,
    validateRequired: false,
    logger: (message) => options.onWarning?.(message),
    colors: false,
    migrations: { migrationsList: migrations, snapshot: false, path: 'migrations', pathTs: 'migrations', disableForeignKeys: false },
    pool: { min: 0, max: options.poolSize },
    driverOptions: {
      connectionTimeoutMillis: 1_000,
      statement_timeout: options.statementTimeoutMs,
      idle_in_transaction_session_timeout: 10_000,
      application_name: 'tenure',
      options: '-c timezone=UTC',
    },
  });
  const connection = orm.em.getConnection() as PostgreSqlConnection;
  const pool = await connection.getNativeClient();
  return { orm, pool, onStatement: listener(options.onStatement), close: () => orm.close(true) };
}

/** The mapper writes values into its statements. What looks like a literal is taken out, rather too much than too little. */
const LITERAL = /'(?:[^'\\]|''|\\.)*'/gs;

function listener(listen: DatabaseOptions['onStatement']): Database['onStatement'] {
  return listen === undefined ? () => {} : (sql) => listen(sql.replace(LITERAL, '?'));
}
