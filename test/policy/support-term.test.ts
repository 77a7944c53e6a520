import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { isCovered, layTerms, nextSpan, supportStatus, type TermPayment, type TermSpan } from '../../src/policy/support-term.js';

const PARIS = 'Europe/Paris';
const at = (text: string) => Temporal.Instant.from(text);

function paid(...instants: string[]): TermPayment[] {
  return instants.map((text, index) => ({ key: `order ${index}`, paidAt: at(text), months: 3 }));
}

function spelled(span: TermSpan | undefined) {
  return span && [span.anchoredOn.toString(), span.endsOn.toString(), span.expiresAt.toString()];
}

describe('the end of a term', () => {
  test.each([
    ['2025-11-30T10:00:00+01:00', '2025-11-30', '2026-02-28', '2026-02-28T23:00:00Z', 'February has no 30th (A-02)'],
    ['2025-11-29T23:30:00-05:00', '2025-11-30', '2026-02-28', '2026-02-28T23:00:00Z', 'in Paris it is the 30th (A-01)'],
    ['2026-01-31T23:59:59.999+01:00', '2026-01-31', '2026-04-30', '2026-04-30T22:00:00Z', 'daylight saving time began in between (A-02)'],
    ['2026-02-01T00:00:00+01:00', '2026-02-01', '2026-05-01', '2026-05-01T22:00:00Z', 'midnight belongs to the new day (A-02)'],
    ['2026-01-31T23:30:00-05:00', '2026-02-01', '2026-05-01', '2026-05-01T22:00:00Z', 'in Paris it is 1 February (A-02)'],
    ['2026-05-31T10:00:00+02:00', '2026-05-31', '2026-08-31', '2026-08-31T22:00:00Z', 'three months are not 90 days (A-02)'],
  ])('paid at %s: anchor %s, last day %s, expires at %s, because %s', (paidAt, anchor, lastDay, expiresAt) => {
    expect(spelled(layTerms(paid(paidAt), PARIS)[0])).toEqual([anchor, lastDay, expiresAt]);
  });

  test('counts days at +03:00, where the end of January in Paris is already February (B-03)', () => {
    expect(spelled(layTerms(paid('2026-01-31T23:59:59.999+01:00'), '+03:00')[0])).toEqual([
      '2026-02-01',
      '2026-05-01',
      '2026-05-01T21:00:00Z',
    ]);
  });
});

describe('renewals', () => {
  test.each([
    [['2025-11-30T10:00:00+01:00', '2026-02-10T10:00:00+01:00'], '2025-11-30', '2026-05-30', 'chaining would give 28 May (A-04)'],
    [
      ['2025-08-31T10:00:00+02:00', '2025-11-01T10:00:00+01:00', '2026-02-01T10:00:00+01:00'],
      '2025-08-31',
      '2026-05-31',
      'the anchor has a 31st and so has May (A-04)',
    ],
    [['2025-11-30T10:00:00+01:00', '2026-02-28T22:59:59.999Z'], '2025-11-30', '2026-05-30', 'it still runs for a millisecond (A-06)'],
    [['2025-11-30T10:00:00+01:00', '2026-02-28T23:00:00Z'], '2026-03-01', '2026-06-01', 'it has just ended (A-06)'],
    [
      ['2025-11-30T10:00:00+01:00', '2026-07-31T10:00:00+02:00'],
      '2026-07-31',
      '2026-10-31',
      'a late renewal has an anchor of its own (A-05)',
    ],
  ])('paid at %j: anchor %s, last day %s, because %s', (instants, anchor, lastDay) => {
    expect(spelled(layTerms(paid(...instants), PARIS).at(-1))?.slice(0, 2)).toEqual([anchor, lastDay]);
  });

  test('a renewal while active says from which day on it covers (A-04)', () => {
    const [first, second] = layTerms(paid('2025-11-30T10:00:00+01:00', '2026-02-10T10:00:00+01:00'), PARIS);
    expect(second?.startsOn.toString()).toBe('2026-03-01');
    expect(second?.startsAt).toEqual(first?.expiresAt);
    expect(second?.ordinal).toBe(2);
  });

  test('periods bought together stack (A-04)', () => {
    const [span] = layTerms([{ key: 'order 0', paidAt: at('2025-08-31T10:00:00+02:00'), months: 9 }], PARIS);
    expect(span?.endsOn.toString()).toBe('2026-05-31');
  });

  test('the same order line seen three times opens one term (A-01)', () => {
    const [payment] = paid('2025-11-30T10:00:00+01:00');
    expect(payment && layTerms([payment, payment, payment], PARIS)).toHaveLength(1);
  });
});

