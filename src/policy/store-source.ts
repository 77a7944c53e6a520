import { type Distribution, distributionName } from './compatibility.js';
import { compareVersions, parseVersion } from './version.js';

/** Who tells what a store runs: our own reading over its interface, the signed report of the plugin inside it, a person who typed it in. */
export type StoreSource = 'CONNECTOR' | 'PLUGIN' | 'DECLARED';

export const STORE_SOURCE_STANDINGS = ['USED', 'COMPLETES', 'OUTRANKED', 'STALE', 'CONTRADICTS', 'FAILED'] as const;
export type StoreSourceStanding = (typeof STORE_SOURCE_STANDINGS)[number];

/** For how long the word of a store itself goes before a newer declaration, in days. */
export const OWN_WORD_DAYS = 30;

/** One reading of a store, as far as it is weighed. */
export interface SourceReading {
  /** Puts readings of one instant in order. */
  readonly id: string;
  readonly source: StoreSource;
  readonly readAt: Temporal.Instant;
  readonly distribution: Distribution | null;
  /** Null: it told none. */
  readonly platformVersion: string | null;
  readonly upstreamVersion: string | null;
  readonly versionExact: boolean;
  readonly failure: string | null;
  readonly installed: readonly { readonly version: string | null }[];
}

/** A version of the platform as it was found among the sources. */
export interface ToldVersion {
  readonly distribution: Distribution | null;
  readonly platformVersion: string;
  readonly upstreamVersion: string | null;
  readonly versionExact: boolean;
}

/** What came of one reading, and why, in words. */
export interface WeighedSource<Reading extends SourceReading> {
  readonly reading: Reading;
  readonly standing: StoreSourceStanding;
  readonly because: string;
}

export interface WeighedSources<Reading extends SourceReading> {
  /** Null: nobody tells one. */
  readonly told: ToldVersion | null;
  /** Told it. The declaration, where one completes what the store tells itself. Where nobody tells a version, the newest reading of all; null: there is none. */
  readonly reading: Reading | null;
  /** The newest word of each source, its newest failure where that came later, and what was used: the newest first. At most eight. */
  readonly sources: readonly WeighedSource<Reading>[];
}

/**
 * which of its sources says what a store ran at an instant. Readings of later are left out.
 *
 * What the store tells itself, through our connector or its plugin, goes before what a person declares, the newest exact reading first; a vaguer one ("2.4")
 * hides it only by telling another line ("2.5"), or another distribution. A declaration of the same line completes a vague word of the store. It goes before an exact one only
 * when that is older than `OWN_WORD_DAYS` and the declaration is newer, and nothing younger that the store told speaks against it. Never throws.
 */
export function weighSources<Reading extends SourceReading>(readings: readonly Reading[], at: Temporal.Instant): WeighedSources<Reading> {
  const known = readings.filter(({ readAt }) => Temporal.Instant.compare(readAt, at) <= 0).sort(newestFirst);
  const own = known.filter(({ source }) => source !== 'DECLARED');
  const base = wordOf(own);
  const declaration = wordOf(known.filter(({ source }) => source === 'DECLARED'));
  const choice = choose(own, base, declaration, at);
  if (choice === null) return { told: null, reading: known[0] ?? null, sources: shownOf(known, []).map((reading) => failed(reading)) };
  const { used, completed } = choice;
  const told = {
    distribution: used.distribution ?? completed?.distribution ?? null,
    platformVersion: used.platformVersion,
    upstreamVersion: upstreamOf(used),
    versionExact: used.versionExact,
  };
  const decisive = completed === null ? [used] : [used, completed];
  const sources = shownOf(known, decisive).map((reading) => standingOf(reading, choice, at));
  return { told, reading: used, sources };
}

/**
 * Which readings to ask for the version of an installed add-on, in this order: what the store told itself last, then what was declared last; the other way
 * round where the first is older than `OWN_WORD_DAYS` and the declaration newer. Only readings that tell the version of some module.
 */
