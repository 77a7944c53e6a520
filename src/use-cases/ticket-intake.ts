import type { AfterSalesRequest } from '../policy/support-policy.js';
import { isFree } from '../policy/ticket.js';
import type { TicketEvent } from '../policy/ticket-event.js';
import { MAX_QUOTED_MINUTES } from '../policy/ticket-intake-guard.js';
import { chargeableMinutes, estimateTime } from '../policy/time-estimate.js';
import { Refusal, userError } from './outcome.js';
import { actOn, happenTo, lockedTicket, type TicketAnswer, type TicketCommand, ticketOnce } from './ticket-command.js';
import { decideAnew, happenDecided, latestDecision, type ServiceChange } from './ticket-decision.js';
import type { LoggedTicket } from './ticket-log.js';
import { LINE_LENGTH, optionalText, requiredText, TEXT_LENGTH } from './ticket-text.js';

/** A command on one ticket. */
export interface TicketInput {
  readonly idempotencyKey: string;
  readonly ticketId: string;
}

export interface TicketClassifyInput extends TicketInput {
  readonly request: AfterSalesRequest;
  readonly category: string;
  readonly complexity: string;
  /** Null: as it was said before. */
  readonly needsWorkOnHost: boolean | null;
  /** Versions that the customer stated since the report; null: none, and those of the report stand. */
  readonly platformVersion: string | null;
  readonly installedVersion: string | null;
  /** Why the vendor takes on what is left to its discretion, or why the promise to correct ends with this; else null. */
  readonly discretionReason: string | null;
}

/**
 * B-08, B-12: says what kind of work a ticket is, and puts it into the queue at the place of its submission. Whether it is owed is decided anew with that;
 * estimate and threshold are those of the pinned rate card, or of the estimate given for it.
 */
export function classifyTicket(command: TicketCommand, input: TicketClassifyInput): Promise<TicketAnswer> {
  return ticketOnce(command, 'ticketClassify', input, async () => {
    const ticket = await lockedTicket(command, input.ticketId);
    const category = requiredText(input.category, LINE_LENGTH, 'category');
    const complexity = requiredText(input.complexity, LINE_LENGTH, 'complexity');
    const estimated = estimateOf(ticket, category, complexity);
    const { request, needsWorkOnHost } = input;
    const platformVersion = optionalText(input.platformVersion, LINE_LENGTH, 'platformVersion');
    const installedVersion = optionalText(input.installedVersion, LINE_LENGTH, 'installedVersion');
    const discretionReason = optionalText(input.discretionReason, TEXT_LENGTH, 'discretionReason');
    // Time that does not suffice is bought while the ticket keeps its place (B-13), where the policy has it so: then any usable minute takes the work on.
    const mayTopUp = ticket.policy.document.insufficient === 'PARTIAL_HOLD_AND_TOPUP';
    const change: ServiceChange = {
      request,
      category,
      estimateMinutes: mayTopUp ? null : estimated,
      ...(needsWorkOnHost === null ? {} : { needsWorkOnHost }),
      stated: { ...(platformVersion === null ? {} : { platformVersion }), ...(installedVersion === null ? {} : { installedVersion }) },
    };
    const decided = await decideAnew(command.em, ticket, change, command.now);
    const estimateMinutes = isFree(decided.outcome) ? null : estimated;
    const { extraordinary } = ticket.policy.document;
    const thresholdMinutes = estimateMinutes === null ? null : chargeableMinutes(estimateMinutes, null, extraordinary);
    const figures = { estimateMinutes, thresholdMinutes };
    const event = { kind: 'CLASSIFIED', request, category, complexity, ...figures, discretionReason, decision: decided.outcome } as const;
    return happenDecided(command, ticket, 'CLASSIFICATION', decided, { ...event, ...actOn(command, ticket) });
  });
}

function estimateOf({ state, policy }: LoggedTicket, category: string, complexity: string): number | null {
  const card = estimateTime(policy, category, complexity);
  return card.outcome === 'ESTIMATED' ? card.minutes : state.quotedMinutes;
}

/** B-29: gives an estimate, in minutes, for work that the rate card has no figure for; free, and before anything is bought. */
export function estimateTicket(command: TicketCommand, input: TicketInput & { readonly estimateMinutes: number }): Promise<TicketAnswer> {
  const { estimateMinutes } = input;
  if (estimateMinutes > MAX_QUOTED_MINUTES) {
    throw new Refusal([userError('INVALID', 'A quote is at most 100,000 minutes.', 'estimateMinutes')]);
  }
  return simply(command, 'ticketEstimate', input, () => ({ kind: 'ESTIMATE_GIVEN', estimateMinutes }));
}

/** B-02: refuses a request that is not owed, with a reason in words and the clause of the published text that the decision on it rests on. */
export function refuseTicket(command: TicketCommand, input: TicketInput & { readonly message: string }): Promise<TicketAnswer> {
  return simply(command, 'ticketRefuse', input, async ({ row, policy }) => {
    const message = requiredText(input.message, TEXT_LENGTH, 'message');
    const { reasons } = await latestDecision(command.em, row.id);
    const decisive = reasons.find(({ effect, clause }) => effect === 'REFUSES' && clause !== null) ?? reasons[0];
    return { kind: 'REFUSED', message, clause: decisive?.clause ?? policy.document.clauses['B-02'] ?? null };
  });
}

/** A-13, B-02: asks the vendor to look again at a refusal, or at a decision that ended the promise to correct; once. */
export function appealTicket(command: TicketCommand, input: TicketInput & { readonly message: string }): Promise<TicketAnswer> {
  return simply(command, 'ticketAppeal', input, () => ({ kind: 'APPEALED', message: requiredText(input.message, TEXT_LENGTH, 'message') }));
}

export interface TicketAgreeInput extends TicketInput {
  readonly outcome: string;
  /** What shows that the customer agreed, when staff record it. */
  readonly evidence: string | null;
}

/** B-22: notes the outcome that both sides agree on before the work; the warranty covers it. */
export function agreeOutcome(command: TicketCommand, input: TicketAgreeInput): Promise<TicketAnswer> {
  return simply(command, 'ticketAgreeOutcome', input, () => ({
    kind: 'OUTCOME_AGREED',
    outcome: requiredText(input.outcome, TEXT_LENGTH, 'outcome'),
    evidence: optionalText(input.evidence, TEXT_LENGTH, 'evidence'),
  }));
}

/** B-15: takes a ticket out of turn, with a reason that its log keeps. Its place stays what it is. */
export function expediteTicket(command: TicketCommand, input: TicketInput & { readonly reason: string }): Promise<TicketAnswer> {
  return simply(command, 'ticketExpedite', input, () => ({ kind: 'EXPEDITED', reason: requiredText(input.reason, TEXT_LENGTH, 'reason') }));
}

type Deed = TicketEvent extends infer E ? (E extends TicketEvent ? Omit<E, 'at' | 'actor'> : never) : never;

/** A command that is one event and nothing else. */
function simply(
  command: TicketCommand,
  operation: string,
  input: TicketInput,
  deed: (ticket: LoggedTicket) => Deed | Promise<Deed>,
): Promise<TicketAnswer> {
  return ticketOnce(command, operation, input, async () => {
    const ticket = await lockedTicket(command, input.ticketId);
    const done = await deed(ticket);
    return happenTo(command, ticket, { ...done, ...actOn(command, ticket) } as TicketEvent);
  });
}
