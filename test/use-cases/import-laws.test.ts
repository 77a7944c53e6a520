import { afterAll, beforeAll, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { ShopOrder, ShopRefund } from '../../integrations/store-platform.js';
import { saveSkuMeaning } from '../../src/use-cases/addon.js';
import { testDatabase } from '../support/database.js';
import { importedRows, importFrom } from '../support/imported-rows.js';
import { type OrderStory, pageOf, shopOrder, shopRefund } from '../support/shop-orders.js';
import { asVendor, publishPolicies, sell, vendorShop } from '../support/vendor.js';

let database: Awaited<ReturnType<typeof testDatabase>>;

beforeAll(async () => {
  database = await testDatabase();
  await publishPolicies(database);
  await sell(database, { sku: 'FILTER', renewalSku: 'FILTER-RENEWAL' });
  await sell(database, { sku: 'LABELS', renewalSku: 'LABELS-RENEWAL' });
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

/** Everything that a small shop tells, old states of orders included. Each document may come at any time and any number of times. */
const STORY: readonly Told[] = [
  order('1', { ...FILTERS, payment: 'UNPAID', paidAt: null, changedAt: '2026-01-30 10:00:00' }),
  order('1', FILTERS),
  order('2', PACK),
  order('2', { ...PACK, payment: 'REVERSED', changedAt: '2026-03-01 10:00:00' }),
  order('3', { paidAt: paid('02-10'), lines: [{ sku: 'FILTER-RENEWAL', quantity: '2' }] }),
  order('4', { paidAt: paid('02-12'), lines: [{ sku: 'FILTER-RENEWAL' }, { sku: 'LABELS' }] }),
  order('5', { paidAt: paid('02-20'), lines: [{ sku: 'LABELS-RENEWAL' }] }),
  order('7', { email: 'late@shop.example', paidAt: paid('02-01'), lines: [{ sku: 'FILTER' }] }),
  order('8', { email: 'late@shop.example', paidAt: paid('02-10'), lines: [{ sku: 'FILTER-RENEWAL' }] }),
  refund('a', '1', paid('02-15'), [1, '1']),
  refund('b', '3', paid('02-16'), [1, '1']),
  refund('c', '2', paid('02-28'), [2, '1']),
  refund('d', '7', paid('02-05'), [1, '1']),
];

let shops = 0;
/** Tells the story to a shop of its own, run by run, by places in the story, and gives what became of it. */
async function outcomeOf(runs: readonly (readonly number[])[], pageSize: number) {
  shops += 1;
  const code = `shop-${shops}`;
  const shop = await vendorShop(database, code);
  const own = (told: ShopOrder): ShopOrder => ({ ...told, customer: { ...told.customer, email: `${code}-${told.customer.email}` } });
  for (const [index, places] of runs.entries()) {
    const run = places.flatMap((place) => STORY[place] ?? []);
    const orders = run.flatMap((told) => ('order' in told ? [own(told.order)] : []));
    const refunds = run.flatMap((told) => ('refund' in told ? [told.refund] : []));
    const told = { orderPages: pagesOf(orders, pageSize), refundPages: pagesOf(refunds, pageSize) };
    expect(await importFrom(database, shop, told, `2026-03-1${index}T10:00:00Z`)).toMatchObject({ failure: null });
  }
  const rows = await importedRows(database, code);
  return Object.fromEntries(Object.entries(rows).map(([table, lines]) => [table, lines.map((line) => line.replaceAll(`${code}-`, ''))]));
}

function pagesOf<T extends { readonly changedAt: string }>(rows: readonly T[], size: number) {
  return Array.from({ length: Math.ceil(rows.length / size) }, (_, index) => pageOf(rows.slice(index * size, (index + 1) * size)));
}

/** The story with some documents told twice, shuffled, and cut into two runs. */
const tellings = fc
  .tuple(fc.subarray([...STORY.keys()], { maxLength: 2 }), fc.nat({ max: STORY.length }), fc.integer({ min: 1, max: 6 }))
  .chain(([again, cut, pageSize]) => {
    const told = [...STORY.keys(), ...again];
    return fc
      .shuffledSubarray(told, { minLength: told.length })
      .map((shuffled) => ({ runs: [shuffled.slice(0, cut), shuffled.slice(cut)], pageSize }));
  });

/** Tellings to as many shops side by side, so many times over: IMPORT_ROUNDS asks for more in a long run. */
const AT_ONCE = 5;
const ROUNDS = Number(process.env.IMPORT_ROUNDS ?? 6);

test('the same orders and refunds end in the same rows, in any order, on any pages, told any number of times', async () => {
  const expected = await outcomeOf([[...STORY.keys()]], 100);
  expect(expected.purchases).toHaveLength(5);
  expect(expected.terms).toHaveLength(8);
  expect(expected.lots).toEqual([expect.stringMatching(/ PURCHASED 180 .* EUR prepaid-support 1 0 180$/)]);
  expect(expected.exceptions).toEqual([expect.stringContaining('8 8-1 NOTHING_TO_RENEW')]);
  await fc.assert(
    fc.asyncProperty(fc.array(tellings, { minLength: AT_ONCE, maxLength: AT_ONCE }), async (several) => {
      const outcomes = await Promise.all(several.map(({ runs, pageSize }) => outcomeOf(runs, pageSize)));
      for (const outcome of outcomes) expect(outcome).toEqual(expected);
    }),
    { numRuns: ROUNDS },
  );
}, 240_000);
