import type { Job, JobResult, PgBoss } from 'pg-boss';
import { type JobConnections, type JobTuning, openBoss } from './boss.js';
import { type JobPayloads, PAYLOAD_READERS } from './payload.js';
import { QUEUE_NAMES, QUEUES, type QueueName } from './queues.js';

/** What is done for a job of each queue. It must stand to be done twice: a job whose worker died, or took longer than its lease, is done again. */
export type JobHandlers = { readonly [Queue in QueueName]: (payload: JobPayloads[Queue]) => Promise<void> };

/** Everything that a line of the log says of jobs. What a job carries, and what an error tells, is not in it. */
export interface JobLine {
  readonly queue?: string;
  readonly jobId?: string;
  readonly outcome?: 'DONE' | 'FAILED';
  readonly durationMs?: number;
  /** The serializer of the log takes its name, code and places in our source. */
  readonly err?: unknown;
  readonly code?: string;
}

export interface JobLog {
  info(line: JobLine, message: string): void;
  warn(line: JobLine, message: string): void;
  error(line: JobLine, message: string): void;
}

export interface WorkerOptions {
  /** Beside those on which the handlers work. */
  readonly connections: JobConnections;
  readonly handlers: JobHandlers;
  readonly log: JobLog;
  /** How often the worker looks for jobs and for those of dead workers; default: every 2 s, and every 10 s. */
  readonly pace?: { readonly lookSeconds: number; readonly superviseSeconds: number };
}

export interface JobWorker {
  /**
   * Takes no more jobs and waits for those it has. What is not done after `graceMs` is left to other workers, now or, where the database
   * is gone, after its lease. Resolves within about `graceMs`, whatever comes of it.
   */
  stop(graceMs: number): Promise<void>;
}

const PACE = { lookSeconds: 2, superviseSeconds: 10 };
/** The part of the grace in which what was not done is handed over; the library notices the end of its own part up to half a second late. */
const HANDING_OVER_MS = 2_000;
/** While the database is away, every look of every queue fails: one line of each kind in this time tells it. */
const SAME_TROUBLE_MS = 60_000;

/**
 * Takes jobs from every queue, and adds those that the clock makes due; with any number of workers, each job is done by one of them.
 * A database that is lost meanwhile is waited for. Rejects when it cannot be reached at the start.
 */
export async function startWorker({ connections, handlers, log, pace = PACE }: WorkerOptions): Promise<JobWorker> {
  const trouble = troubleTold(log);
  const boss = openBoss(connections, tuningOf(pace), trouble);
  boss.on('warning', ({ message }) => log.warn({}, message));
  try {
    await boss.start();
    for (const queue of QUEUE_NAMES) await workOn(boss, queue, handlers, log, pace.lookSeconds);
  } catch (error) {
    await stopWithin(boss, HANDING_OVER_MS, trouble);
    throw error;
  }
  return { stop: (graceMs) => stopWithin(boss, graceMs, trouble) };
}

function tuningOf({ lookSeconds, superviseSeconds }: typeof PACE): JobTuning {
  return {
    superviseIntervalSeconds: superviseSeconds,
    monitorIntervalSeconds: superviseSeconds,
    maintenanceIntervalSeconds: 3_600,
    cronWorkerIntervalSeconds: Math.max(1, Math.ceil(lookSeconds)),
    // No job of ours waits for another one.
    flowIntervalSeconds: 3_600,
  };
}

function workOn<Queue extends QueueName>(
  boss: PgBoss,
  queue: Queue,
  handlers: JobHandlers,
  log: JobLog,
  lookSeconds: number,
): Promise<string> {
  const handler = handlers[queue];
  const read = PAYLOAD_READERS[queue];
  const { batch, slots } = QUEUES[queue];
  const options = {
    batchSize: batch,
    localConcurrency: slots,
    burstWhenBatchFull: true,
    perJobResults: true,
    pollingIntervalSeconds: lookSeconds,
  } as const;
  return boss.work<unknown, unknown, typeof options>(queue, options, async (jobs: Job<unknown>[]) => {
    const results: JobResult[] = [];
    for (const { id, data } of jobs) results.push(await settled(queue, id, async () => handler(read(data)), log));
    return results;
  });
}

/** Does one job. What it fails with is told in the log, and kept with the job without its text: that may hold values of rows. */
async function settled(queue: QueueName, id: string, work: () => Promise<void>, log: JobLog): Promise<JobResult> {
  const began = performance.now();
  const line = (outcome: 'DONE' | 'FAILED') => ({ queue, jobId: id, outcome, durationMs: Math.round(performance.now() - began) });
  try {
    await work();
    log.info(line('DONE'), 'job');
    return { id, status: 'completed' };
  } catch (err) {
    // A sweep fails with everything that went wrong in it.
    for (const part of err instanceof AggregateError ? err.errors : [err]) log.error({ ...line('FAILED'), err: part }, 'job');
    return { id, status: 'failed', output: { error: err instanceof Error ? err.name : typeof err, code: codeOf(err) } };
  }
}

/** Tells of trouble with the database, and of the same trouble with the same queue not again for a while. */
function troubleTold(log: JobLog): (error: unknown) => void {
  const told = new Map<string, number>();
  return (error) => {
    const code = codeOf(error) ?? 'UNKNOWN';
    const queue = textOf(error, 'queue');
    const kind = `${code} ${queue}`;
    const now = performance.now();
    if (now - (told.get(kind) ?? -SAME_TROUBLE_MS) < SAME_TROUBLE_MS) return;
    told.set(kind, now);
    log.error({ code, ...(queue === null ? {} : { queue }) }, 'jobs cannot be taken or settled');
  };
}

/** SQLSTATE or the code of a socket error. The library passes errors on as plain objects, and the mapper wraps them. */
function codeOf(error: unknown): string | null {
  for (let current = error; typeof current === 'object' && current !== null; current = (current as { cause?: unknown }).cause) {
    const code = textOf(current, 'code');
    if (code !== null) return code;
  }
  return null;
}

function textOf(error: unknown, name: string): string | null {
  const value: unknown = typeof error === 'object' && error !== null ? (error as Record<string, unknown>)[name] : undefined;
  return typeof value === 'string' ? value : null;
}

async function stopWithin(boss: PgBoss, graceMs: number, trouble: (error: unknown) => void): Promise<void> {
  const { promise: late, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, graceMs);
  try {
    await Promise.race([boss.stop({ timeout: Math.max(0, graceMs - HANDING_OVER_MS) }), late]);
  } catch (error) {
    // The database is gone: the leases of what was taken run out by themselves.
    trouble(error);
  } finally {
    clearTimeout(timer);
  }
}
