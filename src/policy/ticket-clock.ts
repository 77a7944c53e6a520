import type { SupportPolicyDocument } from './support-policy.js';
import { isInWork, OPEN_STATES, type TicketState } from './ticket.js';
import {
  addWorkingDays,
  addWorkingMinutes,
  type CalendarResult,
  endOfDay,
  localDate,
  type Wait,
  workingDaysCounted,
} from './working-calendar.js';

export const CLOCK_KINDS = [
  'FIRST_RESPONSE',
  'COMPLETENESS',
  'CORRECTION',
  'VERIFICATION',
  'REFUND_OFFER',
  'HOLD',
  'CONSENT',
  'WARRANTY',
] as const;
export type ClockKind = (typeof CLOCK_KINDS)[number];

/** MET: what was due was done in time. MISSED: the due instant passed first. STOPPED: ended otherwise. PAUSED: the count stands still. */
export const CLOCK_STATES = ['RUNNING', 'PAUSED', 'MET', 'MISSED', 'STOPPED'] as const;
export type ClockState = (typeof CLOCK_STATES)[number];

/** One deadline of a ticket, as it stands at an instant. */
export interface Clock {
  readonly kind: ClockKind;
  /** Null while the count has not begun. */
  readonly startedAt: Temporal.Instant | null;
  /** The first instant that is too late; null while the count stands still, where nothing is due, and where the calendar has no such day. */
  readonly dueAt: Temporal.Instant | null;
  readonly state: ClockState;
  /** Whether `dueAt` rests on days for which the calendar's holidays are not known, or cannot be told, or it is not decided whether anything is owed. */
  readonly provisional: boolean;
  /** Working days of the count that have ended; null for what is not counted in working days. */
  readonly countedDays: number | null;
  readonly rule: string;
}

/** What is due when; `provisional` as in `Clock`. */
export interface Due {
  readonly dueAt: Temporal.Instant | null;
  readonly provisional: boolean;
}

/**
 * B-12, B-13, B-21, B-22: the clocks that a ticket has, as they stand at `at`, counted afresh from its events by the pinned
 * policy's calendar; only those that the policy and the ticket's course call for. `at` is not before the ticket's last event: to look back, fold the
 * events up to then. A due instant that passed counts as missed whether or not it has been recorded. Throws on a zone that does not exist.
 */
export function clocksOf(ticket: TicketState, policy: SupportPolicyDocument, at: Temporal.Instant): Clock[] {
  return [
    firstResponseClock(ticket, policy, at),
    completenessClock(ticket, policy, at),
    correctionClock(ticket, policy, at),
    verificationClock(ticket, policy, at),
    refundOfferClock(ticket, policy, at),
    holdClock(ticket, policy, at),
    consentClock(ticket),
    warrantyClock(ticket, policy, at),
  ].filter((clock) => clock !== null);
}

/** The running clock that is due first, for the schedule of the sweep; null when nothing is going to be due. Clocks due at once: the first given. */
export function nextDue(clocks: readonly Clock[]): Clock | null {
  let next: Clock | null = null;
  for (const clock of clocks) {
    if (clock.state !== 'RUNNING' || clock.dueAt === null) continue;
    if (next?.dueAt === undefined || next.dueAt === null || isBefore(clock.dueAt, next.dueAt)) next = clock;
  }
  return next;
}

/** an answer by a person within the working minutes that the policy aims at. */
function firstResponseClock(ticket: TicketState, policy: SupportPolicyDocument, at: Temporal.Instant): Clock | null {
  const { targetWorkingMinutes } = policy.answering;
  if (targetWorkingMinutes === null || ticket.parentId !== null) return null;
  const startedAt = ticket.submittedAt;
  const due = dueOf(addWorkingMinutes(policy.calendar, startedAt, targetWorkingMinutes));
  const isOver = ticket.firstAnsweredAt === null && (ticket.work === 'MERGED' || ticket.work === 'WITHDRAWN');
  const state = isOver ? stateAt(due, ticket.workSince, null, 'STOPPED') : stateAt(due, at, ticket.firstAnsweredAt, 'RUNNING');
  return { kind: 'FIRST_RESPONSE', startedAt, ...due, state, countedDays: null, rule: 'A-08' };
}

/** how long an incomplete report can still be questioned with effect: MISSED means that it counts as complete. */
function completenessClock(ticket: TicketState, policy: SupportPolicyDocument, at: Temporal.Instant): Clock | null {
  const latest = ticket.received.at(-1);
  if (policy.remedy === null || latest === undefined || latest.complete || presumedBefore(ticket, policy)) return null;
  const due = dueOf(addWorkingDays(policy.calendar, latest.receivedAt, policy.remedy.completenessPresumedAfterWorkingDays));
  const isOver = !isUndecided(ticket);
  const state = isOver ? stateAt(due, ticket.workSince, latest.questionedAt, 'STOPPED') : stateAt(due, at, latest.questionedAt, 'RUNNING');
  const counted = workingDaysCounted(policy.calendar, latest.receivedAt, latest.questionedAt ?? at);
  return { kind: 'COMPLETENESS', startedAt: latest.receivedAt, ...due, state, countedDays: counted, rule: 'A-18' };
}

