import { startMagentoSandbox } from '../integrations/magento/sandbox.js';
import { startPrestaShopSandbox } from '../integrations/prestashop/sandbox.js';
import { emptyPrestaShop } from '../integrations/prestashop/shop-builder.js';
import type { FaultSwitch } from '../integrations/sandbox/fault-switch.js';
import type { Platform } from '../src/policy/compatibility.js';
import type { StoreCredentials } from '../src/use-cases/store.js';
import { answerParent } from './child.js';
import { SHOP_ZONE, type SoldAddon, salesOf } from './shop-orders.js';
import { emptyMagentoShop, shopWindow, showInMagento, showInPrestaShop } from './shop-window.js';

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

/** A sandbox shop with so many orders, of which it makes those that it is asked for; answers with its address and what to log in with. */
async function start({ platform, orders, addons }: ShopServerStart): Promise<OpenShop> {
  const sales = salesOf(orders, addons, Temporal.Now.instant());
  const window = shopWindow(platform, sales);
  const secret = () => crypto.randomUUID().replaceAll('-', '');
  if (platform === 'MAGENTO') {
    const credentials = { consumerKey: secret(), consumerSecret: secret(), accessToken: secret(), accessTokenSecret: secret() };
    const { url, data, faults } = await startMagentoSandbox({ data: emptyMagentoShop(), credentials });
    beforeEach(faults, (address) => showInMagento(data, window.salesFor(address)));
    return { url, credentials: { kind: 'MAGENTO_OAUTH', ...credentials } };
  }
  const key = secret();
  const rights = Object.fromEntries(RESOURCES.map((resource) => [resource, ['GET' as const]]));
  const shop = { data: emptyPrestaShop('Bench'), keys: { [key]: { rights } }, version: '9.0.2', timeZone: SHOP_ZONE };
  const { url, data, faults } = await startPrestaShopSandbox(shop);
  beforeEach(faults, (address) => showInPrestaShop(data, window.salesFor(address)));
  return { url, credentials: { kind: 'PRESTASHOP_KEY', key, adminApi: null } };
}

/** Lets a shop get ready for every question just before it answers, in one go. */
function beforeEach(faults: FaultSwitch, prepare: (address: string) => void): void {
  const intercept = faults.intercept.bind(faults);
  faults.intercept = async (request, response) => {
    const isTaken = await intercept(request, response);
    prepare(request.url ?? '');
    return isTaken;
  };
}

answerParent<ShopServerStart, OpenShop>(start);
