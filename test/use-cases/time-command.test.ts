import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { typeid } from 'typeid-js';
import { Project } from '../../src/persistence/project.js';
import { openSession, setVisibility, withVendorSession } from '../../src/persistence/session.js';
import { TimeTransaction } from '../../src/persistence/time-transaction.js';
import { TimeWallet } from '../../src/persistence/time-wallet.js';
import { assign } from '../../src/policy/time-grant.js';
import { dueHolds, extendHold, hold, lapse, refundHold, release } from '../../src/policy/time-hold.js';
import { reverse, settle } from '../../src/policy/time-settlement.js';
import { projectNamed } from '../../src/use-cases/project.js';
import { commandTime, readTime, usableMinutesFor } from '../../src/use-cases/time-command.js';
import { sweepExpired } from '../../src/use-cases/time-expiry.js';
import { grantTime } from '../../src/use-cases/time-grant.js';
import { journalsOf } from '../../src/use-cases/time-reading.js';
import { testDatabase } from '../support/database.js';
import { asVendor, customerOf, euros, instant, publishPolicies } from '../support/vendor.js';
import { codes, lotOf, NOON, newTask, onAccount, type Stage, timeStage, walletOf } from './time-stage.js';

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

const entries = (customer = stage.customerId) => asVendor(database, (em) => em.count(TimeTransaction, { wallet: { customer } }));

