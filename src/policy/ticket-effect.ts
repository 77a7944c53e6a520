import {
  type HoldRegion,
  isFree,
  isHolding,
  isInWork,
  isReworkOfParent,
  type RemedyRegion,
  type ReturnState,
  type TicketState,
  undoesCharge,
  type WorkState,
} from './ticket.js';
import type { TicketEvent, TicketEventKind, TicketEventOf } from './ticket-event.js';
import { appealedRemedy, decidedRemedy, stopped, unlicensed } from './ticket-remedy.js';
import { endedWait, openedWait } from './ticket-wait.js';
import { takesTime } from './ticket-work-guard.js';

type LaterEvent = Exclude<TicketEvent, TicketEventOf<'SUBMITTED' | 'WARRANTY_OPENED'>>;
type Change = Partial<TicketState>;

/** B-18: the access to a store is deleted when the work on it is given up, and must be sent again if it is taken up after all. */
const GIVEN_UP: readonly WorkState[] = ['REFUSED', 'MERGED', 'WITHDRAWN'];
const WITHOUT_ACCESS: Change = { requestedAccess: [], suppliedAccess: [], verifiedAccess: [] };

/** What reaches the customer as an answer when staff do it. */
const ANSWERS: readonly TicketEventKind[] = ['ANSWERED', 'FACTS_REQUESTED', 'ACCESS_REQUESTED', 'REFUSED', 'TIME_SHORT', 'DELIVERED'];

/** The state after one more event, which leads the work to `to`. The event is taken as it stands: whether it may happen is the machine's question. */
export function afterEvent(state: TicketState, event: LaterEvent, to: WorkState): TicketState {
  const isAnswer = event.actor.kind === 'STAFF' && ANSWERS.includes(event.kind);
  return {
    ...state,
    ...changeBy(state, event, to),
    ...(GIVEN_UP.includes(to) ? WITHOUT_ACCESS : {}),
    work: to,
    workSince: to === state.work ? state.workSince : event.at,
    returnTo: isAwaiting(to) ? (state.returnTo ?? returnStateOf(state.work)) : null,
    lastEventAt: later(state.lastEventAt, event.at),
    eventCount: state.eventCount + 1,
    firstAnsweredAt: state.firstAnsweredAt ?? (isAnswer ? event.at : null),
  };
}

export function isAwaiting(work: WorkState): boolean {
  return work.startsWith('AWAITING_');
}

function returnStateOf(work: WorkState): ReturnState {
  return work === 'TRIAGE' || work === 'IN_PROGRESS' ? work : 'QUEUED';
}

function changeBy(state: TicketState, event: LaterEvent, to: WorkState): Change {
  switch (event.kind) {
    case 'ESTIMATE_GIVEN':
      return { quotedMinutes: event.estimateMinutes };
    case 'CLASSIFIED':
      return classified(state, event);
    case 'ROOT_CAUSE_FOUND':
      return { ...decidedAnew(state, event), waits: isAwaiting(to) ? state.waits : endedWait(state.waits, event.at) };
    case 'REFUSED':
      return {
        remedy: stopped({ ...state.remedy, standstills: openedWait(state.remedy.standstills, { from: event.at, to: null }) }),
        hold: released(state.hold),
      };
    case 'APPEALED':
      return { appealed: true, waits: endedWait(state.waits, event.at), remedy: appealedRemedy(state.remedy, event.at) };
    case 'OUTCOME_AGREED':
      return { agreedOutcome: event.outcome };
    case 'EXPEDITED':
      return { expeditedBecause: event.reason };
    case 'MERGED_INTO':
      return { mergedIntoId: event.originalId, waits: endedWait(state.waits, event.at), ...givenUp(state) };
    case 'DUPLICATE_ABSORBED':
      return { ...(event.movedTo ?? {}), duplicateIds: [...state.duplicateIds, event.duplicateId] };
    case 'WITHDRAWN':
      return {
        waits: endedWait(state.waits, event.at),
        settledMinutes: event.settledMinutes ?? state.settledMinutes,
        ...withdrawn(state, to),
      };
    case 'FACTS_REQUESTED':
    case 'FACTS_SUPPLIED':
    case 'ACCESS_REQUESTED':
    case 'ACCESS_SUPPLIED':
    case 'ACCESS_VERIFIED':
      return changeByAnswer(state, event, to);
    case 'ANSWERED':
    case 'WARRANTY_CLAIMED':
      return {};
    default:
      return changeByWork(state, event, to);
  }
}

