import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { withVendorSession } from '../../src/persistence/session.js';
import { Ticket } from '../../src/persistence/ticket.js';
import { TicketDecision } from '../../src/persistence/ticket-decision.js';
import { TicketEvent } from '../../src/persistence/ticket-event.js';
import { clocksOf } from '../../src/policy/ticket-clock.js';
import type { Actor } from '../../src/use-cases/actor.js';
import { factsFromJson } from '../../src/use-cases/fact-json.js';
import { outcomeOf } from '../../src/use-cases/outcome.js';
import type { TicketOpenInput } from '../../src/use-cases/ticket-open.js';
import { customerStore, euros, instant } from '../support/vendor.js';
import { customerActor, type IntakeUnderTest, intakeUnderTest, NOTHING_SAID, PARTNER, reportOf, STAFF } from './intake-under-test.js';

/** Friday, in Paris 16:59. The terms of what was bought on 2025-12-10 run to the end of 2026-03-10. */
const FRIDAY = '2026-03-06T15:59:00Z';
const AFTER_TERM = '2026-03-20T09:00:00Z';

let under: IntakeUnderTest;
let ada: string;
let hers: Actor;
let ben: string;
const purchases: Record<string, string> = {};
const projects: Record<string, string> = {};
let bensStore: string;

beforeAll(async () => {
  under = await intakeUnderTest();
  ada = await under.customer('ada@shop.example');
  ben = await under.customer('ben@shop.example');
  hers = customerActor(ada);
  const sales = { email: 'ada@shop.example', purchasedAt: '2025-12-10T09:00:00Z' };
  purchases.filter = await under.buy({ sku: 'FILTER', ...sales });
  purchases.prepaid = await under.buy({ sku: 'PREPAID', ...sales });
  purchases.gift = await under.buy({ sku: 'GIFT', ...sales, listPriceMinor: 0n, paidMinor: 0n });
  purchases.coupon = await under.buy({ sku: 'PREPAID', ...sales, listPriceMinor: 7_900n, paidMinor: 0n });
  purchases.bens = await under.buy({ sku: 'FILTER', ...sales, email: 'ben@shop.example' });
  projects.filled = await under.project(ada, 'filled');
  projects.empty = await under.project(ada, 'empty');
  projects.bens = await under.project(ben, 'his');
  await under.grantBought(ada, projects.filled ?? '', 600, '2026-01-05T09:00:00Z');
  bensStore = await customerStore(under.database, ben, 'bens.example');
});
afterAll(() => under.database.close());

const rowsOf = (ticketId: string) =>
  withVendorSession(under.database, async ({ em }) => ({
    row: await em.findOneOrFail(Ticket, { id: ticketId }),
    events: await em.find(TicketEvent, { ticket: ticketId }, { orderBy: { ordinal: 'asc' } }),
    decisions: await em.find(TicketDecision, { ticket: ticketId }, { orderBy: { id: 'asc' } }),
  }));
const ticketCount = () => withVendorSession(under.database, ({ em }) => em.count(Ticket));

test('a request is taken in with the decision on it, and with all that this rests on', async () => {
  const report = reportOf('complete', { steps: 's', expected: 'e', actual: 'a', platformVersion: '2.4.7-p1', installedVersion: '1.0' });
  const ticketId = await under.opened(hers, FRIDAY, { purchaseId: purchases.filter, report });
  const { row, events, decisions } = await rowsOf(ticketId);
  expect([row.work, row.channel, row.customer.id, row.purchase?.id, row.report]).toEqual(['TRIAGE', 'FORM', ada, purchases.filter, report]);
  expect([row.submittedAt, row.queueAt, row.queueSeq]).toEqual([instant(FRIDAY), instant(FRIDAY), row.seq]);
  expect(events.map(({ kind, ordinal, actorKind, actorName }) => [kind, ordinal, actorKind, actorName])).toEqual([
    ['SUBMITTED', 1, 'CUSTOMER', hers.name],
  ]);
  expect(decisions).toHaveLength(1);
  const { moment, decision, facts, decidedAt, storeReading } = decisions[0] ?? {};
  expect([moment, decision?.verdict, decision?.coverage, decision?.policy.name, decidedAt, storeReading]).toEqual([
    'SUBMISSION',
    'ENTITLED',
    'CORRECTION',
    'technical-support',
    instant(FRIDAY),
    null,
  ]);
  expect(factsFromJson(facts)).toMatchObject({
    request: 'CORRECTION',
    listPriceAtPurchase: euros(12_000n),
    platformVersion: { platform: 'MAGENTO', version: '2.4.7-p1', exact: true },
    spans: [expect.objectContaining({ expiresAt: instant('2026-03-10T23:00:00Z') })],
    rootCause: 'UNKNOWN',
    prepaidAvailableMinutes: 0,
    stated: { platformVersion: '2.4.7-p1', installedVersion: '1.0' },
    storeVersionFrom: 'DECLARED',
    storeUnreadBecause: null,
  });
});

