import { Arg, Ctx, Field, FieldResolver, Int, ObjectType, Query, Resolver, Root } from 'type-graphql';
import type { TicketRow } from '../persistence/ticket.js';
import type { Reason as CoreReason } from '../policy/reason.js';
import type { Clock as CoreClock } from '../policy/ticket-clock.js';
import { type QueueStanding, type QueueTicket, readQueue } from '../use-cases/ticket-queue.js';
import { AFTER, afterPlace, type Connection, connectionOf, connectionType, FIRST, firstType, pageRequest } from './connection.js';
import { type Context, requireScope } from './context.js';
import { Reason } from './reason.js';
import { DateTimeScalar } from './scalars.js';
import { Ticket } from './ticket.js';
import { Clock, TicketWait, type TicketWaitRoot } from './ticket-clock.js';

@ObjectType({ description: 'Where a ticket stands in the queue, and why there.' })
export class QueuePosition implements Pick<QueueStanding, 'position' | 'readyCount' | 'submittedAt' | 'expeditedBecause'> {
  @Field(() => Int, {
    description:
      'Its place among the tickets that are ready to be worked on, from 1; for one that waits, the place that it would have if its customer answered now.',
  })
  position!: number;

  @Field(() => Int, { description: 'How many tickets are ready to be worked on, this one included where it is.' })
  readyCount!: number;

  @Field(() => DateTimeScalar, { description: 'When it was submitted: its place is counted from then, unless a duplicate moved it.' })
  submittedAt!: Temporal.Instant;

  @Field(() => String, { nullable: true, description: 'Why the vendor may take it out of turn; null unless it said so.' })
  expeditedBecause!: string | null;
}

@Resolver(() => QueuePosition)
export class QueuePositionResolver {
  @FieldResolver(() => DateTimeScalar, { description: 'From when its place is counted now: earlier comes first.' })
  queuedAt(@Root() { queueAt }: QueueStanding): Temporal.Instant {
    return queueAt;
  }

  @FieldResolver(() => Ticket, { nullable: true, description: 'The repeated request that moved it to its own place; null where none did.' })
  async movedBy(@Root() { movedBy }: QueueStanding, @Ctx() { loaders }: Context): Promise<TicketRow | null> {
    return movedBy === null ? null : loaders.ticket.load(movedBy.ticketId);
  }

  @FieldResolver(() => DateTimeScalar, { nullable: true, description: 'When that moved it; null where none did.' })
  movedAt(@Root() { movedBy }: QueueStanding): Temporal.Instant | null {
    return movedBy?.at ?? null;
  }
}

@ObjectType({ description: 'A ticket in its place in the queue.' })
export class QueueEntry implements Pick<QueueTicket, 'position' | 'waitedWorkingMinutes' | 'waitedSeconds'> {
  @Field(() => Int, {
    nullable: true,
    description: 'Its place among those ready to be worked on, from 1; null while it waits for its customer and keeps its place.',
  })
  position!: number | null;

  @Field(() => Int, {
    description: 'How long it has had its place, in minutes of the working hours that its conditions name; rounded down.',
  })
  waitedWorkingMinutes!: number;

  @Field(() => Int, { description: 'The same by the clock on the wall, in seconds; rounded down.' })
  waitedSeconds!: number;
}

export const QueueConnection = connectionType('QueueEntry', () => QueueEntry, 'tickets in the queue');

@Resolver(() => QueueEntry)
export class QueueEntryResolver {
  @FieldResolver(() => Ticket, { description: 'The ticket.' })
  ticket(@Root() { row }: QueueTicket): TicketRow {
    return row;
  }

  @FieldResolver(() => TicketWait, { nullable: true, description: 'What it waits for its customer to give; null when it is ready.' })
  waitingFor(@Root() { state }: QueueTicket): TicketWaitRoot | null {
    return state.waits.find(({ to }) => to === null) ?? null;
  }

  @FieldResolver(() => [Reason], {
    description:
      'What must be there before its work can begin: the agreed outcome of paid work, access that was shown to work. It is skipped meanwhile and keeps its place. Empty when it can be taken up, where the prepaid time suffices.',
  })
  hindrances(@Root() { hindrances }: QueueTicket): readonly CoreReason[] {
    return hindrances;
  }

  @FieldResolver(() => Clock, { nullable: true, description: 'The running deadline that is due first; null when nothing is due.' })
  nextDue(@Root() { due }: QueueTicket): CoreClock | null {
    return due;
  }

  @Query(() => QueueConnection, {
    description:
      'The queue in its order: tickets that are ready, and at their places those that wait for their customers. Scope DESK: the vendor’s staff only.',
  })
  async ticketQueue(
    @Arg('first', firstType, FIRST) first: number,
    @Arg('after', () => String, AFTER) after: string | null,
    @Ctx() context: Context,
  ): Promise<Connection<QueueTicket>> {
    const { em } = requireScope(context, 'DESK');
    const page = pageRequest(first, after, 2);
    const place = afterPlace(page);
    const behind = place === null ? null : { queueAt: place.moment, queueSeq: place.number };
    // Read through the loader, from which the tickets of the page are told, too.
    const standing = async (rows: readonly TicketRow[]) =>
      new Map(await Promise.all(rows.map(async (row) => [row.id, await context.loaders.ticketAsOf.load(row)] as const)));
    const { tickets, hasNextPage } = await readQueue(em, { first: page.first, after: behind }, context.now, standing);
    const whole = connectionOf(tickets, page, ({ row }) => [row.queueAt.toString(), String(row.queueSeq)]);
    return { ...whole, pageInfo: { ...whole.pageInfo, hasNextPage } };
  }
}

@Resolver(() => Ticket)
export class TicketPlaceResolver {
  @FieldResolver(() => QueuePosition, {
    nullable: true,
    description: 'Where it stands in the queue, and why there; null while it has no place in it.',
  })
  async queuePosition(@Root() ticket: TicketRow, @Ctx() { loaders }: Context): Promise<QueueStanding | null> {
    return loaders.queueStanding.load(ticket);
  }
}
