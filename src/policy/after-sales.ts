import type { CompatibilityRange, PlatformVersion } from './compatibility.js';
import type { Money } from './money.js';
import type { Reason } from './reason.js';
import type { AfterSalesRequest, CoverageName, CoverageRule, PinnedPolicy, RootCause } from './support-policy.js';
import type { SupportFacts } from './support-term.js';

export const AFTER_SALES_VERDICTS = ['ENTITLED', 'NOT_ENTITLED', 'VENDOR_DISCRETION', 'NEEDS_INFO', 'UNDETERMINED'] as const;
export type AfterSalesVerdict = (typeof AFTER_SALES_VERDICTS)[number];
export type Coverage = CoverageName | 'NONE';
export type Charge = CoverageRule['charge'] | 'NONE';

/** What the vendor's staff found, with what shows it. */
export interface Finding {
  readonly found: boolean;
  readonly evidence: string;
}

export interface WarrantyFacts {
  readonly endsAt: Temporal.Instant;
  /** Whether what is claimed belongs to the result both sides agreed on before the work. */
  readonly agreedResult: 'COVERED' | 'NOT_COVERED' | 'UNKNOWN';
  /** UNKNOWN: no digest was taken at hand-over, so a change cannot be held against the customer. */
  readonly codeChange: 'NONE' | 'BY_CUSTOMER' | 'BY_THIRD_PARTY' | 'UNKNOWN';
}

/** What is known about a request for after-sales service on one purchase. */
export interface AfterSalesFacts extends SupportFacts {
  readonly request: AfterSalesRequest;
  readonly listPriceAtPurchase: Money;
  readonly rootCause: RootCause;
  readonly advertisedCompatibility: readonly CompatibilityRange[];
  readonly installedReleaseCompatibility: readonly CompatibilityRange[] | null;
  readonly platformVersion: PlatformVersion | null;
  /** Null: nobody has found any. */
  readonly incompatibleDevelopments: Finding | null;
  readonly modifiedSource: 'SAME' | 'CHANGED' | 'UNKNOWN';
  /** Code files that differ from the release's manifest; vendor hot-fixes and files that are not code are left out beforehand. */
  readonly changedCodeFiles: readonly string[];
  /** Category of the work in the vendor's list; null when not said. */
  readonly category: string | null;
  /** Usable prepaid minutes at the moment of the request, suspended and unassigned ones left out; null: no ledger could be read. */
  readonly prepaidAvailableMinutes: number | null;
  /** Estimate of the work; null when not estimated, so that any usable minute will do. */
  readonly estimateMinutes: number | null;
  /** Whether the advice needs work on the store; null when not said. */
  readonly needsWorkOnHost: boolean | null;
  /** Null: nobody has judged yet. */
  readonly productBug: Finding | null;
  /** Null: no delivered work is known. */
  readonly warranty: WarrantyFacts | null;
}

export interface AfterSalesDecision {
  readonly verdict: AfterSalesVerdict;
  readonly coverage: Coverage;
  readonly charge: Charge;
  /** Every rule that spoke, the decisive one first; never empty. */
  readonly reasons: readonly Reason[];
  readonly policy: { readonly name: string; readonly version: number; readonly contentHash: string };
}

export declare function decideAfterSales(policy: PinnedPolicy, facts: AfterSalesFacts, at: Temporal.Instant): AfterSalesDecision;
