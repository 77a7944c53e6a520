import type { EntityManager } from '@mikro-orm/postgresql';
import { StoreReading, type StoreReadingRow } from './store-reading.js';

/**
 * SQL for the id of the reading that says which version a store ran at a moment; `store` and `at` are expressions.
 * The newest exact reading, as a vaguer one ("2.4") after it hides nothing; unless something newer tells another line ("2.5"): then the newest
 * reading that tells a version. Where none does, the newest of all.
 */
export const versionReadingId = (store: string, at: string): string => `coalesce(
  (select exact.id
    from (
      select id, store_id, read_at, platform_version, upstream_version from store_reading
      where store_id = ${store} and read_at <= ${at} and version_exact
      order by read_at desc, id desc limit 1
    ) as exact
    where not exists (
      select from store_reading newer
      where newer.store_id = exact.store_id and newer.read_at <= ${at} and (newer.read_at, newer.id) > (exact.read_at, exact.id)
        and newer.platform_version is not null
        and not starts_with(exact.platform_version || '.', newer.platform_version || '.')
        and not coalesce(starts_with(exact.upstream_version || '.', newer.platform_version || '.'), false)
    )),
  (select id from store_reading where store_id = ${store} and read_at <= ${at} and platform_version is not null
    order by read_at desc, id desc limit 1),
  (select id from store_reading where store_id = ${store} and read_at <= ${at} order by read_at desc, id desc limit 1))`;

/** SQL for the id of the newest reading that tells the version of any module; null where none does. */
const installedReadingId = (store: string, at: string): string => `(select id from store_reading
  where store_id = ${store} and read_at <= ${at} and jsonb_path_query_array(installed, '$[*].version.type()') @> '["string"]'
  order by read_at desc, id desc limit 1)`;

/** What is known of a store at a moment, each part by the reading that told it. */
export interface KnownReadings {
  readonly version: StoreReadingRow | null;
  readonly installed: StoreReadingRow | null;
}

/** Of many stores in one statement. */
export async function knownReadings(
  em: EntityManager,
  storeIds: readonly string[],
  at: Temporal.Instant,
): Promise<ReadonlyMap<string, KnownReadings>> {
  const rows = await em.getConnection().execute<{ id: string; store_id: string; tells_version: boolean; tells_installed: boolean }[]>(
    `select reading.*, reading.id = known.version_id as tells_version, reading.id = known.installed_id as tells_installed
     from (
       select ${versionReadingId('asked.store', 'asked.at')} as version_id, ${installedReadingId('asked.store', 'asked.at')} as installed_id
       from (select store::uuid, cast(? as timestamptz) as at from jsonb_array_elements_text(cast(? as jsonb)) as store) as asked
     ) as known
     join store_reading reading on reading.id in (known.version_id, known.installed_id)`,
    [at.toString(), JSON.stringify(storeIds)],
    'all',
    em.getTransactionContext(),
  );
  const known = new Map<string, { version: StoreReadingRow | null; installed: StoreReadingRow | null }>();
  for (const { tells_version, tells_installed, ...row } of rows) {
    const of = known.get(row.store_id) ?? { version: null, installed: null };
    const reading = em.map(StoreReading, row);
    if (tells_version) of.version = reading;
    if (tells_installed) of.installed = reading;
    known.set(row.store_id, of);
  }
  return known;
}

export const NO_READINGS: KnownReadings = { version: null, installed: null };
