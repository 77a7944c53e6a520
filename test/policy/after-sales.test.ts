import { describe, expect, test } from '@jest/globals';
import { type AfterSalesFacts, decideAfterSales } from '../../src/policy/after-sales.js';
import { platformVersionFromText } from '../../src/policy/compatibility.js';
import { AFTER_TERM, at, IN_TERM, magento, requestOf, UP_TO_248 } from './after-sales-facts.js';
import { PREPAID_SUPPORT, pin, TECHNICAL_SUPPORT } from './shipped-policies.js';

type Row = [change: Partial<AfterSalesFacts>, moment: Temporal.Instant, answer: string, reason: string, because: string];

const PS_178 = [{ platform: 'PRESTASHOP', edition: null, from: '1.7.6', to: '1.7.8.x' } as const];
const prestashop = (version: string) => ({
  advertisedCompatibility: PS_178,
  installedReleaseCompatibility: PS_178,
  platformVersion: platformVersionFromText('PRESTASHOP', version),
});
const FOUND = { found: true, evidence: 'Seen on a clean store.' };
const NOT_FOUND = { found: false, evidence: 'A theme hides the block.' };

describe('technical support', () => {
  test.each<Row>([
    [{}, IN_TERM, 'ENTITLED CORRECTION FREE', 'COVERED', 'the fault is the add-on’s and support runs (A-13)'],
    [{ rootCause: 'UNKNOWN' }, IN_TERM, 'ENTITLED CORRECTION FREE', 'COVERED', 'unknown counts as the add-on until shown otherwise (A-13)'],
    [{ rootCause: 'STORE_CUSTOMISATION' }, IN_TERM, 'NOT_ENTITLED NONE NONE', 'ROOT_CAUSE_ELSEWHERE', 'not the add-on alone (A-13)'],
    [{ rootCause: 'THIRD_PARTY' }, IN_TERM, 'NOT_ENTITLED NONE NONE', 'ROOT_CAUSE_ELSEWHERE', 'not the add-on alone (A-13)'],
    [{ rootCause: 'HOST' }, IN_TERM, 'NOT_ENTITLED NONE NONE', 'ROOT_CAUSE_ELSEWHERE', 'not the add-on alone (A-13)'],
    [{ rootCause: 'USER' }, IN_TERM, 'NOT_ENTITLED NONE NONE', 'ROOT_CAUSE_ELSEWHERE', 'not the add-on alone (A-13)'],
    [{ platformVersion: magento('2.4.8') }, IN_TERM, 'NOT_ENTITLED NONE NONE', 'STORE_VERSION_INCOMPATIBLE', '2.4.8 is not 2.4.7 (A-14)'],
    [
      { platformVersion: magento('2.4.8'), installedReleaseCompatibility: UP_TO_248 },
      IN_TERM,
      'ENTITLED CORRECTION FREE',
      'COVERED',
      'the installed release supports it (A-14)',
    ],
    [
      { platformVersion: magento('2.4.8'), installedReleaseCompatibility: null },
      IN_TERM,
      'UNDETERMINED CORRECTION FREE',
      'STORE_VERSION_UNKNOWN',
      'the installed release might support it (A-14)',
    ],
    [prestashop('1.7.8.11'), IN_TERM, 'ENTITLED CORRECTION FREE', 'COVERED', '1.7.8.x covers its patches (A-14)'],
    [prestashop('8.0.0'), IN_TERM, 'NOT_ENTITLED NONE NONE', 'STORE_VERSION_INCOMPATIBLE', '8 is later than 1.7.8 (A-14)'],
    [{ platformVersion: null }, IN_TERM, 'UNDETERMINED CORRECTION FREE', 'STORE_VERSION_UNKNOWN', 'never a silent pass (A-14)'],
    [{ platformVersion: null }, AFTER_TERM, 'NOT_ENTITLED NONE NONE', 'SUPPORT_TERM_ENDED', 'it is refused whatever the version is'],
    [
      { incompatibleDevelopments: FOUND },
      IN_TERM,
      'NOT_ENTITLED NONE NONE',
      'INCOMPATIBLE_DEVELOPMENT',
      'staff found it, with evidence (A-15)',
    ],
    [
      { incompatibleDevelopments: { found: true, evidence: ' ' } },
      IN_TERM,
      'ENTITLED CORRECTION FREE',
      'COVERED',
      'no evidence, no refusal (A-15)',
    ],
    [{ incompatibleDevelopments: NOT_FOUND }, IN_TERM, 'ENTITLED CORRECTION FREE', 'COVERED', 'staff found none (A-15)'],
    [
      { modifiedSource: 'CHANGED', changedCodeFiles: ['Model/Price.php'] },
      IN_TERM,
      'VENDOR_DISCRETION CORRECTION FREE',
      'SOURCE_MODIFIED',
      'code was changed (A-16)',
    ],
    [{ modifiedSource: 'CHANGED' }, IN_TERM, 'ENTITLED CORRECTION FREE', 'COVERED', 'translations and settings are not code (A-16)'],
    [{ modifiedSource: 'UNKNOWN' }, IN_TERM, 'ENTITLED CORRECTION FREE', 'COVERED', 'a change must be shown (A-16)'],
    [
      { modifiedSource: 'CHANGED', changedCodeFiles: ['Model/Price.php'], platformVersion: null },
      IN_TERM,
      'UNDETERMINED CORRECTION FREE',
      'STORE_VERSION_UNKNOWN',
      'the version may yet refuse what is otherwise left to the vendor',
    ],
    [{ request: 'ADVICE' }, IN_TERM, 'ENTITLED ADVICE FREE', 'COVERED', 'advice is included (A-17)'],
    [{ request: 'ADVICE' }, AFTER_TERM, 'NOT_ENTITLED NONE NONE', 'SUPPORT_TERM_ENDED', 'support has ended (A-03)'],
    [{ request: 'ADVICE', needsWorkOnHost: true }, IN_TERM, 'NOT_ENTITLED NONE NONE', 'HOST_WORK_NEEDED', 'it is work on the store (A-17)'],
    [{ request: 'ADVICE', needsWorkOnHost: null }, IN_TERM, 'NEEDS_INFO ADVICE FREE', 'HOST_WORK_UNKNOWN', 'the customer can say it'],
    [
      { request: 'STORE_INTERVENTION' },
      IN_TERM,
      'NOT_ENTITLED NONE NONE',
      'REQUEST_EXCLUDED',
      'not included, and nothing is paid here (A-17)',
    ],
    [{ request: 'CUSTOM_DEVELOPMENT' }, IN_TERM, 'NOT_ENTITLED NONE NONE', 'REQUEST_EXCLUDED', 'not included (A-17)'],
    [{}, at('2026-02-28T22:59:59.999Z'), 'ENTITLED CORRECTION FREE', 'COVERED', 'rights are those of the moment of submission (A-22)'],
    [{}, at('2026-02-28T23:00:00Z'), 'NOT_ENTITLED NONE NONE', 'SUPPORT_TERM_ENDED', 'at that instant the right is gone (A-03)'],
    [{}, at('2025-11-30T08:59:59Z'), 'NOT_ENTITLED NONE NONE', 'NOTHING_PURCHASED', 'it is bought a second later (A-01)'],
    [{ revokedAt: IN_TERM }, IN_TERM, 'NOT_ENTITLED NONE NONE', 'PURCHASE_REVOKED', 'the purchase was taken back (A-03)'],
  ])('case %#', (change, moment, answer, reason) => {
    const decision = decideAfterSales(TECHNICAL_SUPPORT, requestOf(change), moment);
    expect([`${decision.verdict} ${decision.coverage} ${decision.charge}`, decision.reasons[0]?.code]).toEqual([answer, reason]);
  });

  test('a refusal says what was looked at, where the text says so, and what helps', () => {
    const decision = decideAfterSales(TECHNICAL_SUPPORT, requestOf({}), AFTER_TERM);
    expect(decision.reasons[0]).toEqual({
      code: 'SUPPORT_TERM_ENDED',
      effect: 'REFUSES',
      message: 'Support for the add-on ended on 28 February 2026.',
      rule: 'A-03',
      clause: 'Duration',
      facts: [{ name: 'lastDay', value: '2026-02-28' }],
      remedy: 'RENEW_SUPPORT',
    });
    expect(decision.policy).toEqual({ name: 'technical-support', version: 1, contentHash: '0'.repeat(64) });
  });

  test.each([
    ['2.4.3', 'UPDATE_STORE', 'the store is older than what is supported'],
    ['2.4.8', 'UPDATE_ADDON', 'a later release may support it'],
  ])('on Magento %s the remedy is %s, because %s', (version, remedy) => {
    const [reason] = decideAfterSales(TECHNICAL_SUPPORT, requestOf({ platformVersion: magento(version) }), IN_TERM).reasons;
    expect(reason?.remedy).toBe(remedy);
  });

  test('A-14: names who told the versions it looked at, and when; of the add-on only where that counts', () => {
    const factsOf = (policy: typeof TECHNICAL_SUPPORT, change: Partial<AfterSalesFacts> = {}) => {
      const { reasons } = decideAfterSales(policy, requestOf(change), IN_TERM);
      const facts = reasons.find(({ rule }) => rule === 'A-14')?.facts ?? [];
      return Object.fromEntries(facts.map(({ name, value }) => [name, value]));
    };
    const store = { storeVersion: 'Magento 2.4.7-p1', storeVersionSource: 'PLUGIN', storeVersionReadAt: '2026-02-10T08:00:00Z' };
    const supported = 'Magento 2.4.4–2.4.7';
    const addon = { installedVersion: '1.1.0', installedVersionSource: 'PLUGIN', installedVersionReadAt: '2026-02-10T08:00:00Z' };
    const { document } = TECHNICAL_SUPPORT;
    const atPurchase = pin({ ...document, scope: { ...document.scope, compatibility: 'AT_PURCHASE' } });
    const installed = pin({ ...document, scope: { ...document.scope, compatibility: 'INSTALLED' } });
    expect(factsOf(atPurchase)).toEqual({ ...store, supported });
    expect(factsOf(installed)).toEqual({ ...store, ...addon, supported });
    expect(factsOf(atPurchase, { platformVersion: null, storeVersionSource: null, storeVersionReadAt: null })).toEqual({ supported });
  });

  test('what could not be compared is said, though it is not held against the customer', () => {
    const { reasons } = decideAfterSales(TECHNICAL_SUPPORT, requestOf({ modifiedSource: 'UNKNOWN' }), IN_TERM);
    expect(reasons.map(({ code }) => code)).toEqual(['COVERED', 'SUPPORT_TERM_ACTIVE', 'STORE_VERSION_COMPATIBLE', 'SOURCE_UNKNOWN']);
  });

  test('a scope that ignores changed code grants what is otherwise left to the vendor', () => {
    const { document } = TECHNICAL_SUPPORT;
    const changed = requestOf({ modifiedSource: 'CHANGED', changedCodeFiles: ['Model/Price.php'] });
    const verdicts = (['IGNORE', 'DISCRETION', 'HARD'] as const).map(
      (modifiedSource) => decideAfterSales(pin({ ...document, scope: { ...document.scope, modifiedSource } }), changed, IN_TERM).verdict,
    );
    expect(verdicts).toEqual(['ENTITLED', 'VENDOR_DISCRETION', 'NOT_ENTITLED']);
  });
});

