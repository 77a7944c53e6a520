import { createHash, createPublicKey, verify } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { InstalledCode } from '../../src/persistence/installed-code.js';
import { openSession, setVisibility, withVendorSession } from '../../src/persistence/session.js';
import { Store } from '../../src/persistence/store.js';
import { StoreReading } from '../../src/persistence/store-reading.js';
import { StoreReport } from '../../src/persistence/store-report.js';
import { outcomeOf } from '../../src/use-cases/outcome.js';
import { REPORT_DOMAIN, reportStore, type SignedReport } from '../../src/use-cases/store-report.js';
import { STORE_REPORT, type StoreReportDocument, storeReportSchema } from '../../src/use-cases/store-report-document.js';
import { testDatabase } from '../support/database.js';
import { reportDocument, signed, storePlugin } from '../support/store-plugin.js';
import { asVendor, customerOf, customerStore, instant, publishPolicies, sell } from '../support/vendor.js';

const NOW = instant('2026-03-10T10:00:00Z');
const PLUGIN = storePlugin();

let database: Awaited<ReturnType<typeof testDatabase>>;
let ada: string;
let ben: string;
let filter: string;
beforeAll(async () => {
  database = await testDatabase();
  await publishPolicies(database);
  ada = await customerOf(database, 'ada@shop.example');
  ben = await customerOf(database, 'ben@shop.example');
  filter = await sell(database, { sku: 'FILTER', packageName: 'acme/module-filter', moduleName: 'Acme_Filter' });
  await sell(database, { sku: 'SEARCH', moduleName: 'Acme_Search' });
  await sell(database, { sku: 'PS-FILTER', platform: 'PRESTASHOP', moduleName: 'acmefilter' });
});
afterAll(() => database.close());

let stores = 0;
/** The plugin knows each store by its address. */
const urls = new Map<string, string>();
/** A store of Ada's that is paired with the plugin, unless said otherwise. */
async function pairedStore(key: Uint8Array | null = PLUGIN.publicKey, owner = ada): Promise<string> {
  stores += 1;
  const id = await customerStore(database, owner, `paired-${stores}.example`);
  urls.set(id, `https://paired-${stores}.example`);
  await asVendor(database, async (em) => {
    (await em.findOneOrFail(Store, { id })).reportKey = key === null ? null : Buffer.from(key);
  });
  return id;
}

const documentOf = (storeId: string, at: Temporal.Instant, change: Partial<StoreReportDocument> = {}) =>
  reportDocument({ id: storeId, url: urls.get(storeId) ?? '' }, at, change);

/** Takes a report in as the store's own token does: in a session that sees its customer only. */
async function report(storeId: string, signedReport: SignedReport, at = NOW, customerId = ada) {
  const session = openSession(database);
  try {
    await setVisibility(session, { sees: 'customer', customerId });
    database.statements.length = 0;
    return await outcomeOf(() => session.transaction((em) => reportStore(em, storeId, signedReport, at)));
  } finally {
    session.release();
  }
}

const kept = (storeId: string) =>
  withVendorSession(database, async ({ em }) => ({
    readings: await em.find(StoreReading, { store: storeId }),
    reports: await em.find(StoreReport, { store: storeId }),
    code: await em.find(InstalledCode, { store: storeId }),
  }));

const file = (path: string, text = path) => ({ path, size: text.length, sha256: createHash('sha256').update(text).digest('hex') });
const addon = (change: Partial<StoreReportDocument['addons'][number]> = {}): StoreReportDocument['addons'][number] => ({
  code: 'acme/module-filter',
  version: '1.1.0',
  installedVersion: '1.0.0',
  path: 'vendor/acme/module-filter',
  enabled: true,
  files: [file('registration.php'), file('Model/Filter.php')],
  touches: [{ kind: 'PLUGIN', target: 'Acme\\Filter\\Model\\Filter::apply', by: 'Shop_Custom', sha256: null }],
  ...change,
});

