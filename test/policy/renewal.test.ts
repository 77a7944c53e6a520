import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type Money, moneyFromDecimal, moneyToDecimal } from '../../src/policy/money.js';
import type { ReasonCode } from '../../src/policy/reason.js';
import { type RenewalFacts, renewalQuote } from '../../src/policy/renewal.js';
import type { SupportPolicyDocument } from '../../src/policy/support-policy.js';
import { layTerms } from '../../src/policy/support-term.js';
import { PREPAID_SUPPORT, pin, TECHNICAL_SUPPORT } from './shipped-policies.js';

const at = (text: string) => Temporal.Instant.from(text);
const ACTIVE = at('2026-02-10T09:00:00Z');
const LAPSED = at('2026-03-10T09:00:00Z');

function money(amount: string, currencyCode = 'EUR'): Money {
  const read = moneyFromDecimal(amount, currencyCode);
  if (read === null) throw new RangeError(amount);
  return read;
}

function bought(listPrice: Money, change: Partial<RenewalFacts> = {}): RenewalFacts {
  const spans = layTerms([{ key: 'order', paidAt: at('2025-11-30T09:00:00Z'), months: 3 }], 'Europe/Paris');
  return { spans, revokedAt: null, listPriceAtPurchase: listPrice, listPriceToday: listPrice, zone: 'Europe/Paris', ...change };
}

const RENEWAL = {
  enabled: true,
  rateActive: '0.30',
  rateLapsed: '0.50',
  priceBasis: 'LIST_AT_PURCHASE',
  rounding: 'HALF_UP',
  maxPeriods: 12,
} as const;
const withRenewal = (renewal: SupportPolicyDocument['renewal']) => pin({ ...TECHNICAL_SUPPORT.document, renewal });

test.each<[Money, Money | null, number, string, string]>([
  [money('120.00'), money('150.00'), 1, '36.00', 'neither a coupon nor a later list price counts'],
  [money('49.95'), money('49.95'), 1, '14.99', '14.985 is rounded half up'],
  [money('4985', 'JPY'), money('4985', 'JPY'), 1, '1496', 'the yen has no smaller coin'],
  [money('49.95'), money('49.95'), 3, '44.97', 'each period is rounded by itself: not 44.96'],
  [money('120.00'), null, 1, '36.00', 'the list price of today plays no part'],
])('A-07: price %#', (listPrice, listPriceToday, periods, expected) => {
  const { price } = renewalQuote(bought(listPrice, { listPriceToday }), TECHNICAL_SUPPORT, ACTIVE, periods);
  expect(price && moneyToDecimal(price)).toBe(expected);
});

test.each([
  [ACTIVE, withRenewal(RENEWAL), '36.00', 'support runs'],
  [LAPSED, withRenewal(RENEWAL), '60.00', 'support has lapsed'],
  [ACTIVE, withRenewal({ ...RENEWAL, priceBasis: 'LIST_TODAY' }), '45.00', 'the policy prices from the list of today'],
])('at %s the rate and basis give another price', (moment, policy, expected) => {
  const { price } = renewalQuote(bought(money('120.00'), { listPriceToday: money('150.00') }), policy, moment, 1);
  expect(price && moneyToDecimal(price)).toBe(expected);
});

test.each([
  ['2026-02-10T09:00:00Z', 1, '2026-03-01', '2026-05-30', '2026-05-30T22:00:00Z', 'it continues on the anchor (A-04)'],
  ['2026-02-10T09:00:00Z', 2, '2026-03-01', '2026-08-30', '2026-08-30T22:00:00Z', 'periods stack (A-04)'],
  ['2026-02-28T22:59:59.999Z', 1, '2026-03-01', '2026-05-30', '2026-05-30T22:00:00Z', 'it still runs (A-06)'],
  ['2026-02-28T23:00:00Z', 1, '2026-03-01', '2026-06-01', '2026-06-01T22:00:00Z', 'a new anchor begins (A-06)'],
  ['2026-07-31T08:00:00Z', 1, '2026-07-31', '2026-10-31', '2026-10-31T23:00:00Z', 'a new anchor begins (A-05)'],
])('renewing at %s for %i periods covers %s to %s, expires at %s, because %s', (moment, periods, startsOn, endsOn, expiresAt) => {
  const quote = renewalQuote(bought(money('120.00')), TECHNICAL_SUPPORT, at(moment), periods);
  expect([quote.startsOn?.toString(), quote.endsOn?.toString(), quote.expiresAt?.toString()]).toEqual([startsOn, endsOn, expiresAt]);
});

test.each([
  ['2025-11-30T08:59:59Z', ['NOTHING_PURCHASED'], 'it is bought a second later'],
  ['2025-11-30T09:00:00Z', ['RENEWAL_OFFERED', 'SUPPORT_TERM_ACTIVE'], 'it is bought at that moment'],
])('A-01: at %s the reasons are %j, because %s', (moment, expected) => {
  expect(renewalQuote(bought(money('120.00')), TECHNICAL_SUPPORT, at(moment), 1).reasons.map(({ code }) => code)).toEqual(expected);
});

