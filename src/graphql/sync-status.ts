import { Arg, Ctx, Field, FieldResolver, Int, ObjectType, Query, Resolver, Root } from 'type-graphql';
import type { ImportCursorRow, ImportResource } from '../persistence/import-cursor.js';
import type { ReconciliationRow } from '../persistence/reconciliation.js';
import type { StoreRow } from '../persistence/store.js';
import type { CircuitState } from '../persistence/sync-state.js';
import type { SyncTask } from '../policy/sync-schedule.js';
import {
  type ShopSyncStatus,
  type SyncStanding,
  syncStatuses,
  type TaskFailure,
  type TaskStatus,
  taskStatus,
} from '../use-cases/sync-status.js';
import { type Context, requireScope } from './context.js';
import { Reconciliation } from './reconciliation.js';
import { DateTimeScalar } from './scalars.js';
import { Store } from './store.js';
import { CircuitStateEnum, SyncStandingEnum, SyncTaskEnum } from './sync-enums.js';

@ObjectType({ description: 'Why the last run of a task failed; gone with the next success.' })
export class SyncFailure implements TaskFailure {
  @Field(() => String, { description: 'What kind of trouble, for programs: such as TIMED_OUT or CREDENTIALS_REFUSED.' })
  code!: string;

  @Field(() => String, { description: 'What went wrong, for people.' })
  message!: string;

  @Field(() => String, { description: 'What can be done about it.' })
  remedy!: string;

  @Field(() => DateTimeScalar, { description: 'When it failed last.' })
  failedAt!: Temporal.Instant;

  @Field(() => Int, { description: 'How often in a row.' })
  count!: number;
}

@ObjectType({ description: 'How it stands with one task of synchronising a store.' })
export class SyncTaskStatus implements TaskStatus {
  @Field(() => SyncTaskEnum, { description: 'Which task.' })
  task!: SyncTask;

  @Field(() => SyncStandingEnum, { description: 'How it stands.' })
  standing!: SyncStanding;

  @Field(() => DateTimeScalar, { description: 'When it is due next; in the past where it is due.' })
  nextRunAt!: Temporal.Instant;

  @Field(() => DateTimeScalar, { nullable: true, description: 'Since when a run is under way; null when none is.' })
  startedAt!: Temporal.Instant | null;

  @Field(() => Int, { description: 'What that run has seen so far, such as orders and refunds; 0 when none is under way.' })
  seen!: number;

  @Field(() => Int, { nullable: true, description: 'How many there are, where the shop tells; null also when no run is under way.' })
  total!: number | null;

  @Field(() => DateTimeScalar, { nullable: true, description: 'When a run came to its end last; null when none ever did.' })
  lastSucceededAt!: Temporal.Instant | null;

  @Field(() => SyncFailure, { nullable: true, description: 'Why the last run failed; null when it did not.' })
  failure!: TaskFailure | null;

  @Field(() => CircuitStateEnum, { description: 'Whether the store was asked at all when the last run ended.' })
  circuit!: CircuitState;

  @Field(() => DateTimeScalar, { nullable: true, description: 'Until when it is left alone; null unless that is so.' })
  circuitReopensAt!: Temporal.Instant | null;
}

@ObjectType({ description: 'Up to where a shop has been read by change.' })
export class SyncCursor implements Pick<ImportCursorRow, 'resource' | 'movedAt'> {
  @Field(() => String, { description: 'What was read: ORDERS or REFUNDS.' })
  resource!: ImportResource;

  @Field(() => DateTimeScalar, { description: 'When the last row up to there was read.' })
  movedAt!: Temporal.Instant;
}

/** A shop has three tasks and two cursors. */
const fewOf = (count: number) => ({
  complexity: ({ childComplexity }: { readonly childComplexity: number }) => 1 + count * childComplexity,
});

@ObjectType({ description: 'How synchronising one of the vendor’s shops stands.' })
export class SyncStatus implements Pick<ShopSyncStatus, 'lagSeconds' | 'hasCredentials'> {
  @Field(() => Boolean, { description: 'Whether something is kept to log in with; without it the shop is not read.' })
  hasCredentials!: boolean;

  @Field(() => Int, {
    nullable: true,
    description:
      'Since when changes of orders may be missing here: seconds since the last run began that read all of them. Null when none ever did.',
  })
  lagSeconds!: number | null;

  @Field(() => [SyncTaskStatus], { ...fewOf(3), description: 'Its tasks; empty until a worker or a command first looked at the shop.' })
  tasks!: readonly TaskStatus[];

