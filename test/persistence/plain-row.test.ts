import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Addon } from '../../src/persistence/addon.js';
import { Customer } from '../../src/persistence/customer.js';
import { ImportedOrder } from '../../src/persistence/imported-order.js';
import { type EntityOf, type PlainRow, plainReader, plainRowsById } from '../../src/persistence/plain-row.js';
import { Purchase, type PurchaseRow } from '../../src/persistence/purchase.js';
import {
  LONGEST_STRETCH,
  type PurchaseConditions,
  purchasesOfEach,
  purchasesWhere,
  termsOfEach,
} from '../../src/persistence/purchase-pages.js';
import { Release } from '../../src/persistence/release.js';
import { type Session, setVisibility, withVendorSession } from '../../src/persistence/session.js';
import { Store } from '../../src/persistence/store.js';
import { SupportPolicyVersion } from '../../src/persistence/support-policy-version.js';
import { SupportTerm } from '../../src/persistence/support-term.js';
import { type VendorUnderTest, vendorUnderTest } from '../graphql/vendor-under-test.js';
import { testDatabase } from '../support/database.js';

let database: Awaited<ReturnType<typeof testDatabase>>;
let vendor: VendorUnderTest;
/** All of them, the newest first. */
let all: PlainRow<PurchaseRow>[];
beforeAll(async () => {
  database = await testDatabase();
  vendor = await vendorUnderTest(database);
  all = await asVendor((session) => session.em.find(Purchase, {}, { orderBy: { purchasedAt: 'desc', id: 'desc' } }));
});
afterAll(() => database.close());

/** The group of each customer's store, by the store. */
const groupsOfStores = () =>
  asVendor(async ({ em }) => {
    const stores = await em.find(Store, { customer: { $ne: null } });
    return new Map(stores.map(({ id, group }) => [id, group?.id ?? '']));
  });
const asVendor = <T>(work: (session: Session) => Promise<T>): Promise<T> => withVendorSession(database, work);
const asBen = <T>(work: (session: Session) => Promise<T>): Promise<T> =>
  asVendor(async (session) => {
    await setVisibility(session, { sees: 'customer', customerId: vendor.ben.id });
    return work(session);
  });

/** What of a row the mapper reads, and what is read plainly: by id. */
type Read = (session: Session) => Promise<{ mapped: Map<string, unknown>; plain: ReadonlyMap<string, unknown> }>;

const readsOf =
  <Row extends { readonly id: string }>(entity: EntityOf<Row>): Read =>
  async (session) => {
    const rows = (await session.em.find(entity, {})) as { readonly id: string }[];
    const ids = rows.map(({ id }) => id);
    return { mapped: new Map(rows.map((row) => [row.id, asTold(row)])), plain: await plainRowsById(session, entity, ids) };
  };

/** Field by field as the mapper has it: of what it refers to the id, and nothing that refers back. */
const asTold = (row: object) =>
  Object.fromEntries(
    Object.entries(row)
      .filter(([, value]) => !(typeof value === 'object' && value !== null && 'loadItems' in value))
      .map(([name, value]) => [name, typeof value === 'object' && value !== null && 'unwrap' in value ? { id: value.id } : value]),
  );

describe('a plain row', () => {
  test.each<readonly [name: string, read: Read]>([
    ['Addon', readsOf(Addon)],
    ['Customer', readsOf(Customer)],
    ['ImportedOrder', readsOf(ImportedOrder)],
    ['Purchase', readsOf(Purchase)],
    ['Release', readsOf(Release)],
    ['Store', readsOf(Store)],
    ['SupportPolicyVersion', readsOf(SupportPolicyVersion)],
    ['SupportTerm', readsOf(SupportTerm)],
  ])('of %s holds what the mapper reads, relations by their ids', async (_name, read) => {
    const { mapped, plain } = await asVendor(read);
    expect(mapped.size).toBeGreaterThan(0);
    expect(new Map(plain)).toEqual(mapped);
  });

  test('names its columns, so that one more in the table breaks no statement that is prepared', async () => {
    await asVendor(async (session) => {
      const columns = plainReader(session, Addon).columns('a');
      const read = () => session.query<object>({ name: 'prepared', text: `select ${columns} from addon a`, values: [] });
      const before = await read();
      await session.query({ name: 'widen', text: 'alter table addon add column note text', values: [] });
      expect(await read()).toEqual(before);
      await session.query({ name: 'narrow', text: 'alter table addon drop column note', values: [] });
    });
  });

  test('of another is not read', async () => {
    const foreign = Object.values(vendor.ada.purchases);
    expect((await asBen((session) => plainRowsById(session, Purchase, foreign))).size).toBe(0);
    expect((await asBen((session) => termsOfEach(session, foreign))).size).toBe(0);
  });
});

