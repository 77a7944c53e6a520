import { chargeLimitOf, isFree, isHolding, limitedMinutesOf, type TicketState } from './ticket.js';
import { warrantyEnd } from './ticket-clock.js';
import type { TicketEventOf } from './ticket-event.js';
import { guard, isBlank, isCount, type TicketGuard } from './ticket-guard.js';
import { requiredAccess } from './ticket-intake-guard.js';

/** B-12, B-22: whether work to come takes prepaid time: what a rejection brings back is rework, and free. */
export function takesTime({ decision, rejections }: TicketState): boolean {
  return !isFree(decision) && rejections === 0;
}

/** B-22: both sides have agreed on what the paid work is to bring about. */
export const OUTCOME_IS_AGREED = guard<'CLAIMED'>(
  'B-22',
  'OUTCOME_NOT_AGREED',
  'Paid work starts when both sides have agreed on its outcome.',
  ({ decision, agreedOutcome }) => decision.charge === 'FREE' || agreedOutcome !== null,
);

export const AGREEMENT_SHOWN = guard<'OUTCOME_AGREED'>(
  'B-22',
  'EXPLANATION_MISSING',
  'Please write the outcome, and, when staff record it, what shows that the customer agreed.',
  (_state, { outcome, evidence, actor }) => !isBlank(outcome) && (actor.kind !== 'STAFF' || !isBlank(evidence)),
);

/**
 * B-09: the whole estimate is held before work that takes prepaid time; free work holds nothing. More may be held where the estimate was lowered since:
 * what is not used returns when the work is settled.
 */
export const IS_HELD = guard<'CLAIMED'>(
  'B-09',
  'HOLD_MISSING',
  'Work that takes prepaid time starts when its whole estimate is held for it, and free work holds nothing.',
  (state, { holdId, heldMinutes }) =>
    takesTime(state)
      ? holdId !== null && state.estimateMinutes !== null && heldMinutes >= state.estimateMinutes
      : holdId === null && heldMinutes === 0,
  'BUY_TIME',
);

export const ACCESS_IS_VERIFIED: TicketGuard<TicketEventOf<'CLAIMED'>> = {
  rule: 'B-18',
  code: 'ACCESS_NOT_VERIFIED',
  refusal: (state, _event, { policy }) => {
    const missing = requiredAccess(state, policy.document).filter((item) => !state.verifiedAccess.includes(item));
    if (missing.length === 0) return null;
    const message = `This access has not been shown to work: ${missing.join(', ')}.`;
    return { message, facts: { missing: missing.join(', ') }, remedy: 'SUPPLY_ACCESS' };
  },
};

/** B-13: the shortfall is exact: what the estimate needs beyond all that is usable, which is all held. */
export const SHORTFALL_IS_EXACT: TicketGuard<TicketEventOf<'TIME_SHORT'>> = {
  rule: 'B-13',
  code: 'TICKET_FIGURES_DIFFER',
  refusal: (state, { holdId, heldMinutes, shortMinutes }, { availableMinutes }) => {
    if (availableMinutes === null) return null;
    const { hold, estimateMinutes } = state;
    const usable = availableMinutes + (isHolding(state) ? hold.heldMinutes : 0);
    if (!takesTime(state) || estimateMinutes === null || usable >= estimateMinutes) {
      return { message: 'There is enough time for the work.', facts: { usableMinutes: usable, estimateMinutes } };
    }
    const isExact = heldMinutes === usable && shortMinutes === estimateMinutes - usable && (holdId === null) === (usable === 0);
    const expected = { heldMinutes: usable, shortMinutes: estimateMinutes - usable };
    return isExact ? null : { message: `${usable} minutes can be held, and ${estimateMinutes - usable} are missing.`, facts: expected };
  },
};

/** B-28: a charge-back leaves the ticket's own reservation with less than it had. */
export const HOLD_IS_CUT = guard<'HOLD_CUT'>(
  'B-28',
  'TICKET_FIGURES_DIFFER',
  'The ticket has no such reservation, or none with so many minutes that fewer are left.',
  (state, { holdId, heldMinutes }) =>
    isHolding(state) && state.hold.holdId === holdId && isCount(heldMinutes, 0) && heldMinutes < state.hold.heldMinutes,
);

export const LEDGER_IS_READ = guard<'TIME_SHORT'>(
  'B-13',
  'TIME_LEDGER_UNKNOWN',
  'The prepaid time could not be read.',
  (_state, _event, { availableMinutes }) => availableMinutes !== null && isCount(availableMinutes, 0),
);

export const TOPUP_IS_NEW = guard<'TOPPED_UP'>(
  'B-13',
  'TOPUP_COUNTED',
  'This order of prepaid time has been counted already.',
  ({ topUpOrders }, { orderKey }) => !isBlank(orderKey) && !topUpOrders.includes(orderKey),
);

