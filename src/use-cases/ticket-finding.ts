import type { RootCause } from '../policy/support-policy.js';
import type { Findings } from './after-sales-facts.js';
import { actOn, lockedTicket, type TicketAnswer, type TicketCommand, ticketOnce } from './ticket-command.js';
import { decideAnew, happenDecided } from './ticket-decision.js';
import type { TicketInput } from './ticket-intake.js';
import { requiredText, TEXT_LENGTH } from './ticket-text.js';

export interface CauseFindInput extends TicketInput {
  readonly rootCause: RootCause;
  /** whether what was found works against the add-on, so that no support is owed on this store. */
  readonly incompatibleDevelopment: boolean;
  /** What shows it; needed for every finding. */
  readonly evidence: string;
}

/**
 * B-24, B-27: notes what staff found to be the cause, with what shows it, and decides anew whether the request is owed, and at whose expense. A
 * fault of the add-on itself is fixed free of charge where the policy has it so: minutes reserved for it return to the wallet, and minutes charged for it
 * are given back.
 */
export function findCause(command: TicketCommand, input: CauseFindInput): Promise<TicketAnswer> {
  return ticketOnce(command, 'ticketFindCause', input, async () => {
    const ticket = await lockedTicket(command, input.ticketId);
    const evidence = requiredText(input.evidence, TEXT_LENGTH, 'evidence');
    const { rootCause } = input;
    const decided = await decideAnew(command.em, ticket, { ...findingsOf(input, evidence), estimateMinutes: null }, command.now);
    const event = { kind: 'ROOT_CAUSE_FOUND', rootCause, evidence, decision: decided.outcome, ...actOn(command, ticket) } as const;
    return happenDecided(command, ticket, 'FINDING', decided, event);
  });
}

/** What a cause says of the add-on: at fault itself, not at fault, or not known yet. */
function findingsOf({ rootCause, incompatibleDevelopment }: CauseFindInput, evidence: string): Partial<Findings> {
  return {
    rootCause,
    productBug: rootCause === 'UNKNOWN' ? null : { found: rootCause === 'ADDON', evidence },
    incompatibleDevelopments: incompatibleDevelopment ? { found: true, evidence } : null,
  };
}
