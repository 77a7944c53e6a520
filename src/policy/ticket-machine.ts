import { type Reason, type ReasonDraft, reason } from './reason.js';
import type { SupportPolicyDocument } from './support-policy.js';
import { openedTicket, type TicketState } from './ticket.js';
import { nextTimeEvent } from './ticket-deadline.js';
import { afterEvent } from './ticket-effect.js';
import { TIME_EVENT_KINDS, type TicketEvent, type TicketEventKind } from './ticket-event.js';
import type { TicketFacts } from './ticket-guard.js';
import { type Transition, targetOf, transitionFor } from './ticket-transition.js';

/** `appended`: what the log gains, in order: first what time alone had done by then and nobody had recorded, then the event itself. */
export type TransitionOutcome =
  | { readonly outcome: 'MOVED'; readonly state: TicketState; readonly appended: readonly TicketEvent[] }
  | { readonly outcome: 'REFUSED'; readonly reasons: readonly Reason[] };

/**
 * What an event does to a ticket: the table of transitions, with every guard that refuses (A-09 to, B-08 to B-25). `state` is null for the
 * first event. Deadlines that have passed by the event's instant are recorded before it, so that a late sweep changes no answer; a refusal changes nothing.
 * Any event in any state gives one of both outcomes: it does not throw for a policy without faults and instants of the years 0000 to 9999.
 */
export function transition(state: TicketState | null, event: TicketEvent, facts: TicketFacts): TransitionOutcome {
  const { document } = facts.policy;
  const misfit = pinMisfit(state, event, facts) ?? (state && orderMisfit(state, event));
  if (misfit) return refused(document, [misfit]);
  if (isTimeEvent(event.kind)) return timePassing(state, event, document);
  const passed = state && timePassed(state, document, event.at);
  const current = passed?.state ?? null;
  const row = transitionFor(current, event);
  if (row === null) return refused(document, [forbidden(current, event)]);
  const next = applied(current, event, row);
  const judged = current ?? next;
  const refusals = [...actorRefusal(row, event), ...guardRefusals(row, judged, event, facts)];
  if (refusals.length > 0) return refused(document, refusals);
  return { outcome: 'MOVED', state: next, appended: [...(passed?.appended ?? []), event] };
}

/**
 * The state of a ticket after all its events, in the order of the log. Guards are not asked again: what was recorded has happened. Throws a RangeError on
 * a log that no ticket can have: an empty one, one that does not begin with a first event, and one with an event that no row of the table takes.
 */
export function foldTicket(events: readonly TicketEvent[]): TicketState {
  let state: TicketState | null = null;
  for (const [index, event] of events.entries()) {
    const row = transitionFor(state, event);
    if (row === null) throw new RangeError(`event ${index} of the log, ${event.kind}, cannot follow ${state?.work ?? 'nothing'}`);
    state = applied(state, event, row);
  }
  if (state === null) throw new RangeError('the log of a ticket holds at least its first event');
  return state;
}

/**
 * B-13: what the log of a ticket lacks because time passed up to `at`: the missed correction, its refund offer and the end of that, the end of
 * the time for checking, the end of a hold. Each bears the instant at which it was due, so that the answer is the same however late it is asked for, and
 * none once they are appended. Throws as `foldTicket` does.
 */
export function missedEvents(events: readonly TicketEvent[], policy: SupportPolicyDocument, at: Temporal.Instant): readonly TicketEvent[] {
  return timePassed(foldTicket(events), policy, at).appended;
}

/** As `missedEvents`, from a state, with the state that they lead to. */
export function timePassed(
  state: TicketState,
  policy: SupportPolicyDocument,
  at: Temporal.Instant,
): { readonly state: TicketState; readonly appended: readonly TicketEvent[] } {
  const appended: TicketEvent[] = [];
  let current = state;
  for (;;) {
    const event = nextTimeEvent(current, policy, at);
    const row = event && transitionFor(current, event);
    if (event === null || row === null) return { state: current, appended };
    current = applied(current, event, row);
    appended.push(event);
  }
}

