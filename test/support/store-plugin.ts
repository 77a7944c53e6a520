import { generateKeyPairSync, sign } from 'node:crypto';
import { Store } from '../../src/persistence/store.js';
import type { StoreReadingRow } from '../../src/persistence/store-reading.js';
import type { EntityManager } from '../../src/use-cases/entity-manager.js';
import { toGlobalId } from '../../src/use-cases/global-id.js';
import { PAIR_DOMAIN } from '../../src/use-cases/pairing.js';
import { REPORT_DOMAIN, reportStore as receive, type SignedReport } from '../../src/use-cases/store-report.js';
import type { StoreReportDocument } from '../../src/use-cases/store-report-document.js';

/** The plugin inside a store: it has a key, and signs what it reports. */
export interface StorePlugin {
  /** Ed25519, 32 bytes: what pairing gives the gateway. */
  readonly publicKey: Uint8Array;
  /** Under the domain of reports, unless said otherwise. */
  sign(document: Uint8Array, domain?: string): string;
}

export function storePlugin(): StorePlugin {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  return {
    publicKey: Buffer.from(publicKey.export({ format: 'jwk' }).x ?? '', 'base64url'),
    sign: (document, domain = REPORT_DOMAIN) => sign(null, Buffer.concat([Buffer.from(domain), document]), privateKey).toString('base64'),
  };
}

/** What a plugin sends to be paired. */
export const pairInput = (plugin: StorePlugin, code: string) => ({
  code,
  publicKey: Buffer.from(plugin.publicKey).toString('base64'),
  signature: plugin.sign(Buffer.from(code), PAIR_DOMAIN),
});

/** The store that a plugin speaks for. */
export interface ReportingStore {
  readonly id: string;
  readonly url: string;
}

let nonces = 0;

/** A report with nothing in it but the version, made at an instant. */
export function reportDocument(
  store: ReportingStore,
  reportedAt: Temporal.Instant | string,
  change: Partial<StoreReportDocument> = {},
): StoreReportDocument {
  nonces += 1;
  return {
    format: 'tenure-store-report/1',
    nonce: `nonce-of-tests-${String(nonces).padStart(6, '0')}`,
    storeId: toGlobalId('Store', store.id),
    baseUrl: `${store.url}/`,
    reportedAt: reportedAt.toString(),
    tool: { name: 'acme-tenure', version: '1.0.0' },
    platform: 'MAGENTO',
    distribution: null,
    platformVersion: '2.4.7-p3',
    upstreamVersion: null,
    phpVersion: null,
    modules: [],
    addons: [],
    ...change,
  };
}

/** A document as it is sent: its bytes, and the signature over them. */
export function signed(plugin: StorePlugin, document: unknown): SignedReport {
  const bytes = Buffer.from(typeof document === 'string' ? document : JSON.stringify(document));
  return { document: bytes, signature: plugin.sign(bytes) };
}

export interface PluginWord {
  readonly platformVersion: string;
  readonly distribution: StoreReportDocument['distribution'];
  readonly upstreamVersion: string | null;
  readonly phpVersion: string | null;
  readonly installed: StoreReportDocument['modules'];
}

/** The plugin in every store that `reportStore` paired. */
export const PLUGIN = storePlugin();

/** Input of `storeReport` by that plugin. */
export function reportInput(store: ReportingStore, reportedAt: Temporal.Instant | string, change: Partial<StoreReportDocument> = {}) {
  const { document, signature } = signed(PLUGIN, reportDocument(store, reportedAt, change));
  return { document: Buffer.from(document).toString(), signature };
}

/** Lets the plugin of a store report at a moment; pairs the store with it first. */
export async function reportStore(em: EntityManager, storeId: string, word: PluginWord, at: Temporal.Instant): Promise<StoreReadingRow> {
  const store = await em.findOneOrFail(Store, { id: storeId });
  store.reportKey = Buffer.from(PLUGIN.publicKey);
  const { installed: modules, ...rest } = word;
  const document = reportDocument(store, at, { ...rest, platform: store.platform, modules });
  await em.flush();
  return receive(em, storeId, signed(PLUGIN, document), at);
}
