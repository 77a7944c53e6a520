import { Project } from '../persistence/project.js';
import type { PurchaseRow } from '../persistence/purchase.js';
import { Purchase } from '../persistence/purchase.js';
import { Store } from '../persistence/store.js';
import type { StoreReadingRow } from '../persistence/store-reading.js';
import type { SupportPolicyVersionRow } from '../persistence/support-policy-version.js';
import { type AfterSalesDecision, decideAfterSales } from '../policy/after-sales.js';
import type { AfterSalesRequest } from '../policy/support-policy.js';
import { afterSalesFacts, installedReadingOf, NOTHING_FOUND, type StoreWord, storeWordAt } from './after-sales-facts.js';
import { codeOfRequest } from './code-evidence.js';
import type { EntityManager } from './entity-manager.js';
import { productionStoreOf } from './store-group.js';
import { pinnedPolicy } from './support-policy.js';
import { usableMinutesFor } from './time-command.js';

export interface AfterSalesQuestion {
  readonly purchaseId: string;
  readonly request: AfterSalesRequest;
  /** The store in question; null: the production store of the group that the purchase is meant for, where there is one. */
  readonly storeId: string | null;
  /** The project whose prepaid time the work would take; null or left out: whichever of the customer's has any. */
  readonly projectId?: string | null;
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
  /** What the store was known to run, and by whom. */
  readonly store: StoreWord;
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
  const customer = purchase.customer.id;
  const projectId = question.projectId ?? null;
  // A store of somebody else tells nothing about this purchase, whoever asks; nor has a project of somebody else any time for it.
  const { storeId } = question;
  const store = storeId === null ? await productionStoreOf(em, purchase.group) : await em.findOne(Store, { id: storeId, customer });
  const isOwnProject = projectId === null || (await em.count(Project, { id: projectId, customer })) > 0;
  const told = await storeWordAt(em, store, purchase, question, at);
  const supportPolicy = purchase.supportPolicyVersion.getEntity();
  const { request, category, needsWorkOnHost } = question;
  const prepaidAvailableMinutes = isOwnProject ? await usableMinutesFor(em, customer, projectId, at) : 0;
  const asked = { ...NOTHING_FOUND, request, category, needsWorkOnHost, prepaidAvailableMinutes, estimateMinutes: null };
  const code = await codeOfRequest(em, { storeId: store?.id ?? null, addonId: purchase.addon.id }, at, at);
  const facts = await afterSalesFacts(em, asked, purchase, told, question.installedVersion, code);
  const decision = decideAfterSales(pinnedPolicy(supportPolicy), facts, at);
  const { version: storeReading, installed } = told.known;
  const installedReading = installedReadingOf(purchase, installed)?.reading ?? installed[0] ?? null;
  return { decision, purchase, supportPolicy, store: told, storeReading, installedReading, decidedAt: at };
}
