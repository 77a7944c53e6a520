import type { ShopOrder, ShopRefund } from '../../integrations/store-platform.js';
import { Addon } from '../persistence/addon.js';
import { ImportedOrder } from '../persistence/imported-order.js';
import { ImportedRefund } from '../persistence/imported-refund.js';
import { PrepaidTimeOrder, type PrepaidTimeOrderRow } from '../persistence/prepaid-time-order.js';
import { Purchase, type PurchaseRow } from '../persistence/purchase.js';
import { Store, type StoreRow } from '../persistence/store.js';
import type { SupportPolicyVersionRow } from '../persistence/support-policy-version.js';
import { SupportTerm, type SupportTermRow } from '../persistence/support-term.js';
import { lockCustomer } from './customer.js';
import type { EntityManager } from './entity-manager.js';
import type { AddJob } from './job.js';
import { type OrderPlan, type PlacementProblem, type PlannedLicence, planOrder, revocationOf, type SkuCatalogue } from './order-plan.js';
import { followPurchases } from './order-return.js';
import { raise } from './placement-problem.js';
import { advertisedOn, createPurchase } from './purchase.js';
import { policyInForce } from './support-policy.js';
import { layOutTerms, type NewRenewal } from './term-layout.js';
import { lockTicketsHeldFor } from './ticket-charge-back.js';
import { followBoughtTime, grantIncludedTime, IMPORT, type PurchaseWithTime } from './time-grant.js';
import { followPrepaidTime, placePrepaidTime } from './time-placement.js';
import { announceRenewedTime } from './time-renewal.js';

/** Why an order could not be placed. Thrown inside its transaction, so that nothing of the order remains. */
export class Unplaceable extends Error {
  override readonly name = 'Unplaceable';
  constructor(readonly problems: readonly PlacementProblem[]) {
    super(problems.map((problem) => problem.code).join(', '));
  }
}

/** One order of a shop, as the shop now tells it. */
export interface OrderToPlace {
  readonly shop: StoreRow;
  readonly order: ShopOrder;
  /** A person decided to leave it out: what was placed before still follows refunds, and nothing is added. */
  readonly leftOut: boolean;
  /** Left out: nobody is told that minutes became usable, and the sweep of tickets finds it out. */
  readonly addJob?: AddJob | undefined;
}

/**
 * Brings purchases, terms and prepaid time into line with what the shop now says of an order, inside the caller's transaction.
 * Running it again, or with the orders of a customer in another sequence, ends in the same rows. Units that are placed stay what they are
 * when a SKU changes its meaning; refunds reach them all the same. Throws `Unplaceable`.
 */
export async function placeOrder(em: EntityManager, toPlace: OrderToPlace, catalogue: SkuCatalogue, now: Temporal.Instant): Promise<void> {
  const { shop, order, leftOut } = toPlace;
  const shopCode = shop.code ?? shop.id;
  const refunds = (await em.find(ImportedRefund, { shop: shop.id, orderId: order.orderId })).map((row) => row.content as ShopRefund);
  const { plan, problems } = leftOut ? NOTHING_MORE : planOrder(order, refunds, catalogue);
  if (problems.length > 0) throw new Unplaceable(problems);

  const customerId = plan === null ? null : await lockCustomer(em, plan.email, order.customer.name, now);
  const isKnown = await lockHolders(em, shopCode, order.orderId);
  const placed = isKnown ? await readPlaced(em, shopCode, order.orderId) : NOTHING_PLACED;
  // What is paid back may be reserved: tickets are locked after customers, and before purchases and wallets.
  if (placed.prepaidTime.length > 0) {
    await lockTicketsHeldFor(
      em,
      placed.prepaidTime.map(({ customer }) => customer.id),
    );
  }
  const touched = new Map<string, Touched>();
  const touch = (customer: string, addon: string) => {
    const found = touched.get(`${customer} ${addon}`) ?? { customerId: customer, addonId: addon, renewals: [] };
    touched.set(`${customer} ${addon}`, found);
    return found;
  };

  await followPurchases(em, order, refunds, placed.purchases, now);
  for (const purchase of placed.purchases) touch(purchase.customer.id, purchase.addon.id);
  for (const term of placed.renewals) {
    const purchase = term.purchase.getEntity();
    touch(purchase.customer.id, purchase.addon.id);
    // A refunded renewal counts no more than one that was refunded before it was known: it has no term.
    if (revocationOf(order, refunds, term.orderLine, term.unit) !== null) em.remove(term);
  }
  const context = plan === null || customerId === null ? null : { em, shop, shopCode, order, plan, customerId, now };
  let fresh: readonly PurchaseWithTime[] = [];
  const prepaidTime = [...placed.prepaidTime];
  if (context !== null) {
    const units = [...placed.purchases, ...placed.renewals];
    const isFresh = (unit: LineUnit) =>
      !units.some((row) => isSameUnit(row, unit)) && !placed.prepaidTime.some((row) => row.orderLine === unit.orderLine);
    fresh = await placeLicences(context, isFresh);
    for (const { addon } of fresh) touch(context.customerId, addon.id);
    for (const [addonId, renewals] of await freshRenewals(context, isFresh)) touch(context.customerId, addonId).renewals = renewals;
    prepaidTime.push(...placePrepaidTime(context, new Set([...units, ...placed.prepaidTime].map((row) => row.orderLine))));
  }
  followPrepaidTime(order, refunds, placed.prepaidTime);
  await em.flush();

  for (const { customerId: customer, addonId, renewals } of sorted(touched)) await layOut(em, toPlace, customer, addonId, renewals, now);
  // Ledgers are locked after customers, never before; and what time depends on stands by now.
  if (context !== null) await grantIncludedTime(em, context.customerId, fresh, { actor: IMPORT, now, addJob: toPlace.addJob });
  await followBoughtTime(em, {
    platform: shop.platform,
    rows: prepaidTime,
    planned: plan?.prepaidTime ?? [],
    policyOf: ({ supportPolicyName, orderLine }) => policyOf(em, order, supportPolicyName, orderLine),
    now,
    addJob: toPlace.addJob,
  });
  for (const { customerId: customer, renewals } of sorted(touched)) {
    if (renewals.length > 0) await announceRenewedTime(em, customer, `renewal:${shopCode}:${order.orderId}`, toPlace.addJob);
  }
}

