import type { IdPage, ShopOrder, ShopRefund, StorePlatform } from '../../integrations/store-platform.js';
import type { Database } from '../persistence/database.js';
import { ImportCursor, type ImportCursorRow, type ImportResource } from '../persistence/import-cursor.js';
import { type KnownDocument, knownOrders, knownRefunds } from '../persistence/imported-documents.js';
import { type Lock, takeLock } from '../persistence/lock.js';
import { Reconciliation, type ReconciliationRow } from '../persistence/reconciliation.js';
import { knownOrdersBesides } from '../persistence/reconciliation-rows.js';
import { FOR_UPDATE, type Session, withVendorSession } from '../persistence/session.js';
import { storable } from './canonical-json.js';
import type { EntityManager } from './entity-manager.js';
import type { Placing } from './order-intake.js';
import { isNewsTo } from './order-news.js';
import { importOrderPage, importRefundPage, type PageIntake, type PageOf } from './order-page.js';
import { failureOf, goingOn, type ImportFailure, type ImportProgress, type MayGoOn, waitForShop } from './orders-import.js';
import { latestStamp } from './shop-stamp.js';

export interface ReconciliationRun extends Placing {
  readonly platform: StorePlatform;
  readonly onProgress?: (progress: ImportProgress) => void;
  /** Aborted when the process is to stop, or others are to have their turn: the run ends where it is, and the next one goes on from there. */
  readonly stopping?: AbortSignal;
}

export interface ReconciliationSummary {
  readonly shop: string;
  /** What it found so far, over all its runs; null where another run of this shop is under way. */
  readonly found: ReconciliationFigures | null;
  /** Whether the whole shop was gone through. Otherwise the next run goes on. */
  readonly isFinished: boolean;
  /** Why the run ended early. */
  readonly failure: ImportFailure | null;
}

export type ReconciliationFigures = Pick<
  ReconciliationRow,
  'ordersSeen' | 'refundsSeen' | 'missedOrderCount' | 'changedOrderCount' | 'missedRefundCount' | 'goneOrderCount'
>;

/** One that was begun earlier and broke off is left as it is, and a new one begins. */
const GOES_ON_FOR_HOURS = 72;
/** Ids that are listed of each kind; all of them are counted. */
const MAX_LISTED = 1_000;

/**
 * Goes through a shop by id, orders and then refunds, and compares each with what is known: what became visible behind the cursor of the import, and what
 * changed without a new stamp, no reading by change will ever tell. It is imported as any other news, and counted. Known orders that the shop no longer tells
 * are counted too, and stay. One page at a time, so that memory stays flat; a killed run goes on where it stopped, and counts nothing twice.
 * It shares the lock of the import: one run per shop at a time.
 */
export async function reconcileShop(database: Database, run: ReconciliationRun): Promise<ReconciliationSummary> {
  const lock = await takeLock(database, `import:${run.shop.id}`);
  try {
    return await reconcileUnder(lock, database, run);
  } finally {
    await lock?.release();
  }
}

function reconcileUnder(lock: Lock | null, database: Database, run: ReconciliationRun): Promise<ReconciliationSummary> {
  const shop = run.shop.code ?? run.shop.url;
  return withVendorSession(database, async (session) => {
    if (lock === null) {
      const message = 'An import of this shop is running. Wait until it has finished.';
      return { shop, found: null, isFinished: false, failure: { code: 'ALREADY_RUNNING', message } };
    }
    const sweep = { session, run, id: await begun(session, run), mayGoOn: goingOn(lock, run.stopping) };
    const failure = await failureOf(async () => {
      await goThrough(sweep, orders(sweep));
      await goThrough(sweep, refunds(sweep));
    });
    const { finishedAt, ...row } = await session.em.findOneOrFail(Reconciliation, { id: sweep.id });
    const { ordersSeen, refundsSeen, missedOrderCount, changedOrderCount, missedRefundCount, goneOrderCount } = row;
    const found = { ordersSeen, refundsSeen, missedOrderCount, changedOrderCount, missedRefundCount, goneOrderCount };
    return { shop, found, isFinished: finishedAt !== null, failure };
  });
}

