import { Ctx, Field, FieldResolver, ID, Int, ObjectType, Resolver, Root } from 'type-graphql';
import { Project as ProjectEntity, type ProjectRow } from '../persistence/project.js';
import { Ticket as TicketEntity, type TicketRow } from '../persistence/ticket.js';
import type { JournalActorKind, JournalKind, JournalTransaction, TimeAccount } from '../policy/time-journal.js';
import { toGlobalId } from '../use-cases/global-id.js';
import { connectionType } from './connection.js';
import { type Context, emOf, requireScope } from './context.js';
import { Node } from './node.js';
import { Project } from './project.js';
import { DateTimeScalar } from './scalars.js';
import { Ticket } from './ticket.js';
import { TimeAccountEnum, TimeActorKindEnum, TimeEntryKindEnum } from './time-enums.js';
import { TimeAccounts, timeAccounts } from './time-figures.js';
import { type LotRoot, lotRoot, TimeLot } from './time-lot.js';

/** One entry of a customer's journal. */
export interface EntryRoot {
  readonly __typename: 'TimeEntry';
  readonly customerId: string;
  readonly sequence: number;
  readonly transaction: JournalTransaction;
  /** Id of the entry that undid it. */
  readonly reversedBy: string | null;
}

@ObjectType({ description: 'What one account gains or loses by an entry; those of an entry sum to 0.' })
export class TimeLeg {
  @Field(() => TimeAccountEnum, { description: 'The account.' })
  account!: TimeAccount;

  @Field(() => TimeLot, { nullable: true, description: 'The lot whose account it is; null for ISSUED, which is the whole ledger’s.' })
  lot!: LotRoot | null;

  @Field(() => Int, { description: 'Minutes gained, or with a minus lost; never 0.' })
  minutes!: number;
}

@ObjectType({
  implements: Node,
  description: 'One act in the journal of a customer’s prepaid time. Never changed or deleted: a mistake is undone by another.',
})
export class TimeEntry {
  id!: string;

  @Field(() => Int, { description: 'Its place in the customer’s journal, from 1 and without gaps.' })
  sequence!: number;
}

export const TimeEntryConnection = connectionType('TimeEntry', () => TimeEntry, 'entries of a time journal');

@Resolver(() => TimeEntry)
export class TimeEntryResolver {
  @FieldResolver(() => ID, { description: 'Global and opaque; stays the same for good.' })
  id(@Root() { transaction }: EntryRoot): string {
    return toGlobalId('TimeEntry', transaction.id);
  }

  @FieldResolver(() => TimeEntryKindEnum, { description: 'What it does.' })
  kind(@Root() { transaction }: EntryRoot): JournalKind {
    return transaction.kind;
  }

  @FieldResolver(() => DateTimeScalar, { description: 'When it happened, which chose the lots.' })
  effectiveAt(@Root() { transaction }: EntryRoot): Temporal.Instant {
    return transaction.effectiveAt;
  }

  @FieldResolver(() => DateTimeScalar, { description: 'When it was written down, which orders the journal.' })
  recordedAt(@Root() { transaction }: EntryRoot): Temporal.Instant {
    return transaction.recordedAt;
  }

  @FieldResolver(() => TimeActorKindEnum, { description: 'Who caused it.' })
  actorKind(@Root() { transaction }: EntryRoot): JournalActorKind {
    return transaction.actor.kind;
  }

  @FieldResolver(() => String, {
    nullable: true,
    description: 'Stable name of who caused it, told to the vendor’s staff; null for everybody else.',
  })
  actorName(@Root() { transaction }: EntryRoot, @Ctx() { actor }: Context): string | null {
    return actor.kind === 'STAFF' ? transaction.actor.name : null;
  }

  @FieldResolver(() => String, { description: 'Why, for people.' })
  reason(@Root() { transaction }: EntryRoot): string {
    return transaction.reason;
  }

  @FieldResolver(() => String, { description: 'Id of the rule that it follows, such as B-10.' })
  rule(@Root() { transaction }: EntryRoot): string {
    return transaction.rule;
  }

  @FieldResolver(() => Project, { nullable: true, description: 'The project that the work is for; null where it is about no work.' })
  async project(@Root() { transaction }: EntryRoot, @Ctx() context: Context): Promise<ProjectRow | null> {
    const { projectId } = transaction;
    return projectId === null ? null : emOf(context).getReference(ProjectEntity, projectId, { wrapped: true }).loadOrFail();
  }

  @FieldResolver(() => Ticket, {
    nullable: true,
    description: 'The ticket whose task it is about; null where it is about no work. Scope TICKETS_READ.',
  })
  async ticket(@Root() { transaction: { work } }: EntryRoot, @Ctx() context: Context): Promise<TicketRow | null> {
    const { em } = requireScope(context, 'TICKETS_READ');
    return work === null ? null : em.getReference(TicketEntity, work.ticketId, { wrapped: true }).loadOrFail();
  }

  @FieldResolver(() => Int, {
    nullable: true,
    description: 'For a reservation, the minutes that it was to have in all; null for every other kind.',
  })
  requestedMinutes(@Root() { transaction }: EntryRoot): number | null {
    return transaction.kind === 'HOLD' ? transaction.requestedMinutes : null;
  }

  @FieldResolver(() => DateTimeScalar, {
    nullable: true,
    description: 'For a reservation that was short of time, when it was to be given back unless some was added; else null.',
  })
  lapsesAt(@Root() { transaction }: EntryRoot): Temporal.Instant | null {
    return transaction.lapsesAt;
  }

  @FieldResolver(() => TimeEntry, { nullable: true, description: 'The entry that it undoes; null for all but REVERSE.' })
  async reverses(@Root() { transaction }: EntryRoot, @Ctx() { loaders }: Context): Promise<EntryRoot | null> {
    return transaction.reverses === null ? null : loaders.timeEntry.load(transaction.reverses);
  }

  @FieldResolver(() => TimeEntry, { nullable: true, description: 'The entry that undid it; null: none did.' })
  async reversedBy(@Root() { reversedBy }: EntryRoot, @Ctx() { loaders }: Context): Promise<EntryRoot | null> {
    return reversedBy === null ? null : loaders.timeEntry.load(reversedBy);
  }

  @FieldResolver(() => TimeAccounts, { description: 'What it adds to each account of the ledger, over all lots.' })
  change(@Root() { transaction }: EntryRoot): TimeAccounts {
    const added = (account: TimeAccount) => transaction.legs.reduce((sum, leg) => sum + (leg.account === account ? leg.minutes : 0), 0);
    return timeAccounts({
      AVAILABLE: added('AVAILABLE'),
      HELD: added('HELD'),
      CONSUMED: added('CONSUMED'),
      EXPIRED: added('EXPIRED'),
      VOIDED: added('VOIDED'),
      ISSUED: added('ISSUED'),
    });
  }

  @FieldResolver(() => [TimeLeg], { description: 'What it adds to each account of each lot; the lots are told as they stand now.' })
  async legs(@Root() { transaction, customerId }: EntryRoot, @Ctx() { loaders, now }: Context): Promise<TimeLeg[]> {
    const ledger = await loaders.timeNow.load(customerId);
    return transaction.legs.map(({ account, lotId, minutes }) => {
      const lot = lotId === null ? undefined : ledger.lots.get(lotId);
      return { account, lot: lot === undefined ? null : lotRoot(ledger, lot, now), minutes };
    });
  }
}
