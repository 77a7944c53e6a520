import { describe, expect, test } from '@jest/globals';
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
import { CAL_A, CAL_B, CAL_BH } from './fixture-calendars.js';

const instant = (text: string) => Temporal.Instant.from(text);
const shown = (result: CalendarResult) => (result.at === null ? result.reason : `${result.at}${result.provisional ? ' provisional' : ''}`);
const utc = (text: string) => instant(text).toString();
const wait = (from: string, to: string | null): Wait => ({ from: instant(from), to: to === null ? null : instant(to) });

describe('A-08 office hours', () => {
  test.each([
    ['2026-04-03T08:59:59.999+02:00', '2026-04-03T09:00+02:00', 'a millisecond before the opening is still closed'],
    ['2026-04-03T09:00+02:00', 'open', 'the opening instant is open'],
    ['2026-04-03T11:59:59.999999999+02:00', 'open', 'the last nanosecond before the break is open'],
    ['2026-04-03T12:00+02:00', '2026-04-03T13:00+02:00', 'the closing instant is closed, and lunch ends at 13:00'],
    ['2026-04-03T18:00+02:00', '2026-04-07T09:00+02:00', 'after Friday come a weekend and Easter Monday'],
    ['2026-03-27T18:00+01:00', '2026-03-30T09:00+02:00', 'summer time begins in between, and the office follows the clock on its wall'],
    ['2026-10-23T18:00+02:00', '2026-10-26T09:00+01:00', 'summer time ends in between'],
    ['2026-05-14T10:00+02:00', '2026-05-15T09:00+02:00', 'a Thursday that is listed as closed'],
  ])('at %s CAL-A: %s, because %s', (at, expected) => {
    const open = expected === 'open';
    expect(isOpen(CAL_A, instant(at))).toBe(open);
    expect(shown(nextOpening(CAL_A, instant(at)))).toBe(utc(open ? at : expected));
  });
});

describe('A-08, B-20 adding working minutes', () => {
  const tenYearsOfMinutes = 10 * 366 * 24 * 60;
  test.each<[string, WorkingCalendar, string, number, string, string]>([
    ['CAL-A', CAL_A, '2026-03-27T17:30+01:00', 60, '2026-03-30T09:30+02:00', 'half an hour on Friday, half on Monday in summer time'],
    ['CAL-A', CAL_A, '2026-04-03T11:30+02:00', 60, '2026-04-03T13:30+02:00', 'the lunch break does not count'],
    ['CAL-B', CAL_B, '2026-03-06T16:59+03:00', 1, '2026-03-06T17:00+03:00', 'the last minute ends at closing time, not on Monday'],
    ['CAL-B', CAL_B, '2026-03-06T16:59+03:00', 2, '2026-03-09T09:01+03:00', 'the second minute is worked on Monday'],
    ['CAL-B', CAL_B, '2026-03-06T16:59+03:00', 60, '2026-03-09T09:59+03:00', 'one minute on Friday and 59 on Monday'],
    ['CAL-B', CAL_B, '2026-03-06T17:00+03:00', 1, '2026-03-09T09:01+03:00', 'at closing time nothing of Friday is left'],
    ['CAL-B', CAL_B, '2026-03-07T12:00+03:00', 480, '2026-03-09T17:00+03:00', 'a whole day of work ends at its closing time'],
    ['CAL-B', CAL_B, '2026-03-06T16:59:30+03:00', 1, '2026-03-09T09:00:30+03:00', 'seconds are carried over the weekend'],
    ['CAL-B', CAL_B, '2026-03-07T12:00+03:00', 0, '2026-03-07T12:00+03:00', 'no work has passed at the start, even when closed'],
    ['CAL-BH', CAL_BH, '2026-04-30T16:30+03:00', 60, '2026-05-04T09:30+03:00', 'May Day is a Friday'],
    ['CAL-BH', CAL_BH, '2026-04-24T16:30+03:00', 60, '2026-04-25T09:30+03:00', 'this Saturday is worked'],
    ['CAL-BH', CAL_BH, '2026-04-17T16:30+03:00', 60, '2026-04-21T09:30+03:00', 'the Monday that was moved to Saturday is closed'],
    ['CAL-B', CAL_B, '2026-12-31T16:00+03:00', 60, '2026-12-31T17:00+03:00', 'it still ends on the last valid date'],
    ['CAL-B', CAL_B, '2026-12-31T16:00+03:00', 61, '2027-01-01T09:01+03:00 provisional', 'one minute lies beyond validThrough'],
    ['CAL-B', CAL_B, '2026-12-31T16:00+03:00', tenYearsOfMinutes, 'BEYOND_HORIZON', 'working around the clock for ten years takes forty'],
  ])('%s', (_name, calendar, from, minutes, expected, because) => {
    const [end, provisional] = expected.split(' ');
    const wanted = end?.startsWith('2') ? `${utc(end)}${provisional ? ' provisional' : ''}` : expected;
    expect([shown(addWorkingMinutes(calendar, instant(from), minutes)), because]).toEqual([wanted, because]);
  });

  test.each([
    ['2026-03-06T16:00+03:00', '2026-03-09T10:00+03:00', 120, 'an hour on Friday and one on Monday'],
    ['2026-03-09T09:00:30+03:00', '2026-03-09T09:02:29+03:00', 1, '119 seconds hold one whole minute'],
    ['2026-03-06T16:59:30+03:00', '2026-03-09T09:00:30+03:00', 1, 'two half minutes of different days are rounded together'],
    ['2026-03-07T00:00+03:00', '2026-03-08T12:00+03:00', 0, 'nobody works on the weekend'],
    ['2026-03-09T10:00+03:00', '2026-03-06T16:00+03:00', 0, 'the end is before the start'],
  ])('CAL-B from %s to %s: %i minutes, because %s', (from, to, expected) => {
    expect(workingMinutesBetween(CAL_B, instant(from), instant(to))).toBe(expected);
  });

  test.each([-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY])('%d minutes or days are a mistake of the caller', (count) => {
    expect(() => addWorkingMinutes(CAL_B, instant('2026-03-06T16:59Z'), count)).toThrow(RangeError);
    expect(() => addWorkingDays(CAL_B, instant('2026-03-06T16:59Z'), count)).toThrow(RangeError);
  });
});

