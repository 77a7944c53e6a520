import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type Database, openDatabase } from '../../src/persistence/database.js';
import { executeWithin } from '../../src/persistence/session.js';
import { emptyDatabase, testDatabase } from '../support/database.js';
import { asVendor } from '../support/vendor.js';

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

describe('stores that were there before groups', () => {
  const uuid = (number: number) => `01900000-0000-7000-8000-${`${number}`.padStart(12, '0')}`;
  const AT = '2026-01-01T00:00:00Z';
  const CUSTOMER = uuid(1);
  const stores = [
    { id: uuid(2), customer_id: CUSTOMER, url: 'https://shop.example:8443/eu', role: 'CUSTOMER_PRODUCTION', code: null },
    { id: uuid(3), customer_id: CUSTOMER, url: 'https://staging.example', role: 'CUSTOMER_STAGING', code: null },
    { id: uuid(4), customer_id: null, url: 'https://vendor.example', role: 'VENDOR_SHOP', code: 'eu' },
  ];
  const policy = {
    id: uuid(5),
    name: 'p',
    version: 1,
    effective_from: '2025-01-01',
    content_hash: '0'.repeat(64),
    document: {},
    published_at: AT,
  };
  const addon = {
    id: uuid(6),
    sku: 'A',
    name: 'A',
    platform: 'MAGENTO',
    list_price_minor: 1,
    currency_code: 'EUR',
    support_policy_name: 'p',
  };
  const purchase = {
    ...{ customer_id: CUSTOMER, addon_id: addon.id, platform: 'MAGENTO', shop: 'eu', order_id: '1', order_number: '1', order_line: '1' },
    ...{ purchased_at: AT, list_price_minor: 1, paid_minor: 1, currency_code: 'EUR', advertised_compatibility: [] },
    ...{ support_policy_version_id: policy.id, recorded_at: AT },
  };
  const purchases = [
    { ...purchase, id: uuid(7), unit: 1, store_id: uuid(2) },
    { ...purchase, id: uuid(8), unit: 2, store_id: uuid(3) },
    { ...purchase, id: uuid(9), unit: 3, store_id: null },
  ];

  test('become a group each, and what was bought for a store is meant for its group; and back again', async () => {
    const old = await openDatabase({ url: await emptyDatabase(), poolSize: 2, statementTimeoutMs: 60_000 });
    try {
      await old.orm.migrator.up({ to: 'Migration20261122101200_addresses_per_owner' });
      const rows = {
        customer: [{ id: CUSTOMER, email: 'ada@shop.example', created_at: AT }],
        store: stores.map((store) => ({ ...store, platform: 'MAGENTO', connected_at: AT })),
        support_policy_version: [policy],
        addon: [{ ...addon, created_at: AT, included_minutes: 0 }],
        purchase: purchases,
      };
      await asVendor(old, async (em) => {
        for (const [table, all] of Object.entries(rows))
          await executeWithin(em, `insert into ${table} select * from json_populate_recordset(null::${table}, $1)`, [JSON.stringify(all)]);
      });
      const read = (text: string) => asVendor(old, async (em) => (await executeWithin(em, text, [])).rows);

      await old.orm.migrator.up();
      expect(
        await read('select g.name, g.customer_id, s.url from store s left join store_group g on g.id = s.group_id order by s.id'),
      ).toEqual([
        { name: 'shop.example:8443', customer_id: CUSTOMER, url: 'https://shop.example:8443/eu' },
        { name: 'staging.example', customer_id: CUSTOMER, url: 'https://staging.example' },
        { name: null, customer_id: null, url: 'https://vendor.example' },
      ]);
      expect(await read('select g.name from purchase p left join store_group g on g.id = p.group_id order by p.unit')).toEqual([
        { name: 'shop.example:8443' },
        { name: 'staging.example' },
        { name: null },
      ]);

      await old.orm.migrator.down({ to: 'Migration20261122101200_addresses_per_owner' });
      // What was meant for a staging store was meant for its shop, which has no production store to name.
      expect(await read('select store_id from purchase order by unit')).toEqual([
        { store_id: uuid(2) },
        { store_id: null },
        { store_id: null },
      ]);
    } finally {
      await old.close();
    }
  });
});
