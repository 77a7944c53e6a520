import type { TimeLot } from './time-lot.js';

/** AVAILABLE to EXPIRED and VOIDED belong to a lot; ISSUED to the wallet: what was ever given into it, as a negative number. */
export const TIME_ACCOUNTS = ['AVAILABLE', 'HELD', 'CONSUMED', 'EXPIRED', 'VOIDED', 'ISSUED'] as const;
export type TimeAccount = (typeof TIME_ACCOUNTS)[number];
export type LotAccount = Exclude<TimeAccount, 'ISSUED'>;

export const JOURNAL_KINDS = ['GRANT', 'ASSIGN', 'HOLD', 'SETTLE', 'RELEASE', 'LAPSE', 'EXPIRE', 'VOID', 'REVERSE'] as const;
export type JournalKind = (typeof JOURNAL_KINDS)[number];

export const JOURNAL_ACTOR_KINDS = ['STAFF', 'PARTNER', 'CUSTOMER', 'STORE', 'PROGRAM'] as const;
export type JournalActorKind = (typeof JOURNAL_ACTOR_KINDS)[number];

/** Who caused an entry. PROGRAM: nobody in person, such as an import or the sweep. */
export interface JournalActor {
  readonly kind: JournalActorKind;
  /** Stable name of the credential or person. */
  readonly name: string;
}

/** Minutes that one account gains (positive) or loses (negative); whole, never 0. */
export interface JournalLeg {
  readonly account: TimeAccount;
  /** Null for ISSUED, and only there. */
  readonly lotId: string | null;
  readonly minutes: number;
}

/** The ticket and the task for which minutes are held and used; a task has one hold at a time (B-08). */
export interface WorkReference {
  readonly ticketId: string;
  readonly taskId: string;
}

/** One act in the journal of a wallet: two or more legs that sum to 0. Never changed or deleted. */
export interface JournalTransaction {
  readonly id: string;
  readonly walletId: string;
  readonly kind: JournalKind;
  /** When it happened; chooses the lots. */
  readonly effectiveAt: Temporal.Instant;
  /** When it was written down; orders the journal, and never lies before an earlier entry's. */
  readonly recordedAt: Temporal.Instant;
  readonly actor: JournalActor;
  /** Why, for people. */
  readonly reason: string;
  /** Id of the rule that it follows, such as "B-10". */
  readonly rule: string;
  /** The project that the work is for: given for HOLD and SETTLE, for what resolves or cuts a hold, and where a settlement is reversed; else null. */
  readonly projectId: string | null;
  /** The task that the work is for, wherever there is a project. */
  readonly work: WorkReference | null;
  /** The hold that it places, adds to, resolves or cuts; null where it touches none. */
  readonly holdId: string | null;
  /**
   * HOLD: how many minutes the whole hold was to have, which may be more than there were (B-13). VOID of all that is left: how many minutes of the grant, its splits
   * included, are charged back in all, those used so far among them (B-28). Else null.
   */
  readonly requestedMinutes: number | null;
  /** HOLD: the instant from which the hold may lapse; null: it stays until it is settled or released. Else null. */
  readonly lapsesAt: Temporal.Instant | null;
  /** REVERSE: the transaction that it undoes; else null. */
  readonly reverses: string | null;
  readonly legs: readonly JournalLeg[];
}

/** A transaction to be written: the journal's keeper gives it an id. */
export type JournalDraft = Omit<JournalTransaction, 'id'>;

/** Minutes of one lot by account; all from 0 on. */
export type LotBalance = Readonly<Record<LotAccount, number>>;

export interface HoldAllocation {
  readonly lotId: string;
  readonly minutes: number;
}

/** Minutes set aside for one task and not yet settled, released or lapsed. */
export interface OpenHold {
  readonly id: string;
  readonly projectId: string;
  readonly work: WorkReference;
  /** How many minutes it was to have; more than it has where time was short. */
  readonly requestedMinutes: number;
  /** The instant from which it may lapse; null: it does not by itself. */
  readonly lapsesAt: Temporal.Instant | null;
  readonly placedAt: Temporal.Instant;
  /** In the order in which the lots are used up; one entry for each lot. */
  readonly allocations: readonly HoldAllocation[];
}

