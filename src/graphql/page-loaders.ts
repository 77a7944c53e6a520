import DataLoader from 'dataloader';
import { Purchase, type PurchaseRow } from '../persistence/purchase.js';
import { Release, type ReleaseRow } from '../persistence/release.js';
import type { Session } from '../persistence/session.js';
import type { ReleaseChannel } from '../policy/update-access.js';
import { afterMoment, type PageRequest } from './connection.js';

export interface PurchasesKey {
  readonly of: { readonly customerId: string } | { readonly storeId: string };
  readonly page: PageRequest;
}
export interface ReleasesKey {
  readonly addonId: string;
  readonly channel: ReleaseChannel | null;
  readonly page: PageRequest;
}

/** The first rows of a page for each of many parents, with one row more than asked for; one statement for all that ask for the same page. */
export interface PageLoaders {
  readonly purchases: DataLoader<PurchasesKey, PurchaseRow[], string>;
  readonly releases: DataLoader<ReleasesKey, ReleaseRow[], string>;
}

/** `onlyCustomer` keeps what is read to one customer's own; null: everyone's. */
export function makePageLoaders(session: () => Session, onlyCustomer: string | null): PageLoaders {
  return {
    purchases: new DataLoader((keys) => byPage(keys, (group) => purchasesOf(session(), group, onlyCustomer)), {
      cacheKeyFn: JSON.stringify,
    }),
    releases: new DataLoader((keys) => byPage(keys, (group) => releasesOf(session(), group)), { cacheKeyFn: JSON.stringify }),
  };
}

/** Reads the keys of each page together, and gives the answers in the order of the keys. */
async function byPage<Key extends PurchasesKey | ReleasesKey, Row>(
  keys: readonly Key[],
  read: (group: readonly Key[]) => Promise<Map<Key, Row[]>>,
): Promise<Row[][]> {
  const groups = Map.groupBy(keys, (key) => JSON.stringify([kindOf(key), key.page]));
  const found = new Map<Key, Row[]>();
  for (const group of groups.values()) {
    for (const [key, rows] of await read(group)) found.set(key, rows);
  }
  return keys.map((key) => found.get(key) ?? []);
}

const kindOf = (key: PurchasesKey | ReleasesKey): string => ('addonId' in key ? `channel ${key.channel}` : Object.keys(key.of).join());

async function purchasesOf(
  session: Session,
  keys: readonly PurchasesKey[],
  onlyCustomer: string | null,
): Promise<Map<PurchasesKey, PurchaseRow[]>> {
  const parents = new Map(keys.map((key) => ['customerId' in key.of ? key.of.customerId : key.of.storeId, key]));
  const [first] = keys;
  if (first === undefined) return new Map();
  const place = afterMoment(first.page);
  const column = 'customerId' in first.of ? 'customer_id' : 'store_id';
  const rows = await session.query<{ parent: string; id: string }>({
    name: `purchases-by-${column}`,
    text: `select key.parent, page.*
      from unnest($1::uuid[]) as key (parent)
      cross join lateral (
        select p.* from purchase p
        where p.${column} = key.parent and ($2::uuid is null or p.customer_id = $2)
          and ($3::timestamptz is null or (p.purchased_at, p.id) < ($3, $4::uuid))
        order by p.purchased_at desc, p.id desc limit $5
      ) as page
      order by page.purchased_at desc, page.id desc`,
    values: [[...parents.keys()], onlyCustomer, place?.moment.toString() ?? null, place?.id ?? null, first.page.first + 1],
  });
  const grouped = Map.groupBy(rows, (row) => row.parent);
  return new Map(
    [...parents].map(([parent, key]) => [key, (grouped.get(parent) ?? []).map(({ parent: _, ...row }) => session.em.map(Purchase, row))]),
  );
}

async function releasesOf(session: Session, keys: readonly ReleasesKey[]): Promise<Map<ReleasesKey, ReleaseRow[]>> {
  const [first] = keys;
  if (first === undefined) return new Map();
  const rows = await session.query<{ addon_id: string }>({
    name: 'releases-by-addon',
    text: `select page.*
      from unnest($1::uuid[]) as key (addon_id)
      cross join lateral (
        select r.* from release r
        where r.addon_id = key.addon_id and ($2::text is null or r.channel = $2) and ($3::text is null or r.version_sort_key < $3)
        order by r.version_sort_key desc limit $4
      ) as page
      order by page.version_sort_key desc`,
    values: [keys.map((key) => key.addonId), first.channel, first.page.after?.[0] ?? null, first.page.first + 1],
  });
  const grouped = Map.groupBy(rows, (row) => row.addon_id);
  return new Map(keys.map((key) => [key, (grouped.get(key.addonId) ?? []).map((row) => session.em.map(Release, row))]));
}
