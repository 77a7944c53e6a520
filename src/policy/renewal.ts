import type { Money } from './money.js';
import type { Reason } from './reason.js';
import type { PinnedPolicy } from './support-policy.js';
import type { SupportFacts } from './support-term.js';

export interface RenewalFacts extends SupportFacts {
  /** Net list price without discounts on the day of the purchase. */
  readonly listPriceAtPurchase: Money;
  readonly listPriceToday: Money | null;
}

export interface RenewalQuote {
  readonly available: boolean;
  readonly reasons: readonly Reason[];
  readonly price: Money | null;
  readonly periods: number;
  readonly startsOn: Temporal.PlainDate | null;
  readonly endsOn: Temporal.PlainDate | null;
  readonly expiresAt: Temporal.Instant | null;
}

export declare function renewalQuote(facts: RenewalFacts, policy: PinnedPolicy, at: Temporal.Instant, periods: number): RenewalQuote;
