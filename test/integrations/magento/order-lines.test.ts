import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { formatAmount, formatDecimal, parseAmount, roundedDivision } from '../../../integrations/magento/exact-amount.js';
import { magentoOrder } from '../../../integrations/magento/order-document.js';
import { type BundlePricing, orderLines, undecidedBundles } from '../../../integrations/magento/order-lines.js';
import { shopOrder } from '../../../integrations/magento/order-reading.js';
import type { MagentoLineSpec, MagentoOrderSpec } from '../../../integrations/magento/order-spec.js';
import { orderSchema } from '../../../integrations/magento/replies.js';
import type { MagentoDocument } from '../../../integrations/magento/table-search.js';

const customer = { email: 'ann@shop.example', firstname: 'Ann', lastname: 'Other' };
const pack = { productId: 8, sku: 'PACK', name: 'Pack' };
const install = { productId: 3, sku: 'INST', name: 'Installation' };
const support = { productId: 1, sku: 'SUP', name: 'Support' };
const b2b = {
  kind: 'configurable',
  productId: 7,
  sku: 'B2B',
  name: 'B2B Quotes',
  variant: { productId: 6, sku: 'B2B-AC', name: 'B2B Quotes, Commerce' },
  option: { option_id: '137', option_value: 5 },
  price: '69',
  quantity: '1',
} as const;

function documentOf(lines: readonly MagentoLineSpec[], more: Partial<MagentoOrderSpec> = {}): MagentoDocument {
  const spec = { id: 1, firstItemId: 1, placedAt: '2026-11-22 02:58:47', paidAt: '2026-11-22 02:59:00', customer, lines, ...more };
  return JSON.parse(JSON.stringify(magentoOrder(spec).order));
}

const itemsOf = (document: MagentoDocument) => orderSchema.parse(document).items;
const plainItem = (changes: MagentoDocument) => {
  const [item] = documentOf([{ kind: 'virtual', ...support, price: '100', quantity: '1' }]).items as MagentoDocument[];
  return itemsOf({ ...documentOf([]), items: [{ ...item, ...changes }] });
};
const read = (items: ReturnType<typeof itemsOf>, pricings: ReadonlyMap<string, BundlePricing> = new Map()) => orderLines(items, pricings);
const brief = (items: ReturnType<typeof itemsOf>, pricings?: ReadonlyMap<string, BundlePricing>) =>
  read(items, pricings).lines.map(({ lineId, sku, paidNet }) => [lineId, sku, paidNet]);

describe('each sale is counted once', () => {
  test('a configurable is its parent with the sku of the variant', () => {
    expect(brief(itemsOf(documentOf([b2b])))).toEqual([['1', 'B2B-AC', '69.00']]);
  });

  test('also where the variant repeats the price, as 2.3 did', () => {
    const document = documentOf([b2b]);
    const [parent, variant] = document.items as MagentoDocument[];
    const items = itemsOf({ ...document, items: [parent, { ...variant, price: 69, original_price: 0 }] });
    expect(brief(items)).toEqual([['1', 'B2B-AC', '69.00']]);
  });

  const parts = [
    { ...install, price: '149', quantity: '1' },
    { ...support, price: '500', quantity: '2' },
  ];
  const dynamic: MagentoLineSpec = { kind: 'bundle', pricing: 'DYNAMIC', ...pack, quantity: '3', parts };
  const fixed: MagentoLineSpec = { kind: 'bundle', pricing: 'FIXED', price: '599', ...pack, quantity: '3', parts };
  const free: MagentoLineSpec = { ...dynamic, parts: parts.map((part) => ({ ...part, price: '0' })) };

  test.each([
    [
      'dynamic',
      dynamic,
      {},
      [
        ['2', 'INST', '447.00'],
        ['3', 'SUP', '3000.00'],
      ],
      'its parts have the money',
    ],
    [
      'dynamic, all of it discounted',
      dynamic,
      { coupon: { code: 'ALL', percent: '100' } },
      [
        ['2', 'INST', '0.00'],
        ['3', 'SUP', '0.00'],
      ],
      'a discount shows it too',
    ],
    ['fixed', fixed, {}, [['1', 'PACK', '1797.00']], 'its parts carry nothing'],
    [
      'fixed, all of it discounted',
      fixed,
      { coupon: { code: 'ALL', percent: '100' } },
      [['1', 'PACK', '0.00']],
      'the price stands on the frame',
    ],
  ])('a bundle, %s', (_name, line, more, lines, _because) => {
    const items = itemsOf(documentOf([line], more));
    expect(undecidedBundles(items)).toEqual([]);
    expect(brief(items)).toEqual(lines);
  });

  test('a free bundle is what the catalogue says, and its parts with a note where it says nothing', () => {
    const items = itemsOf(documentOf([free]));
    expect(undecidedBundles(items)).toEqual(['8']);
    expect(brief(items, new Map([['8', 'FIXED']]))).toEqual([['1', 'PACK', '0.00']]);
    expect(brief(items, new Map([['8', 'DYNAMIC']]))).toEqual([
      ['2', 'INST', '0.00'],
      ['3', 'SUP', '0.00'],
    ]);
    expect(read(items).lines).toHaveLength(2);
    expect(read(items).unknown).toEqual([{ fact: 'lines', because: expect.stringContaining('line 1 was free') }]);
  });

  test('an item whose parent is not in the order stands for itself', () => {
    expect(brief(plainItem({ parent_item_id: 99 }))).toEqual([['1', 'SUP', '100.00']]);
  });
});

