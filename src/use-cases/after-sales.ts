import { type KnownReadings, knownReadings, NO_READINGS } from '../persistence/known-reading.js';
import type { PurchaseRow } from '../persistence/purchase.js';
import { Purchase } from '../persistence/purchase.js';
import { Release } from '../persistence/release.js';
import { Store } from '../persistence/store.js';
import type { StoreReadingRow } from '../persistence/store-reading.js';
import type { SupportPolicyVersionRow } from '../persistence/support-policy-version.js';
import { SupportTerm } from '../persistence/support-term.js';
import { type AfterSalesDecision, type AfterSalesFacts, decideAfterSales } from '../policy/after-sales.js';
import { type PlatformVersion, platformVersionFromText } from '../policy/compatibility.js';
import type { AfterSalesRequest } from '../policy/support-policy.js';
import { parseVersion, versionSortKey } from '../policy/version.js';
import type { EntityManager } from './entity-manager.js';
import { platformVersionOf } from './store.js';
import { pinnedPolicy } from './support-policy.js';
import { supportFacts } from './support-term.js';

export interface AfterSalesQuestion {
  readonly purchaseId: string;
  readonly request: AfterSalesRequest;
  /** The store in question; null: the purchase's own, where it has one. */
  readonly storeId: string | null;
  /** What the asker states, where no reading of the store tells it. */
  readonly platformVersion: string | null;
  readonly installedVersion: string | null;
  readonly category: string | null;
  readonly needsWorkOnHost: boolean | null;
}

export interface AfterSalesAnswer {
  readonly decision: AfterSalesDecision;
  readonly purchase: PurchaseRow;
  readonly supportPolicy: SupportPolicyVersionRow;
  /** Told which version the store ran. */
  readonly storeReading: StoreReadingRow | null;
  /** Told which modules it had installed; it may be an older one. */
  readonly installedReading: StoreReadingRow | null;
  readonly decidedAt: Temporal.Instant;
}

/**
 * Gathers what is known of a purchase and its store and asks the policy core (A-13 to A-17, B-02 to B-07, B-24 to B-26).
 * A reading of the store goes before what the asker states. Null when no such purchase is visible.
 */
export async function answerAfterSales(
  em: EntityManager,
  question: AfterSalesQuestion,
  at: Temporal.Instant,
): Promise<AfterSalesAnswer | null> {
  const purchase = await em.findOne(Purchase, { id: question.purchaseId }, { populate: ['supportPolicyVersion', 'addon'] });
  if (purchase === null) return null;
  const terms = await em.find(SupportTerm, { purchase });
  const storeId = question.storeId ?? purchase.store?.id ?? null;
  // A store of somebody else tells nothing about this purchase, whoever asks.
  const store = storeId === null ? null : await em.findOne(Store, { id: storeId, customer: purchase.customer.id });
  const known: KnownReadings = (store && (await knownReadings(em, [store.id], at)).get(store.id)) ?? NO_READINGS;
  const { version: storeReading, installed: installedReading } = known;
  const supportPolicy = purchase.supportPolicyVersion.getEntity();
  const facts: AfterSalesFacts = {
    ...supportFacts(purchase, terms),
    request: question.request,
    listPriceAtPurchase: { amountMinor: purchase.listPriceMinor, currencyCode: purchase.currencyCode },
    // Findings of staff, digests and the ledger come with tickets; until then they are honestly unknown.
    rootCause: 'UNKNOWN',
    advertisedCompatibility: purchase.advertisedCompatibility,
    installedReleaseCompatibility: await installedCompatibility(em, purchase, installedReading, question.installedVersion),
    platformVersion: (store && platformVersionOf(store.platform, storeReading)) ?? stated(purchase, question.platformVersion),
    incompatibleDevelopments: null,
    modifiedSource: 'UNKNOWN',
    changedCodeFiles: [],
    category: question.category,
    prepaidAvailableMinutes: null,
    estimateMinutes: null,
    needsWorkOnHost: question.needsWorkOnHost,
    productBug: null,
    warranty: null,
  };
  const decision = decideAfterSales(pinnedPolicy(supportPolicy), facts, at);
  return { decision, purchase, supportPolicy, storeReading, installedReading, decidedAt: at };
}

const stated = (purchase: PurchaseRow, text: string | null): PlatformVersion | null =>
  text === null ? null : platformVersionFromText(purchase.addon.getEntity().platform, text);

async function installedCompatibility(
  em: EntityManager,
  purchase: PurchaseRow,
  reading: StoreReadingRow | null,
  statedVersion: string | null,
) {
  const addon = purchase.addon.getEntity();
  const codes = [addon.sku, addon.packageName, addon.moduleName];
  const version = reading?.installed.find((module) => codes.includes(module.code))?.version ?? statedVersion;
  const parsed = version === null ? null : parseVersion(version);
  if (parsed === null) return null;
  const release = await em.findOne(Release, { addon, versionSortKey: versionSortKey(parsed) });
  return release?.compatibility ?? null;
}
