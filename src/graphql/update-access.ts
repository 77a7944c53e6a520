import { Arg, Ctx, Field, FieldResolver, ID, InputType, ObjectType, Query, Resolver, Root } from 'type-graphql';
import type { Session } from '../persistence/session.js';
import { Store as StoreEntity, type StoreRow } from '../persistence/store.js';
import { StoreReading as ReadingEntity, type StoreReadingRow } from '../persistence/store-reading.js';
import type { Platform } from '../policy/compatibility.js';
import type { Reason as CoreReason } from '../policy/reason.js';
import type { WithheldRelease as CoreWithheld, ReleaseChannel, UpdateVerdict } from '../policy/update-access.js';
import type { Actor } from '../use-cases/actor.js';
import { fromGlobalId } from '../use-cases/global-id.js';
import {
  type UpdateCheckResult as CoreResult,
  checkUpdates,
  type OfferedRelease,
  releaseAccessOf,
  statedPlatformVersion,
  type UpdateAnswer,
  updateAccessOf,
} from '../use-cases/update-access.js';
import { type Context, ownRows, requireScope } from './context.js';
import { ReleaseChannelEnum, StorePlatformEnum, UpdateVerdictEnum } from './enums.js';
import { refusal } from './operation-limits.js';
import { Reason } from './reason.js';
import { Release, type ReleaseRoot } from './release.js';
import { RenewalQuote, type RenewalQuoteRoot } from './renewal-quote.js';
import { DateTimeScalar } from './scalars.js';
import { Store, StoreReading } from './store.js';
import { updateAskerOf } from './update-asker.js';

export const MAX_CHECKED_ADDONS = 100;
/** How long a store may rest on an answer. */
const CHECK_AGAIN_HOURS = 12;

@ObjectType({ description: 'A newer release that may not be installed, and why.' })
export class WithheldRelease implements CoreWithheld<OfferedRelease> {
  @Field(() => Release, { description: 'The release.' })
  release!: OfferedRelease;

  @Field(() => [Reason], { description: 'Why it is withheld, the decisive reason first; never empty.' })
  reasons!: readonly CoreReason[];
}

@ObjectType({ description: 'Whether an add-on may be updated, to which release, and what would lift a refusal.' })
export class UpdateAccess implements Pick<UpdateAnswer, 'verdict' | 'reasons'> {
  @Field(() => UpdateVerdictEnum, { description: 'The answer in a word.' })
  verdict!: UpdateVerdict;

  @Field(() => [Reason], { description: 'Every rule that spoke, the decisive one first; never empty.' })
  reasons!: readonly CoreReason[];
}

@Resolver(() => UpdateAccess)
export class UpdateAccessResolver {
  @FieldResolver(() => Release, {
    nullable: true,
    description: 'The newest release that is entitled and fits the platform version; null when there is none.',
  })
  newestPermitted(@Root() access: UpdateAnswer): ReleaseRoot | null {
    return access.newestPermitted;
  }

  @FieldResolver(() => Release, {
    nullable: true,
    description: 'The newest release at all, so that a refusal is visible; null when nothing is published.',
  })
  newest(@Root() access: UpdateAnswer): ReleaseRoot | null {
    return access.newest;
  }

  @FieldResolver(() => [WithheldRelease], { description: 'Newer releases that may not be installed, the highest version first.' })
  withheld(@Root() access: UpdateAnswer): readonly CoreWithheld<OfferedRelease>[] {
    return access.withheld;
  }

  @FieldResolver(() => RenewalQuote, {
    nullable: true,
    description: 'The renewal of one period that would lift the refusal; null where none would.',
  })
  renewalQuote(@Root() access: UpdateAnswer): RenewalQuoteRoot | null {
    return access.renewalQuote === null ? null : { quote: access.renewalQuote, access: async () => access };
  }

