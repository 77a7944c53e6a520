import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { withVendorSession } from '../../src/persistence/session.js';
import { TicketDecision } from '../../src/persistence/ticket-decision.js';
import { TicketEvent } from '../../src/persistence/ticket-event.js';
import { TicketMessage } from '../../src/persistence/ticket-message.js';
import { TimeTransaction } from '../../src/persistence/time-transaction.js';
import type { RootCause } from '../../src/policy/support-policy.js';
import { clocksOf } from '../../src/policy/ticket-clock.js';
import { hold } from '../../src/policy/time-hold.js';
import { settle } from '../../src/policy/time-settlement.js';
import type { Actor } from '../../src/use-cases/actor.js';
import { outcomeOf } from '../../src/use-cases/outcome.js';
import type { TicketAnswer, TicketCommand } from '../../src/use-cases/ticket-command.js';
import { askFacts, type FactsAskInput, type FactsSupplyInput, supplyFacts } from '../../src/use-cases/ticket-facts.js';
import { type CauseFindInput, findCause } from '../../src/use-cases/ticket-finding.js';
import {
  agreeOutcome,
  appealTicket,
  classifyTicket,
  estimateTicket,
  expediteTicket,
  refuseTicket,
  type TicketClassifyInput,
} from '../../src/use-cases/ticket-intake.js';
import { lockTicket, recordEvent } from '../../src/use-cases/ticket-log.js';
import type { TicketOpenInput } from '../../src/use-cases/ticket-open.js';
import { commandTime, usableMinutesFor } from '../../src/use-cases/time-command.js';
import { customerActor, type IntakeUnderTest, intakeUnderTest, reportOf, STAFF } from './intake-under-test.js';

/** Tuesday, 11:00 in Paris and 13:00 at +03:00; the terms of what was bought on 2025-12-10 run to the end of the day. */
const AT = '2026-03-10T10:00:00Z';
const AFTER_TERM = '2026-03-20T09:00:00Z';

let under: IntakeUnderTest;
let ada: string;
let hers: Actor;
let his: Actor;
const purchases: Record<string, string> = {};
let project: string;
let texts = 0;

beforeAll(async () => {
  under = await intakeUnderTest();
  ada = await under.customer('ada@shop.example');
  hers = customerActor(ada);
  his = customerActor(await under.customer('ben@shop.example'));
  for (const sku of ['FILTER', 'PREPAID'] as const) {
    purchases[sku] = await under.buy({ sku, email: 'ada@shop.example', purchasedAt: '2025-12-10T09:00:00Z' });
  }
  project = await under.project(ada, 'filled');
  await under.grantBought(ada, project, 600, '2026-01-05T09:00:00Z');
});
afterAll(() => under.database.close());

const opened = (input: Partial<TicketOpenInput> = {}, at = AT) =>
  under.opened(hers, at, { report: reportOf(`request ${++texts}`), ...input });
const correction = (at = AT) =>
  opened(
    {
      purchaseId: purchases.FILTER,
      report: reportOf(`fault ${++texts}`, { platformVersion: '2.4.7', installedVersion: '1.0', steps: 's', expected: 'e', actual: 'a' }),
    },
    at,
  );
const work = (at = AT) => opened({ projectId: project, request: 'STORE_INTERVENTION', category: 'INSTALL' }, at);

type Deed<Input> = (command: TicketCommand, input: Input) => Promise<TicketAnswer>;
const doing = async <Input>(deed: Deed<Input>, input: Omit<Input, 'idempotencyKey'>, actor: Actor = STAFF, at = AT): Promise<string[]> => {
  const { reasons } = await under.act(actor, at, (command) => deed(command, { idempotencyKey: under.newKey(), ...input } as Input));
  return reasons.map(({ code }) => code);
};
const CLASS: Omit<TicketClassifyInput, 'idempotencyKey' | 'ticketId'> = {
  request: 'STORE_INTERVENTION',
  category: 'INSTALL',
  complexity: 'M',
  needsWorkOnHost: null,
  platformVersion: null,
  installedVersion: null,
  discretionReason: null,
};
const classified = (ticketId: string, change: Partial<TicketClassifyInput> = {}, at = AT) =>
  doing(classifyTicket, { ...CLASS, ticketId, ...change }, STAFF, at);