function isUndecided({ work }: TicketState): boolean {
  return OPEN_STATES.some((state) => state === work);
}

/** Whether something sent before the latest answer already made the report count as complete. */
function presumedBefore(ticket: TicketState, policy: SupportPolicyDocument): boolean {
  const latest = ticket.received.at(-1);
  const admitted = admittedAt(ticket, policy);
  return admitted !== null && latest !== undefined && isBefore(admitted, latest.receivedAt);
}

/**
 * when the report was complete, or counts as complete because nobody questioned it within the working days that the policy allows: with the
 * sending that completed it, or that was not questioned in time. Null while a question asked in time is unanswered. A report not questioned so far
 * counts as complete until it is. Without a remedy in the policy, the submission counts.
 */
export function admittedAt(ticket: TicketState, policy: SupportPolicyDocument): Temporal.Instant | null {
  if (policy.remedy === null) return ticket.submittedAt;
  for (const { receivedAt, complete, questionedAt } of ticket.received) {
    if (complete || questionedAt === null) return receivedAt;
    const { at: presumedAt } = addWorkingDays(policy.calendar, receivedAt, policy.remedy.completenessPresumedAfterWorkingDays);
    if (presumedAt !== null && !isBefore(questionedAt, presumedAt)) return receivedAt;
  }
  return null;
}

/**
 * the promise to correct. Working days are left out of which all openings were spent waiting for an answer, or between a delivery and its
 * rejection, or a refusal and its appeal; every other one counts. It is provisional while a missing fact leaves open whether a correction is owed.
 */
export function correctionClock(ticket: TicketState, policy: SupportPolicyDocument, at: Temporal.Instant): Clock | null {
  const { remedy, finishedAt, workSince } = ticket;
  if (policy.remedy === null || remedy.state === 'NONE') return null;
  const startedAt = admittedAt(ticket, policy);
  const kind = { kind: 'CORRECTION', rule: 'A-09' } as const;
  const isOver = remedy.state === 'STOPPED';
  if (startedAt === null) {
    return { ...kind, startedAt, dueAt: null, provisional: true, countedDays: 0, state: isOver ? 'STOPPED' : 'PAUSED' };
  }
  const until = remedy.missedAt ?? (isOver ? workSince : remedy.metAt !== null || remedy.state === 'DELIVERED' ? (finishedAt ?? at) : at);
  const { due, countedDays } = countCorrection(ticket, policy, startedAt, policy.remedy.workingDays, until);
  const base = { ...kind, startedAt, countedDays };
  const isProvisional = due.provisional || remedy.state === 'UNDECIDED';
  if (remedy.state === 'DELIVERED') return { ...base, dueAt: null, provisional: true, state: 'PAUSED' };
  const isCounting = remedy.state === 'RUNNING' || remedy.state === 'UNDECIDED';
  if (isCounting && due.dueAt === null && ticket.waits.some(isOpen)) return { ...base, ...due, state: 'PAUSED' };
  const state = remedy.missedAt ? 'MISSED' : isOver ? 'STOPPED' : remedy.state === 'MET' ? 'MET' : stateAt(due, at, null, 'RUNNING');
  return { ...base, dueAt: due.dueAt, provisional: isProvisional, state };
}

interface CorrectionCount {
  readonly due: Due;
  readonly countedDays: number;
}

/** a standstill is to the count what a wait is: it takes the days of which it took all the openings, and no other. */
function countCorrection(
  { remedy, waits }: TicketState,
  { calendar }: SupportPolicyDocument,
  startedAt: Temporal.Instant,
  days: number,
  until: Temporal.Instant,
): CorrectionCount {
  const leftOut = [...waits, ...remedy.standstills.filter(({ to }) => to !== null)];
  const due = dueOf(addWorkingDays(calendar, startedAt, days, leftOut));
  return { due, countedDays: Math.min(days, workingDaysCounted(calendar, startedAt, until, leftOut)) };
}

/**
 * the window in which delivered work can be rejected: the working days of the remedy; where there is none, the warranty on it; where there is
 * neither, it ends with the delivery.
 */
export function verificationEnd(ticket: TicketState, policy: SupportPolicyDocument): Due {
  const { finishedAt } = ticket;
  if (finishedAt === null) return { dueAt: null, provisional: false };
  if (policy.remedy !== null) return dueOf(addWorkingDays(policy.calendar, finishedAt, policy.remedy.verificationWorkingDays));
  const warranty = warrantyEnd(ticket, policy);
  return warranty.dueAt === null ? { dueAt: finishedAt, provisional: false } : warranty;
}

function verificationClock(ticket: TicketState, policy: SupportPolicyDocument, at: Temporal.Instant): Clock | null {
  const { finishedAt, work, closedBy } = ticket;
  if (finishedAt === null || (work !== 'DELIVERED' && work !== 'CLOSED')) return null;
  const due = verificationEnd(ticket, policy);
  const until = work === 'CLOSED' ? ticket.workSince : at;
  const state =
    closedBy === 'SILENCE' || closedBy === 'ACCEPTANCE' ? 'MET' : work === 'CLOSED' ? 'STOPPED' : stateAt(due, at, null, 'RUNNING');
  const countedDays = policy.remedy === null ? null : workingDaysCounted(policy.calendar, finishedAt, until);
  return { kind: 'VERIFICATION', startedAt: finishedAt, ...due, state, countedDays, rule: 'A-11' };
}

