import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { calendarFaults } from '../../src/policy/calendar-faults.js';
import { type OpenWindow, WEEKDAYS } from '../../src/policy/opening-hours.js';
import {
  addWorkingDays,
  addWorkingMinutes,
  type CalendarResult,
  endOfDay,
  isOpen,
  localDate,
  nextOpening,
  type Wait,
  type WorkingCalendar,
  workingDaysCounted,
  workingMillisecondsBetween,
  workingMinutesBetween,
} from '../../src/policy/working-calendar.js';

const MS_PER_DAY = 86_400_000;
const FIXED_ZONES = ['+03:00', '-09:30', '+00:00'];
const MOVING_ZONES = ['Europe/Paris', 'America/New_York', 'Australia/Lord_Howe', 'Africa/Cairo', 'America/Havana'];
const WINTER_2025 = Date.UTC(2025, 11, 1);
/** The nights in which a clock of MOVING_ZONES jumps within the range of the generated instants. */
const JUMPS = ['2026-03-08', '2026-03-29', '2026-04-05', '2026-04-24', '2026-10-04', '2026-10-25', '2026-11-01'].map((day) =>
  Date.parse(day),
);

const instantOf = (ms: number) => Temporal.Instant.fromEpochMilliseconds(ms);
const instants = fc
  .oneof(
    fc.integer({ min: WINTER_2025, max: WINTER_2025 + 420 * MS_PER_DAY }),
    fc.tuple(fc.constantFrom(...JUMPS), fc.integer({ min: -MS_PER_DAY, max: 2 * MS_PER_DAY })).map(([night, ms]) => night + ms),
  )
  .map(instantOf);
const dates = fc.integer({ min: 0, max: 420 }).map((days) => new Date(WINTER_2025 + days * MS_PER_DAY).toISOString().slice(0, 10));

const clock = (minute: number) => `${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`;
/**
 * One to three windows that may touch but never overlap: neighbouring pairs of a rising row of quarters of an hour. A quarter a week is the least,
 * so that every count generated here ends within the horizon.
 */
const windowsOfADay: fc.Arbitrary<OpenWindow[]> = fc
  .uniqueArray(fc.oneof(fc.integer({ min: 0, max: 96 }), fc.constantFrom(0, 4, 8, 10, 12, 96)), { minLength: 2, maxLength: 4 })
  .map((quarters) => quarters.sort((one, other) => one - other).map((quarter) => quarter * 15))
  .chain((minutes) => {
    const all = minutes.slice(1).map((to, index) => ({ from: clock(minutes[index] ?? 0), to: clock(to) }));
    return fc.subarray(all, { minLength: 1 });
  });

const calendarsIn = (zones: readonly string[]): fc.Arbitrary<WorkingCalendar> =>
  fc
    .record({
      zone: fc.constantFrom(...zones),
      days: fc.subarray([...WEEKDAYS], { minLength: 1 }),
      windows: windowsOfADay,
      closedDates: fc.uniqueArray(dates, { maxLength: 12 }),
      extraDays: fc.uniqueArray(fc.record({ date: dates, windows: windowsOfADay }), { selector: ({ date }) => date, maxLength: 6 }),
      validThrough: dates,
    })
    .map(({ days, windows, extraDays, ...rest }) => ({
      ...rest,
      windows: windows.map((window) => ({ days, ...window })),
      extraDays: extraDays.filter(({ date }) => !rest.closedDates.includes(date)),
    }));
const calendars = calendarsIn([...FIXED_ZONES, ...MOVING_ZONES]);
const minutes = fc.integer({ min: 0, max: 3_000 });
const dayCounts = fc.integer({ min: 0, max: 40 });
const waits: fc.Arbitrary<Wait[]> = fc.array(
  fc.tuple(instants, fc.integer({ min: 0, max: 6 * MS_PER_DAY })).map(([from, ms]) => ({ from, to: from.add({ milliseconds: ms }) })),
  { maxLength: 5 },
);

/** The instant of a result that these calendars must reach: they open every week. */
function atOf(result: CalendarResult): Temporal.Instant {
  if (result.at === null) throw new Error(`not reached: ${result.reason}`);
  return result.at;
}

const justBefore = (at: Temporal.Instant) => at.subtract({ milliseconds: 1 });
const notAfter = (one: Temporal.Instant, other: Temporal.Instant) => Temporal.Instant.compare(one, other) <= 0;