describe('a signed report', () => {
  test('is kept with its reading and the code of add-ons of ours, in few statements', async () => {
    const store = await pairedStore();
    const modules = [
      { code: 'acme/module-filter', version: '0.9', enabled: false },
      { code: 'Other_Module', version: null, enabled: false },
    ];
    const addons = [addon(), addon({ code: 'Acme_Unknown', path: 'app/code/Acme/Unknown' }), addon({ code: 'acmefilter', path: 'x' })];
    const document = documentOf(store, NOW.subtract({ minutes: 10 }), {
      distribution: 'ADOBE_COMMERCE',
      phpVersion: '8.3.1',
      modules,
      addons,
    });
    const sent = signed(PLUGIN, document);
    const { value } = await report(store, sent);
    expect(database.statements.filter((sql) => !/^(begin|commit)$/.test(sql))).toHaveLength(8);
    const { readings, reports, code } = await kept(store);
    expect(readings.map(({ id }) => id)).toEqual([value?.id]);
    expect(readings[0]).toMatchObject({
      ...{ source: 'PLUGIN', readAt: NOW, reportedAt: NOW.subtract({ minutes: 10 }), tool: 'acme-tenure 1.0.0', failure: null },
      ...{ distribution: 'ADOBE_COMMERCE', platformVersion: '2.4.7-p3', versionExact: true, phpVersion: '8.3.1', declaredByKind: null },
      installed: [
        { code: 'acme/module-filter', version: '1.1.0', enabled: true },
        { code: 'Acme_Unknown', version: '1.1.0', enabled: true },
        { code: 'acmefilter', version: '1.1.0', enabled: true },
        { code: 'Other_Module', version: null, enabled: false },
      ],
    });
    expect(reports).toHaveLength(1);
    expect(reports[0]).toMatchObject({
      nonce: document.nonce,
      receivedAt: NOW,
      digest: createHash('sha256').update(sent.document).digest('hex'),
    });
    expect(reports[0]?.signature.toString('base64')).toBe(sent.signature);
    expect(code.map((row) => [row.addon.id, row.version, row.installedVersion, row.path, row.report.id])).toEqual([
      [filter, '1.1.0', '1.0.0', 'vendor/acme/module-filter', reports[0]?.id],
    ]);
    expect(code[0]?.files).toEqual([file('Model/Filter.php'), file('registration.php')]);
    expect(code[0]?.touches).toEqual(addon().touches);
  });

  test('can be verified from what is kept of it alone', async () => {
    const store = await pairedStore();
    await report(store, signed(PLUGIN, documentOf(store, NOW)));
    const [row] = await withVendorSession(database, ({ em }) => em.find(StoreReport, { store }, { populate: ['document'] }));
    const document = gunzipSync(row?.document ?? '');
    const x = row?.publicKey.toString('base64url') ?? '';
    const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' });
    const isGenuine = (bytes: Uint8Array) =>
      verify(null, Buffer.concat([Buffer.from(REPORT_DOMAIN), bytes]), key, row?.signature ?? Buffer.of());
    expect([isGenuine(document), isGenuine(Buffer.concat([document, Buffer.from(' ')]))]).toEqual([true, false]);
    expect(JSON.parse(document.toString())).toMatchObject({ platformVersion: '2.4.7-p3' });
  });

  test('that comes again answers as the first time, however late, and nothing is kept twice', async () => {
    const store = await pairedStore();
    const sent = signed(PLUGIN, documentOf(store, NOW, { addons: [addon()] }));
    const first = await report(store, sent);
    const again = await report(store, sent, NOW.add({ hours: 48 }));
    expect([again.value?.id, again.value?.readAt]).toEqual([first.value?.id, NOW]);
    const { readings, reports, code } = await kept(store);
    expect([readings.length, reports.length, code.length]).toEqual([1, 1, 1]);
  });

  test('sent several times at once is kept once', async () => {
    const store = await pairedStore();
    const sent = signed(PLUGIN, documentOf(store, NOW));
    const answers = await Promise.all([1, 2, 3].map(() => report(store, sent)));
    expect(new Set(answers.map(({ value }) => value?.id)).size).toBe(1);
    expect((await kept(store)).reports).toHaveLength(1);
  });

  test('of a store whose own settings have another path of its address is taken', async () => {
    const store = await pairedStore();
    const baseUrl = `${urls.get(store)?.toUpperCase()}/shop/`;
    expect((await report(store, signed(PLUGIN, documentOf(store, NOW, { baseUrl })))).userErrors).toEqual([]);
  });

  test('of another store may have the same nonce', async () => {
    const [one, other] = [await pairedStore(), await pairedStore()];
    const { nonce } = documentOf(one, NOW);
    for (const each of [one, other]) expect((await report(each, signed(PLUGIN, documentOf(each, NOW, { nonce })))).userErrors).toEqual([]);
  });

  test('never changes: not by its owner, not by the vendor', async () => {
    const store = await pairedStore();
    await report(store, signed(PLUGIN, documentOf(store, NOW, { addons: [addon()] })));
    for (const statement of [
      `update store_reading set platform_version = '9' where store_id = '${store}'`,
      `delete from installed_code where store_id = '${store}'`,
      `update store_report set tool = 'x' where store_id = '${store}'`,
      'truncate installed_code',
    ]) {
      const changing = asVendor(database, (em) => em.getConnection().execute(statement, [], 'run', em.getTransactionContext()));
      await expect(changing).rejects.toThrow(/permission denied|is evidence and never changes|only grows/);
    }
  });
});

