import { Arg, Ctx, Field, FieldResolver, InputType, Int, ObjectType, Query, Resolver, Root } from 'type-graphql';
import { type SupportPolicyVersionRow, SupportPolicyVersion as VersionEntity } from '../persistence/support-policy-version.js';
import type { Reason as CoreReason } from '../policy/reason.js';
import { Refusal } from '../use-cases/outcome.js';
import { estimateWork, type WorkEstimate } from '../use-cases/time-work-estimate.js';
import { type Context, emOf, requireScope } from './context.js';
import { refusal } from './operation-limits.js';
import { Reason } from './reason.js';
import { DateTimeScalar } from './scalars.js';
import { SupportPolicyVersion } from './support-policy-version.js';

@InputType({ description: 'Work to be estimated.' })
export class TimeEstimateInput {
  @Field(() => String, { description: 'Name of the support policy.' })
  supportPolicyName!: string;

  @Field(() => String, { description: 'Category of the work in the policy’s rate card, such as INSTALL.' })
  category!: string;

  @Field(() => String, { description: 'How complex it is, in the words of the rate card, such as M.' })
  complexity!: string;

  @Field(() => DateTimeScalar, { nullable: true, description: 'The moment whose conditions count; now unless said.' })
  asOf?: Temporal.Instant | null;
}

@ObjectType({ description: 'What work would take of prepaid time.' })
export class TimeEstimate {}

@Resolver(() => TimeEstimate)
export class TimeEstimateResolver {
  @FieldResolver(() => Int, {
    nullable: true,
    description: 'Minutes that the rate card gives; null where it has none and a quote is needed.',
  })
  estimateMinutes(@Root() estimate: WorkEstimate): number | null {
    return estimate.outcome === 'ESTIMATED' ? estimate.minutes : null;
  }

  @FieldResolver(() => Int, {
    nullable: true,
    description: 'The most minutes that may be charged without the customer’s further consent; null where a quote is needed.',
  })
  thresholdMinutes(@Root() estimate: WorkEstimate): number | null {
    return estimate.outcome === 'ESTIMATED' ? estimate.thresholdMinutes : null;
  }

  @FieldResolver(() => [Reason], { description: 'Why a quote is needed; empty where there is an estimate.' })
  reasons(@Root() estimate: WorkEstimate): readonly CoreReason[] {
    return estimate.outcome === 'ESTIMATED' ? [] : estimate.reasons;
  }

  @FieldResolver(() => SupportPolicyVersion, { description: 'The conditions that it rests on.' })
  supportPolicy(@Root() { policy: { name, version } }: WorkEstimate, @Ctx() context: Context): Promise<SupportPolicyVersionRow> {
    return emOf(context).findOneOrFail(VersionEntity, { name, version });
  }

  @Query(() => TimeEstimate, {
    description: 'What work would take of prepaid time. Asking is free, before any purchase, and writes nothing down. Scope TIME_READ.',
  })
  async timeEstimate(
    @Arg('input', () => TimeEstimateInput, { description: 'The work.' }) input: TimeEstimateInput,
    @Ctx() context: Context,
  ): Promise<WorkEstimate> {
    const { em } = requireScope(context, 'TIME_READ');
    try {
      return await estimateWork(em, input, input.asOf ?? context.now);
    } catch (error) {
      // An unknown policy is all that it refuses.
      if (error instanceof Refusal) throw refusal('NOT_FOUND', error.message);
      throw error;
    }
  }
}
