import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { chargeableMinutesOf, isHolding, isInWork, type TicketState, WORK_STATES } from '../../src/policy/ticket.js';
import { type Clock, clocksOf } from '../../src/policy/ticket-clock.js';
import { TICKET_EVENT_KINDS, TIME_EVENT_KINDS, type TicketEvent } from '../../src/policy/ticket-event.js';
import { foldTicket, missedEvents, timePassed, transition } from '../../src/policy/ticket-machine.js';
import { endOfDay, localDate } from '../../src/policy/working-calendar.js';
import { CAL_A, CAL_B } from './fixture-calendars.js';
import { ADVICE, PREPAID, REPAIR, WARRANTY } from './ticket-story.js';
import { picks, type Walk, walk } from './ticket-walk.js';

/** A long run asks for more. */
const RUNS = { numRuns: Number(process.env.FC_HISTORIES ?? 25) };
const walks: fc.Arbitrary<Walk> = fc.tuple(fc.constantFrom(REPAIR, PREPAID), picks).map(([policy, thrown]) => walk(policy, thrown));
const days = fc.integer({ min: 0, max: 90 });
const inDays = (at: Temporal.Instant, count: number) => at.add({ hours: count * 24 });
const clockOf = (clocks: readonly Clock[], kind: Clock['kind']) => clocks.find((clock) => clock.kind === kind);
const compare = Temporal.Instant.compare;

describe('laws of the machine', () => {
  test('the walks reach every state and every event but the birth of a linked ticket', () => {
    const seen = new Set<string>();
    fc.assert(
      fc.property(walks, ({ log, steps, state }) => {
        seen.add(state.work);
        for (const { before } of steps) seen.add(before.work);
        for (const { kind } of log) seen.add(kind);
      }),
      { numRuns: 300, seed: 3 },
    );
    expect(WORK_STATES.filter((state) => !seen.has(state))).toEqual([]);
    expect(TICKET_EVENT_KINDS.filter((kind) => !seen.has(kind))).toEqual(['WARRANTY_OPENED']);
  });

  test('any event in any state moves the ticket or is refused with reasons, and a refusal changes nothing', () => {
    fc.assert(
      fc.property(walks, walks, ({ steps }, { steps: foreign }) => {
        for (const [index, { before, facts }] of steps.entries()) {
          const event = foreign[index]?.event ?? steps[0]?.event;
          if (event === undefined) continue;
          const kept = structuredTexts(before);
          const outcome = transition(before, event, facts);
          if (outcome.outcome === 'REFUSED') expect(outcome.reasons.length).toBeGreaterThan(0);
          else expect(outcome.appended.at(-1)?.kind).toBe(event.kind);
          expect(structuredTexts(before)).toBe(kept);
        }
      }),
      RUNS,
    );
  });

  test('folding the log gives the state that the steps led to', () => {
    fc.assert(
      fc.property(walks, ({ log, state }) => expect(foldTicket(log)).toEqual(state)),
      RUNS,
    );
  });

  test('what was submitted stays as it was, and the log only grows in time', () => {
    fc.assert(
      fc.property(walks, ({ log, state, steps }) => {
        for (const { before } of steps) expect([before.submittedAt, before.seq]).toEqual([state.submittedAt, state.seq]);
        for (const [index, { at }] of log.entries()) expect(compare(log[index - 1]?.at ?? at, at)).toBeLessThanOrEqual(0);
      }),
      RUNS,
    );
  });

  test('warranty, advice and rework never charge, and nothing is charged beyond what was agreed', () => {
    fc.assert(
      fc.property(walks, ({ steps }) => {
        for (const { before } of steps) {
          const charged = chargeableMinutesOf(before);
          const isFree = [ADVICE, WARRANTY].some(({ coverage }) => coverage === before.decision.coverage);
          if (isFree || before.work === 'WITHDRAWN') expect(charged).toBe(0);
          const limit = before.capMinutes ?? before.thresholdMinutes ?? Number.POSITIVE_INFINITY;
          expect(charged).toBeLessThanOrEqual(Math.min(limit, Math.ceil(before.loggedSeconds / 60)));
        }
      }),
      RUNS,
    );
  });
});

