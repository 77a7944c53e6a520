import { describePlatformVersion, describeRanges, type Fit, fits } from './compatibility.js';
import { type Reason, type ReasonDraft, reason, spokenDay } from './reason.js';
import { isCovered, isRevoked, latestSpan } from './support-term.js';
import type { ReleaseFacts, UpdateAccessFacts, UpdatePurchase } from './update-access.js';
import { localDate } from './working-calendar.js';

/** NOT_OFFERED: not published yet, or withdrawn. DOES_NOT_FIT and UNDETERMINED: the right is there, and the platform version is in the way. */
export type ReleasePermission = 'PERMITTED' | 'NOT_ENTITLED' | 'DOES_NOT_FIT' | 'UNDETERMINED' | 'NOT_OFFERED';

export interface ReleaseAccess {
  readonly permission: ReleasePermission;
  /** Never empty, the decisive one first. */
  readonly reasons: readonly Reason[];
  /** Key of the purchase whose renewal would give the right that is missing; null where none would. */
  readonly liftedByRenewing: string | null;
}

/** What one purchase says of one release. */
interface Right {
  readonly purchase: UpdatePurchase;
  readonly standing: 'GRANTED' | 'LAPSED' | 'EXCLUDED' | 'NONE';
  readonly reasons: readonly Reason[];
}

const STANDINGS: readonly Right['standing'][] = ['GRANTED', 'LAPSED', 'EXCLUDED', 'NONE'];

/**
 * B-27: whether one release may be downloaded for a store at this instant: PERMITTED when some purchase gives a right to it and it fits
 * the platform version. Without a right it is NOT_ENTITLED, whether or not it fits. Of several purchases the one that answers best speaks.
 * The channel plays no part: a pre-release that is asked for by its version counts as asked for. Never throws.
 */
export function releaseAccess(
  facts: Pick<UpdateAccessFacts, 'purchases' | 'platformVersion'>,
  release: ReleaseFacts,
  at: Temporal.Instant,
): ReleaseAccess {
  const right = bestRight(facts.purchases.map((purchase) => rightTo(purchase, release, at)));
  const clauses = right?.purchase.policy.document.clauses ?? {};
  const say = (draft: ReasonDraft) => reason(clauses, draft);
  const unoffered = notOffered(release, at);
  if (unoffered) return { permission: 'NOT_OFFERED', reasons: [say(unoffered)], liftedByRenewing: null };

  const fit: Fit = facts.platformVersion === null ? 'UNKNOWN' : fits(release.compatibility, facts.platformVersion);
  const misfit = fit === 'FITS' ? [] : [say(fitReason(facts, release, fit))];
  if (right === undefined || right.standing !== 'GRANTED') {
    const reasons = right
      ? [...right.reasons, ...misfit]
      : [say({ ...NO_PURCHASE, message: `No purchase of the add-on gives a right to version ${release.version}.` })];
    const lifts = right?.standing === 'LAPSED' && right.purchase.policy.document.renewal.enabled && fit !== 'DOES_NOT_FIT';
    return { permission: 'NOT_ENTITLED', reasons, liftedByRenewing: lifts ? right.purchase.key : null };
  }
  const permission = { FITS: 'PERMITTED', DOES_NOT_FIT: 'DOES_NOT_FIT', UNKNOWN: 'UNDETERMINED' } as const;
  return { permission: permission[fit], reasons: [...misfit, ...right.reasons], liftedByRenewing: null };
}

const NO_PURCHASE = { code: 'NOTHING_PURCHASED', effect: 'REFUSES', rule: 'A-01', remedy: 'ASK_VENDOR' } as const;

/** The best standing; among equals a purchase that can be renewed, then the one whose cover ends last, then the first by key. */
function bestRight(rights: readonly Right[]): Right | undefined {
  const endMs = ({ purchase }: Right) => purchase.spans.at(-1)?.expiresAt.epochMilliseconds ?? 0;
  const renewable = ({ purchase }: Right) => Number(purchase.policy.document.renewal.enabled);
  return rights.toSorted(
    (one, other) =>
      STANDINGS.indexOf(one.standing) - STANDINGS.indexOf(other.standing) ||
      renewable(other) - renewable(one) ||
      endMs(other) - endMs(one) ||
      (one.purchase.key < other.purchase.key ? -1 : 1),
  )[0];
}

/**
 * a right WHILE_ACTIVE is there while the term runs. If the policy lets one keep what one could have had, it stays for every release published
 * before the covered time last ended, so that what a purchase or a late renewal opened does not close again.
 * B-27: a right ALWAYS outlives the term. A fix without a public changelog entry, where one is required, has the right of a minor release.
 */