describe('laws of working minutes', () => {
  test('the generated calendars have no fault', () => {
    fc.assert(fc.property(calendars, (calendar) => expect(calendarFaults(calendar)).toEqual([])));
  });

  test('exactly n minutes lie between t and t + n, and the last of them is worked', () => {
    fc.assert(
      fc.property(calendars, instants, minutes, (calendar, t, n) => {
        const end = atOf(addWorkingMinutes(calendar, t, n));
        expect(workingMinutesBetween(calendar, t, end)).toBe(n);
        expect(workingMillisecondsBetween(calendar, t, end)).toBe(n * 60_000);
        expect(n === 0 ? end.equals(t) : isOpen(calendar, justBefore(end))).toBe(true);
      }),
    );
  });

  test('adding a, then b, is adding a + b, also from a closing time and when either is 0', () => {
    fc.assert(
      fc.property(calendars, instants, minutes, minutes, (calendar, t, a, b) => {
        const inTwoSteps = addWorkingMinutes(calendar, atOf(addWorkingMinutes(calendar, t, a)), b);
        expect(inTwoSteps).toEqual(addWorkingMinutes(calendar, t, a + b));
      }),
    );
  });

  test('a later start or more minutes never give an earlier end, nor a firmer one', () => {
    fc.assert(
      fc.property(calendars, instants, fc.nat(3 * MS_PER_DAY), minutes, fc.nat(500), (calendar, t, later, n, more) => {
        const end = addWorkingMinutes(calendar, t, n);
        for (const other of [addWorkingMinutes(calendar, t.add({ milliseconds: later }), n), addWorkingMinutes(calendar, t, n + more)]) {
          expect(notAfter(atOf(end), atOf(other))).toBe(true);
          expect(end.provisional && !other.provisional).toBe(false);
        }
      }),
    );
  });

  test('time between three instants adds up', () => {
    fc.assert(
      fc.property(calendars, instants, fc.nat(20 * MS_PER_DAY), fc.nat(20 * MS_PER_DAY), (calendar, a, first, second) => {
        const b = a.add({ milliseconds: first });
        const c = b.add({ milliseconds: second });
        const inTwoParts = workingMillisecondsBetween(calendar, a, b) + workingMillisecondsBetween(calendar, b, c);
        expect(inTwoParts).toBe(workingMillisecondsBetween(calendar, a, c));
      }),
    );
  });

  test('open means that the next millisecond is working time, and the next opening is the first such instant', () => {
    fc.assert(
      fc.property(calendars, instants, (calendar, t) => {
        expect(workingMillisecondsBetween(calendar, t, t.add({ milliseconds: 1 }))).toBe(isOpen(calendar, t) ? 1 : 0);
        const opensAt = atOf(nextOpening(calendar, t));
        expect(isOpen(calendar, opensAt)).toBe(true);
        expect(workingMillisecondsBetween(calendar, t, opensAt)).toBe(0);
        expect(notAfter(t, opensAt)).toBe(true);
      }),
    );
  });

  test('at a fixed offset the count is that of reading the wall clock minute by minute', () => {
    const quarters = fc.integer({ min: 0, max: 420 * 96 }).map((quarter) => instantOf(WINTER_2025 + quarter * 900_000));
    fc.assert(
      fc.property(calendarsIn(FIXED_ZONES), quarters, fc.nat(1_500), (calendar, from, length) => {
        let open = 0;
        for (let minute = 0; minute < length; minute++) {
          if (showsOpen(calendar, from.add({ minutes: minute }))) open++;
        }
        expect(workingMinutesBetween(calendar, from, from.add({ minutes: length }))).toBe(open);
      }),
      { numRuns: 30 },
    );
  });
});

/** Reads the document as a person at the door would: the date and the clock, against the list that applies. */
function showsOpen(calendar: WorkingCalendar, at: Temporal.Instant): boolean {
  const [date = '', time = ''] = at.toZonedDateTimeISO(calendar.zone).toString({ timeZoneName: 'never', offset: 'never' }).split('T');
  if (calendar.closedDates.includes(date)) return false;
  const weekday = WEEKDAYS[(new Date(date).getUTCDay() + 6) % 7];
  const windows =
    calendar.extraDays.find((day) => day.date === date)?.windows ??
    calendar.windows.filter((window) => weekday !== undefined && window.days.includes(weekday));
  return windows.some(({ from, to }) => from <= time.slice(0, 5) && time.slice(0, 5) < to);
}

