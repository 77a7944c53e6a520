import { Arg, Ctx, Field, FieldResolver, ID, InputType, ObjectType, Query, Resolver, Root } from 'type-graphql';
import { Store as StoreEntity } from '../persistence/store.js';
import type { StoreReadingRow } from '../persistence/store-reading.js';
import type { SupportPolicyVersionRow } from '../persistence/support-policy-version.js';
import type { AfterSalesVerdict, Charge, Coverage } from '../policy/after-sales.js';
import type { Reason as CoreReason } from '../policy/reason.js';
import type { AfterSalesRequest } from '../policy/support-policy.js';
import { type AfterSalesAnswer, answerAfterSales } from '../use-cases/after-sales.js';
import { fromGlobalId } from '../use-cases/global-id.js';
import { type Context, ownRows, requireScope } from './context.js';
import { AfterSalesRequestEnum, AfterSalesVerdictEnum, ChargeEnum, CoverageEnum } from './enums.js';
import { refusal } from './operation-limits.js';
import { Reason } from './reason.js';
import { DateTimeScalar } from './scalars.js';
import { StoreReading } from './store.js';
import { SupportPolicyVersion } from './support-policy-version.js';

@InputType({ description: 'A question about after-sales service on one purchase.' })
export class AfterSalesEligibilityInput {
  @Field(() => ID, { description: 'The purchase.' })
  purchaseId!: string;

  @Field(() => AfterSalesRequestEnum, { description: 'What is asked of the vendor.' })
  request!: AfterSalesRequest;

  @Field(() => ID, {
    nullable: true,
    description: 'The store in question; the production store of the group that the purchase is meant for unless said.',
  })
  storeId?: string | null;

  @Field(() => String, { nullable: true, description: 'The platform’s version, where no reading of the store tells it.' })
  platformVersion?: string | null;

  @Field(() => String, { nullable: true, description: 'The installed version of the add-on, where no reading of the store tells it.' })
  installedVersion?: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'Category of the work in the vendor’s list, such as INSTALL; for work against prepaid time.',
  })
  category?: string | null;

  @Field(() => Boolean, { nullable: true, description: 'For ADVICE: whether it needs work on the store itself; not known unless said.' })
  needsWorkOnHost?: boolean | null;

  @Field(() => DateTimeScalar, { nullable: true, description: 'The moment at which the request would be made; now unless said.' })
  asOf?: Temporal.Instant | null;
}

@ObjectType({ description: 'Whether after-sales service is owed. A refusal is an answer, not an error.' })
export class AfterSalesDecision {}

@Resolver(() => AfterSalesDecision)
export class AfterSalesResolver {
  @FieldResolver(() => AfterSalesVerdictEnum, { description: 'The answer in a word.' })
  verdict(@Root() { decision }: AfterSalesAnswer): AfterSalesVerdict {
    return decision.verdict;
  }

  @FieldResolver(() => CoverageEnum, { description: 'Under which title the request is taken on; NONE when it is not.' })
  coverage(@Root() { decision }: AfterSalesAnswer): Coverage {
    return decision.coverage;
  }

  @FieldResolver(() => ChargeEnum, { description: 'What it would cost.' })
  charge(@Root() { decision }: AfterSalesAnswer): Charge {
    return decision.charge;
  }

  @FieldResolver(() => [Reason], { description: 'Every rule that spoke, the decisive one first. Never empty.' })
  reasons(@Root() { decision }: AfterSalesAnswer): readonly CoreReason[] {
    return decision.reasons;
  }

  @FieldResolver(() => SupportPolicyVersion, {
    description: 'The conditions that it was decided by: those that the purchase is pinned to.',
  })
  supportPolicy(@Root() answer: AfterSalesAnswer): SupportPolicyVersionRow {
    return answer.supportPolicy;
  }

  @FieldResolver(() => StoreReading, {
    nullable: true,
    description: 'The reading of the store that told its version; null when it never was read.',
  })
  storeReading(@Root() answer: AfterSalesAnswer): StoreReadingRow | null {
    return answer.storeReading;
  }

  @FieldResolver(() => StoreReading, {
    nullable: true,
    description: 'The reading of the store that told which version of the add-on is installed, maybe an older one; null when none did.',
  })
  installedReading(@Root() answer: AfterSalesAnswer): StoreReadingRow | null {
    return answer.installedReading;
  }

  @FieldResolver(() => DateTimeScalar, { description: 'The moment that the answer is for.' })
  decidedAt(@Root() answer: AfterSalesAnswer): Temporal.Instant {
    return answer.decidedAt;
  }

  @Query(() => AfterSalesDecision, {
    description: 'Is after-sales service owed for this request? Nothing is recorded by asking. Scope PURCHASES_READ.',
  })
  async afterSalesEligibility(
    @Arg('input', () => AfterSalesEligibilityInput, { description: 'The purchase and the request.' }) input: AfterSalesEligibilityInput,
    @Ctx() context: Context,
  ): Promise<AfterSalesAnswer> {
    const { em } = requireScope(context, 'PURCHASES_READ');
    const purchaseId = fromGlobalId('Purchase', input.purchaseId);
    const storeId = input.storeId == null ? null : fromGlobalId('Store', input.storeId);
    const notFound = () => refusal('NOT_FOUND', 'There is no such purchase, or its customer has no such store.');
    const storeNamed = input.storeId != null;
    if (purchaseId === null || (storeNamed && storeId === null)) throw notFound();
    const answer = await answerAfterSales(
      em,
      {
        purchaseId,
        request: input.request,
        storeId,
        platformVersion: input.platformVersion ?? null,
        installedVersion: input.installedVersion ?? null,
        category: input.category ?? null,
        needsWorkOnHost: input.needsWorkOnHost ?? null,
      },
      input.asOf ?? context.now,
    );
    const own = ownRows(context.actor).customer;
    if (answer === null || (own !== undefined && answer.purchase.customer.id !== own)) throw notFound();
    if (storeId !== null && (await em.count(StoreEntity, { id: storeId, customer: answer.purchase.customer.id })) === 0) throw notFound();
    return answer;
  }
}
