import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type CodeManifest, codeChangedSince, codeText, compareCode, type FileDigest } from '../../src/policy/code-comparison.js';

/** A file whose content is told by one letter. */
const file = (path: string, content: string): FileDigest => ({ path, size: 10, sha256: content.repeat(64) });
const filesOf = (contents: Readonly<Record<string, string>>) => Object.entries(contents).map(([path, content]) => file(path, content));

const BUILT = { 'Model/Price.php': 'a', 'etc/di.xml': 'b', 'i18n/fr_FR.csv': 'c', 'registration.php': 'd' };
const build = (contents: Readonly<Record<string, string>> = BUILT, label = 'build'): CodeManifest => ({
  kind: 'BUILD',
  label,
  files: filesOf(contents),
  removedPaths: [],
});
const hotfix = (contents: Readonly<Record<string, string>>, removedPaths: readonly string[] = [], label = 'hot-fix'): CodeManifest => ({
  kind: 'HOTFIX',
  label,
  files: filesOf(contents),
  removedPaths,
});
const without = (path: string) => Object.fromEntries(Object.entries(BUILT).filter(([each]) => each !== path));
const summary = (manifests: readonly CodeManifest[], contents: Readonly<Record<string, string>>) => {
  const { result, files } = compareCode(manifests, filesOf(contents));
  return [result, ...files.map(({ path, status, isCode }) => `${path} ${status}${isCode ? '' : ', no code'}`)];
};

const FIX = hotfix({ 'Model/Price.php': 'f', 'Model/Rounding.php': 'e' }, ['registration.php'], 'ticket 214');

describe('the code of a store against the release (A-16)', () => {
  test.each<[string, readonly CodeManifest[], Readonly<Record<string, string>>, readonly string[], string]>([
    ['the release', [build()], BUILT, ['SAME'], 'every file is as it was built'],
    ['a changed program', [build()], { ...BUILT, 'Model/Price.php': '0' }, ['MODIFIED', 'Model/Price.php CHANGED'], 'code changed'],
    ['changed wiring', [build()], { ...BUILT, 'etc/di.xml': '0' }, ['MODIFIED', 'etc/di.xml CHANGED'], 'it says which class runs'],
    [
      'a changed translation',
      [build()],
      { ...BUILT, 'i18n/fr_FR.csv': '0' },
      ['SAME', 'i18n/fr_FR.csv CHANGED, no code'],
      'only code counts',
    ],
    ['a program more', [build()], { ...BUILT, 'shell.php': '0' }, ['MODIFIED', 'shell.php EXTRA'], 'it may run'],
    ['a picture more', [build()], { ...BUILT, 'logo.png': '0' }, ['SAME', 'logo.png EXTRA, no code'], 'only code counts'],
    ['a program less', [build()], without('etc/di.xml'), ['MODIFIED', 'etc/di.xml MISSING'], 'the add-on does something else'],
    ['a translation less', [build()], without('i18n/fr_FR.csv'), ['SAME', 'i18n/fr_FR.csv MISSING, no code'], 'only code counts'],
    [
      'another case',
      [build()],
      { ...without('registration.php'), 'Registration.php': 'd' },
      ['MODIFIED', 'Registration.php EXTRA', 'registration.php MISSING'],
      'servers tell them apart',
    ],
    [
      'no manifest',
      [],
      { ...BUILT, 'Model/Price.php': '0' },
      ['UNKNOWN_BUILD'],
      'nothing can be compared, so nothing is held against anybody',
    ],
    ['hot-fixes alone', [FIX], BUILT, ['UNKNOWN_BUILD'], 'what they were put into is not known'],
    ['no file told', [build()], {}, ['NOT_TOLD'], 'an empty list is no missing add-on'],
    [
      'the whole hot-fix',
      [build(), FIX],
      { ...without('registration.php'), 'Model/Price.php': 'f', 'Model/Rounding.php': 'e' },
      ['SAME'],
      'the vendor changed it',
    ],
    ['a part of the hot-fix', [build(), FIX], { ...BUILT, 'Model/Price.php': 'f' }, ['SAME'], 'put in by the vendor all the same'],
    [
      'a changed hot-fix',
      [build(), FIX],
      { ...BUILT, 'Model/Price.php': '0' },
      ['MODIFIED', 'Model/Price.php CHANGED'],
      'neither built nor fixed so',
    ],
    [
      'a hot-fix of elsewhere',
      [build(), FIX],
      { ...BUILT, 'etc/di.xml': 'f' },
      ['MODIFIED', 'etc/di.xml CHANGED'],
      'it is for another file',
    ],
    [
      'another flavour',
      [build(), build({ ...BUILT, 'Model/Price.php': '8' })],
      { ...BUILT, 'Model/Price.php': '8' },
      ['SAME'],
      'one build must fit',
    ],
    [
      'half of each flavour',
      [build(BUILT, '7'), build({ 'Model/Price.php': '8', 'etc/di.xml': '8' }, '8')],
      { ...BUILT, 'etc/di.xml': '8' },
      ['MODIFIED', 'etc/di.xml CHANGED'],
      'no build is so, and the first fits best',
    ],
  ])('%s: %j', (_name, manifests, installed, expected, _because) => expect(summary(manifests, installed)).toEqual(expected));

  test('names the build that fits best, and the hot-fixes that were put in', () => {
    const other = hotfix({ 'etc/di.xml': '9' }, [], 'ticket 99');
    const { build: fitting, hotfixes } = compareCode(
      [build(BUILT, 'eight'), build({ 'a.php': '1' }, 'nine'), FIX, other],
      filesOf({ ...BUILT, 'Model/Price.php': 'f' }),
    );
    expect([fitting, hotfixes]).toEqual(['eight', ['ticket 214']]);
    const { hotfixes: taken } = compareCode([build(), FIX], filesOf(without('registration.php')));
    expect(taken).toEqual(['ticket 214']);
    expect(compareCode([build(), FIX], filesOf(BUILT)).hotfixes).toEqual([]);
  });

  test('spells digests and paths in one way', () => {
    const windows = filesOf(BUILT).map(({ path, size, sha256 }) => ({
      path: `.\\${path.replaceAll('/', '\\')}`,
      size,
      sha256: sha256.toUpperCase(),
    }));
    expect(compareCode([build()], windows).result).toBe('SAME');
  });
});

