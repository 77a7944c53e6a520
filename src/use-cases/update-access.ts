import type { Session } from '../persistence/session.js';
import { type AddonUpdateFacts, type PurchaseFactsRow, type ReleaseFactsRow, readUpdateFacts } from '../persistence/update-facts.js';
import { type Platform, type PlatformVersion, platformVersionFromText } from '../policy/compatibility.js';
import { releaseAccess } from '../policy/release-access.js';
import { type RenewalQuote, renewalQuote } from '../policy/renewal.js';
import type { PinnedPolicy } from '../policy/support-policy.js';
import {
  decideUpdateAccess,
  type ReleaseChannel,
  type UpdateAccess,
  type UpdatePurchase,
  type UpdateVerdict,
} from '../policy/update-access.js';
import { compareVersions, parseVersion, type Version } from '../policy/version.js';
import { beginningInForce, type PolicyLibrary } from './policy-library.js';

/** A release as an answer names it, with what the policy core needs of it. */
export type OfferedRelease = ReleaseFactsRow & { readonly changelogPublic: boolean };

export interface UpdateAnswer extends UpdateAccess<OfferedRelease> {
  /** The renewal that would lift a refusal; null where none would. */
  readonly renewalQuote: RenewalQuote | null;
}

export interface UpdateCheckQuery {
  readonly customerId: string;
  /** The store that asks: only purchases for its group, or for none in particular, count. Null: all purchases of the customer. */
  readonly storeId: string | null;
  readonly platform: Platform;
  readonly platformVersion: PlatformVersion | null;
  readonly channel: ReleaseChannel;
  /** Each code once: SKU, package name or module name. */
  readonly addons: readonly { readonly code: string; readonly installedVersion: string | null }[];
}

export interface UpdateCheckResult {
  readonly code: string;
  readonly installedVersion: string | null;
  readonly access: UpdateAnswer;
}

/** A-20, B-27 for all the add-ons of a store at once, in one statement, and one for conditions met for the first time. An unknown code is answered like an add-on never bought. */
export async function checkUpdates(
  session: Session,
  policies: PolicyLibrary,
  query: UpdateCheckQuery,
  at: Temporal.Instant,
): Promise<UpdateCheckResult[]> {
  const codes = query.addons.map((addon) => addon.code);
  const { platform, customerId, storeId } = query;
  const facts = await readUpdateFacts(session, { codes, addonIds: [], platform, customerIds: [customerId], storeId });
  await policies.load(session, policyIdsOf(facts, [at]));
  const judged = query.addons.map(({ code, installedVersion }) => {
    const addon = addonNamed(facts, code);
    const purchases = addon?.purchases ?? [];
    const question = { installedVersion, platformVersion: query.platformVersion, channel: query.channel };
    return withQuote(policies, { addon, purchases, access: decide(policies, addon, purchases, question, at), at });
  });
  return query.addons.flatMap(({ code, installedVersion }, index) => {
    const access = judged[index];
    return access === undefined ? [] : [{ code, installedVersion, access }];
  });
}

/** The add-on that a code names: as a SKU before a package, as a package before a module, should two add-ons share the text. */
function addonNamed(facts: readonly AddonUpdateFacts[], code: string): AddonUpdateFacts | null {
  return (
    facts.find((addon) => addon.sku === code) ??
    facts.find((addon) => addon.packageName === code) ??
    facts.find((addon) => addon.moduleName === code) ??
    null
  );
}

export interface UpdateAccessQuery {
  readonly purchase: { readonly id: string; readonly addonId: string; readonly customerId: string };
  readonly installedVersion: string | null;
  /** As a person writes it: "2.4.7-p3"; null: not said. */
  readonly platformVersion: PlatformVersion | null;
  readonly channel: ReleaseChannel;
}

/** A-20 for single purchases at one moment: as `updateAccessAt`. */
export const updateAccessOf = (
  session: Session,
  policies: PolicyLibrary,
  queries: readonly UpdateAccessQuery[],
  at: Temporal.Instant,
): Promise<UpdateAnswer[]> =>
  updateAccessAt(
    session,
    policies,
    queries.map((query) => ({ ...query, at })),
  );

/** A-20 for single purchases: all the questions of one page, at whatever moments, in one statement, and one for conditions met for the first time. */
export async function updateAccessAt(
  session: Session,
  policies: PolicyLibrary,
  queries: readonly (UpdateAccessQuery & { readonly at: Temporal.Instant })[],
): Promise<UpdateAnswer[]> {
  const facts = await readUpdateFacts(session, {
    codes: [],
    addonIds: [...new Set(queries.map((query) => query.purchase.addonId))],
    platform: null,
    customerIds: [...new Set(queries.map((query) => query.purchase.customerId))],
    storeId: null,
  });
  await policies.load(
    session,
    policyIdsOf(
      facts,
      queries.map(({ at }) => at),
    ),
  );
  const byAddon = new Map(facts.map((addon) => [addon.id, addon]));
  return queries.map((query) => {
    const addon = byAddon.get(query.purchase.addonId) ?? null;
    const purchases = addon?.purchases.filter((purchase) => purchase.id === query.purchase.id) ?? [];
    return withQuote(policies, { addon, purchases, access: decide(policies, addon, purchases, query, query.at), at: query.at });
  });
}

