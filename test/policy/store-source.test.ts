import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type CompatibilityRange, type Distribution, fits, type Platform, type PlatformVersion } from '../../src/policy/compatibility.js';
import {
  installedSources,
  OWN_WORD_DAYS,
  type SourceReading,
  type StoreSource,
  type StoreSourceStanding,
  weighSources,
} from '../../src/policy/store-source.js';
import { at } from './after-sales-facts.js';

const NOW = at('2026-03-10T10:00:00Z');
const SOURCES: Readonly<Record<string, StoreSource>> = { C: 'CONNECTOR', P: 'PLUGIN', D: 'DECLARED' };

let ids = 0;
const BUILDS: Readonly<Record<string, Distribution>> = { open: 'MAGENTO_OPEN_SOURCE', adobe: 'ADOBE_COMMERCE', mageos: 'MAGE_OS' };

/** "P 2.4.7-p3 @40": the plugin told it 40 days ago; "2.4…" is vague, "mageos:1.0.5=2.4.7-p3" a distribution's, built from another, "-" a failure. */
function reading(text: string): SourceReading {
  const [, source = '', build = '', told = '', days = ''] = /^([CPD]) (?:(\w+):)?(\S+) @([\d.]+)$/.exec(text) ?? [];
  const [version = '', upstream = null] = told.split('=');
  const failed = told === '-';
  ids += 1;
  return {
    id: String(ids).padStart(6, '0'),
    source: SOURCES[source] ?? 'PLUGIN',
    readAt: NOW.subtract({ seconds: Math.round(Number(days) * 86_400) }),
    distribution: BUILDS[build] ?? null,
    platformVersion: failed ? null : version.replace('…', ''),
    upstreamVersion: upstream,
    versionExact: !failed && !version.endsWith('…'),
    failure: failed ? 'It did not answer.' : null,
    installed: [],
  };
}

