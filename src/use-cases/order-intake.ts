import type { ShopOrder, ShopRefund } from '../../integrations/store-platform.js';
import { lockOrders, lockRefunds, writeOrders, writeRefunds } from '../persistence/imported-documents.js';
import { sqlState } from '../persistence/outage.js';
import type { Session } from '../persistence/session.js';
import type { StoreRow } from '../persistence/store.js';
import type { EntityManager } from './entity-manager.js';
import type { AddJob } from './job.js';
import { asKept, isNewsTo, type KeptOrder } from './order-news.js';
import { placeOrders, Unplaceable } from './order-placement.js';
import type { PlacementProblem, SkuCatalogue } from './order-plan.js';
import { isLeftOut, raise, readNoted, settleAllBut, type TroubledOrder } from './placement-problem.js';
import { latestStamp } from './shop-stamp.js';
import { readCatalogue } from './sku-catalogue.js';

/** One go at placing orders of a shop. */
export interface Placing {
  readonly shop: StoreRow;
  readonly now: () => Temporal.Instant;
  /** A failed try counts once per go, however often its order comes by; null: it does not count. */
  readonly startedAt: Temporal.Instant | null;
  /** Tells those who wait for time; left out: nobody is told. */
  readonly addJob?: AddJob | undefined;
}

/** What an exception that is about a document and not about an order line names as its line. */
export const WHOLE = '';

/** What is told of an order: how it is now, or a refund of it. AGAIN: nothing new, and it is tried once more as it was last told. */
export type Told =
  | { readonly kind: 'ORDER'; readonly orderId: string; readonly order: ShopOrder }
  | { readonly kind: 'REFUND'; readonly orderId: string; readonly refund: ShopRefund }
  | { readonly kind: 'AGAIN'; readonly orderId: string };

/** What came of one go at an order. WAITING: something is in its way, or it is not known yet. */
export type Taken = 'UNCHANGED' | 'PLACED' | 'WAITING';

/** What belongs into the last of the transactions. */
export type AtEnd = (em: EntityManager, now: Temporal.Instant) => Promise<void>;
export const NOTHING_MORE: AtEnd = async () => {};

/** Of at most so many orders is one transaction, which must end soon: others wait for the customers that it locks. */
export const MOST_AT_ONCE = 100;

/**
 * Stores what is new of some orders, and places them as they then are, all in one transaction; where one cannot be placed, stores its news with what is in the way
 * instead. What the database refuses to keep is in the way too: such orders are looked for by halves, so that none stops its neighbours, and none is ever placed
 * in part. Returns what each came to, in the sequence in which they were told. No document twice, and at most `MOST_AT_ONCE`.
 */
export async function takeAll(
  session: Session,
  placing: Placing,
  told: readonly Told[],
  catalogue: SkuCatalogue,
  atEnd: AtEnd = NOTHING_MORE,
): Promise<Taken[]> {
  const now = placing.now();
  const inTheWay = new Map<string, readonly PlacementProblem[]>();
  for (;;) {
    try {
      return await session.transaction(async (em) => {
        const taken = await takeWithin(em, { ...placing, at: now }, told, catalogue, inTheWay);
        await atEnd(em, now);
        return taken;
      });
    } catch (error) {
      const found = problemsOf(error, told);
      if (found === null) throw error;
      const fresh = [...found].filter(([orderId]) => !inTheWay.has(orderId));
      for (const [orderId, problems] of fresh) inTheWay.set(orderId, problems);
      if (fresh.length > 0) continue;
      if (told.length === 1) throw error;
      const middle = Math.ceil(told.length / 2);
      const first = await takeAll(session, placing, told.slice(0, middle), catalogue);
      return [...first, ...(await takeAll(session, placing, told.slice(middle), catalogue, atEnd))];
    }
  }
}

/** Tries to place waiting orders of a shop again, as they were last told, in transactions of at most `MOST_AT_ONCE`. Whether any of them is placed now. */
export async function retryOrders(
  session: Session,
  placing: Placing,
  orderIds: readonly string[],
  mayGoOn: () => void = () => {},
): Promise<boolean> {
  if (orderIds.length === 0) return false;
  const catalogue = await readCatalogue(session.em);
  let isAnyPlaced = false;
  for (let start = 0; start < orderIds.length; start += MOST_AT_ONCE) {
    mayGoOn();
    const told = orderIds.slice(start, start + MOST_AT_ONCE).map((orderId) => ({ kind: 'AGAIN', orderId }) as const);
    if ((await takeAll(session, placing, told, catalogue)).includes('PLACED')) isAnyPlaced = true;
  }
  return isAnyPlaced;
}

/** What the error says of which orders; of none where it says nothing of one alone, and null where it says nothing of orders at all. */
function problemsOf(error: unknown, told: readonly Told[]): ReadonlyMap<string, readonly PlacementProblem[]> | null {
  if (error instanceof Unplaceable) return error.problems;
  const state = sqlState(error);
  // SQLSTATE classes 22 and 23: the data itself is refused; 54: it is too large for the database. A RangeError is Temporal's word for a date
  // that cannot be counted with.
  if (!(error instanceof RangeError) && !/^(2[23]|54)/.test(state ?? '')) return null;
  const [only] = told;
  if (only === undefined || told.length > 1) return new Map();
  const message = `The order holds a value that cannot be kept or counted with (${state ?? 'out of range'}).`;
  return new Map([[only.orderId, [{ code: 'UNREADABLE_ROW', message, orderLine: WHOLE, original: null }]]]);
}

type PlacingNow = Placing & { readonly at: Temporal.Instant };

