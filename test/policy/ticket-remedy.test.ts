import { describe, expect, test } from '@jest/globals';
import { clocksOf } from '../../src/policy/ticket-clock.js';
import type { TicketEvent } from '../../src/policy/ticket-event.js';
import { missedEvents } from '../../src/policy/ticket-machine.js';
import {
  ADVICE,
  accessAsked,
  agreed,
  answered,
  appeal,
  asked,
  at,
  BUG,
  CORRECTION,
  cause,
  claimedFree,
  classified,
  codesOf,
  delivered,
  event,
  logged,
  MAY,
  MON,
  NOT_OWED,
  overLimit,
  PAID,
  PREPAID,
  REPAIR,
  refusal,
  rejected,
  reported,
  started,
  story,
  submitted,
  TUE,
  UNDECIDED,
  verified,
  WED,
  withdrawn,
} from './ticket-story.js';

const FRI = '2026-03-06T16:59:00+01:00';
const DUE = '2026-04-20T22:00:00Z';
const ended = (when: string) => event('LICENCE_ENDED', when, {});
const unsaid = { discretionReason: null };
const said = { discretionReason: 'This is a question, not a fault.' };

function correctionOf(events: readonly TicketEvent[], when: string) {
  const { state } = story(REPAIR, events);
  return clocksOf(state, REPAIR.document, at(when)).find(({ kind }) => kind === 'CORRECTION');
}
const missed = (events: readonly TicketEvent[], when: string) =>
  missedEvents(story(REPAIR, events).log, REPAIR.document, at(when)).map(({ kind, at: dueAt }) => `${dueAt} ${kind}`);

describe('while it is not decided whether a correction is owed (A-09, A-13)', () => {
  const open = submitted(FRI, REPAIR, { decision: UNDECIDED });

  test('the clock runs from the report, provisionally, and nothing follows from its end', () => {
    expect(correctionOf([open], '2026-03-09T12:00:00Z')).toMatchObject({ state: 'RUNNING', dueAt: at(DUE), provisional: true });
    expect(correctionOf([open], DUE)).toMatchObject({ state: 'MISSED', provisional: true });
    expect(missed([open], '2026-12-01T00:00:00Z')).toEqual([]);
  });

  test('decided too late to be owed, it is missed at once', () => {
    const late = [open, classified('2026-05-04T10:00:00+02:00', CORRECTION)];
    expect(missed(late, '2026-05-04T08:00:00Z')).toEqual(['2026-05-04T08:00:00Z CORRECTION_MISSED', '2026-05-04T08:00:00Z REFUND_OFFERED']);
  });

  test('decided in time, it is owed from the report on', () => {
    expect(correctionOf([open, classified(TUE, CORRECTION)], WED)).toMatchObject({ state: 'RUNNING', dueAt: at(DUE), provisional: false });
  });

  test('decided not to be owed, it has stopped', () => {
    expect(correctionOf([open, classified(TUE, ADVICE, unsaid)], WED)).toMatchObject({ state: 'STOPPED' });
  });

  test('its customer supplies facts unasked, which puts nothing off', () => {
    const lacking = submitted(FRI, REPAIR, { decision: UNDECIDED, missingFacts: ['steps'] });
    const { state, last } = story(REPAIR, [lacking, answered(MON)]);
    expect([codesOf(last), state.work, state.received.length]).toEqual([[], 'TRIAGE', 2]);
    expect(correctionOf([lacking, answered(MON)], TUE)?.startedAt).toEqual(at(FRI));
    // Asked in time, the report counts from the sending that completed it, whoever began.
    expect(correctionOf([lacking, answered(MON), asked('2026-03-09T11:00:00+01:00')], TUE)?.startedAt).toEqual(at(MON));
  });
});

describe('a decision that ends the promise to correct (A-13)', () => {
  test('says why', () => {
    const asAdvice = (change: object) => story(REPAIR, [submitted(FRI, REPAIR), classified(TUE, ADVICE, change)]).last;
    expect(codesOf(asAdvice(unsaid))).toEqual(['EXPLANATION_MISSING']);
    expect(codesOf(asAdvice(said))).toEqual([]);
  });

  const ends: readonly (readonly [string, TicketEvent[]])[] = [
    ['a classification', [submitted(FRI, REPAIR), classified(MON, ADVICE, said)]],
    ['a finding', [...reported(FRI), cause(MON, 'HOST', NOT_OWED)]],
  ];
  test.each(ends)('by %s is appealed once, and the count goes on as if nothing had been', (_how, events) => {
    const again = story(REPAIR, [...events, appeal(TUE)]);
    expect([codesOf(again.last), again.state.work, again.state.remedy.state]).toEqual([[], 'TRIAGE', 'UNDECIDED']);
    expect(correctionOf([...events, appeal(TUE)], WED)).toMatchObject({ state: 'RUNNING', dueAt: at(DUE), provisional: true });
    expect(correctionOf([...events, appeal(TUE), classified(WED, CORRECTION)], WED)).toMatchObject({
      state: 'RUNNING',
      provisional: false,
    });
    expect(codesOf(story(REPAIR, [...events, appeal(TUE), classified(WED, ADVICE, unsaid)]).last)).toEqual(['EXPLANATION_MISSING']);
    const kept = [...events, appeal(TUE), classified(WED, ADVICE, said)];
    expect(story(REPAIR, kept).state.remedy.state).toBe('STOPPED');
    expect(codesOf(story(REPAIR, [...kept, appeal(WED)]).last)).toEqual(['APPEAL_USED']);
  });

  test('is not there to be appealed where nothing was promised', () => {
    expect(codesOf(story(REPAIR, [submitted(FRI, REPAIR, { decision: ADVICE }), appeal(TUE)]).last)).toEqual(['TICKET_STATE_FORBIDS']);
    expect(codesOf(story(REPAIR, [...reported(FRI), appeal(TUE)]).last)).toEqual(['TICKET_STATE_FORBIDS']);
  });
});

