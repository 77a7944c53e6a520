import { Purchase } from '../persistence/purchase.js';
import { SupportPolicyVersion, type SupportPolicyVersionRow } from '../persistence/support-policy-version.js';
import { SupportTerm, type SupportTermOrigin, type SupportTermRow } from '../persistence/support-term.js';
import { placeRenewals } from '../policy/renewal-placement.js';
import { nextSpan, paymentsInOrder, type TermSpan } from '../policy/support-term.js';
import type { EntityManager } from './entity-manager.js';
import { keyOf, type OrderLineUnit } from './order-line-key.js';
import { type Holder, type PurchaseFacts, readPurchaseFacts, readStoredPayments, type StoredPayment } from './term-facts.js';
import { acceptByPurchase } from './terms-acceptance.js';

/** A payment for support that no term stands for yet. */
export interface NewRenewal extends OrderLineUnit {
  readonly origin: SupportTermOrigin;
  readonly paidAt: Temporal.Instant;
  readonly periods: number;
  readonly policy: SupportPolicyVersionRow;
  /** The purchase that a person chose; null: the one that ends first. */
  readonly purchaseId: string | null;
}

interface Payment extends OrderLineUnit {
  readonly key: string;
  readonly origin: SupportTermOrigin;
  readonly paidAt: Temporal.Instant;
  readonly periods: number;
  readonly months: number;
  readonly policyId: string;
  readonly pinnedTo: string | null;
  /** The term that stands for it already. */
  readonly stored: StoredPayment | null;
}

/** A purchase with the term that came with it. */
interface Holding {
  readonly purchase: PurchaseFacts;
  readonly key: string;
  readonly zone: string;
  readonly included: Omit<Payment, 'stored'>;
}

export interface TermLayout {
  /** New renewals for which there is nothing to renew; of those nothing was written. */
  readonly unplaced: readonly NewRenewal[];
  /** Terms placed earlier whose purchase, as is known by now, was taken back before they were paid. They stay where they are. */
  readonly homeless: readonly SupportTermRow[];
}

/** Whose terms of which add-on are to be laid out, with what was paid and has no term yet. */
export interface TermsToLayOut extends Holder {
  readonly renewals: readonly NewRenewal[];
}

/** Lays out the terms of one customer's purchases of one add-on: see `layOutAllTerms`. */
export async function layOutTerms(
  em: EntityManager,
  customerId: string,
  addonId: string,
  renewals: readonly NewRenewal[],
): Promise<TermLayout> {
  const [layout] = await layOutAllTerms(em, [{ customerId, addonId, renewals }]);
  if (layout === undefined) throw new Error('Terms were laid out for nobody.');
  return layout;
}

/**
 * Lays out all terms of some customers' purchases of an add-on each afresh from what was paid, so that the order in which
 * payments become known does not matter. What moved is written, and nothing else: as long as nothing was renewed, each purchase stands by
 * itself, and only those without a term are even read. Whoever paid for a new term has accepted the conditions that it is sold under (B-01, B-30), and
 * that is noted; a gift binds nobody. The caller holds the customers' rows locked. As many statements for many as for one; the layouts come in the sequence asked
 * for, and nobody is asked for twice.
 */
export async function layOutAllTerms(em: EntityManager, asked: readonly TermsToLayOut[]): Promise<TermLayout[]> {
  await em.flush();
  const stored = Map.groupBy(await readStoredPayments(em, asked), holderKey);
  const areAlone = (each: TermsToLayOut) => each.renewals.length === 0 && !stored.has(holderKey(each));
  const facts = [
    ...(await readPurchaseFacts(em, asked.filter(areAlone), 'WITHOUT_TERM')),
    ...(await readPurchaseFacts(
      em,
      asked.filter((each) => !areAlone(each)),
      'ALL',
    )),
  ];
  const policies = await policiesOf(em, facts);
  const purchases = Map.groupBy(facts, holderKey);
  const placed = asked.map((each) => {
    const holdings = (purchases.get(holderKey(each)) ?? []).map((purchase) => holdingOf(purchase, policies));
    return { ...each, ...placeOf(holdings, stored.get(holderKey(each)) ?? [], each.renewals) };
  });
  await move(
    em,
    placed.flatMap(({ holdings, byHome }) => holdings.flatMap((holding) => layOutPurchase(em, holding, byHome.get(holding.key) ?? []))),
  );
  await acceptByPurchase(
    em,
    placed.flatMap(({ customerId, paidFor }) =>
      paidFor.map((line) => ({ customerId, policyId: line.policyId, line, paidAt: line.paidAt })),
    ),
  );
  const homelessIds = placed.flatMap(({ homeless }) => homeless);
  const homeless = homelessIds.length === 0 ? [] : await em.find(SupportTerm, { id: { $in: homelessIds } }, { orderBy: { id: 'asc' } });
  return placed.map((each) => ({ unplaced: each.unplaced, homeless: homeless.filter(({ id }) => each.homeless.includes(id)) }));
}

