import type { PolicyExample } from './policy-examples.js';
import type { ClauseMap } from './reason.js';
import type { WorkingCalendar } from './working-calendar.js';

export const AFTER_SALES_REQUESTS = ['ADVICE', 'CORRECTION', 'STORE_INTERVENTION', 'CUSTOM_DEVELOPMENT'] as const;
export type AfterSalesRequest = (typeof AFTER_SALES_REQUESTS)[number];

export const ROOT_CAUSES = ['ADDON', 'UNKNOWN', 'STORE_CUSTOMISATION', 'THIRD_PARTY', 'HOST', 'USER'] as const;
export type RootCause = (typeof ROOT_CAUSES)[number];

/** The one waterfall, in its order. A policy enables some of these; it cannot reorder them. */
export const COVERAGES = ['PRODUCT_BUG', 'WARRANTY', 'CORRECTION', 'ADVICE', 'PREPAID_TIME', 'QUOTE'] as const;
export type CoverageName = (typeof COVERAGES)[number];

export const CONDITIONS = [
  'NOT_REVOKED',
  'TERM',
  'ROOT_CAUSE',
  'COMPATIBLE_STORE',
  'NO_INCOMPATIBLE_DEVELOPMENT',
  'UNMODIFIED_SOURCE',
  'NO_HOST_WORK',
  'PRODUCT_BUG',
  'WARRANTY',
  'CATEGORY',
  'TIME',
] as const;
export type ConditionName = (typeof CONDITIONS)[number];

/** What one coverage takes on, under which conditions, and what it costs. */
export interface CoverageRule {
  readonly coverage: CoverageName;
  readonly requests: readonly AfterSalesRequest[];
  /** All must hold; how hard each refuses is said by the parameter it reads (`scope`, `afterTerm`), else it is a hard refusal. */
  readonly conditions: readonly ConditionName[];
  /** HARD: owed when all conditions hold. DISCRETION: the vendor may, at most. */
  readonly answer: 'HARD' | 'DISCRETION';
  readonly charge: 'FREE' | 'MINUTES' | 'MONEY';
  /** REPAIR_OR_REFUND: a missed correction deadline opens a refund offer as `remedy` says. */
  readonly remedy: 'NONE' | 'REPAIR_OR_REFUND';
}

export type UpdateRule = 'WHILE_ACTIVE' | 'ALWAYS' | 'NEVER';
export type AfterTermRule = 'DENY' | 'DISCRETION' | 'ALLOW';
export type ScopeRule = 'HARD' | 'DISCRETION' | 'IGNORE';
export type ExtraWorkRule = 'EXCLUDED' | 'PREPAID' | 'QUOTE';

