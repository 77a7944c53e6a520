import type { z } from 'zod';
import type { GuardedClient } from '../guarded-client.js';
import {
  type IdPage,
  type ReadingCursor,
  type ReadingPage,
  type ShopOrder,
  type StorePlatform,
  StoreReadingFailed,
  type UnreadableRow,
  type VersionReading,
} from '../store-platform.js';
import { type AdminApiAccess, readModules } from './admin-api.js';
import { readProductPages } from './catalogue-reading.js';
import { type Paging, rowsByChange, rowsById } from './keyset.js';
import { type OrderSurroundings, type RelatedRows, readOrder } from './order-reading.js';
import { idPageOf, pageOf } from './page.js';
import { type Ask, probePrestaShop } from './probe.js';
import { readRefundPages, readRefundPagesById } from './refund-reading.js';
import {
  currencySchema,
  customerSchema,
  displayOf,
  faultsOf,
  idSchema,
  orderCartRuleSchema,
  orderDetailSchema,
  orderHistorySchema,
  orderSchema,
  orderStateSchema,
} from './replies.js';
import { isTimeZone } from './shop-time.js';
import { failureOf, isVersion, rowsOf, type Webservice, webservice } from './webservice.js';

export interface PrestaShopConnection {
  /** Address of the shop, without `/api`. */
  readonly baseUrl: string;
  /** Webservice key with GET on orders, order_details, order_states, currencies and customers; better also on
   * order_histories, order_cart_rules, order_slip, products and combinations. */
  readonly key: string;
  /** IANA zone of the shop: its stamps have no offset. */
  readonly timeZone: string;
  readonly client: GuardedClient;
  /** Rows per list, 1 to 50 (the default): PrestaShop loads them one by one. */
  readonly pageSize?: number;
  /** Seconds of changes read again before a cursor; 600 by default, and at least two hours around the end of summer time. */
  readonly overlapSeconds?: number;
  /** For a multistore: the shop to read. */
  readonly shopId?: string | undefined;
  /** PrestaShop 9's second API, the only one that tells the modules. */
  readonly adminApi?: AdminApiAccess | undefined;
}

/**
 * Reads a PrestaShop (1.7, 8, 9) over its webservice, and its modules over the Admin API of version 9.
 * Throws a RangeError on an unknown zone or a page size outside 1 to 50; every reader throws `StoreReadingFailed`.
 */
export function prestashopConnector(connection: PrestaShopConnection): StorePlatform {
  const { timeZone, pageSize = 50, overlapSeconds = 600 } = connection;
  if (!isTimeZone(timeZone)) throw new RangeError('timeZone must be an IANA zone');
  if (!Number.isInteger(pageSize) || pageSize < 1 || pageSize > 50) throw new RangeError('pageSize must be 1 to 50');
  const shop = webservice(connection);
  const paging = { shop, timeZone, pageSize, overlapSeconds };
  return {
    platform: 'PRESTASHOP',
    readOrders: (since) => readOrderPages(paging, since),
    readRefunds: (since) => readRefundPages(paging, since),
    readOrdersById: (afterId) => readOrderPagesById(paging, afterId),
    readRefundsById: (afterId) => readRefundPagesById(paging, afterId),
    readProducts: (afterId) => readProductPages(shop, pageSize, afterId),
    readVersion: () => readVersion(shop),
    readModules: () => readModules(connection),
    circuit: () => connection.client.circuit(new URL(connection.baseUrl)),
    forgetPauses: (before) => connection.client.forgetPauses(new URL(connection.baseUrl), before),
    probe: (purpose) =>
      probePrestaShop(shop, purpose, {
        timeZone,
        modules:
          connection.adminApi === undefined ? null : (ask) => readModules({ ...connection, client: askedBy(connection.client, ask) }),
      }),
  };
}

const askedBy = (client: GuardedClient, ask: Ask): GuardedClient => ({
  ...client,
  get: (...question) => ask(() => client.get(...question)),
  postForm: (...question) => ask(() => client.postForm(...question)),
});

/** Two questions for the whole reading, then five for each page whatever its size. */
async function* readOrderPages(paging: Paging, since: ReadingCursor | null): AsyncGenerator<ReadingPage<ShopOrder>> {
  const ordersOf = await orderReader(paging);
  for await (const page of rowsByChange({ ...paging, resource: 'orders', display: displayOf(orderSchema), since })) {
    yield pageOf(await ordersOf(page.rows), page.cursor);
  }
}

async function* readOrderPagesById(paging: Paging, afterId: string | null): AsyncGenerator<IdPage<ShopOrder>> {
  const ordersOf = await orderReader(paging);
  for await (const page of rowsById({ ...paging, resource: 'orders', display: displayOf(orderSchema), afterId })) {
    yield idPageOf(await ordersOf(page.rows), page.lastId);
  }
}

