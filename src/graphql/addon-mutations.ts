import { Arg, Ctx, Field, ID, InputType, Int, Mutation, ObjectType, Resolver } from 'type-graphql';
import type { AddonRow } from '../persistence/addon.js';
import type { ReleaseRow } from '../persistence/release.js';
import type { SkuMeaningKind } from '../persistence/sku-meaning.js';
import type { Platform } from '../policy/compatibility.js';
import type { ReleaseChannel, ReleaseKind } from '../policy/update-access.js';
import { saveAddon, saveSkuMeaning } from '../use-cases/addon.js';
import { uuidOrNowhere } from '../use-cases/global-id.js';
import { Refusal, userError } from '../use-cases/outcome.js';
import { publishWithFixes, withdrawRelease } from '../use-cases/release.js';
import { Addon } from './addon.js';
import { type Context, requireScope } from './context.js';
import { ReleaseChannelEnum, ReleaseKindEnum, SkuMeaningKindEnum, StorePlatformEnum } from './enums.js';
import { MoneyInput, moneyOf } from './money.js';
import { ChangelogEntryInput, CompatibilityRangeInput, Release } from './release.js';
import { DateTimeScalar } from './scalars.js';
import { commandIn } from './ticket-command.js';
import { optional, payload, required, USER_ERRORS, UserError } from './user-error.js';

const MAX_CHANGES = 100;
const MAX_RANGES = 20;

@InputType({ description: 'An add-on as it is from now on.' })
export class AddonSaveInput {
  @Field(() => String, { description: 'The SKU: makes a new add-on, or changes the one that has it.' })
  sku!: string;

  @Field(() => String, { description: 'What people call it, at most 200 characters.' })
  name!: string;

  @Field(() => StorePlatformEnum, { description: 'The platform; an add-on never changes it.' })
  platform!: Platform;

  @Field(() => String, { nullable: true, description: 'Composer package, "vendor/name".' })
  packageName?: string | null;

  @Field(() => String, { nullable: true, description: 'Name of the installed module.' })
  moduleName?: string | null;

  @Field(() => MoneyInput, { description: 'Net, without discounts. Past purchases keep the price of their day.' })
  listPrice!: MoneyInput;

  @Field(() => String, { description: 'Name of the support conditions under which it is sold from now on.' })
  supportPolicy!: string;

  @Field(() => Int, {
    defaultValue: 0,
    description:
      'Minutes of support that come with a purchase, 0 to 100,000; they count where the conditions leave the figure to the add-on.',
  })
  includedMinutes!: number;
}

@ObjectType({ description: 'The saved add-on, or what must be corrected.' })
export class AddonSavePayload {
  @Field(() => Addon, { nullable: true, description: 'As saved; null when something must be corrected.' })
  addon?: AddonRow | null;

  @Field(() => [UserError], USER_ERRORS)
  userErrors!: UserError[];
}

@InputType({ description: 'What a SKU on an order line means.' })
export class SkuMeaningSaveInput {
  @Field(() => String, { description: 'The SKU, as the shops spell it.' })
  sku!: string;

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
    description:
      'Name of the support conditions under which the minutes are sold, for PREPAID_TIME. Bought minutes are bound to the version then in force.',
  })
  supportPolicyName?: string | null;
}

@ObjectType({ description: 'Whether the meaning was saved, or what must be corrected.' })
export class SkuMeaningSavePayload {
  @Field(() => String, { nullable: true, description: 'The SKU, once its meaning is saved.' })
  sku?: string | null;

  @Field(() => [UserError], USER_ERRORS)
  userErrors!: UserError[];
}

@InputType({ description: 'A build to publish.' })
export class ReleasePublishInput {
  @Field(() => String, { description: 'SKU of the add-on.' })
  addonSku!: string;

  @Field(() => String, { description: 'Its version, such as 1.4.2 or 2.0.0-beta1; published once.' })
  version!: string;

  @Field(() => ReleaseChannelEnum, { defaultValue: 'STABLE', description: 'For whom it is meant.' })
  channel!: ReleaseChannel;

  @Field(() => ReleaseKindEnum, { description: 'What kind of change it is.' })
  kind!: ReleaseKind;

  @Field(() => DateTimeScalar, { nullable: true, description: 'When it was or will be published; now unless said.' })
  publishedAt?: Temporal.Instant | null;

  @Field(() => [CompatibilityRangeInput], {
    description: `Platform versions that it supports: 1 to ${MAX_RANGES} ranges, any of which will do.`,
  })
  compatibility!: CompatibilityRangeInput[];

  @Field(() => [ChangelogEntryInput], {
    defaultValue: [],
    description: `The public changelog, at most ${MAX_CHANGES} entries. Some conditions treat a fix as one only with an entry.`,
  })
  changelog!: ChangelogEntryInput[];
}

