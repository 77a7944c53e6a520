import { expect, test } from '@jest/globals';
import type { z } from 'zod';
import { orderSchema as magentoOrder, productSchema as magentoProduct } from '../../integrations/magento/replies.js';
import { customerSchema, orderDetailSchema, orderSchema, productSchema } from '../../integrations/prestashop/replies.js';

const mail = (length: number) => `${'a'.repeat(length - 2)}@b`;
const text = (length: number) => 'x'.repeat(length);
const digits = (length: number) => '1'.repeat(length);

const bounds: readonly (readonly [string, z.ZodObject, string, (length: number) => string, number])[] = [
  ['Magento order', magentoOrder, 'entity_id', digits, 255],
  ['Magento order', magentoOrder, 'increment_id', text, 255],
  ['Magento order', magentoOrder, 'customer_email', mail, 254],
  ['Magento order', magentoOrder, 'customer_lastname', text, 500],
  ['Magento product', magentoProduct, 'sku', text, 255],
  ['Magento product', magentoProduct, 'name', text, 500],
  ['PrestaShop order', orderSchema, 'id', digits, 255],
  ['PrestaShop order', orderSchema, 'reference', text, 255],
  ['PrestaShop customer', customerSchema, 'email', mail, 254],
  ['PrestaShop customer', customerSchema, 'company', text, 500],
  ['PrestaShop line', orderDetailSchema, 'product_reference', text, 255],
  ['PrestaShop line', orderDetailSchema, 'product_name', text, 500],
  ['PrestaShop product', productSchema, 'name', text, 500],
];
test.each(bounds)('%s: longer than what is kept is not read', (_row, schema, field, made, longest) => {
  const read = (length: number) => schema.shape[field].safeParse(made(length)).success;
  expect([read(longest), read(longest + 1)]).toEqual([true, false]);
});
