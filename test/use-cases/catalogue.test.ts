import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { Addon } from '../../src/persistence/addon.js';
import { Release } from '../../src/persistence/release.js';
import { withVendorSession } from '../../src/persistence/session.js';
import { SkuMeaning } from '../../src/persistence/sku-meaning.js';
import { type AddonSaveInput, type SkuMeaningSaveInput, saveAddon, saveSkuMeaning } from '../../src/use-cases/addon.js';
import { publishRelease, type ReleasePublishInput, withdrawRelease } from '../../src/use-cases/release.js';
import { testDatabase } from '../support/database.js';
import { euros, instant, outcomeAsVendor, publishPolicies, sell } from '../support/vendor.js';

const NOW = instant('2026-03-10T10:00:00Z');

let database: Awaited<ReturnType<typeof testDatabase>>;
beforeAll(async () => {
  database = await testDatabase();
  await publishPolicies(database);
  await sell(database, { sku: 'OTHER', packageName: 'vendor/other', moduleName: 'Vendor_Other' });
  await sell(database, { sku: 'FILTER', renewalSku: 'FILTER-RENEWAL' });
});
afterAll(() => database.close());

/** The whole catalogue, as text. */
const catalogue = () =>
  withVendorSession(database, async ({ em }) =>
    JSON.stringify(
      [
        await em.find(Addon, {}, { orderBy: { sku: 'asc' } }),
        await em.find(SkuMeaning, {}, { orderBy: { sku: 'asc' } }),
        await em.find(Release, {}, { orderBy: { id: 'asc' } }),
      ],
      (_key, value: unknown) => (typeof value === 'bigint' ? `${value}` : value),
    ),
  );

let before: string;
beforeEach(async () => {
  before = await catalogue();
});

const ADDON: AddonSaveInput = {
  sku: 'NEW',
  name: 'New',
  platform: 'MAGENTO',
  packageName: 'vendor/new',
  moduleName: 'Vendor_New',
  listPrice: euros(9_900n),
  supportPolicy: 'technical-support',
};
const save = (change: Partial<AddonSaveInput>) => outcomeAsVendor(database, (em) => saveAddon(em, { ...ADDON, ...change }, NOW));

describe('saving an add-on', () => {
  const refusals: readonly (readonly [Partial<AddonSaveInput>, string, readonly string[], string])[] = [
    [{ listPrice: euros(-1n) }, 'INVALID', ['listPrice', 'amount'], 'nobody is paid for taking it'],
    [{ listPrice: { amountMinor: 1n, currencyCode: 'euro' } }, 'INVALID', ['listPrice', 'currencyCode'], 'no currency is called so'],
    [{ packageName: 'Vendor/New' }, 'INVALID', ['packageName'], 'Composer knows lower case only'],
    [{ packageName: 'new' }, 'INVALID', ['packageName'], 'the vendor is missing'],
    [{ packageName: 'vendor/other' }, 'TAKEN', ['packageName'], 'another add-on is called so'],
    [{ moduleName: 'Vendor_Other' }, 'TAKEN', ['moduleName'], 'another add-on is called so'],
    [{ supportPolicy: 'generous-support' }, 'NOT_FOUND', ['supportPolicy'], 'no such policy is published'],
    [{ sku: 'FILTER', platform: 'PRESTASHOP' }, 'CONFLICT', ['platform'], 'an add-on does not change its platform'],
    [{ sku: 'FILTER-RENEWAL' }, 'TAKEN', ['sku'], 'orders of it would count as renewals of another add-on'],
  ];
  test.each(refusals)('%j is refused: %s', async (change, code, path, _because) => {
    const { userErrors } = await save(change);
    expect(userErrors.map((error) => [error.code, error.path])).toEqual([[code, ['input', ...path]]]);
    expect(await catalogue()).toBe(before);
  });

  test('all faults are told at once', async () => {
    const { userErrors } = await save({ listPrice: { amountMinor: -1n, currencyCode: '€' }, packageName: 'no', supportPolicy: 'no' });
    expect(userErrors.map((error) => error.path.at(-1))).toEqual(['amount', 'currencyCode', 'packageName', 'supportPolicy']);
  });

  test('it enters the catalogue with its SKU, and saving it again changes only what is said', async () => {
    expect(await save({})).toMatchObject({ userErrors: [], value: { sku: 'NEW', listPriceMinor: 9_900n } });
    const saved = await catalogue();
    await save({});
    expect(await catalogue()).toBe(saved);
    await save({ listPrice: euros(2n ** 62n), packageName: null });
    await withVendorSession(database, async ({ em }) => {
      expect(await em.findOneOrFail(Addon, { sku: 'NEW' })).toMatchObject({
        listPriceMinor: 2n ** 62n,
        packageName: null,
        moduleName: 'Vendor_New',
      });
      expect(await em.findOneOrFail(SkuMeaning, { sku: 'NEW' })).toMatchObject({ kind: 'ADDON' });
    });
  });

  test('two at once make one add-on', async () => {
    const outcomes = await Promise.all([1, 2, 3].map(() => save({ sku: 'TWICE', packageName: null, moduleName: null })));
    expect(new Set(outcomes.map(({ value }) => value?.id)).size).toBe(1);
  });
});