/** The reconciliation to go on with, or a new one. */
function begun(session: Session, { shop, now }: ReconciliationRun): Promise<string> {
  const startedAt = now();
  return session.transaction(async (em) => {
    const broken = { shop: shop.id, finishedAt: null, startedAt: { $gt: startedAt.subtract({ hours: GOES_ON_FOR_HOURS }) } };
    const known = await em.findOne(Reconciliation, broken, { orderBy: { startedAt: 'desc', id: 'desc' } });
    const row = known ?? em.create(Reconciliation, { shop: shop.id, startedAt, ...NOTHING_FOUND });
    em.persist(row);
    return row.id;
  });
}

const NOTHING_FOUND = {
  finishedAt: null,
  doneToId: null,
  countedToId: null,
  ...{ ordersSeen: 0, missedOrders: [], missedOrderCount: 0, changedOrders: [], changedOrderCount: 0, goneOrders: [], goneOrderCount: 0 },
  ...{ refundsSeen: 0, missedRefunds: [], missedRefundCount: 0 },
};

interface Sweep {
  readonly session: Session;
  readonly run: ReconciliationRun;
  /** Of the reconciliation. */
  readonly id: string;
  readonly mayGoOn: MayGoOn;
}

/** How orders are gone through, and how refunds are. */
interface Passage<T extends ShopOrder | ShopRefund> {
  readonly resource: ImportResource;
  readonly next: ImportResource | null;
  readonly read: (afterId: string | null) => AsyncIterable<IdPage<T>>;
  readonly idOf: (row: T) => string;
  readonly knownOf: (ids: readonly string[]) => Promise<ReadonlyMap<string, KnownDocument>>;
  /** Known documents beyond an id, up to the page's last one, that the page does not tell; beyond the end with null. */
  readonly goneOf: (afterId: string | null, page: IdPage<T> | null) => Promise<readonly string[]>;
  readonly take: (intake: PageIntake, page: PageOf<T>) => Promise<unknown>;
  readonly note: (row: ReconciliationRow, found: Found) => void;
}

/** Ids of what a page tells. */
interface Found {
  readonly seen: number;
  readonly missed: readonly string[];
  readonly changed: readonly string[];
  readonly gone: readonly string[];
}

function orders({ session, run: { shop, platform } }: Sweep): Passage<ShopOrder> {
  return {
    resource: 'ORDERS',
    next: 'REFUNDS',
    read: (afterId) => platform.readOrdersById(afterId),
    idOf: ({ orderId }) => orderId,
    knownOf: (ids) => knownOrders(session.em, shop.id, ids),
    goneOf: async (afterId, page) => {
      // Of a row that does not tell its id, it may be the order that seems to be gone.
      if (page?.unreadable.some(({ id }) => id === null) === true) return [];
      const told = page === null ? [] : [...page.rows.map(({ orderId }) => orderId), ...page.unreadable.flatMap(({ id }) => id ?? [])];
      return knownOrdersBesides(session.em, shop.id, { afterId, toId: page?.lastId ?? null }, told);
    },
    take: (intake, page) => importOrderPage(session, intake, page),
    note: (row, { seen, missed, changed, gone }) => {
      row.ordersSeen += seen;
      row.missedOrderCount += missed.length;
      row.missedOrders = listed(row.missedOrders, missed);
      row.changedOrderCount += changed.length;
      row.changedOrders = listed(row.changedOrders, changed);
      row.goneOrderCount += gone.length;
      row.goneOrders = listed(row.goneOrders, gone);
    },
  };
}

/** A refund changes what it says of its order, known before or not. */
function refunds({ session, run: { shop, platform } }: Sweep): Passage<ShopRefund> {
  return {
    resource: 'REFUNDS',
    next: null,
    read: (afterId) => platform.readRefundsById(afterId),
    idOf: ({ refundId }) => refundId,
    knownOf: (ids) => knownRefunds(session.em, shop.id, ids),
    goneOf: async () => [],
    take: (intake, page) => importRefundPage(session, intake, page),
    note: (row, { seen, missed, changed }) => {
      row.refundsSeen += seen;
      row.missedRefundCount += missed.length + changed.length;
      row.missedRefunds = listed(row.missedRefunds, [...missed, ...changed]);
    },
  };
}

