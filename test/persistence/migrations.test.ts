import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Database } from '../../src/persistence/database.js';
import { testDatabase } from '../support/database.js';

let database: Database;
beforeAll(async () => {
  database = await testDatabase();
});
afterAll(() => database.close());

describe('migrations', () => {
  test('a migrated database is what the mapping says', async () => {
    expect(await database.orm.schema.getUpdateSchemaSQL({ wrap: false })).toBe('');
    expect(await database.orm.migrator.getPending()).toEqual([]);
  });
});
