import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { Addon, type AddonRow } from '../persistence/addon.js';
import { InstalledCode } from '../persistence/installed-code.js';
import { Store, type StoreRow } from '../persistence/store.js';
import type { StoreReadingRow } from '../persistence/store-reading.js';
import { StoreReport } from '../persistence/store-report.js';
import { platformVersionFromText } from '../policy/compatibility.js';
import type { EntityManager } from './entity-manager.js';
import { toGlobalId } from './global-id.js';
import { Refusal, userError } from './outcome.js';
import { signatureBy } from './plugin-key.js';
import { requireReportPause, takeReportsOneByOne } from './reading-pace.js';
import { addReading } from './store-reading.js';
import { readStoreReport, type StoreReportDocument } from './store-report-document.js';
import { statedUpstream } from './upstream-version.js';

/** Stands before the document in what is signed, so that a signature of anything else is none of a report. */
export const REPORT_DOMAIN = 'tenure-store-report/1\n';
/** By how much the clock of a store may differ from ours, in minutes. */
const MAX_SKEW_MINUTES = 10;

/** A report as it came: exactly the bytes that were signed, and the Ed25519 signature over `REPORT_DOMAIN` and them, in base64. */
export interface SignedReport {
  readonly document: Uint8Array;
  readonly signature: string;
}

/**
 * Takes in what the plugin of a store reports: a reading, the report as evidence, and the code of each add-on of ours that it tells of, all or nothing. The same
 * report sent again answers as the first time, whatever came since. Refuses a store that is not there (NOT_FOUND) or not paired (NOT_AVAILABLE), whatever comes too
 * soon after the last report of the store, before it is parsed (NOT_AVAILABLE, with when it is taken), a signature that is not
 * of the store's key, a document that is none, of another store or address, or of a clock that is off (INVALID), and another document under a nonce that was used
 * (CONFLICT).
 * What belongs to no add-on of ours is kept among the modules of the reading only.
 */
export async function reportStore(
  em: EntityManager,
  storeId: string,
  signed: SignedReport,
  now: Temporal.Instant,
): Promise<StoreReadingRow> {
  await takeReportsOneByOne(em, storeId);
  const store = await em.findOne(Store, { id: storeId });
  if (store === null) throw new Refusal([userError('NOT_FOUND', 'There is no such store.', 'storeId')]);
  const { publicKey, signature } = verified(store, signed);
  const digest = createHash('sha256').update(signed.document).digest('hex');
  const last = await em.findOne(StoreReport, { store }, { orderBy: { receivedAt: 'desc', id: 'desc' }, populate: ['reading'] });
  if (last?.digest === digest) return last.reading.getEntity();
  requireReportPause(last?.receivedAt ?? null, signed.document.length, now);
  const report = readStoreReport(signed.document);
  const before = await em.findOne(StoreReport, { store, nonce: report.nonce }, { populate: ['reading'] });
  if (before !== null) {
    if (before.digest === digest) return before.reading.getEntity();
    throw new Refusal([
      userError('CONFLICT', 'Another report was sent under this nonce. Choose a new one at random.', 'document', 'nonce'),
    ]);
  }
  requireOwnWord(report, store);
  const reportedAt = timely(report, now);
  const addons = await addonsIn(em, report, store);
  const tool = `${report.tool.name} ${report.tool.version}`;
  const reading = addReading(em, store.id, { ...readingFacts(report, store), reportedAt, tool }, now);
  const evidence = em.create(StoreReport, {
    ...{ store, reading, nonce: report.nonce, digest, signature, publicKey, tool, reportedAt, receivedAt: now },
    document: await promisify(gzip)(signed.document),
  });
  em.persist(evidence);
  for (const { of, addon } of addons) {
    const { version, installedVersion, path, touches } = of;
    const files = [...of.files].sort((one, other) => (one.path < other.path ? -1 : 1));
    em.persist(
      em.create(InstalledCode, { store, addon, report: evidence, version, installedVersion, path, files, touches, reportedAt: now }),
    );
  }
  return reading;
}

function verified(store: StoreRow, { document, signature: text }: SignedReport) {
  const { reportKey: publicKey } = store;
  if (publicKey === null) {
    const message = 'This store is not paired: make a code in the dashboard, and pair its plugin with it.';
    throw new Refusal([userError('NOT_AVAILABLE', message, 'signature')]);
  }
  const signature = signatureBy(publicKey, REPORT_DOMAIN, document, text);
  if (signature !== null) return { publicKey, signature };
  const message = `The signature is none of this store’s key. Sign ${JSON.stringify(REPORT_DOMAIN)} and then the document, byte for byte; or pair the store again.`;
  throw new Refusal([userError('INVALID', message, 'signature')]);
}

