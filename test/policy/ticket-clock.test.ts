import { describe, expect, test } from '@jest/globals';
import type { PinnedPolicy } from '../../src/policy/support-policy.js';
import { type ClockKind, clocksOf, nextDue } from '../../src/policy/ticket-clock.js';
import type { TicketEvent } from '../../src/policy/ticket-event.js';
import {
  accepted,
  answered,
  appeal,
  asked,
  at,
  atLimit,
  CORRECTION,
  claimedFree,
  classified,
  delivered,
  event,
  logged,
  MAY,
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
  withDocument,
  withdrawn,
} from './ticket-story.js';

const FRI = '2026-03-06T16:59:00+01:00';
const inWork = [...reported(FRI), claimedFree(FRI)];
const rejectedAtOnce = (day: string) => [
  delivered(`2026-03-${day}T10:00:00+01:00`),
  rejected(`2026-03-${day}T10:01:00+01:00`),
  claimedFree(`2026-03-${day}T10:02:00+01:00`),
];

function clockAt(policy: PinnedPolicy, events: readonly TicketEvent[], kind: ClockKind, when: string, availableMinutes = 5_000) {
  const { state } = story(policy, events, { availableMinutes });
  return clocksOf(state, policy.document, at(when)).find((clock) => clock.kind === kind) ?? null;
}

