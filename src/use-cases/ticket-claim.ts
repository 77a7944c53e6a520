import { typeid } from 'typeid-js';
import type { Reason } from '../policy/reason.js';
import type { TicketState } from '../policy/ticket.js';
import type { TicketEventOf } from '../policy/ticket-event.js';
import { timePassed, transition } from '../policy/ticket-machine.js';
import { takesTime } from '../policy/ticket-work-guard.js';
import { walletFigures } from '../policy/time-figures.js';
import { extendHold, hold } from '../policy/time-hold.js';
import type { TimeLedger } from '../policy/time-journal.js';
import { type HoldPosted, spokenMinutes, type TimeEntry, type TimeOutcome, type TimePosted } from '../policy/time-posting.js';
import { codeDigest } from './code-digest.js';
import { actOn, happenTo, lockedTicket, type TicketAnswer, type TicketCommand, ticketOnce } from './ticket-command.js';
import { type LoggedTicket, NOTHING_OUTSIDE, type OutsideFacts } from './ticket-log.js';
import { lockQueue, queueHead, shareQueue } from './ticket-queue.js';
import { mustHappen, taskOf, timeEntry } from './ticket-time.js';
import { commandTime } from './time-command.js';

export interface NextClaimInput {
  readonly idempotencyKey: string;
  /** SHA-256 of the store's code as it was found, in hexadecimal; null: none was taken. */
  readonly codeDigest: string | null;
}

export interface TicketClaimInput extends NextClaimInput {
  readonly ticketId: string;
}

export interface ClaimAnswer extends Omit<TicketAnswer, 'ticketId'> {
  /** Null: no ticket is ready to be worked on. */
  readonly ticketId: string | null;
  /** B-13: minutes that the estimate needs beyond all that could be held: the ticket waits for them instead. 0: the work began, unless `reasons` say otherwise. */
  readonly shortMinutes: number;
}

/**
 * B-09, B-13, B-15: takes up a ticket: the next in the queue, or one that staff took out of turn. Its whole estimate is held first; too little, and all there
 * is stays held for it while it waits for the exact rest. Free work holds nothing.
 */
export function claimTicket(command: TicketCommand, input: TicketClaimInput): Promise<ClaimAnswer> {
  return ticketOnce(command, 'ticketClaim', input, async () => {
    await shareQueue(command.em);
    return claim(command, input.ticketId, await queueHead(command.em), input);
  });
}

/** B-15: takes up whatever ticket is next in the queue, as `claimTicket` does. */
export function claimNext(command: TicketCommand, input: NextClaimInput): Promise<ClaimAnswer> {
  return ticketOnce(command, 'ticketClaimNext', input, async () => {
    await lockQueue(command.em);
    const headId = await queueHead(command.em);
    return headId === null ? { ticketId: null, reasons: [], shortMinutes: 0 } : claim(command, headId, headId, input);
  });
}

async function claim(command: TicketCommand, ticketId: string, queueHeadId: string | null, input: NextClaimInput): Promise<ClaimAnswer> {
  const digest = codeDigest(input.codeDigest);
  const ticket = await lockedTicket(command, ticketId);
  const act = actOn(command, ticket);
  // As it is by now, whether or not it is recorded that its reservation lapsed.
  const { state } = timePassed(ticket.state, ticket.policy.document, act.at);
  const started = { kind: 'CLAIMED', ...act, codeDigest: digest } as const;
  const outside = { ...NOTHING_OUTSIDE, queueHeadId };
  const needed = neededTime(state);
  if (needed === null) {
    const answer = await happenTo(command, ticket, { ...started, holdId: null, heldMinutes: 0 }, outside);
    return { ...answer, shortMinutes: 0 };
  }
  const isHeld = state.hold.state === 'PARTIAL' || state.hold.state === 'FULL';
  const kept = isHeld && state.hold.holdId !== null ? { id: state.hold.holdId, minutes: state.hold.heldMinutes } : null;
  const holdId = kept?.id ?? typeid().toUUID();
  const entry = timeEntry(command, ticket, act.at, `Reserved for ticket ${state.seq}.`);
  const secured = await commandTime(
    command.em,
    ticket.row.customer.id,
    act.at,
    (ledger) => secure(ledger, { ticket, state, ...needed, holdId, kept, started, entry, outside }),
    { holdId, work: taskOf(ticketId) },
  );
  if (secured.outcome === 'REFUSED') return { ticketId, reasons: secured.reasons, shortMinutes: 0 };
  await mustHappen(command, ticket, secured.event, secured.outside);
  return { ticketId, reasons: [], shortMinutes: secured.event.kind === 'TIME_SHORT' ? secured.event.shortMinutes : 0 };
}

