import type { OAuth1Secrets } from '../../integrations/magento/oauth.js';
import { magentoOrder } from '../../integrations/magento/order-document.js';
import { type MagentoSandbox, startMagentoSandbox } from '../../integrations/magento/sandbox.js';
import type { MagentoShopData } from '../../integrations/magento/shop-data.js';
import { prestashopOrder } from '../../integrations/prestashop/order-builder.js';
import { type PrestaShopSandbox, startPrestaShopSandbox } from '../../integrations/prestashop/sandbox.js';
import { addOrders, emptyPrestaShop } from '../../integrations/prestashop/shop-builder.js';
import { MAGENTO_SALES, PRESTASHOP_SALES, type Sale } from './people.js';
import { ADDONS, INSTALLATION, PREPAID_HOURS, renewalOf } from './vendor.js';

export const SHOP_ZONE = 'Europe/Paris';
const TAX_PERCENT = 20;
const RENEWAL_RATE = 0.3;
/** What a webservice key of the vendor is granted, and not more. */
const READ_RIGHTS = [
  'orders',
  'order_details',
  'order_states',
  'order_histories',
  'order_cart_rules',
  'order_slip',
  'customers',
  'currencies',
  'products',
  'combinations',
];

export interface ShopSecrets {
  readonly magento: OAuth1Secrets;
  readonly prestashopKey: string;
}

export interface SandboxShops {
  readonly magento: MagentoSandbox;
  readonly prestashop: PrestaShopSandbox;
  close(): Promise<void>;
}

/** Starts both shops of the demonstration on loopback, with the orders of the months before `today`. Port 0 takes a free one. */
export async function startSandboxShops(
  today: Temporal.Instant,
  secrets: ShopSecrets,
  ports: { readonly magento: number; readonly prestashop: number },
): Promise<SandboxShops> {
  const magento = await startMagentoSandbox({ data: magentoData(today), port: ports.magento, credentials: secrets.magento });
  try {
    const rights = Object.fromEntries(READ_RIGHTS.map((resource) => [resource, ['GET'] as const]));
    const prestashop = await startPrestaShopSandbox({
      data: prestashopData(today),
      port: ports.prestashop,
      keys: { [secrets.prestashopKey]: { rights } },
      timeZone: SHOP_ZONE,
      version: '9.1.4',
    });
    return { magento, prestashop, close: async () => void (await Promise.all([magento.close(), prestashop.close()])) };
  } catch (error) {
    await magento.close();
    throw error;
  }
}

interface Product {
  readonly id: number;
  readonly sku: string;
  readonly name: string;
  readonly price: string;
}

const PRODUCTS: readonly Product[] = [
  ...ADDONS.map(({ sku, name, price }) => ({ sku, name, price })),
  ...ADDONS.map(({ sku, name, price }) => ({ sku: renewalOf(sku), name: `${name}: support for 3 months`, price: price * RENEWAL_RATE })),
  { sku: PREPAID_HOURS, name: 'Prepaid support, 10 hours', price: 500 },
  { sku: INSTALLATION, name: 'Installation service', price: 149 },
  { sku: 'GIFT-MUG', name: 'Mug', price: 9.9 },
].map((product, index) => ({ id: index + 1, sku: product.sku, name: product.name, price: product.price.toFixed(2) }));

function productOf(sku: string): Product {
  const product = PRODUCTS.find((candidate) => candidate.sku === sku);
  if (product === undefined) throw new Error(`The demonstration sells no ${sku}.`);
  return product;
}

/** Moment of a sale: some hour of the day, the same at every start. */
const momentOf = (today: Temporal.Instant, sale: Sale, index: number): Temporal.Instant =>
  today.round({ smallestUnit: 'hour', roundingMode: 'floor' }).subtract({ hours: 24 * sale.daysAgo + (index % 9) });

const utcStamp = (instant: Temporal.Instant): string => instant.toString({ smallestUnit: 'second' }).replace('T', ' ').replace('Z', '');

