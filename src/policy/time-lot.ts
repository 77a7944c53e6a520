import { type Money, shareOut } from './money.js';
import { isCovered, latestSpan, type SupportFacts } from './support-term.js';

export const LOT_SOURCES = ['INCLUDED', 'PURCHASED', 'GOODWILL'] as const;
export type LotSource = (typeof LOT_SOURCES)[number];

/** The priority of a lot for which nobody chose one; lower numbers are used up first. */
export const USUAL_PRIORITY = 50;

/**
 * Minutes of support that one grant, or one split of a lot, put into a wallet. Immutable: what became of them stands in the journal; `term` is read from the
 * purchase and grows with its renewals, `refundedMinutes` from the order.
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
  /** B-28: how many of its minutes the shop has paid back, those of its splits included; 0 for a split, and where no order bought it. */
  readonly refundedMinutes: number;
  /** The lot that it was split from. */
  readonly parentId: string | null;
  /** When its minutes were granted; a split keeps the instant of its parent, so that it keeps its place in the burn order. */
  readonly createdAt: Temporal.Instant;
}

/** NOT_YET: before `usableFrom`. SUSPENDED: its term does not run, and may run again unless its purchase was taken back. ENDED: gone for good, except what is held. */
export const LOT_PHASES = ['NOT_YET', 'USABLE', 'SUSPENDED', 'ENDED'] as const;
export type LotPhase = (typeof LOT_PHASES)[number];

/**
 * The first instant at which the lot has ended for good, as far as its facts tell: `endsAt`, or the end of its term where that forfeits it (B-04),
 * whichever is earlier; null: never. Held minutes outlive it (B-32).
 */
export function lotEnd(lot: TimeLot): Temporal.Instant | null {
  return earlier(lot.endsAt, lot.term !== null && lot.onTermEnd === 'FORFEIT' ? coverEnd(lot.term, lot.usableFrom) : null);
}

/** B-04, B-32: what the lot is at this instant; nothing needs to be posted for it to change. Ends are exclusive: at the very instant it has ended. */
export function lotPhase(lot: TimeLot, at: Temporal.Instant): LotPhase {
  const end = lotEnd(lot);
  if (end !== null && Temporal.Instant.compare(end, at) <= 0) return 'ENDED';
  if (Temporal.Instant.compare(at, lot.usableFrom) < 0) return 'NOT_YET';
  return lot.term !== null && !isCovered(lot.term, at) ? 'SUSPENDED' : 'USABLE';
}

/**
 * B-31: which of two lots is used up first, for `sort`: lower priority, earlier end (never is last), free before bought, granted earlier, lower id.
 * The end of a lot is also that of the term it depends on, as far as paid for by `at`.
 */
export function inBurnOrder(at: Temporal.Instant): (one: TimeLot, other: TimeLot) => number {
  return (one, other) =>
    one.priority - other.priority ||
    compareEnds(burnEnd(one, at), burnEnd(other, at)) ||
    Number(one.source === 'PURCHASED') - Number(other.source === 'PURCHASED') ||
    Temporal.Instant.compare(one.createdAt, other.createdAt) ||
    (one.id < other.id ? -1 : one.id > other.id ? 1 : 0);
}

/**
 * What minutes of a lot are worth: those from `gone` to `gone + minutes`, when `gone` of its minutes have left it before. Cumulative rounding (HALF_UP):
 * the values of all parts, taken one after the other, sum to the price exactly: 600 minutes
 * for 500.00 taken as 37, 37, 37, 489 are worth 30.83, 30.84, 30.83, 407.50. Null when nothing was paid. Throws a RangeError on minutes that a lot
 * with a price does not have.
 */
export function valueOfMinutes(lot: Pick<TimeLot, 'price' | 'minutes'>, gone: number, minutes: number): Money | null {
  if (lot.price === null) return null;
  const left = lot.minutes - gone - minutes;
  if (gone < 0 || minutes < 0 || left < 0)
    throw new RangeError(`A lot of ${lot.minutes} minutes has none from ${gone} to ${gone + minutes}.`);
  const [, amountMinor = 0n] = shareOut(lot.price.amountMinor, [BigInt(gone), BigInt(minutes), BigInt(left)]);
  return { ...lot.price, amountMinor };
}

/**
 * What is wrong with a lot as such, or null: minutes and priority are whole, minutes from 1; it ends after it begins; it has a rule for the end of a term iff
 * it depends on one; a price is not negative, and only bought time has one.
 */
export function lotFault(lot: TimeLot): string | null {
  if (!Number.isSafeInteger(lot.minutes) || lot.minutes < 1) return `its minutes are ${lot.minutes}`;
  if (!Number.isSafeInteger(lot.priority)) return `its priority is ${lot.priority}`;
  if (lot.endsAt !== null && Temporal.Instant.compare(lot.endsAt, lot.usableFrom) <= 0) return 'it ends before it begins';
  if ((lot.term === null) !== (lot.onTermEnd === null)) return 'a term and what its end does belong together';
  if (lot.price !== null && lot.source !== 'PURCHASED') return 'it has a price but was not bought';
  if (lot.price !== null && lot.price.amountMinor < 0n) return 'its price is negative';
  return null;
}

/** The end of the first unbroken stretch of cover that ends after `from`; null when there is none. Spans that touch are one stretch. */
function coverEnd({ spans, revokedAt }: SupportFacts, from: Temporal.Instant): Temporal.Instant | null {
  let end: Temporal.Instant | null = null;
  for (const { startsAt, expiresAt } of spans) {
    if (Temporal.Instant.compare(expiresAt, from) <= 0) continue;
    if (end !== null && Temporal.Instant.compare(startsAt, end) > 0) break;
    end = expiresAt;
  }
  return end === null ? null : earlier(end, revokedAt);
}

function burnEnd(lot: TimeLot, at: Temporal.Instant): Temporal.Instant | null {
  const termEnd = lot.term === null ? null : earlier(latestSpan(lot.term.spans, at)?.expiresAt ?? null, lot.term.revokedAt);
  return earlier(lotEnd(lot), termEnd);
}

function earlier(one: Temporal.Instant | null, other: Temporal.Instant | null): Temporal.Instant | null {
  return compareEnds(one, other) <= 0 ? one : other;
}

/** Null is never: after every instant. */
function compareEnds(one: Temporal.Instant | null, other: Temporal.Instant | null): number {
  if (one === null || other === null) return Number(one === null) - Number(other === null);
  return Temporal.Instant.compare(one, other);
}
