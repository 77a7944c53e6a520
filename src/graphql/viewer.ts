import { Ctx, Field, FieldResolver, ObjectType, Query, Resolver, Root } from 'type-graphql';
import { Customer as CustomerEntity, type CustomerRow } from '../persistence/customer.js';
import { Store as StoreEntity, type StoreRow } from '../persistence/store.js';
import type { Actor, ActorKind, Scope } from '../use-cases/actor.js';
import { type Context, emOf } from './context.js';
import { Customer } from './customer.js';
import { ActorKindEnum, ScopeEnum } from './enums.js';
import { Store } from './store.js';

@ObjectType({ description: 'Who is asking, and what that allows.' })
export class Viewer implements Pick<Actor, 'kind' | 'scopes'> {
  @Field(() => ActorKindEnum, { description: 'What kind of actor.' })
  kind!: ActorKind;

  @Field(() => [ScopeEnum], { description: 'What it may do.' })
  scopes!: readonly Scope[];
}

@Resolver(() => Viewer)
export class ViewerResolver {
  @FieldResolver(() => Customer, {
    nullable: true,
    description: 'The customer that it is, or that it acts for as an agency; null for all but customers.',
  })
  async customer(@Root() actor: Actor, @Ctx() context: Context): Promise<CustomerRow | null> {
    return actor.kind === 'CUSTOMER' && actor.customerId !== null ? emOf(context).findOne(CustomerEntity, { id: actor.customerId }) : null;
  }

  @FieldResolver(() => Store, { nullable: true, description: 'The store that it speaks for; null for all but stores.' })
  async store(@Root() actor: Actor, @Ctx() context: Context): Promise<StoreRow | null> {
    return actor.storeId === null ? null : emOf(context).findOne(StoreEntity, { id: actor.storeId });
  }

  @Query(() => Viewer, {
    description: 'Who is asking: the actor behind the credential, what it may do, and the customer it acts for. Anybody may ask.',
  })
  viewer(@Ctx() context: Context): Actor {
    return context.actor;
  }
}
