import { guardedClient } from '../../integrations/guarded-client.js';
import { magentoConnector } from '../../integrations/magento/connector.js';
import { magentoOrder } from '../../integrations/magento/order-document.js';
import { startMagentoSandbox } from '../../integrations/magento/sandbox.js';
import { prestashopConnector } from '../../integrations/prestashop/connector.js';
import { prestashopOrder } from '../../integrations/prestashop/order-builder.js';
import { startPrestaShopSandbox } from '../../integrations/prestashop/sandbox.js';
import { emptyPrestaShop } from '../../integrations/prestashop/shop-builder.js';
import { stampAt } from '../../integrations/prestashop/shop-time.js';
import type { StorePlatform } from '../../integrations/store-platform.js';

/** An order of one unit for 100.00 net, with everything that happened to it. */
export interface SoldOrder {
  readonly id: number;
  readonly email: string;
  readonly sku?: string;
  readonly placedAt: string;
  /** When it was placed, unless said; null: not yet. */
  readonly paidAt?: string | null;
  /** What the platform stamps as its last change; when it was placed, unless said. */
  readonly changedAt?: string;
  /** The unit was given back then, and the refund has this id. */
  readonly refund?: { readonly id: number; readonly at: string };
}

/** A shop on loopback, as it tells its orders over HTTP, read two rows at a time. What is told of it is what the next request sees. */
export interface ShopOverHttp {
  readonly platform: StorePlatform;
  /** An order of the same id is told anew; its refund stays as it was first told. */
  tell(order: SoldOrder): void;
  /** As if it had never been. Its refunds stay. */
  remove(orderId: number): void;
  close(): Promise<void>;
}

const PAGE_SIZE = 2;
const clientOf = (url: string) => guardedClient({ allowedHosts: [new URL(url).host], totalTimeoutMs: 20_000, maxBytes: 8_000_000 });

export async function magentoOverHttp(): Promise<ShopOverHttp> {
  const secrets = { consumerKey: 'ck', consumerSecret: 'cs', accessToken: 'at', accessTokenSecret: 'ats' };
  const empty = { orders: [], invoices: [], creditMemos: [], products: [], modules: [], storeConfigs: [], currency: {}, versionPage: null };
  const { url, data, close } = await startMagentoSandbox({
    data: { ...empty, storeViews: [{ id: 1, code: 'default' }] },
    credentials: secrets,
  });
  const stamp = (instant: string) => stampAt(instant, 'UTC');
  return {
    platform: magentoConnector({ baseUrl: url, credentials: { kind: 'OAUTH1', ...secrets }, client: clientOf(url), pageSize: PAGE_SIZE }),
    tell({ id, email, sku = 'FILTER', placedAt, paidAt = placedAt, changedAt = placedAt, refund }) {
      const documents = magentoOrder({
        id,
        placedAt: stamp(placedAt),
        ...(paidAt === null ? {} : { paidAt: stamp(paidAt) }),
        updatedAt: stamp(changedAt),
        customer: { email, firstname: 'Ana', lastname: 'Lima' },
        lines: [{ kind: 'virtual', productId: 1, sku, name: sku, price: '100', quantity: '1' }],
        ...(refund ? { refunds: [{ id: refund.id, at: stamp(refund.at), lines: [{ line: 0, quantity: '1' }] }] } : {}),
      });
      put(data.orders, documents.order, 'entity_id');
      for (const invoice of documents.invoices) put(data.invoices, invoice, 'entity_id');
      for (const memo of documents.creditMemos) put(data.creditMemos, memo, 'entity_id');
    },
    remove: (orderId) => drop(data.orders, orderId, 'entity_id'),
    close,
  };
}

export async function prestashopOverHttp(): Promise<ShopOverHttp> {
  const key = 'K'.repeat(32);
  const timeZone = 'Europe/Paris';
  const names = 'orders order_details order_states order_histories order_cart_rules order_slip customers currencies'.split(' ');
  const rights = Object.fromEntries(names.map((name) => [name, ['GET'] as const]));
  const shop = await startPrestaShopSandbox({ data: emptyPrestaShop('Add-ons'), keys: { [key]: { rights } }, timeZone, version: '8.2.1' });
  const rowsOf = (resource: string) => {
    shop.data[resource] ??= [];
    return shop.data[resource];
  };
  return {
    platform: prestashopConnector({ baseUrl: shop.url, key, timeZone, client: clientOf(shop.url), pageSize: PAGE_SIZE }),
    tell({ id, email, sku = 'FILTER', placedAt, paidAt = placedAt, changedAt = placedAt, refund }) {
      const { order, customer, order_slip, ...rows } = prestashopOrder({
        id,
        timeZone,
        placedAt,
        paidAt: paidAt ?? undefined,
        customer: { id, email, firstname: 'Ana', lastname: 'Lima' },
        lines: [{ sku, name: sku, quantity: 1, price: '100' }],
        slip: refund && { refundedAt: refund.at, quantities: [1] },
      });
      put(rowsOf('orders'), { ...order, date_upd: stampAt(changedAt, timeZone) }, 'id');
      put(rowsOf('customers'), customer, 'id');
      for (const slip of order_slip) put(rowsOf('order_slip'), { ...slip, id: refund?.id ?? 0 }, 'id');
      for (const [resource, belonging] of Object.entries(rows)) for (const row of belonging) put(rowsOf(resource), row, 'id');
    },
    remove: (orderId) => drop(rowsOf('orders'), orderId, 'id'),
    close: () => shop.close(),
  };
}

type Row = Readonly<Record<string, unknown>>;

function put<R extends Row>(rows: R[], row: R, key: string): void {
  const place = rows.findIndex((known) => known[key] === row[key]);
  if (place === -1) rows.push(row);
  else rows[place] = row;
}

function drop(rows: Row[], id: number, key: string): void {
  const place = rows.findIndex((known) => known[key] === id);
  if (place !== -1) rows.splice(place, 1);
}
