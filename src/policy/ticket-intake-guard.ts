import type { SupportPolicyDocument } from './support-policy.js';
import { endsRemedy, isFree, type TicketState } from './ticket.js';
import { warrantyEnd } from './ticket-clock.js';
import type { QueuePlace, TicketDecision, TicketEventOf } from './ticket-event.js';
import { guard, isBlank, isCount, type Refusal, type TicketFacts, type TicketGuard } from './ticket-guard.js';
import { chargeableMinutes, estimateTime } from './time-estimate.js';

/** A-22, B-19: the instant of arrival, which for an e-mail is when the e-mail came. */
export const ARRIVED_THEN: TicketGuard<TicketEventOf<'SUBMITTED'>> = {
  rule: 'B-19',
  code: 'SUBMISSION_TIME_FIXED',
  refusal: (_state, { channel, receivedAt, at, messageId }) => {
    const late = Temporal.Instant.compare(receivedAt, at);
    if (channel === 'EMAIL' ? late <= 0 && !isBlank(messageId) : late === 0) return null;
    const message =
      channel === 'EMAIL'
        ? 'A ticket made from an e-mail is submitted when that e-mail came, which must be named.'
        : 'A request is submitted when it arrives.';
    return { message, facts: { receivedAt: receivedAt.toString(), at: at.toString() } };
  },
};

export const HAS_SEQUENCE = guard<'SUBMITTED' | 'WARRANTY_OPENED'>(
  'B-15',
  'TICKET_FIGURES_DIFFER',
  'The place of a ticket in the order of arrival is a whole number.',
  (_state, { seq }) => isCount(seq, 0),
);

/** B-02: what is owed cannot be refused, and what is not decided cannot either. */
export const MAY_BE_REFUSED: TicketGuard<TicketEventOf<'REFUSED'>> = {
  rule: 'B-02',
  code: 'REQUEST_ENTITLED',
  refusal: ({ decision }) => (decision.verdict === 'ENTITLED' ? { message: 'The request is owed, so it cannot be refused.' } : null),
};

export const REFUSAL_DECIDED: TicketGuard<TicketEventOf<'REFUSED'>> = {
  rule: 'B-02',
  code: 'REQUEST_UNDECIDED',
  refusal: ({ decision }) => undecided(decision),
};

export const CLASSIFICATION_DECIDED: TicketGuard<TicketEventOf<'CLASSIFIED'>> = {
  rule: 'B-02',
  code: 'REQUEST_UNDECIDED',
  refusal: (_state, { decision }) => undecided(decision),
};

function undecided({ verdict }: TicketDecision): Refusal | null {
  if (verdict !== 'NEEDS_INFO' && verdict !== 'UNDETERMINED') return null;
  return { message: 'A fact is missing that decides whether the request is owed: ask for it first.', facts: { verdict } };
}

export const REFUSAL_EXPLAINED = guard<'REFUSED'>(
  'B-02',
  'EXPLANATION_MISSING',
  'A refusal tells the customer why, and is never silence.',
  (_state, { message }) => !isBlank(message),
);

export const FIRST_APPEAL = guard<'APPEALED'>(
  'B-02',
  'APPEAL_USED',
  'This refusal has been appealed before, and a second refusal is final.',
  ({ appealed }) => !appealed,
  'ASK_VENDOR',
);

export const MAY_BE_TAKEN_ON = guard<'CLASSIFIED'>(
  'B-02',
  'REQUEST_NOT_ENTITLED',
  'The request is not owed, so it is refused with a reason rather than taken on.',
  (_state, { decision }) => decision.verdict !== 'NOT_ENTITLED',
);

export const DISCRETION_EXPLAINED = guard<'CLASSIFIED'>(
  'B-02',
  'EXPLANATION_MISSING',
  'Please say why the vendor takes on what it does not owe.',
  (_state, { decision, discretionReason }) => decision.verdict !== 'VENDOR_DISCRETION' || !isBlank(discretionReason),
);

/** the vendor's promise to correct does not end in silence. */
export const ENDING_EXPLAINED = guard<'CLASSIFIED'>(
  'A-13',
  'EXPLANATION_MISSING',
  'Please say why no correction is owed any more: the customer reads it.',
  (state, { decision, discretionReason }) => !endsRemedy(state, decision) || !isBlank(discretionReason),
);

