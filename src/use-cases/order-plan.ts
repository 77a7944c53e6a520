import type { ShopOrder, ShopOrderLine, ShopRefund } from '../../integrations/store-platform.js';
import type { ImportExceptionCode } from '../persistence/import-exception.js';
import type { RevocationReason } from '../persistence/purchase.js';
import { type Money, moneyFromDecimal, shareOut } from '../policy/money.js';

/** What a SKU means: see the catalogue (sku-meaning). */
export type SkuMeaning =
  | { readonly kind: 'ADDON'; readonly addonId: string }
  | { readonly kind: 'RENEWAL'; readonly addonId: string; readonly periods: number }
  | { readonly kind: 'PREPAID_TIME'; readonly minutes: number }
  | { readonly kind: 'IGNORED' };

export type SkuCatalogue = ReadonlyMap<string, SkuMeaning>;

/** What an order is worth to us: licences, renewals and minutes, each unit with what was paid for it and whether it was taken back. */
export interface OrderPlan {
  readonly paidAt: Temporal.Instant;
  readonly email: string;
  readonly licences: readonly PlannedLicence[];
  readonly renewals: readonly PlannedRenewal[];
  readonly prepaidTime: readonly PlannedPrepaidTime[];
}

interface PlannedUnit {
  readonly orderLine: string;
  readonly unit: number;
  readonly addonId: string;
  readonly revoked: { readonly at: Temporal.Instant; readonly reason: RevocationReason } | null;
}
export interface PlannedLicence extends PlannedUnit {
  readonly listPrice: Money;
  readonly paid: Money;
}
export interface PlannedRenewal extends PlannedUnit {
  readonly periods: number;
}
export interface PlannedPrepaidTime {
  readonly orderLine: string;
  readonly minutes: bigint;
  readonly refundedMinutes: bigint;
  readonly paid: Money;
}

export interface PlacementProblem {
  readonly code: ImportExceptionCode;
  readonly message: string;
  /** Empty when the order as a whole is meant. */
  readonly orderLine: string;
  readonly original: unknown;
}

export type OrderPlanning =
  | { readonly plan: OrderPlan | null; readonly problems: readonly [] }
  | { readonly plan: null; readonly problems: readonly PlacementProblem[] };

const EMAIL = /^[^\s@]+@[^\s@]+$/;

/**
 * Reads an order and its refunds with the catalogue, without touching anything. An order that was never paid plans nothing.
 * One line that cannot be understood holds the whole order back: never a half order.
 */
export function planOrder(order: ShopOrder, refunds: readonly ShopRefund[], catalogue: SkuCatalogue): OrderPlanning {
  if (order.paidAt === null) return { plan: null, problems: [] };
  const problems: PlacementProblem[] = [];
  const email = order.customer.email.trim().toLowerCase();
  if (!EMAIL.test(email)) {
    problems.push({
      code: 'INVALID_CUSTOMER',
      message: 'The order has no usable e-mail address, so nobody can be named as its customer.',
      orderLine: '',
      original: order,
    });
  }
  const plan = {
    paidAt: Temporal.Instant.from(order.paidAt),
    email,
    licences: [] as PlannedLicence[],
    renewals: [] as PlannedRenewal[],
    prepaidTime: [] as PlannedPrepaidTime[],
  };
  for (const line of order.lines) {
    const meaning = catalogue.get(line.sku);
    if (meaning === undefined) {
      problems.push(
        lineProblem(line, 'UNKNOWN_SKU', `The catalogue does not say what the SKU "${line.sku}" means. Say it, then try again.`),
      );
      continue;
    }
    if (meaning.kind === 'IGNORED') continue;
    const quantities = quantitiesOf(line, order, refunds);
    const amounts = amountsOf(line, order.currencyCode);
    if (quantities === null) {
      problems.push(
        lineProblem(
          line,
          'INVALID_QUANTITY',
          `${line.quantity} of "${line.sku}" (${line.refundedQuantity} refunded) is not a whole number of units.`,
        ),
      );
    } else if (amounts === null) {
      problems.push(
        lineProblem(line, 'INVALID_AMOUNT', `The amounts of "${line.sku}" in ${order.currencyCode} could not be read as money.`),
      );
    } else {
      addLine(plan, line, meaning, quantities, amounts, revocationOf(order, refunds));
    }
  }
  return problems.length > 0 ? { plan: null, problems } : { plan, problems: [] };
}

