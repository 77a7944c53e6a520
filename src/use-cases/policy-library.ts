import type { Session } from '../persistence/session.js';
import type { PinnedPolicy } from '../policy/support-policy.js';

/** Published policy versions by id, read once per process: they never change, and they belong to no customer. */
export interface PolicyLibrary {
  /** Makes sure that these versions are at hand; sends a statement only for those not yet known. */
  load(session: Session, ids: readonly string[]): Promise<void>;
  /** A version that was loaded. */
  pinned(id: string): PinnedPolicy;
}

export function policyLibrary(): PolicyLibrary {
  const known = new Map<string, PinnedPolicy>();
  return {
    load: async (session, ids) => {
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
    },
    pinned: (id) => {
      const policy = known.get(id);
      if (policy === undefined) throw new Error('This policy version was not loaded.');
      return policy;
    },
  };
}
