/** Where a licence or a term comes from: one unit of one line of one order. Unique, and the same however often the order is seen. */
export interface OrderLineUnit {
  readonly shop: string;
  readonly orderId: string;
  readonly orderNumber: string;
  readonly orderLine: string;
  readonly unit: number;
}

export const keyOf = (unit: Pick<OrderLineUnit, 'shop' | 'orderId' | 'orderLine' | 'unit'>): string =>
  [unit.shop, unit.orderId, unit.orderLine, unit.unit].map((part) => encodeURIComponent(part)).join(':');