describe('A-09, A-10, B-13 adding working days', () => {
  const friday = '2026-03-06T16:59+01:00';
  test.each<[string, number, Wait[], string, string]>([
    [friday, 30, [], '2026-04-20T22:00:00Z', 'Easter Monday is closed; the day ends at midnight, not at closing time'],
    ['2026-03-07T00:00+01:00', 30, [], '2026-04-20T22:00:00Z', 'Saturday is no working day, so day 1 is Monday as well'],
    ['2026-03-08T23:59:59+01:00', 30, [], '2026-04-20T22:00:00Z', 'so is Sunday'],
    ['2026-03-09T00:00+01:00', 30, [], '2026-04-21T22:00:00Z', 'Monday is day 0 and does not count'],
    ['2026-03-08T23:00:00Z', 30, [], '2026-04-21T22:00:00Z', 'the date is that of Paris, where Monday has begun'],
    ['2026-04-30T10:00+02:00', 30, [], '2026-06-17T22:00:00Z', 'four closed dates of May are skipped'],
    [friday, 5, [], '2026-03-13T23:00:00Z', 'a partial hold is kept for 5 working days'],
    [friday, 0, [], '2026-03-06T23:00:00Z', 'no day to wait: the day of admission still ends in full'],
    [friday, 30, [wait('2026-03-16T13:00+01:00', '2026-03-18T11:00+01:00')], '2026-04-21T22:00:00Z', 'only Tuesday was waited in whole'],
    [friday, 30, [wait('2026-03-16T09:00+01:00', '2026-03-16T18:00+01:00')], '2026-04-21T22:00:00Z', 'exactly the openings of Monday'],
    [friday, 30, [wait('2026-03-16T09:00:00.001+01:00', '2026-03-16T18:00+01:00')], '2026-04-20T22:00:00Z', 'one millisecond was ours'],
    [
      friday,
      30,
      [wait('2026-03-16T09:00+01:00', '2026-03-16T17:59:59.999+01:00')],
      '2026-04-20T22:00:00Z',
      'the last millisecond was ours',
    ],
    [
      friday,
      30,
      [wait('2026-03-16T12:30+01:00', '2026-03-16T20:00+01:00'), wait('2026-03-16T08:00+01:00', '2026-03-16T12:00+01:00')],
      '2026-04-21T22:00:00Z',
      'two waits leave out the lunch break only, in which nobody works',
    ],
    [
      friday,
      30,
      [wait('2026-03-16T08:00+01:00', '2026-03-16T10:00+01:00'), wait('2026-03-16T10:00+01:00', '2026-03-16T18:00+01:00')],
      '2026-04-21T22:00:00Z',
      'the second wait begins where the first ends',
    ],
    [
      friday,
      30,
      [wait('2026-03-16T08:00+01:00', '2026-03-17T20:00+01:00'), wait('2026-03-16T10:00+01:00', '2026-03-16T11:00+01:00')],
      '2026-04-22T22:00:00Z',
      'the second question was asked and answered while the first was open',
    ],
    [friday, 30, [wait('2026-03-14T00:00+01:00', '2026-03-15T23:59+01:00')], '2026-04-20T22:00:00Z', 'a weekend counts neither way'],
    [friday, 30, [wait('2026-03-06T17:00+01:00', '2026-03-09T00:00+01:00')], '2026-04-20T22:00:00Z', 'day 0 cannot be saved twice'],
    [
      friday,
      30,
      [wait('2026-03-18T11:00+01:00', '2026-03-16T13:00+01:00')],
      '2026-04-20T22:00:00Z',
      'a wait that ends before it begins is none',
    ],
    [friday, 30, [wait('2026-04-20T10:00+02:00', null)], '2026-04-20T22:00:00Z', 'the 30th day had begun before the question'],
  ])('CAL-A from %s, %i days', (admittedAt, days, waits, expected, because) => {
    expect([shown(addWorkingDays(CAL_A, instant(admittedAt), days, waits)), because]).toEqual([expected, because]);
  });

  test.each([
    [CAL_BH, '2026-04-17T10:00+03:00', 5, '2026-04-25T21:00:00Z', 'Monday is closed and Saturday is worked'],
    [CAL_B, '2026-12-30T10:00+03:00', 1, '2026-12-31T21:00:00Z', 'the end of the last valid day is not beyond it'],
    [CAL_B, '2026-12-30T10:00+03:00', 2, '2027-01-01T21:00:00Z provisional', 'no one has said yet whether New Year is worked'],
    [CAL_A, '2026-12-30T10:00+01:00', 2, '2027-01-04T23:00:00Z provisional', 'a listed date is closed even after validThrough'],
    [CAL_A, '2027-02-01T10:00+01:00', 0, '2027-02-01T23:00:00Z provisional', 'the day of admission itself lies beyond'],
    [CAL_B, '2026-03-06T10:00+03:00', 5_300, 'BEYOND_HORIZON', 'that takes more than twenty years'],
  ])('of another calendar %#', (calendar, admittedAt, days, expected, because) => {
    expect([shown(addWorkingDays(calendar, instant(admittedAt), days)), because]).toEqual([expected, because]);
  });

  test('a customer who is still silent leaves the deadline open, and an answer fixes it', () => {
    const asked = '2026-03-16T13:00+01:00';
    expect(addWorkingDays(CAL_A, instant(friday), 30, [wait(asked, null)])).toEqual({
      at: null,
      provisional: true,
      reason: 'STILL_WAITING',
    });
    expect(shown(addWorkingDays(CAL_A, instant(friday), 30, [wait(asked, '2026-03-18T11:00+01:00')]))).toBe('2026-04-21T22:00:00Z');
  });

  test.each([
    ['2026-03-09T22:59:59.999Z', 0, 'Monday has not ended'],
    ['2026-03-09T23:00:00Z', 1, 'Monday has ended'],
    ['2026-03-16T23:00:00Z', 6, 'Monday was waited in the afternoon only'],
    ['2026-03-17T23:00:00Z', 6, 'Tuesday was waited in whole'],
    ['2026-04-21T21:59:59.999Z', 29, 'one millisecond before the deadline'],
    ['2026-04-21T22:00:00Z', 30, 'at the deadline'],
    ['2026-03-01T00:00:00Z', 0, 'before the admission'],
  ])('at %s %i working days have been counted, because %s', (until, expected) => {
    const waits = [wait('2026-03-16T13:00+01:00', '2026-03-18T11:00+01:00')];
    expect(workingDaysCounted(CAL_A, instant(friday), instant(until), waits)).toBe(expected);
  });
});

