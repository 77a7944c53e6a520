import type { Job } from '../use-cases/job.js';

/** Where the library keeps its tables, beside ours in the same database. */
export const JOB_SCHEMA = 'tenure_jobs';

/** Jobs that commands add, and those that the clock does. */
export type QueueName = Job['queue'] | 'ticket-sweep' | 'release-sweep' | 'sync-sweep' | 'time-expiry' | 'time-check';

/** How a queue treats its jobs. */
export interface QueueRules {
  /** `short`: the same job waits once. `exclusive`: one job of the queue waits or runs, on all machines together. */
  readonly policy: 'short' | 'exclusive';
  /** The lease: a worker that has not answered by then has lost its jobs to others. */
  readonly expireInSeconds: number;
  /** A worker that shows no sign of life for so long has lost its jobs before their lease is over; null: only the lease counts. */
  readonly heartbeatSeconds: number | null;
  /** Tries after the first; what fails in the last one goes to the queue of the dead. */
  readonly retryLimit: number;
  /** Before the first further try; each one waits about twice as long as the one before, at most `retryDelayMax`. */
  readonly retryDelay: number;
  readonly retryDelayMax: number;
  /** Jobs that one worker does at the same time, one after the other in each slot: what hangs in one delays none in the others. */
  readonly slots: number;
  /** Taken at once by a slot and done one after the other; all of them must fit in one lease. */
  readonly batch: number;
  /** When the clock adds a job of this queue, in UTC; null: only commands do. */
  readonly schedule: QueueSchedule | null;
}

export interface QueueSchedule {
  readonly cron: string;
  /** Of all the jobs that the schedule adds within one such span, counted from midnight UTC, only the first is; null: every one. */
  readonly onceInSeconds: number | null;
}

const DAY_SECONDS = 86_400;

const ADDED = {
  policy: 'short',
  expireInSeconds: 60,
  heartbeatSeconds: null,
  retryLimit: 8,
  retryDelay: 5,
  retryDelayMax: 900,
  slots: 1,
  batch: 10,
  schedule: null,
} as const;
/** A sweep that failed is made up for by the next one: there is no point in trying for long. */
const SWEEP = {
  policy: 'exclusive',
  expireInSeconds: 300,
  heartbeatSeconds: 30,
  retryLimit: 3,
  retryDelay: 10,
  retryDelayMax: 60,
  slots: 1,
  batch: 1,
} as const;
/**
 * What waits for shops and stores. A run ends by itself long before its lease; what failed through a fault of ours is tried a few times, and swept up later.
 * A killed worker's job is found out soon, as the row of its task is free half a minute after its last sign of life.
 */
const SYNC = {
  policy: 'short',
  expireInSeconds: 900,
  heartbeatSeconds: 15,
  retryLimit: 5,
  retryDelay: 5,
  retryDelayMax: 300,
  batch: 1,
  schedule: null,
} as const;

export const QUEUES: Readonly<Record<QueueName, QueueRules>> = {
  'ticket-due': ADDED,
  'time-added': ADDED,
  'release-published': ADDED,
  'sync-shop': { ...SYNC, slots: 4 },
  'sync-store': { ...SYNC, slots: 2 },
  /** What the queues above missed: jobs that were lost, or given up. */
  'ticket-sweep': { ...SWEEP, schedule: { cron: '* * * * *', onceInSeconds: null } },
  'release-sweep': { ...SWEEP, schedule: { cron: '*/10 * * * *', onceInSeconds: null } },
  'sync-sweep': { ...SWEEP, schedule: { cron: '* * * * *', onceInSeconds: null } },
  'time-expiry': { ...SWEEP, schedule: { cron: '*/10 * * * *', onceInSeconds: null } },
  /** Once a night; where no worker ran then, as soon as one does that day. */
  'time-check': { ...SWEEP, expireInSeconds: 3_600, schedule: { cron: '*/5 1-23 * * *', onceInSeconds: DAY_SECONDS } },
};

export const QUEUE_NAMES = Object.keys(QUEUES) as readonly QueueName[];

/** Jobs that no worker has come to by then are forgotten: the sweep does what they were for. */
export const WAITING_KEPT_SECONDS = 365 * DAY_SECONDS;
/** How long what is done can be looked at; longer than the longest span of a schedule, as it marks that span as served. */
export const DONE_KEPT_SECONDS = 3 * DAY_SECONDS;
/** How long a job that was given up waits for somebody to put it back. */
export const DEAD_KEPT_SECONDS = 90 * DAY_SECONDS;

/** Where the jobs of a queue end that failed in every try. */
export const deadQueueOf = (queue: QueueName): string => `${queue}-dead`;

export const isQueueName = (text: string): text is QueueName => text in QUEUES;
