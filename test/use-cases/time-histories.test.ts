import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { typeid } from 'typeid-js';
import { withVendorSession } from '../../src/persistence/session.js';
import { TimeHold } from '../../src/persistence/time-hold.js';
import { TimeTransaction } from '../../src/persistence/time-transaction.js';
import { assign, voidLot } from '../../src/policy/time-grant.js';
import { extendHold, hold, refundHold, release } from '../../src/policy/time-hold.js';
import { reverse, settle } from '../../src/policy/time-settlement.js';
import { checkWallet } from '../../src/use-cases/time-alarm.js';
import { commandTime } from '../../src/use-cases/time-command.js';
import { sweepExpired } from '../../src/use-cases/time-expiry.js';
import { journalsOf } from '../../src/use-cases/time-reading.js';
import { testDatabase } from '../support/database.js';
import { asVendor, publishPolicies } from '../support/vendor.js';
import { codes, NOON, newTask, type Reserved, type Stage, timeStage, walletOf } from './time-stage.js';

let database: Awaited<ReturnType<typeof testDatabase>>;
beforeAll(async () => {
  database = await testDatabase();
  await publishPolicies(database);
});
afterAll(() => database.close());

const place = fc.nat({ max: 100 });
const few = fc.integer({ min: 1, max: 60 });
const ACTIONS = fc.oneof(
  fc.record({ act: fc.constant('GIVE' as const), minutes: few, lasts: fc.constantFrom(null, 2, 9), isAssigned: fc.boolean() }),
  fc.record({ act: fc.constant('HOLD' as const), minutes: few }),
  fc.record({ act: fc.constant('EXTEND' as const), minutes: few, place }),
  fc.record({ act: fc.constant('SETTLE' as const), minutes: few, place, isHeld: fc.boolean() }),
  fc.record({ act: fc.constantFrom('RELEASE' as const, 'REFUND' as const), place }),
  fc.record({ act: fc.constantFrom('ASSIGN' as const, 'VOID' as const), minutes: few, place }),
  fc.record({ act: fc.constant('REVERSE' as const), place }),
  fc.record({ act: fc.constantFrom('WAIT' as const, 'SWEEP' as const) }),
);
type Action = typeof ACTIONS extends fc.Arbitrary<infer A> ? A : never;

/** Plays a history on a stored wallet; what an action is about is chosen among what there is. Returns how often something was posted. */
async function played(stage: Stage, actions: readonly Action[]): Promise<number> {
  let now = NOON;
  let posts = 0;
  const lots: string[] = [];
  const holds: Reserved[] = [];
  const settled: string[] = [];
  const at = <T>(list: readonly T[], index: number): T | undefined => list[index % Math.max(1, list.length)];
  for (const action of actions) {
    const entry = stage.entryAt(now);
    if (action.act === 'WAIT') now = now.add({ hours: 36 });
    else if (action.act === 'SWEEP') await withVendorSession(database, (session) => sweepExpired(session, now, { page: 100, most: 100 }));
    else if (action.act === 'GIVE') {
      const endsAt = action.lasts === null ? null : now.add({ hours: 24 * action.lasts });
      lots.push(await stage.give(action.minutes, { endsAt, ...(action.isAssigned ? {} : { projectId: null }) }, now));
      posts += 1;
    } else {
      const held = 'place' in action ? at(holds, action.place) : undefined;
      const lotId = 'place' in action ? (at(lots, action.place) ?? typeid().toUUID()) : '';
      const holdId = held?.holdId ?? typeid().toUUID();
      const work = held?.work ?? newTask();
      const outcome = await stage.command(
        (ledger) => {
          const { projectId } = stage;
          if (action.act === 'HOLD') return hold(ledger, { holdId, projectId, work, minutes: action.minutes }, entry);
          if (action.act === 'EXTEND') return extendHold(ledger, { holdId, minutes: action.minutes }, entry);
          if (action.act === 'RELEASE') return release(ledger, { holdId }, entry);
          if (action.act === 'REFUND') return refundHold(ledger, { holdId }, entry);
          if (action.act === 'VOID') return voidLot(ledger, { lotId, minutes: action.minutes }, entry);
          if (action.act === 'ASSIGN') return assign(ledger, { lotId, projectId, minutes: action.minutes, newLotId: holdId }, entry);
          if (action.act === 'REVERSE') {
            const transactionId = at(settled, action.place) ?? holdId;
            return reverse(ledger, { transactionId, goodwillLotId: typeid().toUUID() }, entry);
          }
          if (!('isHeld' in action)) throw new Error(`nobody does ${action.act} here`);
          const charge = { projectId, work, workedAt: now, actualMinutes: action.minutes, chargeableMinutes: 50 };
          return settle(ledger, { ...charge, holdId: action.isHeld ? holdId : null, onShortfall: 'CHARGE_WHAT_THERE_IS' }, entry);
        },
        { holdId, work, ...(action.act === 'REVERSE' && { transactionId: at(settled, action.place) ?? holdId }) },
        now,
      );
      if (outcome.outcome === 'REFUSED') continue;
      posts += 1;
      if (action.act === 'HOLD') holds.push({ holdId, work, outcome });
      if (action.act === 'ASSIGN') lots.push(holdId);
      if (action.act === 'SETTLE') settled.push(...outcome.transactions.flatMap((each) => ('id' in each ? [String(each.id)] : [])));
    }
  }
  return posts;
}

