import { Arg, Ctx, Field, InputType, Mutation, ObjectType, Resolver } from 'type-graphql';
import { requestSync, type ShopTask } from '../use-cases/sync-shop.js';
import { type ShopSyncStatus, syncStatuses } from '../use-cases/sync-status.js';
import { type Context, requireScope } from './context.js';
import { ShopTaskEnum } from './sync-enums.js';
import { SyncStatus } from './sync-status.js';
import { payload, required, USER_ERRORS, UserError } from './user-error.js';

@InputType({ description: 'What to read now.' })
export class SyncRunInput {
  @Field(() => String, { description: 'Code of the vendor’s shop.' })
  shop!: string;

  @Field(() => ShopTaskEnum, { defaultValue: 'ORDERS', description: 'Which task.' })
  task!: ShopTask;
}

@ObjectType({ description: 'How it stands, or what must be corrected.' })
export class SyncRunPayload {
  @Field(() => SyncStatus, { nullable: true, description: 'With the task due now; null when something must be corrected.' })
  syncStatus?: ShopSyncStatus | null;

  @Field(() => [UserError], USER_ERRORS)
  userErrors!: UserError[];
}

@Resolver()
export class SyncMutations {
  @Mutation(() => SyncRunPayload, {
    description:
      'Have a worker read a shop as soon as one is free, even one that is left alone for the moment, and do not wait for it. Refused while a run of the task is under way. Scope IMPORTS.',
  })
  syncRun(@Arg('input', () => SyncRunInput, { description: 'The shop and the task.' }) input: SyncRunInput, @Ctx() context: Context) {
    const session = requireScope(context, 'IMPORTS');
    return payload(async () => {
      const shop = required(input.shop, 'shop');
      await requestSync(session, { shop, task: input.task }, context.now, context.gateway.addJob);
      return { syncStatus: (await syncStatuses(session.em, shop, context.now))[0] ?? null };
    });
  }
}
