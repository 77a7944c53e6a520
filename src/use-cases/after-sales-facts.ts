import type { PurchaseRow } from '../persistence/purchase.js';
import { Release } from '../persistence/release.js';
import type { StoreRow } from '../persistence/store.js';
import { type ReadingSource, StoreReading, type StoreReadingRow } from '../persistence/store-reading.js';
import { SupportTerm } from '../persistence/support-term.js';
import type { AfterSalesFacts, InstalledVersion } from '../policy/after-sales.js';
import { type PlatformVersion, platformVersionFromText } from '../policy/compatibility.js';
import { completes } from '../policy/store-source.js';
import type { SupportFacts } from '../policy/support-term.js';
import { parseVersion, versionSortKey } from '../policy/version.js';
import { type CodeEvidence, sourceFacts } from './code-evidence.js';
import type { EntityManager } from './entity-manager.js';
import { type KnownStore, knownStore, NOTHING_KNOWN } from './known-store.js';
import { platformVersionOf } from './store-reading.js';
import { supportFacts } from './support-term.js';

/** What somebody says of a store, where no reading tells it. */
export interface StatedVersions {
  readonly platformVersion: string | null;
  readonly installedVersion: string | null;
}

/** What is known of the store that a request is about. */
export interface StoreWord {
  /** Null: nobody tells it, or it could not be read when it had to be. */
  readonly platformVersion: PlatformVersion | null;
  /** Who told that; null where it is null. */
  readonly source: ReadingSource | null;
  /** When; null where it is null. */
  readonly toldAt: Temporal.Instant | null;
  /** The reading that told it, a person's declaration of it included; null where the request itself states it, and where nobody tells it. */
  readonly toldBy: StoreReadingRow | null;
  /** Everything that was read of it, and how it stands to that. */
  readonly known: KnownStore;
  /** Why the store could not be read when it had to be; null where it was read, or is one that nobody can read. */
  readonly failure: string | null;
}

/** What a report of a store, or a reading, must not be older than to count as the present. */
const FRESH_FOR = Temporal.Duration.from({ minutes: 15 });

/** What is known of a store at an instant, however old; what the asker states counts where nothing was read. */
export async function storeWordAt(
  em: EntityManager,
  store: StoreRow | null,
  purchase: PurchaseRow | null,
  stated: StatedVersions,
  at: Temporal.Instant,
): Promise<StoreWord> {
  const known = await readingsAt(em, store, at);
  return wordOf({ store, purchase, stated, at }, known);
}

/**
 * What was known of a store when a request was made, read for it: by a reading of its connector or a report of its plugin that was fresh then, else by the
 * first one since. A store whose credentials are kept and that could not be read tells nothing, whatever it told before: so an outage never passes a
 * request silently. One without credentials tells what its plugin reported last; one without either, what the customer states.
 */
export async function storeWordFor(
  em: EntityManager,
  store: StoreRow | null,
  purchase: PurchaseRow | null,
  stated: StatedVersions,
  madeAt: Temporal.Instant,
  now: Temporal.Instant,
): Promise<StoreWord> {
  const request = { store, purchase, stated, at: madeAt };
  if (store === null) return wordOf(request, NOTHING_KNOWN);
  const fresh = await freshReading(em, store.id, madeAt, now);
  // What was declared before the request counts, although the store was read before that.
  const known = await readingsAt(em, store, fresh === null ? now : laterOf(fresh.readAt, madeAt));
  if (fresh !== null) return wordOf(request, known);
  if (store.sealedCredentials !== null) {
    const [latest] = await em.find(
      StoreReading,
      { store: store.id, readAt: { $lte: now } },
      { orderBy: { readAt: 'desc', id: 'desc' }, limit: 1 },
    );
    const failure = latest?.failure ?? 'The store has not been read.';
    return { ...NOBODY_TELLS, known: { ...known, version: null }, failure };
  }
  return wordOf(request, known);
}

const laterOf = (one: Temporal.Instant, other: Temporal.Instant) => (Temporal.Instant.compare(one, other) < 0 ? other : one);

/** The reading that tells the version a store ran when a request was made: the newest that was fresh then, else the first one since. */
async function freshReading(em: EntityManager, storeId: string, madeAt: Temporal.Instant, now: Temporal.Instant) {
  const tells = { store: storeId, source: { $in: ['CONNECTOR', 'PLUGIN'] as const }, platformVersion: { $ne: null } };
  const [before] = await em.find(
    StoreReading,
    { ...tells, readAt: { $gt: madeAt.subtract(FRESH_FOR), $lte: madeAt } },
    { orderBy: { readAt: 'desc', id: 'desc' }, limit: 1 },
  );
  if (before !== undefined) return before;
  const [since] = await em.find(
    StoreReading,
    { ...tells, readAt: { $gt: madeAt, $lte: now } },
    { orderBy: { readAt: 'asc', id: 'asc' }, limit: 1 },
  );
  return since ?? null;
}

/** Whether a store has told its version so lately that it need not be asked again. */
export async function isFreshlyRead(em: EntityManager, storeId: string, now: Temporal.Instant): Promise<boolean> {
  return (await freshReading(em, storeId, now, now)) !== null;
}

const NOBODY_TELLS = { platformVersion: null, source: null, toldAt: null, toldBy: null } as const;

async function readingsAt(em: EntityManager, store: StoreRow | null, at: Temporal.Instant): Promise<KnownStore> {
  return store === null ? NOTHING_KNOWN : knownStore(em, store.id, at);
}

/** A request as far as it may say what its store runs; what it states was said when it was made. */
interface StatingRequest {
  readonly store: StoreRow | null;
  readonly purchase: PurchaseRow | null;
  readonly stated: StatedVersions;
  readonly at: Temporal.Instant;
}

