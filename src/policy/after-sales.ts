import type { CompatibilityRange, PlatformVersion } from './compatibility.js';
import { type ConditionOutcome, LEFT_OPEN, OWED, REFUSED } from './condition-outcome.js';
import { judge } from './coverage-conditions.js';
import type { Money } from './money.js';
import { type Reason, reason } from './reason.js';
import type { StoreSource } from './store-source.js';
import type { AfterSalesRequest, CoverageName, CoverageRule, PinnedPolicy, RootCause, SupportPolicyDocument } from './support-policy.js';
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
  /** Code files that differ, where the store's reports were compared. */
  readonly changedFiles?: readonly string[];
}

export interface InstalledVersion {
  readonly version: string;
  readonly source: StoreSource;
  /** Null: the request itself states it. */
  readonly readAt: Temporal.Instant | null;
}

/** What is known about a request for after-sales service, on one purchase or on none. */
export interface AfterSalesFacts extends SupportFacts {
  readonly request: AfterSalesRequest;
  /** Null: the request is about no add-on of the vendor. */
  readonly listPriceAtPurchase: Money | null;
  readonly rootCause: RootCause;
  readonly advertisedCompatibility: readonly CompatibilityRange[];
  readonly installedReleaseCompatibility: readonly CompatibilityRange[] | null;
  /** The version of the add-on that counts as installed, who told it, and when; null: nobody did. */
  readonly installed: InstalledVersion | null;
  readonly platformVersion: PlatformVersion | null;
  /** Who told that, and when; null where nobody did, and in evidence of before these were kept. */
  readonly storeVersionSource: StoreSource | null;
  readonly storeVersionReadAt: Temporal.Instant | null;
  /** Null: nobody has found any. */
  readonly incompatibleDevelopments: Finding | null;
  readonly modifiedSource: 'SAME' | 'CHANGED' | 'UNKNOWN';
  /** When the report came that tells it; null where there is none. */
  readonly codeReportedAt: Temporal.Instant | null;
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

/**
 * Whether after-sales service is owed for a request made at this instant, B-02, B-05, B-07, B-09, B-22 to B-27. Rights are
 * fixed at that instant: payments made later do not count, and later expiry changes nothing.
 *
 * The coverages that the policy enables for the request, and that of faults of the add-on where one was found, are tried in the order of the waterfall, and the first that is owed wins: ENTITLED. Otherwise every
 * coverage is counted as far as it reaches, with what is unknown counted both for and against the customer. If that makes no difference, the
 * answer is VENDOR_DISCRETION where some coverage leaves the work to the vendor, else NOT_ENTITLED. If it does, the answer is UNDETERMINED when a
 * fact could not be read, or NEEDS_INFO when all that is missing is for the customer to say. So a missing fact never hides a hard refusal, and
 * never stands in the way of another coverage that is owed.
 *
 * `coverage` and `charge` name the coverage that decided, or that the answer still hangs on; NONE when refused. The first reason is decisive: it grants
 * or charges for ENTITLED, refuses for NOT_ENTITLED, and informs otherwise. Reasons of the other coverages that were tried follow. Never throws.
 */
export function decideAfterSales(policy: PinnedPolicy, facts: AfterSalesFacts, at: Temporal.Instant): AfterSalesDecision {
  const { name, version, contentHash, document } = policy;
  const pinned = { name, version, contentHash };
  const rules = document.coverage.filter((rule) => takesOn(rule, facts.request, facts.productBug?.found === true));
  const tried: CoverageOutcome[] = [];
  for (const rule of rules) {
    const outcome = tryCoverage(document, facts, rule, at);
    tried.push(outcome);
    if (outcome.worst === OWED) break;
  }
  const best = Math.max(REFUSED, ...tried.map((outcome) => outcome.best));
  const worst = Math.max(REFUSED, ...tried.map((outcome) => outcome.worst));
  // The last refusal is what ended the waterfall; otherwise the first coverage that reaches furthest is the one in question.
  const deciding =
    best === REFUSED ? tried.at(-1) : tried.find((outcome) => outcome.best === best && (worst < best || outcome.worst === worst));
  if (deciding === undefined) {
    return { verdict: 'NOT_ENTITLED', coverage: 'NONE', charge: 'NONE', reasons: [excluded(document, facts)], policy: pinned };
  }
  const reasons = withoutRepeats([deciding, ...tried].flatMap((outcome) => outcome.reasons));
  if (best === REFUSED) return { verdict: 'NOT_ENTITLED', coverage: 'NONE', charge: 'NONE', reasons, policy: pinned };
  const { coverage, charge } = deciding.rule;
  return { verdict: verdictOf(worst, best, deciding), coverage, charge, reasons, policy: pinned };
}

/** B-27: whether a coverage is for a request: for its kind, or, once a fault of the add-on itself was found, for that fault, whatever it was sent as. */
export function takesOn({ coverage, requests }: CoverageRule, request: AfterSalesRequest, isBugFound: boolean): boolean {
  return requests.includes(request) || (coverage === 'PRODUCT_BUG' && isBugFound);
}

interface CoverageOutcome {
  readonly rule: CoverageRule;
  readonly worst: number;
  readonly best: number;
  readonly missing: readonly ('UNREAD' | 'UNSAID' | null)[];
  /** The reasons that settle the outcome first. */
  readonly reasons: readonly Reason[];
}

function verdictOf(worst: number, best: number, { missing }: CoverageOutcome): AfterSalesVerdict {
  if (worst === best) return best === OWED ? 'ENTITLED' : 'VENDOR_DISCRETION';
  return missing.includes('UNREAD') ? 'UNDETERMINED' : 'NEEDS_INFO';
}

/** A coverage reaches as far as its weakest condition lets it, and no further than its own answer. */
function tryCoverage(document: SupportPolicyDocument, facts: AfterSalesFacts, rule: CoverageRule, at: Temporal.Instant): CoverageOutcome {
  const conditions = rule.conditions.map((condition) => judge(condition, { document, facts, rule, at }));
  const most = rule.answer === 'HARD' ? OWED : LEFT_OPEN;
  const worst = Math.min(most, ...conditions.map((condition) => condition.worst));
  const best = Math.min(most, ...conditions.map((condition) => condition.best));
  const open = worst < best ? conditions.filter((condition) => condition.worst < condition.best) : [];
  const limiting = conditions.filter((condition) => condition.best < OWED && condition.best === best);
  const own = worst === best && best === most ? [acceptance(document, facts, rule)] : [];
  const reasons = [...reasonsOf(open), ...reasonsOf(limiting), ...own, ...reasonsOf(conditions)];
  return { rule, worst, best, missing: conditions.map((condition) => condition.missing), reasons: withoutRepeats(reasons) };
}

function reasonsOf(conditions: readonly ConditionOutcome[]): Reason[] {
  return conditions.flatMap((condition) => condition.reasons);
}

/** The reason with which a coverage itself accepts the request, for the vendor to do or to decide on. */
function acceptance(document: SupportPolicyDocument, facts: AfterSalesFacts, rule: CoverageRule): Reason {
  const { clauses, afterTerm } = document;
  if (rule.answer === 'DISCRETION') {
    const price = { FREE: 'free of charge', MINUTES: 'against prepaid time', MONEY: 'against a quote' }[rule.charge];
    const message = `The vendor may do this ${price}, but does not owe it.`;
    return reason(clauses, { code: 'LEFT_TO_VENDOR', effect: 'INFORMS', rule: 'B-02', message, remedy: 'ASK_VENDOR' });
  }
  const speaking = { PRODUCT_BUG: 'B-27', WARRANTY: 'B-22', CORRECTION: 'A-13', PREPAID_TIME: 'B-07', QUOTE: 'B-08' };
  const draft = { rule: { ...speaking, ADVICE: afterTerm.advice === 'ALLOW' ? 'B-25' : 'A-17' }[rule.coverage] };
  const asked = SPOKEN_REQUEST[facts.request];
  if (rule.charge === 'FREE') {
    return reason(clauses, { ...draft, code: 'COVERED', effect: 'GRANTS', message: `${asked} is owed, free of charge.` });
  }
  if (rule.charge === 'MONEY') {
    return reason(clauses, {
      ...draft,
      code: 'COVERED_AGAINST_MONEY',
      effect: 'CHARGES',
      message: `${asked} is owed and is paid for by a quote.`,
    });
  }
  const message = `${asked} is owed and is taken from prepaid time, of which ${facts.prepaidAvailableMinutes} minutes are usable.`;
  const looked = { availableMinutes: facts.prepaidAvailableMinutes, estimateMinutes: facts.estimateMinutes };
  return reason(clauses, { ...draft, code: 'COVERED_AGAINST_TIME', effect: 'CHARGES', message, facts: looked });
}

const SPOKEN_REQUEST: Readonly<Record<AfterSalesRequest, string>> = {
  ADVICE: 'Advice',
  CORRECTION: 'Correcting the fault',
  STORE_INTERVENTION: 'Work on the store',
  CUSTOM_DEVELOPMENT: 'Custom development',
};

/** no coverage of the policy takes on requests of this kind. */
function excluded({ clauses }: SupportPolicyDocument, { request }: AfterSalesFacts): Reason {
  const message = `${SPOKEN_REQUEST[request]} is not part of support.`;
  return reason(clauses, { code: 'REQUEST_EXCLUDED', effect: 'REFUSES', rule: 'A-17', message, facts: { request }, remedy: 'ASK_VENDOR' });
}

function withoutRepeats(reasons: readonly Reason[]): Reason[] {
  const seen = new Set<string>();
  return reasons.filter(({ code, message }) => !seen.has(`${code} ${message}`) && seen.add(`${code} ${message}`));
}
