import { queryWithin } from '../persistence/session.js';
import { Ticket } from '../persistence/ticket.js';
import { reason } from '../policy/reason.js';
import { transition } from '../policy/ticket-machine.js';
import { seesEveryone } from './actor.js';
import { NOWHERE } from './global-id.js';
import { promisingTickets } from './licence-end.js';
import { tellOutside } from './outbox.js';
import { endPurchase, lockedPurchase } from './purchase.js';
import { actOn, happenTo, lockedTicket, type TicketAnswer, type TicketCommand, ticketOnce } from './ticket-command.js';
import { type LoggedTicket, lockTicket, NOTHING_OUTSIDE } from './ticket-log.js';
import { mustHappen } from './ticket-time.js';

export interface RefundOfferAnswerInput {
  readonly idempotencyKey: string;
  readonly ticketId: string;
}

/**
 * the customer takes back what was paid, because the correction was missed: the licence and its support end at that moment, and so does the ticket. The
 * offer need not have been recorded before. Paying it out is the vendor's act, and is told outside. Refused where the licence has ended already in another way.
 */
export function acceptRefund(command: TicketCommand, input: RefundOfferAnswerInput): Promise<TicketAnswer> {
  return ticketOnce(command, 'refundOfferAccept', input, async () => {
    const { em, actor } = command;
    // The customer of the licence is locked before the ticket.
    const own = seesEveryone(actor) ? {} : { customer: actor.customerId ?? NOWHERE };
    const purchaseId = (await em.findOne(Ticket, { id: input.ticketId, ...own }))?.purchase?.id ?? null;
    const purchase = purchaseId === null ? null : await lockedPurchase(em, purchaseId);
    // Those of the other tickets on it end with it: all are locked in one order.
    for (const id of purchaseId === null ? [] : await promisingTickets(em, [purchaseId])) await lockTicket(em, id);
    const ticket = await lockedTicket(command, input.ticketId);
    const ticketId = ticket.row.id;
    const act = actOn(command, ticket);
    const event = { kind: 'REFUND_ACCEPTED', ...act } as const;
    const judged = transition(ticket.state, event, { policy: ticket.policy, ...NOTHING_OUTSIDE });
    if (judged.outcome === 'REFUSED') return { ticketId, reasons: judged.reasons };
    if (purchase === null) throw new Error('An offer to pay back is for a licence.');
    if (purchase.revokedAt !== null) {
      const message = 'The licence was taken back already, so there is nothing left to give back for the money.';
      const draft = { code: 'PURCHASE_REVOKED', effect: 'REFUSES', rule: 'A-12', message, remedy: 'ASK_VENDOR' } as const;
      return { ticketId, reasons: [reason(ticket.policy.document.clauses, draft)] };
    }
    const closed = await mustHappen(command, ticket, event);
    const note = `The refund offered on ticket ${ticket.row.seq} was accepted.`;
    await queryWithin(em, { name: 'takes-back', text: `select set_config('tenure.takes_back', $1, true)`, values: [purchase.id] });
    await endPurchase(em, actor, purchase, { reason: 'BY_AGREEMENT', note }, act.at);
    await tellRefund(command, closed, act.at);
    return { ticketId, reasons: [] };
  });
}

/** What is to be paid, for whoever pays it. */
async function tellRefund({ em }: TicketCommand, { row, state }: LoggedTicket, happenedAt: Temporal.Instant): Promise<void> {
  const offer = state.remedy.refund?.offer;
  if (offer === undefined) throw new Error('What was accepted is an offer.');
  const { amountMinor, currencyCode } = offer.amount;
  const data = { ticket: row.id, amountMinor: amountMinor.toString(), currencyCode };
  const key = `refund-accepted:${row.id}`;
  await tellOutside(em, [{ kind: 'REFUND_ACCEPTED', customerId: row.customer.id, key, data, happenedAt }]);
}

/** the customer keeps the licence and goes on waiting for the correction. */
export function declineRefund(command: TicketCommand, input: RefundOfferAnswerInput): Promise<TicketAnswer> {
  return ticketOnce(command, 'refundOfferDecline', input, async () => {
    const ticket = await lockedTicket(command, input.ticketId);
    return happenTo(command, ticket, { kind: 'REFUND_DECLINED', ...actOn(command, ticket) });
  });
}
