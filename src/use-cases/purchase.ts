import { Addon, type AddonRow } from '../persistence/addon.js';
import { Purchase, type PurchaseRow, type RevocationReason } from '../persistence/purchase.js';
import { RecordedDecision } from '../persistence/recorded-decision.js';
import { Release } from '../persistence/release.js';
import { Store } from '../persistence/store.js';
import type { SupportPolicyVersionRow } from '../persistence/support-policy-version.js';
import type { CompatibilityRange, Platform } from '../policy/compatibility.js';
import type { Money } from '../policy/money.js';
import type { TermsShown } from '../policy/terms-acceptance.js';
import { type Actor, journalActor, namedInEvidence } from './actor.js';
import { isEmail, lockCustomer, lockCustomerRows } from './customer.js';
import type { EntityManager } from './entity-manager.js';
import { once } from './idempotency.js';
import type { AddJob } from './job.js';
import { endTicketPromises } from './licence-end.js';
import type { OrderLineUnit } from './order-line-key.js';
import { Refusal, type UserError, userError } from './outcome.js';
import { policyInForce } from './support-policy.js';
import { layOutTerms } from './term-layout.js';
import { termsThatWereShown } from './terms-acceptance.js';
import { grantIncludedTime } from './time-grant.js';

export interface NewPurchase {
  readonly customerId: string;
  readonly addon: AddonRow;
  /** The shop of the customer that it is meant for; null: any. */
  readonly groupId: string | null;
  readonly platform: Platform;
  readonly line: OrderLineUnit;
  readonly purchasedAt: Temporal.Instant;
  readonly listPrice: Money;
  readonly paid: Money;
  readonly base: { readonly currencyCode: string; readonly rate: string | null } | null;
  readonly advertisedCompatibility: readonly CompatibilityRange[];
  readonly policy: SupportPolicyVersionRow;
  readonly revoked: { readonly at: Temporal.Instant; readonly reason: RevocationReason } | null;
  readonly now: Temporal.Instant;
}

/** notes one licence with what was promised that day. Its first term is laid out by `layOutTerms`. */
export function createPurchase(em: EntityManager, input: NewPurchase): PurchaseRow {
  const purchase = em.create(Purchase, {
    ...input.line,
    customer: input.customerId,
    addon: input.addon,
    group: input.groupId,
    platform: input.platform,
    purchasedAt: input.purchasedAt,
    listPriceMinor: input.listPrice.amountMinor,
    paidMinor: input.paid.amountMinor,
    currencyCode: input.listPrice.currencyCode,
    baseCurrencyCode: input.base?.currencyCode ?? null,
    baseToOrderRate: input.base?.rate ?? null,
    advertisedCompatibility: input.advertisedCompatibility,
    supportPolicyVersion: input.policy,
    revokedAt: input.revoked?.at ?? null,
    revocation: input.revoked?.reason ?? null,
    recordedAt: input.now,
  });
  em.persist(purchase);
  return purchase;
}

/** The platform versions that the product sheet named on a day: those of the newest stable release that was out then. */
export async function advertisedOn(em: EntityManager, addonId: string, at: Temporal.Instant): Promise<readonly CompatibilityRange[]> {
  const [release] = await em.find(
    Release,
    { addon: addonId, channel: 'STABLE', publishedAt: { $lte: at }, $or: [{ withdrawnAt: null }, { withdrawnAt: { $gt: at } }] },
    { orderBy: { versionSortKey: 'desc' }, limit: 1 },
  );
  return release?.compatibility ?? [];
}

export interface PurchaseRecordInput {
  readonly idempotencyKey: string;
  readonly sku: string;
  readonly customer: { readonly email: string; readonly name: string | null };
  /** A store of the group that it is meant for; null: any of the customer's. */
  readonly storeId: string | null;
  /** The partner's name for the shop that sold it. */
  readonly shop: string;
  readonly orderNumber: string;
  readonly line: string;
  readonly purchasedAt: Temporal.Instant;
  readonly listPrice: Money;
  readonly paid: Money;
  /** The conditions that the buyer was shown; left out: those in force when it was paid. */
  readonly termsShown?: TermsShown;
}

