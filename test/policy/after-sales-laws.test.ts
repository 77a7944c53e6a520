import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type AfterSalesFacts, type AfterSalesVerdict, decideAfterSales, type WarrantyFacts } from '../../src/policy/after-sales.js';
import type { ReasonEffect } from '../../src/policy/reason.js';
import { AFTER_SALES_REQUESTS, COVERAGES, type PinnedPolicy } from '../../src/policy/support-policy.js';
import { AFTER_TERM, at, IN_TERM, magento, requestOf, SPANS, UP_TO_247, UP_TO_248 } from './after-sales-facts.js';
import { PREPAID_SUPPORT, pin, TECHNICAL_SUPPORT } from './shipped-policies.js';

const FINDING = (found: boolean) => ({ found, evidence: 'Seen in the log.' });
const RUNNING: WarrantyFacts = { endsAt: at('2026-03-13T21:00:00Z'), agreedResult: 'COVERED', codeChange: 'NONE' };

/** For each fact what it can be, from the worst to the best for the customer. */
const LEVELS: readonly (readonly Partial<AfterSalesFacts>[])[] = [
  [
    { platformVersion: magento('2.4.8') },
    { platformVersion: magento('2.4.8'), installedReleaseCompatibility: null },
    { platformVersion: null },
    { platformVersion: magento('2.4.8'), installedReleaseCompatibility: UP_TO_248 },
    { platformVersion: magento('2.4.7-p3'), installedReleaseCompatibility: UP_TO_247 },
  ],
  [{ spans: [] }, { spans: SPANS }],
  [{ revokedAt: IN_TERM }, { revokedAt: AFTER_TERM }, { revokedAt: null }],
  [{ rootCause: 'THIRD_PARTY' }, { rootCause: 'HOST' }, { rootCause: 'UNKNOWN' }, { rootCause: 'ADDON' }],
  [{ incompatibleDevelopments: FINDING(true) }, { incompatibleDevelopments: null }, { incompatibleDevelopments: FINDING(false) }],
  [
    { modifiedSource: 'CHANGED', changedCodeFiles: ['Model/Price.php', 'view.js'] },
    { modifiedSource: 'UNKNOWN' },
    { modifiedSource: 'SAME' },
  ],
  [{ category: 'PAINTING' }, { category: null }, { category: 'INSTALL' }],
  [
    { prepaidAvailableMinutes: 0, estimateMinutes: 60 },
    { prepaidAvailableMinutes: 59, estimateMinutes: 60 },
    { prepaidAvailableMinutes: null, estimateMinutes: 60 },
    { prepaidAvailableMinutes: 60, estimateMinutes: 60 },
    { prepaidAvailableMinutes: 60, estimateMinutes: null },
  ],
  [{ needsWorkOnHost: true }, { needsWorkOnHost: null }, { needsWorkOnHost: false }],
  [{ productBug: FINDING(false) }, { productBug: null }, { productBug: FINDING(true) }],
  [
    { warranty: null },
    { warranty: { ...RUNNING, endsAt: at('2025-01-01T00:00:00Z') } },
    { warranty: { ...RUNNING, codeChange: 'BY_CUSTOMER' } },
    { warranty: { ...RUNNING, agreedResult: 'NOT_COVERED' } },
    { warranty: { ...RUNNING, agreedResult: 'UNKNOWN' } },
    { warranty: { ...RUNNING, codeChange: 'UNKNOWN' } },
    { warranty: RUNNING },
  ],
];

function factsAt(request: AfterSalesFacts['request'], levels: readonly number[]): AfterSalesFacts {
  return requestOf(Object.assign({ request }, ...LEVELS.map((values, fact) => values[levels[fact] ?? 0])));
}

const requests = fc.constantFrom(...AFTER_SALES_REQUESTS);
const levelsOfFacts = fc.tuple(...LEVELS.map((values) => fc.nat(values.length - 1)));
const moments = fc.constantFrom(at('2025-11-01T00:00:00Z'), IN_TERM, AFTER_TERM, at('2027-01-01T00:00:00Z'));

/** Policies that nobody ships: any mix of the coverages, and of how hard they refuse. */
const policies: fc.Arbitrary<PinnedPolicy> = fc
  .record({
    coverages: fc.subarray([...COVERAGES]),
    quoteIsOwed: fc.boolean(),
    developments: fc.constantFrom('HARD', 'DISCRETION', 'IGNORE'),
    source: fc.constantFrom('HARD', 'DISCRETION', 'IGNORE'),
    compatibility: fc.constantFrom('AT_PURCHASE', 'INSTALLED', 'AT_PURCHASE_OR_INSTALLED', 'NONE'),
    work: fc.constantFrom('DENY', 'DISCRETION', 'ALLOW'),
    advice: fc.constantFrom('DENY', 'DISCRETION', 'ALLOW'),
  } as const)
  .map(({ coverages, quoteIsOwed, developments, source, compatibility, work, advice }) => {
    const rules = [
      ...PREPAID_SUPPORT.document.coverage.slice(0, 2),
      ...TECHNICAL_SUPPORT.document.coverage,
      ...PREPAID_SUPPORT.document.coverage.slice(3),
    ];
    const coverage = rules
      .filter((rule) => coverages.includes(rule.coverage))
      .map((rule) => (rule.coverage === 'QUOTE' ? { ...rule, answer: quoteIsOwed ? ('HARD' as const) : ('DISCRETION' as const) } : rule));
    const scope = { ...PREPAID_SUPPORT.document.scope, compatibility, incompatibleDevelopments: developments, modifiedSource: source };
    return pin({ ...PREPAID_SUPPORT.document, coverage, scope, afterTerm: { work, advice } });
  });
