import { endOfDay, localDate } from './working-calendar.js';

/** A payment that opens or prolongs a support term; the term included in a purchase is one too. */
export interface TermPayment {
  /** Natural key of the order line: the same line seen again opens nothing. */
  readonly key: string;
  readonly paidAt: Temporal.Instant;
  /** Whole calendar months bought: periods times the months of a term. */
  readonly months: number;
}

/** One payment's stretch of cover. Days include both ends; `expiresAt` is the first instant without the right. */
export interface TermSpan {
  readonly key: string;
  readonly paidAt: Temporal.Instant;
  /** Place among the spans of the purchase, from 1. */
  readonly ordinal: number;
  readonly anchoredOn: Temporal.PlainDate;
  /** Months bought since the anchor, this span included. */
  readonly monthsFromAnchor: number;
  readonly startsOn: Temporal.PlainDate;
  readonly endsOn: Temporal.PlainDate;
  /** The instant of payment for a new anchor, else the instant at which the span before it ends. */
  readonly startsAt: Temporal.Instant;
  readonly expiresAt: Temporal.Instant;
}

/** What a purchase's cover is read from: its spans in the order they were laid, and when the purchase was taken back, if it was. */
export interface SupportFacts {
  readonly spans: readonly TermSpan[];
  readonly revokedAt: Temporal.Instant | null;
}

export const SUPPORT_STATES = ['ACTIVE', 'EXPIRING', 'EXPIRED', 'REVOKED', 'NONE'] as const;
export type SupportState = (typeof SUPPORT_STATES)[number];

export interface SupportStatus {
  readonly state: SupportState;
  readonly expiresAt: Temporal.Instant | null;
  readonly lastDay: Temporal.PlainDate | null;
  /** Calendar days in the policy's zone from today to the last day, 0 on that day; null when nothing runs. */
  readonly daysLeft: number | null;
}

/**
 * B-03: the span that one payment adds after `previous` (null: none yet). Paid before `previous` expires, it counts more
 * months from the same anchor; paid at that instant or later, it opens a new anchor on its own local date and leaves the gap uncovered.
 * The last day is the anchor plus all months since, clamped to the month's end. Throws a RangeError on months that are not a whole number from 1,
 * on a payment older than the previous one, on an unknown zone, and on dates beyond Temporal's range.
 */
export function nextSpan(previous: TermSpan | null, payment: TermPayment, zone: string): TermSpan {
  const { key, paidAt, months } = payment;
  if (!Number.isInteger(months) || months < 1) throw new RangeError(`months must be a whole number from 1 on, not ${months}`);
  if (previous && Temporal.Instant.compare(paidAt, previous.paidAt) < 0) throw new RangeError(`${key} was paid before ${previous.key}`);
  const extended = previous && Temporal.Instant.compare(paidAt, previous.expiresAt) < 0 ? previous : null;
  const anchoredOn = extended?.anchoredOn ?? localDate(zone, paidAt);
  const monthsFromAnchor = (extended?.monthsFromAnchor ?? 0) + months;
  const endsOn = anchoredOn.add({ months: monthsFromAnchor }, { overflow: 'constrain' });
  return {
    key,
    paidAt,
    ordinal: (previous?.ordinal ?? 0) + 1,
    anchoredOn,
    monthsFromAnchor,
    startsOn: extended ? extended.endsOn.add({ days: 1 }) : anchoredOn,
    endsOn,
    startsAt: extended ? extended.expiresAt : paidAt,
    expiresAt: endOfDay(zone, endsOn),
  };
}

/**
 * B-03: all spans of a purchase, laid afresh from its payments in the order (paidAt, key); they never overlap. A key that occurs
 * again counts once, by its earliest payment, so that an order seen twice opens one term. Throws as `nextSpan` does.
 */
export function layTerms(payments: readonly TermPayment[], zone: string): TermSpan[] {
  const spans: TermSpan[] = [];
  for (const payment of paymentsInOrder(payments)) spans.push(nextSpan(spans.at(-1) ?? null, payment, zone));
  return spans;
}

/** whether the term runs at this instant: some span was paid for and has begun, has not expired, and the purchase is not revoked. */
export function isCovered({ spans, revokedAt }: SupportFacts, at: Temporal.Instant): boolean {
  if (isRevoked({ revokedAt }, at)) return false;
  return spans.some((span) => Temporal.Instant.compare(span.startsAt, at) <= 0 && Temporal.Instant.compare(at, span.expiresAt) < 0);
}

/** whether the purchase had been taken back by this instant; the instant of revocation counts. */
export function isRevoked({ revokedAt }: Pick<SupportFacts, 'revokedAt'>, at: Temporal.Instant): boolean {
  return revokedAt !== null && Temporal.Instant.compare(revokedAt, at) <= 0;
}

/** The span that ends last among those paid for by this instant; null when nothing was. Later payments do not reach back. */
export function latestSpan(spans: readonly TermSpan[], at: Temporal.Instant): TermSpan | null {
  return spans.findLast((span) => Temporal.Instant.compare(span.paidAt, at) <= 0) ?? null;
}

/**
 * how support stood at this instant, as far as it was paid for by then. NONE: nothing was paid for. EXPIRING: the last day is at most
 * `term.expiringWithinDays` calendar days of the policy's zone away. An ended or revoked term still says when it ended or would have ended.
 */
export function supportStatus(
  facts: SupportFacts,
  policy: { readonly zone: string; readonly term: { readonly expiringWithinDays: number } },
  at: Temporal.Instant,
): SupportStatus {
  const span = latestSpan(facts.spans, at);
  if (span === null) return { state: isRevoked(facts, at) ? 'REVOKED' : 'NONE', expiresAt: null, lastDay: null, daysLeft: null };
  const ends = { expiresAt: span.expiresAt, lastDay: span.endsOn };
  if (isRevoked(facts, at)) return { state: 'REVOKED', ...ends, daysLeft: null };
  if (Temporal.Instant.compare(at, span.expiresAt) >= 0) return { state: 'EXPIRED', ...ends, daysLeft: null };
  const daysLeft = localDate(policy.zone, at).until(span.endsOn, { largestUnit: 'days' }).days;
  return { state: daysLeft <= policy.term.expiringWithinDays ? 'EXPIRING' : 'ACTIVE', ...ends, daysLeft };
}

/** Payments in the order in which they are taken into account: by instant, and by key where two were paid at once. A key that occurs again is left out. */
export function paymentsInOrder<P extends TermPayment>(payments: readonly P[]): P[] {
  const seen = new Set<string>();
  return [...payments].sort(byPayment).filter(({ key }) => !seen.has(key) && seen.add(key));
}

function byPayment(one: TermPayment, other: TermPayment): number {
  const byKey = one.key < other.key ? -1 : one.key > other.key ? 1 : 0;
  return Temporal.Instant.compare(one.paidAt, other.paidAt) || byKey || one.months - other.months;
}
