import {
  balanceOf,
  goneMinutes,
  type JournalDraft,
  type JournalLeg,
  type OpenHold,
  rootOf,
  type TimeLedger,
  unheldMinutes,
} from './time-journal.js';
import { lotEnd, lotFault, lotPhase, type TimeLot, valueOfMinutes } from './time-lot.js';
import {
  heldMoves,
  legsOf,
  type ProgramEntry,
  refusal,
  requireMinutes,
  spokenMinutes,
  type TimeEntry,
  type TimeOutcome,
  type TimePosted,
  transactionDraft,
  unheldMoves,
} from './time-posting.js';

export interface AssignRequest {
  readonly lotId: string;
  /** The project that may use the minutes from now on; null takes them back from the one that may. */
  readonly projectId: string | null;
  /** Whole, from 1. */
  readonly minutes: number;
  /** Id of the lot that the minutes become. */
  readonly newLotId: string;
}

export interface VoidPosted extends TimePosted {
  readonly voidedMinutes: number;
  /** Each reservation that lost minutes, as it is afterwards: with nothing left it is over. */
  readonly cuts: readonly OpenHold[];
}

const GRANT_RULES = { INCLUDED: 'B-04', PURCHASED: 'B-28', GOODWILL: 'B-27' } as const;

/**
 * B-04, B-13, B-27, B-28: puts a new lot into the wallet, all of it. The same lot a second time is refused, so that an order seen twice gives one. Throws a
 * RangeError on a lot that is malformed, a split, or of another wallet.
 */
export function grant(ledger: TimeLedger, lot: TimeLot, entry: TimeEntry): TimeOutcome {
  const fault = lot.parentId === null ? lotFault(lot) : 'it is a split';
  if (fault !== null) throw new RangeError(`Lot ${lot.id} cannot be granted: ${fault}.`);
  if (ledger.walletId !== null && lot.walletId !== ledger.walletId) throw new RangeError(`Lot ${lot.id} is of another wallet.`);
  if (ledger.lots.has(lot.id)) {
    return refusal(entry, [{ code: 'LOT_GRANTED', rule: 'B-13', message: 'This time was granted before.', facts: { lot: lot.id } }]);
  }
  const legs: JournalLeg[] = [
    { account: 'ISSUED', lotId: null, minutes: -lot.minutes },
    { account: 'AVAILABLE', lotId: lot.id, minutes: lot.minutes },
  ];
  const posting = { kind: 'GRANT', rule: GRANT_RULES[lot.source], walletId: lot.walletId, legs } as const;
  return { outcome: 'POSTED', lots: [lot], transactions: [transactionDraft(ledger, entry, posting)] };
}

/**
 * B-06: makes minutes of an unassigned lot usable for one project, or takes minutes back from it, which only staff may. Only minutes that are neither held
 * nor gone move; they become a lot of their own that keeps source, end, priority and age, and the value that they had in the old one. Refused when the lot
 * is unknown, has ended, has fewer such minutes, is assigned already, or is not assigned when taken back. Throws a RangeError on minutes that are not
 * a whole number from 1 on, and on a new id that is taken.
 */
