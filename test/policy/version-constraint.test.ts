import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { parseVersion, type Version } from '../../src/policy/version.js';
import { satisfies } from '../../src/policy/version-constraint.js';

const truth = JSON.parse(readFileSync(new URL('./truth/composer-semver.json', import.meta.url), 'utf8')) as {
  normalized: Record<string, string>;
  satisfies: [string, string, boolean][];
};

function versionFrom(text: string): Version {
  const version = parseVersion(text);
  if (version === null) throw new Error(`${text} is not a version`);
  return version;
}

const anyVersion = fc.constantFrom(...Object.keys(truth.normalized)).map(versionFrom);
const anyConstraint = fc.constantFrom(...new Set(truth.satisfies.map(([, constraint]) => constraint)));

describe('the recorded answers of Composer', () => {
  test('are all there', () => {
    expect(truth.satisfies).toHaveLength(446);
  });

  test.each(truth.satisfies)('%s satisfies %s: %s', (version, constraint, answer) => {
    expect(satisfies(versionFrom(version), constraint)).toBe(answer);
  });
});

describe('what each sign admits', () => {
  test.each([
    ['~1', ['1.0.0-dev', '1.9.9'], ['0.9', '2.0.0-dev'], 'with one number the first stays'],
    ['~1.2-beta', ['1.2.0-beta', '1.9'], ['1.2.0-alpha', '2.0-dev'], 'a stage that is written is meant'],
    ['~1.2.2-stable', ['1.2.2', '1.2.9'], ['1.2.2-RC1', '1.3.0-dev'], 'also when it says only stable'],
    ['~1.2.3.4', ['1.2.3.4-dev', '1.2.3.99'], ['1.2.3.3', '1.2.4-dev'], 'with four numbers the third stays'],
    ['~2.0.x-dev', ['2.0.x-dev'], ['2.0.5', '2.1-dev'], 'the end of line 2.0'],
    ['^0', ['0.0.1', '0.9'], ['1.0-dev'], 'nothing but the major is known'],
    ['^0.0', ['0.0.9'], ['0.1-dev'], 'the second number is the first that could count'],
    ['^0.2.3', ['0.2.3-dev', '0.2.9'], ['0.2.2', '0.3.0-dev'], 'the first number that is not 0 stays'],
    ['^0.0.3', ['0.0.3', '0.0.3-p1'], ['0.0.2', '0.0.4-dev'], 'also when it is the third'],
    ['^v1', ['1.0', '1.99'], ['2.0-dev'], 'a v changes nothing'],
    ['^2.0.*-dev', ['2.0.x-dev', '2.1', '2.9'], ['2.0.5', '3.0-dev'], 'from the end of line 2.0 on'],
    ['1.', ['1.0.0'], ['1.0.1'], 'Composer overlooks a trailing dot'],
    ['v2.*', ['2.0-dev', '2.99'], ['1.9', '3.0-dev'], 'wildcards include pre-releases'],
    ['2.1.3.x', ['2.1.3.9'], ['2.1.4-dev'], 'x is a star'],
    ['0.*', ['0.0.0-dev', '0.9'], ['1.0-dev'], 'from the beginning'],
    ['1.0 - 2.0', ['1.0-dev', '2.0.9'], ['2.1-dev'], 'a short upper end means its line'],
    ['1.0 - 2.0.0', ['2.0.0', '2.0.0-RC1'], ['2.0.1-dev', '2.0.0-p1'], 'a long upper end is exact'],
    ['1.2-beta - 2.3-dev', ['1.2-beta', '2.3-dev'], ['1.2-alpha', '2.3-alpha'], 'so is one with a stage'],
    ['1  -  2 , !=1.5', ['1.4', '2.9'], ['1.5', '3.0'], 'a range can stand beside a comparison'],
    ['> 2.0   <=  3.0', ['2.0.1', '3.0'], ['2.0', '3.0.1'], 'blanks behind a sign are ignored'],
    ['> 2.0 , <2.0.5 | >  2.0.6', ['2.0.4', '2.0.7'], ['2.0.5', '2.0.6'], 'or is weaker than and'],
    ['~2.5.9|~2.6,>=2.6.2', ['2.5.9', '2.6.2', '2.9'], ['2.5.8', '2.6.1', '3.0'], 'each alternative has its own bounds'],
    ['<1.2.3-stable', ['1.2.3-RC1'], ['1.2.3'], 'stable lifts the exclusion of pre-releases'],
    ['<1.2.3', ['1.2.2'], ['1.2.3-dev'], 'without it they are excluded'],
    ['>=2.4.7p3', ['2.4.7-p3-dev', '2.4.7-p3'], ['2.4.7-p2'], 'a stage without hyphen does not keep its own pre-releases out'],
    ['<>1.0', ['1.0.1', 'dev-main'], ['1.0', '1'], 'another way to write !='],
    ['==1.0', ['1'], ['1.0-p1', 'dev-main'], 'another way to write ='],
    ['dev-main', ['dev-main'], ['dev-other', '1.0'], 'a branch is only itself'],
    ['!=dev-main', ['dev-other', '1.0'], ['dev-main'], 'and everything else is not it'],
    ['>=dev-main', [], ['dev-main', 'dev-zebra', '1.0'], 'nothing is later than a branch'],
    ['*', ['dev-main', '1.0', '1.0-dev'], [], 'a star is everything'],
    ['*.*', ['1.0', '1.0-dev'], ['dev-main'], 'two stars are every number'],
  ])('%s admits %j and not %j: %s', (constraint, admitted, refused) => {
    for (const text of admitted) expect([text, satisfies(versionFrom(text), constraint)]).toEqual([text, true]);
    for (const text of refused) expect([text, satisfies(versionFrom(text), constraint)]).toEqual([text, false]);
  });
});

