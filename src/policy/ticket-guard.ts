import type { ReasonCode, Remedy } from './reason.js';
import type { PinnedPolicy } from './support-policy.js';
import type { TicketState } from './ticket.js';
import type { TicketEvent, TicketEventKind, TicketEventOf } from './ticket-event.js';

/** What a transition looks at beyond the ticket's own log. */
export interface TicketFacts {
  /** Must be the version that the ticket is bound to. */
  readonly policy: PinnedPolicy;
  /** B-15: the ticket that is next: the first that can be taken up, or the one in question where none before it can. Null: there is none. */
  readonly queueHeadId: string | null;
  /** Minutes usable for the ticket beyond what it holds; null: the ledger could not be read. */
  readonly availableMinutes: number | null;
  /** The other ticket of a merge, or the parent of a warranty ticket; null where there is none. */
  readonly other: TicketState | null;
}

/** Why a guard refuses; its code and rule are the guard's. */
export interface Refusal {
  readonly message: string;
  readonly facts?: Readonly<Record<string, string | number | null>>;
  readonly remedy?: Remedy;
}

/** One condition of a transition: the rule that asks for it, the code it refuses with, and when it does. */
export interface TicketGuard<E extends TicketEvent = TicketEvent> {
  readonly rule: string;
  readonly code: ReasonCode;
  /** Null: nothing stands in the way. For the first event, `state` is what that event would open. Does not throw. */
  refusal(state: TicketState, event: E, facts: TicketFacts): Refusal | null;
}

/** A guard that refuses with one sentence unless a condition holds. */
export function guard<K extends TicketEventKind>(
  rule: string,
  code: ReasonCode,
  message: string,
  holds: (state: TicketState, event: TicketEventOf<K>, facts: TicketFacts) => boolean,
  remedy?: Remedy,
): TicketGuard<TicketEventOf<K>> {
  return { rule, code, refusal: (state, event, facts) => (holds(state, event, facts) ? null : { message, remedy }) };
}

export function isBlank(text: string | null): boolean {
  return text === null || text.trim() === '';
}

/** A count that a log can hold: a whole number from `least` on that is exact. */
export function isCount(figure: number, least: number): boolean {
  return Number.isSafeInteger(figure) && figure >= least;
}

/** B-15: the head of the queue, or a ticket that staff took out of turn with a reason. */
export const IS_NEXT = guard(
  'B-15',
  'NOT_HEAD_OF_QUEUE',
  'Another ticket is next in the queue; staff may take this one out of turn with a reason.',
  ({ ticketId, expeditedBecause }, _event, { queueHeadId }) => queueHeadId === ticketId || expeditedBecause !== null,
);

/** a ticket waits for the customer only with a question that was sent. */
export const ASKS = guard<'FACTS_REQUESTED' | 'ACCESS_REQUESTED' | 'TIME_SHORT' | 'THRESHOLD_REACHED'>(
  'A-10',
  'QUESTION_MISSING',
  'Please write the question that the customer is to answer.',
  (_state, { question }) => !isBlank(question),
);
