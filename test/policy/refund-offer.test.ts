import { describe, expect, test } from '@jest/globals';
import { moneyToDecimal } from '../../src/policy/money.js';
import { type RefundFacts, refundOffer } from '../../src/policy/refund-offer.js';
import { at, PREPAID, REPAIR } from './ticket-story.js';

const DUE = at('2026-04-20T22:00:00Z');
const FACTS: RefundFacts = {
  // 96.00 and 19.20 of tax.
  licence: { purchaseId: 'L1', paidGross: { amountMinor: 9_600n + 1_920n, currencyCode: 'EUR' } },
  admittedAt: at('2026-03-06T16:59:00+01:00'),
  correctionDueAt: DUE,
  missedAt: DUE,
  provisional: false,
  correctedAt: null,
};

describe('a refund offer', () => {
  test('is what was paid with tax, without renewals, open ten working days from the missed day (A-12)', () => {
    const decision = refundOffer(FACTS, REPAIR.document, DUE);
    const offer = decision.outcome === 'OFFERED' ? decision.offer : null;
    expect(offer && moneyToDecimal(offer.amount)).toBe('115.20');
    expect(offer).toMatchObject({ purchaseId: 'L1', basis: 'PAID_GROSS', correctionWorkingDays: 30, provisional: false, opensAt: DUE });
    expect(offer?.closesAt?.toString()).toBe('2026-05-06T22:00:00Z');
    expect(decision.reasons.map(({ code, effect, rule }) => [code, effect, rule])).toEqual([['CORRECTION_MISSED', 'GRANTS', 'A-12']]);
    expect(decision.reasons[0]?.message).toContain('by 20 April 2026');
    expect(decision.reasons[0]?.message).toContain('115.20 EUR');
  });

  test('is the same however late it is asked for', () => {
    expect(refundOffer(FACTS, REPAIR.document, at('2027-01-01T00:00:00Z'))).toEqual(refundOffer(FACTS, REPAIR.document, DUE));
  });

  test('is provisional where a day it rests on lies after the calendar’s end', () => {
    const late = refundOffer({ ...FACTS, missedAt: at('2026-12-22T23:00:00Z') }, REPAIR.document, at('2027-02-01T00:00:00Z'));
    expect(late).toMatchObject({ outcome: 'OFFERED', offer: { provisional: true } });
    expect(refundOffer({ ...FACTS, provisional: true }, REPAIR.document, DUE)).toMatchObject({ offer: { provisional: true } });
  });

  const nothing = { purchaseId: 'L1', paidGross: { amountMinor: 0n, currencyCode: 'EUR' } };
  test.each<[string, Partial<RefundFacts>, typeof REPAIR, string, string]>([
    ['REFUND_NOT_PROMISED', {}, PREPAID, '2026-04-20T22:00:00Z', 'this policy has no such remedy'],
    ['CORRECTION_NOT_DUE', {}, REPAIR, '2026-04-20T21:59:59.999Z', 'a millisecond is left (A-09)'],
    ['CORRECTION_NOT_DUE', { correctionDueAt: null }, REPAIR, '2026-04-20T22:00:00Z', 'the customer has not answered (A-10)'],
    ['CORRECTION_NOT_DUE', { correctedAt: at('2026-04-20T21:59:59.999Z') }, REPAIR, '2026-04-21T22:00:00Z', 'corrected in time (A-11)'],
    ['CORRECTION_NOT_DUE', { missedAt: null }, REPAIR, '2026-04-20T22:00:00Z', 'it was not missed'],
    ['NOTHING_PAID', { licence: null }, REPAIR, '2026-04-20T22:00:00Z', 'no licence was bought'],
    ['NOTHING_PAID', { licence: nothing }, REPAIR, '2026-04-20T22:00:00Z', 'a coupon took off everything'],
  ])('is not made: %s, case %#', (code, change, policy, when, _because) => {
    const decision = refundOffer({ ...FACTS, ...change }, policy.document, at(when));
    expect([decision.outcome, decision.reasons.map((reason) => [reason.code, reason.effect])]).toEqual([
      'NOT_OFFERED',
      [[code, 'REFUSES']],
    ]);
  });

  test('is made when the correction came at the very instant that was too late', () => {
    expect(refundOffer({ ...FACTS, correctedAt: DUE }, REPAIR.document, DUE).outcome).toBe('OFFERED');
  });
});
