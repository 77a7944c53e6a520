import { Arg, Ctx, Field, FieldResolver, ObjectType, Query, Resolver, Root } from 'type-graphql';
import type { CustomerRow } from '../persistence/customer.js';
import { OutboxEvent as OutboxEntity, type OutboxEventRow, type OutboxKind } from '../persistence/outbox-event.js';
import { Release as ReleaseEntity, type ReleaseRow } from '../persistence/release.js';
import type { TicketRow } from '../persistence/ticket.js';
import type { Fact as CoreFact } from '../policy/reason.js';
import { seesEveryone } from '../use-cases/actor.js';
import { AFTER, afterMoment, type Connection, connectionOf, connectionType, FIRST, firstType, pageRequest } from './connection.js';
import { type Context, emOf, requireScope } from './context.js';
import { Customer } from './customer.js';
import { OutboxEventKindEnum } from './desk-enums.js';
import { refusal } from './operation-limits.js';
import { Fact } from './reason.js';
import { Release } from './release.js';
import { DateTimeScalar } from './scalars.js';
import { Ticket } from './ticket.js';

/** What concerns customers; the rest is the vendor's own. */
const FOR_PARTNERS: readonly OutboxKind[] = ['BUG_FIXED', 'REFUND_OFFERED', 'REFUND_ACCEPTED', 'TIME_REFUND_OWED'];
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

@ObjectType({ description: 'Something to be told to somebody outside, such as a customer by e-mail. It happened for good.' })
export class OutboxEvent implements Pick<OutboxEventRow, 'kind' | 'key' | 'happenedAt' | 'recordedAt'> {
  @Field(() => OutboxEventKindEnum, { description: 'What it is.' })
  kind!: OutboxKind;

  @Field(() => String, { description: 'Names the happening: whoever tells it tells it once for each key.' })
  key!: string;

  @Field(() => DateTimeScalar, {
    description: 'When it happened. It may have been recorded much later, as a deadline that passed while nobody looked at it.',
  })
  happenedAt!: Temporal.Instant;

  @Field(() => DateTimeScalar, { description: 'When it was recorded, by the clock of the database: the order in which it is told.' })
  recordedAt!: Temporal.Instant;
}

export const OutboxEventConnection = connectionType('OutboxEvent', () => OutboxEvent, 'events');

@Resolver(() => OutboxEvent)
export class OutboxResolver {
  @FieldResolver(() => Customer, { nullable: true, description: 'Whom it concerns; null: the vendor alone. Scope PURCHASES_READ.' })
  async customer(@Root() event: OutboxEventRow, @Ctx() context: Context): Promise<CustomerRow | null> {
    requireScope(context, 'PURCHASES_READ');
    return event.customer === null ? null : event.customer.loadOrFail();
  }

  @FieldResolver(() => Ticket, { nullable: true, description: 'The ticket that it is about; null where it is about none.' })
  async ticket(@Root() { data }: OutboxEventRow, @Ctx() { loaders }: Context): Promise<TicketRow | null> {
    return typeof data.ticket === 'string' ? loaders.ticket.load(data.ticket) : null;
  }

  @FieldResolver(() => Release, { nullable: true, description: 'The release that fixes the fault; null where it is about none.' })
  async release(@Root() { data }: OutboxEventRow, @Ctx() context: Context): Promise<ReleaseRow | null> {
    if (typeof data.release !== 'string') return null;
    return emOf(context).getReference(ReleaseEntity, data.release, { wrapped: true }).load();
  }

  @FieldResolver(() => [Fact], { description: 'Figures and names that it bears, such as "returnedMinutes".' })
  facts(@Root() { data }: OutboxEventRow): CoreFact[] {
    return Object.entries(data).flatMap(([name, value]) =>
      value === null || UUID.test(String(value)) ? [] : [{ name, value: String(value) }],
    );
  }

  @Query(() => OutboxEventConnection, {
    description:
      'What is to be told outside, in the order in which it was recorded: go on after the last cursor for what came since. What was recorded before another may be seen after it, as each is seen once its transaction is over: a reader remembers the latest `recordedAt` that it has seen, begins its next reading a minute earlier with `recordedAfter`, and tells each key once. For staff and partners, with the scope TICKETS_READ.',
  })
  async outboxEvents(
    @Arg('first', firstType, FIRST) first: number,
    @Arg('after', () => String, AFTER) after: string | null,
    @Arg('kind', () => OutboxEventKindEnum, { nullable: true, description: 'Only those of this kind.' }) kind: OutboxKind | null,
    @Arg('recordedAfter', () => DateTimeScalar, {
      nullable: true,
      description: 'Only those recorded after this instant; all, unless said.',
    })
    recordedAfter: Temporal.Instant | null,
    @Ctx() context: Context,
  ): Promise<Connection<OutboxEventRow>> {
    const { em } = requireScope(context, 'TICKETS_READ');
    if (!seesEveryone(context.actor)) throw refusal('FORBIDDEN', 'This is for the vendor’s staff and partners.');
    const page = pageRequest(first, after, 2);
    const place = afterMoment(page);
    const conditions = [
      context.actor.kind === 'STAFF' ? {} : { kind: { $in: [...FOR_PARTNERS] } },
      kind == null ? {} : { kind },
      recordedAfter == null ? {} : { recordedAt: { $gt: recordedAfter } },
      place === null ? {} : { $or: [{ recordedAt: { $gt: place.moment } }, { recordedAt: place.moment, id: { $gt: place.id } }] },
    ];
    const rows = await em.find(OutboxEntity, { $and: conditions }, { orderBy: { recordedAt: 'asc', id: 'asc' }, limit: page.first + 1 });
    return connectionOf(rows, page, ({ recordedAt, id }) => [recordedAt.toString(), id]);
  }
}