describe('reserving and using time', () => {
  test('600 bought on no project: nothing can be reserved; 300 of them assigned, 60 reserved (B-06)', async () => {
    const lotId = await stage.give(600, { projectId: null });
    const refused = await stage.reserve(60);
    expect(codes(refused.outcome)).toBe('LOT_UNASSIGNED');
    expect(await entries()).toBe(1);
    const request = { lotId, projectId: stage.projectId, minutes: 300, newLotId: typeid().toUUID() };
    await stage.command((ledger) => assign(ledger, request, stage.entryAt(NOON)));
    await stage.reserve(60);
    expect(await stage.figures()).toEqual({ grantedMinutes: 600, unassignedMinutes: 300, availableMinutes: 240, heldMinutes: 60 });
  });

  test('six reservations of 1,000 against 5,000: the sixth is refused, and writes nothing (B-09)', async () => {
    await stage.give(5_000);
    const outcomes = [];
    for (let task = 1; task <= 6; task += 1) outcomes.push(codes((await stage.reserve(1_000)).outcome));
    expect(outcomes).toEqual([...Array(5).fill('POSTED'), 'TIME_NOT_ENOUGH']);
    expect(await entries()).toBe(6);
    expect(await stage.figures()).toEqual({ grantedMinutes: 5_000, heldMinutes: 5_000 });
  });

  test.each([
    [70, 50, 'less than reserved: the rest returns'],
    [90, 30, 'as much as reserved'],
    [110, 10, 'more than reserved: taken from what is left'],
  ])('of 120 with 90 reserved, %s used leaves %s (B-10)', async (used, left, _because) => {
    await stage.give(120);
    expect(codes(await stage.charge(await stage.reserve(90), used))).toBe('POSTED');
    expect(await stage.figures()).toEqual({ grantedMinutes: 120, spentMinutes: used, availableMinutes: left });
    expect((await stage.ledgerAt(NOON)).openHolds.size).toBe(0);
  });

  test('work beyond what was agreed is not charged; with consent to 300 of 120 estimated, 260 are (B-12)', async () => {
    await stage.give(400);
    const held = await stage.reserve(120);
    const request = { holdId: held.holdId, minutes: 300 };
    expect(codes(await stage.command((ledger) => extendHold(ledger, request, stage.entryAt(NOON)), { holdId: held.holdId }))).toBe(
      'POSTED',
    );
    expect(await stage.figures()).toMatchObject({ heldMinutes: 300, availableMinutes: 100 });
    await stage.charge(held, 260, { chargeableMinutes: 300 });
    expect(await stage.figures()).toEqual({ grantedMinutes: 400, spentMinutes: 260, availableMinutes: 140 });
    const other = await stage.reserve(120);
    await stage.charge(other, 260, { chargeableMinutes: 130 });
    expect(await stage.figures()).toMatchObject({ spentMinutes: 390 });
  });

  test('a task that is given up for money: bought minutes are voided at their value, the others return (B-12)', async () => {
    await stage.give(30, { source: 'GOODWILL', endsAt: instant('2026-05-01T00:00:00Z') });
    await stage.give(600, { price: euros(50_000n) });
    const { holdId } = await stage.reserve(67);
    const outcome = await stage.command((ledger) => refundHold(ledger, { holdId }, stage.entryAt(NOON)), { holdId });
    expect(outcome).toMatchObject({ refunds: [{ minutes: 37, value: euros(3_083n) }], releasedMinutes: 30 });
    expect(await stage.figures()).toEqual({ grantedMinutes: 630, voidedMinutes: 37, availableMinutes: 593 });
  });

  test('too little: what there is is held with the exact shortfall, and a top-up completes it (B-13)', async () => {
    await stage.give(40);
    const held = await stage.reserve(100);
    expect(held.outcome).toMatchObject({ outcome: 'POSTED', heldMinutes: 40, shortMinutes: 60 });
    // Five working days after Tuesday noon in the zone of the conditions.
    const [open] = [...(await stage.ledgerAt(NOON)).openHolds.values()];
    expect(open).toMatchObject({ requestedMinutes: 100, lapsesAt: instant('2026-03-17T21:00:00Z') });
    await stage.give(100);
    const request = { holdId: held.holdId, minutes: 100 };
    await stage.command((ledger) => extendHold(ledger, request, stage.entryAt(NOON)));
    expect((await stage.ledgerAt(NOON)).openHolds.get(held.holdId)).toMatchObject({ lapsesAt: null, placedAt: NOON });
    expect(await stage.figures()).toEqual({ grantedMinutes: 140, heldMinutes: 100, availableMinutes: 40 });
  });

  test('200 minutes are taken in burn order: priority, end, free before bought (B-31)', async () => {
    const until = (day: string) => ({ endsAt: instant(`${day}T21:00:00Z`) });
    const lots = {
      A: await stage.give(60),
      B: await stage.give(60, { source: 'GOODWILL', ...until('2026-05-31') }),
      C: await stage.give(30, { source: 'GOODWILL', ...until('2026-04-01') }),
      D: await stage.give(45, until('2026-05-31')),
      E: await stage.give(500, { projectId: null }),
      F: await stage.give(20, { source: 'GOODWILL', priority: 10 }),
    };
    const names = new Map(Object.entries(lots).map(([name, id]) => [id, name]));
    const { outcome } = await stage.reserve(200);
    const told = onAccount(outcome, 'HELD').map(([lotId, minutes]) => `${names.get(lotId ?? '')} ${minutes}`);
    expect(told).toEqual(['F 20', 'C 30', 'B 60', 'D 45', 'A 45']);
  });

  test.each([
    [130, [60, 70], 'what is held of the ended lot is used first'],
    [170, [60, 110], 'what is beyond the hold comes from what runs'],
  ])('held before the lot ends and settled after, %s are taken as %j (B-32)', async (used, taken, _because) => {
    const end = instant('2026-02-28T21:00:00Z');
    const before = instant('2026-02-20T09:00:00Z');
    const one = await stage.give(60, { source: 'GOODWILL', endsAt: end }, before);
    const two = await stage.give(120, {}, before);
    const held = await stage.reserve(150, { at: before });
    const outcome = await stage.charge(held, used);
    expect(onAccount(outcome, 'CONSUMED')).toEqual([
      [one, taken[0]],
      [two, taken[1]],
    ]);
  });
});

