import { Arg, Ctx, Field, FieldResolver, Int, ObjectType, Resolver, Root } from 'type-graphql';
import type { WorkLogEntryRow } from '../persistence/work-log-entry.js';
import { actualMinutesOf, chargeableMinutesOf } from '../policy/ticket.js';
import { AFTER, type Connection, connectionOf, connectionType, FIRST, firstType, pageRequest } from './connection.js';
import type { Context } from './context.js';
import { DateTimeScalar } from './scalars.js';
import type { TicketAsOf } from './ticket-loaders.js';

@ObjectType('WorkLogEntry', { description: 'A stretch of work on a ticket. The log only grows.' })
export class WorkLogEntry implements Pick<WorkLogEntryRow, 'seconds' | 'note' | 'workedAt' | 'loggedAt'> {
  @Field(() => Int, { description: 'How long it took; rounded up to minutes once for the whole task.' })
  seconds!: number;

  @Field(() => String, { description: 'What was done.' })
  note!: string;

  @Field(() => DateTimeScalar, { description: 'When the stretch ended.' })
  workedAt!: Temporal.Instant;

  @Field(() => DateTimeScalar, { description: 'When it was written down.' })
  loggedAt!: Temporal.Instant;
}

export const WorkLogConnection = connectionType('WorkLogEntry', () => WorkLogEntry, 'stretches of work');

@Resolver(() => WorkLogEntry)
export class WorkLogEntryResolver {
  @FieldResolver(() => String, { nullable: true, description: 'Who worked; null for all but the vendor’s staff.' })
  staffName(@Root() entry: WorkLogEntryRow, @Ctx() { actor }: Context): string | null {
    return actor.kind === 'STAFF' ? entry.staffName : null;
  }
}

@ObjectType({ description: 'The work on a ticket and what may be charged for it. Prepaid time pays for one task per ticket.' })
export class Task {}

@Resolver(() => Task)
export class TaskResolver {
  @FieldResolver(() => Int, {
    nullable: true,
    description: 'What the rate card or the vendor’s quote says that it takes; null for free work, and until it is classified.',
  })
  estimateMinutes(@Root() { state }: TicketAsOf): number | null {
    return state.estimateMinutes;
  }

  @FieldResolver(() => Int, {
    nullable: true,
    description: 'Minutes beyond which nothing is charged without the customer’s consent; null where there is no limit.',
  })
  thresholdMinutes(@Root() { state }: TicketAsOf): number | null {
    return state.thresholdMinutes;
  }

  @FieldResolver(() => Int, { nullable: true, description: 'The limit that the customer agreed to instead; null until then.' })
  capMinutes(@Root() { state }: TicketAsOf): number | null {
    return state.capMinutes;
  }

  @FieldResolver(() => Int, { description: 'All the work logged so far, to the second.' })
  loggedSeconds(@Root() { state }: TicketAsOf): number {
    return state.loggedSeconds;
  }

  @FieldResolver(() => Int, { description: 'The same in whole minutes, rounded up once for the whole task.' })
  actualMinutes(@Root() { state }: TicketAsOf): number {
    return actualMinutesOf(state);
  }

  @FieldResolver(() => Int, { description: 'Prepaid minutes that may be charged so far: 0 for what is free, never beyond the limit.' })
  chargeableMinutes(@Root() { state }: TicketAsOf): number {
    return chargeableMinutesOf(state);
  }

  @FieldResolver(() => Int, {
    description: 'Prepaid minutes that were charged, less those that were given back; 0 until the work is delivered.',
  })
  chargedMinutes(@Root() { row }: TicketAsOf, @Ctx() { loaders }: Context): Promise<number> {
    return loaders.chargedMinutes.load(row.id);
  }

  @FieldResolver(() => WorkLogConnection, { description: 'What was done, in the order in which it was written down.' })
  async workLog(
    @Root() { row }: TicketAsOf,
    @Arg('first', firstType, FIRST) first: number,
    @Arg('after', () => String, AFTER) after: string | null,
    @Ctx() { loaders }: Context,
  ): Promise<Connection<WorkLogEntryRow>> {
    const page = pageRequest(first, after, 2);
    return connectionOf(await loaders.workLog.load({ ticketId: row.id, page }), page, ({ loggedAt, id }) => [loggedAt.toString(), id]);
  }
}
