import { typeid } from 'typeid-js';
import type { Database } from '../../src/persistence/database.js';
import type { ManifestKind } from '../../src/persistence/release-manifest.js';
import { queryWithin } from '../../src/persistence/session.js';
import type { FileDigest } from '../../src/policy/code-comparison.js';
import { addReleaseManifest, manifestOf } from '../../src/use-cases/release-manifest.js';
import { asVendor, instant } from './vendor.js';

/** Files whose contents are told by one hexadecimal digit each. */
export const filesOf = (contents: Readonly<Record<string, string>>): FileDigest[] =>
  Object.entries(contents).map(([path, content]) => ({ path, size: 10, sha256: content.repeat(64) }));

export interface CodeToReport {
  readonly storeId: string;
  readonly addonId: string;
  /** When the report came. */
  readonly at: string;
  readonly version: string | null;
  readonly files: readonly FileDigest[];
}

/** Code of an add-on as a report of its store would leave it; the store's clock is some minutes ahead. The id of the row. */
export function reportCode(database: Database, { storeId, addonId, at, version, files }: CodeToReport): Promise<string> {
  const [reading, report, code] = [typeid().toUUID(), typeid().toUUID(), typeid().toUUID()];
  const reportedAt = instant(at).add({ minutes: 7 }).toString();
  const touches = [{ kind: 'OVERRIDE', target: 'Product', by: 'override/classes/Product.php', sha256: null }];
  const insert = (table: string, row: Readonly<Record<string, unknown>>) => ({
    name: `test-${table}`,
    text: `insert into ${table} (${Object.keys(row).join(', ')}) values (${Object.keys(row)
      .map((_name, index) => `$${index + 1}`)
      .join(', ')})`,
    values: Object.values(row),
  });
  return asVendor(database, async (em) => {
    const told = { source: 'PLUGIN', platform_version: '2.4.7-p3', version_exact: true, installed: '[]' };
    await queryWithin(em, insert('store_reading', { id: reading, store_id: storeId, read_at: at, ...told }));
    const signed = { nonce: report, digest: 'd'.repeat(64), signature: Buffer.alloc(64), public_key: Buffer.alloc(32), tool: 'plugin 1' };
    const of = { id: report, store_id: storeId, reading_id: reading, reported_at: reportedAt, received_at: at };
    await queryWithin(em, insert('store_report', { ...of, ...signed }));
    const found = { version, installed_version: version, path: 'app/code/Vendor/Filter', files: JSON.stringify(files) };
    const by = { id: code, store_id: storeId, addon_id: addonId, report_id: report, reported_at: reportedAt };
    await queryWithin(em, insert('installed_code', { ...by, ...found, touches: JSON.stringify(touches) }));
    return code;
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
