import { Arg, Ctx, Field, FieldResolver, ID, InputType, Int, Mutation, ObjectType, Query, Resolver, Root } from 'type-graphql';
import { Customer as CustomerEntity, type CustomerRow } from '../persistence/customer.js';
import { type SupportPolicyVersionRow, SupportPolicyVersion as VersionEntity } from '../persistence/support-policy-version.js';
import { TermsAcceptance as AcceptanceEntity, type AcceptanceWay, type TermsAcceptanceRow } from '../persistence/terms-acceptance.js';
import type { Reason as CoreReason } from '../policy/reason.js';
import { seesEveryone } from '../use-cases/actor.js';
import { uuidOrNowhere } from '../use-cases/global-id.js';
import { type UserError as CoreError, Refusal, userError } from '../use-cases/outcome.js';
import { acceptTerms, type TermsToAccept as CoreTerms, termsToAccept } from '../use-cases/terms-acceptance.js';
import { AFTER, type Connection, connectionOf, connectionType, FIRST, firstType, pageRequest } from './connection.js';
import { type Context, requireCustomerItself, requireScope } from './context.js';
import { Customer } from './customer.js';
import { TermsAcceptanceWayEnum } from './desk-enums.js';
import { Reason } from './reason.js';
import { DateTimeScalar } from './scalars.js';
import { SupportPolicyVersion } from './support-policy-version.js';
import { payload, required, USER_ERRORS, UserError } from './user-error.js';

const CUSTOMER_ID = { nullable: true, description: 'The customer who accepts; the caller itself unless said.' } as const;

@ObjectType({ description: 'That a customer accepted a version of support conditions. Evidence: it never changes.' })
export class TermsAcceptance implements Pick<TermsAcceptanceRow, 'way' | 'orderLine' | 'acceptedAt'> {
  @Field(() => TermsAcceptanceWayEnum, { description: 'How it was accepted.' })
  way!: AcceptanceWay;

  @Field(() => String, { nullable: true, description: 'What was bought, as "shop:order:line"; null unless buying was accepting.' })
  orderLine!: string | null;

  @Field(() => DateTimeScalar, { description: 'When: for a purchase, when it was paid.' })
  acceptedAt!: Temporal.Instant;
}

export const TermsAcceptanceConnection = connectionType('TermsAcceptance', () => TermsAcceptance, 'acceptances');

@ObjectType({ description: 'Support conditions to be shown to a customer before they bind it.' })
export class TermsToAccept implements CoreTerms {
  @Field(() => SupportPolicyVersion, { description: 'The version in force now, with the hash that its acceptance must name.' })
  supportPolicy!: SupportPolicyVersionRow;

  @Field(() => TermsAcceptance, {
    nullable: true,
    description:
      'That the customer has accepted this very version, by its own word, or else by buying where the conditions take that for it; null: it is still to be accepted, or no customer is meant.',
  })
  acceptance!: TermsAcceptanceRow | null;
}

@InputType({ description: 'Support conditions that a customer was shown and accepts.' })
export class TermsAcceptInput {
  @Field(() => String, { description: 'Name of the conditions, such as "technical-support".' })
  policyName!: string;

  @Field(() => Int, { description: 'The version that was shown.' })
  version!: number;

  @Field(() => String, { description: 'SHA-256 of the document that was shown, in hexadecimal, as `contentHash` gives it.' })
  contentHash!: string;

  @Field(() => ID, CUSTOMER_ID)
  customerId?: string | null;
}

@ObjectType({ description: 'The acceptance, with what stood in the way, or what must be corrected.' })
export class TermsAcceptPayload {
  @Field(() => TermsAcceptance, { nullable: true, description: 'As recorded; null when it was not.' })
  termsAcceptance?: TermsAcceptanceRow | null;

  @Field(() => SupportPolicyVersion, { nullable: true, description: 'The version in force now; null when something must be corrected.' })
  supportPolicy?: SupportPolicyVersionRow | null;

  @Field(() => [Reason], {
    description:
      'TERMS_STALE when the conditions shown are not those in force: show `supportPolicy` and try again. Empty when it was recorded.',
  })
  reasons!: readonly CoreReason[];

