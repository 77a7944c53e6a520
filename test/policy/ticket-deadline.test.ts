import { describe, expect, test } from '@jest/globals';
import { moneyToDecimal } from '../../src/policy/money.js';
import type { PinnedPolicy } from '../../src/policy/support-policy.js';
import { warrantyEnd } from '../../src/policy/ticket-clock.js';
import type { TicketDecision, TicketEvent } from '../../src/policy/ticket-event.js';
import { foldTicket, missedEvents, timePassed, transition } from '../../src/policy/ticket-machine.js';
import {
  ADVICE,
  accepted,
  at,
  CORRECTION,
  claimedFree,
  classified,
  codesOf,
  delivered,
  event,
  factsOf,
  logged,
  NOT_OWED,
  PREPAID,
  queuedPaid,
  REPAIR,
  rejected,
  reported,
  short,
  started,
  story,
  submitted,
  WARRANTY,
  withdrawn,
} from './ticket-story.js';

const FRI = '2026-03-06T16:59:00+01:00';
const MISSED = ['2026-04-20T22:00:00Z CORRECTION_MISSED', '2026-04-20T22:00:00Z REFUND_OFFERED'];
const LAPSED = '2026-05-06T22:00:00Z REFUND_LAPSED';
const inWork = [...reported(FRI), claimedFree(FRI)];
const advice = [
  submitted(FRI, PREPAID),
  classified(FRI, ADVICE),
  claimedFree(FRI),
  delivered('2026-03-09T10:00:00Z', 0, 0, { correction: null }),
];
const unpaid = [submitted(FRI, REPAIR, { licence: null }), classified(FRI, CORRECTION)];
/** Found to be owed in May only, long after it was due. */
const foundLate = [submitted(FRI, REPAIR, { decision: NOT_OWED }), classified('2026-05-11T10:00:00+02:00', CORRECTION)];

