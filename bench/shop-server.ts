import { startMagentoSandbox } from '../integrations/magento/sandbox.js';
import { startPrestaShopSandbox } from '../integrations/prestashop/sandbox.js';
import type { Platform } from '../src/policy/compatibility.js';
import type { StoreCredentials } from '../src/use-cases/store.js';
import { answerParent } from './child.js';
import { magentoShop, prestaShop, SHOP_ZONE, type SoldAddon } from './shop-orders.js';

export interface ShopServerStart {
  readonly platform: Platform;
  readonly orders: number;
  readonly addons: readonly SoldAddon[];
}

export interface OpenShop {
  readonly url: string;
  readonly credentials: StoreCredentials;
}

const RESOURCES = [
  'orders',
  'order_details',
  'order_states',
  'order_histories',
  'order_cart_rules',
  'order_slip',
  'currencies',
  'customers',
  'configurations',
];

/** A sandbox shop with so many orders; answers with its address and what to log in with. */
async function start({ platform, orders, addons }: ShopServerStart): Promise<OpenShop> {
  const now = Temporal.Now.instant();
  const secret = () => crypto.randomUUID().replaceAll('-', '');
  if (platform === 'MAGENTO') {
    const credentials = { consumerKey: secret(), consumerSecret: secret(), accessToken: secret(), accessTokenSecret: secret() };
    const { url } = await startMagentoSandbox({ data: magentoShop(orders, addons, now), credentials });
    return { url, credentials: { kind: 'MAGENTO_OAUTH', ...credentials } };
  }
  const key = secret();
  const rights = Object.fromEntries(RESOURCES.map((resource) => [resource, ['GET' as const]]));
  const { url } = await startPrestaShopSandbox({
    data: prestaShop(orders, addons, now),
    keys: { [key]: { rights } },
    version: '9.0.2',
    timeZone: SHOP_ZONE,
  });
  return { url, credentials: { kind: 'PRESTASHOP_KEY', key, adminApi: null } };
}

answerParent<ShopServerStart, OpenShop>(start);
