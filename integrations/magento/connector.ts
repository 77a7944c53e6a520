import { heldPages } from '../held-pages.js';
import { MOST_MODULES, modulesReading } from '../module-list.js';
import {
  type IdPage,
  type ModulesReading,
  type ReadingCursor,
  type ReadingPage,
  type ShopOrder,
  type ShopProduct,
  type ShopRefund,
  type StorePlatform,
  StoreReadingFailed,
  type VersionReading,
} from '../store-platform.js';
import { parseJsonReply } from '../store-reply.js';
import { formatAmount, formatDecimal } from './exact-amount.js';
import { rowsByChange, rowsById } from './keyset.js';
import { type BundlePricing, type BundlePricings, undecidedBundles } from './order-lines.js';
import { instant, type OrderSurroundings, shopOrder } from './order-reading.js';
import { probeMagento } from './probe.js';
import {
  bundleProductSchema,
  creditMemoSchema,
  invoiceSchema,
  moduleListSchema,
  type Order,
  orderSchema,
  productSchema,
  readRows,
} from './replies.js';
import { type MagentoAddress, type MagentoRest, magentoRest } from './rest-client.js';
import { versionReading } from './version-reading.js';

export interface MagentoConnection extends MagentoAddress {
  /** Rows of one answer; some shops allow 300 at most. */
  readonly pageSize?: number;
  readonly overlapSeconds?: number;
}

interface Reading {
  readonly rest: MagentoRest;
  readonly pageSize: number;
  readonly overlapSeconds: number;
}

/** Only what is read: an order's full document repeats all its items, up to three times. */
const ORDER_FIELDS = [
  'entity_id,increment_id,state,created_at,updated_at,customer_email,customer_firstname,customer_lastname,customer_id',
  'order_currency_code,base_currency_code,base_to_order_rate,grand_total,total_paid,base_total_due',
  'items[item_id,parent_item_id,product_id,product_type,sku,name,qty_ordered,qty_refunded,price,price_incl_tax,original_price',
  'discount_amount,discount_tax_compensation_amount,tax_amount,tax_percent,row_total]',
].join(',');
/** Paid invoices of the orders of one page. */
const MOST_INVOICES = 10_000;
const REFUND_FIELDS = 'entity_id,order_id,state,created_at,updated_at,grand_total,items[order_item_id,qty,row_total,base_row_total]';

/**
 * Reads a Magento 2 shop (Open Source, Adobe Commerce, Mage-OS) over its REST API. Rights that the integration needs:
 * Magento_Sales::actions_view for orders, sales_invoice for the time of payment, sales_creditmemo for refunds, Magento_Catalog::products
 * for products. Every failure is a `StoreReadingFailed`; a wrong connection (no address, a page size of 0) is a RangeError.
 */
export function magentoConnector({ pageSize = 100, overlapSeconds = 600, ...address }: MagentoConnection): StorePlatform {
  if (!Number.isInteger(pageSize) || pageSize < 1) throw new RangeError('The page size is a positive whole number');
  if (!Number.isInteger(overlapSeconds) || overlapSeconds < 0) throw new RangeError('The overlap is a whole number of seconds');
  const reading: Reading = { rest: magentoRest(address), pageSize, overlapSeconds };
  return {
    platform: 'MAGENTO',
    readOrders: (since) => readOrders(reading, since),
    readRefunds: (since) => readRefunds(reading, since),
    readOrdersById: (afterId) => readOrdersById(reading, afterId),
    readRefundsById: (afterId) => readRefundsById(reading, afterId),
    readProducts: (afterId) => readProducts(reading, afterId),
    readVersion: () => readVersion(reading),
    readModules: () => readModules(reading),
    circuit: () => address.client.circuit(new URL(address.baseUrl)),
    forgetPauses: (before) => address.client.forgetPauses(new URL(address.baseUrl), before),
    probe: (purpose) => probeMagento(reading.rest, purpose),
  };
}

