import type { PlainRow } from '../persistence/plain-row.js';
import type { PurchaseRow } from '../persistence/purchase.js';
import { type PurchaseConditions, purchasesWhere } from '../persistence/purchase-pages.js';
import { afterMoment, type Connection, connectionOf, type PageRequest, pageRequest } from './connection.js';
import type { Context } from './context.js';
import type { PurchasesKey } from './page-loaders.js';

/** What stands behind a purchase in any answer: a row of the mapper's, or one as it was read. */
export type PurchaseRoot = PlainRow<PurchaseRow>;

/** A page of purchases, the newest first; equal moments by id, so that every row has one place. */
export async function pageOfPurchases(
  { session, loaders }: Context,
  conditions: PurchaseConditions,
  first: number,
  after: string | null,
): Promise<Connection<PurchaseRoot>> {
  const page = pageRequest(first, after, 2);
  return pageOf(await purchasesWhere(session(), conditions, { after: afterMoment(page), limit: page.first + 1 }), page, loaders);
}

/** The same page of one customer's or one group's; pages of many at once are read together. */
export async function pageOfPurchasesOf(
  { loaders }: Context,
  of: PurchasesKey['of'],
  first: number,
  after: string | null,
): Promise<Connection<PurchaseRoot>> {
  const page = pageRequest(first, after, 2);
  return pageOf(await loaders.purchases.load({ of, page }), page, loaders);
}

function pageOf(purchases: readonly PurchaseRoot[], page: PageRequest, loaders: Context['loaders']): Connection<PurchaseRoot> {
  // Terms refer back to their purchase, which need not be read again for that.
  for (const purchase of purchases) loaders.purchase.prime(purchase.id, purchase);
  return connectionOf(purchases, page, (purchase) => [purchase.purchasedAt.toString(), purchase.id]);
}