describe('laws of what time does', () => {
  test('a reservation that is open has a name, minutes and a beginning, and while the work goes on it does not lapse', () => {
    fc.assert(
      fc.property(walks, days, ({ state, steps, log, policy }, later) => {
        for (const each of [...steps.map(({ before }) => before), state]) {
          const { holdId, heldMinutes, placedAt } = each.hold;
          if (isHolding(each)) expect([holdId, heldMinutes > 0, placedAt === null]).toEqual(['H1', true, false]);
        }
        const missed = missedEvents(log, policy.document, inDays(state.lastEventAt, later));
        if (isInWork(state)) expect(missed.map(({ kind }) => kind)).not.toContain('HOLD_LAPSED');
      }),
      RUNS,
    );
  });

  test('appended once, nothing more is missed', () => {
    fc.assert(
      fc.property(walks, days, ({ log, state, policy }, later) => {
        const at = inDays(state.lastEventAt, later);
        const missed = missedEvents(log, policy.document, at);
        expect(missedEvents([...log, ...missed], policy.document, at)).toEqual([]);
        for (const event of missed) expect(compare(event.at, at)).toBeLessThanOrEqual(0);
      }),
      RUNS,
    );
  });

  test('a worker that looks often and one that looks once find the same', () => {
    fc.assert(
      fc.property(walks, fc.array(fc.integer({ min: 0, max: 20 }), { maxLength: 8 }), ({ log, state, policy }, looks) => {
        let found: readonly TicketEvent[] = log;
        let at = state.lastEventAt;
        for (const look of looks) {
          at = inDays(at, look);
          found = [...found, ...missedEvents(found, policy.document, at)];
        }
        expect(found).toEqual([...log, ...missedEvents(log, policy.document, at)]);
      }),
      RUNS,
    );
  });

  test('an answer before the sweep is the answer after it', () => {
    fc.assert(
      fc.property(walks, ({ steps, policy }) => {
        for (const { before, event, facts } of steps) {
          if (TIME_EVENT_KINDS.some((kind) => kind === event.kind)) continue;
          const swept = timePassed(before, policy.document, event.at);
          const outcome = transition(before, event, facts);
          const after = transition(swept.state, event, facts);
          if (outcome.outcome === 'REFUSED') expect(after).toEqual(outcome);
          else expect({ ...after, appended: null }).toEqual({ ...outcome, appended: null });
        }
      }),
      RUNS,
    );
  });

  test('each thing that time did is due to the machine too, one by one', () => {
    fc.assert(
      fc.property(walks, days, ({ state, policy, steps }, later) => {
        const facts = steps[0]?.facts;
        if (facts === undefined) return;
        const passed = timePassed(state, policy.document, inDays(state.lastEventAt, later));
        let current: TicketState = state;
        for (const event of passed.appended) {
          const outcome = transition(current, event, facts);
          expect(outcome.outcome).toBe('MOVED');
          if (outcome.outcome === 'MOVED') current = outcome.state;
        }
        expect(current).toEqual(passed.state);
      }),
      RUNS,
    );
  });
});

describe('laws of the clocks', () => {
  const clocksAfter = ({ state, policy }: Walk, later: number) => clocksOf(state, policy.document, inDays(state.lastEventAt, later));

  test('no clock of the correction runs while a question waits over whole days', () => {
    fc.assert(
      fc.property(walks, days, (told, later) => {
        const asked = told.state.waits.find(({ to }) => to === null);
        if (asked === undefined || told.state.remedy.state !== 'RUNNING') return;
        const [then, now] = [
          clockOf(clocksOf(told.state, told.policy.document, asked.from), 'CORRECTION'),
          clockOf(clocksAfter(told, later), 'CORRECTION'),
        ];
        // The day of the question may still count: it was not waited in whole.
        expect((now?.countedDays ?? 0) - (then?.countedDays ?? 0)).toBeLessThanOrEqual(1);
        const day = endOfDay(CAL_A.zone, localDate(CAL_A.zone, asked.from));
        if (now?.dueAt) expect(compare(now.dueAt, day)).toBeLessThanOrEqual(0);
        else expect(now?.state).toBe('PAUSED');
      }),
      RUNS,
    );
  });

  test('a pause never moves a due instant to an earlier one', () => {
    fc.assert(
      fc.property(walks, (told) => {
        const waits = told.state.waits.map((wait) => ({ ...wait, to: wait.to ?? told.state.lastEventAt }));
        const paused = clockOf(clocksAfter({ ...told, state: { ...told.state, waits } }, 0), 'CORRECTION')?.dueAt;
        const plain = clockOf(clocksAfter({ ...told, state: { ...told.state, waits: [] } }, 0), 'CORRECTION')?.dueAt;
        // A rejection resumes with the days left, of which a pause before it leaves more.
        if (paused && plain) expect(compare(plain, paused)).toBeLessThanOrEqual(0);
      }),
      RUNS,
    );
  });

  test('what is counted in days is due at the end of a day', () => {
    fc.assert(
      fc.property(walks, days, (told, later) => {
        const { zone } = told.policy === REPAIR ? CAL_A : CAL_B;
        for (const { dueAt, countedDays } of clocksAfter(told, later)) {
          if (dueAt === null || countedDays === null) continue;
          expect(endOfDay(zone, localDate(zone, dueAt.subtract({ milliseconds: 1 })))).toEqual(dueAt);
        }
      }),
      RUNS,
    );
  });

  test('a clock that runs is not yet due, and one that was missed was', () => {
    fc.assert(
      fc.property(walks, days, (told, later) => {
        const at = inDays(told.state.lastEventAt, later);
        for (const { state, dueAt } of clocksAfter(told, later)) {
          if (dueAt === null) continue;
          if (state === 'RUNNING') expect(compare(at, dueAt)).toBeLessThan(0);
          if (state === 'MISSED') expect(compare(at, dueAt)).toBeGreaterThanOrEqual(0);
        }
      }),
      RUNS,
    );
  });
});

function structuredTexts(state: TicketState): string {
  return JSON.stringify(state, (_key, value: unknown) => (typeof value === 'bigint' ? `${value}` : value));
}
