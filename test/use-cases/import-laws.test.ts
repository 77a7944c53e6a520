import { createHash } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { ShopOrder, ShopRefund } from '../../integrations/store-platform.js';
import { ImportCursor } from '../../src/persistence/import-cursor.js';
import { withVendorSession } from '../../src/persistence/session.js';
import type { StoreRow } from '../../src/persistence/store.js';
import { saveSkuMeaning } from '../../src/use-cases/addon.js';
import { reconcileShop } from '../../src/use-cases/reconciliation.js';
import { testDatabase } from '../support/database.js';
import { everyImportedRow, importFrom } from '../support/imported-rows.js';
import { type OrderStory, pageOf, shopInMemory, shopOrder, shopRefund, stampOf } from '../support/shop-orders.js';
import { asVendor, instant, publishPolicies, sell, vendorShop } from '../support/vendor.js';

let database: Awaited<ReturnType<typeof testDatabase>>;

beforeAll(async () => {
  database = await testDatabase();
  await publishPolicies(database);
  await sell(database, { sku: 'FILTER', renewalSku: 'FILTER-RENEWAL' });
  await sell(database, { sku: 'LABELS', renewalSku: 'LABELS-RENEWAL' });
  await sell(database, { sku: 'CLOCK', supportPolicy: 'prepaid-support', includedMinutes: 90 });
  await asVendor(database, (em) =>
    saveSkuMeaning(em, {
      sku: 'HOURS',
      kind: 'PREPAID_TIME',
      addonSku: null,
      periods: null,
      minutes: 60,
      supportPolicyName: 'prepaid-support',
    }),
  );
});
afterAll(() => database.close());

type Told = { readonly order: ShopOrder } | { readonly refund: ShopRefund };

const order = (id: string, story: OrderStory): Told => ({ order: shopOrder(id, story) });
const refund = (id: string, orderId: string, refundedAt: string, line: readonly [number, string]): Told => ({
  refund: shopRefund(id, { orderId, refundedAt, lines: [line] }),
});
const paid = (day: string) => `2026-${day}T10:00:00Z`;
const FILTERS: OrderStory = { paidAt: paid('01-31'), lines: [{ sku: 'FILTER', quantity: '2', paidNet: '33.33', paidTax: '6.67' }] };
const PACK: OrderStory = { paidAt: paid('02-01'), lines: [{ sku: 'FILTER' }, { sku: 'HOURS', quantity: '3' }] };

const FUTURE = '2036-03-01 10:00:00';

/** Everything that a small shop tells, old states of orders included. Each document may come at any time and any number of times. */
const STORY: readonly Told[] = [
  order('1', { ...FILTERS, payment: 'UNPAID', paidAt: null, changedAt: '2026-01-30 10:00:00' }),
  order('1', FILTERS),
  order('2', PACK),
  order('2', { ...PACK, payment: 'REVERSED', changedAt: '2026-03-01 10:00:00' }),
  order('3', { paidAt: paid('02-10'), lines: [{ sku: 'FILTER-RENEWAL', quantity: '2' }] }),
  order('4', { paidAt: paid('02-12'), lines: [{ sku: 'FILTER-RENEWAL' }, { sku: 'LABELS' }] }),
  order('5', { paidAt: paid('02-20'), lines: [{ sku: 'LABELS-RENEWAL' }] }),
  order('6', { paidAt: paid('02-21'), lines: [{ sku: 'CLOCK', quantity: '2' }, { sku: 'HOURS' }] }),
  order('7', { email: 'late@shop.example', paidAt: paid('02-01'), lines: [{ sku: 'FILTER' }] }),
  order('8', { email: 'late@shop.example', paidAt: paid('02-10'), lines: [{ sku: 'FILTER-RENEWAL' }] }),
  refund('11', '1', paid('02-15'), [1, '1']),
  refund('12', '3', paid('02-16'), [1, '1']),
  refund('13', '2', paid('02-28'), [2, '1']),
  refund('14', '7', paid('02-05'), [1, '1']),
  // Stamped by a clock that was wrong.
  order('9', { email: 'early@shop.example', paidAt: paid('02-03'), lines: [{ sku: 'FILTER' }], changedAt: FUTURE }),
  { refund: shopRefund('15', { orderId: '9', refundedAt: paid('02-06'), lines: [[1, '1']], changedAt: FUTURE }) },
];

/** How a shop tells its story. */
interface Telling {
  /** Places in the story, run by run. */
  readonly runs: readonly (readonly number[])[];
  readonly pageSize: number;
  /** Rows of a page that the next one tells again. */
  readonly overlap: number;
  /** Ids of documents that no reading by change ever tells, as they became visible behind its place. */
  readonly late: readonly string[];
  /** After how many runs the shop is gone through by id; null: never. */
  readonly reconciledAfter: number | null;
}

