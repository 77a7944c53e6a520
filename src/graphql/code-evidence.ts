import { Arg, Ctx, Field, FieldResolver, Int, ObjectType, Resolver, Root } from 'type-graphql';
import type { CodeTouch as CoreTouch } from '../persistence/installed-code.js';
import type { StoreRow } from '../persistence/store.js';
import type { TicketRow } from '../persistence/ticket.js';
import { CODE_RESULTS, type CodeResult, type FileDifference as CoreDifference, FILE_STATUSES } from '../policy/code-comparison.js';
import type { CodeEvidence as CoreEvidence } from '../use-cases/code-evidence.js';
import { AFTER, type Connection, connectionOf, connectionType, FIRST, firstType, pageRequest } from './connection.js';
import { type Context, requireScope } from './context.js';
import { schemaEnum } from './enums.js';
import { DateTimeScalar } from './scalars.js';
import { Store } from './store.js';
import { Ticket } from './ticket.js';

const CodeResultEnum = schemaEnum('CodeResult', 'What comparing an add-on’s code with the vendor’s manifests came to.', CODE_RESULTS, {
  SAME: 'Every code file is as the vendor built or hot-fixed it, and there is no other.',
  MODIFIED: 'Code files differ from the vendor’s.',
  UNKNOWN_BUILD: 'The vendor has recorded no build of this version, so nothing can be said.',
  NOT_TOLD: 'The store reported no files, so nothing can be said.',
});
const FileStatusEnum = schemaEnum('FileStatus', 'How a file differs from the vendor’s.', FILE_STATUSES, {
  CHANGED: 'Its contents differ.',
  EXTRA: 'The build does not have it.',
  MISSING: 'The store does not have it.',
});
const CodeTouchKindEnum = schemaEnum(
  'CodeTouchKind',
  'What in a store changes an add-on without changing its files.',
  ['OVERRIDE', 'PLUGIN', 'PREFERENCE', 'TEMPLATE', 'COMPOSER_PATCH'],
  {
    OVERRIDE: 'PrestaShop: a class in the override folder.',
    PLUGIN: 'Magento: a plugin around a method.',
    PREFERENCE: 'Magento: another class in its place.',
    TEMPLATE: 'A template or layout of a theme.',
    COMPOSER_PATCH: 'A patch that Composer applies.',
  },
);

@ObjectType({ description: 'A file of an add-on that is not as the vendor released it.' })
export class FileDifference implements Pick<CoreDifference, 'path' | 'status' | 'isCode'> {
  @Field(() => String, { description: 'Its path within the add-on.' })
  path!: string;

  @Field(() => FileStatusEnum, { description: 'How it differs.' })
  status!: CoreDifference['status'];

  @Field(() => Boolean, { description: 'Whether it is code, and so counts; translations, media, styles and settings do not.' })
  isCode!: boolean;
}

@Resolver(() => FileDifference)
export class FileDifferenceResolver {
  @FieldResolver(() => String, {
    nullable: true,
    description: 'SHA-256 by the build, in hexadecimal; null where the build does not have it.',
  })
  expectedDigest(@Root() { expectedSha256 }: CoreDifference): string | null {
    return expectedSha256;
  }

  @FieldResolver(() => String, { nullable: true, description: 'SHA-256 as found, in hexadecimal; null where it is missing.' })
  foundDigest(@Root() { foundSha256 }: CoreDifference): string | null {
    return foundSha256;
  }
}

export const FileDifferenceConnection = connectionType('FileDifference', () => FileDifference, 'differing files');

@ObjectType({ description: 'Something in a store that changes what an add-on does without changing its files.' })
export class CodeTouch implements Pick<CoreTouch, 'kind' | 'target' | 'by'> {
  @Field(() => CodeTouchKindEnum, { description: 'What it is.' })
  kind!: CoreTouch['kind'];

  @Field(() => String, { description: 'The class, method, template or package that is touched.' })
  target!: string;

  @Field(() => String, { description: 'Which module, theme or file does it.' })
  by!: string;
}

@Resolver(() => CodeTouch)
export class CodeTouchResolver {
  @FieldResolver(() => String, {
    nullable: true,
    description: 'SHA-256 of what does it, in hexadecimal; null where it was not told.',
  })
  digest(@Root() { sha256 }: CoreTouch): string | null {
    return sha256;
  }
}

