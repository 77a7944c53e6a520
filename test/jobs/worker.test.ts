import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { installJobs } from '../../src/jobs/install.js';
import { jobDesk } from '../../src/jobs/job-desk.js';
import type { JobHandlers } from '../../src/jobs/worker.js';
import { type Database, openDatabase } from '../../src/persistence/database.js';
import type { Job } from '../../src/use-cases/job.js';
import { breakableWire } from '../graphql/breakable-wire.js';
import { testDatabase } from '../support/database.js';
import { instant } from '../support/vendor.js';
import { add, statesOf, until, type WorkerUnderTest, workerOn } from './worker-under-test.js';

let database: Database & { readonly url: string };
let workers: WorkerUnderTest[];
beforeAll(async () => {
  database = await testDatabase();
});
afterAll(() => database.close());
beforeEach(() => {
  workers = [];
});
afterEach(async () => {
  await Promise.all(workers.map((worker) => worker.stop(5_000)));
  await database.jobs.query('delete from tenure_jobs.job');
  // As if the clock had been looked at long ago.
  await database.jobs.query('update tenure_jobs.version set cron_on = null');
  await installJobs(database.jobs);
});

async function start(handlers: Partial<JobHandlers>, on: Database = database): Promise<WorkerUnderTest> {
  const worker = await workerOn(on, handlers);
  workers.push(worker);
  return worker;
}
const due = (ticketId: string, dueAt = '2026-01-01T00:00:00Z'): Job => ({ queue: 'ticket-due', ticketId, dueAt: instant(dueAt) });
const tune = (settings: string) => database.jobs.query(`update tenure_jobs.queue set ${settings} where name = 'ticket-due'`);
const statusOf = async (queue: string) => (await jobDesk(database.jobs).status()).find((status) => status.queue === queue);

describe('a worker', () => {
  test('does what is due, with what it carries, and leaves what is due later', async () => {
    const done: unknown[] = [];
    const note = async (payload: unknown) => void done.push(payload);
    await add(database, due('now'), due('later', '2126-01-01T00:00:00Z'), { queue: 'time-added', customerId: 'ada', key: 'grant' });
    expect(await statusOf('ticket-due')).toEqual({ queue: 'ticket-due', waiting: 1, due: 1, active: 0, failed: 0, dead: 0 });
    const { lines } = await start({ 'ticket-due': note, 'time-added': note });
    await until(() => done.length === 2);
    expect(done).toEqual(expect.arrayContaining([{ ticketId: 'now' }, { customerId: 'ada', key: 'grant' }]));
    await until(async () => (await statesOf(database, 'ticket-due')).includes('completed'));
    expect(await statusOf('ticket-due')).toMatchObject({ waiting: 1, due: 0, active: 0 });
    const line = lines.find(({ queue }) => queue === 'ticket-due');
    expect(line).toEqual({
      queue: 'ticket-due',
      jobId: expect.any(String),
      outcome: 'DONE',
      durationMs: expect.any(Number),
      message: 'job',
    });
  });

  test('shares the jobs with others: each is done once', async () => {
    const tickets = Array.from({ length: 60 }, () => randomUUID());
    await add(database, ...tickets.map((ticket) => due(ticket)));
    const done: string[] = [];
    const byWhom = new Set<number>();
    const handlers = (worker: number) => ({
      'ticket-due': async ({ ticketId }: { readonly ticketId: string }) => {
        done.push(ticketId);
        byWhom.add(worker);
        // Long enough for the others to look meanwhile: one that is alone takes all.
        await until(() => byWhom.size === 3);
      },
    });
    await Promise.all([1, 2, 3].map((worker) => start(handlers(worker))));
    await until(async () => (await statesOf(database, 'ticket-due')).every((state) => state === 'completed'));
    expect(done.toSorted()).toEqual(tickets.toSorted());
  });

  test('tries again what failed, gives it up after the last try, and does it when it was put back', async () => {
    await tune('retry_limit = 2, retry_delay = 0, retry_backoff = false');
    const secret = new RangeError('ada@shop.example could not be written to');
    let isBroken = true;
    let tries = 0;
    await add(database, due('broken'), due('sound'));
    const { lines } = await start({
      'ticket-due': async ({ ticketId }) => {
        if (ticketId === 'broken') tries += 1;
        if (ticketId === 'broken' && isBroken) throw secret;
      },
    });
    await until(async () => (await statusOf('ticket-due'))?.dead === 1);
    expect(tries).toBe(3);
    expect((await statesOf(database, 'ticket-due')).toSorted()).toEqual(['completed', 'failed']);
    const kept = await database.jobs.query(`select output from tenure_jobs.job where name = 'ticket-due-dead'`);
    expect(kept.rows).toEqual([{ output: { error: 'RangeError', code: null } }]);
    const failures = lines.filter(({ outcome }) => outcome === 'FAILED');
    expect(failures.map(({ err }) => err)).toEqual([secret, secret, secret]);

    isBroken = false;
    expect(await jobDesk(database.jobs).retry('ticket-due')).toBe(1);
    await until(() => tries === 4);
    await until(async () => (await statesOf(database, 'ticket-due')).filter((state) => state === 'completed').length === 2);
    expect(await statusOf('ticket-due')).toMatchObject({ due: 0, active: 0, dead: 0 });
    expect(await jobDesk(database.jobs).retry('ticket-due')).toBe(0);
    expect(await jobDesk(database.jobs).retry('no-such-queue')).toBeNull();
  });

  test('gives up a job that carries nothing it knows', async () => {
    await tune('retry_limit = 0');
    await add(database, due('mangled'));
    await database.jobs.query(`update tenure_jobs.job set data = '{}'`);
    await start({});
    await until(async () => (await statusOf('ticket-due'))?.dead === 1);
  });

  test('finishes what it has when it is stopped, and takes no more', async () => {
    const done: string[] = [];
    let letGo = () => {};
    const held = new Promise<void>((resolve) => {
      letGo = resolve;
    });
    await add(database, due('first'));
    const worker = await start({
      'ticket-due': async ({ ticketId }) => {
        await held;
        done.push(ticketId);
      },
    });
    await until(async () => (await statesOf(database, 'ticket-due')).includes('active'));
    const stopped = worker.stop(20_000);
    await add(database, due('second'));
    letGo();
    await stopped;
    expect(done).toEqual(['first']);
    expect(await statesOf(database, 'ticket-due')).toEqual(['completed', 'created']);
  });

  test('leaves to others what it cannot finish within the grace', async () => {
    await tune('retry_delay = 0, retry_backoff = false');
    await add(database, due('long'));
    const never = Promise.withResolvers<void>();
    const worker = await start({ 'ticket-due': () => never.promise });
    await until(async () => (await statesOf(database, 'ticket-due')).includes('active'));
    await worker.stop(3_000);
    expect(await statesOf(database, 'ticket-due')).toEqual(['retry']);
    const done: string[] = [];
    await start({ 'ticket-due': async ({ ticketId }) => void done.push(ticketId) });
    await until(() => done.length === 1);
    never.resolve();
  });
});

