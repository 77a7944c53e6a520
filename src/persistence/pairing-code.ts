import { defineEntity, type InferEntity, p } from '@mikro-orm/core';
import { AccessToken } from './access-token.js';
import { id, instant, seesCustomer } from './columns.js';
import { Customer } from './customer.js';
import { Store } from './store.js';

/** While a plugin pairs, nobody is known yet: the one code with the digest that was sent is seen then. */
const isPairing = `encode(digest, 'hex') = nullif(current_setting('tenure.pairing', true), '')`;

/** A code is written for a store by whoever sees it, and for its owner. */
const isOfOwnStore = 'exists (select from store where store.id = store_id and store.customer_id = pairing_code.customer_id)';

/** A code that a person carries from the dashboard into the store's plugin, once. Only its keyed digest is kept. */
export const PairingCode = defineEntity({
  name: 'PairingCode',
  tableName: 'pairing_code',
  properties: {
    id: id(),
    store: () => p.manyToOne(Store).ref(),
    /** Whose store it is: what pairing may see from here on. */
    customer: () => p.manyToOne(Customer).ref(),
    digest: p.blob().unique(),
    createdAt: instant(),
    expiresAt: instant(),
    usedAt: instant().strictNullable(),
    /** What the plugin got for it; null while it is not used. */
    token: () => p.manyToOne(AccessToken).ref().strictNullable().deleteRule('no action'),
  },
  indexes: [{ properties: ['store'] }],
  checks: [
    { name: 'pairing_code_digest_check', expression: 'octet_length(digest) = 32' },
    { name: 'pairing_code_expires_at_check', expression: 'expires_at > created_at' },
  ],
  policies: [
    {
      name: 'pairing_code_scope',
      using: `${seesCustomer('customer_id')} or ${isPairing}`,
      check: `${isPairing} or ((${seesCustomer('customer_id')}) and ${isOfOwnStore})`,
    },
  ],
  rowLevelSecurity: 'force',
});
export type PairingCodeRow = InferEntity<typeof PairingCode>;
