import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { toGlobalId } from '../../src/use-cases/global-id.js';
import { reportInput } from '../support/store-plugin.js';
import { command } from './commands.js';
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

describe('update access', () => {
  const query = `query ($input: UpdateAccessInput!) {
    updateAccess(input: $input) {
      verdict ${REASONS} newest { version } newestPermitted { version addon { sku } } withheld { release { version kind } ${REASONS} }
      renewalQuote { price { amount } endsOn unlocks { version } }
    }
  }`;
  const access = async (asker: 'ada' | 'ben' | 'benStore', input: Record<string, unknown>) =>
    (await under.data(asker, query, { input })).updateAccess;

  test.each([
    {
      of: 'active',
      input: { installedVersion: '1.1.0', platformVersion: '2.4.7-p3' },
      verdict: 'UPDATE_AVAILABLE',
      permitted: '1.2.0',
      because: 'the term runs',
    },
    {
      of: 'active',
      input: { installedVersion: '1.2.0', platformVersion: '2.4.7-p3' },
      verdict: 'UPDATE_WITHHELD',
      permitted: '1.2.0',
      because: '2.0.0 needs a newer store (A-14)',
    },
    {
      of: 'active',
      input: { installedVersion: '1.1.0', platformVersion: '2.4.8' },
      verdict: 'UPDATE_AVAILABLE',
      permitted: '2.0.0',
      because: 'only 2.0.0 fits that store',
    },
    {
      of: 'active',
      input: { installedVersion: '2.0.0', platformVersion: '2.4.8' },
      verdict: 'UP_TO_DATE',
      permitted: '2.0.0',
      because: 'a pre-release is not offered unasked',
    },
    {
      of: 'active',
      input: { installedVersion: '1.1.0', platformVersion: '2.4.7', channel: 'BETA' },
      verdict: 'UPDATE_AVAILABLE',
      permitted: '2.1.0-beta1',
      because: 'it was asked for',
    },
    {
      of: 'active',
      input: { installedVersion: '1.1.0' },
      verdict: 'UNDETERMINED',
      permitted: null,
      because: 'the version of the store is unknown: never a silent pass (A-14)',
    },
    {
      of: 'revoked',
      input: { platformVersion: '2.4.7' },
      verdict: 'NOT_ENTITLED',
      permitted: null,
      because: 'the purchase was taken back (A-03)',
    },
    {
      of: 'active',
      input: { version: '1.2.1', platformVersion: '2.4.7' },
      verdict: 'UPDATE_WITHHELD',
      permitted: '1.2.0',
      because: 'that release was withdrawn',
    },
    {
      of: 'active',
      input: { version: '1.1', platformVersion: '2.4.7' },
      verdict: 'UPDATE_AVAILABLE',
      permitted: '1.1.0',
      because: '1.1 is another spelling of 1.1.0',
    },
    {
      of: 'active',
      input: { platformVersion: '2.4.7', asOf: '2026-02-15T00:00:00Z' },
      verdict: 'UPDATE_AVAILABLE',
      permitted: '1.1.0',
      because: 'no newer one was out then',
    },
  ])('of $of with $input is $verdict, because $because', async ({ of, input, verdict, permitted }) => {
    const answer = await access('ada', { purchaseId: purchase(of), ...input });
    expect([answer.verdict, answer.newestPermitted?.version ?? null]).toEqual([verdict, permitted]);
    expect(answer.reasons.length).toBeGreaterThan(0);
  });

  test('after the end keeps what was published one second before it, and withholds what came at it (A-20)', async () => {
    const answer = await access('ben', { purchaseId: purchase('expired', 'ben'), installedVersion: '1.1.1', platformVersion: '2.4.6' });
    expect(answer).toMatchObject({
      verdict: 'NOT_ENTITLED',
      newest: { version: '2.0.0' },
      newestPermitted: { version: '1.1.1', addon: { sku: 'FILTER' } },
    });
    expect(codes(answer.reasons)).toEqual(['RELEASE_AFTER_TERM', 'RELEASE_DOES_NOT_FIT', 'NEWEST_PERMITTED']);
    const [decisive] = answer.reasons;
    expect(decisive).toMatchObject({ effect: 'REFUSES', rule: 'A-20', clause: 'Updates', remedy: 'RENEW_SUPPORT' });
    expect([fact(decisive, 'version'), fact(decisive, 'expiresAt')]).toEqual(['2.0.0', '2026-02-28T23:00:00Z']);
    expect(answer.withheld.map(({ release }: { release: { version: string } }) => release.version)).toEqual(['2.0.0', '1.2.0']);
    expect(answer.renewalQuote).toMatchObject({ price: { amount: '36.00' }, endsOn: '2026-06-10' });
    expect(answer.renewalQuote.unlocks.map(({ version }: { version: string }) => version)).toEqual(['2.0.0', '1.2.0']);
  });

  test('leaves fixes open for ever where the policy does (B-27)', async () => {
    const answer = await access('ada', { purchaseId: purchase('prepaid'), installedVersion: '3.0.0', platformVersion: '8.1.7' });
    expect(answer).toMatchObject({ verdict: 'UPDATE_AVAILABLE', newestPermitted: { version: '3.0.1' }, renewalQuote: null });
    expect(answer.withheld.map(({ release }: { release: object }) => release)).toEqual([{ version: '3.1.0', kind: 'MINOR' }]);
  });

  test('to a version that was never published names nothing', async () => {
    const answer = await under.ask('ada', query, { input: { purchaseId: purchase('active'), version: '9.9.9' } });
    expect([answer.status, answer.errors.map(({ extensions }) => extensions.code)]).toEqual([404, ['NOT_FOUND']]);
  });
});

