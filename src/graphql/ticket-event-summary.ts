import { moneyToDecimal } from '../policy/money.js';
import type { Fact } from '../policy/reason.js';
import type { TicketEvent, TicketEventKind, TicketEventOf } from '../policy/ticket-event.js';

/** One event in words, and what it says beside them. Ids of rows are left out: what they name is found on the ticket itself. */
export interface ToldEvent {
  readonly summary: string;
  readonly facts: readonly Fact[];
}

interface Telling {
  readonly summary: string;
  readonly facts?: Readonly<Record<string, string | number | null | Temporal.Instant | readonly string[]>>;
}

const SUMMARIES: { readonly [Kind in TicketEventKind]: (event: TicketEventOf<Kind>) => Telling } = {
  SUBMITTED: ({ channel, receivedAt, missingFacts, decision }) => ({
    summary: 'The request was submitted.',
    facts: { channel, receivedAt, missingFacts, verdict: decision.verdict, coverage: decision.coverage },
  }),
  WARRANTY_OPENED: ({ category, warrantyEndsAt }) => ({
    summary: 'The ticket was opened by a warranty claim.',
    facts: { category, warrantyEndsAt },
  }),
  ANSWERED: () => ({ summary: 'The vendor wrote to the customer.' }),
  ESTIMATE_GIVEN: ({ estimateMinutes }) => ({ summary: 'The vendor estimated the work.', facts: { estimateMinutes } }),
  CLASSIFIED: ({ request, category, complexity, decision, estimateMinutes, thresholdMinutes, discretionReason }) => ({
    summary: 'The request was classified and queued.',
    facts: {
      request,
      category,
      complexity,
      verdict: decision.verdict,
      coverage: decision.coverage,
      estimateMinutes,
      thresholdMinutes,
      discretionReason,
    },
  }),
  REFUSED: ({ message, clause }) => ({ summary: 'The request was refused.', facts: { message, clause } }),
  APPEALED: ({ message }) => ({ summary: 'The customer appealed the refusal.', facts: { message } }),
  ROOT_CAUSE_FOUND: ({ rootCause, evidence, decision }) => ({
    summary: 'The cause of the fault was found.',
    facts: { rootCause, evidence, verdict: decision.verdict, coverage: decision.coverage },
  }),
  FACTS_REQUESTED: ({ question, facts }) => ({ summary: 'The vendor asked for facts.', facts: { question, facts } }),
  FACTS_SUPPLIED: ({ missingFacts }) => ({ summary: 'Facts were supplied.', facts: { missingFacts } }),
  ACCESS_REQUESTED: ({ question, items }) => ({ summary: 'The vendor asked for access.', facts: { question, items } }),
  ACCESS_SUPPLIED: ({ items }) => ({ summary: 'Access was supplied.', facts: { items } }),
  ACCESS_VERIFIED: ({ items }) => ({ summary: 'Access was shown to work.', facts: { items } }),
  OUTCOME_AGREED: ({ outcome, evidence }) => ({ summary: 'Both sides agreed on the outcome of the work.', facts: { outcome, evidence } }),
  EXPEDITED: ({ reason }) => ({ summary: 'The vendor may take the ticket out of turn.', facts: { reason } }),
  MERGED_INTO: ({ ground }) => ({ summary: 'The ticket went into another about the same request.', facts: { ground } }),
  DUPLICATE_ABSORBED: ({ movedTo }) => ({
    summary:
      movedTo === null ? 'A duplicate went into the ticket.' : 'A duplicate went into the ticket, which took its place in the queue.',
    facts: { movedTo: movedTo?.queueAt ?? null },
  }),
  CLAIMED: ({ heldMinutes, codeDigest }) => ({ summary: 'The work was taken up.', facts: { heldMinutes, codeDigest } }),
  TIME_SHORT: ({ question, heldMinutes, shortMinutes }) => ({
    summary: 'There was too little prepaid time for the work.',
    facts: { question, heldMinutes, shortMinutes },
  }),
  TOPPED_UP: ({ availableMinutes }) => ({ summary: 'Prepaid time was added.', facts: { availableMinutes } }),
  HOLD_LAPSED: () => ({ summary: 'The minutes kept for the ticket went back, as too few were there for too long.' }),
  HOLD_CUT: ({ heldMinutes }) => ({
    summary: 'Minutes kept for the ticket were taken back, as after a charge-back.',
    facts: { heldMinutes },
  }),
  WORK_LOGGED: ({ seconds }) => ({ summary: 'Work was logged.', facts: { seconds } }),
  THRESHOLD_REACHED: ({ question }) => ({ summary: 'The work reached the limit beyond which consent is needed.', facts: { question } }),
  CONSENT_GIVEN: (event): Telling =>
    event.choice === 'EXTRA'
      ? { summary: 'The customer agreed to more work.', facts: { capMinutes: event.capMinutes } }
      : { summary: 'The customer gave the task up and took its minutes back.', facts: { refundAs: event.refundAs } },
  DELIVERED: ({ loggedEntries, loggedSeconds, correction, codeDigest }) => ({
    summary: 'The work was delivered.',
    facts: {
      loggedEntries,
      loggedSeconds,
      release: correction?.by === 'RELEASE' ? correction.version : null,
      confirmation: correction?.by === 'CONFIGURATION' ? correction.confirmation : null,
      codeDigest,
    },
  }),
  ACCEPTED: ({ message }) => ({ summary: 'The customer accepted the delivery.', facts: { message } }),
  VERIFICATION_LAPSED: () => ({ summary: 'The time for checking the delivery ended, and nothing was said against it.' }),
  REJECTED: ({ reason }) => ({ summary: 'The customer rejected the delivery.', facts: { reason } }),
  WARRANTY_CLAIMED: ({ decision }) => ({ summary: 'Warranty was claimed on the delivered work.', facts: { verdict: decision.verdict } }),
  REWORK_DELIVERED: () => ({ summary: 'Rework under the warranty was delivered.' }),
  WITHDRAWN: ({ message }) => ({ summary: 'The customer took the request back.', facts: { message } }),
  CORRECTION_MISSED: ({ dueAt, workingDays }) => ({
    summary: 'The fault was not corrected in the promised time.',
    facts: { dueAt, workingDays },
  }),
  REFUND_OFFERED: ({ offer }) => ({
    summary: 'What was paid for the add-on was offered back.',
    facts: { amount: `${moneyToDecimal(offer.amount)} ${offer.amount.currencyCode}`, closesAt: offer.closesAt },
  }),
  REFUND_ACCEPTED: () => ({ summary: 'The customer accepted the offer to pay back.' }),
  REFUND_DECLINED: () => ({ summary: 'The customer declined the offer to pay back.' }),
  LICENCE_ENDED: () => ({ summary: 'The licence ended, and with it what was promised on the ticket.' }),
  REFUND_LAPSED: () => ({ summary: 'The offer to pay back ended unanswered.' }),
};

/** An event as it is told to the customer and to staff alike; facts that say nothing are left out. */
export function toldEvent(event: TicketEvent): ToldEvent {
  const tell = SUMMARIES[event.kind] as (event: TicketEvent) => Telling;
  const { summary, facts = {} } = tell(event);
  return { summary, facts: Object.entries(facts).flatMap(([name, value]) => factOf(name, value)) };
}

function factOf(name: string, value: string | number | null | Temporal.Instant | readonly string[]): Fact[] {
  const text = Array.isArray(value) ? value.join(', ') : String(value ?? '');
  return text === '' ? [] : [{ name, value: text }];
}