/** A published set of support conditions as data. Immutable once published; every rule reads its parameters here. */
export interface SupportPolicyDocument {
  /** Where the JSON Schema lies, for editors. */
  readonly $schema?: string;
  readonly name: string;
  readonly title: string;
  /** What a vendor must know or replace before publishing. */
  readonly notes: readonly string[];
  /** IANA zone or fixed offset ("+03:00") in which every calendar day of the policy is counted. */
  readonly zone: string;
  readonly calendar: WorkingCalendar;
  readonly term: {
    readonly months: number;
    readonly boundary: 'END_OF_DAY';
    readonly monthEnd: 'CLAMP';
    readonly chain: 'ANCHOR';
    /** Calendar days before the last day from which the term is shown as expiring. */
    readonly expiringWithinDays: number;
  };
  readonly renewal:
    | { readonly enabled: false }
    | {
        readonly enabled: true;
        /** Share of the list price per period, an exact decimal such as "0.30". */
        readonly rateActive: string;
        readonly rateLapsed: string;
        readonly priceBasis: 'LIST_AT_PURCHASE' | 'LIST_TODAY';
        readonly rounding: 'HALF_UP';
        readonly maxPeriods: number;
      };
  readonly coverage: readonly CoverageRule[];
  readonly correction: { readonly rootCauses: readonly RootCause[] };
  readonly scope: {
    readonly compatibility: 'AT_PURCHASE' | 'INSTALLED' | 'AT_PURCHASE_OR_INSTALLED' | 'NONE';
    readonly incompatibleDevelopments: ScopeRule;
    readonly modifiedSource: ScopeRule;
    readonly storeIntervention: ExtraWorkRule;
    readonly customDevelopment: ExtraWorkRule;
  };
  readonly afterTerm: { readonly work: AfterTermRule; readonly advice: AfterTermRule };
  /** Working minutes within which an answer is aimed at; null promises no figure. */
  readonly answering: { readonly targetWorkingMinutes: number | null };
  readonly remedy: {
    readonly workingDays: number;
    readonly pauseRule: 'WHOLE_DAYS';
    readonly verificationWorkingDays: number;
    readonly refundBasis: 'PAID_GROSS';
    readonly offerOpenWorkingDays: number;
    /** Working days after which a report nobody questioned counts as complete. */
    readonly completenessPresumedAfterWorkingDays: number;
  } | null;
  readonly updates: {
    readonly BUGFIX: UpdateRule;
    readonly SECURITY: UpdateRule;
    readonly MINOR: UpdateRule;
    readonly MAJOR: UpdateRule;
    readonly keepReleasesPublishedWhileActive: boolean;
    readonly requirePublicChangelog: boolean;
  };
  /** Time that comes with a purchase. PER_PRODUCT: each add-on states its own. Null in `onTermEnd`: there is no such time. */
  readonly included: { readonly minutes: number | 'PER_PRODUCT'; readonly onTermEnd: 'SUSPEND' | 'FORFEIT' | null };
  readonly purchased: { readonly expiresAfterMonths: number | null; readonly refundable: 'NEVER' } | null;
  /** Minutes by category and complexity; a missing cell needs a quote. */
  readonly rateCard: Readonly<Record<string, Readonly<Record<string, number>>>> | null;
  readonly time: {
    readonly rounding: 'CEIL_PER_TASK';
    readonly categories: readonly string[];
    /** Days that returned minutes stay usable when the lot they came from has ended. */
    readonly goodwillDays: number;
  } | null;
  readonly extraordinary: { readonly factor: string; readonly minimumExtraMinutes: number } | null;
  readonly hold: { readonly ttlWorkingDays: number } | null;
  readonly insufficient: 'PARTIAL_HOLD_AND_TOPUP' | null;
  readonly queue: { readonly orderBy: 'SUBMITTED'; readonly duplicatePenalty: 'NONE' | 'TO_END' };
  /** Access items that must be verified before work of a category starts. */
  readonly access: { readonly required: Readonly<Record<string, readonly string[]>> };
  readonly warranty: {
    readonly days: number;
    readonly voidOn: readonly ('CODE_CHANGED_BY_CUSTOMER' | 'CODE_CHANGED_BY_THIRD_PARTY')[];
    readonly excludedCauses: readonly RootCause[];
    /** Working days that rework leaves at least for checking. */
    readonly minimumCheckWorkingDays: number;
  } | null;
  readonly terms: {
    readonly changeMode: 'PIN' | 'FLOAT_WITH_NOTICE';
    readonly acceptance: 'EXPLICIT' | 'BY_PURCHASE';
    /** Whole calendar days, after that of its publication, before a new version binds older purchases; for FLOAT_WITH_NOTICE, and only there. */
    readonly noticeDays?: number;
  };
  /** Where each rule stands in the published text; headings or numbers, never quotations. */
  readonly clauses: ClauseMap;
  /** Parameters (dotted paths) that the published text leaves open and this document settles. */
  readonly silent: readonly string[];
  readonly examples: readonly PolicyExample[];
}

/** The version of a policy that governs a purchase, a renewal or a ticket. */
export interface PinnedPolicy {
  readonly name: string;
  readonly version: number;
  readonly contentHash: string;
  readonly document: SupportPolicyDocument;
}