@ObjectType({
  description:
    'The code of an add-on as a store reported it, held against what the vendor recorded of its version. It is the store’s word: nothing proves it.',
})
export class CodeEvidence implements Pick<CoreEvidence, 'reportedAt' | 'version' | 'installedVersion' | 'path' | 'digest'> {
  @Field(() => DateTimeScalar, { description: 'When the report came.' })
  reportedAt!: Temporal.Instant;

  @Field(() => String, { nullable: true, description: 'Its version by its files; null where they do not tell.' })
  version!: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'Its version by the store’s database; another one where an upgrade was not run, and null where it was not told.',
  })
  installedVersion!: string | null;

  @Field(() => String, { description: 'Where it lies, below the root of the store.' })
  path!: string;

  @Field(() => String, {
    nullable: true,
    description:
      'SHA-256 of what is not the vendor’s own code, in hexadecimal; `codeDigest` of a hand-over. Null where no files were reported.',
  })
  digest!: string | null;
}

const MAX_TOUCHES = 100;

@Resolver(() => CodeEvidence)
export class CodeEvidenceResolver {
  @FieldResolver(() => CodeResultEnum, { description: 'What the comparison came to.' })
  result(@Root() { comparison }: CoreEvidence): CodeResult {
    return comparison.result;
  }

  @FieldResolver(() => String, { nullable: true, description: 'The vendor’s name of the build that fits best; null where none is known.' })
  build(@Root() { comparison }: CoreEvidence): string | null {
    return comparison.build;
  }

  @FieldResolver(() => [String], { description: 'The vendor’s names of the hot-fixes that were found, in part at least.' })
  hotfixes(@Root() { comparison }: CoreEvidence): readonly string[] {
    return comparison.hotfixes;
  }

  @FieldResolver(() => Int, { description: 'How many code files differ.' })
  changedCodeFileCount(@Root() { comparison }: CoreEvidence): number {
    return comparison.files.filter(({ isCode }) => isCode).length;
  }

  @FieldResolver(() => FileDifferenceConnection, { description: 'Every file that differs, those that are not code included, by path.' })
  files(
    @Root() { comparison }: CoreEvidence,
    @Arg('first', firstType, FIRST) first: number,
    @Arg('after', () => String, AFTER) after: string | null,
  ): Connection<CoreDifference> {
    const page = pageRequest(first, after, 1);
    const [last] = page.after ?? [];
    const rest = last === undefined ? comparison.files : comparison.files.filter(({ path }) => path > last);
    return connectionOf(rest.slice(0, page.first + 1), page, ({ path }) => [path]);
  }

  @FieldResolver(() => [CodeTouch], {
    description: `What else in the store touches the add-on: the first ${MAX_TOUCHES} that were reported. It decides nothing by itself.`,
  })
  touches(@Root() { touches }: CoreEvidence): readonly CoreTouch[] {
    return touches.slice(0, MAX_TOUCHES);
  }
}

/** Thousands of files may be read and compared for each: a page has two dozen at most. */
const COSTLY = ({ childComplexity }: { readonly childComplexity: number }): number => 200 + childComplexity;

@Resolver(() => Ticket)
export class TicketCodeResolver {
  @FieldResolver(() => CodeEvidence, {
    nullable: true,
    complexity: COSTLY,
    description:
      'The code of its add-on in its store when it was submitted: by the newest report of the 30 days before, else by the first one since, else by an older one. Null where the store never reported it. Scope STORES_READ.',
  })
  async codeEvidence(@Root() ticket: TicketRow, @Ctx() context: Context): Promise<CoreEvidence | null> {
    requireScope(context, 'STORES_READ');
    if (ticket.store === null || ticket.purchase === null) return null;
    const { addon } = await ticket.purchase.loadOrFail();
    return context.loaders.codeOfRequest.load({ storeId: ticket.store.id, addonId: addon.id, madeAt: ticket.submittedAt });
  }
}

@Resolver(() => Store)
export class StoreCodeResolver {
  @FieldResolver(() => CodeEvidence, {
    nullable: true,
    complexity: COSTLY,
    description: 'The code of an add-on as its plugin last reported it; null where it never did. Scope STORES_READ.',
  })
  installedCode(
    @Root() store: StoreRow,
    @Arg('addonSku', () => String, { description: 'SKU of the add-on.' }) addonSku: string,
    @Ctx() context: Context,
  ): Promise<CoreEvidence | null> {
    requireScope(context, 'STORES_READ');
    return context.loaders.installedCode.load({ storeId: store.id, addonSku });
  }
}
