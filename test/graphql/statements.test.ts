import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { toGlobalId } from '../../src/use-cases/global-id.js';
import { asVendor, sell } from '../support/vendor.js';
import { type Asker, type GatewayUnderTest, gatewayUnderTest } from './gateway-under-test.js';
import { recorded } from './vendor-under-test.js';

const MANY = 100;
const PURCHASES = 60;
const skus = Array.from({ length: MANY }, (_, index) => `BULK-${index + 1}`);

let under: GatewayUnderTest;
beforeAll(async () => {
  under = await gatewayUnderTest();
  const { database } = under.gateway;
  const releases = [
    { version: '1.0.0', publishedAt: '2025-06-01T09:00:00Z' },
    { version: '1.1.0', publishedAt: '2026-03-01T09:00:00Z' },
  ];
  await sell(database, { sku: 'BULK-1', releases });
  await copyAddon('BULK-1', skus.slice(1));
  for (const [index, sku] of skus.slice(0, PURCHASES).entries()) {
    // Every second one ended before the newer release was published, so that half of the answers quote a renewal.
    const at = index % 2 === 0 ? '2025-10-01T10:00:00Z' : '2026-01-15T10:00:00Z';
    await recorded(database, { email: under.vendor.ada.email, sku, at });
  }
});
afterAll(() => under.close());

/** Add-ons like one that is there, with its releases: a hundred through the use cases would take seconds. */
function copyAddon(sku: string, copies: readonly string[]): Promise<void> {
  return asVendor(under.gateway.database, async (em) => {
    const run = (sql: string, values: unknown[]) => em.getConnection().execute(sql, values, 'run', em.getTransactionContext());
    await run(
      `insert into addon (id, sku, name, platform, list_price_minor, currency_code, support_policy_name, created_at)
       select gen_random_uuid(), copy, copy, platform, list_price_minor, currency_code, support_policy_name, created_at
       from addon, jsonb_array_elements_text(?::jsonb) as copy where sku = ?`,
      [JSON.stringify(copies), sku],
    );
    await run(
      `insert into release (id, addon_id, version, version_sort_key, channel, kind, published_at, compatibility, changelog)
       select gen_random_uuid(), copy.id, version, version_sort_key, channel, kind, published_at, compatibility, changelog
       from release join addon on addon.id = addon_id and addon.sku = ?, addon as copy
       where copy.sku in (select jsonb_array_elements_text(?::jsonb))`,
      [sku, JSON.stringify(copies)],
    );
  });
}

/** Asks once, so that the token's use is noted and policies are at hand, and again; returns the answer and what was sent for it. */
async function asked(asker: Asker, query: string, variables?: Record<string, unknown>) {
  await under.data(asker, query, variables);
  under.forgetStatements();
  const data = await under.data(asker, query, variables);
  return { data, statements: [...under.statements] };
}

describe('an update check', () => {
  const query = `query ($input: UpdateCheckInput!) {
    updateCheck(input: $input) { results { code access { verdict reasons { code } newest { version } newestPermitted { version } renewalQuote { price { amount } } } } }
  }`;

  test.each([1, 20, MANY])('of %i add-ons takes two statements, authentication included, prices and all', async (count) => {
    const addons = skus.slice(0, count).map((code) => ({ code, installedVersion: '1.0.0' }));
    const { data, statements } = await asked('adaStore', query, { input: { platform: 'MAGENTO', platformVersion: '2.4.7-p3', addons } });
    expect(data.updateCheck.results.map(({ code }: { code: string }) => code)).toEqual(addons.map(({ code }) => code));
    expect(data.updateCheck.results[0].access).toMatchObject({ verdict: 'NOT_ENTITLED', renewalQuote: { price: { amount: '36.00' } } });
    expect(statements).toHaveLength(2);
  });

  const storeId = () => toGlobalId('Store', under.vendor.ada.stores[0] ?? '');
  const customerId = () => toGlobalId('Customer', under.vendor.ada.id);
  const stated = { platform: 'MAGENTO', platformVersion: '2.4.7-p3' };
  const forms: readonly { readonly as: Asker; readonly leaves: string; readonly input: () => object }[] = [
    { as: 'adaStore', leaves: 'platform and version', input: () => ({}) },
    { as: 'adaStore', leaves: 'the platform', input: () => ({ platformVersion: '2.4.7-p3' }) },
    { as: 'adaStore', leaves: 'the version', input: () => ({ platform: 'MAGENTO', storeId: storeId(), customerId: customerId() }) },
    { as: 'ada', leaves: 'the store', input: () => stated },
    { as: 'ada', leaves: 'store and version', input: () => ({ platform: 'MAGENTO' }) },
    ...(['ada', 'partner', 'staff'] as const).flatMap((as) => [
      { as, leaves: 'all but the store', input: () => ({ storeId: storeId() }) },
      { as, leaves: 'nothing, for a store', input: () => ({ ...stated, storeId: storeId(), customerId: customerId() }) },
      { as, leaves: 'all but customer and platform', input: () => ({ platform: 'MAGENTO', customerId: customerId() }) },
      { as, leaves: 'the moment aside nothing', input: () => ({ ...stated, customerId: customerId(), asOf: '2026-03-09T12:00:00Z' }) },
      { as, leaves: 'the version, at a moment', input: () => ({ storeId: storeId(), asOf: '2026-03-09T12:00:00Z' }) },
    ]),
  ];
  test.each(forms)('of $as that leaves out $leaves takes three at most', async ({ as, input }) => {
    const addons = skus.slice(0, 3).map((code) => ({ code, installedVersion: '1.0.0' }));
    const { data, statements } = await asked(as, query, { input: { ...input(), addons } });
    expect(data.updateCheck.results[0].access).toMatchObject({ renewalQuote: { price: { amount: '36.00' } } });
    expect(statements.length).toBeLessThanOrEqual(3);
  });

  test('that has nothing to quote takes two', async () => {
    const input = { platform: 'MAGENTO', platformVersion: '2.4.7-p3', addons: [{ code: 'BULK-2', installedVersion: '1.0.0' }] };
    expect((await asked('adaStore', query, { input })).statements).toHaveLength(2);
  });
});

