import { type GuardedClient, guardedClient } from '../../../integrations/guarded-client.js';
import { type PrestaShopConnection, prestashopConnector } from '../../../integrations/prestashop/connector.js';
import { type OrderSpec, prestashopOrder } from '../../../integrations/prestashop/order-builder.js';
import { type PrestaShopSandbox, type SandboxOptions, startPrestaShopSandbox } from '../../../integrations/prestashop/sandbox.js';
import { addOrders, emptyPrestaShop } from '../../../integrations/prestashop/shop-builder.js';
import { type ReadingPage, type StorePlatform, StoreReadingFailed } from '../../../integrations/store-platform.js';

/** A sandbox shop in Paris for one test, and a connector to it. */
export const key = 'K'.repeat(32);
const timeZone = 'Europe/Paris';
const resources =
  'orders order_details order_states order_histories order_cart_rules order_slip customers currencies products combinations'.split(' ');

/** Every right that the connector can use, but these. */
export const rightsBut = (...missing: string[]) =>
  Object.fromEntries(resources.filter((resource) => !missing.includes(resource)).map((resource) => [resource, ['GET'] as const]));

/** A paid order of one add-on at 100 net, unless told otherwise. */
export const spec = (id: number, more: Partial<OrderSpec> = {}): OrderSpec => ({
  id,
  timeZone,
  placedAt: '2026-03-01T10:00:00Z',
  paidAt: '2026-03-01T10:00:30Z',
  customer: { id: 7, email: 'ana@shop.example', firstname: 'Ana', lastname: 'Lima' },
  lines: [{ sku: 'ADDON', name: 'Add-on', quantity: 1, price: '100' }],
  ...more,
});

const open: PrestaShopSandbox[] = [];

export async function openShop(specs: readonly OrderSpec[], options: Partial<SandboxOptions> = {}): Promise<PrestaShopSandbox> {
  const data = emptyPrestaShop('Add-ons');
  addOrders(data, specs.map(prestashopOrder));
  const shop = await startPrestaShopSandbox({ data, keys: { [key]: { rights: rightsBut() } }, timeZone, version: '8.2.1', ...options });
  open.push(shop);
  return shop;
}

/** For `afterEach`. */
export async function closeShops(): Promise<void> {
  await Promise.all(open.splice(0).map((shop) => shop.close()));
}

/** A guarded client that counts, to show that a page costs the same whatever its size. */
export function counted(url: string, totalTimeoutMs = 20_000): GuardedClient & { asked: string[] } {
  const client = guardedClient({ allowedHosts: [new URL(url).host], totalTimeoutMs, maxBytes: 3_000_000 });
  const asked: string[] = [];
  return {
    ...client,
    asked,
    get(target, headers) {
      asked.push(target.pathname.replace('/api/', ''));
      return client.get(target, headers);
    },
  };
}

export const connector = (shop: PrestaShopSandbox, more: Partial<PrestaShopConnection> = {}): StorePlatform =>
  prestashopConnector({ baseUrl: `${shop.url}/`, key, timeZone, client: counted(shop.url), ...more });

export async function all<T>(pages: AsyncIterable<ReadingPage<T>>) {
  const read = await Array.fromAsync(pages);
  return {
    rows: read.flatMap((page) => page.rows),
    unreadable: read.flatMap((page) => page.unreadable),
    cursor: read.at(-1)?.cursor ?? null,
  };
}

/** The failure of a reading, `null` where it succeeded. */
export const failureOf = (pages: AsyncIterable<unknown>): Promise<StoreReadingFailed | null> =>
  Array.fromAsync(pages).then(
    () => null,
    (error: unknown) => (error instanceof StoreReadingFailed ? error : Promise.reject(error)),
  );
