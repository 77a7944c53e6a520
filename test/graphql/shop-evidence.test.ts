import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Reconciliation } from '../../src/persistence/reconciliation.js';
import { keepProducts, markGone } from '../../src/persistence/shop-product-rows.js';
import { asVendor, instant } from '../support/vendor.js';
import { type Asker, type GatewayUnderTest, gatewayUnderTest } from './gateway-under-test.js';

/** What staff are shown of a shop of the vendor: what reconciliations found, and what it sells. */

let under: GatewayUnderTest;
const code = 'eu';
beforeAll(async () => {
  under = await gatewayUnderTest();
  const { shop } = under.vendor;
  await asVendor(under.gateway.database, async (em) => {
    for (const day of [1, 2, 3]) {
      const startedAt = instant(`2026-03-0${day}T02:00:00Z`);
      const figures = {
        ordersSeen: 100 + day,
        refundsSeen: 7,
        missedOrderCount: day === 2 ? 1 : 0,
        changedOrderCount: 0,
        missedRefundCount: 0,
        goneOrderCount: 0,
      };
      const lists = { missedOrders: day === 2 ? ['45'] : [], changedOrders: [], missedRefunds: [], goneOrders: [] };
      const finishedAt = day === 3 ? null : startedAt.add({ minutes: 5 });
      em.persist(em.create(Reconciliation, { shop, startedAt, finishedAt, doneToId: null, countedToId: null, ...figures, ...lists }));
    }
    const told = (productId: string, sku: string) => ({
      productId,
      sku,
      name: `Product ${productId}`,
      price: productId === '9' ? null : '120.50',
    });
    await keepProducts(em, shop, [told('3', 'OLD')], instant('2026-03-01T02:00:00Z'));
    await keepProducts(
      em,
      shop,
      [told('1', 'FILTER'), told('2', 'MYSTERY'), told('9', 'MYSTERY'), told('5', 'WRAPPING')],
      instant('2026-03-02T02:00:00Z'),
    );
    await markGone(em, shop, instant('2026-03-02T02:00:00Z'), instant('2026-03-02T02:01:00Z'));
  });
});
afterAll(() => under.close());

const PAGE = 'pageInfo { hasNextPage endCursor }';
const RECONCILIATIONS = `query ($shop: String!, $first: Int, $after: String) { it: reconciliations(shop: $shop, first: $first, after: $after) { edges { node {
  startedAt finishedAt ordersSeen refundsSeen missedOrderCount missedOrders changedOrderCount missedRefundCount goneOrderCount
} } ${PAGE} } }`;
const PRODUCTS = `query ($shop: String!, $first: Int, $after: String, $explained: Boolean, $withGone: Boolean) {
  it: shopProducts(shop: $shop, first: $first, after: $after, explained: $explained, withGone: $withGone) { edges { node { sku name price meaning seenAt goneAt } } ${PAGE} }
}`;

interface Page {
  readonly edges: readonly { readonly node: Readonly<Record<string, unknown>> }[];
}
const nodes = ({ edges }: Page) => edges.map(({ node }) => node);
const skus = async (variables: object) =>
  nodes((await under.data('staff', PRODUCTS, { shop: code, ...variables })).it).map(({ sku }) => sku);

describe('reconciliations', () => {
  test('come the newest first, by the page, in one statement', async () => {
    const { it: newest } = await under.data('staff', RECONCILIATIONS, { shop: code, first: 2 });
    expect(nodes(newest)).toEqual([
      expect.objectContaining({ startedAt: '2026-03-03T02:00:00Z', finishedAt: null, ordersSeen: 103, missedOrders: [] }),
      {
        ...{ startedAt: '2026-03-02T02:00:00Z', finishedAt: '2026-03-02T02:05:00Z', ordersSeen: 102, refundsSeen: 7 },
        ...{ missedOrderCount: 1, missedOrders: ['45'], changedOrderCount: 0, missedRefundCount: 0, goneOrderCount: 0 },
      },
    ]);
    under.forgetStatements();
    const { it: rest } = await under.data('staff', RECONCILIATIONS, { shop: code, first: 2, after: newest.pageInfo.endCursor });
    expect(nodes(rest).map(({ ordersSeen }) => ordersSeen)).toEqual([101]);
    expect(under.statements.filter((sql) => sql.includes('reconciliation'))).toHaveLength(1);
  });

  test('with long lists are for small pages', async () => {
    const lists = `query ($shop: String!) { it: reconciliations(shop: $shop, first: 50) { edges { node { missedOrders goneOrders } } } }`;
    expect((await under.ask('staff', lists, { shop: code })).errors.map(({ extensions }) => extensions.code)).toEqual(['QUERY_TOO_COSTLY']);
  });
});