describe('a licence that ends (A-12)', () => {
  const missedThen = '2026-04-21T10:00:00+02:00';
  test.each<[string, TicketEvent[], string, string | null, string]>([
    ['waits', [...reported(FRI), ended(TUE)], 'STOPPED', null, 'no correction is owed without a licence'],
    ['is undecided', [submitted(FRI, REPAIR, { decision: UNDECIDED }), ended(TUE)], 'STOPPED', null, 'nor is one that might be'],
    ['is being checked', [...reported(FRI), claimedFree(MON), delivered(TUE), ended(WED)], 'STOPPED', null, 'nor another one'],
    ['has an offer', [...reported(FRI), ended(missedThen)], 'MISSED', 'LAPSED', 'one licence is paid back once'],
  ])('ends what a ticket promises that %s', (_what, events, remedy, refund) => {
    const { state } = story(REPAIR, events);
    expect([state.remedy.state, state.remedy.refund?.state ?? null]).toEqual([remedy, refund]);
    expect(missed(events, '2026-12-01T00:00:00Z').filter((each) => each.includes('REFUND') || each.includes('CORRECTION'))).toEqual([]);
  });

  test('is recorded by the program alone, and a rejection brings nothing back', () => {
    expect(codesOf(story(REPAIR, [...reported(FRI), event('LICENCE_ENDED', TUE, {}, 'STAFF')]).last)).toEqual(['TICKET_ACTOR_FORBIDS']);
    const events = [...reported(FRI), claimedFree(MON), delivered(TUE), ended(WED), rejected(WED)];
    expect(story(REPAIR, events).state.remedy.state).toBe('STOPPED');
  });
});

describe('access to the store (B-18)', () => {
  test('is deleted with a refusal, and must be sent again after the appeal', () => {
    const open = submitted(MON, PREPAID, { decision: MAY });
    const { state } = story(PREPAID, [open, verified(MON), refusal(TUE), appeal(TUE)]);
    expect([state.verifiedAccess, state.suppliedAccess, state.requestedAccess]).toEqual([[], [], []]);
    const taken = [classified(TUE, PAID), agreed(TUE), event('CLAIMED', WED, { holdId: 'H1', heldMinutes: 120, codeDigest: null })];
    expect(codesOf(story(PREPAID, [open, verified(MON), refusal(TUE), appeal(TUE), ...taken]).last)).toEqual(['ACCESS_NOT_VERIFIED']);
  });

  test('is no longer waited for once the ticket is given up', () => {
    const { state } = story(PREPAID, [submitted(MON, PREPAID), classified(MON, PAID), accessAsked, withdrawn(TUE)]);
    expect([state.requestedAccess, state.waits.every(({ to }) => to !== null)]).toEqual([[], true]);
  });
});

describe('a cause that is found', () => {
  const stuck = [...started(MON), logged(TUE, 180), overLimit(TUE)];

  test('while consent is awaited leaves nothing to decide where the work is free (B-27)', () => {
    const free = story(PREPAID, [...stuck, cause(WED, 'ADDON', BUG)]);
    expect([codesOf(free.last), free.state.work, free.state.hold.state, free.state.waits.at(-1)?.to]).toEqual([
      [],
      'TRIAGE',
      'RELEASED',
      at(WED),
    ]);
    const paid = story(PREPAID, [...stuck, cause(WED, 'HOST', PAID)]);
    expect([codesOf(paid.last), paid.state.work, paid.state.waits.at(-1)?.to]).toEqual([[], 'AWAITING_CONSENT', null]);
  });

  test('counts although the work was withdrawn, wherever it was charged (B-27)', () => {
    const charged = [...started(MON), logged(TUE, 60), delivered(TUE, 1, 60), rejected(TUE), withdrawn(TUE)];
    const { last, state } = story(PREPAID, [...charged, cause(WED, 'ADDON', BUG)]);
    expect([codesOf(last), state.work, state.decision.coverage]).toEqual([[], 'WITHDRAWN', 'PRODUCT_BUG']);
    expect(codesOf(story(PREPAID, [...started(MON), withdrawn(TUE), cause(WED, 'ADDON', BUG)]).last)).toEqual(['TICKET_STATE_FORBIDS']);
  });
});

test.each<[number, string[], string]>([
  [0, ['TICKET_FIGURES_DIFFER'], 'a quote is for work'],
  [100_000, [], 'the most there is'],
  [100_001, ['TICKET_FIGURES_DIFFER'], 'a mistake of the pen'],
])('a quote of %d minutes gives %j, because it is %s (B-29)', (estimateMinutes, codes) => {
  expect(codesOf(story(PREPAID, [submitted(MON, PREPAID), event('ESTIMATE_GIVEN', TUE, { estimateMinutes })]).last)).toEqual(codes);
});
