import { typeid } from 'typeid-js';
import type { AddonRow } from '../persistence/addon.js';
import type { PrepaidTimeOrderRow } from '../persistence/prepaid-time-order.js';
import type { PurchaseRow } from '../persistence/purchase.js';
import { SupportPolicyVersion, type SupportPolicyVersionRow } from '../persistence/support-policy-version.js';
import { TimeLot as TimeLotEntity } from '../persistence/time-lot.js';
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
import { projectNamed } from './project.js';
import { pinnedPolicy } from './support-policy.js';
import { acceptByPurchase, type TermsPurchase } from './terms-acceptance.js';
import { chargeBack } from './ticket-charge-back.js';
import { commandTime, type TimeWritten } from './time-command.js';
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
  const origins = new Map(news.map(({ lot, origin }) => [lot.id, origin]));
  return commandTime(em, customerId, at, (ledger) => grantAll(ledger, news), { origins });
}

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
async function grantedUnder(em: EntityManager, keys: readonly string[]) {
  const lots = await em.find(TimeLotEntity, { grantKey: { $in: [...keys] } });
  return new Map(lots.map((lot) => [lot.grantKey, lot]));
}

/** Prepaid time of one order, as the shop now tells it. */
export interface OrderedTime {
  readonly platform: Platform;
  /** What was placed of it, flushed. */
  readonly rows: readonly PrepaidTimeOrderRow[];
  readonly planned: readonly PlannedPrepaidTime[];
  /** The version of conditions in force when it was paid. Throws where there is none. */
  readonly policyOf: (planned: PlannedPrepaidTime) => Promise<SupportPolicyVersionRow>;
  readonly now: Temporal.Instant;
  readonly addJob?: AddJob | undefined;
}

/**
 * B-13, B-28: brings lots into line with what an order bought: each line becomes one lot, assigned to no project, worth what was paid without tax; what is paid
 * back is taken out of it as far as it is left, and nothing twice. The customers are locked, and the tickets for which anything was held before. A line that is no longer sold as time is granted nothing.
 */
export async function followBoughtTime(em: EntityManager, ordered: OrderedTime): Promise<void> {
  const rows = ordered.rows.toSorted((one, other) => (one.customer.id < other.customer.id ? -1 : 1));
  if (rows.length === 0) return;
  const granted = await grantedUnder(
    em,
    rows.map((row) => boughtKey(ordered.platform, row)),
  );
  for (const [customerId, own] of Map.groupBy(rows, (row) => row.customer.id)) {
    const fresh = own.filter((row) => !granted.has(boughtKey(ordered.platform, row)));
    const news: NewTime[] = [];
    const accepted: TermsPurchase[] = [];
    for (const row of fresh) {
      const planned = ordered.planned.find(({ orderLine }) => orderLine === row.orderLine);
      if (planned === undefined) continue;
      const version = await ordered.policyOf(planned);
      news.push(boughtTime(ordered, row, planned, version));
      accepted.push({ customerId, policyId: version.id, line: row, paidAt: row.paidAt });
    }
    await acceptByPurchase(em, accepted);
    if (news.length > 0) await grantTime(em, customerId, ordered.now, news);
    for (const row of own.filter(({ refundedMinutes }) => refundedMinutes > 0n)) {
      const key = boughtKey(ordered.platform, row);
      const lot = granted.get(key) ?? (await em.findOne(TimeLotEntity, { grantKey: key }));
      if (lot !== null) await takeBack(em, customerId, { lotId: lot.id, policyVersionId: lot.supportPolicyVersion.id }, row, ordered);
    }
  }
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
 * B-04, B-26: grants the minutes that come with purchases of one customer, once for each purchase, on the customer's project that is named after the add-on. None where
 * the conditions include none, and none with an add-on that has no list price. The customer is locked.
 */
export async function grantIncludedTime(
  em: EntityManager,
  customerId: string,
  purchases: readonly PurchaseWithTime[],
  by: { readonly actor: JournalActor; readonly now: Temporal.Instant; readonly addJob?: AddJob | undefined },
): Promise<void> {
  const withTime = purchases.filter((each) => includedMinutes(each) > 0);
  if (withTime.length === 0) return;
  const granted = await grantedUnder(
    em,
    withTime.map(({ purchase }) => includedKey(purchase.id)),
  );
  const news: NewTime[] = [];
  for (const each of withTime.filter(({ purchase }) => !granted.has(includedKey(purchase.id)))) {
    const project = await projectNamed(em, customerId, each.addon.name, by.now);
    news.push(includedTime(each, project.id, by));
  }
  const [first] = news;
  if (first === undefined) return;
  await grantTime(em, customerId, by.now, news);
  await by.addJob?.(em, { queue: 'time-added', customerId, key: first.origin.grantKey ?? first.lot.id });
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
