import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { toGlobalId } from '../../src/use-cases/global-id.js';
import { manifestOf } from '../../src/use-cases/release-manifest.js';
import { filesOf, reportCode } from '../support/reported-code.js';
import { customerStore, instant } from '../support/vendor.js';
import { command, refusal } from './commands.js';
import { type Asker, type GatewayUnderTest, gatewayUnderTest } from './gateway-under-test.js';
import { opened, ticketOf } from './tickets-under-test.js';
import { recorded } from './vendor-under-test.js';

const BUILT = { 'Model/Price.php': 'a', 'etc/di.xml': 'b', 'i18n/fr_FR.csv': 'c' };
const FOUND = { 'Model/Price.php': 'f', 'etc/di.xml': '0', 'i18n/fr_FR.csv': '0', 'shell.php': '0' };
const made = (contents: Readonly<Record<string, string>>, removedPaths: readonly string[] = []) =>
  manifestOf(filesOf(contents), removedPaths, { name: 'test', version: '1' }, instant('2026-02-01T09:00:00Z'));
const MANIFEST = { addonSku: 'FILTER', version: '1.1.0', label: '1.1.0 for Magento', manifest: made(BUILT) };
const HOTFIX = { ...MANIFEST, kind: 'HOTFIX', label: 'ticket 214', manifest: made({ 'Model/Price.php': 'f' }) };
const RELEASE = 'release { version manifests { kind label digest fileCount tool madeAt recordedAt } }';
const EVIDENCE = `reportedAt version installedVersion path digest result build hotfixes changedCodeFileCount
  files(first: 2) { edges { node { path status isCode expectedDigest foundDigest } } pageInfo { hasNextPage endCursor } }
  touches { kind target by digest }`;

let under: GatewayUnderTest;
const adaStore = () => under.vendor.ada.stores[0] ?? '';
const report = (storeId: string, at: string, version = '1.1.0') =>
  reportCode(under.gateway.database, { storeId, addonId: under.vendor.addons.FILTER ?? '', at, version, files: filesOf(FOUND) });
beforeAll(async () => {
  under = await gatewayUnderTest();
  await report(adaStore(), '2026-03-09T09:00:00Z');
});
afterAll(() => under.close());

describe('recording a manifest', () => {
  test('tells what is recorded with the release, once each', async () => {
    const first = await command(under, 'releaseManifestAdd', RELEASE, MANIFEST);
    const build = { kind: 'BUILD', label: '1.1.0 for Magento', digest: MANIFEST.manifest.digest, fileCount: 3, tool: 'test 1' };
    const times = { madeAt: '2026-02-01T09:00:00Z', recordedAt: '2026-03-10T10:00:00Z' };
    expect(first.release).toEqual({ version: '1.1.0', manifests: [{ ...build, ...times }] });
    await command(under, 'releaseManifestAdd', RELEASE, HOTFIX);
    const again = await command(under, 'releaseManifestAdd', RELEASE, MANIFEST, 'partner');
    expect(again.release.manifests).toMatchObject([build, { kind: 'HOTFIX', label: 'ticket 214', fileCount: 1 }]);
  });

  test.each<[object, string[][], string]>([
    [{ addonSku: 'NOTHING' }, [['NOT_FOUND', 'input.addonSku']], 'there is no such add-on'],
    [{ version: '9.9' }, [['NOT_FOUND', 'input.version']], 'it is not published'],
    [{ label: ' ' }, [['REQUIRED', 'input.label']], 'people must tell it from others'],
    [{ manifest: 'text' }, [['INVALID', 'input.manifest']], 'it is a JSON object'],
    [{ manifest: { ...made(BUILT), files: [] } }, [['INVALID', 'input.manifest.digest']], 'it was cut'],
  ])('input %# is refused in its place, and nothing is written', async (change, expected, _because) => {
    expect(await refusal(under, 'releaseManifestAdd', RELEASE, { ...MANIFEST, ...change })).toEqual(expected);
  });

  test.each<[Asker, string]>([
    ['ada', 'FORBIDDEN'],
    ['adaStore', 'FORBIDDEN'],
    ['partnerWithoutScopes', 'FORBIDDEN'],
    ['anonymous', 'UNAUTHENTICATED'],
  ])('is not for %s: %s, nor is seeing it', async (asker, code) => {
    const add = 'mutation ($input: ReleaseManifestAddInput!) { releaseManifestAdd(input: $input) { userErrors { code } } }';
    expect((await under.ask(asker, add, { input: MANIFEST })).errors[0]?.extensions.code).toBe(code);
    const see = '{ addon(sku: "FILTER") { releases(first: 1) { edges { node { manifests { label } } } } } }';
    expect((await under.ask(asker, see)).errors[0]?.extensions.code).toBe(code);
  });
});

