import { type AfterSalesDecision, type AfterSalesFacts, decideAfterSales, type WarrantyFacts } from './after-sales.js';
import { type CompatibilityRange, type Platform, type PlatformVersion, platformVersionFromText } from './compatibility.js';
import { type Money, moneyFromDecimal, moneyToDecimal } from './money.js';
import type { ReasonCode } from './reason.js';
import { renewalQuote } from './renewal.js';
import type { AfterSalesRequest, PinnedPolicy, SupportPolicyDocument } from './support-policy.js';
import { layTerms, type TermSpan } from './support-term.js';
import { decideUpdateAccess, type ReleaseKind, type UpdateVerdict } from './update-access.js';
import { addWorkingDays, addWorkingMinutes, type Wait } from './working-calendar.js';

interface ExampleBase {
  readonly name: string;
  /** Why the expected answer is right. */
  readonly because: string;
}

interface ExamplePayment {
  /** RFC 3339, with any offset. */
  readonly paidAt: string;
  readonly periods: number;
}

interface ExampleMoney {
  readonly amount: string;
  readonly currencyCode: string;
}

interface ExampleStore {
  readonly platform: Platform;
  readonly version: string;
}

export interface TermEndExample extends ExampleBase {
  readonly kind: 'TERM_END';
  readonly payments: readonly ExamplePayment[];
  readonly expect: { readonly anchoredOn: string; readonly endsOn: string; readonly expiresAt: string };
}

export interface RenewalPriceExample extends ExampleBase {
  readonly kind: 'RENEWAL_PRICE';
  readonly payments: readonly ExamplePayment[];
  readonly listPriceAtPurchase: ExampleMoney;
  readonly listPriceToday: ExampleMoney;
  readonly at: string;
  readonly periods: number;
  /** `price` and `endsOn` are null when no renewal is to be had; `reason` is the decisive one. */
  readonly expect: { readonly price: string | null; readonly endsOn: string | null; readonly reason: ReasonCode };
}

export interface UpdateAccessExample extends ExampleBase {
  readonly kind: 'UPDATE_ACCESS';
  readonly payments: readonly ExamplePayment[];
  readonly at: string;
  readonly installedVersion: string | null;
  readonly store: ExampleStore | null;
  readonly releases: readonly {
    readonly version: string;
    readonly kind: ReleaseKind;
    readonly publishedAt: string;
    readonly changelogPublic: boolean;
    readonly compatibility: readonly CompatibilityRange[];
  }[];
  readonly expect: { readonly verdict: UpdateVerdict; readonly newestPermitted: string | null; readonly reason: ReasonCode };
}

/** What an example leaves out is not known, or has not been found. */
type ExampleFacts = Partial<
  Pick<
    AfterSalesFacts,
    | 'rootCause'
    | 'advertisedCompatibility'
    | 'installedReleaseCompatibility'
    | 'incompatibleDevelopments'
    | 'modifiedSource'
    | 'changedCodeFiles'
    | 'category'
    | 'prepaidAvailableMinutes'
    | 'estimateMinutes'
    | 'needsWorkOnHost'
    | 'productBug'
  >
> & {
  readonly store?: ExampleStore;
  readonly revokedAt?: string;
  readonly warranty?: Omit<WarrantyFacts, 'endsAt'> & { readonly endsAt: string };
};

export interface AfterSalesExample extends ExampleBase {
  readonly kind: 'AFTER_SALES';
  readonly payments: readonly ExamplePayment[];
  readonly listPriceAtPurchase: ExampleMoney;
  readonly at: string;
  readonly request: AfterSalesRequest;
  readonly facts: ExampleFacts;
  readonly expect: Pick<AfterSalesDecision, 'verdict' | 'coverage' | 'charge'> & { readonly reason: ReasonCode };
}

export interface WorkingDeadlineExample extends ExampleBase {
  readonly kind: 'WORKING_DEADLINE';
  readonly from: string;
  readonly count: number;
  readonly unit: 'WORKING_DAYS' | 'WORKING_MINUTES';
  /** Times spent waiting for the customer; they matter to working days only. */
  readonly waits: readonly { readonly from: string; readonly to: string }[];
  readonly expect: { readonly at: string; readonly provisional: boolean };
}

export type PolicyExample = TermEndExample | RenewalPriceExample | UpdateAccessExample | AfterSalesExample | WorkingDeadlineExample;

export interface ExampleResult {
  readonly name: string;
  readonly expected: string;
  readonly actual: string;
  readonly passed: boolean;
}

/**
 * Works out every example of a document by the document's own parameters. One that does not pass must stop the publication. Instants are expected in
 * UTC, as "2026-02-28T23:00:00Z". An example that cannot be worked out, such as one with a date that does not exist, fails with the fault as its
 * actual answer. Does not throw.
 */
export function runExamples(document: SupportPolicyDocument): ExampleResult[] {
  const policy: PinnedPolicy = { name: document.name, version: 1, contentHash: '', document };
  return document.examples.map((example) => {
    const expected = spelled(example.expect);
    const actual = answer(policy, example);
    return { name: example.name, expected, actual, passed: actual === expected };
  });
}

function answer(policy: PinnedPolicy, example: PolicyExample): string {
  try {
    return spelled(workOut(policy, example));
  } catch (fault) {
    return `cannot be worked out: ${fault instanceof Error ? fault.message : String(fault)}`;
  }
}