describe('what is not understood', () => {
  test.each([
    ['', 'nothing is written'],
    ['1.0.0-meh', 'no such stage'],
    ['>2.0,,<=3.0', 'a comma too many'],
    ['>2.0 ||| <=3.0', 'a bar too many'],
    [',^1', 'nothing before the comma'],
    ['^1 ||', 'nothing behind the bar'],
    ['|| ^1', 'nothing before the bar'],
    ['^1 ,', 'nothing behind the comma'],
    ['~>1.2', 'a sign of another package manager'],
    ['^2.0.*', 'two ways to say it at once'],
    ['~2.x', 'two ways to say it at once'],
    ['>=2.4.*', 'a wildcard has no order'],
    ['1.x - 2.*', 'a wildcard is no end'],
    ['dev-main - 2.0', 'a branch is no end'],
    ['^dev-main', 'a branch has no line'],
    ['^8 || ^', 'one alternative is empty'],
    ['1.0-dev<1.0.5-dev', 'two versions in one'],
    ['^1.0@dev', 'stability flags are not read'],
    [`${'1.0 || '.repeat(200)}1.0`, 'longer than any constraint'],
  ])('%j: %s', (constraint) => {
    expect(satisfies(versionFrom('2.4.7'), constraint)).toBeNull();
  });

  test('is answered without a throw', () => {
    const text = fc.oneof(fc.string(), fc.stringMatching(/^[0-9.x*^~<>=!|, a-]{0,40}$/));
    fc.assert(fc.property(anyVersion, text, (version, constraint) => [true, false, null].includes(satisfies(version, constraint))));
  });
});

describe('laws', () => {
  test('or admits what either side admits, and what both admit', () => {
    fc.assert(
      fc.property(anyVersion, anyConstraint, anyConstraint, (version, a, b) => {
        const [left, right] = [satisfies(version, a), satisfies(version, b)];
        expect(satisfies(version, `${a} || ${b}`)).toBe(left === true || right === true);
        if (!a.includes('||') && !b.includes('||')) expect(satisfies(version, `${a}, ${b}`)).toBe(left === true && right === true);
      }),
    );
  });

  test('exactly one of <, =, > holds against a pre-release, whose lower end does not move', () => {
    fc.assert(
      fc.property(anyVersion, fc.constantFrom('2.4.7-beta1', '2.4.6-p3', '9.0.0-alpha1'), (version, bound) => {
        if (version.branch !== null) return;
        const answers = [`<${bound}`, `=${bound}`, `>${bound}`].map((constraint) => satisfies(version, constraint));
        expect(answers.filter((answer) => answer === true)).toHaveLength(1);
      }),
    );
  });
});