type Standings = Readonly<Record<string, StoreSourceStanding>>;
const cases: readonly (readonly [readonly string[], string | null, Standings, string])[] = [
  [[], null, {}, 'nobody tells anything'],
  [['C - @1', 'P - @2'], null, { 'C - @1': 'FAILED', 'P - @2': 'FAILED' }, 'nobody tells a version'],
  [['D 2.4.6 @400'], '2.4.6', { 'D 2.4.6 @400': 'USED' }, 'nothing else is known, however old it is'],
  [['P 2.4.7 @1', 'D 2.4.6 @2'], '2.4.7', { 'P 2.4.7 @1': 'USED', 'D 2.4.6 @2': 'OUTRANKED' }, 'the store tells itself, and later'],
  [['P 2.4.7 @2', 'D 2.4.7 @1'], '2.4.7', { 'P 2.4.7 @2': 'USED', 'D 2.4.7 @1': 'OUTRANKED' }, 'both say the same'],
  [['P 2.4.7 @2', 'D 2.4.8 @1'], '2.4.7', { 'P 2.4.7 @2': 'USED', 'D 2.4.8 @1': 'CONTRADICTS' }, 'a person does not overrule the store'],
  [['P 2.4.7 @30', 'D 2.4.8 @1'], '2.4.7', { 'P 2.4.7 @30': 'USED', 'D 2.4.8 @1': 'CONTRADICTS' }, 'thirty days are not over'],
  [['P 2.4.7 @30.1', 'D 2.4.8 @1'], '2.4.8', { 'P 2.4.7 @30.1': 'STALE', 'D 2.4.8 @1': 'USED' }, 'thirty days are over'],
  [['P 2.4.7 @40', 'D 2.4.8 @50'], '2.4.7', { 'P 2.4.7 @40': 'USED', 'D 2.4.8 @50': 'OUTRANKED' }, 'the declaration is older still'],
  [
    ['P 2.4.7 @40', 'D 2.4… @1'],
    '2.4.7',
    { 'P 2.4.7 @40': 'USED', 'D 2.4… @1': 'OUTRANKED' },
    'a vaguer word of the same line hides nothing',
  ],
  [['P 2.4.7 @40', 'D 2.5… @1'], '2.5', { 'P 2.4.7 @40': 'STALE', 'D 2.5… @1': 'USED' }, 'a vaguer word of another line does'],
  [
    ['C 2.4… @1', 'D 2.4.7-p3 @2'],
    '2.4.7-p3',
    { 'C 2.4… @1': 'USED', 'D 2.4.7-p3 @2': 'COMPLETES' },
    'the declaration says which 2.4 it is',
  ],
  [['C 2.4… @2', 'D 2.4.7-p3 @1'], '2.4.7-p3', { 'C 2.4… @2': 'USED', 'D 2.4.7-p3 @1': 'COMPLETES' }, 'whichever came first'],
  [
    ['C 2.4… @2', 'D mageos:1.0.5=2.4.7-p3 @1'],
    '1.0.5',
    { 'C 2.4… @2': 'USED', 'D mageos:1.0.5=2.4.7-p3 @1': 'COMPLETES' },
    'it is built from a 2.4, and whose build it is the store does not tell',
  ],
  [
    ['C 2.4… @2', 'D mageos:2.4.1=2.5.0 @1'],
    '2.4',
    { 'C 2.4… @2': 'USED', 'D mageos:2.4.1=2.5.0 @1': 'CONTRADICTS' },
    'it is built from a 2.5, whatever its own number is',
  ],
  [
    ['C mageos:1.0…=2.4 @2', 'D mageos:1.0.5=2.5.0 @1'],
    '1.0',
    { 'C mageos:1.0…=2.4 @2': 'USED', 'D mageos:1.0.5=2.5.0 @1': 'CONTRADICTS' },
    'the store tells that it is built from a 2.4',
  ],
  [
    ['C open:2.3… @2', 'D 2.3.7=2.4.7 @1'],
    '2.3.7',
    { 'C open:2.3… @2': 'USED', 'D 2.3.7=2.4.7 @1': 'COMPLETES' },
    'Magento is built from nothing else: what is said beside its version counts for nothing',
  ],
  [
    ['C open:2.4… @2', 'D 9.9.9=2.4.7 @1'],
    '2.4',
    { 'C open:2.4… @2': 'USED', 'D 9.9.9=2.4.7 @1': 'CONTRADICTS' },
    'nor does it make another line the same',
  ],
  [
    ['C open:2.4… @2', 'D adobe:2.4.7-p3 @1'],
    '2.4',
    { 'C open:2.4… @2': 'USED', 'D adobe:2.4.7-p3 @1': 'CONTRADICTS' },
    'the store tells that it is Magento Open Source',
  ],
  [
    ['C open:2.4… @2', 'D mageos:1.0.5=2.4.7 @1'],
    '2.4',
    { 'C open:2.4… @2': 'USED', 'D mageos:1.0.5=2.4.7 @1': 'CONTRADICTS' },
    'a Mage-OS calls itself one',
  ],
  [
    ['C 2.4… @2', 'D 2.4.0-beta1 @1'],
    '2.4',
    { 'C 2.4… @2': 'USED', 'D 2.4.0-beta1 @1': 'OUTRANKED' },
    'a pre-release of its first is none of the releases of 2.4',
  ],
  [['C 2.4… @1', 'D 2.5.0 @2'], '2.4', { 'C 2.4… @1': 'USED', 'D 2.5.0 @2': 'OUTRANKED' }, 'another line completes nothing'],
  [['C 2.4… @2', 'D 2.5.0 @1'], '2.4', { 'C 2.4… @2': 'USED', 'D 2.5.0 @1': 'CONTRADICTS' }, 'nor does it overrule'],
  [['C 2.4… @31', 'D 2.5.0 @1'], '2.5.0', { 'C 2.4… @31': 'STALE', 'D 2.5.0 @1': 'USED' }, 'until that is old'],
  [['C 2.4… @2', 'D 2.40.1 @1'], '2.4', { 'C 2.4… @2': 'USED', 'D 2.40.1 @1': 'CONTRADICTS' }, '40 is not 4'],
  [['C 2.4… @2', 'D 2.4… @1'], '2.4', { 'C 2.4… @2': 'USED', 'D 2.4… @1': 'OUTRANKED' }, 'the same said again completes nothing'],
  [
    ['C 2.4… @1', 'P 2.4.7 @2', 'D 2.4.8 @3'],
    '2.4.7',
    { 'C 2.4… @1': 'OUTRANKED', 'P 2.4.7 @2': 'USED', 'D 2.4.8 @3': 'OUTRANKED' },
    'the plugin told it exactly, and nothing of the store speaks against it',
  ],
  [['C 2.5… @1', 'P 2.4.7 @2'], '2.5', { 'C 2.5… @1': 'USED', 'P 2.4.7 @2': 'OUTRANKED' }, 'it is another line now'],
  [
    ['C 2.5… @1', 'P 2.4.7 @2', 'D 2.4.8 @3'],
    '2.5',
    { 'C 2.5… @1': 'USED', 'P 2.4.7 @2': 'OUTRANKED', 'D 2.4.8 @3': 'OUTRANKED' },
    'and the declaration is of before',
  ],
  [
    ['C 2.4… @1', 'C 2.5… @2', 'D 2.4.8 @3'],
    '2.4',
    { 'C 2.4… @1': 'USED', 'D 2.4.8 @3': 'OUTRANKED' },
    'it was another line since the declaration',
  ],
  [
    ['C 2.4… @2', 'P 2.4.7 @60', 'D 2.5.0 @1'],
    '2.4.7',
    { 'C 2.4… @2': 'OUTRANKED', 'P 2.4.7 @60': 'USED', 'D 2.5.0 @1': 'CONTRADICTS' },
    'the store told its line of late',
  ],
  [
    ['C 2.4… @2', 'P 2.4.7 @60', 'D 2.4.8 @1'],
    '2.4.8',
    { 'C 2.4… @2': 'OUTRANKED', 'P 2.4.7 @60': 'STALE', 'D 2.4.8 @1': 'USED' },
    'the line that was told of late fits the declaration too',
  ],
  [
    ['P 2.4.6 @1', 'C 2.4.7 @2'],
    '2.4.6',
    { 'P 2.4.6 @1': 'USED', 'C 2.4.7 @2': 'OUTRANKED' },
    'of two exact words of the store the newer counts',
  ],
  [['C - @1', 'C 8.1.7 @2'], '8.1.7', { 'C - @1': 'FAILED', 'C 8.1.7 @2': 'USED' }, 'a store that is away has not lost its version'],
  [['C 8.1.7 @1', 'C - @2'], '8.1.7', { 'C 8.1.7 @1': 'USED' }, 'an outage that is over is not shown'],
];
test.each(cases)('of %j the store runs %s: %j, because %s', (texts, version, standings) => {
  const named = new Map(texts.map((text) => [reading(text), text]));
  const { told, reading: by, sources } = weighSources([...named.keys()], NOW);
  expect(told?.platformVersion ?? null).toBe(version);
  expect(Object.fromEntries(sources.map((source) => [named.get(source.reading), source.standing]))).toEqual(standings);
  expect(by).toBe(version === null ? (sources[0]?.reading ?? null) : sources.find(isDecisive)?.reading);
});

