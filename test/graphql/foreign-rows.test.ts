import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { graphql } from 'graphql';
import { makeContext } from '../../src/graphql/context.js';
import { buildGraphqlSchema } from '../../src/graphql/schema.js';
import { openSession } from '../../src/persistence/session.js';
import { type Actor, SCOPES } from '../../src/use-cases/actor.js';
import { authenticateToken } from '../../src/use-cases/authenticate.js';
import { toGlobalId } from '../../src/use-cases/global-id.js';
import { type Asker, type GatewayUnderTest, gatewayUnderTest, NOTHING } from './gateway-under-test.js';
import { type CustomerUnderTest, recorded } from './vendor-under-test.js';

const schema = buildGraphqlSchema();
let under: GatewayUnderTest;
beforeAll(async () => {
  under = await gatewayUnderTest();
});
afterAll(() => under.close());

/** Global ids of everything that belongs to one customer alone, and what else names it. */
function marksOf({ id, email, stores, purchases }: CustomerUnderTest): string[] {
  return [
    email,
    email.replace('@shop.example', '.example'),
    toGlobalId('Customer', id),
    ...stores.map((store) => toGlobalId('Store', store)),
    ...Object.values(purchases).map((purchase) => toGlobalId('Purchase', purchase)),
  ];
}
const found = (answer: unknown, customer: CustomerUnderTest) => marksOf(customer).filter((mark) => JSON.stringify(answer).includes(mark));

/** Round and round through everything that leads from a purchase to a customer and back. */
const PURCHASE = `
  id customer { id email } storeGroup { id customer { id email } stores { id url customer { id email } } }
  supportTerms { id purchase { id customer { email } } }
`;
const ROUNDABOUT = `
  fragment Bought on Purchase {
    ${PURCHASE}
    customer { stores { id url } purchases(first: 3) { edges { node { id storeGroup { id customer { email } } customer { id email } } } } }
  }
`;

describe('whatever path a customer takes, it comes to its own things', () => {
  test.each(['ada', 'ben'] as const)('from what it is, as %s', async (name) => {
    const own = under.vendor[name];
    const foreign = under.vendor[name === 'ada' ? 'ben' : 'ada'];
    const answers = [
      await under.data(name, `{ viewer { customer { purchases(first: 5) { edges { node { ${PURCHASE} } } } } } }`),
      await under.data(name, `{ purchases(first: 5) { edges { node { ...Bought } } } } ${ROUNDABOUT}`),
      await under.data(name, '{ customers(first: 100) { edges { node { id email stores { id url } } } pageInfo { hasNextPage } } }'),
      await under.data(
        name,
        `query ($id: ID!) { node(id: $id) { ... on Store { id customer { id purchases(first: 9) { edges { node { id } } } } } } }`,
        {
          id: toGlobalId('Store', own.stores[0] ?? ''),
        },
      ),
    ];
    for (const answer of answers) {
      expect(found(answer, own)).not.toEqual([]);
      expect(found(answer, foreign)).toEqual([]);
    }
    expect(answers[2].customers.edges).toHaveLength(1);
    expect(answers[2].customers.pageInfo.hasNextPage).toBe(false);
  });

  test('its purchases are as many as it bought, whoever else bought', async () => {
    const count = async (asker: Asker) =>
      (await under.data(asker, '{ purchases(first: 100) { edges { node { id } } } }')).purchases.edges.length;
    expect(await count('ada')).toBe(Object.keys(under.vendor.ada.purchases).length);
    expect(await count('ben')).toBe(Object.keys(under.vendor.ben.purchases).length);
    expect(await count('staff')).toBe((await count('ada')) + (await count('ben')));
  });

  test('a store sees itself, not its customer, and none of its purchases', async () => {
    const { viewer } = await under.data(
      'adaStore',
      '{ viewer { kind customer { id } store { id url customer { id } latestReading { platformVersion } } } }',
    );
    expect(viewer).toEqual({
      kind: 'STORE',
      customer: null,
      store: {
        id: toGlobalId('Store', under.vendor.ada.stores[0] ?? ''),
        url: 'https://ada.example',
        customer: null,
        latestReading: { platformVersion: 'Magento 2.4.7-p3' },
      },
    });
    const answer = await under.ask('adaStore', '{ viewer { store { purchases { edges { node { id } } } } } }');
    expect(answer.errors.map(({ extensions }) => extensions.code)).toEqual(['FORBIDDEN']);
    expect(found(answer.data, under.vendor.ada)).toEqual([]);
  });

  test('a store does not see the other stores of its customer', async () => {
    const other = await under.data('adaStore', 'query ($id: ID!) { node(id: $id) { id } }', {
      id: toGlobalId('Store', under.vendor.ada.stores[1] ?? ''),
    });
    expect(other).toEqual({ node: null });
  });

  test.each(['customers', 'purchases', 'stores'])('a stranger is shown no %s', async (field) => {
    const answer = await under.ask('anonymous', `{ ${field} { edges { node { id } } } }`);
    expect([answer.status, answer.data, answer.errors[0]?.extensions.code]).toEqual([401, null, 'UNAUTHENTICATED']);
    // A refusal tells everybody what to do, although it names what the request did not.
    expect(answer.errors[0]?.message).toBe('This needs a credential: send "Authorization: Bearer <token>".');
  });
});

