import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { typeid } from 'typeid-js';
import { TimeAlarm } from '../../src/persistence/time-alarm.js';
import { toGlobalId } from '../../src/use-cases/global-id.js';
import { checkWallet, clearTimeAlarm } from '../../src/use-cases/time-alarm.js';
import { testDatabase } from '../support/database.js';
import { asVendor, outcomeAsVendor, publishPolicies, STAFF } from '../support/vendor.js';
import { NOON, type Stage, timeStage, walletOf } from '../use-cases/time-stage.js';
import { run } from './cli-under-test.js';

let database: Awaited<ReturnType<typeof testDatabase>>;
let stage: Stage;
beforeAll(async () => {
  database = await testDatabase();
  await publishPolicies(database);
});
afterAll(() => database.close());
beforeEach(async () => {
  stage = await timeStage(database);
  await stage.give(100);
  await stage.charge(await stage.reserve(40), 25);
  await stage.reserve(30);
});

const rebuild = () => run(['time', 'rebuild', toGlobalId('Customer', stage.customerId)], database, { now: () => NOON });
/** Changes rows beside the ledger, as nothing of the program does. */
const tamper = (sql: string) =>
  asVendor(database, async (em) => {
    const wallet = await walletOf(database, stage.customerId);
    await em.getConnection().execute(sql.replaceAll('%WALLET%', `'${wallet}'`), [], 'run', em.getTransactionContext());
  });
const check = () => asVendor(database, async (em) => checkWallet(em, await walletOf(database, stage.customerId), NOON));
const alarms = () => asVendor(database, (em) => em.find(TimeAlarm, { wallet: { customer: stage.customerId } }));
/** Everything that is stored of the wallet beside its journal. */
const stored = () =>
  asVendor(database, async (em) => {
    const wallet = await walletOf(database, stage.customerId);
    const rows = (table: string, key: string) =>
      em.getConnection().execute(`select * from ${table} where ${key} = ? order by 1`, [wallet], 'all', em.getTransactionContext());
    return [await rows('time_wallet', 'id'), await rows('time_lot_balance', 'wallet_id'), await rows('time_hold', 'wallet_id')];
  });

describe('time rebuild', () => {
  test('of a wallet that is what its journal amounts to changes nothing', async () => {
    const before = await stored();
    const { exitCode, out } = await rebuild();
    expect([exitCode, out]).toEqual([0, expect.stringMatching(/: everything is what the journal amounts to, nothing was changed\n$/)]);
    expect([await stored(), await alarms()]).toEqual([before, []]);
  });

  test.each([
    ['a balance', 'update time_lot_balance set available = available + 5 where wallet_id = %WALLET%'],
    ['a balance that is gone', 'delete from time_lot_balance where wallet_id = %WALLET%'],
    ['the totals', 'update time_wallet set issued_minutes = -1, last_sequence = 9, recorded_through = null where id = %WALLET%'],
    ['what is held', 'update time_hold set requested_minutes = 99 where wallet_id = %WALLET% and resolved_by_id is null'],
    ['holds that are gone', 'delete from time_hold where wallet_id = %WALLET%'],
    [
      'a hold that never was',
      `insert into time_hold (id, wallet_id, project_id, ticket_id, task_id, requested_minutes, placed_at, allocations)
       select gen_random_uuid(), wallet_id, project_id, gen_random_uuid(), gen_random_uuid(), 1, placed_at, '[1]' from time_hold where wallet_id = %WALLET% limit 1`,
    ],
  ])('writes %s as the journal has it, says what it changed, and keeps that in an alarm', async (_what, sql) => {
    const before = await stored();
    await tamper(sql);
    expect(await stored()).not.toEqual(before);
    const { exitCode, out } = await rebuild();
    expect([exitCode, out]).toEqual([0, expect.stringMatching(/: rebuilt and compared\n\nFIGURE +WAS +IS\n/)]);
    expect(await stored()).toEqual(before);
    const [alarm, ...more] = await alarms();
    expect([alarm?.differences.length, alarm?.clearedAt, more]).toEqual([expect.any(Number), null, []]);
    for (const { figure } of alarm?.differences ?? []) expect(out).toContain(figure);
  });

  test('lets an alarm be cleared, which is refused as long as the difference stands', async () => {
    await tamper('update time_lot_balance set available = available + 5 where wallet_id = %WALLET%');
    const alarmId = (await check())?.raisedAlarmId ?? '';
    const clear = () =>
      outcomeAsVendor(database, (em) =>
        clearTimeAlarm(em, STAFF, { idempotencyKey: typeid().toUUID(), alarmId, resolution: 'Counted by hand.' }, NOON),
      );
    expect((await clear()).userErrors).toMatchObject([{ code: 'CONFLICT', path: ['input', 'alarmId'] }]);
    expect((await alarms()).map(({ clearedAt }) => clearedAt)).toEqual([null]);
    expect((await rebuild()).exitCode).toBe(0);
    expect((await clear()).userErrors).toEqual([]);
  });

  test('refuses where the journal itself is at fault, and writes nothing', async () => {
    const [, [balance]] = (await stored()) as [unknown, { lot_id: string }[], unknown];
    await tamper(`with entry as (
        insert into time_transaction (id, wallet_id, sequence, kind, effective_at, recorded_at, actor_kind, actor_name, reason, rule)
        select gen_random_uuid(), id, last_sequence + 1, 'EXPIRE', now(), now(), 'STAFF', 'x', 'x', 'B-32' from time_wallet where id = %WALLET% returning id, wallet_id)
      insert into time_leg (transaction_id, position, wallet_id, account, lot_id, minutes)
      select entry.id, leg.position, entry.wallet_id, leg.account, '${balance?.lot_id}', leg.minutes
      from entry, (values (1, 'AVAILABLE', -999), (2, 'EXPIRED', 999)) as leg (position, account, minutes)`);
    const before = await stored();
    const { exitCode, err } = await rebuild();
    expect([exitCode, err]).toEqual([4, expect.stringContaining('The journal is at fault, so nothing is rebuilt from it.')]);
    expect([await stored(), await alarms()]).toEqual([before, []]);
  });

  test('of nobody is told so', async () => {
    const { exitCode, err } = await run(['time', 'rebuild', 'nobody@shop.example'], database);
    expect([exitCode, err]).toEqual([3, 'error: There is no customer nobody@shop.example.\n']);
  });
});
