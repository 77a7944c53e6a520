import { describe, expect, test } from '@jest/globals';
import { calendarFaults } from '../../src/policy/calendar-faults.js';
import type { WorkingCalendar } from '../../src/policy/working-calendar.js';
import { CAL_A, CAL_B, CAL_BH } from './fixture-calendars.js';

const OFFICE = { from: '09:00', to: '17:00' };

/** CAL_B with one weekly window only, on Monday. */
const onMonday = (...windows: { from: string; to: string }[]): Partial<WorkingCalendar> => ({
  windows: windows.map((window) => ({ days: ['MON'], ...window })),
});

describe('a calendar without a fault', () => {
  test.each<[string, WorkingCalendar]>([
    ['CAL-A', CAL_A],
    ['CAL-B', CAL_B],
    ['CAL-BH', CAL_BH],
    ['around the clock', { ...CAL_B, ...onMonday({ from: '00:00', to: '24:00' }) }],
    ['windows that touch', { ...CAL_B, ...onMonday({ from: '12:00', to: '17:00' }, { from: '09:00', to: '12:00' }) }],
    ['extra days only', { ...CAL_BH, windows: [] }],
    ['an older name of a zone', { ...CAL_B, zone: 'Asia/Calcutta' }],
    ['a closed date after validThrough', { ...CAL_B, closedDates: ['2027-01-01'] }],
  ])('%s', (_name, calendar) => {
    expect(calendarFaults(calendar)).toEqual([]);
  });
});

describe('the place of each fault', () => {
  test.each<[Partial<WorkingCalendar>, string[], string]>([
    [{ zone: 'Mars/Olympus' }, ['/zone'], 'no such zone'],
    [{ zone: 'UTC+3' }, ['/zone'], 'libraries disagree on its sign'],
    [{ zone: '+0300' }, ['/zone'], 'an offset has one spelling'],
    [{ zone: 'europe/paris' }, ['/zone'], 'a name has one spelling'],
    [{ zone: '2026-01-01T00:00+01:00[Europe/Paris]' }, ['/zone'], 'this is a date-time, not a zone'],
    [{ zone: '' }, ['/zone'], 'nothing is no zone'],
    [{ windows: [] }, ['/windows'], 'it is never open'],
    [onMonday({ from: '17:00', to: '09:00' }), ['/windows/0'], 'it ends before it begins'],
    [onMonday({ from: '09:00', to: '09:00' }), ['/windows/0'], 'it is empty'],
    [onMonday({ from: '09:00', to: '00:00' }), ['/windows/0'], 'midnight as an end is written 24:00'],
    [onMonday({ from: '24:00', to: '24:00' }), ['/windows/0/from'], 'nothing begins at 24:00'],
    [onMonday({ from: '9:00', to: '17:60' }), ['/windows/0/from', '/windows/0/to'], 'both readings are malformed'],
    [onMonday({ from: '09:00', to: '25:00' }), ['/windows/0/to'], 'there is no hour 25'],
    [
      onMonday({ from: '09:00', to: '99:00' }, { from: '10:00', to: '11:00' }),
      ['/windows/0/to'],
      'where a malformed window ends is unknown',
    ],
    [onMonday({ from: '11:59', to: '17:00' }, { from: '09:00', to: '12:00' }), ['/windows/0'], 'the one that begins later overlaps'],
    [onMonday(OFFICE, OFFICE), ['/windows/1'], 'the same window twice'],
    [
      onMonday(OFFICE, { from: '10:00', to: '11:00' }, { from: '12:00', to: '13:00' }),
      ['/windows/1', '/windows/2'],
      'the first is still open when the third begins',
    ],
    [{ windows: [{ days: [], ...OFFICE }] }, ['/windows/0/days'], 'it belongs to no day'],
    [{ windows: [{ days: ['MON', 'MON'], ...OFFICE }] }, ['/windows/0/days/1'], 'Monday twice'],
    [JSON.parse('{"windows":[{"days":["Mo"],"from":"09:00","to":"17:00"}]}'), ['/windows/0/days/0'], 'a weekday has three capitals'],
    [
      {
        windows: [
          { days: ['MON', 'TUE'], ...OFFICE },
          { days: ['TUE'], from: '16:00', to: '18:00' },
        ],
      },
      ['/windows/1'],
      'they meet on Tuesday only',
    ],
    [{ closedDates: ['2026-02-29'] }, ['/closedDates/0'], '2026 is no leap year'],
    [
      { closedDates: ['2026-01-01', '20260102', '2026-01-01'] },
      ['/closedDates/1', '/closedDates/2'],
      'one is malformed, one is a repetition',
    ],
    [{ closedDates: ['2026-04-25'], extraDays: CAL_BH.extraDays }, ['/extraDays/0/date'], 'closed and worked at once'],
    [{ extraDays: [...CAL_BH.extraDays, ...CAL_BH.extraDays] }, ['/extraDays/1/date'], 'the same day twice'],
    [{ extraDays: [{ date: '2026-04-31', windows: [OFFICE] }] }, ['/extraDays/0/date'], 'April has 30 days'],
    [{ extraDays: [{ date: '2026-04-25', windows: [] }] }, ['/extraDays/0/windows'], 'a day without a window is a closed one'],
    [
      { extraDays: [{ date: '2026-04-25', windows: [OFFICE, { from: '08:00', to: '09:01' }, { from: 'x', to: '24:00' }] }] },
      ['/extraDays/0/windows/2/from', '/extraDays/0/windows/0'],
      'an extra day is read as strictly as a week',
    ],
    [{ validThrough: '2026-12' }, ['/validThrough'], 'a month is no date'],
    [{ validThrough: '2026-12-31T00:00' }, ['/validThrough'], 'a date-time is no date'],
    [{ zone: 'Nowhere', validThrough: '', closedDates: ['x'] }, ['/zone', '/closedDates/0', '/validThrough'], 'every fault is listed'],
  ])('%j: %j, because %s', (change, paths) => {
    const faults = calendarFaults({ ...CAL_B, ...change });
    expect(faults.map((fault) => fault.path)).toEqual(paths);
    expect(faults.filter((fault) => fault.message.length < 10)).toEqual([]);
  });

  test('the message of an overlap names the other window and the day', () => {
    const [fault] = calendarFaults({ ...CAL_B, ...onMonday(OFFICE, { from: '16:00', to: '18:00' }) });
    expect(fault).toEqual({ path: '/windows/1', message: 'overlaps /windows/0 on MON' });
  });
});
