import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { typeid } from 'typeid-js';
import { Project } from '../../src/persistence/project.js';
import { TimeLot } from '../../src/persistence/time-lot.js';
import { TimeTransaction } from '../../src/persistence/time-transaction.js';
import type { Actor } from '../../src/use-cases/actor.js';
import type { Job } from '../../src/use-cases/job.js';
import type { Outcome } from '../../src/use-cases/outcome.js';
import { createProject, type ProjectCreateInput } from '../../src/use-cases/project.js';
import { checkWallet } from '../../src/use-cases/time-alarm.js';
import type { TimeAnswer } from '../../src/use-cases/time-answer.js';
import { assignTime, type TimeAssignInput } from '../../src/use-cases/time-assignment.js';
import { reverseTimeEntry, type TimeReverseInput, type TimeVoidInput, voidTime } from '../../src/use-cases/time-correction.js';
import { grantGoodwill, type TimeGrantInput } from '../../src/use-cases/time-goodwill.js';
import { estimateWork } from '../../src/use-cases/time-work-estimate.js';
import { testDatabase } from '../support/database.js';
import { asVendor, day, instant, outcomeAsVendor, publishPolicies, STAFF } from '../support/vendor.js';
import { NOON, type Stage, timeStage, walletOf } from './time-stage.js';

const NOWHERE = '00000000-0000-0000-0000-000000000000';

let database: Awaited<ReturnType<typeof testDatabase>>;
let stage: Stage;
let jobs: Job[];
beforeAll(async () => {
  database = await testDatabase();
  await publishPolicies(database);
});
afterAll(() => database.close());
beforeEach(async () => {
  stage = await timeStage(database);
  jobs = [];
});

const addJob = async (_em: unknown, job: Job) => void jobs.push(job);
const key = () => ({ idempotencyKey: typeid().toUUID() });
const customer = (): Actor => ({
  kind: 'CUSTOMER',
  name: `customer:${stage.customerId}`,
  scopes: [],
  customerId: stage.customerId,
  storeId: null,
});
const entries = () => asVendor(database, (em) => em.count(TimeTransaction, { wallet: { customer: stage.customerId } }));

const give = (change: Partial<TimeGrantInput> = {}, at = NOON) => {
  const { customerId, projectId } = stage;
  const input = {
    ...key(),
    customerId,
    projectId,
    minutes: 60,
    supportPolicyName: 'prepaid-support',
    lastDay: null,
    reason: 'Sorry.',
    ...change,
  };
  return outcomeAsVendor(database, (em) => grantGoodwill(em, STAFF, input, at, addJob));
};
const assign = (change: Partial<TimeAssignInput> & { lotId: string }, actor: Actor = STAFF) =>
  outcomeAsVendor(database, (em) => assignTime(em, actor, { ...key(), projectId: stage.projectId, minutes: 30, ...change }, NOON, addJob));
const takeOut = (change: Partial<TimeVoidInput> & { lotId: string }) =>
  outcomeAsVendor(database, (em) => voidTime(em, STAFF, { ...key(), minutes: null, reason: 'The bank took it back.', ...change }, NOON));
const undo = (change: Partial<TimeReverseInput> & { entryId: string }, at = NOON) =>
  outcomeAsVendor(database, (em) => reverseTimeEntry(em, STAFF, { ...key(), reason: 'It was our fault.', ...change }, at, addJob));
const make = (change: Partial<ProjectCreateInput>, actor: Actor = STAFF) =>
  outcomeAsVendor(database, (em) => createProject(em, actor, { ...key(), customerId: stage.customerId, name: 'Blog', ...change }, NOON));

/** What a command came to: POSTED, the codes of its reasons, or of what is to be corrected and where. */
const told = ({ value, userErrors }: Outcome<TimeAnswer | { projectId: string }>): string => {
  if (value === null) return userErrors.map(({ code, path }) => `${code} ${path.slice(1).join('.')}`).join(', ');
  if (!('outcome' in value)) return 'DONE';
  return value.outcome === 'REFUSED' ? value.reasons.map(({ code }) => code).join(' ') : value.outcome;
};
const posted = ({ value }: Outcome<TimeAnswer>) => {
  if (value?.outcome !== 'POSTED') throw new Error('refused');
  return { lotId: value.lotIds[0] ?? '', transactionId: value.transactionIds[0] ?? '' };
};

