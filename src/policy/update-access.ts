import type { CompatibilityRange, PlatformVersion } from './compatibility.js';
import { type Reason, type ReasonDraft, reason } from './reason.js';
import { type ReleasePermission, releaseAccess } from './release-access.js';
import type { PinnedPolicy } from './support-policy.js';
import { isRevoked, latestSpan, type SupportFacts } from './support-term.js';
import { compareVersions, parseVersion, type Version } from './version.js';

export const RELEASE_KINDS = ['BUGFIX', 'SECURITY', 'MINOR', 'MAJOR'] as const;
export type ReleaseKind = (typeof RELEASE_KINDS)[number];
export const RELEASE_CHANNELS = ['STABLE', 'BETA'] as const;
export type ReleaseChannel = (typeof RELEASE_CHANNELS)[number];
export const UPDATE_VERDICTS = ['UP_TO_DATE', 'UPDATE_AVAILABLE', 'UPDATE_WITHHELD', 'NOT_ENTITLED', 'UNDETERMINED'] as const;
export type UpdateVerdict = (typeof UPDATE_VERDICTS)[number];

export interface ReleaseFacts {
  readonly id: string;
  readonly version: string;
  readonly channel: ReleaseChannel;
  readonly kind: ReleaseKind;
  readonly publishedAt: Temporal.Instant;
  readonly withdrawnAt: Temporal.Instant | null;
  readonly compatibility: readonly CompatibilityRange[];
  readonly changelogPublic: boolean;
}

export interface UpdatePurchase extends SupportFacts {
  readonly key: string;
  readonly policy: PinnedPolicy;
}

export interface UpdateAccessFacts<R extends ReleaseFacts = ReleaseFacts> {
  /** Purchases of this one add-on that speak for the store. */
  readonly purchases: readonly UpdatePurchase[];
  readonly releases: readonly R[];
  /** Null: not installed, or not known. */
  readonly installedVersion: string | null;
  readonly platformVersion: PlatformVersion | null;
  /** BETA offers pre-releases beside the stable ones. */
  readonly channel: ReleaseChannel;
}

export interface WithheldRelease<R extends ReleaseFacts = ReleaseFacts> {
  readonly release: R;
  readonly reasons: readonly Reason[];
}

export interface UpdateAccess<R extends ReleaseFacts = ReleaseFacts> {
  readonly verdict: UpdateVerdict;
  /** Never empty, the decisive one first. */
  readonly reasons: readonly Reason[];
  readonly newestPermitted: R | null;
  readonly newest: R | null;
  /** Newest first. */
  readonly withheld: readonly WithheldRelease<R>[];
  /** Key of the purchase whose renewal would lift a refusal, so that its price should be quoted; null where none would. */
  readonly liftedByRenewing: string | null;
}

interface JudgedRelease<R extends ReleaseFacts> {
  readonly release: R;
  readonly version: Version;
  readonly permission: ReleasePermission;
  readonly reasons: readonly Reason[];
  readonly liftedByRenewing: string | null;
}

/**
 * B-27: which update a store may have at this instant. Releases count when published by then, not withdrawn by then, of the channel asked
 * for, and with a version that can be read; the others are neither offered nor named. `newestPermitted` is the newest that some purchase gives a
 * right to AND that fits the platform, whether or not it is newer than the installed one. `withheld` lists what is newer than the installed
 * version and not permitted. With no readable installed version every release counts as newer.
 *
 * The first of these that is true is the verdict:
 * 1. NOT_ENTITLED: no purchase was made by then, or all were taken back.
 * 2. UP_TO_DATE: nothing is newer than what is installed.
 * 3. UPDATE_AVAILABLE: a newer release is permitted, even if still newer ones are withheld.
 * 4. UNDETERMINED: there is a right to a newer release, and whether it fits is not known.
 * 5. UPDATE_WITHHELD: there is a right to a newer release, but it does not fit the store.
 * 6. NOT_ENTITLED: there is no right to any newer release; the reasons name the newest that may still be had.
 * The first reason grants for UPDATE_AVAILABLE, refuses for UPDATE_WITHHELD and NOT_ENTITLED, and informs otherwise. Never throws.
 */
export function decideUpdateAccess<R extends ReleaseFacts>(facts: UpdateAccessFacts<R>, at: Temporal.Instant): UpdateAccess<R> {
  const installed = facts.installedVersion === null ? null : parseVersion(facts.installedVersion);
  const offered = offeredReleases(facts, installed, at);
  const newer = installed === null ? offered : offered.filter(({ version }) => compareVersions(version, installed) > 0);
  const withheld = newer.filter(({ permission }) => permission !== 'PERMITTED');
  const permitted = offered.find(({ permission }) => permission === 'PERMITTED') ?? null;
  const { verdict, reasons } = conclude(facts, at, offered, newer);
  return {
    verdict,
    reasons: installed === null ? [...reasons, installedUnknown(facts)] : reasons,
    newestPermitted: permitted?.release ?? null,
    newest: offered[0]?.release ?? null,
    withheld: withheld.map(({ release, reasons }) => ({ release, reasons })),
    liftedByRenewing: withheld.find(({ liftedByRenewing }) => liftedByRenewing !== null)?.liftedByRenewing ?? null,
  };
}

