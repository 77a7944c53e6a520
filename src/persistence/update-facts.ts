import type { CompatibilityRange, Platform } from '../policy/compatibility.js';
import type { ReleaseChannel, ReleaseKind } from '../policy/update-access.js';
import type { ChangelogEntry } from './release.js';
import type { Session } from './session.js';

/** Everything that decides about updates of some add-ons for some customers, in one statement whatever their number. */
export interface UpdateFactsQuery {
  /** SKU, package name or module name; null: by id only. */
  readonly codes: readonly string[];
  readonly addonIds: readonly string[];
  readonly platform: Platform | null;
  readonly customerIds: readonly string[];
  /** The store that asks: only purchases for its group, or for none in particular, are told. Null: all of the customers'. */
  readonly storeId: string | null;
}

export interface AddonUpdateFacts {
  readonly id: string;
  readonly sku: string;
  readonly packageName: string | null;
  readonly moduleName: string | null;
  readonly platform: Platform;
  readonly listPriceMinor: bigint;
  readonly currencyCode: string;
  readonly supportPolicyName: string;
  /** Versions of the conditions that it is sold under, the newest first. */
  readonly supportPolicyVersions: readonly PolicyVersionFactsRow[];
  readonly releases: readonly ReleaseFactsRow[];
  readonly purchases: readonly PurchaseFactsRow[];
}

export interface PolicyVersionFactsRow {
  readonly id: string;
  readonly effectiveFrom: Temporal.PlainDate;
  readonly zone: string;
}

export interface ReleaseFactsRow {
  readonly id: string;
  readonly addon: { readonly id: string };
  readonly version: string;
  readonly channel: ReleaseChannel;
  readonly kind: ReleaseKind;
  readonly publishedAt: Temporal.Instant;
  readonly withdrawnAt: Temporal.Instant | null;
  readonly compatibility: readonly CompatibilityRange[];
  readonly changelog: readonly ChangelogEntry[];
}

export interface PurchaseFactsRow {
  readonly id: string;
  readonly customerId: string;
  readonly supportPolicyVersionId: string;
  readonly listPriceMinor: bigint;
  readonly currencyCode: string;
  readonly purchasedAt: Temporal.Instant;
  readonly revokedAt: Temporal.Instant | null;
  readonly terms: readonly TermFactsRow[];
}

export interface TermFactsRow {
  readonly key: string;
  readonly paidAt: Temporal.Instant;
  readonly ordinal: number;
  readonly anchoredOn: Temporal.PlainDate;
  readonly monthsFromAnchor: number;
  readonly startsOn: Temporal.PlainDate;
  readonly endsOn: Temporal.PlainDate;
  readonly startsAt: Temporal.Instant;
  readonly expiresAt: Temporal.Instant;
}

const UPDATE_FACTS = `
  select a.id, a.sku, a.package_name, a.module_name, a.platform, a.list_price_minor::text, a.currency_code, a.support_policy_name,
    (select coalesce(json_agg(json_build_array(v.id, v.effective_from, v.document->>'zone') order by v.version desc), '[]')
      from support_policy_version v where v.name = a.support_policy_name) as support_policy_versions,
    (select coalesce(json_agg(json_build_array(r.id, r.version, r.channel, r.kind, r.published_at, r.withdrawn_at, r.compatibility, r.changelog)
        order by r.version_sort_key desc), '[]')
      from release r where r.addon_id = a.id) as releases,
    (select coalesce(json_agg(json_build_array(p.id, p.customer_id, p.support_policy_version_id, p.list_price_minor::text, p.currency_code,
          p.purchased_at, p.revoked_at,
          (select coalesce(json_agg(json_build_array(t.id, t.paid_at, t.ordinal, t.anchored_on, t.months_from_anchor, t.starts_on, t.ends_on, t.starts_at, t.expires_at)
              order by t.ordinal), '[]')
            from support_term t where t.purchase_id = p.id))
        order by p.id), '[]')
      from purchase p where p.addon_id = a.id and p.customer_id = any($4::uuid[])
        and ($5::uuid is null or p.group_id is null or p.group_id = (select store.group_id from store where store.id = $5))) as purchases
  from addon a
  where (a.sku = any($1::text[]) or a.package_name = any($1::text[]) or a.module_name = any($1::text[]) or a.id = any($2::uuid[]))
    and ($3::text is null or a.platform = $3::text)`;

