import { describe, expect, test } from '@jest/globals';
import { magentoOrder } from '../../../integrations/magento/order-document.js';
import type { MagentoDocument } from '../../../integrations/magento/table-search.js';
import { COMPOSED_SPECS, RECORDED_SPECS, recorded } from './recorded-shop.js';

/** Numbers that a database hands out, and what people wrote by hand: nothing that a spec could know. */
const HANDED_OUT = new Set(['protect_code', 'quote_id', 'quote_item_id', 'tax_item_id', 'tax_id', 'status_histories', 'comments']);

function withoutHandedOut(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutHandedOut);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([name]) => !HANDED_OUT.has(name))
      .map(([name, inner]) => [name, withoutHandedOut(inner)]),
  );
}

describe('a built order is the document that the real shop gave', () => {
  test.each(Object.entries(RECORDED_SPECS))('%s', (file, spec) => {
    const { order } = JSON.parse(JSON.stringify(magentoOrder(spec)));
    expect(withoutHandedOut(order)).toEqual(withoutHandedOut(recorded(file)));
  });
});

test('built credit memos are those of the real shop', () => {
  const specs = [...COMPOSED_SPECS.filter(({ id }) => id === 6), ...Object.values(RECORDED_SPECS).filter(({ id }) => id === 7)];
  const built = JSON.parse(JSON.stringify(specs.flatMap((spec) => magentoOrder(spec).creditMemos)));
  const withoutItemIds = (memos: MagentoDocument[]) =>
    memos.map((memo) => ({ ...memo, items: (memo.items as MagentoDocument[]).map(({ entity_id: _id, ...item }) => item) }));
  const real = recorded<{ items: MagentoDocument[] }>('creditmemos-list.json').items;
  expect(withoutHandedOut(withoutItemIds(built))).toEqual(withoutHandedOut(withoutItemIds(real)));
});

test('ten thousand orders are built with ids and stamps of their own', () => {
  const [spec] = Object.values(RECORDED_SPECS);
  if (spec === undefined) throw new Error('no spec');
  const orders = Array.from({ length: 10_000 }, (_, index) => magentoOrder({ ...spec, id: index + 1, firstItemId: undefined }).order);
  expect(new Set(orders.map(({ increment_id }) => increment_id)).size).toBe(10_000);
});
