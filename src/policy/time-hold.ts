import type { Money } from './money.js';
import { type Reason, reason } from './reason.js';
import { usableLots, usableMinutes, walletFigures } from './time-figures.js';
import {
  goneMinutes,
  type HoldAllocation,
  heldMinutes,
  type JournalDraft,
  type JournalKind,
  type OpenHold,
  type TimeLedger,
  taskKey,
  type WorkReference,
} from './time-journal.js';
import { lotPhase, type TimeLot, valueOfMinutes } from './time-lot.js';
import {
  type HoldPosted,
  heldMoves,
  legsOf,
  type ProgramEntry,
  refusal,
  requireMinutes,
  spokenMinutes,
  type TimeEntry,
  type TimeOutcome,
  type TimePosted,
  type TimeRefused,
  transactionDraft,
  unheldMoves,
} from './time-posting.js';
import { addWorkingDays } from './working-calendar.js';

export interface HoldRequest {
  /** Chosen by the caller, never used before. */
  readonly holdId: string;
  readonly projectId: string;
  readonly work: WorkReference;
  /** The estimate, or what was agreed: whole, from 1. */
  readonly minutes: number;
}

/** B-12: what was paid back of one lot. */
export interface RefundedMinutes extends HoldAllocation {
  readonly value: Money;
}

export interface HoldRefundPosted extends TimePosted {
  readonly refunds: readonly RefundedMinutes[];
  /** Minutes without a price that returned to their lots. */
  readonly releasedMinutes: number;
}

/**
 * Takes minutes from lots in the order given, each whole before the next, until they suffice; fewer when the lots have no more. `minutesOf` says what a lot
 * has to give.
 */
export function allocate(lots: readonly TimeLot[], minutes: number, minutesOf: (lot: TimeLot) => number): HoldAllocation[] {
  let wanted = minutes;
  const allocations: HoldAllocation[] = [];
  for (const lot of lots) {
    const taken = Math.min(wanted, minutesOf(lot));
    if (taken <= 0) continue;
    allocations.push({ lotId: lot.id, minutes: taken });
    wanted -= taken;
  }
  return allocations;
}

/**
 * B-06, B-08, B-09, B-13, B-31: sets minutes aside for a task, from the usable lots of its project in burn order. Too few: where the policy allows partial
 * holds, what there is is held and the exact shortfall told; the hold may then lapse after `hold.ttlWorkingDays`. Refused when nothing is usable, when the
 * policy knows no partial holds, when the task is held or settled already, and when the id was used before. Throws a RangeError on minutes that are not
 * a whole number from 1 on.
 */
export function hold(ledger: TimeLedger, request: HoldRequest, entry: TimeEntry): TimeOutcome<HoldPosted> {
  requireMinutes('minutes', request.minutes, 1);
  const { holdId, work } = request;
  if (ledger.openHolds.has(holdId) || ledger.resolvedHolds.has(holdId)) {
    return refusal(entry, [{ code: 'HOLD_REPEATED', rule: 'B-09', message: 'This reservation was made before.', facts: { hold: holdId } }]);
  }
  const task = { ticket: work.ticketId, task: work.taskId };
  if ([...ledger.openHolds.values()].some((open) => taskKey(open.work) === taskKey(work))) {
    return refusal(entry, [
      { code: 'TASK_HELD', rule: 'B-08', message: 'The task has a reservation already; it can be extended.', facts: task },
    ]);
  }
  if (ledger.settledTasks.has(taskKey(work))) {
    return refusal(entry, [{ code: 'TASK_SETTLED', rule: 'B-08', message: 'The time of the task has been charged already.', facts: task }]);
  }
  return place(ledger, request, 0, entry);
}

/**
 * B-12, B-13: brings an open hold up to `minutes` in all, after a top-up or when more was agreed; whole, from 1. As `hold` otherwise: a hold that is
 * still short may lapse, counted anew from now; one that is full may not. Refused when it has as many minutes already, and when nothing can be added.
 */
export function extendHold(
  ledger: TimeLedger,
  { holdId, minutes }: { readonly holdId: string; readonly minutes: number },
  entry: TimeEntry,
): TimeOutcome<HoldPosted> {
  requireMinutes('minutes', minutes, 1);
  const open = ledger.openHolds.get(holdId);
  if (open === undefined) return refuseHold(ledger, holdId, entry);
  const held = heldMinutes(open);
  if (held >= minutes) {
    const message = `The reservation already has ${spokenMinutes(held)}.`;
    return refusal(entry, [{ code: 'HOLD_SUFFICIENT', rule: 'B-13', message, facts: { heldMinutes: held, minutes } }]);
  }
  return place(ledger, { holdId, minutes, projectId: open.projectId, work: open.work }, held, entry);
}

