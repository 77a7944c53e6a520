import { type ClauseMap, type Reason, reason } from './reason.js';

/** An item of access information that somebody of the vendor's staff asks to see. */
export interface AccessToShow {
  readonly item: string;
  /** When the secret was deleted; null: it is there. */
  readonly purgedAt: Temporal.Instant | null;
  /** To whom and when it was shown in this very session; null: it was not. */
  readonly shown: { readonly to: string; readonly at: Temporal.Instant } | null;
}

/**
 * B-18: why access information is not shown: its secret was deleted with the end of the work, or this session has seen it. Empty: it may be shown.
 * `clauses` are those of the policy that the ticket is bound to. Does not throw.
 */
export function revealRefusals(clauses: ClauseMap, { item, purgedAt, shown }: AccessToShow): Reason[] {
  if (purgedAt !== null) {
    const message = 'This access was deleted, and nobody can read it any more. Ask the customer for it again.';
    const facts = { item, purgedAt: purgedAt.toString() };
    return [reason(clauses, { code: 'ACCESS_PURGED', effect: 'REFUSES', message, rule: 'B-18', facts, remedy: 'SUPPLY_ACCESS' })];
  }
  if (shown === null) return [];
  const message = 'This access was shown in this session already, and is shown once.';
  const facts = { item, shownTo: shown.to, shownAt: shown.at.toString() };
  return [reason(clauses, { code: 'ACCESS_SHOWN', effect: 'REFUSES', message, rule: 'B-18', facts })];
}