describe('the clock of the correction', () => {
  test.each([
    [FRI, '2026-04-20T22:00:00Z', 'the day of admission is day 0, and Easter Monday is closed (A-09)'],
    ['2026-03-07T12:00:00+01:00', '2026-04-20T22:00:00Z', 'Saturday is no working day (A-09)'],
    ['2026-03-08T12:00:00+01:00', '2026-04-20T22:00:00Z', 'nor is Sunday (A-09)'],
    ['2026-03-09T09:00:00+01:00', '2026-04-21T22:00:00Z', 'Monday is (A-09)'],
    ['2026-04-30T09:00:00+02:00', '2026-06-17T22:00:00Z', 'four closed days lie in between (A-09)'],
  ])('admitted at %s it is due at %s, because %s', (admitted, due) => {
    const clock = clockAt(REPAIR, reported(admitted), 'CORRECTION', admitted);
    expect(clock).toMatchObject({ state: 'RUNNING', provisional: false, countedDays: 0, rule: 'A-09' });
    expect(clock?.dueAt?.toString()).toBe(due);
  });

  const asking = (from: string, to: string) => [...reported(FRI), asked(from), answered(to)];
  const late = [
    submitted(FRI, REPAIR, { missingFacts: ['steps'] }),
    asked('2026-03-11T09:00:00+01:00'),
    answered('2026-03-12T10:00:00+01:00'),
  ];
  const early = [
    submitted(FRI, REPAIR, { missingFacts: ['steps'] }),
    asked('2026-03-10T17:00:00+01:00'),
    answered('2026-03-12T10:00:00+01:00'),
  ];
  test.each<[readonly TicketEvent[], string, string | null, string, number, string]>([
    [
      asking('2026-03-16T13:00:00+01:00', '2026-03-18T11:00:00+01:00'),
      '2026-03-18T12:00:00+01:00',
      '2026-04-21T22:00:00Z',
      'RUNNING',
      6,
      'only Tuesday was waited in whole (A-10)',
    ],
    [
      asking('2026-03-16T13:00:00+01:00', '2026-03-17T11:00:00+01:00'),
      '2026-03-18T12:00:00+01:00',
      '2026-04-20T22:00:00Z',
      'RUNNING',
      7,
      'no day was waited in whole (A-10)',
    ],
    [
      [...reported(FRI), asked('2026-03-16T13:00:00+01:00')],
      '2026-03-25T12:00:00+01:00',
      null,
      'PAUSED',
      6,
      'nothing is due while the customer is silent (A-10)',
    ],
    [
      [...reported(FRI), asked('2026-04-20T13:00:00+02:00')],
      '2026-04-20T14:00:00+02:00',
      '2026-04-20T22:00:00Z',
      'RUNNING',
      29,
      'a question on the last afternoon stops no day (A-10)',
    ],
    [
      [...inWork, delivered('2026-03-16T15:00:00+01:00')],
      '2026-03-17T12:00:00+01:00',
      null,
      'PAUSED',
      5,
      'delivered with 25 days left (A-11)',
    ],
    [
      [...inWork, delivered('2026-03-16T15:00:00+01:00'), rejected('2026-03-18T11:00:00+01:00')],
      '2026-03-18T12:00:00+01:00',
      '2026-04-21T22:00:00Z',
      'RUNNING',
      6,
      'of the days until the rejection only Tuesday is whole (A-10, A-11)',
    ],
    [
      [...inWork, delivered('2026-04-20T08:00:00+02:00'), rejected('2026-04-22T11:00:00+02:00')],
      '2026-04-22T12:00:00+02:00',
      '2026-04-22T22:00:00Z',
      'RUNNING',
      29,
      'one day was left (A-11)',
    ],
    [
      [...inWork, delivered('2026-04-20T17:00:00+02:00'), rejected('2026-04-22T11:00:00+02:00')],
      '2026-04-22T12:00:00+02:00',
      '2026-04-20T22:00:00Z',
      'MISSED',
      30,
      'the last day had been worked on, so none was left (A-10, A-11)',
    ],
    [
      [...inWork, ...['09', '10', '11', '12'].flatMap(rejectedAtOnce)],
      '2026-03-12T12:00:00+01:00',
      '2026-04-20T22:00:00Z',
      'RUNNING',
      3,
      'a delivery that is rejected at once takes no day, however often (A-10, A-11)',
    ],
    [
      [
        submitted(FRI, REPAIR, { decision: MAY }),
        refusal('2026-03-09T10:00:00+01:00'),
        appeal('2026-03-11T10:00:00+01:00'),
        classified('2026-03-11T10:01:00+01:00', CORRECTION),
      ],
      '2026-03-11T12:00:00+01:00',
      '2026-04-21T22:00:00Z',
      'RUNNING',
      1,
      'of the days until the appeal only Tuesday is whole (A-10)',
    ],
    [
      [...inWork, delivered('2026-03-16T15:00:00+01:00'), accepted('2026-03-17T11:00:00+01:00')],
      '2026-09-01T12:00:00+02:00',
      '2026-04-20T22:00:00Z',
      'MET',
      5,
      'delivered and accepted (A-11)',
    ],
    [
      [...reported(FRI), withdrawn('2026-03-17T11:00:00+01:00')],
      '2026-09-01T12:00:00+02:00',
      '2026-04-20T22:00:00Z',
      'STOPPED',
      6,
      'the customer gave up',
    ],
    [reported(FRI), '2026-04-20T22:00:00Z', '2026-04-20T22:00:00Z', 'MISSED', 30, 'at the due instant it is too late (A-09)'],
    [reported(FRI), '2026-04-20T21:59:59.999Z', '2026-04-20T22:00:00Z', 'RUNNING', 29, 'a millisecond is left (A-09)'],
    [
      [...early, classified('2026-03-12T11:00:00+01:00', CORRECTION)],
      '2026-03-12T12:00:00+01:00',
      '2026-04-24T22:00:00Z',
      'RUNNING',
      0,
      'complete on Thursday (A-18)',
    ],
    [early.slice(0, 2), '2026-03-11T12:00:00+01:00', null, 'PAUSED', 0, 'asked in time, not complete yet (A-18)'],
    [late, '2026-03-12T12:00:00+01:00', '2026-04-21T22:00:00Z', 'RUNNING', 2, 'asked too late, so only Wednesday is left out (A-18, A-10)'],
  ])('case %#', (events, when, due, state, countedDays, _because) => {
    const clock = clockAt(REPAIR, events, 'CORRECTION', when);
    expect([clock?.dueAt?.toString() ?? null, clock?.state, clock?.countedDays]).toEqual([due, state, countedDays]);
  });

  test('is provisional when it rests on days after the calendar’s end', () => {
    expect(clockAt(REPAIR, reported('2026-12-01T10:00:00+01:00'), 'CORRECTION', '2026-12-01T11:00:00+01:00')?.provisional).toBe(true);
  });

  test('of the days between a refusal and its appeal only the first and the last count, which were not whole (A-10)', () => {
    const refused = { verdict: 'NOT_ENTITLED', coverage: 'NONE', charge: 'NONE', remedy: 'NONE' } as const;
    const events = [
      submitted(FRI, REPAIR, { decision: refused }),
      event('REFUSED', '2026-03-09T10:00:00+01:00', { message: 'Not owed.', clause: null }),
      event('APPEALED', '2026-05-11T10:00:00+02:00', { message: 'It is.' }),
      classified('2026-05-12T10:00:00+02:00', CORRECTION),
    ];
    const clock = clockAt(REPAIR, events, 'CORRECTION', '2026-05-12T12:00:00+02:00');
    expect([clock?.state, clock?.countedDays, clock?.dueAt?.toString()]).toEqual(['RUNNING', 2, '2026-06-22T22:00:00Z']);
  });

  test.each([
    [PREPAID, queuedPaid, 'this policy promises none'],
    [
      REPAIR,
      [submitted(FRI, REPAIR, { decision: { verdict: 'ENTITLED', coverage: 'ADVICE', charge: 'FREE', remedy: 'NONE' } })],
      'advice is no correction',
    ],
  ] as const)('is not there, case %#', (policy, events, _because) => {
    expect(clockAt(policy, events, 'CORRECTION', '2026-03-12T12:00:00+01:00')).toBeNull();
  });
});

describe('a late question', () => {
  test.each([
    ['2026-03-10T22:59:59.999Z', null, 'asked in time, it stops the start (A-18)'],
    ['2026-03-10T23:00:00Z', FRI, 'asked when the two working days are over, the report counts as complete (A-18)'],
  ])('asked at %s', (when, startedAt, _because) => {
    const clock = clockAt(REPAIR, [submitted(FRI, REPAIR, { missingFacts: ['steps'] }), asked(when)], 'CORRECTION', when);
    expect(clock?.startedAt ?? null).toEqual(startedAt && at(startedAt));
  });
});

