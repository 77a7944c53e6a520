import { Arg, Ctx, Field, ID, InputType, Mutation, ObjectType, Resolver } from 'type-graphql';
import type { StoreRole, StoreRow } from '../persistence/store.js';
import type { Platform } from '../policy/compatibility.js';
import { type Actor, changeableStores, seesEveryone } from '../use-cases/actor.js';
import { uuidOrNowhere } from '../use-cases/global-id.js';
import { outcomeOf, Refusal, userError } from '../use-cases/outcome.js';
import { type StoreConnectInput as CoreInput, revokeCredentials, type StoreCredentials } from '../use-cases/store.js';
import { type StoreProbe as CoreProbe, connectProbedStore, probeStore, type StoreConnection } from '../use-cases/store-probe.js';
import { type Context, requireScope } from './context.js';
import { CredentialsKindEnum, StorePlatformEnum, StoreRoleEnum } from './enums.js';
import { Store } from './store.js';
import { StoreProbe } from './store-probe.js';
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
  @Field(() => ID, {
    nullable: true,
    description:
      'The store to change, which may move to another address; unless said, the one of the same owner at this address, or a new one. At another origin its credentials are dropped, and needed again.',
  })
  storeId?: string | null;

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
    description:
      'How to log in. They are tried at the store first, and kept only when they open it; without them the store is only known, or keeps those that it has.',
  })
  credentials?: StoreCredentialsInput | null;

  @Field(() => Boolean, { defaultValue: false, description: 'Keep credentials that are good although something is missing (INCOMPLETE).' })
  acceptIncomplete!: boolean;

  @Field(() => Boolean, {
    defaultValue: false,
    description: 'Keep credentials of a store that gave no answer (NOT_REACHED), if it has none so far.',
  })
  keepUntested!: boolean;
}

@ObjectType({ description: 'The connected store and what trying it showed, or what must be corrected.' })
export class StoreConnectPayload {
  @Field(() => Store, { nullable: true, description: 'As connected; null when nothing was changed.' })
  store?: StoreRow | null;

  @Field(() => StoreProbe, { nullable: true, description: 'What trying the credentials showed; null when none were tried.' })
  probe?: CoreProbe | null;

  @Field(() => [UserError], USER_ERRORS)
  userErrors!: UserError[];
}

@InputType({ description: 'A store whose credentials are tried.' })
export class StoreProbeInput {
  @Field(() => ID, { description: 'The store.' })
  storeId!: string;
}

@ObjectType({ description: 'What trying a store showed, or what must be corrected.' })
export class StoreProbePayload {
  @Field(() => Store, { nullable: true, description: 'The store; null when something must be corrected.' })
  store?: StoreRow | null;

  @Field(() => StoreProbe, { nullable: true, description: 'What trying it showed; null when something must be corrected.' })
  probe?: CoreProbe | null;

  @Field(() => [UserError], USER_ERRORS)
  userErrors!: UserError[];
}

@InputType({ description: 'A store whose credentials are dropped.' })
export class StoreCredentialsRevokeInput {
  @Field(() => ID, { description: 'The store.' })
  storeId!: string;
}

@ObjectType({ description: 'The store without credentials, or what must be corrected.' })
export class StoreCredentialsRevokePayload {
  @Field(() => Store, { nullable: true, description: 'As it stands now; null when something must be corrected.' })
  store?: StoreRow | null;

  @Field(() => [UserError], USER_ERRORS)
  userErrors!: UserError[];
}

@Resolver()
export class StoreMutations {
  @Mutation(() => StoreConnectPayload, {
    description:
      'Connect a store, or change one. New credentials are tried first, which takes as long as the store does; when they fail, nothing is changed. Scope STORES_WRITE; a customer its own, and shops of the vendor its staff alone.',
  })
  async storeConnect(
    @Arg('input', () => StoreConnectInput, { description: 'The store.' }) input: StoreConnectInput,
    @Ctx() context: Context,
  ): Promise<Partial<StoreConnection>> {
    const session = requireScope(context, 'STORES_WRITE');
    const { value, userErrors } = await outcomeOf(() =>
      connectProbedStore(session, context.gateway, context.actor, connectInput(input, context.actor), input, context.now),
    );
    return value ?? { userErrors };
  }