describe('the end of a local day', () => {
  test('B-21 a week from delivery in CAL-B', () => {
    const finishedOn = localDate(CAL_B.zone, instant('2026-03-06T16:59+03:00'));
    expect(endOfDay(CAL_B.zone, finishedOn.add({ days: 7 })).toString()).toBe('2026-03-13T21:00:00Z');
  });

  test.each([
    ['Europe/Paris', '2026-02-28', '2026-02-28T23:00:00Z', 'winter time'],
    ['Europe/Paris', '2026-03-29', '2026-03-29T22:00:00Z', 'this day has 23 hours'],
    ['Europe/Paris', '2026-10-25', '2026-10-25T23:00:00Z', 'this day has 25 hours'],
    ['+03:00', '2026-01-31', '2026-01-31T21:00:00Z', 'an offset is ahead of UTC when it is positive'],
    ['America/Sao_Paulo', '2018-11-03', '2018-11-04T03:00:00Z', 'the next day begins at 01:00'],
    ['America/Sao_Paulo', '2018-02-17', '2018-02-18T03:00:00Z', 'the last hour of the day happens twice'],
    ['America/Toronto', '1919-03-30', '1919-03-31T04:30:00Z', 'the clock jumped from 23:30 to 00:30, where the next day began'],
    ['Africa/Cairo', '2026-04-23', '2026-04-23T22:00:00Z', 'the next day begins at 01:00'],
    ['America/Havana', '2026-10-31', '2026-11-01T04:00:00Z', 'midnight happens twice, and the first begins the day'],
    ['Pacific/Apia', '2011-12-29', '2011-12-30T10:00:00Z', 'the day after it was skipped by law'],
    ['Pacific/Apia', '2011-12-30', '2011-12-30T10:00:00Z', 'a day that never was ends where it would have begun'],
  ])('%s, %s ends at %s, because %s', (zone, date, expected) => {
    expect(endOfDay(zone, Temporal.PlainDate.from(date)).toString()).toBe(expected);
  });

  test('the local date is that of the zone alone', () => {
    const at = instant('2026-01-31T22:30:00Z');
    expect(['+03:00', 'Europe/Paris', 'America/New_York', 'Pacific/Kiritimati'].map((zone) => localDate(zone, at).toString())).toEqual([
      '2026-02-01',
      '2026-01-31',
      '2026-01-31',
      '2026-02-01',
    ]);
  });
});