describe('products of a shop', () => {
  test('tell what their SKU means, in one statement', async () => {
    under.forgetStatements();
    const { it } = await under.data('staff', PRODUCTS, { shop: code });
    expect(nodes(it)).toEqual([
      { sku: 'FILTER', name: 'Product 1', price: '120.50', meaning: 'ADDON', seenAt: '2026-03-02T02:00:00Z', goneAt: null },
      { sku: 'MYSTERY', name: 'Product 2', price: '120.50', meaning: null, seenAt: '2026-03-02T02:00:00Z', goneAt: null },
      { sku: 'MYSTERY', name: 'Product 9', price: null, meaning: null, seenAt: '2026-03-02T02:00:00Z', goneAt: null },
      { sku: 'WRAPPING', name: 'Product 5', price: '120.50', meaning: null, seenAt: '2026-03-02T02:00:00Z', goneAt: null },
    ]);
    expect(under.statements.filter((sql) => /shop_product|sku_meaning/.test(sql))).toHaveLength(1);
  });

  test.each([
    [{ explained: true }, ['FILTER'], 'an order of it would be placed'],
    [{ explained: false }, ['MYSTERY', 'MYSTERY', 'WRAPPING'], 'an order of it would wait'],
    [{ withGone: true }, ['FILTER', 'MYSTERY', 'MYSTERY', 'OLD', 'WRAPPING'], 'what was sold once can still be refunded'],
    [{ shop: 'no-such-shop' }, [], 'a shop that is not there sells nothing'],
  ])('by %j are %j: %s', async (variables, expected, _because) => {
    expect(await skus(variables)).toEqual(expected);
  });

  test('come by the page, also where a page ends between two of one SKU', async () => {
    const { it } = await under.data('staff', PRODUCTS, { shop: code, first: 2 });
    expect(it.pageInfo.hasNextPage).toBe(true);
    const { it: rest } = await under.data('staff', PRODUCTS, { shop: code, first: 2, after: it.pageInfo.endCursor });
    expect(nodes(rest).map(({ name }) => name)).toEqual(['Product 9', 'Product 5']);
    expect(rest.pageInfo.hasNextPage).toBe(false);
  });

  test('that are explained are no longer among those that are not', async () => {
    const EXPLAIN = 'mutation ($input: SkuMeaningSaveInput!) { it: skuMeaningSave(input: $input) { userErrors { code } } }';
    await under.data('staff', EXPLAIN, { input: { sku: 'WRAPPING', kind: 'IGNORED' } });
    expect(await skus({ explained: false })).toEqual(['MYSTERY', 'MYSTERY']);
  });
});

describe.each([
  ['reconciliations', RECONCILIATIONS],
  ['shopProducts', PRODUCTS],
])('%s', (_name, query) => {
  test.each<[Asker, string]>([
    ['partner', 'FORBIDDEN'],
    ['ada', 'FORBIDDEN'],
    ['adaStore', 'FORBIDDEN'],
    ['anonymous', 'UNAUTHENTICATED'],
  ])('are not for %s: %s', async (asker, refusal) => {
    const { errors } = await under.ask(asker, query, { shop: code });
    expect(errors.map(({ extensions }) => extensions.code)).toEqual([refusal]);
  });
});
