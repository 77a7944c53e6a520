import type { Weekday } from '../../src/policy/opening-hours.js';
import type { WorkingCalendar } from '../../src/policy/working-calendar.js';

const MONDAY_TO_FRIDAY: readonly Weekday[] = ['MON', 'TUE', 'WED', 'THU', 'FRI'];

/** An office in Paris with a lunch break. A fixture, not a fact about a vendor. */
export const CAL_A: WorkingCalendar = {
  zone: 'Europe/Paris',
  windows: [
    { days: MONDAY_TO_FRIDAY, from: '09:00', to: '12:00' },
    { days: MONDAY_TO_FRIDAY, from: '13:00', to: '18:00' },
  ],
  closedDates: [
    '2025-11-11',
    '2025-12-25',
    '2026-01-01',
    '2026-04-06',
    '2026-05-01',
    '2026-05-08',
    '2026-05-14',
    '2026-05-25',
    '2026-07-14',
    '2026-08-15',
    '2026-11-01',
    '2026-11-11',
    '2026-12-25',
    '2027-01-01',
  ],
  extraDays: [],
  validThrough: '2026-12-31',
};

/** An office at a fixed offset that never closes for a holiday. */
export const CAL_B: WorkingCalendar = {
  zone: '+03:00',
  windows: [{ days: MONDAY_TO_FRIDAY, from: '09:00', to: '17:00' }],
  closedDates: [],
  extraDays: [],
  validThrough: '2026-12-31',
};

/** The office of CAL_B with holidays, one of which is worked on a Saturday instead. */
export const CAL_BH: WorkingCalendar = {
  ...CAL_B,
  closedDates: ['2026-01-01', '2026-01-02', '2026-01-07', '2026-05-01', '2026-04-20'],
  extraDays: [{ date: '2026-04-25', windows: [{ from: '09:00', to: '17:00' }] }],
};