const RUNNING = { endsAt: at('2026-03-13T21:00:00Z'), agreedResult: 'COVERED', codeChange: 'NONE' } as const;

describe('prepaid support', () => {
  test.each<Row>([
    [{ productBug: FOUND }, AFTER_TERM, 'ENTITLED PRODUCT_BUG FREE', 'COVERED', 'bug fixes are free at any time (B-27)'],
    [
      { productBug: FOUND, request: 'STORE_INTERVENTION', prepaidAvailableMinutes: 60 },
      IN_TERM,
      'ENTITLED PRODUCT_BUG FREE',
      'COVERED',
      'a found bug is fixed free of charge, whatever it was sent as (B-27)',
    ],
    [{ productBug: FOUND, revokedAt: IN_TERM }, AFTER_TERM, 'NOT_ENTITLED NONE NONE', 'PURCHASE_REVOKED', 'the purchase was taken back'],
    [
      { productBug: NOT_FOUND, prepaidAvailableMinutes: 60 },
      IN_TERM,
      'ENTITLED PREPAID_TIME MINUTES',
      'COVERED_AGAINST_TIME',
      'it is no bug (B-07)',
    ],
    [
      { prepaidAvailableMinutes: 60 },
      IN_TERM,
      'ENTITLED PREPAID_TIME MINUTES',
      'COVERED_AGAINST_TIME',
      'no bug is shown yet; time is returned later (B-27)',
    ],
    [{ warranty: RUNNING }, AFTER_TERM, 'ENTITLED WARRANTY FREE', 'COVERED', 'the week runs (B-21, B-22)'],
    [{ warranty: RUNNING }, at('2026-03-13T20:59:59.999Z'), 'ENTITLED WARRANTY FREE', 'COVERED', 'the week runs for a millisecond (B-21)'],
    [{ warranty: RUNNING }, RUNNING.endsAt, 'VENDOR_DISCRETION QUOTE MONEY', 'SUPPORT_TERM_ENDED', 'the week is over (B-21)'],
    [
      { warranty: { ...RUNNING, codeChange: 'BY_CUSTOMER' }, prepaidAvailableMinutes: 60 },
      AFTER_TERM,
      'ENTITLED PREPAID_TIME MINUTES',
      'COVERED_AGAINST_TIME',
      'the customer changed the code (B-23)',
    ],
    [
      { warranty: { ...RUNNING, codeChange: 'UNKNOWN' } },
      AFTER_TERM,
      'ENTITLED WARRANTY FREE',
      'COVERED',
      'no digest at hand-over, not void (B-23)',
    ],
    [
      { warranty: RUNNING, rootCause: 'THIRD_PARTY', category: 'CONFLICT', prepaidAvailableMinutes: 60 },
      AFTER_TERM,
      'ENTITLED PREPAID_TIME MINUTES',
      'COVERED_AGAINST_TIME',
      'conflicts with others are paid (B-24)',
    ],
    [
      { warranty: { ...RUNNING, agreedResult: 'UNKNOWN' } },
      AFTER_TERM,
      'UNDETERMINED WARRANTY FREE',
      'WARRANTY_RESULT_UNKNOWN',
      'nobody judged yet whether it was agreed (B-22)',
    ],
    [
      { warranty: { ...RUNNING, agreedResult: 'NOT_COVERED' }, prepaidAvailableMinutes: 60 },
      AFTER_TERM,
      'ENTITLED PREPAID_TIME MINUTES',
      'COVERED_AGAINST_TIME',
      'it was not agreed (B-22)',
    ],
    [{ request: 'ADVICE' }, AFTER_TERM, 'ENTITLED ADVICE FREE', 'COVERED', 'advice without work stays free (B-25)'],
    [
      { request: 'ADVICE', needsWorkOnHost: true, prepaidAvailableMinutes: 60 },
      IN_TERM,
      'ENTITLED PREPAID_TIME MINUTES',
      'COVERED_AGAINST_TIME',
      'advice that needs work is work (B-25)',
    ],
    [{ request: 'ADVICE', needsWorkOnHost: null }, IN_TERM, 'NEEDS_INFO ADVICE FREE', 'HOST_WORK_UNKNOWN', 'the customer can say it'],
    [
      { request: 'STORE_INTERVENTION', prepaidAvailableMinutes: 60 },
      AFTER_TERM,
      'ENTITLED PREPAID_TIME MINUTES',
      'COVERED_AGAINST_TIME',
      'usable time makes it owed after the term too (B-05)',
    ],
    [
      { request: 'STORE_INTERVENTION' },
      AFTER_TERM,
      'VENDOR_DISCRETION QUOTE MONEY',
      'SUPPORT_TERM_ENDED',
      'after the term the vendor may (B-05)',
    ],
    [
      { request: 'STORE_INTERVENTION' },
      IN_TERM,
      'VENDOR_DISCRETION QUOTE MONEY',
      'LEFT_TO_VENDOR',
      'no time is left, and a quote is not owed',
    ],
    [
      { request: 'STORE_INTERVENTION', category: 'PAINTING', prepaidAvailableMinutes: 600 },
      IN_TERM,
      'VENDOR_DISCRETION QUOTE MONEY',
      'LEFT_TO_VENDOR',
      'outside the conditions (B-02, B-07)',
    ],
    [
      { request: 'STORE_INTERVENTION', category: null, prepaidAvailableMinutes: 600 },
      IN_TERM,
      'NEEDS_INFO PREPAID_TIME MINUTES',
      'CATEGORY_UNKNOWN',
      'the customer can say the category (B-07)',
    ],
    [
      { request: 'STORE_INTERVENTION', prepaidAvailableMinutes: null },
      IN_TERM,
      'UNDETERMINED PREPAID_TIME MINUTES',
      'TIME_LEDGER_UNKNOWN',
      'an unread ledger is no pass',
    ],
    [
      { request: 'STORE_INTERVENTION', prepaidAvailableMinutes: 60, estimateMinutes: 61 },
      IN_TERM,
      'VENDOR_DISCRETION QUOTE MONEY',
      'LEFT_TO_VENDOR',
      'one minute is missing (B-09)',
    ],
    [
      { request: 'STORE_INTERVENTION', prepaidAvailableMinutes: 60, estimateMinutes: 60 },
      IN_TERM,
      'ENTITLED PREPAID_TIME MINUTES',
      'COVERED_AGAINST_TIME',
      'the time is just enough (B-09)',
    ],
    [
      { request: 'CUSTOM_DEVELOPMENT', prepaidAvailableMinutes: 600 },
      IN_TERM,
      'VENDOR_DISCRETION QUOTE MONEY',
      'LEFT_TO_VENDOR',
      'it is quoted',
    ],
    [
      {
        platformVersion: null,
        incompatibleDevelopments: FOUND,
        modifiedSource: 'CHANGED',
        changedCodeFiles: ['a.php'],
        prepaidAvailableMinutes: 60,
      },
      IN_TERM,
      'ENTITLED PREPAID_TIME MINUTES',
      'COVERED_AGAINST_TIME',
      'paid work asks for none of these',
    ],
  ])('case %#', (change, moment, answer, reason) => {
    const decision = decideAfterSales(PREPAID_SUPPORT, requestOf(change), moment);
    expect([`${decision.verdict} ${decision.coverage} ${decision.charge}`, decision.reasons[0]?.code]).toEqual([answer, reason]);
  });

  test('a request outside the conditions is answered with the clause, never with silence (B-02)', () => {
    const outside = requestOf({ request: 'STORE_INTERVENTION', category: 'PAINTING' });
    const { reasons } = decideAfterSales(PREPAID_SUPPORT, outside, IN_TERM);
    expect(reasons[0]).toMatchObject({ code: 'LEFT_TO_VENDOR', rule: 'B-02', clause: 'clause 1', remedy: 'ASK_VENDOR' });
    expect(reasons.map(({ code }) => code)).toContain('CATEGORY_NOT_COVERED');
  });

  test('work after the term offers time to buy (B-05)', () => {
    const [reason] = decideAfterSales(PREPAID_SUPPORT, requestOf({ request: 'STORE_INTERVENTION' }), AFTER_TERM).reasons;
    expect(reason).toMatchObject({ rule: 'B-05', remedy: 'BUY_TIME', effect: 'INFORMS' });
  });

  test('the coverages that refused before the one that accepted are kept as reasons', () => {
    const { reasons } = decideAfterSales(PREPAID_SUPPORT, requestOf({ prepaidAvailableMinutes: 60 }), IN_TERM);
    expect(reasons.map(({ code }) => code)).toEqual(['COVERED_AGAINST_TIME', 'PRODUCT_BUG_NOT_ESTABLISHED', 'WARRANTY_NONE']);
  });

  test.each<[bigint | null, boolean, string]>([
    [0n, true, 'the list price was nothing (B-26)'],
    [7900n, false, 'a full discount on a list price of 79.00 is not free (B-26)'],
    [null, false, 'no add-on is concerned, and so none is free'],
  ])('with a list price of %s the add-on is called free: %s, because %s', (amountMinor, isFree) => {
    const listPriceAtPurchase = amountMinor === null ? null : { amountMinor, currencyCode: 'EUR' };
    const facts = requestOf({ request: 'STORE_INTERVENTION', listPriceAtPurchase });
    const { reasons } = decideAfterSales(PREPAID_SUPPORT, facts, IN_TERM);
    expect(reasons.some(({ code }) => code === 'ADDON_IS_FREE')).toBe(isFree);
  });

  test('where two coverages leave it to the vendor, the one that rests on known facts speaks', () => {
    const { document } = PREPAID_SUPPORT;
    const coverage = document.coverage.map((rule) => ({ ...rule, answer: 'DISCRETION' as const }));
    const unread = requestOf({ request: 'STORE_INTERVENTION', prepaidAvailableMinutes: null });
    const decision = decideAfterSales(pin({ ...document, coverage }), unread, IN_TERM);
    expect([decision.verdict, decision.coverage, decision.reasons[0]?.code]).toEqual(['VENDOR_DISCRETION', 'QUOTE', 'LEFT_TO_VENDOR']);
  });

  test('the shortfall of time is exact', () => {
    const facts = requestOf({ request: 'STORE_INTERVENTION', prepaidAvailableMinutes: 45, estimateMinutes: 120 });
    const short = decideAfterSales(PREPAID_SUPPORT, facts, IN_TERM).reasons.find(({ code }) => code === 'TIME_NOT_ENOUGH');
    expect(short?.facts).toContainEqual({ name: 'shortfallMinutes', value: '75' });
    expect(short?.remedy).toBe('BUY_TIME');
  });
});
