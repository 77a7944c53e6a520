import { defineEntity, type InferEntity, p } from '@mikro-orm/core';
import type { SupportPolicyDocument } from '../policy/support-policy.js';
import { id, instant, plainDate, readByAll } from './columns.js';

/** A published version of a vendor's support conditions. Immutable: the database refuses to change or delete it. */
export const SupportPolicyVersion = defineEntity({
  name: 'SupportPolicyVersion',
  tableName: 'support_policy_version',
  properties: {
    id: id(),
    name: p.string().columnType('text'),
    version: p.integer(),
    /** The first calendar day, in the policy's zone, on which purchases are pinned to it. */
    effectiveFrom: plainDate(),
    /** SHA-256, in hexadecimal, of the document's canonical JSON. */
    contentHash: p.string().columnType('char(64)'),
    document: p.json<SupportPolicyDocument>(),
    publishedAt: instant(),
  },
  uniques: [{ properties: ['name', 'version'] }],
  checks: [{ name: 'support_policy_version_version_check', expression: 'version >= 1' }],
  triggers: [
    {
      name: 'support_policy_version_immutable',
      timing: 'before',
      events: ['update', 'delete'],
      body: `raise exception 'a published support policy never changes: publish a new version' using errcode = 'restrict_violation'`,
    },
  ],
  policies: [...readByAll('support_policy_version')],
  rowLevelSecurity: 'force',
});
export type SupportPolicyVersionRow = InferEntity<typeof SupportPolicyVersion>;
