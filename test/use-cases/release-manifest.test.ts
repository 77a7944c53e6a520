import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Ajv } from 'ajv';
import { ReleaseManifest } from '../../src/persistence/release-manifest.js';
import { withVendorSession } from '../../src/persistence/session.js';
import { outcomeOf } from '../../src/use-cases/outcome.js';
import { addReleaseManifest, manifestOf, parseManifest, type ReleaseManifestInput } from '../../src/use-cases/release-manifest.js';
import { testDatabase } from '../support/database.js';
import { filesOf } from '../support/reported-code.js';
import { asVendor, instant, outcomeAsVendor, publishPolicies, sell } from '../support/vendor.js';

const NOW = instant('2026-02-10T09:00:00Z');
const TOOL = { name: 'tenure', version: '1.0' };
const BUILT = manifestOf(filesOf({ 'registration.php': 'a', 'Model/Price.php': 'b' }), [], TOOL, NOW);
const FIX = manifestOf(filesOf({ 'Model/Price.php': 'c' }), ['registration.php'], TOOL, NOW);

const schema = JSON.parse(readFileSync(new URL('../../schema/release-manifest.schema.json', import.meta.url), 'utf8'));
const fitsSchema = new Ajv({ allErrors: true }).compile(schema);
const parsed = (text: string) => outcomeOf(async () => parseManifest(text));
const file = (change: object) => ({ ...BUILT, files: [{ path: 'a.php', size: 1, sha256: 'a'.repeat(64), ...change }] });

describe('a manifest', () => {
  test('lists files in one order and spelling, so that the same files have one digest', () => {
    const other = manifestOf(
      filesOf({ './Model//Price.php': 'b', 'registration.php': 'a' }),
      [],
      { ...TOOL, version: '2' },
      NOW.add({ hours: 1 }),
    );
    expect(other.files.map(({ path }) => path)).toEqual(['Model/Price.php', 'registration.php']);
    expect(other.digest).toBe(BUILT.digest);
    expect(new Set([BUILT.digest, FIX.digest, manifestOf(FIX.files, [], TOOL, NOW).digest]).size).toBe(3);
  });

  test('is read as it was written, in any order of its files', async () => {
    expect(parseManifest(JSON.stringify(FIX))).toEqual(FIX);
    expect(parseManifest(JSON.stringify({ ...BUILT, files: BUILT.files.toReversed() }))).toEqual(BUILT);
  });

  test.each<[unknown, string[], string]>([
    [{ ...BUILT, format: 'tenure-release-manifest/2' }, ['format'], 'this format is not known'],
    [{ ...BUILT, colour: 'red' }, [], 'an unknown field is a misspelling'],
    [{ ...BUILT, tool: 'tenure' }, ['tool'], 'name and version are told apart'],
    [{ ...BUILT, madeAt: '2026-02-10' }, ['madeAt'], 'a day is no instant'],
    [{ ...BUILT, digest: undefined }, ['digest'], 'a list that was cut could not be told from a whole one'],
    [file({ sha256: 'A'.repeat(64) }), ['files', '0', 'sha256'], 'digests are in lower case'],
    [file({ sha256: 'a'.repeat(32) }), ['files', '0', 'sha256'], 'that is an MD5'],
    [file({ size: -1 }), ['files', '0', 'size'], 'no file is smaller than empty'],
    [file({ size: 1.5 }), ['files', '0', 'size'], 'bytes are whole'],
    [file({ path: '' }), ['files', '0', 'path'], 'a file has a name'],
    [file({ path: '/etc/passwd' }), ['files', '0', 'path'], 'that is outside the add-on'],
    [file({ path: '../a.php' }), ['files', '0', 'path'], 'that is outside the add-on'],
    [file({ path: 'a/../b.php' }), ['files', '0', 'path'], 'that is a detour'],
    [file({ path: 'a/..' }), ['files', '0', 'path'], 'that is no file'],
    [file({ path: './a.php' }), ['files', '0', 'path'], 'one spelling for one file'],
    [file({ path: 'a//b.php' }), ['files', '0', 'path'], 'one spelling for one file'],
    [file({ path: 'a\\b.php' }), ['files', '0', 'path'], 'one spelling for one file'],
    [file({ path: 'a\nb.php' }), ['files', '0', 'path'], 'a line break is no part of a name'],
    [{ ...FIX, removedPaths: ['../a'] }, ['removedPaths', '0'], 'that is outside the add-on'],
    ['[]', [], 'a list is no manifest'],
  ])('document %# is refused in its place, by the schema too', async (document, at) => {
    const text = typeof document === 'string' ? document : JSON.stringify(document);
    expect((await parsed(text)).userErrors[0]).toMatchObject({ code: 'INVALID', path: ['input', 'manifest', ...at] });
    expect(fitsSchema(JSON.parse(text))).toBe(false);
  });

  test.each<[unknown, string[], string]>([
    [{ ...BUILT, files: BUILT.files.slice(1) }, ['digest'], 'a file was cut off'],
    [{ ...BUILT, files: [...BUILT.files, ...BUILT.files] }, ['files', '1', 'path'], 'a file is there once'],
    [{ ...FIX, removedPaths: ['Model/Price.php'] }, ['removedPaths', '0'], 'it cannot be there and taken away'],
    ['{', [], 'that is no JSON'],
  ])('document %#, which fits the schema or is no JSON, is refused in its place', async (document, at) => {
    const text = typeof document === 'string' ? document : JSON.stringify(document);
    expect((await parsed(text)).userErrors).toMatchObject([{ code: 'INVALID', path: ['input', 'manifest', ...at] }]);
  });

  test('that is written fits the schema', () => expect([fitsSchema(BUILT), fitsSchema(FIX)]).toEqual([true, true]));
});

