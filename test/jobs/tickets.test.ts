import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import pg from 'pg';
import { jobAdder } from '../../src/jobs/add-job.js';
import { jobHandlers } from '../../src/jobs/handlers.js';
import { executeWithin, withVendorSession } from '../../src/persistence/session.js';
import { TicketEvent } from '../../src/persistence/ticket-event.js';
import { instant } from '../support/vendor.js';
import { customerActor, type IntakeUnderTest, intakeUnderTest, reportOf } from '../use-cases/intake-under-test.js';
import { type RunningProcess, startProcess } from './process-under-test.js';
import { add, statesOf, until, type WorkerUnderTest, workerOn } from './worker-under-test.js';

/** A Monday. What is asked for on it is overdue by now, whatever now is. */
const MON = '2025-07-07T07:00:00Z';
const MUCH_LATER = '2025-12-01T07:00:00Z';
const BEFORE_ALL = '2000-01-01T00:00:00Z';

let under: IntakeUnderTest;
const stopping: (() => Promise<unknown>)[] = [];
beforeAll(async () => {
  under = await intakeUnderTest();
});
afterAll(() => under.database.close());
afterEach(async () => {
  for (const stop of stopping.splice(0)) await stop();
  await under.database.jobs.query('delete from tenure_jobs.job');
  await under.database.jobs.query('update tenure_jobs.version set cron_on = null');
});

/** What the program does for jobs, at a given moment. */
const handlers = (at: string) =>
  jobHandlers(
    { addJob: jobAdder(executeWithin), now: () => instant(at), stopping: new AbortController().signal },
    (work) => withVendorSession(under.database, work),
    async () => {},
  );
async function worker(does: Parameters<typeof workerOn>[1]): Promise<WorkerUnderTest> {
  const started = await workerOn(under.database, does);
  stopping.push(() => started.stop(5_000));
  return started;
}
async function workerProcess(): Promise<RunningProcess> {
  const started = await startProcess('worker', under.database.url);
  stopping.push(() => started.end('SIGKILL'));
  return started;
}

/** A ticket for a correction, of a customer of its own. Nothing is recorded of it but its opening. */
async function ticketFor(email: string): Promise<string> {
  const purchaseId = await under.buy({ sku: 'FILTER', email, purchasedAt: '2025-06-16T07:00:00Z' });
  const said = { steps: 's', expected: 'e', actual: 'a', platformVersion: '2.4.7-p1', installedVersion: '1.0' };
  return under.opened(customerActor(await under.customer(email)), MON, { purchaseId, report: reportOf(email, said) });
}
const eventsOf = (ticketId: string) =>
  withVendorSession(under.database, async ({ em }) => {
    const rows = await em.find(TicketEvent, { ticket: ticketId }, { orderBy: { ordinal: 'asc' } });
    return rows.map(({ kind }) => kind);
  });
const MISSED = ['CORRECTION_MISSED', 'REFUND_OFFERED', 'REFUND_LAPSED'];

/** For tests that start processes. */
const LONG_MS = 120_000;

describe('a ticket whose correction is missed', () => {
  test('while no worker runs shows the offer at once, and has it recorded with the same instants when one starts (A-12)', async () => {
    const ticketId = await ticketFor('missed@shop.example');
    const shown = (await under.ticket(ticketId, MUCH_LATER)).state;
    const before = await eventsOf(ticketId);
    await worker({ 'ticket-sweep': handlers(MUCH_LATER)['ticket-sweep'] });
    await until(async () => (await eventsOf(ticketId)).length > before.length);
    expect(await eventsOf(ticketId)).toEqual([...before, ...MISSED]);
    expect((await under.ticket(ticketId, BEFORE_ALL)).state).toEqual(shown);
  });

  test(
    'has it recorded once, by another worker when its lease is over, where the first one is killed over it',
    async () => {
      const ticketId = await ticketFor('killed@shop.example');
      const before = await eventsOf(ticketId);
      const inTheWay = new pg.Client({ connectionString: under.database.url });
      await inTheWay.connect();
      stopping.push(() => inTheWay.end());
      await inTheWay.query(`begin; set local tenure.sees = 'all'`);
      await inTheWay.query('select from ticket where id = $1 for update', [ticketId]);
      const first = await workerProcess();
      const lease = 'expire_seconds = 2, retry_delay = 0, retry_backoff = false';
      await under.database.jobs.query(`update tenure_jobs.queue set ${lease} where name = 'ticket-due'`);
      await add(under.database, { queue: 'ticket-due', ticketId, dueAt: instant(MON) });
      await until(async () => (await statesOf(under.database, 'ticket-due')).includes('active'));
      expect(await first.end('SIGKILL')).toBeNull();
      expect(await statesOf(under.database, 'ticket-due')).toEqual(['active']);
      await worker({ 'ticket-due': handlers(MUCH_LATER)['ticket-due'] });
      await inTheWay.query('rollback');
      await until(async () => (await statesOf(under.database, 'ticket-due')).includes('completed'));
      expect(await eventsOf(ticketId)).toEqual([...before, ...MISSED]);
      const { rows } = await under.database.jobs.query(`select retry_count from tenure_jobs.job where name = 'ticket-due'`);
      expect(rows).toEqual([{ retry_count: 1 }]);
    },
    LONG_MS,
  );

  test(
    'is recorded by the worker that an operator starts, which tells its health and stops when it is asked to',
    async () => {
      const ticketId = await ticketFor('served@shop.example');
      const running = await workerProcess();
      const paths = ['/healthz', '/readyz', '/graphql'];
      const replies = await Promise.all(paths.map((path) => fetch(running.url + path)));
      expect(replies.map(({ status }) => status)).toEqual([200, 200, 404]);
      await add(under.database, { queue: 'ticket-due', ticketId, dueAt: instant(MON) });
      await until(async () => (await statesOf(under.database, 'ticket-due')).includes('completed'));
      expect((await eventsOf(ticketId)).slice(-3)).toEqual(MISSED);
      expect(await running.end('SIGTERM')).toBe(0);
      expect(running.text()).toMatch(/"queue":"ticket-due","jobId":"[^"]+","outcome":"DONE","durationMs":\d+/);
      expect(running.text()).not.toContain(ticketId);
    },
    LONG_MS,
  );
});