/** Records a sale made elsewhere, which accepts the conditions that it is pinned to (B-01). The same key, or the same order line, is recorded once; told again otherwise than it was, the line is refused. */
export function recordPurchase(
  em: EntityManager,
  actor: Actor,
  input: PurchaseRecordInput,
  now: Temporal.Instant,
  addJob?: AddJob,
): Promise<{ purchaseId: string }> {
  return once(em, { actor, operation: 'purchaseRecord', key: input.idempotencyKey, input, now }, async () => {
    if (Temporal.Instant.compare(input.purchasedAt, now) > 0) {
      throw new Refusal([userError('INVALID', 'purchasedAt lies in the future. Record a sale once it is paid.', 'purchasedAt')]);
    }
    if (!isEmail(input.customer.email)) {
      throw new Refusal([
        userError('INVALID', 'The customer is known by an e-mail address, such as shop@example.com.', 'customer', 'email'),
      ]);
    }
    for (const field of ['listPrice', 'paid'] as const) {
      if (input[field].amountMinor < 0n) throw new Refusal([userError('INVALID', 'An amount is not negative.', field, 'amount')]);
    }
    if (input.listPrice.currencyCode !== input.paid.currencyCode) {
      throw new Refusal([userError('INVALID', 'listPrice and paid must be in one currency.', 'paid', 'currencyCode')]);
    }
    const addon = await em.findOne(Addon, { sku: input.sku });
    if (addon === null) throw new Refusal([userError('NOT_FOUND', `There is no add-on with the SKU "${input.sku}".`, 'sku')]);
    if ((await em.count(Store, { code: input.shop })) > 0) {
      throw new Refusal([
        userError('CONFLICT', `"${input.shop}" is a connected shop: its orders arrive by import. Name your own shop.`, 'shop'),
      ]);
    }
    const policy =
      input.termsShown === undefined
        ? await policyInForce(em, addon.supportPolicyName, input.purchasedAt)
        : await termsThatWereShown(em, addon.supportPolicyName, input.termsShown, input.purchasedAt);
    if (policy === null) {
      throw new Refusal([
        userError(
          'NOT_AVAILABLE',
          `No version of "${addon.supportPolicyName}" was in force on that day. Publish one that begins earlier.`,
          'purchasedAt',
        ),
      ]);
    }
    const customerId = await lockCustomer(em, input.customer.email, input.customer.name, now);
    const store = input.storeId === null ? null : await em.findOne(Store, { id: input.storeId, customer: customerId });
    if (input.storeId !== null && store === null) {
      throw new Refusal([userError('NOT_FOUND', 'This customer has no such store.', 'storeId')]);
    }
    const groupId = store?.group?.id ?? null;
    const line: OrderLineUnit = {
      shop: input.shop,
      orderId: input.orderNumber,
      orderNumber: input.orderNumber,
      orderLine: input.line,
      unit: 1,
    };
    const known = await em.findOne(Purchase, { shop: line.shop, orderId: line.orderId, orderLine: line.orderLine, unit: 1 });
    if (known !== null) {
      if (known.customer.id !== customerId || known.addon.id !== addon.id)
        throw new Refusal([userError('TAKEN', 'This order line is already recorded, for another customer or add-on.', 'line')]);
      const differing = differencesFrom(known, input, policy, groupId);
      if (differing.length > 0) throw new Refusal(differing);
      return { purchaseId: known.id };
    }
    const purchase = createPurchase(em, {
      customerId,
      addon,
      groupId,
      platform: addon.platform,
      line,
      purchasedAt: input.purchasedAt,
      listPrice: input.listPrice,
      paid: input.paid,
      base: null,
      advertisedCompatibility: await advertisedOn(em, addon.id, input.purchasedAt),
      policy,
      revoked: null,
      now,
    });
    await layOutTerms(em, customerId, addon.id, []);
    await grantIncludedTime(em, [{ purchase, addon, policy }], { actor: journalActor(actor), now, addJob });
    return { purchaseId: purchase.id };
  });
}