const asFault = { request: 'CORRECTION', category: 'CORRECTION', complexity: 'S' } as const;
const found = (ticketId: string, rootCause: RootCause, change: Partial<CauseFindInput> = {}, at = AT) =>
  doing(findCause, { ticketId, rootCause, incompatibleDevelopment: false, evidence: 'trace 17', ...change }, STAFF, at);
const asked = (ticketId: string, change: Partial<FactsAskInput> = {}, at = AT) =>
  doing(askFacts, { ticketId, question: 'Which steps?', facts: ['steps'], ...change }, STAFF, at);
const supplied = (ticketId: string, change: Partial<FactsSupplyInput> = {}, at = AT, actor = hers) =>
  doing(supplyFacts, { ticketId, facts: [{ name: 'steps', value: '1, 2, 3' }], message: null, ...change }, actor, at);

const stateOf = async (ticketId: string, at = AT) => (await under.ticket(ticketId, at)).state;
const decisionsOf = (ticketId: string) =>
  withVendorSession(under.database, ({ em }) => em.find(TicketDecision, { ticket: ticketId }, { orderBy: { id: 'asc' } }));
const eventsOf = (ticketId: string) =>
  withVendorSession(under.database, ({ em }) => em.find(TicketEvent, { ticket: ticketId }, { orderBy: { ordinal: 'asc' } }));

describe('classifying (B-08, B-12)', () => {
  const figures: readonly (readonly [string, string, number, number, string])[] = [
    ['INSTALL', 'S', 30, 60, 'max(ceil(1.5 × 30), 30 + 30)'],
    ['INSTALL', 'M', 60, 90, 'the fixture card'],
    ['CONFLICT', 'L', 240, 360, 'ceil(1.5 × 240) is more than 240 + 30'],
  ];
  test.each(figures)(
    '%s of complexity %s is estimated at %i minutes, with consent from %i on',
    async (category, complexity, minutes, threshold, _because) => {
      const ticketId = await work();
      expect(await classified(ticketId, { category, complexity })).toEqual([]);
      const state = await stateOf(ticketId);
      expect([state.work, state.category, state.complexity, state.estimateMinutes, state.thresholdMinutes]).toEqual([
        'QUEUED',
        category,
        complexity,
        minutes,
        threshold,
      ]);
      expect((await decisionsOf(ticketId)).map(({ moment, decision }) => [moment, decision.coverage])).toEqual([
        ['SUBMISSION', 'PREPAID_TIME'],
        ['CLASSIFICATION', 'PREPAID_TIME'],
      ]);
    },
  );

  test('what the card has no figure for needs a quote, and is then taken on with it (B-29)', async () => {
    const ticketId = await work();
    expect(await classified(ticketId, { category: 'CONFIGURATION' })).toEqual(['NEEDS_QUOTE']);
    expect(await doing(estimateTicket, { ticketId, estimateMinutes: 45 })).toEqual([]);
    expect(await classified(ticketId, { category: 'CONFIGURATION' })).toEqual([]);
    const state = await stateOf(ticketId);
    expect([state.estimateMinutes, state.thresholdMinutes]).toEqual([45, 75]);
  });

  test('an estimate of nothing is none', async () => {
    expect(await doing(estimateTicket, { ticketId: await work(), estimateMinutes: 0 })).toEqual(['TICKET_FIGURES_DIFFER']);
  });

  test('less time than the estimate takes the work on all the same: it is topped up at its place (B-13)', async () => {
    const small = await under.project(ada, 'small');
    await under.grantBought(ada, small, 40, '2026-01-05T09:00:00Z');
    const ticketId = await opened({ projectId: small, request: 'STORE_INTERVENTION', category: 'INSTALL' });
    expect(await classified(ticketId)).toEqual([]);
    const state = await stateOf(ticketId);
    expect([state.work, state.decision.coverage, state.decision.charge, state.estimateMinutes]).toEqual([
      'QUEUED',
      'PREPAID_TIME',
      'MINUTES',
      60,
    ]);
  });

  test('a free correction has neither estimate nor threshold', async () => {
    const ticketId = await correction();
    expect(await classified(ticketId, asFault)).toEqual([]);
    const state = await stateOf(ticketId);
    expect([state.work, state.estimateMinutes, state.thresholdMinutes, state.remedy.state]).toEqual(['QUEUED', null, null, 'RUNNING']);
  });

  test('rights are those of the submission, however late it is looked at (A-22)', async () => {
    const ticketId = await correction();
    expect(await classified(ticketId, asFault, AFTER_TERM)).toEqual([]);
    expect((await stateOf(ticketId, AFTER_TERM)).decision.verdict).toBe('ENTITLED');
  });

  test('what is left to the vendor is taken on with a reason (B-05)', async () => {
    const ticketId = await opened({ purchaseId: purchases.PREPAID, request: 'STORE_INTERVENTION', category: 'INSTALL' }, AFTER_TERM);
    expect(await classified(ticketId, {}, AFTER_TERM)).toEqual(['EXPLANATION_MISSING']);
    expect(await classified(ticketId, { discretionReason: 'A good customer.' }, AFTER_TERM)).toEqual([]);
    expect((await stateOf(ticketId, AFTER_TERM)).work).toBe('QUEUED');
  });

  test('what is not owed is not taken on; what is not known is not decided', async () => {
    const excluded = await correction(AFTER_TERM);
    expect(await classified(excluded, asFault, AFTER_TERM)).toEqual(['REQUEST_NOT_ENTITLED']);
    const unknown = await opened({ purchaseId: purchases.FILTER });
    expect(await classified(unknown, asFault)).toEqual(['REQUEST_UNDECIDED']);
    expect(await decisionsOf(unknown)).toHaveLength(1);
    expect(await classified(unknown, { ...asFault, platformVersion: '2.4.7-p2' })).toEqual([]);
  });

  test('is for staff', async () => {
    const ticketId = await work();
    expect(await doing(classifyTicket, { ...CLASS, ticketId }, hers)).toEqual(['TICKET_ACTOR_FORBIDS']);
    expect(await eventsOf(ticketId)).toHaveLength(1);
  });
});

