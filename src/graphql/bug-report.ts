import { Arg, Ctx, Field, FieldResolver, ID, InputType, Mutation, ObjectType, Resolver, Root } from 'type-graphql';
import type { AddonRow } from '../persistence/addon.js';
import { BugReport as BugEntity, type BugReportRow } from '../persistence/bug-report.js';
import type { ReleaseRow } from '../persistence/release.js';
import type { TicketRow } from '../persistence/ticket.js';
import { linkBug, saveBugReport } from '../use-cases/bug-report.js';
import type { UserError as CoreError } from '../use-cases/outcome.js';
import { Addon } from './addon.js';
import { AFTER, type Connection, connectionOf, connectionType, FIRST, firstType, pageRequest } from './connection.js';
import { type Context, emOf, requireScope } from './context.js';
import { Release } from './release.js';
import { DateTimeScalar } from './scalars.js';
import { Ticket } from './ticket.js';
import { onTicket, TICKET, ticketPayload } from './ticket-command.js';
import { IDEMPOTENCY_KEY, payload, required, USER_ERRORS, UserError } from './user-error.js';

@ObjectType({
  description:
    'A fault of an add-on, under the name by which changelogs speak of it. Seen by the vendor’s staff, and by customers who reported it.',
})
export class BugReport implements Pick<BugReportRow, 'reference' | 'summary' | 'recordedAt' | 'fixedAt'> {
  @Field(() => String, { description: 'Its name in changelogs, such as SIZ-118; unique for the add-on.' })
  reference!: string;

  @Field(() => String, { description: 'The fault in a sentence.' })
  summary!: string;

  @Field(() => DateTimeScalar, { description: 'When it was recorded.' })
  recordedAt!: Temporal.Instant;

  @Field(() => DateTimeScalar, { nullable: true, description: 'When the release that fixes it was published; null until then.' })
  fixedAt!: Temporal.Instant | null;
}

export const BugReportConnection = connectionType('BugReport', () => BugReport, 'faults');

@InputType({ description: 'A fault of an add-on.' })
export class BugReportSaveInput {
  @Field(() => String, { description: 'SKU of the add-on.' })
  addonSku!: string;

  @Field(() => String, { description: 'Its name in changelogs, at most 200 characters; the same again changes the summary.' })
  reference!: string;

  @Field(() => String, { description: 'The fault in a sentence of at most 500 characters, which its reporters may read.' })
  summary!: string;
}

@ObjectType({ description: 'The fault, or what must be corrected.' })
export class BugReportSavePayload {
  @Field(() => BugReport, { nullable: true, description: 'As it stands; null when something must be corrected.' })
  bugReport?: BugReportRow | null;

  @Field(() => [UserError], USER_ERRORS)
  userErrors!: readonly CoreError[];
}

@InputType({ description: 'Which fault a ticket reports.' })
export class TicketLinkBugInput {
  @Field(() => String, IDEMPOTENCY_KEY)
  idempotencyKey!: string;

  @Field(() => ID, TICKET)
  ticketId!: string;

  @Field(() => String, { description: 'SKU of the add-on.' })
  addonSku!: string;

  @Field(() => String, { description: 'Name of the fault in changelogs.' })
  reference!: string;
}

const TicketLinkBugPayload = ticketPayload('TicketLinkBug');

@Resolver(() => BugReport)
export class BugReportResolver {
  @FieldResolver(() => Addon, { description: 'The add-on that has it.' })
  addon(@Root() bug: BugReportRow): Promise<AddonRow> {
    return bug.addon.loadOrFail();
  }

  @FieldResolver(() => Release, { nullable: true, description: 'The first release whose changelog named it; null: it is not fixed.' })
  async fixedIn(@Root() bug: BugReportRow): Promise<ReleaseRow | null> {
    return bug.fixedIn === null ? null : bug.fixedIn.loadOrFail();
  }

  @FieldResolver(() => String, { nullable: true, description: 'Who recorded it; null for all but the vendor’s staff.' })
  recordedBy(@Root() bug: BugReportRow, @Ctx() { actor }: Context): string | null {
    return actor.kind === 'STAFF' ? bug.recordedBy : null;
  }

  @Mutation(() => BugReportSavePayload, {
    description: 'Record a fault of an add-on, or change its summary. Scope DESK: the vendor’s staff only.',
  })
  bugReportSave(
    @Arg('input', () => BugReportSaveInput, { description: 'The fault.' }) input: BugReportSaveInput,
    @Ctx() context: Context,
  ): Promise<BugReportSavePayload> {
    const session = requireScope(context, 'DESK');
    return payload(async () => {
      const values = {
        addonSku: required(input.addonSku, 'addonSku'),
        reference: required(input.reference, 'reference'),
        summary: required(input.summary, 'summary', 500),
      };
      const { id } = await session.transaction((em) => saveBugReport(em, context.actor, values, context.now));
      return { bugReport: await emOf(context).findOneOrFail(BugEntity, { id }) };
    });
  }
}

@Resolver(() => Addon)
export class AddonBugsResolver {
  @FieldResolver(() => BugReportConnection, { description: 'Its recorded faults, the newest first. Scope DESK: the vendor’s staff only.' })
  async bugReports(
    @Root() addon: AddonRow,
    @Arg('first', firstType, FIRST) first: number,
    @Arg('after', () => String, AFTER) after: string | null,
    @Ctx() context: Context,
  ): Promise<Connection<BugReportRow>> {
    requireScope(context, 'DESK');
    const page = pageRequest(first, after, 2);
    const rows = await context.loaders.bugReports.load({ of: addon.id, page });
    return connectionOf(rows, page, ({ recordedAt, id }) => [recordedAt.toString(), id]);
  }
}

@Resolver(() => Ticket)
export class TicketBugResolver {
  @FieldResolver(() => BugReport, {
    nullable: true,
    description:
      'The fault of an add-on that it reports; null unless staff have linked one. Its reporter is told of the release that fixes it.',
  })
  async bug(@Root() ticket: TicketRow): Promise<BugReportRow | null> {
    return ticket.bug === null ? null : ticket.bug.load();
  }

  @Mutation(() => TicketLinkBugPayload, {
    description:
      'Say which fault a ticket reports. With the release that fixes it, the reporter is told and given back what the ticket was charged. Scope DESK: the vendor’s staff only.',
  })
  ticketLinkBug(
    @Arg('input', () => TicketLinkBugInput, { description: 'The ticket and the fault.' }) input: TicketLinkBugInput,
    @Ctx() context: Context,
  ) {
    return onTicket(context, 'DESK', input, (command, about) =>
      linkBug(command, { ...about, addonSku: required(input.addonSku, 'addonSku'), reference: required(input.reference, 'reference') }),
    );
  }
}
