import type { StorePlatform } from '../../integrations/store-platform.js';
import type { Session } from '../persistence/session.js';
import type { StoreRow } from '../persistence/store.js';
import { type InstalledAddon, type ReadingSource, StoreReading, type StoreReadingRow } from '../persistence/store-reading.js';
import type { Platform, PlatformVersion } from '../policy/compatibility.js';
import type { Actor } from './actor.js';
import { storable } from './canonical-json.js';
import type { EntityManager } from './entity-manager.js';
import type { Gateway } from './gateway.js';
import { knownStore } from './known-store.js';
import { Refusal, userError } from './outcome.js';
import { requireStandingLeave } from './standing-leave.js';

/**
 * Reads a store's version and modules through its connector. A store that cannot be read gives a reading that says why.
 * While the store is waited for, others have the session's connection. Refuses where it is not the store's doing that it is not read, and where the leave of
 * whoever asked (left out: the program itself) ended meanwhile.
 */
export async function readStore(
  session: Session,
  store: StoreRow,
  connector: StorePlatform,
  now: Temporal.Instant,
  asker?: ReadingAsker,
): Promise<StoreReadingRow> {
  await session.pause();
  const facts = await readingOf(connector);
  return session.transaction(async (em) => {
    if (asker !== undefined) await requireStandingLeave(em, asker.actor, asker.gateway.now());
    return addReading(em, store.id, { ...facts, source: 'CONNECTOR', phpVersion: null }, now);
  });
}

/** Who asks for a reading, and the clock by which its leave is asked for again. */
export interface ReadingAsker {
  readonly actor: Actor;
  readonly gateway: Pick<Gateway, 'now'>;
}

export interface ReadingFacts extends Partial<Pick<StoreReadingRow, 'tool' | 'reportedAt' | 'declaredByKind' | 'declaredByName'>> {
  readonly source: ReadingSource;
  readonly version: Pick<PlatformVersion, 'distribution' | 'version' | 'upstreamVersion' | 'exact'> | null;
  readonly phpVersion: string | null;
  readonly installed: readonly InstalledAddon[];
  readonly failure: string | null;
}

async function readingOf(connector: StorePlatform): Promise<Pick<ReadingFacts, 'version' | 'installed' | 'failure'>> {
  let version: ReadingFacts['version'] = null;
  try {
    version = await connector.readVersion();
    const { modules } = await connector.readModules();
    return { version, installed: modules.map(({ code, version: of, enabled }) => ({ code, version: of, enabled })), failure: null };
  } catch (error) {
    // What was read before the failure stays known: a key without the right to list modules still tells the version.
    if (!(error instanceof Error && error.name === 'StoreReadingFailed')) throw error;
    if ('code' in error && (error.code === 'BUSY' || error.code === 'CIRCUIT_OPEN' || error.code === 'STOPPED'))
      throw new Refusal([userError('UNREADABLE_STORE', `Not read for the moment: ${error.message}.`, 'storeId')]);
    return { version, installed: [], failure: error.message };
  }
}

/** Notes what was told of a store, in characters that can be kept. */
export function addReading(em: EntityManager, storeId: string, facts: ReadingFacts, now: Temporal.Instant): StoreReadingRow {
  const { version, phpVersion, installed, failure, tool, declaredByName } = facts;
  const told = storable({ version, phpVersion, installed, failure, tool, declaredByName });
  const reading = em.create(StoreReading, {
    store: storeId,
    readAt: now,
    source: facts.source,
    distribution: told.version?.distribution ?? null,
    platformVersion: told.version?.version ?? null,
    upstreamVersion: told.version?.upstreamVersion ?? null,
    versionExact: told.version?.exact ?? false,
    phpVersion: told.phpVersion,
    installed: told.installed,
    failure: told.failure,
    tool: told.tool ?? null,
    reportedAt: facts.reportedAt ?? null,
    declaredByKind: facts.declaredByKind ?? null,
    declaredByName: told.declaredByName ?? null,
  });
  em.persist(reading);
  return reading;
}

/** The reading that tells which version the store ran at that moment; where none does, the newest of all. */
export async function latestReading(em: EntityManager, storeId: string, at: Temporal.Instant): Promise<StoreReadingRow | null> {
  return (await knownStore(em, storeId, at)).version;
}

/** A reading as the policy core compares it; null where it tells no version. */
export function platformVersionOf(
  platform: Platform,
  reading: Pick<StoreReadingRow, 'distribution' | 'platformVersion' | 'upstreamVersion' | 'versionExact'> | null,
): PlatformVersion | null {
  if (reading === null || reading.platformVersion === null) return null;
  return {
    platform,
    distribution: reading.distribution,
    version: reading.platformVersion,
    upstreamVersion: reading.upstreamVersion,
    exact: reading.versionExact,
  };
}
