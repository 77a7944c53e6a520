import type { ReadingPage, ShopProduct, StorePlatform } from '../../integrations/store-platform.js';
import type { Database } from '../persistence/database.js';
import { takeLock } from '../persistence/lock.js';
import { type Session, withVendorSession } from '../persistence/session.js';
import { keepProducts, keepUnread, markGone } from '../persistence/shop-product-rows.js';
import type { StoreRow } from '../persistence/store.js';
import { storable } from './canonical-json.js';
import { failureOf, goingOn, type ImportFailure, type ImportProgress, waitForShop } from './orders-import.js';

export interface ProductsRun {
  readonly shop: StoreRow;
  readonly platform: StorePlatform;
  readonly now: () => Temporal.Instant;
  readonly startedAt: Temporal.Instant;
  readonly onProgress?: (progress: ImportProgress) => void;
  /** Aborted when the process is to stop: what was read is kept, and the next run begins anew. */
  readonly stopping?: AbortSignal;
}

export interface ProductsSummary {
  readonly shop: string;
  readonly productsSeen: number;
  /** Among them, those that could not be read. */
  readonly productsUnread: number;
  /** Known before, and no longer told; 0 unless the whole catalogue was read. */
  readonly productsGone: number;
  readonly failure: ImportFailure | null;
}

/**
 * Reads what a shop sells, so that each SKU can be explained before somebody buys it: a page at a time, each kept by one statement. A product is marked as
 * gone only after the whole catalogue was read without it. One run per shop at a time.
 */
export async function importProducts(database: Database, run: ProductsRun): Promise<ProductsSummary> {
  const lock = await takeLock(database, `products:${run.shop.id}`);
  const tally = { shop: run.shop.code ?? run.shop.url, productsSeen: 0, productsUnread: 0, productsGone: 0 };
  if (lock === null) {
    const message = 'The catalogue of this shop is being read already. Wait until that has finished.';
    return { ...tally, failure: { code: 'ALREADY_RUNNING', message } };
  }
  try {
    return await withVendorSession(database, async (session) => {
      const mayGoOn = goingOn(lock, run.stopping);
      const failure = await failureOf(async () => {
        let isComplete = true;
        await waitForShop(session, mayGoOn);
        for await (const page of run.platform.readProducts()) {
          await keepPage(session, run, page);
          isComplete &&= page.unreadable.every(({ id }) => id !== null);
          tally.productsSeen += page.rows.length + page.unreadable.length;
          tally.productsUnread += page.unreadable.length;
          run.onProgress?.({ resource: 'PRODUCTS', seen: tally.productsSeen, total: page.total });
          await waitForShop(session, mayGoOn);
        }
        // A row that does not even tell its id may be any of those that seem to be gone.
        if (isComplete) tally.productsGone = await session.transaction((em) => markGone(em, run.shop.id, run.startedAt, run.now()));
      });
      return { ...tally, failure };
    });
  } finally {
    await lock.release();
  }
}

function keepPage(session: Session, { shop, startedAt }: ProductsRun, { rows, unreadable }: ReadingPage<ShopProduct>): Promise<void> {
  const byId = new Map(rows.map(storable).map((product) => [product.productId, product]));
  const unread = unreadable.flatMap(({ id }) => id ?? []);
  return session.transaction(async (em) => {
    if (byId.size > 0) await keepProducts(em, shop.id, [...byId.values()], startedAt);
    if (unread.length > 0) await keepUnread(em, shop.id, unread, startedAt);
  });
}
