import type { Money } from './money.js';
import type { SupportFacts } from './support-term.js';

export const LOT_SOURCES = ['INCLUDED', 'PURCHASED', 'GOODWILL'] as const;
export type LotSource = (typeof LOT_SOURCES)[number];

/** The priority of a lot for which nobody chose one; lower numbers are used up first. */
export const USUAL_PRIORITY = 50;

/**
 * Minutes of support that one grant, or one split of a lot, put into a wallet. Immutable: what became of them stands in the journal; `term` alone is
 * read from the purchase and grows with its renewals.
 */
export interface TimeLot {
  readonly id: string;
  readonly walletId: string;
  readonly source: LotSource;
  /** How many minutes it was born with, from 1; parts split away later still count. */
  readonly minutes: number;
  /** The only project whose tickets may use it; null: not assigned, and of no use until it is (B-06). */
  readonly projectId: string | null;
  /** B-31: lower is used up first; `USUAL_PRIORITY` unless somebody chose. */
  readonly priority: number;
  readonly usableFrom: Temporal.Instant;
  /** The first instant at which it has ended; null: never. */
  readonly endsAt: Temporal.Instant | null;
  /** B-04: the support term on which included minutes depend; null: on none. */
  readonly term: SupportFacts | null;
  /** B-04, B-30: what the end of that term does, as the policy said when the lot was granted; null where `term` is. */
  readonly onTermEnd: 'SUSPEND' | 'FORFEIT' | null;
  /** What was paid for all its minutes; null: nothing was. */
  readonly price: Money | null;
  /** The lot that it was split from. */
  readonly parentId: string | null;
  /** When its minutes were granted; a split keeps the instant of its parent, so that it keeps its place in the burn order. */
  readonly createdAt: Temporal.Instant;
}

/** NOT_YET: before `usableFrom`. SUSPENDED: its term does not run, and may run again. ENDED: gone for good, except what is held. */
export const LOT_PHASES = ['NOT_YET', 'USABLE', 'SUSPENDED', 'ENDED'] as const;
export type LotPhase = (typeof LOT_PHASES)[number];
