import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { ReleaseManifest } from '../../src/persistence/release-manifest.js';
import { withVendorSession } from '../../src/persistence/session.js';
import { publishRelease } from '../../src/use-cases/release.js';
import { parseManifest } from '../../src/use-cases/release-manifest.js';
import { testDatabase } from '../support/database.js';
import { asVendor } from '../support/vendor.js';
import { NOW, run, seedVendor } from './cli-under-test.js';
import { type ZipEntry, zipArchive } from './zip-archive.js';

const FILES = {
  'registration.php': '<?php // here',
  'Model/Price.php': '<?php class Price {}',
  'i18n/fr_FR.csv': '"Price","Prix"',
  'empty.txt': '',
};
const zipped = (contents: Readonly<Record<string, string>>, top = ''): ZipEntry[] =>
  Object.entries(contents).map(([path, content], index) => ({ name: `${top}${path}`, content, stored: index % 2 === 0 }));

let base: string;
beforeAll(() => {
  base = mkdtempSync(join(tmpdir(), 'tenure-manifest-'));
});
afterAll(() => rmSync(base, { recursive: true }));

let places = 0;
const place = () => join(base, `place${++places}`);
function folder(contents: Readonly<Record<string, string>>): string {
  const path = place();
  for (const [name, content] of Object.entries(contents)) {
    mkdirSync(dirname(join(path, name)), { recursive: true });
    writeFileSync(join(path, name), content);
  }
  return path;
}
function archive(entries: readonly ZipEntry[]): string {
  const path = `${place()}.zip`;
  writeFileSync(path, zipArchive(entries));
  return path;
}
const manifestOf = async (path: string) => {
  const { exitCode, out, err } = await run(['manifest', path], null);
  expect([exitCode, err]).toEqual([0, '']);
  return parseManifest(out);
};

