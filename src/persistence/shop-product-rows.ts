import type { EntityManager } from '@mikro-orm/postgresql';
import { type PlainRow, plainReader } from './plain-row.js';
import { queryWithin, type Session } from './session.js';
import { ShopProduct, type ShopProductRow } from './shop-product.js';
import type { SkuMeaningKind } from './sku-meaning.js';

export type ToldProduct = Pick<ShopProductRow, 'productId' | 'sku' | 'name' | 'price'>;

/** Keeps products as a shop tells them now, each id once, in one statement. */
export async function keepProducts(
  em: EntityManager,
  shopId: string,
  products: readonly ToldProduct[],
  seenAt: Temporal.Instant,
): Promise<void> {
  await queryWithin(em, {
    name: 'keep-products',
    text: `insert into shop_product (shop_id, product_id, sku, name, price, seen_at, gone_at)
      select $1, told."productId", told.sku, told.name, told.price, $3, null
      from jsonb_to_recordset($2::jsonb) as told ("productId" text, sku text, name text, price text)
      on conflict (shop_id, product_id) do update
        set sku = excluded.sku, name = excluded.name, price = excluded.price, seen_at = excluded.seen_at, gone_at = null`,
    values: [shopId, JSON.stringify(products), seenAt.toString()],
  });
}

/** Products that are still there, although what the shop tells of them cannot be read. An id "12-5" is meant by "12" and by "5". */
export async function keepUnread(em: EntityManager, shopId: string, ids: readonly string[], seenAt: Temporal.Instant): Promise<void> {
  await queryWithin(em, {
    name: 'keep-unread-products',
    text: `update shop_product set seen_at = $3 where shop_id = $1 and string_to_array(product_id, '-') && $2::text[]`,
    values: [shopId, ids, seenAt.toString()],
  });
}

/** All products that are still there, where the shop tells of something that cannot be read not even which it is. */
export async function keepAll(em: EntityManager, shopId: string, seenAt: Temporal.Instant): Promise<void> {
  await queryWithin(em, {
    name: 'keep-all-products',
    text: 'update shop_product set seen_at = $2 where shop_id = $1 and gone_at is null',
    values: [shopId, seenAt.toString()],
  });
}

/** Marks the products that a complete reading, which began at an instant, did not tell. Returns how many they are. */
export async function markGone(em: EntityManager, shopId: string, readingAt: Temporal.Instant, now: Temporal.Instant): Promise<number> {
  const gone = await queryWithin(em, {
    name: 'mark-gone-products',
    text: 'update shop_product set gone_at = $3 where shop_id = $1 and seen_at <> $2 and gone_at is null returning product_id',
    values: [shopId, readingAt.toString(), now.toString()],
  });
  return gone.length;
}

/** A product, and what its SKU means on an order line; null where nobody has said so yet. */
export interface ExplainedProduct extends PlainRow<ShopProductRow> {
  readonly meaning: SkuMeaningKind | null;
}

export interface ProductConditions {
  /** Code of the shop. */
  readonly shop: string;
  /** Only those whose SKU has a meaning, or only those whose SKU has none; null: both. */
  readonly isExplained: boolean | null;
  /** Those as well that the shop no longer tells. */
  readonly withGone: boolean;
}

/** Products of a shop of the vendor by SKU and id, at most `limit`, after a place among them; of a shop that is not there, none. One statement. */
export async function productsOf(
  session: Session,
  { shop, isExplained, withGone }: ProductConditions,
  after: { readonly sku: string; readonly productId: string } | null,
  limit: number,
): Promise<ExplainedProduct[]> {
  const reader = plainReader(session, ShopProduct);
  const rows = await session.query<{ meaning: SkuMeaningKind | null }>({
    name: 'products-of-shop',
    text: `select ${reader.columns('p')}, m.kind as meaning
      from shop_product p join store s on s.id = p.shop_id left join sku_meaning m on m.sku = p.sku
      where s.code = $1 and s.role = 'VENDOR_SHOP'
        and ($2::boolean is null or (m.sku is not null) = $2)
        and ($3::boolean or p.gone_at is null)
        and ($4::text is null or (p.sku, p.product_id) > ($4, $5))
      order by p.sku, p.product_id limit $6`,
    values: [shop, isExplained, withGone, after?.sku ?? null, after?.productId ?? null, limit],
  });
  return rows.map((row) => ({ ...reader.row(row), meaning: row.meaning }));
}
