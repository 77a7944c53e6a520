import type { EntityManager } from '@mikro-orm/postgresql';
import { type PlainRow, plainReader } from './plain-row.js';
import { Reconciliation, type ReconciliationRow } from './reconciliation.js';
import { executeWithin, queryWithin } from './session.js';

/** Ids from after one to another with it, as whole numbers in text without leading zeros; a null end is open. */
export interface IdRange {
  readonly afterId: string | null;
  readonly toId: string | null;
}

/**
 * Known orders of a shop within a range of ids that are not among those told, by ascending id, in one statement. Ids are kept as text, in whose order
 * "10" stands before "9"; among those of as many digits it is the order of the numbers. So most ranges are read from the index of ids, and the few whose ends
 * differ in digits by going through the orders. The statement has no name, so that it is planned for the size that the table has by then.
 */
export async function knownOrdersBesides(em: EntityManager, shopId: string, range: IdRange, told: readonly string[]): Promise<string[]> {
  const afterId = range.afterId ?? '0';
  const hasAsManyDigits = range.toId !== null && range.toId.length === afterId.length;
  const besides = `${hasAsManyDigits ? WITHIN_DIGITS : ACROSS_DIGITS} order by length(order_id), order_id`;
  const { rows } = await executeWithin(em, besides, [shopId, told, afterId, range.toId]);
  return (rows as { order_id: string }[]).map((row) => row.order_id);
}

const BESIDES = 'select order_id from imported_order where shop_id = $1 and order_id <> all($2::text[])';
const WITHIN_DIGITS = `${BESIDES} and order_id > $3 and order_id <= $4 and length(order_id) = length($3)`;
const ACROSS_DIGITS = `${BESIDES} and (length(order_id), order_id) > (length($3), $3)
  and ($4::text is null or (length(order_id), order_id) <= (length($4), $4))`;

/** The newest reconciliation of each of these shops, by the shop's id; those that have none are missing. One statement. */
export async function lastReconciliations(
  em: EntityManager,
  shopIds: readonly string[],
): Promise<ReadonlyMap<string, PlainRow<ReconciliationRow>>> {
  const reader = plainReader({ em }, Reconciliation);
  const rows = await queryWithin<object>(em, {
    name: 'last-reconciliations',
    text: `select last.* from unnest($1::uuid[]) as asked (shop)
      cross join lateral (
        select ${reader.columns('r')} from reconciliation r where r.shop_id = asked.shop order by r.started_at desc, r.id desc limit 1
      ) as last`,
    values: [shopIds],
  });
  return new Map(rows.map(reader.row).map((row) => [row.shop.id, row]));
}
