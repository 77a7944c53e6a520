import type { ShopOrderLine } from '../store-platform.js';
import { formatAmount, type Millionths, parseAmount, spread } from './exact-amount.js';
import type { OrderCartRuleRow, OrderDetailRow, OrderRow } from './replies.js';

export interface LinesReading {
  readonly lines: readonly ShopOrderLine[];
  /** Why what was paid per line is an apportionment; `null` where every amount is the shop's own. */
  readonly doubt: string | null;
}

/**
 * The lines of an order in its own currency. The list price is the net unit price before the reductions of specific prices.
 * What was paid is the line's total less its part of the order's vouchers: PrestaShop keeps those per order only, so the net
 * amount is spread in proportion to the lines' net and the tax in proportion to their tax, to the last millionth and never below
 * zero. What a free-shipping voucher took off the shipping is no discount on a line.
 */
export function readLines(
  order: OrderRow,
  details: readonly OrderDetailRow[],
  cartRules: readonly OrderCartRuleRow[] | null,
): LinesReading {
  const nets = details.map((detail) => parseAmount(detail.total_price_tax_excl));
  const taxes = details.map((detail, index) => parseAmount(detail.total_price_tax_incl) - (nets[index] ?? 0n));
  const voucher = voucherOf(order, cartRules);
  const netParts = spread(atMost(voucher.net, sum(nets)), nets);
  const taxParts = spread(atMost(voucher.tax, sum(taxes)), taxes);
  const lines = details.map((detail, index) => ({
    lineId: detail.id,
    sku: detail.product_reference,
    name: detail.product_name,
    quantity: detail.product_quantity,
    refundedQuantity: detail.product_quantity_refunded,
    unitListPrice: formatAmount(parseAmount(detail.product_price)),
    paidNet: formatAmount((nets[index] ?? 0n) - (netParts[index] ?? 0n)),
    paidTax: formatAmount((taxes[index] ?? 0n) - (taxParts[index] ?? 0n)),
  }));
  return { lines, doubt: doubtOf(voucher, lines.length, cartRules !== null, parseAmount(order.total_shipping_tax_excl) > 0n) };
}

interface Voucher {
  readonly net: Millionths;
  readonly tax: Millionths;
}

/** The part of the order's vouchers that reduced products: all of them, less the shipping that a free-shipping one paid. */
function voucherOf(order: OrderRow, cartRules: readonly OrderCartRuleRow[] | null): Voucher {
  const net = parseAmount(order.total_discounts_tax_excl);
  const gross = parseAmount(order.total_discounts_tax_incl);
  const freeing = (cartRules ?? []).filter((rule) => rule.free_shipping);
  const freedNet = atMost(sum(freeing.map((rule) => parseAmount(rule.value_tax_excl))), parseAmount(order.total_shipping_tax_excl));
  const freedGross = atMost(sum(freeing.map((rule) => parseAmount(rule.value))), parseAmount(order.total_shipping_tax_incl));
  return { net: atLeastZero(net - freedNet), tax: atLeastZero(gross - freedGross - (net - freedNet)) };
}

function doubtOf(voucher: Voucher, lineCount: number, rulesKnown: boolean, hasShipping: boolean): string | null {
  if (voucher.net === 0n) return null;
  if (!rulesKnown && hasShipping) return 'Vouchers may have paid for shipping: grant GET on order_cart_rules to tell';
  return lineCount > 1 ? 'PrestaShop keeps vouchers per order: they are spread over the lines in proportion' : null;
}

function sum(amounts: readonly Millionths[]): Millionths {
  return amounts.reduce((running, amount) => running + amount, 0n);
}

function atMost(amount: Millionths, limit: Millionths): Millionths {
  return amount < limit ? amount : limit;
}

function atLeastZero(amount: Millionths): Millionths {
  return amount > 0n ? amount : 0n;
}
