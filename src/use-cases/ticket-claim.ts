import { typeid } from 'typeid-js';
import type { Reason } from '../policy/reason.js';
import type { TicketState } from '../policy/ticket.js';
import type { QueuePlace, TicketEventOf } from '../policy/ticket-event.js';
import { holdCut, holdOfTask } from '../policy/ticket-hold.js';
import { transition } from '../policy/ticket-machine.js';
import { waitsToBegin } from '../policy/ticket-readiness.js';
import { takesTime } from '../policy/ticket-work-guard.js';
import { walletFigures } from '../policy/time-figures.js';
import { extendHold, hold } from '../policy/time-hold.js';
import { heldMinutes as minutesOf, type OpenHold, type TimeLedger } from '../policy/time-journal.js';
import { type HoldPosted, spokenMinutes, type TimeEntry, type TimeOutcome, type TimePosted } from '../policy/time-posting.js';
import { suspensionRefusal } from '../policy/time-suspension.js';
import { codeDigest, presentDigest } from './code-digest.js';
import { actOn, happenTo, lockedTicket, type TicketAnswer, type TicketCommand, ticketOnce } from './ticket-command.js';
import { type LoggedTicket, NOTHING_OUTSIDE, type OutsideFacts, withTimeRecorded } from './ticket-log.js';
import { queuedPage, shareQueue, takeForClaim } from './ticket-queue.js';
import { mustHappen, taskOf, timeEntry } from './ticket-time.js';
import { commandTime, readTime } from './time-command.js';

export interface NextClaimInput {
  readonly idempotencyKey: string;
  /** SHA-256 of the store's code as it was found, in hexadecimal; null: what its report of the last quarter of an hour tells, if there is one. */
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
  /** B-15: tickets before it that cannot be taken up now, in their order, and why. They keep their places. */
  readonly skipped: readonly SkippedTicket[];
}

/** A ticket of the queue that could not be taken up although it was its turn. */
export interface SkippedTicket {
  readonly ticketId: string;
  readonly reasons: readonly Reason[];
}

/**
 * B-09, B-13, B-15: takes up a ticket: the next in the queue, or one that staff took out of turn. It is next, too, where none before it can be taken up, such as
 * those that lack access to their stores. Its whole estimate is held first; too little, and all there is stays held for it while it waits for the exact rest.
 * Free work holds nothing. What it holds already is what the ledger has for it.
 */
export function claimTicket(command: TicketCommand, input: TicketClaimInput): Promise<ClaimAnswer> {
  return ticketOnce(command, 'ticketClaim', input, async () => {
    await shareQueue(command.em);
    const { nextId, skipped } = await lookAhead(command, input, input.ticketId);
    return { ...(await claim(command, input.ticketId, nextId, input)), skipped };
  });
}

/**
 * B-15: takes up whatever ticket is next in the queue, as `claimTicket` does: the first that can be taken up. One that another such claim is just taking up is
 * passed over, so that they do not wait for each other.
 */
export function claimNext(command: TicketCommand, input: NextClaimInput): Promise<ClaimAnswer> {
  return ticketOnce(command, 'ticketClaimNext', input, async () => {
    await shareQueue(command.em);
    const { nextId, skipped } = await lookAhead(command, input, null);
    if (nextId === null) return { ticketId: null, reasons: [], shortMinutes: 0, skipped };
    return { ...(await claim(command, nextId, nextId, input)), skipped };
  });
}

/** Places of the queue that are read at once, and those that are looked at for the next ticket: what stands behind them is taken out of turn only. */
const PAGE = 10;
const LOOKED_AT = 100;

/** B-15: the first ticket that can be taken up now, or the one that is wanted, whichever comes first; and those before it, which cannot. */
async function lookAhead(
  command: TicketCommand,
  input: NextClaimInput,
  wantedId: string | null,
): Promise<{ readonly nextId: string | null; readonly skipped: readonly SkippedTicket[] }> {
  const skipped: SkippedTicket[] = [];
  let after: QueuePlace | null = null;
  for (let looked = 0; looked < LOOKED_AT; looked += PAGE) {
    const tickets: readonly LoggedTicket[] = await queuedPage(command.em, { first: PAGE, after }, command.now);
    for (const ticket of tickets) {
      const ticketId = ticket.row.id;
      if (ticketId === wantedId) return { nextId: ticketId, skipped };
      const reasons = await hindrances(command, ticket, input);
      if (reasons.length > 0) skipped.push({ ticketId, reasons });
      else if (wantedId !== null || (await takeForClaim(command.em, ticketId))) return { nextId: ticketId, skipped };
    }
    const last = tickets.at(-1);
    if (last === undefined || tickets.length < PAGE) break;
    after = last.row;
  }
  return { nextId: null, skipped };
}

/** Why a queued ticket could not be taken up now if it were its turn. Reads the ledger without a lock, and changes nothing. */
async function hindrances(command: TicketCommand, ticket: LoggedTicket, input: NextClaimInput): Promise<readonly Reason[]> {
  const waits = waitsToBegin(ticket.state, ticket.policy);
  if (waits.length > 0) return waits;
  const { started, outside, securing } = planned(command, ticket, ticket.row.id, input);
  if (securing === null) {
    const judged = transition(ticket.state, { ...started, holdId: null, heldMinutes: 0 }, { policy: ticket.policy, ...outside });
    return judged.outcome === 'REFUSED' ? judged.reasons : [];
  }
  const { ledger, suspendedAt } = await readTime(command.em, ticket.row.customer.id, started.at);
  const secured = secure(ledger, securing);
  if (secured.outcome === 'REFUSED') return secured.reasons;
  return suspendedAt === null ? [] : (suspensionRefusal(secured, suspendedAt)?.reasons ?? []);
}

