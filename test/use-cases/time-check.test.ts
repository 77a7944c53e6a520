import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { typeid } from 'typeid-js';
import { OutboxEvent } from '../../src/persistence/outbox-event.js';
import { openSession, setVisibility, withVendorSession } from '../../src/persistence/session.js';
import { TimeAlarm } from '../../src/persistence/time-alarm.js';
import { TimeTransaction } from '../../src/persistence/time-transaction.js';
import { hold, release } from '../../src/policy/time-hold.js';
import { toGlobalId } from '../../src/use-cases/global-id.js';
import { type CheckProgress, checkAllWallets, checkWallet, clearTimeAlarm } from '../../src/use-cases/time-alarm.js';
import { commandTime, readTime } from '../../src/use-cases/time-command.js';
import { sweepExpired } from '../../src/use-cases/time-expiry.js';
import { statementCsv, timeStatementOf } from '../../src/use-cases/time-statement.js';
import { testDatabase } from '../support/database.js';
import { asVendor, euros, instant, outcomeAsVendor, publishPolicies, STAFF } from '../support/vendor.js';
import { codes, NOON, newTask, type Stage, timeStage, walletOf } from './time-stage.js';

let database: Awaited<ReturnType<typeof testDatabase>>;
let stage: Stage;
beforeAll(async () => {
  database = await testDatabase();
  await publishPolicies(database);
});
afterAll(() => database.close());
beforeEach(async () => {
  stage = await timeStage(database);
});

const check = async () => asVendor(database, async (em) => checkWallet(em, await walletOf(database, stage.customerId), NOON));
const alarms = () => asVendor(database, (em) => em.find(TimeAlarm, { wallet: { customer: stage.customerId } }));
/** Changes a stored figure beside the ledger, as nothing of the program does. */
const tamper = (sql: string) =>
  asVendor(database, async (em) => {
    const wallet = await walletOf(database, stage.customerId);
    await em.getConnection().execute(sql.replaceAll('%WALLET%', `'${wallet}'`), [], 'run', em.getTransactionContext());
  });
const clear = (alarmId: string, resolution = 'Counted by hand.') =>
  outcomeAsVendor(database, (em) => clearTimeAlarm(em, STAFF, { idempotencyKey: typeid().toUUID(), alarmId, resolution }, NOON));