describe('a calendar without an opening to find', () => {
  const neverOpen: WorkingCalendar = { ...CAL_B, windows: [] };
  const onlyExtraDays: WorkingCalendar = { ...CAL_BH, windows: [] };
  const at = instant('2026-04-20T10:00:00Z');

  test('it answers that no open day is left', () => {
    const none = { at: null, provisional: true, reason: 'NO_OPEN_DAY_LEFT' };
    expect(nextOpening(neverOpen, at)).toEqual(none);
    expect(addWorkingMinutes(neverOpen, at, 1)).toEqual(none);
    expect(addWorkingDays(neverOpen, at, 1)).toEqual(none);
    expect([isOpen(neverOpen, at), workingMillisecondsBetween(neverOpen, at, instant('9999-01-01T00:00Z'))]).toEqual([false, 0]);
  });

  test('extra days are used up first', () => {
    expect(shown(addWorkingMinutes(onlyExtraDays, at, 480))).toBe('2026-04-25T14:00:00Z');
    expect(shown(addWorkingMinutes(onlyExtraDays, at, 481))).toBe('NO_OPEN_DAY_LEFT');
    expect(shown(addWorkingDays(onlyExtraDays, at, 2))).toBe('NO_OPEN_DAY_LEFT');
  });

  test.each([-8.64e15, -7e13, 2.6e14, 8.64e15])('at the far instant %d it is closed and nothing opens', (ms) => {
    const far = Temporal.Instant.fromEpochMilliseconds(ms);
    expect([isOpen(CAL_A, far), shown(nextOpening(CAL_A, far)), shown(addWorkingDays(CAL_A, far, 1))]).toEqual([
      false,
      'BEYOND_HORIZON',
      'BEYOND_HORIZON',
    ]);
  });
});
