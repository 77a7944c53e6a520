import { defineEntity, type InferEntity, p } from '@mikro-orm/core';
import { id, instant, seesCustomer } from './columns.js';
import { Customer } from './customer.js';
import { Store } from './store.js';

export const ACTOR_KINDS = ['STAFF', 'PARTNER', 'CUSTOMER', 'STORE'] as const;
export type TokenKind = (typeof ACTOR_KINDS)[number];

/** While somebody is being authenticated nobody is known yet: the one token with the digest that was sent is seen then. */
const isAuthenticating = `encode(digest, 'hex') = nullif(current_setting('tenure.authenticating', true), '')`;

/** A credential of ours. Only its keyed digest is kept: the text is shown once, when it is made. */
export const AccessToken = defineEntity({
  name: 'AccessToken',
  tableName: 'access_token',
  properties: {
    id: id(),
    kind: p.string().columnType('text').$type<TokenKind>(),
    label: p.string().columnType('text'),
    /** For whom it acts, whichever token of theirs it is: "staff", "partner:ERP", "customer:…", "store:…". What is done once is done once for them. */
    principal: p.string().columnType('text'),
    digest: p.blob().unique(),
    scopes: p.array().columnType('text[]').$type<string[]>(),
    customer: () => p.manyToOne(Customer).ref().strictNullable().deleteRule('no action'),
    store: () => p.manyToOne(Store).ref().strictNullable().deleteRule('no action'),
    createdAt: instant(),
    expiresAt: instant().strictNullable(),
    revokedAt: instant().strictNullable(),
    lastUsedAt: instant().strictNullable(),
  },
  checks: [
    { name: 'access_token_kind_check', expression: `kind in ('STAFF', 'PARTNER', 'CUSTOMER', 'STORE')` },
    { name: 'access_token_customer_check', expression: `(kind in ('CUSTOMER', 'STORE')) = (customer_id is not null)` },
    { name: 'access_token_store_check', expression: `(kind = 'STORE') = (store_id is not null)` },
    { name: 'access_token_digest_check', expression: 'octet_length(digest) = 32' },
  ],
  policies: [{ name: 'access_token_scope', using: `${seesCustomer('customer_id')} or ${isAuthenticating}` }],
  rowLevelSecurity: 'force',
});
export type AccessTokenRow = InferEntity<typeof AccessToken>;
