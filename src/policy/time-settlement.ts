import { usableLots, usableMinutes } from './time-figures.js';
import { familyOf, owedMinutes } from './time-grant.js';
import { allocate, refuseHold } from './time-hold.js';
import {
  type HoldAllocation,
  heldMinutes,
  type JournalLeg,
  type JournalTransaction,
  type OpenHold,
  rootOf,
  type TimeLedger,
  taskKey,
  unheldMinutes,
  type WorkReference,
} from './time-journal.js';
import { inBurnOrder, lotPhase, type TimeLot, USUAL_PRIORITY } from './time-lot.js';
import {
  heldMoves,
  legsOf,
  refusal,
  requireMinutes,
  type SettlementPosted,
  spokenMinutes,
  type TimeEntry,
  type TimeOutcome,
  type TimePosted,
  type TimeRefused,
  transactionDraft,
  unheldMoves,
} from './time-posting.js';
import { endOfDay, localDate } from './working-calendar.js';

export interface SettlementRequest {
  /** Null: the task has no hold, and all is taken as the surplus over a hold would be. */
  readonly holdId: string | null;
  readonly projectId: string;
  readonly work: WorkReference;
  /** When the work happened, not after the entry: lots beyond the hold are those usable then. */
  readonly workedAt: Temporal.Instant;
  /** B-11: the rounded minutes of the task, whole, from 0. */
  readonly actualMinutes: number;
  /** B-12: the most that may be charged, whole, from 0; 0 for bugs, warranty and advice. */
  readonly chargeableMinutes: number;
  /** What to do when less is there than is to be charged: nothing at all, or to charge what there is and tell the rest. */
  readonly onShortfall: 'REFUSE' | 'CHARGE_WHAT_THERE_IS';
}

export interface ReversalPosted extends TimePosted {
  /** Minutes that went back to the lots they came from, and stay there. */
  readonly returnedMinutes: number;
  /** B-27: minutes that became a goodwill lot because their own has ended. */
  readonly goodwillMinutes: number;
  /** B-28: minutes that were taken out again at once, as they were charged back: nobody gets them. */
  readonly voidedMinutes: number;
}

/**
 * B-10, B-12, B-31, B-32: charges a task min(actual, chargeable) minutes and ends its hold. First what the hold has, in burn order and even of lots that have
 * ended since; then, if more is due, further lots of the project that were usable when the work happened, in burn order. The rest of the hold returns to
 * its lots. Where nothing is due and nothing held, nothing is posted. Refused when the hold is not open or not this task's, when the task has one that is
 * not named, when it was charged before, and, if so asked, when time is short. Throws a RangeError on minutes that are not whole numbers from 0 on, and on work after the entry.
 */
export function settle(ledger: TimeLedger, request: SettlementRequest, entry: TimeEntry): TimeOutcome<SettlementPosted> {
  requireMinutes('actualMinutes', request.actualMinutes, 0);
  requireMinutes('chargeableMinutes', request.chargeableMinutes, 0);
  if (Temporal.Instant.compare(request.workedAt, entry.at) > 0) throw new RangeError('Work cannot be settled before it has happened.');
  const { holdId, projectId, work, workedAt } = request;
  const open = holdId === null ? null : (ledger.openHolds.get(holdId) ?? null);
  const refused = settlementRefusal(ledger, request, open, entry);
  if (refused !== null) return refused;

  const due = Math.min(request.actualMinutes, request.chargeableMinutes);
  const held = new Map((open?.allocations ?? []).map((allocation) => [allocation.lotId, allocation.minutes]));
  const heldLots = [...held.keys()].flatMap((lotId) => ledger.lots.get(lotId) ?? []).sort(inBurnOrder(workedAt));
  const fromHold = allocate(heldLots, due, ({ id }) => held.get(id) ?? 0);
  const beyond = due - heldMinutes({ allocations: fromHold });
  const further = allocate(usableLots(ledger, projectId, workedAt), beyond, (lot) => usableMinutes(ledger, lot, workedAt));
  const shortMinutes = beyond - heldMinutes({ allocations: further });
  if (shortMinutes > 0 && request.onShortfall === 'REFUSE') {
    const message = `The work took ${spokenMinutes(due)} that are charged; ${spokenMinutes(shortMinutes)} more must be bought.`;
    const facts = { minutes: due, availableMinutes: due - shortMinutes, shortMinutes };
    return refusal(entry, [{ code: 'TIME_NOT_ENOUGH', rule: 'B-13', message, facts, remedy: 'BUY_TIME' }]);
  }
  const rest = [...held].map(([lotId, minutes]) => ({ lotId, minutes: minutes - minutesOf(fromHold, lotId) }));
  const legs = legsOf([
    ...fromHold.flatMap((allocation) => heldMoves(allocation, 'CONSUMED')),
    ...further.flatMap(({ lotId, minutes }) => unheldMoves(ledger, lotId, minutes, 'CONSUMED')),
    ...rest.flatMap((allocation) => heldMoves(allocation, 'AVAILABLE')),
  ]);
  const posting = { kind: 'SETTLE', rule: 'B-10', effectiveAt: workedAt, projectId, work, holdId, legs } as const;
  return {
    outcome: 'POSTED',
    lots: [],
    transactions: legs.length === 0 ? [] : [transactionDraft(ledger, entry, posting)],
    consumed: legs.filter(({ account }) => account === 'CONSUMED').flatMap(toAllocation),
    consumedMinutes: due - shortMinutes,
    shortMinutes,
    releasedMinutes: heldMinutes({ allocations: rest }),
  };
}

