import DataLoader from 'dataloader';
import { type PlainRow, plainReader } from '../persistence/plain-row.js';
import type { PurchaseRow } from '../persistence/purchase.js';
import { purchasesOfEach } from '../persistence/purchase-pages.js';
import { Release, type ReleaseRow } from '../persistence/release.js';
import type { Session } from '../persistence/session.js';
import type { ReleaseChannel } from '../policy/update-access.js';
import { afterMoment, type PageRequest } from './connection.js';

export interface PurchasesKey {
  readonly of: { readonly customerId: string } | { readonly groupId: string };
  readonly page: PageRequest;
}
export interface ReleasesKey {
  readonly addonId: string;
  readonly channel: ReleaseChannel | null;
  readonly page: PageRequest;
}

/** The first rows of a page for each of many parents, with one row more than asked for; one statement for all that ask for the same page. */
export interface PageLoaders {
  readonly purchases: DataLoader<PurchasesKey, PlainRow<PurchaseRow>[], string>;
  readonly releases: DataLoader<ReleasesKey, PlainRow<ReleaseRow>[], string>;
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
): Promise<Map<PurchasesKey, PlainRow<PurchaseRow>[]>> {
  const [first] = keys;
  if (first === undefined) return new Map();
  const parentOf = ({ of }: PurchasesKey): string => ('customerId' in of ? of.customerId : of.groupId);
  const stretch = { after: afterMoment(first.page), limit: first.page.first + 1 };
  const found = await purchasesOfEach(session, 'customerId' in first.of ? 'customer' : 'group', keys.map(parentOf), onlyCustomer, stretch);
  return new Map(keys.map((key) => [key, found.get(parentOf(key)) ?? []]));
}

async function releasesOf(session: Session, keys: readonly ReleasesKey[]): Promise<Map<ReleasesKey, PlainRow<ReleaseRow>[]>> {
  const [first] = keys;
  if (first === undefined) return new Map();
  const reader = plainReader(session, Release);
  const rows = await session.query<object>({
    name: 'releases-by-addon',
    text: `select page.*
      from unnest($1::uuid[]) as key (addon_id)
      cross join lateral (
        select ${reader.columns('r')} from release r
        where r.addon_id = key.addon_id and ($2::text is null or r.channel = $2) and ($3::text is null or r.version_sort_key < $3)
        order by r.version_sort_key desc limit $4
      ) as page
      order by page.version_sort_key desc`,
    values: [keys.map((key) => key.addonId), first.channel, first.page.after?.[0] ?? null, first.page.first + 1],
  });
  const grouped = Map.groupBy(rows.map(reader.row), (release) => release.addon.id);
  return new Map(keys.map((key) => [key, grouped.get(key.addonId) ?? []]));
}
