import type { ShopOrder, ShopRefund } from '../../integrations/store-platform.js';
import { Addon } from '../persistence/addon.js';
import { ImportedRefund } from '../persistence/imported-refund.js';
import { PrepaidTimeOrder } from '../persistence/prepaid-time-order.js';
import { Purchase, type PurchaseRow } from '../persistence/purchase.js';
import { SkuMeaning as SkuMeaningEntity } from '../persistence/sku-meaning.js';
import type { StoreRow } from '../persistence/store.js';
import { SupportTerm } from '../persistence/support-term.js';
import { lockCustomer } from './customer.js';
import type { EntityManager } from './entity-manager.js';
import { type OrderPlan, type PlacementProblem, type PlannedLicence, planOrder, type SkuCatalogue, type SkuMeaning } from './order-plan.js';
import { advertisedOn, createPurchase } from './purchase.js';
import { policyInForce } from './support-policy.js';
import { layOutTerms, type NewRenewal } from './term-layout.js';

/** Why an order could not be placed. Thrown inside its transaction, so that nothing of the order remains. */
export class Unplaceable extends Error {
  override readonly name = 'Unplaceable';
  constructor(readonly problems: readonly PlacementProblem[]) {
    super(problems.map((problem) => problem.code).join(', '));
  }
}

/** Revocations that an import made and may take back; the others are people's decisions. */
const BY_IMPORT = new Set<string | null>(['REFUNDED', 'CANCELLED', 'PAYMENT_WITHDRAWN']);

/**
 * Brings purchases, terms and prepaid time into line with what the shop now says of an order, inside the caller's transaction.
 * Running it again, or with the orders of a customer in another sequence, ends in the same rows. Throws `Unplaceable`.
 */
export async function placeOrder(
  em: EntityManager,
  shop: StoreRow,
  order: ShopOrder,
  catalogue: SkuCatalogue,
  now: Temporal.Instant,
): Promise<void> {
  const shopCode = shop.code ?? shop.id;
  const refunds = (await em.find(ImportedRefund, { shop: shop.id, orderId: order.orderId })).map((row) => row.content as ShopRefund);
  const { plan, problems } = planOrder(order, refunds, catalogue);
  if (problems.length > 0) throw new Unplaceable(problems);
  if (plan === null) return;

  const customerId = await lockCustomer(em, plan.email, order.customer.name, now);
  const context = { em, shop, shopCode, order, plan, customerId, now };
  await placeLicences(context);
  const renewals = await placeRenewals(context);
  await placePrepaidTime(context);

  const addonIds = new Set([...plan.licences, ...plan.renewals].map((unit) => unit.addonId));
  for (const addonId of [...addonIds].sort()) {
    const unplaced = await layOutTerms(em, customerId, addonId, renewals.get(addonId) ?? []);
    if (unplaced.length > 0) throw new Unplaceable(unplaced.map((renewal) => nothingToRenew(order, renewal)));
  }
}

/** What every SKU means, for one page of orders. */
export async function readCatalogue(em: EntityManager): Promise<SkuCatalogue> {
  const rows = await em.find(SkuMeaningEntity, {});
  return new Map(
    rows.map((row): [string, SkuMeaning] => {
      if (row.kind === 'PREPAID_TIME') return [row.sku, { kind: row.kind, minutes: row.minutes ?? 0 }];
      if (row.kind === 'IGNORED' || row.addon === null) return [row.sku, { kind: 'IGNORED' }];
      return [
        row.sku,
        row.kind === 'RENEWAL'
          ? { kind: row.kind, addonId: row.addon.id, periods: row.periods ?? 1 }
          : { kind: row.kind, addonId: row.addon.id },
      ];
    }),
  );
}

interface Context {
  readonly em: EntityManager;
  readonly shop: StoreRow;
  readonly shopCode: string;
  readonly order: ShopOrder;
  readonly plan: OrderPlan;
  readonly customerId: string;
  readonly now: Temporal.Instant;
}

