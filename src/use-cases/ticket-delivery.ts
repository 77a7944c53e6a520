import { queryWithin } from '../persistence/session.js';
import { isReworkOfParent } from '../policy/ticket.js';
import { codeDigest, presentDigest } from './code-digest.js';
import { actOn, eventInstant, happenTo, lockedTicket, type TicketAnswer, type TicketCommand, ticketOnce } from './ticket-command.js';
import { type CorrectionInput, judgeCorrection } from './ticket-correction.js';
import type { LoggedTicket } from './ticket-log.js';
import { endCharged, NOTHING_CHARGED, type TaskCharge } from './ticket-time.js';

export interface TicketDeliverInput {
  readonly idempotencyKey: string;
  readonly ticketId: string;
  /** B-10: what the deliverer takes to be the whole work log: how many entries, and how many seconds in all. */
  readonly loggedEntries: number;
  readonly loggedSeconds: number;
  /** Null: the work is done, and is no correction. */
  readonly correction: CorrectionInput | null;
  /**
   * SHA-256 of the store's code as it is handed over, in hexadecimal; null: what its report of the last quarter of an hour tells. Without either no change
   * voids the warranty, unless the first report after the hand-over lets it be seen (B-23).
   */
  readonly codeDigest: string | null;
}

export type DeliveryAnswer = TicketAnswer & TaskCharge;

/**
 * B-10 to B-13, B-21: hands the work over. What is charged is the logged time up to the limit agreed on, settled in the same transaction; the time for
 * checking begins, and the warranty where an outcome was agreed on. Work that the warranty covers is handed over on the ticket that it is claimed on, too.
 */
export function deliverTicket(command: TicketCommand, input: TicketDeliverInput): Promise<DeliveryAnswer> {
  return ticketOnce(command, 'ticketDeliver', input, async () => {
    const stated = codeDigest(input.codeDigest);
    const { ticket, parent } = await lockedWithParent(command, input.ticketId);
    const ticketId = ticket.row.id;
    const act = actOn(command, ticket);
    const correction = input.correction && (await judgeCorrection(command.em, ticket.row, input.correction, act.at));
    const digest = await presentDigest(command.em, ticket.row, stated, command.now);
    const { loggedEntries, loggedSeconds } = input;
    const ended = await endCharged(command, ticket, {
      kind: 'DELIVERED',
      ...act,
      loggedEntries,
      loggedSeconds,
      correction,
      codeDigest: digest,
    });
    if (ended.outcome === 'REFUSED') return { ticketId, reasons: ended.reasons, ...NOTHING_CHARGED };
    // The work that it is claimed on may have been rejected meanwhile: then there is nothing more to say there.
    if (parent !== null && isReworkOfParent(ticket.state)) {
      await happenTo(command, parent, { kind: 'REWORK_DELIVERED', ...act, at: eventInstant(parent, act.at), childId: ticketId });
    }
    return { ticketId, reasons: [], ...ended.charge };
  });
}

/** A ticket and, for one under warranty, the ticket that it was claimed on: both locked, the lower id first. */
async function lockedWithParent(
  command: TicketCommand,
  ticketId: string,
): Promise<{ readonly ticket: LoggedTicket; readonly parent: LoggedTicket | null }> {
  // A ticket never changes its parent, which may so be looked up before either is locked.
  const text = 'select parent_id from ticket where id = $1';
  const [found] = await queryWithin<{ parent_id: string | null }>(command.em, { name: 'ticket-parent', text, values: [ticketId] });
  const parentId = found?.parent_id ?? null;
  const early = parentId !== null && parentId < ticketId ? await lockedTicket(command, parentId) : null;
  const ticket = await lockedTicket(command, ticketId);
  const parent = early ?? (parentId === null ? null : await lockedTicket(command, parentId));
  return { ticket, parent };
}

export interface TicketAcceptInput {
  readonly idempotencyKey: string;
  readonly ticketId: string;
  /** What the customer says to it; null: nothing. */
  readonly message: string | null;
}

/** the customer takes the delivered work as it is, which closes the ticket and meets the promise to correct. */
export function acceptDelivery(command: TicketCommand, input: TicketAcceptInput): Promise<TicketAnswer> {
  return ticketOnce(command, 'ticketAccept', input, async () => {
    const ticket = await lockedTicket(command, input.ticketId);
    return happenTo(command, ticket, { kind: 'ACCEPTED', ...actOn(command, ticket), message: input.message });
  });
}

export interface TicketRejectInput {
  readonly idempotencyKey: string;
  readonly ticketId: string;
  /** What is still wrong. */
  readonly reason: string;
}

/** the customer does not take the delivered work, within the time for checking: the ticket is back at its old place, and the promise goes on with the days left. */
export function rejectDelivery(command: TicketCommand, input: TicketRejectInput): Promise<TicketAnswer> {
  return ticketOnce(command, 'ticketReject', input, async () => {
    const ticket = await lockedTicket(command, input.ticketId);
    return happenTo(command, ticket, { kind: 'REJECTED', ...actOn(command, ticket), reason: input.reason });
  });
}