describe('the page of a dashboard', () => {
  const query = `query ($first: Int!) {
    viewer { customer { email purchases(first: $first) { edges { node {
      id purchasedAt addon { sku name newestRelease { version } } supportTerms { startsOn endsOn } support { state daysLeft }
    } } pageInfo { hasNextPage } } } }
  }`;

  test.each([5, 20, 50])('with %i purchases takes six statements, authentication included', async (first) => {
    const { data, statements } = await asked('ada', query, { first });
    expect(data.viewer.customer.purchases.edges).toHaveLength(first);
    expect(statements).toHaveLength(6);
  });
});

describe('however long the page, as many statements', () => {
  test.each([
    { name: 'what may be updated', field: 'updateAccess(platformVersion: "2.4.7") { verdict renewalQuote { price { amount } } }' },
    { name: 'what renewing costs and unlocks', field: 'renewalQuote { price { amount } endsOn unlocks { version } }' },
    {
      name: 'conditions, store and order',
      field: 'supportPolicy { name } addon { supportPolicy { version } } storeGroup { name stores { url latestReading { readAt } } }',
    },
    { name: 'releases of the add-on', field: 'addon { releases(first: 2) { edges { node { version addon { sku } } } } }' },
  ])('of purchases with $name', async ({ field }) => {
    const query = `query ($first: Int!) { purchases(first: $first) { edges { node { id ${field} } } } }`;
    const short = await asked('ada', query, { first: 40 });
    const long = await asked('ada', query, { first: 60 });
    expect(long.data.purchases.edges).toHaveLength(60);
    expect(long.statements.length).toBe(short.statements.length);
    expect(long.statements.length).toBeLessThanOrEqual(9);
  });

  test('of add-ons with their newest release, releases and conditions', async () => {
    const query = `query ($first: Int!) {
      addons(first: $first) { edges { node { sku newestRelease { version } supportPolicy { version } releases(first: 1) { edges { node { version } } } } } }
    }`;
    const short = await asked('staff', query, { first: 2 });
    const long = await asked('staff', query, { first: 90 });
    expect(long.data.addons.edges).toHaveLength(90);
    expect(long.statements.length).toBe(short.statements.length);
  });

  test('of customers with their purchases and stores', async () => {
    const query = `query ($first: Int!) {
      customers(first: $first) { edges { node { email stores { url latestReading { platformVersion } sources { standing platformVersion } } purchases(first: 3) { edges { node { addon { sku } } } } } } }
    }`;
    const short = await asked('staff', query, { first: 1 });
    const long = await asked('staff', query, { first: 2 });
    expect(long.data.customers.edges.map(({ node }: { node: { purchases: { edges: unknown[] } } }) => node.purchases.edges.length)).toEqual(
      [3, 2],
    );
    expect(long.statements.length).toBe(short.statements.length);
  });

  test('of import exceptions with their orders', async () => {
    const query = 'query ($first: Int!) { importExceptions(first: $first) { edges { node { code order { shop platform } } } } }';
    const short = await asked('staff', query, { first: 1 });
    const long = await asked('staff', query, { first: 2 });
    expect(long.data.importExceptions.edges).toHaveLength(2);
    expect(long.statements.length).toBe(short.statements.length);
  });
});

test('a quote at each of many moments takes no more statements than at one', async () => {
  const quotes = (count: number) =>
    Array.from(
      { length: count },
      (_, day) => `q${day}: renewalQuote(asOf: "2026-02-${10 + (day % 15)}T0${day % 9}:00:00Z") { price { amount } unlocks { version } }`,
    );
  const query = (count: number) => `{ purchases(first: 1) { edges { node { ${quotes(count).join(' ')} } } } }`;
  const one = await asked('ada', query(1));
  const many = await asked('ada', query(29));
  expect(many.statements.length).toBe(one.statements.length);
});

describe('a query', () => {
  const WRITES = /\b(insert\s+into|update\s+"?\w+"?\s+set|delete\s+from|truncate)\b/i;

  test('writes nothing, but when its token was last used, at most every five minutes', async () => {
    under.at('2026-03-11T10:00:00Z');
    under.forgetStatements();
    for (const query of [
      '{ viewer { kind customer { email } } }',
      '{ purchases { edges { node { support { state } renewalQuote { price { amount } } updateAccess { verdict } } } } }',
      '{ addons { edges { node { newestRelease { version } } } } }',
      `{ updateCheck(input: { platform: MAGENTO, addons: [{ code: "FILTER" }] }) { results { access { verdict } } } }`,
    ]) {
      await under.data('ada', query);
    }
    expect(under.statements.filter((sql) => WRITES.test(sql))).toEqual(['update access_token set last_used_at = $2 where id = $1']);
    expect(under.statements.filter((sql) => /^\s*(begin|commit)/i.test(sql))).toEqual([]);
  });

  test('of a stranger or with a junk token opens no connection', async () => {
    under.forgetStatements();
    await under.ask('anonymous', '{ viewer { kind } purchases { edges { cursor } } }');
    const junk = await under.server.inject({
      method: 'POST',
      url: '/graphql',
      payload: { query: '{ viewer { kind } }' },
      headers: { authorization: `Bearer tnr_staff_${'A'.repeat(36)}` },
    });
    expect(junk.statusCode).toBe(401);
    expect(under.statements).toEqual([]);
  });
});