describe('cover', () => {
  const spans = layTerms(paid('2025-11-30T10:00:00+01:00', '2026-07-31T10:00:00+02:00'), PARIS);
  test.each<[string, string | null, boolean, string]>([
    ['2025-11-30T08:59:59.999Z', null, false, 'it was not paid for yet (A-03)'],
    ['2025-11-30T09:00:00Z', null, true, 'the instant of payment counts (A-03)'],
    ['2026-02-28T22:59:59.999Z', null, true, 'the last day counts as a whole (A-03)'],
    ['2026-02-28T23:00:00Z', null, false, 'at that instant the right is gone (A-03)'],
    ['2026-05-01T10:00:00Z', null, false, 'the gap stays uncovered (A-05)'],
    ['2026-08-01T10:00:00Z', null, true, 'a new term runs (A-05)'],
    ['2026-08-01T10:00:00Z', '2026-08-01T10:00:00Z', false, 'the purchase was taken back at that instant (A-03)'],
    ['2026-08-01T10:00:00Z', '2026-08-01T10:00:01Z', true, 'the purchase was taken back a second later (A-03)'],
  ])('at %s, revoked at %s: %s, because %s', (instant, revokedAt, covered) => {
    expect(isCovered({ spans, revokedAt: revokedAt === null ? null : at(revokedAt) }, at(instant))).toBe(covered);
  });

  const policy = { zone: PARIS, term: { expiringWithinDays: 14 } };
  test.each<[string, string, string | null, number | null, string]>([
    ['2025-11-30T08:00:00Z', 'NONE', null, null, 'nothing was paid for yet'],
    ['2026-02-13T22:59:59Z', 'ACTIVE', '2026-02-28', 15, 'in Paris it is still the 13th'],
    ['2026-02-13T23:00:00Z', 'EXPIRING', '2026-02-28', 14, 'in Paris it is the 14th'],
    ['2026-02-28T22:59:59Z', 'EXPIRING', '2026-02-28', 0, 'it is the last day'],
    ['2026-02-28T23:00:00Z', 'EXPIRED', '2026-02-28', null, 'the last day is over'],
    ['2026-07-31T08:00:00Z', 'ACTIVE', '2026-10-31', 92, 'it was renewed at that instant'],
  ])('status at %s is %s to %s with %s days left, because %s', (instant, state, lastDay, daysLeft) => {
    const status = supportStatus({ spans, revokedAt: null }, policy, at(instant));
    expect([status.state, status.lastDay?.toString() ?? null, status.daysLeft]).toEqual([state, lastDay, daysLeft]);
  });

  test('a revoked purchase says so, and when its term would have ended', () => {
    const status = supportStatus({ spans, revokedAt: at('2025-12-24T10:00:00Z') }, policy, at('2026-01-01T10:00:00Z'));
    expect([status.state, status.lastDay?.toString(), status.daysLeft]).toEqual(['REVOKED', '2026-02-28', null]);
  });
});

test.each([
  [0, 'a payment buys something'],
  [1.5, 'months are whole'],
  [Number.NaN, 'it is not a number'],
])('%s months are refused, because %s', (months) => {
  expect(() => layTerms([{ key: 'order 0', paidAt: at('2026-01-01T00:00:00Z'), months }], PARIS)).toThrow(RangeError);
});

test('a span cannot follow one that was paid for later', () => {
  const [later] = layTerms(paid('2026-01-02T00:00:00Z'), PARIS);
  expect(() => nextSpan(later ?? null, { key: 'order 1', paidAt: at('2026-01-01T00:00:00Z'), months: 3 }, PARIS)).toThrow(RangeError);
});

