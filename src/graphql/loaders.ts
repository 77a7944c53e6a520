import DataLoader from 'dataloader';
import { type PlainRow, plainReader } from '../persistence/plain-row.js';
import { Release, type ReleaseRow } from '../persistence/release.js';
import type { Session } from '../persistence/session.js';
import { Store, type StoreRow } from '../persistence/store.js';
import { SupportPolicyVersion, type SupportPolicyVersionRow } from '../persistence/support-policy-version.js';
import type { PlatformVersion } from '../policy/compatibility.js';
import type { PinnedPolicy } from '../policy/support-policy.js';
import type { ReleaseChannel } from '../policy/update-access.js';
import type { Gateway } from '../use-cases/gateway.js';
import { type KnownStore, knownStores, NOTHING_KNOWN } from '../use-cases/known-store.js';
import type { PolicyMoment } from '../use-cases/policy-library.js';
import { type UpdateAnswer, updateAccessAt } from '../use-cases/update-access.js';
import { type CodeLoaders, makeCodeLoaders } from './code-loaders.js';
import { type DeskLoaders, makeDeskLoaders } from './desk-loaders.js';
import { makePageLoaders, type PageLoaders } from './page-loaders.js';
import { makeRowLoaders, type RowLoaders } from './row-loaders.js';
import { makeSyncLoaders, type SyncLoaders } from './sync-loaders.js';
import { makeTicketLoaders, type TicketLoaders } from './ticket-loaders.js';
import { makeTimeLoaders, type TimeLoaders } from './time-loaders.js';

interface NewestReleaseKey {
  readonly addonId: string;
  readonly channel: ReleaseChannel;
}
interface UpdateAccessKey {
  readonly purchase: { readonly id: string; readonly addonId: string; readonly customerId: string };
  readonly platformVersion: PlatformVersion | null;
  readonly at: Temporal.Instant;
}

/** Batches what one page asks of many rows into one statement each. Made for each request. */
export interface Loaders extends SyncLoaders, PageLoaders, RowLoaders, TimeLoaders, TicketLoaders, DeskLoaders, CodeLoaders {
  readonly policy: DataLoader<string, PinnedPolicy>;
  /** The conditions under which something is sold at a moment; null when none are in force then. */
  readonly policyInForce: DataLoader<PolicyMoment, PinnedPolicy | null, string>;
  /** The row of the version in force now, by the name of the policy; of the first to come where none is. */
  readonly currentPolicy: DataLoader<string, SupportPolicyVersionRow>;
  /** In the order of their addresses. */
  readonly storesOfCustomer: DataLoader<string, StoreRow[]>;
  readonly newestRelease: DataLoader<NewestReleaseKey, PlainRow<ReleaseRow> | null, string>;
  /** What is known of stores now. */
  readonly readings: DataLoader<string, KnownStore>;
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
    ...makeCodeLoaders(session, now),
    ...makeDeskLoaders(session),
    ...makeSyncLoaders(session),
    ...makeRowLoaders(session, now),
    ...makeTimeLoaders(session, onlyCustomer, now),
    ...makeTicketLoaders(policies, { session, onlyCustomer, now }),
    policy: new DataLoader(async (ids) => {
      await policies.load(session(), ids);
      return ids.map((id) => policies.pinned(id));
    }),
    policyInForce: new DataLoader((keys) => policies.inForceAt(session(), keys), {
      cacheKeyFn: ({ name, at }) => `${at} ${name}`,
    }),
    currentPolicy: new DataLoader((names) => currentPolicies(session(), policies, names, now)),
    storesOfCustomer: new DataLoader((customerIds) => storesOfCustomers(session(), customerIds)),
    newestRelease: new DataLoader((keys) => newestReleases(session(), keys), {
      cacheKeyFn: ({ addonId, channel }) => `${addonId}:${channel}`,
    }),
    readings: new DataLoader(async (storeIds) => {
      const known = await knownStores(session().em, storeIds, now);
      return storeIds.map((storeId) => known.get(storeId) ?? NOTHING_KNOWN);
    }),
    updateAccess: new DataLoader((keys) => updateAccessAt(session(), policies, keys.map(aboutNewest)), {
      cacheKeyFn: (key) => JSON.stringify([key.purchase.id, key.platformVersion, key.at]),
    }),
  };
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
async function newestReleases(session: Session, keys: readonly NewestReleaseKey[]): Promise<(PlainRow<ReleaseRow> | null)[]> {
  const reader = plainReader(session, Release);
  const rows = await session.query<{ wants: ReleaseChannel }>({
    name: 'newest-releases',
    text: `select key.wants, newest.*
      from unnest($1::uuid[], $2::text[]) as key (addon_id, wants)
      cross join lateral (
        select ${reader.columns('r')} from release r
        where r.addon_id = key.addon_id and r.withdrawn_at is null and (r.channel = 'STABLE' or key.wants = 'BETA')
        order by r.version_sort_key desc limit 1
      ) as newest`,
    values: [keys.map((key) => key.addonId), keys.map((key) => key.channel)],
  });
  const releases = new Map(
    rows.map((row) => {
      const release = reader.row(row);
      return [`${release.addon.id}:${row.wants}`, release];
    }),
  );
  return keys.map((key) => releases.get(`${key.addonId}:${key.channel}`) ?? null);
}

const aboutNewest = (key: UpdateAccessKey) => ({ ...key, installedVersion: null, channel: 'STABLE' as const });