function workOut(policy: PinnedPolicy, example: PolicyExample): PolicyExample['expect'] {
  switch (example.kind) {
    case 'TERM_END':
      return termEnd(policy, example);
    case 'RENEWAL_PRICE':
      return renewalPrice(policy, example);
    case 'UPDATE_ACCESS':
      return updateAccess(policy, example);
    case 'AFTER_SALES':
      return afterSales(policy, example);
    case 'WORKING_DEADLINE':
      return workingDeadline(policy, example);
  }
}

function termEnd({ document }: PinnedPolicy, example: TermEndExample): TermEndExample['expect'] {
  const last = spansOf(document, example.payments).at(-1);
  if (last === undefined) throw new RangeError('there is no payment');
  return { anchoredOn: last.anchoredOn.toString(), endsOn: last.endsOn.toString(), expiresAt: last.expiresAt.toString() };
}

function renewalPrice(policy: PinnedPolicy, example: RenewalPriceExample): RenewalPriceExample['expect'] {
  const facts = {
    spans: spansOf(policy.document, example.payments),
    revokedAt: null,
    listPriceAtPurchase: moneyOf(example.listPriceAtPurchase),
    listPriceToday: moneyOf(example.listPriceToday),
    zone: policy.document.zone,
  };
  const quote = renewalQuote(facts, policy, Temporal.Instant.from(example.at), example.periods);
  const price = quote.price && moneyToDecimal(quote.price);
  return { price, endsOn: quote.endsOn?.toString() ?? null, reason: decisive(quote.reasons) };
}

function updateAccess(policy: PinnedPolicy, example: UpdateAccessExample): UpdateAccessExample['expect'] {
  const releases = example.releases.map((release) => ({
    ...release,
    id: release.version,
    channel: 'STABLE' as const,
    publishedAt: Temporal.Instant.from(release.publishedAt),
    withdrawnAt: null,
  }));
  const facts = {
    purchases: [{ key: 'purchase', policy, spans: spansOf(policy.document, example.payments), revokedAt: null }],
    releases,
    installedVersion: example.installedVersion,
    platformVersion: example.store && storeVersion(example.store),
    channel: 'STABLE' as const,
  };
  const access = decideUpdateAccess(facts, Temporal.Instant.from(example.at));
  return { verdict: access.verdict, newestPermitted: access.newestPermitted?.version ?? null, reason: decisive(access.reasons) };
}

function afterSales(policy: PinnedPolicy, example: AfterSalesExample): AfterSalesExample['expect'] {
  const { store, revokedAt, warranty, ...given } = example.facts;
  const decision = decideAfterSales(
    policy,
    {
      rootCause: 'UNKNOWN',
      advertisedCompatibility: [],
      installedReleaseCompatibility: null,
      incompatibleDevelopments: null,
      modifiedSource: 'UNKNOWN',
      changedCodeFiles: [],
      category: null,
      prepaidAvailableMinutes: null,
      estimateMinutes: null,
      needsWorkOnHost: null,
      productBug: null,
      ...given,
      request: example.request,
      listPriceAtPurchase: moneyOf(example.listPriceAtPurchase),
      spans: spansOf(policy.document, example.payments),
      revokedAt: revokedAt === undefined ? null : Temporal.Instant.from(revokedAt),
      platformVersion: store === undefined ? null : storeVersion(store),
      installed: null,
      storeVersionSource: null,
      storeVersionReadAt: null,
      codeReportedAt: null,
      warranty: warranty === undefined ? null : { ...warranty, endsAt: Temporal.Instant.from(warranty.endsAt) },
    },
    Temporal.Instant.from(example.at),
  );
  return { verdict: decision.verdict, coverage: decision.coverage, charge: decision.charge, reason: decisive(decision.reasons) };
}

function workingDeadline({ document }: PinnedPolicy, example: WorkingDeadlineExample): WorkingDeadlineExample['expect'] {
  const from = Temporal.Instant.from(example.from);
  const waits: Wait[] = example.waits.map((wait) => ({ from: Temporal.Instant.from(wait.from), to: Temporal.Instant.from(wait.to) }));
  const result =
    example.unit === 'WORKING_DAYS'
      ? addWorkingDays(document.calendar, from, example.count, waits)
      : addWorkingMinutes(document.calendar, from, example.count);
  if (result.at === null) throw new RangeError(`no such instant: ${result.reason}`);
  return { at: result.at.toString(), provisional: result.provisional };
}

function spansOf(document: SupportPolicyDocument, payments: readonly ExamplePayment[]): TermSpan[] {
  const paid = payments.map(({ paidAt, periods }, index) => ({
    key: `payment ${String(index).padStart(6, '0')}`,
    paidAt: Temporal.Instant.from(paidAt),
    months: periods * document.term.months,
  }));
  return layTerms(paid, document.zone);
}

function moneyOf({ amount, currencyCode }: ExampleMoney): Money {
  const money = moneyFromDecimal(amount, currencyCode);
  if (money === null) throw new RangeError(`"${amount}" is not an amount`);
  return money;
}

function storeVersion({ platform, version }: ExampleStore): PlatformVersion {
  return platformVersionFromText(platform, version);
}

function decisive(reasons: readonly { readonly code: ReasonCode }[]): ReasonCode {
  const [first] = reasons;
  if (first === undefined) throw new RangeError('no reason was given');
  return first.code;
}

/** The same text for the same answer, in whatever order its parts were written. */
function spelled(answered: PolicyExample['expect']): string {
  return Object.entries(answered)
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([name, value]) => `${name} ${value}`)
    .join(', ');
}