const lineProblem = (line: ShopOrderLine, code: ImportExceptionCode, message: string): PlacementProblem => ({
  code,
  message,
  orderLine: line.lineId,
  original: line,
});

interface Quantities {
  readonly ordered: number;
  readonly kept: number;
}

/** Units bought and units still held. The order and its refund documents tell the same returns twice: the larger figure counts. */
function quantitiesOf(line: ShopOrderLine, order: ShopOrder, refunds: readonly ShopRefund[]): Quantities | null {
  const ordered = Number(line.quantity);
  const byDocuments = refunds
    .flatMap((refund) => refund.lines.filter((part) => part.lineId === line.lineId))
    .reduce((sum, part) => sum + Number(part.quantity), 0);
  const refunded = order.payment === 'PAID' ? Math.max(Number(line.refundedQuantity), byDocuments) : ordered;
  if (!Number.isInteger(ordered) || ordered < 1 || !Number.isInteger(refunded) || refunded < 0) return null;
  return { ordered, kept: Math.max(0, ordered - refunded) };
}

function amountsOf(line: ShopOrderLine, currencyCode: string): { listPrice: Money; paid: Money } | null {
  const listPrice = moneyFromDecimal(line.unitListPrice, currencyCode);
  const net = moneyFromDecimal(line.paidNet, currencyCode);
  const tax = moneyFromDecimal(line.paidTax, currencyCode);
  if (listPrice === null || net === null || tax === null) return null;
  const paidMinor = net.amountMinor + tax.amountMinor;
  return listPrice.amountMinor < 0n || paidMinor < 0n ? null : { listPrice, paid: { amountMinor: paidMinor, currencyCode } };
}

function revocationOf(order: ShopOrder, refunds: readonly ShopRefund[]): { at: Temporal.Instant; reason: RevocationReason } {
  const refundedAt = refunds
    .map((refund) => Temporal.Instant.from(refund.refundedAt))
    .sort(Temporal.Instant.compare)
    .at(-1);
  if (refundedAt !== undefined) return { at: refundedAt, reason: 'REFUNDED' };
  return { at: Temporal.Instant.from(order.updatedAt), reason: order.payment === 'PAID' ? 'REFUNDED' : 'CANCELLED' };
}

function addLine(
  plan: { licences: PlannedLicence[]; renewals: PlannedRenewal[]; prepaidTime: PlannedPrepaidTime[] },
  line: ShopOrderLine,
  meaning: Exclude<SkuMeaning, { kind: 'IGNORED' }>,
  { ordered, kept }: Quantities,
  amounts: { listPrice: Money; paid: Money },
  revocation: { at: Temporal.Instant; reason: RevocationReason },
): void {
  if (meaning.kind === 'PREPAID_TIME') {
    const minutes = BigInt(meaning.minutes);
    plan.prepaidTime.push({
      orderLine: line.lineId,
      minutes: minutes * BigInt(ordered),
      refundedMinutes: minutes * BigInt(ordered - kept),
      paid: amounts.paid,
    });
    return;
  }
  const shares = shareOut(
    amounts.paid.amountMinor,
    Array.from({ length: ordered }, () => 1n),
  );
  for (let unit = 1; unit <= ordered; unit += 1) {
    // What is given back is taken from the last units: the first licences keep their stores.
    const planned = { orderLine: line.lineId, unit, addonId: meaning.addonId, revoked: unit > kept ? revocation : null };
    if (meaning.kind === 'RENEWAL') plan.renewals.push({ ...planned, periods: meaning.periods });
    else
      plan.licences.push({
        ...planned,
        listPrice: amounts.listPrice,
        paid: { amountMinor: shares[unit - 1] ?? 0n, currencyCode: amounts.paid.currencyCode },
      });
  }
}