/** What may be offered at all, judged, newest first: down to the installed version, and on to the newest that is permitted; no answer looks further. */
function offeredReleases<R extends ReleaseFacts>(
  facts: UpdateAccessFacts<R>,
  installed: Version | null,
  at: Temporal.Instant,
): JudgedRelease<R>[] {
  const offered: JudgedRelease<R>[] = [];
  let isPermittedFound = false;
  for (const { release, version } of newestFirst(facts)) {
    if (isPermittedFound && installed !== null && compareVersions(version, installed) <= 0) break;
    const access = releaseAccess(facts, release, at);
    if (access.permission !== 'NOT_OFFERED') offered.push({ release, version, ...access });
    isPermittedFound ||= access.permission === 'PERMITTED';
  }
  return offered;
}

/** The releases of the channel asked for whose version can be read. */
function newestFirst<R extends ReleaseFacts>({
  releases,
  channel,
}: UpdateAccessFacts<R>): { readonly release: R; readonly version: Version }[] {
  return releases
    .flatMap((release) => {
      const version = release.channel === 'BETA' && channel === 'STABLE' ? null : parseVersion(release.version);
      return version === null ? [] : [{ release, version }];
    })
    .sort((one, other) => compareVersions(other.version, one.version) || (one.release.id < other.release.id ? -1 : 1));
}

function conclude<R extends ReleaseFacts>(
  facts: UpdateAccessFacts<R>,
  at: Temporal.Instant,
  offered: readonly JudgedRelease<R>[],
  newer: readonly JudgedRelease<R>[],
): Pick<UpdateAccess<R>, 'verdict' | 'reasons'> {
  const say = (draft: ReasonDraft) => reason(facts.purchases[0]?.policy.document.clauses ?? {}, draft);
  const permitted = offered.find(({ permission }) => permission === 'PERMITTED');
  const stillPermitted = permitted ? [say(newestPermitted(permitted.release))] : [];
  const [newest] = newer;
  const hasRights = facts.purchases.some((purchase) => !isRevoked(purchase, at) && latestSpan(purchase.spans, at) !== null);
  if (!hasRights) return { verdict: 'NOT_ENTITLED', reasons: offered[0]?.reasons ?? [say(NOTHING_PURCHASED)] };
  if (newest === undefined) return { verdict: 'UP_TO_DATE', reasons: [say(upToDate(facts.installedVersion))] };

  const available = newer.find(({ permission }) => permission === 'PERMITTED');
  if (available) return { verdict: 'UPDATE_AVAILABLE', reasons: [say(mayInstall(available.release)), ...available.reasons] };
  const undetermined = newer.find(({ permission }) => permission === 'UNDETERMINED');
  if (undetermined) return { verdict: 'UNDETERMINED', reasons: [...undetermined.reasons, ...stillPermitted] };
  const unfit = newer.find(({ permission }) => permission === 'DOES_NOT_FIT');
  if (unfit) return { verdict: 'UPDATE_WITHHELD', reasons: [...unfit.reasons, ...stillPermitted] };
  return { verdict: 'NOT_ENTITLED', reasons: [...newest.reasons, ...stillPermitted] };
}

const NOTHING_PURCHASED: ReasonDraft = {
  code: 'NOTHING_PURCHASED',
  effect: 'REFUSES',
  rule: 'A-01',
  message: 'No purchase of the add-on gives a right to its releases.',
  remedy: 'ASK_VENDOR',
};

function upToDate(installedVersion: string | null): ReasonDraft {
  const message =
    installedVersion === null ? 'No release is offered.' : `No release newer than the installed version ${installedVersion} is offered.`;
  return { code: 'INSTALLED_IS_NEWEST', effect: 'INFORMS', rule: 'A-20', message, facts: { installedVersion } };
}

function mayInstall({ version }: ReleaseFacts): ReasonDraft {
  const message = `Version ${version} may be downloaded and installed.`;
  return { code: 'RELEASE_PERMITTED', effect: 'GRANTS', rule: 'A-20', message, facts: { version } };
}

function newestPermitted({ version }: ReleaseFacts): ReasonDraft {
  const message = `Version ${version} is the newest that this store may have.`;
  return { code: 'NEWEST_PERMITTED', effect: 'INFORMS', rule: 'A-20', message, facts: { version } };
}

function installedUnknown({ installedVersion, purchases }: UpdateAccessFacts): Reason {
  return reason(purchases[0]?.policy.document.clauses ?? {}, {
    code: 'INSTALLED_VERSION_UNKNOWN',
    effect: 'INFORMS',
    rule: 'A-20',
    message:
      installedVersion === null
        ? 'The installed version is not known, so every release counts as newer.'
        : `The installed version "${installedVersion}" is not a version, so every release counts as newer.`,
    facts: { installedVersion },
    remedy: 'SUPPLY_FACTS',
  });
}