/** B-08: work that takes prepaid time is estimated by the rate card, or by a quote where the card has no figure. */
export const IS_ESTIMATED: TicketGuard<TicketEventOf<'CLASSIFIED'>> = {
  rule: 'B-08',
  code: 'NEEDS_QUOTE',
  refusal: (state, event, facts) => {
    if (isFree(event.decision) || expectedMinutes(state, event, facts) !== null) return null;
    const { category, complexity } = event;
    const message = `The rate card has no estimate for ${category} of complexity ${complexity}, so the work needs a quote first.`;
    return { message, facts: { category, complexity }, remedy: 'ASK_VENDOR' };
  },
};

/** B-08, B-12: estimate and threshold are those that the pinned policy gives; free work has neither. */
export const ESTIMATE_HOLDS: TicketGuard<TicketEventOf<'CLASSIFIED'>> = {
  rule: 'B-08',
  code: 'TICKET_FIGURES_DIFFER',
  refusal: (state, event, facts) => {
    const takesNoTime = isFree(event.decision);
    const expected = takesNoTime ? null : expectedMinutes(state, event, facts);
    if (!takesNoTime && expected === null) return null;
    const threshold = expected === null ? null : chargeableMinutes(expected, null, facts.policy.document.extraordinary);
    if (event.estimateMinutes === expected && event.thresholdMinutes === threshold) return null;
    const message =
      expected === null
        ? 'Work that takes no prepaid time has no estimate of it.'
        : `The estimate is ${expected} minutes, with consent from ${threshold} on.`;
    return { message, facts: { estimateMinutes: expected, thresholdMinutes: threshold } };
  },
};

function expectedMinutes(
  { quotedMinutes }: TicketState,
  { category, complexity }: TicketEventOf<'CLASSIFIED'>,
  { policy }: TicketFacts,
): number | null {
  const card = estimateTime(policy, category, complexity);
  return card.outcome === 'ESTIMATED' ? card.minutes : quotedMinutes;
}

/** The most minutes that one quote may come to: beyond that it is a mistake of the pen, and figures made from it could not be told exactly. */
export const MAX_QUOTED_MINUTES = 100_000;

export const IS_QUOTABLE = guard<'ESTIMATE_GIVEN'>(
  'B-29',
  'TICKET_FIGURES_DIFFER',
  'An estimate is a whole number of minutes from 1 to 100,000.',
  (_state, { estimateMinutes }) => isCount(estimateMinutes, 1) && estimateMinutes <= MAX_QUOTED_MINUTES,
);

/** another cause than those that a correction is owed for needs evidence, and ends that coverage. */
export const CAUSE_SHOWN = guard<'ROOT_CAUSE_FOUND'>(
  'A-13',
  'EXPLANATION_MISSING',
  'A cause is set with what shows it.',
  (_state, { evidence }) => !isBlank(evidence),
);

export const CAUSE_FITS_COVERAGE = guard<'ROOT_CAUSE_FOUND'>(
  'A-13',
  'ROOT_CAUSE_ELSEWHERE',
  'A correction is owed only for faults of the add-on itself.',
  (_state, { decision, rootCause }, { policy }) =>
    decision.coverage !== 'CORRECTION' || policy.document.correction.rootCauses.includes(rootCause),
);

export const FACTS_NAMED = guard<'FACTS_REQUESTED'>(
  'A-18',
  'QUESTION_MISSING',
  'Please name what is missing.',
  (_state, { facts }) => facts.length > 0 && facts.every((fact) => !isBlank(fact)),
);

export const ACCESS_NEEDED = guard<'ACCESS_REQUESTED'>(
  'B-18',
  'ACCESS_NOT_NEEDED',
  'Only access that the category of the work requires is asked for, and advice requires none.',
  (state, { items }, { policy }) => {
    const required = requiredAccess(state, policy.document);
    return items.length > 0 && items.every((item) => required.includes(item));
  },
);

export const ACCESS_NAMED = guard<'ACCESS_SUPPLIED' | 'ACCESS_VERIFIED'>(
  'B-18',
  'EXPLANATION_MISSING',
  'Please name the access that this is about.',
  (_state, { items }) => items.length > 0 && items.every((item) => !isBlank(item)),
);

/** B-18: access that must be shown to work before the work starts; none for advice. */
export function requiredAccess({ category, decision }: TicketState, policy: SupportPolicyDocument): readonly string[] {
  const { required } = policy.access;
  if (decision.coverage === 'ADVICE' || category === null || !Object.hasOwn(required, category)) return [];
  return required[category] ?? [];
}