/** The one that the version was taken from: the declaration where one completes. */
function isDecisive(
  { standing }: { readonly standing: StoreSourceStanding },
  _: number,
  all: readonly { readonly standing: StoreSourceStanding }[],
) {
  return standing === (all.some((source) => source.standing === 'COMPLETES') ? 'COMPLETES' : 'USED');
}

test('a declaration that completes takes over whose build it is, where it does not say', () => {
  const connector = { ...reading('C 2.4… @1'), distribution: 'ADOBE_COMMERCE' as const };
  expect(weighSources([connector, reading('D 2.4.7 @2')], NOW).told?.distribution).toBe('ADOBE_COMMERCE');
});

test('what is built from another counts for Mage-OS alone', () => {
  expect(weighSources([reading('D 2.3.7=2.4.7 @1')], NOW).told).toMatchObject({ platformVersion: '2.3.7', upstreamVersion: null });
  expect(weighSources([reading('D mageos:1.0.5=2.4.7 @1')], NOW).told).toMatchObject({
    platformVersion: '1.0.5',
    upstreamVersion: '2.4.7',
  });
});

test('every standing says why in a sentence of its own', () => {
  const said = (...texts: string[]) =>
    weighSources(texts.map(reading), NOW).sources.map(({ standing, because }) => `${standing}: ${because}`);
  expect(said('C 2.4… @1', 'D 2.4.7-p3 @2')).toEqual([
    'USED: It tells the line, and a declaration completes it: 2.4.7-p3.',
    'COMPLETES: The store itself tells 2.4 only, and this says which it is.',
  ]);
  expect(said('P 2.4.7 @40')).toEqual([`USED: The store told it itself, exactly, although older than ${OWN_WORD_DAYS} days.`]);
  expect(said('C 2.4… @1')).toEqual(['USED: The store told it itself, and nobody says it more exactly.']);
  expect(said('C open:2.4… @2', 'D adobe:2.4.7-p3 @1')[0]).toBe(
    'CONTRADICTS: It says Adobe Commerce 2.4.7-p3; what the store itself told, Magento Open Source 2.4, goes before it for 30 days.',
  );
  expect(said('C - @1')).toEqual(['FAILED: The store could not be read: It did not answer.']);
  expect(said('C 2.4… @1', 'P 2.4.7 @2')[0]).toBe('OUTRANKED: It is newer but tells less: 2.4 does not rule out 2.4.7.');
});