describe('what time does', () => {
  test.each<[PinnedPolicy, readonly TicketEvent[], string, readonly string[], string]>([
    [REPAIR, reported(FRI), '2026-04-20T21:59:59.999Z', [], 'a millisecond is left (A-09)'],
    [REPAIR, reported(FRI), '2026-04-20T22:00:00Z', MISSED, 'the offer is made by itself (A-12)'],
    [REPAIR, reported(FRI), '2026-05-06T21:59:59.999Z', MISSED, 'it is open for ten working days (A-12)'],
    [REPAIR, reported(FRI), '2026-05-06T22:00:00Z', [...MISSED, LAPSED], 'and then lapses (A-12)'],
    [REPAIR, unpaid, '2026-09-01T00:00:00Z', MISSED.slice(0, 1), 'nothing was paid that could be paid back (A-12)'],
    [
      REPAIR,
      foundLate,
      '2026-05-12T00:00:00Z',
      ['2026-05-11T08:00:00Z CORRECTION_MISSED', '2026-05-11T08:00:00Z REFUND_OFFERED'],
      'not missed before it was found to be owed (A-12)',
    ],
    [
      REPAIR,
      [...inWork, delivered('2026-04-20T17:00:00+02:00')],
      '2026-04-27T21:59:59.999Z',
      [],
      'delivered in time, and being checked (A-11)',
    ],
    [
      REPAIR,
      [...inWork, delivered('2026-04-20T17:00:00+02:00')],
      '2026-09-01T00:00:00Z',
      ['2026-04-27T22:00:00Z VERIFICATION_LAPSED'],
      'silence accepts (A-11)',
    ],
    [
      REPAIR,
      [...inWork, delivered('2026-03-16T15:00:00+01:00'), accepted('2026-03-17T15:00:00+01:00')],
      '2026-09-01T00:00:00Z',
      [],
      'met (A-11)',
    ],
    [
      REPAIR,
      [...inWork, delivered('2026-03-16T15:00:00+01:00'), rejected('2026-03-18T11:00:00+01:00')],
      '2026-04-21T22:00:00Z',
      ['2026-04-21T22:00:00Z CORRECTION_MISSED', '2026-04-21T22:00:00Z REFUND_OFFERED'],
      'the days left have passed (A-11)',
    ],
    [
      REPAIR,
      [...inWork, delivered('2026-04-20T17:00:00+02:00'), rejected('2026-04-22T11:00:00+02:00')],
      '2026-04-22T10:00:00Z',
      ['2026-04-22T09:00:00Z CORRECTION_MISSED', '2026-04-22T09:00:00Z REFUND_OFFERED'],
      'no day was left, but until the rejection nothing was owed (A-11)',
    ],
    [REPAIR, [...reported(FRI), withdrawn('2026-03-17T11:00:00+01:00')], '2026-09-01T00:00:00Z', [], 'given up by the customer'],
    [PREPAID, [...queuedPaid, short(50, 70)], '2026-03-16T20:59:59.999Z', [], 'the hold still lives (B-13)'],
    [PREPAID, [...queuedPaid, short(50, 70)], '2026-03-16T21:00:00Z', ['2026-03-16T21:00:00Z HOLD_LAPSED'], 'five working days (B-13)'],
    [PREPAID, [...queuedPaid, short(0, 120)], '2026-09-01T00:00:00Z', [], 'nothing is held that could lapse (B-13)'],
    [PREPAID, advice, '2026-03-09T10:00:00Z', ['2026-03-09T10:00:00Z VERIFICATION_LAPSED'], 'advice has nothing to be checked (A-11)'],
  ])('case %#', (policy, events, when, expected, _because) => {
    const held = events.find(({ kind }) => kind === 'TIME_SHORT');
    const { log } = story(policy, events, { availableMinutes: held?.kind === 'TIME_SHORT' ? held.heldMinutes : 5_000 });
    expect(missedEvents(log, policy.document, at(when)).map((each) => `${each.at} ${each.kind}`)).toEqual(expected);
  });

  test('the offer is what was paid, with its evidence (A-12)', () => {
    const [, offered] = missedEvents(story(REPAIR, reported(FRI)).log, REPAIR.document, at('2026-04-21T00:00:00Z'));
    const offer = offered?.kind === 'REFUND_OFFERED' ? offered.offer : null;
    expect(offer && moneyToDecimal(offer.amount)).toBe('115.20');
    expect(offer).toMatchObject({
      admittedAt: at(FRI),
      correctionDueAt: at('2026-04-20T22:00:00Z'),
      correctionWorkingDays: 30,
      provisional: false,
    });
  });

  test('a lapsed hold leaves the ticket its place, and the whole estimate to be found (B-13)', () => {
    const { state } = story(PREPAID, [...queuedPaid, short(50, 70)], { availableMinutes: 50 });
    const { state: after, appended } = timePassed(state, PREPAID.document, at('2026-04-01T00:00:00Z'));
    expect(appended).toMatchObject([{ kind: 'HOLD_LAPSED', holdId: 'H1', actor: { kind: 'PROGRAM' } }]);
    expect([after.work, after.queueAt, after.hold.state, after.hold.heldMinutes, after.hold.shortMinutes]).toEqual([
      'AWAITING_TOPUP',
      state.queueAt,
      'LAPSED',
      0,
      120,
    ]);
  });

  test('what was done too late is judged as if the sweep had run', () => {
    const checking = story(REPAIR, [...inWork, delivered('2026-03-16T15:00:00+01:00')]).state;
    expect(codesOf(transition(checking, rejected('2026-03-23T23:00:00Z'), factsOf(REPAIR)))).toEqual(['VERIFICATION_ENDED']);
    expect(transition(checking, rejected('2026-03-23T22:59:59.999Z'), factsOf(REPAIR)).outcome).toBe('MOVED');
    const late = story(REPAIR, inWork).state;
    const outcome = transition(late, delivered('2026-04-21T10:00:00+02:00'), factsOf(REPAIR));
    expect(outcome.outcome === 'MOVED' && outcome.appended.map(({ kind }) => kind)).toEqual([
      'CORRECTION_MISSED',
      'REFUND_OFFERED',
      'DELIVERED',
    ]);
    expect(outcome).toMatchObject({ state: { work: 'DELIVERED', remedy: { state: 'MISSED', refund: { state: 'OFFERED' } } } });
  });
});

describe('the answer to an offer', () => {
  const answer = (kind: 'REFUND_ACCEPTED' | 'REFUND_DECLINED', when: string) => event(kind, when, {});
  const open = timePassed(story(REPAIR, reported(FRI)).state, REPAIR.document, at('2026-04-21T00:00:00Z')).state;
  test('accepted, it ends the ticket (A-12)', () => {
    const outcome = transition(open, answer('REFUND_ACCEPTED', '2026-05-06T21:59:59.999Z'), factsOf(REPAIR));
    expect(outcome).toMatchObject({ state: { work: 'CLOSED', closedBy: 'LICENCE_REFUND', remedy: { refund: { state: 'ACCEPTED' } } } });
  });
  test('declined, it leaves the work going on (A-12)', () => {
    const outcome = transition(open, answer('REFUND_DECLINED', '2026-04-22T10:00:00Z'), factsOf(REPAIR));
    expect(outcome).toMatchObject({ state: { work: 'QUEUED', remedy: { state: 'MISSED', refund: { state: 'DECLINED' } } } });
  });
  test('is too late at its end, and is given once (A-12)', () => {
    expect(codesOf(transition(open, answer('REFUND_ACCEPTED', '2026-05-06T22:00:00Z'), factsOf(REPAIR)))).toEqual(['REFUND_OFFER_ENDED']);
    const declined = story(REPAIR, [...reported(FRI), answer('REFUND_DECLINED', '2026-04-22T10:00:00Z')]).state;
    expect(codesOf(transition(declined, answer('REFUND_ACCEPTED', '2026-04-23T10:00:00Z'), factsOf(REPAIR)))).toEqual([
      'REFUND_OFFER_ENDED',
    ]);
  });
});