describe('goodwill', () => {
  test('is usable at once, to the end of its last day in the zone of the conditions, and who waits is told', async () => {
    const { lotId } = posted(await give({ lastDay: day('2026-04-09'), priority: 10 }));
    const end = instant('2026-04-09T21:00:00Z');
    expect(await stage.figures(end.subtract({ milliseconds: 1 }))).toEqual({ grantedMinutes: 60, availableMinutes: 60 });
    expect(await stage.figures(end)).toEqual({ grantedMinutes: 60, expiredMinutes: 60 });
    expect(await asVendor(database, (em) => em.findOneOrFail(TimeLot, { id: lotId }))).toMatchObject({ source: 'GOODWILL', priority: 10 });
    const [entry] = await asVendor(database, (em) => em.find(TimeTransaction, { wallet: { customer: stage.customerId } }));
    expect(entry).toMatchObject({ kind: 'GRANT', rule: 'B-27', actorKind: 'STAFF', actorName: 'staff:ada', reason: 'Sorry.' });
    expect(jobs).toEqual([{ queue: 'time-added', customerId: stage.customerId, key: `grant:${lotId}` }]);
  });

  test.each<[Partial<TimeGrantInput>, string, string]>([
    [{ customerId: NOWHERE, projectId: null }, 'NOT_FOUND customerId', 'to whom?'],
    [{ projectId: NOWHERE }, 'NOT_FOUND projectId', 'on what?'],
    [{ minutes: 0 }, 'INVALID minutes', 'nothing is no gift'],
    [{ minutes: 1.5 }, 'INVALID minutes', 'minutes are whole'],
    [{ minutes: 100_001 }, 'INVALID minutes', 'a figure in the wrong column'],
    [{ priority: -1 }, 'INVALID priority', 'ranks count from 0'],
    [{ lastDay: day('2026-03-09') }, 'INVALID lastDay', 'it is over'],
    [{ supportPolicyName: 'nowhere' }, 'NOT_FOUND supportPolicyName', 'under which conditions?'],
    [{ reason: ' ' }, 'REQUIRED reason', 'the statement says why'],
  ])('%j is to be corrected: %s', async (change, expected, _because) => {
    expect(told(await give(change))).toBe(expected);
    expect(await entries()).toBe(0);
  });

  test('on another customer’s project is refused as on none', async () => {
    const other = await timeStage(database);
    expect(told(await give({ projectId: other.projectId }))).toBe('NOT_FOUND projectId');
  });
});

describe('assigning', () => {
  test('splits a lot, by its customer too; back it goes by staff alone (B-06)', async () => {
    const lotId = await stage.give(100, { projectId: null });
    const { lotId: part } = posted(await assign({ lotId, minutes: 60 }, customer()));
    expect(await stage.figures()).toEqual({ grantedMinutes: 100, unassignedMinutes: 40, availableMinutes: 60 });
    expect(jobs).toEqual([{ queue: 'time-added', customerId: stage.customerId, key: `assign:${part}` }]);
    expect(told(await assign({ lotId: part, projectId: null }, customer()))).toBe('ASSIGNMENT_STAFF_ONLY');
    expect(told(await assign({ lotId: part, projectId: null, minutes: 20 }))).toBe('POSTED');
    expect(await stage.figures()).toEqual({ grantedMinutes: 100, unassignedMinutes: 60, availableMinutes: 40 });
    expect(jobs).toHaveLength(1);
  });

  test.each([
    ['more than there is', { minutes: 101 }, 'TIME_NOT_ENOUGH'],
    ['to a project that is nobody’s', { projectId: NOWHERE }, 'NOT_FOUND projectId'],
    ['of a lot that is nowhere', { lotId: NOWHERE }, 'NOT_FOUND lotId'],
    ['of no minutes', { minutes: 0 }, 'INVALID minutes'],
    ['from no project', { projectId: null }, 'LOT_UNASSIGNED'],
  ])('%s changes nothing', async (_what, change, expected) => {
    const lotId = await stage.give(100, { projectId: null });
    expect(told(await assign({ lotId, ...change }))).toBe(expected);
    expect([await entries(), jobs]).toEqual([1, []]);
  });

  test('another customer’s lot is refused as one that is not there', async () => {
    const other = await timeStage(database);
    const lotId = await other.give(100, { projectId: null });
    expect(told(await assign({ lotId }, customer()))).toBe('NOT_FOUND lotId');
    expect(told(await assign({ lotId, projectId: stage.projectId }))).toBe('NOT_FOUND projectId');
  });
});

