import { type OpeningHours, type OpenSpan, workingDaysFrom } from './opening-hours.js';

/** Opening hours that somebody has vouched for up to a date: holidays of later years are not known yet. */
export interface WorkingCalendar extends OpeningHours {
  /** The last date, included, for which the listed dates are complete. */
  readonly validThrough: string;
}

/** A span in which the ticket waits for the customer; the end does not count, and is null while the customer is still silent. */
export interface Wait {
  readonly from: Temporal.Instant;
  readonly to: Temporal.Instant | null;
}

/**
 * Why there is no such instant: the calendar has no weekly windows and no extra day is left, the search would leave its horizon of twenty years,
 * or the count stands still until the customer answers.
 */
export type UnreachedReason = 'NO_OPEN_DAY_LEFT' | 'BEYOND_HORIZON' | 'STILL_WAITING';

/** An instant found in a calendar; `provisional` when it rests on a date after `validThrough`, and a newer calendar may still move it. */
export type CalendarResult =
  | { readonly at: Temporal.Instant; readonly provisional: boolean }
  | { readonly at: null; readonly provisional: true; readonly reason: UnreachedReason };

const MS_PER_MINUTE = 60_000;

/** The calendar date of an instant in a zone. Throws a RangeError on an unknown zone. */
export function localDate(zone: string, at: Temporal.Instant): Temporal.PlainDate {
  return at.toZonedDateTimeISO(zone).toPlainDate();
}

/**
 * B-21: the first instant of the day after `date`, whatever the clock shows then: the exclusive end of the day. Throws a RangeError on an unknown
 * zone, and where Temporal's own range ends (year 275760).
 */
export function endOfDay(zone: string, date: Temporal.PlainDate): Temporal.Instant {
  return date.add({ days: 1 }).toZonedDateTime(zone).toInstant();
}

/** A-08, B-20: whether the office is open at this instant. The opening instant is open, the closing instant closed. */
export function isOpen(calendar: WorkingCalendar, at: Temporal.Instant): boolean {
  const next = openOrNext(calendar, at);
  return next !== null && next.span.startMs <= at.epochMilliseconds;
}

/** the earliest open instant that is not before `at`: `at` itself when open. */
export function nextOpening(calendar: WorkingCalendar, at: Temporal.Instant): CalendarResult {
  const next = openOrNext(calendar, at);
  if (next === null) return unreached(reasonOf(calendar));
  const opensAt = next.span.startMs <= at.epochMilliseconds ? at : Temporal.Instant.fromEpochMilliseconds(next.span.startMs);
  return reached(calendar, next.date, opensAt);
}

/**
 * A-08, B-20: the earliest instant, not before `from`, by which `minutes` of working time have passed since `from`. The last minute of a day
 * therefore ends at closing time (Friday 16:59 + 1 = Friday 17:00, not Monday 09:00), and 0 minutes end at `from`, open or closed.
 * `from` is read to the millisecond, finer digits are dropped. Throws a RangeError when `minutes` is not a whole number from 0 on.
 */
export function addWorkingMinutes(calendar: WorkingCalendar, from: Temporal.Instant, minutes: number): CalendarResult {
  requireCount('minutes', minutes);
  const firstDate = localDate(calendar.zone, from);
  if (minutes === 0) return reached(calendar, firstDate, from);
  let leftMs = minutes * MS_PER_MINUTE;
  for (const { date, spans } of workingDaysFrom(calendar, firstDate)) {
    for (const { startMs, endMs } of spans) {
      const workedFromMs = Math.max(startMs, from.epochMilliseconds);
      if (workedFromMs >= endMs) continue;
      if (leftMs <= endMs - workedFromMs) return reached(calendar, date, Temporal.Instant.fromEpochMilliseconds(workedFromMs + leftMs));
      leftMs -= endMs - workedFromMs;
    }
  }
  return unreached(reasonOf(calendar));
}

/**
 * B-20: working time in `[from, to)`, in milliseconds: exact, both instants read to the millisecond. 0 when `to` is not after `from`.
 * Time later than the horizon of twenty years after `from` is not counted.
 */
export function workingMillisecondsBetween(calendar: WorkingCalendar, from: Temporal.Instant, to: Temporal.Instant): number {
  let workedMs = 0;
  for (const { spans } of workingDaysFrom(calendar, localDate(calendar.zone, from))) {
    for (const { startMs, endMs } of spans) {
      if (startMs >= to.epochMilliseconds) return workedMs;
      workedMs += Math.max(0, Math.min(endMs, to.epochMilliseconds) - Math.max(startMs, from.epochMilliseconds));
    }
  }
  return workedMs;
}

/** B-20: as `workingMillisecondsBetween`, in whole minutes rounded down once over the whole span: a minute counts when it has been worked in full. */
export function workingMinutesBetween(calendar: WorkingCalendar, from: Temporal.Instant, to: Temporal.Instant): number {
  return Math.floor(workingMillisecondsBetween(calendar, from, to) / MS_PER_MINUTE);
}