/** B-09: gives back all that an open hold has: the work is not done, or not charged. What returns to a lot that has ended is expired. */
export function release(ledger: TimeLedger, { holdId }: { readonly holdId: string }, entry: TimeEntry): TimeOutcome {
  const open = ledger.openHolds.get(holdId);
  return open === undefined ? refuseHold(ledger, holdId, entry) : posted(giveBack(ledger, open, 'RELEASE', 'B-09', entry));
}

/** B-13: gives back a hold whose life is over. Refused before `lapsesAt`, and for a hold that does not lapse by itself. */
export function lapse(ledger: TimeLedger, { holdId }: { readonly holdId: string }, entry: TimeEntry): TimeOutcome {
  const open = ledger.openHolds.get(holdId);
  if (open === undefined) return refuseHold(ledger, holdId, entry);
  if (isDue(open, entry.at)) return posted(giveBack(ledger, open, 'LAPSE', 'B-13', entry));
  const message = open.lapsesAt === null ? 'The reservation does not lapse by itself.' : 'The life of the reservation is not over.';
  const facts = { lapsesAt: open.lapsesAt?.toString() ?? null, at: entry.at.toString() };
  return refusal(entry, [{ code: 'HOLD_NOT_DUE', rule: 'B-13', message, facts }]);
}

/** B-13: gives back every hold whose life is over at the entry; empty when there is none. No answer depends on when it runs. */
export function lapseDue(ledger: TimeLedger, entry: ProgramEntry): TimePosted {
  return posted(...dueHolds(ledger, entry.at).map((open) => giveBack(ledger, open, 'LAPSE', 'B-13', entry)));
}

/** B-13: the open holds whose life is over at this instant, for the sweep. */
export function dueHolds(ledger: TimeLedger, at: Temporal.Instant): OpenHold[] {
  return [...ledger.openHolds.values()].filter((open) => isDue(open, at));
}

/**
 * B-12, B-28: cancels the task of a hold and pays back what its bought minutes are worth: they are voided, the others return to their lots. The value of
 * each part is what the lot's price, rounded cumulatively, gives for these minutes after those that have left the lot before. Refused when the hold has
 * no minutes with a price, or there is none.
 */
export function refundHold(
  ledger: TimeLedger,
  { holdId }: { readonly holdId: string | null },
  entry: TimeEntry,
): TimeOutcome<HoldRefundPosted> {
  const open = holdId === null ? undefined : ledger.openHolds.get(holdId);
  if (open === undefined && holdId !== null) return refuseHold(ledger, holdId, entry);
  const allocations = open?.allocations ?? [];
  const refunds = allocations.flatMap((allocation): RefundedMinutes[] => {
    const lot = ledger.lots.get(allocation.lotId);
    const value = lot === undefined ? null : valueOfMinutes(lot, goneMinutes(ledger, lot), allocation.minutes);
    return value === null ? [] : [{ ...allocation, value }];
  });
  if (open === undefined || refunds.length === 0) {
    const message = 'The reservation has no bought minutes whose value could be paid back.';
    return refusal(entry, [{ code: 'HOLD_NOT_BOUGHT', rule: 'B-12', message, facts: { hold: holdId } }]);
  }
  const rest = allocations.filter(({ lotId }) => !refunds.some((refund) => refund.lotId === lotId));
  const reference = { holdId, projectId: open.projectId, work: open.work, rule: 'B-12' };
  const voided = refunds.flatMap((refund) => heldMoves(refund, 'VOIDED'));
  const released = rest.flatMap((allocation) => heldMoves(allocation, 'AVAILABLE'));
  return {
    outcome: 'POSTED',
    lots: [],
    transactions: [
      transactionDraft(ledger, entry, { ...reference, kind: 'VOID', legs: legsOf(voided) }),
      ...(rest.length === 0 ? [] : [transactionDraft(ledger, entry, { ...reference, kind: 'RELEASE', legs: legsOf(released) })]),
    ],
    refunds,
    releasedMinutes: heldMinutes({ allocations: rest }),
  };
}

/** Why a hold that is not open cannot be worked with: it is over, or was never there. */
export function refuseHold(ledger: TimeLedger, holdId: string, entry: TimeEntry): TimeRefused {
  const resolvedBy = ledger.resolvedHolds.get(holdId);
  if (resolvedBy === undefined) {
    return refusal(entry, [{ code: 'HOLD_UNKNOWN', rule: 'B-09', message: 'There is no such reservation.', facts: { hold: holdId } }]);
  }
  const how = ledger.transactions.get(resolvedBy)?.kind ?? null;
  const message = 'The reservation is over: it was settled, released or taken back.';
  return refusal(entry, [{ code: 'HOLD_RESOLVED', rule: 'B-09', message, facts: { hold: holdId, resolvedBy: how } }]);
}