const anyPolicy = fc.oneof(fc.constantFrom(TECHNICAL_SUPPORT, PREPAID_SUPPORT), policies);

/** Of what is not settled nothing is said to be better or worse than the vendor's discretion. */
const RANKS: Record<AfterSalesVerdict, number> = { NOT_ENTITLED: 0, UNDETERMINED: 1, NEEDS_INFO: 1, VENDOR_DISCRETION: 1, ENTITLED: 2 };
const EFFECTS: Record<AfterSalesVerdict, readonly ReasonEffect[]> = {
  NOT_ENTITLED: ['REFUSES'],
  UNDETERMINED: ['INFORMS'],
  NEEDS_INFO: ['INFORMS'],
  VENDOR_DISCRETION: ['INFORMS'],
  ENTITLED: ['GRANTS', 'CHARGES'],
};

test('law: there is an answer to every request, and its first reason matches it', () => {
  fc.assert(
    fc.property(anyPolicy, requests, levelsOfFacts, moments, (policy, request, levels, moment) => {
      const { verdict, coverage, charge, reasons } = decideAfterSales(policy, factsAt(request, levels), moment);
      expect(EFFECTS[verdict]).toContain(reasons[0]?.effect);
      expect(reasons.every(({ message }) => /^[A-Z].*\.$/.test(message))).toBe(true);
      expect(new Set(reasons.map(({ message }) => message)).size).toBe(reasons.length);
      expect(coverage === 'NONE').toBe(verdict === 'NOT_ENTITLED');
      expect(charge === 'NONE').toBe(verdict === 'NOT_ENTITLED');
      if (verdict === 'ENTITLED') expect(reasons[0]?.effect).toBe(charge === 'FREE' ? 'GRANTS' : 'CHARGES');
    }),
    { numRuns: 600 },
  );
});

test('law: making one fact better never makes the verdict worse', () => {
  fc.assert(
    fc.property(anyPolicy, requests, levelsOfFacts, moments, fc.nat(LEVELS.length - 1), (policy, request, levels, moment, fact) => {
      // Where only the versions advertised at purchase count, what the installed release supports makes nothing better.
      fc.pre(!(fact === 0 && levels[0] === 2 && policy.document.scope.compatibility === 'AT_PURCHASE'));
      const better = levels.map((level, index) => (index === fact ? Math.min(level + 1, (LEVELS[index]?.length ?? 1) - 1) : level));
      const before = decideAfterSales(policy, factsAt(request, levels), moment);
      const after = decideAfterSales(policy, factsAt(request, better), moment);
      expect(RANKS[after.verdict]).toBeGreaterThanOrEqual(RANKS[before.verdict]);
    }),
    { numRuns: 800 },
  );
});

/** Where a fact is missing, and what it may turn out to be. */
const MISSING: readonly { readonly fact: number; readonly level: number; readonly outcomes: readonly number[] }[] = [
  { fact: 0, level: 1, outcomes: [0, 3] },
  { fact: 0, level: 2, outcomes: [0, 4] },
  { fact: 6, level: 1, outcomes: [0, 2] },
  { fact: 7, level: 2, outcomes: [0, 1, 3, 4] },
  { fact: 8, level: 1, outcomes: [0, 2] },
  { fact: 10, level: 4, outcomes: [3, 6] },
];

test('law: what is decided while a fact is missing stays so whatever the fact turns out to be', () => {
  fc.assert(
    fc.property(anyPolicy, requests, levelsOfFacts, moments, fc.constantFrom(...MISSING), (policy, request, levels, moment, missing) => {
      const withLevel = (level: number) =>
        factsAt(
          request,
          levels.map((given, index) => (index === missing.fact ? level : given)),
        );
      const { verdict } = decideAfterSales(policy, withLevel(missing.level), moment);
      if (verdict === 'UNDETERMINED' || verdict === 'NEEDS_INFO') return;
      const later = missing.outcomes.map((level) => decideAfterSales(policy, withLevel(level), moment).verdict);
      expect(later.filter((known) => known !== verdict && !isOpen(known))).toEqual([]);
    }),
    { numRuns: 600 },
  );
});

/** Other facts may be missing too: then a known fact may leave them to matter. */
function isOpen(verdict: AfterSalesVerdict): boolean {
  return verdict === 'UNDETERMINED' || verdict === 'NEEDS_INFO';
}

test('law: with every fact known the answer is never open', () => {
  const known = levelsOfFacts.filter((levels) => MISSING.every(({ fact, level }) => levels[fact] !== level));
  fc.assert(
    fc.property(anyPolicy, requests, known, moments, (policy, request, levels, moment) => {
      expect(isOpen(decideAfterSales(policy, factsAt(request, levels), moment).verdict)).toBe(false);
    }),
    { numRuns: 600 },
  );
});
