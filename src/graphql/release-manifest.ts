import { Arg, Ctx, Field, FieldResolver, InputType, Int, Mutation, ObjectType, Resolver, Root } from 'type-graphql';
import type { ReleaseRow } from '../persistence/release.js';
import { MANIFEST_KINDS, type ManifestKind } from '../persistence/release-manifest.js';
import type { UserError as CoreError } from '../use-cases/outcome.js';
import { addReleaseManifest } from '../use-cases/release-manifest.js';
import type { ManifestSummary } from './code-loaders.js';
import { type Context, requireScope } from './context.js';
import { schemaEnum } from './enums.js';
import { Release, type ReleaseRoot } from './release.js';
import { DateTimeScalar, ReleaseManifestDocumentScalar } from './scalars.js';
import { payload, required, USER_ERRORS, UserError } from './user-error.js';

const ManifestKindEnum = schemaEnum('ReleaseManifestKind', 'What a manifest lists.', MANIFEST_KINDS, {
  BUILD: 'Every file of a build of the release.',
  HOTFIX: 'The files that a fix of the vendor replaces or adds, and those that it takes away.',
});

@ObjectType({
  description: 'The digests of the files of a release, by which changed code is told from the vendor’s own. It never changes.',
})
export class ReleaseManifest implements Pick<ManifestSummary, 'kind' | 'label' | 'digest' | 'fileCount' | 'tool'> {
  @Field(() => ManifestKindEnum, { description: 'What it lists.' })
  kind!: ManifestKind;

  @Field(() => String, { description: 'What people call it.' })
  label!: string;

  @Field(() => String, { description: 'SHA-256 of the list of files, in hexadecimal: equal lists have equal digests.' })
  digest!: string;

  @Field(() => Int, { description: 'How many files it lists.' })
  fileCount!: number;

  @Field(() => String, { description: 'Name and version of the program that made it.' })
  tool!: string;

  @Field(() => DateTimeScalar, { description: 'When it was made.' })
  madeAt!: Temporal.Instant;

  @Field(() => DateTimeScalar, { description: 'When it was recorded.' })
  recordedAt!: Temporal.Instant;
}

@InputType({ description: 'A manifest to record with a published release.' })
export class ReleaseManifestAddInput {
  @Field(() => String, { description: 'SKU of the add-on.' })
  addonSku!: string;

  @Field(() => String, { description: 'Version of the release.' })
  version!: string;

  @Field(() => ManifestKindEnum, { defaultValue: 'BUILD', description: 'Whether it is a build of the release, or a hot-fix of it.' })
  kind!: ManifestKind;

  @Field(() => String, { description: 'What people call it, at most 200 characters: the build’s flavour, the hot-fix’s ticket.' })
  label!: string;

  @Field(() => ReleaseManifestDocumentScalar, {
    description:
      'What `tenure manifest` wrote, of at most 500 files; longer ones go to `POST /v1/release-manifest`, or are recorded with `tenure manifest --publish`.',
  })
  manifest!: unknown;
}

@ObjectType({ description: 'The release with its manifests, or what must be corrected.' })
export class ReleaseManifestAddPayload {
  @Field(() => Release, { nullable: true, description: 'The release that it is recorded with; null when something must be corrected.' })
  release?: ReleaseRow | null;

  @Field(() => [UserError], USER_ERRORS)
  userErrors!: readonly CoreError[];
}

@Resolver(() => Release)
export class ReleaseManifestResolver {
  @FieldResolver(() => [ReleaseManifest], {
    description: 'Manifests of its builds and hot-fixes, at most 50, in the order in which they were recorded. Scope ADDONS_WRITE.',
  })
  manifests(@Root() release: ReleaseRoot, @Ctx() context: Context): Promise<ManifestSummary[]> {
    requireScope(context, 'ADDONS_WRITE');
    return context.loaders.releaseManifests.load(release.id);
  }

  @Mutation(() => ReleaseManifestAddPayload, {
    description: 'Record what the files of a release are, or those of a hot-fix. The same files again change nothing. Scope ADDONS_WRITE.',
  })
  releaseManifestAdd(
    @Arg('input', () => ReleaseManifestAddInput, { description: 'The manifest.' }) input: ReleaseManifestAddInput,
    @Ctx() context: Context,
  ): Promise<ReleaseManifestAddPayload> {
    const session = requireScope(context, 'ADDONS_WRITE');
    return payload(async () => {
      const { kind, manifest } = input;
      const named = { addonSku: required(input.addonSku, 'addonSku'), version: required(input.version, 'version') };
      const values = { ...named, kind, label: required(input.label, 'label'), manifest };
      const { release } = await session.transaction((em) => addReleaseManifest(em, values, context.now));
      return { release: await release.loadOrFail() };
    });
  }
}
