import { Field, FieldResolver, ObjectType, Resolver, Root } from 'type-graphql';
import type { Fact as CoreFact, Reason as CoreReason, ReasonCode, ReasonEffect, Remedy } from '../policy/reason.js';
import { type NodeName, toGlobalId } from '../use-cases/global-id.js';
import { ReasonCodeEnum, ReasonEffectEnum, RemedyEnum } from './enums.js';

@ObjectType({ description: 'Something a rule looked at.' })
export class Fact implements CoreFact {
  @Field(() => String, { description: 'What it is, such as "lastDay".' })
  name!: string;

  @Field(() => String, { description: 'What it was, as text.' })
  value!: string;
}

@ObjectType({ description: 'What one rule found, and what would change it.' })
export class Reason implements Omit<CoreReason, 'facts'> {
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

  @Field(() => RemedyEnum, { nullable: true, description: 'What would change it; null where nothing of the asker’s would.' })
  remedy!: Remedy | null;
}

/** Facts that name something by its row: what the API knows it by. Null: nothing there. */
const THINGS: Readonly<Record<string, NodeName | null>> = {
  ticket: 'Ticket',
  project: 'Project',
  lot: 'TimeLot',
  transaction: 'TimeEntry',
  settledBy: 'TimeEntry',
  resolvedBy: 'TimeEntry',
  reversedBy: 'TimeEntry',
  hold: null,
  task: null,
};
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

@Resolver(() => Reason)
export class ReasonResolver {
  @FieldResolver(() => [Fact], { description: 'What the rule looked at; things are named by their global ids.' })
  facts(@Root() { facts }: CoreReason): CoreFact[] {
    return facts.flatMap((fact) => {
      const thing = Object.hasOwn(THINGS, fact.name) && UUID.test(fact.value) ? THINGS[fact.name] : undefined;
      if (thing === undefined) return [fact];
      return thing === null ? [] : [{ name: fact.name, value: toGlobalId(thing, fact.value) }];
    });
  }
}