function rightTo(purchase: UpdatePurchase, release: ReleaseFacts, at: Temporal.Instant): Right {
  const { clauses, renewal, updates, zone } = purchase.policy.document;
  const span = latestSpan(purchase.spans, at);
  const answer = (standing: Right['standing'], draft: Omit<ReasonDraft, 'effect'>): Right => {
    const effect = standing === 'GRANTED' ? 'GRANTS' : 'REFUSES';
    return { purchase, standing, reasons: [reason(clauses, { ...draft, effect }), ...unprovenFix] };
  };
  const isFix = release.kind === 'BUGFIX' || release.kind === 'SECURITY';
  const isUnproven = isFix && updates.requirePublicChangelog && !release.changelogPublic;
  const unprovenFix = isUnproven ? [reason(clauses, unproven(release))] : [];
  if (purchase.revokedAt !== null && isRevoked(purchase, at)) {
    const message = 'The purchase was taken back, and the right to its releases ended with it.';
    return answer('NONE', {
      code: 'PURCHASE_REVOKED',
      rule: 'A-03',
      message,
      facts: { revokedAt: purchase.revokedAt.toString() },
      remedy: 'ASK_VENDOR',
    });
  }
  if (span === null) return answer('NONE', { ...NO_PURCHASE, message: 'No purchase of the add-on was known at that moment.' });

  const version = release.version;
  const rule = updates[isUnproven ? 'MINOR' : release.kind];
  if (rule === 'NEVER') {
    const message = `Version ${version} is of a kind that does not come with the purchase.`;
    return answer('EXCLUDED', {
      code: 'RELEASE_KIND_EXCLUDED',
      rule: 'A-20',
      message,
      facts: { version, kind: release.kind },
      remedy: 'ASK_VENDOR',
    });
  }
  const looked = { version, publishedAt: release.publishedAt.toString(), expiresAt: span.expiresAt.toString() };
  if (rule === 'ALWAYS') {
    const message = `Version ${version} is of a kind that stays available at any time after the purchase.`;
    return answer('GRANTED', {
      code: 'RELEASE_ALWAYS_INCLUDED',
      rule: isFix ? 'B-27' : 'A-20',
      message,
      facts: { version, kind: release.kind },
    });
  }
  if (isCovered(purchase, at)) {
    const message = `Support runs up to and including ${spokenDay(span.endsOn)}, and version ${version} comes with it.`;
    return answer('GRANTED', { code: 'RELEASE_COVERED_BY_TERM', rule: 'A-20', message, facts: looked });
  }
  const publishedOn = localDate(zone, release.publishedAt);
  const beforeTheEnd = Temporal.Instant.compare(release.publishedAt, span.expiresAt) < 0;
  if (updates.keepReleasesPublishedWhileActive && beforeTheEnd) {
    const message = `Version ${version} was published on ${spokenDay(publishedOn)}, before support ended on ${spokenDay(span.endsOn)}, and stays available.`;
    return answer('GRANTED', { code: 'RELEASE_KEPT', rule: 'A-20', message, facts: looked });
  }
  const message = beforeTheEnd
    ? `Support ended on ${spokenDay(span.endsOn)}, and version ${version} may be downloaded only while it runs.`
    : `Version ${version} was published on ${spokenDay(publishedOn)}, after support ended on ${spokenDay(span.endsOn)}.`;
  const remedy = renewal.enabled ? 'RENEW_SUPPORT' : 'ASK_VENDOR';
  return answer('LAPSED', { code: 'RELEASE_AFTER_TERM', rule: 'A-20', message, facts: looked, remedy });
}

function unproven({ version, kind }: ReleaseFacts): ReasonDraft {
  const message = `Version ${version} is marked as a fix, but its changelog shows none, so it is treated as a minor release.`;
  return { code: 'FIX_WITHOUT_PUBLIC_CHANGELOG', effect: 'INFORMS', rule: 'B-27', message, facts: { version, kind } };
}

function notOffered({ version, publishedAt, withdrawnAt }: ReleaseFacts, at: Temporal.Instant): ReasonDraft | null {
  if (withdrawnAt !== null && Temporal.Instant.compare(withdrawnAt, at) <= 0) {
    const facts = { version, withdrawnAt: withdrawnAt.toString() };
    return { code: 'RELEASE_WITHDRAWN', effect: 'REFUSES', rule: 'A-20', message: `The vendor has withdrawn version ${version}.`, facts };
  }
  if (Temporal.Instant.compare(publishedAt, at) <= 0) return null;
  const facts = { version, publishedAt: publishedAt.toString() };
  return { code: 'RELEASE_NOT_PUBLISHED', effect: 'REFUSES', rule: 'A-20', message: `Version ${version} was not published yet.`, facts };
}

function fitReason({ platformVersion }: Pick<UpdateAccessFacts, 'platformVersion'>, release: ReleaseFacts, fit: Fit): ReasonDraft {
  const { version, compatibility } = release;
  const supported = describeRanges(compatibility);
  const store = platformVersion && describePlatformVersion(platformVersion);
  const facts = { version, supported, storeVersion: store };
  if (platformVersion === null) {
    const message = `The version of the store is not known, so whether version ${version} supports it cannot be said.`;
    return { code: 'RELEASE_FIT_UNKNOWN', effect: 'INFORMS', rule: 'A-14', message, facts, remedy: 'CONNECT_STORE' };
  }
  if (fit === 'UNKNOWN') {
    const message = `Whether version ${version} supports the store's ${store} cannot be said from what is known (${supported}).`;
    return {
      code: 'RELEASE_FIT_UNKNOWN',
      effect: 'INFORMS',
      rule: 'A-14',
      message,
      facts,
      remedy: compatibility.length === 0 ? 'ASK_VENDOR' : 'SUPPLY_FACTS',
    };
  }
  const olderWouldDo =
    fits(
      compatibility.map((range) => ({ ...range, from: null })),
      platformVersion,
    ) === 'FITS';
  const message = `Version ${version} supports ${supported}, and the store runs ${store}.`;
  return {
    code: 'RELEASE_DOES_NOT_FIT',
    effect: 'REFUSES',
    rule: 'A-14',
    message,
    facts,
    remedy: olderWouldDo ? 'UPDATE_STORE' : 'ASK_VENDOR',
  };
}