const holderKey = ({ customerId, addonId }: Holder): string => `${customerId} ${addonId}`;

interface Placement {
  readonly holdings: readonly Holding[];
  readonly byHome: ReadonlyMap<string | null, readonly Payment[]>;
  /** What was paid for and has no term yet. */
  readonly paidFor: readonly Omit<Payment, 'stored'>[];
  readonly unplaced: readonly NewRenewal[];
  /** Ids of terms. */
  readonly homeless: readonly string[];
}

/** Decides which purchase of a holder each payment prolongs. */
function placeOf(holdings: readonly Holding[], stored: readonly StoredPayment[], renewals: readonly NewRenewal[]): Placement {
  const keys = new Map(holdings.map(({ purchase, key }) => [purchase.id, key]));
  const later = [...stored.map((payment) => storedPayment(payment, keys)), ...renewals.map((renewal) => newPayment(renewal, keys))];
  const placements = placeRenewals(
    holdings.map(({ purchase, key, zone, included }) => ({
      key,
      paidAt: purchase.purchasedAt,
      months: included.months,
      revokedAt: purchase.revokedAt,
      zone,
    })),
    later.map((payment) => ({ key: payment.key, paidAt: payment.paidAt, months: payment.months, purchaseKey: payment.pinnedTo })),
  );
  const homes = new Map(placements.map((placement) => [placement.renewalKey, placement.purchaseKey]));
  return {
    holdings,
    byHome: Map.groupBy(
      later,
      (payment) => homes.get(payment.key) ?? (payment.stored === null ? null : keys.get(payment.stored.purchaseId)) ?? null,
    ),
    paidFor: [
      ...holdings.flatMap(({ purchase, included }) => (purchase.included === null ? [included] : [])),
      ...later.filter((payment) => payment.stored === null && payment.origin === 'RENEWAL' && homes.get(payment.key) != null),
    ],
    unplaced: renewals.filter((renewal) => homes.get(keyOf(renewal)) == null),
    homeless: later.flatMap((payment) => (payment.stored !== null && homes.get(payment.key) == null ? [payment.stored.id] : [])),
  };
}

interface Move {
  readonly stored: StoredPayment;
  readonly purchaseId: string;
  readonly span: TermSpan;
}

/**
 * Writes the terms that a purchase has not got yet, and gives those that have to move. The term that came with the purchase is always the first,
 * also before a renewal of the same order, which was paid at the same instant; once it is there, nothing can move it.
 */
function layOutPurchase(em: EntityManager, { purchase, zone, included }: Holding, later: readonly Payment[]): Move[] {
  if (purchase.included !== null && later.length === 0) return [];
  let span = nextSpan(null, included, zone);
  if (purchase.included === null) addTerm(em, purchase.id, included, span);
  const moved: Move[] = [];
  for (const payment of paymentsInOrder(later)) {
    span = nextSpan(span, payment, zone);
    if (payment.stored === null) addTerm(em, purchase.id, payment, span);
    else if (!stands(payment.stored, purchase.id, span)) moved.push({ stored: payment.stored, purchaseId: purchase.id, span });
  }
  return moved;
}

