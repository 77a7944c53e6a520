import { defineEntity, type InferEntity, p } from '@mikro-orm/core';
import { instant } from './columns.js';

/** The answer given to a command, kept for ever under the key that the caller chose. Seen by that caller alone: the transaction names it as `tenure.actor`. */
export const IdempotencyKey = defineEntity({
  name: 'IdempotencyKey',
  tableName: 'idempotency_key',
  properties: {
    /** Who sent it: keys of different callers never meet. */
    actor: p.string().columnType('text').primary(),
    key: p.string().columnType('text').primary(),
    operation: p.string().columnType('text'),
    requestHash: p.string().columnType('char(64)'),
    answer: p.json<unknown>(),
    answeredAt: instant(),
  },
  policies: [{ name: 'idempotency_key_scope', using: `actor = current_setting('tenure.actor', true)` }],
  rowLevelSecurity: 'force',
});
export type IdempotencyKeyRow = InferEntity<typeof IdempotencyKey>;
