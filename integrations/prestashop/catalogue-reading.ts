import { type IdPage, type ShopProduct, StoreReadingFailed, type UnreadableRow } from '../store-platform.js';
import { formatAmount, parseAmount } from './exact-amount.js';
import { rowsById } from './keyset.js';
import { idPageOf } from './page.js';
import { combinationSchema, displayOf, faultsOf, productSchema, rowIdOf } from './replies.js';
import type { Webservice } from './webservice.js';

type Read = ShopProduct | UnreadableRow;

/**
 * The catalogue by id: each product, and each of its combinations under its own reference, as an order line would name it (id
 * "12-5": product 12, combination 5). Combinations are left out where the key may not read them. Prices are net, in the default currency.
 */
export async function* readProductPages(shop: Webservice, pageSize: number, afterId: string | null): AsyncGenerator<IdPage<ShopProduct>> {
  let mayReadCombinations = true;
  for await (const { rows, lastId } of rowsById({ shop, pageSize, resource: 'products', display: displayOf(productSchema), afterId })) {
    const ids = rows.map(rowIdOf).filter((id) => id !== null);
    const combinations: unknown[] | null = mayReadCombinations && ids.length > 0 ? await combinationsOf(shop, ids) : [];
    mayReadCombinations &&= combinations !== null;
    yield idPageOf(readCatalogue(rows, combinations ?? []), lastId);
  }
}

async function combinationsOf(shop: Webservice, productIds: readonly string[]): Promise<unknown[] | null> {
  try {
    return await shop.list('combinations', { display: displayOf(combinationSchema), 'filter[id_product]': `[${productIds.join('|')}]` });
  } catch (error) {
    if (error instanceof StoreReadingFailed && error.code === 'RIGHT_MISSING') return null;
    throw error;
  }
}

function readCatalogue(rows: readonly unknown[], combinations: readonly unknown[]): Read[] {
  const products = rows.map(readProduct);
  const byId = new Map(products.filter(isProduct).map((product) => [product.productId, product]));
  return [...products, ...combinations.map((row) => readCombination(row, byId)).filter((read) => read !== null)];
}

function isProduct(read: Read): read is ShopProduct {
  return 'productId' in read;
}

function readProduct(row: unknown): Read {
  const read = productSchema.safeParse(row);
  if (!read.success) return { id: rowIdOf(row), message: `products: ${faultsOf(read.error)}`, original: row };
  const { id, reference, name, price } = read.data;
  return { productId: id, sku: reference, name, price: price === null ? null : formatAmount(parseAmount(price)) };
}

/** `null` for a combination without a reference of its own, whose order lines carry the product's, or of a product that is unreadable itself. */
function readCombination(row: unknown, products: ReadonlyMap<string, ShopProduct>): Read | null {
  const read = combinationSchema.safeParse(row);
  if (!read.success) return { id: rowIdOf(row), message: `combinations: ${faultsOf(read.error)}`, original: row };
  const { id, id_product, reference, price } = read.data;
  const product = products.get(id_product);
  if (!product || reference === '') return null;
  const impact = parseAmount(price ?? '0');
  return {
    productId: `${id_product}-${id}`,
    sku: reference,
    name: product.name,
    price: product.price === null ? null : formatAmount(parseAmount(product.price) + impact),
  };
}
