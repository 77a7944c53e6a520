import type { Job } from '../use-cases/job.js';
import { isSyncTask, type SyncKey } from '../use-cases/sync-task.js';
import type { QueueName } from './queues.js';

/** What a job of each queue carries: ids, never a text of a customer's, as everybody who looks at queues sees it. */
export interface JobPayloads {
  readonly 'ticket-due': { readonly ticketId: string };
  readonly 'time-added': { readonly customerId: string; readonly key: string };
  readonly 'release-published': { readonly releaseId: string };
  readonly 'sync-shop': SyncKey;
  readonly 'sync-store': SyncKey;
  readonly 'ticket-sweep': null;
  readonly 'release-sweep': null;
  readonly 'sync-sweep': null;
  readonly 'time-expiry': null;
  readonly 'time-check': null;
}

type PayloadReader<Queue extends QueueName> = (data: unknown) => JobPayloads[Queue];

/** Reads what a job carries out of what was stored. Throws a TypeError on anything else: such a job ends in the queue of the dead. */
export const PAYLOAD_READERS: { readonly [Queue in QueueName]: PayloadReader<Queue> } = {
  'ticket-due': (data) => ({ ticketId: textIn(data, 'ticketId') }),
  'time-added': (data) => ({ customerId: textIn(data, 'customerId'), key: textIn(data, 'key') }),
  'release-published': (data) => ({ releaseId: textIn(data, 'releaseId') }),
  'sync-shop': syncIn,
  'sync-store': syncIn,
  'ticket-sweep': () => null,
  'release-sweep': () => null,
  'sync-sweep': () => null,
  'time-expiry': () => null,
  'time-check': () => null,
};

function syncIn(data: unknown): SyncKey {
  const task = textIn(data, 'task');
  if (!isSyncTask(task)) throw new TypeError('A job names no task of synchronising.');
  return { storeId: textIn(data, 'storeId'), task };
}

function textIn(data: unknown, name: string): string {
  const value: unknown = typeof data === 'object' && data !== null ? (data as Record<string, unknown>)[name] : undefined;
  if (typeof value !== 'string') throw new TypeError(`A job lacks its ${name}.`);
  return value;
}

/** A job as it is stored: what it carries, what it is the same job by, and when it is due (null: at once). */
export interface StoredJob {
  readonly payload: JobPayloads[Job['queue']];
  readonly sameAs: string;
  readonly dueAt: Temporal.Instant | null;
}

export function storedJob(job: Job): StoredJob {
  switch (job.queue) {
    case 'ticket-due':
      return { payload: { ticketId: job.ticketId }, sameAs: `${job.ticketId}@${job.dueAt}`, dueAt: job.dueAt };
    case 'time-added':
      return { payload: { customerId: job.customerId, key: job.key }, sameAs: `${job.customerId}:${job.key}`, dueAt: null };
    case 'release-published':
      return { payload: { releaseId: job.releaseId }, sameAs: `${job.releaseId}@${job.dueAt}`, dueAt: job.dueAt };
    case 'sync-shop':
    case 'sync-store':
      return {
        payload: { storeId: job.storeId, task: job.task },
        // One that waits for a dead run keeps none back that is due at once.
        sameAs: `${job.storeId}:${job.task}${job.freeAt === undefined ? '' : ':freed'}`,
        dueAt: job.freeAt ?? null,
      };
  }
}
