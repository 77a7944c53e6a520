import { defineEntity, type InferEntity, p } from '@mikro-orm/core';
import { id, instant, seesAll } from './columns.js';
import { Store } from './store.js';
import { StoreReading } from './store-reading.js';

const GROWS_ONLY = `raise exception 'a report of a store is evidence and never changes' using errcode = 'restrict_violation'`;

/** A report that the plugin inside a store signed with the store's key, as it was received. Never changed afterwards. */
export const StoreReport = defineEntity({
  name: 'StoreReport',
  tableName: 'store_report',
  properties: {
    id: id(),
    store: () => p.manyToOne(Store).ref(),
    /** What the report told of the store as a whole. */
    reading: () => p.manyToOne(StoreReading).ref(),
    /** Chosen by the plugin, and used once: the same report sent again is known by it. */
    nonce: p.string().columnType('text'),
    /** SHA-256 of the document as it was signed, in hexadecimal. */
    digest: p.string().columnType('char(64)'),
    signature: p.blob(),
    /** The document itself, byte for byte as it was signed, compressed with gzip: whoever doubts can verify the signature. */
    document: p.blob().lazy(),
    /** The key that it was signed with: Ed25519, 32 bytes. */
    publicKey: p.blob(),
    /** Name and version of the plugin. */
    tool: p.string().columnType('text'),
    /** By the clock of the store. */
    reportedAt: instant(),
    receivedAt: instant(),
  },
  uniques: [{ properties: ['store', 'nonce'] }],
  indexes: [{ properties: ['store', 'receivedAt'] }],
  checks: [{ name: 'store_report_public_key_check', expression: 'octet_length(public_key) = 32' }],
  triggers: [{ name: 'store_report_grows_only', timing: 'before', events: ['update', 'delete'], body: GROWS_ONLY }],
  policies: [{ name: 'store_report_scope', using: `${seesAll} or exists (select from store where store.id = store_id)` }],
  rowLevelSecurity: 'force',
});
export type StoreReportRow = InferEntity<typeof StoreReport>;
