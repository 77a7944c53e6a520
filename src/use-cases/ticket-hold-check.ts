import { Ticket } from '../persistence/ticket.js';
import type { TimeDifference } from '../persistence/time-alarm.js';
import type { LedgerRows } from '../persistence/time-ledger-rows.js';
import { isHolding, OPEN_STATES, type TicketState } from '../policy/ticket.js';
import { timePassed } from '../policy/ticket-machine.js';
import { heldMinutes } from '../policy/time-journal.js';
import type { EntityManager } from './entity-manager.js';
import { ticketsAsOf } from './ticket-log.js';
import { openHoldOf } from './time-ledger.js';

/**
 * B-14: every ticket of a wallet's customer whose reservation is not what is held for it. What has lapsed and is recorded on one side alone is no difference: the
 * schedule makes up for it. Four statements for any number of tickets. What is just being written may look like a difference, unless the wallet is locked.
 */
export async function ticketDifferences(em: EntityManager, rows: LedgerRows, now: Temporal.Instant): Promise<TimeDifference[]> {
  const open = new Map(rows.holds.flatMap((hold) => (hold.resolvedBy === null ? [[hold.ticketId, openHoldOf(hold)]] : [])));
  const concerned = { $or: [{ customer: rows.customerId, work: { $in: [...OPEN_STATES] } }, { id: { $in: [...open.keys()] } }] };
  const tickets = await em.find(Ticket, concerned, { orderBy: { id: 'asc' } });
  if (tickets.length === 0) return [];
  const recorded = await ticketsAsOf(em, tickets, NOTHING_PASSED);
  return [...recorded.values()].flatMap(({ row, state, policy }) => {
    const hold = open.get(row.id);
    const isLapsed = hold?.lapsesAt != null && Temporal.Instant.compare(hold.lapsesAt, now) <= 0;
    const held = hold === undefined ? NOTHING : `${heldMinutes(hold)} in ${hold.id}`;
    const later = timePassed(state, policy.document, now).state;
    const agrees = spoken(state) === held || spoken(later) === (isLapsed ? NOTHING : held);
    return agrees ? [] : [{ figure: `ticket:${row.id}:hold`, stored: spoken(state), folded: held }];
  });
}

/** Before every ticket: what its log says and nothing else. */
const NOTHING_PASSED = Temporal.Instant.fromEpochMilliseconds(0);
const NOTHING = 'nothing';

const spoken = (state: TicketState): string =>
  isHolding(state) && state.hold.holdId !== null ? `${state.hold.heldMinutes} in ${state.hold.holdId}` : NOTHING;
