import { Purchase, type PurchaseRow } from '../persistence/purchase.js';
import type { SupportPolicyVersionRow } from '../persistence/support-policy-version.js';
import { SupportTerm, type SupportTermOrigin, type SupportTermRow } from '../persistence/support-term.js';
import { placeRenewals } from '../policy/renewal-placement.js';
import { nextSpan, paymentsInOrder, type TermSpan } from '../policy/support-term.js';
import type { EntityManager } from './entity-manager.js';
import { keyOf, type OrderLineUnit } from './order-line-key.js';

/** A payment for support that no term stands for yet. */
export interface NewRenewal extends OrderLineUnit {
  readonly origin: SupportTermOrigin;
  readonly paidAt: Temporal.Instant;
  readonly periods: number;
  readonly policy: SupportPolicyVersionRow;
  /** The purchase that a person chose; null: the one that ends first. */
  readonly purchaseId: string | null;
}

interface Payment extends OrderLineUnit {
  readonly key: string;
  readonly origin: SupportTermOrigin;
  readonly paidAt: Temporal.Instant;
  readonly periods: number;
  readonly months: number;
  readonly policy: { readonly id: string };
  readonly pinnedTo: string | null;
  readonly row: SupportTermRow | null;
}

export interface TermLayout {
  /** New renewals for which there is nothing to renew; of those nothing was written. */
  readonly unplaced: readonly NewRenewal[];
  /** Terms placed earlier whose purchase, as is known by now, was taken back before they were paid. They stay where they are. */
  readonly homeless: readonly SupportTermRow[];
}

/**
 * Lays out all terms of a customer's purchases of one add-on afresh from what was paid, so that the order in which
 * payments become known does not matter. The caller holds the customer's row locked.
 */
export async function layOutTerms(
  em: EntityManager,
  customerId: string,
  addonId: string,
  renewals: readonly NewRenewal[],
): Promise<TermLayout> {
  const purchases = await em.find(
    Purchase,
    { customer: customerId, addon: addonId },
    { populate: ['supportPolicyVersion'], orderBy: { id: 'asc' } },
  );
  const rows = await em.find(SupportTerm, { purchase: { customer: customerId, addon: addonId } });
  const included = purchases.map((purchase) =>
    includedPayment(purchase, rows.find((row) => row.origin === 'INCLUDED' && row.purchase.id === purchase.id) ?? null),
  );
  const later = [
    ...rows.filter((row) => row.origin !== 'INCLUDED').map((row) => existingPayment(row, purchases)),
    ...renewals.map((renewal) => newPayment(renewal, purchases)),
  ];

  const placements = placeRenewals(
    purchases.map((purchase, index) => ({
      key: keyOf(purchase),
      paidAt: purchase.purchasedAt,
      months: included[index]?.months ?? 1,
      revokedAt: purchase.revokedAt,
      zone: zoneOf(purchase),
    })),
    later.map((payment) => ({ key: payment.key, paidAt: payment.paidAt, months: payment.months, purchaseKey: payment.pinnedTo })),
  );
  const placeOf = new Map(placements.map((placement) => [placement.renewalKey, placement.purchaseKey]));
  const homeOf = (payment: Payment) => placeOf.get(payment.key) ?? (payment.row === null ? null : keyOf(payment.row.purchase.getEntity()));

  for (const [index, purchase] of purchases.entries()) {
    const first = included[index];
    if (first === undefined) continue;
    const key = keyOf(purchase);
    layOutPurchase(
      em,
      purchase,
      first,
      later.filter((payment) => homeOf(payment) === key),
    );
  }
  return {
    unplaced: renewals.filter((renewal) => placeOf.get(keyOf(renewal)) == null),
    homeless: later.flatMap(({ key, row }) => (row !== null && placeOf.get(key) == null ? [row] : [])),
  };
}

/** The term that came with the purchase is always the first, also before a renewal of the same order, which was paid at the same instant. */
function layOutPurchase(em: EntityManager, purchase: PurchaseRow, included: Payment, later: readonly Payment[]): void {
  let span: TermSpan | null = null;
  for (const payment of [included, ...paymentsInOrder(later)]) {
    span = nextSpan(span, payment, zoneOf(purchase));
    writeTerm(em, purchase, payment, span);
  }
}

const zoneOf = (purchase: PurchaseRow): string => purchase.supportPolicyVersion.getEntity().document.zone;

function includedPayment(purchase: PurchaseRow, row: SupportTermRow | null): Payment {
  const policy = purchase.supportPolicyVersion.getEntity();
  return {
    ...unitOf(purchase),
    key: keyOf(purchase),
    origin: 'INCLUDED',
    paidAt: purchase.purchasedAt,
    periods: row?.periods ?? 1,
    months: row?.months ?? policy.document.term.months,
    policy,
    pinnedTo: null,
    row,
  };
}

function existingPayment(row: SupportTermRow, purchases: readonly PurchaseRow[]): Payment {
  const purchase = row.pinned ? purchases.find((candidate) => candidate.id === row.purchase.id) : undefined;
  return {
    ...unitOf(row),
    key: keyOf(row),
    origin: row.origin,
    paidAt: row.paidAt,
    periods: row.periods,
    months: row.months,
    policy: row.supportPolicyVersion,
    pinnedTo: purchase === undefined ? null : keyOf(purchase),
    row,
  };
}

function newPayment(renewal: NewRenewal, purchases: readonly PurchaseRow[]): Payment {
  const purchase = purchases.find((candidate) => candidate.id === renewal.purchaseId);
  return {
    ...unitOf(renewal),
    key: keyOf(renewal),
    origin: renewal.origin,
    paidAt: renewal.paidAt,
    periods: renewal.periods,
    months: renewal.periods * renewal.policy.document.term.months,
    policy: renewal.policy,
    pinnedTo: purchase === undefined ? null : keyOf(purchase),
    row: null,
  };
}

const unitOf = ({ shop, orderId, orderNumber, orderLine, unit }: OrderLineUnit): OrderLineUnit => ({
  shop,
  orderId,
  orderNumber,
  orderLine,
  unit,
});

function writeTerm(em: EntityManager, purchase: PurchaseRow, payment: Payment, span: TermSpan): void {
  const place = {
    ordinal: span.ordinal,
    anchoredOn: span.anchoredOn,
    monthsFromAnchor: span.monthsFromAnchor,
    startsOn: span.startsOn,
    endsOn: span.endsOn,
    startsAt: span.startsAt,
    expiresAt: span.expiresAt,
  };
  if (payment.row !== null) {
    em.assign(payment.row, { ...place, purchase });
    return;
  }
  em.persist(
    em.create(SupportTerm, {
      ...unitOf(payment),
      ...place,
      purchase,
      origin: payment.origin,
      paidAt: payment.paidAt,
      periods: payment.periods,
      months: payment.months,
      supportPolicyVersion: payment.policy.id,
      pinned: payment.pinnedTo !== null,
    }),
  );
}
