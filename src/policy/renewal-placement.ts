import { isRevoked, nextSpan, paymentsInOrder, type TermPayment, type TermSpan } from './support-term.js';

/** A purchase of one add-on by one customer, with the term that came with it. */
export interface PlacedPurchase extends TermPayment {
  readonly revokedAt: Temporal.Instant | null;
  /** Zone of the policy that the purchase is pinned to. */
  readonly zone: string;
}

export interface RenewalPayment extends TermPayment {
  /** Purchase chosen by hand; null lets the rule choose. */
  readonly purchaseKey: string | null;
}

export interface RenewalPlacement {
  readonly renewalKey: string;
  /** Null: no purchase could take the renewal. */
  readonly purchaseKey: string | null;
}

interface Cover {
  readonly purchase: PlacedPurchase;
  span: TermSpan;
}

/**
 * for a customer with several purchases of one add-on: which purchase each renewal prolongs, in the order (paidAt, key). A renewal goes
 * to the purchase whose cover ends first by what was paid up to then, among those paid for by that instant and not revoked; equal ends go to the
 * older purchase. A choice by hand holds, also for a revoked purchase, unless that purchase is unknown or was not paid for yet.
 * Keys must be unique among the purchases and among the renewals; one that occurs again counts once, by its earliest payment.
 * The order of the inputs does not matter. Throws as `nextSpan` does.
 */
export function placeRenewals(purchases: readonly PlacedPurchase[], renewals: readonly RenewalPayment[]): RenewalPlacement[] {
  const covers: Cover[] = paymentsInOrder(purchases).map((purchase) => ({ purchase, span: nextSpan(null, purchase, purchase.zone) }));
  return paymentsInOrder(renewals).map((renewal) => {
    const open = covers.filter(({ purchase }) => Temporal.Instant.compare(purchase.paidAt, renewal.paidAt) <= 0);
    const cover =
      renewal.purchaseKey === null
        ? endingFirst(open.filter(({ purchase }) => !isRevoked(purchase, renewal.paidAt)))
        : open.find(({ purchase }) => purchase.key === renewal.purchaseKey);
    if (cover) cover.span = nextSpan(cover.span, renewal, cover.purchase.zone);
    return { renewalKey: renewal.key, purchaseKey: cover?.purchase.key ?? null };
  });
}

/** The covers come in the order of their purchases, so the first of several equal ends is that of the older purchase. */
function endingFirst(covers: readonly Cover[]): Cover | undefined {
  return covers.reduce<Cover | undefined>(
    (first, cover) => (first && Temporal.Instant.compare(first.span.expiresAt, cover.span.expiresAt) <= 0 ? first : cover),
    undefined,
  );
}
