import { Arg, Ctx, Field, ID, InputType, Int, Mutation, ObjectType, Resolver } from 'type-graphql';
import type { ImportExceptionRow } from '../persistence/import-exception.js';
import type { SkuMeaningKind } from '../persistence/sku-meaning.js';
import { uuidOrNowhere } from '../use-cases/global-id.js';
import { type ImportExceptionResolution, resolveImportException, shopByCode } from '../use-cases/import-exception.js';
import { type ImportSummary as CoreSummary, importOrders } from '../use-cases/orders-import.js';
import { Refusal, userError } from '../use-cases/outcome.js';
import { connectorOf } from '../use-cases/store.js';
import { noteDone } from '../use-cases/sync-run.js';
import { type Context, requireScope } from './context.js';
import { ImportResolutionEnum, SkuMeaningKindEnum } from './enums.js';
import { ImportException } from './import-exception.js';
import { optional, payload, required, USER_ERRORS, UserError } from './user-error.js';

@InputType({ description: 'Which shop to import.' })
export class OrdersImportInput {
  @Field(() => String, { description: 'Code of the vendor’s shop.' })
  shop!: string;
}

@ObjectType({ description: 'What an import came to.' })
export class ImportSummary implements Omit<CoreSummary, 'failure' | 'leavesGap'> {
  @Field(() => String, { description: 'Code of the shop.' })
  shop!: string;

  @Field(() => Int, { description: 'Orders that the shop told; those read again for safety included.' })
  ordersSeen!: number;

  @Field(() => Int, { description: 'Orders among them that were known as they are.' })
  ordersUnchanged!: number;

  @Field(() => Int, { description: 'Orders that were placed or brought up to date.' })
  ordersPlaced!: number;

  @Field(() => Int, { description: 'Refund documents that the shop told.' })
  refundsSeen!: number;

  @Field(() => Int, { description: 'Exceptions of this shop that are open now.' })
  exceptionsOpen!: number;

  @Field(() => String, {
    nullable: true,
    description: 'Why reading stopped early; null when everything was read. What came before is imported.',
  })
  failureMessage!: string | null;
}

@ObjectType({ description: 'What the import came to, or what must be corrected.' })
export class OrdersImportPayload {
  @Field(() => ImportSummary, { nullable: true, description: 'The figures; null when something must be corrected.' })
  summary?: ImportSummary | null;

  @Field(() => [UserError], USER_ERRORS)
  userErrors!: UserError[];
}

@InputType({ description: 'What an unknown SKU means.' })
export class ExplainedSkuInput {
  @Field(() => SkuMeaningKindEnum, { description: 'What it is.' })
  kind!: SkuMeaningKind;

  @Field(() => String, { nullable: true, description: 'SKU of the add-on, for ADDON and RENEWAL.' })
  addonSku?: string | null;

  @Field(() => Int, { nullable: true, description: 'Support periods that one unit pays for, for RENEWAL.' })
  periods?: number | null;

  @Field(() => Int, { nullable: true, description: 'Minutes that one unit buys, for PREPAID_TIME.' })
  minutes?: number | null;

  @Field(() => String, {
    nullable: true,
    description: 'Name of the support conditions under which the minutes are sold, for PREPAID_TIME.',
  })
  supportPolicyName?: string | null;
}

@InputType({ description: 'What to do about an import exception.' })
export class ImportExceptionResolveInput {
  @Field(() => ID, { description: 'The exception.' })
  id!: string;

  @Field(() => ImportResolutionEnum, { description: 'What to do.' })
  action!: ImportExceptionResolution['action'];

  @Field(() => String, { nullable: true, description: 'Why it is left out, for DISMISS; at most 1,000 characters.' })
  note?: string | null;

  @Field(() => ExplainedSkuInput, { nullable: true, description: 'The meaning, for EXPLAIN_SKU.' })
  meaning?: ExplainedSkuInput | null;
}

@ObjectType({ description: 'The exception as it stands, or what must be corrected.' })
export class ImportExceptionResolvePayload {
  @Field(() => ImportException, {
    nullable: true,
    description: 'As it stands: still open when placing failed again. Null when something must be corrected.',
  })
  importException?: ImportExceptionRow | null;

  @Field(() => [UserError], USER_ERRORS)
  userErrors!: UserError[];
}

@Resolver()
export class ImportMutations {
  @Mutation(() => OrdersImportPayload, { description: 'Import what changed in a shop since the last run, and wait for it. Scope IMPORTS.' })
  ordersImport(@Arg('input', () => OrdersImportInput, { description: 'The shop.' }) input: OrdersImportInput, @Ctx() context: Context) {
    const session = requireScope(context, 'IMPORTS');
    return payload(async () => {
      const { database, connect, secretKey, now, stopping, addJob } = context.gateway;
      const shop = await shopByCode(session, required(input.shop, 'shop'));
      if (shop === null) throw new Refusal([userError('NOT_FOUND', 'There is no connected shop with this code.', 'shop')]);
      const platform = connectorOf(shop, secretKey, connect);
      if (platform === null)
        throw new Refusal([
          userError(
            'UNREADABLE_STORE',
            'No usable credentials are kept for this shop’s address. Connect it again with credentials.',
            'shop',
          ),
        ]);
      // The import has a session of its own; this one would only be kept from others meanwhile.
      await session.pause();
      const { failure, ...figures } = await importOrders(database, { shop, platform, now, startedAt: context.now, stopping, addJob });
      if (failure === null) await session.transaction((em) => noteDone(em, shop, 'ORDERS', context.now));
      return { summary: { ...figures, failureMessage: failure?.message ?? null } };
    });
  }

  @Mutation(() => ImportExceptionResolvePayload, { description: 'Resolve what an import could not place. Scope IMPORTS.' })
  importExceptionResolve(
    @Arg('input', () => ImportExceptionResolveInput, { description: 'The exception and what to do.' }) input: ImportExceptionResolveInput,
    @Ctx() context: Context,
  ) {
    const session = requireScope(context, 'IMPORTS');
    return payload(async () => {
      const id = uuidOrNowhere('ImportException', input.id);
      return { importException: await resolveImportException(session, id, resolutionOf(input), context.now, context.gateway.addJob) };
    });
  }
}

function resolutionOf(input: ImportExceptionResolveInput): ImportExceptionResolution {
  if (input.action === 'RETRY') return { action: 'RETRY' };
  if (input.action === 'DISMISS') return { action: 'DISMISS', note: required(input.note ?? '', 'note', 1000) };
  if (input.meaning == null) throw new Refusal([userError('REQUIRED', 'EXPLAIN_SKU needs the meaning.', 'meaning')]);
  const { kind, addonSku, periods, minutes, supportPolicyName } = input.meaning;
  return {
    action: 'EXPLAIN_SKU',
    meaning: {
      kind,
      addonSku: optional(addonSku, ['meaning', 'addonSku']),
      periods: periods ?? null,
      minutes: minutes ?? null,
      supportPolicyName: optional(supportPolicyName, ['meaning', 'supportPolicyName']),
    },
  };
}
