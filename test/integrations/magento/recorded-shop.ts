import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { magentoOrder } from '../../../integrations/magento/order-document.js';
import type { MagentoOrderSpec, MagentoPlainLine } from '../../../integrations/magento/order-spec.js';
import type { MagentoShopData } from '../../../integrations/magento/shop-data.js';
import type { MagentoDocument } from '../../../integrations/magento/table-search.js';

/** Answers of a real Magento Open Source 2.4.7-p3. */
export const RECORDED_FOLDER = join(process.cwd(), 'test/integrations/recorded/magento-2.4.7-p3');

export function recorded<T = MagentoDocument>(file: string): T {
  return JSON.parse(readFileSync(join(RECORDED_FOLDER, file), 'utf8'));
}

const SUPPORT: Omit<MagentoPlainLine, 'quantity'> = {
  kind: 'virtual',
  productId: 1,
  sku: 'SUP-10H',
  name: 'Prepaid support 10 hours',
  price: '500',
};
const RENEWAL: Omit<MagentoPlainLine, 'quantity'> = {
  kind: 'virtual',
  productId: 2,
  sku: 'REN-ADDON-1Y',
  name: 'Add-on renewal 1 year',
  price: '99.90',
};
const bob = {
  email: 'bob@guest.example',
  firstname: 'Bob',
  lastname: 'Guest',
  address: { company: 'Bob SAS', postcode: '75006', street: ['5 quai de Conti'] },
};
const alice = {
  id: 1,
  email: 'alice@agency.example',
  firstname: 'Alice',
  lastname: 'Martin',
  address: { company: 'Agence Martin SARL', vat_id: 'FR40303265045' },
};

/** The recorded orders as specs: what the shop's people did to get them. */
export const RECORDED_SPECS: Readonly<Record<string, MagentoOrderSpec>> = {
  'order-1-virtual-guest-pending.json': {
    id: 1,
    firstItemId: 1,
    placedAt: '2026-11-22 02:58:47',
    updatedAt: '2026-11-22 02:58:49',
    customer: bob,
    lines: [{ ...SUPPORT, quantity: '2' }],
  },
  'order-2-customer-downloadable-coupon-complete.json': {
    id: 2,
    firstItemId: 2,
    placedAt: '2026-11-22 02:58:53',
    paidAt: '2026-11-22 02:59:09',
    customer: alice,
    coupon: { code: 'PARTNER10', percent: '10' },
    lines: [
      {
        kind: 'downloadable',
        productId: 4,
        sku: 'ADDON-PRO',
        name: 'Add-on Pro for Magento 2',
        price: '329',
        originalPrice: '199',
        quantity: '1',
        links: [1, 2],
      },
      { ...RENEWAL, quantity: '3' },
    ],
  },
  'order-4-bundle-guest-complete.json': {
    id: 4,
    firstItemId: 7,
    placedAt: '2026-11-22 02:58:59',
    paidAt: '2026-11-22 02:59:10',
    customer: bob,
    lines: [
      {
        kind: 'bundle',
        pricing: 'DYNAMIC',
        productId: 8,
        sku: 'PACK-START',
        name: 'Starter pack',
        quantity: '1',
        parts: [
          { productId: 3, sku: 'INST-SVC', name: 'Installation service', price: '149', quantity: '1' },
          { productId: 1, sku: 'SUP-10H', name: 'Prepaid support 10 hours', price: '500', quantity: '1' },
        ],
      },
    ],
  },
  'order-5-canceled.json': {
    id: 5,
    firstItemId: 10,
    placedAt: '2026-11-22 02:59:03',
    canceledAt: '2026-11-22 02:59:11',
    customer: { ...bob, email: 'carol@guest.example' },
    lines: [{ ...RENEWAL, quantity: '1' }],
  },
  'order-7-fully-refunded-closed.json': {
    id: 7,
    firstItemId: 13,
    placedAt: '2026-11-22 02:59:08',
    paidAt: '2026-11-22 02:59:10',
    customer: bob,
    lines: [{ ...RENEWAL, quantity: '2' }],
    refunds: [{ id: 2, at: '2026-11-22 02:59:12', lines: [{ line: 0, quantity: '2' }] }],
  },
};

/** Never recorded as documents, only known from the list's count, the credit memo and the notes on the shop. */
export const COMPOSED_SPECS: readonly MagentoOrderSpec[] = [
  {
    id: 3,
    firstItemId: 4,
    placedAt: '2026-11-22 02:58:56',
    paidAt: '2026-11-22 02:59:10',
    customer: alice,
    lines: [
      {
        kind: 'configurable',
        productId: 7,
        sku: 'ADDON-B2B',
        name: 'B2B Quotes',
        variant: { productId: 6, sku: 'ADDON-B2B-AC', name: 'B2B Quotes - Adobe Commerce' },
        option: { option_id: '137', option_value: 5 },
        price: '690',
        quantity: '1',
      },
    ],
  },
  {
    id: 6,
    firstItemId: 12,
    placedAt: '2026-11-22 02:59:05',
    paidAt: '2026-11-22 02:59:10',
    customer: alice,
    coupon: { code: 'PARTNER10', percent: '10' },
    lines: [{ ...SUPPORT, quantity: '2' }],
    refunds: [{ id: 1, at: '2026-11-22 02:59:11', lines: [{ line: 0, quantity: '1' }], adjustment: '5' }],
  },
  {
    id: 8,
    firstItemId: 14,
    placedAt: '2026-11-22 03:05:00',
    paidAt: '2026-11-22 03:05:30',
    customer: alice,
    currency: { code: 'USD', rate: '1.085' },
    lines: [{ ...RENEWAL, quantity: '1' }],
  },
];

/** The recorded shop as data for the sandbox: recorded documents where there are some, composed ones between them. */
export function recordedShop(): MagentoShopData {
  const composed = COMPOSED_SPECS.map(magentoOrder);
  const fromSpecs = Object.values(RECORDED_SPECS).map(magentoOrder);
  const orders = [...Object.keys(RECORDED_SPECS).map((file) => recorded(file)), ...composed.map(({ order }) => order)];
  const listed = recorded<{ items: MagentoDocument[] }>('products-list.json').items;
  const products = ['SUP-10H', 'ADDON-PRO', 'ADDON-B2B', 'PACK-START'].map((sku) => recorded(`product-${sku}.json`));
  const variants = [5, 6].map((id) => ({ id, sku: `ADDON-B2B-${id}`, name: 'B2B Quotes', price: 690, type_id: 'virtual', status: 1 }));
  const rest = listed.filter(({ id }) => !products.some((product) => product.id === id));
  return {
    orders: orders.sort((a, b) => Number(a.entity_id) - Number(b.entity_id)),
    invoices: [...fromSpecs, ...composed].flatMap(({ invoices }) => invoices),
    creditMemos: recorded<{ items: MagentoDocument[] }>('creditmemos-list.json').items,
    products: [...products, ...variants, ...rest],
    modules: recorded<string[]>('modules.json'),
    storeConfigs: recorded<MagentoDocument[]>('store-storeConfigs.json'),
    storeViews: recorded<MagentoDocument[]>('store-storeViews.json'),
    currency: recorded('directory-currency.json'),
    versionPage: readFileSync(join(RECORDED_FOLDER, 'magento_version.txt'), 'utf8'),
  };
}
