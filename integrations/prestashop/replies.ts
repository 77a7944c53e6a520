import { z } from 'zod';
import { isStamp, noStamp } from './shop-time.js';

/**
 * Rows of the webservice as far as Tenure believes them. Integers come as numbers from PHP 8.1 on and as strings before; flags
 * are "0" and "1" (now and then 0 and 1, or empty); amounts are decimal strings; names are per language, or one string.
 */
export const idSchema = z.union([z.int().nonnegative(), z.string().regex(/^\d{1,255}$/)]).transform(String);

const flagSchema = z
  .union([z.literal(['0', '1', '', 0, 1, null]), z.boolean()])
  .transform((flag) => flag === true || flag === '1' || flag === 1);

/** PrestaShop's own columns have 14 digits before the point and 6 after it: one of millions would be reckoned with for minutes. */
const amountSchema = z
  .union([z.string(), z.number()])
  .transform(String)
  .pipe(z.string().regex(/^-?\d{1,20}(\.\d{1,30})?$/));

const quantitySchema = amountSchema;
/** As many digits as are kept of one. */
const rateSchema = amountSchema.pipe(z.string().regex(/^\d{1,12}(\.|$)/));

export const stampSchema = z.string().refine(isStamp, 'expected a date and time that exist');
const stampOrNoneSchema = z
  .union([stampSchema, z.literal(['', noStamp, null])])
  .optional()
  .transform((stamp) => (!stamp || stamp === noStamp ? null : stamp));

/** Text within the bounds of what is kept and indexed; PrestaShop's own columns are shorter. */
const textOf = (longest: number) =>
  z
    .union([z.string(), z.null()])
    .optional()
    .transform((text) => text?.trim() ?? '')
    .pipe(z.string().max(longest));
const codeSchema = textOf(255);
const nameSchema = textOf(500);

/** The text in the language with the lowest id that has one. */
const translatedSchema = z
  .union([z.string(), z.array(z.object({ id: idSchema, value: z.string().nullable() }))])
  .transform((name) => (typeof name === 'string' ? name : (name.find((translation) => translation.value)?.value ?? '')))
  .pipe(z.string().max(500));

export const orderSchema = z.object({
  id: idSchema,
  reference: z.string().min(1).max(255),
  id_currency: idSchema,
  id_customer: idSchema,
  current_state: idSchema,
  valid: flagSchema,
  date_add: stampSchema,
  date_upd: stampSchema,
  invoice_date: stampOrNoneSchema,
  conversion_rate: rateSchema,
  total_discounts_tax_excl: amountSchema,
  total_discounts_tax_incl: amountSchema,
  total_shipping_tax_excl: amountSchema,
  total_shipping_tax_incl: amountSchema,
});

export const orderDetailSchema = z.object({
  id: idSchema,
  id_order: idSchema,
  product_reference: codeSchema,
  product_name: nameSchema,
  product_quantity: quantitySchema,
  product_quantity_refunded: quantitySchema,
  product_price: amountSchema,
  total_price_tax_excl: amountSchema,
  total_price_tax_incl: amountSchema,
});

export const orderCartRuleSchema = z.object({
  id: idSchema,
  id_order: idSchema,
  value: amountSchema,
  value_tax_excl: amountSchema,
  free_shipping: flagSchema,
});

export const orderHistorySchema = z.object({ id: idSchema, id_order: idSchema, id_order_state: idSchema, date_add: stampSchema });

export const customerSchema = z.object({
  id: idSchema,
  email: z.string().trim().min(3).max(254).includes('@'),
  firstname: nameSchema,
  lastname: nameSchema,
  company: nameSchema,
  is_guest: flagSchema,
});

export const orderStateSchema = z.object({ id: idSchema, paid: flagSchema, logable: flagSchema });

export const currencySchema = z.object({ id: idSchema, iso_code: z.string().regex(/^[A-Z]{3}$/), conversion_rate: amountSchema });

export const orderSlipSchema = z.object({
  id: idSchema,
  id_order: idSchema,
  date_add: stampSchema,
  date_upd: stampSchema,
  order_slip_type: idSchema.optional(),
  total_products_tax_incl: amountSchema.optional(),
  total_shipping_tax_incl: amountSchema.optional(),
  associations: z
    .object({ order_slip_details: z.array(z.object({ id_order_detail: idSchema, product_quantity: quantitySchema })).optional() })
    .optional(),
});

export const productSchema = z.object({ id: idSchema, reference: codeSchema, name: translatedSchema, price: amountSchema.nullable() });

export const combinationSchema = z.object({ id: idSchema, id_product: idSchema, reference: codeSchema, price: amountSchema.nullable() });

export type OrderRow = z.output<typeof orderSchema>;
export type OrderDetailRow = z.output<typeof orderDetailSchema>;
export type OrderCartRuleRow = z.output<typeof orderCartRuleSchema>;
export type OrderHistoryRow = z.output<typeof orderHistorySchema>;
export type CustomerRow = z.output<typeof customerSchema>;

/** The top-level fields a schema needs, as the webservice wants them listed. */
export function displayOf(schema: { readonly shape: Readonly<Record<string, unknown>> }): string {
  return `[${Object.keys(schema.shape).join(',')}]`;
}

/** What was expected of a row and not found: paths and kinds, never a value. */
export function faultsOf(error: z.ZodError): string {
  return error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('; ');
}

/** The row's id where at least that could be read. */
export function rowIdOf(row: unknown): string | null {
  const read = z.object({ id: idSchema }).safeParse(row);
  return read.success ? read.data.id : null;
}
