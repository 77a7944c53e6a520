import { typeid } from 'typeid-js';
import type { AddonRow } from '../persistence/addon.js';
import type { PrepaidTimeOrderRow } from '../persistence/prepaid-time-order.js';
import type { PurchaseRow } from '../persistence/purchase.js';
import { SupportPolicyVersion, type SupportPolicyVersionRow } from '../persistence/support-policy-version.js';
import { TimeLot as TimeLotEntity, type TimeLotRow } from '../persistence/time-lot.js';
import type { Platform } from '../policy/compatibility.js';
import type { SupportFacts } from '../policy/support-term.js';
import { grant, owedMinutes, voidLot } from '../policy/time-grant.js';
import type { JournalActor, TimeLedger } from '../policy/time-journal.js';
import { type TimeLot, USUAL_PRIORITY } from '../policy/time-lot.js';
import type { TimeEntry, TimeOutcome, TimePosted } from '../policy/time-posting.js';
import { endOfDay, localDate } from '../policy/working-calendar.js';
import type { EntityManager } from './entity-manager.js';
import { type AddJob, NO_JOB } from './job.js';
import type { PlannedPrepaidTime } from './order-plan.js';
import { projectKey, projectsNamed } from './project.js';
import { pinnedPolicy } from './support-policy.js';
import { acceptByPurchase } from './terms-acceptance.js';
import { chargeBack } from './ticket-charge-back.js';
import { commandTime, grantToAll, type TimeWritten } from './time-command.js';
import type { LotOrigin } from './time-ledger.js';

export const IMPORT: JournalActor = { kind: 'PROGRAM', name: 'import' };

/** The natural key of bought time: an order line grants once, however often it is told. */
export const boughtKey = (platform: Platform, { shop, orderId, orderLine }: Pick<PrepaidTimeOrderRow, 'shop' | 'orderId' | 'orderLine'>) =>
  `grant:${platform}:${shop}:${orderId}:${orderLine}`;

/** The natural key of the time that came with a purchase. */
const includedKey = (purchaseId: string) => `grant:included:${purchaseId}`;

/** A lot to be granted: all of it but what the wallet tells. */
interface NewTime {
  readonly lot: Omit<TimeLot, 'walletId' | 'parentId'>;
  readonly origin: LotOrigin;
  readonly entry: TimeEntry;
}

/** Grants lots to one wallet in one go; the caller has made sure that none was granted before. */
export function grantTime(
  em: EntityManager,
  customerId: string,
  at: Temporal.Instant,
  news: readonly NewTime[],
): Promise<TimeOutcome<TimeWritten & TimePosted>> {
  return commandTime(em, customerId, at, (ledger) => grantAll(ledger, news), { origins: originsOf(news) });
}

const originsOf = (news: readonly NewTime[]) => new Map(news.map(({ lot, origin }) => [lot.id, origin]));

function grantAll(ledger: TimeLedger, news: readonly NewTime[]): TimeOutcome {
  const { walletId } = ledger;
  if (walletId === null) throw new Error('Time is granted to a wallet.');
  const outcomes = news.map(({ lot, entry }) => grant(ledger, { ...lot, walletId, parentId: null }, entry));
  const posted = outcomes.flatMap((outcome) => (outcome.outcome === 'POSTED' ? [outcome] : []));
  return {
    outcome: 'POSTED',
    lots: posted.flatMap(({ lots }) => lots),
    transactions: posted.flatMap(({ transactions }) => transactions),
  };
}

/** The lots that were granted under these keys, by key. */
async function grantedUnder(em: EntityManager, keys: readonly string[]): Promise<Map<string | null, TimeLotRow>> {
  if (keys.length === 0) return new Map();
  const lots = await em.find(TimeLotEntity, { grantKey: { $in: [...keys] } });
  return new Map(lots.map((lot) => [lot.grantKey, lot]));
}

/** Prepaid time of an order, as the shop now tells it. */
export interface BoughtTime {
  /** As placed, flushed. */
  readonly row: PrepaidTimeOrderRow;
  /** Null: its line is no longer sold as time, and is granted nothing. */
  readonly planned: PlannedPrepaidTime | null;
  /** The version of conditions in force when it was paid; null: there was none. */
  readonly version: SupportPolicyVersionRow | null;
}

/** The time of some orders. */
export interface OrderedTime {
  readonly platform: Platform;
  /** Purchases that were made now. */
  readonly fresh: readonly PurchaseWithTime[];
  readonly bought: readonly BoughtTime[];
  readonly now: Temporal.Instant;
  readonly addJob?: AddJob | undefined;
}