describe('a report after another one of the same store', () => {
  const long = () => Array.from({ length: 1_000 }, (_, index) => file(`Model/${index}.php`));
  const reportedAfter = async (seconds: number, change: Partial<StoreReportDocument>, before: Partial<StoreReportDocument> = {}) => {
    const store = await pairedStore();
    expect((await report(store, signed(PLUGIN, documentOf(store, NOW, before)))).userErrors).toEqual([]);
    const at = NOW.add({ milliseconds: Math.round(seconds * 1_000) });
    return report(store, signed(PLUGIN, documentOf(store, at, change)), at);
  };
  test.each<readonly [string, number, () => Partial<StoreReportDocument>, string | null]>([
    ['short', 0, () => ({}), '10:01:00'],
    ['short', 59.999, () => ({}), '10:01:00'],
    ['short', 60, () => ({}), null],
    ['long', 299.999, () => ({ addons: [addon({ files: long() })] }), '10:05:00'],
    ['long', 300, () => ({ addons: [addon({ files: long() })] }), null],
  ])('and %s is taken after %f seconds, or told when it is', async (_, seconds, change, takenFrom) => {
    const { userErrors } = await reportedAfter(seconds, change());
    const told = { code: 'NOT_AVAILABLE', path: ['input', 'document'], message: expect.stringContaining(`2026-03-10T${takenFrom}Z on.`) };
    expect(userErrors).toEqual(takenFrom === null ? [] : [told]);
  });

  test('may be short a minute after a long one', async () => {
    expect((await reportedAfter(60, {}, { addons: [addon({ files: long() })] })).userErrors).toEqual([]);
  });

  test('that comes too soon is not parsed, and nothing of it is kept', async () => {
    const store = await pairedStore();
    await report(store, signed(PLUGIN, documentOf(store, NOW)));
    expect((await report(store, signed(PLUGIN, '{'))).userErrors).toMatchObject([{ code: 'NOT_AVAILABLE' }]);
    expect((await kept(store)).reports).toHaveLength(1);
  });

  test('waits for it: of many at once, one is taken', async () => {
    const store = await pairedStore();
    const sent = Array.from({ length: 4 }, () => report(store, signed(PLUGIN, documentOf(store, NOW))));
    const answers = (await Promise.all(sent)).map(({ userErrors }) => userErrors.map(({ code }) => code));
    expect(answers.filter((codes) => codes.length === 0)).toHaveLength(1);
    expect(answers.flat()).toEqual(['NOT_AVAILABLE', 'NOT_AVAILABLE', 'NOT_AVAILABLE']);
    expect((await kept(store)).reports).toHaveLength(1);
  });

  test('keeps no store of the same owner waiting', async () => {
    for (const store of [await pairedStore(), await pairedStore()])
      expect((await report(store, signed(PLUGIN, documentOf(store, NOW)))).userErrors).toEqual([]);
  });

  test('does not change what the earlier one answers when it is sent again', async () => {
    const store = await pairedStore();
    const sent = signed(PLUGIN, documentOf(store, NOW));
    const first = await report(store, sent);
    const later = NOW.add({ minutes: 1 });
    await report(store, signed(PLUGIN, documentOf(store, later)), later);
    expect((await report(store, sent, NOW.add({ minutes: 2 }))).value?.id).toBe(first.value?.id);
  });
});

