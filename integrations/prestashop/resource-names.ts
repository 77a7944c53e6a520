/** The webservice's own resources, of 1.7 to 9. An add-on may bring others, under names of its own. */
const OWN: ReadonlySet<string> = new Set(
  [
    'addresses attachments carriers cart_rules carts categories combinations configurations contacts content_management_system countries currencies',
    'customer_messages customer_threads customers customizations deliveries employees groups guests image_types images languages manufacturers messages',
    'order_carriers order_cart_rules order_details order_histories order_invoices order_payments order_slip order_states orders price_ranges',
    'product_customization_fields product_feature_values product_features product_option_values product_options product_suppliers products search',
    'shop_groups shop_urls shops specific_price_rules specific_prices states stock_availables stock_movement_reasons stock_movements stocks stores',
    'suppliers supply_order_details supply_order_histories supply_order_receipt_histories supply_order_states supply_orders tags tax_rule_groups tax_rules',
    'taxes translated_configurations warehouse_product_locations warehouses weight_ranges zones',
  ].flatMap((line) => line.split(' ')),
);
const MOST_NAMES = 12;

/** Whether PrestaShop itself has a resource of this name: such a name is no text of the shop. */
export const isOwnResource = (name: string): boolean => OWN.has(name);

/** "carts, guests and 3 more": at most twelve by name, and of PrestaShop's own only. */
export function namedResources(names: readonly string[]): string {
  const shown = names.filter(isOwnResource).slice(0, MOST_NAMES);
  const left = names.length - shown.length;
  if (shown.length === 0) return left === 1 ? 'a resource of an add-on' : `${left} resources of add-ons`;
  return left === 0 ? shown.join(', ') : `${shown.join(', ')} and ${left} more`;
}
