import { Arg, Ctx, Field, FieldResolver, ID, ObjectType, Resolver, Root } from 'type-graphql';
import type { CustomerRow } from '../persistence/customer.js';
import type { PlainRow } from '../persistence/plain-row.js';
import type { StoreRow } from '../persistence/store.js';
import type { StoreGroupRow } from '../persistence/store-group.js';
import { toGlobalId } from '../use-cases/global-id.js';
import { MAX_GROUPS, MAX_STORES_IN_GROUP } from '../use-cases/store-group.js';
import { AFTER, type Connection, FIRST, firstType } from './connection.js';
import { type Context, requireScope } from './context.js';
import { Customer } from './customer.js';
import { Node } from './node.js';
import { PurchaseConnection } from './purchase.js';
import { type PurchaseRoot, pageOfPurchasesOf } from './purchase-page.js';
import { DateTimeScalar } from './scalars.js';
import { Store } from './store.js';

@ObjectType({
  implements: Node,
  description:
    'One shop of a customer in all its environments: a production store, and those for staging and development. Purchases are meant for it, and each of its stores may have what the others may.',
})
export class StoreGroup implements Pick<StoreGroupRow, 'name' | 'createdAt'> {
  id!: string;

  @Field(() => String, { description: 'What people call it; the host of its first store unless said.' })
  name!: string;

  @Field(() => DateTimeScalar, { description: 'When it was made.' })
  createdAt!: Temporal.Instant;
}

@Resolver(() => StoreGroup)
export class StoreGroupResolver {
  @FieldResolver(() => ID, { description: 'Global and opaque; stays the same for good.' })
  id(@Root() group: StoreGroupRow): string {
    return toGlobalId('StoreGroup', group.id);
  }

  @FieldResolver(() => Customer, { description: 'Whose shop it is. Scope PURCHASES_READ.' })
  async customer(@Root() group: StoreGroupRow, @Ctx() context: Context): Promise<PlainRow<CustomerRow>> {
    requireScope(context, 'PURCHASES_READ');
    return context.loaders.customer.load(group.customer.id);
  }

  @FieldResolver(() => [Store], {
    description: `Its stores, at most ${MAX_STORES_IN_GROUP} and at most one of them for production, in the order of their addresses. Scope STORES_READ.`,
  })
  async stores(@Root() group: StoreGroupRow, @Ctx() context: Context): Promise<readonly StoreRow[]> {
    requireScope(context, 'STORES_READ');
    return context.loaders.storesOfGroup.load(group.id);
  }

  @FieldResolver(() => PurchaseConnection, { description: 'Purchases meant for it, the newest first. Scope PURCHASES_READ.' })
  async purchases(
    @Root() group: StoreGroupRow,
    @Arg('first', firstType, FIRST) first: number,
    @Arg('after', () => String, AFTER) after: string | null,
    @Ctx() context: Context,
  ): Promise<Connection<PurchaseRoot>> {
    requireScope(context, 'PURCHASES_READ');
    return pageOfPurchasesOf(context, { groupId: group.id }, first, after);
  }
}

@Resolver(() => Store)
export class StoreEnvironmentResolver {
  @FieldResolver(() => StoreGroup, {
    nullable: true,
    description:
      'The shop that it is an environment of; null for the vendor’s own shops, for a store that asks with its own token, and for a plugin that pairs.',
  })
  async group(@Root() store: StoreRow, @Ctx() { actor, loaders }: Context): Promise<StoreGroupRow | null> {
    if (store.group === null || actor.kind === 'STORE' || actor.kind === 'ANONYMOUS') return null;
    return loaders.storeGroup.load(store.group.id);
  }
}

@Resolver(() => Customer)
export class CustomerGroupsResolver {
  @FieldResolver(() => [StoreGroup], {
    description: `Its shops, each with its environments, at most ${MAX_GROUPS}, in the order of their names. Scope STORES_READ.`,
  })
  async storeGroups(@Root() customer: CustomerRow, @Ctx() context: Context): Promise<readonly StoreGroupRow[]> {
    requireScope(context, 'STORES_READ');
    return context.loaders.groupsOfCustomer.load(customer.id);
  }
}
