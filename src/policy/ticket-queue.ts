import type { SupportPolicyDocument } from './support-policy.js';
import type { TicketState } from './ticket.js';
import type { QueuePlace } from './ticket-event.js';
import { concernSame, placeAfterMerge, type RequestSubject } from './ticket-intake-guard.js';

/** Where a ticket stands among all that have a place: those ready to be worked on, and those that wait and will be back at theirs. */
export interface StandingInQueue {
  /** B-15: among those ready, from 1, by `(queueAt, queueSeq)`; for one that waits, the place it would have if its customer answered now. */
  readonly position: number;
  /** How many are ready. */
  readonly readyCount: number;
  /** False while it waits for its customer. */
  readonly isReady: boolean;
}

/** What merging a duplicate would do, to be shown before it is sent. */
export interface DuplicateMerge {
  /** MOVES: to the place of the duplicate. STAYS: without a penalty. COMMENT: the work has begun, so the duplicate is only added to it. */
  readonly outcome: 'MOVES' | 'STAYS' | 'COMMENT';
  /** The original's new place; null unless it moves. */
  readonly movedTo: QueuePlace | null;
  readonly positionBefore: number | null;
  readonly positionAfter: number | null;
}

/**
 * B-16, B-17: what becomes of the place of `original` when a request that arrives now, after all there are, is merged into it: before the start of the work it
 * moves to the end where the policy says so; from then on nothing moves. `standing` is that of the original; null: it has no place, and gets none. Clocks
 * that the policy promises are counted from the submission, and do not move with the place.
 */
export function mergeArrival(
  original: TicketState,
  arrival: QueuePlace,
  standing: StandingInQueue | null,
  policy: SupportPolicyDocument,
): DuplicateMerge {
  const movedTo = placeAfterMerge(original, arrival, policy);
  const positionBefore = standing?.position ?? null;
  return {
    outcome: original.processingStartedAt !== null ? 'COMMENT' : movedTo === null ? 'STAYS' : 'MOVES',
    movedTo,
    positionBefore,
    positionAfter: standing === null || movedTo === null ? positionBefore : standing.readyCount + (standing.isReady ? 0 : 1),
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
