import type { ShopOrder } from '../../integrations/store-platform.js';
import { ImportedOrder } from '../persistence/imported-order.js';
import { Store, type StoreRow } from '../persistence/store.js';
import type { SupportTermRow } from '../persistence/support-term.js';
import type { EntityManager } from './entity-manager.js';
import type { PlacementProblem } from './order-plan.js';
import { lineOf } from './order-units.js';
import { raise, readNoted } from './placement-problem.js';
import { layOutAllTerms, type TermsToLayOut } from './term-layout.js';

/**
 * Lays out the terms of what some orders touched, and returns the renewals among them that have nothing to renew, by order id: then nothing may remain of the
 * orders. A renewal of another order that has lost the purchase it prolonged, since that was taken back before the renewal was paid, waits for a person as if it
 * had come after the refund.
 */
export async function layOutOrderTerms(
  em: EntityManager,
  shop: StoreRow,
  orders: ReadonlyMap<string, ShopOrder>,
  touched: readonly TermsToLayOut[],
  now: Temporal.Instant,
): Promise<Map<string, PlacementProblem[]>> {
  const layouts = await layOutAllTerms(em, touched);
  const unplaced = new Map<string, PlacementProblem[]>();
  for (const { orderId, orderLine } of layouts.flatMap((layout) => layout.unplaced)) {
    const order = orders.get(orderId);
    if (order === undefined) throw new Error('A renewal was laid out that is in none of the orders.');
    unplaced.set(orderId, [...(unplaced.get(orderId) ?? []), nothingToRenew(order, orderLine)]);
  }
  if (unplaced.size > 0) return unplaced;
  const bereft = touched.filter((_, index) => (layouts[index]?.homeless.length ?? 0) > 0);
  if (bereft.length === 0) return unplaced;
  for (const term of layouts.flatMap(({ homeless }) => homeless)) await letWait(em, shop, term, now);
  await em.flush();
  await layOutAllTerms(
    em,
    bereft.map((each) => ({ ...each, renewals: [] })),
  );
  return unplaced;
}

async function letWait(em: EntityManager, shop: StoreRow, term: SupportTermRow, now: Temporal.Instant): Promise<void> {
  const { orderId, orderNumber, orderLine } = term;
  const seller = term.shop === shop.code ? shop : await em.findOneOrFail(Store, { code: term.shop });
  const imported = await em.findOneOrFail(ImportedOrder, { shop: seller.id, orderId });
  const noted = (await readNoted(em, seller.id, [orderId])).get(orderId) ?? [];
  const problem = nothingToRenew(imported.content as ShopOrder, orderLine);
  raise(em, { shopId: seller.id, orderId, orderNumber }, [problem], { noted, startedAt: now, now });
  em.remove(term);
}

function nothingToRenew(order: ShopOrder, orderLine: string): PlacementProblem {
  return {
    code: 'NOTHING_TO_RENEW',
    message:
      'The customer held no purchase of this add-on when the renewal was paid. Record the purchase, or try again once its order is imported.',
    orderLine,
    original: lineOf(order, orderLine),
  };
}
