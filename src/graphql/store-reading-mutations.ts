import { Arg, Ctx, Field, ID, InputType, Mutation, ObjectType, Resolver } from 'type-graphql';
import { Store as StoreEntity } from '../persistence/store.js';
import type { StoreReadingRow } from '../persistence/store-reading.js';
import type { Distribution } from '../policy/compatibility.js';
import { fromGlobalId, uuidOrNowhere } from '../use-cases/global-id.js';
import { Refusal, userError } from '../use-cases/outcome.js';
import { connectorOf } from '../use-cases/store.js';
import { readStore, reportStore } from '../use-cases/store-reading.js';
import { type Context, ownRows, requireScope } from './context.js';
import { DistributionEnum } from './enums.js';
import { StoreReading } from './store.js';
import { optional, payload, required, USER_ERRORS, UserError } from './user-error.js';

const MAX_INSTALLED = 500;

@InputType({ description: 'A module that the store has installed.' })
export class InstalledAddonInput {
  @Field(() => String, { description: 'Its SKU, Composer package or module name.' })
  code!: string;

  @Field(() => String, { nullable: true, description: 'Its version.' })
  version?: string | null;

  @Field(() => Boolean, { defaultValue: true, description: 'Whether it is switched on.' })
  enabled!: boolean;
}

@InputType({ description: 'What a store says of itself.' })
export class StoreReportInput {
  @Field(() => ID, { nullable: true, description: 'The store; a store’s own token need not say it.' })
  storeId?: string | null;

  @Field(() => String, { description: 'The platform’s exact version, such as 2.4.7-p3 or 8.1.7.' })
  platformVersion!: string;

  @Field(() => DistributionEnum, { nullable: true, description: 'Whose build it is; the usual one of the platform unless said.' })
  distribution?: Distribution | null;

  @Field(() => String, { nullable: true, description: 'For Mage-OS: the Magento version that it builds on.' })
  upstreamVersion?: string | null;

  @Field(() => String, { nullable: true, description: 'Version of PHP.' })
  phpVersion?: string | null;

  @Field(() => [InstalledAddonInput], { defaultValue: [], description: `Installed modules, at most ${MAX_INSTALLED}.` })
  installed!: InstalledAddonInput[];
}

@ObjectType({ description: 'What was noted, or what must be corrected.' })
export class StoreReportPayload {
  @Field(() => StoreReading, { nullable: true, description: 'As noted; null when something must be corrected.' })
  storeReading?: StoreReadingRow | null;

  @Field(() => [UserError], USER_ERRORS)
  userErrors!: UserError[];
}

@InputType({ description: 'A store to read.' })
export class StoreReadInput {
  @Field(() => ID, { description: 'The store.' })
  storeId!: string;
}

@ObjectType({ description: 'What the store said, or what must be corrected.' })
export class StoreReadPayload {
  @Field(() => StoreReading, { nullable: true, description: 'As read; one that says why, when the store could not be read.' })
  storeReading?: StoreReadingRow | null;

  @Field(() => [UserError], USER_ERRORS)
  userErrors!: UserError[];
}

@Resolver()
export class StoreReadingMutations {
  @Mutation(() => StoreReportPayload, {
    description:
      'What a plugin inside the store reports: exact versions and installed add-ons. The store’s own token, or scope STORES_WRITE.',
  })
  storeReport(@Arg('input', () => StoreReportInput, { description: 'The report.' }) input: StoreReportInput, @Ctx() context: Context) {
    const own = context.actor.kind === 'STORE' ? context.actor.storeId : null;
    const session = own === null ? requireScope(context, 'STORES_WRITE') : context.session();
    return payload(async () => {
      const named = input.storeId == null ? own : fromGlobalId('Store', input.storeId);
      if (named === null || (own !== null && named !== own))
        throw new Refusal([userError('NOT_FOUND', 'There is no such store.', 'storeId')]);
      if (input.installed.length > MAX_INSTALLED)
        throw new Refusal([userError('INVALID', `At most ${MAX_INSTALLED} modules.`, 'installed')]);
      const values = {
        platformVersion: required(input.platformVersion, 'platformVersion'),
        distribution: input.distribution ?? null,
        upstreamVersion: optional(input.upstreamVersion, 'upstreamVersion'),
        phpVersion: optional(input.phpVersion, 'phpVersion'),
        installed: input.installed.map(({ code, version, enabled }, index) => ({
          code: required(code, ['installed', String(index), 'code']),
          version: optional(version, ['installed', String(index), 'version']),
          enabled,
        })),
      };
      return { storeReading: await session.transaction((em) => reportStore(em, named, values, context.now)) };
    });
  }

  @Mutation(() => StoreReadPayload, { description: 'Read a store’s version and modules now, through its connector. Scope STORES_WRITE.' })
  storeRead(@Arg('input', () => StoreReadInput, { description: 'The store.' }) input: StoreReadInput, @Ctx() context: Context) {
    const session = requireScope(context, 'STORES_WRITE');
    return payload(async () => {
      const store = await session.em.findOne(StoreEntity, { id: uuidOrNowhere('Store', input.storeId), ...ownRows(context.actor) });
      if (store === null) throw new Refusal([userError('NOT_FOUND', 'There is no such store.', 'storeId')]);
      const connector = connectorOf(store, context.gateway.secretKey, context.gateway.connect);
      if (connector === null)
        throw new Refusal([
          userError(
            'UNREADABLE_STORE',
            'No usable credentials are kept for this store’s address. Connect it again with credentials.',
            'storeId',
          ),
        ]);
      return { storeReading: await readStore(session, store, connector, context.now) };
    });
  }
}