async function claim(
  command: TicketCommand,
  ticketId: string,
  queueHeadId: string | null,
  input: NextClaimInput,
): Promise<Omit<ClaimAnswer, 'skipped'>> {
  const locked = await lockedTicket(command, ticketId);
  // A reservation that has lapsed is over in the ledger and on the ticket, before another is placed.
  const ticket = await withTimeRecorded({ ...command, now: actOn(command, locked).at }, locked);
  const found = await presentDigest(command.em, ticket.row, input.codeDigest, command.now);
  const { started, outside, securing } = planned(command, ticket, queueHeadId, { ...input, codeDigest: found });
  if (securing === null) {
    const answer = await happenTo(command, ticket, { ...started, holdId: null, heldMinutes: 0 }, outside);
    return { ...answer, shortMinutes: 0 };
  }
  const about = { holdId: securing.newHoldId, work: taskOf(ticketId) };
  const secured = await commandTime(command.em, ticket.row.customer.id, started.at, (ledger) => secure(ledger, securing), about);
  if (secured.outcome === 'REFUSED') return { ticketId, reasons: secured.reasons, shortMinutes: 0 };
  const told = secured.cut === null ? ticket : await mustHappen(command, ticket, secured.cut);
  await mustHappen(command, told, secured.event, secured.outside);
  return { ticketId, reasons: [], shortMinutes: secured.event.kind === 'TIME_SHORT' ? secured.event.shortMinutes : 0 };
}

/** What taking up a ticket is to come to, as time has left it by now, and what must be secured first; null: nothing. A Refusal where the digest is none. */
function planned(command: TicketCommand, ticket: LoggedTicket, queueHeadId: string | null, input: NextClaimInput) {
  const act = actOn(command, ticket);
  const started = { kind: 'CLAIMED', ...act, codeDigest: codeDigest(input.codeDigest) } as const;
  const outside = { ...NOTHING_OUTSIDE, queueHeadId };
  const needed = neededTime(ticket.state);
  if (needed === null) return { started, outside, securing: null };
  const entry = timeEntry(command, ticket, act.at, `Reserved for ticket ${ticket.state.seq}.`);
  const securing: Securing = { ticket, ...needed, newHoldId: typeid().toUUID(), started, entry, outside };
  return { started, outside, securing };
}

/** What must be held before the work begins; null for free work, and where nothing can be: then the policy core says why. */
function neededTime(state: TicketState): { readonly minutes: number; readonly projectId: string } | null {
  const { estimateMinutes, projectId } = state;
  return takesTime(state) && estimateMinutes !== null && projectId !== null ? { minutes: estimateMinutes, projectId } : null;
}

interface Securing {
  readonly ticket: LoggedTicket;
  readonly minutes: number;
  readonly projectId: string;
  /** For a reservation of its own, where there is none. */
  readonly newHoldId: string;
  readonly started: Omit<TicketEventOf<'CLAIMED'>, 'holdId' | 'heldMinutes'>;
  readonly entry: TimeEntry;
  readonly outside: OutsideFacts;
}

interface Secured extends TimePosted {
  /** What the ticket has to be told first: that it holds less than it knows of. */
  readonly cut: TicketEventOf<'HOLD_CUT'> | null;
  readonly event: TicketEventOf<'CLAIMED' | 'TIME_SHORT'>;
  readonly outside: OutsideFacts;
}

/** Holds what the work needs, and lets the policy core judge the claim before a minute moves: refused, nothing is posted. */
function secure(ledger: TimeLedger, securing: Securing): TimeOutcome<Secured> {
  const { ticket, minutes, projectId, newHoldId, started, entry } = securing;
  // What the ledger has for it already.
  const kept = holdOfTask(ledger, taskOf(ticket.row.id));
  const holdId = kept?.id ?? newHoldId;
  const { availableMinutes } = walletFigures(ledger, started.at, projectId);
  const outside = { ...securing.outside, availableMinutes };
  const placed = placing(ledger, securing, kept);
  // With some usable and none held, the conditions hold nothing in part: they say so themselves.
  if (placed?.outcome === 'REFUSED' && availableMinutes > 0) return placed;
  const posted = placed?.outcome === 'POSTED' ? placed : null;
  const heldMinutes = posted?.heldMinutes ?? (kept === null ? 0 : minutesOf(kept));
  const shortMinutes = Math.max(0, minutes - heldMinutes);
  const event =
    shortMinutes === 0
      ? { ...started, holdId, heldMinutes }
      : shortage(started, { holdId: heldMinutes === 0 ? null : holdId, heldMinutes, shortMinutes }, minutes, placed?.reasons ?? []);
  const { policy } = entry;
  const cut = holdCut(ticket.state, kept, started.at);
  const told = cut && transition(ticket.state, cut, { policy, ...NOTHING_OUTSIDE });
  const judged = transition(told?.outcome === 'MOVED' ? told.state : ticket.state, event, { policy, ...outside });
  if (judged.outcome === 'REFUSED') return judged;
  return { outcome: 'POSTED', lots: posted?.lots ?? [], transactions: posted?.transactions ?? [], cut, event, outside };
}

/** The reservation placed, or brought up to the estimate; null where it has as much already. */
function placing(
  ledger: TimeLedger,
  { ticket, minutes, projectId, newHoldId, entry }: Securing,
  kept: OpenHold | null,
): TimeOutcome<HoldPosted> | null {
  if (kept === null) return hold(ledger, { holdId: newHoldId, projectId, work: taskOf(ticket.row.id), minutes }, entry);
  return minutesOf(kept) >= minutes ? null : extendHold(ledger, { holdId: kept.id, minutes }, entry);
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
