import { Arg, Ctx, Field, FieldResolver, ID, Int, ObjectType, Query, Resolver, Root } from 'type-graphql';
import { Addon as AddonEntity, type AddonRow } from '../persistence/addon.js';
import type { PlainRow } from '../persistence/plain-row.js';
import type { ReleaseRow } from '../persistence/release.js';
import type { SupportPolicyVersionRow } from '../persistence/support-policy-version.js';
import type { Platform } from '../policy/compatibility.js';
import type { ReleaseChannel } from '../policy/update-access.js';
import { toGlobalId } from '../use-cases/global-id.js';
import { AFTER, type Connection, connectionOf, connectionType, FIRST, firstType, pageRequest } from './connection.js';
import { type Context, requireScope } from './context.js';
import { ReleaseChannelEnum, StorePlatformEnum } from './enums.js';
import { Money, money } from './money.js';
import { Node } from './node.js';
import { Release, ReleaseConnection } from './release.js';
import { SupportPolicyVersion } from './support-policy-version.js';

@ObjectType({ implements: Node, description: 'Something the vendor sells for a platform.' })
export class Addon implements Pick<AddonRow, 'sku' | 'packageName' | 'name' | 'platform' | 'includedMinutes'> {
  id!: string;

  @Field(() => String, { description: 'The vendor’s stock keeping unit: unique, as in the shops.' })
  sku!: string;

  @Field(() => String, { nullable: true, description: 'Composer package, "vendor/name"; null where it is not a package.' })
  packageName!: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'Name of the installed module, "Vendor_Module" or a PrestaShop technical name; null where it is not stated.',
  })
  moduleName!: string | null;

  @Field(() => String, { description: 'What people call it.' })
  name!: string;

  @Field(() => StorePlatformEnum, { description: 'The platform it runs on.' })
  platform!: Platform;

  @Field(() => Int, {
    description:
      'Minutes of support that come with a purchase made now, where the support conditions leave the figure to the add-on; 0: none.',
  })
  includedMinutes!: number;
}

export const AddonConnection = connectionType('Addon', () => Addon, 'add-ons');

@Resolver(() => Addon)
export class AddonResolver {
  @FieldResolver(() => ID, { description: 'Global and opaque; stays the same for good.' })
  id(@Root() addon: PlainRow<AddonRow>): string {
    return toGlobalId('Addon', addon.id);
  }

  @FieldResolver(() => Money, { description: 'Net, without discounts, today.' })
  listPrice(@Root() addon: PlainRow<AddonRow>): Money {
    return money(addon.listPriceMinor, addon.currencyCode);
  }

  @FieldResolver(() => SupportPolicyVersion, {
    description: 'The support conditions that a purchase made now is pinned to; the first version to come, where none is in force yet.',
  })
  supportPolicy(@Root() addon: PlainRow<AddonRow>, @Ctx() { loaders }: Context): Promise<SupportPolicyVersionRow> {
    return loaders.currentPolicy.load(addon.supportPolicyName);
  }

  @FieldResolver(() => Release, {
    nullable: true,
    description:
      'The release with the highest version that is not withdrawn; null when there is none. BETA counts pre-releases beside the stable ones.',
  })
  newestRelease(
    @Root() addon: PlainRow<AddonRow>,
    @Arg('channel', () => ReleaseChannelEnum, { nullable: true, defaultValue: 'STABLE', description: 'For whom the release is meant.' })
    channel: ReleaseChannel | null,
    @Ctx() context: Context,
  ): Promise<PlainRow<ReleaseRow> | null> {
    return context.loaders.newestRelease.load({ addonId: addon.id, channel: channel ?? 'STABLE' });
  }

  @FieldResolver(() => ReleaseConnection, { description: 'Every release, withdrawn ones included, the highest version first.' })
  async releases(
    @Root() addon: PlainRow<AddonRow>,
    @Arg('first', firstType, FIRST) first: number,
    @Arg('after', () => String, AFTER) after: string | null,
    @Arg('channel', () => ReleaseChannelEnum, { nullable: true, description: 'Only this channel.' }) channel: ReleaseChannel | null,
    @Ctx() { loaders }: Context,
  ): Promise<Connection<PlainRow<ReleaseRow>>> {
    const page = pageRequest(first, after, 1);
    const rows = await loaders.releases.load({ addonId: addon.id, channel: channel ?? null, page });
    return connectionOf(rows, page, (release) => [release.versionSortKey]);
  }

  @Query(() => Addon, { nullable: true, description: 'The add-on with this SKU; null when there is none. Scope ADDONS_READ.' })
  addon(
    @Arg('sku', () => String, { description: 'The SKU, as the shop spells it.' }) sku: string,
    @Ctx() context: Context,
  ): Promise<AddonRow | null> {
    return requireScope(context, 'ADDONS_READ').em.findOne(AddonEntity, { sku });
  }

  @Query(() => AddonConnection, { description: 'All add-ons in the order of their SKUs. Scope ADDONS_READ.' })
  async addons(
    @Arg('first', firstType, FIRST) first: number,
    @Arg('after', () => String, AFTER) after: string | null,
    @Arg('platform', () => StorePlatformEnum, { nullable: true, description: 'Only those for this platform.' }) platform: Platform | null,
    @Ctx() context: Context,
  ): Promise<Connection<AddonRow>> {
    const { em } = requireScope(context, 'ADDONS_READ');
    const page = pageRequest(first, after, 1);
    const where = { ...(platform == null ? {} : { platform }), ...(page.after === null ? {} : { sku: { $gt: page.after[0] ?? '' } }) };
    const rows = await em.find(AddonEntity, where, { orderBy: { sku: 'asc' }, limit: page.first + 1 });
    return connectionOf(rows, page, (addon) => [addon.sku]);
  }
}
