import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { policyDocument } from '../support/vendor.js';
import { command, refusal } from './commands.js';
import { type GatewayUnderTest, gatewayUnderTest } from './gateway-under-test.js';

let under: GatewayUnderTest;
beforeAll(async () => {
  under = await gatewayUnderTest();
});
afterAll(() => under.close());

describe('add-ons', () => {
  const FIELDS =
    'addon { id sku name platform packageName moduleName listPrice { amount currencyCode } supportPolicy { name version } newestRelease { version } }';
  const addon = (rest: object = {}) => ({
    sku: 'CHAT',
    name: 'Chat',
    platform: 'MAGENTO',
    packageName: 'acme/chat',
    listPrice: { amount: '49.95', currencyCode: 'EUR' },
    supportPolicy: 'technical-support',
    ...rest,
  });

  test('are made, found again by SKU and by id, and changed', async () => {
    const made = await command(under, 'addonSave', FIELDS, addon());
    expect(made).toMatchObject({
      userErrors: [],
      addon: {
        sku: 'CHAT',
        moduleName: null,
        listPrice: { amount: '49.95', currencyCode: 'EUR' },
        supportPolicy: { version: 1 },
        newestRelease: null,
      },
    });
    const found = await under.data('ada', `query ($id: ID!) { addon(sku: "CHAT") { id name } node(id: $id) { ... on Addon { sku } } }`, {
      id: made.addon.id,
    });
    expect(found).toEqual({ addon: { id: made.addon.id, name: 'Chat' }, node: { sku: 'CHAT' } });
    const changed = await command(under, 'addonSave', FIELDS, addon({ name: 'Chat 2', listPrice: { amount: '59', currencyCode: 'EUR' } }));
    expect(changed.addon).toMatchObject({ id: made.addon.id, name: 'Chat 2', listPrice: { amount: '59.00' } });
  });

  test.each([
    { change: { platform: 'PRESTASHOP' }, mistake: ['CONFLICT', 'input.platform'], because: 'an add-on keeps its platform' },
    { change: { sku: 'OTHER' }, mistake: ['TAKEN', 'input.packageName'], because: 'the package belongs to CHAT' },
    { change: { packageName: 'Chat' }, mistake: ['INVALID', 'input.packageName'], because: 'a package has a vendor' },
    { change: { supportPolicy: 'none' }, mistake: ['NOT_FOUND', 'input.supportPolicy'], because: 'no such conditions are published' },
    {
      change: { listPrice: { amount: '1', currencyCode: 'EURO' } },
      mistake: ['INVALID', 'input.listPrice.currencyCode'],
      because: 'a code has three letters',
    },
    { change: { name: '' }, mistake: ['REQUIRED', 'input.name'], because: 'it must be called something' },
  ])('with $change are $mistake, because $because', async ({ change, mistake }) => {
    expect(await refusal(under, 'addonSave', FIELDS, addon(change))).toEqual([mistake]);
  });

  test('come in the order of their SKUs, by platform and page', async () => {
    const query =
      'query ($after: String) { addons(platform: PRESTASHOP, first: 1, after: $after) { edges { node { sku } } pageInfo { hasNextPage endCursor } } }';
    const { addons: first } = await under.data('ada', query);
    const { addons: second } = await under.data('ada', query, { after: first.pageInfo.endCursor });
    expect([first, second].map(({ edges, pageInfo }) => [edges[0].node.sku, pageInfo.hasNextPage])).toEqual([
      ['EXPORT', true],
      ['REVIEWS', false],
    ]);
  });
});