const zones = fc.constantFrom(PARIS, '+03:00', 'America/New_York', 'Pacific/Kiritimati', 'UTC');
const instants = fc
  .integer({ min: Date.parse('2023-01-01'), max: Date.parse('2027-12-31') })
  .map((ms) => Temporal.Instant.fromEpochMilliseconds(ms));
const payments = fc.uniqueArray(fc.record({ key: fc.uuid(), paidAt: instants, months: fc.integer({ min: 1, max: 14 }) }), {
  selector: ({ key }) => key,
  maxLength: 8,
});

describe('laws of terms', () => {
  test('spans follow each other and never overlap', () => {
    fc.assert(
      fc.property(payments, zones, (given, zone) => {
        const spans = layTerms(given, zone);
        expect(spans).toHaveLength(given.length);
        spans.forEach((span, index) => {
          expect(span.ordinal).toBe(index + 1);
          expect(Temporal.PlainDate.compare(span.startsOn, span.endsOn)).toBeLessThanOrEqual(0);
          expect(Temporal.Instant.compare(span.startsAt, span.expiresAt)).toBeLessThan(0);
          const before = spans[index - 1];
          if (!before) return;
          expect(Temporal.PlainDate.compare(before.endsOn, span.startsOn)).toBeLessThan(0);
          expect(Temporal.Instant.compare(before.expiresAt, span.startsAt)).toBeLessThanOrEqual(0);
        });
      }),
    );
  });

  test('the order in which payments are known does not matter', () => {
    fc.assert(
      fc.property(
        payments.chain((given) => fc.tuple(fc.constant(given), fc.shuffledSubarray(given, { minLength: given.length }))),
        zones,
        ([given, shuffled], zone) => {
          expect(layTerms(shuffled, zone)).toEqual(layTerms(given, zone));
        },
      ),
    );
  });

  test('a renewal never shortens cover: its end lies after the end before it, and what was covered stays covered', () => {
    fc.assert(
      fc.property(payments, instants, instants, zones, (given, paidAt, moment, zone) => {
        const before = layTerms(given, zone);
        const latest = given.reduce(
          (last, payment) => (Temporal.Instant.compare(last, payment.paidAt) < 0 ? payment.paidAt : last),
          paidAt,
        );
        const after = layTerms([...given, { key: 'zz', paidAt: latest, months: 3 }], zone);
        const [oldEnd, newEnd] = [before.at(-1)?.expiresAt, after.at(-1)?.expiresAt];
        if (oldEnd && newEnd) expect(Temporal.Instant.compare(oldEnd, newEnd)).toBeLessThan(0);
        if (isCovered({ spans: before, revokedAt: null }, moment)) expect(isCovered({ spans: after, revokedAt: null }, moment)).toBe(true);
      }),
    );
  });

  test('three periods from one anchor end where one of nine months does', () => {
    fc.assert(
      fc.property(instants, zones, (paidAt, zone) => {
        const three = layTerms(
          ['a', 'b', 'c'].map((key) => ({ key, paidAt, months: 3 })),
          zone,
        );
        const [one] = layTerms([{ key: 'a', paidAt, months: 9 }], zone);
        expect(three.at(-1)?.expiresAt).toEqual(one?.expiresAt);
      }),
    );
  });

  test('a later payment does not change how support stood before it', () => {
    fc.assert(
      fc.property(payments, instants, zones, (given, moment, zone) => {
        const policy = { zone, term: { expiringWithinDays: 14 } };
        const known = given.filter(({ paidAt }) => Temporal.Instant.compare(paidAt, moment) <= 0);
        const all = supportStatus({ spans: layTerms(given, zone), revokedAt: null }, policy, moment);
        expect(all).toEqual(supportStatus({ spans: layTerms(known, zone), revokedAt: null }, policy, moment));
        const covered = isCovered({ spans: layTerms(given, zone), revokedAt: null }, moment);
        expect(all.state === 'ACTIVE' || all.state === 'EXPIRING').toBe(covered);
      }),
    );
  });
});