function classified(state: TicketState, event: TicketEventOf<'CLASSIFIED'>): Change {
  const { category, complexity, estimateMinutes, thresholdMinutes } = event;
  return { ...decidedAnew(state, event), category, complexity, estimateMinutes, thresholdMinutes };
}

function decidedAnew(state: TicketState, { kind, decision, at }: TicketEventOf<'CLASSIFIED' | 'ROOT_CAUSE_FOUND'>): Change {
  const { hold } = state;
  // What was left of a cut reservation was kept for the work; out of it again, it lives as long as any that does not suffice.
  const kept = isInWork(state) && hold.state === 'PARTIAL' ? { ...hold, placedAt: at } : hold;
  const settledMinutes = state.settledMinutes !== null && undoesCharge(decision, kind === 'CLASSIFIED') ? 0 : state.settledMinutes;
  return { decision, settledMinutes, remedy: decidedRemedy(state, decision, at), hold: isFree(decision) ? released(hold) : kept };
}

type AnswerEvent = TicketEventOf<'FACTS_REQUESTED' | 'FACTS_SUPPLIED' | 'ACCESS_REQUESTED' | 'ACCESS_SUPPLIED' | 'ACCESS_VERIFIED'>;

/** Questions and answers: what is asked opens a wait, and only the customer's answer, or the vendor's going on, ends it. */
function changeByAnswer(state: TicketState, event: AnswerEvent, to: WorkState): Change {
  const { waits, received, requestedAccess, suppliedAccess, verifiedAccess } = state;
  switch (event.kind) {
    case 'FACTS_REQUESTED':
      return {
        waits: openedWait(waits, { cause: 'FACTS', question: event.question, from: event.at, to: null }),
        received: received.map((sent) => ({ ...sent, questionedAt: sent.questionedAt ?? event.at })),
      };
    case 'FACTS_SUPPLIED':
      return {
        waits: endedWait(waits, event.at),
        received: [...received, { receivedAt: event.at, complete: event.missingFacts.length === 0, questionedAt: null }],
      };
    case 'ACCESS_REQUESTED':
      return {
        waits: openedWait(waits, { cause: 'ACCESS', question: event.question, from: event.at, to: null }),
        requestedAccess: union(requestedAccess, event.items),
        suppliedAccess: without(suppliedAccess, event.items),
        verifiedAccess: without(verifiedAccess, event.items),
      };
    case 'ACCESS_SUPPLIED': {
      const supplied = union(suppliedAccess, event.items);
      const isAnswered = without(requestedAccess, union(supplied, verifiedAccess)).length === 0;
      return { suppliedAccess: supplied, waits: isAnswered && to === 'AWAITING_ACCESS' ? endedWait(waits, event.at) : waits };
    }
    case 'ACCESS_VERIFIED':
      return {
        verifiedAccess: union(verifiedAccess, event.items),
        waits: state.work === 'AWAITING_ACCESS' && to !== 'AWAITING_ACCESS' ? endedWait(waits, event.at) : waits,
      };
  }
}

type WorkEvent = Exclude<LaterEvent, AnswerEvent | { readonly kind: 'ANSWERED' | 'WARRANTY_CLAIMED' | 'WITHDRAWN' | TriageKind }>;
type TriageKind = 'ESTIMATE_GIVEN' | 'CLASSIFIED' | 'ROOT_CAUSE_FOUND' | 'REFUSED' | 'APPEALED' | 'OUTCOME_AGREED' | QueueKind;
type QueueKind = 'EXPEDITED' | 'MERGED_INTO' | 'DUPLICATE_ABSORBED';

