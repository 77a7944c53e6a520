import { afterAll, beforeAll, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { withVendorSession } from '../../src/persistence/session.js';
import { READING_SOURCES, StoreReading, type StoreReadingRow } from '../../src/persistence/store-reading.js';
import type { Distribution } from '../../src/policy/compatibility.js';
import { installedSources, weighSources } from '../../src/policy/store-source.js';
import { knownStore, knownStores, NOTHING_KNOWN } from '../../src/use-cases/known-store.js';
import { testDatabase } from '../support/database.js';
import { asVendor, customerOf, customerStore, instant } from '../support/vendor.js';

let database: Awaited<ReturnType<typeof testDatabase>>;
let customer: string;
beforeAll(async () => {
  database = await testDatabase();
  customer = await customerOf(database, 'ada@shop.example');
});
afterAll(() => database.close());

const at = (hour: number) => instant('2026-03-10T00:00:00Z').add({ hours: hour });

/** A version with "…" after it is vague; null: the store could not be read. `module` is the version told of a module. */
interface Told {
  readonly version: string | null;
  readonly distribution?: Distribution;
  readonly upstream?: string;
  readonly module?: string | null;
}
const told = (version: string | null, rest: Omit<Told, 'version'> = {}): Told => ({ version, ...rest });

async function storeThatTold(name: string, readings: readonly Told[]): Promise<string> {
  const store = await customerStore(database, customer, `${name}.example`);
  await asVendor(database, async (em) => {
    for (const [index, { version, distribution = null, upstream, module }] of readings.entries()) {
      em.persist(
        em.create(StoreReading, {
          store,
          readAt: at(index + 1),
          source: 'PLUGIN',
          distribution,
          platformVersion: version?.replace('…', '') ?? null,
          upstreamVersion: upstream ?? null,
          versionExact: version !== null && !version.endsWith('…'),
          phpVersion: null,
          installed: module === undefined ? [] : [{ code: 'acme/filter', version: module, enabled: true }],
          failure: version === null ? 'It did not answer.' : null,
          ...{ tool: null, reportedAt: null, declaredByKind: null, declaredByName: null },
        }),
      );
    }
  });
  return store;
}

const versions: readonly (readonly [readonly Told[], number, number | null, string])[] = [
  [[], 9, null, 'it never was read'],
  [[told(null), told(null)], 9, 2, 'none tells a version, and that is the newest'],
  [[told('2.4.6'), told('2.4.7')], 9, 2, 'both are exact, and that is newer'],
  [[told('2.4.7-p3'), told('2.4…')], 9, 1, 'a vaguer reading hides nothing'],
  [[told('2.4.7-p3'), told('2.4…'), told('2.4…'), told(null)], 9, 1, 'nor do several, or none'],
  [[told('2.4.7-p3'), told('2.5…')], 9, 2, 'it is another line now'],
  [[told('2.4.7-p3'), told('2.5…'), told('2.4…')], 9, 3, 'it was another line since'],
  [[told('2.5.0'), told('2.4.8'), told('2.5…')], 9, 3, 'an older exact reading does not come back'],
  [[told('2.40.1'), told('2.4…')], 9, 2, '40 is not 4'],
  [[told('1.0.5', { distribution: 'MAGE_OS', upstream: '2.4.7-p3' }), told('2.4…')], 9, 1, 'it is what the distribution is made from'],
  [[told('1.0.5', { upstream: '2.4.7-p3' }), told('2.4…')], 9, 2, 'nothing but Mage-OS is made from another'],
  [
    [told('2.4.7', { distribution: 'ADOBE_COMMERCE' }), told('2.4…', { distribution: 'MAGENTO_OPEN_SOURCE' })],
    ...([9, 2, 'it is another distribution now'] as const),
  ],
  [[told('2.4…'), told(null)], 9, 1, 'vague is more than nothing'],
  [[told('2.4.6'), told('2.4.7')], 1, 1, 'the other was not read yet at the moment asked about'],
  [[told('2.4.7-p3'), told('2.5…')], 1, 1, 'nor was it contradicted yet'],
];
test.each(versions)('of %j at hour %i the version is told by %s, because %s', async (readings, hour, expected, because) => {
  const store = await storeThatTold(because.replaceAll(/[^a-z0-9]+/gi, '-').toLowerCase(), readings);
  const known = await withVendorSession(database, ({ em }) => knownStore(em, store, at(hour)));
  expect(known.version?.readAt.toString()).toBe(expected === null ? undefined : at(expected).toString());
});

const modules: readonly (readonly [readonly Told[], number | null, string])[] = [
  [[told('2.4.7', { module: '1.0.0' }), told('2.4.7', { module: null })], 1, 'the newer one names no version of a module'],
  [[told('2.4.7', { module: '1.0.0' }), told('2.4.7')], 1, 'the newer one lists none'],
  [[told('2.4.7', { module: '1.0.0' }), told('2.4…', { module: '1.1.0' })], 2, 'how exact the platform is does not matter'],
  [[told('2.4.7', { module: null })], null, 'none is told'],
];
test.each(modules)('of %j the modules are told by %s, because %s', async (readings, expected, because) => {
  const store = await storeThatTold(`modules-${because.replaceAll(/[^a-z0-9]+/gi, '-').toLowerCase()}`, readings);
  const known = await withVendorSession(database, ({ em }) => knownStore(em, store, at(9)));
  expect(known.installed[0]?.readAt.toString()).toBe(expected === null ? undefined : at(expected).toString());
});

test('the few readings that are fetched say what all of them would, of many stores in one statement', async () => {
  const days = fc.integer({ min: 0, max: 70 });
  const version = fc.constantFrom(null, '2.4', '2.4.6', '2.4.7', '2.4.7-p3', '2.5', '2.5.0', '1.0.5');
  const upstream = fc.constantFrom(null, '2.4', '2.4.7-p3', '2.5.0');
  const distribution = fc.constantFrom(null, null, 'MAGE_OS', 'ADOBE_COMMERCE');
  const reading = fc.record({ source: fc.constantFrom(...READING_SOURCES), days, version, distribution, upstream, modules: fc.boolean() });
  // Such in which a line was told in between that neither the newest vague nor the newest exact word is of.
  const narrow = fc.record({
    ...{ source: fc.constantFrom('CONNECTOR', 'CONNECTOR', 'CONNECTOR', 'DECLARED'), days: fc.integer({ min: 31, max: 60 }) },
    ...{ version: fc.constantFrom('2.4', '2.4', '2.5', '2.4.7-p3'), upstream: fc.constant(null), modules: fc.boolean() },
    distribution: fc.constantFrom(null, null, null, 'ADOBE_COMMERCE'),
  });
  const long = { minLength: 5, maxLength: 12, size: 'max' } as const;
  const histories = [...fc.sample(fc.array(reading, { maxLength: 12 }), 30), ...fc.sample(fc.array(narrow, long), 50)];
  const stores: string[] = [];
  for (const index of histories.keys()) stores.push(await customerStore(database, customer, `history-${index}.example`));
  await asVendor(database, async (em) => {
    for (const [index, history] of histories.entries()) {
      const store = stores[index] ?? '';
      for (const { source, days: day, version: text, distribution, upstream: upstreamVersion, modules: tells } of history) {
        const versionExact = text !== null && text.split('.').length === 3;
        em.persist(
          em.create(StoreReading, {
            ...{ store, source, readAt: at(24 * day), distribution, phpVersion: null, platformVersion: text, versionExact },
            ...{ upstreamVersion, failure: text === null ? 'It was away.' : null },
            ...{ tool: null, reportedAt: null, declaredByKind: null, declaredByName: null },
            installed: [{ code: 'acme/filter', version: tells ? '1.0.0' : null, enabled: true }],
          }),
        );
      }
    }
  });
  const moment = at(24 * 60);
  const [known, all] = await withVendorSession(database, async ({ em }) => {
    database.statements.length = 0;
    const few = await knownStores(em, stores, moment);
    expect(database.statements).toHaveLength(1);
    return [few, Map.groupBy(await em.find(StoreReading, { store: { $in: stores } }), (row) => row.store.id)];
  });
  const told = (readings: readonly StoreReadingRow[]) => {
    const { told: version, reading: by, sources } = weighSources(readings, moment);
    return { version, by: by?.id, sources: sources.map(({ reading: { id }, standing, because }) => ({ id, standing, because })) };
  };
  for (const store of stores) {
    const few = known.get(store) ?? NOTHING_KNOWN;
    const sources = few.sources.map(({ reading: { id }, standing, because }) => ({ id, standing, because }));
    expect({ version: few.told, by: few.version?.id, sources }).toEqual(told(all.get(store) ?? []));
    expect(few.installed.map(({ id }) => id)).toEqual(installedSources(all.get(store) ?? [], moment).map(({ id }) => id));
  }
});