describe('a stretch of purchases', () => {
  const anyId = <T>(ids: readonly T[]) => fc.option(fc.constantFrom(...ids), { nil: undefined });

  test('holds those that meet every condition, the newest first, from where the one before ended', async () => {
    const skus = new Map(Object.entries(vendor.addons).map(([sku, id]) => [id, sku]));
    const customers = [vendor.ada.id, vendor.ben.id];
    const groups = await groupsOfStores();
    const anyConditions = fc.record({
      onlyCustomerId: anyId(customers),
      customerId: anyId(customers),
      storeId: anyId([...vendor.ada.stores, ...vendor.ben.stores]),
      sku: anyId([...skus.values(), 'NONE']),
      orderNumber: anyId([...new Set(all.map(({ orderNumber }) => orderNumber))]),
      isRevoked: fc.option(fc.boolean(), { nil: undefined }),
    });
    const meets = (purchase: PlainRow<PurchaseRow>, asked: PurchaseConditions): boolean =>
      [asked.onlyCustomerId, asked.customerId].every((id) => id === undefined || id === purchase.customer.id) &&
      (asked.storeId === undefined || (purchase.group !== null && groups.get(asked.storeId) === purchase.group.id)) &&
      (asked.sku === undefined || asked.sku === skus.get(purchase.addon.id)) &&
      (asked.orderNumber === undefined || asked.orderNumber === purchase.orderNumber) &&
      (asked.isRevoked === undefined || asked.isRevoked === (purchase.revokedAt !== null));
    await asVendor((session) =>
      fc.assert(
        fc.asyncProperty(anyConditions, fc.integer({ min: 1, max: 4 }), fc.integer({ min: 0, max: 3 }), async (drawn, limit, skipped) => {
          const conditions = Object.fromEntries(Object.entries(drawn).filter(([, value]) => value !== undefined));
          const expected = all.filter((purchase) => meets(purchase, conditions));
          const last = skipped === 0 ? undefined : expected[skipped - 1];
          const after = last === undefined ? null : { moment: last.purchasedAt, id: last.id };
          const found = await purchasesWhere(session, conditions, { after, limit });
          const from = last === undefined ? 0 : skipped;
          expect(found.map(({ id }) => id)).toEqual(expected.slice(from, from + limit).map(({ id }) => id));
        }),
        { numRuns: 150 },
      ),
    );
  });

  test('for each of many is the same as for one after another, in one statement', async () => {
    await asVendor(async (session) => {
      const stretch = { after: null, limit: 3 };
      const groups = [...(await groupsOfStores()).values()];
      for (const [of, ids] of [
        ['customer', [vendor.ada.id, vendor.ben.id]],
        ['group', groups],
      ] as const) {
        database.statements.length = 0;
        const together = await purchasesOfEach(session, of, ids, null, stretch);
        expect(database.statements).toHaveLength(1);
        for (const id of ids) {
          const alone = await purchasesWhere(session, of === 'customer' ? { customerId: id } : { groupId: id }, stretch);
          expect(together.get(id) ?? []).toEqual(alone);
        }
      }
    });
  });

  test('keeps to one customer where that is asked, whatever the session sees', async () => {
    await asVendor(async (session) => {
      const both = await purchasesOfEach(session, 'customer', [vendor.ada.id, vendor.ben.id], vendor.ben.id, { after: null, limit: 100 });
      expect([...both.keys()]).toEqual([vendor.ben.id]);
    });
  });

  test('of everybody is kept to what the session sees', async () => {
    const seen = await asBen((session) => purchasesWhere(session, {}, { after: null, limit: LONGEST_STRETCH }));
    expect(seen.map(({ id }) => id).sort()).toEqual(Object.values(vendor.ben.purchases).toSorted());
  });

  test('longer than the longest is a mistake in the program', async () => {
    const asked = asVendor((session) => purchasesWhere(session, {}, { after: null, limit: LONGEST_STRETCH + 1 }));
    await expect(asked).rejects.toThrow(RangeError);
  });
});