describe('refusing (B-02)', () => {
  test('tells the customer why, and by which clause', async () => {
    const ticketId = await opened({ purchaseId: purchases.PREPAID, request: 'CUSTOM_DEVELOPMENT' });
    expect(await doing(refuseTicket, { ticketId, message: 'We do not develop themes.' })).toEqual([]);
    const [, refused] = await eventsOf(ticketId);
    expect([refused?.kind, refused?.data]).toEqual(['REFUSED', { message: 'We do not develop themes.', clause: 'clause 1' }]);
    expect((await stateOf(ticketId)).work).toBe('REFUSED');
  });

  test('names the clause of the rule that refuses', async () => {
    const ticketId = await correction(AFTER_TERM);
    await doing(refuseTicket, { ticketId, message: 'The term has ended.' }, STAFF, AFTER_TERM);
    const [, refused] = await eventsOf(ticketId);
    expect(refused?.data).toMatchObject({ clause: 'Duration' });
  });

  test('what is owed cannot be refused', async () => {
    expect(await doing(refuseTicket, { ticketId: await correction(), message: 'No.' })).toEqual(['REQUEST_ENTITLED']);
  });

  test('is never silence', async () => {
    const ticketId = await opened({ purchaseId: purchases.PREPAID, request: 'CUSTOM_DEVELOPMENT' });
    const outcome = await outcomeOf(() => doing(refuseTicket, { ticketId, message: '  ' }));
    expect(outcome.userErrors).toMatchObject([{ code: 'REQUIRED', path: ['input', 'message'] }]);
  });

  test('can be appealed once', async () => {
    const ticketId = await opened({ purchaseId: purchases.PREPAID, request: 'CUSTOM_DEVELOPMENT' });
    const refusedAgain = () => doing(refuseTicket, { ticketId, message: 'No.' });
    const appealed = () => doing(appealTicket, { ticketId, message: 'But it is small.' }, hers);
    expect([await refusedAgain(), await appealed(), (await stateOf(ticketId)).work]).toEqual([[], [], 'TRIAGE']);
    expect([await refusedAgain(), await appealed(), (await stateOf(ticketId)).work]).toEqual([[], ['APPEAL_USED'], 'REFUSED']);
  });
});