@ObjectType({ description: 'The published release, or what must be corrected.' })
export class ReleasePublishPayload {
  @Field(() => Release, { nullable: true, description: 'As published; null when something must be corrected.' })
  release?: ReleaseRow | null;

  @Field(() => [UserError], USER_ERRORS)
  userErrors!: UserError[];
}

@InputType({ description: 'A release to take back.' })
export class ReleaseWithdrawInput {
  @Field(() => ID, { description: 'The release.' })
  releaseId!: string;
}

@ObjectType({ description: 'The withdrawn release, or what must be corrected.' })
export class ReleaseWithdrawPayload {
  @Field(() => Release, { nullable: true, description: 'As it stands; null when something must be corrected.' })
  release?: ReleaseRow | null;

  @Field(() => [UserError], USER_ERRORS)
  userErrors!: UserError[];
}

@Resolver()
export class AddonMutations {
  @Mutation(() => AddonSavePayload, { description: 'Make an add-on or change it. Its SKU enters the catalogue. Scope ADDONS_WRITE.' })
  addonSave(@Arg('input', () => AddonSaveInput, { description: 'The add-on.' }) input: AddonSaveInput, @Ctx() context: Context) {
    const session = requireScope(context, 'ADDONS_WRITE');
    return payload(async () => {
      const values = {
        sku: required(input.sku, 'sku'),
        name: required(input.name, 'name'),
        platform: input.platform,
        packageName: optional(input.packageName, 'packageName'),
        moduleName: optional(input.moduleName, 'moduleName'),
        listPrice: moneyOf(input.listPrice, 'listPrice'),
        supportPolicy: required(input.supportPolicy, 'supportPolicy'),
        includedMinutes: input.includedMinutes,
      };
      return { addon: await session.transaction((em) => saveAddon(em, values, context.now)) };
    });
  }

  @Mutation(() => SkuMeaningSavePayload, {
    description: 'Say what a SKU on an order line means. Orders that wait for it are tried again at the next import. Scope IMPORTS.',
  })
  skuMeaningSave(
    @Arg('input', () => SkuMeaningSaveInput, { description: 'The meaning.' }) input: SkuMeaningSaveInput,
    @Ctx() context: Context,
  ) {
    const session = requireScope(context, 'IMPORTS');
    return payload(async () => {
      const sku = required(input.sku, 'sku');
      const values = {
        sku,
        kind: input.kind,
        addonSku: optional(input.addonSku, 'addonSku'),
        periods: input.periods ?? null,
        minutes: input.minutes ?? null,
        supportPolicyName: optional(input.supportPolicyName, 'supportPolicyName'),
      };
      await session.transaction((em) => saveSkuMeaning(em, values));
      return { sku };
    });
  }

  @Mutation(() => ReleasePublishPayload, {
    description: 'Publish a build. The same again changes nothing; a published version never changes. Scope ADDONS_WRITE.',
  })
  releasePublish(
    @Arg('input', () => ReleasePublishInput, { description: 'The build.' }) input: ReleasePublishInput,
    @Ctx() context: Context,
  ) {
    const session = requireScope(context, 'ADDONS_WRITE');
    return payload(async () => {
      if (input.compatibility.length > MAX_RANGES)
        throw new Refusal([userError('INVALID', `At most ${MAX_RANGES} ranges.`, 'compatibility')]);
      if (input.changelog.length > MAX_CHANGES)
        throw new Refusal([userError('INVALID', `At most ${MAX_CHANGES} changelog entries.`, 'changelog')]);
      const values = {
        addonSku: required(input.addonSku, 'addonSku'),
        version: required(input.version, 'version'),
        channel: input.channel,
        kind: input.kind,
        publishedAt: input.publishedAt ?? null,
        compatibility: input.compatibility.map(({ platform, edition, from, to }) => ({
          platform,
          edition: edition ?? null,
          from: from ?? null,
          to: to ?? null,
        })),
        changelog: input.changelog.map(({ kind, summary, reference }, index) => ({
          kind,
          summary: required(summary, ['changelog', String(index), 'summary'], 500),
          reference: optional(reference, ['changelog', String(index), 'reference']),
        })),
      };
      return { release: await session.transaction((em) => publishWithFixes(commandIn(context, em), values)) };
    });
  }

  @Mutation(() => ReleaseWithdrawPayload, { description: 'Take a release out of every answer from now on. Scope ADDONS_WRITE.' })
  releaseWithdraw(
    @Arg('input', () => ReleaseWithdrawInput, { description: 'The release.' }) input: ReleaseWithdrawInput,
    @Ctx() context: Context,
  ) {
    const session = requireScope(context, 'ADDONS_WRITE');
    return payload(async () => {
      const id = uuidOrNowhere('Release', input.releaseId);
      return { release: await session.transaction((em) => withdrawRelease(em, id, context.now)) };
    });
  }
}