describe('taking back and undoing', () => {
  test('a charge-back with 200 of 600 spent voids 400 (B-28); nothing is left for another', async () => {
    const lotId = await stage.give(600);
    await stage.charge(null, 200);
    expect(told(await takeOut({ lotId }))).toBe('POSTED');
    expect(await stage.figures()).toEqual({ grantedMinutes: 600, spentMinutes: 200, voidedMinutes: 400 });
    expect(told(await takeOut({ lotId }))).toBe('LOT_USED_UP');
    expect(told(await takeOut({ lotId, minutes: 0 }))).toBe('INVALID minutes');
    expect(told(await takeOut({ lotId, reason: '' }))).toBe('REQUIRED reason');
    expect(told(await takeOut({ lotId: NOWHERE }))).toBe('NOT_FOUND lotId');
  });

  test.each([
    [null, { grantedMinutes: 600, voidedMinutes: 600 }, 'all of it was charged back, and what was used is no exception'],
    [400, { grantedMinutes: 600, voidedMinutes: 400, availableMinutes: 200 }, 'no more was to be taken'],
  ])('a charge given back after %s of what was left was taken out: %j, because %s (B-27, B-28)', async (minutes, expected, _because) => {
    const lotId = await stage.give(600);
    const outcome = await stage.charge(null, 200);
    const entryId = outcome.outcome === 'POSTED' ? ((outcome.transactions[0] as { id?: string }).id ?? '') : '';
    await takeOut({ lotId, minutes });
    expect(told(await undo({ entryId }))).toBe('POSTED');
    expect(await stage.figures()).toEqual(expected);
    expect(jobs).toHaveLength(minutes === null ? 0 : 1);
    const walletId = await walletOf(database, stage.customerId);
    expect(await asVendor(database, (em) => checkWallet(em, walletId, NOON))).toMatchObject({ differences: [] });
  });

  test('charged time of a bug returns to its lots; of lots that have ended, as goodwill of 30 days (B-27)', async () => {
    await stage.give(30, { source: 'GOODWILL', endsAt: instant('2026-03-15T00:00:00Z') });
    await stage.give(60);
    const outcome = await stage.charge(null, 50);
    const transactionId = outcome.outcome === 'POSTED' ? ((outcome.transactions[0] as { id?: string }).id ?? '') : '';
    const later = instant('2026-03-20T12:00:00Z');
    const answer = posted(await undo({ entryId: transactionId }, later));
    expect(await stage.figures(later)).toEqual({ grantedMinutes: 90, availableMinutes: 90 });
    const goodwill = await asVendor(database, (em) => em.findOneOrFail(TimeLot, { id: answer.lotId }));
    expect(goodwill).toMatchObject({ minutes: 30, source: 'GOODWILL', endsAt: instant('2026-04-19T21:00:00Z') });
    expect(goodwill.supportPolicyVersion.id).toBe(stage.version.id);
    expect(jobs).toEqual([{ queue: 'time-added', customerId: stage.customerId, key: `reverse:${transactionId}` }]);
    expect(told(await undo({ entryId: transactionId }, later))).toBe('JOURNAL_ENTRY_REVERSED');
    expect(told(await undo({ entryId: answer.transactionId }, later))).toBe('JOURNAL_ENTRY_FINAL');
    expect(told(await undo({ entryId: NOWHERE }))).toBe('NOT_FOUND entryId');
    expect(told(await undo({ entryId: transactionId, reason: '' }))).toBe('REQUIRED reason');
  });

  test('a grant is undone while nothing of it was used, also after a split; nobody is told (B-28)', async () => {
    const { transactionId, lotId } = posted(await give({ projectId: null }));
    await assign({ lotId });
    const held = await stage.reserve(10);
    expect(told(await undo({ entryId: transactionId }))).toBe('LOT_TOUCHED');
    await stage.charge(held, 0);
    jobs = [];
    expect(told(await undo({ entryId: transactionId }))).toBe('POSTED');
    expect([await stage.figures(), jobs]).toEqual([{}, []]);
  });
});

