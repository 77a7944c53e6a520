import { Arg, Ctx, Field, FieldResolver, ID, Int, ObjectType, Query, Resolver, Root } from 'type-graphql';
import { type SupportPolicyVersionRow, SupportPolicyVersion as VersionEntity } from '../persistence/support-policy-version.js';
import { type PolicyGap as CoreGap, policyGaps } from '../policy/policy-gaps.js';
import { toGlobalId } from '../use-cases/global-id.js';
import { policyInForce } from '../use-cases/support-policy.js';
import { type Context, requireScope } from './context.js';
import { Node } from './node.js';
import { DateScalar, DateTimeScalar } from './scalars.js';

@ObjectType({ description: 'A parameter that the published conditions leave open, and how this version settles it.' })
export class PolicyGap implements CoreGap {
  @Field(() => String, { description: 'Path of the parameter in the document, such as "term.expiringWithinDays".' })
  parameter!: string;

  @Field(() => String, { description: 'What this version takes.' })
  value!: string;

  @Field(() => String, { description: 'What the vendor should know about it.' })
  note!: string;
}

@ObjectType({
  implements: Node,
  description: 'A published version of support conditions. It never changes; purchases are pinned to the one in force on their day.',
})
export class SupportPolicyVersion implements Pick<SupportPolicyVersionRow, 'name' | 'version' | 'effectiveFrom' | 'contentHash'> {
  id!: string;

  @Field(() => String, { description: 'Name of the conditions, such as "technical-support".' })
  name!: string;

  @Field(() => Int, { description: 'Counts from 1.' })
  version!: number;

  @Field(() => DateScalar, { description: 'The first day, in the policy’s own zone, on which purchases are pinned to it.' })
  effectiveFrom!: Temporal.PlainDate;

  @Field(() => String, { description: 'SHA-256 of the document’s canonical JSON, in hexadecimal.' })
  contentHash!: string;

  @Field(() => DateTimeScalar, { description: 'When it was published.' })
  publishedAt!: Temporal.Instant;
}

@Resolver(() => SupportPolicyVersion)
export class SupportPolicyVersionResolver {
  @FieldResolver(() => ID, { description: 'Global and opaque; stays the same for good.' })
  id(@Root() version: SupportPolicyVersionRow): string {
    return toGlobalId('SupportPolicyVersion', version.id);
  }

  @FieldResolver(() => [PolicyGap], { description: 'Where the published text is silent and this version chose.' })
  gaps(@Root() version: SupportPolicyVersionRow): readonly CoreGap[] {
    return policyGaps(version.document);
  }

  @Query(() => SupportPolicyVersion, {
    nullable: true,
    description: 'A version of support conditions: the one named, else the one in force today; null when there is none. Scope ADDONS_READ.',
  })
  supportPolicy(
    @Arg('name', () => String, { description: 'Name of the conditions.' }) name: string,
    @Arg('version', () => Int, { nullable: true, description: 'The version; the one in force today unless said.' }) version: number | null,
    @Ctx() context: Context,
  ): Promise<SupportPolicyVersionRow | null> {
    const { em } = requireScope(context, 'ADDONS_READ');
    return version == null ? policyInForce(em, name, context.now) : em.findOne(VersionEntity, { name, version });
  }
}
