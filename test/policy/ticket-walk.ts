import fc from 'fast-check';
import type { PinnedPolicy } from '../../src/policy/support-policy.js';
import { actualMinutesOf, isHolding, placeOf, type TicketState } from '../../src/policy/ticket.js';
import { TICKET_EVENT_KINDS, TIME_EVENT_KINDS, type TicketEvent, type TicketEventKind } from '../../src/policy/ticket-event.js';
import type { TicketFacts } from '../../src/policy/ticket-guard.js';
import { transition } from '../../src/policy/ticket-machine.js';
import { TRANSITIONS } from '../../src/policy/ticket-transition.js';
import {
  ADVICE,
  agreed,
  BUG,
  CORRECTION,
  claimedFree,
  claimedPaid,
  classified,
  event,
  factsOf,
  MAY,
  NOT_OWED,
  PAID,
  RELEASE,
  submitted,
  UNDECIDED,
  verified,
  WARRANTY,
} from './ticket-story.js';

/** One throw of the dice: which kind of event, how much later, and what it says. */
export interface Pick {
  readonly kind: number;
  readonly later: number;
  readonly what: number;
  /** Now and then an event that the table does not have in this state. */
  readonly stray: boolean;
}

export const picks: fc.Arbitrary<Pick[]> = fc.array(
  fc.record({
    kind: fc.nat(1_000),
    later: fc.oneof(fc.nat(600), fc.nat(20_000)),
    what: fc.nat(11),
    stray: fc.integer({ min: 0, max: 9 }).map((n) => n === 0),
  }),
  { minLength: 1, maxLength: 40, size: 'max' },
);

export interface Step {
  readonly before: TicketState;
  readonly event: TicketEvent;
  readonly facts: TicketFacts;
}

export interface Walk {
  readonly [fc.toStringMethod]: () => string;
  readonly policy: PinnedPolicy;
  readonly state: TicketState;
  readonly log: readonly TicketEvent[];
  readonly steps: readonly Step[];
}

const START = Temporal.Instant.from('2026-02-02T07:30:00Z');
const DECISIONS = [PAID, CORRECTION, ADVICE, WARRANTY, BUG, MAY, NOT_OWED];

/** A ticket that lives through what the dice say; refused events leave no trace. */
export function walk(policy: PinnedPolicy, thrown: readonly Pick[]): Walk {
  const owed = policy.document.remedy === null ? PAID : CORRECTION;
  const decided = thrown.length % 5 === 0 ? (DECISIONS[thrown.length % DECISIONS.length] ?? owed) : thrown.length === 12 ? UNDECIDED : owed;
  const missingFacts = thrown.length % 3 === 0 ? ['steps'] : [];
  const first = submitted(START.toString(), policy, { decision: decided, missingFacts });
  const opened = transition(null, first, factsOf(policy));
  if (opened.outcome === 'REFUSED') throw new Error('the first event was refused');
  let { state } = opened;
  const log: TicketEvent[] = [first];
  const steps: Step[] = [];
  let now = START;
  // Many tickets begin in the queue or in work: few dice would bring them there.
  for (const next of beginning(START.toString(), owed).slice(0, [0, 4, 1, 4][thrown.length % 4])) {
    const outcome = transition(state, next, factsOf(policy));
    if (outcome.outcome === 'REFUSED') continue;
    state = outcome.state;
    log.push(next);
  }
  for (const pick of thrown) {
    now = now.add({ minutes: pick.later });
    const kind = kindFor(state, pick);
    const next = eventFor(kind, state, now.toString(), pick, owed);
    const facts = factsOf(policy, {
      availableMinutes: pick.what * 20,
      other: kind === 'MERGED_INTO' ? { ...state, ticketId: 'T0', queueSeq: 0, queueAt: START } : otherOf(state),
    });
    steps.push({ before: state, event: next, facts });
    const outcome = transition(state, next, facts);
    if (outcome.outcome === 'REFUSED') continue;
    state = outcome.state;
    log.push(...outcome.appended);
  }
  const told = () => `${policy.name}: ${log.map(({ kind, at }) => `${at} ${kind}`).join(', ')}; ${thrown.length} picks`;
  return { policy, state, log, steps, [fc.toStringMethod]: told };
}

function beginning(when: string, owed: typeof PAID): TicketEvent[] {
  return [classified(when, owed), agreed(when), verified(when), owed === PAID ? claimedPaid(when) : claimedFree(when)];
}

function kindFor(state: TicketState, { kind, stray, what }: Pick): TicketEventKind {
  const { work } = state;
  const isTime = (each: TicketEventKind) => TIME_EVENT_KINDS.some((time) => time === each);
  // Giving up ends a walk, so it is rare.
  const isRare = (each: TicketEventKind) => what > 1 && ['WITHDRAWN', 'MERGED_INTO', 'LICENCE_ENDED'].includes(each);
  const open = [...new Set(TRANSITIONS.filter((row) => row.from?.includes(work)).map((row) => row.event))];
  const isIdle = (each: TicketEventKind) => each === 'HOLD_CUT' && !isHolding(state);
  const known = open.filter((each) => !isTime(each) && !isRare(each) && !isIdle(each));
  const all = stray || known.length === 0 ? TICKET_EVENT_KINDS : known;
  return all[kind % all.length] ?? 'ANSWERED';
}

/** A later request of the same customer, at the end of the queue. */
function otherOf(state: TicketState): TicketState {
  const seq = state.queueSeq + 1;
  return { ...state, ticketId: `T1-${seq}`, submittedAt: state.lastEventAt, queueAt: state.lastEventAt, queueSeq: seq, seq };
}

