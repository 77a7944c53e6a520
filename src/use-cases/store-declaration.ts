import { Store } from '../persistence/store.js';
import type { DeclarantKind, InstalledAddon, StoreReadingRow } from '../persistence/store-reading.js';
import { type PlatformVersion, platformVersionFromText } from '../policy/compatibility.js';
import { type Actor, type AmongStores, namedInEvidence } from './actor.js';
import type { EntityManager } from './entity-manager.js';
import { Refusal, userError } from './outcome.js';
import { requireReadingPace } from './reading-pace.js';
import { addReading } from './store-reading.js';
import { statedUpstream } from './upstream-version.js';

/** What a person types in of a store. */
export interface StoreDeclarationInput {
  readonly platformVersion: string;
  /** Null: the usual one of the platform, where it has one. */
  readonly distribution: PlatformVersion['distribution'];
  /** For MAGE_OS, which must be said then: the Magento version that it is built from. */
  readonly upstreamVersion: string | null;
  readonly phpVersion: string | null;
  readonly installed: readonly InstalledAddon[];
}

/**
 * notes what a person says of a store, marked as declared, with who it was. What the store tells itself goes before it. `which` is the store, with the
 * customer that an actor is kept to. Refuses a store that is not there or not visible, versions that are none, and more declarations than anybody needs.
 */
export async function declareStore(
  em: EntityManager,
  actor: Actor,
  which: AmongStores & { readonly id: string },
  input: StoreDeclarationInput,
  now: Temporal.Instant,
): Promise<StoreReadingRow> {
  const store = await em.findOne(Store, which);
  if (store === null) throw new Refusal([userError('NOT_FOUND', 'There is no such store.', 'storeId')]);
  const stated = platformVersionFromText(store.platform, input.platformVersion);
  if (stated.version === null)
    throw new Refusal([userError('INVALID', `"${input.platformVersion}" is not a version such as 2.4.7-p3 or 8.1.7.`, 'platformVersion')]);
  const { distribution, phpVersion, installed } = input;
  if (distribution !== null && (distribution === 'PRESTASHOP') !== (store.platform === 'PRESTASHOP'))
    throw new Refusal([userError('INVALID', `That is no distribution of ${store.platform}.`, 'distribution')]);
  const upstreamVersion = statedUpstream(distribution, input.upstreamVersion, 'upstreamVersion');
  const version = { ...stated, distribution: distribution ?? stated.distribution, upstreamVersion };
  const declaredBy = { declaredByKind: declarantKind(actor), declaredByName: namedInEvidence(actor) };
  await requireReadingPace(em, store.id, 'DECLARED', now);
  return addReading(em, store.id, { source: 'DECLARED', version, phpVersion, installed, failure: null, ...declaredBy }, now);
}

function declarantKind({ kind }: Actor): DeclarantKind {
  if (kind === 'STORE' || kind === 'ANONYMOUS') throw new Error('A store reports, and a stranger says nothing: neither declares.');
  return kind;
}
