import type { SupportPolicyDocument } from './support-policy.js';
import type { TicketState } from './ticket.js';
import type { QueuePlace } from './ticket-event.js';
import { comesBefore, concernSame, placeAfterMerge, type RequestSubject } from './ticket-intake-guard.js';

/** What the queue needs to know of a ticket. */
export type QueuedTicket = Pick<TicketState, 'ticketId' | 'work' | 'returnTo' | 'queueAt' | 'queueSeq'>;

/** One ticket in its place. */
export interface QueueEntry<T extends QueuedTicket = QueuedTicket> {
  readonly ticket: T;
  /** From 1, counting the tickets that can be worked on; null while this one waits for its customer. */
  readonly position: number | null;
}

/**
 * B-15: the tickets that have a place, by `(queueAt, queueSeq)`: those ready to be worked on, and among them, without a number, those that wait for their
 * customer and will be back at the same place. Tickets in work, in triage and at their end have none.
 */
export function queueOrder<T extends QueuedTicket>(tickets: readonly T[]): QueueEntry<T>[] {
  let ready = 0;
  return tickets
    .filter(({ work, returnTo }) => work === 'QUEUED' || returnTo === 'QUEUED')
    .sort((one, other) => (comesBefore(one, other) ? -1 : comesBefore(other, one) ? 1 : 0))
    .map((ticket) => ({ ticket, position: ticket.work === 'QUEUED' ? ++ready : null }));
}

/**
 * B-15: the place of a ticket among those ready, from 1; for one that waits, the place it would have if its customer answered now. Null for one
 * that is not in the queue.
 */
export function positionOf(ticketId: string, tickets: readonly QueuedTicket[]): number | null {
  const order = queueOrder(tickets);
  const index = order.findIndex(({ ticket }) => ticket.ticketId === ticketId);
  return index < 0 ? null : order.slice(0, index).filter(({ position }) => position !== null).length + 1;
}

/** What merging a duplicate would do, to be shown before it is sent. */
export interface DuplicateMerge {
  /** MOVES: to the place of the duplicate. STAYS: without a penalty. COMMENT: the work has begun, so the duplicate is only added to it. */
  readonly outcome: 'MOVES' | 'STAYS' | 'COMMENT';
  /** The original's new place; null unless it moves. */
  readonly movedTo: QueuePlace | null;
  readonly positionBefore: number | null;
  readonly positionAfter: number | null;
  /** Ids of all tickets in the queue, in their order after the merge. */
  readonly order: readonly string[];
}

/**
 * B-16, B-17: what becomes of the queue when a request that came at `duplicate` is merged into `original`: before the start of the work the original moves to
 * the place of the duplicate where the policy says so; from then on nothing moves. `queue` may hold both; the duplicate itself leaves it. Clocks that
 * the policy promises are counted from the submission, and do not move with the place.
 */
export function mergeDuplicate(
  original: TicketState,
  duplicate: QueuePlace & { readonly ticketId: string | null },
  queue: readonly QueuedTicket[],
  policy: SupportPolicyDocument,
): DuplicateMerge {
  const before = queue.filter(({ ticketId }) => ticketId !== duplicate.ticketId);
  const movedTo = placeAfterMerge(original, duplicate, policy);
  const after = before.map((ticket) => (ticket.ticketId === original.ticketId && movedTo !== null ? { ...ticket, ...movedTo } : ticket));
  return {
    outcome: original.processingStartedAt !== null ? 'COMMENT' : movedTo === null ? 'STAYS' : 'MOVES',
    movedTo,
    positionBefore: positionOf(original.ticketId, before),
    positionAfter: positionOf(original.ticketId, after),
    order: queueOrder(after).map(({ ticket }) => ticket.ticketId),
  };
}

/** What a customer wrote, as far as it tells one request from another. */
export interface ReportText {
  readonly subject: string;
  readonly description: string;
}

/**
 * B-16: the same for two reports iff they say the very same, whatever their case, spaces and way of encoding the same letters. Readable text, of the length of
 * the report.
 */
export function fingerprintOf({ subject, description }: ReportText): string {
  return `${wordsOf(subject).join(' ')}\n${wordsOf(description).join(' ')}`;
}

/** Of five distinct words of two reports together, three are in both: they are alike enough to ask. */
const ALIKE_SHARED = 3;
const ALIKE_OF = 5;

export interface DuplicateCandidate extends RequestSubject {
  readonly text: ReportText;
}

/**
 * B-16: MERGE for the very same text of the same customer about the same purchase, store and project; ASK when it is only alike, for then the customer must confirm; else
 * DIFFERENT. A request without words is like no other.
 */
export function duplicateVerdict(one: DuplicateCandidate, other: DuplicateCandidate): 'MERGE' | 'ASK' | 'DIFFERENT' {
  if (!concernSame(one, other)) return 'DIFFERENT';
  const [words, others] = [distinctWords(one.text), distinctWords(other.text)];
  const shared = [...words].filter((word) => others.has(word)).length;
  if (shared === 0) return 'DIFFERENT';
  if (fingerprintOf(one.text) === fingerprintOf(other.text)) return 'MERGE';
  return shared * ALIKE_OF >= (words.size + others.size - shared) * ALIKE_SHARED ? 'ASK' : 'DIFFERENT';
}

function distinctWords({ subject, description }: ReportText): Set<string> {
  return new Set([...wordsOf(subject), ...wordsOf(description)]);
}

function wordsOf(text: string): string[] {
  return text
    .normalize('NFKC')
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== '');
}
