import { Ticket } from '../persistence/ticket.js';
import { reason } from '../policy/reason.js';
import { endPurchase, lockedPurchase } from './purchase.js';
import { eventInstant, happenTo, lockedTicket, type TicketAnswer, type TicketCommand, ticketActor, ticketOnce } from './ticket-command.js';
import { purgeUnneeded } from './ticket-due.js';
import { recordEvent } from './ticket-log.js';

export interface RefundOfferAnswerInput {
  readonly idempotencyKey: string;
  readonly ticketId: string;
}

/**
 * the customer takes back what was paid, because the correction was missed: the licence and its support end at that moment, and so does the ticket. The
 * offer need not have been recorded before. Paying it out is the vendor's act. Refused where the licence has ended already in another way.
 */
export function acceptRefund(command: TicketCommand, input: RefundOfferAnswerInput): Promise<TicketAnswer> {
  return ticketOnce(command, 'refundOfferAccept', input, async () => {
    const { em, actor, now } = command;
    // The licence's customer is locked before the ticket.
    const purchaseId = (await em.findOne(Ticket, { id: input.ticketId }))?.purchase?.id ?? null;
    const purchase = purchaseId === null ? null : await lockedPurchase(em, purchaseId);
    const ticket = await lockedTicket(command, input.ticketId);
    const ticketId = ticket.row.id;
    const at = eventInstant(ticket, now);
    if (purchase !== null && purchase.revokedAt !== null) {
      const message = 'The licence was taken back already, so there is nothing left to give back for the money.';
      const draft = { code: 'PURCHASE_REVOKED', effect: 'REFUSES', rule: 'A-12', message, remedy: 'ASK_VENDOR' } as const;
      return { ticketId, reasons: [reason(ticket.policy.document.clauses, draft)] };
    }
    const outcome = await recordEvent(command, ticket, { kind: 'REFUND_ACCEPTED', at, actor: ticketActor(actor) });
    if (outcome.outcome === 'REFUSED') return { ticketId, reasons: outcome.reasons };
    if (purchase === null) throw new Error('An offer to pay back is for a licence.');
    await endPurchase(
      em,
      actor,
      purchase,
      { reason: 'BY_AGREEMENT', note: `The refund offered on ticket ${ticket.row.seq} was accepted.` },
      at,
    );
    await purgeUnneeded(command, { ...ticket, state: outcome.state });
    return { ticketId, reasons: [] };
  });
}

/** the customer keeps the licence and goes on waiting for the correction. */
export function declineRefund(command: TicketCommand, input: RefundOfferAnswerInput): Promise<TicketAnswer> {
  return ticketOnce(command, 'refundOfferDecline', input, async () => {
    const ticket = await lockedTicket(command, input.ticketId);
    const event = { kind: 'REFUND_DECLINED', at: eventInstant(ticket, command.now), actor: ticketActor(command.actor) } as const;
    return happenTo(command, ticket, event);
  });
}
