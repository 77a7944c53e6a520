import { createHash } from 'node:crypto';
import type {
  ReadingCursor,
  ReadingPage,
  ShopOrder,
  ShopRefund,
  StoreFailureCode,
  StorePlatform,
  UnreadableRow,
} from '../../integrations/store-platform.js';
import type { Database } from '../persistence/database.js';
import { ImportCursor, type ImportResource } from '../persistence/import-cursor.js';
import { ImportException } from '../persistence/import-exception.js';
import { ImportedOrder } from '../persistence/imported-order.js';
import { ImportedRefund } from '../persistence/imported-refund.js';
import { type Session, withVendorSession } from '../persistence/session.js';
import type { StoreRow } from '../persistence/store.js';
import { canonicalJson, storable } from './canonical-json.js';
import { isNewsTo, type Placing, storeOrder, storeRefund, take, unreadRefund, WHOLE } from './order-intake.js';
import type { PlacementProblem } from './order-plan.js';
import { raise, type TroubledOrder } from './placement-problem.js';
import { readCatalogue } from './sku-catalogue.js';

export interface ImportProgress {
  readonly resource: ImportResource;
  readonly seen: number;
  /** Where the shop tells how many there are. */
  readonly total: number | null;
}

export interface ImportSummary {
  readonly shop: string;
  readonly ordersSeen: number;
  readonly ordersUnchanged: number;
  readonly ordersPlaced: number;
  readonly refundsSeen: number;
  /** Exceptions that wait for the shop, for the catalogue or for a person, after this run. */
  readonly exceptionsOpen: number;
  /** Why reading stopped early; what came before it is imported. */
  readonly failure: { readonly code: StoreFailureCode | 'ALREADY_RUNNING'; readonly message: string } | null;
}

export interface ImportRun extends Placing {
  readonly platform: StorePlatform;
  /** Reads from here instead of from where the last run stopped. */
  readonly since?: ReadingCursor | null;
  readonly onProgress?: (progress: ImportProgress) => void;
}

/** From this many tries on an exception is left to a person. */
export const MAX_ATTEMPTS = 5;

/**
 * Reads what changed in a shop, orders and then refunds, and places it: one transaction per order, a page at a time, so that memory
 * stays flat. The cursor moves only past pages that are safely stored; a killed run goes on where it stopped. One run per shop at a time.
 */
export function importOrders(database: Database, run: ImportRun): Promise<ImportSummary> {
  return withVendorSession(database, async (session) => {
    const [lock] = await session.query<{ taken: boolean }>({
      name: 'lock-import',
      text: 'select pg_try_advisory_lock(hashtextextended($1, 0)) as taken',
      values: [`import:${run.shop.id}`],
    });
    const tally = { ordersSeen: 0, ordersUnchanged: 0, ordersPlaced: 0, refundsSeen: 0 };
    if (lock?.taken !== true) {
      return summary(session, run, tally, {
        code: 'ALREADY_RUNNING',
        message: 'Another import of this shop is running. Wait until it has finished.',
      });
    }
    try {
      const failure = await readEverything(session, run, tally);
      await retryExceptions(session, run);
      return await summary(session, run, tally, failure);
    } finally {
      const unlock = {
        name: 'unlock-import',
        text: 'select pg_advisory_unlock(hashtextextended($1, 0))',
        values: [`import:${run.shop.id}`],
      };
      await session.query(unlock).catch(() => {
        // The connection is gone and the lock with it; the first error tells why.
      });
    }
  });
}

interface Tally {
  ordersSeen: number;
  ordersUnchanged: number;
  ordersPlaced: number;
  refundsSeen: number;
}

async function readEverything(session: Session, run: ImportRun, tally: Tally): Promise<ImportSummary['failure']> {
  try {
    for await (const page of run.platform.readOrders(await startOf(session, run, 'ORDERS'))) {
      await importOrderPage(session, run, page, tally);
      await finishPage(session, run, 'ORDERS', page);
      run.onProgress?.({ resource: 'ORDERS', seen: tally.ordersSeen, total: page.total });
    }
    for await (const page of run.platform.readRefunds(await startOf(session, run, 'REFUNDS'))) {
      await importRefundPage(session, run, page, tally);
      await finishPage(session, run, 'REFUNDS', page);
      run.onProgress?.({ resource: 'REFUNDS', seen: tally.refundsSeen, total: page.total });
    }
    return null;
  } catch (error) {
    if (error instanceof Error && error.name === 'StoreReadingFailed' && 'code' in error) {
      return { code: error.code as StoreFailureCode, message: error.message };
    }
    throw error;
  }
}

async function startOf(session: Session, run: ImportRun, resource: ImportResource): Promise<ReadingCursor | null> {
  if (run.since !== undefined) return run.since;
  const cursor = await session.em.findOne(ImportCursor, { shop: run.shop.id, resource });
  return cursor === null ? null : { changedAt: cursor.changedAt, id: cursor.lastId };
}

