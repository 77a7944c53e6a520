import { compareVersions, firstVersionAfter, normalVersion, readVersion, type Version, versionOf, type WrittenVersion } from './version.js';

type Operator = '=' | '!=' | '<' | '<=' | '>' | '>=';

interface Bound {
  readonly operator: Operator;
  readonly version: Version;
}

const LONGEST_CONSTRAINT = 1000;
const EVERYTHING = /^[x*]$/i;
const EVERY_NUMBER = /^v?[x*](?:\.[x*])*$/i;
const WILDCARD = /^(v?\d+(?:\.\d+){0,2})(?:\.[x*])+$/i;
const HYPHEN_RANGE = /^(\S+) - (\S+)$/;
const COMPARISON = /^(<>|!=|>=|<=|==|>|<|=)?(.+)$/;

const OPERATOR_OF_SIGN: Readonly<Record<string, Operator>> = {
  '=': '=',
  '==': '=',
  '!=': '!=',
  '<>': '!=',
  '<': '<',
  '<=': '<=',
  '>': '>',
  '>=': '>=',
};

/**
 * Whether a version satisfies a Composer constraint: "," or a space means and, "||" or "|" means or; `^ ~ * x`, comparisons and
 * hyphen ranges. As in Composer a lower end without a stage admits its own pre-releases (">=2.4.7" admits 2.4.7-beta2), "2.4.7" alone
 * refuses 2.4.7-p3, and a branch satisfies only its own name, "!=" another, and "*". Stability flags ("@dev") and aliases ("as") are
 * not read. Returns null when the constraint is not understood; never throws.
 */
export function satisfies(version: Version, constraint: string): boolean | null {
  const alternatives = parseConstraint(constraint);
  if (alternatives === null) return null;
  return alternatives.some((bounds) => bounds.every((bound) => holds(version, bound)));
}

/** The alternatives of a constraint, each a list of bounds that all must hold; an empty list always holds. */
function parseConstraint(constraint: string): readonly (readonly Bound[])[] | null {
  if (constraint.length > LONGEST_CONSTRAINT) return null;
  const alternatives: (readonly Bound[])[] = [];
  for (const alternative of constraint.split(/\|\|?/)) {
    const bounds: Bound[] = [];
    for (const conjunct of conjuncts(alternative)) {
      const parsed = parseConjunct(conjunct);
      if (parsed === null) return null;
      bounds.push(...parsed);
    }
    alternatives.push(bounds);
  }
  return alternatives;
}

/** Splits at commas and at spaces, except behind a comparison sign and around the lone hyphen of a range. */
function conjuncts(alternative: string): readonly string[] {
  return alternative.split(',').flatMap((part) => {
    const spaced = part
      .trim()
      .replace(/\s+/g, ' ')
      .replace(/([<>=]) /g, '$1');
    return spaced.split(/(?<! -) (?!- )/);
  });
}

function parseConjunct(text: string): readonly Bound[] | null {
  if (EVERYTHING.test(text)) return [];
  if (EVERY_NUMBER.test(text)) return [{ operator: '>=', version: versionOf([], 'dev') }];
  if (text.startsWith('~')) return tilde(readVersion(text.slice(1)));
  if (text.startsWith('^')) return caret(readVersion(text.slice(1)));
  const prefix = WILDCARD.exec(text)?.[1];
  if (prefix !== undefined) return wildcard(readVersion(prefix));
  const hyphen = HYPHEN_RANGE.exec(text);
  if (hyphen !== null) return hyphenRange(readVersion(hyphen[1] ?? ''), readVersion(hyphen[2] ?? ''));
  return comparison(text);
}

/** From what was written, pre-releases included unless a stage was written, to just before the line after `precision` numbers. */
function within(low: WrittenVersion, precision: number): readonly Bound[] {
  return [lowerEnd(low), { operator: '<', version: firstVersionAfter(low.version, precision) }];
}

function lowerEnd(low: WrittenVersion): Bound {
  return { operator: '>=', version: low.suffixed ? low.version : beforeAnyPreRelease(low.version) };
}

/** The earliest thing that can bear this version's name: what Composer writes by appending "-dev". */
function beforeAnyPreRelease(version: Version): Version {
  return version.stage === 'stable' ? { ...version, stage: 'dev' } : { ...version, unfinished: version.stage !== 'dev' };
}

function wildcard(prefix: WrittenVersion | null): readonly Bound[] | null {
  return prefix === null ? null : within(prefix, prefix.precision);
}

/** "~2.4.6": the last number written may grow. In "~2.4.x-dev" the placeholder counts as written. */
function tilde(low: WrittenVersion | null): readonly Bound[] | null {
  if (low === null || low.precision === 0) return null;
  const written = low.precision + (isNumberedBranch(low) ? 1 : 0);
  return within(low, Math.max(1, written - 1));
}

/** "^0.2.3": everything may grow but the first number that is not 0. */
function caret(low: WrittenVersion | null): readonly Bound[] | null {
  if (low === null || low.precision === 0) return null;
  const [major, minor] = low.version.numbers;
  if (major !== 0 || low.precision < 2) return within(low, 1);
  return within(low, minor !== 0 || low.precision < 3 ? 2 : 3);
}

function isNumberedBranch(written: WrittenVersion): boolean {
  const next = written.version.numbers[written.precision];
  return next !== undefined && next !== 0;
}

/** "1.0 - 2.1": an upper end of one or two numbers takes in its whole line, a longer one or one with a stage is meant exactly. */
function hyphenRange(low: WrittenVersion | null, high: WrittenVersion | null): readonly Bound[] | null {
  if (low === null || high === null || low.precision === 0 || high.precision === 0) return null;
  const upperEnd: Bound =
    high.precision >= 3 || high.suffixed
      ? { operator: '<=', version: high.version }
      : { operator: '<', version: firstVersionAfter(high.version, high.precision) };
  return [lowerEnd(low), upperEnd];
}

function comparison(text: string): readonly Bound[] | null {
  const [, sign = '=', versionText = ''] = COMPARISON.exec(text) ?? [];
  const operator = OPERATOR_OF_SIGN[sign];
  const written = readVersion(versionText);
  if (operator === undefined || written === null) return null;
  const { version } = written;
  // Composer looks for the stage behind a hyphen only, so ">=2.4.7p3" also admits what precedes that patch.
  const stageWritten = version.branch !== null || /-[._-]?(?:[a-z]|$)/i.test(versionText);
  const shifts = (operator === '>=' || operator === '<') && !stageWritten;
  return [{ operator, version: shifts ? beforeAnyPreRelease(version) : version }];
}

function holds(version: Version, bound: Bound): boolean {
  const same = normalVersion(version) === normalVersion(bound.version);
  if (bound.operator === '=') return same;
  if (bound.operator === '!=') return !same;
  // Nothing is earlier or later than a branch.
  if (version.branch !== null || bound.version.branch !== null) return false;
  const order = compareVersions(version, bound.version);
  switch (bound.operator) {
    case '<':
      return order < 0;
    case '<=':
      return order <= 0;
    case '>':
      return order > 0;
    case '>=':
      return order >= 0;
  }
}
