import { Field, ObjectType } from 'type-graphql';
import type { Fact as CoreFact, Reason as CoreReason, ReasonCode, ReasonEffect, Remedy } from '../policy/reason.js';
import { ReasonCodeEnum, ReasonEffectEnum, RemedyEnum } from './enums.js';

@ObjectType({ description: 'Something a rule looked at.' })
export class Fact implements CoreFact {
  @Field(() => String, { description: 'What it is, such as "lastDay".' })
  name!: string;

  @Field(() => String, { description: 'What it was, as text.' })
  value!: string;
}

@ObjectType({ description: 'What one rule found, and what would change it.' })
export class Reason implements CoreReason {
  @Field(() => ReasonCodeEnum, { description: 'The finding, for programs.' })
  code!: ReasonCode;

  @Field(() => ReasonEffectEnum, { description: 'What it does to the answer.' })
  effect!: ReasonEffect;

  @Field(() => String, { description: 'The finding as an English sentence for people.' })
  message!: string;

  @Field(() => String, { description: 'Id of the rule, such as A-02.' })
  rule!: string;

  @Field(() => String, {
    nullable: true,
    description: 'Where the published conditions say so: a heading or number; null where they are silent.',
  })
  clause!: string | null;

  @Field(() => [Fact], { description: 'What the rule looked at.' })
  facts!: readonly CoreFact[];

  @Field(() => RemedyEnum, { nullable: true, description: 'What would change it; null where nothing of the asker’s would.' })
  remedy!: Remedy | null;
}
