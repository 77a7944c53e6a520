import type { AddonRow } from '../persistence/addon.js';
import type { PlainRow } from '../persistence/plain-row.js';
import type { PurchaseRow } from '../persistence/purchase.js';
import { RecordedDecision } from '../persistence/recorded-decision.js';
import { SupportTerm, type SupportTermOrigin, type SupportTermRow } from '../persistence/support-term.js';
import type { Money } from '../policy/money.js';
import { type RenewalQuote, renewalQuote } from '../policy/renewal.js';
import type { PinnedPolicy } from '../policy/support-policy.js';
import type { SupportFacts } from '../policy/support-term.js';
import { type Actor, namedInEvidence } from './actor.js';
import type { EntityManager } from './entity-manager.js';
import { once } from './idempotency.js';
import type { AddJob } from './job.js';
import { keyOf } from './order-line-key.js';
import { Refusal, userError } from './outcome.js';
import { lockedPurchase } from './purchase.js';
import { pinnedPolicy, policyInForce } from './support-policy.js';
import { layOutTerms } from './term-layout.js';
import { announceRenewedTime } from './time-renewal.js';

/** Spans of a purchase as the policy core reads them. */
export function supportFacts(
  purchase: { readonly revokedAt: Temporal.Instant | null },
  terms: readonly PlainRow<SupportTermRow>[],
): SupportFacts {
  const spans = terms.toSorted((one, other) => one.ordinal - other.ordinal).map((term) => ({ ...term, key: keyOf(term) }));
  return { spans, revokedAt: purchase.revokedAt };
}

/** A purchase with what decides about renewing it. */
export interface RenewedPurchase {
  readonly purchase: Pick<PurchaseRow, 'revokedAt' | 'listPriceMinor' | 'currencyCode'>;
  /** What was bought, at its price of today. */
  readonly addon: Pick<AddonRow, 'listPriceMinor' | 'currencyCode'>;
  readonly terms: readonly PlainRow<SupportTermRow>[];
}

/**
 * what renewing a purchase would cost and until when it would last. A renewal is sold under the version in force when it is
 * paid (B-30): `inForce`, from `PolicyLibrary.inForce`; left out, the purchase's own, `pinned`, in whose zone days are counted.
 */
export function quoteRenewal(
  { purchase, addon, terms }: RenewedPurchase,
  periods: number,
  at: Temporal.Instant,
  pinned: PinnedPolicy,
  inForce: PinnedPolicy = pinned,
): RenewalQuote {
  const facts = {
    ...supportFacts(purchase, terms),
    listPriceAtPurchase: { amountMinor: purchase.listPriceMinor, currencyCode: purchase.currencyCode },
    listPriceToday: { amountMinor: addon.listPriceMinor, currencyCode: addon.currencyCode },
    zone: pinned.document.zone,
  };
  return renewalQuote(facts, inForce, at, periods);
}

/** The most periods that one unit of an order line may stand for, whatever a policy sells. */
export const MAX_PERIODS = 100;
/** The most that may be given at once where a policy sells no renewals, and so names no bound. */
const MAX_PERIODS_GIVEN = 12;

export interface SupportTermRenewInput {
  readonly idempotencyKey: string;
  readonly purchaseId: string;
  readonly periods: number;
  /** GOODWILL is given; RENEWAL was paid. */
  readonly origin: Exclude<SupportTermOrigin, 'INCLUDED'>;
  /** What was paid, for a RENEWAL: it must be the price quoted. */
  readonly paid: Money | null;
  readonly orderNumber: string;
}

/** Renews a purchase's support now, on the purchase named. The quote that it rests on is kept as evidence. */
export function renewSupport(
  em: EntityManager,
  actor: Actor,
  input: SupportTermRenewInput,
  now: Temporal.Instant,
  addJob?: AddJob,
): Promise<{ purchaseId: string; termId: string }> {
  return once(em, { actor, operation: 'supportTermRenew', key: input.idempotencyKey, input, now }, async () => {
    const purchase = await lockedPurchase(em, input.purchaseId);
    const terms = await em.find(SupportTerm, { purchase });
    const pinned = purchase.supportPolicyVersion.getEntity();
    const addon = purchase.addon.getEntity();
    const policy = (await policyInForce(em, addon.supportPolicyName, now)) ?? pinned;
    const quote = quoteRenewal({ purchase, addon, terms }, input.periods, now, pinnedPolicy(pinned), pinnedPolicy(policy));
    if (input.origin === 'RENEWAL') assertSold(quote, input.paid);
    if (purchase.revokedAt !== null)
      throw new Refusal([userError('NOT_AVAILABLE', 'This purchase was revoked: there is nothing to renew.', 'purchaseId')]);
    const { renewal } = policy.document;
    const most = renewal.enabled ? renewal.maxPeriods : MAX_PERIODS_GIVEN;
    if (!Number.isInteger(input.periods) || input.periods < 1 || input.periods > most)
      throw new Refusal([userError('INVALID', `periods count from 1 to ${most}.`, 'periods')]);
    // The key of an order line made here: unique per actor, whichever token it comes with, and request, so that it never meets a shop's.
    const line = { shop: actor.name, orderId: input.idempotencyKey, orderNumber: input.orderNumber, orderLine: purchase.id, unit: 1 };
    await layOutTerms(em, purchase.customer.id, purchase.addon.id, [
      { ...line, origin: input.origin, paidAt: now, periods: input.periods, policy, purchaseId: purchase.id },
    ]);
    await em.flush();
    const term = await em.findOneOrFail(SupportTerm, { shop: line.shop, orderId: line.orderId, orderLine: line.orderLine, unit: 1 });
    em.persist(
      em.create(RecordedDecision, {
        purchase,
        supportPolicyVersion: policy,
        kind: 'RENEWAL',
        actor: namedInEvidence(actor),
        facts: { periods: input.periods, origin: input.origin, orderNumber: input.orderNumber },
        decision: {
          price: quote.price === null ? null : { amountMinor: quote.price.amountMinor.toString(), currencyCode: quote.price.currencyCode },
          endsOn: term.endsOn.toString(),
          reasons: quote.reasons,
        },
        decidedAt: now,
      }),
    );
    await announceRenewedTime(em, [{ customerId: purchase.customer.id, key: `renewal:${term.id}` }], addJob);
    return { purchaseId: purchase.id, termId: term.id };
  });
}

function assertSold(quote: RenewalQuote, paid: Money | null): void {
  if (!quote.available || quote.price === null) {
    throw new Refusal([userError('NOT_AVAILABLE', quote.reasons[0]?.message ?? 'This purchase cannot be renewed.', 'purchaseId')]);
  }
  if (paid === null) throw new Refusal([userError('REQUIRED', 'A paid renewal states what was paid.', 'paid')]);
  if (paid.currencyCode !== quote.price.currencyCode || paid.amountMinor !== quote.price.amountMinor) {
    throw new Refusal([
      userError('CONFLICT', 'What was paid is not the price of this renewal. Ask for renewalQuote again and charge its price.', 'paid'),
    ]);
  }
}
