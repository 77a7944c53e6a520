import { Ctx, Field, FieldResolver, ID, InputType, ObjectType, Resolver, Root } from 'type-graphql';
import type { AddonRow } from '../persistence/addon.js';
import type { PlainRow } from '../persistence/plain-row.js';
import type { ChangelogEntry as CoreEntry, ReleaseRow } from '../persistence/release.js';
import type { CompatibilityRange as CoreRange, Platform } from '../policy/compatibility.js';
import type { ReleaseChannel, ReleaseKind } from '../policy/update-access.js';
import { toGlobalId } from '../use-cases/global-id.js';
import { Addon } from './addon.js';
import { connectionType } from './connection.js';
import type { Context } from './context.js';
import { ChangeKindEnum, DistributionEnum, ReleaseChannelEnum, ReleaseKindEnum, StorePlatformEnum } from './enums.js';
import { Node } from './node.js';
import { DateTimeScalar } from './scalars.js';

@ObjectType({ description: 'One change, as the public changelog tells it.' })
export class ChangelogEntry implements CoreEntry {
  @Field(() => ChangeKindEnum, { description: 'What kind of change.' })
  kind!: CoreEntry['kind'];

  @Field(() => String, { description: 'The change in a sentence.' })
  summary!: string;

  @Field(() => String, { nullable: true, description: 'Number of a ticket or advisory; null where there is none.' })
  reference!: string | null;
}

@InputType({ description: 'One change, as the public changelog tells it.' })
export class ChangelogEntryInput {
  @Field(() => ChangeKindEnum, { description: 'What kind of change.' })
  kind!: CoreEntry['kind'];

  @Field(() => String, { description: 'The change in a sentence, at most 500 characters.' })
  summary!: string;

  @Field(() => String, { nullable: true, description: 'Number of a ticket or advisory.' })
  reference?: string | null;
}

@ObjectType({
  description: 'Versions of a platform, as the product sheet states them; both ends count, with all patches of the upper end.',
})
export class CompatibilityRange implements CoreRange {
  @Field(() => StorePlatformEnum, { description: 'The platform.' })
  platform!: Platform;

  @Field(() => DistributionEnum, { nullable: true, description: 'The only distribution that counts; null: any.' })
  edition!: CoreRange['edition'];

  @Field(() => String, { nullable: true, description: 'The earliest version; null: no lower end.' })
  from!: string | null;

  @Field(() => String, { nullable: true, description: 'The last version, patches included; null: no upper end.' })
  to!: string | null;
}

@InputType({ description: 'Versions of a platform; both ends count, with all patches of the upper end.' })
export class CompatibilityRangeInput {
  @Field(() => StorePlatformEnum, { description: 'The platform.' })
  platform!: Platform;

  @Field(() => DistributionEnum, { nullable: true, description: 'The only distribution that counts; any unless said.' })
  edition?: CoreRange['edition'];

  @Field(() => String, { nullable: true, description: 'The earliest version; no lower end unless said.' })
  from?: string | null;

  @Field(() => String, { nullable: true, description: 'The last version, patches included; no upper end unless said.' })
  to?: string | null;
}

/** What stands behind a release in any answer: a row, or the facts that an update was decided from. */
export type ReleaseRoot = Pick<
  ReleaseRow,
  'id' | 'version' | 'channel' | 'kind' | 'publishedAt' | 'withdrawnAt' | 'compatibility' | 'changelog'
> & {
  readonly addon: { readonly id: string };
};

@ObjectType({ implements: Node, description: 'A published build of an add-on.' })
export class Release
  implements Pick<ReleaseRow, 'version' | 'channel' | 'kind' | 'publishedAt' | 'withdrawnAt' | 'compatibility' | 'changelog'>
{
  id!: string;

  @Field(() => String, { description: 'The version, as published.' })
  version!: string;

  @Field(() => ReleaseChannelEnum, { description: 'For whom it is meant.' })
  channel!: ReleaseChannel;

  @Field(() => ReleaseKindEnum, { description: 'What kind of change it is.' })
  kind!: ReleaseKind;

  @Field(() => DateTimeScalar, { description: 'When it was published. What was published within a covered span may be kept.' })
  publishedAt!: Temporal.Instant;

  @Field(() => DateTimeScalar, { nullable: true, description: 'When the vendor took it back; null while it is offered.' })
  withdrawnAt!: Temporal.Instant | null;

  @Field(() => [ChangelogEntry], { description: 'The public changelog of this release.' })
  changelog!: readonly CoreEntry[];

  @Field(() => [CompatibilityRange], { description: 'Platform versions that it supports; any of the ranges will do.' })
  compatibility!: readonly CoreRange[];
}

export const ReleaseConnection = connectionType('Release', () => Release, 'releases');

@Resolver(() => Release)
export class ReleaseResolver {
  @FieldResolver(() => ID, { description: 'Global and opaque; stays the same for good.' })
  id(@Root() release: ReleaseRoot): string {
    return toGlobalId('Release', release.id);
  }

  @FieldResolver(() => Addon, { description: 'The add-on that it is a build of.' })
  addon(@Root() release: ReleaseRoot, @Ctx() { loaders }: Context): Promise<PlainRow<AddonRow>> {
    return loaders.addon.load(release.addon.id);
  }
}
