/** A row as PrestaShop keeps it: the sandbox serves what it is given, in the types it is given. */
export type NativeValue = string | number | boolean | null | readonly NativeTranslation[] | NativeAssociations;
export interface NativeTranslation {
  readonly id: number | string;
  readonly value: string | null;
}
export type NativeAssociations = Readonly<Record<string, readonly NativeRow[]>>;
export type NativeRow = { [field: string]: NativeValue | undefined };

export function isTranslated(value: NativeValue | undefined): value is readonly NativeTranslation[] {
  return Array.isArray(value);
}

/** A field as the schema documents describe it; `link` is the resource that its id points to. */
export interface FieldDefinition {
  readonly link?: string;
  readonly attributes?: Readonly<Record<string, string>>;
}

export interface ResourceDefinition {
  /** Name of one row's node; the list's is `listName`. */
  readonly rowName: string;
  readonly listName: string;
  readonly description: string;
  readonly fields: Readonly<Record<string, FieldDefinition>>;
  readonly association?: AssociationDefinition;
}

export interface AssociationDefinition {
  readonly listName: string;
  readonly rowName: string;
  readonly fields: Readonly<Record<string, FieldDefinition>>;
}

/** Every resource that PrestaShop 9.1 names, in its order; those without rows of ours answer as empty lists. */
export const resourceNames: readonly string[] = (
  'addresses attachments carriers cart_rules carts categories combinations configurations contacts content_management_system countries ' +
  'currencies customer_messages customer_threads customers customizations deliveries employees groups guests image_types images languages ' +
  'manufacturers messages order_carriers order_cart_rules order_details order_histories order_invoices order_payments order_returns ' +
  'order_slip order_states orders price_ranges product_customization_fields product_feature_values product_features ' +
  'product_option_values product_options product_suppliers products search shop_groups shop_urls shops specific_price_rules ' +
  'specific_prices states stock_availables stock_movement_reasons stock_movements stocks stores suppliers tags tax_rule_groups tax_rules ' +
  'taxes translated_configurations warehouses weight_ranges zones'
).split(' ');

/** One field per word: "name", "name>linked_resource", then ":format", "!" for required and "=size" as the synopsis shows them. */
function fields(words: string): Record<string, FieldDefinition> {
  return Object.fromEntries(words.trim().split(/\s+/).map(fieldOf));
}

const wordPattern = /^(?<name>\w+)(?:>(?<link>\w+))?(?<required>!)?(?:=(?<maxSize>\d+))?(?::(?<format>\w+))?(?<notFilterable>\?)?$/;

function fieldOf(word: string): [string, FieldDefinition] {
  const { name, link, required, maxSize, format, notFilterable } = wordPattern.exec(word)?.groups ?? {};
  if (name === undefined) throw new RangeError(`Not a field: ${word}`);
  const attributes = {
    ...(notFilterable ? { notFilterable: 'true' } : {}),
    ...(required ? { required: 'true' } : {}),
    ...(maxSize ? { maxSize } : {}),
    ...(format ? { format } : {}),
  };
  return [name, { ...(link ? { link } : {}), attributes }];
}

const orders: ResourceDefinition = {
  rowName: 'order',
  listName: 'orders',
  description: 'The Customers orders',
  fields: fields(`id id_address_delivery>addresses!:isUnsignedId id_address_invoice>addresses!:isUnsignedId id_cart>carts!:isUnsignedId
    id_currency>currencies!:isUnsignedId id_lang>languages!:isUnsignedId id_customer>customers!:isUnsignedId id_carrier>carriers!:isUnsignedId
    current_state>order_states:isUnsignedId module!=255:isModuleName invoice_number invoice_date delivery_number delivery_date valid
    date_add:isDate date_upd:isDate shipping_number? note=4194303 id_shop_group:isUnsignedId id_shop:isUnsignedId secure_key=32:isMd5
    payment!=255:isGenericName recyclable:isBool gift:isBool gift_message=4194303:isCleanHtml mobile_theme:isBool
    total_discounts:isPrice total_discounts_tax_incl:isPrice total_discounts_tax_excl:isPrice
    total_paid!:isPrice total_paid_tax_incl:isPrice total_paid_tax_excl:isPrice total_paid_real!:isPrice
    total_products!:isPrice total_products_wt!:isPrice total_shipping:isPrice total_shipping_tax_incl:isPrice total_shipping_tax_excl:isPrice
    carrier_tax_rate:isFloat total_wrapping:isPrice total_wrapping_tax_incl:isPrice total_wrapping_tax_excl:isPrice
    round_mode:isUnsignedId round_type:isUnsignedId conversion_rate!:isFloat reference=255`),
  association: {
    listName: 'order_rows',
    rowName: 'order_row',
    fields:
      fields(`id product_id>products! product_attribute_id! product_quantity! product_name product_reference product_ean13 product_isbn
      product_upc product_price id_customization>customizations unit_price_tax_incl unit_price_tax_excl`),
  },
};

/** Fields of an order's rows that PrestaShop fills itself. */
export const readOnlyRowFields: ReadonlySet<string> = new Set(
  'product_name product_reference product_ean13 product_isbn product_upc product_price unit_price_tax_incl unit_price_tax_excl'.split(' '),
);