describe('the code of an add-on in a store', () => {
  const sha256 = (content: string) => content.repeat(64);
  const changed = { path: 'etc/di.xml', status: 'CHANGED', isCode: true, expectedDigest: sha256('b'), foundDigest: sha256('0') };
  const expected = {
    reportedAt: '2026-03-09T09:00:00Z',
    version: '1.1.0',
    installedVersion: '1.1.0',
    path: 'app/code/Vendor/Filter',
    digest: expect.stringMatching(/^[0-9a-f]{64}$/),
    result: 'MODIFIED',
    build: '1.1.0 for Magento',
    hotfixes: ['ticket 214'],
    changedCodeFileCount: 2,
    files: {
      edges: [{ node: changed }, { node: { ...changed, path: 'i18n/fr_FR.csv', isCode: false, expectedDigest: sha256('c') } }],
      pageInfo: { hasNextPage: true, endCursor: expect.any(String) },
    },
    touches: [{ kind: 'OVERRIDE', target: 'Product', by: 'override/classes/Product.php', digest: null }],
  };
  const OF_STORE = `query ($id: ID!) { node(id: $id) { ... on Store { installedCode(addonSku: "FILTER") { ${EVIDENCE} } } } }`;
  const id = () => toGlobalId('Store', adaStore());

  test.each<Asker>(['ada', 'staff', 'partner', 'adaStore'])('is told to %s, with every file that differs', async (asker) => {
    expect((await under.data(asker, OF_STORE, { id: id() })).node.installedCode).toEqual(expected);
  });

  test('is told to nobody else, and is null where it never was reported', async () => {
    for (const asker of ['ben', 'benStore'] as const) expect((await under.data(asker, OF_STORE, { id: id() })).node).toBeNull();
    const other = (sku: string) => `{ node(id: "${id()}") { ... on Store { installedCode(addonSku: "${sku}") { result } } } }`;
    for (const sku of ['BLOG', 'NOTHING']) expect((await under.data('ada', other(sku))).node.installedCode).toBeNull();
  });

  test('goes on after a file', async () => {
    const of = (after: string) =>
      `{ node(id: "${id()}") { ... on Store { installedCode(addonSku: "FILTER") { files(first: 2, after: "${after}") { edges { node { path status expectedDigest } } pageInfo { hasNextPage } } } } } }`;
    const { files } = (await under.data('ada', of(await cursor()))).node.installedCode;
    expect(files.edges).toEqual([{ node: { path: 'shell.php', status: 'EXTRA', expectedDigest: null } }]);
    expect(files.pageInfo.hasNextPage).toBe(false);
  });
  const cursor = async () => (await under.data('ada', OF_STORE, { id: id() })).node.installedCode.files.pageInfo.endCursor;

  test('is on a ticket as its decision saw it, and is null where the ticket names no store', async () => {
    const purchaseId = toGlobalId('Purchase', under.vendor.ada.purchases.active ?? '');
    const ticketId = await opened(under, 'ada', { purchaseId, storeId: id() });
    await report(adaStore(), '2026-03-11T09:00:00Z', '1.2.0');
    under.at('2026-03-12T10:00:00Z');
    for (const asker of ['ada', 'staff'] as const) {
      expect((await ticketOf(under, asker, ticketId, `codeEvidence { ${EVIDENCE} }`)).codeEvidence).toEqual(expected);
    }
    const elsewhere = await opened(under, 'ada', { purchaseId: toGlobalId('Purchase', under.vendor.ada.purchases.renewed ?? '') });
    expect((await ticketOf(under, 'ada', elsewhere, 'codeEvidence { result }')).codeEvidence).toBeNull();
    const { decision } = await ticketOf(under, 'ada', ticketId, 'decision { verdict reasons { code message } }');
    expect(decision.verdict).toBe('VENDOR_DISCRETION');
    expect(decision.reasons).toContainEqual({ code: 'SOURCE_MODIFIED', message: 'Code of the add-on was changed: etc/di.xml and 1 more.' });
    expect((await under.data('ada', OF_STORE, { id: id() })).node.installedCode).toMatchObject({
      version: '1.2.0',
      result: 'UNKNOWN_BUILD',
    });
  });

  test('of a page of tickets, or of stores, takes as many statements for many as for one', async () => {
    const { database } = under.gateway;
    const { email, id: ada } = under.vendor.ada;
    for (let index = 0; index < 3; index += 1) {
      const storeId = await customerStore(database, ada, `more${index}.example`);
      const purchase = await recorded(database, { email, sku: 'FILTER', at: '2026-02-15T10:00:00Z' });
      await report(storeId, '2026-03-09T09:00:00Z');
      await opened(under, 'ada', { purchaseId: toGlobalId('Purchase', purchase), storeId: toGlobalId('Store', storeId) });
    }
    const tickets = (first: number) => `{ tickets(first: ${first}) { edges { node { codeEvidence { result build } } } } }`;
    const stores = (first: number) => `{ stores(first: ${first}) { edges { node { installedCode(addonSku: "FILTER") { result } } } } }`;
    for (const query of [tickets, stores]) {
      await under.data('ada', query(1));
      const counts: number[] = [];
      for (const first of [1, 4]) {
        under.forgetStatements();
        const data = await under.data('ada', query(first));
        expect(Object.values<{ edges: unknown[] }>(data)[0]?.edges).toHaveLength(first);
        counts.push(under.statements.length);
      }
      expect(counts[1]).toBe(counts[0]);
    }
  });
});
