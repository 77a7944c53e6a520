/** How far a version is from its release, in Composer's order: a patch comes after the release that it patches. */
export type VersionStage = 'dev' | 'alpha' | 'beta' | 'RC' | 'stable' | 'patch';

export type VersionNumbers = readonly [number, number, number, number];

/** A version in Composer's sense. A branch ("dev-main") has a name and no numbers that mean anything. */
export interface Version {
  readonly branch: string | null;
  readonly numbers: VersionNumbers;
  readonly stage: VersionStage;
  /** What follows the stage: 3 in "-p3", 2 and 1 in "-alpha2.1", nothing in "-beta". */
  readonly stageNumbers: readonly number[];
  /** "-dev" behind another stage, as in "-RC1-dev": just before that stage is reached. */
  readonly unfinished: boolean;
}

/** A version as somebody wrote it: what it means, and how much of it was spelled out. */
export interface WrittenVersion {
  readonly version: Version;
  /** How many numbers were written: 2 for "2.4", 3 for "2.4.7-p3"; 0 for a branch. */
  readonly precision: number;
  /** Whether a stage was written, be it only "-stable". */
  readonly suffixed: boolean;
}

const STAGE_RANK: Record<VersionStage, number> = { dev: 0, alpha: 1, beta: 2, RC: 3, stable: 4, patch: 5 };

const STAGE_OF_KEYWORD: Readonly<Record<string, VersionStage>> = {
  a: 'alpha',
  alpha: 'alpha',
  b: 'beta',
  beta: 'beta',
  rc: 'RC',
  stable: 'stable',
  p: 'patch',
  pl: 'patch',
  patch: 'patch',
};

// Fifteen digits at most, so that every number is an exact integer. No quantifier is nested without a separator between: the match is linear.
const NUMBERED =
  /^v?(\d{1,15}(?:\.\d{1,15}){0,3})[._-]?(?:(stable|beta|b|rc|alpha|a|patch|pl|p)([.-]?\d{1,15}(?:[.-]\d{1,15})*)?)?([.-]?dev)?$/i;
const NUMBERED_BRANCH = /^v?(\d{1,15}(?:\.\d{1,15}){0,2})((?:\.[x*]){1,3})[.-]?dev$/i;
const NAMED_BRANCH = /^dev-(\S+)$/i;
const LONGEST_TEXT = 200;

/** The number that Composer puts in place of each "x" of a branch such as "2.4.x-dev": higher than any release of that line. */
const BRANCH_HEAD = 9_999_999;

function padded(numbers: readonly number[], filler = 0): VersionNumbers {
  const [first = filler, second = filler, third = filler, fourth = filler] = numbers;
  return [first, second, third, fourth];
}

/** A version made of numbers and a bare stage: what the ends of ranges are computed with. Missing numbers are 0. */
export function versionOf(numbers: readonly number[], stage: VersionStage = 'stable'): Version {
  return { branch: null, numbers: padded(numbers), stage, stageNumbers: [], unfinished: false };
}

/**
 * The very first version that no longer begins with the first `precision` numbers of `version`, pre-releases included:
 * (2.4.7, 3) gives 2.4.8.0-dev. `precision` is 1 to 4; an end of a range stays below it.
 */
export function firstVersionAfter(version: Version, precision: number): Version {
  const kept = version.numbers.slice(0, precision);
  return versionOf(
    kept.map((number, index) => (index === kept.length - 1 ? number + 1 : number)),
    'dev',
  );
}

/**
 * Reads a version and says how much of it was written. Accepts Composer's tags and branches: a leading "v", one to four numbers, a stage
 * with or without separator, "-dev", build data behind "+" (ignored), "2.4.x-dev", "dev-main". Unlike Composer it reads a date only as
 * ordinary numbers ("20240131.1"), and neither aliases ("as") nor stability flags ("@dev"). Returns null for everything else, never throws.
 */
export function readVersion(text: string): WrittenVersion | null {
  const trimmed = text.trim();
  if (trimmed.length > LONGEST_TEXT) return null;
  const branch = NAMED_BRANCH.exec(trimmed)?.[1];
  if (branch !== undefined) return { version: { ...versionOf([], 'dev'), branch }, precision: 0, suffixed: true };
  const bare = trimmed.replace(/\+\S+$/, '');
  return readNumbered(bare) ?? readNumberedBranch(bare);
}

