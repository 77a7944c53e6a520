import type { PinnedPolicy, SupportPolicyDocument } from '../../src/policy/support-policy.js';
import type { TicketState } from '../../src/policy/ticket.js';
import type { TicketActorKind, TicketDecision, TicketEvent, TicketEventKind, TicketEventOf } from '../../src/policy/ticket-event.js';
import type { TicketFacts } from '../../src/policy/ticket-guard.js';
import { type TransitionOutcome, transition } from '../../src/policy/ticket-machine.js';
import { CAL_A, CAL_B } from './fixture-calendars.js';
import { PREPAID_SUPPORT, pin, TECHNICAL_SUPPORT } from './shipped-policies.js';

export const at = (text: string) => Temporal.Instant.from(text);

/** The shipped policies on the calendars of the fixtures. */
export const REPAIR = pin({ ...TECHNICAL_SUPPORT.document, zone: CAL_A.zone, calendar: CAL_A });
export const PREPAID = pin({ ...PREPAID_SUPPORT.document, zone: CAL_B.zone, calendar: CAL_B });

export function withDocument(policy: PinnedPolicy, change: Partial<SupportPolicyDocument>): PinnedPolicy {
  return { ...policy, document: { ...policy.document, ...change } };
}

export const CORRECTION: TicketDecision = { verdict: 'ENTITLED', coverage: 'CORRECTION', charge: 'FREE', remedy: 'REPAIR_OR_REFUND' };
export const UNDECIDED: TicketDecision = { ...CORRECTION, verdict: 'UNDETERMINED' };
export const ADVICE: TicketDecision = { verdict: 'ENTITLED', coverage: 'ADVICE', charge: 'FREE', remedy: 'NONE' };
export const PAID: TicketDecision = { verdict: 'ENTITLED', coverage: 'PREPAID_TIME', charge: 'MINUTES', remedy: 'NONE' };
export const WARRANTY: TicketDecision = { verdict: 'ENTITLED', coverage: 'WARRANTY', charge: 'FREE', remedy: 'NONE' };

/** Who usually sends an event of a kind. */
const SENDERS: Partial<Record<TicketEventKind, TicketActorKind>> = {
  SUBMITTED: 'CUSTOMER',
  WARRANTY_OPENED: 'CUSTOMER',
  APPEALED: 'CUSTOMER',
  FACTS_SUPPLIED: 'CUSTOMER',
  ACCESS_SUPPLIED: 'CUSTOMER',
  OUTCOME_AGREED: 'CUSTOMER',
  MERGED_INTO: 'CUSTOMER',
  DUPLICATE_ABSORBED: 'PROGRAM',
  CONSENT_GIVEN: 'CUSTOMER',
  ACCEPTED: 'CUSTOMER',
  REJECTED: 'CUSTOMER',
  WITHDRAWN: 'CUSTOMER',
  WARRANTY_CLAIMED: 'CUSTOMER',
  REFUND_ACCEPTED: 'CUSTOMER',
  REFUND_DECLINED: 'CUSTOMER',
  CORRECTION_MISSED: 'PROGRAM',
  REFUND_OFFERED: 'PROGRAM',
  REFUND_LAPSED: 'PROGRAM',
  VERIFICATION_LAPSED: 'PROGRAM',
  HOLD_LAPSED: 'PROGRAM',
  HOLD_CUT: 'PROGRAM',
  LICENCE_ENDED: 'PROGRAM',
};

type WithoutBase<E> = E extends unknown ? Omit<E, 'kind' | 'at' | 'actor'> : never;
type Data<K extends TicketEventKind> = WithoutBase<TicketEventOf<K>>;

/** One event of a kind at an instant, sent by whoever usually sends it. */
export function event<K extends TicketEventKind>(kind: K, when: string, data: Data<K>, by?: TicketActorKind): TicketEvent {
  const sender = by ?? SENDERS[kind] ?? 'STAFF';
  const built: unknown = { kind, at: at(when), actor: { kind: sender, id: sender === 'PROGRAM' ? null : 'someone' }, ...data };
  return built as TicketEvent;
}

export function submitted(when: string, policy: PinnedPolicy, change: Partial<Data<'SUBMITTED'>> = {}): TicketEvent {
  return event('SUBMITTED', when, {
    ticketId: 'T1',
    customerId: 'C1',
    projectId: 'P1',
    seq: 1,
    policy: { name: policy.name, version: policy.version, contentHash: policy.contentHash },
    decision: policy.document.remedy === null ? PAID : CORRECTION,
    licence: { purchaseId: 'L1', paidGross: { amountMinor: 11_520n, currencyCode: 'EUR' } },
    channel: 'FORM',
    receivedAt: at(when),
    messageId: null,
    fingerprint: 'the same words',
    missingFacts: [],
    ...change,
  });
}

/** Queued by its kind: a fault of the add-on under one policy, a paid conflict of medium size under the other. */
export function classified(when: string, decision: TicketDecision, change: Partial<Data<'CLASSIFIED'>> = {}): TicketEvent {
  const isPaid = decision.charge === 'MINUTES';
  return event('CLASSIFIED', when, {
    request: 'CORRECTION',
    category: 'CONFLICT',
    complexity: 'M',
    decision,
    estimateMinutes: isPaid ? 120 : null,
    thresholdMinutes: isPaid ? 180 : null,
    discretionReason: null,
    ...change,
  });
}

