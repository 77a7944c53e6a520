import pg from 'pg';
import { answerParent } from './child.js';
import type { SentStatement } from './gateway-server.js';
import { endless, type Operation, timeLanes } from './lanes.js';
import type { LoadAnswer } from './load.js';

export interface SqlLanesQuestion {
  readonly databaseUrl: string;
  readonly poolSize: number;
  readonly lanes: number;
  /** What the gateway sent for each of the requests of one operation. */
  readonly template: readonly (readonly SentStatement[])[];
  /** For each operation, what stands in place of what in the template. */
  readonly operations: readonly (readonly (readonly [string, string])[])[];
  readonly seconds: number | null;
}

/**
 * The yardstick of commands: the very statements that the gateway sends, in the same transactions and by a pool of the same size, straight from the driver. It
 * speaks no HTTP, decides nothing and maps nothing. For each request it takes a connection, as the gateway does.
 */
async function run({ databaseUrl, poolSize, lanes, template, operations, seconds }: SqlLanesQuestion): Promise<LoadAnswer> {
  const options = '-c timezone=UTC -c plan_cache_mode=force_generic_plan';
  const pool = new pg.Pool({ connectionString: databaseUrl, max: poolSize, options });
  const text = JSON.stringify(template);
  const done = operations.map((replaced): Operation => {
    const requests: SentStatement[][] = JSON.parse(replaced.reduce((written, [from, to]) => written.replaceAll(from, to), text));
    return async () => {
      for (const statements of requests) await send(pool, statements);
    };
  });
  try {
    return await timeLanes(lanes, seconds === null ? done.values() : endless(done), seconds);
  } finally {
    await pool.end();
  }
}

/** What is looked at of the answers to statements of the ledger. */
interface Told {
  readonly lastSequence?: number;
  readonly wallets?: number;
}

async function send(pool: pg.Pool, statements: readonly SentStatement[]): Promise<void> {
  const client = await pool.connect();
  let lastSequence = 0;
  try {
    for (const statement of statements) {
      const isWrite = statement.name === 'time-ledger-write';
      const { rows } = await client.query<Told>(
        isWrite ? numberedFrom(lastSequence, statement) : { ...statement, values: [...statement.values] },
      );
      if (statement.name === 'time-ledger-read') lastSequence = Number(rows[0]?.lastSequence);
      if (isWrite && rows[0]?.wallets !== 1) throw new Error('The wallet is not as it was read.');
    }
    client.release();
  } catch (error) {
    client.release(true);
    throw error;
  }
}

/** What is written to a wallet goes on from the number of its last transaction, which the template knows of another moment. */
function numberedFrom(lastSequence: number, statement: SentStatement) {
  const [walletId, last, issued, next, through, lots, balances, moves, transactions, holds] = statement.values;
  const shift = lastSequence - Number(last);
  const rows = (JSON.parse(String(transactions)) as { readonly sequence: number }[]).map((row) => ({
    ...row,
    sequence: row.sequence + shift,
  }));
  const values = [walletId, lastSequence, issued, Number(next) + shift, through, lots, balances, moves, JSON.stringify(rows), holds];
  return { ...statement, values };
}

answerParent<SqlLanesQuestion, LoadAnswer>(run);