function magentoData(today: Temporal.Instant): MagentoShopData {
  const documents = MAGENTO_SALES.map((sale, index) => {
    const placedAt = momentOf(today, sale, index);
    const paidAt = placedAt.add({ minutes: 7 });
    const { who, couponPercent, refundedAfterDays } = sale;
    return magentoOrder({
      id: index + 1,
      placedAt: utcStamp(placedAt),
      customer: { email: who.email, firstname: who.firstname, lastname: who.lastname, ...(who.guest ? {} : { id: who.id }) },
      taxPercent: String(TAX_PERCENT),
      lines: sale.lines.map(({ sku, quantity }) => {
        const { id, name, price } = productOf(sku);
        return { kind: 'virtual' as const, productId: id, sku, name, price, quantity: String(quantity) };
      }),
      ...(couponPercent === undefined ? {} : { coupon: { code: `PARTNER${couponPercent}`, percent: String(couponPercent) } }),
      ...(sale.unpaid || sale.cancelled ? {} : { paidAt: utcStamp(paidAt) }),
      ...(sale.cancelled ? { canceledAt: utcStamp(placedAt.add({ hours: 48 })) } : {}),
      ...(refundedAfterDays === undefined
        ? {}
        : { refunds: [{ at: utcStamp(paidAt.add({ hours: 24 * refundedAfterDays })), lines: [{ line: 0, quantity: '1' }] }] }),
    });
  });
  return {
    orders: documents.map(({ order }) => order),
    invoices: documents.flatMap(({ invoices }) => invoices),
    creditMemos: documents.flatMap(({ creditMemos }) => creditMemos),
    products: PRODUCTS.map(({ id, sku, name, price }) => ({
      id,
      sku,
      name,
      price: Number(price),
      status: 1,
      type_id: 'virtual',
      attribute_set_id: 4,
      visibility: 4,
      custom_attributes: [],
    })),
    modules: ['Magento_Store', 'Magento_Sales', 'Magento_Catalog', 'Orbis_Storefront'],
    storeConfigs: [{ id: 1, code: 'default', website_id: 1, locale: 'en_US', base_currency_code: 'EUR', timezone: SHOP_ZONE }],
    storeViews: [{ id: 1, code: 'default', name: 'Default Store View', website_id: 1, store_group_id: 1, is_active: 1 }],
    currency: { base_currency_code: 'EUR', default_display_currency_code: 'EUR', available_currency_codes: ['EUR'], exchange_rates: [] },
    versionPage: 'Magento/2.4 (Community)',
  };
}

function prestashopData(today: Temporal.Instant) {
  const data = emptyPrestaShop('Orbis add-ons');
  data.products = PRODUCTS.map(({ id, sku, name, price }) => ({
    id,
    reference: sku,
    name: [{ id: 1, value: name }],
    price: `${price}0000`,
    active: '1',
    is_virtual: '1',
    product_type: 'virtual',
  }));
  addOrders(
    data,
    PRESTASHOP_SALES.map((sale, index) => {
      const placedAt = momentOf(today, sale, index);
      const paidAt = placedAt.add({ minutes: 4 });
      const gross = sale.lines.reduce((sum, { sku, quantity }) => sum + Number(productOf(sku).price) * quantity, 0);
      const off = (gross * (sale.couponPercent ?? 0)) / 100;
      const refundedAt = sale.refundedAfterDays === undefined ? undefined : paidAt.add({ hours: 24 * sale.refundedAfterDays }).toString();
      return prestashopOrder({
        id: index + 1,
        timeZone: SHOP_ZONE,
        customer: {
          id: sale.who.id,
          email: sale.who.email,
          firstname: sale.who.firstname,
          lastname: sale.who.lastname,
          isGuest: sale.who.guest,
        },
        placedAt: placedAt.toString(),
        paidAt: sale.unpaid || sale.cancelled ? undefined : paidAt.toString(),
        cancelledAt: sale.cancelled ? placedAt.add({ hours: 48 }).toString() : undefined,
        lines: sale.lines.map(({ sku, quantity }) => ({
          ...productOf(sku),
          sku,
          quantity,
          productId: productOf(sku).id,
          taxRate: TAX_PERCENT,
        })),
        voucher: off === 0 ? undefined : { code: `PARTNER${sale.couponPercent}`, net: off.toFixed(2), gross: (off * 1.2).toFixed(2) },
        slip: refundedAt === undefined ? undefined : { refundedAt, quantities: sale.lines.map((_, place) => (place === 0 ? 1 : 0)) },
      });
    }),
  );
  return data;
}
