import { queryWithin, type Session } from '../persistence/session.js';
import type { PinnedPolicy } from '../policy/support-policy.js';
import { localDate } from '../policy/working-calendar.js';
import type { EntityManager } from './entity-manager.js';

/** Published policy versions by id, read once per process: they never change, and they belong to no customer. */
export interface PolicyLibrary {
  /** Makes sure that these versions are at hand; sends a statement only for those not yet known. */
  load(session: Pick<Session, 'query'>, ids: readonly string[]): Promise<void>;
  /** A version that was loaded. */
  pinned(id: string): PinnedPolicy;
  /**
   * The versions in force at an instant, by the names of their policies: of each the newest that began on that day, counted in its own zone,
   * or before. A name of which none was in force is missing. One statement, and one for versions not yet known.
   */
  inForce(session: Session, names: readonly string[], at: Temporal.Instant): Promise<ReadonlyMap<string, PinnedPolicy>>;
  /** The same of many names at many moments, in the order asked; null where none was in force. As many statements as for one. */
  inForceAt(session: Session, asked: readonly PolicyMoment[]): Promise<(PinnedPolicy | null)[]>;
}

export interface PolicyMoment {
  readonly name: string;
  readonly at: Temporal.Instant;
}

/** When a published version begins: all that is needed to tell which one is in force. */
export interface PolicyBeginning {
  readonly id: string;
  readonly effectiveFrom: Temporal.PlainDate;
  readonly zone: string;
}

/** Of the versions of one policy, the newest first, the one in force at an instant: the newest that began on that day, in its own zone, or before. */
export const beginningInForce = (newestFirst: readonly PolicyBeginning[], at: Temporal.Instant): PolicyBeginning | null =>
  newestFirst.find(({ effectiveFrom, zone }) => Temporal.PlainDate.compare(effectiveFrom, localDate(zone, at)) <= 0) ?? null;

/** By the driver, which all entity managers of a database have in common. */
const libraries = new WeakMap<object, PolicyLibrary>();

/** The library of the database that an entity manager reads: one for all that this process does there. */
export function libraryOf(em: Pick<EntityManager, 'getDriver'>): PolicyLibrary {
  const driver = em.getDriver();
  const library = libraries.get(driver) ?? policyLibrary();
  libraries.set(driver, library);
  return library;
}

/** Published versions by id, within the transaction of a command: a statement only for those that this process has not read before. Throws on one that is not there. */
export async function pinnedPolicies(em: EntityManager, ids: readonly string[]): Promise<(id: string) => PinnedPolicy> {
  const library = libraryOf(em);
  await library.load({ query: (statement) => queryWithin(em, statement) }, ids);
  return library.pinned;
}

export function policyLibrary(): PolicyLibrary {
  const known = new Map<string, PinnedPolicy>();
  const load: PolicyLibrary['load'] = async (session, ids) => {
    const missing = [...new Set(ids)].filter((id) => !known.has(id));
    if (missing.length === 0) return;
    const rows = await session.query<{
      id: string;
      name: string;
      version: number;
      content_hash: string;
      document: PinnedPolicy['document'];
    }>({
      name: 'policy-versions',
      text: 'select id, name, version, content_hash, document from support_policy_version where id = any($1::uuid[])',
      values: [missing],
    });
    for (const row of rows)
      known.set(row.id, { name: row.name, version: row.version, contentHash: row.content_hash, document: row.document });
  };
  const pinned: PolicyLibrary['pinned'] = (id) => {
    const policy = known.get(id);
    if (policy === undefined) throw new Error('This policy version was not loaded.');
    return policy;
  };
  const inForceAt: PolicyLibrary['inForceAt'] = async (session, asked) => {
    if (asked.length === 0) return [];
    const rows = await session.query<{ id: string; name: string; effective_from: string; zone: string }>({
      name: 'policies-in-force',
      text: `select id, name, effective_from::text, document->>'zone' as zone from support_policy_version
             where name = any($1::text[]) order by version desc`,
      values: [[...new Set(asked.map(({ name }) => name))]],
    });
    const versions = Map.groupBy(
      rows.map(({ effective_from, ...row }) => ({ ...row, effectiveFrom: Temporal.PlainDate.from(effective_from) })),
      ({ name }) => name,
    );
    const found = asked.map(({ name, at }) => beginningInForce(versions.get(name) ?? [], at));
    await load(
      session,
      found.flatMap((version) => (version === null ? [] : [version.id])),
    );
    return found.map((version) => (version === null ? null : pinned(version.id)));
  };
  return {
    load,
    pinned,
    inForceAt,
    inForce: async (session, names, at) => {
      const unique = [...new Set(names)];
      const found = await inForceAt(
        session,
        unique.map((name) => ({ name, at })),
      );
      return new Map(
        unique.flatMap((name, index) => {
          const policy = found[index];
          return policy == null ? [] : [[name, policy] as const];
        }),
      );
    },
  };
}