describe('a wallet against its journal', () => {
  beforeEach(async () => {
    await stage.give(100);
    await stage.charge(await stage.reserve(40), 25);
    await stage.reserve(30);
  });

  test('differs in nothing, and no alarm is raised (B-14)', async () => {
    expect(await check()).toMatchObject({ differences: [], raisedAlarmId: null });
    expect(await alarms()).toEqual([]);
  });

  const MOVED = 'update time_lot_balance set available = available + 5 where wallet_id = %WALLET%';
  test.each<[string, string, RegExp]>([
    ['a balance', MOVED, /^lot:.*:AVAILABLE$/],
    ['a balance that is gone', 'delete from time_lot_balance where wallet_id = %WALLET%', /^lot:/],
    ['what was issued', 'update time_wallet set issued_minutes = issued_minutes - 1 where id = %WALLET%', /^issuedMinutes$/],
    ['the number of entries', 'update time_wallet set last_sequence = last_sequence + 1 where id = %WALLET%', /^lastSequence$/],
    ['the last entry’s instant', `update time_wallet set recorded_through = now() where id = %WALLET%`, /^recordedThrough$/],
    ['what is held', `update time_hold set requested_minutes = 99 where wallet_id = %WALLET% and resolved_by_id is null`, /^hold:/],
    ['a hold that is gone', 'delete from time_hold where wallet_id = %WALLET% and resolved_by_id is null', /^hold:/],
  ])('%s that differs raises one alarm, is told outside once, and stays as it is', async (_what, sql, figure) => {
    await tamper(sql);
    const first = await check();
    expect(first?.differences.map((each) => each.figure)).toEqual([expect.stringMatching(figure)]);
    expect(first?.raisedAlarmId).toEqual(expect.any(String));
    expect(await check()).toEqual({ ...first, raisedAlarmId: null });
    const [alarm, ...more] = await alarms();
    expect([alarm?.id, alarm?.differences, more]).toEqual([first?.raisedAlarmId, first?.differences, []]);
    const told = await asVendor(database, (em) => em.find(OutboxEvent, { key: `time-alarm:${alarm?.id}` }));
    expect(told).toEqual([expect.objectContaining({ kind: 'TIME_ALARM_RAISED', customer: null, happenedAt: NOON })]);
  });

  test('an open alarm stops holding and using, for the customer too, who sees since when and not why; the rest goes on', async () => {
    const open = await stage.reserve(5);
    const [moved] = (await stage.ledgerAt(NOON)).lots.keys();
    await tamper(MOVED);
    const alarmId = (await check())?.raisedAlarmId ?? '';
    expect(codes((await stage.reserve(5)).outcome)).toBe('TIME_LEDGER_SUSPENDED');
    expect(codes(await stage.charge(open, 5))).toBe('TIME_LEDGER_SUSPENDED');
    await stage.give(10);
    const { holdId } = open;
    expect(codes(await stage.command((ledger) => release(ledger, { holdId }, stage.entryAt(NOON)), { holdId }))).toBe('POSTED');
    const session = openSession(database);
    try {
      await setVisibility(session, { sees: 'customer', customerId: stage.customerId });
      expect(await readTime(session.em, stage.customerId, NOON)).toMatchObject({ suspendedAt: NOON });
      expect(await session.em.count(TimeAlarm)).toBe(0);
      const request = { holdId: typeid().toUUID(), projectId: stage.projectId, work: newTask(), minutes: 5 };
      const [outcome, seen] = await session.transaction(async (em) => {
        const told = await commandTime(em, stage.customerId, NOON, (ledger) => hold(ledger, request, stage.entryAt(NOON)), request);
        return [told, await em.count(TimeAlarm)] as const;
      });
      expect([codes(outcome), seen]).toEqual(['TIME_LEDGER_SUSPENDED', 0]);
    } finally {
      session.release();
    }
    expect((await clear(alarmId, ' ')).userErrors).toMatchObject([{ code: 'REQUIRED', path: ['input', 'resolution'] }]);
    expect((await clear(alarmId)).userErrors).toMatchObject([{ code: 'CONFLICT', path: ['input', 'alarmId'] }]);
    await tamper(`update time_lot_balance set available = available - 5 where lot_id = '${moved}'`);
    expect((await clear(alarmId)).value).toEqual({ alarmId });
    expect((await clear(alarmId)).userErrors).toMatchObject([{ code: 'CONFLICT', path: ['input', 'alarmId'] }]);
    expect((await clear(typeid().toUUID())).userErrors).toMatchObject([{ code: 'NOT_FOUND', path: ['input', 'alarmId'] }]);
    expect(codes((await stage.reserve(5)).outcome)).toBe('POSTED');
  });

  test('a balance that would become negative is never written, and the command says so', async () => {
    await tamper('update time_lot_balance set held = 0 where wallet_id = %WALLET%');
    await expect(stage.charge(null, 30)).resolves.toMatchObject({ outcome: 'POSTED' });
    const [open] = [...(await stage.ledgerAt(NOON)).openHolds.keys()];
    const holdId = open ?? '';
    await expect(stage.command((ledger) => release(ledger, { holdId }, stage.entryAt(NOON)), { holdId })).rejects.toThrow(
      'ACCOUNT_NEGATIVE',
    );
  });

  test('all wallets are gone through, whatever one of them is like', async () => {
    await tamper(MOVED);
    const seen: CheckProgress[] = [];
    const last = await withVendorSession(database, (session) => checkAllWallets(session, NOON, (progress) => seen.push(progress)));
    expect(seen.map(({ checked }) => checked)).toEqual(Array.from({ length: last.total }, (_, index) => index + 1));
    expect(last).toMatchObject({ checked: last.total, differing: expect.any(Number) });
    expect(await alarms()).toHaveLength(1);
  });
});

