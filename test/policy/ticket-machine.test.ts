import { describe, expect, test } from '@jest/globals';
import type { PinnedPolicy } from '../../src/policy/support-policy.js';
import { chargeableMinutesOf, undoesCharge, type WorkState } from '../../src/policy/ticket.js';
import type { TicketDecision, TicketEvent } from '../../src/policy/ticket-event.js';
import { transition } from '../../src/policy/ticket-machine.js';
import {
  ADVICE,
  accepted,
  accessAsked,
  agreed,
  answered,
  appeal,
  asked,
  at,
  atLimit,
  BUG,
  cause,
  claimedFree,
  claimedPaid,
  classified,
  codesOf,
  cut,
  delivered,
  event,
  factsOf,
  logged,
  MAY,
  MON,
  NOT_OWED,
  PAID,
  PREPAID,
  queuedPaid,
  REPAIR,
  refusal,
  rejected,
  reported,
  short,
  started,
  story,
  submitted,
  TUE,
  verified,
  WARRANTY,
  WED,
  withdrawn,
} from './ticket-story.js';

const topUp = (when: string, orderKey: string, availableMinutes: number) => event('TOPPED_UP', when, { orderKey, availableMinutes });

type Row = [string, PinnedPolicy, readonly TicketEvent[], WorkState, string];

