import type { IdPage, ReadingCursor, ReadingPage, ShopRefund, UnreadableRow } from '../store-platform.js';
import { formatAmount, parseAmount } from './exact-amount.js';
import { type Paging, rowsByChange, rowsById } from './keyset.js';
import { idPageOf, pageOf } from './page.js';
import { faultsOf, orderSlipSchema, rowIdOf } from './replies.js';
import { shopMoment } from './shop-time.js';

/**
 * Credit slips by change. They are the only trace of a partial refund that PrestaShop stamps reliably: the order itself may keep
 * its old stamp. Asked for in full, since only that shows which lines they name.
 */
export async function* readRefundPages(paging: Paging, since: ReadingCursor | null): AsyncGenerator<ReadingPage<ShopRefund>> {
  for await (const page of rowsByChange({ ...paging, resource: 'order_slip', display: 'full', since })) {
    const read = page.rows.map((row) => readRefund(row, paging.timeZone));
    yield pageOf(read, page.cursor);
  }
}

/** Credit slips by id, for what reading by change has missed. */
export async function* readRefundPagesById(paging: Paging, afterId: string | null): AsyncGenerator<IdPage<ShopRefund>> {
  for await (const page of rowsById({ ...paging, resource: 'order_slip', display: 'full', afterId })) {
    const read = page.rows.map((row) => readRefund(row, paging.timeZone));
    yield idPageOf(read, page.lastId);
  }
}

/** One credit slip; the amount is known for a plain refund of products and shipping only (type 0), not where a voucher was set off or a sum chosen. */
export function readRefund(row: unknown, timeZone: string): ShopRefund | UnreadableRow {
  const read = orderSlipSchema.safeParse(row);
  if (!read.success) return { id: rowIdOf(row), message: `order_slip: ${faultsOf(read.error)}`, original: row };
  const slip = read.data;
  const { total_products_tax_incl: products, total_shipping_tax_incl: shipping } = slip;
  const isPlain = (slip.order_slip_type ?? '0') === '0' && products !== undefined && shipping !== undefined;
  return {
    refundId: slip.id,
    orderId: slip.id_order,
    refundedAt: shopMoment(slip.date_add, timeZone).instant,
    changedAt: slip.date_upd,
    amount: isPlain ? formatAmount(parseAmount(products) + parseAmount(shipping)) : null,
    lines: (slip.associations?.order_slip_details ?? []).map((line) => ({
      lineId: line.id_order_detail,
      quantity: line.product_quantity,
    })),
  };
}
