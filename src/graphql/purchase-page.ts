import { Purchase, type PurchaseRow } from '../persistence/purchase.js';
import { afterMoment, type Connection, connectionOf, pageRequest } from './connection.js';
import { type Context, emOf } from './context.js';
import type { PurchasesKey } from './page-loaders.js';

/** A page of purchases, the newest first; equal moments by id, so that every row has one place. */
export async function pageOfPurchases(
  context: Context,
  where: object,
  first: number,
  after: string | null,
): Promise<Connection<PurchaseRow>> {
  const page = pageRequest(first, after, 2);
  const place = afterMoment(page);
  const before =
    place === null ? {} : { $or: [{ purchasedAt: { $lt: place.moment } }, { purchasedAt: place.moment, id: { $lt: place.id } }] };
  const rows = await emOf(context).find(
    Purchase,
    { $and: [where, before] },
    { orderBy: { purchasedAt: 'desc', id: 'desc' }, limit: page.first + 1 },
  );
  return connectionOf(rows, page, placeOf);
}

/** The same page of one customer's or one store's; pages of many at once are read together. */
export async function pageOfPurchasesOf(
  { loaders }: Context,
  of: PurchasesKey['of'],
  first: number,
  after: string | null,
): Promise<Connection<PurchaseRow>> {
  const page = pageRequest(first, after, 2);
  return connectionOf(await loaders.purchases.load({ of, page }), page, placeOf);
}

const placeOf = (purchase: PurchaseRow): readonly string[] => [purchase.purchasedAt.toString(), purchase.id];