  @Field(() => [SyncCursor], { ...fewOf(2), description: 'Up to where it has been read; empty before the first page.' })
  cursors!: readonly ImportCursorRow[];

  @Field(() => Reconciliation, { nullable: true, description: 'The newest reconciliation, under way or done; null before the first.' })
  lastReconciliation!: ReconciliationRow | null;
}

@ObjectType({ description: 'How it stands with reading what a customer’s store runs.' })
export class StoreSync {
  @Field(() => DateTimeScalar, {
    nullable: true,
    description: 'When it was tried last, with success or without; null before the first time.',
  })
  lastTriedAt!: Temporal.Instant | null;

  @Field(() => DateTimeScalar, { nullable: true, description: 'When it succeeded last; null when it never did.' })
  lastSucceededAt!: Temporal.Instant | null;

  @Field(() => DateTimeScalar, { description: 'When it is due next.' })
  nextReadingAt!: Temporal.Instant;

  @Field(() => SyncFailure, { nullable: true, description: 'Why the last reading failed; null when it did not.' })
  failure!: TaskFailure | null;
}

@Resolver(() => SyncCursor)
export class SyncCursorResolver {
  @FieldResolver(() => String, { description: 'The platform’s own change stamp of the last row, in its own spelling and zone.' })
  changeStamp(@Root() { changedAt }: ImportCursorRow): string {
    return changedAt;
  }

  @FieldResolver(() => String, { description: 'The platform’s own key of that row.' })
  lastKey(@Root() { lastId }: ImportCursorRow): string {
    return lastId;
  }
}

@Resolver(() => SyncStatus)
export class SyncStatusResolver {
  @FieldResolver(() => Store, { description: 'The shop.' })
  shop(@Root() { shop }: ShopSyncStatus): StoreRow {
    return shop;
  }

  @FieldResolver(() => Int, { description: 'Orders of this shop that are known.' })
  ordersKnown(@Root() { figures }: ShopSyncStatus): number {
    return figures.orders;
  }

  @FieldResolver(() => Int, { description: 'Refund documents that are known.' })
  refundsKnown(@Root() { figures }: ShopSyncStatus): number {
    return figures.refunds;
  }

  @FieldResolver(() => Int, { description: 'Products that the shop sells, as far as it told.' })
  productsKnown(@Root() { figures }: ShopSyncStatus): number {
    return figures.products;
  }

  @FieldResolver(() => Int, { description: 'Import exceptions that are open.' })
  exceptionsOpen(@Root() { figures }: ShopSyncStatus): number {
    return figures.exceptionsOpen;
  }

  @FieldResolver(() => Int, { description: 'Those among them that were tried five times, and wait for a person.' })
  exceptionsForPerson(@Root() { figures }: ShopSyncStatus): number {
    return figures.exceptionsForPerson;
  }

  @Query(() => SyncStatus, {
    nullable: true,
    description: 'Staff: how synchronising a shop stands; null when there is no shop with this code. Scope IMPORTS.',
  })
  async syncStatus(
    @Arg('shop', () => String, { description: 'Code of the vendor’s shop.' }) shop: string,
    @Ctx() context: Context,
  ): Promise<ShopSyncStatus | null> {
    const { em } = requireScope(context, 'IMPORTS');
    return (await syncStatuses(em, shop, context.now))[0] ?? null;
  }

  @Query(() => [SyncStatus], { description: 'Staff: the same of all shops, in the order of their codes, at most 100. Scope IMPORTS.' })
  syncStatuses(@Ctx() context: Context): Promise<ShopSyncStatus[]> {
    const { em } = requireScope(context, 'IMPORTS');
    return syncStatuses(em, null, context.now);
  }
}

@Resolver(() => Store)
export class StoreSyncResolver {
  @FieldResolver(() => StoreSync, {
    nullable: true,
    description: 'How it stands with reading it; null for the vendor’s own shops, and where no credentials were ever kept.',
  })
  async sync(@Root() store: StoreRow, @Ctx() { loaders, now }: Context): Promise<StoreSync | null> {
    if (store.role === 'VENDOR_SHOP') return null;
    const state = await loaders.readingState.load(store.id);
    if (state === null) return null;
    const { lastSucceededAt, lastFailedAt, nextRunAt } = state;
    const tried = [lastSucceededAt, lastFailedAt].flatMap((at) => at ?? []).toSorted(Temporal.Instant.compare);
    return { lastTriedAt: tried.at(-1) ?? null, lastSucceededAt, nextReadingAt: nextRunAt, failure: taskStatus(state, now).failure };
  }
}
