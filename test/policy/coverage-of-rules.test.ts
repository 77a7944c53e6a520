import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { type AfterSalesFacts, decideAfterSales } from '../../src/policy/after-sales.js';
import { REASON_CODES, type Reason, type ReasonCode } from '../../src/policy/reason.js';
import { releaseAccess } from '../../src/policy/release-access.js';
import type { PinnedPolicy } from '../../src/policy/support-policy.js';
import { layTerms } from '../../src/policy/support-term.js';
import { decideUpdateAccess, type ReleaseFacts } from '../../src/policy/update-access.js';
import { AFTER_TERM, at, IN_TERM, requestOf, UP_TO_247 } from './after-sales-facts.js';
import { PREPAID_SUPPORT, pin, TECHNICAL_SUPPORT } from './shipped-policies.js';

const FOUND = { found: true, evidence: 'Ticket 7 shows it.' };
const RUNNING = { endsAt: at('2026-03-13T21:00:00Z'), agreedResult: 'COVERED', codeChange: 'NONE' } as const;

/** A policy that owes what the shipped one leaves to the vendor. */
const OWING_QUOTES = pin({
  ...PREPAID_SUPPORT.document,
  coverage: PREPAID_SUPPORT.document.coverage.map((rule) => (rule.coverage === 'QUOTE' ? { ...rule, answer: 'HARD' } : rule)),
});

const told = (reasons: readonly Reason[], code: ReasonCode): string[] =>
  reasons.filter((reason) => reason.code === code).map(({ rule, effect }) => `${rule} ${effect}`);

describe('the reasons behind those that decide', () => {
  test.each<[ReasonCode, string, Partial<AfterSalesFacts>, string]>([
    ['PRODUCT_BUG_FOUND', 'B-27 INFORMS', { productBug: FOUND }, 'the fault is the add-on’s own'],
    ['PRODUCT_BUG_NOT_FOUND', 'B-27 REFUSES', { productBug: { ...FOUND, found: false } }, 'it is somebody else’s'],
    ['WARRANTY_RUNNING', 'B-22 INFORMS', { warranty: RUNNING }, 'the week of warranty has not ended'],
    ['WARRANTY_ENDED', 'B-21 REFUSES', { warranty: { ...RUNNING, endsAt: AFTER_TERM } }, 'the end itself is outside'],
    ['WARRANTY_VOID', 'B-23 REFUSES', { warranty: { ...RUNNING, codeChange: 'BY_CUSTOMER' } }, 'the customer changed code'],
    ['WARRANTY_VOID', 'B-23 REFUSES', { warranty: { ...RUNNING, codeChange: 'BY_THIRD_PARTY' } }, 'or had it changed'],
    ['WARRANTY_CAUSE_EXCLUDED', 'B-24 REFUSES', { warranty: RUNNING, rootCause: 'THIRD_PARTY' }, 'conflicts with others are paid work'],
    ['WARRANTY_RESULT_NOT_AGREED', 'B-22 REFUSES', { warranty: { ...RUNNING, agreedResult: 'NOT_COVERED' } }, 'only agreed results count'],
  ])('%s comes as %s', (code, expected, change, _because) => {
    expect(told(decideAfterSales(PREPAID_SUPPORT, requestOf(change), AFTER_TERM).reasons, code)).toEqual([expected]);
  });

  test('a policy that owes work against a quote says that it is charged (B-08)', () => {
    const decision = decideAfterSales(OWING_QUOTES, requestOf({ request: 'CUSTOM_DEVELOPMENT' }), IN_TERM);
    expect([decision.verdict, decision.coverage, decision.charge]).toEqual(['ENTITLED', 'QUOTE', 'MONEY']);
    expect(told(decision.reasons, 'COVERED_AGAINST_MONEY')).toEqual(['B-08 CHARGES']);
  });
});

describe('the reasons of updates', () => {
  const spans = layTerms([{ key: 'order', paidAt: at('2025-11-30T09:00:00Z'), months: 3 }], 'Europe/Paris');
  const fix: ReleaseFacts = {
    id: 'release',
    version: '1.2.1',
    channel: 'STABLE',
    kind: 'BUGFIX',
    publishedAt: at('2026-01-10T09:00:00Z'),
    withdrawnAt: null,
    compatibility: UP_TO_247,
    changelogPublic: false,
  };
  const purchasesUnder = (policy: PinnedPolicy) => [{ key: 'purchase', policy, spans, revokedAt: null }];

  test.each<[ReasonCode, string[], PinnedPolicy, string]>([
    ['RELEASE_COVERED_BY_TERM', ['A-20 GRANTS'], TECHNICAL_SUPPORT, 'the term runs'],
    ['FIX_WITHOUT_PUBLIC_CHANGELOG', [], TECHNICAL_SUPPORT, 'this policy asks for no changelog'],
    ['RELEASE_COVERED_BY_TERM', ['A-20 GRANTS'], PREPAID_SUPPORT, 'the term runs, which needs no proof of a fix'],
    ['FIX_WITHOUT_PUBLIC_CHANGELOG', ['B-27 INFORMS'], PREPAID_SUPPORT, 'this one asks for it'],
  ])('of a fix that shows no changelog: %s comes as %j', (code, expected, policy, _because) => {
    const { permission, reasons } = releaseAccess({ purchases: purchasesUnder(policy), platformVersion: null }, fix, IN_TERM);
    expect([permission, told(reasons, code)]).toEqual(['UNDETERMINED', expected]);
  });

  test('an installed version that nobody knows is said, and held against nobody (A-20)', () => {
    const facts = { purchases: purchasesUnder(TECHNICAL_SUPPORT), releases: [fix], installedVersion: null, platformVersion: null };
    const { reasons } = decideUpdateAccess({ ...facts, channel: 'STABLE' }, IN_TERM);
    expect(told(reasons, 'INSTALLED_VERSION_UNKNOWN')).toEqual(['A-20 INFORMS']);
  });
});

describe('the tests of the policy', () => {
  const saidByTests = textsOf('./', (name) => name.endsWith('.test.ts')).join('\n');

  test.each(REASON_CODES)('expect the reason %s somewhere', (code) => expect(saidByTests).toMatch(new RegExp(`['"\`\\s]${code}['"\`\\s]`)));

  test.each(rulesOfReasons())('name the rule %s, which decisions cite', (rule) => {
    expect(saidByTests.match(/\b[AB]-\d\d\b/g) ?? []).toContain(rule);
  });

  test('are held against what decisions of every kind cite', () => {
    expect(rulesOfReasons()).toEqual(expect.arrayContaining(['A-03', 'A-07', 'A-14', 'A-20', 'B-05', 'B-21', 'B-27']));
  });
});

/** Rules that a decision may cite: those written as texts where decisions are made. Notes on the gaps of a document cite more, and decide nothing. */
function rulesOfReasons(): string[] {
  const decisions = textsOf('../../src/policy/', (name) => name.endsWith('.ts') && name !== 'policy-gaps.ts');
  const cited = decisions.flatMap((text) => text.match(/'[AB]-\d\d'/g) ?? []).map((quoted) => quoted.slice(1, -1));
  return [...new Set(cited)].sort();
}

/** The texts of a folder's files, without their comments. */
function textsOf(folder: string, isWanted: (name: string) => boolean): string[] {
  const directory = new URL(folder, import.meta.url);
  return readdirSync(directory)
    .filter(isWanted)
    .map((name) => readFileSync(new URL(name, directory), 'utf8').replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, ''));
}