/**
 * B-04, B-13, B-26, B-28: brings lots into line with what some orders bought. Each line of prepaid time becomes one lot, assigned to no project, worth what was paid
 * without tax; the minutes that come with a purchase become one on the project that is named after the add-on. What is paid back is taken out of its lot as far as it
 * is left, and nothing twice. The customers are locked, and the tickets for which anything was held before; their wallets are locked in the order of their ids.
 * Time that was bought under conditions of which no version was in force is returned: then nothing may remain of its order.
 */
export async function grantOrderedTime(
  em: EntityManager,
  ordered: OrderedTime,
): Promise<{ readonly withoutPolicy: readonly BoughtTime[] }> {
  const { platform, now, addJob } = ordered;
  const withTime = ordered.fresh.filter((each) => includedMinutes(each) > 0);
  const granted = await grantedUnder(em, [
    ...withTime.map(({ purchase }) => includedKey(purchase.id)),
    ...ordered.bought.map(({ row }) => boughtKey(platform, row)),
  ]);
  const isNew = ({ row, planned }: BoughtTime) => planned !== null && !granted.has(boughtKey(platform, row));
  const withoutPolicy = ordered.bought.filter((each) => isNew(each) && each.version === null);
  if (withoutPolicy.length > 0) return { withoutPolicy };
  const bought = ordered.bought.flatMap((each) => (isNew(each) ? newBoughtTime(ordered, each) : []));
  const included = await newIncludedTime(em, withTime, granted, { actor: IMPORT, now });
  await acceptByPurchase(
    em,
    bought.map(({ customerId, row, version }) => ({ customerId, policyId: version.id, line: row, paidAt: row.paidAt })),
  );
  await grantAndTell(em, { included, bought, now, addJob });
  const back = ordered.bought.filter(({ row }) => row.refundedMinutes > 0n);
  for (const { row } of back.toSorted((one, other) => (one.row.customer.id < other.row.customer.id ? -1 : 1))) {
    const key = boughtKey(platform, row);
    const lot = granted.get(key) ?? (await em.findOne(TimeLotEntity, { grantKey: key }));
    if (lot !== null) await takeBack(em, row.customer.id, { lotId: lot.id, policyVersionId: lot.supportPolicyVersion.id }, row, ordered);
  }
  return { withoutPolicy };
}

interface NewTimeOf {
  readonly customerId: string;
  readonly time: NewTime;
}

/** Grants what is new to each wallet in one go, and tells those who wait of minutes that can be used at once: what was bought is on no project yet. */
async function grantAndTell(
  em: EntityManager,
  { included, bought, now, addJob }: Pick<OrderedTime, 'now' | 'addJob'> & Readonly<Record<'included' | 'bought', readonly NewTimeOf[]>>,
): Promise<void> {
  const byCustomer = Map.groupBy([...included, ...bought], ({ customerId }) => customerId);
  const grants = [...byCustomer].map(([customerId, own]) => {
    const news = own.map(({ time }) => time);
    return { customerId, decide: (ledger: TimeLedger) => grantAll(ledger, news), origins: originsOf(news) };
  });
  await grantToAll(em, now, grants);
  for (const [customerId, [first]] of Map.groupBy(included, (each) => each.customerId)) {
    if (first !== undefined) await addJob?.(em, { queue: 'time-added', customerId, key: first.time.origin.grantKey ?? first.time.lot.id });
  }
}

function newBoughtTime(ordered: OrderedTime, { row, planned, version }: BoughtTime) {
  if (planned === null || version === null) return [];
  return [{ customerId: row.customer.id, row, version, time: boughtTime(ordered, row, planned, version) }];
}

function boughtTime(
  { platform, now }: OrderedTime,
  row: PrepaidTimeOrderRow,
  { paidNet }: PlannedPrepaidTime,
  version: SupportPolicyVersionRow,
): NewTime {
  const { zone, purchased } = version.document;
  const months = purchased?.expiresAfterMonths ?? null;
  const lot = {
    id: typeid().toUUID(),
    source: 'PURCHASED',
    minutes: Number(row.minutes),
    projectId: null,
    priority: USUAL_PRIORITY,
    usableFrom: row.paidAt,
    endsAt: months === null ? null : endOfDay(zone, localDate(zone, row.paidAt).add({ months })),
    term: null,
    onTermEnd: null,
    price: paidNet,
    refundedMinutes: 0,
    createdAt: row.paidAt,
  } as const;
  const entry = { at: now, actor: IMPORT, reason: `Bought with order ${row.orderNumber} of ${row.shop}.`, policy: pinnedPolicy(version) };
  return { lot, origin: { policyVersionId: version.id, termPurchaseId: null, grantKey: boughtKey(platform, row) }, entry };
}

