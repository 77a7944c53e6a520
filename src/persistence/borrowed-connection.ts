import type pg from 'pg';
import type { Database, PoolClient } from './database.js';
import { isConnectionLost, sqlState } from './outage.js';

export interface StatementToSend extends Pick<pg.QueryConfig, 'name' | 'text' | 'values'> {
  /** Says on its connection who asks, as `set_config` of `tenure.sees` and `tenure.customer` does. */
  readonly saysWhoAsks?: boolean;
}

/** The driver takes a time limit with each statement; its types tell of it only for a whole connection. */
interface TimedStatement extends pg.QueryConfig {
  readonly query_timeout: number;
}

/** A connection on loan from the pool. It never shows its borrower what an earlier one was shown. */
export interface BorrowedConnection {
  /** One at a time. Once the connection cannot be relied on, it rejects with an error that `isConnectionLost` knows. */
  send(statement: StatementToSend): Promise<pg.QueryResult>;
  /** To the pool; what cannot be relied on is closed instead. Nothing may be under way. */
  giveBack(): void;
}

/** Connections on which an earlier borrower said who asks. */
const remembering = new WeakSet<PoolClient>();
const FORGET_WHO_ASKS = `select set_config('tenure.sees', '', false), set_config('tenure.customer', '', false)`;

/**
 * Takes a connection from the pool. What it remembers of who asked before is replaced by a statement that says who asks now, and forgotten before any
 * other statement: so the usual request, which says that first, needs no statement for the forgetting. A statement that is not answered within
 * `answerTimeoutMs` is given up together with the connection.
 */
export async function borrowConnection({ pool, answerTimeoutMs }: Pick<Database, 'pool' | 'answerTimeoutMs'>): Promise<BorrowedConnection> {
  const client = await pool.connect();
  let isReliable = true;

  const ask = async ({ saysWhoAsks: _, ...statement }: StatementToSend): Promise<pg.QueryResult> => {
    if (!isReliable) throw new Error('Connection terminated: it was given up.');
    const config: TimedStatement = { ...statement, query_timeout: answerTimeoutMs };
    try {
      return await client.query(config);
    } catch (error) {
      // What the server itself refuses leaves the connection as it was. After anything else, its next words may be the answer to something else.
      if (sqlState(error) === null || isConnectionLost(error)) isReliable = false;
      throw error;
    }
  };

  return {
    send: async (statement) => {
      if (statement.saysWhoAsks !== true && remembering.has(client)) {
        await ask({ text: FORGET_WHO_ASKS });
        remembering.delete(client);
      }
      const result = await ask(statement);
      if (statement.saysWhoAsks === true) remembering.delete(client);
      return result;
    },
    giveBack: () => {
      remembering.add(client);
      client.release(!isReliable || client.getTransactionStatus() !== 'I');
    },
  };
}
