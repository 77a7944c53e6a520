import type { EntityManager } from '@mikro-orm/postgresql';
import { type PlainRow, plainReader } from './plain-row.js';
import { Reconciliation, type ReconciliationRow } from './reconciliation.js';
import { queryWithin, type Session } from './session.js';

/** Ids from after one to another with it, as whole numbers in text without leading zeros; a null end is open. */
export interface IdRange {
  readonly afterId: string | null;
  readonly toId: string | null;
}

/**
 * Known orders of a shop within a range of ids that are not among those told, by ascending id, in one statement. Ids are kept as text, in whose order
 * a number of more digits may stand between two of fewer: so the range is asked for by the number of digits, each part from an index.
 */
export async function knownOrdersBesides(session: Session, shopId: string, range: IdRange, told: readonly string[]): Promise<string[]> {
  const spans = spansOf(range);
  const rows = await session.query<{ order_id: string }>({
    name: 'orders-besides',
    text: `select o.order_id
      from unnest($2::text[], $3::text[]) as span (first, last)
      join imported_order o on o.shop_id = $1 and o.order_id >= span.first and o.order_id <= span.last and length(o.order_id) = length(span.first)
      where o.order_id <> all($4::text[])
      order by length(o.order_id), o.order_id`,
    values: [shopId, spans.map(({ first }) => first), spans.map(({ last }) => last), told],
  });
  return rows.map((row) => row.order_id);
}

/** Longer ids are not read by any connector. */
const MOST_DIGITS = 255;

function spansOf({ afterId, toId }: IdRange): { readonly first: string; readonly last: string }[] {
  const first = String(BigInt(afterId ?? 0) + 1n);
  const last = toId ?? '9'.repeat(MOST_DIGITS);
  return Array.from({ length: Math.max(0, last.length - first.length + 1) }, (_, index) => {
    const digits = first.length + index;
    return {
      first: digits === first.length ? first : `1${'0'.repeat(digits - 1)}`,
      last: digits === last.length ? last : '9'.repeat(digits),
    };
  });
}

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