/** What the readings tell; what the request states counts where they tell nothing, and where it completes what the store tells in part. */
function wordOf({ store, purchase, stated: { platformVersion: text }, at }: StatingRequest, known: KnownStore): StoreWord {
  const rest = { known, failure: null };
  const byRequest = { source: 'DECLARED', toldAt: at, toldBy: null, ...rest } as const;
  const { told, version: toldBy } = known;
  if (store === null || told === null || toldBy === null) {
    const platform = purchase?.addon.getEntity().platform ?? store?.platform ?? null;
    if (platform === null || text === null) return { ...NOBODY_TELLS, ...rest };
    return { platformVersion: platformVersionFromText(platform, text), ...byRequest };
  }
  const { platform } = store;
  const stated = text === null ? null : platformVersionFromText(platform, text);
  if (stated !== null && stated.version !== null) {
    const said = { ...told, platformVersion: stated.version, upstreamVersion: null, versionExact: stated.exact };
    if (completes(said, told)) return { platformVersion: platformVersionOf(platform, said), ...byRequest };
  }
  return { platformVersion: platformVersionOf(platform, told), source: toldBy.source, toldAt: toldBy.readAt, toldBy, ...rest };
}

/** What was found by the vendor's staff, and what is known of delivered work. */
export type Findings = Pick<AfterSalesFacts, 'rootCause' | 'productBug' | 'incompatibleDevelopments' | 'warranty'>;

/** Nothing yet. */
export const NOTHING_FOUND: Findings = {
  rootCause: 'UNKNOWN',
  productBug: null,
  incompatibleDevelopments: null,
  warranty: null,
};

/** What is asked for, and what was found and counted for it. */
export interface ServiceRequest
  extends Findings,
    Pick<AfterSalesFacts, 'request' | 'category' | 'needsWorkOnHost' | 'prepaidAvailableMinutes' | 'estimateMinutes'> {}

/**
 * All that the policy core looks at (A-13 to A-17, B-02 to B-07, B-24 to B-27). The purchase, with its add-on loaded, is null where no add-on is concerned;
 * the code is null where the store never reported it.
 */
export async function afterSalesFacts(
  em: EntityManager,
  asked: ServiceRequest,
  purchase: PurchaseRow | null,
  store: StoreWord,
  installedVersion: string | null,
  code: CodeEvidence | null,
): Promise<AfterSalesFacts> {
  const { request, category, needsWorkOnHost, prepaidAvailableMinutes, estimateMinutes, ...findings } = asked;
  const installed = purchase && installedOf(purchase, store.known.installed, installedVersion);
  return {
    ...(await coverOf(em, purchase)),
    ...findings,
    ...sourceFacts(code),
    request,
    category,
    needsWorkOnHost,
    prepaidAvailableMinutes,
    estimateMinutes,
    listPriceAtPurchase: purchase && { amountMinor: purchase.listPriceMinor, currencyCode: purchase.currencyCode },
    advertisedCompatibility: purchase?.advertisedCompatibility ?? [],
    installedReleaseCompatibility: purchase && installed && (await compatibilityOf(em, purchase, installed.version)),
    installed,
    platformVersion: store.platformVersion,
    storeVersionSource: store.source,
    storeVersionReadAt: store.toldAt,
  };
}

/** The spans of a purchase without their rows, so that they can be kept as evidence. */
async function coverOf(em: EntityManager, purchase: PurchaseRow | null): Promise<SupportFacts> {
  if (purchase === null) return { spans: [], revokedAt: null };
  const { spans, revokedAt } = supportFacts(purchase, await em.find(SupportTerm, { purchase }));
  const plain = spans.map(({ key, paidAt, ordinal, anchoredOn, monthsFromAnchor, startsOn, endsOn, startsAt, expiresAt }) => ({
    key,
    paidAt,
    ordinal,
    anchoredOn,
    monthsFromAnchor,
    startsOn,
    endsOn,
    startsAt,
    expiresAt,
  }));
  return { spans: plain, revokedAt };
}

async function compatibilityOf(em: EntityManager, purchase: PurchaseRow, version: string) {
  const parsed = parseVersion(version);
  if (parsed === null) return null;
  const release = await em.findOne(Release, { addon: purchase.addon.id, versionSortKey: versionSortKey(parsed) });
  return release?.compatibility ?? null;
}

/** Which version of the purchased add-on counts as installed, and by whose word; what the request states counts where no reading tells it. */
function installedOf(purchase: PurchaseRow, readings: readonly StoreReadingRow[], stated: string | null): InstalledVersion | null {
  const told = installedReadingOf(purchase, readings);
  if (told !== null) return { version: told.version, source: told.reading.source, readAt: told.reading.readAt };
  return stated === null ? null : { version: stated, source: 'DECLARED', readAt: null };
}

/** The version of the purchased add-on by the first of the readings that tells one; null where none does. */
export function installedVersionOf(purchase: PurchaseRow, readings: readonly Pick<StoreReadingRow, 'installed'>[]): string | null {
  return installedReadingOf(purchase, readings)?.version ?? null;
}

/** The first of the readings that tells a version of the purchased add-on, with that version. */
export function installedReadingOf<Reading extends Pick<StoreReadingRow, 'installed'>>(
  purchase: PurchaseRow,
  readings: readonly Reading[],
) {
  const { sku, packageName, moduleName } = purchase.addon.getEntity();
  for (const reading of readings) {
    const version = reading.installed.find(({ code }) => [sku, packageName, moduleName].includes(code))?.version ?? null;
    if (version !== null) return { reading, version };
  }
  return null;
}
