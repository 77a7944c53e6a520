import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type Database, openDatabase } from '../../src/persistence/database.js';
import { ImportCursor } from '../../src/persistence/import-cursor.js';
import { isConnectionLost } from '../../src/persistence/outage.js';
import { withVendorSession } from '../../src/persistence/session.js';
import type { StoreRow } from '../../src/persistence/store.js';
import { type CutWire, cutWire } from '../support/cut-wire.js';
import { testDatabase } from '../support/database.js';
import { stockForImports } from '../support/import-stories.js';
import { everyImportedRow, importFrom } from '../support/imported-rows.js';
import { pageOf, shopOrder, shopRefund } from '../support/shop-orders.js';
import { sell, vendorShop } from '../support/vendor.js';

/** Directly at the server: what was really stored. */
let database: Awaited<ReturnType<typeof testDatabase>>;
/** Over the wire that is cut. */
let wired: Database;
let wire: CutWire;
/** Statements of the run so far, and what happens at which of them. */
let sent = 0;
let cutting: { readonly at: number; readonly how: Cut } | null = null;

type Cut = 'BEFORE' | 'ANSWER_LOST';

beforeAll(async () => {
  database = await testDatabase();
  await stockForImports(database);
  await sell(database, { sku: 'CLOCK', supportPolicy: 'prepaid-support', includedMinutes: 90 });
  const url = new URL(database.url);
  wire = await cutWire(url.hostname, Number(url.port));
  url.host = `127.0.0.1:${wire.port}`;
  const onStatement = () => {
    sent += 1;
    if (cutting?.at !== sent) return;
    if (cutting.how === 'BEFORE') wire.cut();
    else wire.cutAtAnswer();
  };
  wired = await openDatabase({ url: url.href, poolSize: 4, statementTimeoutMs: 5_000, onStatement, onWarning: () => {} });
});
afterAll(async () => {
  await wired.close();
  await wire.close();
  await database.close();
});

/** A page with everything that an import knows: purchases, a renewal after its purchase, time that was bought and time that came along, and one that waits. */
const ORDERS = [
  shopOrder('1', { paidAt: '2026-01-31T10:00:00Z', lines: [{ sku: 'FILTER', quantity: '2' }] }),
  shopOrder('2', { paidAt: '2026-02-10T10:00:00Z', lines: [{ sku: 'FILTER-RENEWAL' }] }),
  shopOrder('3', { paidAt: '2026-02-11T10:00:00Z', lines: [{ sku: 'HOURS-10' }, { sku: 'CLOCK' }] }),
  shopOrder('4', { paidAt: '2026-02-12T10:00:00Z', lines: [{ sku: 'LABELS-RENEWAL' }] }),
];
const REFUNDS = [
  shopRefund('11', { orderId: '1', lines: [[1, '1']] }),
  shopRefund('12', { orderId: '3', lines: [[1, '1']] }),
  shopRefund('13', { orderId: '3', lines: [] }),
];

let shops = 0;
function freshShop(): Promise<StoreRow> {
  shops += 1;
  return vendorShop(database, `under-test-${shops}`);
}

function importPage(on: Database, shop: StoreRow) {
  const own = ORDERS.map((order) => ({ ...order, customer: { ...order.customer, email: `buyer@${shop.code}.example` } }));
  return importFrom(on, shop, { orderPages: [pageOf(own)], refundPages: [pageOf(REFUNDS)] });
}

/** Every row that stands of a shop, and its places. */
async function standing(shop: StoreRow) {
  const code = shop.code ?? '';
  const rows = Object.entries(await everyImportedRow(database, code)).map(([table, lines]) => {
    return [table, lines.map((line) => line.replaceAll(code, 'shop'))] as const;
  });
  const cursors = await withVendorSession(database, ({ em }) => em.find(ImportCursor, { shop: shop.id }, { orderBy: { resource: 'asc' } }));
  const places = cursors.map(({ resource, changedAt, lastId }) => `${resource} ${changedAt} ${lastId}`);
  return { ...Object.fromEntries(rows), places } as Record<string, string[]>;
}

/** The server learns of a cut only when it reads again; until then the lock of the killed run stands. */
async function importUnlessLocked(shop: StoreRow) {
  for (;;) {
    const summary = await importPage(wired, shop);
    if (summary.failure?.code !== 'ALREADY_RUNNING') return summary;
    await pause(5);
  }
}

/** Every so manieth statement is cut at; 1, as in a long run, takes them all. */
const EVERY = Number(process.env.IMPORT_CUT_EVERY ?? 25);

test('a run that is cut off at any statement leaves no page in part, and the next one ends as if nothing had been', async () => {
  const whole = await freshShop();
  await importUnlessLocked(whole);
  sent = 0;
  const second = await freshShop();
  await importPage(wired, second);
  const statements = sent;
  const expected = await standing(whole);
  expect(await standing(second)).toEqual(expected);
  expect(expected).toMatchObject({ purchases: { length: 3 }, lots: { length: 1 }, included: { length: 1 }, exceptions: { length: 2 } });
  expect(expected.places).toEqual(['ORDERS 2026-02-12 10:00:00 4', 'REFUNDS 2026-02-20 09:00:00 3']);

  for (let at = 1 + (EVERY >> 1); at <= statements; at += EVERY) {
    for (const how of ['BEFORE', 'ANSWER_LOST'] as const) {
      const shop = await freshShop();
      sent = 0;
      cutting = { at, how };
      const cut = await importPage(wired, shop).catch((error: unknown) => error);
      cutting = null;
      expect(isConnectionLost(cut)).toBe(true);
      const between = await standing(shop);
      const orders = between.documents?.filter((line) => line.startsWith('order')).length;
      expect([0, ORDERS.length]).toContain(orders);
      // The place and the page are stored together, and with them everything that the page came to.
      expect(between.places).toEqual(expected.places?.slice(0, between.places?.length));
      expect(between.places?.some((place) => place.startsWith('ORDERS'))).toBe(orders === ORDERS.length);
      expect(between.purchases).toHaveLength(orders === 0 ? 0 : 3);
      expect(between.included).toEqual(orders === 0 ? [] : expected.included);
      expect(await importUnlessLocked(shop)).toMatchObject({ failure: null, exceptionsOpen: 2 });
      expect(await standing(shop)).toEqual(expected);
    }
  }
}, 600_000);
