import { type EntityManager, LockMode, type PostgreSqlDriver } from '@mikro-orm/postgresql';
import { type BorrowedConnection, borrowConnection, type StatementToSend } from './borrowed-connection.js';
import type { Database } from './database.js';
import { sqlState } from './outage.js';

export interface Statement {
  /** Prepared once per connection under this name. */
  readonly name: string;
  readonly text: string;
  readonly values: readonly unknown[];
  /** True of a statement that says, on its connection, who asks: what was said before need not be forgotten first. */
  readonly saysWhoAsks?: true;
}

/**
 * One connection for one request, job or command, with one entity manager on it; it is taken with the first statement.
 * It sees no protected row until `setVisibility` or an authentication statement has said, on this connection, who asks:
 * row-level security reads `tenure.sees` and `tenure.customer`, which are forgotten before the next session reads anything on the connection.
 */
export interface Session {
  readonly em: EntityManager<PostgreSqlDriver>;
  query<Row>(statement: Statement): Promise<Row[]>;
  /**
   * Runs `work` in one transaction and flushes what it changed. Repeats it when the database asks for that, and when somebody else made the
   * same row first: the next try finds it. One at a time; a second one meanwhile is a mistake in the program and throws.
   */
  transaction<T>(work: (em: EntityManager<PostgreSqlDriver>) => Promise<T>): Promise<T>;
  /**
   * Lends the connection to others until the next statement, which takes one again and tells it who asks as before. For the time of a wait
   * that is not the database's own, such as for a store. A transaction cannot be interrupted so: within one it throws.
   */
  pause(): Promise<void>;
  /** Gives the connection back, once a transaction that is under way has ended. Whatever starts afterwards fails. */
  release(): void;
}

/** For rows that are read to be changed: others who want them wait for the end of the transaction. */
export const FOR_UPDATE = { lockMode: LockMode.PESSIMISTIC_WRITE } as const;
/** For rows that must stay as they are until the end of the transaction: others may read them so as well. */
export const FOR_SHARE = { lockMode: LockMode.PESSIMISTIC_READ } as const;

/** Serialization failure, deadlock, unique violation. */
const REPEATABLE = new Set(['40001', '40P01', '23505']);
const MAX_TRIES = 5;
const WHO_ASKS = `select coalesce(current_setting('tenure.sees', true), '') as sees, coalesce(current_setting('tenure.customer', true), '') as customer`;
const TELL_WHO_ASKS = `select set_config('tenure.sees', $1, false), set_config('tenure.customer', $2, false)`;

/** How statements of ours go out beside those of an entity manager, on its connection and within its transaction. */
const senders = new WeakMap<object, (config: StatementToSend) => Promise<{ rows: unknown[] }>>();

/**
 * Sends a statement, prepared under its name, where the entity manager of a session sends its own: within its transaction. What is only persisted and not
 * flushed yet is not seen by it. Throws on an entity manager that belongs to no session.
 */
export async function queryWithin<Row>(em: EntityManager, { name, text, values }: Statement): Promise<Row[]> {
  return (await senderOf(em)({ name, text, values: [...values] })).rows as Row[];
}

/** The same for a statement that has no name, such as one that a library wrote: it is not prepared. */
export function executeWithin(em: EntityManager, text: string, values: readonly unknown[]): Promise<{ rows: unknown[] }> {
  return senderOf(em)({ text, values: [...values] });
}

function senderOf(em: EntityManager) {
  const sender = senders.get((em.getTransactionContext() as object | undefined) ?? em);
  if (sender === undefined) throw new Error('This entity manager belongs to no session.');
  return sender;
}