const pathArbitrary = fc.constantFrom('a.php', 'b.js', 'etc/di.xml', 'c.tpl', 'i18n/x.csv', 'logo.png', 'README.md');
const contentsArbitrary = fc.dictionary(pathArbitrary, fc.constantFrom('1', '2', '3'), { minKeys: 1 });

describe('laws of the comparison (A-16)', () => {
  test('a build is the same as itself, in any order, with any hot-fixes known', () => {
    fc.assert(
      fc.property(contentsArbitrary, contentsArbitrary, fc.infiniteStream(fc.nat()), (contents, fixed, dice) => {
        const shuffled = filesOf(contents).toSorted(() => ((dice.next().value ?? 0) % 2) - 0.5);
        expect(compareCode([build(contents)], shuffled)).toMatchObject({ result: 'SAME', files: [] });
        expect(compareCode([hotfix(fixed), build(contents)], shuffled)).toMatchObject({ result: 'SAME', files: [] });
      }),
    );
  });

  test('any part of a hot-fix leaves it unmodified', () => {
    fc.assert(
      fc.property(
        contentsArbitrary,
        contentsArbitrary,
        fc.subarray(['a.php', 'b.js', 'logo.png']),
        fc.nat(127),
        (contents, fixed, removed, part) => {
          const kept = Object.entries(contents).filter(([path], index) => !removed.includes(path) || (part >> index) % 2 === 0);
          const put = Object.entries(fixed).filter((_entry, index) => (part >> index) % 2 === 1);
          const installed = Object.fromEntries([...kept, ...put]);
          fc.pre(Object.keys(installed).length > 0);
          expect(summary([build(contents), hotfix(fixed, removed)], installed)[0]).toBe('SAME');
        },
      ),
    );
  });

  test('changing, adding or taking away one file modifies it just where the file is code', () => {
    fc.assert(
      fc.property(contentsArbitrary, pathArbitrary, fc.constantFrom('changed', 'gone'), (contents, path, deed) => {
        const { [path]: _one, ...others } = contents;
        const installed = deed === 'gone' ? others : { ...contents, [path]: '0' };
        fc.pre(Object.keys(installed).length > 0 && !(deed === 'gone' && contents[path] === undefined));
        const { result, files } = compareCode([build(contents)], filesOf(installed));
        expect(files.map((each) => each.path)).toEqual([path]);
        expect(result).toBe(files[0]?.isCode ? 'MODIFIED' : 'SAME');
      }),
    );
  });

  test('the order of manifests makes no difference', () => {
    fc.assert(
      fc.property(contentsArbitrary, contentsArbitrary, contentsArbitrary, contentsArbitrary, (one, other, fixed, installed) => {
        const manifests = [build(one, 'one'), build(other, 'other'), hotfix(fixed)];
        expect(compareCode(manifests.toReversed(), filesOf(installed))).toEqual(compareCode(manifests, filesOf(installed)));
      }),
    );
  });
});

const installed = (version: string | null, contents: Readonly<Record<string, string>>, manifests: readonly CodeManifest[]) => ({
  version,
  files: filesOf(contents),
  comparison: compareCode(manifests, filesOf(contents)),
});
const NEXT = { ...BUILT, 'Model/Price.php': '7', 'Model/Offer.php': '7' };
const WORKED = { ...BUILT, 'Model/Price.php': '5' };