/** B-16: the same customer, licence, store and project, and the very same text or the customer's own word. */
export const IS_DUPLICATE = guard<'MERGED_INTO'>(
  'B-16',
  'DUPLICATE_NOT_ESTABLISHED',
  'Only a request of the same customer about the same purchase, store and project is merged: with the very same text, or on the word of the customer.',
  (state, { originalId, ground, actor }, { other }) => {
    if (other === null || other.ticketId !== originalId || other.ticketId === state.ticketId) return false;
    if (!concernSame(subjectOf(state), subjectOf(other))) return false;
    if (comesBefore(state, other)) return false;
    return ground === 'CONFIRMED' ? actor.kind === 'CUSTOMER' : state.fingerprint !== null && state.fingerprint === other.fingerprint;
  },
);

/** Whose request it is, and what it is about; null: no such thing is named. */
export interface RequestSubject {
  readonly customerId: string;
  readonly purchaseId: string | null;
  readonly storeId: string | null;
  readonly projectId: string | null;
}

export function subjectOf({ customerId, licence, storeId, projectId }: TicketState): RequestSubject {
  return { customerId, purchaseId: licence?.purchaseId ?? null, storeId, projectId };
}

/** B-16: whether two requests are of one customer and about the same; the same words on two add-ons, or in two stores, are two requests. */
export function concernSame(one: RequestSubject, other: RequestSubject): boolean {
  const isSamePlace = one.storeId === other.storeId && one.projectId === other.projectId;
  return one.customerId === other.customerId && one.purchaseId === other.purchaseId && isSamePlace;
}

export const NOT_STARTED = guard<'MERGED_INTO'>(
  'B-17',
  'PROCESSING_STARTED',
  'Work on this ticket has begun, so it is merged into no other.',
  ({ processingStartedAt }) => processingStartedAt === null,
);

/** B-16, B-17: to the place of the duplicate where the policy says so and the work has not begun, else nowhere. */
export const MOVES_AS_RULED: TicketGuard<TicketEventOf<'DUPLICATE_ABSORBED'>> = {
  rule: 'B-16',
  code: 'TICKET_FIGURES_DIFFER',
  refusal: (state, { duplicateId, duplicatePlace, movedTo }, { other, policy }) => {
    const isThat = other !== null && other.ticketId === duplicateId && !state.duplicateIds.includes(duplicateId);
    if (!isThat || !isSamePlace(duplicatePlace, other)) return { message: 'The duplicate is not at the place named.' };
    const place = placeAfterMerge(state, duplicatePlace, policy.document);
    if (place === null ? movedTo === null : movedTo !== null && isSamePlace(place, movedTo)) return null;
    return { message: place === null ? 'This ticket keeps its place.' : 'This ticket moves to the place of its duplicate.' };
  },
};

/** B-16, B-17: the place that a duplicate moves its original to; null where it stays: at or after the start of the work, and without a penalty. */
export function placeAfterMerge(original: TicketState, duplicate: QueuePlace, policy: SupportPolicyDocument): QueuePlace | null {
  if (policy.queue.duplicatePenalty === 'NONE' || original.processingStartedAt !== null || !comesBefore(original, duplicate)) return null;
  return { queueAt: duplicate.queueAt, queueSeq: duplicate.queueSeq };
}

function isSamePlace(one: QueuePlace, other: QueuePlace): boolean {
  return one.queueSeq === other.queueSeq && one.queueAt.equals(other.queueAt);
}

/** B-15: the order of the queue. */
export function comesBefore(one: QueuePlace, other: QueuePlace): boolean {
  return (Temporal.Instant.compare(one.queueAt, other.queueAt) || one.queueSeq - other.queueSeq) < 0;
}

/** B-21 to B-24: opened by a claim on delivered work whose warranty runs, and decided as such. */
export const CONTINUES_PARENT = guard<'WARRANTY_OPENED'>(
  'B-22',
  'WARRANTY_NONE',
  'A warranty ticket belongs to delivered work of the same customer whose warranty is running.',
  (state, { parentId, warrantyEndsAt, at, decision }, { other, policy }) => {
    if (other === null || other.ticketId !== parentId || other.customerId !== state.customerId) return false;
    const { dueAt } = warrantyEnd(other, policy.document);
    const runs = dueAt?.equals(warrantyEndsAt) === true && Temporal.Instant.compare(at, dueAt) < 0;
    return runs && decision.coverage === 'WARRANTY' && decision.verdict === 'ENTITLED' && isFree(decision);
  },
);
