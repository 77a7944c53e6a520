/** What a module states in `ps_versions_compliancy`; null where it states nothing. */
export interface PrestashopCompliancy {
  readonly min: string | null;
  readonly max: string | null;
}

/** `MAXIMUM_NOT_STATED`: PrestaShop would install the module, but its author named no version up to which it was made to work. */
export type PrestashopCompliancyVerdict = 'COMPLIANT' | 'NOT_COMPLIANT' | 'MAXIMUM_NOT_STATED';

/** Where PrestaShop begins when a module states no minimum. */
const OLDEST_MINIMUM = '1.4.0.0';
/** The constant by which many modules say "whatever runs here": the same as stating no maximum. */
const RUNNING_VERSION = '_PS_VERSION_';

/** PHP takes the first of these that the word begins with; "#" stands for a number, and a word that begins with none ranks below all. */
const WORD_RANKS: readonly (readonly [string, number])[] = [
  ['dev', 0],
  ['a', 1],
  ['b', 2],
  ['RC', 3],
  ['rc', 3],
  ['#', 4],
  ['p', 5],
];

/**
 * Whether PrestaShop `running` would install a module with this statement: PHP's own comparison with both ends, which count.
 * Ends of two or three numbers are filled up for versions before 8 only, so that max "1.7" takes in 1.7.8.11 and max "8.1" refuses 8.1.7.
 * Total over all strings: what is no version is compared as PHP compares it.
 */
export function prestashopCompliancy(stated: PrestashopCompliancy, running: string): PrestashopCompliancyVerdict {
  if (comparePhpVersions(running, paddedMinimum(stated.min ?? OLDEST_MINIMUM)) < 0) return 'NOT_COMPLIANT';
  if (stated.max === null || stated.max === RUNNING_VERSION) return 'MAXIMUM_NOT_STATED';
  return comparePhpVersions(running, paddedMaximum(stated.max)) > 0 ? 'NOT_COMPLIANT' : 'COMPLIANT';
}

/** The lower end as PrestaShop compares it: "1.7" is 1.7.0.0; from 8 on it stays as written. */
export function paddedMinimum(min: string): string {
  return padded(min, '.0');
}

/** The upper end as PrestaShop compares it: "1.7" is 1.7.999.999; from 8 on it stays as written. */
export function paddedMaximum(max: string): string {
  return padded(max, '.999');
}

function padded(end: string, filler: string): string {
  const match = /^[0-7]\.\d+(\.\d+)?$/.exec(end);
  if (match === null) return end;
  return end + (match[1] === undefined ? filler.repeat(2) : filler);
}

/**
 * PHP's version_compare: parts are split at dots, at other signs and between digits and letters; numbers compare as integers, words by
 * (unknown) < dev < alpha < beta < RC < (a number, or nothing more) < pl. A further number makes a version later: "1.0" < "1.0.0".
 */
export function comparePhpVersions(a: string, b: string): -1 | 0 | 1 {
  if (a === '' || b === '') return sign(a.length - b.length);
  return compareParts(phpParts(a), phpParts(b));
}

function compareParts(left: readonly string[], right: readonly string[]): -1 | 0 | 1 {
  let index = 0;
  while (goesOn(left, index) && goesOn(right, index)) {
    const order = comparePart(left[index] ?? '', right[index] ?? '');
    if (order !== 0) return order;
    index += 1;
  }
  if (left.length > index) return rankOfRest(left.slice(index));
  return right.length > index ? sign(-rankOfRest(right.slice(index))) : 0;
}

/** Whether there is a part to compare; the nothing behind a trailing dot is none. */
function goesOn(parts: readonly string[], index: number): boolean {
  return index < parts.length && !(index === parts.length - 1 && parts[index] === '');
}

function comparePart(left: string, right: string): -1 | 0 | 1 {
  const [a, b] = [leadingNumber(left), leadingNumber(right)];
  if (a === null || b === null) return sign(wordRank(left) - wordRank(right));
  return a === b ? 0 : a < b ? -1 : 1;
}

/** How what one version has beyond the other compares with nothing: a number is more, a word is taken for itself. */
function rankOfRest(rest: readonly string[]): -1 | 0 | 1 {
  const [first = ''] = rest;
  if (leadingNumber(first) !== null) return 1;
  return rest.length === 1 && first === '' ? -1 : compareParts(rest, ['#N#']);
}

function wordRank(part: string): number {
  if (leadingNumber(part) !== null) return 4;
  return WORD_RANKS.find(([word]) => part.startsWith(word))?.[1] ?? -1;
}

function phpParts(version: string): readonly string[] {
  if (version.startsWith('#')) return version.split('.');
  // PHP keeps the very first character, and an odd one right behind a digit, as a word.
  return version
    .replace(/(?<!^)(?:[-_+.]|(?<![0-9])[^0-9A-Za-z])/g, '.')
    .replace(/(?<=[0-9])(?=[^0-9.])|(?<=[^0-9.])(?=[0-9])/g, '.')
    .replace(/\.+/g, '.')
    .split('.');
}

function leadingNumber(part: string): bigint | null {
  const digits = /^[0-9]+/.exec(part)?.[0];
  return digits === undefined ? null : BigInt(digits);
}

function sign(number: number): -1 | 0 | 1 {
  return number === 0 ? 0 : number < 0 ? -1 : 1;
}
