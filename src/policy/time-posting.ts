import type { Reason } from './reason.js';
import type { PinnedPolicy } from './support-policy.js';
import type { HoldAllocation, JournalActor, JournalDraft } from './time-journal.js';
import type { TimeLot } from './time-lot.js';

/** Who asks for a change of the ledger, when and why, and under which policy. */
export interface TimeEntry {
  /** When it is written down: not before the last transaction of the journal. */
  readonly at: Temporal.Instant;
  readonly actor: JournalActor;
  /** Why, for people; stands in the journal and on the statement. */
  readonly reason: string;
  readonly policy: PinnedPolicy;
}

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
