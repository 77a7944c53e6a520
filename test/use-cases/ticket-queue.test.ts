import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { openSession, setVisibility, withVendorSession } from '../../src/persistence/session.js';
import { Ticket } from '../../src/persistence/ticket.js';
import type { Actor } from '../../src/use-cases/actor.js';
import type { EntityManager } from '../../src/use-cases/entity-manager.js';
import { NOWHERE } from '../../src/use-cases/global-id.js';
import { askFacts } from '../../src/use-cases/ticket-facts.js';
import { classifyTicket, expediteTicket } from '../../src/use-cases/ticket-intake.js';
import { previewTicket } from '../../src/use-cases/ticket-open.js';
import { queuedPage, queuePositionOf, readQueue } from '../../src/use-cases/ticket-queue.js';
import { instant } from '../support/vendor.js';
import { customerActor, type IntakeUnderTest, intakeUnderTest, reportOf, STAFF } from './intake-under-test.js';

/** A day of the policy's example; its hours are those of +03:00. */
const at = (clock: string) => `2026-03-06T${clock}:00+03:00`;
const NOW = '2026-03-09T09:59:30+03:00';

let under: IntakeUnderTest;
let hers: Actor;
let purchaseId: string;
const tickets: Record<string, string> = {};

const advice = (subject: string) => ({ purchaseId, request: 'ADVICE', needsWorkOnHost: false, report: reportOf(subject) }) as const;
const classified = (ticketId: string, clock: string) =>
  under.act(STAFF, clock, (command) =>
    classifyTicket(command, {
      idempotencyKey: under.newKey(),
      ticketId,
      ...{ request: 'ADVICE', category: 'QUESTION', complexity: 'S', needsWorkOnHost: null },
      ...{ platformVersion: null, installedVersion: null, discretionReason: null },
    }),
  );
const nameOf = (id: string) => Object.keys(tickets).find((name) => tickets[name] === id) ?? id;
const read = (first: number, after: Parameters<typeof readQueue>[1]['after'] = null) =>
  withVendorSession(under.database, ({ em }) => readQueue(em, { first, after }, instant(NOW)));
const order = async () => (await read(50)).tickets.map(({ row, position }) => [nameOf(row.id), position]);
const firstReady = () =>
  withVendorSession(under.database, async ({ em }) => (await queuedPage(em, { first: 1, after: null }, instant(NOW)))[0]?.row.id);
const standingOf = async (name: string) => {
  const id = tickets[name] ?? '';
  return (await withVendorSession(under.database, ({ em }) => queuePositionOf(em, [id]))).get(id);
};

beforeAll(async () => {
  under = await intakeUnderTest();
  hers = customerActor(await under.customer('ada@shop.example'));
  purchaseId = await under.buy({ sku: 'PREPAID', email: 'ada@shop.example', purchasedAt: '2025-12-10T09:00:00Z' });
  for (const [name, clock] of [
    ['T1', '09:00'],
    ['T2', '09:05'],
    ['T3', '09:10'],
    ['T5', '09:15'],
  ] as const) {
    const ticketId = await under.opened(hers, at(clock), advice(name));
    tickets[name] = ticketId;
    await classified(ticketId, at(clock));
  }
});
afterAll(() => under.database.close());

test('tickets stand in the order of their submission, and the first is next (B-15)', async () => {
  expect(await order()).toEqual([
    ['T1', 1],
    ['T2', 2],
    ['T3', 3],
    ['T5', 4],
  ]);
  expect(await firstReady()).toBe(tickets.T1);
});

test('before a repetition is sent, its customer is shown what it would do to the place (B-16)', async () => {
  const preview = await under.act(hers, at('09:19'), ({ em, actor }) =>
    previewTicket(em, actor, { ...advice('t1'), storeId: null, projectId: null, category: null }, instant(at('09:19'))),
  );
  expect(preview.duplicates.map(({ ticket, verdict }) => [nameOf(ticket.row.id), verdict])).toEqual([
    ['T1', 'MERGE'],
    ['T2', 'ASK'],
    ['T3', 'ASK'],
    ['T5', 'ASK'],
  ]);
  expect(preview.duplicates[0]?.merge).toEqual({
    outcome: 'MOVES',
    movedTo: { queueAt: instant(at('09:19')), queueSeq: Number.MAX_SAFE_INTEGER },
    positionBefore: 1,
    positionAfter: 4,
  });
  expect(preview.missingFacts).toEqual([]);
  expect(await order()).toHaveLength(4);
});

describe('a repetition of T1 at 09:20 (B-16)', () => {
  test('sends T1 to the end', async () => {
    tickets.T4 = await under.opened(hers, at('09:20'), advice(' t1'));
    expect(await order()).toEqual([
      ['T2', 1],
      ['T3', 2],
      ['T5', 3],
      ['T1', 4],
    ]);
    expect((await under.ticket(tickets.T4, NOW)).state).toMatchObject({ work: 'MERGED', mergedIntoId: tickets.T1 });
  });

  test('is told with the place of T1, beside when it was submitted', async () => {
    expect(await standingOf('T1')).toEqual({
      position: 4,
      readyCount: 4,
      isReady: true,
      submittedAt: instant(at('09:00')),
      queueAt: instant(at('09:20')),
      movedBy: { ticketId: tickets.T4, at: instant(at('09:20')) },
      expeditedBecause: null,
    });
    expect(await standingOf('T4')).toBeUndefined();
  });
});