export function installedSources<Reading extends SourceReading>(readings: readonly Reading[], at: Temporal.Instant): Reading[] {
  const telling = readings
    .filter(({ readAt, installed }) => Temporal.Instant.compare(readAt, at) <= 0 && installed.some(({ version }) => version !== null))
    .sort(newestFirst);
  const own = telling.find(({ source }) => source !== 'DECLARED');
  const declared = telling.find(({ source }) => source === 'DECLARED');
  if (own === undefined || declared === undefined) return [own, declared].filter((reading) => reading !== undefined);
  return isOld(own, at) && newestFirst(declared, own) < 0 ? [declared, own] : [own, declared];
}

/**
 * whether what is declared says exactly what the store itself tells in part: "2.4.7-p3" of "2.4". It only ever narrows what the store may be running, so that no
 * add-on fits by it which does not by the store's own word; a pre-release of the first of its line is none of its releases.
 */
export const completes = (declared: ToldVersion, own: ToldVersion): boolean =>
  !own.versionExact && begins(own, declared) && declared.platformVersion !== own.platformVersion && !isBefore(declared, own);

type Telling<Reading> = Reading & { readonly platformVersion: string };

interface Choice<Reading> {
  readonly used: Telling<Reading>;
  /** The vague word of the store that the declaration which is used completes. */
  readonly completed: Telling<Reading> | null;
}

/** The newest exact word, unless a newer one tells another line; then, and where none is exact, the newest. The readings come newest first. */
function wordOf<Reading extends SourceReading>(readings: readonly Reading[]): Telling<Reading> | null {
  const words = readings.filter(tellsVersion);
  const exact = words.find(({ versionExact }) => versionExact);
  const isSuperseded = exact !== undefined && words.slice(0, words.indexOf(exact)).some((newer) => !isSameLine(newer, exact));
  return (isSuperseded ? undefined : exact) ?? words[0] ?? null;
}

function choose<Reading extends SourceReading>(
  own: readonly Reading[],
  base: Telling<Reading> | null,
  declaration: Telling<Reading> | null,
  at: Temporal.Instant,
): Choice<Reading> | null {
  if (base === null) return declaration && { used: declaration, completed: null };
  const kept = { used: base, completed: null };
  if (declaration === null) return kept;
  const words = own.filter(tellsVersion);
  // What the store told since speaks against it.
  if (words.some((word) => newestFirst(word, declaration) < 0 && !isSameLine(word, declaration))) return kept;
  if (completes(declaration, base)) return { used: declaration, completed: base };
  const [newest = base] = words;
  const agrees = isOld(newest, at) || isSameLine(newest, declaration);
  const yields = isOld(base, at) && newestFirst(declaration, base) < 0 && agrees && !begins(declaration, base);
  return yields ? { used: declaration, completed: null } : kept;
}

function shownOf<Reading extends SourceReading>(known: readonly Reading[], decisive: readonly Reading[]): Reading[] {
  const shown = (['CONNECTOR', 'PLUGIN', 'DECLARED'] as const).flatMap((source) => {
    const ofSource = known.filter((reading) => reading.source === source);
    const word = ofSource.find(tellsVersion);
    const [newest] = ofSource;
    return [newest, word].filter((reading) => reading !== undefined);
  });
  return [...new Set([...shown, ...decisive])].sort(newestFirst);
}

function failed<Reading extends SourceReading>(reading: Reading): WeighedSource<Reading> {
  const because = reading.failure === null ? 'It told no version.' : `The store could not be read: ${reading.failure}`;
  return { reading, standing: 'FAILED', because };
}

