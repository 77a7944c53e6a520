import type { EntityManager } from '@mikro-orm/postgresql';
import { StoreReading, type StoreReadingRow, TELLS_MODULES } from './store-reading.js';

/** SQL for whether the version of `one` is the beginning of that of `other`, as the rule that weighs readings has it. */
const begins = (one: string, other: string): string => {
  const startsWith = (whole: string, part: string) => `starts_with(${other}.${whole} || '.', ${one}.${part} || '.')`;
  const isMageOs = (reading: string) => `coalesce(${reading}.distribution = 'MAGE_OS', false)`;
  return `(case
    when ${one}.distribution <> ${other}.distribution then false
    when ${isMageOs(other)} and not ${isMageOs(one)} and ${other}.upstream_version is not null
      then ${startsWith('upstream_version', 'platform_version')}
    else ${startsWith('platform_version', 'platform_version')}
      and not (${isMageOs(one)} and ${isMageOs(other)} and coalesce(not ${startsWith('upstream_version', 'upstream_version')}, false))
    end)`;
};

/** What of a reading the choice among them looks at. */
const WEIGHED = 'id, source, read_at, distribution, platform_version, upstream_version, version_exact';

/**
 * SQL for the ids of the few readings that decide what was known of a store at a moment; `store` and `at` are expressions. Of each source the newest exact
 * one, the newest vague one, the newest that tells versions of modules and the newest of all; and of what the store told itself, and of what was declared,
 * the newest that tells another line than an older one of these. The rule that weighs them answers the same of these as of all readings; with VERSION, that
 * of the platform only.
 */
export const decisiveReadingIds = (store: string, at: string, asks: 'VERSION' | 'VERSION_AND_MODULES' = 'VERSION_AND_MODULES'): string => {
  const newest = (condition: string) => `(select ${WEIGHED} from store_reading
      where store_id = ${store} and source = told.source and read_at <= ${at} and ${condition} order by read_at desc, id desc limit 1)`;
  return `(with newest as (
    select one.* from (values ('CONNECTOR'), ('PLUGIN'), ('DECLARED')) as told (source)
    cross join lateral (
      ${newest('version_exact')}
      union ${newest('not version_exact and platform_version is not null')}
      ${asks === 'VERSION' ? '' : `union ${newest(TELLS_MODULES)}`}
      union ${newest('true')}
    ) as one)
  select id from newest
  union
  select other.id from newest as anchor
    cross join (values (true), (false)) as side (declared)
    cross join lateral (
      select id from store_reading newer
      where newer.store_id = ${store} and newer.read_at <= ${at} and (newer.read_at, newer.id) > (anchor.read_at, anchor.id)
        and (newer.source = 'DECLARED') = side.declared and newer.platform_version is not null
        and not ${begins('newer', 'anchor')} and not ${begins('anchor', 'newer')}
      order by newer.read_at desc, newer.id desc limit 1
    ) as other
    where anchor.platform_version is not null
      and case when anchor.source = 'DECLARED' then true else anchor.version_exact and not side.declared end)`;
};

/** The readings that decide what was known of stores at a moment, by the id of the store: of many stores in one statement. */
export async function decisiveReadings(
  em: EntityManager,
  storeIds: readonly string[],
  at: Temporal.Instant,
): Promise<ReadonlyMap<string, StoreReadingRow[]>> {
  const rows = await em.getConnection().execute<{ id: string; store_id: string }[]>(
    `select reading.* from (select store::uuid, cast(? as timestamptz) as at from jsonb_array_elements_text(cast(? as jsonb)) as store) as asked
     cross join lateral ${decisiveReadingIds('asked.store', 'asked.at')} as decisive
     join store_reading reading on reading.id = decisive.id`,
    [at.toString(), JSON.stringify([...new Set(storeIds)])],
    'all',
    em.getTransactionContext(),
  );
  const byStore = Map.groupBy(rows, (row) => row.store_id);
  return new Map([...byStore].map(([store, ofStore]) => [store, ofStore.map((row) => em.map(StoreReading, row))]));
}