describe('refused, with nothing kept, is a report', () => {
  const other = storePlugin();
  const tampered = (): SignedReport => {
    const sent = signed(PLUGIN, documentOf(store, NOW));
    return { ...sent, document: Buffer.from(Buffer.from(sent.document).toString().replace('2.4.7-p3', '2.4.7-p4')) };
  };
  const undomained = (): SignedReport => {
    const document = Buffer.from(JSON.stringify(documentOf(store, NOW)));
    return { document, signature: PLUGIN.sign(document, '') };
  };
  const cut = (sent: SignedReport): SignedReport => ({ ...sent, signature: sent.signature.slice(0, 40) });
  const whole = (change: Partial<StoreReportDocument>, at: Temporal.Instant = NOW) => signed(PLUGIN, documentOf(store, at, change));
  const cases: readonly (readonly [string, () => SignedReport, string, string])[] = [
    ['signed with another key', () => signed(other, documentOf(store, NOW)), 'INVALID', 'signature'],
    ['changed after it was signed', tampered, 'INVALID', 'signature'],
    ['signed without its domain', undomained, 'INVALID', 'signature'],
    ['with half a signature', () => cut(whole({})), 'INVALID', 'signature'],
    ['with no signature', () => ({ ...whole({}), signature: '' }), 'INVALID', 'signature'],
    ['that is no JSON', () => signed(PLUGIN, '{'), 'INVALID', 'document'],
    ['that is no document', () => signed(PLUGIN, []), 'INVALID', 'document'],
    ['that nests too deep', () => signed(PLUGIN, '['.repeat(9)), 'INVALID', 'document'],
    ['of too many values', () => signed(PLUGIN, `[${'1,'.repeat(250_000)}1]`), 'INVALID', 'document'],
    ['of another store', () => whole({ storeId: documentOf(elsewhere, NOW).storeId }), 'INVALID', 'document.storeId'],
    ['of no store', () => whole({ storeId: store }), 'INVALID', 'document.storeId'],
    ...[
      ['a copy on another host', 'https://staging.example/'],
      ['a copy on another port', 'https://paired.example:8443/'],
      ['a copy without TLS', 'http://paired.example/'],
      ['what is no address', 'paired.example'],
    ].map(
      ([what, baseUrl = '']) =>
        [
          `of ${what}`,
          () => whole({ baseUrl: baseUrl.replace('paired.example', urls.get(store)?.slice('https://'.length) ?? '') }),
          'INVALID',
          'document.baseUrl',
        ] as const,
    ),
    ['of a store that runs something else', () => whole({ platform: 'PRESTASHOP' }), 'INVALID', 'document.platform'],
    ['of a distribution of something else', () => whole({ distribution: 'PRESTASHOP' }), 'INVALID', 'document.distribution'],
    ['of a version that is none', () => whole({ platformVersion: 'latest' }), 'INVALID', 'document.platformVersion'],
    ['of a version that is not exact', () => whole({ platformVersion: '2.4' }), 'INVALID', 'document.platformVersion'],
    ['of a Magento built from another', () => whole({ upstreamVersion: '2.4.7' }), 'INVALID', 'document.upstreamVersion'],
    [
      'of a Mage-OS built from what is no version',
      () => whole({ distribution: 'MAGE_OS', upstreamVersion: 'not a version' }),
      ...(['INVALID', 'document.upstreamVersion'] as const),
    ],
    ['of a clock behind', () => whole({}, NOW.subtract({ minutes: 10, seconds: 1 })), 'INVALID', 'document.reportedAt'],
    ['of a clock ahead', () => whole({}, NOW.add({ minutes: 10, seconds: 1 })), 'INVALID', 'document.reportedAt'],
    ['that tells of an add-on twice', () => whole({ addons: [addon(), addon()] }), 'INVALID', 'document.addons.1.code'],
    [
      'that tells of an add-on under two names',
      () => whole({ addons: [addon(), addon({ code: 'FILTER', path: 'app/code/Acme/Filter' })] }),
      'INVALID',
      'document.addons.1.code',
    ],
    [
      'that tells of a file twice',
      () => whole({ addons: [addon({ files: [file('a'), file('a')] })] }),
      'INVALID',
      'document.addons.0.files.1.path',
    ],
    ...['/etc/passwd', '../a', 'a/../b', 'a//b', 'a/', './a', 'a\\b', '', 'a\0b', 'a\nb'].map(
      (path) =>
        [
          `with a file at ${JSON.stringify(path)}`,
          () => whole({ addons: [addon({ files: [file(path)] })] }),
          'INVALID',
          'document.addons.0.files.0.path',
        ] as const,
    ),
  ];
  let store: string;
  let elsewhere: string;
  beforeAll(async () => {
    [store, elsewhere] = [await pairedStore(), await pairedStore()];
  });
  test.each(cases)('%s', async (_, sent, code, place) => {
    const { userErrors } = await report(store, sent());
    expect(userErrors.map((error) => [error.code, error.path.join('.')])).toEqual([[code, `input.${place}`]]);
    expect(await kept(store)).toEqual({ readings: [], reports: [], code: [] });
  });

  test('of a copy of the store is told how to go on', async () => {
    const { userErrors } = await report(store, whole({ baseUrl: 'https://staging.example/' }));
    expect(userErrors[0]?.message).toBe(
      `This plugin runs at https://staging.example, and the store is connected at ${urls.get(store)}. Pair it as a store of its own; where the store itself has moved, connect it at its new address first.`,
    );
  });

  test('of a store that was never paired', async () => {
    const unpaired = await pairedStore(null);
    expect((await report(unpaired, signed(PLUGIN, documentOf(unpaired, NOW)))).userErrors).toMatchObject([{ code: 'NOT_AVAILABLE' }]);
  });

  test('under a nonce that was used, with what was said first kept', async () => {
    const used = await pairedStore();
    const document = documentOf(used, NOW);
    await report(used, signed(PLUGIN, document));
    const { userErrors } = await report(used, signed(PLUGIN, { ...document, platformVersion: '2.4.8' }), NOW.add({ minutes: 1 }));
    expect(userErrors).toMatchObject([{ code: 'CONFLICT', path: ['input', 'document', 'nonce'] }]);
    expect((await kept(used)).readings.map(({ platformVersion }) => platformVersion)).toEqual(['2.4.7-p3']);
  });

  test('of a foreign store, as of one that is missing', async () => {
    const bens = await pairedStore(PLUGIN.publicKey, ben);
    const sent = signed(PLUGIN, documentOf(bens, NOW));
    const foreign = await report(bens, sent);
    expect(foreign).toEqual(await report('00000000-0000-0000-0000-000000000000', sent));
    expect(foreign.userErrors).toMatchObject([{ code: 'NOT_FOUND' }]);
  });

  test('by how much the clock is off is said', async () => {
    const { userErrors } = await report(store, whole({}, NOW.add({ seconds: 754 })));
    expect(userErrors[0]?.message).toContain('754 seconds ahead of ours');
  });
});

