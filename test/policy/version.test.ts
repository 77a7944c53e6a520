import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  compareVersions,
  firstVersionAfter,
  isStable,
  normalVersion,
  parseVersion,
  readVersion,
  type Version,
  versionSortKey,
} from '../../src/policy/version.js';

const truth = JSON.parse(readFileSync(new URL('./truth/composer-semver.json', import.meta.url), 'utf8')) as {
  normalized: Record<string, string>;
  compare: [string, -1 | 0 | 1, string][];
};

function versionFrom(text: string): Version {
  const version = parseVersion(text);
  if (version === null) throw new Error(`${text} is not a version`);
  return version;
}

const anyVersion = fc
  .record({
    numbers: fc.array(fc.integer({ min: 0, max: 12 }), { minLength: 1, maxLength: 4 }),
    stage: fc.constantFrom('', '-dev', '-alpha', '-beta', '-RC', '-p', '-patch'),
    stageNumbers: fc.array(fc.integer({ min: 0, max: 12 }), { maxLength: 2 }),
    dev: fc.boolean(),
  })
  .map(({ numbers, stage, stageNumbers, dev }) => {
    const staged = stage === '' || stage === '-dev' ? stage : `${stage}${stageNumbers.join('.')}${dev ? '-dev' : ''}`;
    return versionFrom(`${numbers.join('.')}${staged}`);
  });
const anyVersionOrBranch = fc.oneof(
  { weight: 9, arbitrary: anyVersion },
  { weight: 1, arbitrary: fc.constantFrom('dev-main', 'dev-2.4').map(versionFrom) },
);

describe('the recorded answers of Composer', () => {
  test('are all there', () => {
    expect(Object.keys(truth.normalized)).toHaveLength(31);
    expect(truth.compare).toHaveLength(543);
  });

  test.each(Object.entries(truth.normalized))('%s is normally written %s', (text, normal) => {
    expect(normalVersion(versionFrom(text))).toBe(normal);
  });

  test.each(truth.compare)('%s compares %i with %s', (a, order, b) => {
    expect(compareVersions(versionFrom(a), versionFrom(b))).toBe(order);
  });
});

describe('what is a version', () => {
  test.each([
    ['1.0.0RC1dev', '1.0.0.0-RC1-dev', 'the separators are optional'],
    ['1.0.0.RC.15-dev', '1.0.0.0-RC15-dev', 'and may be dots'],
    ['1.0.0.pl3-dev', '1.0.0.0-patch3-dev', 'pl is a patch'],
    ['1.0-dev', '1.0.0.0-dev', 'a lone dev is the stage'],
    ['1.0-stable', '1.0.0.0', 'stable is the same as nothing'],
    ['10.4.13-b5', '10.4.13.0-beta5', 'b is beta'],
    ['1.0.0-alpha.3.1+foo', '1.0.0.0-alpha3.1', 'build data does not order'],
    [' 1.0.0 ', '1.0.0.0', 'blanks around do not matter'],
    ['V2.4.7', '2.4.7.0', 'the v may be a capital'],
    ['2.4.x-dev', '2.4.9999999.9999999-dev', 'a branch named by numbers is the end of its line'],
    ['2.4.*-dev', '2.4.9999999.9999999-dev', 'also with a star'],
    ['DEV-FOOBAR', 'dev-FOOBAR', 'only the prefix ignores case'],
    ['dev-feature+issue-1', 'dev-feature+issue-1', 'a plus belongs to the name of a branch'],
    ['0', '0.0.0.0', 'zero counts'],
    ['00.01.03', '0.1.3.0', 'leading zeros do not change an integer'],
    ['20240131.1', '20240131.1.0.0', 'a date can serve as first number'],
  ])('%s means %s: %s', (text, normal) => {
    expect(normalVersion(versionFrom(text))).toBe(normal);
  });

  test.each([
    ['', 'nothing is written'],
    ['a', 'a stage without numbers'],
    ['1.0.0-meh', 'no stage is called so'],
    ['1.0.0.0.0', 'five numbers'],
    ['1.0.0-0.3.7', 'a number is not a stage'],
    ['1.0.1-SNAPSHOT', 'that is Maven'],
    ['1.0.0+foo bar', 'blank inside'],
    ['1.0 .2', 'blank inside'],
    ['^1', 'a constraint'],
    ['1.*', 'a constraint'],
    ['2.4-develop', 'a branch without its prefix'],
    ['2.x.x.x.x-dev', 'five numbers'],
    ['2.4.7, 2.4.8', 'two versions'],
    ['1234567890123456', 'beyond exact integers'],
    [`1.0-p${'1'.repeat(300)}`, 'longer than any version'],
  ])('%j is none: %s', (text) => {
    expect(parseVersion(text)).toBeNull();
  });

  test.each([
    ['2.4', 2, false, 'two numbers'],
    ['2.4.7-p3', 3, true, 'three numbers and a stage'],
    ['1.7.8.11', 4, false, 'four numbers'],
    ['2.4.7-stable', 3, true, 'a stage was written even if it changes nothing'],
    ['2.4.x-dev', 2, true, 'the placeholder is not a number'],
    ['dev-main', 0, true, 'a branch has no numbers'],
  ])('%s is written with %i numbers, stage %s: %s', (text, precision, suffixed) => {
    expect(readVersion(text)).toMatchObject({ precision, suffixed });
  });
});

