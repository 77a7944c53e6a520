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
import { canonicalJson } from './canonical-json.js';
import type { EntityManager } from './entity-manager.js';
import { placeOrder, readCatalogue, Unplaceable } from './order-placement.js';
import type { PlacementProblem, SkuCatalogue } from './order-plan.js';

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

/** One go at placing orders of a shop. */
export interface Placing {
  readonly shop: StoreRow;
  readonly now: () => Temporal.Instant;
  /** A failed try counts once per go, however often its order comes by. */
  readonly startedAt: Temporal.Instant;
}

export interface ImportRun extends Placing {
  readonly platform: StorePlatform;
  /** Reads from here instead of from where the last run stopped. */
  readonly since?: ReadingCursor | null;
  readonly onProgress?: (progress: ImportProgress) => void;
}

/** From this many tries on an exception is left to a person. */
export const MAX_ATTEMPTS = 5;
/** What an exception that is about a document and not about an order line names as its line. */
const WHOLE = '';

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
      await session.query({
        name: 'unlock-import',
        text: 'select pg_advisory_unlock(hashtextextended($1, 0))',
        values: [`import:${run.shop.id}`],
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
  const known = await session.em.find(ImportedOrder, { shop: run.shop.id, orderId: { $in: page.rows.map((order) => order.orderId) } });
  const knownById = new Map(known.map((row) => [row.orderId, row]));
  for (const order of page.rows) {
    tally.ordersSeen += 1;
    const before = knownById.get(order.orderId);
    const unchanged =
      before !== undefined && (before.changedAt > order.changedAt || canonicalJson(before.content) === canonicalJson(order));
    if (unchanged) tally.ordersUnchanged += 1;
    else if (await takeOrder(session, run, order, catalogue)) tally.ordersPlaced += 1;
  }
}

/** Stores an order and places it; where it cannot be placed, stores it with the exceptions instead. True when it is placed. */
async function takeOrder(session: Session, run: Placing, order: ShopOrder, catalogue: SkuCatalogue): Promise<boolean> {
  const now = run.now();
  try {
    await session.transaction(async (em) => {
      await storeOrder(em, run.shop, order, now);
      await placeOrder(em, run.shop, order, catalogue, now);
      await resolveExceptions(em, run.shop, order.orderId, now);
    });
    return true;
  } catch (error) {
    if (!(error instanceof Unplaceable)) throw error;
    await session.transaction(async (em) => {
      await storeOrder(em, run.shop, order, now);
      await raise(em, run.shop, order.orderId, order.orderNumber, error.problems, run.startedAt, now);
    });
    return false;
  }
}

async function storeOrder(em: EntityManager, shop: StoreRow, order: ShopOrder, now: Temporal.Instant): Promise<void> {
  const values = { orderNumber: order.orderNumber, changedAt: order.changedAt, content: order, importedAt: now };
  const row = await em.findOne(ImportedOrder, { shop: shop.id, orderId: order.orderId });
  if (row === null) em.persist(em.create(ImportedOrder, { shop: shop.id, orderId: order.orderId, ...values }));
  else em.assign(row, values, { mergeObjectProperties: false });
}

async function importRefundPage(session: Session, run: ImportRun, page: ReadingPage<ShopRefund>, tally: Tally): Promise<void> {
  const catalogue = await readCatalogue(session.em);
  for (const refund of page.rows) {
    tally.refundsSeen += 1;
    const now = run.now();
    const fresh = await session.transaction(async (em) => {
      const row = await em.findOne(ImportedRefund, { shop: run.shop.id, refundId: refund.refundId });
      if (row !== null && (row.changedAt > refund.changedAt || canonicalJson(row.content) === canonicalJson(refund))) return false;
      const values = { orderId: refund.orderId, changedAt: refund.changedAt, content: refund, importedAt: now };
      if (row === null) em.persist(em.create(ImportedRefund, { shop: run.shop.id, refundId: refund.refundId, ...values }));
      else em.assign(row, values, { mergeObjectProperties: false });
      if (refund.lines.length === 0)
        await raise(em, run.shop, refund.orderId, refund.orderId, [moneyWithoutLines(refund)], run.startedAt, now);
      return true;
    });
    if (!fresh) continue;
    const order = await session.em.findOne(ImportedOrder, { shop: run.shop.id, orderId: refund.orderId });
    if (order !== null) await takeOrder(session, run, order.content as ShopOrder, catalogue);
  }
}

const moneyWithoutLines = (refund: ShopRefund): PlacementProblem => ({
  code: 'REFUND_WITHOUT_LINES',
  message: `Refund ${refund.refundId} gave back ${refund.amount ?? 'money'} without naming a line. Decide whether a purchase is to be revoked, then dismiss this.`,
  orderLine: `refund:${refund.refundId}`,
  original: refund,
});

/** Notes what could not be read and moves the cursor past the page, in one transaction. */
async function finishPage(session: Session, run: ImportRun, resource: ImportResource, page: ReadingPage<unknown>): Promise<void> {
  const now = run.now();
  await session.transaction(async (em) => {
    for (const row of page.unreadable)
      await raise(em, run.shop, row.id ?? 'unknown', row.id ?? 'unknown', [unreadable(row)], run.startedAt, now);
    if (page.cursor === null) return;
    const place = { changedAt: page.cursor.changedAt, lastId: page.cursor.id, movedAt: now };
    const cursor = await em.findOne(ImportCursor, { shop: run.shop.id, resource });
    if (cursor === null) em.persist(em.create(ImportCursor, { shop: run.shop.id, resource, ...place }));
    else if (cursor.changedAt <= place.changedAt) em.assign(cursor, place);
  });
}

const unreadable = (row: UnreadableRow): PlacementProblem => ({
  code: 'UNREADABLE_ROW',
  message: row.message,
  orderLine: WHOLE,
  original: row.original,
});

async function raise(
  em: EntityManager,
  shop: StoreRow,
  orderId: string,
  orderNumber: string,
  problems: readonly PlacementProblem[],
  startedAt: Temporal.Instant,
  now: Temporal.Instant,
): Promise<void> {
  for (const problem of problems) {
    const known = await em.findOne(ImportException, { shop: shop.id, orderId, orderLine: problem.orderLine, code: problem.code });
    if (known !== null) {
      em.assign(known, {
        message: problem.message,
        lastTriedAt: now,
        attempts: known.attempts + (Temporal.Instant.compare(known.lastTriedAt, startedAt) < 0 ? 1 : 0),
      });
      continue;
    }
    const { code, message, orderLine, original } = problem;
    em.persist(
      em.create(ImportException, {
        shop: shop.id,
        orderId,
        orderNumber,
        orderLine,
        code,
        message,
        original,
        raisedAt: now,
        lastTriedAt: now,
        attempts: 1,
        resolvedAt: null,
        resolution: null,
      }),
    );
  }
}

async function resolveExceptions(em: EntityManager, shop: StoreRow, orderId: string, now: Temporal.Instant): Promise<void> {
  const open = await em.find(ImportException, { shop: shop.id, orderId, resolvedAt: null, code: { $ne: 'REFUND_WITHOUT_LINES' } });
  for (const exception of open) em.assign(exception, { resolvedAt: now, resolution: 'The order was placed.' });
}

/** Tries the waiting orders of a shop once more: a purchase, a SKU's meaning or a policy may have come in between. */
async function retryExceptions(session: Session, run: ImportRun): Promise<void> {
  const open = await session.em.find(
    ImportException,
    { shop: run.shop.id, resolvedAt: null, attempts: { $lt: MAX_ATTEMPTS } },
    { orderBy: { raisedAt: 'asc', id: 'asc' } },
  );
  for (const orderId of new Set(open.map((exception) => exception.orderId))) await retryOrder(session, run, orderId);
}

/** Tries to place one waiting order again. True when it is placed now. */
export async function retryOrder(session: Session, run: Placing, orderId: string): Promise<boolean> {
  const row = await session.em.findOne(ImportedOrder, { shop: run.shop.id, orderId });
  if (row === null) return false;
  return takeOrder(session, run, row.content as ShopOrder, await readCatalogue(session.em));
}

async function summary(session: Session, run: ImportRun, tally: Tally, failure: ImportSummary['failure']): Promise<ImportSummary> {
  const exceptionsOpen = await session.em.count(ImportException, { shop: run.shop.id, resolvedAt: null });
  return { shop: run.shop.code ?? run.shop.url, ...tally, exceptionsOpen, failure };
}