/** `TIME_HISTORIES=1000` tries as many. */
const HISTORIES = Number(process.env.TIME_HISTORIES ?? 40);

test('after any history, every stored figure is what the journal amounts to', async () => {
  let posts = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(ACTIONS, { minLength: 4, maxLength: 12, size: 'max' }), async (actions) => {
      const stage = await timeStage(database);
      await stage.give(60);
      posts += await played(stage, actions);
      const walletId = await walletOf(database, stage.customerId);
      const check = await asVendor(database, (em) => checkWallet(em, walletId, NOON));
      expect(check).toEqual({ walletId, differences: [], raisedAlarmId: null });
    }),
    { numRuns: HISTORIES },
  );
  // A history of refusals would show nothing.
  expect(posts).toBeGreaterThan(HISTORIES * 2);
}, 240_000);

describe('many at once on one wallet', () => {
  const atOnce = (tasks: number, minutes: number, stage: Stage) => Promise.all(Array.from({ length: tasks }, () => stage.reserve(minutes)));
  const countHolds = (stage: Stage) =>
    asVendor(database, (em) => em.count(TimeHold, { wallet: { customer: stage.customerId }, resolvedBy: null }));

  test('twenty sessions take the last minutes: all of them, none twice, and none is refused that fitted', async () => {
    const stage = await timeStage(database);
    await stage.give(100);
    database.statements.length = 0;
    const outcomes = (await atOnce(20, 10, stage)).map(({ outcome }) => codes(outcome));
    expect(
      Object.entries(Object.groupBy(outcomes, (outcome) => outcome))
        .map(([code, all]) => [code, all?.length])
        .sort(),
    ).toEqual([
      ['POSTED', 10],
      ['TIME_NOT_ENOUGH', 10],
    ]);
    // They wait for each other's lock; nobody reads what another is about to change, and has to begin anew.
    expect(database.statements).not.toContain('rollback');
    expect(await countHolds(stage)).toBe(10);
    expect(await stage.figures()).toEqual({ grantedMinutes: 100, heldMinutes: 100 });
    const [journal] = await asVendor(database, (em) => journalsOf(em, [stage.customerId]));
    expect(journal?.transactions).toHaveLength(11);
  });

  test('the same task twenty times at once is reserved once, and charged once', async () => {
    const stage = await timeStage(database);
    await stage.give(100);
    const work = newTask();
    const holds = await Promise.all(Array.from({ length: 20 }, () => stage.reserve(10, { task: work })));
    expect(holds.filter(({ outcome }) => outcome.outcome === 'POSTED')).toHaveLength(1);
    expect(new Set(holds.map(({ outcome }) => codes(outcome)))).toEqual(new Set(['POSTED', 'TASK_HELD']));
    const held = holds.find(({ outcome }) => outcome.outcome === 'POSTED') ?? null;
    const charges = await Promise.all(Array.from({ length: 20 }, () => stage.charge(held, 10)));
    expect(new Set(charges.map(codes))).toEqual(new Set(['POSTED', 'HOLD_RESOLVED']));
    expect(await stage.figures()).toEqual({ grantedMinutes: 100, spentMinutes: 10, availableMinutes: 90 });
  });
});

test.each(['40001', '40P01'])('the database’s %s is tried again, and is no lack of minutes', async (state) => {
  const stage = await timeStage(database);
  await stage.give(60);
  const name = `trouble_${state.toLowerCase()}`;
  await asVendor(database, async (em) => {
    const run = (sql: string) => em.getConnection().execute(sql, [], 'run', em.getTransactionContext());
    await run(`create sequence ${name}_tries`);
    await run(`create function ${name}() returns trigger language plpgsql as $$
      begin if nextval('${name}_tries') < 4 then raise exception 'again' using errcode = '${state}'; end if; return new; end $$`);
    await run(`create trigger ${name} before insert on time_leg for each row execute function ${name}()`);
  });
  expect(codes((await stage.reserve(60)).outcome)).toBe('POSTED');
  const [row] = await withVendorSession(database, (session) =>
    session.query<{ tries: string }>({ name, text: `select last_value as tries from ${name}_tries`, values: [] }),
  );
  expect(Number(row?.tries)).toBeGreaterThan(3);
  expect(await stage.figures()).toEqual({ grantedMinutes: 60, heldMinutes: 60 });
  expect(await asVendor(database, (em) => em.count(TimeTransaction, { wallet: { customer: stage.customerId } }))).toBe(2);
});

test('two wallets that lock each other out in opposite orders both come to an end', async () => {
  const [one, two] = [await timeStage(database), await timeStage(database)];
  await Promise.all([one.give(10), two.give(10)]);
  const nothing = () => ({ outcome: 'POSTED', lots: [], transactions: [] }) as const;
  const both = (first: Stage, second: Stage) =>
    asVendor(database, async (em) => {
      await commandTime(em, first.customerId, NOON, nothing);
      return commandTime(em, second.customerId, NOON, nothing);
    });
  const ends = await Promise.all([both(one, two), both(two, one), both(one, two), both(two, one)]);
  expect(ends.map(codes)).toEqual(Array(4).fill('POSTED'));
});