describe('order', () => {
  test.each([
    [
      [
        '1.0-dev',
        '1.0-alpha-dev',
        '1.0-alpha',
        '1.0-alpha0-dev',
        '1.0-alpha0',
        '1.0-alpha1-dev',
        '1.0-alpha1',
        '1.0-alpha1.1',
        '1.0-alpha2',
      ],
      'a stage grows number by number',
    ],
    [
      ['2.4.7-rc1', '2.4.7', '2.4.7-p', '2.4.7-p1-dev', '2.4.7-p1', '2.4.7-p3', '2.4.7-p10', '2.4.8-dev'],
      'a patch is later, as an integer',
    ],
    [['dev-2.4', 'dev-main', '0.0.0-dev', '0.0.1'], 'branches come before all numbers'],
    [['2.4.9', '2.4.10', '2.4.x-dev', '2.5.0-alpha'], 'a branch named by numbers closes its line'],
  ])('%j: %s', (texts) => {
    const versions = texts.map(versionFrom);
    for (const [i, a] of versions.entries()) {
      for (const [j, b] of versions.entries()) expect(compareVersions(a, b)).toBe(Math.sign(i - j));
    }
  });

  test('is antisymmetric', () => {
    fc.assert(fc.property(anyVersionOrBranch, anyVersionOrBranch, (a, b) => compareVersions(a, b) + compareVersions(b, a) === 0));
  });

  test('is transitive', () => {
    fc.assert(
      fc.property(anyVersionOrBranch, anyVersionOrBranch, anyVersionOrBranch, (...versions) => {
        const [low, middle, high] = versions.toSorted(compareVersions);
        return (
          low !== undefined &&
          middle !== undefined &&
          high !== undefined &&
          compareVersions(low, middle) <= 0 &&
          compareVersions(middle, high) <= 0 &&
          compareVersions(low, high) <= 0
        );
      }),
    );
  });

  test('agrees with the normal form', () => {
    fc.assert(
      fc.property(anyVersionOrBranch, anyVersionOrBranch, (a, b) => {
        expect(versionFrom(normalVersion(a))).toEqual(a);
        expect(compareVersions(a, b) === 0).toBe(normalVersion(a) === normalVersion(b));
      }),
    );
  });

  test('is kept by the text that a database sorts by', () => {
    fc.assert(
      fc.property(anyVersionOrBranch, anyVersionOrBranch, (a, b) => {
        const [left, right] = [versionSortKey(a), versionSortKey(b)];
        expect(left === right ? 0 : left < right ? -1 : 1).toBe(compareVersions(a, b));
      }),
    );
    const keys = truth.compare.map(([a, order, b]) => [versionSortKey(versionFrom(a)) < versionSortKey(versionFrom(b)), order < 0]);
    for (const [sorted, recorded] of keys) expect(sorted).toBe(recorded);
  });

  test('puts each patch after its base and before the next release', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(50), { minLength: 3, maxLength: 3 }), fc.nat(500), (numbers, patch) => {
        const base = versionFrom(numbers.join('.'));
        const patched = versionFrom(`${numbers.join('.')}-p${patch}`);
        expect(compareVersions(base, patched)).toBe(-1);
        expect(compareVersions(patched, firstVersionAfter(base, 3))).toBe(-1);
        expect(compareVersions(patched, versionFrom(`${numbers.join('.')}-p${patch + 1}`))).toBe(-1);
      }),
    );
  });

  test('is asked about any text without a throw', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.stringMatching(/^[v0-9.x*ap+-]{0,30}$/)), (text) => {
        const version = parseVersion(text);
        if (version !== null) expect(compareVersions(version, version)).toBe(0);
      }),
    );
  });
});

describe('stability', () => {
  test.each([
    ['2.4.7', true, 'a release'],
    ['2.4.7-p3', true, 'a patch of a release'],
    ['2.4.7-p3-dev', false, 'a patch that is not finished'],
    ['2.4.7-rc1', false, 'a candidate'],
    ['9.0.0-beta.1', false, 'a beta'],
    ['2.4.x-dev', false, 'the end of a line'],
    ['dev-main', false, 'a branch'],
  ])('%s is stable: %s, %s', (text, stable) => {
    expect(isStable(versionFrom(text))).toBe(stable);
  });
});
