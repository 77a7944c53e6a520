import { comparablePath, isCodeFile } from './code-file.js';

/** A file of an add-on: its path within the add-on, with "/", its size in bytes and the SHA-256 of its bytes in hexadecimal. */
export interface FileDigest {
  readonly path: string;
  readonly size: number;
  readonly sha256: string;
}

/** The files of a release as they were built; or those that a fix of the vendor puts in their place or adds, and those that it takes away. */
export interface CodeManifest {
  readonly kind: 'BUILD' | 'HOTFIX';
  readonly label: string;
  readonly files: readonly FileDigest[];
  readonly removedPaths: readonly string[];
}

export const CODE_RESULTS = ['SAME', 'MODIFIED', 'UNKNOWN_BUILD', 'NOT_TOLD'] as const;
/** UNKNOWN_BUILD: the version has no manifest. NOT_TOLD: the report lists no file. Neither shows a change. */
export type CodeResult = (typeof CODE_RESULTS)[number];

export const FILE_STATUSES = ['CHANGED', 'EXTRA', 'MISSING'] as const;

/** A file that is not as the vendor released it. */
export interface FileDifference {
  readonly path: string;
  readonly status: (typeof FILE_STATUSES)[number];
  /** Only code counts (A-16, B-23). */
  readonly isCode: boolean;
  /** SHA-256 by the build; null of a file that it does not have. */
  readonly expectedSha256: string | null;
  /** SHA-256 as found; null of a file that is missing. */
  readonly foundSha256: string | null;
}

export interface CodeComparison {
  readonly result: CodeResult;
  /** Label of the build that fits best; null without one. */
  readonly build: string | null;
  /** Labels of the vendor's hot-fixes of which at least one file was found, in order. */
  readonly hotfixes: readonly string[];
  /** Every file that differs, by path; of an unknown build none, as nothing can be said. */
  readonly files: readonly FileDifference[];
}

/**
 * holds the files that were found of an add-on against the manifests of its release. SAME: every code file of one build is as it was built, or as a
 * hot-fix of the vendor has it, and no other code lies in the folder. Hot-fixes count file by file, so that one put in only in part is no change of the
 * customer's. Files that are not code are listed where they differ and decide nothing. Of several builds the one with the fewest differences
 * counts. Paths are compared as `comparablePath` spells them; the order of files and manifests makes no difference. Never throws.
 */
export function compareCode(manifests: readonly CodeManifest[], found: readonly FileDigest[]): CodeComparison {
  const spelled = manifests.map(spelledManifest);
  const builds = spelled.filter(({ kind }) => kind === 'BUILD');
  if (builds.length === 0) return { result: 'UNKNOWN_BUILD', build: null, hotfixes: [], files: [] };
  if (found.length === 0) return { result: 'NOT_TOLD', build: null, hotfixes: [], files: [] };
  const hotfixes = spelled.filter(({ kind }) => kind === 'HOTFIX');
  const installed = byPath(found);
  const fits = builds.map((build) => ({ label: build.label, files: differences(build, hotfixes, installed) }));
  const best = fits.reduce((one, other) => (isBetter(other, one) ? other : one));
  const applied = hotfixes.filter((hotfix) => isFoundIn(hotfix, builds, installed)).map(({ label }) => label);
  const result = best.files.some(({ isCode }) => isCode) ? 'MODIFIED' : 'SAME';
  return { result, build: best.label, hotfixes: applied.sort(), files: best.files };
}

/** SHA-256 by path, in one spelling. */
type Digests = ReadonlyMap<string, string>;

interface SpelledManifest extends Pick<CodeManifest, 'kind' | 'label'> {
  readonly files: Digests;
  readonly removed: ReadonlySet<string>;
}

const byPath = (files: readonly FileDigest[]): Digests =>
  new Map(files.map(({ path, sha256 }) => [comparablePath(path), sha256.toLowerCase()]));

const spelledManifest = ({ kind, label, files, removedPaths }: CodeManifest): SpelledManifest => ({
  kind,
  label,
  files: byPath(files),
  removed: new Set(removedPaths.map(comparablePath)),
});

interface Fit {
  readonly label: string;
  readonly files: readonly FileDifference[];
}

function isBetter(one: Fit, other: Fit): boolean {
  const codeOf = ({ files }: Fit) => files.filter(({ isCode }) => isCode).length;
  const lead = codeOf(one) - codeOf(other) || one.files.length - other.files.length;
  return lead < 0 || (lead === 0 && one.label < other.label);
}