describe('whatever was told', () => {
  const text = fc
    .tuple(
      fc.constantFrom('C', 'P', 'D'),
      fc.constantFrom('-', '2.4…', '2.4.6', '2.4.7-p3', '2.5…', '2.5.0'),
      fc.integer({ min: 0, max: 70 }),
    )
    .map(([source, told, days]) => `${source} ${told} @${days}`);
  const history = fc.array(text, { maxLength: 10 }).map((texts) => texts.map(reading));

  test('the order in which readings come, and those of later, change nothing', () => {
    fc.assert(
      fc.property(history, fc.integer({ min: 0, max: 70 }), (readings, days) => {
        const moment = NOW.subtract({ hours: 24 * days });
        const known = readings.filter(({ readAt }) => Temporal.Instant.compare(readAt, moment) <= 0);
        expect(weighSources([...readings].reverse(), moment)).toEqual(weighSources(known, moment));
      }),
    );
  });

  test('a version is told where any reading tells one, by one that is used, and at most eight sources are shown', () => {
    fc.assert(
      fc.property(history, (readings) => {
        const { told, reading: by, sources } = weighSources(readings, NOW);
        expect(told !== null).toBe(readings.some(({ platformVersion }) => platformVersion !== null));
        expect(told?.platformVersion).toBe(told === null ? undefined : by?.platformVersion);
        expect(sources.filter(({ standing }) => standing === 'USED')).toHaveLength(told === null ? 0 : 1);
        expect(sources.length).toBeLessThanOrEqual(8);
        expect(new Set(sources.map(({ reading: shown }) => shown.id)).size).toBe(sources.length);
      }),
    );
  });

  test('a declaration never changes what the store told exactly within thirty days', () => {
    fc.assert(
      fc.property(history, (readings) => {
        const own = readings.filter(({ source }) => source !== 'DECLARED');
        const { told, reading: by } = weighSources(own, NOW);
        const isYoung = by !== null && Temporal.Instant.compare(by.readAt, NOW.subtract({ hours: 24 * OWN_WORD_DAYS })) >= 0;
        fc.pre(told?.versionExact === true && isYoung);
        expect(weighSources(readings, NOW).told).toEqual(told);
      }),
    );
  });
});

