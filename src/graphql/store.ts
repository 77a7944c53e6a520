import { Arg, Ctx, Field, FieldResolver, ID, Int, ObjectType, Resolver, Root } from 'type-graphql';
import type { CustomerRow } from '../persistence/customer.js';
import type { CredentialsKind, StoreRole, StoreRow } from '../persistence/store.js';
import type { InstalledAddon as CoreInstalled, DeclarantKind, ReadingSource, StoreReadingRow } from '../persistence/store-reading.js';
import { type Distribution, describePlatformVersion, type Platform } from '../policy/compatibility.js';
import { NOWHERE, toGlobalId } from '../use-cases/global-id.js';
import { platformVersionOf } from '../use-cases/store-reading.js';
import { AFTER, type Connection, FIRST, firstType } from './connection.js';
import { type Context, requireScope } from './context.js';
import { Customer } from './customer.js';
import { ActorKindEnum, CredentialsKindEnum, DistributionEnum, ReadingSourceEnum, StorePlatformEnum, StoreRoleEnum } from './enums.js';
import { Node } from './node.js';
import { PurchaseConnection } from './purchase.js';
import { type PurchaseRoot, pageOfPurchasesOf } from './purchase-page.js';
import { DateTimeScalar } from './scalars.js';

@ObjectType({ description: 'A module that a store has installed.' })
export class InstalledAddon implements CoreInstalled {
  @Field(() => String, { description: 'Its SKU, Composer package or module name.' })
  code!: string;

  @Field(() => String, { nullable: true, description: 'Its version; null where the platform does not tell.' })
  version!: string | null;

  @Field(() => Boolean, { description: 'Whether it is switched on.' })
  enabled!: boolean;
}

@ObjectType({ description: 'What a store said of itself at one moment. Facts, with where they came from.' })
export class StoreReading
  implements Pick<StoreReadingRow, 'readAt' | 'source' | 'phpVersion' | 'failure' | 'installed' | 'tool' | 'reportedAt'>
{
  @Field(() => DateTimeScalar, { description: 'When.' })
  readAt!: Temporal.Instant;

  @Field(() => ReadingSourceEnum, { description: 'Who told.' })
  source!: ReadingSource;

  @Field(() => String, { nullable: true, description: 'Version of PHP; null where it was not told.' })
  phpVersion!: string | null;

  @Field(() => String, { nullable: true, description: 'Why the store could not be read; null when it could.' })
  failure!: string | null;

  @Field(() => [InstalledAddon], { description: 'Installed modules, as far as they were told.' })
  installed!: readonly CoreInstalled[];

  @Field(() => String, { nullable: true, description: 'Name and version of the plugin that reported; null for all else.' })
  tool!: string | null;

  @Field(() => DateTimeScalar, {
    nullable: true,
    description: 'When the plugin reported, by the clock of the store; null for all else.',
  })
  reportedAt!: Temporal.Instant | null;
}

@Resolver(() => StoreReading)
export class StoreReadingResolver {
  @FieldResolver(() => String, {
    nullable: true,
    description: 'The platform’s version for people, and what is not known of it: "2.4 (patch unknown)". Null when nothing was told.',
  })
  async platformVersion(@Root() reading: StoreReadingRow): Promise<string | null> {
    const version = platformVersionOf((await reading.store.loadOrFail()).platform, reading);
    return version === null ? null : describePlatformVersion(version);
  }

  @FieldResolver(() => DistributionEnum, { nullable: true, description: 'Whose build of the platform it is; null where it was not told.' })
  edition(@Root() reading: StoreReadingRow): Distribution | null {
    return reading.distribution;
  }

  @FieldResolver(() => ActorKindEnum, { nullable: true, description: 'Who declared it; null for what the store told itself.' })
  declaredBy(@Root() reading: StoreReadingRow): DeclarantKind | null {
    return reading.declaredByKind;
  }
}

@ObjectType({ description: 'How a store is logged in to; of the credentials themselves nothing is shown.' })
export class StoreAccess {
  @Field(() => CredentialsKindEnum, { description: 'What kind of credentials is kept.' })
  kind!: CredentialsKind;

