import type { ShopOrder } from '../../integrations/store-platform.js';
import type { SupportPolicyVersionRow } from '../persistence/support-policy-version.js';
import type { EntityManager } from './entity-manager.js';
import type { OrderConditions } from './order-conditions.js';
import type { Placed } from './order-holders.js';
import type { OrderPlan, PlacementProblem, PlannedLicence, PlannedRenewal } from './order-plan.js';
import { createPurchase } from './purchase.js';
import type { NewRenewal } from './term-layout.js';
import type { PurchaseWithTime } from './time-grant.js';

/** The units of a plan that no row stands for yet. */
export interface FreshUnits {
  readonly licences: readonly PlannedLicence[];
  /** Without those that were refunded. */
  readonly renewals: readonly PlannedRenewal[];
}

/** Units that are placed stay what they are when a SKU changes its meaning: they are not placed again as something else. */
export function freshUnits(plan: OrderPlan, placed: Placed): FreshUnits {
  const keyOf = ({ orderLine, unit }: { readonly orderLine: string; readonly unit: number }) => `${unit} ${orderLine}`;
  const units = new Set([...placed.purchases, ...placed.renewals].map(keyOf));
  const lines = new Set(placed.prepaidTime.map(({ orderLine }) => orderLine));
  const isFresh = (unit: PlannedLicence | PlannedRenewal) => !units.has(keyOf(unit)) && !lines.has(unit.orderLine);
  return {
    licences: plan.licences.filter(isFresh),
    renewals: plan.renewals.filter((renewal) => renewal.revoked === null && isFresh(renewal)),
  };
}

/** The lines of an order that were paid when no version of their conditions was in force. */
export function linesWithoutConditions(
  order: ShopOrder,
  plan: OrderPlan,
  { licences, renewals }: FreshUnits,
  conditions: OrderConditions,
): PlacementProblem[] {
  return [...licences, ...renewals].flatMap(({ addonId, orderLine }) => {
    const { supportPolicyName } = conditions.addon(addonId);
    return conditions.policy(supportPolicyName, plan.paidAt) === null ? [noPolicyInForce(order, supportPolicyName, orderLine)] : [];
  });
}

export function noPolicyInForce(order: ShopOrder, name: string, orderLine: string): PlacementProblem {
  const message = `No version of the support policy "${name}" was in force on the day this was paid. Publish one that begins earlier.`;
  return { code: 'NO_POLICY_IN_FORCE', message, orderLine, original: lineOf(order, orderLine) };
}

export const lineOf = (order: ShopOrder, orderLine: string): unknown => order.lines.find((line) => line.lineId === orderLine) ?? order;

/** What making the units of an order needs. Its conditions are known: see `linesWithoutConditions`. */
export interface UnitsToPlace {
  readonly shopCode: string;
  readonly order: ShopOrder;
  readonly plan: OrderPlan;
  readonly customerId: string;
  readonly conditions: OrderConditions;
  readonly now: Temporal.Instant;
}

/** Makes purchases. */
export function placeLicences(em: EntityManager, toPlace: UnitsToPlace, licences: readonly PlannedLicence[]): PurchaseWithTime[] {
  const { shopCode, order, plan, customerId, conditions, now } = toPlace;
  return licences.map((licence) => {
    // what was promised to whoever bought the add-on with this order.
    const addon = conditions.addon(licence.addonId);
    const policy = policyOf(toPlace, addon.supportPolicyName);
    const purchase = createPurchase(em, {
      customerId,
      addon,
      groupId: null,
      platform: addon.platform,
      line: { shop: shopCode, orderId: order.orderId, orderNumber: order.orderNumber, orderLine: licence.orderLine, unit: licence.unit },
      purchasedAt: plan.paidAt,
      listPrice: licence.listPrice,
      paid: licence.paid,
      base: order.baseCurrencyCode === null ? null : { currencyCode: order.baseCurrencyCode, rate: order.baseToOrderRate },
      advertisedCompatibility: conditions.advertised(addon.id, plan.paidAt),
      policy,
      revoked: licence.revoked,
      now,
    });
    return { purchase, addon, policy };
  });
}

/** Renewals as they are laid out, by add-on. */
export function newRenewals(toPlace: UnitsToPlace, renewals: readonly PlannedRenewal[]): Map<string, NewRenewal[]> {
  const { shopCode, order, plan, conditions } = toPlace;
  const line = { shop: shopCode, orderId: order.orderId, orderNumber: order.orderNumber };
  const all = renewals.map(({ addonId, orderLine, unit, periods }) => {
    const policy = policyOf(toPlace, conditions.addon(addonId).supportPolicyName);
    return {
      addonId,
      renewal: { ...line, orderLine, unit, origin: 'RENEWAL', paidAt: plan.paidAt, periods, policy, purchaseId: null } as const,
    };
  });
  const byAddon = Map.groupBy(all, ({ addonId }) => addonId);
  return new Map([...byAddon].map(([addonId, own]) => [addonId, own.map(({ renewal }) => renewal)]));
}

function policyOf({ conditions, plan }: UnitsToPlace, name: string): SupportPolicyVersionRow {
  const policy = conditions.policy(name, plan.paidAt);
  if (policy === null) throw new Error(`No version of "${name}" was in force, and the order is placed all the same.`);
  return policy;
}