async function* readOrders(reading: Reading, since: ReadingCursor | null): AsyncGenerator<ReadingPage<ShopOrder>> {
  const ordersOf = orderReader(reading);
  for await (const { rows, cursor, total } of rowsByChange({ ...reading, resource: 'orders', fields: ORDER_FIELDS, since })) {
    yield { ...(await ordersOf(rows)), cursor, total };
  }
}

async function* readOrdersById(reading: Reading, afterId: string | null): AsyncGenerator<IdPage<ShopOrder>> {
  const ordersOf = orderReader(reading);
  const all = { ...reading, resource: 'orders', fields: ORDER_FIELDS, filters: [], idKey: 'entity_id', afterId } as const;
  for await (const { rows, lastId, total } of rowsById(all)) yield { ...(await ordersOf(rows)), lastId, total };
}

type Rows<T> = Pick<ReadingPage<T>, 'rows' | 'unreadable'>;

/** Reads the rows of one page after another: where invoices are withheld, they are asked for once. */
function orderReader(reading: Reading): (rows: readonly unknown[]) => Promise<Rows<ShopOrder>> {
  let areInvoicesReadable = true;
  return async (rows) => {
    const { readable, unreadable } = readRows(rows, orderSchema, 'entity_id');
    const bundlePricings = await pricingsOf(readable, reading);
    const lastPaidInvoices: OrderSurroundings['lastPaidInvoices'] = areInvoicesReadable ? await paidInvoicesOf(readable, reading) : null;
    areInvoicesReadable = lastPaidInvoices !== null;
    return { rows: readable.map((order) => shopOrder(order, { bundlePricings, lastPaidInvoices })), unreadable };
  };
}

/** By order id, the stamp of its latest paid invoice: one search for a page of orders. `null` where the shop does not let invoices be read. */
async function paidInvoicesOf(orders: readonly Order[], { rest, pageSize }: Reading): Promise<ReadonlyMap<string, string> | null> {
  const orderIds = orders.filter((order) => (order.total_paid ?? 0n) > 0n).map((order) => order.entity_id);
  const latest = new Map<string, string>();
  if (orderIds.length === 0) return latest;
  const asked = new Set(orderIds);
  const PAID = '2';
  const invoices = rowsById({
    rest,
    resource: 'invoices',
    filters: [
      { field: 'order_id', value: orderIds.join(','), condition: 'in' },
      { field: 'state', value: PAID, condition: 'eq' },
    ],
    fields: 'entity_id,order_id,created_at',
    idKey: 'entity_id',
    pageSize,
  });
  try {
    for await (const { rows } of heldPages(invoices, {
      host: rest.host,
      what: 'invoices of one page of orders',
      mostRows: MOST_INVOICES,
    })) {
      for (const { order_id, created_at } of readRows(rows, invoiceSchema, 'entity_id').readable) {
        const known = latest.get(order_id);
        if (asked.has(order_id) && (known === undefined || created_at > known)) latest.set(order_id, created_at);
      }
    }
  } catch (error) {
    if (isWithheld(error)) return null;
    throw error;
  }
  return latest;
}

/** Where the order itself does not show it, which is rare: bundles that cost nothing. */
async function pricingsOf(orders: readonly Order[], { rest, pageSize }: Reading): Promise<BundlePricings> {
  const productIds = [...new Set(orders.flatMap((order) => undecidedBundles(order.items)))];
  const pricings = new Map<string, BundlePricing>();
  if (productIds.length === 0) return pricings;
  const filters = [{ field: 'entity_id', value: productIds.join(','), condition: 'in' as const }];
  const products = rowsById({ rest, resource: 'products', filters, fields: 'id,custom_attributes', idKey: 'id', pageSize });
  try {
    for await (const { rows } of heldPages(products, {
      host: rest.host,
      what: 'bundles where so many were asked for',
      mostRows: productIds.length,
    })) {
      for (const { id, custom_attributes } of readRows(rows, bundleProductSchema, 'id').readable) {
        const priceType = custom_attributes?.find(({ attribute_code }) => attribute_code === 'price_type')?.value;
        if (priceType === '0' || priceType === '1') pricings.set(id, priceType === '0' ? 'DYNAMIC' : 'FIXED');
      }
    }
  } catch (error) {
    if (!isWithheld(error)) throw error;
  }
  return pricings;
}