const listed = (known: readonly string[], found: readonly string[]): readonly string[] => [...known, ...found].slice(0, MAX_LISTED);

/** Goes through what is left of a resource. */
async function goThrough<T extends ShopOrder | ShopRefund>(sweep: Sweep, passage: Passage<T>): Promise<void> {
  const { session, run, mayGoOn } = sweep;
  const start = await session.em.findOneOrFail(Reconciliation, { id: sweep.id });
  if (start.resource !== passage.resource) return;
  const cursor = await session.em.findOne(ImportCursor, { shop: run.shop.id, resource: passage.resource });
  const seenBefore = passage.resource === 'ORDERS' ? start.ordersSeen : start.refundsSeen;
  let afterId = start.doneToId;
  let seen = 0;
  await waitForShop(session, mayGoOn);
  for await (const page of passage.read(afterId)) {
    await takePage(sweep, passage, afterId, { ...page, rows: page.rows.map(storable) }, cursor);
    afterId = page.lastId;
    seen += page.rows.length + page.unreadable.length;
    const total = page.total === null ? null : seenBefore + page.total;
    run.onProgress?.({ resource: passage.resource, seen: seenBefore + seen, total });
    await waitForShop(session, mayGoOn);
  }
  const gone = await passage.goneOf(afterId, null);
  await onRow(sweep, (row, now) => {
    passage.note(row, { seen: 0, missed: [], changed: [], gone });
    if (passage.next === null) row.finishedAt = now;
    else Object.assign(row, { resource: passage.next, doneToId: null, countedToId: null });
  });
}

/** Counts what a page tells, and then imports what is news: so a kill between the two leaves nothing uncounted. */
async function takePage<T extends ShopOrder | ShopRefund>(
  sweep: Sweep,
  passage: Passage<T>,
  afterId: string | null,
  page: IdPage<T>,
  cursor: ImportCursorRow | null,
): Promise<void> {
  const { run, mayGoOn } = sweep;
  const known = await passage.knownOf(page.rows.map(passage.idOf));
  const latest = latestStamp(run.shop, run.now());
  const news = page.rows.filter((row) => isNewsTo(known.get(passage.idOf(row)), row, latest));
  const missed = news.filter((row) => isBehind(cursor, row.changedAt, passage.idOf(row))).map(passage.idOf);
  const gone = await passage.goneOf(afterId, page);
  const ids = [...page.rows.map(passage.idOf), ...page.unreadable.flatMap(({ id }) => id ?? [])];
  const isImported = news.length === 0 && page.unreadable.length === 0;
  await onRow(sweep, (row) => {
    const { countedToId } = row;
    const isNew = (id: string) => countedToId === null || BigInt(id) > BigInt(countedToId);
    passage.note(row, {
      seen: ids.filter(isNew).length,
      missed: missed.filter((id) => isNew(id) && !known.has(id)),
      changed: missed.filter((id) => isNew(id) && known.has(id)),
      gone: gone.filter(isNew),
    });
    if (isNew(page.lastId)) row.countedToId = page.lastId;
    if (isImported) row.doneToId = page.lastId;
  });
  if (isImported) return;
  const atEnd = async (em: EntityManager) => {
    (await em.findOneOrFail(Reconciliation, { id: sweep.id }, FOR_UPDATE)).doneToId = page.lastId;
  };
  await passage.take({ ...run, mayGoOn, atEnd }, { rows: news, unreadable: page.unreadable });
}

/**
 * Whether a reading by change has passed this place and will not come by again, but for its overlap. What lies before it is no news that was missed:
 * the next import would tell it.
 */
function isBehind(cursor: ImportCursorRow | null, changedAt: string, id: string): boolean {
  if (cursor === null) return false;
  return cursor.changedAt === changedAt ? BigInt(id) <= BigInt(cursor.lastId) : changedAt < cursor.changedAt;
}

function onRow({ session, run, id }: Sweep, change: (row: ReconciliationRow, now: Temporal.Instant) => void): Promise<void> {
  return session.transaction(async (em) => change(await em.findOneOrFail(Reconciliation, { id }, FOR_UPDATE), run.now()));
}
