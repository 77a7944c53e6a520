import type { EntityManager } from '@mikro-orm/postgresql';
import type { CodeManifest, FileDigest } from '../policy/code-comparison.js';
import type { CodeTouch } from './installed-code.js';
import { queryWithin } from './session.js';

/** The code of an add-on as a report found it, with when that came: by our clock. */
export interface ReportedCode {
  readonly id: string;
  readonly version: string | null;
  readonly installedVersion: string | null;
  readonly path: string;
  readonly files: readonly FileDigest[];
  readonly touches: readonly CodeTouch[];
  readonly reportedAt: Temporal.Instant;
}

/** Which report is wanted of an add-on in a store: the newest between two instants; else the first after them; else the newest before, where that will do. */
export interface ReportedCodeKey {
  readonly storeId: string;
  readonly addonId: string;
  /** Inclusive. */
  readonly from: Temporal.Instant;
  /** Inclusive. */
  readonly to: Temporal.Instant;
  readonly olderWillDo: boolean;
}

interface Read extends Omit<ReportedCode, 'reportedAt'> {
  readonly ordinals: readonly number[];
  readonly toldAt: string;
}

/** For many keys in one statement, in their order; null where there is none by `now`. Keys that come to the same report get the same object, read once. */
export async function reportedCodes(
  em: EntityManager,
  keys: readonly ReportedCodeKey[],
  now: Temporal.Instant,
): Promise<(ReportedCode | null)[]> {
  const rows = await queryWithin<Read>(em, {
    name: 'reported-codes',
    text: `with picked as (
        select asked.ordinal, code.id, code.reported_at
        from unnest($1::uuid[], $2::uuid[], $3::timestamptz[], $4::timestamptz[], $5::boolean[])
          with ordinality as asked (store_id, addon_id, since, until, older_will_do, ordinal)
        cross join lateral (
          select found.id, found.reported_at
          from installed_code found
          where found.store_id = asked.store_id and found.addon_id = asked.addon_id
            and found.reported_at <= $6 and (asked.older_will_do or found.reported_at >= asked.since)
          order by case when found.reported_at > asked.until then 1 when found.reported_at < asked.since then 2 else 0 end,
            case when found.reported_at > asked.until then found.reported_at - asked.until else asked.until - found.reported_at end,
            found.id desc
          limit 1
        ) as code
      )
      select array_agg(picked.ordinal::int) as ordinals, to_json(min(picked.reported_at)) #>> '{}' as "toldAt",
        code.id, code.version, code.installed_version as "installedVersion", code.path, code.files, code.touches
      from picked join installed_code code on code.id = picked.id
      group by code.id`,
    values: [
      keys.map(({ storeId }) => storeId),
      keys.map(({ addonId }) => addonId),
      keys.map(({ from }) => from.toString()),
      keys.map(({ to }) => to.toString()),
      keys.map(({ olderWillDo }) => olderWillDo),
      now.toString(),
    ],
  });
  const byOrdinal = new Map<number, ReportedCode>();
  for (const { ordinals, toldAt, ...read } of rows) {
    const code = { ...read, reportedAt: Temporal.Instant.from(toldAt) };
    for (const ordinal of ordinals) byOrdinal.set(ordinal, code);
  }
  return keys.map((_key, index) => byOrdinal.get(index + 1) ?? null);
}

/** A version of an add-on, in the spelling by which versions are compared. */
export interface ManifestsKey {
  readonly addonId: string;
  readonly versionSortKey: string;
}

/** The manifests of many versions in one statement, each in the order in which they were recorded; none of a version that has none. */
export async function manifestsOf(em: EntityManager, keys: readonly ManifestsKey[]): Promise<(readonly CodeManifest[])[]> {
  if (keys.length === 0) return [];
  const rows = await queryWithin<CodeManifest & { readonly ordinal: number }>(em, {
    name: 'manifests-of-versions',
    text: `select asked.ordinal::int, manifest.kind, manifest.label, manifest.files, manifest.removed_paths as "removedPaths"
      from unnest($1::uuid[], $2::text[]) with ordinality as asked (addon_id, version_sort_key, ordinal)
      join release on release.addon_id = asked.addon_id and release.version_sort_key = asked.version_sort_key
      join release_manifest manifest on manifest.release_id = release.id
      order by asked.ordinal, manifest.recorded_at, manifest.id`,
    values: [keys.map(({ addonId }) => addonId), keys.map(({ versionSortKey }) => versionSortKey)],
  });
  const byOrdinal = Map.groupBy(rows, ({ ordinal }) => ordinal);
  return keys.map((_key, index) => (byOrdinal.get(index + 1) ?? []).map(({ ordinal: _ordinal, ...manifest }) => manifest));
}
