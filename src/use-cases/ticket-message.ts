import { typeid } from 'typeid-js';
import { type MessageVisibility, TicketMessage } from '../persistence/ticket-message.js';
import { Refusal, userError } from './outcome.js';
import { actOn, happenTo, lockedTicket, type TicketAnswer, type TicketCommand, ticketActor, ticketOnce } from './ticket-command.js';

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
 * that is still answered. INTERNAL messages are among staff; anybody else's is a Refusal.
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
    const answer =
      visibility === 'PUBLIC' && author === 'STAFF'
        ? await happenTo(command, ticket, { kind: 'ANSWERED', messageId, ...actOn(command, ticket) })
        : { ticketId: ticket.row.id, reasons: [] };
    if (answer.reasons.length > 0) return { ...answer, messageId: null };
    const written = { visibility, authorKind: author, authorName: actor.name, body, writtenAt: now };
    em.persist(em.create(TicketMessage, { id: messageId, ticket: ticket.row.id, ...written }));
    return { ...answer, messageId };
  });
}
