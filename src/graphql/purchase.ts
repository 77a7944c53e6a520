import { Arg, Ctx, Field, FieldResolver, ID, InputType, Int, ObjectType, Query, Resolver, Root } from 'type-graphql';
import type { AddonRow } from '../persistence/addon.js';
import type { CustomerRow } from '../persistence/customer.js';
import type { PlainRow } from '../persistence/plain-row.js';
import type { PurchaseRow, RevocationReason } from '../persistence/purchase.js';
import type { PurchaseConditions } from '../persistence/purchase-pages.js';
import type { StoreRow } from '../persistence/store.js';
import type { StoreGroupRow } from '../persistence/store-group.js';
import type { SupportPolicyVersionRow } from '../persistence/support-policy-version.js';
import type { SupportTermRow } from '../persistence/support-term.js';
import type { CompatibilityRange as CoreRange } from '../policy/compatibility.js';
import { supportStatus } from '../policy/support-term.js';
import { toGlobalId, uuidOrNowhere } from '../use-cases/global-id.js';
import { quoteRenewal, supportFacts } from '../use-cases/support-term.js';
import { statedPlatformVersion, type UpdateAnswer } from '../use-cases/update-access.js';
import { Addon } from './addon.js';
import { AFTER, type Connection, connectionType, FIRST, firstType } from './connection.js';
import { type Context, ownRows, requireScope } from './context.js';
import { Customer } from './customer.js';
import { RevocationReasonEnum } from './enums.js';
import { Money, money } from './money.js';
import { Node } from './node.js';
import { OrderReference, orderReference } from './order-reference.js';
import { type PurchaseRoot, pageOfPurchases } from './purchase-page.js';
import { CompatibilityRange } from './release.js';
import { RenewalQuote, type RenewalQuoteRoot } from './renewal-quote.js';
import { DateTimeScalar } from './scalars.js';
import { Store } from './store.js';
import { StoreGroup } from './store-group.js';
import { SupportPolicyVersion } from './support-policy-version.js';
import { SupportStatus, SupportTerm } from './support-term.js';
import { UpdateAccess } from './update-access.js';

const AS_OF = { nullable: true, description: 'The moment asked about; now unless said.' } as const;

@ObjectType({ implements: Node, description: 'One licence of an add-on, with what was promised on the day that it was bought.' })
export class Purchase implements Pick<PurchaseRow, 'purchasedAt' | 'revokedAt' | 'revocation' | 'advertisedCompatibility'> {
  id!: string;

  @Field(() => DateTimeScalar, { description: 'When it was paid.' })
  purchasedAt!: Temporal.Instant;

  @Field(() => DateTimeScalar, { nullable: true, description: 'When it was taken back; null while it holds.' })
  revokedAt!: Temporal.Instant | null;

  @Field(() => RevocationReasonEnum, { nullable: true, description: 'Why it was taken back; null while it holds.' })
  revocation!: RevocationReason | null;

  @Field(() => [CompatibilityRange], { description: 'Platform versions that the product sheet named, as it stood that day.' })
  advertisedCompatibility!: readonly CoreRange[];
}

export const PurchaseConnection = connectionType('Purchase', () => Purchase, 'purchases');

@InputType({ description: 'Which purchases; every condition given must hold.' })
export class PurchaseFilter {
  @Field(() => ID, { nullable: true, description: 'Of this customer.' })
  customerId?: string | null;

  @Field(() => String, { nullable: true, description: 'Of the add-on with this SKU.' })
  sku?: string | null;

  @Field(() => ID, { nullable: true, description: 'Meant for the group that this store is in.' })
  storeId?: string | null;

  @Field(() => ID, { nullable: true, description: 'Meant for this group of stores.' })
  storeGroupId?: string | null;

  @Field(() => String, { nullable: true, description: 'From the order with this number.' })
  orderNumber?: string | null;

  @Field(() => Boolean, { nullable: true, description: 'True: only those taken back; false: only those that hold.' })
  revoked?: boolean | null;
}

