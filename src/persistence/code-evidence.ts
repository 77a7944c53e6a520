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
  readonly ordinal: number;
  readonly received_at: string;
}

/** For many keys in one statement, in their order; null where there is none by `now`. */
export async function reportedCodes(
  em: EntityManager,
  keys: readonly ReportedCodeKey[],
  now: Temporal.Instant,
): Promise<(ReportedCode | null)[]> {
  const rows = await queryWithin<Read>(em, {
    name: 'reported-codes',
    text: `select asked.ordinal::int, code.id, code.version, code.installed_version as "installedVersion", code.path, code.files, code.touches,
        to_json(code.received_at) #>> '{}' as received_at
      from unnest($1::uuid[], $2::uuid[], $3::timestamptz[], $4::timestamptz[], $5::boolean[])
        with ordinality as asked (store_id, addon_id, since, until, older_will_do, ordinal)
      cross join lateral (
        select found.*, report.received_at
        from installed_code found join store_report report on report.id = found.report_id
        where found.store_id = asked.store_id and found.addon_id = asked.addon_id
          and report.received_at <= $6 and (asked.older_will_do or report.received_at >= asked.since)
        order by case when report.received_at > asked.until then 1 when report.received_at < asked.since then 2 else 0 end,
          case when report.received_at > asked.until then report.received_at - asked.until else asked.until - report.received_at end,
          found.id desc
        limit 1
      ) as code`,
    values: [
      keys.map(({ storeId }) => storeId),
      keys.map(({ addonId }) => addonId),
      keys.map(({ from }) => from.toString()),
      keys.map(({ to }) => to.toString()),
      keys.map(({ olderWillDo }) => olderWillDo),
      now.toString(),
    ],
  });
  const byOrdinal = new Map(
    rows.map(({ ordinal, received_at, ...code }) => [ordinal, { ...code, reportedAt: Temporal.Instant.from(received_at) }]),
  );
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