/**
 * B-27, B-28: undoes a settlement, or a grant, whole and once. A settlement: the charged minutes return to their lots; those of lots that have ended become
 * one goodwill lot, `goodwillLotId`, on the same project for `time.goodwillDays` days, through the end of the last. What a grant still owes to a charge-back is
 * voided as soon as it is back, and never becomes goodwill. A grant: its minutes are taken back,
 * also from splits, and only while none was held, used or voided; else `voidLot` takes what is left. A reversal is never undone.
 */
export function reverse(
  ledger: TimeLedger,
  request: { readonly transactionId: string; readonly goodwillLotId: string },
  entry: TimeEntry,
): TimeOutcome<ReversalPosted> {
  const undone = ledger.transactions.get(request.transactionId);
  const facts = { transaction: request.transactionId, kind: undone?.kind ?? null };
  if (undone === undefined) {
    return refusal(entry, [{ code: 'JOURNAL_ENTRY_UNKNOWN', rule: 'B-27', message: 'There is no such entry of the journal.', facts }]);
  }
  const reversedBy = ledger.reversedBy.get(undone.id);
  if (reversedBy !== undefined) {
    const message = 'The entry was reversed before.';
    return refusal(entry, [{ code: 'JOURNAL_ENTRY_REVERSED', rule: 'B-27', message, facts: { ...facts, reversedBy } }]);
  }
  const charges = undone.legs.some(({ account }) => account === 'CONSUMED');
  if (undone.kind === 'SETTLE' && charges) return unsettle(ledger, undone, request.goodwillLotId, entry);
  if (undone.kind === 'GRANT') return ungrant(ledger, undone, entry);
  const message = 'Only grants, and settlements that charged something, can be reversed.';
  return refusal(entry, [{ code: 'JOURNAL_ENTRY_FINAL', rule: 'B-27', message, facts }]);
}

function settlementRefusal(ledger: TimeLedger, request: SettlementRequest, open: OpenHold | null, entry: TimeEntry): TimeRefused | null {
  const { holdId, projectId, work } = request;
  const task = { ticket: work.ticketId, task: work.taskId };
  if (holdId !== null && open === null) return refuseHold(ledger, holdId, entry);
  if (open !== null && (taskKey(open.work) !== taskKey(work) || open.projectId !== projectId)) {
    const message = 'The reservation is for another task or project.';
    return refusal(entry, [{ code: 'HOLD_OTHER_TASK', rule: 'B-10', message, facts: { hold: holdId, ...task } }]);
  }
  const unnamed = holdId === null ? [...ledger.openHolds.values()].find((other) => taskKey(other.work) === taskKey(work)) : undefined;
  if (unnamed !== undefined) {
    const message = 'The task has a reservation, which must be settled with it.';
    return refusal(entry, [{ code: 'TASK_HELD', rule: 'B-10', message, facts: { hold: unnamed.id, ...task } }]);
  }
  const settledBy = ledger.settledTasks.get(taskKey(work));
  if (settledBy === undefined) return null;
  const message = 'The time of the task has been charged already; that entry must be reversed before another is made.';
  return refusal(entry, [{ code: 'TASK_SETTLED', rule: 'B-11', message, facts: { ...task, settledBy } }]);
}