describe('nested things need the scope that they need at the root', () => {
  test.each([
    { path: 'purchases(first: 1) { edges { node { storeGroup { id } } } }', because: 'a group of stores is read with STORES_READ' },
    { path: 'customers(first: 1) { edges { node { stores { id } } } }', because: 'so are the stores of a customer' },
  ])('$path is refused to a partner without it, because $because', async ({ path }) => {
    const created = await under.data(
      'staff',
      'mutation { accessTokenCreate(input: { kind: PARTNER, label: "buyers", scopes: [PURCHASES_READ] }) { secret userErrors { code } } }',
    );
    const response = await under.server.inject({
      method: 'POST',
      url: '/graphql',
      payload: { query: `{ ${path} }` },
      headers: { authorization: `Bearer ${created.accessTokenCreate.secret}` },
    });
    expect(response.json().errors.map(({ extensions }: { extensions: { code: string } }) => extensions.code)).toEqual(['FORBIDDEN']);
    expect(response.body).not.toContain('sto_');
  });

  test('whose store it is needs PURCHASES_READ', async () => {
    const created = await under.data(
      'staff',
      'mutation { accessTokenCreate(input: { kind: PARTNER, label: "readers", scopes: [STORES_READ] }) { secret } }',
    );
    const response = await under.server.inject({
      method: 'POST',
      url: '/graphql',
      payload: {
        query: `{ node(id: "${toGlobalId('Store', under.vendor.ada.stores[0] ?? '')}") { ... on Store { url customer { email } } } }`,
      },
      headers: { authorization: `Bearer ${created.accessTokenCreate.secret}` },
    });
    expect(response.json().data).toEqual({ node: { url: 'https://ada.example', customer: null } });
    expect(response.json().errors[0].extensions.code).toBe('FORBIDDEN');
  });
});

describe('the list of stores', () => {
  const urls = async (asker: Asker, args = '(first: 100)') =>
    (await under.data(asker, `{ stores${args} { edges { node { url } } } }`)).stores.edges.map(
      ({ node }: { node: { url: string } }) => node.url,
    );

  test('holds the vendor’s shops for the vendor and its partners, and for everybody else its own', async () => {
    const all = await urls('staff');
    expect(all).toEqual(expect.arrayContaining(['https://ada.example', 'https://ben.example', 'https://staging.ada.example']));
    expect(await urls('partner')).toEqual(all);
    expect(await urls('staff', '(role: VENDOR_SHOP)')).toHaveLength(1);
    expect(await urls('ada')).toEqual(['https://ada.example', 'https://staging.ada.example']);
    expect(await urls('ada', '(role: VENDOR_SHOP)')).toEqual([]);
    expect(await urls('adaStore')).toEqual(['https://ada.example']);
  });

  test('goes on where a page ended', async () => {
    const page = 'query ($after: String) { stores(first: 1, after: $after) { edges { node { url } } pageInfo { hasNextPage endCursor } } }';
    const { stores } = await under.data('ada', page);
    const rest = await under.data('ada', page, { after: stores.pageInfo.endCursor });
    expect([stores.pageInfo.hasNextPage, rest.stores.edges, rest.stores.pageInfo.hasNextPage]).toEqual([
      true,
      [{ node: { url: 'https://staging.ada.example' } }],
      false,
    ]);
  });
});