/** A copy of a store has its token and its key as well: it is told from the store by where it runs. */
function requireOwnWord({ storeId, baseUrl }: StoreReportDocument, store: StoreRow): void {
  const own = toGlobalId('Store', store.id);
  if (storeId !== own) {
    const message = `This token is of the store ${own}, as storePair answered, and the report of another. Pair each store as a store of its own.`;
    throw new Refusal([userError('INVALID', message, 'document', 'storeId')]);
  }
  const [there, known] = [URL.parse(baseUrl)?.origin, URL.parse(store.url)?.origin];
  if (there !== undefined && there === known) return;
  const place = there === undefined ? 'baseUrl is no address such as' : `This plugin runs at ${there}, and the store is connected at`;
  const message = `${place} ${known}. Pair it as a store of its own; where the store itself has moved, connect it at its new address first.`;
  throw new Refusal([userError('INVALID', message, 'document', 'baseUrl')]);
}

function timely(report: StoreReportDocument, now: Temporal.Instant): Temporal.Instant {
  const reportedAt = Temporal.Instant.from(report.reportedAt).round('millisecond');
  const seconds = Math.round((reportedAt.epochMilliseconds - now.epochMilliseconds) / 1000);
  if (Math.abs(seconds) <= MAX_SKEW_MINUTES * 60) return reportedAt;
  const skew = `${Math.abs(seconds)} seconds ${seconds > 0 ? 'ahead of' : 'behind'}`;
  const message = `The clock of the store is ${skew} ours, and at most ${MAX_SKEW_MINUTES} minutes will do. Set it right (NTP), and report anew.`;
  throw new Refusal([userError('INVALID', message, 'document', 'reportedAt')]);
}

function readingFacts(report: StoreReportDocument, { platform }: StoreRow) {
  const { distribution, platformVersion, phpVersion, addons } = report;
  const stated = platformVersionFromText(platform, platformVersion);
  const invalid = (message: string, ...at: string[]) => new Refusal([userError('INVALID', message, 'document', ...at)]);
  if (report.platform !== platform) throw invalid(`This store is connected as ${platform}.`, 'platform');
  if (stated.version === null || !stated.exact)
    throw invalid('platformVersion is the exact version, such as 2.4.7-p3 or 8.1.7.', 'platformVersion');
  if (distribution !== null && (distribution === 'PRESTASHOP') !== (platform === 'PRESTASHOP'))
    throw invalid(`That is no distribution of ${platform}.`, 'distribution');
  const upstreamVersion = statedUpstream(distribution, report.upstreamVersion, 'document', 'upstreamVersion');
  const told = addons.map(({ code, version, installedVersion, enabled }) => ({ code, version: version ?? installedVersion, enabled }));
  const codes = new Set(told.map(({ code }) => code));
  return {
    source: 'PLUGIN' as const,
    version: { ...stated, distribution: distribution ?? stated.distribution, upstreamVersion },
    phpVersion,
    installed: [...told, ...report.modules.filter(({ code }) => !codes.has(code))],
    failure: null,
  };
}

/** What of the report is of add-ons in our catalogue, for the platform of the store. */
async function addonsIn(em: EntityManager, { addons }: StoreReportDocument, { platform }: StoreRow) {
  const codes = addons.map(({ code }) => code);
  if (codes.length === 0) return [];
  const named = [{ sku: { $in: codes } }, { packageName: { $in: codes } }, { moduleName: { $in: codes } }];
  const known = await em.find(Addon, { platform, $or: named });
  const found = new Map<string, AddonRow>();
  const seen = new Set<AddonRow>();
  for (const [index, code] of codes.entries()) {
    const addon = known.find(({ sku, packageName, moduleName }) => [sku, packageName, moduleName].includes(code));
    if (addon === undefined) continue;
    if (seen.has(addon)) {
      const message = `${code} is ${addon.sku}, which stands here under another name already. Tell of each add-on once.`;
      throw new Refusal([userError('INVALID', message, 'document', 'addons', String(index), 'code')]);
    }
    seen.add(addon);
    found.set(code, addon);
  }
  return addons.flatMap((of) => {
    const addon = found.get(of.code);
    return addon === undefined ? [] : [{ of, addon }];
  });
}