let shops = 0;
/** Tells the story to a shop of its own, and gives what became of it. */
async function outcomeOf({ runs, pageSize, overlap, late, reconciledAfter }: Telling) {
  shops += 1;
  const code = `shop-${shops}`;
  const shop = await vendorShop(database, code);
  const own = (told: ShopOrder): ShopOrder => ({ ...told, customer: { ...told.customer, email: `${code}-${told.customer.email}` } });
  // The last run tells nothing: it tries once more what waits, as every run does.
  for (const [index, places] of [...runs, []].entries()) {
    const run = places.flatMap((place) => STORY[place] ?? []).filter((told) => !late.includes(idOf(told)));
    const orders = run.flatMap((told) => ('order' in told ? [own(told.order)] : []));
    const refunds = run.flatMap((told) => ('refund' in told ? [told.refund] : []));
    const told = { orderPages: pagesOf(orders, pageSize, overlap), refundPages: pagesOf(refunds, pageSize, overlap) };
    const at = `2026-03-1${index}T10:00:00Z`;
    if (index === reconciledAfter) await reconcile(shop, own, pageSize, at);
    expect(await importFrom(database, shop, told, at)).toMatchObject({ failure: null });
    const cursors = await withVendorSession(database, ({ em }) => em.find(ImportCursor, { shop: shop.id }));
    expect(cursors.filter(({ changedAt }) => changedAt > stampOf(at))).toEqual([]);
  }
  const rows = await everyImportedRow(database, code);
  const lines = Object.fromEntries(Object.entries(rows).map(([table, own]) => [table, own.map((line) => line.replaceAll(code, 'shop'))]));
  return { lines, hash: createHash('sha256').update(JSON.stringify(lines)).digest('hex') };
}

const idOf = (told: Told): string => ('order' in told ? told.order.orderId : told.refund.refundId);

/** By id a shop tells how things stand: of each document the last state. */
async function reconcile(shop: StoreRow, own: (order: ShopOrder) => ShopOrder, pageSize: number, at: string): Promise<void> {
  const last = [...new Map(STORY.map((told) => [idOf(told), told])).values()].sort((one, other) => Number(idOf(one)) - Number(idOf(other)));
  const byId = <T>(rows: readonly T[], idOf: (row: T) => string) =>
    chunksOf(rows, pageSize, 0).map((chunk) => ({ rows: chunk, unreadable: [], total: null, lastId: chunk.map(idOf).at(-1) ?? '0' }));
  const orders = last.flatMap((told) => ('order' in told ? [own(told.order)] : []));
  const refunds = last.flatMap((told) => ('refund' in told ? [told.refund] : []));
  const platform = shopInMemory({ ordersById: byId(orders, (row) => row.orderId), refundsById: byId(refunds, (row) => row.refundId) });
  const now = () => instant(at);
  expect(await reconcileShop(database, { shop, platform, now, startedAt: now() })).toMatchObject({ failure: null, isFinished: true });
}

function pagesOf<T extends { readonly changedAt: string }>(rows: readonly T[], size: number, overlap: number) {
  return chunksOf(rows, size, overlap).map((chunk) => pageOf(chunk));
}

function chunksOf<T>(rows: readonly T[], size: number, overlap: number): T[][] {
  return Array.from({ length: Math.ceil(rows.length / size) }, (_, index) =>
    rows.slice(Math.max(0, index * size - overlap), (index + 1) * size),
  );
}

const IDS = [...new Set(STORY.map(idOf))];

/** The story with some documents told several times, shuffled, cut into three runs, and with some that are visible too late. */
const tellings = fc
  .record({
    again: fc.array(fc.nat({ max: STORY.length - 1 }), { maxLength: 3 }),
    cuts: fc.tuple(fc.nat({ max: STORY.length }), fc.nat({ max: STORY.length })),
    pageSize: fc.integer({ min: 1, max: 8 }),
    overlap: fc.nat({ max: 2 }),
    late: fc.oneof(fc.constant([]), fc.subarray(IDS, { maxLength: 4 })),
    reconciledAfter: fc.nat({ max: 3 }),
  })
  .chain(({ again, cuts, pageSize, overlap, late, reconciledAfter }) => {
    const told = [...STORY.keys(), ...again];
    const [first, second] = [Math.min(...cuts), Math.max(...cuts)];
    return fc.shuffledSubarray(told, { minLength: told.length }).map(
      (shuffled): Telling => ({
        runs: [shuffled.slice(0, first), shuffled.slice(first, second), shuffled.slice(second)],
        pageSize,
        overlap,
        late,
        reconciledAfter: late.length === 0 ? null : reconciledAfter,
      }),
    );
  });

/** Tellings to as many shops side by side, so many times over: IMPORT_ROUNDS asks for more in a long run. */
const AT_ONCE = 5;
const ROUNDS = Number(process.env.IMPORT_ROUNDS ?? 3);
const AS_TOLD: Telling = { runs: [[...STORY.keys()]], pageSize: 100, overlap: 0, late: [], reconciledAfter: null };

test('the same orders and refunds end in the same rows, in any order, on any pages, told any number of times or only by id', async () => {
  const expected = await outcomeOf(AS_TOLD);
  const { lines } = expected;
  expect(lines.purchases).toHaveLength(8);
  expect(lines.terms).toHaveLength(11);
  expect(lines.lots).toEqual([
    expect.stringMatching(/ PURCHASED 180 .* EUR prepaid-support 1 0 180$/),
    expect.stringMatching(/ PURCHASED 60 .* EUR prepaid-support 1 60 0$/),
  ]);
  expect(lines.included).toEqual([expect.stringMatching(/ CLOCK 90 .* 90 0$/), expect.stringMatching(/ CLOCK 90 .* 90 0$/)]);
  expect(lines.acceptances).toHaveLength(3);
  expect(lines.exceptions).toEqual([expect.stringContaining('8 8-1 NOTHING_TO_RENEW')]);
  expect(lines.documents).toHaveLength(14);
  await fc.assert(
    fc.asyncProperty(fc.array(tellings, { minLength: AT_ONCE, maxLength: AT_ONCE }), async (several) => {
      const outcomes = await Promise.all(several.map(outcomeOf));
      for (const outcome of outcomes) {
        if (outcome.hash !== expected.hash) expect(outcome.lines).toEqual(lines);
        expect(outcome.hash).toBe(expected.hash);
      }
    }),
    { numRuns: ROUNDS },
  );
}, 3_600_000);
