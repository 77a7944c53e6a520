import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { OutboxEvent } from '../../src/persistence/outbox-event.js';
import { withVendorSession } from '../../src/persistence/session.js';
import { Ticket } from '../../src/persistence/ticket.js';
import { TicketEvent } from '../../src/persistence/ticket-event.js';
import type { TicketEvent as CoreEvent } from '../../src/policy/ticket-event.js';
import type { Actor } from '../../src/use-cases/actor.js';
import { lockTicket, recordEvent, recordTimePassed, ticketsAsOf } from '../../src/use-cases/ticket-log.js';
import { instant } from '../support/vendor.js';
import { customerActor, type IntakeUnderTest, intakeUnderTest, reportOf, STAFF } from './intake-under-test.js';

const FRIDAY = '2026-03-06T15:59:00Z';
const DUE = '2026-04-20T22:00:00Z';
/** Long after the offer to pay back has ended. */
const SUMMER = '2026-07-01T09:00:00Z';

let under: IntakeUnderTest;
let hers: Actor;
let purchaseId: string;
let texts = 0;
beforeAll(async () => {
  under = await intakeUnderTest();
  hers = customerActor(await under.customer('ada@shop.example'));
  purchaseId = await under.buy({ sku: 'FILTER', email: 'ada@shop.example', purchasedAt: '2025-12-10T09:00:00Z' });
});
afterAll(() => under.database.close());

const COMPLETE = { platformVersion: '2.4.7', installedVersion: '1.0', steps: 's', expected: 'e', actual: 'a' };
const fault = () => under.opened(hers, FRIDAY, { purchaseId, report: reportOf(`fault ${++texts}`, COMPLETE) });
const eventsOf = (ticketId: string) =>
  withVendorSession(under.database, ({ em }) => em.find(TicketEvent, { ticket: ticketId }, { orderBy: { ordinal: 'asc' } }));
const rowOf = (ticketId: string) => withVendorSession(under.database, ({ em }) => em.findOneOrFail(Ticket, { id: ticketId }));
const passed = (ticketId: string, at: string) =>
  under.act(STAFF, at, async (command) => {
    const ticket = await lockTicket(command.em, ticketId);
    if (ticket === null) throw new Error('no ticket');
    return recordTimePassed(command, ticket);
  });
/** Lets events happen one after the other; the codes of the first refusal, else none. */
const happen = (ticketId: string, at: string, ...events: readonly CoreEvent[]) =>
  under.act(STAFF, at, async (command) => {
    let ticket = await lockTicket(command.em, ticketId);
    for (const event of events) {
      if (ticket === null) throw new Error('no ticket');
      const outcome = await recordEvent(command, ticket, event);
      if (outcome.outcome === 'REFUSED') return outcome.reasons.map(({ code }) => code);
      ticket = { ...ticket, state: outcome.state };
    }
    return [];
  });
const by = (at: string) => ({ at: instant(at), actor: { kind: 'STAFF', id: STAFF.name } as const });
const expedited = (reason: string, at: string): CoreEvent => ({ kind: 'EXPEDITED', reason, ...by(at) });
const asked = (at: string): CoreEvent => ({ kind: 'FACTS_REQUESTED', question: 'Which theme?', facts: ['theme'], ...by(at) });

test('what time has done is seen before anybody records it, and recorded late with the same instants (A-12)', async () => {
  const ticketId = await fault();
  const seen = await under.ticket(ticketId, SUMMER);
  expect([seen.state.remedy.state, seen.state.remedy.missedAt, seen.state.remedy.refund?.state]).toEqual([
    'MISSED',
    instant(DUE),
    'LAPSED',
  ]);
  expect(await eventsOf(ticketId)).toHaveLength(1);
  const recorded = await passed(ticketId, SUMMER);
  expect(recorded.state).toEqual(seen.state);
  const closesAt = seen.state.remedy.refund?.offer.closesAt;
  expect(closesAt).toEqual(instant('2026-05-06T22:00:00Z'));
  expect(
    (await eventsOf(ticketId)).map(({ ordinal, kind, at, recordedAt, actorKind }) => [ordinal, kind, at, recordedAt, actorKind]),
  ).toEqual([
    [1, 'SUBMITTED', instant(FRIDAY), instant(FRIDAY), 'CUSTOMER'],
    [2, 'CORRECTION_MISSED', instant(DUE), instant(SUMMER), 'PROGRAM'],
    [3, 'REFUND_OFFERED', instant(DUE), instant(SUMMER), 'PROGRAM'],
    [4, 'REFUND_LAPSED', closesAt, instant(SUMMER), 'PROGRAM'],
  ]);
  expect((await under.ticket(ticketId, SUMMER)).state).toEqual(seen.state);
});

