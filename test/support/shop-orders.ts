import type {
  IdPage,
  ModulesReading,
  ReadingCursor,
  ReadingPage,
  ShopOrder,
  ShopOrderLine,
  ShopProduct,
  ShopRefund,
  StorePlatform,
  StoreProbe,
  UnreadableRow,
  VersionReading,
} from '../../integrations/store-platform.js';

/** What a test says of an order; the rest is as in an ordinary one: paid, one unit a line, 100.00 net and 20.00 tax. */
export interface OrderStory extends Partial<Omit<ShopOrder, 'lines'>> {
  readonly email?: string;
  readonly lines: readonly (Partial<ShopOrderLine> & { readonly sku: string })[];
}

/** An order as a connector gives it. Its lines are numbered "<order>-1", "<order>-2", … */
export function shopOrder(orderId: string, story: OrderStory): ShopOrder {
  const { email, lines, ...rest } = story;
  const paidAt = story.paidAt === undefined ? '2026-01-31T10:00:00Z' : story.paidAt;
  const placedAt = story.placedAt ?? paidAt ?? '2026-01-31T10:00:00Z';
  const changedAt = story.changedAt ?? stampOf(placedAt);
  return {
    orderId,
    orderNumber: `N-${orderId}`,
    payment: 'PAID',
    placedAt,
    paidAt,
    changedAt,
    updatedAt: `${changedAt.replace(' ', 'T')}Z`,
    customer: { email: email ?? 'buyer@shop.example', name: null, customerId: null },
    currencyCode: 'EUR',
    baseCurrencyCode: 'EUR',
    baseToOrderRate: '1.0000',
    unknown: [],
    ...rest,
    lines: lines.map((line, index) => ({
      lineId: `${orderId}-${index + 1}`,
      name: line.sku,
      quantity: '1',
      refundedQuantity: '0',
      unitListPrice: '120.0000',
      paidNet: '100.0000',
      paidTax: '20.0000',
      ...line,
    })),
  };
}

export interface RefundStory extends Partial<Omit<ShopRefund, 'lines'>> {
  readonly orderId: string;
  /** Line number within the order, and units of it that were given back. */
  readonly lines: readonly (readonly [line: number, quantity: string])[];
}

export function shopRefund(refundId: string, story: RefundStory): ShopRefund {
  const { lines, ...rest } = story;
  const refundedAt = story.refundedAt ?? '2026-02-20T09:00:00Z';
  return {
    refundId,
    refundedAt,
    changedAt: stampOf(refundedAt),
    amount: '120.00',
    ...rest,
    lines: lines.map(([line, quantity]) => ({ lineId: `${story.orderId}-${line}`, quantity })),
  };
}

/** The platform's own spelling of an instant: "2026-01-31 10:00:00". */
export const stampOf = (instant: string): string => instant.slice(0, 19).replace('T', ' ');

/** A page whose cursor stands on its last row. */
export function pageOf<T extends { readonly changedAt: string }>(
  rows: readonly T[],
  unreadable: readonly UnreadableRow[] = [],
): ReadingPage<T> {
  const last = rows.at(-1);
  const id = last === undefined ? '' : String('orderId' in last ? last.orderId : '');
  return { rows, unreadable, cursor: last === undefined ? null : { changedAt: last.changedAt, id }, total: null };
}

export interface ShopInMemory {
  /** Told by id, whatever `orders` and `refunds` tell by change. */
  readonly ordersById?: readonly (IdPage<ShopOrder> | Error)[];
  readonly refundsById?: readonly (IdPage<ShopRefund> | Error)[];
  readonly products?: readonly (IdPage<ShopProduct> | Error)[];
  readonly orders?: readonly (ReadingPage<ShopOrder> | Error)[];
  readonly refunds?: readonly (ReadingPage<ShopRefund> | Error)[];
  readonly version?: VersionReading | Error;
  readonly modules?: ModulesReading | Error;
  readonly probe?: StoreProbe | Error;
}

/**
 * The port to a store over plain values: pages are given in their order, an error in the place of a page is thrown.
 * `asked` collects the cursors that reading started from.
 */
export function shopInMemory(shop: ShopInMemory): StorePlatform & { readonly asked: (ReadingCursor | null)[] } {
  const asked: (ReadingCursor | null)[] = [];
  const give = async <T>(value: T | Error | undefined): Promise<T> => {
    if (value === undefined) throw new Error('The test did not say what this shop answers.');
    if (value instanceof Error) throw value;
    return value;
  };
  async function* pages<T>(all: readonly (ReadingPage<T> | Error)[] | undefined, since: ReadingCursor | null) {
    asked.push(since);
    for (const page of all ?? []) yield await give(page);
  }
  async function* beyond<T>(all: readonly (IdPage<T> | Error)[] | undefined, afterId: string | null) {
    for (const page of all ?? []) {
      if (page instanceof Error || BigInt(page.lastId) > BigInt(afterId ?? 0)) yield await give(page);
    }
  }
  return {
    platform: 'MAGENTO',
    asked,
    readOrders: (since) => pages(shop.orders, since),
    readRefunds: (since) => pages(shop.refunds, since),
    readOrdersById: (afterId) => beyond(shop.ordersById, afterId),
    readRefundsById: (afterId) => beyond(shop.refundsById, afterId),
    readProducts: (afterId) => beyond(shop.products, afterId),
    readVersion: () => give(shop.version),
    readModules: () => give(shop.modules),
    circuit: () => ({ state: 'CLOSED', reopensAt: null }),
    forgetPauses: () => {},
    probe: () => give(shop.probe),
  };
}
