import { refundOffer } from './refund-offer.js';
import type { SupportPolicyDocument } from './support-policy.js';
import { isInWork, type TicketState } from './ticket.js';
import { correctionClock, verificationEnd } from './ticket-clock.js';
import type { TicketActor, TicketEventOf, TimeEventKind } from './ticket-event.js';
import { addWorkingDays } from './working-calendar.js';

type TimeEvent = TicketEventOf<TimeEventKind>;

const PROGRAM: TicketActor = { kind: 'PROGRAM', id: null };

/**
 * B-13: the first thing that time alone has done to the ticket by `at` and that its log does not hold yet; null when there is none. It bears
 * the instant at which it was due, not that at which it was noticed. Of two at once the correction comes before the offer, and the offer before
 * the rest.
 */
export function nextTimeEvent(ticket: TicketState, policy: SupportPolicyDocument, at: Temporal.Instant): TimeEvent | null {
  let first: TimeEvent | null = null;
  const candidates = [
    correctionMissed(ticket, policy, at),
    refundOffered(ticket, policy),
    refundLapsed(ticket),
    verificationLapsed(ticket, policy),
    holdLapsed(ticket, policy),
  ];
  for (const candidate of candidates) {
    if (candidate === null || Temporal.Instant.compare(at, candidate.at) < 0) continue;
    if (first === null || Temporal.Instant.compare(candidate.at, first.at) < 0) first = candidate;
  }
  return first;
}

function correctionMissed(ticket: TicketState, policy: SupportPolicyDocument, at: Temporal.Instant): TimeEvent | null {
  if (ticket.remedy.state !== 'RUNNING' || policy.remedy === null) return null;
  const dueAt = correctionClock(ticket, policy, at)?.dueAt ?? null;
  if (dueAt === null) return null;
  // It cannot have been missed before it was found to be owed.
  const { owedSince } = ticket.remedy;
  const missedAt = owedSince !== null && Temporal.Instant.compare(dueAt, owedSince) < 0 ? owedSince : dueAt;
  return { kind: 'CORRECTION_MISSED', at: missedAt, actor: PROGRAM, dueAt, workingDays: policy.remedy.workingDays };
}

function refundOffered(ticket: TicketState, policy: SupportPolicyDocument): TimeEvent | null {
  const { missedAt, refund } = ticket.remedy;
  if (missedAt === null || refund !== null) return null;
  const correction = correctionClock(ticket, policy, missedAt);
  const facts = {
    licence: ticket.licence,
    admittedAt: correction?.startedAt ?? ticket.submittedAt,
    correctionDueAt: correction?.dueAt ?? missedAt,
    missedAt,
    provisional: correction?.provisional ?? false,
    correctedAt: null,
  };
  const decision = refundOffer(facts, policy, missedAt);
  return decision.outcome === 'OFFERED' ? { kind: 'REFUND_OFFERED', at: missedAt, actor: PROGRAM, offer: decision.offer } : null;
}

function refundLapsed({ remedy }: TicketState): TimeEvent | null {
  if (remedy.refund === null || remedy.refund.state !== 'OFFERED') return null;
  const { closesAt } = remedy.refund.offer;
  return closesAt && { kind: 'REFUND_LAPSED', at: closesAt, actor: PROGRAM };
}

function verificationLapsed(ticket: TicketState, policy: SupportPolicyDocument): TimeEvent | null {
  if (ticket.work !== 'DELIVERED') return null;
  const { dueAt } = verificationEnd(ticket, policy);
  return dueAt && { kind: 'VERIFICATION_LAPSED', at: dueAt, actor: PROGRAM };
}

/** What work that has begun still has is kept to its end. */
function holdLapsed(ticket: TicketState, policy: SupportPolicyDocument): TimeEvent | null {
  const { hold } = ticket;
  if (isInWork(ticket) || hold.state !== 'PARTIAL' || hold.placedAt === null || hold.holdId === null || policy.hold === null) return null;
  const { at: dueAt } = addWorkingDays(policy.calendar, hold.placedAt, policy.hold.ttlWorkingDays);
  return dueAt && { kind: 'HOLD_LAPSED', at: dueAt, actor: PROGRAM, holdId: hold.holdId };
}
