import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { toGlobalId } from '../../src/use-cases/global-id.js';
import { type Asker, type GatewayUnderTest, gatewayUnderTest, NOTHING, rowPrints } from './gateway-under-test.js';
import { recorded } from './vendor-under-test.js';

let under: GatewayUnderTest;
beforeAll(async () => {
  under = await gatewayUnderTest();
});
afterAll(() => under.close());

const euros = (amount: string) => ({ amount, currencyCode: 'EUR' });
const purchase = (state: string) => toGlobalId('Purchase', under.vendor.ada.purchases[state] ?? '');

const RECORD = `mutation ($input: PurchaseRecordInput!) { it: purchaseRecord(input: $input) {
  purchase {
    id customer { email name } addon { sku } store { url } storeGroup { name stores { url } } order { platform shop orderNumber line } purchasedAt revokedAt revocation
    listPriceAtPurchase { amount currencyCode } paid { amount } advertisedCompatibility { platform edition from to }
    supportPolicy { name version } supportTerms { endsOn expiresAt }
  }
  userErrors { code path message }
} }`;
const RENEW = `mutation ($input: SupportTermRenewInput!) { it: supportTermRenew(input: $input) {
  purchase { id support { state lastDay } } supportTerm { id ordinal origin startsOn endsOn order { orderNumber } purchase { id } }
  userErrors { code path message }
} }`;
const REVOKE = `mutation ($input: PurchaseRevokeInput!) { it: purchaseRevoke(input: $input) {
  purchase { id revokedAt revocation support { state } } userErrors { code path message }
} }`;

const SALE = {
  idempotencyKey: 'a sale',
  sku: 'FILTER',
  customer: { email: ' Cleo@Shop.Example ', name: 'Cleo' },
  shop: 'partner-shop',
  orderNumber: 'P-1',
  line: '7',
  purchasedAt: '2026-01-31T23:59:59.999+01:00',
  listPrice: euros('120.00'),
  paid: euros('96.5'),
};
const record = async (input: object, asker: Asker = 'partner') => (await under.data(asker, RECORD, { input })).it;

interface Mistake {
  readonly code: string;
  readonly path: readonly string[];
}
const mistakes = ({ userErrors }: { userErrors: readonly Mistake[] }) => userErrors.map(({ code, path }) => [code, path.join('.')]);

