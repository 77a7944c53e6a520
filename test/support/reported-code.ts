import { Addon } from '../../src/persistence/addon.js';
import type { Database } from '../../src/persistence/database.js';
import { InstalledCode } from '../../src/persistence/installed-code.js';
import type { ManifestKind } from '../../src/persistence/release-manifest.js';
import { Store } from '../../src/persistence/store.js';
import type { FileDigest } from '../../src/policy/code-comparison.js';
import { addReleaseManifest, manifestOf } from '../../src/use-cases/release-manifest.js';
import { reportStore } from '../../src/use-cases/store-report.js';
import { PLUGIN, reportDocument, signed } from './store-plugin.js';
import { asVendor, instant } from './vendor.js';

/** Files whose contents are told by one hexadecimal digit each. */
export const filesOf = (contents: Readonly<Record<string, string>>): FileDigest[] =>
  Object.entries(contents).map(([path, content]) => ({ path, size: 10, sha256: content.repeat(64) }));

export interface CodeToReport {
  readonly storeId: string;
  readonly addonId: string;
  /** When the report comes. */
  readonly at: string;
  readonly version: string | null;
  readonly files: readonly FileDigest[];
}

/** Lets the plugin of a store report the code of an add-on; the store's clock is some minutes ahead. The id of the row. */
export function reportCode(database: Database, { storeId, addonId, at, version, files }: CodeToReport): Promise<string> {
  return asVendor(database, async (em) => {
    const store = await em.findOneOrFail(Store, { id: storeId });
    const { sku: code } = await em.findOneOrFail(Addon, { id: addonId });
    store.reportKey = Buffer.from(PLUGIN.publicKey);
    await em.flush();
    const path = 'app/code/Vendor/Filter';
    const touches = [{ kind: 'OVERRIDE', target: 'Product', by: 'override/classes/Product.php', sha256: null }] as const;
    const addons = [{ code, version, installedVersion: version, path, enabled: true, files: [...files], touches: [...touches] }];
    const document = reportDocument(store, instant(at).add({ minutes: 7 }), { platform: store.platform, addons });
    await reportStore(em, storeId, signed(PLUGIN, document), instant(at));
    await em.flush();
    return (await em.findOneOrFail(InstalledCode, { store: storeId, addon: addonId, reportedAt: instant(at) })).id;
  });
}

/** Records the manifest of a release, or of a hot-fix of it. */
export function recordManifest(
  database: Database,
  of: { readonly addonSku: string; readonly version: string; readonly kind?: ManifestKind; readonly label?: string },
  contents: Readonly<Record<string, string>>,
  removedPaths: readonly string[] = [],
): Promise<unknown> {
  const at = instant('2025-06-01T00:00:00Z');
  const manifest = manifestOf(filesOf(contents), removedPaths, { name: 'test', version: '1' }, at);
  return asVendor(database, (em) => addReleaseManifest(em, { kind: 'BUILD', label: 'build', ...of, manifest }, at));
}
