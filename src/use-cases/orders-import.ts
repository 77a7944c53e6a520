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
import { type Lock, takeLock } from '../persistence/lock.js';
import { type Session, withVendorSession } from '../persistence/session.js';
import type { StoreRow } from '../persistence/store.js';
import { ordersWithoutTime } from '../persistence/time-sweep-rows.js';
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
  /** Aborted when the process is to stop: the run ends after the order that it is at, and keeps what it has placed. */
  readonly stopping?: AbortSignal;
}

/** From this many tries on an exception is left to a person. */
export const MAX_ATTEMPTS = 5;

/**
 * Reads what changed in a shop, orders and then refunds, and places it: one transaction per order, a page at a time, so that memory
 * stays flat. The cursor moves only past pages that are safely stored; a killed run goes on where it stopped. One run per shop at a time.
 * While the shop is waited for, the run keeps nothing of the database but its lock, which has a connection of its own.
 */
export async function importOrders(database: Database, run: ImportRun): Promise<ImportSummary> {
  const lock = await takeLock(database, `import:${run.shop.id}`);
  try {
    return await importUnder(lock, database, run);
  } finally {
    await lock?.release();
  }
}

function importUnder(lock: Lock | null, database: Database, run: ImportRun): Promise<ImportSummary> {
  return withVendorSession(database, async (session) => {
    const tally = { ordersSeen: 0, ordersUnchanged: 0, ordersPlaced: 0, refundsSeen: 0 };
    if (lock === null) {
      return summary(session, run, tally, {
        code: 'ALREADY_RUNNING',
        message: 'Another import of this shop is running. Wait until it has finished.',
      });
    }
    const mayGoOn = () => {
      lock.lost.throwIfAborted();
      if (run.stopping?.aborted === true) throw new Stopped('Tenure is being stopped. The next run goes on from here.');
    };
    const unread = await failureOf(async () => {
      await readOrders(session, run, tally, mayGoOn);
      await readRefunds(session, run, tally, mayGoOn);
    });
    // What a shop that fails has told before may be what waiting orders wait for; a run that stops leaves them to the next one.
    const untried =
      unread?.code === 'STOPPED'
        ? null
        : await failureOf(async () => {
            await retryExceptions(session, run, mayGoOn);
            await grantForgottenTime(session, run, mayGoOn);
          });
    return summary(session, run, tally, unread ?? untried);
  });
}

/** Ends a run where it can go on later. */
class Stopped extends Error {
  override readonly name = 'Stopped';
}

/** Throws where the run must not go on: between any two orders. */
type MayGoOn = () => void;

interface Tally {
  ordersSeen: number;
  ordersUnchanged: number;
  ordersPlaced: number;
  refundsSeen: number;
}

async function readOrders(session: Session, run: ImportRun, tally: Tally, mayGoOn: MayGoOn): Promise<void> {
  const start = await startOf(session, run, 'ORDERS');
  const wait = () => waitForShop(session, mayGoOn);
  await wait();
  for await (const page of run.platform.readOrders(start)) {
    await importOrderPage(session, run, page, tally, mayGoOn);
    await finishPage(session, run, 'ORDERS', page);
    run.onProgress?.({ resource: 'ORDERS', seen: tally.ordersSeen, total: page.total });
    await wait();
  }
}

async function readRefunds(session: Session, run: ImportRun, tally: Tally, mayGoOn: MayGoOn): Promise<void> {
  const start = await startOf(session, run, 'REFUNDS');
  const wait = () => waitForShop(session, mayGoOn);
  await wait();
  for await (const page of run.platform.readRefunds(start)) {
    await importRefundPage(session, run, page, tally, mayGoOn);
    await finishPage(session, run, 'REFUNDS', page);
    run.onProgress?.({ resource: 'REFUNDS', seen: tally.refundsSeen, total: page.total });
    await wait();
  }
}

/** A shop may take its time over the next page: others have the connection meanwhile. */
async function waitForShop(session: Session, mayGoOn: MayGoOn): Promise<void> {
  mayGoOn();
  await session.pause();
}

/** What kept a part of the run from its end: the shop, or a stop; null when nothing did. A bug is thrown on. */
async function failureOf(part: () => Promise<void>): Promise<ImportSummary['failure']> {
  try {
    await part();
    return null;
  } catch (error) {
    if (error instanceof Stopped) return { code: 'STOPPED', message: error.message };
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

async function importOrderPage(
  session: Session,
  run: ImportRun,
  page: ReadingPage<ShopOrder>,
  tally: Tally,
  mayGoOn: MayGoOn,
): Promise<void> {
  const catalogue = await readCatalogue(session.em);
  const orders = page.rows.map(storable);
  const known = await session.em.find(ImportedOrder, { shop: run.shop.id, orderId: { $in: orders.map((order) => order.orderId) } });
  const newest = new Map(known.map((row) => [row.orderId, { changedAt: row.changedAt, content: row.content }]));
  for (const order of orders) {
    mayGoOn();
    tally.ordersSeen += 1;
    const isNews = isNewsTo(newest.get(order.orderId), order);
    if (isNews) newest.set(order.orderId, { changedAt: order.changedAt, content: order });
    const taken = isNews ? await take(session, run, order, catalogue, (em, now) => storeOrder(em, run.shop, order, now)) : 'UNCHANGED';
    if (taken === 'UNCHANGED') tally.ordersUnchanged += 1;
    if (taken === 'PLACED') tally.ordersPlaced += 1;
  }
}

async function importRefundPage(
  session: Session,
  run: ImportRun,
  page: ReadingPage<ShopRefund>,
  tally: Tally,
  mayGoOn: MayGoOn,
): Promise<void> {
  const catalogue = await readCatalogue(session.em);
  const refunds = page.rows.map(storable);
  const known = await session.em.find(ImportedRefund, { shop: run.shop.id, refundId: { $in: refunds.map((refund) => refund.refundId) } });
  const newest = new Map(known.map((row) => [row.refundId, { changedAt: row.changedAt, content: row.content }]));
  for (const refund of refunds) {
    mayGoOn();
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
async function retryExceptions(session: Session, run: ImportRun, mayGoOn: MayGoOn): Promise<void> {
  const catalogue = await readCatalogue(session.em);
  for (let moved = true; moved; ) {
    moved = false;
    const open = await session.em.find(
      ImportException,
      { shop: run.shop.id, resolvedAt: null, attempts: { $lt: MAX_ATTEMPTS }, code: { $ne: 'REFUND_WITHOUT_LINES' } },
      { orderBy: { raisedAt: 'asc', id: 'asc' } },
    );
    for (const orderId of new Set(open.map((exception) => exception.orderId))) {
      mayGoOn();
      if ((await take(session, run, { orderId }, catalogue, async () => true)) === 'PLACED') moved = true;
    }
  }
}

/** Places orders again whose minutes no lot stands for yet, as those that were imported before there was a ledger. */
async function grantForgottenTime(session: Session, run: ImportRun, mayGoOn: MayGoOn): Promise<void> {
  const orderIds = await ordersWithoutTime(session, run.shop);
  if (orderIds.length === 0) return;
  const catalogue = await readCatalogue(session.em);
  for (const orderId of orderIds) {
    mayGoOn();
    await take(session, run, { orderId }, catalogue, async () => true);
  }
}

async function summary(session: Session, run: ImportRun, tally: Tally, failure: ImportSummary['failure']): Promise<ImportSummary> {
  const exceptionsOpen = await session.em.count(ImportException, { shop: run.shop.id, resolvedAt: null });
  return { shop: run.shop.code ?? run.shop.url, ...tally, exceptionsOpen, failure };
}
