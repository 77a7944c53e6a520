import type { PgBoss } from 'pg-boss';
import { type JobConnections, openBoss } from './boss.js';
import {
  DEAD_KEPT_SECONDS,
  DONE_KEPT_SECONDS,
  deadQueueOf,
  JOB_SCHEMA,
  QUEUE_NAMES,
  QUEUES,
  type QueueName,
  WAITING_KEPT_SECONDS,
} from './queues.js';

/**
 * Makes the tables of jobs or brings them up to date, with their queues and schedules. May be run again at any time, by one process at a time.
 * Returns what it brought up to date, for the operator: nothing when the tables were those of this version.
 */
export async function installJobs(connections: JobConnections): Promise<string[]> {
  // An owner may have made the schema for a role that may not make one itself.
  const { rows } = await connections.query('select from pg_namespace where nspname = $1', [JOB_SCHEMA]);
  const tuning = { createSchema: rows.length === 0, supervise: false, schedule: false, reindex: false };
  const boss = openBoss(connections, tuning, () => {
    // What goes wrong in a statement of ours is thrown there; the background work of the library is left to the workers.
  });
  const before = (await boss.isInstalled()) ? await boss.schemaVersion() : null;
  await boss.start();
  try {
    for (const queue of QUEUE_NAMES) await installQueue(boss, queue);
    const after = await boss.schemaVersion();
    return before === after ? [] : [`${JOB_SCHEMA}-${after}`];
  } finally {
    await boss.stop({ graceful: false });
  }
}

async function installQueue(boss: PgBoss, queue: QueueName): Promise<void> {
  const { policy, schedule, slots: _slots, batch: _batch, ...tries } = QUEUES[queue];
  const deadLetter = deadQueueOf(queue);
  // Making a queue that is there does nothing, and its settings may be those of an earlier version.
  await boss.createQueue(deadLetter);
  await boss.updateQueue(deadLetter, { retentionSeconds: DEAD_KEPT_SECONDS });
  await boss.createQueue(queue, { policy });
  await boss.updateQueue(queue, {
    ...tries,
    retryBackoff: true,
    retentionSeconds: WAITING_KEPT_SECONDS,
    deleteAfterSeconds: DONE_KEPT_SECONDS,
    deadLetter,
  });
  if (schedule === null) return boss.unschedule(queue);
  const once = schedule.onceInSeconds === null ? {} : { singletonSeconds: schedule.onceInSeconds };
  return boss.schedule(queue, schedule.cron, null, { tz: 'UTC', ...once });
}

/** Whether the database has every queue of this program; false when it lacks one, and rejects when it has no table of jobs at all. */
export async function areJobsInstalled(connections: JobConnections): Promise<boolean> {
  const names = QUEUE_NAMES.flatMap((queue) => [queue, deadQueueOf(queue)]);
  const { rows } = await connections.query(`select from ${JOB_SCHEMA}.queue where name = any($1)`, [names]);
  return rows.length === names.length;
}