  @Field(() => [UserError], USER_ERRORS)
  userErrors!: readonly CoreError[];
}

@Resolver(() => TermsAcceptance)
export class TermsAcceptanceResolver {
  @FieldResolver(() => SupportPolicyVersion, { description: 'The version that was accepted.' })
  supportPolicy(@Root() acceptance: TermsAcceptanceRow): Promise<SupportPolicyVersionRow> {
    return acceptance.supportPolicyVersion.loadOrFail();
  }

  @FieldResolver(() => String, {
    nullable: true,
    description: 'Who accepted it, and for whom that spoke; null for all but the vendor’s staff.',
  })
  acceptedBy(@Root() acceptance: TermsAcceptanceRow, @Ctx() { actor }: Context): string | null {
    return actor.kind === 'STAFF' ? acceptance.acceptedBy : null;
  }

  @Query(() => TermsToAccept, {
    nullable: true,
    description:
      'Support conditions to be shown, in the version in force now; null where none is, and for a customer that the caller may not see. Scope TICKETS_READ.',
  })
  async termsToAccept(
    @Arg('policyName', () => String, { description: 'Name of the conditions.' }) policyName: string,
    @Arg('customerId', () => ID, CUSTOMER_ID) customerId: string | null,
    @Ctx() context: Context,
  ): Promise<CoreTerms | null> {
    const { em } = requireScope(context, 'TICKETS_READ');
    const { actor, now } = context;
    const customer = customerId == null ? actor.customerId : uuidOrNowhere('Customer', customerId);
    if (customer !== null) {
      const maySee = seesEveryone(actor) || actor.customerId === customer;
      if (!maySee || (await em.count(CustomerEntity, { id: customer })) === 0) return null;
    }
    return termsToAccept(em, policyName, customer, now);
  }

  @Mutation(() => TermsAcceptPayload, {
    description:
      'Accept support conditions that were shown: those in force, by version and hash. Accepted again, the first acceptance stands. Scope TICKETS_WRITE: the customer, or a partner or staff for it, but no agency.',
  })
  async termsAccept(
    @Arg('input', () => TermsAcceptInput, { description: 'What was shown, and to whom.' }) input: TermsAcceptInput,
    @Ctx() context: Context,
  ): Promise<TermsAcceptPayload> {
    const session = requireScope(context, 'TICKETS_WRITE');
    requireCustomerItself(context);
    const outcome = await payload(async () => {
      const customerId = input.customerId == null ? context.actor.customerId : uuidOrNowhere('Customer', input.customerId);
      if (customerId === null) throw new Refusal([userError('REQUIRED', 'Say which customer accepts.', 'customerId')]);
      const { version, contentHash } = input;
      const shown = { policyName: required(input.policyName, 'policyName'), version, contentHash: contentHash.toLowerCase(), customerId };
      const answer = await session.transaction(async (em) => {
        const { acceptance, inForce, reasons } = await acceptTerms(em, context.actor, shown, context.now);
        return { acceptanceId: acceptance?.id ?? null, policyId: inForce.id, reasons };
      });
      const { acceptanceId } = answer;
      return {
        termsAcceptance: acceptanceId === null ? null : await session.em.findOneOrFail(AcceptanceEntity, { id: acceptanceId }),
        supportPolicy: await session.em.findOneOrFail(VersionEntity, { id: answer.policyId }),
        reasons: answer.reasons,
      };
    });
    return { reasons: [], ...outcome };
  }
}

@Resolver(() => Customer)
export class CustomerTermsResolver {
  @FieldResolver(() => TermsAcceptanceConnection, {
    description: 'Support conditions that it accepted, the newest first. Scope PURCHASES_READ.',
  })
  async termsAcceptances(
    @Root() customer: CustomerRow,
    @Arg('first', firstType, FIRST) first: number,
    @Arg('after', () => String, AFTER) after: string | null,
    @Ctx() context: Context,
  ): Promise<Connection<TermsAcceptanceRow>> {
    requireScope(context, 'PURCHASES_READ');
    const page = pageRequest(first, after, 2);
    const rows = await context.loaders.termsAcceptances.load({ of: customer.id, page });
    return connectionOf(rows, page, ({ acceptedAt, id }) => [acceptedAt.toString(), id]);
  }
}