describe('asking for facts (A-10, A-18)', () => {
  test('the ticket waits; what is supplied is written on it, and what is still missing is noted', async () => {
    const ticketId = await opened({
      purchaseId: purchases.FILTER,
      report: reportOf(`lacking ${++texts}`, { platformVersion: '2.4.7', installedVersion: '1.0' }),
    });
    expect(await asked(ticketId, { facts: ['steps', 'a screenshot'] })).toEqual([]);
    expect((await stateOf(ticketId)).work).toBe('AWAITING_CUSTOMER');
    expect(await supplied(ticketId, { message: 'See there.' })).toEqual([]);
    const messages = await withVendorSession(under.database, ({ em }) => em.find(TicketMessage, { ticket: ticketId }));
    expect(messages.map(({ visibility, authorKind, authorName, body }) => [visibility, authorKind, authorName, body])).toEqual([
      ['PUBLIC', 'CUSTOMER', hers.name, 'steps: 1, 2, 3\nSee there.'],
    ]);
    const events = await eventsOf(ticketId);
    expect(events.at(-1)?.data).toEqual({ missingFacts: ['expected', 'actual', 'a screenshot'] });
    const state = await stateOf(ticketId);
    expect([state.work, state.received.map(({ complete }) => complete)]).toEqual(['TRIAGE', [false, false]]);
  });

  test('a whole day of waiting does not count (A-10)', async () => {
    const ticketId = await correction('2026-03-06T15:59:00Z');
    expect(await asked(ticketId, {}, '2026-03-16T12:00:00Z')).toEqual([]);
    expect(await supplied(ticketId, {}, '2026-03-18T10:00:00Z')).toEqual([]);
    const { state, policy } = await under.ticket(ticketId, AFTER_TERM);
    const clock = clocksOf(state, policy.document, Temporal.Instant.from(AFTER_TERM)).find(({ kind }) => kind === 'CORRECTION');
    expect(clock?.dueAt).toEqual(Temporal.Instant.from('2026-04-21T22:00:00Z'));
  });

  test('nothing waits without a question', async () => {
    const ticketId = await correction();
    expect(await asked(ticketId, { facts: [] })).toEqual(['QUESTION_MISSING']);
    const outcome = await outcomeOf(() => asked(ticketId, { question: ' ' }));
    expect(outcome.userErrors).toMatchObject([{ code: 'REQUIRED', path: ['input', 'question'] }]);
    expect((await stateOf(ticketId)).work).toBe('TRIAGE');
  });

  const unfit: readonly (readonly [Partial<FactsSupplyInput>, string, readonly string[], string])[] = [
    [{ facts: [] }, 'REQUIRED', ['facts'], 'nothing is supplied'],
    [{ facts: [{ name: 'steps', value: ' ' }] }, 'REQUIRED', ['facts', '0', 'value'], 'blank is not supplied'],
    [{ facts: Array.from({ length: 21 }, (_, index) => ({ name: `${index}`, value: 'v' })) }, 'INVALID', ['facts'], 'lists have an end'],
  ];
  test.each(unfit)('supplying %j is refused', async (change, code, path, _because) => {
    const ticketId = await correction();
    await asked(ticketId);
    const outcome = await outcomeOf(() => supplied(ticketId, change));
    expect(outcome.userErrors).toMatchObject([{ code, path: ['input', ...path] }]);
  });

  test('what nobody asked for is supplied until the request is classified, and afterwards not written', async () => {
    const ticketId = await correction();
    expect(await supplied(ticketId)).toEqual([]);
    expect((await stateOf(ticketId)).work).toBe('TRIAGE');
    await classified(ticketId, asFault);
    expect(await supplied(ticketId)).toEqual(['TICKET_STATE_FORBIDS']);
    expect(await withVendorSession(under.database, ({ em }) => em.count(TicketMessage, { ticket: ticketId }))).toBe(1);
  });

  test('a promise to correct ends with a reason that the customer reads, and is looked at again once (A-13)', async () => {
    const ticketId = await correction();
    const asAdvice = { request: 'ADVICE', needsWorkOnHost: false } as const;
    expect(await classified(ticketId, asAdvice)).toEqual(['EXPLANATION_MISSING']);
    expect(await classified(ticketId, { ...asAdvice, discretionReason: 'It works as described.' })).toEqual([]);
    const [told] = await withVendorSession(under.database, ({ em }) => em.find(TicketMessage, { ticket: ticketId }));
    expect(told).toMatchObject({ visibility: 'PUBLIC', authorKind: 'PROGRAM', body: expect.stringContaining('It works as described.') });
    expect(await doing(appealTicket, { ticketId, message: 'It does not.' }, hers)).toEqual([]);
    expect((await stateOf(ticketId)).remedy.state).toBe('UNDECIDED');
  });

  test('a quote of more than 100,000 minutes is a mistake', async () => {
    const outcome = await outcomeOf(async () => doing(estimateTicket, { ticketId: await paidFault(), estimateMinutes: 100_001 }));
    expect(outcome.userErrors).toMatchObject([{ code: 'INVALID', path: ['input', 'estimateMinutes'] }]);
  });
});

