import { Arg, Ctx, Field, ID, InputType, Mutation, ObjectType, Resolver } from 'type-graphql';
import type { StoreRole, StoreRow } from '../persistence/store.js';
import type { StoreGroupRow } from '../persistence/store-group.js';
import { uuidOrNowhere } from '../use-cases/global-id.js';
import { createGroup, customerOfGroup, moveStore, renameGroup } from '../use-cases/store-group.js';
import { type Context, ownRows, requireScope } from './context.js';
import { StoreRoleEnum } from './enums.js';
import { Store } from './store.js';
import { StoreGroup } from './store-group.js';
import { payload, required, USER_ERRORS, UserError } from './user-error.js';

@InputType({ description: 'A shop whose environments are to be kept together.' })
export class StoreGroupCreateInput {
  @Field(() => ID, { nullable: true, description: 'Whose shop it is; needed of staff and partners, a customer’s own unless said.' })
  customerId?: string | null;

  @Field(() => String, { description: 'What people call it, at most 200 characters.' })
  name!: string;
}

@InputType({ description: 'Another name for a group of stores.' })
export class StoreGroupRenameInput {
  @Field(() => ID, { description: 'The group.' })
  storeGroupId!: string;

  @Field(() => String, { description: 'What people call it from now on, at most 200 characters.' })
  name!: string;
}

@InputType({ description: 'Another place for a store of a customer.' })
export class StoreMoveInput {
  @Field(() => ID, { description: 'The store.' })
  storeId!: string;

  @Field(() => ID, { nullable: true, description: 'The group that it goes to, of the same customer; the one that it is in unless said.' })
  storeGroupId?: string | null;

  @Field(() => StoreRoleEnum, {
    nullable: true,
    description: 'What it is for from now on; what it was for unless said. Never VENDOR_SHOP.',
  })
  role?: StoreRole | null;
}

@ObjectType({ description: 'The new group, or what must be corrected.' })
export class StoreGroupCreatePayload {
  @Field(() => StoreGroup, { nullable: true, description: 'The group, without stores as yet; null when something must be corrected.' })
  storeGroup?: StoreGroupRow | null;

  @Field(() => [UserError], USER_ERRORS)
  userErrors!: UserError[];
}

@ObjectType({ description: 'The renamed group, or what must be corrected.' })
export class StoreGroupRenamePayload {
  @Field(() => StoreGroup, { nullable: true, description: 'As it stands; null when something must be corrected.' })
  storeGroup?: StoreGroupRow | null;

  @Field(() => [UserError], USER_ERRORS)
  userErrors!: UserError[];
}

@ObjectType({ description: 'The store in its new place, or what must be corrected.' })
export class StoreMovePayload {
  @Field(() => Store, { nullable: true, description: 'As it stands; null when something must be corrected.' })
  store?: StoreRow | null;

  @Field(() => [UserError], USER_ERRORS)
  userErrors!: UserError[];
}

@Resolver()
export class StoreGroupMutations {
  @Mutation(() => StoreGroupCreatePayload, {
    description: 'Make a group for the stores of one shop, before its stores are connected. Scope STORES_WRITE; a customer makes its own.',
  })
  storeGroupCreate(
    @Arg('input', () => StoreGroupCreateInput, { description: 'The group.' }) input: StoreGroupCreateInput,
    @Ctx() context: Context,
  ) {
    const session = requireScope(context, 'STORES_WRITE');
    return payload(async () => {
      const name = required(input.name, 'name');
      const named = input.customerId == null ? null : uuidOrNowhere('Customer', input.customerId);
      const storeGroup = await session.transaction(async (em) =>
        createGroup(em, await customerOfGroup(em, context.actor, named), name, context.now),
      );
      return { storeGroup };
    });
  }

  @Mutation(() => StoreGroupRenamePayload, {
    description: 'Call a group of stores something else. Scope STORES_WRITE; a customer its own.',
  })
  storeGroupRename(
    @Arg('input', () => StoreGroupRenameInput, { description: 'The group and its name.' }) input: StoreGroupRenameInput,
    @Ctx() context: Context,
  ) {
    const session = requireScope(context, 'STORES_WRITE');
    return payload(async () => {
      const name = required(input.name, 'name');
      const group = { id: uuidOrNowhere('StoreGroup', input.storeGroupId), ...ownRows(context.actor) };
      return { storeGroup: await session.transaction((em) => renameGroup(em, group, name)) };
    });
  }

  @Mutation(() => StoreMovePayload, {
    description:
      'Take a store to another group of its customer, or give it another role. What was bought for a group stays with the group. Scope STORES_WRITE; a customer its own.',
  })
  storeMove(
    @Arg('input', () => StoreMoveInput, { description: 'The store and its place.' }) input: StoreMoveInput,
    @Ctx() context: Context,
  ) {
    const session = requireScope(context, 'STORES_WRITE');
    return payload(async () => {
      const move = {
        storeId: uuidOrNowhere('Store', input.storeId),
        groupId: input.storeGroupId == null ? null : uuidOrNowhere('StoreGroup', input.storeGroupId),
        role: input.role ?? null,
      };
      return { store: await session.transaction((em) => moveStore(em, ownRows(context.actor), move)) };
    });
  }
}