describe('a claim under warranty', () => {
  const when = '2026-03-06T16:59:00+03:00';
  const paid = story(PREPAID, [...started(when), logged(when, 70), delivered(when, 1, 70)]).state;
  const claim = (claimedAt: string, decision: TicketDecision = WARRANTY) =>
    event('WARRANTY_CLAIMED', claimedAt, { childId: 'T2', decision });
  const pin = { name: PREPAID.name, version: PREPAID.version, contentHash: PREPAID.contentHash };
  const openChild = (openedAt: string, endsAt = '2026-03-13T21:00:00Z', customerId = 'C1') =>
    event('WARRANTY_OPENED', openedAt, {
      ...{ ticketId: 'T2', customerId, projectId: 'P1', seq: 2, policy: pin, decision: WARRANTY, licence: null },
      ...{ parentId: 'T1', category: null, warrantyEndsAt: at(endsAt) },
    });
  const facts = factsOf(PREPAID, { other: paid, queueHeadId: 'T2' });

  test.each<[string, TicketDecision, string[], string]>([
    ['2026-03-13T20:59:59.999Z', WARRANTY, [], 'the week is not over (B-21)'],
    ['2026-03-13T21:00:00Z', WARRANTY, ['WARRANTY_ENDED'], 'at that instant it is gone (B-21)'],
    ['2026-03-09T10:00:00Z', NOT_OWED, ['REQUEST_NOT_ENTITLED'], 'a conflict with somebody else’s extension is paid work (B-24)'],
  ])('at %s', (claimedAt, decision, codes, _because) => {
    expect(codesOf(transition(paid, claim(claimedAt, decision), facts))).toEqual(codes);
  });

  test('is refused where no outcome was agreed on (B-22)', () => {
    const unagreed = foldTicket(story(PREPAID, advice).log);
    expect(codesOf(transition(unagreed, claim('2026-03-09T11:00:00Z'), facts))).toEqual(['WARRANTY_NONE']);
  });

  test('opens a linked ticket that is queued, holds nothing, and renews nothing (B-22)', () => {
    const opened = transition(null, openChild('2026-03-09T10:00:00+03:00'), facts);
    if (opened.outcome === 'REFUSED') throw new Error(codesOf(opened).join());
    expect(opened.state).toMatchObject({ work: 'QUEUED', parentId: 'T1', hold: { state: 'NONE' }, remedy: { state: 'NONE' } });
    const done = [claimedFree('2026-03-12T09:00:00+03:00'), delivered('2026-03-12T10:00:00+03:00')];
    const child = foldTicket([...opened.appended, ...done]);
    expect(warrantyEnd(child, PREPAID.document).dueAt?.toString()).toBe('2026-03-16T21:00:00Z');
  });

  test.each<[TicketEvent, string]>([
    [openChild('2026-03-13T21:00:00Z'), 'the warranty has ended (B-21)'],
    [openChild('2026-03-09T10:00:00Z', '2026-03-20T21:00:00Z'), 'it ends when the parent’s ends (B-22)'],
    [openChild('2026-03-09T10:00:00Z', '2026-03-13T21:00:00Z', 'C2'), 'it is another customer’s work (B-22)'],
  ])('opens none otherwise, case %#', (first, _because) => {
    expect(codesOf(transition(null, first, facts))).toEqual(['WARRANTY_NONE']);
  });
});

describe('a log', () => {
  test.each<[readonly TicketEvent[], string]>([
    [[], 'a ticket begins with its submission'],
    [[withdrawn(FRI)], 'nothing was submitted'],
    [[...reported(FRI), accepted(FRI)], 'nothing was delivered'],
    [[submitted(FRI, REPAIR), submitted(FRI, REPAIR)], 'it is submitted once'],
  ])('that no ticket can have is a fault, case %#', (log, _because) => {
    expect(() => foldTicket(log)).toThrow(RangeError);
  });
});
