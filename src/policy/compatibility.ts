import { compareVersions, firstVersionAfter, readVersion, type Version, versionOf, type WrittenVersion } from './version.js';

export type Platform = 'MAGENTO' | 'PRESTASHOP';
export type Distribution = 'MAGENTO_OPEN_SOURCE' | 'ADOBE_COMMERCE' | 'MAGE_OS' | 'PRESTASHOP';
export type Fit = 'FITS' | 'DOES_NOT_FIT' | 'UNKNOWN';

/** Versions of a platform as a product sheet states them: both ends count, the upper one with its patches; null leaves an end open. */
export interface CompatibilityRange {
  readonly platform: Platform;
  /** The only distribution that is meant; null for every one. */
  readonly edition: string | null;
  readonly from: string | null;
  readonly to: string | null;
}

/** What is known of the platform that a store runs. */
export interface PlatformVersion {
  readonly platform: Platform;
  readonly distribution: Distribution | null;
  /** In the distribution's own numbers. */
  readonly version: string | null;
  /** The Magento version that a distribution with numbers of its own is built from. */
  readonly upstreamVersion: string | null;
  /** False when only the beginning of the version is known: "2.4" for any 2.4.x. */
  readonly exact: boolean;
}

/** From `low` on, and before `high`, or up to and including it. A range may leave an end open (null); a store has both. */
interface Interval<End extends Version | null> {
  readonly low: End;
  readonly high: End;
  readonly highCounts: boolean;
}

const PLATFORM_NAME: Record<Platform, string> = { MAGENTO: 'Magento', PRESTASHOP: 'PrestaShop' };

const DISTRIBUTION_NAME: Record<Distribution, string> = {
  MAGENTO_OPEN_SOURCE: 'Magento Open Source',
  ADOBE_COMMERCE: 'Adobe Commerce',
  MAGE_OS: 'Mage-OS',
  PRESTASHOP: 'PrestaShop',
};

/** The editions that a range may name; "Community", "Enterprise" and "B2B" are what Magento prints of itself. */
const DISTRIBUTION_OF_EDITION: Readonly<Record<string, Distribution>> = {
  MAGENTO_OPEN_SOURCE: 'MAGENTO_OPEN_SOURCE',
  OPEN_SOURCE: 'MAGENTO_OPEN_SOURCE',
  COMMUNITY: 'MAGENTO_OPEN_SOURCE',
  ADOBE_COMMERCE: 'ADOBE_COMMERCE',
  COMMERCE: 'ADOBE_COMMERCE',
  ENTERPRISE: 'ADOBE_COMMERCE',
  B2B: 'ADOBE_COMMERCE',
  MAGE_OS: 'MAGE_OS',
  PRESTASHOP: 'PRESTASHOP',
};

/**
 * Whether a store's version is among the advertised ones: FITS as soon as one range takes it in, otherwise UNKNOWN when some range
 * could take it in and when there is no range at all. A version known by its beginning only fits a range that takes in all of its
 * releases. Ranges of Magento are compared with the upstream version of a Mage-OS, which is UNKNOWN without one, and with no other's. Never throws: a range with a fault
 * (`rangeFault`) and a text that is no version give UNKNOWN, never a silent pass.
 */
export function fits(ranges: readonly CompatibilityRange[], subject: PlatformVersion): Fit {
  const store = running(subject);
  const answers = ranges.map((range) => fitsRange(range, subject, store));
  if (answers.includes('FITS')) return 'FITS';
  return answers.length === 0 || answers.includes('UNKNOWN') ? 'UNKNOWN' : 'DOES_NOT_FIT';
}

function fitsRange(range: CompatibilityRange, subject: PlatformVersion, store: Interval<Version> | null): Fit {
  if (range.platform !== subject.platform) return 'DOES_NOT_FIT';
  const interval = advertised(range);
  if (faultOf(range, interval) !== null) return 'UNKNOWN';
  const answers = [editionFit(range.edition, subject.distribution), versionFit(interval, store)];
  if (answers.includes('DOES_NOT_FIT')) return 'DOES_NOT_FIT';
  return answers.includes('UNKNOWN') ? 'UNKNOWN' : 'FITS';
}