describe('an update check', () => {
  const query = `query ($input: UpdateCheckInput!) {
    updateCheck(input: $input) { checkedAt nextCheckAfter store { id url } results { code installedVersion access {
      verdict ${REASONS} newest { version } newestPermitted { version }
    } } }
  }`;

  test('answers a store by what it last said of itself, code by code, in the order asked', async () => {
    const addons = [
      { code: 'Acme_Filter', installedVersion: '1.1.0' },
      { code: 'NO-SUCH-THING' },
      { code: 'BLOG' },
      { code: 'acme/module-filter', installedVersion: '1.2.0' },
    ];
    const { updateCheck } = await under.data('adaStore', query, { input: { addons } });
    expect(updateCheck).toMatchObject({
      checkedAt: '2026-03-10T10:00:00Z',
      nextCheckAfter: '2026-03-10T22:00:00Z',
      store: { url: 'https://ada.example' },
    });
    expect(updateCheck.results.map(({ code, access }: { code: string; access: { verdict: string } }) => [code, access.verdict])).toEqual([
      ['Acme_Filter', 'UPDATE_AVAILABLE'],
      ['NO-SUCH-THING', 'NOT_ENTITLED'],
      ['BLOG', 'UPDATE_AVAILABLE'],
      ['acme/module-filter', 'UPDATE_WITHHELD'],
    ]);
    expect(codes(updateCheck.results[1].access.reasons)).toEqual(['NOTHING_PURCHASED', 'INSTALLED_VERSION_UNKNOWN']);
  });

  test('for a store leaves out what was bought for another', async () => {
    const input = { addons: [{ code: 'EXPORT' }], platform: 'PRESTASHOP', platformVersion: '8.1.7' };
    expect((await under.data('adaStore', query, { input })).updateCheck.results[0].access.verdict).toBe('NOT_ENTITLED');
    expect((await under.data('ada', query, { input })).updateCheck.results[0].access.verdict).toBe('UPDATE_AVAILABLE');
  });

  test.each([
    { input: { addons: [] }, because: 'there is nothing to check' },
    { input: { addons: [{ code: 'A' }, { code: 'A' }] }, because: 'a code stands there twice' },
    { input: { addons: Array.from({ length: 101 }, (_, index) => ({ code: String(index) })) }, because: 'there are more than a hundred' },
    { input: { addons: [{ code: 'x'.repeat(201) }] }, because: 'a code is too long' },
  ])('is refused when $because', async ({ input }) => {
    const answer = await under.ask('adaStore', query, { input });
    expect([answer.status, answer.errors.map(({ extensions }) => extensions.code)]).toEqual([400, ['BAD_USER_INPUT']]);
  });

  test.each([
    { input: { addons: [{ code: 'A' }] }, because: 'nobody is named to ask for' },
    { input: { addons: [{ code: 'A' }], customerId: 'ADA' }, because: 'the platform is not said' },
  ])('of staff is refused when $because', async ({ input }) => {
    const customerId = 'customerId' in input ? toGlobalId('Customer', under.vendor.ada.id) : undefined;
    const answer = await under.ask('staff', query, { input: { ...input, customerId } });
    expect(answer.errors.map(({ extensions }) => extensions.code)).toEqual(['BAD_USER_INPUT']);
  });
});