function changeByWork(state: TicketState, event: WorkEvent, to: WorkState): Change {
  const { waits, hold, remedy, loggedSeconds, loggedEntries } = state;
  switch (event.kind) {
    case 'CLAIMED':
      return { processingStartedAt: state.processingStartedAt ?? event.at, expeditedBecause: null, hold: heldFor(hold, event) };
    case 'TIME_SHORT':
      return {
        waits: openedWait(waits, { cause: 'TOPUP', question: event.question, from: event.at, to: null }),
        hold: heldFor(hold, event),
      };
    case 'TOPPED_UP': {
      const shortMinutes = Math.max(0, (state.estimateMinutes ?? 0) - hold.heldMinutes - event.availableMinutes);
      const topUpOrders = [...state.topUpOrders, event.orderKey];
      return { topUpOrders, hold: { ...hold, shortMinutes }, waits: to === 'AWAITING_TOPUP' ? waits : endedWait(waits, event.at) };
    }
    case 'HOLD_LAPSED':
      return { hold: { ...hold, state: 'LAPSED', heldMinutes: 0, shortMinutes: hold.shortMinutes + hold.heldMinutes } };
    case 'HOLD_CUT':
      return { hold: cut(state, event) };
    case 'WORK_LOGGED': {
      const seconds = loggedSeconds + event.seconds;
      const chargeableSeconds = state.chargeableSeconds + (takesTime(state) ? event.seconds : 0);
      return { loggedEntries: [...loggedEntries, event.entryId], loggedSeconds: seconds, chargeableSeconds };
    }
    case 'THRESHOLD_REACHED':
      return { waits: openedWait(waits, { cause: 'CONSENT', question: event.question, from: event.at, to: null }) };
    case 'CONSENT_GIVEN': {
      const waited = { waits: endedWait(waits, event.at) };
      if (event.choice === 'EXTRA') return { ...waited, capMinutes: event.capMinutes };
      return { ...waited, ...givenUp(state), closedBy: 'CONSENT_REFUND', refundAs: event.refundAs };
    }
    case 'DELIVERED':
      return delivered(state, event);
    case 'ACCEPTED':
    case 'VERIFICATION_LAPSED': {
      const met: RemedyRegion = remedy.state === 'DELIVERED' ? { ...remedy, state: 'MET', metAt: event.at } : remedy;
      return { closedBy: event.kind === 'ACCEPTED' ? 'ACCEPTANCE' : 'SILENCE', remedy: met };
    }
    case 'REJECTED': {
      const resumed: RemedyRegion = { ...remedy, standstills: endedWait(remedy.standstills, event.at) };
      return {
        rejections: state.rejections + 1,
        remedy: remedy.state === 'DELIVERED' ? { ...resumed, state: 'RUNNING', owedSince: event.at } : resumed,
      };
    }
    case 'REWORK_DELIVERED':
      return { warranty: { ...state.warranty, reworkedAt: event.at } };
    case 'CORRECTION_MISSED':
      return { remedy: { ...remedy, state: 'MISSED', missedAt: event.at } };
    case 'REFUND_OFFERED':
      return { remedy: { ...remedy, refund: { state: 'OFFERED', offer: event.offer } } };
    case 'REFUND_ACCEPTED':
      return { ...refundAnswered(state, 'ACCEPTED'), waits: endedWait(waits, event.at), ...endedByRefund(state) };
    case 'REFUND_DECLINED':
      return refundAnswered(state, 'DECLINED');
    case 'LICENCE_ENDED':
      return { remedy: unlicensed(remedy) };
    case 'REFUND_LAPSED':
      return refundAnswered(state, 'LAPSED');
  }
}

