import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { StoreReading } from '../../src/persistence/store-reading.js';
import { outcomeOf } from '../../src/use-cases/outcome.js';
import { MOST_READINGS_PER_HOUR, requireReadingPace } from '../../src/use-cases/reading-pace.js';
import { declareStore } from '../../src/use-cases/store-declaration.js';
import { addReading } from '../../src/use-cases/store-reading.js';
import { testDatabase } from '../support/database.js';
import { asVendor, customerOf, customerStore, instant, STAFF } from '../support/vendor.js';

const NOW = instant('2026-03-10T10:00:00Z');
const SAID = { platformVersion: '2.4.7', distribution: null, upstreamVersion: null, phpVersion: null, installed: [] };

let database: Awaited<ReturnType<typeof testDatabase>>;
let full: string;
let other: string;
beforeAll(async () => {
  database = await testDatabase();
  const ada = await customerOf(database, 'ada@shop.example');
  [full, other] = [await customerStore(database, ada, 'full.example'), await customerStore(database, ada, 'other.example')];
  // One a minute, the last of them now.
  await asVendor(database, async (em) => {
    const facts = { source: 'DECLARED', version: null, phpVersion: null, installed: [], failure: null } as const;
    for (let minutes = 0; minutes < MOST_READINGS_PER_HOUR; minutes += 1) addReading(em, full, facts, NOW.subtract({ minutes }));
  });
});
afterAll(() => database.close());

describe('one more reading of a store', () => {
  const at = (text: string) => instant(`2026-03-10T${text}Z`);
  test.each<readonly [string, () => string, 'DECLARED' | 'CONNECTOR', Temporal.Instant, string | null, string]>([
    ['of the store', () => full, 'DECLARED', NOW, '10:31:00', 'there are as many within the hour as there may be'],
    ['of the store, just before the first is an hour old', () => full, 'DECLARED', at('10:30:59.999'), '10:31:00', 'it still counts'],
    ['of the store, when the first is an hour old', () => full, 'DECLARED', at('10:31:00'), null, 'it counts no more'],
    ['through its connector', () => full, 'CONNECTOR', NOW, null, 'each source is counted for itself'],
    ['of another store of its owner', () => other, 'DECLARED', NOW, null, 'and each store'],
  ])('%s', async (_, storeId, source, moment, notedFrom) => {
    const { userErrors } = await outcomeOf(() => asVendor(database, (em) => requireReadingPace(em, storeId(), source, moment)));
    const told = { code: 'NOT_AVAILABLE', path: ['input', 'storeId'], message: expect.stringContaining(`T${notedFrom}Z on.`) };
    expect(userErrors).toEqual(notedFrom === null ? [] : [told]);
  });

  test('is refused of a person who declares too much, and nothing is noted', async () => {
    const count = () => asVendor(database, (em) => em.count(StoreReading, { store: full }));
    const before = await count();
    const { userErrors } = await outcomeOf(() => asVendor(database, (em) => declareStore(em, STAFF, { id: full }, SAID, NOW)));
    expect([userErrors.map(({ code }) => code), await count()]).toEqual([['NOT_AVAILABLE'], before]);
  });
});