describe('a change of code since the hand-over (B-23)', () => {
  test.each<[string, ReturnType<typeof installed>, ReturnType<typeof installed>, readonly string[] | null, string]>([
    ['nothing', installed('1', BUILT, [build()]), installed('1', BUILT, [build()]), [], 'it is as it was'],
    ['a program', installed('1', BUILT, [build()]), installed('1', WORKED, [build()]), ['Model/Price.php'], 'somebody changed it'],
    [
      'a program away',
      installed('1', BUILT, [build()]),
      installed('1', without('etc/di.xml'), [build()]),
      ['etc/di.xml'],
      'somebody took it away',
    ],
    ['the vendor’s work kept', installed('1', WORKED, [build()]), installed('1', WORKED, [build()]), [], 'it was handed over so'],
    [
      'the vendor’s work changed',
      installed('1', WORKED, [build()]),
      installed('1', { ...WORKED, 'Model/Price.php': '6' }, [build()]),
      ['Model/Price.php'],
      'it was handed over otherwise',
    ],
    [
      'a setting',
      installed('1', BUILT, [build()]),
      installed('1', { ...BUILT, 'etc/config.xml': '1' }, [build()]),
      [],
      'settings are no code',
    ],
    ['a picture', installed('1', BUILT, [build()]), installed('1', { ...BUILT, 'logo.png': '1' }, [build()]), [], 'media are no code'],
    [
      'a hot-fix',
      installed('1', BUILT, [build(), FIX]),
      installed('1', { ...BUILT, 'Model/Price.php': 'f' }, [build(), FIX]),
      [],
      'the vendor’s changes are left out',
    ],
    ['an update', installed('1', BUILT, [build()]), installed('2', NEXT, [build(NEXT)]), [], 'the vendor’s changes are left out'],
    [
      'an update that brings the work',
      installed('1', WORKED, [build()]),
      installed('2', NEXT, [build(NEXT)]),
      [],
      'the code is the vendor’s own again',
    ],
    [
      'an update with the work put in again',
      installed('1', WORKED, [build()]),
      installed('2', { ...NEXT, 'Model/Price.php': '5' }, [build(NEXT)]),
      [],
      'it was handed over so',
    ],
    [
      'an update and a program',
      installed('1', BUILT, [build()]),
      installed('2', { ...NEXT, 'etc/di.xml': '0' }, [build(NEXT)]),
      ['etc/di.xml'],
      'the rest is not the vendor’s',
    ],
    ['an update to an unknown build', installed('1', BUILT, [build()]), installed('2', NEXT, []), null, 'it may all be the vendor’s'],
    [
      'a program of an unknown build',
      installed('1', BUILT, []),
      installed('1', WORKED, []),
      ['Model/Price.php'],
      'it was handed over otherwise',
    ],
    [
      'a program of an unknown build away',
      installed('1', BUILT, []),
      installed('1', without('etc/di.xml'), []),
      ['etc/di.xml'],
      'what is gone is gone',
    ],
    [
      'a translation of an unknown build',
      installed('1', BUILT, []),
      installed('1', { ...BUILT, 'i18n/fr_FR.csv': '0' }, []),
      [],
      'it is no code',
    ],
    ['a version that nobody told', installed(null, BUILT, []), installed(null, WORKED, []), null, 'it may be another version'],
    ['no files before', installed('1', {}, [build()]), installed('1', WORKED, [build()]), null, 'nothing can be compared'],
    ['no files now', installed('1', BUILT, [build()]), installed('1', {}, [build()]), null, 'nothing can be compared'],
  ])('%s: %j', (_name, handedOver, now, changed, _because) => expect(codeChangedSince(handedOver, now)).toEqual(changed));

  test('the text that a digest is taken of tells what is not the vendor’s own', () => {
    expect(codeText(installed('1', BUILT, [build()]))).toBe('');
    expect(codeText(installed('1', { ...BUILT, 'Model/Price.php': 'f' }, [build(), FIX]))).toBe('');
    expect(codeText(installed('1', { ...without('etc/di.xml'), 'a.php': '1', 'logo.png': '1' }, [build()]))).toBe(
      `["a.php","${'1'.repeat(64)}"]\n["etc/di.xml","-"]`,
    );
    expect(codeText(installed('1', { 'b.php': '2', 'a.php': '1', 'logo.png': '1' }, []))).toBe(
      `["a.php","${'1'.repeat(64)}"]\n["b.php","${'2'.repeat(64)}"]`,
    );
    expect(codeText(installed('1', {}, [build()]))).toBeNull();
  });

  test('equal texts under the same manifests mean that nothing was changed, and the vendor’s own code never was', () => {
    fc.assert(
      fc.property(contentsArbitrary, contentsArbitrary, contentsArbitrary, (contents, before, after) => {
        const manifests = [build(contents)];
        const changed = codeChangedSince(installed('1', before, manifests), installed('1', after, manifests)) ?? [];
        const [one, other] = [codeText(installed('1', before, manifests)), codeText(installed('1', after, manifests))];
        if (one === other) expect(changed).toEqual([]);
        if (other === '') expect(changed).toEqual([]);
        expect(codeChangedSince(installed('1', before, manifests), installed('2', contents, manifests))).toEqual([]);
      }),
    );
  });
});
