import { Field, FieldResolver, Int, ObjectType, Resolver, Root } from 'type-graphql';
import type { TicketWait as CoreWait } from '../policy/ticket.js';
import type { ClockKind, ClockState, Clock as CoreClock } from '../policy/ticket-clock.js';
import { DateTimeScalar } from './scalars.js';
import { ClockKindEnum, ClockStateEnum, WaitCauseEnum } from './ticket-enums.js';

@ObjectType({ description: 'A deadline of a ticket, as it stands now.' })
export class Clock implements CoreClock {
  @Field(() => ClockKindEnum, { description: 'What it counts.' })
  kind!: ClockKind;

  @Field(() => ClockStateEnum, { description: 'How it stands.' })
  state!: ClockState;

  @Field(() => DateTimeScalar, { nullable: true, description: 'When the count began; null while it has not.' })
  startedAt!: Temporal.Instant | null;

  @Field(() => DateTimeScalar, {
    nullable: true,
    description:
      'The first instant that is too late; null while the count stands still, where nothing is due, and where the calendar has no such day.',
  })
  dueAt!: Temporal.Instant | null;

  @Field(() => Boolean, {
    description: 'Whether `dueAt` may still change, as it rests on days whose holidays are not known, or cannot be told.',
  })
  provisional!: boolean;

  @Field(() => Int, { nullable: true, description: 'Working days that have been counted; null for what is not counted in working days.' })
  countedDays!: number | null;

  @Field(() => String, { description: 'Id of the rule, such as A-09.' })
  rule!: string;
}

export type TicketWaitRoot = Pick<CoreWait, 'cause' | 'question' | 'from'>;

@ObjectType({ description: 'A question put to the customer, for whose answer a ticket waits.' })
export class TicketWait implements Pick<CoreWait, 'cause' | 'question'> {
  @Field(() => WaitCauseEnum, { description: 'What it waits for.' })
  cause!: CoreWait['cause'];

  @Field(() => String, { description: 'The question, in words.' })
  question!: string;
}

@Resolver(() => TicketWait)
export class TicketWaitResolver {
  @FieldResolver(() => DateTimeScalar, { description: 'When it was asked.' })
  askedAt(@Root() wait: TicketWaitRoot): Temporal.Instant {
    return wait.from;
  }
}