async function orderReader({ shop, timeZone }: Paging): Promise<(rows: readonly unknown[]) => Promise<(ShopOrder | UnreadableRow)[]>> {
  const around = await readSurroundings(shop, timeZone);
  const optional = optionalLists(shop);
  return async (rows) => {
    const related = await readRelated(shop, rows, optional);
    return rows.map((row) => readOrder(row, related, around));
  };
}

async function readSurroundings(shop: Webservice, timeZone: string): Promise<OrderSurroundings> {
  const states = trusted(await shop.list('order_states', { display: displayOf(orderStateSchema) }), orderStateSchema, 'order_states', shop);
  const currencies = trusted(await shop.list('currencies', { display: displayOf(currencySchema) }), currencySchema, 'currencies', shop);
  const bases = currencies.filter((currency) => Number(currency.conversion_rate) === 1);
  return {
    timeZone,
    states: new Map(states.map((state) => [state.id, state.paid || state.logable])),
    currencyCodes: new Map(currencies.map((currency) => [currency.id, currency.iso_code])),
    baseCurrencyCode: bases.length === 1 ? (bases[0]?.iso_code ?? null) : null,
  };
}

/** Rows on which every order depends: one that cannot be read is the reading's failure, not an order's. */
function trusted<S extends z.ZodType>(rows: readonly unknown[], schema: S, resource: string, shop: Webservice): z.output<S>[] {
  return rows.map((row) => {
    const read = schema.safeParse(row);
    if (read.success) return read.data;
    throw new StoreReadingFailed('UNEXPECTED_REPLY', `${resource}: ${faultsOf(read.error)}`, { host: shop.host });
  });
}

type OptionalList = (...question: Parameters<Webservice['list']>) => Promise<unknown[] | null>;

/** Lists that may be denied: `null` then, and not asked for again in this reading. */
function optionalLists(shop: Webservice): OptionalList {
  const denied = new Set<string>();
  return async (resource, query) => {
    if (denied.has(resource)) return null;
    try {
      return await shop.list(resource, query);
    } catch (error) {
      if (!(error instanceof StoreReadingFailed && error.code === 'RIGHT_MISSING')) throw error;
      denied.add(resource);
      return null;
    }
  };
}

async function readRelated(shop: Webservice, orders: readonly unknown[], optional: OptionalList): Promise<RelatedRows> {
  const ofOrders = { 'filter[id_order]': anyOf(orders, 'id') };
  const details = await shop.list('order_details', { ...ofOrders, display: displayOf(orderDetailSchema) });
  const customers = await shop.list('customers', { 'filter[id]': anyOf(orders, 'id_customer'), display: displayOf(customerSchema) });
  const histories = await optional('order_histories', { ...ofOrders, display: displayOf(orderHistorySchema) });
  const cartRules = await optional('order_cart_rules', { ...ofOrders, display: displayOf(orderCartRuleSchema) });
  return {
    details: grouped(details, 'id_order', 'order_details', shop),
    customers: grouped(customers, 'id', 'customers', shop),
    histories: histories && grouped(histories, 'id_order', 'order_histories', shop),
    cartRules: cartRules && grouped(cartRules, 'id_order', 'order_cart_rules', shop),
  };
}

/** "[1|2|3]": the distinct ids in a field of the rows; an id that no row has where none can be read. */
function anyOf(rows: readonly unknown[], field: string): string {
  const ids = new Set(rows.map((row) => idIn(row, field)).filter((id) => id !== null));
  return `[${[...ids].join('|') || '0'}]`;
}

function grouped(rows: readonly unknown[], field: string, resource: string, shop: Webservice): Map<string, unknown[]> {
  return Map.groupBy(rows, (row) => {
    const id = idIn(row, field);
    // A row of no order would leave some order half read without anyone knowing which.
    if (id === null) throw new StoreReadingFailed('UNEXPECTED_REPLY', `${resource}: a row without ${field}`, { host: shop.host });
    return id;
  });
}

function idIn(row: unknown, field: string): string | null {
  if (typeof row !== 'object' || row === null) return null;
  const read = idSchema.safeParse(Reflect.get(row, field));
  return read.success ? read.data : null;
}

/** PSWS-Version stands on every answer to a good key, also on a refusal for want of a right. */
async function readVersion(shop: Webservice): Promise<VersionReading> {
  const reply = await shop.probe();
  const version = reply.headers['psws-version'] ?? '';
  if (isVersion(version)) {
    return { distribution: 'PRESTASHOP', version, upstreamVersion: null, exact: true, label: version, unknown: [] };
  }
  if (reply.status !== 200) throw failureOf(reply, 'orders', shop.host);
  rowsOf(reply, 'orders', shop.host);
  const because = 'The answer carried no PSWS-Version header: something before the shop may strip it';
  return {
    distribution: 'PRESTASHOP',
    version: null,
    upstreamVersion: null,
    exact: false,
    label: 'unknown',
    unknown: [{ fact: 'version', because }],
  };
}