describe('the clock', () => {
  test('adds a sweep every minute, whichever of the workers looks', async () => {
    const sweeps: string[] = [];
    const sweep = { 'ticket-sweep': async () => void sweeps.push('sweep') };
    await Promise.all([start(sweep), start(sweep)]);
    await until(() => sweeps.length >= 1);
    // One for the minute that began while both looked, if one did.
    const { rows } = await database.jobs.query(`select distinct singleton_on from tenure_jobs.job where name = '__pgboss__send-it'`);
    expect(sweeps.length).toBeLessThanOrEqual(rows.length);
  });

  test('adds the nightly check once a day, however often workers look and start', async () => {
    const days = new Set([today()]);
    await database.jobs.query(`update tenure_jobs.schedule set cron = '* * * * *' where name = 'time-check'`);
    const checks: string[] = [];
    for (const _start of [1, 2]) {
      // As if a minute had passed.
      await database.jobs.query(`delete from tenure_jobs.job where name = '__pgboss__send-it'`);
      await database.jobs.query('update tenure_jobs.version set cron_on = null');
      const sweeps: string[] = [];
      const handlers = {
        'ticket-sweep': async () => void sweeps.push('sweep'),
        'time-check': async () => void checks.push('check'),
      };
      const both = await Promise.all([start(handlers), start(handlers)]);
      await until(() => sweeps.length >= 1 && checks.length >= 1);
      await Promise.all(both.map((worker) => worker.stop(5_000)));
    }
    days.add(today());
    expect(checks.length).toBeLessThanOrEqual(days.size);
  });
});

const today = () => Temporal.Now.plainDateISO('UTC').toString();

describe('a database that is lost', () => {
  test.each([
    { lost: 'stop', because: 'connections are refused' },
    { lost: 'silence', because: 'nothing answers' },
  ] as const)('and comes back finds the worker at work, where $because', async ({ lost }) => {
    const url = new URL(database.url);
    const wire = await breakableWire(url.hostname, Number(url.port));
    url.host = `127.0.0.1:${wire.port}`;
    const beyond = await openDatabase({ url: url.href, poolSize: 2, statementTimeoutMs: 5_000 });
    const done: string[] = [];
    const worker = await start({ 'ticket-due': async ({ ticketId }) => void done.push(ticketId) }, beyond);
    await add(database, due('before'));
    await until(() => done.length === 1);
    await wire[lost]();
    await add(database, due('meanwhile'));
    await until(() => worker.lines.some(({ message }) => message.startsWith('jobs cannot')));
    await wire.mend();
    await until(() => done.includes('meanwhile'));
    await wire[lost]();
    await worker.stop(3_000);
    await beyond.close();
    await wire.close();
    expect(worker.lines.map((line) => JSON.stringify(line)).join('')).not.toMatch(/127\.0\.0\.1|postgres|select/i);
  });
});