async function placeLicences({ em, shop, shopCode, order, plan, customerId, now }: Context): Promise<void> {
  const known = await em.find(Purchase, { shop: shopCode, orderId: order.orderId });
  for (const licence of plan.licences) {
    const purchase = known.find((row) => row.orderLine === licence.orderLine && row.unit === licence.unit);
    if (purchase !== undefined) {
      followRevocation(purchase, licence);
      continue;
    }
    const addon = await em.findOneOrFail(Addon, { id: licence.addonId });
    const policy = await policyInForce(em, addon.supportPolicyName, plan.paidAt);
    if (policy === null) {
      const message = `No version of the support policy "${addon.supportPolicyName}" was in force on the day of this purchase. Publish one that begins earlier.`;
      throw new Unplaceable([{ code: 'NO_POLICY_IN_FORCE', message, orderLine: licence.orderLine, original: order }]);
    }
    createPurchase(em, {
      customerId,
      addon,
      storeId: null,
      platform: shop.platform,
      line: { shop: shopCode, orderId: order.orderId, orderNumber: order.orderNumber, orderLine: licence.orderLine, unit: licence.unit },
      purchasedAt: plan.paidAt,
      listPrice: licence.listPrice,
      paid: licence.paid,
      base: order.baseCurrencyCode === null ? null : { currencyCode: order.baseCurrencyCode, rate: order.baseToOrderRate },
      advertisedCompatibility: await advertisedOn(em, addon.id, plan.paidAt),
      policy,
      revoked: licence.revoked,
      now,
    });
  }
}

function followRevocation(purchase: PurchaseRow, licence: PlannedLicence): void {
  if (purchase.revokedAt !== null && !BY_IMPORT.has(purchase.revocation)) return;
  purchase.revokedAt = licence.revoked?.at ?? null;
  purchase.revocation = licence.revoked?.reason ?? null;
}

/** Follows refunds of renewals that have a term, and returns the renewals that have none yet, by add-on. */
async function placeRenewals({ em, shopCode, order, plan }: Context): Promise<Map<string, NewRenewal[]>> {
  const known = await em.find(SupportTerm, { shop: shopCode, orderId: order.orderId, origin: 'RENEWAL' });
  const fresh = new Map<string, NewRenewal[]>();
  for (const renewal of plan.renewals) {
    const term = known.find((row) => row.orderLine === renewal.orderLine && row.unit === renewal.unit);
    if (term !== undefined) {
      term.revokedAt = renewal.revoked?.at ?? null;
    } else if (renewal.revoked === null) {
      const addon = await em.findOneOrFail(Addon, { id: renewal.addonId });
      const policy = await policyInForce(em, addon.supportPolicyName, plan.paidAt);
      if (policy === null) {
        const message = `No version of the support policy "${addon.supportPolicyName}" was in force on the day of this renewal. Publish one that begins earlier.`;
        throw new Unplaceable([{ code: 'NO_POLICY_IN_FORCE', message, orderLine: renewal.orderLine, original: order }]);
      }
      const line = {
        shop: shopCode,
        orderId: order.orderId,
        orderNumber: order.orderNumber,
        orderLine: renewal.orderLine,
        unit: renewal.unit,
      };
      const entry: NewRenewal = { ...line, origin: 'RENEWAL', paidAt: plan.paidAt, periods: renewal.periods, policy, purchaseId: null };
      fresh.set(renewal.addonId, [...(fresh.get(renewal.addonId) ?? []), entry]);
    }
  }
  return fresh;
}

async function placePrepaidTime({ em, shopCode, order, plan, customerId }: Context): Promise<void> {
  if (plan.prepaidTime.length === 0) return;
  const known = await em.find(PrepaidTimeOrder, { shop: shopCode, orderId: order.orderId });
  for (const { orderLine, minutes, refundedMinutes, paid } of plan.prepaidTime) {
    const row = known.find((candidate) => candidate.orderLine === orderLine);
    if (row !== undefined) {
      row.refundedMinutes = refundedMinutes;
      continue;
    }
    em.persist(
      em.create(PrepaidTimeOrder, {
        customer: customerId,
        shop: shopCode,
        orderId: order.orderId,
        orderNumber: order.orderNumber,
        orderLine,
        paidAt: plan.paidAt,
        minutes,
        refundedMinutes,
        paidMinor: paid.amountMinor,
        currencyCode: paid.currencyCode,
      }),
    );
  }
}

function nothingToRenew(order: ShopOrder, renewal: NewRenewal): PlacementProblem {
  return {
    code: 'NOTHING_TO_RENEW',
    message:
      'The customer had no purchase of this add-on when the renewal was paid. Record the purchase, or try again once its order is imported.',
    orderLine: renewal.orderLine,
    original: order.lines.find((line) => line.lineId === renewal.orderLine) ?? order,
  };
}
