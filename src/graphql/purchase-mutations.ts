import { Arg, Ctx, Field, ID, InputType, Int, Mutation, ObjectType, Resolver } from 'type-graphql';
import { Purchase as PurchaseEntity, type PurchaseRow, type RevocationReason } from '../persistence/purchase.js';
import { type SupportTermRow, SupportTerm as TermEntity } from '../persistence/support-term.js';
import { uuidOrNowhere } from '../use-cases/global-id.js';
import { recordPurchase, revokePurchase } from '../use-cases/purchase.js';
import { renewSupport } from '../use-cases/support-term.js';
import { type Context, requireScope } from './context.js';
import { RenewalOriginEnum, RevocationReasonEnum } from './enums.js';
import { MoneyInput, moneyOf } from './money.js';
import { refusal } from './operation-limits.js';
import { Purchase } from './purchase.js';
import { DateTimeScalar } from './scalars.js';
import { SupportTerm } from './support-term.js';
import { IDEMPOTENCY_KEY, optional, payload, required, USER_ERRORS, UserError } from './user-error.js';

@InputType({ description: 'Who bought.' })
export class PurchaseCustomerInput {
  @Field(() => String, { description: 'E-mail address.' })
  email!: string;

  @Field(() => String, { nullable: true, description: 'Name; kept only where none is known yet.' })
  name?: string | null;
}

@InputType({ description: 'Support conditions as a buyer was shown them.' })
export class TermsShownInput {
  @Field(() => Int, { description: 'The version.' })
  version!: number;

  @Field(() => String, { description: 'SHA-256 of the document, in hexadecimal, as `contentHash` gives it.' })
  contentHash!: string;
}

@InputType({ description: 'A sale made elsewhere.' })
export class PurchaseRecordInput {
  @Field(() => String, IDEMPOTENCY_KEY)
  idempotencyKey!: string;

  @Field(() => String, { description: 'SKU of the add-on.' })
  sku!: string;

  @Field(() => PurchaseCustomerInput, { description: 'Who bought it.' })
  customer!: PurchaseCustomerInput;

  @Field(() => ID, { nullable: true, description: 'A store of the group that it is meant for; any of the customer’s unless said.' })
  storeId?: string | null;

  @Field(() => String, {
    description: 'Your name for the shop that sold it. Not the code of a connected shop: its orders arrive by import.',
  })
  shop!: string;

  @Field(() => String, { description: 'Number of the order, unique in that shop.' })
  orderNumber!: string;

  @Field(() => String, { description: 'Id of the line within the order.' })
  line!: string;

  @Field(() => DateTimeScalar, { description: 'When it was paid.' })
  purchasedAt!: Temporal.Instant;

  @Field(() => MoneyInput, { description: 'Net list price without discounts, on that day.' })
  listPrice!: MoneyInput;

  @Field(() => MoneyInput, { description: 'What was paid: tax included, net of discounts.' })
  paid!: MoneyInput;

  @Field(() => TermsShownInput, {
    nullable: true,
    description: 'The conditions that the buyer was shown, which bind from now on; those in force when it was paid unless said.',
  })
  termsShown?: TermsShownInput | null;
}

@ObjectType({ description: 'The recorded purchase, or what must be corrected.' })
export class PurchaseRecordPayload {
  @Field(() => Purchase, {
    nullable: true,
    description: 'As recorded, with its first support term; null when something must be corrected.',
  })
  purchase?: PurchaseRow | null;

  @Field(() => [UserError], USER_ERRORS)
  userErrors!: UserError[];
}

@InputType({ description: 'A purchase to take back.' })
export class PurchaseRevokeInput {
  @Field(() => String, IDEMPOTENCY_KEY)
  idempotencyKey!: string;

  @Field(() => ID, { description: 'The purchase.' })
  purchaseId!: string;

  @Field(() => RevocationReasonEnum, { description: 'Why.' })
  reason!: RevocationReason;

  @Field(() => String, { description: 'What happened, for the record; at most 1,000 characters.' })
  note!: string;
}

@ObjectType({ description: 'The revoked purchase, or what must be corrected.' })
export class PurchaseRevokePayload {
  @Field(() => Purchase, { nullable: true, description: 'As it stands; null when something must be corrected.' })
  purchase?: PurchaseRow | null;

  @Field(() => [UserError], USER_ERRORS)
  userErrors!: UserError[];
}

@InputType({ description: 'A renewal made outside the connected shops, or goodwill.' })
export class SupportTermRenewInput {
  @Field(() => String, IDEMPOTENCY_KEY)
  idempotencyKey!: string;

  @Field(() => ID, { description: 'The purchase.' })
  purchaseId!: string;

  @Field(() => Int, {
    defaultValue: 1,
    description:
      'How many periods, from 1 to the most that the conditions in force sell at once; 12 are the most given where they sell none.',
  })
  periods!: number;

  @Field(() => RenewalOriginEnum, {
    defaultValue: 'RENEWAL',
    description: 'RENEWAL was paid; GOODWILL is given, by the vendor’s staff only.',
  })
  origin!: 'RENEWAL' | 'GOODWILL';

