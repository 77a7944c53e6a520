import type { SupportPolicyDocument } from './support-policy.js';
import type { TicketState } from './ticket.js';
import { type Clock, clocksOf } from './ticket-clock.js';
import { localDate, type Wait, workingDaysCounted } from './working-calendar.js';

/**
 * What a day is to a count of working days. ADMISSION: day 0, which never counts. COUNTED: it counted, or will. WAITED: a working day wholly spent waiting for
 * the customer. STOOD_STILL: one wholly between a delivery and its rejection, or a refusal and its appeal. CLOSED_DATE: listed as closed. NO_HOURS: no day of the week
 * to work on. UNDER_WAY: neither ended nor known to count, as the customer may still be silent.
 */
export type DayKind = 'ADMISSION' | 'COUNTED' | 'WAITED' | 'STOOD_STILL' | 'CLOSED_DATE' | 'NO_HOURS' | 'UNDER_WAY';

/** Days in a row that are the same to a count. */
export interface DaySpan {
  readonly kind: DayKind;
  readonly first: Temporal.PlainDate;
  /** Included. */
  readonly last: Temporal.PlainDate;
  /** How many days of the count have ended with the last one. */
  readonly countedDays: number;
  /** What the customer was asked, where the days were spent waiting; else null. */
  readonly question: string | null;
  /** Whether the calendar's closed dates are not known for the last one. */
  readonly provisional: boolean;
}

/** A clock with the days that it is made of. */
export interface ClockDays {
  readonly clock: Clock;
  /** Empty for what is not counted in working days, and where the count has not begun. */
  readonly days: readonly DaySpan[];
}

/** More than that nobody reads: what comes after is left out. */
const MOST_DAYS = 400;

/**
 * B-13: the clocks of a ticket at an instant, each with what every day from its start to its due instant is to it: the very count of `clocksOf`, told
 * day by day. A count that stands still is told up to `at`. Throws as `clocksOf` does.
 */
export function clockDays(ticket: TicketState, policy: SupportPolicyDocument, at: Temporal.Instant): ClockDays[] {
  return clocksOf(ticket, policy, at).map((clock) => ({ clock, days: daysOf(clock, ticket, policy, at) }));
}

function daysOf(clock: Clock, ticket: TicketState, policy: SupportPolicyDocument, at: Temporal.Instant): DaySpan[] {
  const { startedAt, countedDays } = clock;
  if (startedAt === null || countedDays === null || isWithoutWorkingDays(clock, policy)) return [];
  const { zone } = policy.calendar;
  const isCorrection = clock.kind === 'CORRECTION';
  const until = clock.dueAt ?? at;
  // The due instant is the first of the day after the last one.
  const last = localDate(zone, until.subtract({ milliseconds: 1 }));
  const spans: DaySpan[] = [];
  let counted = 0;
  const push = (date: Temporal.PlainDate, kind: DayKind, question: string | null) => {
    const provisional = Temporal.PlainDate.compare(date, policy.calendar.validThrough) > 0;
    const before = spans.at(-1);
    const isSame = before?.kind === kind && before.question === question && before.provisional === provisional;
    if (isSame) spans.pop();
    spans.push({ kind, first: isSame ? before.first : date, last: date, countedDays: counted, question, provisional });
  };
  const waits = isCorrection ? ticket.waits : [];
  const stops = isCorrection ? ticket.remedy.standstills : [];
  const first = localDate(zone, startedAt);
  push(first, 'ADMISSION', null);
  for (let date = first.add({ days: 1 }), told = 0; Temporal.PlainDate.compare(date, last) <= 0 && told < MOST_DAYS; told += 1) {
    const end = date.add({ days: 1 }).toZonedDateTime(zone).toInstant();
    const start = date.toZonedDateTime(zone).toInstant();
    const isNext = (among: readonly Wait[]) =>
      workingDaysCounted(policy.calendar, startedAt, end, among) > workingDaysCounted(policy.calendar, startedAt, start, among);
    // Whether the day of an unanswered delivery counts, its rejection tells.
    if (stops.some(({ from, to }) => to === null && isBefore(from, end))) {
      push(date, 'STOOD_STILL', null);
    } else if (isNext([...waits, ...stops])) {
      counted += 1;
      push(date, 'COUNTED', null);
    } else if (isNext(waits)) {
      push(date, 'STOOD_STILL', null);
    } else if (isNext([])) {
      const wait = waits.findLast((each) => isBefore(each.from, end) && (each.to === null || isBefore(start, each.to)));
      push(date, wait === undefined || wait.to !== null ? 'WAITED' : isBefore(at, end) ? 'UNDER_WAY' : 'WAITED', wait?.question ?? null);
    } else {
      push(date, policy.calendar.closedDates.includes(date.toString()) ? 'CLOSED_DATE' : 'NO_HOURS', null);
    }
    date = date.add({ days: 1 });
  }
  return spans;
}

/** The time for checking is that of the warranty, in calendar days, where there is no remedy. */
const isWithoutWorkingDays = ({ kind }: Clock, { remedy }: SupportPolicyDocument): boolean => kind === 'VERIFICATION' && remedy === null;

const isBefore = (one: Temporal.Instant, other: Temporal.Instant): boolean => Temporal.Instant.compare(one, other) < 0;