export function assign(ledger: TimeLedger, request: AssignRequest, entry: TimeEntry): TimeOutcome {
  const { lotId, projectId, minutes, newLotId } = request;
  requireMinutes('minutes', minutes, 1);
  if (ledger.lots.has(newLotId)) throw new RangeError(`Lot ${newLotId} exists.`);
  const lot = ledger.lots.get(lotId);
  if (lot === undefined) return refuseLot(lotId, entry);
  const facts = { lot: lotId, project: lot.projectId };
  if (projectId !== null && lot.projectId !== null) {
    return refusal(entry, [{ code: 'LOT_ASSIGNED', rule: 'B-06', message: 'The time is assigned to a project already.', facts }]);
  }
  if (projectId === null && lot.projectId === null) {
    return refusal(entry, [{ code: 'LOT_UNASSIGNED', rule: 'B-06', message: 'The time is assigned to no project.', facts }]);
  }
  if (projectId === null && entry.actor.kind !== 'STAFF') {
    const message = 'Only the vendor’s staff may take time back from a project.';
    return refusal(entry, [{ code: 'ASSIGNMENT_STAFF_ONLY', rule: 'B-06', message, facts, remedy: 'ASK_VENDOR' }]);
  }
  if (lotPhase(lot, entry.at) === 'ENDED') {
    const message = 'The time has ended.';
    return refusal(entry, [{ code: 'LOT_ENDED', rule: 'B-32', message, facts: { lot: lotId, endedAt: String(lotEnd(lot)) } }]);
  }
  const untouched = unheldMinutes(ledger, lotId);
  if (untouched < minutes) {
    const message = `Only ${spokenMinutes(untouched)} of the lot can be moved; the others are reserved or gone.`;
    return refusal(entry, [{ code: 'TIME_NOT_ENOUGH', rule: 'B-06', message, facts: { minutes, availableMinutes: untouched } }]);
  }
  const price = valueOfMinutes(lot, goneMinutes(ledger, lot), minutes);
  const part: TimeLot = { ...lot, id: newLotId, projectId, minutes, price, refundedMinutes: 0, parentId: lotId };
  const legs = legsOf(unheldMoves(ledger, lotId, minutes, 'AVAILABLE', newLotId));
  return { outcome: 'POSTED', lots: [part], transactions: [transactionDraft(ledger, entry, { kind: 'ASSIGN', rule: 'B-06', legs })] };
}

export interface VoidRequest {
  readonly lotId: string;
  /** The most to take, whole, from 1; null or left out: all that is left. */
  readonly minutes?: number | null;
}

/**
 * B-28, charge-back: takes what is left of a lot and of all its splits, held or not: 200 of 600 spent, 400 voided; never what was spent. With a bound, as when
 * part of an order is paid back, at most so many: first what nobody holds, the lot before its splits, then what is held. What has ended unheld stays
 * expired. Holds lose these minutes, the lot's before its splits'; one that has no others is over. Without a bound, what was used is charged back as well, should it ever
 * be returned. Refused when nothing is left. Throws a RangeError on a bound that is not a whole number from 1 on.
 */
export function voidLot(ledger: TimeLedger, { lotId, minutes = null }: VoidRequest, entry: TimeEntry): TimeOutcome<VoidPosted> {
  if (minutes !== null) requireMinutes('minutes', minutes, 1);
  const lot = ledger.lots.get(lotId);
  if (lot === undefined) return refuseLot(lotId, entry);
  const family = familyOf(ledger, lot);
  const requestedMinutes =
    minutes === null ? voidedOf(ledger, rootOf(ledger, lotId)) + family.reduce((sum, { id }) => sum + notVoided(ledger, id), 0) : null;
  const posting = { kind: 'VOID', rule: 'B-28', requestedMinutes } as const;
  const transactions: JournalDraft[] = [];
  let voidedMinutes = 0;
  const take = (most: number): number => {
    const taken = Math.min(most, (minutes ?? Number.MAX_SAFE_INTEGER) - voidedMinutes);
    voidedMinutes += taken;
    return taken;
  };
  const unheld = family.filter((member) => lotPhase(member, entry.at) !== 'ENDED');
  const legs = legsOf(unheld.flatMap(({ id }) => unheldMoves(ledger, id, take(unheldMinutes(ledger, id)), 'VOIDED')));
  if (legs.length > 0) transactions.push(transactionDraft(ledger, entry, { ...posting, legs }));
  const cuts: OpenHold[] = [];
  for (const open of ledger.openHolds.values()) {
    const { id: holdId, projectId, work } = open;
    const held = new Map(open.allocations.map((allocation) => [allocation.lotId, allocation.minutes]));
    const lost = new Map(family.map(({ id }) => [id, take(held.get(id) ?? 0)]));
    const legs = legsOf([...lost].flatMap(([id, taken]) => heldMoves({ lotId: id, minutes: taken }, 'VOIDED')));
    if (legs.length === 0) continue;
    transactions.push(transactionDraft(ledger, entry, { ...posting, holdId, projectId, work, legs }));
    const left = open.allocations.map((allocation) => ({ ...allocation, minutes: allocation.minutes - (lost.get(allocation.lotId) ?? 0) }));
    cuts.push({ ...open, allocations: left.filter((allocation) => allocation.minutes > 0) });
  }
  if (transactions.length === 0) {
    return refusal(entry, [{ code: 'LOT_USED_UP', rule: 'B-28', message: 'Nothing of this time is left.', facts: { lot: lotId } }]);
  }
  return { outcome: 'POSTED', lots: [], transactions, voidedMinutes, cuts };
}

