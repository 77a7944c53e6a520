/** The days of a week in the order of `Temporal.PlainDate.dayOfWeek`, which counts Monday as 1. */
export const WEEKDAYS = ['MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT', 'SUN'] as const;

export type Weekday = (typeof WEEKDAYS)[number];

/** Clock readings `HH:MM`; `to` does not count, and may be `24:00`. */
export interface OpenWindow {
  readonly from: string;
  readonly to: string;
}

/** When the office is open, as it is written in a support policy document. */
export interface OpeningHours {
  /** An IANA name or a fixed offset such as `+03:00`. */
  readonly zone: string;
  readonly windows: readonly (OpenWindow & { readonly days: readonly Weekday[] })[];
  /** ISO dates on which the weekly windows do not apply. */
  readonly closedDates: readonly string[];
  /** Dates whose own windows replace the weekly ones. */
  readonly extraDays: readonly { readonly date: string; readonly windows: readonly OpenWindow[] }[];
}

/** An uninterrupted opening: epoch milliseconds, the end does not count, never empty. */
export interface OpenSpan {
  readonly startMs: number;
  readonly endMs: number;
}

/** A date with at least one opening, its openings in order. */
export interface WorkingDay {
  readonly date: Temporal.PlainDate;
  readonly spans: readonly OpenSpan[];
}

/** How far a search looks ahead: twenty years, beyond any promise of support. It is what ends the search in a calendar that never opens. */
export const HORIZON_DAYS = 7_320;

const FIRST_DATE = Temporal.PlainDate.from('0000-01-01');
const LAST_DATE = Temporal.PlainDate.from('9999-12-31');

/**
 * The working days from `first` on, in order, among the next `HORIZON_DAYS` dates; none when `first` lies outside the years 0000 to 9999, which
 * are all that a calendar's dates of four digits can name. A closed date has no opening, an extra day has its own windows, every other date those
 * of its weekday.
 */
export function* workingDaysFrom(hours: OpeningHours, first: Temporal.PlainDate): Generator<WorkingDay> {
  if (Temporal.PlainDate.compare(first, FIRST_DATE) < 0 || Temporal.PlainDate.compare(first, LAST_DATE) > 0) return;
  const timetable = timetableOf(hours);
  const firstDay = FIRST_DATE.until(first).days;
  for (let day = firstDay; day < firstDay + HORIZON_DAYS; day++) {
    const workingDay = workingDayOn(hours.zone, timetable, day);
    if (workingDay) yield workingDay;
  }
}

/** `HH:MM` as minutes from midnight; `24:00` is 1440. The text must have been checked. */
export function minuteOfDay(clock: string): number {
  return Number(clock.slice(0, 2)) * 60 + Number(clock.slice(3, 5));
}

interface MinuteWindow {
  readonly fromMinute: number;
  readonly toMinute: number;
}

interface Timetable {
  readonly weekly: readonly (readonly MinuteWindow[])[];
  readonly dated: ReadonlyMap<string, readonly MinuteWindow[]>;
  /** Days already worked out, by days since FIRST_DATE, null when closed: the deadlines of a page of tickets cross the same weeks. */
  readonly days: Map<number, WorkingDay | null>;
}

/** Each calendar object is read once and its days worked out once: calendars are immutable, so this is a memo and nothing else. */
const timetables = new WeakMap<OpeningHours, Timetable>();

function timetableOf(hours: OpeningHours): Timetable {
  const known = timetables.get(hours);
  if (known) return known;
  const weekly = WEEKDAYS.map((weekday) => inOrder(hours.windows.filter((window) => window.days.includes(weekday))));
  const dated = new Map<string, readonly MinuteWindow[]>();
  for (const date of hours.closedDates) dated.set(date, []);
  for (const { date, windows } of hours.extraDays) dated.set(date, inOrder(windows));
  const timetable = { weekly, dated, days: new Map<number, WorkingDay | null>() };
  timetables.set(hours, timetable);
  return timetable;
}

function inOrder(windows: readonly OpenWindow[]): MinuteWindow[] {
  return windows
    .map(({ from, to }) => ({ fromMinute: minuteOfDay(from), toMinute: minuteOfDay(to) }))
    .sort((one, other) => one.fromMinute - other.fromMinute);
}

function workingDayOn(zone: string, { weekly, dated, days }: Timetable, day: number): WorkingDay | null {
  const known = days.get(day);
  if (known !== undefined) return known;
  const date = FIRST_DATE.add({ days: day });
  const windows = dated.get(date.toString()) ?? weekly[date.dayOfWeek - 1] ?? [];
  const spans = openSpansOn(zone, date, windows);
  const workingDay = spans.length > 0 ? { date, spans } : null;
  if (days.size >= HORIZON_DAYS) days.clear(); // A memo must not grow with the years that callers ask about.
  days.set(day, workingDay);
  return workingDay;
}

function openSpansOn(zone: string, date: Temporal.PlainDate, windows: readonly MinuteWindow[]): OpenSpan[] {
  return windows
    .map(({ fromMinute, toMinute }) => ({ startMs: firstShowing(zone, date, fromMinute), endMs: firstShowing(zone, date, toMinute) }))
    .filter(({ startMs, endMs }) => startMs < endMs);
}

/**
 * The first instant at which the zone's clock shows this time of this date, or a later one when that time is skipped. Read so, midnight is the
 * start of the day wherever the clock jumps, two windows that touch neither overlap nor part, and a window inside a skipped hour is empty.
 */
function firstShowing(zone: string, date: Temporal.PlainDate, minute: number): number {
  const wanted = date.toPlainDateTime().add({ minutes: minute });
  const shown = wanted.toZonedDateTime(zone);
  if (shown.toPlainDateTime().equals(wanted)) return shown.epochMilliseconds;
  const skip = wanted.toZonedDateTime(zone, { disambiguation: 'earlier' }).getTimeZoneTransition('next');
  return (skip ?? shown).epochMilliseconds;
}