/** Places are told apart by their days too: instants alone do not say from which anchor they were counted. */
function stands(stored: StoredPayment, purchaseId: string, span: TermSpan): boolean {
  return (
    stored.purchaseId === purchaseId &&
    stored.ordinal === span.ordinal &&
    stored.monthsFromAnchor === span.monthsFromAnchor &&
    stored.anchoredOn.equals(span.anchoredOn) &&
    stored.startsOn.equals(span.startsOn) &&
    stored.endsOn.equals(span.endsOn) &&
    stored.startsAt.equals(span.startsAt) &&
    stored.expiresAt.equals(span.expiresAt)
  );
}

async function move(em: EntityManager, moves: readonly Move[]): Promise<void> {
  if (moves.length === 0) return;
  const rows = await em.find(SupportTerm, { id: { $in: moves.map(({ stored }) => stored.id) } });
  const byId = new Map(rows.map((row) => [row.id, row]));
  for (const { stored, purchaseId, span } of moves) {
    const row = byId.get(stored.id);
    if (row === undefined) throw new Error('A term went while its customer was locked.');
    em.assign(row, { ...spanColumns(span), purchase: em.getReference(Purchase, purchaseId) });
  }
}

/** The versions that purchases are pinned to: few, however many purchases there are, so each document is read once. */
async function policiesOf(em: EntityManager, purchases: readonly PurchaseFacts[]): Promise<Map<string, SupportPolicyVersionRow>> {
  const policies = new Map<string, SupportPolicyVersionRow>();
  for (const id of new Set(purchases.map(({ policyId }) => policyId)))
    policies.set(id, await em.findOneOrFail(SupportPolicyVersion, { id }));
  return policies;
}

function holdingOf(purchase: PurchaseFacts, policies: ReadonlyMap<string, SupportPolicyVersionRow>): Holding {
  const document = policies.get(purchase.policyId)?.document;
  if (document === undefined) throw new Error('A purchase is pinned to a version that is not there.');
  const key = keyOf(purchase);
  const included = {
    ...unitOf(purchase),
    key,
    origin: 'INCLUDED',
    paidAt: purchase.purchasedAt,
    periods: purchase.included?.periods ?? 1,
    months: purchase.included?.months ?? document.term.months,
    policyId: purchase.policyId,
    pinnedTo: null,
  } as const;
  return { purchase, key, zone: document.zone, included };
}

const storedPayment = (stored: StoredPayment, keys: ReadonlyMap<string, string>): Payment => ({
  ...stored,
  key: keyOf(stored),
  pinnedTo: stored.pinned ? (keys.get(stored.purchaseId) ?? null) : null,
  stored,
});

const newPayment = (renewal: NewRenewal, keys: ReadonlyMap<string, string>): Payment => ({
  ...unitOf(renewal),
  key: keyOf(renewal),
  origin: renewal.origin,
  paidAt: renewal.paidAt,
  periods: renewal.periods,
  months: renewal.periods * renewal.policy.document.term.months,
  policyId: renewal.policy.id,
  pinnedTo: renewal.purchaseId === null ? null : (keys.get(renewal.purchaseId) ?? null),
  stored: null,
});

const unitOf = ({ shop, orderId, orderNumber, orderLine, unit }: OrderLineUnit): OrderLineUnit => ({
  shop,
  orderId,
  orderNumber,
  orderLine,
  unit,
});

const spanColumns = ({ ordinal, anchoredOn, monthsFromAnchor, startsOn, endsOn, startsAt, expiresAt }: TermSpan) => ({
  ordinal,
  anchoredOn,
  monthsFromAnchor,
  startsOn,
  endsOn,
  startsAt,
  expiresAt,
});

function addTerm(em: EntityManager, purchaseId: string, payment: Omit<Payment, 'stored'>, span: TermSpan): void {
  em.persist(
    em.create(SupportTerm, {
      ...unitOf(payment),
      ...spanColumns(span),
      purchase: purchaseId,
      origin: payment.origin,
      paidAt: payment.paidAt,
      periods: payment.periods,
      months: payment.months,
      supportPolicyVersion: payment.policyId,
      pinned: payment.pinnedTo !== null,
    }),
  );
}