async function takeWithin(
  em: EntityManager,
  placing: PlacingNow,
  told: readonly Told[],
  catalogue: SkuCatalogue,
  inTheWay: ReadonlyMap<string, readonly PlacementProblem[]>,
): Promise<Taken[]> {
  const { shop, at } = placing;
  const kept = await storeOrders(em, placing, told);
  const news = new Set([...kept.keys(), ...(await storeRefunds(em, placing, told)), ...told.filter(({ kind }) => kind === 'AGAIN')]);
  const orders = await ordersOf(em, shop, [...news], kept);
  const noted = await readNoted(em, shop.id, [...orders.keys()]);
  const free = [...orders.values()].filter(({ orderId }) => !inTheWay.has(orderId));
  // Settled first: while orders are placed, one may lose to another what it rests on, and wait again.
  for (const { orderId } of free) settleAllBut(noted.get(orderId) ?? [], [], 'The order was placed.', at);
  const toPlace = free.map((order) => ({ order, leftOut: isLeftOut(noted.get(order.orderId) ?? []) }));
  await placeOrders(em, { shop, addJob: placing.addJob }, toPlace, catalogue, at);
  for (const [orderId, problems] of inTheWay) {
    const own = noted.get(orderId) ?? [];
    const order = orders.get(orderId);
    settleAllBut(own, problems, 'This is no longer in the way.', at);
    const standing = problems.map((problem) => ({ ...problem, original: problem.original ?? order ?? null }));
    const troubled = { shopId: shop.id, orderId, orderNumber: order?.orderNumber ?? orderId };
    raise(em, troubled, standing, { noted: own, startedAt: placing.startedAt, now: at });
  }
  return told.map((each) => {
    if (!news.has(each)) return 'UNCHANGED';
    return inTheWay.has(each.orderId) || !orders.has(each.orderId) ? 'WAITING' : 'PLACED';
  });
}

/** Keeps what is new of orders, and returns what that was and how it is kept. */
async function storeOrders(em: EntityManager, { shop, at }: PlacingNow, told: readonly Told[]): Promise<Map<Told, KeptOrder>> {
  const orders = told.filter((each) => each.kind === 'ORDER');
  if (orders.length === 0) return new Map();
  const known = await lockOrders(
    em,
    shop.id,
    orders.map(({ orderId }) => orderId),
  );
  const news = orders.filter(({ orderId, order }) => isNewsTo(known.get(orderId), order, latestStamp(shop, at)));
  const kept = new Map<Told, KeptOrder>(news.map((each) => [each, asKept(known.get(each.orderId), each.order)]));
  const documents = [...kept.values()].map((order) => {
    return { orderId: order.orderId, orderNumber: order.orderNumber, changedAt: order.changedAt, content: order };
  });
  await writeOrders(em, shop.id, documents, new Set(known.keys()), at);
  return kept;
}

/** Keeps what is new of refunds, and returns what that was. Money that was given back without a line is noted for a person. */
async function storeRefunds(em: EntityManager, { shop, startedAt, at }: PlacingNow, told: readonly Told[]): Promise<Told[]> {
  const refunds = told.filter((each) => each.kind === 'REFUND');
  if (refunds.length === 0) return [];
  const known = await lockRefunds(
    em,
    shop.id,
    refunds.map(({ refund }) => refund.refundId),
  );
  const news = refunds.filter(({ refund }) => isNewsTo(known.get(refund.refundId), refund, latestStamp(shop, at)));
  const documents = news.map(({ orderId, refund }) => {
    return { refundId: refund.refundId, orderId, changedAt: refund.changedAt, content: refund };
  });
  await writeRefunds(em, shop.id, documents, new Set(known.keys()), at);
  const noted = await readNoted(
    em,
    shop.id,
    news.flatMap(({ orderId, refund }) => [orderId, refundKey(refund.refundId)]),
  );
  for (const { orderId, refund } of news) {
    settleAllBut(noted.get(refundKey(refund.refundId)) ?? [], [], 'The refund was read.', at);
    if (refund.lines.length > 0) continue;
    const order = { shopId: shop.id, orderId, orderNumber: orderId };
    raise(em, order, [moneyWithoutLines(refund)], { noted: noted.get(orderId) ?? [], startedAt, now: at });
  }
  await em.flush();
  return news;
}

/** The orders that something was told of, locked, as they are now; those that are not known yet are left out. */
async function ordersOf(
  em: EntityManager,
  shop: StoreRow,
  news: readonly Told[],
  kept: ReadonlyMap<Told, KeptOrder>,
): Promise<Map<string, KeptOrder>> {
  const orders = new Map([...kept.values()].map((order) => [order.orderId, order]));
  const others = new Set(news.flatMap(({ orderId }) => (orders.has(orderId) ? [] : [orderId])));
  for (const [orderId, { content }] of await lockOrders(em, shop.id, [...others])) orders.set(orderId, content as KeptOrder);
  return orders;
}

const moneyWithoutLines = (refund: ShopRefund): PlacementProblem => ({
  code: 'REFUND_WITHOUT_LINES',
  message: `Refund ${refund.refundId} gave back ${refund.amount ?? 'money'} without naming a line. Decide whether a purchase is to be revoked, then dismiss this.`,
  orderLine: refundKey(refund.refundId),
  original: refund,
});

const refundKey = (refundId: string) => `refund:${refundId}`;

/** A refund that could not be read does not tell its order: it stands under a key that no order has. */
export const unreadRefund = (shop: StoreRow, refundId: string): TroubledOrder => ({
  shopId: shop.id,
  orderId: refundKey(refundId),
  orderNumber: refundKey(refundId),
});