/** What a journal amounts to: the state that every command of the ledger starts from. */
export interface TimeLedger {
  /** Null while nothing has been granted. */
  readonly walletId: string | null;
  readonly lots: ReadonlyMap<string, TimeLot>;
  /** An entry for each lot that minutes were granted into or split into; `balanceOf` reads any lot. */
  readonly balances: ReadonlyMap<string, LotBalance>;
  /** Account ISSUED: minus what was granted, plus what reversed grants took back. */
  readonly issuedMinutes: number;
  readonly openHolds: ReadonlyMap<string, OpenHold>;
  /** For each hold that is over, the id of the transaction that ended it. */
  readonly resolvedHolds: ReadonlyMap<string, string>;
  readonly transactions: ReadonlyMap<string, JournalTransaction>;
  /** For each transaction that was undone, the id of the one that undid it. */
  readonly reversedBy: ReadonlyMap<string, string>;
  /** For each task (`taskKey`) whose time was charged and not given back, the id of the settlement. */
  readonly settledTasks: ReadonlyMap<string, string>;
  /** When the last transaction was recorded; null: there is none. */
  readonly recordedThrough: Temporal.Instant | null;
}

const EMPTY: LotBalance = { AVAILABLE: 0, HELD: 0, CONSUMED: 0, EXPIRED: 0, VOIDED: 0 };

/** The minutes of a lot by account; all zeros for a lot that nothing was granted into, or that is not known. */
export function balanceOf({ balances }: Pick<TimeLedger, 'balances'>, lotId: string): LotBalance {
  return balances.get(lotId) ?? EMPTY;
}

/** Minutes that are neither held nor gone: AVAILABLE, and EXPIRED too, since what has ended is told by the lot and not by whether the sweep has booked it. */
export function unheldMinutes(ledger: Pick<TimeLedger, 'balances'>, lotId: string): number {
  const { AVAILABLE, EXPIRED } = balanceOf(ledger, lotId);
  return AVAILABLE + EXPIRED;
}

/** Minutes of a lot that were used, voided, or split away: the place in its price at which the next minute is valued. */
export function goneMinutes(ledger: Pick<TimeLedger, 'balances'>, lot: Pick<TimeLot, 'id' | 'minutes'>): number {
  return lot.minutes - unheldMinutes(ledger, lot.id) - balanceOf(ledger, lot.id).HELD;
}

/** Id of the lot that was granted and of which this one is a part, or is itself; ends for a lot that descends from itself, too. */
export function rootOf({ lots }: Pick<TimeLedger, 'lots'>, lotId: string): string {
  const seen = new Set<string>();
  let root = lotId;
  while (!seen.has(root)) {
    seen.add(root);
    root = lots.get(root)?.parentId ?? root;
  }
  return root;
}

/** One name for a task of a ticket. */
export function taskKey({ ticketId, taskId }: WorkReference): string {
  return JSON.stringify([ticketId, taskId]);
}

/** Minutes over all allocations of a hold. */
export function heldMinutes({ allocations }: Pick<OpenHold, 'allocations'>): number {
  return allocations.reduce((sum, { minutes }) => sum + minutes, 0);
}

export const JOURNAL_FAULTS = [
  'LEGS_TOO_FEW',
  'LEGS_NOT_WHOLE',
  'LEGS_UNBALANCED',
  'LEG_MISPLACED',
  'LOT_UNKNOWN',
  'LOT_MALFORMED',
  'OTHER_WALLET',
  'ID_REPEATED',
  'OUT_OF_ORDER',
  'ACCOUNT_NEGATIVE',
  'GRANT_DIFFERS',
  'SPLIT_DIFFERS',
  'OTHER_PROJECT',
  'LOT_NOT_RUNNING',
  'HOLD_MALFORMED',
  'HOLD_REPEATED',
  'HOLD_UNKNOWN',
  'HOLD_RESOLVED_BEFORE',
  'HOLD_OVERDRAWN',
  'HOLD_LEFT_OPEN',
  'LAPSED_TOO_EARLY',
  'EXPIRED_TOO_EARLY',
  'TASK_HELD_BEFORE',
  'TASK_SETTLED_BEFORE',
  'REVERSAL_MISPLACED',
  'REVERSED_BEFORE',
] as const;
export type JournalFaultCode = (typeof JOURNAL_FAULTS)[number];

/** A law that a journal breaks, and where. */
export interface JournalFault {
  readonly code: JournalFaultCode;
  /** Null where a lot, not a transaction, is at fault. */
  readonly transactionId: string | null;
  readonly message: string;
}
