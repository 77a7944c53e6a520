import { Arg, Ctx, Field, ID, InputType, Mutation, ObjectType, Resolver } from 'type-graphql';
import { Store as StoreEntity } from '../persistence/store.js';
import type { StoreReadingRow } from '../persistence/store-reading.js';
import type { Distribution } from '../policy/compatibility.js';
import { changeableStores } from '../use-cases/actor.js';
import { uuidOrNowhere } from '../use-cases/global-id.js';
import { Refusal, userError } from '../use-cases/outcome.js';
import { requireReadingPace } from '../use-cases/reading-pace.js';
import { connectorOf } from '../use-cases/store.js';
import { declareStore } from '../use-cases/store-declaration.js';
import { readStore } from '../use-cases/store-reading.js';
import { reportStore } from '../use-cases/store-report.js';
import { type Context, requireScope } from './context.js';
import { DistributionEnum } from './enums.js';
import { OPERATION_LIMITS, refusal } from './operation-limits.js';
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

@InputType({ description: 'What a person says of a store.' })
export class StoreDeclareInput {
  @Field(() => ID, { description: 'The store.' })
  storeId!: string;

  @Field(() => String, { description: 'The platform’s version, such as 2.4.7-p3 or 8.1.7, as exactly as is known.' })
  platformVersion!: string;

  @Field(() => DistributionEnum, { nullable: true, description: 'Whose build it is; the usual one of the platform unless said.' })
  distribution?: Distribution | null;

  @Field(() => String, { nullable: true, description: 'For MAGE_OS alone: the exact Magento version that it builds on, such as 2.4.8-p5.' })
  upstreamVersion?: string | null;

  @Field(() => String, { nullable: true, description: 'Version of PHP.' })
  phpVersion?: string | null;

  @Field(() => [InstalledAddonInput], { defaultValue: [], description: `Installed modules, at most ${MAX_INSTALLED}.` })
  installed!: InstalledAddonInput[];
}

@ObjectType({ description: 'What was noted, or what must be corrected.' })
export class StoreDeclarePayload {
  @Field(() => StoreReading, { nullable: true, description: 'As noted; null when something must be corrected.' })
  storeReading?: StoreReadingRow | null;

  @Field(() => [UserError], USER_ERRORS)
  userErrors!: UserError[];
}

@InputType({ description: 'A report that the plugin inside a store has signed.' })
export class StoreReportInput {
  @Field(() => String, {
    description: `JSON by \`schema/store-report.schema.json\`, at most ${OPERATION_LIMITS.inputStringLength} characters. Longer ones, with lists of files, go to \`POST /v1/store-report\`.`,
  })
  document!: string;

  @Field(() => String, {
    description: 'Ed25519 in base64, by the key of the pairing, over "tenure-store-report/1", a line feed, and the document in UTF-8.',
  })
  signature!: string;
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
      'What the plugin inside a store reports: exact versions, installed add-ons, and their code. The same report sent again answers as the first time; another one is taken a minute after the last, or five when it is longer than 100,000 bytes. For a store’s own token (scope STORES_READ), and signed with the key of its pairing.',
  })
  storeReport(@Arg('input', () => StoreReportInput, { description: 'The report.' }) input: StoreReportInput, @Ctx() context: Context) {
    const session = requireScope(context, 'STORES_READ');
    const { storeId } = context.actor;
    if (context.actor.kind !== 'STORE' || storeId === null) throw refusal('FORBIDDEN', 'A store reports with a token of its own.');
    const report = { document: Buffer.from(input.document), signature: input.signature };
    return payload(async () => ({ storeReading: await session.transaction((em) => reportStore(em, storeId, report, context.now)) }));
  }

  @Mutation(() => StoreDeclarePayload, {
    description:
      'Say what a store runs, where it does not tell itself: noted as declared, and by whom; at most 30 times within an hour. Scope STORES_WRITE; a customer its own, and shops of the vendor its staff alone.',
  })
  storeDeclare(
    @Arg('input', () => StoreDeclareInput, { description: 'The declaration.' }) input: StoreDeclareInput,
    @Ctx() context: Context,
  ) {
    const session = requireScope(context, 'STORES_WRITE');
    return payload(async () => {
      if (input.installed.length > MAX_INSTALLED)
        throw new Refusal([userError('INVALID', `At most ${MAX_INSTALLED} modules.`, 'installed')]);
      const which = { id: uuidOrNowhere('Store', input.storeId), ...changeableStores(context.actor) };
      const declaration = {
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
      const declared = session.transaction((em) => declareStore(em, context.actor, which, declaration, context.now));
      return { storeReading: await declared };
    });
  }

  @Mutation(() => StoreReadPayload, {
    description:
      'Read a store’s version and modules now, through its connector; at most 30 times within an hour. Scope STORES_WRITE; a customer its own, and shops of the vendor its staff alone.',
  })
  storeRead(@Arg('input', () => StoreReadInput, { description: 'The store.' }) input: StoreReadInput, @Ctx() context: Context) {
    const session = requireScope(context, 'STORES_WRITE');
    return payload(async () => {
      const which = { id: uuidOrNowhere('Store', input.storeId), ...changeableStores(context.actor) };
      const store = await session.em.findOne(StoreEntity, which);
      if (store === null) throw new Refusal([userError('NOT_FOUND', 'There is no such store.', 'storeId')]);
      await requireReadingPace(session.em, store.id, 'CONNECTOR', context.now);
      const connector = connectorOf(store, context.gateway.secretKey, context.gateway.connect);
      if (connector === null)
        throw new Refusal([
          userError(
            'UNREADABLE_STORE',
            'No usable credentials are kept for this store’s address. Connect it again with credentials.',
            'storeId',
          ),
        ]);
      return { storeReading: await readStore(session, store, connector, context.now, context) };
    });
  }
}
