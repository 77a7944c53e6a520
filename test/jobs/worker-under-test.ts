import { setTimeout as pause } from 'node:timers/promises';
import { jobAdder } from '../../src/jobs/add-job.js';
import { type JobHandlers, type JobLine, type JobWorker, startWorker } from '../../src/jobs/worker.js';
import type { Database } from '../../src/persistence/database.js';
import { executeWithin, withVendorSession } from '../../src/persistence/session.js';
import type { Job } from '../../src/use-cases/job.js';

const addJob = jobAdder(executeWithin);

/** Adds jobs, each in a transaction of its own. */
export async function add(database: Database, ...jobs: Job[]): Promise<void> {
  for (const job of jobs) await withVendorSession(database, (session) => session.transaction((em) => addJob(em, job)));
}

const nothing = async () => {};
export const IDLE: JobHandlers = {
  'ticket-due': nothing,
  'time-added': nothing,
  'release-published': nothing,
  'sync-shop': nothing,
  'sync-store': nothing,
  'ticket-sweep': nothing,
  'release-sweep': nothing,
  'sync-sweep': nothing,
  'time-expiry': nothing,
  'time-check': nothing,
};

export interface WorkerUnderTest extends JobWorker {
  readonly lines: readonly (JobLine & { readonly message: string })[];
}

/** A worker that looks often; what a test does not give a handler for is done by doing nothing. */
export async function workerOn(database: Database, handlers: Partial<JobHandlers>): Promise<WorkerUnderTest> {
  const lines: (JobLine & { message: string })[] = [];
  const note = (line: JobLine, message: string) => void lines.push({ ...line, message });
  const log = { info: note, warn: note, error: note };
  const pace = { lookSeconds: 0.5, superviseSeconds: 1 };
  const worker = await startWorker({ connections: database.jobs, handlers: { ...IDLE, ...handlers }, log, pace });
  return { ...worker, lines };
}

/** Looks again until it is so; gives up shortly before the usual time of a test is over, or after so many looks. */
export async function until(holds: () => boolean | Promise<boolean>, mostLooks = 1_000): Promise<void> {
  for (let looks = 0; !(await holds()); looks += 1) {
    if (looks === mostLooks) throw new Error('What was waited for did not come.');
    await pause(25);
  }
}

/** The states of the jobs of a queue, sorted. */
export async function statesOf(database: Database, queue: string): Promise<string[]> {
  const { rows } = await database.probe.query<{ state: string }>(
    'select state::text from tenure_jobs.job where name = $1 order by created_on, state',
    [queue],
  );
  return rows.map(({ state }) => state);
}