test('the correction of a complete report is due after 30 working days, and a job waits for that instant (A-09)', async () => {
  const report = reportOf('clocked', { steps: 's', expected: 'e', actual: 'a', platformVersion: '2.4.7', installedVersion: '1.0' });
  const ticketId = await under.opened(hers, FRIDAY, { purchaseId: purchases.filter, report });
  const { state, policy } = await under.ticket(ticketId, FRIDAY);
  const dueAt = instant('2026-04-20T22:00:00Z');
  expect(clocksOf(state, policy.document, instant(FRIDAY)).map((clock) => [clock.kind, clock.state, clock.dueAt])).toEqual([
    ['CORRECTION', 'RUNNING', dueAt],
  ]);
  expect(state.licence).toEqual({ purchaseId: purchases.filter, paidGross: euros(11_520n) });
  expect(under.jobs).toContainEqual({ queue: 'ticket-due', ticketId, dueAt });
});

const reports: readonly (readonly [string, Partial<TicketOpenInput>, readonly string[], string])[] = [
  ['a fault with nothing said', {}, ['platformVersion', 'installedVersion', 'steps', 'expected', 'actual'], 'A-18 names them all'],
  [
    'a fault with steps',
    { report: reportOf('with steps', { steps: '1, 2, 3', expected: ' ' }) },
    ['platformVersion', 'installedVersion', 'expected', 'actual'],
    'blank is not said',
  ],
  ['a question', { request: 'ADVICE', needsWorkOnHost: false }, [], 'advice needs no report of a fault'],
  ['work on the store', { request: 'STORE_INTERVENTION' }, [], 'there is no fault to report'],
];
test.each(reports)('%s lacks %#', async (name, input, missing, _because) => {
  const ticketId = await under.opened(hers, FRIDAY, { purchaseId: purchases.filter, report: reportOf(name), ...input });
  const [submitted] = (await rowsOf(ticketId)).events;
  expect(submitted?.data).toMatchObject({ missingFacts: missing });
});

describe('an e-mail (B-19, A-22)', () => {
  const email = { messageId: '<1@shop.example>', receivedAt: instant('2026-03-10T22:59:59.999Z') };

  test('becomes a ticket submitted when it came, with the rights of that instant', async () => {
    const input = { purchaseId: purchases.filter, report: reportOf('an e-mail', { platformVersion: '2.4.7' }) };
    const late = await under.opened(STAFF, AFTER_TERM, { ...input, report: reportOf('late', { platformVersion: '2.4.7' }) });
    const early = await under.opened(STAFF, AFTER_TERM, { ...input, email });
    const { row, decisions } = await rowsOf(early);
    expect([row.channel, row.submittedAt, row.queueAt]).toEqual(['EMAIL', email.receivedAt, email.receivedAt]);
    expect(row.submittedAt).not.toEqual(instant(AFTER_TERM));
    expect(decisions.map(({ decision }) => decision.verdict)).toEqual(['ENTITLED']);
    expect((await rowsOf(late)).decisions.map(({ decision }) => decision.verdict)).toEqual(['NOT_ENTITLED']);
  });

  const refusals: readonly (readonly [string, () => Actor, Partial<TicketOpenInput>, string, readonly string[]])[] = [
    ['its customer may not antedate a request', () => hers, { email: { ...email, messageId: 'a' } }, 'INVALID', ['email']],
    [
      'none comes from the future',
      () => STAFF,
      { email: { messageId: 'b', receivedAt: instant('2026-03-20T09:00:00.001Z') } },
      'INVALID',
      ['email', 'receivedAt'],
    ],
    [
      'one that turns up after more than 30 days does not begin clocks that are over already',
      () => PARTNER,
      { email: { messageId: 'c', receivedAt: instant('2026-02-18T08:59:59.999Z') } },
      'INVALID',
      ['email', 'receivedAt'],
    ],
    ['it is named', () => PARTNER, { email: { ...email, messageId: ' ' } }, 'REQUIRED', ['email', 'messageId']],
    ['it makes one ticket', () => PARTNER, { email }, 'CONFLICT', ['email', 'messageId']],
  ];
  test.each(refusals)('is refused, because %s', async (_because, actor, input, code, path) => {
    const before = await ticketCount();
    const outcome = await outcomeOf(() =>
      under.open(actor(), AFTER_TERM, { purchaseId: purchases.filter, report: reportOf('mail'), ...input }),
    );
    expect(outcome.userErrors.map((error) => [error.code, error.path])).toEqual([[code, ['input', ...path]]]);
    expect(await ticketCount()).toBe(before);
  });
});

