import { Arg, Ctx, Field, FieldResolver, Int, ObjectType, Resolver, Root } from 'type-graphql';
import type { TicketRow } from '../persistence/ticket.js';
import type { Fact as CoreFact } from '../policy/reason.js';
import type { TicketActorKind, TicketEventKind } from '../policy/ticket-event.js';
import { AFTER, afterNumber, type Connection, connectionOf, connectionType, FIRST, firstType, pageRequest } from './connection.js';
import type { Context } from './context.js';
import { Fact } from './reason.js';
import { DateTimeScalar } from './scalars.js';
import { Ticket } from './ticket.js';
import { TicketActorKindEnum, TicketEventKindEnum } from './ticket-enums.js';
import { toldEvent } from './ticket-event-summary.js';
import type { LoggedEvent } from './ticket-loaders.js';

@ObjectType({ description: 'One thing that happened to a ticket. The log only grows, and everything about the ticket is read from it.' })
export class TicketEvent implements Pick<LoggedEvent, 'ordinal' | 'recordedAt'> {
  @Field(() => Int, { description: 'Its place in the log, from 1.' })
  ordinal!: number;

  @Field(() => DateTimeScalar, {
    nullable: true,
    description: 'When it was written down; null for what time alone has done by now and nobody has written down yet.',
  })
  recordedAt!: Temporal.Instant | null;
}

export const TicketEventConnection = connectionType('TicketEvent', () => TicketEvent, 'events');

@Resolver(() => TicketEvent)
export class TicketEventResolver {
  @FieldResolver(() => TicketEventKindEnum, { description: 'What happened, for programs.' })
  kind(@Root() { event }: LoggedEvent): TicketEventKind {
    return event.kind;
  }

  @FieldResolver(() => DateTimeScalar, {
    description: 'When it took effect: for what time alone has done, the instant at which it was due.',
  })
  happenedAt(@Root() { event }: LoggedEvent): Temporal.Instant {
    return event.at;
  }

  @FieldResolver(() => TicketActorKindEnum, { description: 'Who did it.' })
  actorKind(@Root() { event }: LoggedEvent): TicketActorKind {
    return event.actor.kind;
  }

  @FieldResolver(() => String, {
    nullable: true,
    description: 'Their name; null for what the program did, and for all but the vendor’s staff.',
  })
  actorName(@Root() { event }: LoggedEvent, @Ctx() { actor }: Context): string | null {
    return actor.kind === 'STAFF' ? event.actor.id : null;
  }

  @FieldResolver(() => String, { description: 'What happened, as an English sentence for people.' })
  summary(@Root() { event }: LoggedEvent): string {
    return toldEvent(event).summary;
  }

  @FieldResolver(() => [Fact], { description: 'What the event says beside that.' })
  facts(@Root() { event }: LoggedEvent): readonly CoreFact[] {
    return toldEvent(event).facts;
  }
}

@Resolver(() => Ticket)
export class TicketLogResolver {
  @FieldResolver(() => TicketEventConnection, {
    description: 'What happened to it, in the order of its log, with what time alone has done by now at the end.',
  })
  async events(
    @Root() ticket: TicketRow,
    @Arg('first', firstType, FIRST) first: number,
    @Arg('after', () => String, AFTER) after: string | null,
    @Ctx() { loaders }: Context,
  ): Promise<Connection<LoggedEvent>> {
    const page = pageRequest(first, after, 1);
    const from = afterNumber(page) ?? 0;
    const { log } = await loaders.ticketAsOf.load(ticket);
    return connectionOf(log.slice(from, from + page.first + 1), page, ({ ordinal }) => [String(ordinal)]);
  }
}