describe('the other clocks', () => {
  const aiming = withDocument(REPAIR, { answering: { targetWorkingMinutes: 60 } });
  const late = [submitted('2026-03-27T17:30:00+01:00', aiming)];
  const delivery = [...inWork, delivered('2026-03-16T15:00:00+01:00')];
  const paid = [
    ...started('2026-03-06T10:00:00+03:00'),
    logged('2026-03-06T11:00:00+03:00', 70),
    delivered('2026-03-06T16:59:00+03:00', 1, 70),
  ];
  const rework = (when: string) => [...paid, event('REWORK_DELIVERED', when, { childId: 'T2' })];
  const partial = [...queuedPaid, short(50, 70)];
  test.each<[ClockKind, PinnedPolicy, readonly TicketEvent[], string, string | null, string, string]>([
    [
      'FIRST_RESPONSE',
      aiming,
      late,
      '2026-03-28T12:00:00+01:00',
      '2026-03-30T07:30:00Z',
      'RUNNING',
      'Friday 17:30 and 60 minutes are Monday 09:30 (A-08)',
    ],
    ['FIRST_RESPONSE', aiming, late, '2026-03-30T07:30:00Z', '2026-03-30T07:30:00Z', 'MISSED', 'nobody answered (A-08)'],
    [
      'FIRST_RESPONSE',
      aiming,
      [...late, asked('2026-03-30T09:29:00+02:00')],
      '2026-04-30T12:00:00Z',
      '2026-03-30T07:30:00Z',
      'MET',
      'a question is an answer (A-08)',
    ],
    [
      'COMPLETENESS',
      REPAIR,
      [submitted(FRI, REPAIR, { missingFacts: ['steps'] })],
      '2026-03-09T12:00:00Z',
      '2026-03-10T23:00:00Z',
      'RUNNING',
      'two working days to ask (A-18)',
    ],
    [
      'COMPLETENESS',
      REPAIR,
      [submitted(FRI, REPAIR, { missingFacts: ['steps'] })],
      '2026-03-10T23:00:00Z',
      '2026-03-10T23:00:00Z',
      'MISSED',
      'now it counts as complete (A-18)',
    ],
    ['VERIFICATION', REPAIR, delivery, '2026-03-17T12:00:00Z', '2026-03-23T23:00:00Z', 'RUNNING', 'five working days to check (A-11)'],
    [
      'VERIFICATION',
      PREPAID,
      paid,
      '2026-03-07T12:00:00Z',
      '2026-03-13T21:00:00Z',
      'RUNNING',
      'without a remedy the warranty is the time to check (A-11)',
    ],
    ['HOLD', PREPAID, partial, '2026-03-10T12:00:00Z', '2026-03-16T21:00:00Z', 'RUNNING', 'kept for five working days (B-13)'],
    ['CONSENT', PREPAID, atLimit, '2026-03-20T12:00:00Z', null, 'RUNNING', 'the policy sets no end to it (B-12)'],
    ['WARRANTY', PREPAID, paid, '2026-03-13T20:59:59.999Z', '2026-03-13T21:00:00Z', 'RUNNING', 'a week from delivery, whole (B-21)'],
    ['WARRANTY', PREPAID, paid, '2026-03-13T21:00:00Z', '2026-03-13T21:00:00Z', 'MET', 'at that instant it is gone (B-21)'],
    [
      'WARRANTY',
      PREPAID,
      rework('2026-03-09T10:00:00+03:00'),
      '2026-03-10T12:00:00Z',
      '2026-03-13T21:00:00Z',
      'RUNNING',
      'rework does not renew the week (B-22)',
    ],
    [
      'WARRANTY',
      PREPAID,
      rework('2026-03-12T10:00:00+03:00'),
      '2026-03-13T12:00:00Z',
      '2026-03-16T21:00:00Z',
      'RUNNING',
      'but leaves two working days to check (B-22)',
    ],
  ])('%s, case %#', (kind, policy, events, when, due, state, _because) => {
    const clock = clockAt(policy, events, kind, when, policy === PREPAID && kind === 'HOLD' ? 50 : 5_000);
    expect([clock?.dueAt?.toString() ?? null, clock?.state]).toEqual([due, state]);
  });

  test('the schedule is told of the running clock that is due first', () => {
    const { state } = story(REPAIR, [submitted(FRI, REPAIR, { missingFacts: ['steps'] })]);
    const clocks = clocksOf(state, REPAIR.document, at('2026-03-09T12:00:00Z'));
    expect(clocks.map(({ kind }) => kind)).toEqual(['COMPLETENESS', 'CORRECTION']);
    expect(nextDue(clocks)?.kind).toBe('COMPLETENESS');
    expect(nextDue([...clocks].reverse())?.kind).toBe('COMPLETENESS');
    expect(nextDue(clocksOf(state, REPAIR.document, at('2026-03-11T12:00:00Z')))?.kind).toBe('CORRECTION');
    expect(nextDue([])).toBeNull();
  });
});