describe('the way of a ticket', () => {
  test.each<Row>([
    ['submit', PREPAID, [submitted(MON, PREPAID)], 'TRIAGE', 'the decision is stored, and nobody has looked yet'],
    ['classify', PREPAID, queuedPaid, 'QUEUED', 'the rate card gives 120 minutes (B-08)'],
    ['refuse', PREPAID, [submitted(MON, PREPAID, { decision: NOT_OWED }), refusal(TUE)], 'REFUSED', 'what is not owed is refused (B-02)'],
    ['refuse at discretion', PREPAID, [submitted(MON, PREPAID, { decision: MAY }), refusal(TUE)], 'REFUSED', 'with a reason (B-02)'],
    ['appeal', PREPAID, [submitted(MON, PREPAID, { decision: NOT_OWED }), refusal(MON), appeal(TUE)], 'TRIAGE', 'once (B-02)'],
    ['ask', REPAIR, [...reported(MON), asked(TUE)], 'AWAITING_CUSTOMER', 'the place is kept (A-10)'],
    ['answer', REPAIR, [...reported(MON), asked(TUE), answered(WED)], 'QUEUED', 'back to where it was'],
    ['ask in triage', REPAIR, [submitted(MON, REPAIR), asked(TUE), answered(WED)], 'TRIAGE', 'back to where it was'],
    ['ask in work', REPAIR, [...reported(MON), claimedFree(MON), asked(TUE), answered(WED)], 'IN_PROGRESS', 'back to where it was'],
    ['ask for access', PREPAID, [...queuedPaid, accessAsked], 'AWAITING_ACCESS', 'the category needs it (B-18)'],
    ['verify access', PREPAID, [...queuedPaid, accessAsked, verified(TUE)], 'QUEUED', 'all that is needed works (B-18)'],
    [
      'verify a part of it',
      PREPAID,
      [...queuedPaid, accessAsked, event('ACCESS_VERIFIED', TUE, { items: ['FILES'] })],
      'AWAITING_ACCESS',
      'the panel is missing (B-18)',
    ],
    ['claim', PREPAID, started(MON), 'IN_PROGRESS', 'head of the queue, agreed, verified and held'],
    [
      'claim advice',
      PREPAID,
      [submitted(MON, PREPAID), classified(MON, ADVICE), claimedFree(TUE)],
      'IN_PROGRESS',
      'advice needs no access (B-18)',
    ],
    ['reach the limit', PREPAID, atLimit, 'AWAITING_CONSENT', '180 of 120 minutes (B-12)'],
    [
      'agree to more',
      PREPAID,
      [...atLimit, event('CONSENT_GIVEN', WED, { choice: 'EXTRA', capMinutes: 300 })],
      'IN_PROGRESS',
      'a new cap (B-12)',
    ],
    [
      'take time back',
      PREPAID,
      [...atLimit, event('CONSENT_GIVEN', WED, { choice: 'REFUND', refundAs: 'MINUTES' })],
      'CLOSED',
      'cancelled (B-12)',
    ],
    ['withdraw at the limit', PREPAID, [...atLimit, withdrawn(WED)], 'CLOSED', 'the agreed part is settled (B-12)'],
    ['withdraw', PREPAID, [...started(MON), withdrawn(TUE)], 'WITHDRAWN', 'the hold is released'],
    ['deliver', PREPAID, [...started(MON), logged(TUE, 70), delivered(TUE, 1, 70)], 'DELIVERED', 'the log is complete (B-10)'],
    ['accept', REPAIR, [...reported(MON), claimedFree(MON), delivered(TUE), accepted(WED)], 'CLOSED', 'the remedy is met (A-11)'],
    ['reject', REPAIR, [...reported(MON), claimedFree(MON), delivered(TUE), rejected(WED)], 'QUEUED', 'at its old place (A-11)'],
    ['find another cause', REPAIR, [...reported(MON), cause(TUE, 'HOST', ADVICE)], 'TRIAGE', 'it is classified afresh (A-13)'],
  ])('%s', (_name, policy, events, work, _because) => {
    const { state, last } = story(policy, events, {});
    expect(codesOf(last)).toEqual([]);
    expect(state.work).toBe(work);
  });

  test('a rejected ticket returns to its old place, and its rework is free (A-11, B-22)', () => {
    const { state } = story(PREPAID, [
      ...started(MON),
      logged(TUE, 70),
      delivered(TUE, 1, 70),
      rejected(TUE),
      claimedFree(TUE),
      logged(WED, 60),
    ]);
    expect([state.queueAt, state.queueSeq]).toEqual([at(MON), 1]);
    expect([state.loggedSeconds, chargeableMinutesOf(state)]).toEqual([7_800, 70]);
  });

  test('an e-mail that needs work is a ticket submitted when the e-mail came (B-19)', () => {
    const { state } = story(PREPAID, [submitted(WED, PREPAID, { channel: 'EMAIL', receivedAt: at(MON), messageId: '<1@shop>' })]);
    expect([state.submittedAt, state.queueAt]).toEqual([at(MON), at(MON)]);
  });

  test('an order that does not suffice leaves the ticket waiting, the next one brings it back to its place (B-13)', () => {
    const facts = (availableMinutes: number) => ({ availableMinutes });
    const waiting = story(PREPAID, [...queuedPaid, short(50, 70)], facts(50));
    expect(waiting.state.hold).toMatchObject({ state: 'PARTIAL', heldMinutes: 50, shortMinutes: 70 });
    const first = transition(waiting.state, topUp(TUE, 'order 1', 40), factsOf(PREPAID, facts(40)));
    const still = first.outcome === 'MOVED' ? first.state : waiting.state;
    expect([still.work, still.hold.shortMinutes]).toEqual(['AWAITING_TOPUP', 30]);
    expect(codesOf(transition(still, topUp(WED, 'order 1', 80), factsOf(PREPAID, facts(80))))).toEqual(['TOPUP_COUNTED']);
    const second = transition(still, topUp(WED, 'order 2', 80), factsOf(PREPAID, facts(80)));
    expect(second).toMatchObject({ outcome: 'MOVED', state: { work: 'QUEUED', queueSeq: 1, hold: { shortMinutes: 0 } } });
  });
});

