import type { Database } from './database.js';

/** A lock that outlives transactions. It is given back when it is released, and when this process or its connection ends. */
export interface Lock {
  /** Aborted when the lock is lost with its connection: somebody else may hold it from then on. */
  readonly lost: AbortSignal;
  release(): Promise<void>;
}

/** Takes a lock that nobody holds, in this process or another; null where somebody does. It takes no connection from the pool. */
export async function takeLock({ locks }: Pick<Database, 'locks'>, name: string): Promise<Lock | null> {
  const client = await locks.connect();
  const loss = new AbortController();
  const lose = () => loss.abort(new Error('Connection terminated, and the lock with it.'));
  client.once('end', lose);
  // Whatever ends the connection ends the lock, so that none is left behind when the unlocking itself fails.
  const release = async () => {
    client.removeListener('end', lose);
    const unlocked = await client.query(UNLOCK, [name]).catch(() => null);
    client.release(unlocked === null);
  };
  try {
    const { rows } = await client.query<{ taken: boolean }>(TRY_LOCK, [name]);
    if (rows[0]?.taken === true) return { lost: loss.signal, release };
  } catch (error) {
    client.removeListener('end', lose);
    client.release(true);
    throw error;
  }
  client.removeListener('end', lose);
  client.release();
  return null;
}

const TRY_LOCK = 'select pg_try_advisory_lock(hashtextextended($1, 0)) as taken';
const UNLOCK = 'select pg_advisory_unlock(hashtextextended($1, 0))';