  @Query(() => UpdateAccess, {
    description:
      'May this release be installed; with no version, which is the newest that may. Scope PURCHASES_READ, or the store’s own token for purchases of its group.',
  })
  async updateAccess(
    @Arg('input', () => UpdateAccessInput, { description: 'The purchase and what its store runs.' }) input: UpdateAccessInput,
    @Ctx() context: Context,
  ): Promise<UpdateAnswer> {
    const { actor, gateway, now } = context;
    const session = actor.kind === 'STORE' ? context.session() : requireScope(context, 'PURCHASES_READ');
    const purchase = await askedAbout(session, actor, input.purchaseId);
    const notFound = () => refusal('NOT_FOUND', 'There is no such purchase, or no such version of its add-on.');
    if (purchase === null) throw notFound();
    const query = {
      purchase: { id: purchase.id, addonId: purchase.addon_id, customerId: purchase.customer_id },
      installedVersion: input.installedVersion ?? null,
      platformVersion: statedPlatformVersion(purchase.platform, input.platformVersion ?? null),
      channel: input.channel,
    };
    const at = input.asOf ?? now;
    if (input.version != null) {
      const access = await releaseAccessOf(session, gateway.policies, query, input.version, at);
      if (access === null) throw notFound();
      return access;
    }
    return updateAccessOrFail(context, query, at);
  }
}

interface PurchaseAskedAbout {
  readonly id: string;
  readonly addon_id: string;
  readonly customer_id: string;
  /** Of the add-on, which the store runs too: it need not be that of the shop that sold it. */
  readonly platform: Platform;
}

/** The purchase with this global id; null when there is none, it is not the asker's, or it is meant for another group than that of the store that asks. */
async function askedAbout(session: Session, actor: Actor, globalId: string): Promise<PurchaseAskedAbout | null> {
  const id = fromGlobalId('Purchase', globalId);
  if (id === null) return null;
  const [purchase] = await session.query<PurchaseAskedAbout>({
    name: 'purchase-asked-about',
    text: `select p.id, p.addon_id, p.customer_id, a.platform
      from purchase p join addon a on a.id = p.addon_id
      where p.id = $1 and ($2::uuid is null or p.customer_id = $2) and (not $3 or p.group_id is null or p.group_id = (select store.group_id from store where store.id = $4))`,
    values: [id, ownRows(actor).customer ?? null, actor.kind === 'STORE', actor.storeId],
  });
  return purchase ?? null;
}

async function updateAccessOrFail(
  { gateway, session }: Context,
  query: Parameters<typeof updateAccessOf>[2][number],
  at: Temporal.Instant,
): Promise<UpdateAnswer> {
  const [access] = await updateAccessOf(session(), gateway.policies, [query], at);
  if (access === undefined) throw new Error('Every question has an answer.');
  return access;
}

@InputType({ description: 'A question about updates of one purchase.' })
export class UpdateAccessInput {
  @Field(() => ID, { description: 'The purchase.' })
  purchaseId!: string;

  @Field(() => String, { nullable: true, description: 'The version asked about; the newest unless said.' })
  version?: string | null;

  @Field(() => String, { nullable: true, description: 'The version installed now, for finding what is newer.' })
  installedVersion?: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'The platform’s version, such as 2.4.7-p3; without it, whether a release fits cannot be told.',
  })
  platformVersion?: string | null;

  @Field(() => ReleaseChannelEnum, { defaultValue: 'STABLE', description: 'BETA offers pre-releases beside the stable ones.' })
  channel!: ReleaseChannel;

  @Field(() => DateTimeScalar, { nullable: true, description: 'The moment asked about; now unless said.' })
  asOf?: Temporal.Instant | null;
}

@InputType({ description: 'An installed add-on to check.' })
export class CheckedAddonInput {
  @Field(() => String, { description: 'Its SKU, Composer package or module name.' })
  code!: string;

  @Field(() => String, { nullable: true, description: 'The version installed now; not known unless said.' })
  installedVersion?: string | null;
}

@InputType({ description: 'What a store plugin asks.' })
export class UpdateCheckInput {
  @Field(() => [CheckedAddonInput], { description: `The add-ons to check: 1 to ${MAX_CHECKED_ADDONS}, each code once.` })
  addons!: CheckedAddonInput[];

  @Field(() => StorePlatformEnum, { nullable: true, description: 'The store’s platform; looked up unless said, where a store is named.' })
  platform?: Platform | null;

  @Field(() => String, {
    nullable: true,
    description: 'The platform’s exact version, such as 2.4.7-p3. Unless said, what the store was known to run at the moment asked about.',
  })
  platformVersion?: string | null;

  @Field(() => ID, { nullable: true, description: 'The store asked about; a store’s own token is answered for its store.' })
  storeId?: string | null;

  @Field(() => ID, { nullable: true, description: 'The customer asked about, where no store is named; a customer’s own unless said.' })
  customerId?: string | null;