describe('saying what a SKU means', () => {
  const meaning = (input: Partial<SkuMeaningSaveInput>): SkuMeaningSaveInput => ({
    sku: 'S',
    kind: 'IGNORED',
    addonSku: null,
    periods: null,
    minutes: null,
    ...input,
  });
  const TIME = { kind: 'PREPAID_TIME', supportPolicyName: 'prepaid-support' } as const;
  const refusals: readonly (readonly [Partial<SkuMeaningSaveInput>, string, string, string])[] = [
    [{ kind: 'ADDON' }, 'INVALID', 'addonSku', 'which add-on?'],
    [{ sku: 'FILTER' }, 'CONFLICT', 'sku', 'its sales would be forgotten'],
    [
      { sku: 'FILTER', kind: 'PREPAID_TIME', minutes: 5, supportPolicyName: 'prepaid-support' },
      'CONFLICT',
      'sku',
      'its sales would be minutes',
    ],
    [{ sku: 'FILTER', kind: 'RENEWAL', addonSku: 'FILTER', periods: 1 }, 'CONFLICT', 'sku', 'its sales would be renewals'],
    [{ sku: 'FILTER', kind: 'ADDON', addonSku: 'OTHER' }, 'CONFLICT', 'sku', 'its sales would be another’s'],
    [{ kind: 'RENEWAL', periods: 1 }, 'INVALID', 'addonSku', 'a renewal of what?'],
    [{ kind: 'IGNORED', addonSku: 'FILTER' }, 'INVALID', 'addonSku', 'ignored or not?'],
    [{ kind: 'RENEWAL', addonSku: 'FILTER' }, 'INVALID', 'periods', 'for how long?'],
    [{ kind: 'ADDON', addonSku: 'FILTER', periods: 2 }, 'INVALID', 'periods', 'the first term is the policy’s'],
    [{ kind: 'RENEWAL', addonSku: 'FILTER', periods: 0 }, 'INVALID', 'periods', 'a renewal of nothing'],
    [{ ...TIME }, 'INVALID', 'minutes', 'how many?'],
    [{ ...TIME, minutes: -60 }, 'INVALID', 'minutes', 'time is not sold backwards'],
    [{ ...TIME, minutes: 100_001 }, 'INVALID', 'minutes', 'nobody sells so much at once'],
    [{ ...TIME, minutes: 60, supportPolicyName: null }, 'INVALID', 'supportPolicyName', 'under which conditions?'],
    [{ ...TIME, minutes: 60, supportPolicyName: 'nowhere' }, 'NOT_FOUND', 'supportPolicyName', 'nobody published them'],
    [{ supportPolicyName: 'prepaid-support' }, 'INVALID', 'supportPolicyName', 'what is ignored has no conditions'],
    [{ kind: 'IGNORED', minutes: 60 }, 'INVALID', 'minutes', 'ignored or not?'],
    [{ kind: 'ADDON', addonSku: 'NOWHERE' }, 'NOT_FOUND', 'addonSku', 'there is no such add-on'],
  ];
  test.each(refusals)('%j is refused: %s of %s', async (input, code, field, _because) => {
    const { userErrors } = await outcomeAsVendor(database, (em) => saveSkuMeaning(em, meaning(input)));
    expect(userErrors.map((error) => [error.code, error.path])).toEqual([[code, ['input', field]]]);
    expect(await catalogue()).toBe(before);
  });

  test('the last word counts, and the same word twice is one', async () => {
    const say = (input: Partial<SkuMeaningSaveInput>) =>
      outcomeAsVendor(database, (em) => saveSkuMeaning(em, meaning({ ...input, sku: 'WORD' })));
    await say({ kind: 'RENEWAL', addonSku: 'FILTER', periods: 4 });
    await say({ ...TIME, minutes: 60 });
    await say({ ...TIME, minutes: 60 });
    await withVendorSession(database, async ({ em }) => {
      expect(await em.find(SkuMeaning, { sku: 'WORD' })).toEqual([
        expect.objectContaining({ kind: 'PREPAID_TIME', addon: null, periods: null, minutes: 60, supportPolicyName: 'prepaid-support' }),
      ]);
    });
  });
});