describe('recording a manifest (A-16)', () => {
  let database: Awaited<ReturnType<typeof testDatabase>>;
  beforeAll(async () => {
    database = await testDatabase();
    await publishPolicies(database);
    await sell(database, { sku: 'FILTER', releases: [{ version: '1.0', publishedAt: '2025-06-01T00:00:00Z' }] });
  });
  afterAll(() => database.close());

  const input = (change: Partial<ReleaseManifestInput> = {}): ReleaseManifestInput => ({
    addonSku: 'FILTER',
    version: '1.0',
    kind: 'BUILD',
    label: '1.0 for Magento',
    manifest: BUILT,
    ...change,
  });
  const count = () => withVendorSession(database, ({ em }) => em.count(ReleaseManifest));

  test('keeps it once, with who made it, and a hot-fix beside it', async () => {
    const first = await asVendor(database, (em) => addReleaseManifest(em, input(), NOW));
    const again = await asVendor(database, (em) => addReleaseManifest(em, input({ version: 'v1.0.0', label: 'another name' }), NOW));
    expect([again.id, again.label, again.tool]).toEqual([first.id, '1.0 for Magento', 'tenure 1.0']);
    await asVendor(database, (em) => addReleaseManifest(em, input({ kind: 'HOTFIX', label: 'ticket 7', manifest: FIX }), NOW));
    expect(await count()).toBe(2);
  });

  test('never changes one', async () => {
    const change = asVendor(database, async (em) => {
      const row = await em.findOneOrFail(ReleaseManifest, { kind: 'BUILD' });
      row.label = 'something else';
    });
    await expect(change).rejects.toThrow('never changes');
  });

  test.each<[Partial<ReleaseManifestInput>, string, string, string]>([
    [{ addonSku: 'NOTHING' }, 'NOT_FOUND', 'addonSku', 'there is no such add-on'],
    [{ version: '9.9' }, 'NOT_FOUND', 'version', 'it was not published'],
    [{ version: 'latest' }, 'NOT_FOUND', 'version', 'that is no version'],
    [{ label: ' ' }, 'INVALID', 'label', 'people must tell it from others'],
    [{ label: 'x'.repeat(201) }, 'INVALID', 'label', 'nobody reads that'],
    [{ manifest: FIX }, 'INVALID', 'manifest.removedPaths', 'a build is whole'],
    [{ manifest: manifestOf([], [], TOOL, NOW) }, 'INVALID', 'manifest.files', 'it tells nothing'],
    [{ manifest: {} }, 'INVALID', 'manifest.format', 'that is no manifest'],
  ])('input %# is refused, and nothing is written', async (change, code, at) => {
    const before = await count();
    const { userErrors } = await outcomeAsVendor(database, (em) => addReleaseManifest(em, input(change), NOW));
    expect([userErrors[0]?.code, userErrors[0]?.path.slice(1).join('.')]).toEqual([code, at]);
    expect(await count()).toBe(before);
  });
});