function heldFor(hold: HoldRegion, event: TicketEventOf<'CLAIMED' | 'TIME_SHORT'>): HoldRegion {
  const { holdId, heldMinutes } = event;
  const shortMinutes = event.kind === 'TIME_SHORT' ? event.shortMinutes : 0;
  if (holdId === null) return { ...hold, shortMinutes };
  // Its life is counted anew whenever minutes are added, as the ledger counts it.
  const isSame = hold.state === 'PARTIAL' && holdId === hold.holdId && heldMinutes === hold.heldMinutes;
  const placedAt = isSame ? hold.placedAt : event.at;
  return { state: event.kind === 'CLAIMED' ? 'FULL' : 'PARTIAL', holdId, heldMinutes, shortMinutes, placedAt };
}

/** What is left when minutes of a reservation were taken back. One that was whole lives from then on as any that does not suffice. */
function cut({ hold, estimateMinutes }: TicketState, { heldMinutes, at }: TicketEventOf<'HOLD_CUT'>): HoldRegion {
  const shortMinutes = Math.max(0, (estimateMinutes ?? 0) - heldMinutes);
  if (heldMinutes === 0) return { state: 'NONE', holdId: null, heldMinutes, shortMinutes, placedAt: null };
  const isWhole = hold.state === 'FULL' && shortMinutes === 0;
  const placedAt = isWhole || hold.state === 'PARTIAL' ? hold.placedAt : at;
  return { ...hold, state: isWhole ? 'FULL' : 'PARTIAL', heldMinutes, shortMinutes, placedAt };
}

function delivered(state: TicketState, event: TicketEventOf<'DELIVERED'>): Change {
  const { remedy, hold, warranty } = state;
  const parentEndsAt = isReworkOfParent(state) ? warranty.parentEndsAt : null;
  const isRework = state.rejections > 0 || parentEndsAt !== null;
  const isWarranted = state.agreedOutcome !== null || parentEndsAt !== null;
  const checking: RemedyRegion = {
    ...remedy,
    state: 'DELIVERED',
    standstills: openedWait(remedy.standstills, { from: event.at, to: null }),
  };
  return {
    finishedAt: event.at,
    settledMinutes: event.settledMinutes ?? state.settledMinutes,
    hold: takesTime(state) ? { ...hold, state: 'SETTLED', shortMinutes: 0 } : released(hold),
    remedy: remedy.state === 'RUNNING' ? checking : remedy,
    warranty: {
      ...warranty,
      state: isWarranted ? 'GIVEN' : 'NONE',
      parentEndsAt,
      deliveredAt: warranty.deliveredAt ?? event.at,
      reworkedAt: isRework ? event.at : warranty.reworkedAt,
      handOverDigest: event.codeDigest,
    },
  };
}

function withdrawn(state: TicketState, to: WorkState): Change {
  if (to !== 'CLOSED') return givenUp(state);
  return { remedy: stopped(state.remedy), hold: { ...state.hold, state: 'SETTLED', shortMinutes: 0 }, closedBy: 'CONSENT_WITHDRAWAL' };
}

function refundAnswered({ remedy }: TicketState, answer: 'ACCEPTED' | 'DECLINED' | 'LAPSED'): Change {
  return { remedy: { ...remedy, refund: remedy.refund && { ...remedy.refund, state: answer } } };
}

function endedByRefund({ hold, closedBy }: TicketState): Change {
  return { hold: released(hold), closedBy: closedBy ?? 'LICENCE_REFUND' };
}

function givenUp({ remedy, hold }: TicketState): Change {
  return { remedy: stopped(remedy), hold: released(hold) };
}

function released(hold: HoldRegion): HoldRegion {
  return isHolding({ hold }) ? { ...hold, state: 'RELEASED', shortMinutes: 0 } : hold;
}

function union(some: readonly string[], more: readonly string[]): readonly string[] {
  return [...new Set([...some, ...more])];
}

function without(some: readonly string[], others: readonly string[]): readonly string[] {
  return some.filter((item) => !others.includes(item));
}

function later(one: Temporal.Instant, other: Temporal.Instant): Temporal.Instant {
  return Temporal.Instant.compare(one, other) < 0 ? other : one;
}