describe('what one command costs and leaves', () => {
  const statementsOf = async (work: () => Promise<unknown>) => {
    database.statements.length = 0;
    await work();
    const sent = database.statements.filter((sql) => !/^(begin|commit|select set_config)/.test(sql));
    return sent.map((sql) => /^(select id from time_wallet|insert into time_wallet|select w|with moved_wallet)/.exec(sql)?.[0]);
  };
  const LOCK_READ_WRITE = ['select id from time_wallet', 'select w', 'with moved_wallet'];

  test.each([1, 30])('three statements with %s lots in the wallet, one to read, and two to be refused', async (lots) => {
    for (let lot = 0; lot < lots; lot += 1) await stage.give(10);
    expect(await statementsOf(() => stage.reserve(lots * 10 - 5))).toEqual(LOCK_READ_WRITE);
    expect(await statementsOf(() => stage.figures())).toEqual(['select w']);
    expect(await statementsOf(() => stage.charge(null, 9_999))).toEqual(LOCK_READ_WRITE.slice(0, 2));
  });

  test('the first command of a customer makes the wallet, at once with others', async () => {
    const lots = await Promise.all([1, 2, 3, 4].map((minutes) => stage.give(minutes)));
    expect(new Set(lots).size).toBe(4);
    expect(await asVendor(database, (em) => em.count(TimeWallet, { customer: stage.customerId }))).toBe(1);
    expect(await stage.figures()).toMatchObject({ grantedMinutes: 10 });
  });

  test('entries are numbered without gaps, and never recorded before an earlier one, though a clock lags', async () => {
    await stage.give(60);
    await stage.give(60, {}, NOON.subtract({ hours: 5 }));
    const [journal] = await asVendor(database, (em) => journalsOf(em, [stage.customerId]));
    expect(journal?.transactions.map(({ recordedAt, effectiveAt }) => [recordedAt, effectiveAt])).toEqual([
      [NOON, NOON],
      [NOON, NOON.subtract({ hours: 5 })],
    ]);
    const rows = await asVendor(database, (em) => em.find(TimeTransaction, { wallet: { customer: stage.customerId } }));
    expect(rows.map(({ sequence }) => sequence).sort()).toEqual([1, 2]);
  });

  test('a command must name what it is about, or nothing is written', async () => {
    await stage.give(60);
    const [work, holdId] = [newTask(), typeid().toUUID()];
    const place = { holdId, projectId: stage.projectId, work, minutes: 10 };
    const bare = { holdId: null, projectId: stage.projectId, work, workedAt: NOON, actualMinutes: 5, chargeableMinutes: 5 };
    const request = { ...bare, onShortfall: 'REFUSE' } as const;
    await expect(stage.command((ledger) => hold(ledger, place, stage.entryAt(NOON)), { work })).rejects.toThrow('names it');
    await expect(stage.command((ledger) => hold(ledger, place, stage.entryAt(NOON)), { holdId })).rejects.toThrow('names the task');
    await expect(stage.command((ledger) => settle(ledger, request, stage.entryAt(NOON)))).rejects.toThrow('names the task');
    expect(await entries()).toBe(1);
  });

  test('a task is charged once, and a hold resolved once, whatever was done in between', async () => {
    await stage.give(100);
    const held = await stage.reserve(30);
    await stage.charge(held, 20);
    expect(codes(await stage.charge(held, 20))).toBe('HOLD_RESOLVED');
    expect(codes(await stage.charge(null, 20, { work: held.work }))).toBe('TASK_SETTLED');
    const again = (ledger: Parameters<typeof release>[0]) => release(ledger, { holdId: held.holdId }, stage.entryAt(NOON));
    expect(codes(await stage.command(again, { holdId: held.holdId }))).toBe('HOLD_RESOLVED');
    expect(codes(await stage.command(again, {}))).toBe('HOLD_UNKNOWN');
    expect(codes((await stage.reserve(5, { task: held.work })).outcome)).toBe('TASK_SETTLED');
  });

  test('a task whose charge was undone can be charged again', async () => {
    await stage.give(100);
    const work = newTask();
    const charged = await stage.charge(null, 20, { work });
    const [settlement] = charged.outcome === 'POSTED' ? charged.transactions : [];
    const transactionId = settlement?.id ?? '';
    const request = { transactionId, goodwillLotId: typeid().toUUID() };
    const undo = () => stage.command((ledger) => reverse(ledger, request, stage.entryAt(NOON)), { transactionId });
    expect([codes(await undo()), codes(await undo())]).toEqual(['POSTED', 'JOURNAL_ENTRY_REVERSED']);
    expect(codes(await stage.charge(null, 30, { work }))).toBe('POSTED');
    expect(await stage.figures()).toEqual({ grantedMinutes: 100, spentMinutes: 30, availableMinutes: 70 });
  });

  test('a command sees what its transaction has made before, flushed or not', async () => {
    const { version, customerId } = stage;
    await asVendor(database, async (em) => {
      const project = em.create(Project, { customer: customerId, name: 'New', createdAt: NOON });
      em.persist(project);
      const lot = { ...lotOf(60), projectId: project.id };
      const origin = { policyVersionId: version.id, termPurchaseId: null, grantKey: null };
      await grantTime(em, customerId, NOON, [{ lot, origin, entry: stage.entryAt(NOON) }]);
    });
    expect(await stage.figures()).toEqual({ grantedMinutes: 60, availableMinutes: 60 });
  });
});