  @Field(() => DateTimeScalar, { nullable: true, description: 'When they were given; null where that was not noted.' })
  setAt!: Temporal.Instant | null;

  @Field(() => DateTimeScalar, { nullable: true, description: 'When they last opened the store; null when they never were tried.' })
  testedAt!: Temporal.Instant | null;
}

@ObjectType({ implements: Node, description: 'A Magento or PrestaShop installation: the vendor’s shop, or a store of a customer.' })
export class Store implements Pick<StoreRow, 'platform' | 'url' | 'role' | 'code'> {
  id!: string;

  @Field(() => StorePlatformEnum, { description: 'What it runs on.' })
  platform!: Platform;

  @Field(() => String, { description: 'Its address.' })
  url!: string;

  @Field(() => StoreRoleEnum, { description: 'What it is for.' })
  role!: StoreRole;

  @Field(() => String, { nullable: true, description: 'Short name of a vendor’s shop; null for customers’ stores.' })
  code!: string | null;
}

@Resolver(() => Store)
export class StoreResolver {
  @FieldResolver(() => ID, { description: 'Global and opaque; stays the same for good.' })
  id(@Root() store: StoreRow): string {
    return toGlobalId('Store', store.id);
  }

  @FieldResolver(() => Customer, {
    nullable: true,
    description:
      'Whose store it is; null for the vendor’s own shops, for a store that asks with its own token, and for a plugin that pairs. Scope PURCHASES_READ for all others.',
  })
  async customer(@Root() store: StoreRow, @Ctx() context: Context): Promise<CustomerRow | null> {
    const { kind } = context.actor;
    if (store.customer === null || kind === 'STORE' || kind === 'ANONYMOUS') return null;
    requireScope(context, 'PURCHASES_READ');
    return store.customer.loadOrFail();
  }

  @FieldResolver(() => StoreAccess, {
    nullable: true,
    description: 'How it is logged in to; null without credentials, and for whoever lacks the scope STORES_WRITE.',
  })
  access(@Root() store: StoreRow, @Ctx() { actor }: Context): StoreAccess | null {
    if (store.credentialsKind === null || !actor.scopes.includes('STORES_WRITE')) return null;
    return { kind: store.credentialsKind, setAt: store.credentialsSetAt, testedAt: store.credentialsTestedAt };
  }

  @FieldResolver(() => Int, {
    nullable: true,
    description:
      'By how much its clock is ahead of ours, when it last was tried; null when it never was, and for whoever lacks the scope STORES_WRITE.',
  })
  clockSkewSeconds(@Root() store: StoreRow, @Ctx() { actor }: Context): number | null {
    return actor.scopes.includes('STORES_WRITE') ? store.clockSkewSeconds : null;
  }

  @FieldResolver(() => StoreReading, {
    nullable: true,
    description:
      'The reading that tells which version it runs, as `sources` says; where none tells one, the newest of all. Null when it never was read.',
  })
  async latestReading(@Root() store: StoreRow, @Ctx() { loaders }: Context): Promise<StoreReadingRow | null> {
    return (await loaders.readings.load(store.id)).version;
  }

  @FieldResolver(() => StoreReading, {
    nullable: true,
    description:
      'The newest reading that tells versions of installed modules; what the store tells itself goes before what is declared, unless that is newer by 30 days. Null when none tells any.',
  })
  async latestInstalledReading(@Root() store: StoreRow, @Ctx() { loaders }: Context): Promise<StoreReadingRow | null> {
    return (await loaders.readings.load(store.id)).installed[0] ?? null;
  }

  @FieldResolver(() => PurchaseConnection, {
    description:
      'Purchases meant for the group that this store is in, the newest first; empty for the vendor’s own shops. Scope PURCHASES_READ.',
  })
  async purchases(
    @Root() store: StoreRow,
    @Arg('first', firstType, FIRST) first: number,
    @Arg('after', () => String, AFTER) after: string | null,
    @Ctx() context: Context,
  ): Promise<Connection<PurchaseRoot>> {
    requireScope(context, 'PURCHASES_READ');
    return pageOfPurchasesOf(context, { groupId: store.group?.id ?? NOWHERE }, first, after);
  }
}
