import { Arg, Ctx, Field, FieldResolver, ID, InputType, Mutation, ObjectType, Resolver, Root } from 'type-graphql';
import type { StoreRow } from '../persistence/store.js';
import { uuidOrNowhere } from '../use-cases/global-id.js';
import { createPairingCode, OVERLAP_HOURS, pairStore, unpairStore } from '../use-cases/pairing.js';
import { type Context, ownRows, requireScope } from './context.js';
import { refusal } from './operation-limits.js';
import { DateTimeScalar } from './scalars.js';
import { Store } from './store.js';
import { payload, required, USER_ERRORS, UserError } from './user-error.js';

const STORE = { description: 'The store.' } as const;

@ObjectType({ description: 'How the plugin inside a store stands to its account here.' })
export class StorePairing {
  @Field(() => DateTimeScalar, { nullable: true, description: 'Since when a plugin is paired; null: none is.' })
  pairedAt!: Temporal.Instant | null;

  @Field(() => DateTimeScalar, { nullable: true, description: 'Until when the code that was made last can be used; null: none is open.' })
  openCodeExpiresAt!: Temporal.Instant | null;
}

@Resolver(() => Store)
export class StorePairingResolver {
  @FieldResolver(() => StorePairing, { description: 'Whether its plugin is paired.' })
  async pairing(@Root() store: StoreRow, @Ctx() { loaders }: Context): Promise<StorePairing> {
    return { pairedAt: store.pairedAt, openCodeExpiresAt: await loaders.openPairingCode.load(store.id) };
  }
}

@InputType({ description: 'A store whose plugin is to be paired.' })
export class StorePairingCodeCreateInput {
  @Field(() => ID, STORE)
  storeId!: string;
}

@InputType({ description: 'What a plugin sends to be paired.' })
export class StorePairInput {
  @Field(() => String, {
    description: 'The code from the dashboard, such as ABCD-EFGH-JKMN-PQRS; hyphens, blanks and case of letters do not matter.',
  })
  code!: string;

  @Field(() => String, { description: 'The plugin’s public key for signing reports: Ed25519, 32 bytes in base64.' })
  publicKey!: string;

  @Field(() => String, {
    description:
      'Ed25519 in base64, by that key, over "tenure-store-pair/1", a line feed, and the code as it stands here: the plugin has the key that it brings.',
  })
  signature!: string;
}

@InputType({ description: 'A store whose plugin is to be shut out.' })
export class StoreUnpairInput {
  @Field(() => ID, STORE)
  storeId!: string;
}

@ObjectType({ description: 'The code, or what must be corrected.' })
export class StorePairingCodeCreatePayload {
  @Field(() => Store, { nullable: true, description: 'The store; null when something must be corrected.' })
  store?: StoreRow | null;

  @Field(() => String, {
    nullable: true,
    description: 'The code, for the settings of the plugin. It is shown this once and cannot be had again.',
  })
  code?: string | null;

  @Field(() => DateTimeScalar, { nullable: true, description: 'Until when it can be used; null when something must be corrected.' })
  expiresAt?: Temporal.Instant | null;

  @Field(() => [UserError], USER_ERRORS)
  userErrors!: UserError[];
}

@ObjectType({ description: 'What the plugin needs from now on, or what must be corrected.' })
export class StorePairPayload {
  @Field(() => Store, {
    nullable: true,
    description: 'The store that it speaks for, by its id and address; null when something must be corrected.',
  })
  store?: StoreRow | null;

  @Field(() => String, { nullable: true, description: 'The store’s token. It is shown this once and cannot be had again.' })
  secret?: string | null;

  @Field(() => [UserError], USER_ERRORS)
  userErrors!: UserError[];
}

@ObjectType({ description: 'The store without its plugin, or what must be corrected.' })
export class StoreUnpairPayload {
  @Field(() => Store, { nullable: true, description: 'As it stands; null when something must be corrected.' })
  store?: StoreRow | null;

  @Field(() => [UserError], USER_ERRORS)
  userErrors!: UserError[];
}

@Resolver()
export class PairingMutations {
  @Mutation(() => StorePairingCodeCreatePayload, {
    description:
      'Make a code that pairs the plugin of a customer’s store, once and within 15 minutes; codes made before end. Scope STORES_WRITE; a customer for its own stores.',
  })
  storePairingCodeCreate(
    @Arg('input', () => StorePairingCodeCreateInput, STORE) input: StorePairingCodeCreateInput,
    @Ctx() context: Context,
  ) {
    const session = requireScope(context, 'STORES_WRITE');
    const { actor, gateway, now } = context;
    return payload(() =>
      session.transaction((em) => {
        const storeId = uuidOrNowhere('Store', input.storeId);
        return createPairingCode(em, ownRows(actor), storeId, gateway.tokenPepper, now, actor.delegationId);
      }),
    );
  }

  @Mutation(() => StorePairPayload, {
    description: `Pair a plugin with its store: the code becomes a token, and the key verifies the store’s reports from now on. Tokens of earlier pairings end after ${OVERLAP_HOURS} hours. Needs no credential and takes none: the code is one.`,
  })
  storePair(@Arg('input', () => StorePairInput, { description: 'The code and the key.' }) input: StorePairInput, @Ctx() context: Context) {
    const { actor, gateway, now } = context;
    // Its own session beside that of the request would make two connections wait for each other.
    if (actor.kind !== 'ANONYMOUS') throw refusal('BAD_USER_INPUT', 'storePair takes no credential: leave the header authorization out.');
    return payload(async () => {
      required(input.code, 'code');
      // The code was signed as it was sent.
      const { code } = input;
      const asked = { code, publicKey: required(input.publicKey, 'publicKey'), signature: required(input.signature, 'signature') };
      const { store, token } = await pairStore(gateway.database, asked, gateway.tokenPepper, now);
      return { store, secret: token };
    });
  }

  @Mutation(() => StoreUnpairPayload, {
    description:
      'Shut the plugin of a store out at once: all tokens of the store end, its key, and an open code. Scope STORES_WRITE; a customer for its own stores.',
  })
  storeUnpair(@Arg('input', () => StoreUnpairInput, STORE) input: StoreUnpairInput, @Ctx() context: Context) {
    const session = requireScope(context, 'STORES_WRITE');
    const { actor, now } = context;
    return payload(async () => ({
      store: await session.transaction((em) => unpairStore(em, ownRows(actor), uuidOrNowhere('Store', input.storeId), now)),
    }));
  }
}