/**
 * B-04, B-32: books as expired what the lots' ends say is, one transaction for each lot, as of its end; empty when there is nothing to book. No answer
 * depends on it: until it runs, what has ended counts as expired already.
 */
export function expire(ledger: TimeLedger, entry: ProgramEntry): TimePosted {
  const transactions = [...ledger.lots.values()].flatMap((lot): JournalDraft[] => {
    const end = lotEnd(lot);
    const minutes = ledger.balances.get(lot.id)?.AVAILABLE ?? 0;
    if (end === null || minutes === 0 || lotPhase(lot, entry.at) !== 'ENDED') return [];
    const legs: JournalLeg[] = [
      { account: 'AVAILABLE', lotId: lot.id, minutes: -minutes },
      { account: 'EXPIRED', lotId: lot.id, minutes },
    ];
    const rule = lot.endsAt !== null && Temporal.Instant.compare(lot.endsAt, end) === 0 ? 'B-32' : 'B-04';
    return [transactionDraft(ledger, entry, { kind: 'EXPIRE', rule, effectiveAt: end, legs })];
  });
  return { outcome: 'POSTED', lots: [], transactions };
}

/**
 * B-28: minutes that a grant still owes to a charge-back, as they were used when it came: what the shop has paid back of its order, or what was taken out without a
 * bound, less what was voided of it and of all its splits. 0: nothing. The ledger knows the entries that voided without a bound.
 */
export function owedMinutes(ledger: TimeLedger, grantedLotId: string): number {
  const demands = [...ledger.transactions.values()]
    .filter(({ kind, legs }) => kind === 'VOID' && legs.some(({ lotId }) => lotId !== null && rootOf(ledger, lotId) === grantedLotId))
    .map(({ requestedMinutes }) => requestedMinutes ?? 0);
  const refunded = ledger.lots.get(grantedLotId)?.refundedMinutes ?? 0;
  return Math.max(0, Math.max(refunded, ...demands) - voidedOf(ledger, grantedLotId));
}

function voidedOf(ledger: TimeLedger, grantedLotId: string): number {
  const parts = [...ledger.lots.keys()].filter((lotId) => rootOf(ledger, lotId) === grantedLotId);
  return parts.reduce((sum, lotId) => sum + balanceOf(ledger, lotId).VOIDED, 0);
}

function notVoided(ledger: TimeLedger, lotId: string): number {
  const { HELD, CONSUMED } = balanceOf(ledger, lotId);
  return unheldMinutes(ledger, lotId) + HELD + CONSUMED;
}

/** A lot with all that was split from it, and from that. */
export function familyOf({ lots }: Pick<TimeLedger, 'lots'>, lot: TimeLot): TimeLot[] {
  const family = new Set([lot]);
  for (const member of family) {
    for (const other of lots.values()) if (other.parentId === member.id) family.add(other);
  }
  return [...family];
}

function refuseLot(lotId: string, entry: TimeEntry) {
  return refusal(entry, [{ code: 'LOT_UNKNOWN', rule: 'B-06', message: 'There is no such time.', facts: { lot: lotId } }]);
}
