import { OPEN_STATES, type RemedyRegion, remedyFor, type TicketState } from './ticket.js';
import type { TicketDecision } from './ticket-event.js';
import { endedWait } from './ticket-wait.js';

/**
 * the promise to correct after a new decision: one that was missed, met or not yet checked stays what it is, and work that is delivered or given up
 * makes no new one; otherwise it is what the decision makes of it.
 */
export function decidedRemedy({ work, remedy }: TicketState, decision: TicketDecision, at: Temporal.Instant): RemedyRegion {
  const isOpen = OPEN_STATES.some((open) => open === work);
  if (!isOpen || !(remedy.state === 'NONE' || remedy.state === 'STOPPED' || isCounting(remedy))) return remedy;
  const state = remedyFor(decision);
  if (state === 'NONE') return stopped(remedy);
  return { ...remedy, state, owedSince: remedy.state === 'RUNNING' || state === 'UNDECIDED' ? remedy.owedSince : at };
}

/** A-13, B-02: the promise after an appeal. The count of one that a decision ended goes on until that is looked at again, as if it had not stood still. */
export function appealedRemedy(remedy: RemedyRegion, at: Temporal.Instant): RemedyRegion {
  const isEnded = remedy.state === 'STOPPED' && remedy.owedSince !== null;
  return { ...remedy, state: isEnded ? 'UNDECIDED' : remedy.state, standstills: endedWait(remedy.standstills, at) };
}

/** nothing is promised on a licence that has ended, and what was offered back for it is offered no longer. */
export function unlicensed(remedy: RemedyRegion): RemedyRegion {
  const { refund } = remedy;
  const ended: RemedyRegion = remedy.state === 'DELIVERED' ? { ...remedy, state: 'STOPPED' } : stopped(remedy);
  return { ...ended, refund: refund?.state === 'OFFERED' ? { ...refund, state: 'LAPSED' } : refund };
}

/** The promise once the ticket is given up. */
export function stopped(remedy: RemedyRegion): RemedyRegion {
  return isCounting(remedy) ? { ...remedy, state: 'STOPPED' } : remedy;
}

function isCounting({ state }: RemedyRegion): boolean {
  return state === 'RUNNING' || state === 'UNDECIDED';
}
