import { TicketMessage } from '../persistence/ticket-message.js';
import type { AfterSalesRequest } from '../policy/support-policy.js';
import type { TicketEvent } from '../policy/ticket-event.js';
import { type Actor, namedInEvidence } from './actor.js';
import type { EntityManager } from './entity-manager.js';
import { Refusal, userError } from './outcome.js';
import { actOn, happenTo, lockedTicket, type TicketAnswer, type TicketCommand, ticketActor, ticketOnce } from './ticket-command.js';
import type { TicketInput } from './ticket-intake.js';
import { eventsOf } from './ticket-log.js';
import { LINE_LENGTH, optionalText, requiredText, TEXT_LENGTH } from './ticket-text.js';

/** what a complete report of a fault tells. */
const REPORT_FACTS = ['platformVersion', 'installedVersion', 'steps', 'expected', 'actual'] as const;
export type ReportFact = (typeof REPORT_FACTS)[number];

/** The most facts that are asked for, or supplied, at once. */
const MAX_FACTS = 20;

/** what a request lacks of a complete report, given what it tells itself or a reading of the store does. Only faults need one. */
export function missingFacts(request: AfterSalesRequest, told: Readonly<Record<ReportFact, string | null>>): ReportFact[] {
  return request === 'CORRECTION' ? REPORT_FACTS.filter((fact) => told[fact] === null) : [];
}

export interface FactsAskInput extends TicketInput {
  readonly question: string;
  /** What is missing, by name: of a report, or in words of the vendor's own; at most 20. */
  readonly facts: readonly string[];
}

/** asks the customer for what is missing; the ticket waits for the answer. */
export function askFacts(command: TicketCommand, input: FactsAskInput): Promise<TicketAnswer> {
  return ticketOnce(command, 'ticketAskFacts', input, async () => {
    const ticket = await lockedTicket(command, input.ticketId);
    const question = requiredText(input.question, TEXT_LENGTH, 'question');
    assertFew(input.facts);
    const facts = input.facts.map((fact, index) => requiredText(fact, LINE_LENGTH, 'facts', String(index)));
    return happenTo(command, ticket, { kind: 'FACTS_REQUESTED', question, facts, ...actOn(command, ticket) });
  });
}

export interface FactsSupplyInput extends TicketInput {
  /** At most 20, each with the name under which it was asked for. */
  readonly facts: readonly { readonly name: string; readonly value: string }[];
  /** What else there is to say; null: nothing. */
  readonly message: string | null;
}

/**
 * supplies what was asked for. The report itself never changes: what is supplied is written on the ticket for both sides to read, and what is
 * still missing stays noted. The ticket goes on in any case.
 */
export function supplyFacts(command: TicketCommand, input: FactsSupplyInput): Promise<TicketAnswer> {
  const { em, now, actor } = command;
  return ticketOnce(command, 'ticketSupplyFacts', input, async () => {
    const ticket = await lockedTicket(command, input.ticketId);
    assertFew(input.facts);
    const said = input.facts.map(({ name, value }, index) => ({
      name: requiredText(name, LINE_LENGTH, 'facts', String(index), 'name'),
      value: requiredText(value, TEXT_LENGTH, 'facts', String(index), 'value'),
    }));
    const message = optionalText(input.message, TEXT_LENGTH, 'message');
    if (said.length === 0 && message === null) {
      throw new Refusal([userError('REQUIRED', 'Please supply a fact, or say in words why it cannot be supplied.', 'facts')]);
    }
    const names = said.map(({ name }) => name);
    const missing = (await lackedFacts(em, ticket.row.id)).filter((fact) => !names.includes(fact));
    const answer = await happenTo(command, ticket, { kind: 'FACTS_SUPPLIED', missingFacts: missing, ...actOn(command, ticket) });
    if (answer.reasons.length > 0) return answer;
    const lines = said.map(({ name, value }) => `${name}: ${value}`);
    writeMessage(em, ticket.row.id, actor, [...lines, ...(message === null ? [] : [message])].join('\n'), now);
    return answer;
  });
}

function assertFew(facts: readonly unknown[]): void {
  if (facts.length > MAX_FACTS) throw new Refusal([userError('INVALID', `At most ${MAX_FACTS} facts at once, please.`, 'facts')]);
}

/** what is missing on a ticket after all that its log tells: of the report, and of what was asked for since. */
export async function lackedFacts(em: EntityManager, ticketId: string): Promise<readonly string[]> {
  return lackedBy((await eventsOf(em, [ticketId])).get(ticketId) ?? []);
}

function lackedBy(events: readonly TicketEvent[]): readonly string[] {
  let missing: readonly string[] = [];
  for (const event of events) {
    if (event.kind === 'SUBMITTED' || event.kind === 'FACTS_SUPPLIED') missing = event.missingFacts;
    if (event.kind === 'FACTS_REQUESTED') missing = [...new Set([...missing, ...event.facts])];
  }
  return missing;
}

/** Writes on a ticket what its customer and the vendor both read. */
export function writeMessage(em: EntityManager, ticketId: string, actor: Actor, body: string, writtenAt: Temporal.Instant): void {
  const author = { authorKind: ticketActor(actor).kind, authorName: namedInEvidence(actor) };
  em.persist(em.create(TicketMessage, { ticket: ticketId, visibility: 'PUBLIC', ...author, body, writtenAt }));
}
