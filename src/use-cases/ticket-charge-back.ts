import { queryWithin } from '../persistence/session.js';
import { Ticket } from '../persistence/ticket.js';
import { OPEN_STATES } from '../policy/ticket.js';
import type { TicketEventOf } from '../policy/ticket-event.js';
import { holdCut, holdOfTask } from '../policy/ticket-hold.js';
import type { VoidPosted } from '../policy/time-grant.js';
import type { TimeLedger } from '../policy/time-journal.js';
import type { TimeOutcome } from '../policy/time-posting.js';
import type { EntityManager } from './entity-manager.js';
import { eventInstant } from './ticket-command.js';
import { type LogContext, type LoggedTicket, latest, lockTicket, recordEvent, withTimeRecorded } from './ticket-log.js';
import { taskOf } from './ticket-time.js';
import { commandTime, readTime, type TimeWritten } from './time-command.js';

/**
 * B-28: takes minutes out of a customer's wallet, and tells the tickets whose reservations lose some, all in the caller's transaction. The tickets for which
 * anything is held are locked before the wallet. `decide` chooses at the instant that it is given, which is not before what these tickets have recorded.
 */
export async function chargeBack(
  context: LogContext,
  customerId: string,
  decide: (ledger: TimeLedger, at: Temporal.Instant) => TimeOutcome<VoidPosted>,
): Promise<TimeOutcome<TimeWritten & VoidPosted>> {
  const { em } = context;
  const tickets = new Map<string, LoggedTicket | null>();
  let found = await ticketsHeldFor(em, [customerId]);
  for (;;) {
    await lockInto(tickets, context, found);
    const at = [...tickets.values()].reduce(
      (last, ticket) => (ticket === null ? last : latest(last, ticket.state.lastEventAt)),
      context.now,
    );
    // A reservation may have been placed while the wallet was waited for: nothing is taken before its ticket is locked, too.
    let unlocked: string[] = [];
    const outcome = await commandTime(em, customerId, at, (ledger) => {
      const decided = decide(ledger, at);
      const losing = decided.outcome === 'POSTED' ? decided.cuts.map(({ work }) => work.ticketId) : [];
      unlocked = losing.filter((ticketId) => !tickets.has(ticketId)).sort();
      return unlocked.length === 0 ? decided : { outcome: 'POSTED', lots: [], transactions: [], voidedMinutes: 0, cuts: [] };
    });
    if (unlocked.length === 0) {
      if (outcome.outcome === 'POSTED') await tellTickets({ ...context, now: at }, tickets, outcome.cuts);
      return outcome;
    }
    found = unlocked;
  }
}

/** Locks the tickets for which anything is held in the wallets of some customers, lower ids first: for whoever locks other rows between them and the wallets. */
export async function lockTicketsHeldFor(em: EntityManager, customerIds: readonly string[]): Promise<void> {
  for (const ticketId of await ticketsHeldFor(em, customerIds)) await lockTicket(em, ticketId);
}

/**
 * B-14, B-28: tells the tickets of a customer what is held for them where that is less than they know of, after `work` has put the wallet right. They are locked before it, as
 * it locks the wallet.
 */
export async function tellAfter<T>(context: LogContext, customerId: string, work: () => Promise<T>): Promise<T> {
  const { em } = context;
  const open = await em.find(Ticket, { customer: customerId, work: { $in: [...OPEN_STATES] } }, { orderBy: { id: 'asc' } });
  const locked = new Map<string, LoggedTicket | null>();
  for (const { id } of open) locked.set(id, await lockTicket(em, id));
  const done = await work();
  for (const ticket of locked.values()) {
    if (ticket === null) continue;
    const now = eventInstant(ticket, context.now);
    const recorded = await withTimeRecorded({ ...context, now }, ticket);
    const { ledger } = await readTime(em, customerId, now);
    await tell(context, recorded, holdCut(recorded.state, holdOfTask(ledger, taskOf(ticket.row.id)), now));
  }
  return done;
}

/** Locks first, and then records what time has done, which may need the wallet. What is held need not be for a ticket. */
async function lockInto(tickets: Map<string, LoggedTicket | null>, context: LogContext, ticketIds: readonly string[]): Promise<void> {
  for (const ticketId of ticketIds) tickets.set(ticketId, await lockTicket(context.em, ticketId));
  for (const ticketId of ticketIds) {
    const ticket = tickets.get(ticketId) ?? null;
    if (ticket !== null) tickets.set(ticketId, await withTimeRecorded(context, ticket));
  }
}

async function tellTickets(
  context: LogContext,
  tickets: ReadonlyMap<string, LoggedTicket | null>,
  cuts: VoidPosted['cuts'],
): Promise<void> {
  for (const open of cuts) {
    const ticket = tickets.get(open.work.ticketId) ?? null;
    if (ticket !== null) await tell(context, ticket, holdCut(ticket.state, open, context.now));
  }
}

async function tell(context: LogContext, ticket: LoggedTicket, event: TicketEventOf<'HOLD_CUT'> | null): Promise<void> {
  const told = event && (await recordEvent(context, ticket, event));
  if (told?.outcome === 'REFUSED') throw new Error(`Ticket ${ticket.row.id} cannot be told that its reservation was cut.`);
}

async function ticketsHeldFor(em: EntityManager, customerIds: readonly string[]): Promise<string[]> {
  const rows = await queryWithin<{ ticket_id: string }>(em, {
    name: 'tickets-held-for',
    text: `select distinct h.ticket_id from time_hold h join time_wallet w on w.id = h.wallet_id
      where w.customer_id = any($1::uuid[]) and h.resolved_by_id is null order by 1`,
    values: [customerIds],
  });
  return rows.map(({ ticket_id }) => ticket_id);
}