describe('what was paid for a row', () => {
  test.each([
    [{ price: 100, qty_ordered: 3, row_total: 270, discount_amount: 30 }, '270.00', 'row_total has the discount taken off'],
    [{ price: 100, qty_ordered: 3, row_total: 300, discount_amount: 30 }, '270.00', 'an old shop leaves it on'],
    [
      { price: 100, qty_ordered: 1, row_total: 0, discount_amount: 120, discount_tax_compensation_amount: 20 },
      '0.00',
      'row_total stops at zero',
    ],
    [
      { price: 100, qty_ordered: 1, row_total: 88, discount_amount: 12, discount_tax_compensation_amount: 2 },
      '90.00',
      'a discount on prices with tax has a tax part',
    ],
    [{ price: 8.33, qty_ordered: 3, row_total: 25, discount_amount: 0 }, '25.00', 'the row is exact where the price of one is rounded'],
    [{ price: 8.3333, qty_ordered: 3, row_total: 22.5, discount_amount: 2.5 }, '22.50', 'also with a discount'],
    [{ price: 10, qty_ordered: 1.5, row_total: 15, discount_amount: 0 }, '15.00', 'a quantity may be fractional'],
    [{ price: 10, qty_ordered: 2, row_total: undefined, discount_amount: undefined }, '20.00', 'nulls are left out'],
    [{ price: '10.0000', qty_ordered: '2.0000', row_total: '20.0000', discount_amount: '0.0000' }, '20.00', 'numbers may come as text'],
  ])('%j is %s: %s', (changes, paidNet, _because) => {
    expect(read(plainItem(changes)).lines[0]?.paidNet).toBe(paidNet);
  });
});

describe('the list price of one', () => {
  const taxed = { tax_percent: 20, price: 100, price_incl_tax: 120 };
  test.each([
    [{ ...taxed, original_price: 100 }, '100.00', 0, 'sold at the price of the catalogue'],
    [{ ...taxed, original_price: 120 }, '100.00', 0, 'the catalogue is kept with tax'],
    [{ ...taxed, original_price: 150 }, '150.00', 1, 'nobody knows whether 150 has tax in it'],
    [{ tax_percent: 0, price: 100, price_incl_tax: 100, original_price: 150 }, '150.00', 0, 'without tax there is nothing to know'],
    [{ ...taxed, original_price: 80 }, '100.00', 1, 'options are priced inside'],
    [{ ...taxed, original_price: undefined }, '100.00', 0, 'a null is left out'],
  ])('%j is %s', (changes, unitListPrice, unknowns, _because) => {
    const { lines, unknown } = read(plainItem(changes));
    expect([lines[0]?.unitListPrice, unknown.length]).toEqual([unitListPrice, unknowns]);
  });

  test.each([
    [{ ...taxed, original_price: 100 }, '144.00', 'a neighbour sold at its net price shows that prices are kept net'],
    [{ ...taxed, original_price: 120 }, '120.00', 'a neighbour sold at its gross price shows that prices are kept gross'],
  ])('%j makes 144 into %s: %s', (neighbour, unitListPrice, _because) => {
    const [first] = plainItem({ ...taxed, original_price: 144 });
    const [second] = plainItem({ ...neighbour, item_id: 2 });
    if (first === undefined || second === undefined) throw new Error('an item is missing');
    const { lines, unknown } = read([first, second]);
    expect([lines[0]?.unitListPrice, unknown]).toEqual([unitListPrice, []]);
  });
});

