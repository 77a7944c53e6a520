import { minuteOfDay, type OpenWindow, WEEKDAYS } from './opening-hours.js';
import type { WorkingCalendar } from './working-calendar.js';

/** What is wrong and where: a JSON Pointer into the calendar, such as `/windows/0/from`. */
export interface CalendarFault {
  readonly path: string;
  readonly message: string;
}

/** A window with the place it was read from. */
interface PlacedWindow extends OpenWindow {
  readonly path: string;
}

/**
 * Every fault of a calendar whose JSON already has the right shape; none means that all calendar functions may be called with it.
 * Windows of one day may touch but not overlap. A calendar that ends at `24:00` is written so, never as `00:00`. Listed dates may lie after
 * `validThrough`: what is known early is used early.
 */
export function calendarFaults(calendar: WorkingCalendar): CalendarFault[] {
  return [
    ...(isZone(calendar.zone)
      ? []
      : [{ path: '/zone', message: `"${calendar.zone}" is neither an IANA time zone in its own spelling nor an offset such as +03:00` }]),
    ...weeklyFaults(calendar),
    ...listedDateFaults(calendar),
    ...dateFaults('/validThrough', calendar.validThrough),
  ];
}

function weeklyFaults({ windows, extraDays }: WorkingCalendar): CalendarFault[] {
  if (windows.length === 0 && extraDays.length === 0) return [{ path: '/windows', message: 'the calendar is never open' }];
  const placed = windows.map((window, index) => ({ ...window, path: `/windows/${index}` }));
  return [
    ...placed.flatMap(windowFaults),
    ...placed.flatMap(({ days, path }) => weekdayFaults(days, `${path}/days`)),
    ...WEEKDAYS.flatMap((weekday) =>
      overlapFaults(
        placed.filter(({ days }) => days.includes(weekday)),
        `on ${weekday}`,
      ),
    ),
  ];
}

function weekdayFaults(days: readonly string[], path: string): CalendarFault[] {
  if (days.length === 0) return [{ path, message: 'the window belongs to no day' }];
  const weekdays: readonly string[] = WEEKDAYS;
  return days.flatMap((day, index) => {
    if (!weekdays.includes(day)) return [{ path: `${path}/${index}`, message: `"${day}" is not one of ${WEEKDAYS.join(', ')}` }];
    return days.indexOf(day) < index ? [{ path: `${path}/${index}`, message: `${day} is listed twice` }] : [];
  });
}

function listedDateFaults({ closedDates, extraDays }: WorkingCalendar): CalendarFault[] {
  const closed = closedDates.flatMap((date, index) => [
    ...dateFaults(`/closedDates/${index}`, date),
    ...(closedDates.indexOf(date) < index ? [{ path: `/closedDates/${index}`, message: `${date} is listed twice` }] : []),
  ]);
  const extra = extraDays.flatMap(({ date, windows }, index) => {
    const path = `/extraDays/${index}`;
    const placed = windows.map((window, at) => ({ ...window, path: `${path}/windows/${at}` }));
    const listedBefore = extraDays.findIndex((day) => day.date === date) < index;
    return [
      ...dateFaults(`${path}/date`, date),
      ...(closedDates.includes(date) ? [{ path: `${path}/date`, message: `${date} is also listed as closed` }] : []),
      ...(listedBefore ? [{ path: `${path}/date`, message: `${date} is listed twice` }] : []),
      ...(placed.length === 0 ? [{ path: `${path}/windows`, message: `${date} has no window: a day without one is a closed date` }] : []),
      ...placed.flatMap(windowFaults),
      ...overlapFaults(placed, `on ${date}`),
    ];
  });
  return [...closed, ...extra];
}

function windowFaults({ from, to, path }: PlacedWindow): CalendarFault[] {
  const faults: CalendarFault[] = [];
  if (!isClock(from)) faults.push({ path: `${path}/from`, message: `"${from}" is not a time from 00:00 to 23:59` });
  if (!isClock(to) && to !== '24:00') faults.push({ path: `${path}/to`, message: `"${to}" is not a time from 00:00 to 24:00` });
  if (faults.length === 0 && from >= to) faults.push({ path, message: `the window must end after it begins, not from ${from} to ${to}` });
  return faults;
}

/** Names each window that begins before an earlier-beginning one of its day has ended; windows that are wrong by themselves are left out. */
function overlapFaults(windows: readonly PlacedWindow[], day: string): CalendarFault[] {
  const inOrder = windows
    .filter((window) => windowFaults(window).length === 0)
    .sort((one, other) => minuteOfDay(one.from) - minuteOfDay(other.from));
  const faults: CalendarFault[] = [];
  let latest: PlacedWindow | undefined;
  for (const window of inOrder) {
    if (latest && window.from < latest.to) faults.push({ path: window.path, message: `overlaps ${latest.path} ${day}` });
    if (!latest || window.to > latest.to) latest = window;
  }
  return faults;
}

function dateFaults(path: string, date: string): CalendarFault[] {
  return isDate(date) ? [] : [{ path, message: `"${date}" is not a date such as 2026-12-31` }];
}

function isClock(text: string): boolean {
  return /^([01]\d|2[0-3]):[0-5]\d$/.test(text);
}

function isDate(text: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return false;
  try {
    Temporal.PlainDate.from(text);
    return true;
  } catch {
    return false;
  }
}

/** One spelling only: Temporal would also read "+0300", "europe/paris" and the zone inside a whole date-time. */
function isZone(text: string): boolean {
  try {
    return Temporal.Instant.fromEpochMilliseconds(0).toZonedDateTimeISO(text).timeZoneId === text;
  } catch {
    return false;
  }
}
