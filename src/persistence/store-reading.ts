import { defineEntity, type InferEntity, p } from '@mikro-orm/core';
import type { Distribution } from '../policy/compatibility.js';
import type { StoreSource } from '../policy/store-source.js';
import { id, instant, seesAll } from './columns.js';
import { Store } from './store.js';

export const READING_SOURCES = ['CONNECTOR', 'PLUGIN', 'DECLARED'] as const satisfies readonly StoreSource[];
export type ReadingSource = StoreSource;

/** Who may declare what a store runs. */
export type DeclarantKind = 'STAFF' | 'PARTNER' | 'CUSTOMER';

/** SQL for whether a reading tells the version of some module. */
export const TELLS_MODULES = `(jsonb_path_query_array(installed, '$[*].version.type()'::jsonpath) @> '["string"]'::jsonb)`;

const GROWS_ONLY = `raise exception 'a reading of a store is evidence and never changes' using errcode = 'restrict_violation'`;

export interface InstalledAddon {
  readonly code: string;
  readonly version: string | null;
  readonly enabled: boolean;
}

/** What a store said of itself at one moment, or why it could not be read. Never changed afterwards. */
export const StoreReading = defineEntity({
  name: 'StoreReading',
  tableName: 'store_reading',
  properties: {
    id: id(),
    store: () => p.manyToOne(Store).ref(),
    readAt: instant(),
    source: p.string().columnType('text').$type<ReadingSource>(),
    distribution: p.string().columnType('text').strictNullable().$type<Distribution | null>(),
    platformVersion: p.string().columnType('text').strictNullable(),
    upstreamVersion: p.string().columnType('text').strictNullable(),
    /** False where only the beginning of the version is known ("2.4"). */
    versionExact: p.boolean(),
    phpVersion: p.string().columnType('text').strictNullable(),
    installed: p.json<readonly InstalledAddon[]>(),
    failure: p.string().columnType('text').strictNullable(),
    /** Name and version of the plugin that reported. */
    tool: p.string().columnType('text').strictNullable(),
    /** By the clock of the store, as its plugin signed it. */
    reportedAt: instant().strictNullable(),
    /** Who declared it, and as evidence names them. */
    declaredByKind: p.string().columnType('text').strictNullable().$type<DeclarantKind | null>(),
    declaredByName: p.string().columnType('text').strictNullable(),
  },
  indexes: [
    { properties: ['store', 'readAt'] },
    { properties: ['store', 'source', 'versionExact', 'readAt'] },
    // A list of modules without versions, as Magento tells one, is long, and was read in vain for every question.
    { name: 'store_reading_modules_index', properties: ['store', 'source', 'readAt'], where: TELLS_MODULES },
  ],
  checks: [
    { name: 'store_reading_source_check', expression: `source in ('CONNECTOR', 'PLUGIN', 'DECLARED')` },
    { name: 'store_reading_version_check', expression: 'platform_version is not null or not version_exact' },
    { name: 'store_reading_declared_by_check', expression: '(declared_by_kind is null) = (declared_by_name is null)' },
  ],
  triggers: [{ name: 'store_reading_grows_only', timing: 'before', events: ['update', 'delete'], body: GROWS_ONLY }],
  policies: [{ name: 'store_reading_scope', using: `${seesAll} or exists (select from store where store.id = store_id)` }],
  rowLevelSecurity: 'force',
});
export type StoreReadingRow = InferEntity<typeof StoreReading>;