describe('releases', () => {
  const FIELDS =
    'release { id version channel kind publishedAt withdrawnAt changelog { kind summary reference } compatibility { from to edition } addon { sku } }';
  const range = { platform: 'MAGENTO', from: '2.4.4', to: '2.4.7' };
  const build = (rest: object = {}) => ({
    addonSku: 'BLOG',
    version: '1.1.0',
    kind: 'BUGFIX',
    compatibility: [range],
    changelog: [{ kind: 'FIXED', summary: 'Mends.' }],
    ...rest,
  });

  test('are published once, offered, and withdrawn from every answer', async () => {
    const made = await command(under, 'releasePublish', FIELDS, build());
    expect(made.release).toMatchObject({
      version: '1.1.0',
      channel: 'STABLE',
      publishedAt: '2026-03-10T10:00:00Z',
      withdrawnAt: null,
      changelog: [{ kind: 'FIXED', summary: 'Mends.', reference: null }],
      addon: { sku: 'BLOG' },
    });
    expect((await command(under, 'releasePublish', FIELDS, build())).release).toEqual(made.release);
    const newest = async () =>
      (await under.data('ada', '{ addon(sku: "BLOG") { newestRelease { version } releases { edges { node { version withdrawnAt } } } } }'))
        .addon;
    expect((await newest()).newestRelease).toEqual({ version: '1.1.0' });
    const withdrawn = await command(under, 'releaseWithdraw', FIELDS, { releaseId: made.release.id });
    expect(withdrawn.release.withdrawnAt).toBe('2026-03-10T10:00:00Z');
    expect(await newest()).toMatchObject({
      newestRelease: { version: '1.0.0' },
      releases: {
        edges: [{ node: { version: '1.1.0', withdrawnAt: '2026-03-10T10:00:00Z' } }, { node: { version: '1.0.0', withdrawnAt: null } }],
      },
    });
  });

  test.each([
    { change: { addonSku: 'NONE' }, mistake: ['NOT_FOUND', 'input.addonSku'], because: 'no add-on has that SKU' },
    { change: { version: 'one' }, mistake: ['INVALID', 'input.version'], because: 'it is no version' },
    { change: { kind: 'MAJOR' }, mistake: ['TAKEN', 'input.version'], because: 'a published version never changes' },
    { change: { compatibility: [] }, mistake: ['REQUIRED', 'input.compatibility'], because: 'nothing would be supported' },
    {
      change: { compatibility: [range, { platform: 'PRESTASHOP', from: '8.0' }] },
      mistake: ['INVALID', 'input.compatibility.1'],
      because: 'the add-on is for Magento',
    },
    {
      change: { compatibility: [{ ...range, from: '2.4.8' }] },
      mistake: ['INVALID', 'input.compatibility.0'],
      because: 'the ends are the wrong way round',
    },
    {
      change: { compatibility: Array.from({ length: 21 }, () => range) },
      mistake: ['INVALID', 'input.compatibility'],
      because: 'there are more than 20 ranges',
    },
    {
      change: {
        changelog: [
          { kind: 'FIXED', summary: 'A.' },
          { kind: 'FIXED', summary: ' ' },
        ],
      },
      mistake: ['REQUIRED', 'input.changelog.1.summary'],
      because: 'the second entry says nothing',
    },
    {
      change: { changelog: [{ kind: 'FIXED', summary: 'A.', reference: 'r'.repeat(201) }] },
      mistake: ['INVALID', 'input.changelog.0.reference'],
      because: 'a reference has its length',
    },
  ])('with $change are $mistake, because $because', async ({ change, mistake }) => {
    expect(await refusal(under, 'releasePublish', FIELDS, build(change))).toEqual([mistake]);
  });
});

const inZone = (zone: string) => {
  const document = policyDocument('technical-support');
  return { ...document, zone, calendar: { ...(document.calendar as object), zone } };
};

describe('support policies', () => {
  const FIELDS = 'supportPolicy { id name version effectiveFrom contentHash publishedAt gaps { parameter value note } }';

  test('answer with the version in force, and with any by its number', async () => {
    const { now, one, two } = await under.data(
      'ada',
      '{ now: supportPolicy(name: "technical-support") { version effectiveFrom gaps { parameter } } one: supportPolicy(name: "technical-support", version: 1) { version } two: supportPolicy(name: "technical-support", version: 9) { version } }',
    );
    expect(now).toMatchObject({ version: 1, effectiveFrom: '2025-01-01' });
    expect(now.gaps.map(({ parameter }: { parameter: string }) => parameter)).toContain('term.expiringWithinDays');
    expect([one, two]).toEqual([{ version: 1 }, null]);
  });

  test('are published once with their gaps, on the day of their own zone', async () => {
    const document = { ...policyDocument('prepaid-support'), title: 'A new edition' };
    // It is already the 11th at +03:00, where these conditions live.
    under.at('2026-03-10T22:00:00Z');
    const published = await command(under, 'supportPolicyPublish', FIELDS, { document });
    under.at('2026-03-10T10:00:00Z');
    expect(published.supportPolicy).toMatchObject({
      name: 'prepaid-support',
      version: 2,
      effectiveFrom: '2026-03-11',
      contentHash: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
    expect(published.supportPolicy.gaps[0]).toEqual({ parameter: expect.any(String), value: expect.any(String), note: expect.any(String) });
    expect((await command(under, 'supportPolicyPublish', FIELDS, { document })).supportPolicy.version).toBe(2);
    expect((await under.data('ada', '{ supportPolicy(name: "prepaid-support") { version } }')).supportPolicy.version).toBe(1);
  });

  test.each([
    { document: {}, path: 'input.document', because: 'it is empty' },
    {
      document: inZone('Atlantis'),
      path: 'input.document.calendar.zone',
      because: 'that zone does not exist',
    },
    {
      document: { ...policyDocument('technical-support'), term: { ...(policyDocument('technical-support').term as object), months: 4 } },
      path: 'input.document.examples',
      because: 'its own examples say three months',
    },
  ])('whose document is bad are refused: $because', async ({ document, path }) => {
    const found = await refusal(under, 'supportPolicyPublish', FIELDS, { document });
    expect(found.length).toBeGreaterThan(0);
    expect(found.every(([code]) => code === 'INVALID')).toBe(true);
    expect(found.map(([, at]) => at)).toEqual(expect.arrayContaining([expect.stringContaining(path)]));
  });

  test('may not begin before the newest of their name', async () => {
    const document = { ...policyDocument('prepaid-support'), title: 'Too early' };
    expect(await refusal(under, 'supportPolicyPublish', FIELDS, { document, effectiveFrom: '2025-06-01' })).toEqual([
      ['CONFLICT', 'input.effectiveFrom'],
    ]);
  });
});
