import { createHash } from 'node:crypto';
import type { ReadingPage, ShopOrder, ShopRefund, UnreadableRow } from '../../integrations/store-platform.js';
import type { ImportResource } from '../persistence/import-cursor.js';
import { knownOrders, knownRefunds } from '../persistence/imported-documents.js';
import type { Session } from '../persistence/session.js';
import type { StoreRow } from '../persistence/store.js';
import { canonicalJson, storable } from './canonical-json.js';
import type { EntityManager } from './entity-manager.js';
import { type AtEnd, MOST_AT_ONCE, type Placing, type Taken, type Told, takeAll, unreadRefund, WHOLE } from './order-intake.js';
import { isNewsTo } from './order-news.js';
import type { PlacementProblem, SkuCatalogue } from './order-plan.js';
import { raise, readNoted, type TroubledOrder } from './placement-problem.js';
import { latestStamp } from './shop-stamp.js';
import { readCatalogue } from './sku-catalogue.js';

/** Taking in a page of what a shop tells. */
export interface PageIntake extends Placing {
  /** Throws where the work must not go on; asked before every transaction. What was stored before stays. */
  readonly mayGoOn: () => void;
  /** Done in the last transaction of the page, once everything of it is stored: a cursor moves here. */
  readonly atEnd?: AtEnd;
}

/** What a page told of one document, against what was known before the page. */
export interface PageNews {
  /** NEW: not known at all before. UNCHANGED: as known, or older than what is known. */
  readonly news: 'NEW' | 'CHANGED' | 'UNCHANGED';
  /** Something is in its order's way, or its order is not known yet; never true of what is unchanged. */
  readonly isWaiting: boolean;
}

/** Rows of one page; those of a document told twice stand in the sequence in which they were told. */
export type PageOf<T> = Pick<ReadingPage<T>, 'rows' | 'unreadable'>;

/** Stores what a page tells of orders and places them, and returns what each came to, by order id. One order never stops its neighbours. */
export async function importOrderPage(session: Session, intake: PageIntake, page: PageOf<ShopOrder>): Promise<Map<string, PageNews>> {
  const told = page.rows.map(storable).map((order) => ({ kind: 'ORDER', orderId: order.orderId, order }) as const);
  const known = await knownOrders(
    session.em,
    intake.shop.id,
    told.map(({ orderId }) => orderId),
  );
  const latest = latestStamp(intake.shop, intake.startedAt ?? intake.now());
  const rows = told.map((each) => ({ told: each, id: each.orderId, isNews: isNewsTo(known.get(each.orderId), each.order, latest) }));
  return takePage(session, intake, { rows, isKnown: (id) => known.has(id), resource: 'ORDERS', unreadable: page.unreadable });
}

/** The same for a page of refunds, by refund id. Their orders are placed anew. */
export async function importRefundPage(session: Session, intake: PageIntake, page: PageOf<ShopRefund>): Promise<Map<string, PageNews>> {
  const told = page.rows.map(storable).map((refund) => ({ kind: 'REFUND', orderId: refund.orderId, refund }) as const);
  const known = await knownRefunds(
    session.em,
    intake.shop.id,
    told.map(({ refund }) => refund.refundId),
  );
  const latest = latestStamp(intake.shop, intake.startedAt ?? intake.now());
  const rows = told.map((each) => {
    return { told: each, id: each.refund.refundId, isNews: isNewsTo(known.get(each.refund.refundId), each.refund, latest) };
  });
  return takePage(session, intake, { rows, isKnown: (id) => known.has(id), resource: 'REFUNDS', unreadable: page.unreadable });
}

interface PageRow {
  readonly told: Told;
  /** Of the document. */
  readonly id: string;
  /** Against what was known before the page. */
  readonly isNews: boolean;
}

interface Page {
  readonly rows: readonly PageRow[];
  readonly isKnown: (id: string) => boolean;
  readonly resource: ImportResource;
  readonly unreadable: readonly UnreadableRow[];
}

const UNCHANGED: PageNews = { news: 'UNCHANGED', isWaiting: false };

async function takePage(session: Session, intake: PageIntake, page: Page): Promise<Map<string, PageNews>> {
  const catalogue = await readCatalogue(session.em);
  const news = new Map(page.rows.map(({ id }) => [id, UNCHANGED]));
  const chunks = chunksOf(page.rows);
  const atEnd: AtEnd = async (em, now) => {
    await noteUnreadable(em, intake, page, now);
    await intake.atEnd?.(em, now);
  };
  for (const [index, chunk] of chunks.entries()) {
    intake.mayGoOn();
    const isLast = index === chunks.length - 1;
    const taken = await takeChunk(session, intake, chunk, catalogue, isLast ? atEnd : undefined);
    for (const [place, { id }] of chunk.entries()) {
      const came = taken[place];
      if (came === undefined || came === 'UNCHANGED') continue;
      news.set(id, { news: page.isKnown(id) ? 'CHANGED' : 'NEW', isWaiting: came === 'WAITING' });
    }
  }
  if (chunks.length === 0 && (page.unreadable.length > 0 || intake.atEnd !== undefined)) {
    intake.mayGoOn();
    await session.transaction((em) => atEnd(em, intake.now()));
  }
  return news;
}

const takeChunk = (
  session: Session,
  intake: PageIntake,
  chunk: readonly PageRow[],
  catalogue: SkuCatalogue,
  atEnd: AtEnd | undefined,
): Promise<Taken[]> =>
  takeAll(
    session,
    intake,
    chunk.map(({ told }) => told),
    catalogue,
    atEnd,
  );

/** What may be news, in its sequence, parted where a document comes by again: each of its states is taken in by itself. */
function chunksOf(rows: readonly PageRow[]): PageRow[][] {
  const chunks: PageRow[][] = [];
  const before = new Set<string>();
  let ids = new Set<string>();
  for (const row of rows) {
    // Told a second time in the page, it may be news to what the page itself told first.
    if (!row.isNews && !before.has(row.id)) continue;
    let chunk = chunks.at(-1);
    if (chunk === undefined || ids.has(row.id) || chunk.length === MOST_AT_ONCE) {
      chunk = [];
      ids = new Set();
      chunks.push(chunk);
    }
    chunk.push(row);
    ids.add(row.id);
    before.add(row.id);
  }
  return chunks;
}

async function noteUnreadable(em: EntityManager, intake: PageIntake, page: Page, now: Temporal.Instant): Promise<void> {
  if (page.unreadable.length === 0) return;
  const troubles = page.unreadable.map(storable).map((row) => ({ order: troubledBy(intake.shop, page.resource, row), row }));
  const noted = await readNoted(
    em,
    intake.shop.id,
    troubles.map(({ order }) => order.orderId),
  );
  for (const { order, row } of new Map(troubles.map((trouble) => [trouble.order.orderId, trouble])).values())
    raise(em, order, [unreadable(row)], { noted: noted.get(order.orderId) ?? [], startedAt: intake.startedAt, now });
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