function readNumbered(text: string): WrittenVersion | null {
  const match = NUMBERED.exec(text);
  if (match === null) return null;
  const [, written = '', keyword, stageText, dev] = match;
  const numbers = written.split('.').map(Number);
  const suffixed = keyword !== undefined || dev !== undefined;
  const stage = keyword === undefined ? 'stable' : (STAGE_OF_KEYWORD[keyword.toLowerCase()] ?? 'stable');
  // Composer drops whatever follows "-stable"; a lone "-dev" is a stage of its own.
  if (stage === 'stable') {
    const bareDev = keyword === undefined && dev !== undefined;
    return { version: versionOf(numbers, bareDev ? 'dev' : 'stable'), precision: numbers.length, suffixed };
  }
  const stageNumbers = stageText?.match(/\d+/g)?.map(Number) ?? [];
  const version = { ...versionOf(numbers, stage), stageNumbers, unfinished: dev !== undefined };
  return { version, precision: numbers.length, suffixed };
}

function readNumberedBranch(text: string): WrittenVersion | null {
  const match = NUMBERED_BRANCH.exec(text);
  if (match === null) return null;
  const [, written = '', placeholders = ''] = match;
  const numbers = written.split('.').map(Number);
  if (numbers.length + placeholders.length / 2 > 4) return null;
  return { version: versionOf(padded(numbers, BRANCH_HEAD), 'dev'), precision: numbers.length, suffixed: true };
}

/** The version that a text names in Composer's sense (A-14: versions are not semver), or null when it names none. Never throws. */
export function parseVersion(text: string): Version | null {
  return readVersion(text)?.version ?? null;
}

/**
 * Composer's order, total: numbers first, then dev < alpha < beta < RC < (release) < patch, then the stage's own numbers as integers, so
 * that 2.4.7-p3 < 2.4.7-p10 and both are later than 2.4.7. Named branches come before every number, in the order of their names.
 */
export function compareVersions(a: Version, b: Version): -1 | 0 | 1 {
  if (a.branch !== null || b.branch !== null) return compareBranches(a.branch, b.branch);
  for (let place = 0; place < orderLength(a); place += 1) {
    const mine = orderAt(a, place);
    const theirs = orderAt(b, place);
    if (mine !== theirs) return mine < theirs ? -1 : 1;
  }
  return 0;
}

function compareBranches(a: string | null, b: string | null): -1 | 0 | 1 {
  if (a === b) return 0;
  if (a === null) return 1;
  if (b === null) return -1;
  return a < b ? -1 : 1;
}

/**
 * What two versions are compared by, place by place: numbers, stage, its numbers. It closes with 0 (still "-dev") or 1 (reached); a further number,
 * shifted by two, is later than both.
 */
function orderAt({ numbers, stage, stageNumbers, unfinished }: Version, place: number): number {
  if (place < numbers.length) return numbers[place] ?? 0;
  if (place === numbers.length) return STAGE_RANK[stage];
  const stageNumber = stageNumbers[place - numbers.length - 1];
  if (stageNumber !== undefined) return stageNumber + 2;
  return unfinished ? 0 : 1;
}

const orderLength = ({ numbers, stageNumbers }: Version): number => numbers.length + stageNumbers.length + 2;

/** Whether this is a release or a patch of one, as Composer judges stability: no branch, no pre-release, nothing unfinished. */
export function isStable(version: Version): boolean {
  return version.branch === null && !version.unfinished && (version.stage === 'stable' || version.stage === 'patch');
}

/** The normal form: "2.4.7.0-patch3", "1.7.8.11", "dev-main". Two numbered versions are equal exactly when their normal forms are. */
export function normalVersion(version: Version): string {
  if (version.branch !== null) return `dev-${version.branch}`;
  const stage = version.stage === 'stable' ? '' : `-${version.stage}${version.stageNumbers.join('.')}`;
  return `${version.numbers.join('.')}${stage}${version.unfinished ? '-dev' : ''}`;
}

/** A text whose code-point order is the order of `compareVersions`, for a database to sort by. */
export function versionSortKey(version: Version): string {
  if (version.branch !== null) return `!${version.branch}`;
  return Array.from({ length: orderLength(version) }, (_, place) => String(orderAt(version, place)).padStart(16, '0')).join('.');
}
