import { Ctx, Field, FieldResolver, Int, ObjectType, Resolver, Root } from 'type-graphql';
import type { StoreRow } from '../persistence/store.js';
import type { ReadingSource, StoreReadingRow } from '../persistence/store-reading.js';
import { describePlatformVersion } from '../policy/compatibility.js';
import { OWN_WORD_DAYS, type StoreSourceStanding, type WeighedSource } from '../policy/store-source.js';
import { platformVersionOf } from '../use-cases/store-reading.js';
import type { Context } from './context.js';
import { ReadingSourceEnum, StoreSourceStandingEnum } from './enums.js';
import { DateTimeScalar } from './scalars.js';
import { Store, StoreReading } from './store.js';

@ObjectType({ description: 'What one source says of the version that a store runs, and how that stands to what is used.' })
export class StoreSource implements Pick<WeighedSource<StoreReadingRow>, 'standing' | 'because'> {
  @Field(() => StoreSourceStandingEnum, { description: 'How it stands to what is used, for programs.' })
  standing!: StoreSourceStanding;

  @Field(() => String, { description: 'The same for people, with why.' })
  because!: string;

  @Field(() => StoreReading, { description: 'The reading with all that it told.' })
  reading!: StoreReadingRow;
}

@Resolver(() => StoreSource)
export class StoreSourceResolver {
  @FieldResolver(() => ReadingSourceEnum, { description: 'Who told.' })
  source(@Root() { reading }: StoreSource): ReadingSource {
    return reading.source;
  }

  @FieldResolver(() => DateTimeScalar, { description: 'When, by our clock.' })
  readAt(@Root() { reading }: StoreSource): Temporal.Instant {
    return reading.readAt;
  }

  @FieldResolver(() => Int, { description: 'How long ago that was, in whole minutes, rounded down.' })
  ageMinutes(@Root() { reading }: StoreSource, @Ctx() { now }: Context): number {
    return Math.floor((now.epochMilliseconds - reading.readAt.epochMilliseconds) / 60_000);
  }

  @FieldResolver(() => String, { nullable: true, description: 'Which version it tells, for people; null when none.' })
  async platformVersion(@Root() { reading }: StoreSource): Promise<string | null> {
    const version = platformVersionOf((await reading.store.loadOrFail()).platform, reading);
    return version === null ? null : describePlatformVersion(version);
  }
}

@Resolver(() => Store)
export class StoreSourcesResolver {
  @FieldResolver(() => [StoreSource], {
    description: `Who says which version it runs: the last word of each source, and of each that failed since, the newest first; at most 8. What the store tells itself goes before what is declared, unless it is older than ${OWN_WORD_DAYS} days and the declaration newer; a declaration completes what the store tells in part.`,
  })
  async sources(@Root() store: StoreRow, @Ctx() { loaders }: Context): Promise<readonly WeighedSource<StoreReadingRow>[]> {
    return (await loaders.readings.load(store.id)).sources;
  }
}