describe('laws of working days', () => {
  test('n days are full at the deadline and not a millisecond earlier, and it is the end of a day', () => {
    fc.assert(
      fc.property(calendars, instants, dayCounts, waits, (calendar, t, n, waited) => {
        const deadline = atOf(addWorkingDays(calendar, t, n, waited));
        expect(workingDaysCounted(calendar, t, deadline, waited)).toBe(n);
        expect(workingDaysCounted(calendar, t, justBefore(deadline), waited)).toBe(Math.max(0, n - 1));
        expect(endOfDay(calendar.zone, localDate(calendar.zone, justBefore(deadline)))).toEqual(deadline);
      }),
    );
  });

  test('the day that fills the count is worked, and the hour of admission makes no difference', () => {
    fc.assert(
      fc.property(calendars, instants, fc.integer({ min: 1, max: 40 }), (calendar, t, n) => {
        const result = addWorkingDays(calendar, t, n);
        const lastDay = localDate(calendar.zone, justBefore(atOf(result)));
        const begins = endOfDay(calendar.zone, lastDay.subtract({ days: 1 }));
        expect(workingMillisecondsBetween(calendar, begins, atOf(result))).toBeGreaterThan(0);
        const admittedOn = localDate(calendar.zone, t);
        expect(addWorkingDays(calendar, endOfDay(calendar.zone, admittedOn.subtract({ days: 1 })), n)).toEqual(result);
        expect(addWorkingDays(calendar, justBefore(endOfDay(calendar.zone, admittedOn)), n)).toEqual(result);
      }),
    );
  });

  test('a wait never shortens, and one that spares a millisecond of work changes nothing', () => {
    fc.assert(
      fc.property(calendars, instants, dayCounts, waits, waits, (calendar, t, n, some, more) => {
        const deadline = addWorkingDays(calendar, t, n, some);
        const longer = addWorkingDays(calendar, t, n, [...more, ...some]);
        expect(notAfter(atOf(deadline), atOf(longer))).toBe(true);
        expect(deadline.provisional && !longer.provisional).toBe(false);
        const opensAt = atOf(nextOpening(calendar, endOfDay(calendar.zone, localDate(calendar.zone, t))));
        const lateQuestion = { from: opensAt.add({ milliseconds: 1 }), to: endOfDay(calendar.zone, localDate(calendar.zone, opensAt)) };
        expect(addWorkingDays(calendar, t, n, [lateQuestion])).toEqual(addWorkingDays(calendar, t, n));
      }),
    );
  });

  test('each day that was waited in whole moves the deadline by one working day', () => {
    fc.assert(
      fc.property(calendars, instants, fc.integer({ min: 1, max: 30 }), fc.integer({ min: 1, max: 5 }), (calendar, t, n, waited) => {
        const from = endOfDay(calendar.zone, localDate(calendar.zone, t));
        const to = atOf(addWorkingDays(calendar, t, waited));
        expect(addWorkingDays(calendar, t, n, [{ from, to }])).toEqual(addWorkingDays(calendar, t, n + waited));
      }),
    );
  });

  test('a later admission or more days never give an earlier deadline, nor a firmer one', () => {
    fc.assert(
      fc.property(calendars, instants, fc.nat(3 * MS_PER_DAY), dayCounts, fc.nat(5), waits, (calendar, t, later, n, more, waited) => {
        const deadline = addWorkingDays(calendar, t, n, waited);
        const others = [addWorkingDays(calendar, t.add({ milliseconds: later }), n, waited), addWorkingDays(calendar, t, n + more, waited)];
        for (const other of others) {
          expect(notAfter(atOf(deadline), atOf(other))).toBe(true);
          expect(deadline.provisional && !other.provisional).toBe(false);
        }
      }),
    );
  });

  test('while the customer is silent the count never exceeds the days before the question', () => {
    fc.assert(
      fc.property(calendars, instants, instants, dayCounts, (calendar, t, asked, n) => {
        const silent = [{ from: asked, to: null }];
        const result = addWorkingDays(calendar, t, n, silent);
        const plain = addWorkingDays(calendar, t, n);
        const asksLater = Temporal.Instant.compare(asked, atOf(plain)) >= 0;
        if (asksLater) expect(result).toEqual(plain);
        if (result.at === null) expect(workingDaysCounted(calendar, t, instantOf(Date.UTC(2040, 0)), silent)).toBeLessThan(n);
        else expect(result).toEqual(plain);
      }),
    );
  });
});
