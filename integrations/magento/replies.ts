import { z } from 'zod';
import type { UnreadableRow } from '../store-platform.js';
import { parseAmount } from './exact-amount.js';

/**
 * What the connector relies on in Magento's answers, and nothing more. Null fields are left out of an answer,
 * so everything that the database may hold as null is `nullish` here.
 */
const idSchema = z.union([z.int(), z.string().regex(/^\d{1,255}$/)], { error: expected('a whole number') }).transform(String);

/** Text within the bounds of what is kept and indexed; Magento's own columns are shorter. */
const emailSchema = z.string().min(1).max(254);
const codeSchema = z.string().max(255);
const skuSchema = codeSchema.min(1);
const nameSchema = z.string().max(500);

/** Names the type of what was found, never the value, which could be personal. */
function expected(what: string) {
  return ({ input }: { readonly input?: unknown }) => `expected ${what}, found ${input === null ? 'null' : typeof input}`;
}

/** Ten-thousandths. Numbers and numeric strings both occur. */
const amountSchema = z.union([z.number(), z.string()], { error: expected('a decimal number') }).transform((value, context) => {
  const amount = parseAmount(value);
  if (amount !== null) return amount;
  context.addIssue('expected a decimal number, found other text');
  return z.NEVER;
});

/** Within the digits that are kept of one: twelve before the point. */
const rateSchema = amountSchema.refine((rate) => rate >= 0n && rate < 10n ** 16n, { error: 'expected a rate' });

/** "2026-11-22 02:58:49", in UTC whatever the zone of the shop. */
const stampSchema = z.string().refine(isStamp, { error: 'expected a stamp like 2026-11-22 02:58:49' });

/** A moment that exists: a cursor is made of it, and one of a 30th of February would end every reading to come. */
function isStamp(text: string): boolean {
  if (!/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/.test(text)) return false;
  try {
    Temporal.PlainDateTime.from(text);
    return true;
  } catch {
    return false;
  }
}

/** Of a search; past the end, `items` may be null. */
export const searchReplySchema = z.object({
  items: z.array(z.unknown()).nullish(),
  total_count: z.int().nullish(),
});

/** Where a row stands among the changes of its resource. */
export const positionSchema = z.object({ entity_id: idSchema, updated_at: stampSchema });

const orderItemSchema = z.object({
  item_id: idSchema,
  parent_item_id: idSchema.nullish(),
  product_id: idSchema.nullish(),
  product_type: codeSchema.nullish(),
  sku: skuSchema,
  name: nameSchema.nullish(),
  qty_ordered: amountSchema,
  qty_refunded: amountSchema.nullish(),
  price: amountSchema,
  price_incl_tax: amountSchema.nullish(),
  original_price: amountSchema.nullish(),
  discount_amount: amountSchema.nullish(),
  discount_tax_compensation_amount: amountSchema.nullish(),
  tax_amount: amountSchema.nullish(),
  tax_percent: amountSchema.nullish(),
  row_total: amountSchema.nullish(),
});
export type OrderItem = z.output<typeof orderItemSchema>;

export const orderSchema = z.object({
  entity_id: idSchema,
  increment_id: codeSchema,
  state: codeSchema,
  created_at: stampSchema,
  updated_at: stampSchema,
  customer_email: emailSchema,
  customer_firstname: nameSchema.nullish(),
  customer_lastname: nameSchema.nullish(),
  customer_id: idSchema.nullish(),
  order_currency_code: codeSchema,
  base_currency_code: codeSchema.nullish(),
  base_to_order_rate: rateSchema.nullish(),
  grand_total: amountSchema,
  total_paid: amountSchema.nullish(),
  base_total_due: amountSchema.nullish(),
  items: z.array(orderItemSchema),
});
export type Order = z.output<typeof orderSchema>;

export const invoiceSchema = z.object({ entity_id: idSchema, order_id: idSchema, created_at: stampSchema });

export const creditMemoSchema = z.object({
  entity_id: idSchema,
  order_id: idSchema,
  state: z.int(),
  created_at: stampSchema,
  updated_at: stampSchema,
  grand_total: amountSchema.nullish(),
  items: z
    .array(
      z.object({ order_item_id: idSchema, qty: amountSchema, row_total: amountSchema.nullish(), base_row_total: amountSchema.nullish() }),
    )
    .nullish(),
});

export const productSchema = z.object({
  id: idSchema,
  sku: skuSchema,
  name: nameSchema.nullish(),
  type_id: z.string().nullish(),
  price: amountSchema.nullish(),
});

/** `custom_attributes` holds strings and, for many-valued attributes, lists; an empty one is no attribute. */
export const bundleProductSchema = z.object({
  id: idSchema,
  custom_attributes: z.array(z.object({ attribute_code: z.string(), value: z.unknown() })).nullish(),
});

export const moduleListSchema = z.array(z.string());

/** The three forms of an error: a template, a template with parameters by number or name, and that of a fatal error. */
export const errorReplySchema = z.object({
  message: z.string().optional(),
  parameters: z.union([z.array(z.unknown()), z.record(z.string(), z.unknown())]).optional(),
  messages: z.object({ error: z.array(z.object({ message: z.string() })) }).optional(),
});

/** Reads every row by itself: what cannot be understood is set aside with the reason, and its neighbours are read. */
export function readRows<T>(rows: readonly unknown[], schema: z.ZodType<T>, idKey: string): { readable: T[]; unreadable: UnreadableRow[] } {
  const readable: T[] = [];
  const unreadable: UnreadableRow[] = [];
  for (const row of rows) {
    const parsed = schema.safeParse(row);
    if (parsed.success) readable.push(parsed.data);
    else unreadable.push(unreadableRow(row, idKey, parsed.error));
  }
  return { readable, unreadable };
}

function unreadableRow(row: unknown, idKey: string, error: z.ZodError): UnreadableRow {
  const id = z.object({ [idKey]: idSchema }).safeParse(row);
  // The messages of the schema name what was expected, and of what was found only its type.
  const message = error.issues.map((issue) => `${issue.path.join('.') || 'row'}: ${issue.message}`).join('; ');
  return { id: id.success ? (id.data[idKey] ?? null) : null, message, original: row };
}
