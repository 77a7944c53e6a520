import { AsyncLocalStorage } from 'node:async_hooks';
import type { EntityManager } from '../use-cases/entity-manager.js';
import type { AddJob } from '../use-cases/job.js';
import { openBoss } from './boss.js';
import { storedJob } from './payload.js';

/** Sends a statement where the entity manager sends its own. */
export type QueryOn = (em: EntityManager, text: string, values: readonly unknown[]) => Promise<{ rows: unknown[] }>;

/**
 * Adds jobs within the transaction of the entity manager that it is given, on its connection: it has none of its own, and no timer.
 * The first job of a queue costs two statements, each further one costs one. Rejects where the tables of jobs are missing.
 */
export function jobAdder(query: QueryOn): AddJob {
  const transaction = new AsyncLocalStorage<EntityManager>();
  const connection = {
    query: (text: string, values: unknown[] = []) => {
      const em = transaction.getStore();
      if (em === undefined) throw new Error('A job is added within a transaction.');
      return query(em, text, values);
    },
  };
  const boss = openBoss(connection, { migrate: false, supervise: false, schedule: false }, (error) => {
    throw error;
  });
  return (em, job) =>
    transaction.run(em, async () => {
      const { payload, sameAs, dueAt } = storedJob(job);
      // The clock of the database counts milliseconds here: rather a part of one late than early.
      const startAfter = dueAt === null ? {} : { startAfter: new Date(Math.ceil(Number(dueAt.epochNanoseconds) / 1e6)) };
      await boss.send(job.queue, payload, { singletonKey: sameAs, ...startAfter });
    });
}