describe('minutes that are taken back from a reservation (B-28)', () => {
  const waiting = [...queuedPaid, short(50, 70)];
  const reviewed = [...started(MON), cause(TUE, 'HOST', PAID)];
  const none = { state: 'NONE', holdId: null, heldMinutes: 0, shortMinutes: 120, placedAt: null } as const;
  const partial = (placedAt: string, heldMinutes = 40) => {
    return { state: 'PARTIAL', holdId: 'H1', heldMinutes, shortMinutes: 120 - heldMinutes, placedAt: at(placedAt) } as const;
  };
  const lowered = classified(TUE, PAID, { complexity: 'S', estimateMinutes: 60, thresholdMinutes: 90 });
  test.each<[readonly TicketEvent[], WorkState, object, string]>([
    [[...started(MON), cut(WED, 40)], 'IN_PROGRESS', partial(WED), 'work goes on with what is left'],
    [[...started(MON), cut(WED, 0)], 'IN_PROGRESS', none, 'work goes on with nothing left'],
    [[...started(MON), cut(TUE, 60), cut(WED, 40)], 'IN_PROGRESS', partial(TUE), 'a second time'],
    [[...atLimit, cut(WED, 40)], 'AWAITING_CONSENT', partial(WED), 'the question to the customer stands'],
    [[...waiting, cut(TUE, 40)], 'AWAITING_TOPUP', partial(MON), 'what was too little lives no longer for it'],
    [[...waiting, cut(TUE, 0)], 'AWAITING_TOPUP', none, 'the whole estimate is to be found'],
    [[...reviewed, classified(TUE, PAID), cut(WED, 40)], 'QUEUED', partial(WED), 'what was whole and is short now lapses from then on'],
    [
      [...reviewed, lowered, cut(WED, 60)],
      'QUEUED',
      { state: 'FULL', heldMinutes: 60, shortMinutes: 0, placedAt: at(MON) },
      'it still suffices',
    ],
    [
      [...started(MON), cut(TUE, 40), cause(WED, 'HOST', PAID)],
      'TRIAGE',
      partial(WED),
      'kept for the work, it lapses from when that stopped',
    ],
  ])('case %#', (events, work, hold, _because) => {
    const { state, last } = story(PREPAID, events, { availableMinutes: 50 });
    expect([codesOf(last), state.work, state.hold]).toEqual([[], work, expect.objectContaining(hold)]);
  });

  test.each<[readonly TicketEvent[], number, string]>([
    [[...started(MON), cut(TUE, 40), logged(TUE, 70), delivered(WED, 1, 70)], 70, 'delivered with less than it takes'],
    [[...started(MON), cut(TUE, 0), logged(TUE, 70), delivered(WED, 1, 70)], 70, 'delivered with nothing kept'],
    [[...atLimit, cut(TUE, 0), withdrawn(WED)], 180, 'withdrawn at the limit'],
  ])('the work may still be charged, as far as the ledger has minutes, case %#', (events, minutes, _because) => {
    const { state, last } = story(PREPAID, events);
    expect([codesOf(last), chargeableMinutesOf(state), state.hold.state, state.hold.shortMinutes]).toEqual([[], minutes, 'SETTLED', 0]);
  });

  test('a ticket that lost them is taken up with a reservation of its own, or waits for the exact rest (B-09, B-13)', () => {
    const back = [...queuedPaid, agreed(MON), verified(MON), short(50, 70), topUp(TUE, 'order 1', 70), cut(TUE, 0)];
    const { state } = story(PREPAID, back.slice(0, 5), { availableMinutes: 50 });
    const then = back.slice(5).reduce((before, each) => {
      const outcome = transition(before, each, factsOf(PREPAID, { availableMinutes: 70 }));
      return outcome.outcome === 'MOVED' ? outcome.state : before;
    }, state);
    expect([then.work, then.hold]).toEqual(['QUEUED', none]);
    expect(codesOf(transition(then, claimedPaid(WED), factsOf(PREPAID)))).toEqual([]);
    const question = { question: 'Please buy time.', holdId: 'H2', heldMinutes: 70, shortMinutes: 50 };
    const asked = transition(then, event('TIME_SHORT', WED, question), factsOf(PREPAID, { availableMinutes: 70 }));
    expect(asked).toMatchObject({ state: { work: 'AWAITING_TOPUP', hold: { state: 'PARTIAL', holdId: 'H2', placedAt: at(WED) } } });
  });
});

