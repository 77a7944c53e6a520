import { actOn, lockedTicket, type TicketAnswer, type TicketCommand, ticketOnce } from './ticket-command.js';
import { endCharged, endUncharged, NOTHING_CHARGED, type TaskCharge } from './ticket-time.js';

export interface TicketWithdrawInput {
  readonly idempotencyKey: string;
  readonly ticketId: string;
  /** What the customer says to it; null: nothing. */
  readonly message: string | null;
}

/**
 * B-12: the customer takes a request back: nothing is charged, and what was held for it returns. Only where the customer was asked for consent to go on, the part
 * of the work that had been agreed on is charged. Access to the store is deleted at once.
 */
export function withdrawTicket(command: TicketCommand, input: TicketWithdrawInput): Promise<TicketAnswer & TaskCharge> {
  return ticketOnce(command, 'ticketWithdraw', input, async () => {
    const ticket = await lockedTicket(command, input.ticketId);
    const ticketId = ticket.row.id;
    const event = { kind: 'WITHDRAWN', ...actOn(command, ticket), message: input.message } as const;
    const end = ticket.state.work === 'AWAITING_CONSENT' ? endCharged : endUncharged;
    const ended = await end(command, ticket, event);
    if (ended.outcome === 'REFUSED') return { ticketId, reasons: ended.reasons, ...NOTHING_CHARGED };
    return { ticketId, reasons: [], ...ended.charge };
  });
}
