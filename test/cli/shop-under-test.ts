import type { ReadingCursor, ReadingPage, ShopOrder, ShopRefund, StorePlatform } from '../../integrations/store-platform.js';
import type { Database } from '../../src/persistence/database.js';
import { withVendorSession } from '../../src/persistence/session.js';

export interface ShopUnderTest extends StorePlatform {
  /** Where each reading of orders began. */
  readonly startedFrom: (ReadingCursor | null)[];
}

/** A shop that gives these pages of orders and refunds; `failure` is thrown after the last page of orders. */
export function shopWith(
  pages: readonly (readonly ShopOrder[])[],
  { refunds = [], total = null, failure }: { refunds?: readonly ShopRefund[]; total?: number | null; failure?: Error } = {},
): ShopUnderTest {
  const startedFrom: (ReadingCursor | null)[] = [];
  return {
    platform: 'MAGENTO',
    startedFrom,
    readOrders: async function* (since) {
      startedFrom.push(since);
      for (const rows of pages) yield pageOf(rows, total);
      if (failure !== undefined) throw failure;
    },
    readRefunds: async function* () {
      if (refunds.length > 0) yield pageOf(refunds, null);
    },
    readOrdersById: async function* () {},
    readRefundsById: async function* () {},
    readProducts: async function* () {},
    readVersion: async () => {
      throw new Error('An import reads no version.');
    },
    readModules: async () => {
      throw new Error('An import reads no modules.');
    },
    circuit: () => ({ state: 'CLOSED', reopensAt: null }),
    forgetPauses: () => {},
    probe: async () => {
      throw new Error('An import probes no store.');
    },
  };
}

const READ = ['support_term', 'purchase', 'imported_order', 'imported_refund', 'import_exception'];
const KNOWN = ['import_cursor', 'sync_state', 'shop_product', 'catalogue_reading', 'reconciliation'];

/** As if no shop had ever been read; for shops that sold no prepaid time. */
export function forgetShops(database: Database): Promise<void> {
  return withVendorSession(database, async ({ query }) => {
    for (const table of [...READ, ...KNOWN]) await query({ name: `forget-${table}`, text: `delete from ${table}`, values: [] });
  });
}

function pageOf<T extends { readonly changedAt: string }>(rows: readonly T[], total: number | null): ReadingPage<T> {
  return { rows, unreadable: [], cursor: { changedAt: rows.at(-1)?.changedAt ?? '', id: '1' }, total };
}

/** A paid order of one line: SHIP-PRO at 120.00, bought with a coupon for 96.00 and 19.20 of tax. */
export function paidOrder(orderId: string, changes: { sku?: string; quantity?: string; paidAt?: string } = {}): ShopOrder {
  const { sku = 'SHIP-PRO', quantity = '1', paidAt = '2025-11-30T09:00:00Z' } = changes;
  return {
    orderId,
    orderNumber: orderId.padStart(9, '0'),
    payment: 'PAID',
    placedAt: paidAt,
    paidAt,
    changedAt: '2025-11-30 09:00:00',
    updatedAt: '2025-11-30T09:00:00Z',
    customer: { email: 'ada@shop.example', name: 'Ada', customerId: '5' },
    currencyCode: 'EUR',
    baseCurrencyCode: 'EUR',
    baseToOrderRate: '1',
    lines: [
      {
        lineId: '7',
        sku,
        name: 'Shipping Pro',
        quantity,
        refundedQuantity: '0',
        unitListPrice: '120.0000',
        paidNet: '96.0000',
        paidTax: '19.2000',
      },
    ],
    unknown: [],
  };
}
