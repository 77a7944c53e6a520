import type { Session } from '../persistence/session.js';
import type { PinnedPolicy } from '../policy/support-policy.js';
import { localDate } from '../policy/working-calendar.js';

/** Published policy versions by id, read once per process: they never change, and they belong to no customer. */
export interface PolicyLibrary {
  /** Makes sure that these versions are at hand; sends a statement only for those not yet known. */
  load(session: Session, ids: readonly string[]): Promise<void>;
  /** A version that was loaded. */
  pinned(id: string): PinnedPolicy;
  /**
   * The versions in force at an instant, by the names of their policies: of each the newest that began on that day, counted in its own zone,
   * or before. A name of which none was in force is missing. One statement, and one for versions not yet known.
   */
  inForce(session: Session, names: readonly string[], at: Temporal.Instant): Promise<ReadonlyMap<string, PinnedPolicy>>;
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
  return {
    load,
    pinned,
    inForce: async (session, names, at) => {
      if (names.length === 0) return new Map();
      const rows = await session.query<{ id: string; name: string; effective_from: string; zone: string }>({
        name: 'policies-in-force',
        text: `select id, name, effective_from::text, document->>'zone' as zone from support_policy_version
               where name = any($1::text[]) order by version desc`,
        values: [[...new Set(names)]],
      });
      const begun = rows.filter((row) => Temporal.PlainDate.compare(row.effective_from, localDate(row.zone, at)) <= 0);
      const newest = new Map(begun.toReversed().map((row) => [row.name, row.id]));
      await load(session, [...newest.values()]);
      return new Map([...newest].map(([name, id]) => [name, pinned(id)]));
    },
  };
}