describe('the manifest of a release', () => {
  test('is the same from a folder and from an archive, with a folder at its top or without', async () => {
    const made = await manifestOf(folder(FILES));
    expect(made.files.map(({ path, size }) => [path, size])).toEqual([
      ['Model/Price.php', 20],
      ['empty.txt', 0],
      ['i18n/fr_FR.csv', 14],
      ['registration.php', 13],
    ]);
    expect(made.files[1]?.sha256).toBe('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');
    expect(made).toMatchObject({ tool: { name: 'tenure' }, madeAt: NOW.toString(), removedPaths: [] });
    const windows = zipped(FILES).map((entry) => ({ ...entry, name: entry.name.replaceAll('/', '\\') }));
    for (const entries of [zipped(FILES), zipped(FILES, 'stock/').toReversed(), windows]) {
      expect(await manifestOf(archive(entries))).toEqual(made);
    }
    const large = { ...FILES, 'large.js': '0123456789'.repeat(20_000) };
    expect(await manifestOf(folder(large))).toEqual(await manifestOf(archive(zipped(large))));
  });

  const alone = { 'Model/Price.php': '<?php class Price {}' };
  const module = { 'stock/stock.php': '<?php', 'stock/classes/Price.php': '<?php' };
  test.each<[Readonly<Record<string, string>>, string[], string[], string]>([
    [{ 'stock/registration.php': '<?php', 'stock/a.js': '' }, [], ['a.js', 'registration.php'], 'it is a Magento module in its folder'],
    [module, [], ['classes/Price.php', 'stock.php'], 'it is a PrestaShop module in its folder'],
    [{ 'stock/composer.json': '{}', 'stock/a.js': '' }, [], ['a.js', 'composer.json'], 'it is a package in its folder'],
    [{ ...module, 'README.md': '' }, [], ['README.md', 'stock/classes/Price.php', 'stock/stock.php'], 'something stands beside the folder'],
    [alone, [], ['Model/Price.php'], 'nothing shows that the folder is the whole add-on'],
    [alone, ['--hotfix', 'x'], ['Model/Price.php'], 'a hot-fix has few files, which may all lie in one folder'],
    [module, ['--hotfix', 'x'], ['stock/classes/Price.php', 'stock/stock.php'], 'what a hot-fix is, its paths say alone'],
  ])('of %j with %j names %j, from a folder and an archive, because %s', async (contents, flags, paths) => {
    const dotted = zipped(contents, './');
    for (const from of [folder(contents), archive(zipped(contents)), archive(dotted)]) {
      const { files } = parseManifest((await run(['manifest', from, ...flags], null)).out);
      expect(files.map(({ path }) => path)).toEqual(paths);
    }
  });

  test('leaves out what is kept for version control, and nothing else', async () => {
    const more = { ...FILES, '.git/HEAD': 'ref', 'Model/.svn/entries': '12', '.htaccess': 'deny', 'node_modules/a.js': '1' };
    const { files } = await manifestOf(folder(more));
    expect(files.map(({ path }) => path)).toEqual([
      '.htaccess',
      'Model/Price.php',
      'empty.txt',
      'i18n/fr_FR.csv',
      'node_modules/a.js',
      'registration.php',
    ]);
    const mac = [...zipped(FILES, 'stock/'), { name: '__MACOSX/stock/._Price.php', content: 'x' }, { name: 'stock/Model/', content: '' }];
    expect((await manifestOf(archive(mac))).files).toHaveLength(4);
  });

  const linked = () => {
    const path = folder(FILES);
    symlinkSync('/etc/hostname', join(path, 'link.php'));
    return path;
  };
  const pipe = (name: string) => {
    const path = join(folder({}), name);
    mkdirSync(dirname(path));
    execFileSync('mkfifo', [path]);
    return path;
  };
  const huge = () => {
    const path = `${place()}.json`;
    writeFileSync(path, '');
    truncateSync(path, 5_000_001);
    return path;
  };
  const bomb = () => {
    const entry = { content: Buffer.alloc(1000), statedSize: 0xffff_0000 };
    return archive([{ name: 'a.php', ...entry }]);
  };
  test.each<[string, () => string, number, string, string]>([
    ['nothing', place, 3, 'There is no folder or file', 'the name is wrong'],
    ['an empty folder', () => folder({ '.git/HEAD': 'ref' }), 4, 'has no files', 'a release has some'],
    ['a link', linked, 4, 'link.php. Put the files themselves', 'it may lead anywhere'],
    [
      'a link in an archive',
      () => archive([{ name: 'link.php', content: '/etc/hostname', mode: 0o120777 }]),
      4,
      'link.php',
      'it may lead anywhere',
    ],
    ['an encrypted archive', () => archive([{ name: 'a.php', content: 'a', flags: 1 }]), 4, 'a.php', 'nobody knows what is in it'],
    [
      'a way out of an archive',
      () => archive([{ name: '../a.php', content: 'a' }]),
      4,
      'its file "../a.php" would lie outside of it. Make',
      'that is not within the add-on',
    ],
    [
      'an absolute path',
      () => archive([{ name: '/a.php', content: 'a' }]),
      4,
      'its file "/a.php" would lie outside of it. Make',
      'that is not within the add-on',
    ],
    ['a way out with backslashes', () => archive([{ name: '..\\a.php', content: 'a' }]), 4, 'cannot be read as a ZIP archive', 'the same'],
    [
      'one path twice',
      () =>
        archive([
          { name: 'a.php', content: 'a' },
          { name: './a.php', content: 'b' },
        ]),
      4,
      'a.php',
      'one of them would be forgotten',
    ],
    ['a line break in a name', () => archive([{ name: 'a\n.php', content: 'a' }]), 4, 'cannot be in a manifest', 'a list would be torn'],
    ['an archive that says it is huge', bomb, 4, 'more than 1 GiB', 'it is not unpacked at all'],
    [
      'one that holds more than it says',
      () => archive([{ name: 'a.php', content: 'a'.repeat(99), statedSize: 9 }]),
      4,
      'has another size than it states. Make',
      'it stops there',
    ],
    ['a damaged archive', () => archive([{ name: 'a.php', content: 'a', statedCrc32: 7 }]), 4, 'a.php in', 'its checksum is another'],
    [
      'no archive',
      () => join(folder({ 'a.zip': 'no archive' }), 'a.zip'),
      4,
      'it is none, or was cut short or damaged. Make',
      'it has no directory',
    ],
    ['a pipe', () => pipe('release.zip'), 4, 'neither a folder nor a file', 'it would be waited for, for ever'],
    ['a pipe for a manifest', () => pipe('release.json'), 4, 'neither a folder nor a file', 'the same'],
    ['a manifest beyond its bound', huge, 4, 'more than 5000000 bytes', 'it is not read at all'],
  ])('of %s is refused', async (_name, path, exitCode, said) => {
    const ending = await run(['manifest', path()], null);
    expect([ending.exitCode, ending.out]).toEqual([exitCode, '']);
    expect(ending.err).toContain(said);
  });

  test('is made of a folder, whatever the end of its name', async () => {
    const path = join(folder({ 'build.json/registration.php': '<?php', 'build.json/a.php': '' }), 'build.json');
    expect((await manifestOf(path)).files.map((file) => file.path)).toEqual(['a.php', 'registration.php']);
  });

  test('is not written where it could not be read again', async () => {
    const out = `${place()}.json`;
    const ending = await run(['manifest', folder(FILES), '--hotfix', 'fix', '--removed', '../x', '--out', out], null);
    expect([ending.exitCode, ending.out]).toEqual([4, '']);
    expect(ending.err).toContain('removedPaths.0: is no path within the add-on');
    await expect(readFile(out)).rejects.toMatchObject({ code: 'ENOENT' });
  });

  test('is the same for a person who looks on', async () => {
    const ending = await run(['manifest', folder(FILES)], null, { isTerminal: true });
    expect([ending.exitCode, parseManifest(ending.out).files.length]).toEqual([0, 4]);
  });

  test('is written where it is to be, and nothing is printed but what it came to', async () => {
    const out = `${place()}.json`;
    const ending = await run(['manifest', folder(FILES), '--out', out], null);
    const document = parseManifest(await readFile(out, 'utf8'));
    expect(ending.out).toBe(`files   4\ndigest  ${document.digest}\n`);
    const around = await run(['manifest', archive(zipped(FILES, 'stock/')), '--out', out], null);
    expect(around.out).toBe(`files              4\nwithin the folder  stock\ndigest             ${document.digest}\n`);
    expect(await manifestOf(out)).toEqual(document);
    expect((await run(['manifest', folder(FILES), '--out', join(out, 'under.json')], null)).exitCode).toBe(1);
  });
});