/** The shop will not answer this, today or tomorrow. What may pass by itself is no reason to write down less than could be known. */
function isWithheld(error: unknown): boolean {
  return error instanceof StoreReadingFailed && ['RIGHT_MISSING', 'NOT_FOUND'].includes(error.code);
}

async function* readRefunds(reading: Reading, since: ReadingCursor | null): AsyncGenerator<ReadingPage<ShopRefund>> {
  for await (const { rows, cursor, total } of rowsByChange({ ...reading, resource: 'creditmemos', fields: REFUND_FIELDS, since })) {
    yield { ...refundsOf(rows), cursor, total };
  }
}

async function* readRefundsById(reading: Reading, afterId: string | null): AsyncGenerator<IdPage<ShopRefund>> {
  const all = { ...reading, resource: 'creditmemos', fields: REFUND_FIELDS, filters: [], idKey: 'entity_id', afterId } as const;
  for await (const { rows, lastId, total } of rowsById(all)) yield { ...refundsOf(rows), lastId, total };
}

function refundsOf(rows: readonly unknown[]): Rows<ShopRefund> {
  const REFUNDED = 2;
  const { readable, unreadable } = readRows(rows, creditMemoSchema, 'entity_id');
  const refunds = readable
    .filter(({ state }) => state === REFUNDED)
    .map((memo) => ({
      refundId: memo.entity_id,
      orderId: memo.order_id,
      refundedAt: instant(memo.created_at),
      changedAt: memo.updated_at,
      amount: memo.grand_total == null ? null : formatAmount(memo.grand_total),
      // An item without a row of its own (the variant of a configurable, the frame of a bundle) only accompanies the line that counts.
      lines: (memo.items ?? [])
        .filter((item) => item.qty > 0n && (item.row_total != null || item.base_row_total != null))
        .map((item) => ({ lineId: item.order_item_id, quantity: formatDecimal(item.qty) })),
    }));
  return { rows: refunds, unreadable };
}

async function* readProducts({ rest, pageSize }: Reading, afterId: string | null): AsyncGenerator<IdPage<ShopProduct>> {
  const fields = 'id,sku,name,type_id,price';
  const all = { rest, resource: 'products', filters: [], fields, idKey: 'id', pageSize, afterId } as const;
  for await (const { rows, lastId, total } of rowsById(all)) {
    const { readable, unreadable } = readRows(rows, productSchema, 'id');
    const products = readable.map(({ id, sku, name, type_id, price }) => ({
      productId: id,
      sku,
      name: name ?? sku,
      price: price == null || isPricedByParts(type_id ?? '', price) ? null : formatAmount(price),
    }));
    yield { rows: products, unreadable, lastId, total };
  }
}

/** A composite product answers a price of 0 when its variants or parts have the prices. */
function isPricedByParts(type: string, price: bigint): boolean {
  return price === 0n && ['configurable', 'bundle', 'grouped'].includes(type);
}

async function readVersion({ rest }: Reading): Promise<VersionReading> {
  const reply = await rest.page('magento_version');
  // Overload and maintenance are no statement about the version: this throws for them.
  if (reply.status === 429 || reply.status >= 500) parseJsonReply(reply, rest.host);
  return versionReading(reply);
}

async function readModules({ rest }: Reading): Promise<ModulesReading> {
  try {
    const codes = await rest.get('modules', moduleListSchema);
    if (codes.length > MOST_MODULES)
      throw new StoreReadingFailed('TOO_LARGE', `${rest.host}: tells more than ${MOST_MODULES} modules`, { host: rest.host });
    const unknown = [{ fact: 'modules.version', because: 'Magento lists the names of enabled modules only' }];
    const modules = [...new Set(codes)].map((code) => ({ code, version: null, enabled: true }));
    return modulesReading(modules, unknown);
  } catch (error) {
    if (!isWithheld(error)) throw error;
    return { modules: [], available: false, unknown: [{ fact: 'modules', because: (error as StoreReadingFailed).message }] };
  }
}