const NOTHING_MORE = { plan: null, problems: [] } as const;

interface Touched {
  readonly customerId: string;
  readonly addonId: string;
  renewals: readonly NewRenewal[];
}

const sorted = (touched: ReadonlyMap<string, Touched>): Touched[] =>
  [...touched].sort(([one], [other]) => (one < other ? -1 : 1)).map(([, value]) => value);

type LineUnit = Pick<PlannedLicence, 'orderLine' | 'unit'>;
const isSameUnit = (one: LineUnit, other: LineUnit): boolean => one.orderLine === other.orderLine && one.unit === other.unit;

/**
 * Lays out the terms of one customer's purchases of one add-on. A renewal of another order that has lost the purchase it prolonged,
 * since that was taken back before the renewal was paid, waits for a person as if it had come after the refund.
 */
async function layOut(
  em: EntityManager,
  { shop, order }: OrderToPlace,
  customerId: string,
  addonId: string,
  renewals: readonly NewRenewal[],
  now: Temporal.Instant,
): Promise<void> {
  const { unplaced, homeless } = await layOutTerms(em, customerId, addonId, renewals);
  if (unplaced.length > 0) throw new Unplaceable(unplaced.map((renewal) => nothingToRenew(order, renewal.orderLine)));
  if (homeless.length === 0) return;
  for (const term of homeless) {
    const seller = term.shop === shop.code ? shop : await em.findOneOrFail(Store, { code: term.shop });
    const imported = await em.findOneOrFail(ImportedOrder, { shop: seller.id, orderId: term.orderId });
    const troubled = { shopId: seller.id, orderId: term.orderId, orderNumber: term.orderNumber };
    await raise(em, troubled, [nothingToRenew(imported.content as ShopOrder, term.orderLine)], now, now);
    em.remove(term);
  }
  await em.flush();
  await layOutTerms(em, customerId, addonId, []);
}

/**
 * Locks every customer who holds something of the order: usually the one it names, unless the shop changed the address since.
 * Returns whether there is anybody.
 */
async function lockHolders(em: EntityManager, shopCode: string, orderId: string): Promise<boolean> {
  const holders = await em.getConnection().execute<{ id: string }[]>(
    `select id from customer where id in (
       select customer_id from purchase where shop = ? and order_id = ?
       union select p.customer_id from support_term t join purchase p on p.id = t.purchase_id where t.shop = ? and t.order_id = ?
       union select customer_id from prepaid_time_order where shop = ? and order_id = ?
     ) order by id for no key update`,
    [shopCode, orderId, shopCode, orderId, shopCode, orderId],
    'all',
    em.getTransactionContext(),
  );
  return holders.length > 0;
}