describe('projects and estimates', () => {
  test('a project is made once by its name', async () => {
    expect([told(await make({})), told(await make({})), told(await make({ name: ' ' }))]).toEqual(['DONE', 'TAKEN name', 'REQUIRED name']);
    expect(told(await make({ customerId: NOWHERE }))).toBe('NOT_FOUND customerId');
    const other = await timeStage(database);
    expect(told(await make({ customerId: other.customerId }, customer()))).toBe('NOT_FOUND customerId');
    expect(told(await make({ name: 'Shop 2' }, customer()))).toBe('DONE');
    expect(await asVendor(database, (em) => em.count(Project, { customer: stage.customerId, name: 'Blog' }))).toBe(1);
  });

  const ask = (category: string, complexity: string, supportPolicyName = 'prepaid-support') =>
    outcomeAsVendor(database, (em) => estimateWork(em, { supportPolicyName, category, complexity }, NOON));

  test.each([
    ['INSTALL', 'S', { outcome: 'ESTIMATED', minutes: 30, thresholdMinutes: 60 }, '30 more than so little'],
    ['CONFLICT', 'L', { outcome: 'ESTIMATED', minutes: 240, thresholdMinutes: 360 }, 'half as much again'],
    ['INSTALL', 'XL', { outcome: 'NEEDS_QUOTE', reasons: [expect.objectContaining({ code: 'NEEDS_QUOTE' })] }, 'the card has no such cell'],
    ['constructor', 'name', { outcome: 'NEEDS_QUOTE' }, 'the card has no such row'],
  ])('%s of complexity %s is told before any purchase (B-08, B-12, B-29)', async (category, complexity, expected, _because) => {
    expect((await ask(category, complexity)).value).toMatchObject(expected);
  });

  test('unknown conditions are to be corrected', async () => {
    expect((await ask('INSTALL', 'S', 'nowhere')).userErrors).toMatchObject([{ code: 'NOT_FOUND', path: ['input', 'supportPolicyName'] }]);
  });
});

describe('the same key', () => {
  test('twenty times at once is one grant, one answer and one job', async () => {
    const idempotencyKey = typeid().toUUID();
    const answers = await Promise.all(Array.from({ length: 20 }, () => give({ idempotencyKey })));
    expect(new Set(answers.map((answer) => posted(answer).lotId)).size).toBe(1);
    expect([await entries(), jobs.length]).toEqual([1, 1]);
  });

  test('with another body is refused, and a refusal is remembered as an answer', async () => {
    const idempotencyKey = typeid().toUUID();
    const lotId = await stage.give(20, { projectId: null });
    expect(told(await assign({ idempotencyKey, lotId, minutes: 30 }))).toBe('TIME_NOT_ENOUGH');
    expect(told(await assign({ idempotencyKey, lotId, minutes: 20 }))).toBe('IDEMPOTENCY_KEY_REUSED idempotencyKey');
    expect(told(await assign({ idempotencyKey, lotId, minutes: 30 }))).toBe('TIME_NOT_ENOUGH');
    expect(await entries()).toBe(1);
  });
});
