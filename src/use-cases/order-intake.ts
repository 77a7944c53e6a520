import type { ShopOrder, ShopRefund } from '../../integrations/store-platform.js';
import { ImportedOrder } from '../persistence/imported-order.js';
import { ImportedRefund } from '../persistence/imported-refund.js';
import { sqlState } from '../persistence/outage.js';
import { FOR_UPDATE, type Session } from '../persistence/session.js';
import type { StoreRow } from '../persistence/store.js';
import { canonicalJson } from './canonical-json.js';
import type { EntityManager } from './entity-manager.js';
import type { AddJob } from './job.js';
import { placeOrder, Unplaceable } from './order-placement.js';
import type { PlacementProblem, SkuCatalogue } from './order-plan.js';
import { isLeftOut, raise, readNoted, settleAllBut, type TroubledOrder } from './placement-problem.js';
import { readCatalogue } from './sku-catalogue.js';

/** One go at placing orders of a shop. */
export interface Placing {
  readonly shop: StoreRow;
  readonly now: () => Temporal.Instant;
  /** A failed try counts once per go, however often its order comes by. */
  readonly startedAt: Temporal.Instant;
  /** Tells those who wait for time; left out: nobody is told. */
  readonly addJob?: AddJob | undefined;
}

/** What an exception that is about a document and not about an order line names as its line. */
export const WHOLE = '';

/** What came of one go at an order. WAITING: something is in its way, or it is not known yet. */
export type Taken = 'UNCHANGED' | 'PLACED' | 'WAITING';

/**
 * Stores what is new of an order, and places the order as it then is, in one transaction; where it cannot be placed, stores the news with
 * what is in the way instead. What the database refuses to keep is in the way too: no order stops its neighbours.
 */
export async function take(
  session: Session,
  placing: Placing,
  { orderId }: { readonly orderId: string },
  catalogue: SkuCatalogue,
  store: (em: EntityManager, now: Temporal.Instant) => Promise<boolean>,
): Promise<Taken> {
  const now = placing.now();
  const { shop } = placing;
  const key = { shopId: shop.id, orderId };
  let told: ShopOrder | undefined;
  try {
    return await session.transaction(async (em) => {
      if (!(await store(em, now))) return 'UNCHANGED';
      const row = await em.findOne(ImportedOrder, { shop: shop.id, orderId }, FOR_UPDATE);
      if (row === null) return 'WAITING';
      told = row.content as ShopOrder;
      const noted = await readNoted(em, key);
      await placeOrder(em, { shop, order: told, leftOut: isLeftOut(noted), addJob: placing.addJob }, catalogue, now);
      settleAllBut(noted, [], 'The order was placed.', now);
      return 'PLACED';
    });
  } catch (error) {
    const problems = problemsOf(error, told);
    if (problems === null) throw error;
    await session.transaction(async (em) => {
      await store(em, now);
      settleAllBut(await readNoted(em, key), problems, 'This is no longer in the way.', now);
      await raise(em, { ...key, orderNumber: told?.orderNumber ?? orderId }, problems, placing.startedAt, now);
    });
    return 'WAITING';
  }
}

/** What the error says of the order; null where it says nothing of it. */
function problemsOf(error: unknown, original: ShopOrder | undefined): readonly PlacementProblem[] | null {
  if (error instanceof Unplaceable) return error.problems;
  const state = sqlState(error);
  // SQLSTATE classes 22 and 23: the data itself is refused; 54: it is too large for the database. A RangeError is Temporal's word for a date
  // that cannot be counted with.
  if (!(error instanceof RangeError) && !/^(2[23]|54)/.test(state ?? '')) return null;
  const message = `The order holds a value that cannot be kept or counted with (${state ?? 'out of range'}).`;
  return [{ code: 'UNREADABLE_ROW', message, orderLine: WHOLE, original: original ?? null }];
}

export async function storeOrder(em: EntityManager, shop: StoreRow, order: ShopOrder, now: Temporal.Instant): Promise<boolean> {
  const values = { orderNumber: order.orderNumber, changedAt: order.changedAt, content: order, importedAt: now };
  const row = await em.findOne(ImportedOrder, { shop: shop.id, orderId: order.orderId }, FOR_UPDATE);
  if (!isNewsTo(row, order)) return false;
  if (row === null) em.persist(em.create(ImportedOrder, { shop: shop.id, orderId: order.orderId, ...values }));
  else em.assign(row, values, { mergeObjectProperties: false });
  await em.flush();
  return true;
}

/**
 * An older state never replaces a newer one, and the same state is no news. Where a shop stamps the wall clock, one hour a year is written twice and
 * the stamps of its states do not say which is newer: of two that differ, the one told last is, as a shop tells how things stand.
 */
export function isNewsTo(
  known: { readonly changedAt: string; readonly content: unknown } | undefined | null,
  told: ShopOrder | ShopRefund,
): boolean {
  if (known == null) return true;
  const isBehind = known.changedAt > told.changedAt && !areStampedInOneDoubtfulHour(known.content as ShopOrder | ShopRefund, told);
  return !isBehind && canonicalJson(known.content) !== canonicalJson(told);
}

/** No clock goes back by more at once, so that two doubtful stamps further apart belong to two such hours. */
const LONGEST_STEP_HOURS = 3;

function areStampedInOneDoubtfulHour(known: ShopOrder | ShopRefund, told: ShopOrder | ShopRefund): boolean {
  if (!isStampedInDoubt(known) || !isStampedInDoubt(told)) return false;
  const step = Temporal.Instant.from(told.updatedAt).until(Temporal.Instant.from(known.updatedAt));
  return Math.abs(step.total('hours')) <= LONGEST_STEP_HOURS;
}

const isStampedInDoubt = (row: ShopOrder | ShopRefund): row is ShopOrder =>
  'unknown' in row && row.unknown.some(({ fact }) => fact === 'updatedAt');

/** Tries to place one waiting order again, as it was last told. True when it is placed now. */
export async function retryOrder(session: Session, placing: Placing, orderId: string): Promise<boolean> {
  return (await take(session, placing, { orderId }, await readCatalogue(session.em), async () => true)) === 'PLACED';
}

export async function storeRefund(em: EntityManager, run: Placing, refund: ShopRefund, now: Temporal.Instant): Promise<boolean> {
  const { id: shop } = run.shop;
  const row = await em.findOne(ImportedRefund, { shop, refundId: refund.refundId }, FOR_UPDATE);
  if (!isNewsTo(row, refund)) return false;
  const values = { orderId: refund.orderId, changedAt: refund.changedAt, content: refund, importedAt: now };
  if (row === null) em.persist(em.create(ImportedRefund, { shop, refundId: refund.refundId, ...values }));
  else em.assign(row, values, { mergeObjectProperties: false });
  settleAllBut(await readNoted(em, unreadRefund(run.shop, refund.refundId)), [], 'The refund was read.', now);
  if (refund.lines.length === 0) {
    const order = { shopId: shop, orderId: refund.orderId, orderNumber: refund.orderId };
    await raise(em, order, [moneyWithoutLines(refund)], run.startedAt, now);
  }
  await em.flush();
  return true;
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
