import type { ShopOrder, ShopOrderLine, ShopRefund } from '../../integrations/store-platform.js';
import type { ImportExceptionCode } from '../persistence/import-exception.js';
import type { RevocationReason } from '../persistence/purchase.js';
import { isCurrencyOfMoney, type Money, moneyFromDecimal, shareOut } from '../policy/money.js';
import { emailKey, isEmail } from './customer.js';
import type { KeptOrder } from './order-news.js';

/** What a SKU means: see the catalogue (sku-meaning). */
export type SkuMeaning =
  | { readonly kind: 'ADDON'; readonly addonId: string }
  | { readonly kind: 'RENEWAL'; readonly addonId: string; readonly periods: number }
  | { readonly kind: 'PREPAID_TIME'; readonly minutes: number; readonly supportPolicyName: string }
  | { readonly kind: 'IGNORED' };

export type SkuCatalogue = ReadonlyMap<string, SkuMeaning>;

export interface Revocation {
  readonly at: Temporal.Instant;
  readonly reason: RevocationReason;
  /** LAST_CHANGE: nothing gives the day, and the order's last change stands in for it: it happened then or before. */
  readonly dayBy: 'REFUND_DOCUMENT' | 'LAST_CHANGE';
}

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
  readonly revoked: Revocation | null;
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
  /** What was paid without tax: what the minutes are worth. */
  readonly paidNet: Money;
  /** The conditions under which they are sold. */
  readonly supportPolicyName: string;
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

/** More in one order than anybody buys: a figure in the wrong column, not an order. An order is placed in one transaction, which must end soon. */
const MAX_UNITS = 1_000;
const MAX_STORED_AMOUNT = 2n ** 63n - 1n;

/**
 * Reads an order and its refunds with the catalogue, without touching anything. An order that was never paid plans nothing.
 * One line that cannot be understood holds the whole order back: never a half order.
 */
export function planOrder(order: KeptOrder, refunds: readonly ShopRefund[], catalogue: SkuCatalogue): OrderPlanning {
  if (order.paidAt === null) return { plan: null, problems: [] };
  const problems: PlacementProblem[] = [];
  if (!isEmail(order.customer.email)) {
    problems.push({
      code: 'INVALID_CUSTOMER',
      message: 'The order has no usable e-mail address, so nobody can be named as its customer.',
      orderLine: '',
      original: order,
    });
  }
  if (order.firstCurrencyCode !== undefined) problems.push(changedCurrency(order, order.firstCurrencyCode));
  const plan = {
    paidAt: Temporal.Instant.from(order.paidAt),
    email: emailKey(order.customer.email),
    licences: [] as PlannedLicence[],
    renewals: [] as PlannedRenewal[],
    prepaidTime: [] as PlannedPrepaidTime[],
  };
  let units = 0;
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
          `${line.quantity} of "${line.sku}" (${line.refundedQuantity} refunded) is not a whole number of units from 1 to ${MAX_UNITS}.`,
        ),
      );
    } else if (amounts === null) {
      problems.push(
        lineProblem(line, 'INVALID_AMOUNT', `The amounts of "${line.sku}" in ${order.currencyCode} could not be read as money.`),
      );
    } else {
      units += meaning.kind === 'PREPAID_TIME' ? 1 : quantities.ordered;
      if (units > MAX_UNITS) continue;
      addLine(plan, line, meaning, quantities, amounts, (unit) => revocationOf(order, refunds, line.lineId, unit));
    }
  }
  if (units > MAX_UNITS) {
    const message = `The order sells ${units} licences, renewals and packs of time; one order holds at most ${MAX_UNITS}. Split it in the shop, or record its sales one by one.`;
    problems.push({ code: 'INVALID_QUANTITY', message, orderLine: '', original: order });
  }
  return problems.length > 0 ? { plan: null, problems } : { plan, problems: [] };
}

/** What an order is paid in does not change: one that is told in another currency has been tampered with or moved, and a person looks at it. */
export const changedCurrency = (order: ShopOrder, recordedIn: string): PlacementProblem => ({
  code: 'INVALID_AMOUNT',
  message: `The order was recorded in ${recordedIn} and is told in ${order.currencyCode} now. Set it right in the shop, or leave it out.`,
  orderLine: '',
  original: order,
});

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

/** Units bought and units still held; null where they are no whole numbers or too many. */
function quantitiesOf(line: ShopOrderLine, order: ShopOrder, refunds: readonly ShopRefund[]): Quantities | null {
  const ordered = Number(line.quantity);
  const returns = [Number(line.refundedQuantity), ...refunds.map((refund) => returnedBy(refund, line.lineId))];
  if (!Number.isInteger(ordered) || ordered < 1 || ordered > MAX_UNITS) return null;
  if (returns.some((quantity) => !Number.isInteger(quantity) || quantity < 0)) return null;
  const refunded = order.payment === 'PAID' ? refundedOf(line, refunds) : ordered;
  return { ordered, kept: Math.max(0, ordered - refunded) };
}

/** The order and its refund documents tell the same returns twice: the larger figure counts. */
function refundedOf(line: ShopOrderLine, refunds: readonly ShopRefund[]): number {
  const byDocuments = refunds.reduce((sum, refund) => sum + returnedBy(refund, line.lineId), 0);
  return Math.max(Number(line.refundedQuantity), byDocuments);
}

