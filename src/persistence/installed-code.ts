import { defineEntity, type InferEntity, p } from '@mikro-orm/core';
import type { FileDigest } from '../policy/code-comparison.js';
import { Addon } from './addon.js';
import { id, instant, seesAll } from './columns.js';
import { Store } from './store.js';
import { StoreReport } from './store-report.js';

/** Something in the store that changes what an add-on does without changing its files. */
export interface CodeTouch {
  /** PrestaShop: OVERRIDE. Magento: PLUGIN, PREFERENCE (di.xml), LAYOUT or TEMPLATE of a theme. Either: COMPOSER_PATCH. */
  readonly kind: 'OVERRIDE' | 'PLUGIN' | 'PREFERENCE' | 'TEMPLATE' | 'COMPOSER_PATCH';
  /** The class, method, template or package that is touched. */
  readonly target: string;
  /** Which module, theme or file does it. */
  readonly by: string;
  /** SHA-256 of what does it, where the plugin tells. */
  readonly sha256: string | null;
}

const GROWS_ONLY = `raise exception 'what a report found in a store is evidence and never changes' using errcode = 'restrict_violation'`;

/** The code of one add-on as a report found it in a store. Never changed afterwards. */
export const InstalledCode = defineEntity({
  name: 'InstalledCode',
  tableName: 'installed_code',
  properties: {
    id: id(),
    store: () => p.manyToOne(Store).ref(),
    addon: () => p.manyToOne(Addon).ref(),
    report: () => p.manyToOne(StoreReport).ref(),
    /** By the files: composer.json, registration, config.xml. */
    version: p.string().columnType('text').strictNullable(),
    /** By the database of the store (setup_module, ps_module): another one where an upgrade was not run. */
    installedVersion: p.string().columnType('text').strictNullable(),
    /** Where it lies, below the root of the store: "vendor/orbis/stock", "app/code/Orbis/Stock", "modules/stock". */
    path: p.string().columnType('text'),
    files: p.json<readonly FileDigest[]>(),
    touches: p.json<readonly CodeTouch[]>(),
    reportedAt: instant(),
  },
  indexes: [{ properties: ['store', 'addon', 'reportedAt'] }],
  triggers: [{ name: 'installed_code_grows_only', timing: 'before', events: ['update', 'delete'], body: GROWS_ONLY }],
  policies: [{ name: 'installed_code_scope', using: `${seesAll} or exists (select from store where store.id = store_id)` }],
  rowLevelSecurity: 'force',
});
export type InstalledCodeRow = InferEntity<typeof InstalledCode>;