const decided: readonly (readonly [string, () => Partial<TicketOpenInput>, string, string, string, string])[] = [
  [
    'work after the term, with bought time on the project',
    () => ({ purchaseId: purchases.prepaid, projectId: projects.filled, request: 'STORE_INTERVENTION', category: 'INSTALL' }),
    'ENTITLED',
    'PREPAID_TIME',
    'COVERED_AGAINST_TIME',
    'B-05: bought time on the project makes it entitled',
  ],
  [
    'work after the term, without any',
    () => ({ purchaseId: purchases.prepaid, projectId: projects.empty, request: 'STORE_INTERVENTION', category: 'INSTALL' }),
    'VENDOR_DISCRETION',
    'QUOTE',
    'SUPPORT_TERM_ENDED',
    'B-05: the vendor may',
  ],
  [
    'work on no project',
    () => ({ purchaseId: purchases.prepaid, request: 'STORE_INTERVENTION', category: 'INSTALL' }),
    'VENDOR_DISCRETION',
    'QUOTE',
    'SUPPORT_TERM_ENDED',
    'B-06: time is used on a project',
  ],
  [
    'advice after the term',
    () => ({ purchaseId: purchases.prepaid, request: 'ADVICE', needsWorkOnHost: false }),
    'ENTITLED',
    'ADVICE',
    'COVERED',
    'B-25: it stays free',
  ],
  [
    'work that concerns no add-on',
    () => ({ projectId: projects.filled, request: 'STORE_INTERVENTION', category: 'UPGRADE' }),
    'ENTITLED',
    'PREPAID_TIME',
    'COVERED_AGAINST_TIME',
    'B-07: platform work need not concern the vendor’s own modules',
  ],
  [
    'work of another category that concerns no add-on',
    () => ({ projectId: projects.filled, request: 'STORE_INTERVENTION', category: 'COPYWRITING' }),
    'NOT_ENTITLED',
    'NONE',
    'NOTHING_PURCHASED',
    'B-07: the list of categories is closed',
  ],
  [
    'work of a category not said',
    () => ({ projectId: projects.filled, request: 'STORE_INTERVENTION' }),
    'NEEDS_INFO',
    'PREPAID_TIME',
    'CATEGORY_UNKNOWN',
    'B-07: the customer can say it',
  ],
  [
    'a development of one’s own',
    () => ({ purchaseId: purchases.prepaid, request: 'CUSTOM_DEVELOPMENT', email: { messageId: 'd', receivedAt: instant(FRIDAY) } }),
    'VENDOR_DISCRETION',
    'QUOTE',
    'LEFT_TO_VENDOR',
    'B-02: outside the conditions the vendor decides',
  ],
];
test.each(decided)('%s is decided as %#', async (name, input, verdict, coverage, code, _because) => {
  const actor = input().email ? STAFF : hers;
  const ticketId = await under.opened(actor, AFTER_TERM, { report: reportOf(name), ...input() });
  const { decisions } = await rowsOf(ticketId);
  expect(decisions.map(({ decision }) => [decision.verdict, decision.coverage, decision.reasons[0]?.code])).toEqual([
    [verdict, coverage, code],
  ]);
});

