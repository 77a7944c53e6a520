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
  readonly startsAt: Temporal.Instant;
  readonly expiresAt: Temporal.Instant;
}

/** What a purchase's cover is read from. */
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

export interface PlacedPurchase {
  readonly key: string;
  readonly paidAt: Temporal.Instant;
  readonly months: number;
  readonly revokedAt: Temporal.Instant | null;
  readonly zone: string;
}

export interface RenewalPayment extends TermPayment {
  /** Purchase chosen by hand; null lets the rule choose. */
  readonly purchaseKey: string | null;
}

export interface RenewalPlacement {
  readonly renewalKey: string;
  /** Null: no purchase could take the renewal. */
  readonly purchaseKey: string | null;
}

export declare function nextSpan(previous: TermSpan | null, payment: TermPayment, zone: string): TermSpan;
export declare function layTerms(payments: readonly TermPayment[], zone: string): TermSpan[];
export declare function isCovered(facts: SupportFacts, at: Temporal.Instant): boolean;
export declare function supportStatus(
  facts: SupportFacts,
  policy: { readonly zone: string; readonly term: { readonly expiringWithinDays: number } },
  at: Temporal.Instant,
): SupportStatus;
export declare function placeRenewals(purchases: readonly PlacedPurchase[], renewals: readonly RenewalPayment[]): RenewalPlacement[];