type Json = string;
type PolicyVersionTuple = [string, string, string];
type ReleaseTuple = [string, string, ReleaseChannel, ReleaseKind, string, string | null, CompatibilityRange[], ChangelogEntry[]];
type TermTuple = [string, string, number, string, number, string, string, string, string];
type PurchaseTuple = [string, string, string, Json, string, string, string | null, TermTuple[]];

interface AddonTuple {
  readonly id: string;
  readonly sku: string;
  readonly package_name: string | null;
  readonly module_name: string | null;
  readonly platform: Platform;
  readonly list_price_minor: string;
  readonly currency_code: string;
  readonly support_policy_name: string;
  readonly support_policy_versions: readonly PolicyVersionTuple[];
  readonly releases: readonly ReleaseTuple[];
  readonly purchases: readonly PurchaseTuple[];
}

export async function readUpdateFacts(session: Session, query: UpdateFactsQuery): Promise<AddonUpdateFacts[]> {
  const values = [query.codes, query.addonIds, query.platform, query.customerIds, query.storeId];
  const rows = await session.query<AddonTuple>({ name: 'update-facts', text: UPDATE_FACTS, values });
  return rows.map((row) => ({
    id: row.id,
    sku: row.sku,
    packageName: row.package_name,
    moduleName: row.module_name,
    platform: row.platform,
    listPriceMinor: BigInt(row.list_price_minor),
    currencyCode: row.currency_code,
    supportPolicyName: row.support_policy_name,
    supportPolicyVersions: row.support_policy_versions.map(([id, effectiveFrom, zone]) => ({
      id,
      effectiveFrom: day(effectiveFrom),
      zone,
    })),
    releases: row.releases.map((release) => releaseOf(row.id, release)),
    purchases: row.purchases.map(purchaseOf),
  }));
}

const instant = (text: string): Temporal.Instant => Temporal.Instant.from(text);
const optionalInstant = (text: string | null): Temporal.Instant | null => (text === null ? null : instant(text));
const day = (text: string): Temporal.PlainDate => Temporal.PlainDate.from(text);

function releaseOf(addonId: string, tuple: ReleaseTuple): ReleaseFactsRow {
  const [id, version, channel, kind, publishedAt, withdrawnAt, compatibility, changelog] = tuple;
  return {
    id,
    addon: { id: addonId },
    version,
    channel,
    kind,
    publishedAt: instant(publishedAt),
    withdrawnAt: optionalInstant(withdrawnAt),
    compatibility,
    changelog,
  };
}

function purchaseOf(tuple: PurchaseTuple): PurchaseFactsRow {
  const [id, customerId, supportPolicyVersionId, listPriceMinor, currencyCode, purchasedAt, revokedAt, terms] = tuple;
  return {
    id,
    customerId,
    supportPolicyVersionId,
    listPriceMinor: BigInt(listPriceMinor),
    currencyCode,
    purchasedAt: instant(purchasedAt),
    revokedAt: optionalInstant(revokedAt),
    terms: terms.map(termOf),
  };
}

function termOf(tuple: TermTuple): TermFactsRow {
  const [key, paidAt, ordinal, anchoredOn, monthsFromAnchor, startsOn, endsOn, startsAt, expiresAt] = tuple;
  return {
    key,
    paidAt: instant(paidAt),
    ordinal,
    anchoredOn: day(anchoredOn),
    monthsFromAnchor,
    startsOn: day(startsOn),
    endsOn: day(endsOn),
    startsAt: instant(startsAt),
    expiresAt: instant(expiresAt),
  };
}