/** Asks something that must be corrected, and makes sure that nothing was written. */
async function refused(query: string, input: object, asker: Asker = 'partner') {
  const before = await rowPrints(under.gateway);
  const { it } = await under.data(asker, query, { input });
  expect(await rowPrints(under.gateway)).toEqual(before);
  expect(it.userErrors.every(({ message }: { message: string }) => /^[A-Z"a-z].*\.$/.test(message))).toBe(true);
  return it;
}

describe('recording a sale', () => {
  test('answers with the purchase, its first term and what was promised that day', async () => {
    const { purchase: bought, userErrors } = await record(SALE);
    expect(userErrors).toEqual([]);
    expect(bought).toEqual({
      id: expect.stringMatching(/^pur_[0-9a-z]{26}$/),
      customer: { email: 'cleo@shop.example', name: 'Cleo' },
      addon: { sku: 'FILTER' },
      store: null,
      storeGroup: null,
      order: { platform: 'MAGENTO', shop: 'partner-shop', orderNumber: 'P-1', line: '7' },
      purchasedAt: '2026-01-31T22:59:59.999Z',
      revokedAt: null,
      revocation: null,
      listPriceAtPurchase: { amount: '120.00', currencyCode: 'EUR' },
      paid: { amount: '96.50' },
      advertisedCompatibility: [{ platform: 'MAGENTO', edition: null, from: '2.4.4', to: '2.4.6' }],
      supportPolicy: { name: 'technical-support', version: 1 },
      supportTerms: [{ endsOn: '2026-04-30', expiresAt: '2026-04-30T22:00:00Z' }],
    });
  });

  test('again with the same key and body answers the same and writes nothing', async () => {
    const first = await record(SALE);
    const before = await rowPrints(under.gateway);
    expect(await record({ ...SALE, purchasedAt: '2026-01-31T22:59:59.999Z', paid: euros('96.50') })).toEqual(first);
    expect(await rowPrints(under.gateway)).toEqual(before);
  });

  test('with the same key and another body is refused', async () => {
    const it = await refused(RECORD, { ...SALE, line: '8' });
    expect([it.purchase, mistakes(it)]).toEqual([null, [['IDEMPOTENCY_KEY_REUSED', 'input.idempotencyKey']]]);
  });

  test('with the key of another caller is a sale of its own, of the same line', async () => {
    expect((await record(SALE, 'staff')).purchase.id).toBe((await record(SALE)).purchase.id);
  });

  test('at once, many times over, is recorded once', async () => {
    const input = { ...SALE, idempotencyKey: 'at once', orderNumber: 'P-2' };
    const answers = await Promise.all(Array.from({ length: 6 }, () => record(input)));
    expect(new Set(answers.map((answer) => answer.purchase.id)).size).toBe(1);
  });

  test('in a currency without decimals keeps its whole amounts', async () => {
    const yen = (amount: string) => ({ amount, currencyCode: 'JPY' });
    const input = { ...SALE, idempotencyKey: 'yen', orderNumber: 'P-3', listPrice: yen('4985'), paid: yen('4985.0') };
    const { purchase: bought } = await record(input);
    expect(bought.listPriceAtPurchase).toEqual({ amount: '4985', currencyCode: 'JPY' });
    const quoted = await under.data(
      'staff',
      'query ($id: ID!) { node(id: $id) { ... on Purchase { renewalQuote { price { amount } } } } }',
      { id: bought.id },
    );
    expect(quoted.node.renewalQuote.price.amount).toBe('1496');
  });

  test.each([
    { change: { sku: 'NONE' }, mistake: ['NOT_FOUND', 'input.sku'], because: 'no add-on has that SKU' },
    { change: { sku: '  ' }, mistake: ['REQUIRED', 'input.sku'], because: 'blanks say nothing' },
    { change: { shop: 'eu' }, mistake: ['CONFLICT', 'input.shop'], because: 'orders of a connected shop come by import' },
    { change: { customer: { email: 'nobody' } }, mistake: ['INVALID', 'input.customer.email'], because: 'it is no address' },
    { change: { customer: { email: '' } }, mistake: ['REQUIRED', 'input.customer.email'], because: 'a customer is known by its address' },
    {
      change: { customer: { email: 'a@b.example', name: 'n'.repeat(201) } },
      mistake: ['INVALID', 'input.customer.name'],
      because: 'a name has its length',
    },
    { change: { purchasedAt: '2026-03-10T10:00:01Z' }, mistake: ['INVALID', 'input.purchasedAt'], because: 'it lies in the future' },
    {
      change: { purchasedAt: '2024-12-31T10:00:00Z' },
      mistake: ['NOT_AVAILABLE', 'input.purchasedAt'],
      because: 'no conditions were in force then',
    },
    { change: { listPrice: euros('120.001') }, mistake: ['INVALID', 'input.listPrice.amount'], because: 'nothing is rounded' },
    {
      change: { paid: { amount: '999999999999999', currencyCode: 'CLF' }, listPrice: { amount: '1', currencyCode: 'CLF' } },
      mistake: ['INVALID', 'input.paid.amount'],
      because: 'no row holds that much',
    },
    { change: { paid: euros('-1') }, mistake: ['INVALID', 'input.paid.amount'], because: 'an amount is not negative' },
    {
      change: { paid: { amount: '1', currencyCode: 'eur' } },
      mistake: ['INVALID', 'input.paid.currencyCode'],
      because: 'codes have capitals',
    },
    {
      change: { paid: { amount: '1', currencyCode: 'USD' } },
      mistake: ['INVALID', 'input.paid.currencyCode'],
      because: 'both are in one currency',
    },
    { change: { line: 'l'.repeat(201) }, mistake: ['INVALID', 'input.line'], because: 'a line has its length' },
    { change: { idempotencyKey: '' }, mistake: ['REQUIRED', 'input.idempotencyKey'], because: 'a key says which request it is' },
    { change: { sku: 'BLOG', orderNumber: 'P-1', line: '7' }, mistake: ['TAKEN', 'input.line'], because: 'that line is of another add-on' },
  ])('with $change is $mistake, because $because', async ({ change, mistake }) => {
    const it = await refused(RECORD, { ...SALE, idempotencyKey: JSON.stringify(change).slice(0, 100), orderNumber: 'P-9', ...change });
    expect([it.purchase, mistakes(it)]).toEqual([null, [mistake]]);
  });

  test.each([
    { change: { purchasedAt: '2026-01-31' }, because: 'a day is no instant' },
    { change: { purchasedAt: '2026-02-30T10:00:00Z' }, because: 'that day does not exist' },
    { change: { purchasedAt: '0000-01-01T00:00:00Z' }, because: 'no shop sold anything that year' },
    { change: { purchasedAt: '1969-12-31T23:59:59Z' }, because: 'years begin with 1970' },
    { change: { purchasedAt: '9001-01-01T00:00:00Z' }, because: 'years end with 9000' },
    { change: { paid: euros('1e3') }, because: 'it is no plain decimal' },
    { change: { paid: { amount: 96.5, currencyCode: 'EUR' } }, because: 'a float is not exact' },
    { change: { sku: 'FIL\0TER' }, because: 'no text of the database holds U+0000' },
    { change: { sku: 'FIL\ud800TER' }, because: 'half of a pair of surrogates would be stored as another character' },
  ])('with $change is no well-formed request, because $because', async ({ change }) => {
    const answer = await under.ask('partner', RECORD, { input: { ...SALE, ...change } });
    expect([answer.status, answer.errors.map(({ extensions }) => extensions.code)]).toEqual([400, ['BAD_USER_INPUT']]);
  });
});

describe('renewing', () => {
  const renewal = (rest: object = {}) => ({
    idempotencyKey: 'renewal',
    purchaseId: purchase('active'),
    paid: euros('36.00'),
    orderNumber: 'R-7',
    ...rest,
  });
  const renew = async (input: object, asker: Asker = 'partner') => (await under.data(asker, RENEW, { input })).it;

  test.each([
    { change: { paid: euros('35.99') }, mistake: ['CONFLICT', 'input.paid'], because: 'that is not the price quoted' },
    { change: { paid: null }, mistake: ['REQUIRED', 'input.paid'], because: 'a renewal was paid' },
    { change: { periods: 0 }, mistake: ['NOT_AVAILABLE', 'input.purchaseId'], because: 'periods count from 1' },
    { change: { of: 'revoked' }, mistake: ['NOT_AVAILABLE', 'input.purchaseId'], because: 'it was taken back' },
    { change: { of: 'prepaid' }, mistake: ['NOT_AVAILABLE', 'input.purchaseId'], because: 'its policy sells none' },
    { change: { id: NOTHING }, mistake: ['NOT_FOUND', 'input.purchaseId'], because: 'there is no such purchase' },
  ])('with $change is $mistake, because $because', async ({ change, mistake }) => {
    const { of, id, ...rest }: { of?: string; id?: string } = change;
    const purchaseId = id === undefined ? purchase(of ?? 'active') : toGlobalId('Purchase', id);
    const it = await refused(RENEW, renewal({ idempotencyKey: `bad ${JSON.stringify(change)}`, purchaseId, ...rest }));
    expect([it.purchase, it.supportTerm, mistakes(it)]).toEqual([null, null, [mistake]]);
  });

  test('adds a term on the same anchor, once, and answers the same again', async () => {
    const first = await renew(renewal());
    expect(first).toEqual({
      purchase: { id: purchase('active'), support: { state: 'ACTIVE', lastDay: '2026-07-31' } },
      supportTerm: {
        id: expect.stringMatching(/^trm_/),
        ordinal: 2,
        origin: 'RENEWAL',
        startsOn: '2026-05-01',
        endsOn: '2026-07-31',
        order: null,
        purchase: { id: purchase('active') },
      },
      userErrors: [],
    });
    const before = await rowPrints(under.gateway);
    expect(await renew(renewal())).toEqual(first);
    expect(await rowPrints(under.gateway)).toEqual(before);
    expect(mistakes(await refused(RENEW, renewal({ periods: 2, paid: euros('72.00') })))).toEqual([
      ['IDEMPOTENCY_KEY_REUSED', 'input.idempotencyKey'],
    ]);
  });

  const gift = (rest: object = {}) =>
    renewal({ idempotencyKey: 'goodwill', purchaseId: purchase('expired'), paid: null, origin: 'GOODWILL', ...rest });

  test.each([
    { of: 'active', periods: -3, because: 'goodwill does not take away' },
    { of: 'active', periods: 13, because: 'the conditions sell twelve at most' },
    { of: 'prepaid', periods: 13, because: 'twelve are the most where the conditions sell none' },
    { of: 'active', periods: 2_147_483_647, because: 'no calendar reaches that far' },
  ])('$periods periods of $of as goodwill are refused, because $because', async ({ of, periods }) => {
    const it = await refused(RENEW, gift({ idempotencyKey: `gift ${periods}`, purchaseId: purchase(of), periods }), 'staff');
    expect([it.purchase, it.supportTerm, mistakes(it)]).toEqual([null, null, [['INVALID', 'input.periods']]]);
  });

  test.each([purchase, () => toGlobalId('Purchase', NOTHING)])(
    'goodwill is not for a partner to give, whether or not there is such a purchase',
    async (id) => {
      const before = await rowPrints(under.gateway);
      const answer = await under.ask('partner', RENEW, { input: gift({ purchaseId: id('expired') }) });
      expect([answer.status, answer.errors.map(({ extensions }) => extensions.code)]).toEqual([403, ['FORBIDDEN']]);
      expect(await rowPrints(under.gateway)).toEqual(before);
    },
  );

  test('as goodwill of staff costs nothing, and says so', async () => {
    const it = await renew(gift(), 'staff');
    expect(it.supportTerm).toMatchObject({ ordinal: 2, origin: 'GOODWILL', startsOn: '2026-03-10', endsOn: '2026-06-10' });
  });
});

describe('revoking', () => {
  const input = (rest: object = {}) => ({
    idempotencyKey: 'revocation',
    purchaseId: purchase('free'),
    reason: 'BY_AGREEMENT',
    note: 'Both agreed.',
    ...rest,
  });

  test('ends licence and support at once, once', async () => {
    const { it } = await under.data('partner', REVOKE, { input: input() });
    expect(it).toEqual({
      purchase: { id: purchase('free'), revokedAt: '2026-03-10T10:00:00Z', revocation: 'BY_AGREEMENT', support: { state: 'REVOKED' } },
      userErrors: [],
    });
    expect((await under.data('partner', REVOKE, { input: input() })).it).toEqual(it);
    expect(mistakes(await refused(REVOKE, input({ idempotencyKey: 'again' })))).toEqual([['CONFLICT', 'input.purchaseId']]);
    expect(mistakes(await refused(REVOKE, input({ note: ' ' })))).toEqual([['REQUIRED', 'input.note']]);
    expect(mistakes(await refused(REVOKE, input({ note: 'n'.repeat(1_001) })))).toEqual([['INVALID', 'input.note']]);
  });
});

describe('pages of purchases', () => {
  const PAGE = `query ($first: Int, $after: String, $filter: PurchaseFilter) { purchases(first: $first, after: $after, filter: $filter) {
    edges { cursor node { id purchasedAt addon { sku } } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
  } }`;
  const page = async (variables: object) => (await under.data('staff', PAGE, { ...variables })).purchases;
  const idsOf = ({ edges }: { edges: readonly { node: { id: string } }[] }) => edges.map(({ node }) => node.id);
  const filter = () => ({ customerId: toGlobalId('Customer', under.vendor.ben.id) });

  beforeAll(async () => {
    for (let tie = 0; tie < 4; tie += 1) {
      await recorded(under.gateway.database, { email: under.vendor.ben.email, sku: 'BLOG', at: '2026-02-02T10:00:00Z' });
    }
  });

  test.each([1, 2, 3, 100])('by %i go through all of them once, newest first, ties included', async (first) => {
    const seen: string[] = [];
    const moments: string[] = [];
    for (let after: string | null = null, more = true; more; ) {
      const { edges, pageInfo }: Awaited<ReturnType<typeof page>> = await page({ first, after, filter: filter() });
      expect(pageInfo).toMatchObject({ hasPreviousPage: after !== null, startCursor: edges[0].cursor, endCursor: edges.at(-1).cursor });
      seen.push(...idsOf({ edges }));
      moments.push(...edges.map(({ node }: { node: { purchasedAt: string } }) => node.purchasedAt));
      after = pageInfo.endCursor;
      more = pageInfo.hasNextPage;
    }
    expect(seen).toHaveLength(6);
    expect(new Set(seen).size).toBe(6);
    expect(moments).toEqual(moments.toSorted().reverse());
  });

  test('of none are empty, and say whether there is more', async () => {
    const { edges, pageInfo } = await page({ first: 0, filter: filter() });
    expect([edges, pageInfo]).toEqual([[], { hasNextPage: true, hasPreviousPage: false, startCursor: null, endCursor: null }]);
  });

  test.each([-1, 101])('of %i are refused with the bound', async (first) => {
    const { status, errors } = await under.ask('staff', PAGE, { first });
    expect([status, errors[0]?.extensions]).toMatchObject([400, { code: 'PAGE_SIZE_OUT_OF_RANGE', limit: 100 }]);
  });

  test.each([
    { name: 'the add-on', given: { sku: 'MENU' }, found: ['revoked'] },
    { name: 'what was taken back', given: { revoked: true, sku: 'MENU' }, found: ['revoked'] },
    { name: 'what holds', given: { revoked: false, sku: 'MENU' }, found: [] },
    { name: 'the order', given: { orderNumber: 'NONE' }, found: [] },
  ])('are kept to $name by a filter', async ({ given, found }) => {
    expect(idsOf(await page({ filter: given }))).toEqual(found.map(purchase));
  });

  test('are kept to the store by a filter, for whom may see it', async () => {
    const storeId = toGlobalId('Store', under.vendor.ada.stores[0] ?? '');
    expect(idsOf(await page({ filter: { storeId } }))).toEqual([purchase('active')]);
    expect(idsOf((await under.data('ada', PAGE, { filter: { storeId } })).purchases)).toEqual([purchase('active')]);
  });
});