@Resolver(() => Purchase)
export class PurchaseResolver {
  @FieldResolver(() => ID, { description: 'Global and opaque; stays the same for good.' })
  id(@Root() purchase: PurchaseRoot): string {
    return toGlobalId('Purchase', purchase.id);
  }

  @FieldResolver(() => Customer, { description: 'Who bought it.' })
  customer(@Root() purchase: PurchaseRoot, @Ctx() { loaders }: Context): Promise<PlainRow<CustomerRow>> {
    return loaders.customer.load(purchase.customer.id);
  }

  @FieldResolver(() => Addon, { description: 'What was bought.' })
  addon(@Root() purchase: PurchaseRoot, @Ctx() { loaders }: Context): Promise<PlainRow<AddonRow>> {
    return loaders.addon.load(purchase.addon.id);
  }

  @FieldResolver(() => Store, {
    nullable: true,
    description:
      'The production store of the shop that it is meant for; null: any of the customer’s, or a shop that has none. Scope STORES_READ.',
  })
  async store(@Root() purchase: PurchaseRoot, @Ctx() context: Context): Promise<StoreRow | null> {
    requireScope(context, 'STORES_READ');
    if (purchase.group === null) return null;
    const stores = await context.loaders.storesOfGroup.load(purchase.group.id);
    return stores.find(({ role }) => role === 'CUSTOMER_PRODUCTION') ?? null;
  }

  @FieldResolver(() => StoreGroup, {
    nullable: true,
    description: 'The shop that it is meant for, in all its environments; null: any of the customer’s. Scope STORES_READ.',
  })
  async storeGroup(@Root() purchase: PurchaseRoot, @Ctx() context: Context): Promise<StoreGroupRow | null> {
    requireScope(context, 'STORES_READ');
    return purchase.group === null ? null : context.loaders.storeGroup.load(purchase.group.id);
  }

  @FieldResolver(() => OrderReference, { description: 'The order line that it came from.' })
  order(@Root() purchase: PurchaseRoot): OrderReference {
    return orderReference(purchase.platform, purchase);
  }

  @FieldResolver(() => Money, {
    description: 'Net list price of one licence without discounts, as it stood that day: what renewals are priced from.',
  })
  listPriceAtPurchase(@Root() purchase: PurchaseRoot): Money {
    return money(purchase.listPriceMinor, purchase.currencyCode);
  }

  @FieldResolver(() => Money, { description: 'What was paid for it: tax included, net of discounts.' })
  paid(@Root() purchase: PurchaseRoot): Money {
    return money(purchase.paidMinor, purchase.currencyCode);
  }

  @FieldResolver(() => SupportPolicyVersion, { description: 'The support conditions that it is pinned to.' })
  supportPolicy(@Root() purchase: PurchaseRoot, @Ctx() { loaders }: Context): Promise<PlainRow<SupportPolicyVersionRow>> {
    return loaders.policyVersion.load(purchase.supportPolicyVersion.id);
  }

  @FieldResolver(() => [SupportTerm], {
    description: 'Its support terms in date order, never overlapping; without those whose payment was returned.',
  })
  supportTerms(@Root() purchase: PurchaseRoot, @Ctx() { loaders }: Context): Promise<readonly PlainRow<SupportTermRow>[]> {
    return loaders.termsOfPurchase.load(purchase.id);
  }

  @FieldResolver(() => SupportStatus, { description: 'How its support stands.' })
  async support(
    @Root() purchase: PurchaseRoot,
    @Arg('asOf', () => DateTimeScalar, AS_OF) asOf: Temporal.Instant | null,
    @Ctx() { loaders, now }: Context,
  ) {
    const [terms, policy] = await Promise.all([
      loaders.termsOfPurchase.load(purchase.id),
      loaders.policy.load(purchase.supportPolicyVersion.id),
    ]);
    return supportStatus(supportFacts(purchase, terms), policy.document, asOf ?? now);
  }