describe('a hold whose life is over (B-13)', () => {
  const DUE = instant('2026-03-18T09:00:00Z');

  test.each([false, true])('gives its minutes back to whoever asks next; booked before: %s', async (isSwept) => {
    await stage.give(40);
    const held = await stage.reserve(100);
    if (isSwept) await withVendorSession(database, (session) => sweepExpired(session, DUE, { page: 100, most: 100 }));
    expect(await stage.figures(DUE)).toEqual({ grantedMinutes: 40, availableMinutes: 40 });
    expect(dueHolds(await stage.ledgerAt(DUE), DUE)).toEqual([]);
    expect(codes((await stage.reserve(40, { at: DUE })).outcome)).toBe('POSTED');
    const late = await stage.charge(held, 40, {}, DUE);
    expect(codes(late)).toBe('HOLD_RESOLVED');
    const again = stage.entryAt(DUE);
    const lapsed = await stage.command((ledger) => lapse(ledger, { holdId: held.holdId }, again), { holdId: held.holdId }, DUE);
    expect(codes(lapsed)).toBe('HOLD_RESOLVED');
    expect(await entries()).toBe(4);
  });

  test('may be followed by another hold of its task in the same command', async () => {
    await stage.give(40);
    const { work } = await stage.reserve(100);
    expect(codes((await stage.reserve(30, { task: work, at: DUE })).outcome)).toBe('POSTED');
    expect(await stage.figures(DUE)).toEqual({ grantedMinutes: 40, heldMinutes: 30, availableMinutes: 10 });
  });
});

describe('who sees what', () => {
  test('a customer sees and works with the own wallet alone, held by row-level security', async () => {
    const other = await timeStage(database);
    await stage.give(60);
    await other.give(30);
    const session = openSession(database);
    try {
      await setVisibility(session, { sees: 'customer', customerId: stage.customerId });
      const read = async (customerId: string) => (await readTime(session.em, customerId, NOON)).walletId;
      expect([await read(stage.customerId), await read(other.customerId)]).toEqual([await walletOf(database, stage.customerId), null]);
      expect(await journalsOf(session.em, [other.customerId])).toEqual([{ lots: [], transactions: [] }]);
      const work = newTask();
      const request = { holdId: typeid().toUUID(), projectId: stage.projectId, work, minutes: 60 };
      const about = { holdId: request.holdId, work };
      const take = (customerId: string) =>
        session.transaction((em) => commandTime(em, customerId, NOON, (ledger) => hold(ledger, request, stage.entryAt(NOON)), about));
      expect(codes(await take(stage.customerId))).toBe('POSTED');
      await expect(take(other.customerId)).rejects.toThrow();
    } finally {
      session.release();
    }
    expect(await other.figures()).toEqual({ grantedMinutes: 30, availableMinutes: 30 });
  });

  test('usable minutes are those of the project, or of all projects; who has no wallet has none', async () => {
    await stage.give(60);
    await stage.give(10, { projectId: null });
    const elsewhere = await asVendor(database, (em) => projectNamed(em, stage.customerId, 'Elsewhere', NOON));
    await stage.give(5, { projectId: elsewhere.id });
    await stage.reserve(20);
    const nobody = await customerOf(database, 'nobody@shop.example');
    await asVendor(database, async (em) => {
      const usable = (projectId: string | null) => usableMinutesFor(em, stage.customerId, projectId, NOON);
      expect([await usable(stage.projectId), await usable(elsewhere.id), await usable(null)]).toEqual([40, 5, 45]);
      expect(await usableMinutesFor(em, nobody, null, NOON)).toBe(0);
      expect(await readTime(em, nobody, NOON)).toMatchObject({ walletId: null, suspendedAt: null, ledger: { walletId: null } });
    });
  });
});