test('a quote, which costs nothing, stands in where the rate card has no figure, and nowhere else (B-08, B-29)', () => {
  const quote = (estimateMinutes: number) => event('ESTIMATE_GIVEN', MON, { estimateMinutes });
  const extraLarge = { complexity: 'XL', estimateMinutes: 480, thresholdMinutes: 720 };
  const quoted = story(PREPAID, [submitted(MON, PREPAID), quote(480), classified(MON, PAID, extraLarge)]);
  expect(quoted.state).toMatchObject({ work: 'QUEUED', estimateMinutes: 480, thresholdMinutes: 720, loggedSeconds: 0 });
  expect(codesOf(story(PREPAID, [submitted(MON, PREPAID), quote(0)]).last)).toEqual(['TICKET_FIGURES_DIFFER']);
  const medium = { estimateMinutes: 480, thresholdMinutes: 720 };
  const carded = story(PREPAID, [submitted(MON, PREPAID), quote(480), classified(MON, PAID, medium)]);
  expect(codesOf(carded.last)).toEqual(['TICKET_FIGURES_DIFFER']);
});

describe('what a ticket remembers', () => {
  test('its processing began with the first claim, also after a rejection (B-17)', () => {
    const { state } = story(PREPAID, [...started(MON), logged(TUE, 70), delivered(TUE, 1, 70), rejected(WED), claimedFree(WED)]);
    expect(state.processingStartedAt).toEqual(at(MON));
  });

  test('a hold placed afresh lives from then on, even under the name of one that was released (B-13)', () => {
    const afresh = [...started(MON), cause(MON, 'ADDON', BUG), classified(MON, PAID)];
    const facts = factsOf(PREPAID, { availableMinutes: 50 });
    const later = event('TIME_SHORT', WED, { question: 'Please buy time.', holdId: 'H1', heldMinutes: 50, shortMinutes: 70 });
    expect(transition(story(PREPAID, afresh).state, later, facts)).toMatchObject({
      state: { hold: { state: 'PARTIAL', placedAt: at(WED) } },
    });
  });

  test('a hold that is still short lives anew when minutes were added to it, and only then (B-13)', () => {
    const waiting = story(PREPAID, [...queuedPaid, short(50, 70)], { availableMinutes: 50 }).state;
    const back = transition(waiting, topUp(TUE, 'order 1', 70), factsOf(PREPAID, { availableMinutes: 70 }));
    const queued = back.outcome === 'MOVED' ? back.state : null;
    const again = (held: number, missing: number) => {
      const data = { question: 'Please buy time.', holdId: 'H1', heldMinutes: held, shortMinutes: missing };
      return transition(queued, event('TIME_SHORT', WED, data), factsOf(PREPAID, { availableMinutes: held - 50 }));
    };
    expect(again(60, 60)).toMatchObject({ state: { hold: { state: 'PARTIAL', placedAt: at(WED) } } });
    expect(again(50, 70)).toMatchObject({ state: { hold: { state: 'PARTIAL', placedAt: at(MON) } } });
  });

  test('what was held whole stays when the estimate changes: it counts for a higher one, and suffices for a lower one (B-09, B-13)', () => {
    const judgedAnew = (estimateMinutes: number, thresholdMinutes: number, complexity: string) =>
      story(PREPAID, [...started(MON), cause(MON, 'HOST', PAID), classified(MON, PAID, { complexity, estimateMinutes, thresholdMinutes })])
        .state;
    const facts = factsOf(PREPAID, { availableMinutes: 30 });
    const data = { question: 'Please buy time.', holdId: 'H1', heldMinutes: 150, shortMinutes: 90 };
    expect(transition(judgedAnew(240, 360, 'L'), event('TIME_SHORT', WED, data), facts)).toMatchObject({
      state: { work: 'AWAITING_TOPUP', hold: { state: 'PARTIAL', heldMinutes: 150, shortMinutes: 90, placedAt: at(WED) } },
    });
    expect(transition(judgedAnew(60, 90, 'S'), claimedPaid(WED), facts)).toMatchObject({ state: { work: 'IN_PROGRESS' } });
  });

  test('the customer is no longer waited for once all access is sent, though it is not verified yet (A-10, B-18)', () => {
    const sent = (...items: string[]) => event('ACCESS_SUPPLIED', TUE, { items });
    const half = story(PREPAID, [...queuedPaid, accessAsked, sent('FILES')]).state;
    expect(half.waits.map(({ to }) => to)).toEqual([null]);
    const all = story(PREPAID, [...queuedPaid, accessAsked, sent('FILES'), sent('ADMIN_PANEL')]).state;
    expect([all.work, all.waits.map(({ to }) => to)]).toEqual(['AWAITING_ACCESS', [at(TUE)]]);
  });

  test('staff may take it out of turn, with a reason (B-15)', () => {
    const quick = event('EXPEDITED', MON, { reason: 'The shop is down.' });
    const events = [...started(MON).slice(0, -1), quick, claimedPaid(TUE)];
    expect(story(PREPAID, events, { queueHeadId: 'T0' }).state.work).toBe('IN_PROGRESS');
  });
});

