import { Arg, Ctx, Field, ID, InputType, Mutation, ObjectType, Resolver } from 'type-graphql';
import { Store as StoreEntity, type StoreRole, type StoreRow } from '../persistence/store.js';
import type { StoreReadingRow } from '../persistence/store-reading.js';
import type { Distribution, Platform } from '../policy/compatibility.js';
import { fromGlobalId, uuidOrNowhere } from '../use-cases/global-id.js';
import { Refusal, userError } from '../use-cases/outcome.js';
import { connectorOf, connectStore, readStore, reportStore, type StoreCredentials } from '../use-cases/store.js';
import { type Context, ownRows, requireScope } from './context.js';
import { CredentialsKindEnum, DistributionEnum, StorePlatformEnum, StoreRoleEnum } from './enums.js';
import { Store, StoreReading } from './store.js';
import { optional, payload, required, USER_ERRORS, UserError } from './user-error.js';

const MAX_INSTALLED = 500;
const MAX_SECRET = 500;

@InputType({ description: 'How a store is logged in to. Kept sealed; never shown again.' })
export class StoreCredentialsInput {
  @Field(() => CredentialsKindEnum, { description: 'Which of the values below are given.' })
  kind!: StoreCredentials['kind'];

  @Field(() => String, { nullable: true, description: 'For MAGENTO_OAUTH.' })
  consumerKey?: string | null;

  @Field(() => String, { nullable: true, description: 'For MAGENTO_OAUTH.' })
  consumerSecret?: string | null;

  @Field(() => String, { nullable: true, description: 'For MAGENTO_OAUTH.' })
  accessToken?: string | null;

  @Field(() => String, { nullable: true, description: 'For MAGENTO_OAUTH.' })
  accessTokenSecret?: string | null;

  @Field(() => String, { nullable: true, description: 'For MAGENTO_BEARER.' })
  token?: string | null;

  @Field(() => String, { nullable: true, description: 'For PRESTASHOP_KEY: the 32 characters of the webservice key.' })
  key?: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'For PRESTASHOP_KEY, of PrestaShop 9: an API client with the scope module_read, to list modules.',
  })
  adminClientId?: string | null;

  @Field(() => String, { nullable: true, description: 'The secret of that API client.' })
  adminClientSecret?: string | null;
}

@InputType({ description: 'A store to connect.' })
export class StoreConnectInput {
  @Field(() => StorePlatformEnum, { description: 'What it runs on.' })
  platform!: Platform;

  @Field(() => String, { description: 'Its base address: https, without "?" and "#".' })
  url!: string;

  @Field(() => StoreRoleEnum, { description: 'What it is for.' })
  role!: StoreRole;

  @Field(() => ID, { nullable: true, description: 'Whose store it is; none for the vendor’s own shop.' })
  customerId?: string | null;

  @Field(() => String, { nullable: true, description: 'Short name of a vendor’s shop, such as "magento-eu".' })
  code?: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'IANA zone in which the platform writes its dates, such as Europe/Paris; needed for a PrestaShop shop.',
  })
  timeZone?: string | null;

  @Field(() => StoreCredentialsInput, {
    nullable: true,
    description: 'How to log in; without them the store is only known, and its plugin reports.',
  })
  credentials?: StoreCredentialsInput | null;
}

@ObjectType({ description: 'The connected store, or what must be corrected.' })
export class StoreConnectPayload {
  @Field(() => Store, { nullable: true, description: 'As connected; null when something must be corrected.' })
  store?: StoreRow | null;

  @Field(() => [UserError], USER_ERRORS)
  userErrors!: UserError[];
}

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
export class StoreMutations {
  @Mutation(() => StoreConnectPayload, {
    description: 'Connect a store, or change the one at this address. Credentials are sealed to the address. Scope STORES_WRITE.',
  })
  storeConnect(@Arg('input', () => StoreConnectInput, { description: 'The store.' }) input: StoreConnectInput, @Ctx() context: Context) {
    const session = requireScope(context, 'STORES_WRITE');
    return payload(async () => {
      const values = {
        platform: input.platform,
        url: required(input.url, 'url', 500),
        role: input.role,
        customerId: input.customerId == null ? null : uuidOrNowhere('Customer', input.customerId),
        code: optional(input.code, 'code', 50),
        timeZone: optional(input.timeZone, 'timeZone'),
        credentials: input.credentials == null ? null : credentialsOf(input.credentials),
      };
      return { store: await session.transaction((em) => connectStore(em, values, context.gateway.secretKey, context.now)) };
    });
  }

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

function credentialsOf(input: StoreCredentialsInput): StoreCredentials {
  const secret = (name: Exclude<keyof StoreCredentialsInput, 'kind'>): string => {
    const value = input[name];
    if (value == null || value === '') throw new Refusal([userError('REQUIRED', `${input.kind} needs ${name}.`, 'credentials', name)]);
    if (value.length > MAX_SECRET)
      throw new Refusal([userError('INVALID', `${name} has at most ${MAX_SECRET} characters.`, 'credentials', name)]);
    return value;
  };
  switch (input.kind) {
    case 'MAGENTO_OAUTH':
      return {
        kind: input.kind,
        consumerKey: secret('consumerKey'),
        consumerSecret: secret('consumerSecret'),
        accessToken: secret('accessToken'),
        accessTokenSecret: secret('accessTokenSecret'),
      };
    case 'MAGENTO_BEARER':
      return { kind: input.kind, token: secret('token') };
    case 'PRESTASHOP_KEY': {
      const adminApi =
        input.adminClientId == null ? null : { clientId: secret('adminClientId'), clientSecret: secret('adminClientSecret') };
      return { kind: input.kind, key: secret('key'), adminApi };
    }
  }
}