export const agreed = (when: string) => event('OUTCOME_AGREED', when, { outcome: 'The checkout works.', evidence: null });
export const verified = (when: string) => event('ACCESS_VERIFIED', when, { items: ['ADMIN_PANEL', 'FILES'] });
export const claimedFree = (when: string) => event('CLAIMED', when, { holdId: null, heldMinutes: 0, codeDigest: null });
export const claimedPaid = (when: string, heldMinutes = 120) => event('CLAIMED', when, { holdId: 'H1', heldMinutes, codeDigest: 'before' });
export const asked = (when: string) => event('FACTS_REQUESTED', when, { question: 'Which version?', facts: ['storeVersion'] });
export const answered = (when: string, missingFacts: readonly string[] = []) => event('FACTS_SUPPLIED', when, { missingFacts });
export const logged = (when: string, minutes: number, entryId = when) => event('WORK_LOGGED', when, { entryId, seconds: minutes * 60 });
export const accepted = (when: string) => event('ACCEPTED', when, { message: null });
export const rejected = (when: string) => event('REJECTED', when, { reason: 'It still fails.' });
export const withdrawn = (when: string) => event('WITHDRAWN', when, { message: null });
export const overLimit = (when: string) => event('THRESHOLD_REACHED', when, { question: 'May we go on?' });
export const RELEASE = { by: 'RELEASE', version: '1.2.1', containsFix: true, customerMayDownload: true, installsOnStore: true } as const;

export function delivered(when: string, loggedEntries = 0, loggedMinutes = 0, change: Partial<Data<'DELIVERED'>> = {}): TicketEvent {
  return event('DELIVERED', when, {
    loggedEntries,
    loggedSeconds: loggedMinutes * 60,
    correction: RELEASE,
    codeDigest: 'after',
    ...change,
  });
}

/** The ticket is next, nothing else is known, and there is plenty of time. */
export function factsOf(policy: PinnedPolicy, change: Partial<TicketFacts> = {}): TicketFacts {
  return { policy, queueHeadId: 'T1', availableMinutes: 5_000, other: null, ...change };
}

export interface Story {
  readonly state: TicketState;
  readonly log: readonly TicketEvent[];
  /** What the machine said to the last event. */
  readonly last: TransitionOutcome;
}

/** Tells the events to the machine one by one; all but the last must move the ticket, and the first must open it. */
export function story(policy: PinnedPolicy, events: readonly TicketEvent[], change: Partial<TicketFacts> = {}): Story {
  const [first, ...others] = events;
  const opened = first && transition(null, first, factsOf(policy, change));
  if (opened?.outcome !== 'MOVED') throw new Error(`no ticket was opened: ${opened ? codesOf(opened).join(', ') : 'no event'}`);
  let told: Story = { state: opened.state, log: opened.appended, last: opened };
  for (const each of others) {
    if (told.last.outcome === 'REFUSED') throw new Error(`refused before ${each.kind}: ${codesOf(told.last).join(', ')}`);
    const last = transition(told.state, each, factsOf(policy, change));
    told = last.outcome === 'MOVED' ? { state: last.state, log: [...told.log, ...last.appended], last } : { ...told, last };
  }
  return told;
}

export function codesOf(outcome: TransitionOutcome): string[] {
  return outcome.outcome === 'MOVED' ? [] : outcome.reasons.map(({ code }) => code);
}

/** A fault reported on a complete form and queued at once: the clock of the correction starts. */
export const reported = (when: string) => [submitted(when, REPAIR), classified(when, CORRECTION)];

/** Paid work up to its start, agreed on and with verified access. */
export const started = (when: string) => [
  submitted(when, PREPAID),
  classified(when, PAID),
  agreed(when),
  verified(when),
  claimedPaid(when),
];

export const MON = '2026-03-09T10:00:00+03:00';
export const TUE = '2026-03-10T10:00:00+03:00';
export const WED = '2026-03-11T10:00:00+03:00';

export const NOT_OWED: TicketDecision = { verdict: 'NOT_ENTITLED', coverage: 'NONE', charge: 'NONE', remedy: 'NONE' };
export const BUG: TicketDecision = { verdict: 'ENTITLED', coverage: 'PRODUCT_BUG', charge: 'FREE', remedy: 'NONE' };
export const MAY: TicketDecision = { verdict: 'VENDOR_DISCRETION', coverage: 'QUOTE', charge: 'MONEY', remedy: 'NONE' };
export const refusal = (when: string, message = 'Support does not include this.') =>
  event('REFUSED', when, { message, clause: 'clause 1' });
export const appeal = (when: string) => event('APPEALED', when, { message: 'Please look again.' });
export const accessAsked = event('ACCESS_REQUESTED', MON, { question: 'Please send access.', items: ['ADMIN_PANEL', 'FILES'] });
export const short = (held: number, missing: number) =>
  event('TIME_SHORT', MON, { question: 'Please buy time.', holdId: held === 0 ? null : 'H1', heldMinutes: held, shortMinutes: missing });
export const cut = (when: string, heldMinutes: number, holdId = 'H1') => event('HOLD_CUT', when, { holdId, heldMinutes });
export const cause = (when: string, rootCause: 'ADDON' | 'HOST', decision: TicketDecision, evidence = 'The log shows it.') =>
  event('ROOT_CAUSE_FOUND', when, { rootCause, evidence, decision });
export const queuedPaid = [submitted(MON, PREPAID), classified(MON, PAID)];
/** Paid work that has used up what may be charged without consent. */
export const atLimit = [...started(MON), logged(TUE, 180), overLimit(TUE)];