describe('a cursor says where to go on, and nothing of whose row it was', () => {
  const page = 'query ($after: String) { purchases(first: 1, after: $after) { edges { node { id } } pageInfo { hasNextPage endCursor } } }';

  test('of another customer’s page it goes on among one’s own', async () => {
    await recorded(under.gateway.database, { email: under.vendor.ben.email, sku: 'BLOG', at: '2025-12-01T10:00:00Z' });
    const adas = (await under.data('ada', page)).purchases.pageInfo.endCursor;
    const [moment] = JSON.parse(Buffer.from(adas, 'base64url').toString('utf8'));
    const nobodys = Buffer.from(JSON.stringify([moment, NOTHING])).toString('base64url');
    const withAdas = await under.ask('ben', page, { after: adas });
    expect(withAdas.text).toBe((await under.ask('ben', page, { after: nobodys })).text);
    expect(found(withAdas.data, under.vendor.ada)).toEqual([]);
  });

  test.each([
    { after: 'junk', because: 'it is no JSON' },
    { after: Buffer.from('["2026-01-01T00:00:00Z"]').toString('base64url'), because: 'it has too few keys' },
    { after: Buffer.from('["yesterday","01900000-0000-7000-8000-000000000000"]').toString('base64url'), because: 'the moment is none' },
    {
      after: Buffer.from('["0000-01-01T00:00:00Z","01900000-0000-7000-8000-000000000000"]').toString('base64url'),
      because: 'no database has that year',
    },
    { after: Buffer.from('["2026-01-01T00:00:00Z","1 or 1=1"]').toString('base64url'), because: 'the id is none' },
    { after: Buffer.from('["2026-01-01T00:00:00Z",7]').toString('base64url'), because: 'a key is no text' },
    { after: '', because: 'it is empty' },
  ])('is refused when $because', async ({ after }) => {
    const answer = await under.ask('ada', page, { after });
    expect([answer.status, answer.errors.map(({ extensions }) => extensions.code)]).toEqual([400, ['BAD_USER_INPUT']]);
  });

  test.each(['addons', 'customers'])('of %s may hold no character that the database cannot compare', async (field) => {
    const after = Buffer.from(JSON.stringify(['a\0b'])).toString('base64url');
    const answer = await under.ask('staff', `query ($after: String) { ${field}(after: $after) { edges { cursor } } }`, { after });
    expect(answer.errors.map(({ extensions }) => extensions.code)).toEqual(['BAD_USER_INPUT']);
  });
});

describe('the second net', () => {
  /** Executes as an actor that every filter of the application takes for staff, on a connection that knows better. */
  async function disguised(as: 'ada' | 'adaStore', query: string, variables: Record<string, unknown>) {
    const { gateway, tokens } = under;
    const session = await openSession(gateway.database);
    try {
      expect((await authenticateToken(session, tokens[as], gateway.tokenPepper, gateway.now()))?.customerId).toBe(under.vendor.ada.id);
      const staff: Actor = { kind: 'STAFF', name: 'staff:nobody', scopes: SCOPES, customerId: null, storeId: null };
      return await graphql({
        schema,
        source: query,
        variableValues: variables,
        contextValue: makeContext(gateway, staff, session),
      });
    } finally {
      session.release();
    }
  }
  const ids = () => ({
    customer: toGlobalId('Customer', under.vendor.ben.id),
    purchase: toGlobalId('Purchase', under.vendor.ben.purchases.expired ?? ''),
    store: toGlobalId('Store', under.vendor.ben.stores[0] ?? ''),
  });

  test.each([
    { query: 'query ($purchase: ID!) { it: node(id: $purchase) { id } }', empty: null },
    { query: 'query ($customer: ID!) { it: node(id: $customer) { id } }', empty: null },
    { query: 'query ($store: ID!) { it: node(id: $store) { id } }', empty: null },
    { query: 'query ($customer: ID!) { it: customer(id: $customer) { email } }', empty: null },
    { query: 'query { it: customer(email: "ben@shop.example") { email } }', empty: null },
    {
      query: 'query ($customer: ID!) { it: purchases(filter: { customerId: $customer }) { edges { node { id } } } }',
      empty: { edges: [] },
    },
    { query: 'query ($store: ID!) { it: purchases(filter: { storeId: $store }) { edges { node { id } } } }', empty: { edges: [] } },
    { query: 'query { it: importExceptions { edges { node { message original } } } }', empty: { edges: [] } },
    { query: 'query { it: customers(search: "ben") { edges { node { email } } } }', empty: { edges: [] } },
  ])('shows a customer nothing foreign although the first net is off: $query', async ({ query, empty }) => {
    for (const as of ['ada', 'adaStore'] as const) {
      expect(JSON.parse(JSON.stringify(await disguised(as, query, ids())))).toEqual({ data: { it: empty } });
    }
    // The same question is answered where the connection may see it, so that the emptiness is the net's doing.
    const { text } = await under.ask('staff', query, ids());
    expect(text).not.toBe(JSON.stringify({ status: 200, data: { it: empty }, errors: [] }));
  });

  test.each([
    'query ($customer: ID!) { updateCheck(input: { customerId: $customer, platform: MAGENTO, addons: [{ code: "FILTER" }] }) { checkedAt } }',
    'query ($store: ID!) { updateCheck(input: { storeId: $store, addons: [{ code: "FILTER" }] }) { checkedAt } }',
    'query ($purchase: ID!) { updateAccess(input: { purchaseId: $purchase }) { verdict } }',
    'query ($purchase: ID!) { afterSalesEligibility(input: { purchaseId: $purchase, request: ADVICE }) { verdict } }',
  ])('finds nothing foreign to decide about: %s', async (query) => {
    const { errors } = await disguised('ada', query, ids());
    expect(errors?.map(({ extensions }) => extensions.code)).toEqual(['NOT_FOUND']);
  });
});
