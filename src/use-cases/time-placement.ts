import type { ShopOrder, ShopRefund } from '../../integrations/store-platform.js';
import { PrepaidTimeOrder, type PrepaidTimeOrderRow } from '../persistence/prepaid-time-order.js';
import type { EntityManager } from './entity-manager.js';
import { type OrderPlan, revocationOf } from './order-plan.js';

/** What noting the minutes of an order needs of its placing. */
interface Placing {
  readonly em: EntityManager;
  readonly shopCode: string;
  readonly order: ShopOrder;
  readonly plan: OrderPlan;
  readonly customerId: string;
}

/** Notes the minutes of an order that are not noted yet, and returns them. */
export function placePrepaidTime(
  { em, shopCode, order, plan, customerId }: Placing,
  placedLines: ReadonlySet<string>,
): PrepaidTimeOrderRow[] {
  const fresh = plan.prepaidTime.filter(({ orderLine }) => !placedLines.has(orderLine));
  return fresh.map(({ orderLine, minutes, refundedMinutes, paid }) => {
    const row = em.create(PrepaidTimeOrder, {
      customer: customerId,
      shop: shopCode,
      orderId: order.orderId,
      orderNumber: order.orderNumber,
      orderLine,
      paidAt: plan.paidAt,
      minutes,
      refundedMinutes,
      paidMinor: paid.amountMinor,
      currencyCode: paid.currencyCode,
    });
    em.persist(row);
    return row;
  });
}

/** Minutes go back in the share in which the units of their line did, whatever a unit of the SKU means today. */
export function followPrepaidTime(order: ShopOrder, refunds: readonly ShopRefund[], placed: readonly PrepaidTimeOrderRow[]): void {
  for (const row of placed) {
    const ordered = Math.max(1, Number(order.lines.find((line) => line.lineId === row.orderLine)?.quantity ?? 1));
    const units = Array.from({ length: ordered }, (_, index) => index + 1);
    const back = units.filter((unit) => revocationOf(order, refunds, row.orderLine, unit) !== null).length;
    row.refundedMinutes = (row.minutes * BigInt(back)) / BigInt(ordered);
  }
}