  @Mutation(() => StoreProbePayload, {
    description:
      'Try the kept credentials of a store now; what is found wrong changes nothing. Takes as long as the store does. Scope STORES_WRITE; a customer its own, and shops of the vendor its staff alone.',
  })
  storeProbe(@Arg('input', () => StoreProbeInput, { description: 'The store.' }) input: StoreProbeInput, @Ctx() context: Context) {
    const session = requireScope(context, 'STORES_WRITE');
    return payload(() => probeStore(session, context.gateway, context.actor, namedStore(input, context.actor), context.now));
  }

  @Mutation(() => StoreCredentialsRevokePayload, {
    description:
      'Drop the credentials of a store at once: it stays, and is not read any more. Scope STORES_WRITE; a customer its own, and shops of the vendor its staff alone.',
  })
  storeCredentialsRevoke(
    @Arg('input', () => StoreCredentialsRevokeInput, { description: 'The store.' }) input: StoreCredentialsRevokeInput,
    @Ctx() context: Context,
  ) {
    const session = requireScope(context, 'STORES_WRITE');
    return payload(async () => ({ store: await session.transaction((em) => revokeCredentials(em, namedStore(input, context.actor))) }));
  }
}

const namedStore = ({ storeId }: { readonly storeId: string }, actor: Actor) => ({
  id: uuidOrNowhere('Store', storeId),
  ...changeableStores(actor),
});

function connectInput(input: StoreConnectInput, actor: Actor): CoreInput {
  return {
    storeId: input.storeId == null ? null : uuidOrNowhere('Store', input.storeId),
    among: changeableStores(actor),
    platform: input.platform,
    url: required(input.url, 'url', 500),
    role: input.role,
    customerId: ownerOf(input, actor),
    groupId: input.storeGroupId == null ? null : uuidOrNowhere('StoreGroup', input.storeGroupId),
    code: optional(input.code, 'code', 50),
    timeZone: optional(input.timeZone, 'timeZone'),
    credentials: input.credentials == null ? null : credentialsOf(input.credentials),
  };
}

/** Whose store it is to be: a customer's own, whether it says so or not. */
function ownerOf({ customerId, role }: StoreConnectInput, actor: Actor): string | null {
  const named = customerId == null ? null : uuidOrNowhere('Customer', customerId);
  if (!seesEveryone(actor) && named !== null && named !== actor.customerId)
    throw new Refusal([userError('NOT_FOUND', 'There is no such customer.', 'customerId')]);
  if (actor.kind !== 'STAFF' && role === 'VENDOR_SHOP')
    throw new Refusal([
      userError('INVALID', 'The vendor’s staff alone connects its own shops: say what the customer’s store is for.', 'role'),
    ]);
  return seesEveryone(actor) ? named : actor.customerId;
}

function credentialsOf(input: StoreCredentialsInput): StoreCredentials {
  const secret = (name: Exclude<keyof StoreCredentialsInput, 'kind'>): string => {
    // A copied value often brings a blank or a line break along.
    const value = input[name]?.trim() ?? '';
    if (value === '') throw new Refusal([userError('REQUIRED', `${input.kind} needs ${name}.`, 'credentials', name)]);
    if (value.length > MAX_SECRET)
      throw new Refusal([userError('INVALID', `${name} has at most ${MAX_SECRET} characters.`, 'credentials', name)]);
    if (!/^[!-~]+$/.test(value))
      throw new Refusal([userError('INVALID', `${name} holds letters, digits and signs of ASCII, and no blank.`, 'credentials', name)]);
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
