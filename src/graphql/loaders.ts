import DataLoader from 'dataloader';
import { Release, type ReleaseRow } from '../persistence/release.js';
import type { Session } from '../persistence/session.js';
import { Store, type StoreRow } from '../persistence/store.js';
import { StoreReading, type StoreReadingRow } from '../persistence/store-reading.js';
import { SupportPolicyVersion, type SupportPolicyVersionRow } from '../persistence/support-policy-version.js';
import type { PlatformVersion } from '../policy/compatibility.js';
import type { PinnedPolicy } from '../policy/support-policy.js';
import type { ReleaseChannel } from '../policy/update-access.js';
import type { Gateway } from '../use-cases/gateway.js';
import { type UpdateAnswer, updateAccessOf } from '../use-cases/update-access.js';
import { makePageLoaders, type PageLoaders } from './page-loaders.js';

interface NewestReleaseKey {
  readonly addonId: string;
  readonly channel: ReleaseChannel;
}
interface PolicyInForceKey {
  readonly name: string;
  readonly at: Temporal.Instant;
}
interface UpdateAccessKey {
  readonly purchase: { readonly id: string; readonly addonId: string; readonly customerId: string };
  readonly platformVersion: PlatformVersion | null;
  readonly at: Temporal.Instant;
}

/** Batches what one page asks of many rows into one statement each. Made for each request. */
export interface Loaders extends PageLoaders {
  readonly policy: DataLoader<string, PinnedPolicy>;
  /** The conditions under which something is sold at a moment; null when none are in force then. */
  readonly policyInForce: DataLoader<PolicyInForceKey, PinnedPolicy | null, string>;
  /** The row of the version in force now, by the name of the policy; of the first to come where none is. */
  readonly currentPolicy: DataLoader<string, SupportPolicyVersionRow>;
  /** In the order of their addresses. */
  readonly storesOfCustomer: DataLoader<string, StoreRow[]>;
  readonly newestRelease: DataLoader<NewestReleaseKey, ReleaseRow | null, string>;
  readonly latestReading: DataLoader<string, StoreReadingRow | null>;
  readonly updateAccess: DataLoader<UpdateAccessKey, UpdateAnswer, string>;
}

export interface LoaderScope {
  readonly session: () => Session;
  /** Keeps pages to one customer's own; null: everyone's. */
  readonly onlyCustomer: string | null;
  readonly now: Temporal.Instant;
}

export function makeLoaders({ policies }: Pick<Gateway, 'policies'>, { session, onlyCustomer, now }: LoaderScope): Loaders {
  return {
    ...makePageLoaders(session, onlyCustomer),
    policy: new DataLoader(async (ids) => {
      await policies.load(session(), ids);
      return ids.map((id) => policies.pinned(id));
    }),
    policyInForce: new DataLoader((keys) => policiesInForce(session(), policies, keys), {
      cacheKeyFn: ({ name, at }) => `${at} ${name}`,
    }),
    currentPolicy: new DataLoader((names) => currentPolicies(session(), policies, names, now)),
    storesOfCustomer: new DataLoader((customerIds) => storesOfCustomers(session(), customerIds)),
    newestRelease: new DataLoader((keys) => newestReleases(session(), keys), {
      cacheKeyFn: ({ addonId, channel }) => `${addonId}:${channel}`,
    }),
    latestReading: new DataLoader((storeIds) => latestReadings(session(), storeIds)),
    updateAccess: new DataLoader((keys) => updateAccesses(session(), policies, keys), {
      cacheKeyFn: (key) => JSON.stringify([key.purchase.id, key.platformVersion, key.at]),
    }),
  };
}

async function policiesInForce(
  session: Session,
  policies: Gateway['policies'],
  keys: readonly PolicyInForceKey[],
): Promise<(PinnedPolicy | null)[]> {
  const found = new Map<PolicyInForceKey, PinnedPolicy | null>();
  for (const group of Map.groupBy(keys, (key) => key.at.toString()).values()) {
    const [first] = group;
    if (first === undefined) continue;
    const names = group.map((key) => key.name);
    const inForce = await policies.inForce(session, names, first.at);
    for (const key of group) found.set(key, inForce.get(key.name) ?? null);
  }
  return keys.map((key) => found.get(key) ?? null);
}