describe('recording it with a release', () => {
  let database: Awaited<ReturnType<typeof testDatabase>>;
  beforeAll(async () => {
    database = await testDatabase();
    await seedVendor(database);
    const release = { addonSku: 'SHIP-PRO', version: '1.2.0', channel: 'STABLE', kind: 'MINOR', publishedAt: null, changelog: [] } as const;
    const compatibility = [{ platform: 'MAGENTO', edition: null, from: '2.4.4', to: '2.4.7' }] as const;
    await asVendor(database, (em) => publishRelease(em, { ...release, compatibility }, NOW));
  });
  afterAll(() => database.close());
  const recorded = () =>
    withVendorSession(database, async ({ em }) => {
      const rows = await em.find(ReleaseManifest, {}, { orderBy: { kind: 'asc' } });
      return rows.map(({ kind, label, removedPaths, files }) => [kind, label, removedPaths, files.length]);
    });

  test('keeps the build and its hot-fix; the same again changes nothing', async () => {
    const path = folder(FILES);
    expect((await run(['manifest', path, '--publish', 'SHIP-PRO@1.2.0'], database)).out).toContain('recorded with  SHIP-PRO 1.2.0');
    const fix = folder({ 'Model/Price.php': '<?php // mended' });
    const flags = ['--publish', 'SHIP-PRO@1.2.0', '--hotfix', 'ticket 214', '--removed', 'registration.php', './i18n/fr_FR.csv'];
    expect((await run(['manifest', fix, ...flags], database)).exitCode).toBe(0);
    const expected = [
      ['BUILD', 'SHIP-PRO 1.2.0', [], 4],
      ['HOTFIX', 'ticket 214', ['i18n/fr_FR.csv', 'registration.php'], 1],
    ];
    expect(await recorded()).toEqual(expected);
    const later = { now: () => NOW.add({ hours: 1 }) };
    const again = await run(['manifest', archive(zipped(FILES, 'x/')), '--publish', 'SHIP-PRO@1.2', '--label', 'other'], database, later);
    expect(again.out).toContain('recorded before with  SHIP-PRO 1.2');
    expect(await recorded()).toEqual(expected);
  });

  test.each<[string, Readonly<Record<string, string>>, string[], boolean, string]>([
    ['around', { 'stock/Model/Price.php': '<?php // 2' }, [], true, 'the folder of the add-on is in front of every path'],
    ['shared', { 'Model/Price.php': '<?php // 3', 'Model/New.php': '' }, [], false, 'one path is enough'],
    ['takes away', { 'Model/New.php': '' }, ['--removed', 'empty.txt'], false, 'the build has what it takes away'],
  ])('of a hot-fix that fits no build there is a warning: %s', async (label, contents, flags, isWarned) => {
    await run(['manifest', folder(FILES), '--publish', 'SHIP-PRO@1.2.0'], database);
    const argv = ['manifest', archive(zipped(contents)), '--publish', 'SHIP-PRO@1.2.0', '--hotfix', label, ...flags];
    const { exitCode, out, err } = await run(argv, database);
    expect([exitCode, out.includes('recorded with')]).toEqual([0, true]);
    if (isWarned) expect(err).toContain('No build of SHIP-PRO 1.2.0 has a path of this hot-fix, such as "stock/Model/Price.php"');
    else expect(err).toBe('');
  });

  test.each<[string[], number, string, string]>([
    [['--publish', 'SHIP-PRO@9.9'], 3, 'is not published', 'there is nothing to record it with'],
    [['--publish', 'NOTHING@1.2.0'], 3, 'no add-on', 'the SKU is wrong'],
    [['--publish', 'SHIP-PRO'], 2, 'such as MG-STOCK@1.2.0', 'the version is missing'],
    [['--removed', 'a.php'], 2, '--hotfix', 'a build is whole'],
    [['--publish', 'SHIP-PRO@1.2.0', '--hotfix', 'x', '--removed', '../a.php'], 4, 'is no path within', 'that is not within the add-on'],
    [
      ['--publish', 'SHIP-PRO@1.2.0', '--hotfix', 'x', '--removed', 'registration.php'],
      4,
      'registration.php',
      'it cannot be there and taken away',
    ],
  ])('%j ends with %i and says %j, because %s', async (flags, exitCode, said, _because) => {
    const ending = await run(['manifest', folder(FILES), ...flags], database);
    expect([ending.exitCode, ending.out]).toEqual([exitCode, '']);
    expect(ending.err).toContain(said);
  });
});
