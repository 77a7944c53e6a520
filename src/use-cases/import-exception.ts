import { ImportException, type ImportExceptionRow } from '../persistence/import-exception.js';
import { ImportedOrder } from '../persistence/imported-order.js';
import type { Session } from '../persistence/session.js';
import { Store } from '../persistence/store.js';
import { ordersWaitingFor, type WaitingOrder } from '../persistence/waiting-order.js';
import { type SkuMeaningSaveInput, saveSkuMeaning } from './addon.js';
import type { EntityManager } from './entity-manager.js';
import type { AddJob } from './job.js';
import { type Placing, retryOrders } from './order-intake.js';
import { Refusal, userError } from './outcome.js';

export type ImportExceptionResolution =
  /** Try to place the order again as things are now. */
  | { readonly action: 'RETRY' }
  /** Leave the order out for good; the note says why. */
  | { readonly action: 'DISMISS'; readonly note: string }
  /** Say what the unknown SKU means, then try the orders again that wait for it: see `MOST_EXPLAINED`. */
  | { readonly action: 'EXPLAIN_SKU'; readonly meaning: Omit<SkuMeaningSaveInput, 'sku'> };

/** So many orders are tried again while somebody waits for the answer; the others by the next import of their shop. */
export const MOST_EXPLAINED = 500;

/** Resolves what an import could not place. Answers with the exception as it stands afterwards. */
export async function resolveImportException(
  session: Session,
  id: string,
  resolution: ImportExceptionResolution,
  now: Temporal.Instant,
  addJob?: AddJob,
): Promise<ImportExceptionRow> {
  const exception = await session.em.findOne(ImportException, { id }, { populate: ['shop'] });
  if (exception === null) throw new Refusal([userError('NOT_FOUND', 'There is no such import exception.', 'id')]);
  if (exception.resolvedAt !== null) throw new Refusal([userError('CONFLICT', 'This exception is resolved already.', 'id')]);
  const placing = { shop: exception.shop.getEntity(), now: () => now, startedAt: now, addJob };

  if (resolution.action === 'DISMISS') {
    if (resolution.note.trim() === '') throw new Refusal([userError('REQUIRED', 'Say in the note why this is dismissed.', 'note')]);
    await session.transaction((em) => dismiss(em, exception, resolution.note.trim(), now));
  } else if (resolution.action === 'RETRY') {
    if (exception.code === 'REFUND_WITHOUT_LINES' || (await isUnread(session, exception))) {
      throw new Refusal([
        userError('NOT_AVAILABLE', 'There is no order to try again: settle it in the shop or by hand, then dismiss this.', 'action'),
      ]);
    }
    await retryOrders(session, placing, [exception.orderId]);
  } else {
    if (exception.code !== 'UNKNOWN_SKU')
      throw new Refusal([userError('INVALID', 'Only an UNKNOWN_SKU exception is resolved by explaining a SKU.', 'action')]);
    const sku = skuOf(exception.original);
    await session.transaction((em) => saveSkuMeaning(em, { sku, ...resolution.meaning }));
    // What was just written of exceptions is not what is remembered of them.
    session.em.clear();
    await retryWaiting(session, placing, sku, { shopId: placing.shop.id, orderId: exception.orderId });
  }
  session.em.clear();
  return session.em.findOneOrFail(ImportException, { id }, { populate: ['shop'] });
}

/** Tries orders again that wait for a SKU, the one that was asked about and those of its shop first. */
async function retryWaiting(session: Session, placing: Placing, sku: string, first: WaitingOrder): Promise<void> {
  const waiting = Map.groupBy(await ordersWaitingFor(session.em, sku, first, MOST_EXPLAINED), ({ shopId }) => shopId);
  for (const [shopId, orders] of waiting) {
    const shop = await session.em.findOneOrFail(Store, { id: shopId });
    await retryOrders(
      session,
      { ...placing, shop },
      orders.map(({ orderId }) => orderId),
    );
  }
}

/** Leaving an order out settles whatever is in its way; an exception about a refund stands alone. */
async function dismiss(em: EntityManager, exception: ImportExceptionRow, note: string, now: Temporal.Instant): Promise<void> {
  const { id, code, orderId } = exception;
  const sameOrder = { shop: exception.shop.id, orderId, resolvedAt: null, code: { $ne: 'REFUND_WITHOUT_LINES' as const } };
  const open = await em.find(ImportException, code === 'REFUND_WITHOUT_LINES' ? { id } : sameOrder);
  for (const row of open) em.assign(row, { resolvedAt: now, resolution: note, dismissed: true });
}

/** Whether the shop's document itself could not be read, so that there is nothing to try again. */
async function isUnread(session: Session, { shop, orderId }: ImportExceptionRow): Promise<boolean> {
  return (await session.em.count(ImportedOrder, { shop: shop.id, orderId })) === 0;
}

/** The vendor's shop with this code, as the command line and staff name it. */
export async function shopByCode(session: Session, code: string) {
  return session.em.findOne(Store, { code, role: 'VENDOR_SHOP' });
}

function skuOf(original: unknown): string {
  return typeof original === 'object' && original !== null && 'sku' in original && typeof original.sku === 'string' ? original.sku : '';
}