export const TOPUP_IS_READ = guard<'TOPPED_UP'>(
  'B-13',
  'TICKET_FIGURES_DIFFER',
  'The minutes usable after the order are those that the ledger gives.',
  (_state, event, { availableMinutes }) => isCount(event.availableMinutes, 0) && event.availableMinutes === availableMinutes,
);

export const ENTRY_IS_NEW = guard<'WORK_LOGGED'>(
  'B-11',
  'TICKET_FIGURES_DIFFER',
  'An entry of the work log is logged once, in whole seconds from 1 on.',
  ({ loggedEntries, loggedSeconds }, { entryId, seconds }) =>
    isCount(seconds, 1) && isCount(loggedSeconds + seconds, 1) && !isBlank(entryId) && !loggedEntries.includes(entryId),
);

export const LIMIT_IS_REACHED: TicketGuard<TicketEventOf<'THRESHOLD_REACHED'>> = {
  rule: 'B-12',
  code: 'THRESHOLD_NOT_REACHED',
  refusal: (state) => {
    const limit = chargeLimitOf(state);
    if (takesTime(state) && limit !== null && limitedMinutesOf(state) >= limit) return null;
    const message = 'The work has not reached the minutes beyond which the customer must consent.';
    return { message, facts: { limitMinutes: limit, actualMinutes: limitedMinutesOf(state) } };
  },
};

export const CAP_IS_HIGHER: TicketGuard<TicketEventOf<'CONSENT_GIVEN'>> = {
  rule: 'B-12',
  code: 'TICKET_FIGURES_DIFFER',
  refusal: (state, event) => {
    const limit = chargeLimitOf(state) ?? 0;
    if (event.choice === 'REFUND' || isCount(event.capMinutes, limit + 1)) return null;
    return { message: `The new limit must be a whole number of minutes above ${limit}.`, facts: { limitMinutes: limit } };
  },
};

/** B-10: settled is what the log says, so the deliverer states that it is whole. */
export const LOG_IS_COMPLETE: TicketGuard<TicketEventOf<'DELIVERED'>> = {
  rule: 'B-10',
  code: 'WORK_LOG_INCOMPLETE',
  refusal: (state, { loggedEntries, loggedSeconds }) => {
    const isWhole = loggedEntries === state.loggedEntries.length && loggedSeconds === state.loggedSeconds;
    if (isWhole && (loggedEntries > 0 || !takesTime(state))) return null;
    const message = 'The work log must hold all the work before it is delivered, and paid work has at least one entry.';
    return { message, facts: { loggedEntries: state.loggedEntries.length, loggedSeconds: state.loggedSeconds } };
  },
};

/** a release that contains the fix and that this customer may have and use, or a change whose effect was confirmed. */
export const CORRECTION_IS_USABLE: TicketGuard<TicketEventOf<'DELIVERED'>> = {
  rule: 'A-19',
  code: 'CORRECTION_NOT_USABLE',
  refusal: ({ remedy }, { correction }) => {
    if (correction === null) {
      const isOwed = remedy.state === 'RUNNING' || remedy.state === 'MISSED';
      return isOwed ? { message: 'A correction is owed: a release with the fix, or a confirmed change of configuration.' } : null;
    }
    if (correction.by === 'CONFIGURATION') {
      return isBlank(correction.confirmation) ? { message: 'Please say what confirms that the change of configuration helps.' } : null;
    }
    const lacks = [
      correction.containsFix ? null : 'it does not contain the fix',
      correction.customerMayDownload ? null : 'the customer may not download it',
      correction.installsOnStore ? null : 'it does not install on the version of the store',
    ].filter((lack) => lack !== null);
    if (lacks.length === 0) return null;
    return { message: `Release ${correction.version} is no correction: ${lacks.join(', ')}.`, facts: { version: correction.version } };
  },
};

export const WARRANTY_IS_GIVEN = guard<'WARRANTY_CLAIMED' | 'REWORK_DELIVERED'>(
  'B-22',
  'WARRANTY_NONE',
  'No warranty was given on this work: it covers agreed results that were delivered.',
  (state, _event, { policy }) => policy.document.warranty !== null && state.warranty.state === 'GIVEN',
);

export const WARRANTY_RUNS: TicketGuard<TicketEventOf<'WARRANTY_CLAIMED'>> = {
  rule: 'B-21',
  code: 'WARRANTY_ENDED',
  refusal: (state, { at }, { policy }) => {
    const { dueAt } = warrantyEnd(state, policy.document);
    if (dueAt === null || Temporal.Instant.compare(at, dueAt) < 0) return null;
    return { message: 'The warranty on the delivered work has ended.', facts: { endsAt: dueAt.toString() } };
  },
};

/** B-22 to B-24: the decision on the claim is that the warranty covers it. */
export const WARRANTY_COVERS = guard<'WARRANTY_CLAIMED'>(
  'B-22',
  'REQUEST_NOT_ENTITLED',
  'The warranty does not cover what is claimed.',
  (_state, { decision }) => decision.coverage === 'WARRANTY' && decision.verdict === 'ENTITLED' && isFree(decision),
);
