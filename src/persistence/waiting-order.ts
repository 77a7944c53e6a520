import type { EntityManager } from '@mikro-orm/postgresql';
import { queryWithin } from './session.js';

/** An order that waits for a SKU on one of its lines to be explained. */
export interface WaitingOrder {
  readonly shopId: string;
  readonly orderId: string;
}

const WAITS_FOR_SKU = `from import_exception where code = 'UNKNOWN_SKU' and resolved_at is null and original->>'sku' = $1`;

/** Orders of all shops that wait for a SKU, at most `limit`: `first`, then the others of its shop, then those of each other shop, the longest waiting first. */
export function ordersWaitingFor(em: EntityManager, sku: string, first: WaitingOrder, limit: number): Promise<WaitingOrder[]> {
  return queryWithin<WaitingOrder>(em, {
    name: 'orders-waiting-for-sku',
    text: `select shop_id as "shopId", order_id as "orderId" ${WAITS_FOR_SKU} group by shop_id, order_id
      order by shop_id <> $2, order_id <> $3, shop_id, min(raised_at), order_id limit $4`,
    values: [sku, first.shopId, first.orderId, limit],
  });
}

/** Counts the tries of orders that wait for a SKU from the beginning again: what stood in their way was not the order. One statement. */
export async function countTriesAnew(em: EntityManager, sku: string): Promise<void> {
  await queryWithin(em, {
    name: 'count-tries-anew',
    text: `update import_exception set attempts = 1 where id in (select id ${WAITS_FOR_SKU} and attempts > 1)`,
    values: [sku],
  });
}
