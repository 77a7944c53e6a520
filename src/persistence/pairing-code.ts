import { defineEntity, type InferEntity, p } from '@mikro-orm/core';
import { id, instant, seesAll } from './columns.js';
import { Store } from './store.js';

/** While a plugin pairs, nobody is known yet: the one code with the digest that was sent is seen then. */
const isPairing = `encode(digest, 'hex') = nullif(current_setting('tenure.pairing', true), '')`;

/** A code that a person carries from the dashboard into the store's plugin, once. Only its keyed digest is kept. */
export const PairingCode = defineEntity({
  name: 'PairingCode',
  tableName: 'pairing_code',
  properties: {
    id: id(),
    store: () => p.manyToOne(Store).ref(),
    digest: p.blob().unique(),
    createdAt: instant(),
    expiresAt: instant(),
    usedAt: instant().strictNullable(),
  },
  indexes: [{ properties: ['store'] }],
  checks: [
    { name: 'pairing_code_digest_check', expression: 'octet_length(digest) = 32' },
    { name: 'pairing_code_expires_at_check', expression: 'expires_at > created_at' },
  ],
  policies: [{ name: 'pairing_code_scope', using: `${seesAll} or exists (select from store where store.id = store_id) or ${isPairing}` }],
  rowLevelSecurity: 'force',
});
export type PairingCodeRow = InferEntity<typeof PairingCode>;
