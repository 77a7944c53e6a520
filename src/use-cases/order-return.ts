import type { ShopOrder, ShopRefund } from '../../integrations/store-platform.js';
import type { PurchaseRow } from '../persistence/purchase.js';
import { RecordedDecision } from '../persistence/recorded-decision.js';
import type { EntityManager } from './entity-manager.js';
import { endTicketPromises } from './licence-end.js';
import { revocationOf, sinceFirstTold } from './order-plan.js';

/** An order with what was made of it. */
interface OrderToFollow {
  readonly order: ShopOrder;
  readonly refunds: readonly ShopRefund[];
  readonly placed: { readonly purchases: readonly PurchaseRow[] };
}

/** Takes purchases back, or gives them back, as the shop says; what a person decided stays. What the tickets on those taken back promise ends. */
export async function followPurchases(em: EntityManager, orders: readonly OrderToFollow[], now: Temporal.Instant): Promise<void> {
  const ended: string[] = [];
  const revokedIds = orders.flatMap(({ placed }) => placed.purchases.filter(({ revokedAt }) => revokedAt !== null).map(({ id }) => id));
  const decisions = revokedIds.length === 0 ? [] : await em.find(RecordedDecision, { purchase: { $in: revokedIds }, kind: 'REVOCATION' });
  const decided = new Set(decisions.map((decision) => decision.purchase.id));
  for (const { order, refunds, placed } of orders) {
    for (const purchase of placed.purchases.filter(({ id }) => !decided.has(id))) {
      const revoked = sinceFirstTold(purchase, revocationOf(order, refunds, purchase.orderLine, purchase.unit));
      if (purchase.revokedAt === null && revoked !== null) ended.push(purchase.id);
      em.assign(purchase, { revokedAt: revoked?.at ?? null, revocation: revoked?.reason ?? null });
    }
  }
  await endTicketPromises(em, ended, now);
}