  @FieldResolver(() => RenewalQuote, {
    description: 'What renewing would cost under the conditions then in force, and until when it would last.',
  })
  async renewalQuote(
    @Root() purchase: PurchaseRoot,
    @Arg('periods', () => Int, { nullable: true, defaultValue: 1, description: 'How many periods, from 1.' }) periods: number | null,
    @Arg('asOf', () => DateTimeScalar, AS_OF) asOf: Temporal.Instant | null,
    @Ctx() context: Context,
  ): Promise<RenewalQuoteRoot> {
    const at = asOf ?? context.now;
    const { loaders } = context;
    const [terms, addon, pinned] = await Promise.all([
      loaders.termsOfPurchase.load(purchase.id),
      loaders.addon.load(purchase.addon.id),
      loaders.policy.load(purchase.supportPolicyVersion.id),
    ]);
    const inForce = (await loaders.policyInForce.load({ name: addon.supportPolicyName, at })) ?? pinned;
    const quote = quoteRenewal({ purchase, addon, terms }, periods ?? 1, at, pinned, inForce);
    return { quote, access: () => accessOf(purchase, null, at, context) };
  }

  @FieldResolver(() => UpdateAccess, { description: 'Which releases may be had for it.' })
  updateAccess(
    @Root() purchase: PurchaseRoot,
    @Arg('asOf', () => DateTimeScalar, AS_OF) asOf: Temporal.Instant | null,
    @Arg('platformVersion', () => String, {
      nullable: true,
      description: 'The platform’s version, such as 2.4.7-p3; without it, whether a release fits cannot be told.',
    })
    platformVersion: string | null,
    @Ctx() context: Context,
  ): Promise<UpdateAnswer> {
    return accessOf(purchase, platformVersion, asOf ?? context.now, context);
  }

  @Query(() => PurchaseConnection, {
    description: 'Purchases that the caller may see, the newest first. Scope PURCHASES_READ; a customer sees its own.',
  })
  purchases(
    @Arg('first', firstType, FIRST) first: number,
    @Arg('after', () => String, AFTER) after: string | null,
    @Arg('filter', () => PurchaseFilter, { nullable: true, description: 'Which purchases; all unless said.' })
    filter: PurchaseFilter | null,
    @Ctx() context: Context,
  ): Promise<Connection<PurchaseRoot>> {
    requireScope(context, 'PURCHASES_READ');
    return pageOfPurchases(context, conditionsOf(filter, ownRows(context.actor).customer), first, after);
  }
}

async function accessOf(
  purchase: PurchaseRoot,
  platformVersion: string | null,
  at: Temporal.Instant,
  { loaders }: Context,
): Promise<UpdateAnswer> {
  // The store runs the add-on's platform, which need not be that of the shop that sold it.
  const running =
    platformVersion == null ? null : statedPlatformVersion((await loaders.addon.load(purchase.addon.id)).platform, platformVersion);
  return loaders.updateAccess.load({
    purchase: { id: purchase.id, addonId: purchase.addon.id, customerId: purchase.customer.id },
    platformVersion: running,
    at,
  });
}

function conditionsOf(filter: PurchaseFilter | null | undefined, onlyCustomerId: string | undefined): PurchaseConditions {
  return {
    ...(onlyCustomerId === undefined ? {} : { onlyCustomerId }),
    ...(filter?.customerId == null ? {} : { customerId: uuidOrNowhere('Customer', filter.customerId) }),
    ...(filter?.storeId == null ? {} : { storeId: uuidOrNowhere('Store', filter.storeId) }),
    ...(filter?.storeGroupId == null ? {} : { groupId: uuidOrNowhere('StoreGroup', filter.storeGroupId) }),
    ...(filter?.sku == null ? {} : { sku: filter.sku }),
    ...(filter?.orderNumber == null ? {} : { orderNumber: filter.orderNumber }),
    ...(filter?.revoked == null ? {} : { isRevoked: filter.revoked }),
  };
}