const RELEASE: ReleasePublishInput = {
  addonSku: 'FILTER',
  version: '1.4.0',
  channel: 'STABLE',
  kind: 'MINOR',
  publishedAt: null,
  compatibility: [{ platform: 'MAGENTO', edition: null, from: '2.4.4', to: '2.4.7' }],
  changelog: [{ kind: 'FIXED', summary: 'Prices with four decimals.', reference: null }],
};
const publish = (change: Partial<ReleasePublishInput>, at = NOW) =>
  outcomeAsVendor(database, (em) => publishRelease(em, { ...RELEASE, ...change }, at));
const RANGE = { platform: 'MAGENTO', edition: null, from: '2.4.4', to: '2.4.7' } as const;

describe('publishing a release', () => {
  const refusals: readonly (readonly [Partial<ReleasePublishInput>, string, readonly string[], string])[] = [
    [{ addonSku: 'NOWHERE' }, 'NOT_FOUND', ['addonSku'], 'there is no such add-on'],
    [{ version: 'latest!' }, 'INVALID', ['version'], 'it is no version'],
    [{ compatibility: [] }, 'REQUIRED', ['compatibility'], 'nobody could say where it may be installed'],
    [{ compatibility: [{ ...RANGE, platform: 'PRESTASHOP' }] }, 'INVALID', ['compatibility', '0'], 'the add-on is for Magento'],
    [{ compatibility: [RANGE, { ...RANGE, from: '2.4.8' }] }, 'INVALID', ['compatibility', '1'], 'it ends before it begins'],
    [{ compatibility: [{ ...RANGE, edition: 'PRESTASHOP' }] }, 'INVALID', ['compatibility', '0'], 'Magento has no such edition'],
  ];
  test.each(refusals)('%j is refused: %s', async (change, code, path, _because) => {
    const { userErrors } = await publish(change);
    expect(userErrors.map((error) => [error.code, error.path])).toEqual([[code, ['input', ...path]]]);
    expect(await catalogue()).toBe(before);
  });

  const again: readonly (readonly [string, Partial<ReleasePublishInput>, boolean, string])[] = [
    ['the same', {}, true, 'nothing is new'],
    ['the same, spelled otherwise', { version: 'v1.4' }, true, 'it is the same version'],
    ['the same instant', { publishedAt: NOW }, true, 'nothing is new'],
    ['another kind', { kind: 'SECURITY' }, false, 'a published version never changes'],
    ['another channel', { channel: 'BETA' }, false, 'a published version never changes'],
    ['other platforms', { compatibility: [{ ...RANGE, to: '2.4.8' }] }, false, 'a published version never changes'],
    ['another changelog', { changelog: [] }, false, 'a published version never changes'],
    ['another instant', { publishedAt: instant('2026-01-01T00:00:00Z') }, false, 'a published version never changes'],
    ['another text, spelled otherwise', { version: '1.4', changelog: [] }, false, 'two spellings of a number are not two releases'],
  ];
  test.each(again)('%s again', async (_what, change, isSame, _because) => {
    const first = await publish({});
    const second = await publish(change, instant('2026-03-11T10:00:00Z'));
    if (isSame) expect(second).toMatchObject({ userErrors: [], value: { id: first.value?.id, version: '1.4.0' } });
    else expect(second.userErrors).toEqual([expect.objectContaining({ code: 'TAKEN', path: ['input', 'version'] })]);
  });

  test('of two at once there is one', async () => {
    const outcomes = await Promise.all([1, 2, 3, 4].map(() => publish({ version: '3.0.0' })));
    expect(new Set(outcomes.map(({ value }) => value?.id)).size).toBe(1);
  });

  const withdrawals: readonly (readonly [string, string, string, string])[] = [
    ['9.0.1', '2026-03-01T00:00:00Z', '2026-03-10T10:00:00Z', 'from now on'],
    ['9.0.2', '2026-04-01T00:00:00Z', '2026-04-01T00:00:00Z', 'one that is not out yet never comes out'],
  ];
  test.each(withdrawals)('%s, published at %s, is withdrawn from %s on, once', async (version, publishedAt, withdrawnAt, _because) => {
    const { value } = await publish({ version, publishedAt: instant(publishedAt) });
    const withdraw = (at: Temporal.Instant) => outcomeAsVendor(database, (em) => withdrawRelease(em, value?.id ?? '', at));
    expect((await withdraw(NOW)).value?.withdrawnAt?.toString()).toBe(withdrawnAt);
    expect((await withdraw(instant('2026-05-01T00:00:00Z'))).value?.withdrawnAt?.toString()).toBe(withdrawnAt);
  });

  test('what is not there cannot be withdrawn', async () => {
    const nothing = await outcomeAsVendor(database, (em) => withdrawRelease(em, '00000000-0000-0000-0000-000000000000', NOW));
    expect(nothing.userErrors).toEqual([expect.objectContaining({ code: 'NOT_FOUND', path: ['input', 'releaseId'] })]);
  });
});