async function currentPolicies(
  session: Session,
  policies: Gateway['policies'],
  names: readonly string[],
  now: Temporal.Instant,
): Promise<SupportPolicyVersionRow[]> {
  const inForce = await policies.inForce(session, names, now);
  const rows = await session.em.find(SupportPolicyVersion, { name: { $in: [...names] } }, { orderBy: { version: 'asc' } });
  const byName = Map.groupBy(rows, (row) => row.name);
  return names.map((name) => {
    const versions = byName.get(name) ?? [];
    const current = versions.find((row) => row.version === inForce.get(name)?.version) ?? versions[0];
    if (current === undefined) throw new Error('An add-on is sold under a policy that was never published.');
    return current;
  });
}

async function storesOfCustomers(session: Session, customerIds: readonly string[]): Promise<StoreRow[][]> {
  const rows = await session.em.find(Store, { customer: { $in: [...customerIds] } }, { orderBy: { url: 'asc', platform: 'asc' } });
  const byCustomer = Map.groupBy(rows, (row) => row.customer?.id);
  return customerIds.map((id) => byCustomer.get(id) ?? []);
}

/** BETA counts pre-releases beside the stable ones. */
async function newestReleases(session: Session, keys: readonly NewestReleaseKey[]): Promise<(ReleaseRow | null)[]> {
  const rows = await session.query<{ addon_id: string; wants: ReleaseChannel; id: string }>({
    name: 'newest-releases',
    text: `select key.addon_id, key.wants, newest.*
      from unnest($1::uuid[], $2::text[]) as key (addon_id, wants)
      cross join lateral (
        select r.id, r.version, r.version_sort_key, r.channel, r.kind, r.published_at, r.withdrawn_at, r.compatibility, r.changelog
        from release r
        where r.addon_id = key.addon_id and r.withdrawn_at is null and (r.channel = 'STABLE' or key.wants = 'BETA')
        order by r.version_sort_key desc limit 1
      ) as newest`,
    values: [keys.map((key) => key.addonId), keys.map((key) => key.channel)],
  });
  const releases = new Map(rows.map(({ wants, ...row }) => [`${row.addon_id}:${wants}`, session.em.map(Release, row)]));
  return keys.map((key) => releases.get(`${key.addonId}:${key.channel}`) ?? null);
}

/** The newest reading that tells a version; where none does, the newest of all. */
async function latestReadings(session: Session, storeIds: readonly string[]): Promise<(StoreReadingRow | null)[]> {
  const rows = await session.query<{ store_id: string }>({
    name: 'latest-readings',
    text: `select distinct on (store_id) * from store_reading where store_id = any($1::uuid[])
      order by store_id, (platform_version is not null) desc, read_at desc, id desc`,
    values: [storeIds],
  });
  const readings = new Map(rows.map((row) => [row.store_id, session.em.map(StoreReading, row)]));
  return storeIds.map((storeId) => readings.get(storeId) ?? null);
}

async function updateAccesses(session: Session, policies: Gateway['policies'], keys: readonly UpdateAccessKey[]): Promise<UpdateAnswer[]> {
  const answers = new Map<UpdateAccessKey, UpdateAnswer>();
  for (const at of new Set(keys.map((key) => key.at.toString()))) {
    const group = keys.filter((key) => key.at.toString() === at);
    const queries = group.map(({ purchase, platformVersion }) => ({
      purchase,
      platformVersion,
      installedVersion: null,
      channel: 'STABLE' as const,
    }));
    const found = await updateAccessOf(session, policies, queries, Temporal.Instant.from(at));
    for (const [index, key] of group.entries()) {
      const answer = found[index];
      if (answer !== undefined) answers.set(key, answer);
    }
  }
  return keys.map((key) => {
    const answer = answers.get(key);
    if (answer === undefined) throw new Error('Every question has an answer.');
    return answer;
  });
}
