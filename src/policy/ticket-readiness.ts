import { type Reason, reason } from './reason.js';
import type { PinnedPolicy } from './support-policy.js';
import type { TicketState } from './ticket.js';
import type { TicketFacts } from './ticket-guard.js';
import { ACCESS_IS_VERIFIED, OUTCOME_IS_AGREED } from './ticket-work-guard.js';

/**
 * B-15, B-18, B-22: what a ticket still waits for its customer to give before it can be taken up, although it is queued: the outcome of paid work, and access that
 * was shown to work. It is skipped meanwhile and keeps its place. Empty: it is ready. What the ledger says is another question. Does not throw.
 */
export function waitsToBegin(state: TicketState, policy: PinnedPolicy): Reason[] {
  const { ticketId, lastEventAt: at } = state;
  const facts: TicketFacts = { policy, queueHeadId: ticketId, availableMinutes: null, other: null };
  const claimed = { kind: 'CLAIMED', at, actor: { kind: 'STAFF', id: null }, holdId: null, heldMinutes: 0, codeDigest: null } as const;
  return [OUTCOME_IS_AGREED, ACCESS_IS_VERIFIED].flatMap(({ rule, code, refusal }) => {
    const lack = refusal(state, claimed, facts);
    return lack === null ? [] : [reason(policy.document.clauses, { ...lack, code, rule, effect: 'REFUSES' })];
  });
}