async function importOrderPage(session: Session, run: ImportRun, page: ReadingPage<ShopOrder>, tally: Tally): Promise<void> {
  const catalogue = await readCatalogue(session.em);
  const orders = page.rows.map(storable);
  const known = await session.em.find(ImportedOrder, { shop: run.shop.id, orderId: { $in: orders.map((order) => order.orderId) } });
  const newest = new Map(known.map((row) => [row.orderId, { changedAt: row.changedAt, content: row.content }]));
  for (const order of orders) {
    tally.ordersSeen += 1;
    const isNews = isNewsTo(newest.get(order.orderId), order);
    if (isNews) newest.set(order.orderId, { changedAt: order.changedAt, content: order });
    const taken = isNews ? await take(session, run, order, catalogue, (em, now) => storeOrder(em, run.shop, order, now)) : 'UNCHANGED';
    if (taken === 'UNCHANGED') tally.ordersUnchanged += 1;
    if (taken === 'PLACED') tally.ordersPlaced += 1;
  }
}

async function importRefundPage(session: Session, run: ImportRun, page: ReadingPage<ShopRefund>, tally: Tally): Promise<void> {
  const catalogue = await readCatalogue(session.em);
  const refunds = page.rows.map(storable);
  const known = await session.em.find(ImportedRefund, { shop: run.shop.id, refundId: { $in: refunds.map((refund) => refund.refundId) } });
  const newest = new Map(known.map((row) => [row.refundId, { changedAt: row.changedAt, content: row.content }]));
  for (const refund of refunds) {
    tally.refundsSeen += 1;
    if (!isNewsTo(newest.get(refund.refundId), refund)) continue;
    newest.set(refund.refundId, { changedAt: refund.changedAt, content: refund });
    await take(session, run, refund, catalogue, (em, now) => storeRefund(em, run, refund, now));
  }
}

/** Notes what could not be read and moves the cursor past the page, in one transaction. */
async function finishPage(session: Session, run: ImportRun, resource: ImportResource, page: ReadingPage<unknown>): Promise<void> {
  const now = run.now();
  await session.transaction(async (em) => {
    for (const row of page.unreadable.map(storable))
      await raise(em, troubledBy(run.shop, resource, row), [unreadable(row)], run.startedAt, now);
    if (page.cursor === null) return;
    const { changedAt, id: lastId } = page.cursor;
    const cursor = await em.findOne(ImportCursor, { shop: run.shop.id, resource });
    if (cursor === null) em.persist(em.create(ImportCursor, { shop: run.shop.id, resource, changedAt, lastId, movedAt: now }));
    else if (cursor.changedAt < changedAt || (cursor.changedAt === changedAt && cursor.lastId !== lastId))
      em.assign(cursor, { changedAt, lastId, movedAt: now });
  });
}

/** A row whose id could not be read is known by its content: the same row is the same trouble, another row another. */
function troubledBy(shop: StoreRow, resource: ImportResource, row: UnreadableRow): TroubledOrder {
  const id = row.id ?? `content ${createHash('sha256').update(canonicalJson(row.original)).digest('hex').slice(0, 16)}`;
  return resource === 'REFUNDS' ? unreadRefund(shop, id) : { shopId: shop.id, orderId: id, orderNumber: id };
}

const unreadable = (row: UnreadableRow): PlacementProblem => ({
  code: 'UNREADABLE_ROW',
  message: row.message,
  orderLine: WHOLE,
  original: row.original,
});

/**
 * Tries the waiting orders of a shop again: a purchase, a SKU's meaning or a policy may have come in between. An order that finds
 * its place may be what another one waits for, so they are gone through until nothing moves.
 */
async function retryExceptions(session: Session, run: ImportRun): Promise<void> {
  const catalogue = await readCatalogue(session.em);
  for (let moved = true; moved; ) {
    moved = false;
    const open = await session.em.find(
      ImportException,
      { shop: run.shop.id, resolvedAt: null, attempts: { $lt: MAX_ATTEMPTS }, code: { $ne: 'REFUND_WITHOUT_LINES' } },
      { orderBy: { raisedAt: 'asc', id: 'asc' } },
    );
    for (const orderId of new Set(open.map((exception) => exception.orderId))) {
      if ((await take(session, run, { orderId }, catalogue, async () => true)) === 'PLACED') moved = true;
    }
  }
}

async function summary(session: Session, run: ImportRun, tally: Tally, failure: ImportSummary['failure']): Promise<ImportSummary> {
  const exceptionsOpen = await session.em.count(ImportException, { shop: run.shop.id, resolvedAt: null });
  return { shop: run.shop.code ?? run.shop.url, ...tally, exceptionsOpen, failure };
}