  @Field(() => MoneyInput, { nullable: true, description: 'What was paid, net: the price that `renewalQuote` names. Needed for RENEWAL.' })
  paid?: MoneyInput | null;

  @Field(() => String, { description: 'Number of the order or of the decision that this rests on.' })
  orderNumber!: string;
}

@ObjectType({ description: 'The renewed purchase with its new term, or what must be corrected.' })
export class SupportTermRenewPayload {
  @Field(() => Purchase, { nullable: true, description: 'As it stands; null when something must be corrected.' })
  purchase?: PurchaseRow | null;

  @Field(() => SupportTerm, { nullable: true, description: 'The new term; null when something must be corrected.' })
  supportTerm?: SupportTermRow | null;

  @Field(() => [UserError], USER_ERRORS)
  userErrors!: UserError[];
}

@Resolver()
export class PurchaseMutations {
  @Mutation(() => PurchaseRecordPayload, {
    description: 'Record a sale made elsewhere (partner integrations). Orders of connected shops arrive by import. Scope PURCHASES_WRITE.',
  })
  purchaseRecord(
    @Arg('input', () => PurchaseRecordInput, { description: 'The sale.' }) input: PurchaseRecordInput,
    @Ctx() context: Context,
  ) {
    const session = requireScope(context, 'PURCHASES_WRITE');
    return payload(async () => {
      const values = {
        idempotencyKey: required(input.idempotencyKey, 'idempotencyKey'),
        sku: required(input.sku, 'sku'),
        customer: {
          email: required(input.customer.email, ['customer', 'email'], 254),
          name: optional(input.customer.name, ['customer', 'name']),
        },
        storeId: input.storeId == null ? null : uuidOrNowhere('Store', input.storeId),
        shop: required(input.shop, 'shop'),
        orderNumber: required(input.orderNumber, 'orderNumber'),
        line: required(input.line, 'line'),
        purchasedAt: input.purchasedAt,
        listPrice: moneyOf(input.listPrice, 'listPrice'),
        paid: moneyOf(input.paid, 'paid'),
        // Left out where it is not given, so that a request made before there was such a field is still the same request.
        ...(input.termsShown == null
          ? {}
          : { termsShown: { version: input.termsShown.version, contentHash: input.termsShown.contentHash } }),
      };
      const { purchaseId } = await session.transaction((em) =>
        recordPurchase(em, context.actor, values, context.now, context.gateway.addJob),
      );
      return { purchase: await session.em.findOneOrFail(PurchaseEntity, { id: purchaseId }) };
    });
  }

  @Mutation(() => PurchaseRevokePayload, {
    description: 'Take a purchase back from now on: its licence and support end. Scope PURCHASES_WRITE.',
  })
  purchaseRevoke(
    @Arg('input', () => PurchaseRevokeInput, { description: 'The purchase and the reason.' }) input: PurchaseRevokeInput,
    @Ctx() context: Context,
  ) {
    const session = requireScope(context, 'PURCHASES_WRITE');
    return payload(async () => {
      const values = {
        idempotencyKey: required(input.idempotencyKey, 'idempotencyKey'),
        purchaseId: uuidOrNowhere('Purchase', input.purchaseId),
        reason: input.reason,
        note: required(input.note, 'note', 1000),
      };
      const { purchaseId } = await session.transaction((em) => revokePurchase(em, context.actor, values, context.now));
      return { purchase: await session.em.findOneOrFail(PurchaseEntity, { id: purchaseId }) };
    });
  }

  @Mutation(() => SupportTermRenewPayload, {
    description:
      'Renew the support of a purchase now: a payment made outside the connected shops, or goodwill. Scope PURCHASES_WRITE; goodwill is for staff only.',
  })
  supportTermRenew(
    @Arg('input', () => SupportTermRenewInput, { description: 'The purchase and what was paid.' }) input: SupportTermRenewInput,
    @Ctx() context: Context,
  ) {
    const session = requireScope(context, 'PURCHASES_WRITE');
    // What costs the vendor and nobody else is not for a partner to give.
    if (input.origin === 'GOODWILL' && context.actor.kind !== 'STAFF')
      throw refusal('FORBIDDEN', 'GOODWILL is given by the vendor’s staff only.');
    return payload(async () => {
      const values = {
        idempotencyKey: required(input.idempotencyKey, 'idempotencyKey'),
        purchaseId: uuidOrNowhere('Purchase', input.purchaseId),
        periods: input.periods,
        origin: input.origin,
        paid: input.paid == null ? null : moneyOf(input.paid, 'paid'),
        orderNumber: required(input.orderNumber, 'orderNumber'),
      };
      const { purchaseId, termId } = await session.transaction((em) =>
        renewSupport(em, context.actor, values, context.now, context.gateway.addJob),
      );
      const purchase = await session.em.findOneOrFail(PurchaseEntity, { id: purchaseId });
      return { purchase, supportTerm: await session.em.findOneOrFail(TermEntity, { id: termId }) };
    });
  }
}
