import { Purchase, type PurchaseRow } from '../persistence/purchase.js';
import { RecordedDecision, type RecordedDecisionRow } from '../persistence/recorded-decision.js';
import { type Session, withVendorSession } from '../persistence/session.js';
import type { StoreReadingRow } from '../persistence/store-reading.js';
import { SupportTerm, type SupportTermRow } from '../persistence/support-term.js';
import { describePlatformVersion, describeRanges, type PlatformVersion } from '../policy/compatibility.js';
import { moneyToDecimal } from '../policy/money.js';
import type { Reason } from '../policy/reason.js';
import type { RenewalQuote } from '../policy/renewal.js';
import type { WeighedSource } from '../policy/store-source.js';
import { AFTER_SALES_REQUESTS, type AfterSalesRequest } from '../policy/support-policy.js';
import { supportStatus } from '../policy/support-term.js';
import { parseVersion } from '../policy/version.js';
import { answerAfterSales } from './after-sales.js';
import { installedVersionOf, type StoreWord } from './after-sales-facts.js';
import type { Gateway } from './gateway.js';
import { Refusal, userError } from './outcome.js';
import { pinnedPolicy } from './support-policy.js';
import { quoteRenewal, supportFacts } from './support-term.js';
import { type OfferedRelease, statedPlatformVersion, type UpdateAnswer, updateAccessOf } from './update-access.js';

export const EXPLAINED_REQUESTS = AFTER_SALES_REQUESTS;

/** How a person names a purchase: by its UUID, or as "SHOP:ORDER-NUMBER:LINE". */
export type PurchaseReference = { readonly id: string } | { readonly orderLine: string };

export interface ExplainQuestion {
  readonly request: AfterSalesRequest;
  /** What is stated counts where no reading of the store tells it. */
  readonly platformVersion: string | null;
  readonly installedVersion: string | null;
  readonly category: string | null;
  readonly needsWorkOnHost: boolean | null;
}

export type Explanation = Awaited<ReturnType<typeof explained>>;
/** A reason as every decision gives it. */
export type ExplainedReason = Reason;

export type ExplainOutcome =
  | { readonly outcome: 'EXPLAINED'; readonly explanation: Explanation }
  /** One line of an order holds several licences, or several orders share a number. */
  | { readonly outcome: 'SEVERAL'; readonly candidates: readonly { id: string; orderId: string; unit: number; sku: string }[] }
  | { readonly outcome: 'NOT_FOUND' };

/**
 * Everything that Tenure knows and would answer about one purchase at an instant, with every reason: cover, after-sales service, updates,
 * renewal, and what was decided on record. Reads only. Throws a `Refusal` when a stated version is no version.
 */
export function explainPurchase(
  gateway: Pick<Gateway, 'database' | 'policies'>,
  reference: PurchaseReference,
  question: ExplainQuestion,
  at: Temporal.Instant,
): Promise<ExplainOutcome> {
  return withVendorSession(gateway.database, async (session) => {
    const wanted = 'id' in reference ? [{ id: reference.id }] : splits(reference.orderLine);
    if (wanted.length === 0) return { outcome: 'NOT_FOUND' };
    const purchases = await session.em.find(
      Purchase,
      { $or: wanted },
      {
        populate: ['customer', 'addon', 'group', 'supportPolicyVersion'],
        orderBy: { orderId: 'asc', unit: 'asc' },
      },
    );
    const [purchase, ...others] = purchases;
    if (purchase === undefined) return { outcome: 'NOT_FOUND' };
    if (others.length === 0) return { outcome: 'EXPLAINED', explanation: await explained(session, gateway, purchase, question, at) };
    const candidates = purchases.map(({ id, orderId, unit, addon }) => ({ id, orderId, unit, sku: addon.getEntity().sku }));
    return { outcome: 'SEVERAL', candidates };
  });
}

/** Every way to read a text as shop, order number and line: each of the three may hold colons of its own. */
function splits(text: string): { shop: string; orderNumber: string; orderLine: string }[] {
  const parts = text.split(':');
  const joined = (from: number, to: number) => parts.slice(from, to).join(':');
  const found = [];
  for (let order = 1; order < parts.length - 1; order += 1) {
    for (let line = order + 1; line < parts.length; line += 1) {
      found.push({ shop: joined(0, order), orderNumber: joined(order, line), orderLine: joined(line, parts.length) });
    }
  }
  return found;
}