function editionFit(edition: string | null, distribution: Distribution | null): Fit {
  if (edition === null) return 'FITS';
  if (distribution === null) return 'UNKNOWN';
  return distributionOf(edition) === distribution ? 'FITS' : 'DOES_NOT_FIT';
}

function versionFit(range: Interval<Version | null>, store: Interval<Version> | null): Fit {
  if (store === null) return 'UNKNOWN';
  if (endsBefore(store, range) || endsBefore(range, store)) return 'DOES_NOT_FIT';
  const beginsEarly = range.low === null || compareVersions(range.low, store.low) <= 0;
  // Equal ends suffice: a single version that stands on an end that does not count was found outside just before.
  const endsLate = range.high === null || compareVersions(range.high, store.high) >= 0;
  return beginsEarly && endsLate ? 'FITS' : 'UNKNOWN';
}

function endsBefore(a: Interval<Version | null>, b: Interval<Version | null>): boolean {
  if (a.high === null || b.low === null) return false;
  const order = compareVersions(a.high, b.low);
  return order < 0 || (order === 0 && !a.highCounts);
}

/**
 * What a range takes in. The upper end covers everything that begins with its numbers: "2.4.7" every 2.4.7-pN, "1.7.8" and "1.7.8.x" 1.7.8.11;
 * with a stage ("2.4.7-p3") it is meant exactly. The lower end is a release: its own pre-releases come before it.
 */
function advertised(range: CompatibilityRange): Interval<Version | null> {
  const from = range.from === null ? null : readPrefix(range.from);
  const to = range.to === null ? null : readPrefix(range.to);
  const low = from?.version ?? null;
  if (to === null || to.suffixed) return { low, high: to?.version ?? null, highCounts: true };
  return { low, high: firstVersionAfter(to.version, to.precision), highCounts: false };
}

/**
 * What the store may be running, or null when nothing is known. An inexact version stands for the releases that begin with it and for
 * their patches, not for the pre-releases of the first.
 */
function running(subject: PlatformVersion): Interval<Version> | null {
  const text = subject.distribution === 'MAGE_OS' ? subject.upstreamVersion : subject.version;
  const written = text === null ? null : readPrefix(text);
  if (text === null || written === null) return null;
  const low = written.version;
  if (subject.exact && !hasWildcards(text)) return { low, high: low, highCounts: true };
  return { low, high: firstVersionAfter(low, written.precision), highCounts: false };
}

/** Reads "2.4.7-p3", "2.4", or the same with wildcards behind it ("2.4.x"); null for branches and for what is no version. */
function readPrefix(text: string): WrittenVersion | null {
  const written = readVersion(withoutWildcards(text));
  return written === null || written.precision === 0 ? null : written;
}

const WILDCARDS = /(?:\.[x*]){1,3}$/i;

function withoutWildcards(text: string): string {
  return text.trim().replace(WILDCARDS, '');
}

function hasWildcards(text: string): boolean {
  return WILDCARDS.test(text.trim());
}

function distributionOf(edition: string): Distribution | null {
  const name = edition
    .trim()
    .toUpperCase()
    .replace(/[\s-]+/g, '_');
  return DISTRIBUTION_OF_EDITION[name] ?? null;
}

/** Why a range cannot be used, in words for whoever entered it: an end that is no version, ends in the wrong order, an unknown edition; else null. */
export function rangeFault(range: CompatibilityRange): string | null {
  return faultOf(range, advertised(range));
}

function faultOf(range: CompatibilityRange, { low, high, highCounts }: Interval<Version | null>): string | null {
  for (const [end, read] of [
    [range.from, low],
    [range.to, high],
  ] as const) {
    if (end !== null && read === null) return `"${end}" is not a version of ${PLATFORM_NAME[range.platform]}.`;
  }
  const order = low === null || high === null ? -1 : compareVersions(low, high);
  if (order > 0 || (order === 0 && !highCounts)) return `The range begins at ${range.from}, after its end ${range.to}.`;
  if (range.edition !== null && !isEditionOf(range.platform, range.edition)) {
    return `"${range.edition}" is not an edition of ${PLATFORM_NAME[range.platform]}.`;
  }
  return null;
}