/** What must be held before the work begins; null for free work, and where nothing can be: then the policy core says why. */
function neededTime(state: TicketState): { readonly minutes: number; readonly projectId: string } | null {
  const { estimateMinutes, projectId } = state;
  return takesTime(state) && estimateMinutes !== null && projectId !== null ? { minutes: estimateMinutes, projectId } : null;
}

interface Securing {
  readonly ticket: LoggedTicket;
  /** The ticket as it is by now. */
  readonly state: TicketState;
  readonly minutes: number;
  readonly projectId: string;
  readonly holdId: string;
  /** What it holds already. */
  readonly kept: { readonly id: string; readonly minutes: number } | null;
  readonly started: Omit<TicketEventOf<'CLAIMED'>, 'holdId' | 'heldMinutes'>;
  readonly entry: TimeEntry;
  readonly outside: OutsideFacts;
}

interface Secured extends TimePosted {
  readonly event: TicketEventOf<'CLAIMED' | 'TIME_SHORT'>;
  readonly outside: OutsideFacts;
}

/** Holds what the work needs, and lets the policy core judge the claim before a minute moves: refused, nothing is posted. */
function secure(ledger: TimeLedger, securing: Securing): TimeOutcome<Secured> {
  const { ticket, minutes, projectId, holdId, kept, started, entry } = securing;
  const { availableMinutes } = walletFigures(ledger, started.at, projectId);
  const outside = { ...securing.outside, availableMinutes };
  const placed = placing(ledger, securing);
  // With some usable and none held, the conditions hold nothing in part: they say so themselves.
  if (placed?.outcome === 'REFUSED' && availableMinutes > 0) return placed;
  const posted = placed?.outcome === 'POSTED' ? placed : null;
  const heldMinutes = posted?.heldMinutes ?? kept?.minutes ?? 0;
  const shortMinutes = Math.max(0, minutes - heldMinutes);
  const event =
    shortMinutes === 0
      ? { ...started, holdId, heldMinutes }
      : shortage(started, { holdId: heldMinutes === 0 ? null : holdId, heldMinutes, shortMinutes }, minutes, placed?.reasons ?? []);
  const judged = transition(ticket.state, event, { policy: entry.policy, ...outside });
  if (judged.outcome === 'REFUSED') return judged;
  return { outcome: 'POSTED', lots: posted?.lots ?? [], transactions: posted?.transactions ?? [], event, outside };
}

/** The reservation placed, or brought up to the estimate; null where it has as much already. */
function placing(ledger: TimeLedger, { ticket, minutes, projectId, holdId, kept, entry }: Securing): TimeOutcome<HoldPosted> | null {
  if (kept === null) return hold(ledger, { holdId, projectId, work: taskOf(ticket.row.id), minutes }, entry);
  return kept.minutes >= minutes ? null : extendHold(ledger, { holdId, minutes }, entry);
}

function shortage(
  { at, actor }: Securing['started'],
  short: Pick<TicketEventOf<'TIME_SHORT'>, 'holdId' | 'heldMinutes' | 'shortMinutes'>,
  minutes: number,
  reasons: readonly Reason[],
): TicketEventOf<'TIME_SHORT'> {
  const lack = `The work is estimated at ${spokenMinutes(minutes)}, of which ${short.heldMinutes} are reserved; it begins when ${short.shortMinutes} more are there.`;
  return { kind: 'TIME_SHORT', at, actor, ...short, question: [lack, ...reasons.map(({ message }) => message)].join(' ') };
}