describe('after-sales eligibility', () => {
  const query = `query ($input: AfterSalesEligibilityInput!) {
    afterSalesEligibility(input: $input) {
      verdict coverage charge ${REASONS} supportPolicy { name version } storeReading { readAt platformVersion installed { code version } } decidedAt
    }
  }`;
  const ask = async (input: Record<string, unknown>, asker: 'ada' | 'ben' = 'ada') =>
    (await under.data(asker, query, { input })).afterSalesEligibility;

  test.each([
    {
      of: 'active',
      request: 'CORRECTION',
      verdict: 'ENTITLED',
      coverage: 'CORRECTION',
      charge: 'FREE',
      because: 'the term runs and the store fits (A-13, A-14)',
    },
    {
      of: 'active',
      request: 'ADVICE',
      verdict: 'NEEDS_INFO',
      coverage: 'ADVICE',
      charge: 'FREE',
      because: 'it is not said whether it needs work on the store, which is not included (A-17)',
    },
    {
      of: 'active',
      request: 'STORE_INTERVENTION',
      verdict: 'NOT_ENTITLED',
      coverage: 'NONE',
      charge: 'NONE',
      because: 'work on the store is not (A-17)',
    },
    { of: 'expired', request: 'ADVICE', verdict: 'NOT_ENTITLED', coverage: 'NONE', charge: 'NONE', because: 'the term has ended' },
    { of: 'revoked', request: 'ADVICE', verdict: 'NOT_ENTITLED', coverage: 'NONE', charge: 'NONE', because: 'the purchase was taken back' },
    {
      of: 'renewed',
      request: 'CORRECTION',
      verdict: 'UNDETERMINED',
      coverage: 'CORRECTION',
      charge: 'FREE',
      because: 'no store says what it runs; it would be a free correction (A-14)',
    },
    {
      of: 'prepaid',
      request: 'ADVICE',
      verdict: 'NEEDS_INFO',
      coverage: 'ADVICE',
      charge: 'FREE',
      because: 'it is not said whether it needs work on the store; it would be free advice (B-25)',
    },
  ])('of $of for $request is $verdict, because $because', async ({ of, request, verdict, coverage, charge }) => {
    const answer = await ask({ purchaseId: purchase(of), request });
    expect(answer).toMatchObject({ verdict, coverage, charge, decidedAt: '2026-03-10T10:00:00Z' });
    expect(answer.reasons.length).toBeGreaterThan(0);
  });

  test('for advice without work on the store is free after the term under prepaid support (B-25)', async () => {
    expect(await ask({ purchaseId: purchase('prepaid'), request: 'ADVICE', needsWorkOnHost: false })).toMatchObject({
      verdict: 'ENTITLED',
      coverage: 'ADVICE',
      charge: 'FREE',
      supportPolicy: { name: 'prepaid-support', version: 1 },
    });
  });

  test('tells the reading that it rests on, and the clause that decides', async () => {
    const answer = await ask({ purchaseId: purchase('expired', 'ben'), request: 'CORRECTION' }, 'ben');
    expect(answer.storeReading).toEqual({
      readAt: '2026-03-09T08:00:00Z',
      platformVersion: 'Magento 2.4.6',
      installed: [{ code: 'acme/module-filter', version: '1.1.0' }],
    });
    expect(answer.reasons[0]).toMatchObject({ code: 'SUPPORT_TERM_ENDED', effect: 'REFUSES', remedy: 'RENEW_SUPPORT' });
    expect(answer.reasons[0].clause).not.toBeNull();
    expect(answer.reasons[0].rule).toMatch(/^A-\d\d$/);
  });

  test('takes what the asker states where no reading tells it, and the reading before that', async () => {
    const stated = { request: 'CORRECTION', platformVersion: '2.4.7' };
    expect(await ask({ purchaseId: purchase('renewed'), ...stated })).toMatchObject({ verdict: 'ENTITLED', storeReading: null });
    const read = await ask({ purchaseId: purchase('active'), ...stated, platformVersion: '2.3.0' });
    expect(read).toMatchObject({ verdict: 'ENTITLED', storeReading: { platformVersion: 'Magento 2.4.7-p3' } });
  });

  test('at another moment is asked of the facts of that moment', async () => {
    const input = { purchaseId: purchase('expired'), request: 'CORRECTION', platformVersion: '2.4.6' };
    expect((await ask({ ...input, asOf: '2026-02-28T22:59:59.999Z' })).verdict).toBe('ENTITLED');
    expect((await ask({ ...input, asOf: '2026-02-28T23:00:00Z' })).verdict).toBe('NOT_ENTITLED');
  });
});

test('an update check as of a moment rests on what the store was known to run then', async () => {
  const report = (platformVersion: string) =>
    under.data('adaStore', 'mutation ($input: StoreReportInput!) { storeReport(input: $input) { userErrors { code } } }', {
      input: reportInput({ id: under.vendor.ada.stores[0] ?? '', url: 'https://ada.example' }, '2026-03-10T10:00:00Z', { platformVersion }),
    });
  const declare = (platformVersion: string) =>
    command(under, 'storeDeclare', '', { storeId: toGlobalId('Store', under.vendor.ada.stores[0] ?? ''), platformVersion }, 'ada');
  await report('2.4.8');
  const told = async (asOf: string | null) =>
    (
      await under.data(
        'adaStore',
        `query ($asOf: DateTime) { updateCheck(input: { addons: [{ code: "FILTER" }], asOf: $asOf }) { storeReading { platformVersion } } }`,
        { asOf },
      )
    ).updateCheck.storeReading?.platformVersion ?? null;
  expect([await told('2026-03-08T00:00:00Z'), await told('2026-03-09T12:00:00Z'), await told(null)]).toEqual([
    null,
    'Magento 2.4.7-p3',
    'Magento 2.4.8',
  ]);
  await declare('2.4');
  expect(await told(null)).toBe('Magento 2.4.8');
});