test('recorded twice, it stands once, and is told outside once', async () => {
  const ticketId = await fault();
  await passed(ticketId, DUE);
  await passed(ticketId, SUMMER);
  await passed(ticketId, SUMMER);
  expect((await eventsOf(ticketId)).map(({ kind }) => kind)).toEqual(['SUBMITTED', 'CORRECTION_MISSED', 'REFUND_OFFERED', 'REFUND_LAPSED']);
  const told = await withVendorSession(under.database, ({ em }) => em.find(OutboxEvent, { key: `refund-offered:${ticketId}` }));
  expect(told.map(({ kind, data, happenedAt }) => [kind, data, happenedAt])).toEqual([
    ['REFUND_OFFERED', { ticket: ticketId, amountMinor: '11520', currencyCode: 'EUR', closesAt: '2026-05-06T22:00:00Z' }, instant(DUE)],
  ]);
});

test('a millisecond before it is due, nothing has happened', async () => {
  const ticketId = await fault();
  await passed(ticketId, '2026-04-20T21:59:59.999Z');
  expect(await eventsOf(ticketId)).toHaveLength(1);
  await passed(ticketId, DUE);
  expect(await eventsOf(ticketId)).toHaveLength(3);
});

test('an event brings what time had done before it, and a refused one brings nothing', async () => {
  const ticketId = await fault();
  expect(await happen(ticketId, SUMMER, expedited('late', SUMMER))).toEqual(['TICKET_STATE_FORBIDS']);
  expect(await eventsOf(ticketId)).toHaveLength(1);
  expect(await happen(ticketId, SUMMER, asked(SUMMER))).toEqual([]);
  expect((await eventsOf(ticketId)).map(({ kind }) => kind)).toEqual([
    'SUBMITTED',
    'CORRECTION_MISSED',
    'REFUND_OFFERED',
    'REFUND_LAPSED',
    'FACTS_REQUESTED',
  ]);
});

test('the row follows the log, and a job waits for what is due next', async () => {
  const ticketId = await fault();
  const before = await rowOf(ticketId);
  expect([before.work, before.eventCount, before.nextDueAt, before.nextDueClock]).toEqual(['TRIAGE', 1, instant(DUE), 'CORRECTION']);
  await happen(ticketId, '2026-03-09T09:00:00Z', asked('2026-03-09T09:00:00Z'));
  const waiting = await rowOf(ticketId);
  // While the customer is silent, the count may stand still for ever.
  expect([waiting.work, waiting.returnTo, waiting.eventCount, waiting.nextDueAt]).toEqual(['AWAITING_CUSTOMER', 'TRIAGE', 2, null]);
  expect(under.jobs.filter((job) => job.queue === 'ticket-due' && job.ticketId === ticketId)).toEqual([
    { queue: 'ticket-due', ticketId, dueAt: instant(DUE) },
  ]);
});

test('what happened later is not followed by what happened before', async () => {
  const ticketId = await fault();
  expect(await happen(ticketId, FRIDAY, asked('2026-03-06T15:58:59.999Z'))).toEqual(['TICKET_OUT_OF_ORDER']);
});

test('any number of tickets is read in one statement, as their policies are known by now', async () => {
  const rows = await withVendorSession(under.database, ({ em }) => em.find(Ticket, {}));
  expect(rows.length).toBeGreaterThan(3);
  for (const some of [rows.slice(0, 1), rows]) {
    under.database.statements.length = 0;
    const known = await withVendorSession(under.database, ({ em }) => ticketsAsOf(em, some, instant(SUMMER)));
    expect([known.size, under.database.statements.filter((sql) => !sql.includes('set_config')).length]).toEqual([some.length, 1]);
  }
});

test.each([
  ['ticket_event', `update ticket_event set actor_name = 'nobody'`],
  ['ticket_event', 'delete from ticket_event'],
  ['ticket_event', 'truncate ticket_event'],
  ['ticket_decision', `update ticket_decision set decided_at = now()`],
  ['ticket_decision', 'delete from ticket_decision'],
])('%s only grows: %s is refused', async (table, text) => {
  const count = () =>
    withVendorSession(under.database, (session) => session.query({ name: `count-${table}`, text: `select from ${table}`, values: [] }));
  const before = (await count()).length;
  await expect(withVendorSession(under.database, (session) => session.query({ name: text, text, values: [] }))).rejects.toMatchObject({
    code: expect.stringMatching(/^(23001|42501)$/),
  });
  expect((await count()).length).toBe(before);
});
