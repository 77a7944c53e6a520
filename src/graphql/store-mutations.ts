import { Arg, Ctx, Field, ID, InputType, Mutation, ObjectType, Resolver } from 'type-graphql';
import type { StoreRole, StoreRow } from '../persistence/store.js';
import type { Platform } from '../policy/compatibility.js';
import { type Actor, seesEveryone } from '../use-cases/actor.js';
import { uuidOrNowhere } from '../use-cases/global-id.js';
import { Refusal, userError } from '../use-cases/outcome.js';
import { connectStore, type StoreCredentials } from '../use-cases/store.js';
import { type Context, requireScope } from './context.js';
import { CredentialsKindEnum, StorePlatformEnum, StoreRoleEnum } from './enums.js';
import { Store } from './store.js';
import { optional, payload, required, USER_ERRORS, UserError } from './user-error.js';

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

  @Field(() => ID, { nullable: true, description: 'Whose store it is; none for the vendor’s own shop. A customer need not say it.' })
  customerId?: string | null;

  @Field(() => ID, {
    nullable: true,
    description:
      'The group of a customer’s store, needed for staging and development. Unless said, the one that it is in; a production store that is in none begins one, named after its host.',
  })
  storeGroupId?: string | null;

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

@Resolver()
export class StoreMutations {
  @Mutation(() => StoreConnectPayload, {
    description:
      'Connect a store, or change the one at this address. Credentials are sealed to the address. Scope STORES_WRITE; a customer its own.',
  })
  storeConnect(@Arg('input', () => StoreConnectInput, { description: 'The store.' }) input: StoreConnectInput, @Ctx() context: Context) {
    const session = requireScope(context, 'STORES_WRITE');
    return payload(async () => {
      const values = {
        platform: input.platform,
        url: required(input.url, 'url', 500),
        role: input.role,
        customerId: ownerOf(input, context.actor),
        groupId: input.storeGroupId == null ? null : uuidOrNowhere('StoreGroup', input.storeGroupId),
        code: optional(input.code, 'code', 50),
        timeZone: optional(input.timeZone, 'timeZone'),
        credentials: input.credentials == null ? null : credentialsOf(input.credentials),
      };
      return { store: await session.transaction((em) => connectStore(em, values, context.gateway.secretKey, context.now)) };
    });
  }
}

/** Whose store it is to be: a customer's own, whether it says so or not. */
function ownerOf({ customerId, role }: StoreConnectInput, actor: Actor): string | null {
  const named = customerId == null ? null : uuidOrNowhere('Customer', customerId);
  if (seesEveryone(actor)) return named;
  if (named !== null && named !== actor.customerId) throw new Refusal([userError('NOT_FOUND', 'There is no such customer.', 'customerId')]);
  if (role === 'VENDOR_SHOP')
    throw new Refusal([userError('INVALID', 'The vendor alone connects shops of its own: say what your store is for.', 'role')]);
  return actor.customerId;
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