function isEditionOf(platform: Platform, edition: string): boolean {
  const distribution = distributionOf(edition);
  return distribution !== null && (distribution === 'PRESTASHOP') === (platform === 'PRESTASHOP');
}

/**
 * Takes a version as a plugin or a person states it. It is exact when it has the numbers that the platform's releases have: three for
 * Magento and PrestaShop from 8 on, four for PrestaShop 1.x; "2.4.x" is the beginning 2.4. What is no version, a branch included, gives a
 * null version. The distribution of Magento is left open, because its number does not tell it.
 */
export function platformVersionFromText(platform: Platform, text: string): PlatformVersion {
  const written = readPrefix(text);
  const distribution = platform === 'PRESTASHOP' ? 'PRESTASHOP' : null;
  if (written === null) return { platform, distribution, version: null, upstreamVersion: null, exact: false };
  const fourNumbers = platform === 'PRESTASHOP' && compareVersions(written.version, versionOf([8], 'dev')) < 0;
  const version = withoutWildcards(text).replace(/^v/i, '');
  return {
    platform,
    distribution,
    version,
    upstreamVersion: null,
    exact: !hasWildcards(text) && written.precision >= (fourNumbers ? 4 : 3),
  };
}

/** The Magento version that a Mage-OS is built from, as a plugin or a person states it; null where the text is no exact version, such as 2.4.8-p5. */
export function upstreamVersionFromText(text: string): string | null {
  const { version, exact } = platformVersionFromText('MAGENTO', text);
  return exact ? version : null;
}

/** The ranges in words: "Magento 2.4.4–2.4.7 (Adobe Commerce), PrestaShop 8.0 and later". */
export function describeRanges(ranges: readonly CompatibilityRange[]): string {
  return ranges.length === 0 ? 'no versions stated' : ranges.map(describeRange).join(', ');
}

function describeRange(range: CompatibilityRange): string {
  const distribution = range.edition === null ? null : distributionOf(range.edition);
  const edition = range.edition === null ? '' : ` (${distribution === null ? range.edition : DISTRIBUTION_NAME[distribution]})`;
  return `${PLATFORM_NAME[range.platform]} ${describeEnds(range.from, range.to)}${edition}`;
}

function describeEnds(from: string | null, to: string | null): string {
  if (from === null) return to === null ? 'in every version' : `up to ${to}`;
  if (to === null) return `${from} and later`;
  return from === to ? from : `${from}–${to}`;
}

/** The name that people know a distribution by. */
export const distributionName = (distribution: Distribution): string => DISTRIBUTION_NAME[distribution];

/** The platform in words: "Mage-OS 2.3.0 (Magento 2.4.8-p5)", "Magento 2.4 (patch unknown)", "PrestaShop (version unknown)". */
export function describePlatformVersion(subject: PlatformVersion): string {
  const name = subject.distribution === null ? PLATFORM_NAME[subject.platform] : DISTRIBUTION_NAME[subject.distribution];
  const title = subject.version === null ? name : `${name} ${subject.version}`;
  const remarks = [...versionRemarks(subject), ...upstreamRemarks(subject)];
  return remarks.length === 0 ? title : `${title} (${remarks.join(', ')})`;
}

function versionRemarks(subject: PlatformVersion): readonly string[] {
  if (subject.version === null) return ['version unknown'];
  return subject.exact ? [] : ['patch unknown'];
}

function upstreamRemarks(subject: PlatformVersion): readonly string[] {
  if (subject.distribution === 'MAGE_OS' && subject.upstreamVersion !== null) return [`Magento ${subject.upstreamVersion}`];
  return subject.distribution === 'MAGE_OS' && subject.version !== null ? ['its Magento version unknown'] : [];
}