function place(ledger: TimeLedger, request: HoldRequest, already: number, entry: TimeEntry): TimeOutcome<HoldPosted> {
  const { holdId, projectId, work, minutes } = request;
  const { hold: life, calendar, insufficient } = entry.policy.document;
  const allocations = allocate(usableLots(ledger, projectId, entry.at), minutes - already, (lot) => usableMinutes(ledger, lot, entry.at));
  const added = heldMinutes({ allocations });
  const shortMinutes = minutes - already - added;
  const isPosted = shortMinutes === 0 || (added > 0 && insufficient === 'PARTIAL_HOLD_AND_TOPUP');
  const reasons = shortMinutes === 0 ? [] : shortReasons(ledger, request, shortMinutes, isPosted, entry);
  if (!isPosted) return { outcome: 'REFUSED', reasons };
  const posting = transactionDraft(ledger, entry, {
    kind: 'HOLD',
    rule: shortMinutes === 0 ? 'B-09' : 'B-13',
    projectId,
    work,
    holdId,
    requestedMinutes: minutes,
    lapsesAt: shortMinutes === 0 || life === null ? null : addWorkingDays(calendar, entry.at, life.ttlWorkingDays).at,
    legs: legsOf(allocations.flatMap((allocation) => unheldMoves(ledger, allocation.lotId, allocation.minutes, 'HELD'))),
  });
  return { outcome: 'POSTED', lots: [], transactions: [posting], heldMinutes: already + added, shortMinutes, reasons };
}

/** B-04, B-06, B-13: what is missing, and what would cure it: assigning time where that alone suffices, else buying some; renewing support where it can be renewed. */
function shortReasons(ledger: TimeLedger, request: HoldRequest, short: number, isPartial: boolean, { at, policy }: TimeEntry): Reason[] {
  const effect = isPartial ? 'INFORMS' : 'REFUSES';
  const say = (draft: Parameters<typeof reason>[1]) => reason(policy.document.clauses, draft);
  const { availableMinutes, suspendedMinutes } = walletFigures(ledger, at, request.projectId);
  const { unassignedMinutes } = walletFigures(ledger, at);
  const facts = { minutes: request.minutes, availableMinutes, shortMinutes: short };
  const reasons: Reason[] = [];
  if (unassignedMinutes < short) {
    const message = `The work needs ${spokenMinutes(request.minutes)}; ${spokenMinutes(short)} more must be bought.`;
    reasons.push(say({ code: 'TIME_NOT_ENOUGH', effect, rule: 'B-13', message, facts, remedy: 'BUY_TIME' }));
  }
  if (unassignedMinutes > 0) {
    const message = `${spokenMinutes(unassignedMinutes)} can be neither reserved nor spent until assigned to the project.`;
    const weight = unassignedMinutes < short ? 'INFORMS' : effect;
    reasons.push(
      say({ code: 'LOT_UNASSIGNED', effect: weight, rule: 'B-06', message, facts: { ...facts, unassignedMinutes }, remedy: 'ASSIGN_TIME' }),
    );
  }
  if (suspendedMinutes > 0) {
    const message = `${spokenMinutes(suspendedMinutes)} included with a purchase are suspended, as its support does not run.`;
    const isRevived = policy.document.renewal.enabled && isAnyRenewable(ledger, request.projectId, at);
    const remedy = isRevived ? 'RENEW_SUPPORT' : undefined;
    reasons.push(say({ code: 'SUPPORT_TERM_ENDED', effect: 'INFORMS', rule: 'B-04', message, facts: { suspendedMinutes }, remedy }));
  }
  return reasons;
}

/** Whether support that would make suspended minutes usable again can still be renewed: not once its purchase was taken back. */
function isAnyRenewable({ lots }: TimeLedger, projectId: string, at: Temporal.Instant): boolean {
  const suspended = [...lots.values()].filter((lot) => lot.projectId === projectId && lotPhase(lot, at) === 'SUSPENDED');
  return suspended.some(({ term }) => term?.revokedAt === null);
}

function giveBack(ledger: TimeLedger, open: OpenHold, kind: JournalKind, rule: string, entry: ProgramEntry): JournalDraft {
  const { id: holdId, projectId, work, allocations } = open;
  const legs = legsOf(allocations.flatMap((allocation) => heldMoves(allocation, 'AVAILABLE')));
  return transactionDraft(ledger, entry, { kind, rule, projectId, work, holdId, legs });
}

const posted = (...transactions: readonly JournalDraft[]): TimePosted => ({ outcome: 'POSTED', lots: [], transactions });

function isDue({ lapsesAt }: OpenHold, at: Temporal.Instant): boolean {
  return lapsesAt !== null && Temporal.Instant.compare(lapsesAt, at) <= 0;
}