describe('finding the cause (A-13, A-15, B-24, B-27)', () => {
  const causes: readonly (readonly [string, () => Promise<string>, RootCause, boolean, string, string, string])[] = [
    ['a fault', () => correction(), 'ADDON', false, 'ENTITLED', 'CORRECTION', 'A-13: the add-on’s own'],
    ['a fault', () => correction(), 'THIRD_PARTY', false, 'NOT_ENTITLED', 'NONE', 'A-13: the cause lies elsewhere'],
    ['a fault', () => correction(), 'UNKNOWN', true, 'NOT_ENTITLED', 'NONE', 'A-15: found by staff, with evidence'],
    ['paid work', () => paidFault(), 'THIRD_PARTY', false, 'ENTITLED', 'PREPAID_TIME', 'B-24: conflicts with others are paid'],
    ['paid work', () => paidFault(), 'ADDON', false, 'ENTITLED', 'PRODUCT_BUG', 'B-27: fixes are free'],
  ];
  test.each(causes)('of %s %#', async (_what, request, rootCause, incompatibleDevelopment, verdict, coverage, _because) => {
    const ticketId = await request();
    expect(await found(ticketId, rootCause, { incompatibleDevelopment })).toEqual([]);
    const decisions = await decisionsOf(ticketId);
    expect(decisions.map(({ moment }) => moment)).toEqual(['SUBMISSION', 'FINDING']);
    expect([decisions[1]?.decision.verdict, decisions[1]?.decision.coverage]).toEqual([verdict, coverage]);
    expect((await stateOf(ticketId)).work).toBe('TRIAGE');
  });

  test('what was found stays found at the next decision', async () => {
    const ticketId = await paidFault();
    await found(ticketId, 'ADDON');
    expect(await classified(ticketId, asFault)).toEqual([]);
    expect((await decisionsOf(ticketId)).map(({ decision }) => decision.coverage)).toEqual(['PREPAID_TIME', 'PRODUCT_BUG', 'PRODUCT_BUG']);
  });

  test('of work that used up all the time changes nothing about who paid for it', async () => {
    const used = await under.project(ada, 'used up');
    await under.grantBought(ada, used, 60, '2026-01-05T09:00:00Z');
    const ticketId = await paidFault(used);
    await classified(ticketId, { ...asFault, category: 'CONFLICT' });
    await workedOn(ticketId, 60, 60, used);
    expect(await found(ticketId, 'THIRD_PARTY')).toEqual([]);
    expect((await stateOf(ticketId)).decision).toMatchObject({ verdict: 'ENTITLED', coverage: 'PREPAID_TIME', charge: 'MINUTES' });
  });

  test('needs what shows it, and staff', async () => {
    const ticketId = await correction();
    const outcome = await outcomeOf(() => found(ticketId, 'USER', { evidence: '' }));
    expect(outcome.userErrors).toMatchObject([{ code: 'REQUIRED', path: ['input', 'evidence'] }]);
    const input = { ticketId, rootCause: 'ADDON', incompatibleDevelopment: false, evidence: 'I know it.' } as const;
    expect(await doing(findCause, input, hers)).toEqual(['TICKET_ACTOR_FORBIDS']);
    expect(await decisionsOf(ticketId)).toHaveLength(1);
  });

  test('a fault of the add-on gives back what was charged for it (B-27)', async () => {
    const usable = () => withVendorSession(under.database, ({ em }) => usableMinutesFor(em, ada, project, Temporal.Instant.from(AT)));
    const ticketId = await paidFault();
    const before = await usable();
    await classified(ticketId, { ...asFault, category: 'CONFLICT' });
    await workedOn(ticketId, 60, 50);
    expect(await usable()).toBe(before - 50);
    expect(await found(ticketId, 'ADDON')).toEqual([]);
    expect(await usable()).toBe(before);
    expect(await found(ticketId, 'ADDON')).toEqual([]);
    expect(await usable()).toBe(before);
    const entries = await withVendorSession(under.database, ({ em }) =>
      em.find(TimeTransaction, { ticketId, kind: { $in: ['SETTLE', 'REVERSE'] } }, { orderBy: { sequence: 'asc' } }),
    );
    expect(entries.map(({ kind, rule, reason }) => [kind, rule, reason])).toEqual([
      ['SETTLE', 'B-10', 'worked'],
      ['REVERSE', 'B-27', 'A fault of the add-on itself: trace 17'],
    ]);
    expect(under.jobs).toContainEqual({ queue: 'time-added', customerId: ada, key: `reverse:${entries[0]?.id}` });
  });
});