/** B-28: takes what was paid back out of a lot, less what was taken before, whoever took it: the same return is never counted twice. */
async function takeBack(
  em: EntityManager,
  customerId: string,
  { lotId, policyVersionId }: { readonly lotId: string; readonly policyVersionId: string },
  row: PrepaidTimeOrderRow,
  { now, addJob = NO_JOB }: OrderedTime,
): Promise<void> {
  const policy = pinnedPolicy(await em.findOneOrFail(SupportPolicyVersion, { id: policyVersionId }));
  const entry = { actor: IMPORT, reason: `Order ${row.orderNumber} of ${row.shop} was paid back.`, policy };
  await chargeBack({ em, now, addJob }, customerId, (ledger, at) => {
    const minutes = owedMinutes(ledger, lotId);
    if (minutes > 0) return voidLot(ledger, { lotId, minutes }, { ...entry, at });
    return { outcome: 'POSTED', lots: [], transactions: [], voidedMinutes: 0, cuts: [] };
  });
}

export interface PurchaseWithTime {
  readonly purchase: PurchaseRow;
  readonly addon: AddonRow;
  readonly policy: SupportPolicyVersionRow;
}

/** A lot's own term is read with the lot, from the purchase, whenever it is used: nothing of it is written with a grant. */
const READ_WITH_THE_LOT: SupportFacts = { spans: [], revokedAt: null };

/**
 * B-04, B-26: grants the minutes that come with purchases, once for each, on the customer's project that is named after the add-on. None where
 * the conditions include none, and none with an add-on that has no list price. The customers are locked.
 */
export async function grantIncludedTime(
  em: EntityManager,
  purchases: readonly PurchaseWithTime[],
  by: { readonly actor: JournalActor; readonly now: Temporal.Instant; readonly addJob?: AddJob | undefined },
): Promise<void> {
  const withTime = purchases.filter((each) => includedMinutes(each) > 0);
  const granted = await grantedUnder(
    em,
    withTime.map(({ purchase }) => includedKey(purchase.id)),
  );
  const included = await newIncludedTime(em, withTime, granted, by);
  await grantAndTell(em, { included, bought: [], now: by.now, addJob: by.addJob });
}

async function newIncludedTime(
  em: EntityManager,
  withTime: readonly PurchaseWithTime[],
  granted: ReadonlyMap<string | null, unknown>,
  by: { readonly actor: JournalActor; readonly now: Temporal.Instant },
): Promise<NewTimeOf[]> {
  const fresh = withTime.filter(({ purchase }) => !granted.has(includedKey(purchase.id)));
  if (fresh.length === 0) return [];
  const wanted = fresh.map(({ purchase, addon }) => ({ customerId: purchase.customer.id, name: addon.name }));
  const projects = await projectsNamed(em, wanted, by.now);
  return fresh.map((each) => {
    const customerId = each.purchase.customer.id;
    const projectId = projects.get(projectKey(customerId, each.addon.name));
    if (projectId === undefined) throw new Error('A project is neither there nor could it be made.');
    return { customerId, time: includedTime(each, projectId, by) };
  });
}

function includedMinutes({ purchase, addon, policy }: PurchaseWithTime): number {
  const { minutes, onTermEnd } = policy.document.included;
  if (onTermEnd === null || purchase.listPriceMinor === 0n) return 0;
  return minutes === 'PER_PRODUCT' ? addon.includedMinutes : minutes;
}

function includedTime(
  each: PurchaseWithTime,
  projectId: string,
  by: { readonly actor: JournalActor; readonly now: Temporal.Instant },
): NewTime {
  const { purchase, addon, policy } = each;
  const lot = {
    id: typeid().toUUID(),
    source: 'INCLUDED',
    minutes: includedMinutes(each),
    projectId,
    priority: USUAL_PRIORITY,
    usableFrom: purchase.purchasedAt,
    endsAt: null,
    term: READ_WITH_THE_LOT,
    onTermEnd: policy.document.included.onTermEnd,
    price: null,
    refundedMinutes: 0,
    createdAt: purchase.purchasedAt,
  } as const;
  const entry = {
    at: by.now,
    actor: by.actor,
    reason: `Included with ${addon.name}, order ${purchase.orderNumber} of ${purchase.shop}.`,
    policy: pinnedPolicy(policy),
  };
  return { lot, origin: { policyVersionId: policy.id, termPurchaseId: purchase.id, grantKey: includedKey(purchase.id) }, entry };
}
