import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Database } from '../../src/persistence/database.js';
import { testDatabase } from '../support/database.js';
import { run } from './cli-under-test.js';

let database: Database;
beforeAll(async () => {
  database = await testDatabase();
  await database.jobs.query(`insert into tenure_jobs.job (name, state, start_after) values
    ('ticket-due', 'created', now() + interval '1 day'), ('ticket-due', 'retry', now() + interval '1 hour'), ('ticket-due', 'created', now()),
    ('ticket-due', 'active', now()), ('ticket-due', 'failed', now()), ('ticket-due', 'completed', now())`);
  await database.jobs.query(`insert into tenure_jobs.job (name, data, source_name, singleton_key) values
    ('ticket-due-dead', '{"ticketId":"one"}', 'ticket-due', 'one'), ('ticket-due-dead', '{"ticketId":"two"}', 'ticket-due', 'two')`);
});
afterAll(() => database.close());

describe('jobs', () => {
  test('status shows every queue as it is now; what the clock adds is in it too', async () => {
    expect(await run(['jobs', 'status'], database)).toEqual({
      exitCode: 0,
      err: '',
      out: [
        'queue              waiting  due  active  failed  dead',
        'ticket-due         2        1    1       1       2',
        'time-added         0        0    0       0       0',
        'release-published  0        0    0       0       0',
        'sync-shop          0        0    0       0       0',
        'sync-store         0        0    0       0       0',
        'ticket-sweep       0        0    0       0       0',
        'release-sweep      0        0    0       0       0',
        'sync-sweep         0        0    0       0       0',
        'time-expiry        0        0    0       0       0',
        'time-check         0        0    0       0       0',
        '',
      ].join('\n'),
    });
    const [first] = JSON.parse((await run(['jobs', 'status', '--json'], database)).out);
    expect(first).toEqual({ queue: 'ticket-due', waiting: 2, due: 1, active: 1, failed: 1, dead: 2 });
  });

  test('retry puts back what was given up, and a second time there is nothing left', async () => {
    expect(await run(['jobs', 'retry', 'ticket-due'], database)).toEqual({ exitCode: 0, out: 'put back 2 jobs\n', err: '' });
    expect(await run(['jobs', 'retry', 'ticket-due'], database)).toEqual({ exitCode: 0, out: 'put back 0 jobs\n', err: '' });
    const [first] = JSON.parse((await run(['jobs', 'status', '--json'], database)).out);
    expect(first).toMatchObject({ due: 3, dead: 0 });
  });

  test('retry of a queue that does not exist says where their names are', async () => {
    const { exitCode, err } = await run(['jobs', 'retry', 'ticket-due-dead'], database);
    expect([exitCode, err]).toEqual([3, 'error: There is no queue "ticket-due-dead". "tenure jobs status" names them.\n']);
  });
});
