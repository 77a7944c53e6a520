import { createHash } from 'node:crypto';
import type { ReadingPage, ShopOrder, ShopRefund, UnreadableRow } from '../../integrations/store-platform.js';
import type { ImportResource } from '../persistence/import-cursor.js';
import { ImportedOrder } from '../persistence/imported-order.js';
import { ImportedRefund } from '../persistence/imported-refund.js';
import type { Session } from '../persistence/session.js';
import type { StoreRow } from '../persistence/store.js';
import { canonicalJson, storable } from './canonical-json.js';
import type { EntityManager } from './entity-manager.js';
import { isNewsTo, type Placing, storeOrder, storeRefund, take, unreadRefund, WHOLE } from './order-intake.js';
import type { PlacementProblem } from './order-plan.js';
import { raise, type TroubledOrder } from './placement-problem.js';
import { readCatalogue } from './sku-catalogue.js';

/** Taking in a page of what a shop tells. */
export interface PageIntake extends Placing {
  /** Throws where the work must not go on; asked between any two transactions. What was stored before stays. */
  readonly mayGoOn: () => void;
  /** Done in the last transaction of the page, once everything of it is stored: a cursor moves here. */
  readonly atEnd?: (em: EntityManager, now: Temporal.Instant) => Promise<void>;
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

const UNCHANGED: PageNews = { news: 'UNCHANGED', isWaiting: false };

/** Stores what a page tells of orders and places them, and returns what each came to, by order id. One order never stops its neighbours. */
export async function importOrderPage(session: Session, intake: PageIntake, page: PageOf<ShopOrder>): Promise<Map<string, PageNews>> {
  const { shop } = intake;
  const catalogue = await readCatalogue(session.em);
  const orders = page.rows.map(storable);
  const known = await session.em.find(ImportedOrder, { shop: shop.id, orderId: { $in: orders.map((order) => order.orderId) } });
  const isKnown = new Set(known.map((row) => row.orderId));
  const newest = new Map(known.map((row) => [row.orderId, { changedAt: row.changedAt, content: row.content }]));
  const told = new Map<string, PageNews>();
  for (const order of orders) {
    intake.mayGoOn();
    const { orderId } = order;
    if (!told.has(orderId)) told.set(orderId, UNCHANGED);
    if (!isNewsTo(newest.get(orderId), order)) continue;
    newest.set(orderId, { changedAt: order.changedAt, content: order });
    const taken = await take(session, intake, order, catalogue, (em, now) => storeOrder(em, shop, order, now));
    if (taken !== 'UNCHANGED') told.set(orderId, { news: isKnown.has(orderId) ? 'CHANGED' : 'NEW', isWaiting: taken === 'WAITING' });
  }
  await endPage(session, intake, 'ORDERS', page);
  return told;
}

/** The same for a page of refunds, by refund id. Their orders are placed anew. */
export async function importRefundPage(session: Session, intake: PageIntake, page: PageOf<ShopRefund>): Promise<Map<string, PageNews>> {
  const { shop } = intake;
  const catalogue = await readCatalogue(session.em);
  const refunds = page.rows.map(storable);
  const known = await session.em.find(ImportedRefund, { shop: shop.id, refundId: { $in: refunds.map((refund) => refund.refundId) } });
  const isKnown = new Set(known.map((row) => row.refundId));
  const newest = new Map(known.map((row) => [row.refundId, { changedAt: row.changedAt, content: row.content }]));
  const told = new Map<string, PageNews>();
  for (const refund of refunds) {
    intake.mayGoOn();
    const { refundId } = refund;
    if (!told.has(refundId)) told.set(refundId, UNCHANGED);
    if (!isNewsTo(newest.get(refundId), refund)) continue;
    newest.set(refundId, { changedAt: refund.changedAt, content: refund });
    const taken = await take(session, intake, refund, catalogue, (em, now) => storeRefund(em, intake, refund, now));
    if (taken !== 'UNCHANGED') told.set(refundId, { news: isKnown.has(refundId) ? 'CHANGED' : 'NEW', isWaiting: taken === 'WAITING' });
  }
  await endPage(session, intake, 'REFUNDS', page);
  return told;
}

/** Notes what could not be read, and what else ends the page, in one transaction. */
async function endPage(session: Session, intake: PageIntake, resource: ImportResource, page: PageOf<unknown>): Promise<void> {
  const now = intake.now();
  if (page.unreadable.length === 0 && intake.atEnd === undefined) return;
  await session.transaction(async (em) => {
    for (const row of page.unreadable.map(storable))
      await raise(em, troubledBy(intake.shop, resource, row), [unreadable(row)], intake.startedAt, now);
    await intake.atEnd?.(em, now);
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