/** Mostly what fits the state, sometimes what does not. */
function eventFor(kind: TicketEventKind, state: TicketState, when: string, { what }: Pick, owed: typeof PAID): TicketEvent {
  const isPaid = state.decision.charge === 'MINUTES' && state.rejections === 0;
  const usable = what * 20 + (state.hold.state === 'PARTIAL' ? state.hold.heldMinutes : 0);
  const estimate = state.estimateMinutes ?? 0;
  const decision = what === 0 ? (DECISIONS[what] ?? owed) : what === 1 ? ADVICE : what === 2 ? WARRANTY : owed;
  const other = otherOf(state);
  const movedTo = state.processingStartedAt === null && owed === PAID ? placeOf(other) : null;
  switch (kind) {
    case 'SUBMITTED':
      return event(kind, when, {
        ...opening(state),
        channel: 'API',
        receivedAt: Temporal.Instant.from(when),
        messageId: null,
        fingerprint: 'x',
        missingFacts: [],
      });
    case 'WARRANTY_OPENED':
      return event(kind, when, { ...opening(state), parentId: 'T0', category: null, warrantyEndsAt: state.submittedAt });
    case 'ESTIMATE_GIVEN':
      return event(kind, when, { estimateMinutes: what * 10 });
    case 'CLASSIFIED':
      return classified(when, decision, { discretionReason: 'We can.' });
    case 'REFUSED':
      return event(kind, when, { message: 'Not owed.', clause: null });
    case 'ROOT_CAUSE_FOUND':
      return event(kind, when, { rootCause: 'ADDON', evidence: 'The log.', decision });
    case 'FACTS_REQUESTED':
      return event(kind, when, { question: what === 0 ? '' : 'Which steps?', facts: ['steps'] });
    case 'FACTS_SUPPLIED':
      return event(kind, when, { missingFacts: what === 0 ? ['steps'] : [] });
    case 'ACCESS_REQUESTED':
      return event(kind, when, { question: 'Please.', items: what % 2 ? ['FILES'] : ['ADMIN_PANEL', 'FILES'] });
    case 'ACCESS_SUPPLIED':
    case 'ACCESS_VERIFIED':
      return event(kind, when, { items: what % 4 ? ['ADMIN_PANEL', 'FILES'] : ['FILES'] });
    case 'OUTCOME_AGREED':
      return event(kind, when, { outcome: 'It works.', evidence: null });
    case 'EXPEDITED':
      return event(kind, when, { reason: 'A shop is down.' });
    case 'MERGED_INTO':
      return event(kind, when, { originalId: 'T0', ground: 'CONFIRMED' });
    case 'DUPLICATE_ABSORBED':
      return event(kind, when, { duplicateId: other.ticketId, duplicatePlace: placeOf(other), movedTo });
    case 'CLAIMED':
      return event(kind, when, { holdId: isPaid ? 'H1' : null, heldMinutes: isPaid ? estimate : 0, codeDigest: null });
    case 'TIME_SHORT':
      return event(kind, when, {
        question: 'Buy time?',
        holdId: usable === 0 ? null : 'H1',
        heldMinutes: usable,
        shortMinutes: estimate - usable,
      });
    case 'TOPPED_UP':
      return event(kind, when, { orderKey: when, availableMinutes: what * 20 });
    case 'WORK_LOGGED':
      return event(kind, when, { entryId: when, seconds: what * 2_500 });
    case 'THRESHOLD_REACHED':
      return event(kind, when, { question: 'May we go on?' });
    case 'CONSENT_GIVEN':
      return what < 2
        ? event(kind, when, { choice: 'REFUND', refundAs: 'MINUTES' })
        : event(kind, when, { choice: 'EXTRA', capMinutes: actualMinutesOf(state) + what * 10 });
    case 'DELIVERED':
      return event(kind, when, {
        loggedEntries: state.loggedEntries.length,
        loggedSeconds: state.loggedSeconds,
        correction: what === 0 ? null : RELEASE,
        codeDigest: null,
      });
    case 'REJECTED':
      return event(kind, when, { reason: 'Still wrong.' });
    case 'WARRANTY_CLAIMED':
      return event(kind, when, { childId: when, decision: WARRANTY });
    case 'REWORK_DELIVERED':
      return event(kind, when, { childId: when });
    case 'ANSWERED':
      return event(kind, when, { messageId: when });
    case 'APPEALED':
      return event(kind, when, { message: 'Please.' });
    case 'ACCEPTED':
    case 'WITHDRAWN':
      return event(kind, when, { message: null });
    case 'CORRECTION_MISSED':
      return event(kind, when, { dueAt: Temporal.Instant.from(when), workingDays: 30 });
    case 'HOLD_CUT':
      return event(kind, when, { holdId: 'H1', heldMinutes: Math.max(0, state.hold.heldMinutes - what * 20) });
    case 'HOLD_LAPSED':
      return event(kind, when, { holdId: 'H1' });
    case 'LICENCE_ENDED':
    case 'REFUND_OFFERED':
    case 'VERIFICATION_LAPSED':
    case 'REFUND_LAPSED':
    case 'REFUND_ACCEPTED':
    case 'REFUND_DECLINED':
      return event(kind === 'REFUND_OFFERED' ? 'REFUND_LAPSED' : kind, when, {});
  }
}

function opening({ customerId, projectId, policy, decision, licence }: TicketState) {
  return { ticketId: 'T9', customerId, projectId, seq: 9, policy, decision, licence };
}