describe('payment', () => {
  const line: MagentoLineSpec = { kind: 'virtual', ...support, price: '100', quantity: '1' };
  const unpaid = { paidAt: undefined };
  test.each([
    [{}, {}, 'PAID', 'everything was paid'],
    [unpaid, {}, 'UNPAID', 'everything is due'],
    [{ state: 'processing' }, {}, 'PAID', 'paid before it is complete'],
    [{ state: 'payment_review' }, {}, 'UNPAID', 'the payment itself is in doubt'],
    [{ state: 'new' }, {}, 'UNPAID', 'Magento does not hold it for paid'],
    [{ state: 'pending_payment' }, {}, 'UNPAID', 'waits for the gateway'],
    [{ state: 'holded' }, {}, 'PAID', 'on hold, but paid'],
    [{ ...unpaid, state: 'holded' }, {}, 'UNPAID', 'on hold, and not paid'],
    [{ ...unpaid, canceledAt: '2026-11-22 03:00:00' }, {}, 'REVERSED', 'cancelled'],
    [{ state: 'closed' }, {}, 'REVERSED', 'refunded in full'],
    [{}, { base_total_due: 0.0001 }, 'PAID', 'rounded apart in the base currency'],
    [{}, { total_paid: undefined, base_total_due: 0 }, 'PAID', 'nothing was ever due'],
    [{}, { total_paid: undefined, base_total_due: undefined }, 'UNPAID', 'nothing shows that it was paid'],
    [{ state: 'complete', ...unpaid }, {}, 'UNPAID', 'complete by hand, but due'],
  ])('%j %j is %s: %s', (spec, changes, payment, _because) => {
    const document = { ...documentOf([line], spec), ...changes };
    const order = shopOrder(orderSchema.parse(document), { bundlePricings: new Map(), lastPaidInvoices: new Map() });
    expect(order.payment).toBe(payment);
  });

  test.each([
    [{}, new Map([['1', '2026-11-22 03:04:05']]), '2026-11-22T03:04:05Z', 0, 'the invoice tells'],
    [{}, new Map<string, string>(), '2026-11-22T02:58:47Z', 1, 'no invoice: the order stands in'],
    [{}, null, '2026-11-22T02:58:47Z', 1, 'invoices may not be read'],
    [{ paidAt: undefined }, null, null, 0, 'it was not paid'],
    [{ paidAt: undefined, canceledAt: '2026-11-22 03:00:00' }, new Map<string, string>(), null, 0, 'cancelled before it was paid'],
    [{ state: 'closed' }, new Map([['1', '2026-11-22 03:04:05']]), '2026-11-22T03:04:05Z', 0, 'refunded after it was paid'],
  ])('%j was paid at %s', (spec: Partial<MagentoOrderSpec>, lastPaidInvoices, paidAt, unknowns, _because) => {
    const order = shopOrder(orderSchema.parse(documentOf([line], spec)), { bundlePricings: new Map(), lastPaidInvoices });
    expect([order.paidAt, order.unknown.length]).toEqual([paidAt, unknowns]);
  });

  test('an order in another currency states its own amounts, the base currency and the rate', () => {
    const document = documentOf([{ ...line, price: '99.90' }], { currency: { code: 'USD', rate: '1.085' } });
    const order = shopOrder(orderSchema.parse(document), { bundlePricings: new Map(), lastPaidInvoices: new Map() });
    expect([order.currencyCode, order.baseCurrencyCode, order.baseToOrderRate, order.lines[0]?.paidNet]).toEqual([
      'USD',
      'EUR',
      '1.085',
      '108.39',
    ]);
  });
});

describe('an amount', () => {
  test.each([
    [355.32, '355.32', 'a JSON number'],
    [0.1 + 0.2, '0.30', 'a float that PHP added up'],
    ['355.31999999999999', '355.32', 'a float that PHP wrote in full'],
    ['179.000000', '179.00', 'an attribute'],
    [1e-7, '0.00', 'next to nothing'],
    [1.5e21, '1500000000000000000000.00', 'with an exponent'],
    [-62.87, '-62.87', 'a discount of an order'],
    [24.99995, '25.00', 'rounded half away from zero'],
    [-0.00005, '-0.0001', 'on either side'],
    [8.3333, '8.3333', 'four places are kept'],
  ])('%s is %s: %s', (value, text, _because) => {
    const amount = parseAmount(value);
    expect(amount === null ? null : formatAmount(amount)).toBe(text);
  });

  test.each(['', ' 1', '1,5', 'NaN', '0x10', '1e999'])('"%s" is none', (text) => {
    expect(parseAmount(text)).toBeNull();
  });

  test('survives being written and read, and division rounds to the nearest', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(10n ** 15n), max: 10n ** 15n }), fc.bigInt({ min: 1n, max: 10n ** 6n }), (amount, divisor) => {
        expect(parseAmount(formatDecimal(amount))).toBe(amount);
        expect(parseAmount(formatAmount(amount))).toBe(amount);
        const error = 2n * (roundedDivision(amount, divisor) * divisor - amount);
        expect((error < 0n ? -error : error) <= divisor).toBe(true);
      }),
    );
  });
});