function standingOf<Reading extends SourceReading>(
  reading: Reading,
  { used, completed }: Choice<Reading>,
  at: Temporal.Instant,
): WeighedSource<Reading> {
  const is = (standing: StoreSourceStanding, because: string) => ({ reading, standing, because });
  if (!tellsVersion(reading)) return failed(reading);
  if (reading === completed) return is('USED', `It tells the line, and a declaration completes it: ${used.platformVersion}.`);
  if (reading === used) return is(completed === null ? 'USED' : 'COMPLETES', whyUsed(reading, completed, at));
  const isOwn = reading.source !== 'DECLARED';
  if (isOwn && used.source === 'DECLARED' && completed === null && isOld(reading, at))
    return is('STALE', `It is older than ${OWN_WORD_DAYS} days, and what was declared since goes before it.`);
  const isNewer = newestFirst(reading, used) < 0;
  if (isNewer && !isSameLine(reading, used))
    return is(
      'CONTRADICTS',
      `It says ${named(reading, used)}; what the store itself told, ${named(used, reading)}, goes before it for ${OWN_WORD_DAYS} days.`,
    );
  if (isNewer && isOwn)
    return is('OUTRANKED', `It is newer but tells less: ${reading.platformVersion} does not rule out ${used.platformVersion}.`);
  if (!isOwn && used.source !== 'DECLARED') return is('OUTRANKED', 'What the store tells itself goes before what is declared.');
  return is('OUTRANKED', 'Something newer was told.');
}

function whyUsed(used: Telling<SourceReading>, completed: Telling<SourceReading> | null, at: Temporal.Instant): string {
  if (completed !== null) return `The store itself tells ${completed.platformVersion} only, and this says which it is.`;
  if (used.source === 'DECLARED') return 'Nothing that the store tells itself speaks against it.';
  const age = isOld(used, at) ? `, although older than ${OWN_WORD_DAYS} days` : '';
  return used.versionExact
    ? `The store told it itself, exactly${age}.`
    : `The store told it itself, and nobody says it more exactly${age}.`;
}

const tellsVersion = <Reading extends SourceReading>(reading: Reading): reading is Telling<Reading> => reading.platformVersion !== null;

const isOld = ({ readAt }: SourceReading, at: Temporal.Instant): boolean =>
  Temporal.Instant.compare(readAt, at.subtract({ hours: 24 * OWN_WORD_DAYS })) < 0;

/** Negative where the first is the newer one. */
function newestFirst(one: SourceReading, other: SourceReading): number {
  return Temporal.Instant.compare(other.readAt, one.readAt) || (one.id < other.id ? 1 : one.id > other.id ? -1 : 0);
}

/** The version, with whose build it is where the other is of another one. */
function named({ distribution, platformVersion }: Telling<SourceReading>, other: SourceReading): string {
  const differs = distribution !== null && other.distribution !== null && distribution !== other.distribution;
  return differs ? `${distributionName(distribution)} ${platformVersion}` : platformVersion;
}

/** Whether one version is the beginning of the other. What is told of two distributions never is. */
const isSameLine = (one: ToldVersion, other: ToldVersion): boolean => begins(one, other) || begins(other, one);

/** In their own numbers; those of Mage-OS mean the Magento version that it is built from to whoever does not tell his distribution. */
function begins(part: ToldVersion, full: ToldVersion): boolean {
  if (part.distribution !== null && full.distribution !== null && part.distribution !== full.distribution) return false;
  const upstream = upstreamOf(full);
  if (part.distribution !== 'MAGE_OS' && upstream !== null) return isBeginning(part.platformVersion, upstream);
  const partsUpstream = upstreamOf(part);
  const agrees = partsUpstream === null || upstream === null || isBeginning(partsUpstream, upstream);
  return agrees && isBeginning(part.platformVersion, full.platformVersion);
}

const isBeginning = (part: string, full: string): boolean => `${full}.`.startsWith(`${part}.`);

/** Mage-OS alone has numbers of its own, and another's beside them. */
const upstreamOf = ({ distribution, upstreamVersion }: ToldVersion): string | null => (distribution === 'MAGE_OS' ? upstreamVersion : null);

/** In the numbers that both are told in. */
function isBefore(one: ToldVersion, other: ToldVersion): boolean {
  const text = other.distribution === 'MAGE_OS' ? one.platformVersion : (upstreamOf(one) ?? one.platformVersion);
  const [mine, theirs] = [parseVersion(text), parseVersion(other.platformVersion)];
  return mine !== null && theirs !== null && compareVersions(mine, theirs) < 0;
}
