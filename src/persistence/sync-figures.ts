import type { EntityManager } from '@mikro-orm/postgresql';
import { queryWithin } from './session.js';

/** What is known of a shop, counted. */
export interface ShopFigures {
  readonly orders: number;
  readonly refunds: number;
  /** Those that the shop still tells. */
  readonly products: number;
  readonly exceptionsOpen: number;
  /** Among them, those that were tried so often that they wait for a person. */
  readonly exceptionsForPerson: number;
}

/** Counts for shops, by their ids, in one statement. An exception that was tried `maxAttempts` times waits for a person. */
export async function shopFigures(em: EntityManager, shopIds: readonly string[], maxAttempts: number): Promise<Map<string, ShopFigures>> {
  const rows = await queryWithin<ShopFigures & { readonly id: string }>(em, {
    name: 'shop-figures',
    text: `select s.id,
        (select count(*)::int from imported_order o where o.shop_id = s.id) as orders,
        (select count(*)::int from imported_refund r where r.shop_id = s.id) as refunds,
        (select count(*)::int from shop_product p where p.shop_id = s.id and p.gone_at is null) as products,
        count(e.id)::int as "exceptionsOpen",
        (count(e.id) filter (where e.attempts >= $2))::int as "exceptionsForPerson"
      from store s left join import_exception e on e.shop_id = s.id and e.resolved_at is null
      where s.id = any($1) group by s.id`,
    values: [shopIds, maxAttempts],
  });
  return new Map(rows.map(({ id, ...figures }) => [id, figures]));
}