test('days are counted where those of the term are, not where the conditions in force count theirs', () => {
  const evening = at('2026-03-10T23:30:00Z'); // the 11th in Paris, still the 10th in New York
  const quote = renewalQuote(bought(money('120.00')), pin({ ...TECHNICAL_SUPPORT.document, zone: 'America/New_York' }), evening, 1);
  expect([quote.startsOn?.toString(), quote.endsOn?.toString(), quote.expiresAt?.toString()]).toEqual([
    '2026-03-11',
    '2026-06-11',
    '2026-06-11T22:00:00Z',
  ]);
});

const free = money('0.00');
test.each<[Partial<RenewalFacts>, typeof TECHNICAL_SUPPORT, number, ReasonCode[], string]>([
  [{}, PREPAID_SUPPORT, 1, ['RENEWAL_NOT_OFFERED'], 'the text names no renewal (B-03)'],
  [{ listPriceAtPurchase: free }, TECHNICAL_SUPPORT, 1, ['RENEWAL_NOT_PRICED'], 'the add-on was free (A-07)'],
  [{ listPriceToday: null }, withRenewal({ ...RENEWAL, priceBasis: 'LIST_TODAY' }), 1, ['RENEWAL_NOT_PRICED'], 'it is no longer sold'],
  [{ revokedAt: at('2026-01-01T00:00:00Z') }, TECHNICAL_SUPPORT, 1, ['PURCHASE_REVOKED'], 'the purchase was taken back'],
  [{ spans: [] }, TECHNICAL_SUPPORT, 1, ['NOTHING_PURCHASED'], 'nothing was bought yet (A-01)'],
  [{ spans: [] }, PREPAID_SUPPORT, 1, ['NOTHING_PURCHASED', 'RENEWAL_NOT_OFFERED'], 'nor is it sold'],
  [{}, TECHNICAL_SUPPORT, 0, ['RENEWAL_PERIODS_OUT_OF_RANGE'], 'one has to buy something'],
  [{}, TECHNICAL_SUPPORT, 13, ['RENEWAL_PERIODS_OUT_OF_RANGE'], 'twelve are the most'],
  [{}, TECHNICAL_SUPPORT, 1.5, ['RENEWAL_PERIODS_OUT_OF_RANGE'], 'periods are whole'],
  [
    { listPriceAtPurchase: free },
    TECHNICAL_SUPPORT,
    99,
    ['RENEWAL_NOT_PRICED', 'RENEWAL_PERIODS_OUT_OF_RANGE'],
    'every refusal is told at once',
  ],
])('refusal %#', (change, policy, periods, codes) => {
  const quote = renewalQuote(bought(money('120.00'), change), policy, ACTIVE, periods);
  expect(quote.reasons.map(({ code }) => code)).toEqual(codes);
  expect(quote.reasons.every(({ effect }) => effect === 'REFUSES')).toBe(true);
  expect(quote).toMatchObject({ available: false, price: null, startsOn: null, endsOn: null, expiresAt: null });
});

describe('reasons of a quote', () => {
  test('are sentences with the facts they rest on and the clause of the published text', () => {
    const [offer, term] = renewalQuote(bought(money('120.00')), TECHNICAL_SUPPORT, ACTIVE, 1).reasons;
    expect(offer).toEqual({
      code: 'RENEWAL_OFFERED',
      effect: 'GRANTS',
      message: 'Renewing support for 3 months costs 36.00 EUR net and covers the add-on up to and including 30 May 2026.',
      rule: 'A-07',
      clause: 'Renewal',
      facts: [
        { name: 'listPrice', value: '120.00 EUR' },
        { name: 'priceBasis', value: 'LIST_AT_PURCHASE' },
        { name: 'rate', value: '0.30' },
        { name: 'periods', value: '1' },
        { name: 'price', value: '36.00 EUR' },
      ],
      remedy: 'RENEW_SUPPORT',
    });
    expect(term?.code).toBe('SUPPORT_TERM_ACTIVE');
  });

  test('have no clause where the text is silent', () => {
    const policy = pin({ ...TECHNICAL_SUPPORT.document, clauses: {} });
    expect(renewalQuote(bought(money('120.00')), policy, ACTIVE, 1).reasons[0]?.clause).toBeNull();
  });
});

test('law: buying periods together costs the same as buying them one by one, and ends on the same day', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: 1n, max: 10_000_000n }), fc.integer({ min: 2, max: 12 }), (amountMinor, periods) => {
      const facts = bought({ amountMinor, currencyCode: 'EUR' });
      const one = renewalQuote(facts, TECHNICAL_SUPPORT, ACTIVE, 1);
      const many = renewalQuote(facts, TECHNICAL_SUPPORT, ACTIVE, periods);
      expect(many.price?.amountMinor).toBe((one.price?.amountMinor ?? -1n) * BigInt(periods));
      const payments = Array.from({ length: periods }, (_, index) => ({ key: `renewal ${index}`, paidAt: ACTIVE, months: 3 }));
      const laid = layTerms([{ key: 'order', paidAt: at('2025-11-30T09:00:00Z'), months: 3 }, ...payments], 'Europe/Paris');
      expect(many.expiresAt).toEqual(laid.at(-1)?.expiresAt);
    }),
  );
});
