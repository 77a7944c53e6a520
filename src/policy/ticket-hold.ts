import { isHolding, type TicketState } from './ticket.js';
import type { TicketEventOf } from './ticket-event.js';
import { heldMinutes, type OpenHold, type TimeLedger, taskKey, type WorkReference } from './time-journal.js';

/** B-08: the open reservation of a task; null: it has none. */
export function holdOfTask({ openHolds }: Pick<TimeLedger, 'openHolds'>, work: WorkReference): OpenHold | null {
  return [...openHolds.values()].find((open) => taskKey(open.work) === taskKey(work)) ?? null;
}

/**
 * B-28: what a ticket is to be told where the ledger has less reserved for it than the ticket knows of, as after a charge-back; null where it has all of it. `open` is what the
 * ledger has for the ticket's task, after everything that time alone has done is recorded on both sides.
 */
export function holdCut(state: TicketState, open: OpenHold | null, at: Temporal.Instant): TicketEventOf<'HOLD_CUT'> | null {
  const { holdId } = state.hold;
  if (!isHolding(state) || holdId === null) return null;
  const left = open?.id === holdId ? heldMinutes(open) : 0;
  return left < state.hold.heldMinutes ? { kind: 'HOLD_CUT', at, actor: { kind: 'PROGRAM', id: null }, holdId, heldMinutes: left } : null;
}