export function openSession(database: Database): Session {
  let connection: BorrowedConnection | null = null;
  /** What the connection had been told of who asks when it was lent to others. */
  let told: unknown[] | null = null;
  let ended = false;
  let inTransaction = false;

  const borrow = async (): Promise<BorrowedConnection> => {
    const borrowed = await borrowConnection(database);
    try {
      if (told !== null) await borrowed.send({ text: TELL_WHO_ASKS, values: told, saysWhoAsks: true });
    } catch (error) {
      borrowed.giveBack();
      throw error;
    }
    connection = borrowed;
    return borrowed;
  };
  const giveBack = () => {
    connection?.giveBack();
    connection = null;
  };

  // Resolvers run side by side on one connection: each statement waits for the one before it. Whether it may still be sent is asked when its
  // turn has come, and again when there is a connection: by then the session may have ended.
  let previous: Promise<unknown> = Promise.resolve();
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const done = previous.then(work);
    previous = done.catch(() => {});
    return done;
  };
  const send = (config: StatementToSend, may: () => boolean) =>
    inTurn(async () => {
      if (!may()) throw new Error('This session has ended.');
      const borrowed = connection ?? (await borrow());
      if (!may()) throw new Error('This session has ended.');
      database.onStatement(config.text);
      return borrowed.send(config);
    });
  const sendUnlessEnded = (config: StatementToSend) => send(config, () => !ended);
  const forkEntityManager = (sender: typeof sendUnlessEnded) => {
    // What the mapper needs of a transaction: a place to send its statements. The connection is the same throughout.
    const context = {
      executeQuery: async ({ sql, parameters }: { sql: string; parameters: readonly unknown[] }) => {
        const result = await sender({ text: sql, values: [...parameters] });
        return { rows: result.rows, numAffectedRows: result.rowCount === null ? undefined : BigInt(result.rowCount) };
      },
    };
    const em = database.orm.em.fork();
    senders.set(context, sender);
    em.setTransactionContext(context as unknown as Parameters<typeof em.setTransactionContext>[0]);
    return em;
  };
  const em = forkEntityManager(sendUnlessEnded);

  const attempt = async <T>(work: (em: EntityManager<PostgreSqlDriver>) => Promise<T>): Promise<T> => {
    // A transaction under way is finished although the session has ended; rows that came out of it must not read on then.
    let underWay = true;
    const sendWithin = (config: StatementToSend) => send(config, () => underWay || !ended);
    const inner = forkEntityManager(sendWithin);
    await sendWithin({ text: 'begin' });
    try {
      const result = await work(inner);
      await inner.flush();
      await sendWithin({ text: 'commit' });
      em.clear();
      return result;
    } catch (error) {
      await sendWithin({ text: 'rollback' }).catch(() => {
        // The connection is gone: the database has rolled back by itself. The first error tells why.
      });
      throw error;
    } finally {
      underWay = false;
    }
  };
  const returnWhenIdle = () => {
    if (ended && !inTransaction) void inTurn(async () => giveBack());
  };

  return {
    em,
    query: async <Row>(statement: Statement) => {
      const result = await sendUnlessEnded({ ...statement, values: [...statement.values] });
      return result.rows as Row[];
    },
    transaction: async (work) => {
      if (ended) throw new Error('This session has ended.');
      if (inTransaction) throw new Error('This session is in a transaction already.');
      inTransaction = true;
      try {
        for (let tries = 1; ; tries += 1) {
          try {
            return await attempt(work);
          } catch (error) {
            if (tries === MAX_TRIES || !REPEATABLE.has(sqlState(error) ?? '')) throw error;
          }
        }
      } finally {
        inTransaction = false;
        returnWhenIdle();
      }
    },
    pause: async () => {
      if (inTransaction) throw new Error('A session cannot pause in a transaction.');
      await inTurn(async () => {
        if (connection === null) return;
        const { rows } = await connection.send({ text: WHO_ASKS });
        told = rows.flatMap(({ sees, customer }) => [sees, customer]);
        giveBack();
      });
    },
    release: () => {
      if (ended) return;
      ended = true;
      returnWhenIdle();
    },
  };
}

/** Who the rows are read for: everyone's (the vendor's staff, partners, background work), one customer's, or nobody's. */
export type Visibility =
  | { readonly sees: 'all' }
  | { readonly sees: 'customer'; readonly customerId: string }
  | { readonly sees: 'nothing' };

export async function setVisibility(session: Session, visibility: Visibility): Promise<void> {
  await session.query({
    name: 'set-visibility',
    saysWhoAsks: true,
    text: `select set_config('tenure.sees', $1, false), set_config('tenure.customer', $2, false)`,
    values: [visibility.sees, visibility.sees === 'customer' ? visibility.customerId : ''],
  });
}

/** A session for background work and the command line, which act for the vendor. */
export async function withVendorSession<T>(database: Database, work: (session: Session) => Promise<T>): Promise<T> {
  const session = openSession(database);
  try {
    await setVisibility(session, { sees: 'all' });
    return await work(session);
  } finally {
    session.release();
  }
}
