import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { toGlobalId } from '../../src/use-cases/global-id.js';
import { type GatewayUnderTest, gatewayUnderTest } from './gateway-under-test.js';

let under: GatewayUnderTest;
beforeAll(async () => {
  under = await gatewayUnderTest();
});
afterAll(() => under.close());
beforeEach(() => under.at('2026-03-10T10:00:00Z'));

const purchase = (state: string, of: 'ada' | 'ben' = 'ada') => toGlobalId('Purchase', under.vendor[of].purchases[state] ?? '');

interface ReasonAnswer {
  readonly code: string;
  readonly effect: string;
  readonly message: string;
  readonly rule: string;
  readonly clause: string | null;
  readonly facts: readonly { readonly name: string; readonly value: string }[];
  readonly remedy: string | null;
}
const REASONS = 'reasons { code effect message rule clause facts { name value } remedy }';
const codes = (reasons: readonly ReasonAnswer[]) => reasons.map(({ code }) => code);
const fact = (reason: ReasonAnswer | undefined, name: string) => reason?.facts.find((candidate) => candidate.name === name)?.value;

describe('support of a purchase', () => {
  const query = `query ($id: ID!, $asOf: DateTime) {
    node(id: $id) { ... on Purchase {
      support(asOf: $asOf) { state expiresAt lastDay daysLeft }
      supportTerms { ordinal anchoredOn startsOn endsOn expiresAt origin order { shop orderNumber } }
    } }
  }`;

  test.each([
    {
      of: 'active',
      state: 'ACTIVE',
      lastDay: '2026-04-30',
      expiresAt: '2026-04-30T22:00:00Z',
      daysLeft: 51,
      because: '31 January and three months end with April (A-02)',
    },
    {
      of: 'expiring',
      state: 'EXPIRING',
      lastDay: '2026-03-15',
      expiresAt: '2026-03-15T23:00:00Z',
      daysLeft: 5,
      because: 'five days are at most fourteen',
    },
    {
      of: 'expired',
      state: 'EXPIRED',
      lastDay: '2026-02-28',
      expiresAt: '2026-02-28T23:00:00Z',
      daysLeft: null,
      because: 'February is the shorter month (A-02)',
    },
    {
      of: 'renewed',
      state: 'ACTIVE',
      lastDay: '2026-05-30',
      expiresAt: '2026-05-30T22:00:00Z',
      daysLeft: 81,
      because: 'a renewal counts from the same anchor (A-04)',
    },
    {
      of: 'revoked',
      state: 'REVOKED',
      lastDay: '2026-04-30',
      expiresAt: '2026-04-30T22:00:00Z',
      daysLeft: null,
      because: 'it was taken back (A-03)',
    },
    {
      of: 'prepaid',
      state: 'EXPIRED',
      lastDay: '2026-02-28',
      expiresAt: '2026-02-28T21:00:00Z',
      daysLeft: null,
      because: 'its policy lives at +03:00 (B-03)',
    },
  ])('$of is $state, because $because', async ({ of, state, lastDay, expiresAt, daysLeft }) => {
    const { node } = await under.data('ada', query, { id: purchase(of) });
    expect(node.support).toEqual({ state, lastDay, expiresAt, daysLeft });
  });

  test.each([
    { asOf: '2026-01-31T09:59:59.999Z', state: 'NONE', because: 'nothing was paid for yet' },
    { asOf: '2026-01-31T10:00:00Z', state: 'ACTIVE', because: 'the instant of payment counts' },
    { asOf: '2026-04-30T21:59:59.999Z', state: 'EXPIRING', because: 'the last day counts to its end' },
    { asOf: '2026-04-30T22:00:00Z', state: 'EXPIRED', because: 'at that very instant the right is gone' },
    { asOf: '2026-05-01T00:00:00+02:00', state: 'EXPIRED', because: 'it is the same instant with another offset' },
  ])('at $asOf is $state, because $because', async ({ asOf, state }) => {
    expect((await under.data('ada', query, { id: purchase('active'), asOf })).node.support.state).toBe(state);
  });

  test('is asked about now unless said, and now is the server’s', async () => {
    under.at('2026-04-30T22:00:00Z');
    expect((await under.data('ada', query, { id: purchase('active') })).node.support.state).toBe('EXPIRED');
  });

  test('shows its terms in order, with the order that paid for each', async () => {
    const { node } = await under.data('ada', query, { id: purchase('renewed') });
    expect(node.supportTerms).toEqual([
      {
        ordinal: 1,
        anchoredOn: '2025-11-30',
        startsOn: '2025-11-30',
        endsOn: '2026-02-28',
        expiresAt: '2026-02-28T23:00:00Z',
        origin: 'INCLUDED',
        order: { shop: 'fixture', orderNumber: expect.stringMatching(/^F-/) },
      },
      {
        ordinal: 2,
        anchoredOn: '2025-11-30',
        startsOn: '2026-03-01',
        endsOn: '2026-05-30',
        expiresAt: '2026-05-30T22:00:00Z',
        origin: 'RENEWAL',
        order: null,
      },
    ]);
  });

  test('bought late in the evening in New York begins on the next day in Paris (A-01)', async () => {
    const { node } = await under.data('ben', query, { id: purchase('expired', 'ben') });
    expect(node.supportTerms[0]).toMatchObject({ anchoredOn: '2025-11-30', endsOn: '2026-02-28' });
  });
});