describe('what has ended', () => {
  const END = instant('2026-03-20T00:00:00Z');

  test('counts as ended at that instant, and the sweep books it once, in pages of wallets (B-32)', async () => {
    const other = await timeStage(database);
    for (const each of [stage, other]) await each.give(60, { source: 'GOODWILL', endsAt: END });
    const before = await stage.figures(END);
    expect(before).toEqual({ grantedMinutes: 60, expiredMinutes: 60 });
    const sweep = (most: number) => withVendorSession(database, (session) => sweepExpired(session, END, { page: 1, most }));
    expect(await sweep(1)).toEqual({ wallets: 1, expired: 1 });
    expect((await sweep(100)).wallets).toBeGreaterThan(0);
    expect(await sweep(100)).toEqual({ wallets: 0, expired: 0 });
    expect(await stage.figures(END)).toEqual(before);
    const booked = await asVendor(database, (em) => em.find(TimeTransaction, { wallet: { customer: stage.customerId }, kind: 'EXPIRE' }));
    expect(booked).toEqual([expect.objectContaining({ effectiveAt: END, rule: 'B-32', actorKind: 'PROGRAM' })]);
  });
});

test('a wallet that cannot be booked stops no other: the rest is booked, and the sweep says that one failed', async () => {
  const END = instant('2026-03-21T00:00:00Z');
  const others = [await timeStage(database), await timeStage(database)];
  for (const each of [stage, ...others]) await each.give(60, { source: 'GOODWILL', endsAt: END });
  await tamper('update time_wallet set last_sequence = 0 where id = %WALLET%');
  const sweep = () => withVendorSession(database, (session) => sweepExpired(session, END, { page: 2, most: 100 }));
  await expect(sweep()).rejects.toThrow(/^1 of \d+ wallets with minutes that ended failed/);
  const booked = (customerId: string) =>
    asVendor(database, (em) => em.count(TimeTransaction, { wallet: { customer: customerId }, kind: 'EXPIRE' }));
  expect(await Promise.all([stage, ...others].map(({ customerId }) => booked(customerId)))).toEqual([0, 1, 1]);
  await tamper('update time_wallet set last_sequence = 1 where id = %WALLET%');
  expect(await sweep()).toEqual({ wallets: 1, expired: 1 });
});

