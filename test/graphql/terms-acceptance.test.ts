import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { toGlobalId } from '../../src/use-cases/global-id.js';
import { publishSupportPolicy } from '../../src/use-cases/support-policy.js';
import { asVendor, day, instant, policyDocument } from '../support/vendor.js';
import { command, mistakes } from './commands.js';
import { type Asker, type GatewayUnderTest, gatewayUnderTest } from './gateway-under-test.js';

const POLICY = 'technical-support';
/** What the second version says; to the first, buying is no acceptance. */
const BY_PURCHASE = { changeMode: 'PIN', acceptance: 'BY_PURCHASE' };

let under: GatewayUnderTest;
beforeAll(async () => {
  under = await gatewayUnderTest();
  await asVendor(under.gateway.database, (em) =>
    publishSupportPolicy(
      em,
      { ...policyDocument(POLICY), title: 'Changed', terms: BY_PURCHASE },
      day('2026-03-01'),
      instant('2026-02-01T00:00:00Z'),
    ),
  );
});
afterAll(() => under.close());

const shownTo = async (asker: Asker, rest = '') =>
  (
    await under.data(
      asker,
      `{ it: termsToAccept(policyName: "${POLICY}"${rest}) { supportPolicy { version contentHash } acceptance { way acceptedAt acceptedBy } } }`,
    )
  ).it;
const ACCEPTED =
  'termsAcceptance { way acceptedAt acceptedBy orderLine supportPolicy { version } } supportPolicy { version } reasons { code rule facts { name value } }';
const accept = (asker: Asker, shown: { version: number; contentHash: string }, rest: object = {}) =>
  command(under, 'termsAccept', ACCEPTED, { policyName: POLICY, ...shown, ...rest }, asker);

describe('support conditions', () => {
  test('are shown in the version in force, accepted by its hash, and shown as accepted then (B-01)', async () => {
    const { supportPolicy, acceptance } = await shownTo('ada');
    expect([supportPolicy.version, acceptance]).toEqual([2, null]);
    const stale = await accept('ada', { version: 1, contentHash: supportPolicy.contentHash });
    expect(stale).toMatchObject({
      termsAcceptance: null,
      supportPolicy: { version: 2 },
      reasons: [{ code: 'TERMS_STALE', rule: 'B-01' }],
      userErrors: [],
    });
    const accepted = { way: 'EXPLICIT', acceptedAt: '2026-03-10T10:00:00Z', acceptedBy: null };
    expect(await accept('ada', supportPolicy)).toMatchObject({
      termsAcceptance: { ...accepted, orderLine: null, supportPolicy: { version: 2 } },
      supportPolicy: { version: 2 },
      reasons: [],
    });
    expect((await shownTo('ada')).acceptance).toEqual(accepted);
    expect((await shownTo('ben')).acceptance).toBeNull();
    const ofAda = `, customerId: "${toGlobalId('Customer', under.vendor.ada.id)}"`;
    expect((await shownTo('staff', ofAda)).acceptance).toMatchObject({
      ...accepted,
      acceptedBy: expect.stringMatching(/^customer:.* by token:/),
    });
    expect(await shownTo('ben', ofAda)).toBeNull();
    expect((await shownTo('staff')).acceptance).toBeNull();
  });

  test.each([
    { asker: 'staff', change: {}, mistake: ['REQUIRED', 'input.customerId'], because: 'staff accept for somebody' },
    {
      asker: 'ada',
      change: { policyName: 'none-such' },
      mistake: ['NOT_FOUND', 'input.policyName'],
      because: 'there are no such conditions',
    },
  ] as const)('are not accepted by $asker with $change, because $because', async ({ asker, change, mistake }) => {
    expect(mistakes(await accept(asker, { version: 2, contentHash: 'x' }, change))).toEqual([mistake]);
  });

  test('that a partner’s buyer was shown are pinned, stale or not, and each acceptance is told', async () => {
    const { supportPolicy } = (await under.data('staff', `{ supportPolicy(name: "${POLICY}", version: 1) { contentHash } }`)) as {
      supportPolicy: { contentHash: string };
    };
    const price = { amount: '120.00', currencyCode: 'EUR' };
    const sale = {
      sku: 'FILTER',
      customer: { email: 'rosa@shop.example' },
      shop: 'stall',
      line: '1',
      purchasedAt: '2026-03-09T10:00:00Z',
      listPrice: price,
      paid: price,
    };
    const record = (orderNumber: string, termsShown: object | null) =>
      command(
        under,
        'purchaseRecord',
        'purchase { supportPolicy { version } customer { id } }',
        { ...sale, idempotencyKey: orderNumber, orderNumber, termsShown },
        'partner',
      );
    const shown = await record('S-1', { version: 1, contentHash: supportPolicy.contentHash });
    const unsaid = await record('S-2', null);
    expect([shown.purchase.supportPolicy.version, unsaid.purchase.supportPolicy.version]).toEqual([1, 2]);
    await record('S-4', null);
    expect(mistakes(await record('S-3', { version: 1, contentHash: 'x' }))).toEqual([['CONFLICT', 'input.termsShown.contentHash']]);
    const query = `query ($id: ID!, $after: String) { customer(id: $id) { termsAcceptances(first: 1, after: $after) {
      edges { node { way orderLine supportPolicy { version } } } pageInfo { hasNextPage endCursor }
    } } }`;
    const page = async (after: string | null) =>
      (await under.data('partner', query, { id: shown.purchase.customer.id, after })).customer.termsAcceptances;
    const newest = await page(null);
    const older = await page(newest.pageInfo.endCursor);
    expect([newest, older].map(({ edges }) => edges[0].node)).toEqual([
      { way: 'BY_PURCHASE', orderLine: 'stall:S-4:1', supportPolicy: { version: 2 } },
      { way: 'BY_PURCHASE', orderLine: 'stall:S-2:1', supportPolicy: { version: 2 } },
    ]);
    expect([newest.pageInfo.hasNextPage, older.pageInfo.hasNextPage]).toEqual([true, false]);
  });

  test('are told for a page of customers in as many statements as for one', async () => {
    const query =
      'query ($first: Int!) { customers(first: $first) { edges { node { termsAcceptances(first: 2) { edges { node { way supportPolicy { version } } } } } } } }';
    const counted: number[] = [];
    for (const first of [1, 3]) {
      await under.data('staff', query, { first });
      under.forgetStatements();
      const { customers } = await under.data('staff', query, { first });
      expect(customers.edges).toHaveLength(first);
      counted.push(under.statements.length);
    }
    expect(counted[1]).toBe(counted[0]);
  });
});