describe('a renewal quote', () => {
  const query = `query ($id: ID!, $periods: Int, $asOf: DateTime) {
    node(id: $id) { ... on Purchase { renewalQuote(periods: $periods, asOf: $asOf) {
      available ${REASONS} price { amount currencyCode } periods startsOn endsOn expiresAt unlocks { version }
    } } }
  }`;
  const quote = async (asker: 'ada' | 'ben', variables: Record<string, unknown>) =>
    (await under.data(asker, query, variables)).node.renewalQuote;

  test.each([
    {
      of: 'active',
      periods: 1,
      amount: '36.00',
      startsOn: '2026-05-01',
      endsOn: '2026-07-31',
      because: 'thirty percent of 120.00, although less was paid (A-07)',
    },
    {
      of: 'active',
      periods: 2,
      amount: '72.00',
      startsOn: '2026-05-01',
      endsOn: '2026-10-31',
      because: 'periods stack on the anchor (A-04)',
    },
    {
      of: 'expired',
      periods: 1,
      amount: '14.99',
      startsOn: '2026-03-10',
      endsOn: '2026-06-10',
      because: '49.95 is rounded half up, and a lapsed term begins anew (A-05)',
    },
  ])('for $periods of $of costs $amount to $endsOn, because $because', async ({ of, periods, amount, startsOn, endsOn }) => {
    expect(await quote('ada', { id: purchase(of), periods })).toMatchObject({
      available: true,
      price: { amount, currencyCode: 'EUR' },
      periods,
      startsOn,
      endsOn,
    });
  });

  test.each([
    { of: 'revoked', code: 'PURCHASE_REVOKED', because: 'there is nothing left to renew' },
    { of: 'prepaid', code: 'RENEWAL_NOT_OFFERED', because: 'the policy does not sell any (B-03)' },
    { of: 'free', code: 'RENEWAL_NOT_PRICED', because: 'the list price is 0 (A-07)' },
  ])('of $of is refused with $code alone, because $because', async ({ of, code }) => {
    const refused = await quote('ada', { id: purchase(of) });
    expect(refused).toMatchObject({ available: false, price: null, startsOn: null, endsOn: null, expiresAt: null, unlocks: [] });
    expect(codes(refused.reasons)).toEqual([code]);
    expect(refused.reasons[0].effect).toBe('REFUSES');
  });

  test.each([0, -1, 2_147_483_647])('for %i periods is refused, not failed', async (periods) => {
    expect(codes((await quote('ada', { id: purchase('active'), periods })).reasons)).toEqual(['RENEWAL_PERIODS_OUT_OF_RANGE']);
  });

  test('is of one period where none is said, even when that is said as null', async () => {
    expect((await quote('ada', { id: purchase('active'), periods: null })).periods).toBe(1);
  });

  test('names what it would unlock: releases after the end, newest first', async () => {
    const { unlocks } = await quote('ben', { id: purchase('expired', 'ben') });
    expect(unlocks.map(({ version }: { version: string }) => version)).toEqual(['2.0.0', '1.2.0']);
  });

  test('says where the conditions say so, and what it looked at', async () => {
    const { reasons } = await quote('ada', { id: purchase('active') });
    expect(reasons[0]).toMatchObject({
      code: 'RENEWAL_OFFERED',
      effect: 'GRANTS',
      rule: 'A-07',
      clause: 'Renewal',
      remedy: 'RENEW_SUPPORT',
    });
    expect(reasons[0].message).toBe(
      'Renewing support for 3 months costs 36.00 EUR net and covers the add-on up to and including 31 July 2026.',
    );
    expect([fact(reasons[0], 'listPrice'), fact(reasons[0], 'rate'), fact(reasons[0], 'price')]).toEqual([
      '120.00 EUR',
      '0.30',
      '36.00 EUR',
    ]);
  });
});

describe('at a moment far from now', () => {
  const terms = (asOf: string) =>
    under.ask(
      'ada',
      `query ($id: ID!, $asOf: DateTime) { node(id: $id) { ... on Purchase {
        renewalQuote(asOf: $asOf) { available endsOn reasons { code } } support(asOf: $asOf) { state } updateAccess(asOf: $asOf) { verdict }
      } } }`,
      { id: purchase('active'), asOf },
    );

  test.each(['1969-12-31T23:59:59Z', '9001-01-01T00:00:00Z', '9999-12-31T23:59:59Z'])('%s is no moment to ask about', async (asOf) => {
    const { status, errors } = await terms(asOf);
    expect([status, errors.map(({ extensions }) => extensions.code)]).toEqual([400, ['BAD_USER_INPUT']]);
    // What the caller wrote is within quotes; how to write it is told to everybody.
    expect(errors[0]?.message).toBe(
      `Variable "$asOf" got invalid value "${asOf}"; DateTime is a string written like 2026-02-28T23:00:00Z. Years 1970 to 9000 are taken.`,
    );
  });

  test('every answer is one, up to the last that may be asked about', async () => {
    const { data, errors } = await terms('9000-12-31T23:59:59Z');
    expect(errors).toEqual([]);
    expect(data.node.renewalQuote).toMatchObject({ available: true, endsOn: expect.stringMatching(/^9001-/) });
  });

  test('before it was bought there is nothing to renew, as there is nothing to update', async () => {
    const { data } = await terms('2026-01-30T00:00:00Z');
    expect(data.node).toMatchObject({
      renewalQuote: { available: false, endsOn: null },
      support: { state: 'NONE' },
      updateAccess: { verdict: 'NOT_ENTITLED' },
    });
    expect(codes(data.node.renewalQuote.reasons)).toContain('NOTHING_PURCHASED');
  });
});
