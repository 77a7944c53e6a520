import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { sqlState } from '../../src/persistence/outage.js';
import { testDatabase } from '../support/database.js';
import { asVendor, publishPolicies } from '../support/vendor.js';
import { codes, type Stage, timeStage, walletOf } from './time-stage.js';

let database: Awaited<ReturnType<typeof testDatabase>>;
let stage: Stage;
beforeAll(async () => {
  database = await testDatabase();
  await publishPolicies(database);
  stage = await timeStage(database);
  await stage.give(100);
  await stage.charge(await stage.reserve(40), 25);
});
afterAll(() => database.close());

/** SQLSTATE with which a statement fails; null where it does not. Nothing of it stays. */
async function refusedWith(sql: string, setUp: readonly string[] = []): Promise<string | null> {
  class Undone extends Error {}
  try {
    return await asVendor(database, async (em) => {
      const run = (text: string) => em.getConnection().execute(text, [], 'run', em.getTransactionContext());
      for (const each of setUp) await run(each);
      await run(sql);
      throw new Undone();
    });
  } catch (error) {
    return error instanceof Undone ? null : (sqlState(error) ?? String(error));
  }
}

const TABLES = ['time_transaction', 'time_leg', 'time_lot'] as const;
/** insufficient_privilege, restrict_violation. */
const [NO_GRANT, BY_TRIGGER] = ['42501', '23001'];
const CHANGES = {
  time_transaction: `update time_transaction set reason = 'Another.'`,
  time_leg: 'update time_leg set minutes = minutes + 1',
  time_lot: 'update time_lot set minutes = minutes + 1',
} as const;

describe.each(TABLES)('%s only grows', (table) => {
  const acts = [CHANGES[table], `delete from ${table}`, `truncate ${table} cascade`];

  test.each(acts)('the role that owns it has no right to "%s"', async (sql) => {
    expect(await refusedWith(sql)).toBe(NO_GRANT);
  });

  test.each(acts)('with every right, "%s" is refused by a trigger', async (sql) => {
    const grants = ['time_transaction', 'time_leg', 'time_lot', 'time_hold', 'time_lot_balance', 'ticket_event']
      .filter((other) => other === table || sql.startsWith('truncate'))
      .map((other) => `grant update, delete, truncate on ${other} to current_user`);
    expect(await refusedWith(sql, grants)).toBe(BY_TRIGGER);
  });
});

test('the owner may not change even the column that foreign keys lock by', async () => {
  expect(await refusedWith('update time_transaction set id = gen_random_uuid()')).toBe(BY_TRIGGER);
  expect(await refusedWith('update time_lot set id = gen_random_uuid()')).toBe(BY_TRIGGER);
});

test.each([
  ['one leg', `(1, 'AVAILABLE', 5)`],
  ['legs that do not sum to 0', `(1, 'AVAILABLE', 5), (2, 'CONSUMED', -4)`],
])('a transaction with %s is not written', async (_what, legs) => {
  const wallet = await walletOf(database, stage.customerId);
  const transaction = `insert into time_transaction (id, wallet_id, sequence, kind, effective_at, recorded_at, actor_kind, actor_name, reason, rule)
    values ('00000000-0000-7000-8000-000000000001', '${wallet}', 99, 'EXPIRE', now(), now(), 'PROGRAM', 'test', 'Test.', 'B-32')`;
  const sql = `insert into time_leg (transaction_id, position, wallet_id, account, lot_id, minutes)
    select '00000000-0000-7000-8000-000000000001', position, '${wallet}', account, (select id from time_lot limit 1), minutes
    from (values ${legs}) as leg (position, account, minutes)`;
  expect(await refusedWith(sql, [transaction])).toBe('23514');
});

test('the same role goes on writing: foreign keys lock rows that it may not change', async () => {
  expect(codes((await stage.reserve(10)).outcome)).toBe('POSTED');
  expect(await stage.figures()).toEqual({ grantedMinutes: 100, spentMinutes: 25, heldMinutes: 10, availableMinutes: 65 });
});

test('that role is no superuser, or the rights would prove nothing', async () => {
  const [row] = await asVendor(database, (em) =>
    em
      .getConnection()
      .execute<{ rolsuper: boolean; owns: boolean }[]>(
        `select rolsuper, (select tableowner = current_user from pg_tables where tablename = 'time_leg') as owns from pg_roles where rolname = current_user`,
        [],
        'all',
        em.getTransactionContext(),
      ),
  );
  expect(row).toEqual({ rolsuper: false, owns: true });
});