/** What earlier tries have made of the order. */
interface Placed {
  readonly purchases: readonly PurchaseRow[];
  readonly renewals: readonly SupportTermRow[];
  readonly prepaidTime: readonly PrepaidTimeOrderRow[];
}

const NOTHING_PLACED: Placed = { purchases: [], renewals: [], prepaidTime: [] };

async function readPlaced(em: EntityManager, shop: string, orderId: string): Promise<Placed> {
  return {
    purchases: await em.find(Purchase, { shop, orderId }),
    renewals: await em.find(SupportTerm, { shop, orderId, origin: 'RENEWAL' }, { populate: ['purchase'] }),
    prepaidTime: await em.find(PrepaidTimeOrder, { shop, orderId }),
  };
}

/** What placing an order has at hand. */
interface Context {
  readonly em: EntityManager;
  readonly shop: StoreRow;
  readonly shopCode: string;
  readonly order: ShopOrder;
  readonly plan: OrderPlan;
  readonly customerId: string;
  readonly now: Temporal.Instant;
}

/** Makes the purchases that are not there yet. */
async function placeLicences(context: Context, isFresh: (unit: LineUnit) => boolean): Promise<PurchaseWithTime[]> {
  const { em, shopCode, order, plan, customerId, now } = context;
  const snapshots = new Map<string, Awaited<ReturnType<typeof snapshotOf>>>();
  const purchases: PurchaseWithTime[] = [];
  for (const licence of plan.licences.filter(isFresh)) {
    const snapshot = snapshots.get(licence.addonId) ?? (await snapshotOf(context, licence));
    snapshots.set(licence.addonId, snapshot);
    const { addon, policy, advertisedCompatibility } = snapshot;
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
      advertisedCompatibility,
      policy,
      revoked: licence.revoked,
      now,
    });
    purchases.push({ purchase, addon, policy });
  }
  return purchases;
}

/** what was promised to whoever bought the add-on with this order. */
async function snapshotOf(context: Context, { addonId, orderLine }: PlannedLicence) {
  const { em, order, plan } = context;
  const addon = await em.findOneOrFail(Addon, { id: addonId });
  const policy = await policyOf(em, order, addon.supportPolicyName, orderLine);
  return { addon, policy, advertisedCompatibility: await advertisedOn(em, addonId, plan.paidAt) };
}

/** The renewals that have no term yet and were not refunded, by add-on. */
async function freshRenewals(context: Context, isFresh: (unit: LineUnit) => boolean): Promise<Map<string, NewRenewal[]>> {
  const { em, shopCode, order, plan } = context;
  const fresh = new Map<string, NewRenewal[]>();
  for (const [addonId, units] of Map.groupBy(
    plan.renewals.filter((renewal) => renewal.revoked === null && isFresh(renewal)),
    (renewal) => renewal.addonId,
  )) {
    const addon = await em.findOneOrFail(Addon, { id: addonId });
    const policy = await policyOf(em, order, addon.supportPolicyName, units[0]?.orderLine ?? '');
    const line = { shop: shopCode, orderId: order.orderId, orderNumber: order.orderNumber };
    fresh.set(
      addonId,
      units.map(({ orderLine, unit, periods }) => ({
        ...line,
        orderLine,
        unit,
        origin: 'RENEWAL',
        paidAt: plan.paidAt,
        periods,
        policy,
        purchaseId: null,
      })),
    );
  }
  return fresh;
}

/** The version that was in force when the order was paid. */
async function policyOf(em: EntityManager, order: ShopOrder, name: string, orderLine: string): Promise<SupportPolicyVersionRow> {
  const policy = order.paidAt === null ? null : await policyInForce(em, name, Temporal.Instant.from(order.paidAt));
  if (policy !== null) return policy;
  const message = `No version of the support policy "${name}" was in force on the day this was paid. Publish one that begins earlier.`;
  throw new Unplaceable([{ code: 'NO_POLICY_IN_FORCE', message, orderLine, original: lineOf(order, orderLine) }]);
}

const lineOf = (order: ShopOrder, orderLine: string): unknown => order.lines.find((line) => line.lineId === orderLine) ?? order;

function nothingToRenew(order: ShopOrder, orderLine: string): PlacementProblem {
  return {
    code: 'NOTHING_TO_RENEW',
    message:
      'The customer held no purchase of this add-on when the renewal was paid. Record the purchase, or try again once its order is imported.',
    orderLine,
    original: lineOf(order, orderLine),
  };
}