function applied(state: TicketState | null, event: TicketEvent, row: Transition): TicketState {
  if (event.kind === 'SUBMITTED' || event.kind === 'WARRANTY_OPENED') return openedTicket(event);
  if (state === null) throw new RangeError(`${event.kind} opens no ticket`);
  return afterEvent(state, event, targetOf(row, state));
}

function isTimeEvent(kind: TicketEventKind): boolean {
  return TIME_EVENT_KINDS.some((timeKind) => timeKind === kind);
}

/** What time does is recorded one by one, each when it is the next that was due. */
function timePassing(state: TicketState | null, event: TicketEvent, document: SupportPolicyDocument): TransitionOutcome {
  const due = state && nextTimeEvent(state, document, event.at);
  const row = state && due && transitionFor(state, due);
  if (state === null || !due || !row || due.kind !== event.kind || !due.at.equals(event.at) || event.actor.kind !== 'PROGRAM') {
    const message = 'Nothing of this kind was due at that instant and is not recorded yet.';
    return refused(document, [{ code: 'NOT_DUE', rule: 'A-11', message, facts: { event: event.kind, at: event.at.toString() } }]);
  }
  return { outcome: 'MOVED', state: applied(state, due, row), appended: [due] };
}

type Draft = Omit<ReasonDraft, 'effect'>;

/** A-22, B-30: the version of the policy that the ticket was opened under judges it to its end. */
function pinMisfit(state: TicketState | null, event: TicketEvent, { policy }: TicketFacts): Draft | null {
  const pin = state?.policy ?? ('policy' in event ? event.policy : null);
  if (pin === null || (pin.name === policy.name && pin.version === policy.version && pin.contentHash === policy.contentHash)) return null;
  const message = `The ticket is bound to version ${pin.version} of the support policy ${pin.name}.`;
  return { code: 'TICKET_POLICY_DIFFERS', rule: 'A-22', message, facts: { policy: pin.name, version: pin.version } };
}

/** Time alone is recorded late; everything else in the order in which it happened. */
function orderMisfit(state: TicketState, event: TicketEvent): Draft | null {
  if (isTimeEvent(event.kind) || Temporal.Instant.compare(state.lastEventAt, event.at) <= 0) return null;
  const message = 'Something that happened later has been recorded already, and the log of a ticket only grows.';
  const facts = { lastEventAt: state.lastEventAt.toString(), at: event.at.toString() };
  return { code: 'TICKET_OUT_OF_ORDER', rule: 'B-15', message, facts };
}

function forbidden(state: TicketState | null, event: TicketEvent): Draft {
  if (state?.closedBy === 'SILENCE' && (event.kind === 'REJECTED' || event.kind === 'ACCEPTED')) {
    const message = 'The time for checking the delivered work has ended, and nothing was said against it.';
    return { code: 'VERIFICATION_ENDED', rule: 'A-11', message, facts: { endedAt: state.workSince.toString() }, remedy: 'ASK_VENDOR' };
  }
  const message = state === null ? 'There is no such ticket yet.' : 'The ticket is in a state that does not allow this.';
  return { code: 'TICKET_STATE_FORBIDS', rule: 'B-19', message, facts: { state: state?.work ?? null, event: event.kind } };
}

function actorRefusal(row: Transition, event: TicketEvent): Draft[] {
  if (row.by.includes(event.actor.kind)) return [];
  const message = 'This is for somebody else to do.';
  const facts = { event: event.kind, actor: event.actor.kind, by: row.by.join(', ') };
  return [{ code: 'TICKET_ACTOR_FORBIDS', rule: 'B-19', message, facts }];
}

function guardRefusals(row: Transition, state: TicketState, event: TicketEvent, facts: TicketFacts): Draft[] {
  return row.guards.flatMap((guard) => {
    const refusal = guard.refusal(state, event, facts);
    return refusal === null ? [] : [{ code: guard.code, rule: guard.rule, ...refusal }];
  });
}

function refused({ clauses }: SupportPolicyDocument, drafts: readonly Draft[]): TransitionOutcome {
  return { outcome: 'REFUSED', reasons: drafts.map((draft) => reason(clauses, { ...draft, effect: 'REFUSES' })) };
}