async function explained(
  session: Session,
  { policies }: Pick<Gateway, 'policies'>,
  purchase: PurchaseRow,
  question: ExplainQuestion,
  at: Temporal.Instant,
) {
  const { em } = session;
  assertVersions(purchase, question);
  const terms = await em.find(SupportTerm, { purchase }, { orderBy: { startsAt: 'asc', id: 'asc' } });
  const afterSales = await answerAfterSales(em, { ...question, purchaseId: purchase.id, storeId: null }, at);
  if (afterSales === null) throw new Error('The purchase disappeared while it was being explained.');
  const { decision, storeReading, supportPolicy } = afterSales;
  const store = storeFacts(purchase, afterSales.store, question);
  const [updates] = await updateAccessOf(
    session,
    policies,
    [
      {
        purchase: { id: purchase.id, addonId: purchase.addon.id, customerId: purchase.customer.id },
        installedVersion: store.installedVersion,
        platformVersion: store.version,
        channel: 'STABLE',
      },
    ],
    at,
  );
  if (updates === undefined) throw new Error('A question about updates was left without an answer.');
  const decisions = await em.find(
    RecordedDecision,
    { purchase },
    { populate: ['supportPolicyVersion'], orderBy: { decidedAt: 'asc', id: 'asc' } },
  );
  const { name, version, contentHash, document } = supportPolicy;
  const addon = purchase.addon.getEntity();
  const { supportPolicyName } = addon;
  // A renewal is sold under the conditions in force when it is paid; where there are none, under those of the purchase.
  const inForce = (await policies.inForce(session, [supportPolicyName], at)).get(supportPolicyName);
  return {
    askedAt: at,
    purchase: purchaseFacts(purchase),
    supportPolicy: { name, version, title: document.title, contentHash },
    terms: terms.map(termFacts),
    support: supportStatus(supportFacts(purchase, terms), document, at),
    store: {
      platform: store.version === null ? null : describePlatformVersion(store.version),
      platformFrom: store.versionFrom,
      installedVersion: store.installedVersion,
      readAt: storeReading?.readAt ?? null,
      source: storeReading?.source ?? null,
      failure: storeReading?.failure ?? null,
      sources: afterSales.store.known.sources.map(sourceFacts),
    },
    afterSales: { request: question.request, ...decision },
    updates: updateFacts(updates),
    renewal: quoteFacts(quoteRenewal({ purchase, addon, terms }, 1, at, pinnedPolicy(supportPolicy), inForce)),
    decisions: decisions.map(decisionFacts),
  };
}

function assertVersions(purchase: PurchaseRow, { platformVersion, installedVersion }: ExplainQuestion): void {
  const { platform } = purchase.addon.getEntity();
  const stated = statedPlatformVersion(platform, platformVersion);
  const errors = [
    ...(stated !== null && stated.version === null
      ? [userError('INVALID', `"${platformVersion}" is not a version such as 2.4.7-p3 or 8.1.7.`, 'platformVersion')]
      : []),
    ...(installedVersion !== null && parseVersion(installedVersion) === null
      ? [userError('INVALID', `"${installedVersion}" is not a version such as 1.4.2.`, 'installedVersion')]
      : []),
  ];
  if (errors.length > 0) throw new Refusal(errors);
}

interface StoreFacts {
  readonly version: PlatformVersion | null;
  readonly versionFrom: 'READING' | 'STATED' | null;
  readonly installedVersion: string | null;
}

/** As in the decision on after-sales service. */
function storeFacts(purchase: PurchaseRow, { platformVersion, toldBy, known }: StoreWord, question: ExplainQuestion): StoreFacts {
  const installedVersion = installedVersionOf(purchase, known.installed) ?? question.installedVersion;
  const versionFrom = platformVersion === null ? null : toldBy === null ? 'STATED' : 'READING';
  return { version: platformVersion, versionFrom, installedVersion };
}

const sourceFacts = ({ reading, standing, because }: WeighedSource<StoreReadingRow>) => ({
  source: reading.source,
  readAt: reading.readAt,
  platformVersion: reading.platformVersion,
  standing,
  because,
});

function purchaseFacts(purchase: PurchaseRow) {
  const { id, shop, orderNumber, orderLine, unit, purchasedAt, currencyCode, revokedAt, revocation } = purchase;
  const addon = purchase.addon.getEntity();
  return {
    id,
    addon: { sku: addon.sku, name: addon.name, platform: addon.platform },
    customer: { email: purchase.customer.getEntity().email, name: purchase.customer.getEntity().name },
    storeGroup: purchase.group?.getEntity().name ?? null,
    order: { shop, orderNumber, line: orderLine, unit },
    purchasedAt,
    listPrice: amount(purchase.listPriceMinor, currencyCode),
    paid: amount(purchase.paidMinor, currencyCode),
    advertised: describeRanges(purchase.advertisedCompatibility),
    advertisedCompatibility: purchase.advertisedCompatibility,
    revokedAt,
    revocation,
  };
}

const termFacts = (term: SupportTermRow) => ({
  ordinal: term.ordinal,
  origin: term.origin,
  anchoredOn: term.anchoredOn,
  startsOn: term.startsOn,
  endsOn: term.endsOn,
  startsAt: term.startsAt,
  expiresAt: term.expiresAt,
  paidAt: term.paidAt,
  order: { shop: term.shop, orderNumber: term.orderNumber, line: term.orderLine },
});

const releaseFacts = ({ version, kind, channel, publishedAt, compatibility }: OfferedRelease) => ({
  version,
  kind,
  channel,
  publishedAt,
  supports: describeRanges(compatibility),
});

const updateFacts = ({ verdict, reasons, newest, newestPermitted, withheld }: UpdateAnswer) => ({
  verdict,
  reasons,
  newest: newest === null ? null : releaseFacts(newest),
  newestPermitted: newestPermitted === null ? null : releaseFacts(newestPermitted),
  withheld: withheld.map((entry) => ({ release: releaseFacts(entry.release), reasons: entry.reasons })),
});

const quoteFacts = (quote: RenewalQuote) => ({
  ...quote,
  price: quote.price === null ? null : amount(quote.price.amountMinor, quote.price.currencyCode),
});

const decisionFacts = ({ kind, actor, decidedAt, supportPolicyVersion, facts, decision }: RecordedDecisionRow) => ({
  kind,
  actor,
  decidedAt,
  supportPolicy: { name: supportPolicyVersion.getEntity().name, version: supportPolicyVersion.getEntity().version },
  facts,
  decision,
});

const amount = (amountMinor: bigint, currencyCode: string) => ({
  amount: moneyToDecimal({ amountMinor, currencyCode }),
  currencyCode,
});