function paidFault(on = project): Promise<string> {
  return opened({ purchaseId: purchases.PREPAID, projectId: on, category: 'CORRECTION' });
}

/** The course of paid work from the queue to its delivery, straight in the log and the ledger. */
async function workedOn(ticketId: string, estimate: number, actual: number, on = project): Promise<void> {
  await under.act(STAFF, AT, async (command) => {
    const reference = { ticketId, taskId: ticketId };
    const holdId = ticketId;
    const locked = await lockTicket(command.em, ticketId);
    if (locked === null) throw new Error('no ticket');
    const at = Temporal.Instant.from(AT);
    const entry = { at, actor: { kind: 'STAFF', name: 'staff:ada' } as const, reason: 'worked', policy: locked.policy };
    const about = { holdId, work: reference };
    await commandTime(
      command.em,
      ada,
      at,
      (ledger) => hold(ledger, { holdId, projectId: on, work: reference, minutes: estimate }, entry),
      about,
    );
    const charge = { holdId, projectId: on, work: reference, workedAt: at, actualMinutes: actual, chargeableMinutes: actual } as const;
    const when = { at, actor: { kind: 'STAFF', id: 'staff:ada' } as const };
    const outside = { queueHeadId: ticketId, availableMinutes: null, other: null };
    const events = [
      { kind: 'OUTCOME_AGREED', outcome: 'It works.', evidence: 'mail', ...when },
      { kind: 'ACCESS_VERIFIED', items: ['ADMIN_PANEL', 'FILES'], ...when },
      { kind: 'CLAIMED', holdId, heldMinutes: estimate, codeDigest: null, ...when },
      { kind: 'WORK_LOGGED', entryId: 'one', seconds: actual * 60, ...when },
      { kind: 'DELIVERED', loggedEntries: 1, loggedSeconds: actual * 60, correction: null, codeDigest: null, ...when },
    ] as const;
    let ticket = locked;
    for (const event of events) {
      if (event.kind === 'DELIVERED') {
        await commandTime(command.em, ada, at, (ledger) => settle(ledger, { ...charge, onShortfall: 'REFUSE' }, entry), about);
      }
      const outcome = await recordEvent(command, ticket, event, outside);
      if (outcome.outcome === 'REFUSED') throw new Error(outcome.reasons.map(({ message }) => message).join(' '));
      ticket = { ...ticket, state: outcome.state };
    }
  });
}

