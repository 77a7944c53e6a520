import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { jobAdder } from '../../src/jobs/add-job.js';
import { areJobsInstalled, installJobs } from '../../src/jobs/install.js';
import { migrateDatabase } from '../../src/persistence/migrate.js';
import { executeWithin, withVendorSession } from '../../src/persistence/session.js';
import type { Job } from '../../src/use-cases/job.js';
import { testDatabase } from '../support/database.js';
import { instant } from '../support/vendor.js';

let database: Awaited<ReturnType<typeof testDatabase>>;
beforeAll(async () => {
  database = await testDatabase();
});
afterAll(() => database.close());

const addJob = jobAdder(executeWithin);
const TICKET = '01900000-0000-7000-8000-00000000000a';
const DUE = instant('2126-03-10T10:00:00.0001Z');
const due: Job = { queue: 'ticket-due', ticketId: TICKET, dueAt: DUE };
const added: Job = { queue: 'time-added', customerId: TICKET, key: 'grant' };
const release: Job = { queue: 'release-published', releaseId: TICKET, dueAt: DUE };

const adding = (...jobs: Job[]) =>
  withVendorSession(database, (session) =>
    session.transaction(async (em) => {
      for (const job of jobs) await addJob(em, job);
    }),
  );
const jobs = async () =>
  (await database.jobs.query('select name, data, start_after, policy, dead_letter from tenure_jobs.job order by name, start_after')).rows;
const forget = () => database.jobs.query('delete from tenure_jobs.job');

describe('a job', () => {
  test('exists when its transaction commits, with ids only, and is never due early', async () => {
    await forget();
    await adding(due, added, release);
    expect(await jobs()).toEqual([
      expect.objectContaining({
        name: 'release-published',
        data: { releaseId: TICKET },
        start_after: new Date('2126-03-10T10:00:00.001Z'),
        dead_letter: 'release-published-dead',
      }),
      {
        name: 'ticket-due',
        data: { ticketId: TICKET },
        start_after: new Date('2126-03-10T10:00:00.001Z'),
        policy: 'short',
        dead_letter: 'ticket-due-dead',
      },
      expect.objectContaining({ name: 'time-added', data: { customerId: TICKET, key: 'grant' } }),
    ]);
  });

  test('does not exist when its transaction is rolled back', async () => {
    await forget();
    const failing = withVendorSession(database, (session) =>
      session.transaction(async (em) => {
        await addJob(em, due);
        throw new RangeError('on second thought');
      }),
    );
    await expect(failing).rejects.toThrow('on second thought');
    expect(await jobs()).toEqual([]);
  });

  test.each([
    [[due, due], 1, 'the same ticket at the same instant'],
    [[due, { ...due, dueAt: instant('2126-03-11T10:00:00Z') }], 2, 'the ticket is due again another day'],
    [[added, added], 1, 'the same grant'],
    [[release, release], 1, 'the same release, published twice'],
    [[added, { ...added, key: 'assignment' }], 2, 'other minutes of the same customer'],
  ] as const)('%j: %d wait, because it is %s', async (given, count, _because) => {
    await forget();
    for (const job of given) await adding(job);
    expect(await jobs()).toHaveLength(count);
  });

  test('waits once when many add it at the same time', async () => {
    await forget();
    await Promise.all(Array.from({ length: 8 }, () => adding(due)));
    expect(await jobs()).toHaveLength(1);
  });

  test('is added again while it is being done: what its worker has read may be out of date', async () => {
    await forget();
    await adding(due);
    await database.jobs.query(`update tenure_jobs.job set state = 'active'`);
    await adding(due);
    expect(await jobs()).toHaveLength(2);
  });

  test('costs one statement once the queue is known', async () => {
    await adding(due);
    database.statements.splice(0);
    await adding({ ...due, dueAt: instant('2126-04-01T00:00:00Z') });
    expect(database.statements.filter((sql) => sql.includes('tenure_jobs'))).toHaveLength(1);
    expect(database.statements).toHaveLength(4);
  });
});

describe('the tables of jobs', () => {
  const migrate = () => migrateDatabase(database, () => installJobs(database.jobs));

  test('are brought up to date again and again, by several at once, and keep their jobs', async () => {
    await forget();
    await adding(due);
    expect(await Promise.all([migrate(), migrate(), migrate()])).toEqual([[], [], []]);
    expect(await areJobsInstalled(database.probe)).toBe(true);
    expect(await jobs()).toHaveLength(1);
    await database.jobs.query(`update tenure_jobs.queue set retry_limit = 0 where name = 'ticket-due'`);
    await migrate();
    const { rows } = await database.jobs.query(`select retry_limit from tenure_jobs.queue where name = 'ticket-due'`);
    expect(rows).toEqual([{ retry_limit: 8 }]);
  });

  test('are told as missing when they are, and when a queue is, and made where they are', async () => {
    await database.jobs.query(`delete from tenure_jobs.queue where name = 'time-check'`);
    expect(await areJobsInstalled(database.probe)).toBe(false);
    await database.jobs.query('drop schema tenure_jobs cascade');
    await expect(areJobsInstalled(database.probe)).rejects.toMatchObject({ code: '42P01' });
    await expect(adding(due)).rejects.toMatchObject({ code: '42P01' });
    const done = await Promise.all([migrate(), migrate(), migrate()]);
    expect(done.flat()).toEqual([expect.stringMatching(/^tenure_jobs-\d+$/)]);
    expect(await areJobsInstalled(database.probe)).toBe(true);
  });
});
