import { createHash } from 'node:crypto';
import { manifestsOf, type ReportedCode, type ReportedCodeKey, reportedCodes } from '../persistence/code-evidence.js';
import {
  type CodeComparison,
  type CodeManifest,
  codeChangedSince,
  codeText,
  compareCode,
  type InstalledFiles,
} from '../policy/code-comparison.js';
import { parseVersion, versionSortKey } from '../policy/version.js';
import type { EntityManager } from './entity-manager.js';

/** The code of an add-on in a store by one report, held against the manifests of its version. */
export interface CodeEvidence extends ReportedCode {
  readonly comparison: CodeComparison;
  /** SHA-256 of what is not the vendor's own code, in hexadecimal (B-23); null where no file was told. */
  readonly digest: string | null;
}

/** An add-on in a store. */
export interface CodePlace {
  readonly storeId: string;
  readonly addonId: string;
}

/** [ours] How old a report may be to tell what a store ran when a request was made. */
const TELLS_FOR = Temporal.Duration.from({ hours: 24 * 30 });
/** [ours] How old a report may be to tell the present, such as the code at a hand-over. */
const PRESENT_FOR = Temporal.Duration.from({ minutes: 15 });

/**
 * the code that a request rests on: by the newest report of the 30 days before it was made, else by the first one since, as the vendor may ask for one; else by
 * the newest older one. Null where the store never reported the add-on. Many in two statements, in the order of the questions.
 */
export function codeOfRequests(
  em: EntityManager,
  asked: readonly (CodePlace & { readonly madeAt: Temporal.Instant })[],
  now: Temporal.Instant,
): Promise<(CodeEvidence | null)[]> {
  const keys = asked.map(({ storeId, addonId, madeAt }) => ({
    storeId,
    addonId,
    from: madeAt.subtract(TELLS_FOR),
    to: madeAt,
    olderWillDo: true,
  }));
  return evidenceFor(em, keys, now);
}

/** The same of one request; null, too, where it names no store or no add-on. */
export async function codeOfRequest(
  em: EntityManager,
  place: { readonly storeId: string | null; readonly addonId: string | null },
  madeAt: Temporal.Instant,
  now: Temporal.Instant,
): Promise<CodeEvidence | null> {
  const { storeId, addonId } = place;
  if (storeId === null || addonId === null) return null;
  return (await codeOfRequests(em, [{ storeId, addonId, madeAt }], now))[0] ?? null;
}

/** B-23: the code that is there now: by the newest report of the last quarter of an hour. Null where there is none. */
export async function codeNow(em: EntityManager, place: CodePlace, now: Temporal.Instant): Promise<CodeEvidence | null> {
  const key = { ...place, from: now.subtract(PRESENT_FOR), to: now, olderWillDo: false };
  return (await evidenceFor(em, [key], now))[0] ?? null;
}

/**
 * B-23: the code files that are no longer as they were handed over, the vendor's own changes left out. Handed over was what a report told in the quarter of an
 * hour before, else the first one since; so work that the vendor had not finished is nobody's change. Now is what the newest report tells. Null
 * where that cannot be compared.
 */
export async function codeChangedSinceHandOver(
  em: EntityManager,
  place: CodePlace,
  handedOverAt: Temporal.Instant,
  now: Temporal.Instant,
): Promise<readonly string[] | null> {
  const atHandOver = { ...place, from: handedOverAt.subtract(PRESENT_FOR), to: handedOverAt, olderWillDo: false };
  const newest = { ...place, from: handedOverAt, to: now, olderWillDo: false };
  const [before, after] = await evidenceFor(em, [atHandOver, newest], now);
  if (before == null || after == null) return null;
  return codeChangedSince(installedFiles(before), installedFiles(after));
}

function installedFiles({ files, comparison, ...code }: CodeEvidence): InstalledFiles {
  return { version: sortKeyOf(code), files, comparison };
}

async function evidenceFor(em: EntityManager, keys: readonly ReportedCodeKey[], now: Temporal.Instant): Promise<(CodeEvidence | null)[]> {
  const codes = await reportedCodes(em, keys, now);
  const versions = new Map<string, { readonly addonId: string; readonly versionSortKey: string }>();
  const nameOf = (addonId: string, key: string) => `${addonId} ${key}`;
  codes.forEach((code, index) => {
    const addonId = keys[index]?.addonId;
    const key = code && sortKeyOf(code);
    if (addonId !== undefined && key !== null) versions.set(nameOf(addonId, key), { addonId, versionSortKey: key });
  });
  const manifests = await manifestsOf(em, [...versions.values()]);
  const known = new Map([...versions.keys()].map((name, index) => [name, manifests[index] ?? []]));
  // Several questions may come to one report, which is compared once.
  const compared = new Map<ReportedCode, CodeEvidence>();
  return codes.map((code, index) => {
    if (code === null) return null;
    const key = sortKeyOf(code);
    const found = compared.get(code) ?? evidence(code, (key !== null && known.get(nameOf(keys[index]?.addonId ?? '', key))) || []);
    compared.set(code, found);
    return found;
  });
}

function evidence(code: ReportedCode, manifests: readonly CodeManifest[]): CodeEvidence {
  const comparison = compareCode(manifests, code.files);
  const text = codeText({ files: code.files, comparison });
  const digest = text === null ? null : createHash('sha256').update(text).digest('hex');
  return { ...code, comparison, digest };
}

/** The version that the files are of; that of the store's database only where they do not tell, as an upgrade may not have been run. */
function sortKeyOf({ version, installedVersion }: Pick<ReportedCode, 'version' | 'installedVersion'>): string | null {
  const parsed = parseVersion(version ?? installedVersion ?? '');
  return parsed === null ? null : versionSortKey(parsed);
}

/** [ours] More changed files than anybody reads are not kept with a decision. */
const MAX_CHANGED_FILES = 1_000;

/** what a decision takes from it. Nothing told, and a build that nobody knows, are held against nobody. */
export function sourceFacts(found: CodeEvidence | null): {
  readonly modifiedSource: 'SAME' | 'CHANGED' | 'UNKNOWN';
  readonly codeReportedAt: Temporal.Instant | null;
  readonly changedCodeFiles: readonly string[];
} {
  const result = found?.comparison.result;
  const codeReportedAt = found?.reportedAt ?? null;
  if (found === null || (result !== 'SAME' && result !== 'MODIFIED'))
    return { modifiedSource: 'UNKNOWN', codeReportedAt, changedCodeFiles: [] };
  const changed = found.comparison.files.filter(({ isCode }) => isCode).map(({ path }) => path);
  return { modifiedSource: result === 'SAME' ? 'SAME' : 'CHANGED', codeReportedAt, changedCodeFiles: changed.slice(0, MAX_CHANGED_FILES) };
}

/** What is kept of it with a decision: which report, what it found, and what it was held against. */
export function codeRecord(found: CodeEvidence | null) {
  if (found === null) return null;
  const { id, reportedAt, version, installedVersion, path, digest, comparison } = found;
  const { result, build, hotfixes } = comparison;
  return { id, reportedAt, version, installedVersion, path, digest, result, build, hotfixes };
}