/** how long the offer to pay back stays open. MET: it was answered. */
function refundOfferClock({ remedy }: TicketState, policy: SupportPolicyDocument, at: Temporal.Instant): Clock | null {
  if (remedy.refund === null || policy.remedy === null) return null;
  const { state, offer } = remedy.refund;
  const due = { dueAt: offer.closesAt, provisional: offer.provisional };
  const known = { OFFERED: null, ACCEPTED: 'MET', DECLINED: 'MET', LAPSED: 'MISSED' } as const;
  const countedDays = Math.min(workingDaysCounted(policy.calendar, offer.opensAt, at), policy.remedy.offerOpenWorkingDays);
  const base = { kind: 'REFUND_OFFER', startedAt: offer.opensAt, ...due, countedDays, rule: 'A-12' } as const;
  return { ...base, state: known[state] ?? stateAt(due, at, null, 'RUNNING') };
}

/** B-13: how long minutes that do not suffice yet are kept for the ticket; work that has begun keeps them to its end. */
function holdClock(ticket: TicketState, policy: SupportPolicyDocument, at: Temporal.Instant): Clock | null {
  const { hold } = ticket;
  const isCounted = hold.state === 'LAPSED' || (hold.state === 'PARTIAL' && !isInWork(ticket));
  if (policy.hold === null || hold.placedAt === null || !isCounted) return null;
  const due = dueOf(addWorkingDays(policy.calendar, hold.placedAt, policy.hold.ttlWorkingDays));
  const countedDays = Math.min(workingDaysCounted(policy.calendar, hold.placedAt, at), policy.hold.ttlWorkingDays);
  const state = hold.state === 'LAPSED' ? 'MISSED' : stateAt(due, at, null, 'RUNNING');
  return { kind: 'HOLD', startedAt: hold.placedAt, ...due, state, countedDays, rule: 'B-13' };
}

/** B-12: since when the work stands still for the customer's consent. The policy sets no end to it. */
function consentClock({ waits, work }: TicketState): Clock | null {
  const asked = waits.findLast(({ cause }) => cause === 'CONSENT');
  if (asked === undefined) return null;
  const state = work === 'AWAITING_CONSENT' ? 'RUNNING' : 'MET';
  return { kind: 'CONSENT', startedAt: asked.from, dueAt: null, state, provisional: false, countedDays: null, rule: 'B-12' };
}

/**
 * B-21, B-22: the end of the warranty on delivered work: that many calendar days after the day of the first delivery, whole; rework does not renew it,
 * but leaves at least the working days that the policy gives for checking. Null where no warranty was given.
 */
export function warrantyEnd({ warranty }: TicketState, policy: SupportPolicyDocument): Due {
  const { deliveredAt, parentEndsAt, reworkedAt } = warranty;
  if (policy.warranty === null || warranty.state === 'NONE' || deliveredAt === null) return { dueAt: null, provisional: false };
  const endsAt = parentEndsAt ?? endOfDay(policy.zone, localDate(policy.zone, deliveredAt).add({ days: policy.warranty.days }));
  if (reworkedAt === null) return { dueAt: endsAt, provisional: false };
  const check = dueOf(addWorkingDays(policy.calendar, reworkedAt, policy.warranty.minimumCheckWorkingDays));
  return check.dueAt !== null && isBefore(endsAt, check.dueAt) ? check : { dueAt: endsAt, provisional: false };
}

/** The warranty's end is nobody's fault: it is met, not missed. */
function warrantyClock(ticket: TicketState, policy: SupportPolicyDocument, at: Temporal.Instant): Clock | null {
  const due = warrantyEnd(ticket, policy);
  if (due.dueAt === null) return null;
  const state = isBefore(at, due.dueAt) ? 'RUNNING' : 'MET';
  return { kind: 'WARRANTY', startedAt: ticket.warranty.deliveredAt, ...due, state, countedDays: null, rule: 'B-21' };
}

/** MET when done before it was due, MISSED when it was due by `at`, else as `otherwise` says. */
function stateAt({ dueAt }: Due, at: Temporal.Instant, doneAt: Temporal.Instant | null, otherwise: ClockState): ClockState {
  if (doneAt !== null) return dueAt === null || isBefore(doneAt, dueAt) ? 'MET' : 'MISSED';
  return dueAt !== null && !isBefore(at, dueAt) ? 'MISSED' : otherwise;
}

function dueOf(result: CalendarResult): Due {
  return { dueAt: result.at, provisional: result.provisional };
}

function isOpen({ to }: Wait): boolean {
  return to === null;
}

function isBefore(one: Temporal.Instant, other: Temporal.Instant): boolean {
  return Temporal.Instant.compare(one, other) < 0;
}