/**
 * B-13: the end of the `days`-th working day after the local date of admission, which is day 0 and never counts; 0 days end
 * with day 0. By the rule WHOLE_DAYS a working day is left out iff the ticket waited during all of its openings, in one wait or in several.
 * A wait without an end stands for every day from its start on: the answer is then STILL_WAITING, unless the days were full before; to learn what
 * an answer at some instant would give, end the wait there. Throws a RangeError when `days` is not a whole number from 0 on.
 */
export function addWorkingDays(
  calendar: WorkingCalendar,
  admittedAt: Temporal.Instant,
  days: number,
  waits: readonly Wait[] = [],
): CalendarResult {
  requireCount('days', days);
  const dayZero = localDate(calendar.zone, admittedAt);
  if (days === 0) return reached(calendar, dayZero, endOfDay(calendar.zone, dayZero));
  let counted = 0;
  for (const date of countedDates(calendar, dayZero, waits)) {
    counted++;
    if (counted === days) return reached(calendar, date, endOfDay(calendar.zone, date));
  }
  return unreached(waits.some((wait) => wait.to === null) ? 'STILL_WAITING' : reasonOf(calendar));
}

/**
 * how many working days of the same count have ended by `until`, so that it is `days` at the deadline and `days - 1` a millisecond
 * earlier. Days later than the horizon of twenty years after admission are not counted.
 */
export function workingDaysCounted(
  calendar: WorkingCalendar,
  admittedAt: Temporal.Instant,
  until: Temporal.Instant,
  waits: readonly Wait[] = [],
): number {
  let counted = 0;
  for (const date of countedDates(calendar, localDate(calendar.zone, admittedAt), waits)) {
    if (Temporal.Instant.compare(endOfDay(calendar.zone, date), until) > 0) break;
    counted++;
  }
  return counted;
}

/** The working days after `dayZero` that count; it ends where a wait without an end begins, for no later day can count. */
function* countedDates(calendar: WorkingCalendar, dayZero: Temporal.PlainDate, waits: readonly Wait[]): Generator<Temporal.PlainDate> {
  const waited = withoutOverlaps(waits);
  const silentFromMs = waited.find((wait) => wait.endMs === Number.POSITIVE_INFINITY)?.startMs ?? Number.POSITIVE_INFINITY;
  for (const { date, spans } of workingDaysFrom(calendar, dayZero)) {
    if (date.equals(dayZero)) continue;
    if (spans.every((span) => span.startMs >= silentFromMs)) return;
    const waitedAllDay = spans.every((span) => waited.some((wait) => wait.startMs <= span.startMs && span.endMs <= wait.endMs));
    if (!waitedAllDay) yield date;
  }
}

/** Waits that overlap or touch become one, so that an opening covered by two of them together is seen as covered. */
function withoutOverlaps(waits: readonly Wait[]): OpenSpan[] {
  const inOrder = waits
    .map(({ from, to }) => ({ startMs: from.epochMilliseconds, endMs: to?.epochMilliseconds ?? Number.POSITIVE_INFINITY }))
    .sort((one, other) => one.startMs - other.startMs);
  const merged: OpenSpan[] = [];
  for (const wait of inOrder) {
    const last = merged.at(-1);
    if (last && wait.startMs <= last.endMs) merged[merged.length - 1] = { ...last, endMs: Math.max(last.endMs, wait.endMs) };
    else merged.push(wait);
  }
  return merged;
}

/** The opening that `at` falls in, or else the next one. Where midnight is shown twice, that may be an opening of the following date. */
function openOrNext(calendar: WorkingCalendar, at: Temporal.Instant): { date: Temporal.PlainDate; span: OpenSpan } | null {
  for (const { date, spans } of workingDaysFrom(calendar, localDate(calendar.zone, at))) {
    const span = spans.find(({ endMs }) => at.epochMilliseconds < endMs);
    if (span) return { date, span };
  }
  return null;
}

function reached(calendar: WorkingCalendar, restsOn: Temporal.PlainDate, at: Temporal.Instant): CalendarResult {
  return { at, provisional: Temporal.PlainDate.compare(restsOn, calendar.validThrough) > 0 };
}

function unreached(reason: UnreachedReason): CalendarResult {
  return { at: null, provisional: true, reason };
}

function reasonOf(calendar: WorkingCalendar): UnreachedReason {
  return calendar.windows.length === 0 ? 'NO_OPEN_DAY_LEFT' : 'BEYOND_HORIZON';
}

function requireCount(name: string, count: number): void {
  if (!Number.isInteger(count) || count < 0) throw new RangeError(`${name} must be a whole number from 0 on, not ${count}`);
}
