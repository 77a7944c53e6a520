import { typeid } from 'typeid-js';
import { type MessageVisibility, TicketMessage } from '../persistence/ticket-message.js';
import type { TicketEvent } from '../policy/ticket-event.js';
import { Refusal, userError } from './outcome.js';
import { actOn, happenTo, lockedTicket, type TicketAnswer, type TicketCommand, ticketActor, ticketOnce } from './ticket-command.js';
import { lackedFacts } from './ticket-facts.js';
import type { LoggedTicket } from './ticket-log.js';

export interface TicketMessageInput {
  readonly idempotencyKey: string;
  readonly ticketId: string;
  readonly visibility: MessageVisibility;
  readonly body: string;
}

export interface MessageAnswer extends TicketAnswer {
  /** Null where reasons stand against it. */
  readonly messageId: string | null;
}

/**
 * Writes on a ticket. What staff write for the customer to read is an answer: the clock of the first answer stops with it, and the ticket must be one
 * that is still answered. What the customer writes while facts are awaited is an answer too: the ticket goes on, and what the words do not supply by name
 * stays noted as missing. INTERNAL messages are among staff; anybody else's is a Refusal.
 */
export function writeMessage(command: TicketCommand, input: TicketMessageInput): Promise<MessageAnswer> {
  const { em, now, actor } = command;
  return ticketOnce(command, 'ticketWriteMessage', input, async () => {
    const ticket = await lockedTicket(command, input.ticketId);
    const { visibility, body } = input;
    if (visibility === 'INTERNAL' && actor.kind !== 'STAFF')
      throw new Refusal([userError('INVALID', 'INTERNAL messages are among the vendor’s staff.', 'visibility')]);
    const messageId = typeid().toUUID();
    const author = ticketActor(actor).kind;
    const answers = visibility === 'PUBLIC' ? await answeredBy(command, ticket, messageId) : null;
    const answer = answers === null ? { ticketId: ticket.row.id, reasons: [] } : await happenTo(command, ticket, answers);
    if (answer.reasons.length > 0) return { ...answer, messageId: null };
    const written = { visibility, authorKind: author, authorName: actor.name, body, writtenAt: now };
    em.persist(em.create(TicketMessage, { id: messageId, ticket: ticket.row.id, ...written }));
    return { ...answer, messageId };
  });
}

/** What a message that both sides read does to the ticket; null: nothing. */
async function answeredBy(command: TicketCommand, ticket: LoggedTicket, messageId: string): Promise<TicketEvent | null> {
  const act = actOn(command, ticket);
  if (act.actor.kind === 'STAFF') return { kind: 'ANSWERED', messageId, ...act };
  if (ticket.state.work !== 'AWAITING_CUSTOMER') return null;
  return { kind: 'FACTS_SUPPLIED', missingFacts: await lackedFacts(command.em, ticket.row.id), ...act };
}
