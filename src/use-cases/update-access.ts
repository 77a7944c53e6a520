import type { Session } from '../persistence/session.js';
import { type AddonUpdateFacts, type PurchaseFactsRow, type ReleaseFactsRow, readUpdateFacts } from '../persistence/update-facts.js';
import { type Platform, type PlatformVersion, platformVersionFromText } from '../policy/compatibility.js';
import { releaseAccess } from '../policy/release-access.js';
import { type RenewalQuote, renewalQuote } from '../policy/renewal.js';
import {
  decideUpdateAccess,
  type ReleaseChannel,
  type UpdateAccess,
  type UpdatePurchase,
  type UpdateVerdict,
} from '../policy/update-access.js';
import type { PolicyLibrary } from './policy-library.js';

/** A release as an answer names it, with what the policy core needs of it. */
export type OfferedRelease = ReleaseFactsRow & { readonly changelogPublic: boolean };

export interface UpdateAnswer extends UpdateAccess<OfferedRelease> {
  /** The renewal that would lift a refusal; null where none would. */
  readonly renewalQuote: RenewalQuote | null;
}

export interface UpdateCheckQuery {
  readonly customerId: string;
  /** The store that asks: only purchases for it, or for none in particular, count. Null: all purchases of the customer. */
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

/** A-20, B-27 for all the add-ons of a store at once, in one statement. An unknown code is answered like an add-on never bought. */
export async function checkUpdates(
  session: Session,
  policies: PolicyLibrary,
  query: UpdateCheckQuery,
  at: Temporal.Instant,
): Promise<UpdateCheckResult[]> {
  const codes = query.addons.map((addon) => addon.code);
  const facts = await readUpdateFacts(session, { codes, addonIds: [], platform: query.platform, customerIds: [query.customerId] });
  await policies.load(session, policyIdsOf(facts));
  return query.addons.map(({ code, installedVersion }) => {
    const addon = facts.find((candidate) => candidate.sku === code || candidate.packageName === code || candidate.moduleName === code);
    const purchases =
      addon?.purchases.filter((purchase) => query.storeId === null || purchase.storeId === null || purchase.storeId === query.storeId) ??
      [];
    const access = answer(
      policies,
      addon ?? null,
      purchases,
      { installedVersion, platformVersion: query.platformVersion, channel: query.channel },
      at,
    );
    return { code, installedVersion, access };
  });
}

export interface UpdateAccessQuery {
  readonly purchase: { readonly id: string; readonly addonId: string; readonly customerId: string };
  readonly installedVersion: string | null;
  /** As a person writes it: "2.4.7-p3"; null: not said. */
  readonly platformVersion: PlatformVersion | null;
  readonly channel: ReleaseChannel;
}

/** A-20 for single purchases: all the questions of one page in one statement. */
export async function updateAccessOf(
  session: Session,
  policies: PolicyLibrary,
  queries: readonly UpdateAccessQuery[],
  at: Temporal.Instant,
): Promise<UpdateAnswer[]> {
  const facts = await readUpdateFacts(session, {
    codes: [],
    addonIds: [...new Set(queries.map((query) => query.purchase.addonId))],
    platform: null,
    customerIds: [...new Set(queries.map((query) => query.purchase.customerId))],
  });
  await policies.load(session, policyIdsOf(facts));
  const byAddon = new Map(facts.map((addon) => [addon.id, addon]));
  return queries.map((query) => {
    const addon = byAddon.get(query.purchase.addonId) ?? null;
    const purchases = addon?.purchases.filter((purchase) => purchase.id === query.purchase.id) ?? [];
    return answer(policies, addon, purchases, query, at);
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
  });
  await policies.load(session, policyIdsOf(addon === undefined ? [] : [addon]));
  const release = addon?.releases.find((candidate) => candidate.version === version);
  if (addon === undefined || release === undefined) return null;
  const purchases = addon.purchases.filter((candidate) => candidate.id === purchase.id);
  const general = answer(policies, addon, purchases, query, at);
  const offered = offeredRelease(release);
  const { permission, reasons } = releaseAccess(
    { purchases: updatePurchases(policies, purchases), platformVersion: query.platformVersion },
    offered,
    at,
  );
  const permitted = permission === 'PERMITTED';
  return {
    ...general,
    verdict: PERMISSION_VERDICTS[permission],
    reasons,
    newestPermitted: permitted ? offered : general.newestPermitted,
    withheld: permitted ? [] : [{ release: offered, reasons }],
    renewalQuote: permission === 'NOT_ENTITLED' ? general.renewalQuote : null,
  };
}

const policyIdsOf = (facts: readonly AddonUpdateFacts[]): string[] =>
  facts.flatMap((addon) => addon.purchases.map((purchase) => purchase.supportPolicyVersionId));

const offeredRelease = (release: ReleaseFactsRow): OfferedRelease => ({ ...release, changelogPublic: release.changelog.length > 0 });

function updatePurchases(policies: PolicyLibrary, purchases: readonly PurchaseFactsRow[]): UpdatePurchase[] {
  return purchases.map((purchase) => ({
    key: purchase.id,
    spans: purchase.terms,
    revokedAt: purchase.revokedAt,
    policy: policies.pinned(purchase.supportPolicyVersionId),
  }));
}

function answer(
  policies: PolicyLibrary,
  addon: AddonUpdateFacts | null,
  purchases: readonly PurchaseFactsRow[],
  question: {
    readonly installedVersion: string | null;
    readonly platformVersion: PlatformVersion | null;
    readonly channel: ReleaseChannel;
  },
  at: Temporal.Instant,
): UpdateAnswer {
  const facts = { ...question, purchases: updatePurchases(policies, purchases), releases: addon?.releases.map(offeredRelease) ?? [] };
  const access = decideUpdateAccess(facts, at);
  const lifting = purchases.find((purchase) => purchase.id === access.liftedByRenewing);
  return { ...access, renewalQuote: lifting === undefined || addon === null ? null : quote(policies, addon, lifting, at) };
}

function quote(policies: PolicyLibrary, addon: AddonUpdateFacts, purchase: PurchaseFactsRow, at: Temporal.Instant): RenewalQuote {
  const facts = {
    spans: purchase.terms,
    revokedAt: purchase.revokedAt,
    listPriceAtPurchase: { amountMinor: purchase.listPriceMinor, currencyCode: purchase.currencyCode },
    listPriceToday: { amountMinor: addon.listPriceMinor, currencyCode: addon.currencyCode },
  };
  return renewalQuote(facts, policies.pinned(purchase.supportPolicyVersionId), at, 1);
}

/** A platform version as somebody stated it; null when nothing was stated. */
export function statedPlatformVersion(platform: Platform, text: string | null): PlatformVersion | null {
  return text === null ? null : platformVersionFromText(platform, text);
}
