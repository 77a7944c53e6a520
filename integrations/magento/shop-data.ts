import type { MagentoDocument, SearchTable } from './table-search.js';

/** A shop as the sandbox holds it: documents in the very form that the REST API gives them. The lists may grow and change while it serves. */
export interface MagentoShopData {
  readonly orders: MagentoDocument[];
  readonly invoices: MagentoDocument[];
  readonly creditMemos: MagentoDocument[];
  readonly products: MagentoDocument[];
  readonly modules: string[];
  readonly storeConfigs: MagentoDocument[];
  readonly storeViews: MagentoDocument[];
  readonly currency: MagentoDocument;
  /** What /magento_version prints: "Magento/2.4 (Community)"; empty on an installation from git; `null` when the module is disabled. */
  versionPage: string | null;
}

/** Columns of the sales tables that a document leaves out while they are null. */
const NULLABLE_SALES_COLUMNS: readonly string[] = [
  'applied_rule_ids',
  'base_total_canceled',
  'base_total_paid',
  'base_total_refunded',
  'coupon_code',
  'created_at',
  'customer_id',
  'discount_description',
  'hold_before_state',
  'increment_id',
  'invoice_id',
  'order_id',
  'state',
  'status',
  'store_id',
  'total_paid',
  'total_refunded',
  'updated_at',
];
const NULLABLE_PRODUCT_COLUMNS: readonly string[] = [
  'created_at',
  'name',
  'price',
  'sku',
  'special_price',
  'status',
  'type_id',
  'updated_at',
];

export function salesTable(rows: readonly MagentoDocument[]): SearchTable {
  return { rows, key: 'entity_id', column: (row, field) => row[field], nullable: NULLABLE_SALES_COLUMNS };
}

/** A product is searched by its own fields and by its attributes; its entity_id is called id in the document. */
export function productTable(rows: readonly MagentoDocument[]): SearchTable {
  return { rows, key: 'id', column: productColumn, nullable: NULLABLE_PRODUCT_COLUMNS };
}

function productColumn(row: MagentoDocument, field: string): unknown {
  if (field === 'entity_id') return row.id;
  if (Object.hasOwn(row, field)) return row[field];
  const attributes = Array.isArray(row.custom_attributes) ? row.custom_attributes : [];
  return attributes.find((attribute: MagentoDocument) => attribute.attribute_code === field)?.value;
}