test.each([
  ['gift', true, 'its list price is nothing (B-26)'],
  ['coupon', false, 'a full discount on a list price of 79.00 is not free (B-26)'],
])('the add-on of the purchase %s is called free: %s, because %s', async (purchase, isFree) => {
  const input = { purchaseId: purchases[purchase], projectId: projects.empty, request: 'STORE_INTERVENTION', category: 'INSTALL' } as const;
  const { decisions } = await rowsOf(await under.opened(hers, FRIDAY, { ...input, report: reportOf(purchase) }));
  expect(decisions[0]?.decision.reasons.some(({ code }) => code === 'ADDON_IS_FREE')).toBe(isFree);
});

test('work without an add-on is bound to the conditions of the newest time on its project (B-30)', async () => {
  const ticketId = await under.opened(hers, FRIDAY, { projectId: projects.filled, request: 'ADVICE', report: reportOf('bound') });
  const { state } = await under.ticket(ticketId, FRIDAY);
  expect([state.policy.name, state.projectId, state.licence]).toEqual(['prepaid-support', projects.filled, null]);
});

const NOWHERE = '01900000-0000-7000-8000-000000000000';
const refusals: readonly (readonly [string, () => Partial<TicketOpenInput>, string, readonly string[], string])[] = [
  ['nothing it is about', () => ({}), 'REQUIRED', ['purchaseId'], 'nothing says which conditions apply'],
  [
    'a project that never had time',
    () => ({ projectId: projects.empty }),
    'REQUIRED',
    ['purchaseId'],
    'nothing says which conditions apply',
  ],
  ['a purchase that is not there', () => ({ purchaseId: NOWHERE }), 'NOT_FOUND', ['purchaseId'], 'there is none'],
  ['somebody else’s purchase', () => ({ purchaseId: purchases.bens }), 'NOT_FOUND', ['purchaseId'], 'it looks as if there were none'],
  ['somebody else’s project', () => ({ projectId: projects.bens }), 'NOT_FOUND', ['projectId'], 'it looks as if there were none'],
  [
    'somebody else’s store',
    () => ({ purchaseId: purchases.filter, storeId: bensStore }),
    'NOT_FOUND',
    ['storeId'],
    'it looks as if there were none',
  ],
  [
    'an original that is not there',
    () => ({ purchaseId: purchases.filter, duplicateOf: NOWHERE }),
    'NOT_FOUND',
    ['duplicateOf'],
    'there is none',
  ],
  [
    'no subject',
    () => ({ purchaseId: purchases.filter, report: { subject: ' \t', description: 'd', ...NOTHING_SAID } }),
    'REQUIRED',
    ['report', 'subject'],
    'what is not there cannot be read',
  ],
  [
    'a description without end',
    () => ({ purchaseId: purchases.filter, report: { subject: 's', description: 'd'.repeat(10_001), ...NOTHING_SAID } }),
    'INVALID',
    ['report', 'description'],
    'reports have an end',
  ],
];
test.each(refusals)('%s is refused', async (_what, input, code, path, _because) => {
  const before = await ticketCount();
  const outcome = await outcomeOf(() => under.open(hers, FRIDAY, { report: reportOf('refused'), ...input() }));
  expect(outcome.userErrors.map((error) => [error.code, error.path])).toEqual([[code, ['input', ...path]]]);
  expect(await ticketCount()).toBe(before);
});

test('staff find a purchase and a project of two customers not to go together', async () => {
  const outcome = await outcomeOf(() => under.open(STAFF, FRIDAY, { purchaseId: purchases.filter, projectId: projects.bens }));
  expect(outcome.userErrors).toMatchObject([{ code: 'NOT_FOUND', path: ['input', 'projectId'] }]);
});

test('the same key opens one ticket, and no other', async () => {
  const input = { purchaseId: purchases.filter, report: reportOf('once'), idempotencyKey: 'the same' };
  const ticketId = await under.opened(hers, FRIDAY, input);
  expect(await under.opened(hers, AFTER_TERM, input)).toBe(ticketId);
  const outcome = await outcomeOf(() => under.open(hers, FRIDAY, { ...input, report: reportOf('another') }));
  expect(outcome.userErrors).toMatchObject([{ code: 'IDEMPOTENCY_KEY_REUSED' }]);
});