describe('what a task may be charged', () => {
  test('nothing under warranty, even if a decision names minutes (B-22)', () => {
    const { state } = story(PREPAID, [...started(MON), logged(TUE, 70)]);
    expect(chargeableMinutesOf({ ...state, decision: { ...WARRANTY, charge: 'MINUTES' } })).toBe(0);
  });

  const extra = event('CONSENT_GIVEN', TUE, { choice: 'EXTRA', capMinutes: 300 });
  const free = (decision: typeof ADVICE) => [
    submitted(MON, PREPAID),
    classified(MON, decision),
    verified(MON),
    claimedFree(MON),
    logged(TUE, 500),
    delivered(TUE, 1, 500),
  ];
  const thirds = [740, 740, 740].map((seconds, index) => event('WORK_LOGGED', TUE, { entryId: `entry ${index}`, seconds }));
  test.each<[readonly TicketEvent[], number, string]>([
    [[...started(MON), logged(TUE, 70), delivered(TUE, 1, 70)], 70, 'the time it took (B-10)'],
    [[...started(MON), logged(TUE, 181)], 180, 'nothing beyond the threshold without consent (B-12)'],
    [[...atLimit, extra, logged(WED, 80, 'more')], 260, 'agreed to 300, took 260 (B-12)'],
    [[...atLimit, extra, logged(WED, 180, 'more')], 300, 'not more than the new cap (B-12)'],
    [[...atLimit, event('CONSENT_GIVEN', WED, { choice: 'REFUND', refundAs: 'MONEY' })], 0, 'the task is cancelled (B-12)'],
    [[...atLimit, withdrawn(WED)], 180, 'the agreed part is settled (B-12)'],
    [[...started(MON), logged(TUE, 70), withdrawn(WED)], 0, 'withdrawn work is not charged'],
    [[...started(MON), ...thirds], 37, '3 × 12 min 20 s are rounded up once, not 39 (B-11)'],
    [free(ADVICE), 0, 'advice is free (B-25)'],
    [free(WARRANTY), 0, 'warranty is free (B-22)'],
    [free(BUG), 0, 'fixes of the add-on are free (B-27)'],
    [[...started(MON), logged(TUE, 70), delivered(TUE, 1, 70), cause(WED, 'ADDON', BUG)], 0, 'charged time is returned for a bug (B-27)'],
  ])('case %#', (events, minutes, _because) => {
    const { state, last } = story(PREPAID, events);
    expect([codesOf(last), chargeableMinutesOf(state)]).toEqual([[], minutes]);
  });
});

test.each<[TicketDecision, boolean, boolean, string]>([
  [BUG, false, true, 'a fault of the add-on is corrected free of charge (B-27)'],
  [WARRANTY, false, true, 'so is what the warranty covers (B-22)'],
  [ADVICE, false, false, 'what was charged for was work, not the advice (B-25)'],
  [NOT_OWED, false, false, 'a refusal gives nothing back'],
  [MAY, true, false, 'a quote is paid in money'],
  [{ ...BUG, verdict: 'UNDETERMINED' }, false, false, 'nothing is decided yet'],
  [{ ...BUG, verdict: 'VENDOR_DISCRETION' }, false, false, 'the vendor has not said so yet (B-02)'],
  [{ ...BUG, verdict: 'VENDOR_DISCRETION' }, true, true, 'the vendor takes it on for free (B-02)'],
])('a decision undoes a charge, case %#', (decision, isTakenOn, undoes, _because) => {
  expect(undoesCharge(decision, isTakenOn)).toBe(undoes);
});
