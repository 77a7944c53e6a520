import type { AfterSalesFacts } from './after-sales.js';
import { type Reason, type ReasonDraft, reason } from './reason.js';
import type { CoverageRule, ScopeRule, SupportPolicyDocument } from './support-policy.js';

/** How far a right reaches, in rising order. */
export const REFUSED = 0;
export const LEFT_OPEN = 1;
export const OWED = 2;
export type Reach = typeof REFUSED | typeof LEFT_OPEN | typeof OWED;

/**
 * What one condition leaves of a right. `worst` and `best` differ while a fact is missing: they are what the condition would leave if the fact turned out
 * against or for the customer. UNREAD: the program could not read the fact; UNSAID: the customer can say it.
 */
export interface ConditionOutcome {
  readonly worst: Reach;
  readonly best: Reach;
  readonly missing: 'UNREAD' | 'UNSAID' | null;
  readonly reasons: readonly Reason[];
}

/** One condition of one coverage, asked at an instant. */
export interface Question {
  readonly document: SupportPolicyDocument;
  readonly facts: AfterSalesFacts;
  readonly rule: CoverageRule;
  readonly at: Temporal.Instant;
}

type Draft = Omit<ReasonDraft, 'effect'>;

/** The condition holds, and there is nothing to say about it. */
export const HOLDS: ConditionOutcome = { worst: OWED, best: OWED, missing: null, reasons: [] };

function outcome(question: Question, worst: Reach, best: Reach, draft: Draft): ConditionOutcome {
  const effect = best === REFUSED ? 'REFUSES' : 'INFORMS';
  return { worst, best, missing: null, reasons: [reason(question.document.clauses, { ...draft, effect })] };
}

/** The condition holds, and says what it found; the reason informs. */
export function holding(question: Question, draft: Draft): ConditionOutcome {
  return outcome(question, OWED, OWED, draft);
}

/** The condition fails whatever else is known; the reason refuses. */
export function refused(question: Question, draft: Draft): ConditionOutcome {
  return outcome(question, REFUSED, REFUSED, draft);
}

/** The condition leaves the work to the vendor's discretion; the reason informs. */
export function leftOpen(question: Question, draft: Draft): ConditionOutcome {
  return outcome(question, LEFT_OPEN, LEFT_OPEN, draft);
}

/** The fact is missing: anything from a refusal to a full right may come of it; the reason informs. */
export function unknown(question: Question, missing: 'UNREAD' | 'UNSAID', draft: Draft): ConditionOutcome {
  return { ...outcome(question, REFUSED, OWED, draft), missing };
}

/** A fact that speaks against the customer, as hard as the policy's scope takes it: refused, left open, or ignored without a reason. */
export function byScope(question: Question, rule: ScopeRule, draft: Draft): ConditionOutcome {
  if (rule === 'IGNORE') return HOLDS;
  return rule === 'HARD' ? refused(question, draft) : leftOpen(question, draft);
}