const described: Readonly<Record<string, ResourceDefinition>> = {
  orders,
  order_details: {
    rowName: 'order_detail',
    listName: 'order_details',
    description: 'Details of an order',
    fields: fields(`id id_order>orders product_id>products product_attribute_id>combinations product_quantity_reinjected group_reduction
      discount_quantity_applied download_hash download_deadline id_order_invoice id_warehouse id_shop id_customization product_name
      product_quantity product_quantity_in_stock product_quantity_return product_quantity_refunded product_price reduction_percent
      reduction_amount reduction_amount_tax_incl reduction_amount_tax_excl product_quantity_discount product_ean13 product_isbn product_upc
      product_mpn product_reference product_supplier_reference product_weight tax_computation_method id_tax_rules_group ecotax
      ecotax_tax_rate download_nb unit_price_tax_incl unit_price_tax_excl total_price_tax_incl total_price_tax_excl
      total_shipping_price_tax_excl total_shipping_price_tax_incl purchase_supplier_price original_product_price original_wholesale_price
      total_refunded_tax_excl total_refunded_tax_incl`),
  },
  order_histories: {
    rowName: 'order_history',
    listName: 'order_histories',
    description: 'The Order histories',
    fields: fields('id id_employee>employees id_order_state>order_states id_order>orders date_add'),
  },
  order_states: {
    rowName: 'order_state',
    listName: 'order_states',
    description: 'The Order statuses',
    fields:
      fields(`id unremovable delivery hidden send_email module_name invoice color logable shipped paid pdf_delivery pdf_invoice deleted
      name template`),
  },
  order_payments: {
    rowName: 'order_payment',
    listName: 'order_payments',
    description: 'The Order payments',
    fields: fields(`id order_reference id_currency>currencies amount payment_method conversion_rate transaction_id card_number card_brand
      card_expiration card_holder date_add id_employee>employees`),
  },
  order_cart_rules: {
    rowName: 'order_cart_rule',
    listName: 'order_cart_rules',
    description: 'The Order cart rules',
    fields: fields('id id_order>orders id_cart_rule>cart_rules id_order_invoice name value value_tax_excl free_shipping deleted'),
  },
  order_slip: {
    rowName: 'order_slip',
    listName: 'order_slips',
    description: 'The Order slips',
    fields: fields(`id id_customer>customers id_order>orders conversion_rate total_products_tax_excl total_products_tax_incl
      total_shipping_tax_excl total_shipping_tax_incl amount shipping_cost shipping_cost_amount partial date_add date_upd order_slip_type`),
    association: {
      listName: 'order_slip_details',
      rowName: 'order_slip_detail',
      fields: fields('id id_order_detail product_quantity amount_tax_excl amount_tax_incl'),
    },
  },
  customers: {
    rowName: 'customer',
    listName: 'customers',
    description: "The e-shop's customers",
    fields: fields(`id id_default_group>groups id_lang>languages newsletter_date_add ip_registration_newsletter last_passwd_gen secure_key
      deleted passwd lastname firstname email id_gender birthday newsletter optin website company siret ape outstanding_allow_amount
      show_public_prices id_risk max_payment_days active note is_guest id_shop id_shop_group date_add date_upd reset_password_token
      reset_password_validity`),
  },
  currencies: {
    rowName: 'currency',
    listName: 'currencies',
    description: 'The currencies',
    fields: fields('id names name symbol iso_code numeric_iso_code precision conversion_rate deleted active unofficial modified pattern'),
  },
  products: {
    rowName: 'product',
    listName: 'products',
    description: 'The products',
    fields: fields(`id id_manufacturer id_supplier id_category_default new cache_default_attribute id_default_image id_default_combination
      id_tax_rules_group position_in_category manufacturer_name quantity type id_shop_default reference supplier_reference location width
      height depth weight quantity_discount ean13 isbn upc mpn cache_is_pack cache_has_attachments is_virtual state
      additional_delivery_times delivery_in_stock delivery_out_stock product_type on_sale online_only ecotax minimal_quantity
      low_stock_threshold low_stock_alert price wholesale_price unity unit_price unit_price_ratio additional_shipping_cost customizable
      text_fields uploadable_files active redirect_type id_type_redirected available_for_order available_date show_condition condition
      show_price indexed visibility advanced_stock_management date_add date_upd pack_stock_type meta_description meta_title link_rewrite
      name description description_short available_now available_later`),
  },
  combinations: {
    rowName: 'combination',
    listName: 'combinations',
    description: 'The product combinations',
    fields: fields(`id id_product>products ean13 isbn upc mpn reference supplier_reference wholesale_price price ecotax weight
      unit_price_impact minimal_quantity low_stock_threshold low_stock_alert default_on available_date`),
  },
  configurations: {
    rowName: 'configuration',
    listName: 'configurations',
    description: 'Shop configuration',
    fields: fields('id value name id_shop_group id_shop date_add date_upd'),
  },
  shops: {
    rowName: 'shop',
    listName: 'shops',
    description: 'Shops from multi-shop feature',
    fields: fields('id id_shop_group id_category active deleted name color theme_name'),
  },
};

/** What a resource looks like; `null` for a name that PrestaShop does not have. */
export function resourceDefinition(resource: string): ResourceDefinition | null {
  if (!resourceNames.includes(resource)) return null;
  return described[resource] ?? { rowName: resource.replace(/s$/, ''), listName: resource, description: resource, fields: fields('id') };
}

/** Rows per resource; a resource that is not there has none. They may be changed while the sandbox runs. */
export type PrestaShopData = { [resource: string]: NativeRow[] | undefined };
