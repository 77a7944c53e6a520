import { decisiveReadings } from '../persistence/known-reading.js';
import type { StoreReadingRow } from '../persistence/store-reading.js';
import { installedSources, type ToldVersion, type WeighedSource, weighSources } from '../policy/store-source.js';
import type { EntityManager } from './entity-manager.js';

/** What is known of a store at a moment, each part by the reading that told it. */
export interface KnownStore {
  /** Which version it ran; null: nobody tells one. */
  readonly told: ToldVersion | null;
  /** Told that; where nobody did, the newest of all. Null: it never was read. */
  readonly version: StoreReadingRow | null;
  /** How each source stands to that. */
  readonly sources: readonly WeighedSource<StoreReadingRow>[];
  /** Where to look for the version of an installed add-on, in this order. */
  readonly installed: readonly StoreReadingRow[];
}

export const NOTHING_KNOWN: KnownStore = { told: null, version: null, sources: [], installed: [] };

/** what is known of each of many stores at a moment, in one statement; a store that never was read is left out. */
export async function knownStores(
  em: EntityManager,
  storeIds: readonly string[],
  at: Temporal.Instant,
): Promise<ReadonlyMap<string, KnownStore>> {
  const readings = await decisiveReadings(em, storeIds, at);
  return new Map([...readings].map(([store, ofStore]) => [store, knownFrom(ofStore, at)]));
}

/** The same of one store; `NOTHING_KNOWN` where it never was read. */
export async function knownStore(em: EntityManager, storeId: string, at: Temporal.Instant): Promise<KnownStore> {
  return (await knownStores(em, [storeId], at)).get(storeId) ?? NOTHING_KNOWN;
}

/** What the readings that decide tell of a store. */
export function knownFrom(readings: readonly StoreReadingRow[], at: Temporal.Instant): KnownStore {
  const { told, reading, sources } = weighSources(readings, at);
  return { told, version: reading, sources, installed: installedSources(readings, at) };
}
