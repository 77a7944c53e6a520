import { type Reason, type ReasonDraft, reason } from './reason.js';
import type { PinnedPolicy } from './support-policy.js';
import {
  balanceOf,
  type HoldAllocation,
  type JournalActor,
  type JournalDraft,
  type JournalLeg,
  type TimeAccount,
  type TimeLedger,
} from './time-journal.js';
import type { TimeLot } from './time-lot.js';

/** Who asks for a change of the ledger, when and why, and under which policy. */
export interface TimeEntry {
  /** The instant that decides. Written down is the later of it and the journal's last entry, so that a clock that lags breaks no order. */
  readonly at: Temporal.Instant;
  readonly actor: JournalActor;
  /** Why, for people; stands in the journal and on the statement. */
  readonly reason: string;
  readonly policy: PinnedPolicy;
}

/** An entry of the program's own, which follows from what is written already and from no policy. */
export type ProgramEntry = Omit<TimeEntry, 'policy'>;

/** What is to be written, in this order and all at once: the lots first, since the legs name them. */
export interface TimePosted {
  readonly outcome: 'POSTED';
  readonly lots: readonly TimeLot[];
  readonly transactions: readonly JournalDraft[];
}

/** Nothing is to be written. Never without a reason. */
export interface TimeRefused {
  readonly outcome: 'REFUSED';
  readonly reasons: readonly Reason[];
}

export type TimeOutcome<Posted extends TimePosted = TimePosted> = Posted | TimeRefused;

/** B-09, B-13: what a hold got, and what it lacks. */
export interface HoldPosted extends TimePosted {
  /** What the hold has now, over all its lots. */
  readonly heldMinutes: number;
  /** What it lacks of what was asked for; 0: nothing. */
  readonly shortMinutes: number;
  /** Why it lacks something; empty when it does not. */
  readonly reasons: readonly Reason[];
}

/** B-10: what a task was charged. */
export interface SettlementPosted extends TimePosted {
  readonly consumed: readonly HoldAllocation[];
  readonly consumedMinutes: number;
  /** What was chargeable but not there; 0: nothing. */
  readonly shortMinutes: number;
  /** What returned from the hold. */
  readonly releasedMinutes: number;
}

/** What a draft says beside what follows from its entry. */
export type PostingDraft = Pick<JournalDraft, 'kind' | 'rule' | 'legs'> & Partial<JournalDraft>;

/** A transaction as its entry has it written down. Throws a RangeError where the wallet is neither known from the ledger nor given. */
export function transactionDraft(ledger: TimeLedger, entry: ProgramEntry, posting: PostingDraft): JournalDraft {
  const walletId = posting.walletId ?? ledger.walletId;
  if (walletId === null) throw new RangeError('An empty ledger has no wallet.');
  const last = ledger.recordedThrough;
  return {
    effectiveAt: entry.at,
    recordedAt: last !== null && Temporal.Instant.compare(entry.at, last) < 0 ? last : entry.at,
    actor: entry.actor,
    reason: entry.reason,
    projectId: null,
    work: null,
    holdId: null,
    requestedMinutes: null,
    lapsesAt: null,
    reverses: null,
    ...posting,
    walletId,
  };
}

/** Legs from moves: several on the same account of the same lot become one, and those that come to nothing are left out. */
export function legsOf(moves: readonly JournalLeg[]): JournalLeg[] {
  const legs = new Map<string, JournalLeg>();
  for (const { account, lotId, minutes } of moves) {
    const place = JSON.stringify([account, lotId]);
    legs.set(place, { account, lotId, minutes: (legs.get(place)?.minutes ?? 0) + minutes });
  }
  return [...legs.values()].filter(({ minutes }) => minutes !== 0);
}

/** Moves minutes that nobody holds into another account of the lot, or, with `toLotId`, of another: from AVAILABLE first, then from what the sweep booked as expired. */
export function unheldMoves(
  ledger: TimeLedger,
  lotId: string,
  minutes: number,
  to: TimeAccount,
  toLotId: string | null = lotId,
): JournalLeg[] {
  const available = Math.min(minutes, balanceOf(ledger, lotId).AVAILABLE);
  return [
    { account: 'AVAILABLE', lotId, minutes: -available },
    { account: 'EXPIRED', lotId, minutes: available - minutes },
    { account: to, lotId: toLotId, minutes },
  ];
}

/** Moves minutes that are held into another account of the same lot. */
export function heldMoves({ lotId, minutes }: HoldAllocation, to: TimeAccount): JournalLeg[] {
  return [
    { account: 'HELD', lotId, minutes: -minutes },
    { account: to, lotId, minutes },
  ];
}

/** Nothing is posted, for these reasons; each refuses unless it says otherwise. */
export function refusal({ policy }: TimeEntry, drafts: readonly (Omit<ReasonDraft, 'effect'> & Partial<ReasonDraft>)[]): TimeRefused {
  return { outcome: 'REFUSED', reasons: drafts.map((draft) => reason(policy.document.clauses, { effect: 'REFUSES', ...draft })) };
}

/** Minutes as sentences have them: "1 minute", "60 minutes". */
export function spokenMinutes(minutes: number): string {
  return minutes === 1 ? '1 minute' : `${minutes} minutes`;
}

/** Throws a RangeError on minutes that are not a whole number from `least` on. */
export function requireMinutes(name: string, minutes: number, least: 0 | 1): void {
  if (!Number.isSafeInteger(minutes) || minutes < least)
    throw new RangeError(`${name} must be a whole number from ${least} on, not ${minutes}`);
}