/** What a sale says otherwise than the purchase that was recorded of it. */
function differencesFrom(
  known: PurchaseRow,
  input: PurchaseRecordInput,
  policy: SupportPolicyVersionRow,
  groupId: string | null,
): UserError[] {
  const money = { listPrice: known.listPriceMinor, paid: known.paidMinor } as const;
  const differs = {
    purchasedAt: !known.purchasedAt.equals(input.purchasedAt),
    storeId: (known.group?.id ?? null) !== groupId,
    listPrice: known.currencyCode !== input.listPrice.currencyCode || money.listPrice !== input.listPrice.amountMinor,
    paid: known.currencyCode !== input.paid.currencyCode || money.paid !== input.paid.amountMinor,
    termsShown: input.termsShown !== undefined && known.supportPolicyVersion.id !== policy.id,
  };
  return (['purchasedAt', 'storeId', 'listPrice', 'paid', 'termsShown'] as const)
    .filter((field) => differs[field])
    .map((field) => userError('CONFLICT', `This order line is already recorded with another ${field}. What was recorded stays.`, field));
}

export interface PurchaseRevokeInput {
  readonly idempotencyKey: string;
  readonly purchaseId: string;
  readonly reason: RevocationReason;
  readonly note: string;
}

/** Takes a purchase back from now on: its licence and its terms end. The reason is kept as evidence. */
export function revokePurchase(
  em: EntityManager,
  actor: Actor,
  input: PurchaseRevokeInput,
  now: Temporal.Instant,
): Promise<{ purchaseId: string }> {
  return once(em, { actor, operation: 'purchaseRevoke', key: input.idempotencyKey, input, now }, async () => {
    const purchase = await lockedPurchase(em, input.purchaseId);
    if (purchase.revokedAt !== null) throw new Refusal([userError('CONFLICT', 'This purchase is already revoked.', 'purchaseId')]);
    await endPurchase(em, actor, purchase, input, now);
    return { purchaseId: purchase.id };
  });
}

/** Ends the licence of a purchase that was not taken back before, its terms with it and what its tickets promise, and keeps why as evidence. The caller has it from `lockedPurchase`. */
export async function endPurchase(
  em: EntityManager,
  actor: Actor,
  purchase: PurchaseRow,
  { reason, note }: { readonly reason: RevocationReason; readonly note: string },
  at: Temporal.Instant,
): Promise<void> {
  purchase.revokedAt = at;
  purchase.revocation = reason;
  em.persist(
    em.create(RecordedDecision, {
      purchase,
      supportPolicyVersion: purchase.supportPolicyVersion,
      kind: 'REVOCATION',
      actor: namedInEvidence(actor),
      facts: { reason, note },
      decision: { revokedAt: at.toString() },
      decidedAt: at,
    }),
  );
  await endTicketPromises(em, [purchase.id], at);
  await layOutTerms(em, purchase.customer.id, purchase.addon.id, []);
}

/** A visible purchase, with its customer's row locked first. */
export async function lockedPurchase(em: EntityManager, purchaseId: string): Promise<PurchaseRow> {
  const found = await em.findOne(Purchase, { id: purchaseId });
  if (found === null) throw new Refusal([userError('NOT_FOUND', 'There is no such purchase.', 'purchaseId')]);
  await lockCustomerRows(em, [found.customer.id]);
  // Read again, as it may have changed until the lock was had; `refresh` itself would leave the relations unread.
  return em.findOneOrFail(Purchase, { id: purchaseId }, { populate: ['supportPolicyVersion', 'addon', 'terms'], refresh: true });
}
