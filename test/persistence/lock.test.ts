import { once } from 'node:events';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { takeLock } from '../../src/persistence/lock.js';
import { testDatabase } from '../support/database.js';

let database: Awaited<ReturnType<typeof testDatabase>>;
beforeAll(async () => {
  database = await testDatabase();
});
afterAll(() => database.close());

test('a lock is held by one at a time, and takes nothing from the pool', async () => {
  const before = database.pool.totalCount;
  const held = await takeLock(database, 'door');
  expect(held).not.toBeNull();
  expect(await takeLock(database, 'door')).toBeNull();
  const other = await takeLock(database, 'window');
  expect(other).not.toBeNull();
  expect(database.pool.totalCount).toBe(before);
  await held?.release();
  await other?.release();
  const again = await takeLock(database, 'door');
  expect(again).not.toBeNull();
  await again?.release();
});

test('a lock that went with its connection says so, and can be taken by others', async () => {
  const held = await takeLock(database, 'lost');
  if (held === null) throw new Error('Nobody else can hold it.');
  const lost = once(held.lost, 'abort');
  await database.pool.query(`select pg_terminate_backend(pid) from pg_locks where locktype = 'advisory' and database =
    (select oid from pg_database where datname = current_database())`);
  await lost;
  const next = await takeLock(database, 'lost');
  expect(next).not.toBeNull();
  await held.release();
  await next?.release();
});
