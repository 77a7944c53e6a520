import { PrepaidTimeOrder, type PrepaidTimeOrderRow } from '../persistence/prepaid-time-order.js';
import { Purchase, type PurchaseRow } from '../persistence/purchase.js';
import { executeWithin } from '../persistence/session.js';
import { SupportTerm, type SupportTermRow } from '../persistence/support-term.js';
import type { EntityManager } from './entity-manager.js';

const HOLDERS = `select distinct held.order_id, held.customer_id from unnest($2::text[]) as o(order_id), lateral (
    select order_id, customer_id from purchase where shop = $1 and order_id = o.order_id
    union all select t.order_id, p.customer_id from support_term t join purchase p on p.id = t.purchase_id where t.shop = $1 and t.order_id = o.order_id
    union all select order_id, customer_id from prepaid_time_order where shop = $1 and order_id = o.order_id
  ) as held`;

/**
 * Ids of the customers who hold something of some orders, by order id: usually the one whom the order names, unless the shop changed the address since. Orders of
 * which nothing is held are left out.
 */
export async function holdersOf(em: EntityManager, shopCode: string, orderIds: readonly string[]): Promise<Map<string, string[]>> {
  const { rows } = await executeWithin(em, HOLDERS, [shopCode, orderIds]);
  const byOrder = Map.groupBy(rows as { order_id: string; customer_id: string }[], (row) => row.order_id);
  return new Map([...byOrder].map(([orderId, holders]) => [orderId, holders.map(({ customer_id }) => customer_id)]));
}

/** What earlier tries have made of an order. */
export interface Placed {
  readonly purchases: readonly PurchaseRow[];
  readonly renewals: readonly SupportTermRow[];
  readonly prepaidTime: readonly PrepaidTimeOrderRow[];
}

export const NOTHING_PLACED: Placed = { purchases: [], renewals: [], prepaidTime: [] };

/** What is there of some orders, by order id. Their holders are locked. */
export async function readPlaced(em: EntityManager, shop: string, orderIds: readonly string[]): Promise<Map<string, Placed>> {
  if (orderIds.length === 0) return new Map();
  const ofOrders = { shop, orderId: { $in: [...orderIds] } };
  const purchases = Map.groupBy(await em.find(Purchase, ofOrders), ({ orderId }) => orderId);
  const terms = await em.find(SupportTerm, { ...ofOrders, origin: 'RENEWAL' }, { populate: ['purchase'] });
  const renewals = Map.groupBy(terms, ({ orderId }) => orderId);
  const prepaidTime = Map.groupBy(await em.find(PrepaidTimeOrder, ofOrders), ({ orderId }) => orderId);
  return new Map(
    orderIds.map((orderId) => [
      orderId,
      { purchases: purchases.get(orderId) ?? [], renewals: renewals.get(orderId) ?? [], prepaidTime: prepaidTime.get(orderId) ?? [] },
    ]),
  );
}