/** What differs from one build, hot-fixes of the vendor left out. */
function differences(build: SpelledManifest, hotfixes: readonly SpelledManifest[], installed: Digests): FileDifference[] {
  const isVendors = (path: string, sha256: string) => hotfixes.some(({ files }) => files.get(path) === sha256);
  const isTakenAway = (path: string) => hotfixes.some(({ removed }) => removed.has(path));
  const differing: FileDifference[] = [];
  const note = (path: string, status: FileDifference['status'], expectedSha256: string | null, foundSha256: string | null) =>
    differing.push({ path, status, isCode: isCodeFile(path), expectedSha256, foundSha256 });
  for (const [path, expected] of build.files) {
    const sha256 = installed.get(path);
    if (sha256 === undefined) {
      if (!isTakenAway(path)) note(path, 'MISSING', expected, null);
    } else if (sha256 !== expected && !isVendors(path, sha256)) note(path, 'CHANGED', expected, sha256);
  }
  for (const [path, sha256] of installed) {
    if (!build.files.has(path) && !isVendors(path, sha256)) note(path, 'EXTRA', null, sha256);
  }
  return differing.sort((one, other) => (one.path < other.path ? -1 : 1));
}

/** Whether something of a hot-fix was put in: a file of it that no build has so, or a file of a build gone that it takes away. */
function isFoundIn(hotfix: SpelledManifest, builds: readonly SpelledManifest[], installed: Digests): boolean {
  const isBuilt = (path: string, sha256: string) => builds.some(({ files }) => files.get(path) === sha256);
  const puts = [...hotfix.files].some(([path, sha256]) => installed.get(path) === sha256 && !isBuilt(path, sha256));
  return puts || [...hotfix.removed].some((path) => !installed.has(path) && builds.some(({ files }) => files.has(path)));
}

/** The code of an add-on in a store at one moment, held against the manifests of the version that it was then. */
export interface InstalledFiles {
  /** In the spelling by which versions are compared; null where it was not told. */
  readonly version: string | null;
  readonly files: readonly FileDigest[];
  readonly comparison: CodeComparison;
}

/**
 * B-23: what of an add-on's code is not the vendor's own: the text that a digest of a store's code is taken of. A line for each path, in the order of its UTF-16 units:
 * the JSON array of path and SHA-256, "-" in place of a file that is missing. What equals a build or a hot-fix leaves no line, so that updates and hot-fixes
 * of the vendor do not change it. Of a version without manifests every code file has its line. Null where no file was told.
 */
export function codeText(installed: Omit<InstalledFiles, 'version'>): string | null {
  const deviations = deviationsOf(installed);
  if (deviations === null) return null;
  const sorted = [...deviations].sort(([one], [other]) => (one < other ? -1 : 1));
  return sorted.map((line) => JSON.stringify(line)).join('\n');
}

/**
 * B-23: the code files that are not the vendor's own now and were otherwise at the hand-over, by path. What returned to the vendor's code since, or was
 * replaced by a release or hot-fix of his, is his change. Null where nothing can be said: no files were told, or the version changed and
 * one of the two has no manifest.
 */
export function codeChangedSince(handedOver: InstalledFiles, now: InstalledFiles): readonly string[] | null {
  const before = deviationsOf(handedOver);
  const after = deviationsOf(now);
  if (before === null || after === null) return null;
  const isSameVersion = handedOver.version !== null && handedOver.version === now.version;
  const isKnown = [handedOver, now].every(({ comparison }) => comparison.result !== 'UNKNOWN_BUILD');
  if (!isSameVersion && !isKnown) return null;
  const changed = [...after].filter(([path, sha256]) => before.get(path) !== sha256).map(([path]) => path);
  // Without a manifest nothing tells which files belong there: what is gone is gone.
  const gone = isKnown ? [] : [...before.keys()].filter((path) => !after.has(path));
  return [...changed, ...gone].sort();
}

/** Of code that is not the vendor's own, the SHA-256 found, "-" for a missing file; null where no file was told. */
function deviationsOf({ files, comparison }: Omit<InstalledFiles, 'version'>): Digests | null {
  if (files.length === 0) return null;
  if (comparison.result === 'UNKNOWN_BUILD') return new Map([...byPath(files)].filter(([path]) => isCodeFile(path)));
  return new Map(comparison.files.filter(({ isCode }) => isCode).map(({ path, foundSha256 }) => [path, foundSha256 ?? '-']));
}
