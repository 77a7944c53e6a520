import type { ShopOrder, ShopRefund } from '../../integrations/store-platform.js';
import { refundsOfOrders } from '../persistence/imported-documents.js';
import type { StoreRow } from '../persistence/store.js';
import { lockCustomers } from './customer.js';
import type { EntityManager } from './entity-manager.js';
import type { AddJob } from './job.js';
import { type OrderConditions, readConditions } from './order-conditions.js';
import { holdersOf, NOTHING_PLACED, type Placed, readPlaced } from './order-holders.js';
import { changedCurrency, type OrderPlan, type PlacementProblem, planOrder, revocationOf, type SkuCatalogue } from './order-plan.js';
import { followPurchases } from './order-return.js';
import { layOutOrderTerms } from './order-terms.js';
import { type FreshUnits, freshUnits, linesWithoutConditions, newRenewals, noPolicyInForce, placeLicences } from './order-units.js';
import type { NewRenewal, TermsToLayOut } from './term-layout.js';
import { lockTicketsHeldFor } from './ticket-charge-back.js';
import { type BoughtTime, grantOrderedTime, type PurchaseWithTime } from './time-grant.js';
import { followPrepaidTime, placePrepaidTime } from './time-placement.js';
import { announceRenewedTime } from './time-renewal.js';

/** Why orders could not be placed, by order id. Thrown inside their transaction, so that nothing of them remains. */
export class Unplaceable extends Error {
  override readonly name = 'Unplaceable';
  constructor(readonly problems: ReadonlyMap<string, readonly PlacementProblem[]>) {
    super([...problems.values()].flatMap((each) => each.map(({ code }) => code)).join(', '));
  }
}

/** The shop whose orders are placed. */
export interface Seller {
  readonly shop: StoreRow;
  /** Left out: nobody is told that minutes became usable, and the sweep of tickets finds it out. */
  readonly addJob?: AddJob | undefined;
}

/** One order, as the shop now tells it. */
export interface OrderToPlace {
  readonly order: ShopOrder;
  /** A person decided to leave it out: what was placed before still follows refunds, and nothing is added. */
  readonly leftOut: boolean;
}

/** What placing an order has at hand. */
interface OrderAtHand extends Planned {
  /** The customer whom the plan names; null without one. */
  readonly customerId: string | null;
  readonly placed: Placed;
}

/**
 * Brings purchases, terms and prepaid time into line with what the shop now says of some orders, inside the caller's transaction: in about as many statements
 * for a hundred as for one. Running it again, or with the orders of a customer in another sequence or in several transactions, ends in the same rows. Units that
 * are placed stay what they are when a SKU changes its meaning; refunds reach them all the same. No order twice. Throws `Unplaceable`.
 */
export async function placeOrders(
  em: EntityManager,
  seller: Seller,
  toPlace: readonly OrderToPlace[],
  catalogue: SkuCatalogue,
  now: Temporal.Instant,
): Promise<void> {
  if (toPlace.length === 0) return;
  const { shop } = seller;
  const context: Context = { em, shop, shopCode: shop.code ?? shop.id, now, touched: new Map() };
  const orders = await lockAll(context, await planAll(context, toPlace, catalogue));
  refuse(collected(orders.flatMap(changesOfCurrency)));
  await followAll(context, orders);
  const conditions = await readConditions(
    em,
    orders.flatMap(({ plan }) => plan ?? []),
  );
  const { purchases, prepaidTime } = placeFresh(context, orders, conditions);
  await em.flush();

  const byId = new Map(orders.map(({ order }) => [order.orderId, order]));
  const touched = [...context.touched.values()].sort((one, other) => (keyOf(one) < keyOf(other) ? -1 : 1));
  refuse(await layOutOrderTerms(em, shop, byId, touched, now));
  // Ledgers are locked after customers, never before; and what time depends on stands by now.
  const ordered = { platform: shop.platform, fresh: purchases, bought: prepaidTime, now, addJob: seller.addJob };
  const { withoutPolicy } = await grantOrderedTime(em, ordered);
  const missing = withoutPolicy.map(({ row, planned }) => {
    const order = byId.get(row.orderId);
    if (order === undefined) throw new Error('Prepaid time is granted for an order that is not placed.');
    return [row.orderId, noPolicyInForce(order, planned?.supportPolicyName ?? '', row.orderLine)] as const;
  });
  refuse(collected(missing));
  const renewed = touched.flatMap(({ customerId, renewals }) =>
    renewals.map(({ orderId }) => ({ customerId, key: `renewal:${context.shopCode}:${orderId}` })),
  );
  await announceRenewedTime(em, renewed, seller.addJob);
}

interface Context {
  readonly em: EntityManager;
  readonly shop: StoreRow;
  readonly shopCode: string;
  readonly now: Temporal.Instant;
  /** The purchases whose terms have to be laid out anew, by customer and add-on. */
  readonly touched: Map<string, TermsToLayOut & { readonly renewals: NewRenewal[] }>;
}

const keyOf = ({ customerId, addonId }: Pick<TermsToLayOut, 'customerId' | 'addonId'>): string => `${customerId} ${addonId}`;

function touch({ touched }: Context, customerId: string, addonId: string, renewals: readonly NewRenewal[] = []): void {
  const found = touched.get(keyOf({ customerId, addonId })) ?? { customerId, addonId, renewals: [] };
  found.renewals.push(...renewals);
  touched.set(keyOf(found), found);
}

type Problems = ReadonlyMap<string, readonly PlacementProblem[]>;

function refuse(problems: Problems): void {
  if (problems.size > 0) throw new Unplaceable(problems);
}