const returnedBy = (refund: ShopRefund, lineId: string): number =>
  refund.lines.filter((part) => part.lineId === lineId).reduce((sum, part) => sum + Number(part.quantity), 0);

interface Amounts {
  readonly listPrice: Money;
  readonly paid: Money;
  readonly paidNet: Money;
}

function amountsOf(line: ShopOrderLine, currencyCode: string): Amounts | null {
  if (!isCurrencyOfMoney(currencyCode)) return null;
  const listPrice = moneyFromDecimal(line.unitListPrice, currencyCode);
  const paidNet = moneyFromDecimal(line.paidNet, currencyCode);
  const tax = moneyFromDecimal(line.paidTax, currencyCode);
  if (listPrice === null || paidNet === null || tax === null) return null;
  const paid = { amountMinor: paidNet.amountMinor + tax.amountMinor, currencyCode };
  const amounts = { listPrice, paid, paidNet };
  return Object.values(amounts).every(({ amountMinor }) => amountMinor >= 0n && amountMinor <= MAX_STORED_AMOUNT) ? amounts : null;
}

/**
 * Since when and why the customer no longer holds a unit, by what the shop now says of the order and whatever its SKU means; null while it is held.
 * Units go back from the last to the first, each on the day of the refund that reached it. A unit or a line that is no longer in the order
 * counts as cancelled. Where no document gives a day, it is the order's last change, which a later change of the order pushes on: see `sinceFirstTold`.
 */
export function revocationOf(order: ShopOrder, refunds: readonly ShopRefund[], orderLine: string, unit: number): Revocation | null {
  const sinceChange = (reason: RevocationReason) => ({ at: Temporal.Instant.from(order.updatedAt), reason, dayBy: 'LAST_CHANGE' }) as const;
  if (order.payment === 'UNPAID') return sinceChange('PAYMENT_WITHDRAWN');
  const line = order.lines.find((candidate) => candidate.lineId === orderLine);
  const ordered = Number(line?.quantity ?? 0);
  if (line === undefined || unit > ordered) return sinceChange('CANCELLED');

  const documents = [...refunds]
    .map((refund) => ({ refund, at: Temporal.Instant.from(refund.refundedAt) }))
    .sort((one, other) => Temporal.Instant.compare(one.at, other.at));
  let held = ordered;
  for (const { refund, at } of documents) {
    held -= returnedBy(refund, orderLine);
    if (unit > held) return { at, reason: 'REFUNDED', dayBy: 'REFUND_DOCUMENT' };
  }
  if (order.payment === 'REVERSED') {
    const last = documents.at(-1);
    return last === undefined ? sinceChange('CANCELLED') : { at: last.at, reason: 'REFUNDED', dayBy: 'REFUND_DOCUMENT' };
  }
  return unit > ordered - refundedOf(line, refunds) ? sinceChange('REFUNDED') : null;
}

/**
 * What the shop now says of a unit, on the day on which it was first told: a comment on a cancelled order does not cancel it later. The day noted
 * stays while the reason does and nothing gives a better one. A refund's own day always counts, and a unit that was given back in between begins anew.
 * Of the states that came between two readings the shop tells nothing, so the day is that of the first cancelled state that was read.
 */
export function sinceFirstTold(
  noted: { readonly revokedAt: Temporal.Instant | null; readonly revocation: RevocationReason | null },
  told: Revocation | null,
): Revocation | null {
  if (told === null || told.dayBy !== 'LAST_CHANGE' || noted.revokedAt === null || noted.revocation !== told.reason) return told;
  return Temporal.Instant.compare(noted.revokedAt, told.at) < 0 ? { ...told, at: noted.revokedAt } : told;
}

function addLine(
  plan: { licences: PlannedLicence[]; renewals: PlannedRenewal[]; prepaidTime: PlannedPrepaidTime[] },
  line: ShopOrderLine,
  meaning: Exclude<SkuMeaning, { kind: 'IGNORED' }>,
  { ordered, kept }: Quantities,
  amounts: Amounts,
  revokedOf: (unit: number) => Revocation | null,
): void {
  if (meaning.kind === 'PREPAID_TIME') {
    const minutes = BigInt(meaning.minutes);
    plan.prepaidTime.push({
      orderLine: line.lineId,
      minutes: minutes * BigInt(ordered),
      refundedMinutes: minutes * BigInt(ordered - kept),
      paid: amounts.paid,
      paidNet: amounts.paidNet,
      supportPolicyName: meaning.supportPolicyName,
    });
    return;
  }
  const shares = shareOut(
    amounts.paid.amountMinor,
    Array.from({ length: ordered }, () => 1n),
  );
  for (let unit = 1; unit <= ordered; unit += 1) {
    const planned = { orderLine: line.lineId, unit, addonId: meaning.addonId, revoked: revokedOf(unit) };
    if (meaning.kind === 'RENEWAL') plan.renewals.push({ ...planned, periods: meaning.periods });
    else
      plan.licences.push({
        ...planned,
        listPrice: amounts.listPrice,
        paid: { amountMinor: shares[unit - 1] ?? 0n, currencyCode: amounts.paid.currencyCode },
      });
  }
}