  @Field(() => ReleaseChannelEnum, { defaultValue: 'STABLE', description: 'BETA offers pre-releases beside the stable ones.' })
  channel!: ReleaseChannel;

  @Field(() => DateTimeScalar, { nullable: true, description: 'The moment asked about; now unless said.' })
  asOf?: Temporal.Instant | null;
}

@ObjectType({ description: 'The answer for one add-on of the store.' })
export class UpdateCheckResult implements Pick<CoreResult, 'code' | 'installedVersion'> {
  @Field(() => String, { description: 'The code asked about.' })
  code!: string;

  @Field(() => String, { nullable: true, description: 'The installed version asked about.' })
  installedVersion!: string | null;

  @Field(() => UpdateAccess, { description: 'Whether it may be updated.' })
  access!: UpdateAnswer;
}

@ObjectType({ description: 'The answers for all the add-ons of a store.' })
export class UpdateCheck {
  @Field(() => DateTimeScalar, { description: 'The moment that the answers are for.' })
  checkedAt!: Temporal.Instant;

  @Field(() => DateTimeScalar, { description: 'Please do not ask again before.' })
  nextCheckAfter!: Temporal.Instant;

  @Field(() => [UpdateCheckResult], {
    complexity: ({ childComplexity }) => 1 + MAX_CHECKED_ADDONS * childComplexity * 0.05,
    description: 'One answer for each add-on asked about, in that order.',
  })
  results!: readonly CoreResult[];

  storeId!: string | null;
  readingId!: string | null;
}

@Resolver(() => UpdateCheck)
export class UpdateCheckResolver {
  @FieldResolver(() => Store, { nullable: true, description: 'The store that the answers are for; null when only a customer was named.' })
  store(@Root() check: UpdateCheck, @Ctx() context: Context): Promise<StoreRow | null> | null {
    return check.storeId === null ? null : context.session().em.findOne(StoreEntity, { id: check.storeId });
  }

  @FieldResolver(() => StoreReading, {
    nullable: true,
    description: 'The reading that told the platform’s version for these answers; null when the caller stated it, or nothing is known.',
  })
  storeReading(@Root() check: UpdateCheck, @Ctx() context: Context): Promise<StoreReadingRow | null> | null {
    return check.readingId === null ? null : context.session().em.findOne(ReadingEntity, { id: check.readingId });
  }

  @Query(() => UpdateCheck, {
    description: `One question for all the add-ons of a store: what a store plugin asks, at most ${MAX_CHECKED_ADDONS} add-ons. A code that names no add-on, or none that was bought, is answered NOT_ENTITLED. A store’s own token, or scope PURCHASES_READ.`,
  })
  async updateCheck(
    @Arg('input', () => UpdateCheckInput, { description: 'The store, and what is installed in it.' }) input: UpdateCheckInput,
    @Ctx() context: Context,
  ): Promise<UpdateCheck> {
    refuseBadCodes(input.addons);
    const at = input.asOf ?? context.now;
    const asker = await updateAskerOf(input, context, at);
    const results = await checkUpdates(
      context.session(),
      context.gateway.policies,
      {
        customerId: asker.customerId,
        storeId: asker.storeId,
        platform: asker.platform,
        platformVersion: asker.platformVersion,
        channel: input.channel,
        addons: input.addons.map(({ code, installedVersion }) => ({ code, installedVersion: installedVersion ?? null })),
      },
      at,
    );
    return {
      checkedAt: at,
      nextCheckAfter: at.add({ hours: CHECK_AGAIN_HOURS }),
      results,
      storeId: asker.storeId,
      readingId: asker.readingId,
    };
  }
}

function refuseBadCodes(addons: readonly CheckedAddonInput[]): void {
  if (addons.length === 0 || addons.length > MAX_CHECKED_ADDONS)
    throw refusal('BAD_USER_INPUT', `\`addons\` holds 1 to ${MAX_CHECKED_ADDONS} add-ons. Ask again for the rest.`, MAX_CHECKED_ADDONS);
  if (new Set(addons.map(({ code }) => code)).size !== addons.length) throw refusal('BAD_USER_INPUT', 'Each code stands in `addons` once.');
  if (addons.some(({ code, installedVersion }) => code.length > 200 || (installedVersion?.length ?? 0) > 200))
    throw refusal('BAD_USER_INPUT', 'A code and a version have at most 200 characters.', 200);
}
