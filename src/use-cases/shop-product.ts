import type { IdPage, ShopProduct, StorePlatform } from '../../integrations/store-platform.js';
import { CatalogueReading } from '../persistence/catalogue-reading.js';
import type { Database } from '../persistence/database.js';
import { takeLock } from '../persistence/lock.js';
import { type Session, withVendorSession } from '../persistence/session.js';
import { keepAll, keepProducts, keepUnread, markGone } from '../persistence/shop-product-rows.js';
import type { StoreRow } from '../persistence/store.js';
import { storable } from './canonical-json.js';
import { failureOf, goingOn, type ImportFailure, type ImportProgress, waitForShop } from './orders-import.js';

export interface ProductsRun {
  readonly shop: StoreRow;
  readonly platform: StorePlatform;
  readonly now: () => Temporal.Instant;
  readonly startedAt: Temporal.Instant;
  readonly onProgress?: (progress: ImportProgress) => void;
  /** Aborted when the process is to stop, or others are to have their turn: the run ends where it is, and the next one goes on from there. */
  readonly stopping?: AbortSignal;
}

export interface ProductsSummary {
  readonly shop: string;
  /** In this run. */
  readonly productsSeen: number;
  /** Among them, those that could not be read. */
  readonly productsUnread: number;
  /** Known before, and no longer told; 0 unless the whole catalogue was read. */
  readonly productsGone: number;
  readonly failure: ImportFailure | null;
}

/** A reading that was begun earlier and broke off is begun anew. */
const GOES_ON_FOR_HOURS = 72;

/**
 * Reads what a shop sells, so that each SKU can be explained before somebody buys it: a page at a time, each kept by one statement. A product is marked as
 * gone only after the whole catalogue was read without it, in however many runs: each goes on where the one before it stopped. One run per shop at a time.
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
        const { startedAt, lastId } = await readingToGoOnWith(session, run);
        await waitForShop(session, mayGoOn);
        for await (const page of run.platform.readProducts(lastId)) {
          await keepPage(session, run.shop, page, startedAt);
          tally.productsSeen += page.rows.length + page.unreadable.length;
          tally.productsUnread += page.unreadable.length;
          run.onProgress?.({ resource: 'PRODUCTS', seen: tally.productsSeen, total: page.total });
          await waitForShop(session, mayGoOn);
        }
        tally.productsGone = await session.transaction(async (em) => {
          await em.nativeDelete(CatalogueReading, { shop: run.shop.id });
          return markGone(em, run.shop.id, startedAt, run.now());
        });
      });
      return { ...tally, failure };
    });
  } finally {
    await lock.release();
  }
}

async function readingToGoOnWith(
  session: Session,
  { shop, startedAt }: ProductsRun,
): Promise<{ startedAt: Temporal.Instant; lastId: string | null }> {
  const startedAfter = startedAt.subtract({ hours: GOES_ON_FOR_HOURS });
  const broken = await session.em.findOne(CatalogueReading, { shop: shop.id, startedAt: { $gt: startedAfter } });
  return broken ?? { startedAt, lastId: null };
}

function keepPage(session: Session, shop: StoreRow, page: IdPage<ShopProduct>, startedAt: Temporal.Instant): Promise<void> {
  const { rows, unreadable, lastId } = page;
  const byId = new Map(rows.map(storable).map((product) => [product.productId, product]));
  const unread = unreadable.flatMap(({ id }) => id ?? []);
  return session.transaction(async (em) => {
    if (byId.size > 0) await keepProducts(em, shop.id, [...byId.values()], startedAt);
    if (unread.length > 0) await keepUnread(em, shop.id, unread, startedAt);
    if (unread.length < unreadable.length) await keepAll(em, shop.id, startedAt);
    const known = await em.findOne(CatalogueReading, { shop: shop.id });
    if (known === null) em.persist(em.create(CatalogueReading, { shop: shop.id, startedAt, lastId }));
    else em.assign(known, { startedAt, lastId });
  });
}
