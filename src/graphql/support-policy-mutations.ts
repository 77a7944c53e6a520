import { Arg, Ctx, Field, InputType, Mutation, ObjectType, Resolver } from 'type-graphql';
import type { SupportPolicyVersionRow } from '../persistence/support-policy-version.js';
import { publishSupportPolicy } from '../use-cases/support-policy.js';
import { type Context, requireScope } from './context.js';
import { DateScalar, PolicyDocumentScalar } from './scalars.js';
import { SupportPolicyVersion } from './support-policy-version.js';
import { payload, USER_ERRORS, UserError } from './user-error.js';

@InputType({ description: 'Support conditions to publish.' })
export class SupportPolicyPublishInput {
  @Field(() => PolicyDocumentScalar, {
    description: 'The document, with its worked examples. One example that fails stops the publication.',
  })
  document!: unknown;

  @Field(() => DateScalar, {
    nullable: true,
    description: 'The first day, in the policy’s zone, on which purchases are pinned to it; today unless said.',
  })
  effectiveFrom?: Temporal.PlainDate | null;
}

@ObjectType({ description: 'The published version with its gaps, or what must be corrected.' })
export class SupportPolicyPublishPayload {
  @Field(() => SupportPolicyVersion, { nullable: true, description: 'As published; null when something must be corrected.' })
  supportPolicy?: SupportPolicyVersionRow | null;

  @Field(() => [UserError], USER_ERRORS)
  userErrors!: UserError[];
}

@Resolver()
export class SupportPolicyMutations {
  @Mutation(() => SupportPolicyPublishPayload, {
    description: 'Publish support conditions. The newest version’s very content again changes nothing. Scope POLICIES_WRITE.',
  })
  supportPolicyPublish(
    @Arg('input', () => SupportPolicyPublishInput, { description: 'The document.' }) input: SupportPolicyPublishInput,
    @Ctx() context: Context,
  ) {
    const session = requireScope(context, 'POLICIES_WRITE');
    const { now } = context;
    const from = input.effectiveFrom ?? null;
    return payload(async () => ({
      supportPolicy: await session.transaction((em) => publishSupportPolicy(em, input.document, from, now)),
    }));
  }
}