describe('agreeing and expediting', () => {
  test('staff note an agreement with what shows it, and the customer by word (B-22)', async () => {
    const ticketId = await work();
    const outcome = 'The module is installed and configured.';
    expect(await doing(agreeOutcome, { ticketId, outcome, evidence: null })).toEqual(['EXPLANATION_MISSING']);
    expect(await doing(agreeOutcome, { ticketId, outcome, evidence: 'mail of 2026-03-09' })).toEqual([]);
    expect(await doing(agreeOutcome, { ticketId, outcome: 'It runs.', evidence: null }, hers)).toEqual([]);
    expect((await stateOf(ticketId)).agreedOutcome).toBe('It runs.');
  });

  test('taking a ticket out of turn keeps its place, and the reason (B-15)', async () => {
    const ticketId = await work();
    await classified(ticketId);
    expect(await doing(expediteTicket, { ticketId, reason: 'The shop is down.' }, hers)).toEqual(['TICKET_ACTOR_FORBIDS']);
    const before = await stateOf(ticketId);
    expect(await doing(expediteTicket, { ticketId, reason: 'The shop is down.' })).toEqual([]);
    const after = await stateOf(ticketId);
    expect([after.expeditedBecause, after.queueAt, after.queueSeq]).toEqual(['The shop is down.', before.queueAt, before.queueSeq]);
  });
});

describe('every command', () => {
  test('finds somebody else’s ticket as little as one that is not there', async () => {
    const ticketId = await work();
    const missing = '01900000-0000-7000-8000-000000000000';
    const said = await Promise.all(
      [ticketId, missing].map((id) => outcomeOf(() => doing(appealTicket, { ticketId: id, message: 'Why?' }, his))),
    );
    expect(said[0]?.userErrors).toMatchObject([{ code: 'NOT_FOUND', path: ['input', 'ticketId'] }]);
    expect(said[0]).toEqual(said[1]);
  });

  test('keeps to its actor’s own tickets, even in a session that sees everyone’s', async () => {
    const input = { idempotencyKey: under.newKey(), ticketId: await work(), message: 'Why?' };
    const outcome = await outcomeOf(() => under.act(STAFF, AT, (command) => appealTicket({ ...command, actor: his }, input)));
    expect(outcome.userErrors).toMatchObject([{ code: 'NOT_FOUND', path: ['input', 'ticketId'] }]);
  });

  test('happens once for one key, and answers the same', async () => {
    const ticketId = await work();
    const once = (message: string, key: string) =>
      under.act(hers, AT, (command) => appealTicket(command, { ticketId, message, idempotencyKey: key }));
    const first = await once('Why?', 'an appeal');
    expect(first.reasons.map(({ code }) => code)).toEqual(['TICKET_STATE_FORBIDS']);
    expect(await once('Why?', 'an appeal')).toEqual(first);
    expect((await outcomeOf(() => once('Why not?', 'an appeal'))).userErrors).toMatchObject([{ code: 'IDEMPOTENCY_KEY_REUSED' }]);
  });

  test('of a machine whose clock lags is not out of order', async () => {
    const ticketId = await work();
    expect(await classified(ticketId, {}, '2026-03-10T09:59:59Z')).toEqual([]);
    const [submitted, done] = await eventsOf(ticketId);
    expect([done?.at, done?.recordedAt]).toEqual([submitted?.at, Temporal.Instant.from('2026-03-10T09:59:59Z')]);
  });
});
