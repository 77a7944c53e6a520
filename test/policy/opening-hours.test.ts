import { describe, expect, test } from '@jest/globals';
import { type OpeningHours, WEEKDAYS, type Weekday, workingDaysFrom } from '../../src/policy/opening-hours.js';

/** The openings of one date, shown on the clock of their zone, or 'none'. */
function openingsOn(hours: OpeningHours, date: string): string {
  const wanted = Temporal.PlainDate.from(date);
  const [day] = workingDaysFrom(hours, wanted);
  if (!day?.date.equals(wanted)) return 'none';
  const clock = (ms: number) =>
    Temporal.Instant.fromEpochMilliseconds(ms)
      .toZonedDateTimeISO(hours.zone)
      .toString({ timeZoneName: 'never', smallestUnit: 'minute' })
      .replace(`${date}T`, '');
  return day.spans.map(({ startMs, endMs }) => `${clock(startMs)}/${clock(endMs)} ${(endMs - startMs) / 60_000} min`).join(', ');
}

function every(zone: string, days: readonly Weekday[], ...windows: (readonly [from: string, to: string])[]): OpeningHours {
  return { zone, windows: windows.map(([from, to]) => ({ days, from, to })), closedDates: [], extraDays: [] };
}

describe('openings where the clock jumps', () => {
  const PARIS = 'Europe/Paris';
  test.each<[string, string, [string, string], string, string]>([
    [PARIS, '2026-03-29', ['00:00', '24:00'], '00:00+01:00/2026-03-30T00:00+02:00 1380 min', 'this day has 23 hours'],
    [PARIS, '2026-10-25', ['00:00', '24:00'], '00:00+02:00/2026-10-26T00:00+01:00 1500 min', 'this day has 25 hours'],
    [PARIS, '2026-03-29', ['02:00', '03:00'], 'none', 'the hour is skipped'],
    [PARIS, '2026-03-29', ['02:15', '02:45'], 'none', 'the half hour lies in the skipped hour'],
    [PARIS, '2026-03-29', ['02:30', '04:00'], '03:00+02:00/04:00+02:00 60 min', 'nobody can come before the clock shows 03:00'],
    [PARIS, '2026-03-29', ['01:00', '02:30'], '01:00+01:00/03:00+02:00 60 min', 'the clock never shows 02:30: it closes at the jump'],
    [PARIS, '2026-10-25', ['02:00', '03:00'], '02:00+02:00/03:00+01:00 120 min', 'the hour happens twice and is worked twice'],
    [PARIS, '2026-10-25', ['01:00', '02:30'], '01:00+02:00/02:30+02:00 90 min', 'it closes when the clock first shows 02:30'],
    [PARIS, '2026-10-25', ['02:30', '04:00'], '02:30+02:00/04:00+01:00 150 min', 'it opens when the clock first shows 02:30'],
    ['Africa/Cairo', '2026-04-24', ['00:00', '08:00'], '01:00+03:00/08:00+03:00 420 min', 'the day begins at 01:00'],
    ['Australia/Lord_Howe', '2026-10-04', ['00:00', '24:00'], '00:00+10:30/2026-10-05T00:00+11:00 1410 min', 'this jump is half an hour'],
    ['Pacific/Apia', '2011-12-30', ['09:00', '17:00'], 'none', 'the day was skipped by law'],
  ])('%s %s %j: %s, because %s', (zone, date, window, expected) => {
    expect(openingsOn(every(zone, WEEKDAYS, window), date)).toBe(expected);
  });

  test('windows that touch share an edge on every day, also inside a jump', () => {
    const hours = every(PARIS, WEEKDAYS, ['02:30', '24:00'], ['00:00', '02:30']);
    for (const date of ['2026-03-28', '2026-03-29', '2026-10-25']) {
      const [day] = workingDaysFrom(hours, Temporal.PlainDate.from(date));
      expect(day?.spans).toHaveLength(2);
      expect(day?.spans[0]?.endMs).toBe(day?.spans[1]?.startMs);
    }
  });
});

describe('which windows a date has', () => {
  const hours: OpeningHours = {
    zone: '+03:00',
    windows: [
      { days: ['MON', 'WED'], from: '13:00', to: '17:00' },
      { days: ['MON'], from: '09:00', to: '12:00' },
    ],
    closedDates: ['2026-03-11'],
    extraDays: [
      { date: '2026-03-14', windows: [{ from: '10:00', to: '11:00' }] },
      { date: '2026-03-16', windows: [{ from: '20:00', to: '24:00' }] },
    ],
  };
  test.each([
    [
      '2026-03-09',
      '09:00+03:00/12:00+03:00 180 min, 13:00+03:00/17:00+03:00 240 min',
      'Monday has both windows, in the order of the clock',
    ],
    ['2026-03-10', 'none', 'no window names Tuesday'],
    ['2026-03-11', 'none', 'this Wednesday is closed'],
    ['2026-03-14', '10:00+03:00/11:00+03:00 60 min', 'this Saturday is worked'],
    ['2026-03-16', '20:00+03:00/2026-03-17T00:00+03:00 240 min', 'the windows of an extra day replace those of Monday'],
    ['2026-03-18', '13:00+03:00/17:00+03:00 240 min', 'the other Wednesdays are worked'],
  ])('%s: %s, because %s', (date, expected) => {
    expect(openingsOn(hours, date)).toBe(expected);
  });
});