function unsettle(
  ledger: TimeLedger,
  settlement: JournalTransaction,
  goodwillLotId: string,
  entry: TimeEntry,
): TimeOutcome<ReversalPosted> {
  if (ledger.lots.has(goodwillLotId)) throw new RangeError(`Lot ${goodwillLotId} exists.`);
  const { at, policy } = entry;
  const { time, zone } = policy.document;
  const consumed = settlement.legs.filter(({ account }) => account === 'CONSUMED').flatMap(toAllocation);
  const hasEnded = ({ lotId }: HoldAllocation) => {
    const lot = ledger.lots.get(lotId);
    return time !== null && lot !== undefined && lotPhase(lot, at) === 'ENDED';
  };
  const again = chargedBack(ledger, consumed);
  const kept = consumed.map(({ lotId, minutes }) => ({ lotId, minutes: minutes - minutesOf(again, lotId) }));
  const goodwillMinutes = heldMinutes({ allocations: kept.filter(hasEnded) });
  const voidedMinutes = heldMinutes({ allocations: again });
  const goodwill: TimeLot = {
    id: goodwillLotId,
    walletId: settlement.walletId,
    source: 'GOODWILL',
    minutes: goodwillMinutes,
    projectId: settlement.projectId,
    priority: USUAL_PRIORITY,
    usableFrom: at,
    endsAt: endOfDay(zone, localDate(zone, at).add({ days: time?.goodwillDays ?? 0 })),
    term: null,
    onTermEnd: null,
    price: null,
    refundedMinutes: 0,
    parentId: null,
    createdAt: at,
  };
  const legs = legsOf([
    ...consumed.map(({ lotId, minutes }): JournalLeg => ({ account: 'CONSUMED', lotId, minutes: -minutes })),
    ...kept.map((part): JournalLeg => ({ account: 'AVAILABLE', lotId: hasEnded(part) ? goodwill.id : part.lotId, minutes: part.minutes })),
    ...again.map(({ lotId, minutes }): JournalLeg => ({ account: 'AVAILABLE', lotId, minutes })),
  ]);
  const taken = again.flatMap(({ lotId, minutes }): JournalLeg[] => [
    { account: 'AVAILABLE', lotId, minutes: -minutes },
    { account: 'VOIDED', lotId, minutes },
  ]);
  return {
    outcome: 'POSTED',
    lots: goodwillMinutes > 0 ? [goodwill] : [],
    transactions: [
      transactionDraft(ledger, entry, {
        kind: 'REVERSE',
        rule: 'B-27',
        reverses: settlement.id,
        work: settlement.work,
        projectId: settlement.projectId,
        legs,
      }),
      ...(taken.length === 0 ? [] : [transactionDraft(ledger, entry, { kind: 'VOID', rule: 'B-28', legs: taken })]),
    ],
    returnedMinutes: heldMinutes({ allocations: kept }) - goodwillMinutes,
    goodwillMinutes,
    voidedMinutes,
  };
}

/** B-28: of minutes that come back, those that their grants still owe to a charge-back, older lots before younger ones. */
function chargedBack(ledger: TimeLedger, returned: readonly HoldAllocation[]): HoldAllocation[] {
  const owed = new Map<string, number>();
  return [...ledger.lots.keys()].flatMap((lotId) => {
    const back = minutesOf(returned, lotId);
    if (back === 0) return [];
    const root = rootOf(ledger, lotId);
    const left = owed.get(root) ?? owedMinutes(ledger, root);
    const minutes = Math.min(left, back);
    owed.set(root, left - minutes);
    return minutes === 0 ? [] : [{ lotId, minutes }];
  });
}

function ungrant(ledger: TimeLedger, granted: JournalTransaction, entry: TimeEntry): TimeOutcome<ReversalPosted> {
  const roots = granted.legs.flatMap(({ lotId }) => (lotId === null ? [] : (ledger.lots.get(lotId) ?? [])));
  const family = roots.flatMap((lot) => familyOf(ledger, lot));
  const whole = roots.reduce((sum, { minutes }) => sum + minutes, 0);
  const untouched = family.reduce((sum, { id }) => sum + unheldMinutes(ledger, id), 0);
  if (untouched !== whole) {
    const message = `Only ${spokenMinutes(untouched)} of ${whole} are untouched, so the grant cannot be undone; what is left can be voided.`;
    return refusal(entry, [{ code: 'LOT_TOUCHED', rule: 'B-28', message, facts: { minutes: whole, availableMinutes: untouched } }]);
  }
  const legs = legsOf(family.flatMap(({ id }) => unheldMoves(ledger, id, unheldMinutes(ledger, id), 'ISSUED', null)));
  const posting = { kind: 'REVERSE', rule: 'B-28', reverses: granted.id, legs } as const;
  return {
    outcome: 'POSTED',
    lots: [],
    transactions: [transactionDraft(ledger, entry, posting)],
    returnedMinutes: 0,
    goodwillMinutes: 0,
    voidedMinutes: 0,
  };
}

function minutesOf(allocations: readonly HoldAllocation[], lotId: string): number {
  return allocations.find((allocation) => allocation.lotId === lotId)?.minutes ?? 0;
}

function toAllocation({ lotId, minutes }: JournalLeg): HoldAllocation[] {
  return lotId === null ? [] : [{ lotId, minutes }];
}