test('a ticket that waits for its customer is skipped and keeps its place (B-15)', async () => {
  const ask = { idempotencyKey: 'ask', ticketId: tickets.T2 ?? '', question: 'Which theme?', facts: ['theme'] };
  await under.act(STAFF, at('10:00'), (command) => askFacts(command, ask));
  const { tickets: page } = await read(50);
  expect(page.map(({ row, position, waitsFor }) => [nameOf(row.id), position, waitsFor])).toEqual([
    ['T2', null, { cause: 'FACTS', since: instant(at('10:00')) }],
    ['T3', 1, null],
    ['T5', 2, null],
    ['T1', 3, null],
  ]);
  expect(await firstReady()).toBe(tickets.T3);
  expect(await standingOf('T2')).toMatchObject({ position: 1, readyCount: 3, isReady: false });
});

test('why a ticket goes out of turn is told with its place', async () => {
  const input = { idempotencyKey: 'expedite', ticketId: tickets.T5 ?? '', reason: 'The shop is down.' };
  await under.act(STAFF, at('10:05'), (command) => expediteTicket(command, input));
  expect(await standingOf('T5')).toMatchObject({ position: 2, expeditedBecause: 'The shop is down.' });
});

test('waiting is told in working minutes and by the clock on the wall (B-20)', async () => {
  const ticketId = await under.opened(hers, at('16:59'), advice('late on Friday'));
  await classified(ticketId, at('16:59'));
  const entry = (await read(50)).tickets.find(({ row }) => row.id === ticketId);
  expect([entry?.waitedWorkingMinutes, entry?.waitedSeconds]).toEqual([60, 65 * 3_600 + 30]);
  tickets.T6 = ticketId;
});

test('what is due first is told: the correction of a fault (A-09)', async () => {
  const filter = await under.buy({ sku: 'FILTER', email: 'ada@shop.example', purchasedAt: '2025-12-10T09:00:00Z' });
  const versions = { platformVersion: '2.4.7', installedVersion: '1.0', steps: 's', expected: 'e', actual: 'a' };
  const ticketId = await under.opened(hers, '2026-03-06T15:59:00Z', { purchaseId: filter, report: reportOf('fault', versions) });
  const fault = { request: 'CORRECTION', category: 'CORRECTION', complexity: 'S', needsWorkOnHost: null, discretionReason: null } as const;
  await under.act(STAFF, NOW, (command) =>
    classifyTicket(command, { idempotencyKey: 'fault', ticketId, ...fault, platformVersion: null, installedVersion: null }),
  );
  tickets.T7 = ticketId;
  const { tickets: page } = await read(50);
  expect(page.map(({ row, due }) => [nameOf(row.id), due?.kind, due?.dueAt]).at(-1)).toEqual([
    'T7',
    'CORRECTION',
    instant('2026-04-20T22:00:00Z'),
  ]);
});

test('pages follow each other without a gap and without a double', async () => {
  const whole = (await order()).map(([name]) => name);
  expect(whole).toEqual(['T2', 'T3', 'T5', 'T1', 'T6', 'T7']);
  const seen: (readonly [string, number | null])[] = [];
  let after: Parameters<typeof readQueue>[1]['after'] = null;
  let pages = 0;
  for (let hasNextPage = true; hasNextPage; pages += 1) {
    const page = await read(4, after);
    seen.push(...page.tickets.map(({ row, position }) => [nameOf(row.id), position] as const));
    after = page.tickets.at(-1)?.row ?? null;
    hasNextPage = page.hasNextPage;
  }
  expect([seen, pages]).toEqual([await order(), 2]);
});

test('a page of 50 costs as many statements as a page of one, and places as many for one ticket as for all', async () => {
  const counted = async (work: () => Promise<unknown>) => {
    under.database.statements.length = 0;
    await work();
    return under.database.statements.filter((sql) => !sql.includes('set_config')).length;
  };
  expect([await counted(() => read(1)), await counted(() => read(50))]).toEqual([3, 3]);
  const placed = (ids: readonly string[]) => counted(() => withVendorSession(under.database, ({ em }) => queuePositionOf(em, ids)));
  expect([await placed([tickets.T1 ?? '']), await placed(Object.values(tickets))]).toEqual([2, 2]);
  const pageOf = (first: number) => withVendorSession(under.database, ({ em }) => queuedPage(em, { first, after: null }, instant(NOW)));
  expect([await counted(() => pageOf(1)), await counted(() => pageOf(50))]).toEqual([2, 2]);
});

test('a session that sees one customer alone is told the places of that one’s tickets among everyone’s, and sees no more for it', async () => {
  const session = openSession(under.database);
  try {
    const placesOf = async (em: EntityManager) => [...(await queuePositionOf(em, Object.values(tickets)))];
    const all = await withVendorSession(under.database, ({ em }) => placesOf(em));
    expect(all.length).toBeGreaterThan(0);
    await setVisibility(session, { sees: 'customer', customerId: hers.customerId ?? '' });
    expect(await placesOf(session.em)).toEqual(all);
    await setVisibility(session, { sees: 'customer', customerId: NOWHERE });
    expect(await placesOf(session.em)).toEqual([]);
    expect(await session.em.count(Ticket)).toBe(0);
  } finally {
    session.release();
  }
});