describe('the published JSON Schema', () => {
  const published: unknown = JSON.parse(readFileSync(new URL('../../schema/store-report.schema.json', import.meta.url), 'utf8'));

  test('is the one that reports are read by', () => {
    expect(published).toEqual(JSON.parse(JSON.stringify(storeReportSchema())));
  });

  test('takes and refuses what the gateway takes and refuses', () => {
    const validate = new Ajv2020({ strict: false, validateFormats: false }).compile(published as object);
    const place = { id: ada, url: 'https://ada.example' };
    const good = reportDocument(place, NOW, { addons: [addon()], modules: [{ code: 'A', version: null, enabled: true }] });
    const variants: unknown[] = [
      good,
      { ...good, nonce: 'short' },
      { ...good, nonce: 'n'.repeat(65) },
      { ...good, extra: 1 },
      { ...good, format: 'tenure-store-report/2' },
      { ...good, reportedAt: 'yesterday' },
      { ...good, reportedAt: '2026-03-10T10:00:00.0123456789Z' },
      { ...good, reportedAt: '2026-02-29T10:00:00Z' },
      { ...good, reportedAt: '2026-03-10T11:00:00.012345678+01:00' },
      { ...good, distribution: 'SHOPIFY' },
      { ...good, platformVersion: '2.4\u0000' },
      { ...good, tool: { name: 'x' } },
      { ...good, addons: [addon({ path: '../x' })] },
      { ...good, addons: [addon({ path: 'a..b/..c' })] },
      { ...good, addons: [addon({ files: [{ ...file('a'), sha256: 'A'.repeat(64) }] })] },
      { ...good, addons: [addon({ files: [{ ...file('a'), size: -1 }] })] },
      { ...good, addons: [addon({ files: [{ ...file('a'), size: 1.5 }] })] },
      { ...good, modules: Array.from({ length: 2_001 }, (_, index) => ({ code: String(index), version: null, enabled: true })) },
    ];
    const taken = variants.map((variant) => STORE_REPORT.safeParse(variant).success);
    expect(variants.map((variant) => validate(variant))).toEqual(taken);
    expect(taken.filter(Boolean)).toHaveLength(3);
  });
});