describe('whether an add-on fits', () => {
  const platform: Platform = 'MAGENTO';
  const numbers = fc.constantFrom('1.0', '1.0.5', '2.3', '2.4', '2.3.7', '2.4.0-beta1', '2.4.0', '2.4.6', '2.4.7', '2.4.7-p3', '2.5.0');
  const build = fc.constantFrom('', 'open:', 'adobe:', 'mageos:');
  const upstream = fc.oneof(
    fc.constant(''),
    numbers.map((version) => `=${version}`),
  );
  const vague = (version: string): string => (version.split('.').length < 3 ? `${version}…` : version);
  const told = fc.tuple(build, numbers, upstream).map(([of, version, from]) => `${of}${vague(version)}${from}`);
  const one = (sources: fc.Arbitrary<string>, most: number) =>
    fc.tuple(sources, told, fc.integer({ min: 0, max: most })).map(([source, what, days]) => reading(`${source} ${what} @${days}`));
  const own = fc.array(one(fc.constantFrom('C', 'P'), OWN_WORD_DAYS), { minLength: 1, maxLength: 3 });
  const declared = fc.array(one(fc.constant('D'), 60), { minLength: 1, maxLength: 3 });
  const ends = [null, '1.0.5', '2.3.0', '2.3.7', '2.4.0-beta1', '2.4.0-beta2', '2.4.0', '2.4.7', '2.5'];
  const editions = [null, 'OPEN_SOURCE', 'ADOBE_COMMERCE', 'MAGE_OS'];
  const ranges: readonly CompatibilityRange[] = editions.flatMap((edition) =>
    ends.flatMap((from) => ends.map((to) => ({ platform, edition, from, to }))),
  );

  test('by the word of a person is never so where it does not by that of the store, of the last thirty days', () => {
    const ran = (readings: readonly SourceReading[]): PlatformVersion => {
      const { told: by } = weighSources(readings, NOW);
      if (by === null) throw new Error('All of them tell a version.');
      const { distribution, platformVersion: version, upstreamVersion, versionExact: exact } = by;
      return { platform, distribution, version, upstreamVersion, exact };
    };
    fc.assert(
      fc.property(own, declared, (words, said) => {
        const [byStore, byAll] = [ran(words), ran([...words, ...said])];
        const gained = ranges.filter((range) => fits([range], byStore) === 'DOES_NOT_FIT' && fits([range], byAll) === 'FITS');
        expect(gained).toEqual([]);
      }),
      { numRuns: 400 },
    );
  });
});

const installed: readonly (readonly [readonly string[], readonly number[], string])[] = [
  [['P 2.4.7 @1 1.0', 'D 2.4.7 @0 1.1'], [0, 1], 'what the store tells goes first'],
  [['P 2.4.7 @31 1.0', 'D 2.4.7 @0 1.1'], [1, 0], 'it is old, and the declaration newer'],
  [['P 2.4.7 @31 1.0', 'D 2.4.7 @32 1.1'], [0, 1], 'the declaration is older still'],
  [['P 2.4.7 @2 1.0', 'C 2.4… @1 1.1'], [1], 'the newest word of the store counts, however exact it is of the platform'],
  [['P 2.4.7 @2 1.0', 'C 2.4… @1 -'], [0], 'a reading that names no version of a module tells nothing'],
  [['D 2.4.7 @2 1.0'], [0], 'nothing else is known'],
  [[], [], 'nothing is'],
];
test.each(installed)('of %j modules are told by %j in this order, because %s', (texts, order) => {
  const readings = texts.map((text) => {
    const version = text.split(' ').at(-1) ?? '';
    return { ...reading(text.slice(0, text.lastIndexOf(' '))), installed: [{ version: version === '-' ? null : version }] };
  });
  expect(installedSources(readings, NOW)).toEqual(order.map((index) => readings[index]));
});