const PERMISSION_VERDICTS = {
  PERMITTED: 'UPDATE_AVAILABLE',
  NOT_ENTITLED: 'NOT_ENTITLED',
  DOES_NOT_FIT: 'UPDATE_WITHHELD',
  NOT_OFFERED: 'UPDATE_WITHHELD',
  UNDETERMINED: 'UNDETERMINED',
} as const satisfies Record<string, UpdateVerdict>;

/** May this one version be installed? Null when the add-on has no such version. */
export async function releaseAccessOf(
  session: Session,
  policies: PolicyLibrary,
  query: UpdateAccessQuery,
  version: string,
  at: Temporal.Instant,
): Promise<UpdateAnswer | null> {
  const { purchase } = query;
  const [addon] = await readUpdateFacts(session, {
    codes: [],
    addonIds: [purchase.addonId],
    platform: null,
    customerIds: [purchase.customerId],
    storeId: null,
  });
  await policies.load(session, policyIdsOf(addon === undefined ? [] : [addon], [at]));
  const asked = parseVersion(version);
  const release = addon?.releases.find((candidate) => isVersion(candidate.version, asked));
  if (addon === undefined || release === undefined) return null;
  const purchases = addon.purchases.filter((candidate) => candidate.id === purchase.id);
  const general = decide(policies, addon, purchases, query, at);
  const offered = offeredRelease(release);
  const { permission, reasons, liftedByRenewing } = releaseAccess(
    { purchases: updatePurchases(policies, purchases), platformVersion: query.platformVersion },
    offered,
    at,
  );
  const permitted = permission === 'PERMITTED';
  const access = {
    ...general,
    verdict: PERMISSION_VERDICTS[permission],
    reasons,
    newestPermitted: permitted ? offered : general.newestPermitted,
    withheld: permitted ? [] : [{ release: offered, reasons }],
    liftedByRenewing,
  };
  return withQuote(policies, { addon, purchases, access, at });
}

/** Two spellings of one version ("1.4" and "1.4.0") name the same release. */
function isVersion(text: string, asked: Version | null): boolean {
  const version = parseVersion(text);
  return version !== null && asked !== null && compareVersions(version, asked) === 0;
}

/** Of the conditions that purchases are pinned to, and of those that a renewal would be sold under at one of the moments. */
function policyIdsOf(facts: readonly AddonUpdateFacts[], moments: readonly Temporal.Instant[]): string[] {
  return facts.flatMap((addon) => {
    const inForce = moments.map((at) => beginningInForce(addon.supportPolicyVersions, at)?.id ?? null);
    return [...addon.purchases.map((purchase) => purchase.supportPolicyVersionId), ...inForce.filter((id) => id !== null)];
  });
}

const offeredRelease = (release: ReleaseFactsRow): OfferedRelease => ({ ...release, changelogPublic: release.changelog.length > 0 });

function updatePurchases(policies: PolicyLibrary, purchases: readonly PurchaseFactsRow[]): UpdatePurchase[] {
  return purchases.map((purchase) => ({
    key: purchase.id,
    spans: purchase.terms,
    revokedAt: purchase.revokedAt,
    policy: policies.pinned(purchase.supportPolicyVersionId),
  }));
}

function decide(
  policies: PolicyLibrary,
  addon: AddonUpdateFacts | null,
  purchases: readonly PurchaseFactsRow[],
  { installedVersion, platformVersion, channel }: Pick<UpdateAccessQuery, 'installedVersion' | 'platformVersion' | 'channel'>,
  at: Temporal.Instant,
): UpdateAccess<OfferedRelease> {
  const releases = addon?.releases.map(offeredRelease) ?? [];
  return decideUpdateAccess({ purchases: updatePurchases(policies, purchases), releases, installedVersion, platformVersion, channel }, at);
}

interface JudgedAddon {
  readonly addon: AddonUpdateFacts | null;
  readonly purchases: readonly PurchaseFactsRow[];
  readonly access: UpdateAccess<OfferedRelease>;
  readonly at: Temporal.Instant;
}

/** Adds the price of what would lift a refusal, under the conditions then in force (B-30); the purchase's own where none are. */
function withQuote(policies: PolicyLibrary, { addon, purchases, access, at }: JudgedAddon): UpdateAnswer {
  const purchase = purchases.find((candidate) => candidate.id === access.liftedByRenewing);
  if (addon === null || purchase === undefined) return { ...access, renewalQuote: null };
  const pinned = policies.pinned(purchase.supportPolicyVersionId);
  const inForce = beginningInForce(addon.supportPolicyVersions, at);
  const policy = inForce === null ? pinned : policies.pinned(inForce.id);
  return { ...access, renewalQuote: quote(policy, pinned.document.zone, addon, purchase, at) };
}

function quote(
  policy: PinnedPolicy,
  zone: string,
  addon: AddonUpdateFacts,
  purchase: PurchaseFactsRow,
  at: Temporal.Instant,
): RenewalQuote {
  const facts = {
    spans: purchase.terms,
    revokedAt: purchase.revokedAt,
    listPriceAtPurchase: { amountMinor: purchase.listPriceMinor, currencyCode: purchase.currencyCode },
    listPriceToday: { amountMinor: addon.listPriceMinor, currencyCode: addon.currencyCode },
    zone,
  };
  return renewalQuote(facts, policy, at, 1);
}

/** A platform version as somebody stated it; null when nothing was stated. */
export function statedPlatformVersion(platform: Platform, text: string | null): PlatformVersion | null {
  return text === null ? null : platformVersionFromText(platform, text);
}