function collected(problems: readonly (readonly [orderId: string, problem: PlacementProblem])[]): Problems {
  const byOrder = Map.groupBy(problems, ([orderId]) => orderId);
  return new Map([...byOrder].map(([orderId, own]) => [orderId, own.map(([, problem]) => problem)]));
}

interface Planned {
  readonly order: ShopOrder;
  readonly refunds: readonly ShopRefund[];
  /** Null: nothing is to be added. */
  readonly plan: OrderPlan | null;
}

async function planAll({ em, shop }: Context, toPlace: readonly OrderToPlace[], catalogue: SkuCatalogue): Promise<Planned[]> {
  const documents = await refundsOfOrders(
    em,
    shop.id,
    toPlace.map(({ order }) => order.orderId),
  );
  const problems = new Map<string, readonly PlacementProblem[]>();
  const planned = toPlace.map(({ order, leftOut }) => {
    const refunds = (documents.get(order.orderId) ?? []) as ShopRefund[];
    const planning = leftOut ? NOTHING_MORE : planOrder(order, refunds, catalogue);
    if (planning.problems.length > 0) problems.set(order.orderId, planning.problems);
    return { order, refunds, plan: planning.plan };
  });
  refuse(problems);
  return planned;
}

/** What is placed shows in which currency it was recorded, where no telling of the order does. */
function changesOfCurrency({ order, plan, placed }: OrderAtHand): [orderId: string, problem: PlacementProblem][] {
  const known = [...placed.purchases, ...placed.prepaidTime].find(({ currencyCode }) => currencyCode !== order.currencyCode);
  if (plan === null || known === undefined) return [];
  return [[order.orderId, changedCurrency(order, known.currencyCode)]];
}

const NOTHING_MORE = { plan: null, problems: [] } as const;

/** Locks the customers whom the orders name and those who hold something of them, and then the tickets that a return may reach. */
async function lockAll({ em, shopCode, now }: Context, planned: readonly Planned[]): Promise<OrderAtHand[]> {
  const holders = await holdersOf(
    em,
    shopCode,
    planned.map(({ order }) => order.orderId),
  );
  const named = planned.flatMap(({ plan, order }) => (plan === null ? [] : [{ email: plan.email, name: order.customer.name }]));
  const customers = await lockCustomers(em, named, [...holders.values()].flat(), now);
  const placed = await readPlaced(em, shopCode, [...holders.keys()]);
  // What is paid back may be reserved: tickets are locked after customers, and before purchases and wallets.
  const withTime = [...placed.values()].flatMap(({ prepaidTime }) => prepaidTime.map(({ customer }) => customer.id));
  if (withTime.length > 0) await lockTicketsHeldFor(em, withTime);
  return planned.map((each) => ({
    ...each,
    customerId: each.plan === null ? null : (customers.get(each.plan.email) ?? null),
    placed: placed.get(each.order.orderId) ?? NOTHING_PLACED,
  }));
}

/** Lets what is placed follow what the shop now says of it. */
async function followAll(context: Context, orders: readonly OrderAtHand[]): Promise<void> {
  const { em, now } = context;
  await followPurchases(em, orders, now);
  for (const { order, refunds, placed } of orders) {
    for (const purchase of placed.purchases) touch(context, purchase.customer.id, purchase.addon.id);
    for (const term of placed.renewals) {
      const purchase = term.purchase.getEntity();
      touch(context, purchase.customer.id, purchase.addon.id);
      // A refunded renewal counts no more than one that was refunded before it was known: it has no term.
      if (revocationOf(order, refunds, term.orderLine, term.unit) !== null) em.remove(term);
    }
    followPrepaidTime(order, refunds, placed.prepaidTime);
  }
}

interface PlacedFresh {
  readonly purchases: readonly PurchaseWithTime[];
  /** All prepaid time of the orders, placed now or before. */
  readonly prepaidTime: readonly BoughtTime[];
}

/** Adds what is not there yet. */
function placeFresh(context: Context, orders: readonly OrderAtHand[], conditions: OrderConditions): PlacedFresh {
  const { em, shopCode, now } = context;
  const fresh = orders.map((each) => ({ ...each, units: each.plan === null ? NO_UNITS : freshUnits(each.plan, each.placed) }));
  const missing = fresh.flatMap(({ order, plan, units }) =>
    plan === null ? [] : linesWithoutConditions(order, plan, units, conditions).map((problem) => [order.orderId, problem] as const),
  );
  refuse(collected(missing));
  const purchases: PurchaseWithTime[] = [];
  const prepaidTime: BoughtTime[] = [];
  for (const { order, plan, customerId, placed, units } of fresh) {
    const rows = [...placed.prepaidTime];
    if (plan !== null && customerId !== null) {
      const toPlace = { shopCode, order, plan, customerId, conditions, now };
      const made = placeLicences(em, toPlace, units.licences);
      for (const { addon } of made) touch(context, customerId, addon.id);
      for (const [addonId, renewals] of newRenewals(toPlace, units.renewals)) touch(context, customerId, addonId, renewals);
      const lines = [...placed.purchases, ...placed.renewals, ...placed.prepaidTime].map(({ orderLine }) => orderLine);
      rows.push(...placePrepaidTime({ em, shopCode, order, plan, customerId }, new Set(lines)));
      purchases.push(...made);
    }
    for (const row of rows) {
      const planned = plan?.prepaidTime.find(({ orderLine }) => orderLine === row.orderLine) ?? null;
      const version = plan === null || planned === null ? null : conditions.policy(planned.supportPolicyName, plan.paidAt);
      prepaidTime.push({ row, planned, version });
    }
  }
  return { purchases, prepaidTime };
}

const NO_UNITS: FreshUnits = { licences: [], renewals: [] };