describe('a statement', () => {
  const MARCH = { from: instant('2026-03-01T00:00:00Z'), to: instant('2026-04-01T00:00:00Z') };
  const stated = async (span = MARCH) => {
    const outcome = await asVendor(database, (em) => timeStatementOf(em, stage.customerId, span));
    if (outcome.outcome === 'FAULTY') throw new Error('faulty');
    return outcome.statement;
  };
  const csv = async () => {
    const statement = await stated();
    return asVendor(database, (em) => statementCsv(em, stage.customerId, statement));
  };

  test('adds up: 600 minutes for 500.00 used as 37, 37, 37 and 489 are worth the price exactly (B-14)', async () => {
    await stage.give(600, { price: euros(50_000n) }, instant('2026-02-01T00:00:00Z'));
    for (const minutes of [37, 37, 37, 489]) await stage.charge(null, minutes);
    const { opening, entries, closing, lots } = await stated();
    expect([opening.AVAILABLE, closing.AVAILABLE, closing.CONSUMED]).toEqual([600, 0, 600]);
    expect(entries.flatMap(({ values }) => values.map(({ value }) => value.amountMinor))).toEqual([3_083n, 3_084n, 3_083n, 40_750n]);
    expect(lots).toHaveLength(1);
    const rows = (await csv()).split('\r\n').map((line) => line.split(','));
    const told = rows.filter(([line = '']) => ['OPENING', 'ENTRY', 'CLOSING'].includes(line));
    const [first, ...rest] = told.map((row) => row.slice(10, 15).map(Number));
    const last = rest.pop();
    const sum = rest.reduce((total, row) => total.map((figure, index) => figure + (row[index] ?? 0)), first ?? []);
    expect(sum).toEqual(last);
    expect(told.slice(1, 5).map((row) => row.slice(15))).toEqual([
      ['30.83', 'EUR'],
      ['30.84', 'EUR'],
      ['30.83', 'EUR'],
      ['407.50', 'EUR'],
    ]);
    expect(rows.at(-1)).toEqual(['']);
  });

  test('as a table holds each lot before and after, each open hold, and one amount in one currency on a line', async () => {
    const lots = [
      await stage.give(60, { price: euros(6_000n) }),
      await stage.give(40, { price: { amountMinor: 800n, currencyCode: 'USD' } }),
    ];
    const work = newTask();
    await stage.charge(await stage.reserve(100, { task: work }), 100);
    const open = await stage.give(30, { price: null, source: 'GOODWILL' });
    const { work: held } = await stage.reserve(20);
    const [settled] = (await stated()).entries.filter(({ transaction }) => transaction.kind === 'SETTLE');
    const entry = toGlobalId('TimeEntry', settled?.transaction.id ?? '');
    const rows = (await csv()).split('\r\n').map((line) => line.split(','));
    const amounts = rows.filter(([, id]) => id === entry).map((row) => [row[0], ...row.slice(15)]);
    expect(amounts).toEqual([
      ['ENTRY', '60.00', 'EUR'],
      ['VALUE', '8.00', 'USD'],
    ]);
    const ended = rows.filter(([line]) => line === 'LOT_CLOSING').map((row) => [row[1], row[4], ...row.slice(10)]);
    expect(ended.sort()).toEqual(
      [
        [toGlobalId('TimeLot', lots[0] ?? ''), 'PURCHASED', '0', '0', '60', '0', '0', '60.00', 'EUR'],
        [toGlobalId('TimeLot', lots[1] ?? ''), 'PURCHASED', '0', '0', '40', '0', '0', '8.00', 'USD'],
        [toGlobalId('TimeLot', open), 'GOODWILL', '10', '20', '0', '0', '0', '', ''],
      ].sort(),
    );
    const holds = rows.filter(([line]) => line === 'HOLD');
    expect(holds).toEqual([
      [
        'HOLD',
        '',
        String(NOON),
        String(NOON),
        '',
        '',
        '',
        toGlobalId('Ticket', held.ticketId),
        'Shop',
        '',
        '0',
        '20',
        '0',
        '0',
        '0',
        '',
        '',
      ],
    ]);
  });

  test('as a table is safe in a spreadsheet, quotes what needs it, and names no person', async () => {
    const reasons = ['=HYPERLINK("https://evil.example")', '+1', '-1+1', '@SUM(A1)', '\t=1', 'one, "two"\nthree', '-5'];
    for (const [index, reason] of reasons.entries()) {
      const entry = stage.entryAt(NOON, { reason });
      const work = newTask();
      if (index === 0) await stage.give(100);
      const request = { holdId: typeid().toUUID(), projectId: stage.projectId, work, minutes: 1 };
      await stage.command((ledger) => hold(ledger, request, entry), request);
    }
    const text = await csv();
    const told = reasons.map((reason) => [reason, text.includes(`,${reason},`), text.includes(`,"${reason.replaceAll('"', '""')}",`)]);
    expect(told).toEqual([
      ['=HYPERLINK("https://evil.example")', false, false],
      ['+1', false, false],
      ['-1+1', false, false],
      ['@SUM(A1)', false, false],
      ['\t=1', false, false],
      ['one, "two"\nthree', false, true],
      ['-5', true, false],
    ]);
    expect(text).toContain(`,"'=HYPERLINK(""https://evil.example"")",`);
    expect(text).toContain(`,'@SUM(A1),`);
    expect(text).toContain(',Shop,STAFF,-1,1,0,0,0,,\r\n');
    expect(text).not.toContain('ada');
  });

  test('of nobody is empty, of a span that ends before it begins is no question, and costs one statement', async () => {
    expect((await stated()).entries).toEqual([]);
    const backwards = { from: MARCH.to, to: MARCH.from };
    const outcome = await outcomeAsVendor(database, (em) => timeStatementOf(em, stage.customerId, backwards));
    expect(outcome.userErrors).toMatchObject([{ code: 'INVALID', path: ['input', 'to'] }]);
    for (let entry = 0; entry < 20; entry += 1) await stage.give(5);
    database.statements.length = 0;
    expect((await stated()).entries).toHaveLength(20);
    expect(database.statements.filter((sql) => /time_transaction/.test(sql))).toHaveLength(1);
  });
});
