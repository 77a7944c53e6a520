import { Arg, Ctx, Field, FieldResolver, ID, InputType, Mutation, ObjectType, Query, Resolver, Root } from 'type-graphql';
import type { CustomerRow } from '../persistence/customer.js';
import { TimeAlarm as AlarmEntity, type TimeDifference as DifferenceFacts, type TimeAlarmRow } from '../persistence/time-alarm.js';
import { toGlobalId, uuidOrNowhere } from '../use-cases/global-id.js';
import { clearTimeAlarm } from '../use-cases/time-alarm.js';
import { AFTER, afterMoment, type Connection, connectionOf, connectionType, FIRST, firstType, pageRequest } from './connection.js';
import { type Context, requireScope } from './context.js';
import { Customer } from './customer.js';
import { Node } from './node.js';
import { DateTimeScalar } from './scalars.js';
import { IDEMPOTENCY_KEY, payload, required, USER_ERRORS, UserError } from './user-error.js';

const MAX_RESOLUTION = 1_000;

@ObjectType({ description: 'Where a stored figure differs from what the journal amounts to, or the journal breaks a law.' })
export class TimeDifference implements DifferenceFacts {
  @Field(() => String, { description: 'What differs, such as "issuedMinutes"; or the code of the law that is broken.' })
  figure!: string;

  @Field(() => String, { description: 'What is stored.' })
  stored!: string;

  @Field(() => String, { description: 'What the journal amounts to.' })
  folded!: string;
}

@ObjectType({
  implements: Node,
  description:
    'Raised when a check finds that a customer’s prepaid time and its journal differ. While it is open nothing is reserved or used.',
})
export class TimeAlarm implements Pick<TimeAlarmRow, 'raisedAt' | 'differences' | 'clearedAt' | 'clearedBy' | 'resolution'> {
  id!: string;

  @Field(() => DateTimeScalar, { description: 'When the check found it.' })
  raisedAt!: Temporal.Instant;

  @Field(() => [TimeDifference], { description: 'What differs.' })
  differences!: readonly DifferenceFacts[];

  @Field(() => DateTimeScalar, { nullable: true, description: 'When it was cleared; null while it is open.' })
  clearedAt!: Temporal.Instant | null;

  @Field(() => String, { nullable: true, description: 'Who cleared it; null while it is open.' })
  clearedBy!: string | null;

  @Field(() => String, { nullable: true, description: 'What was found and done; null while it is open.' })
  resolution!: string | null;
}

@InputType({ description: 'An alarm about prepaid time to clear.' })
export class TimeAlarmClearInput {
  @Field(() => String, IDEMPOTENCY_KEY)
  idempotencyKey!: string;

  @Field(() => ID, { description: 'The alarm.' })
  alarmId!: string;

  @Field(() => String, { description: 'What was found and done, for the record; at most 1,000 characters.' })
  resolution!: string;
}

@ObjectType({ description: 'The cleared alarm, or what must be corrected.' })
export class TimeAlarmClearPayload {
  @Field(() => TimeAlarm, { nullable: true, description: 'As it stands; null when something must be corrected.' })
  timeAlarm?: TimeAlarmRow | null;

  @Field(() => [UserError], USER_ERRORS)
  userErrors!: UserError[];
}

export const TimeAlarmConnection = connectionType('TimeAlarm', () => TimeAlarm, 'alarms about prepaid time');

@Resolver(() => TimeAlarm)
export class TimeAlarmResolver {
  @FieldResolver(() => ID, { description: 'Global and opaque; stays the same for good.' })
  id(@Root() alarm: TimeAlarmRow): string {
    return toGlobalId('TimeAlarm', alarm.id);
  }

  @FieldResolver(() => Customer, { description: 'Whose prepaid time it is about.' })
  async customer(@Root() alarm: TimeAlarmRow): Promise<CustomerRow> {
    return (await alarm.wallet.loadOrFail()).customer.loadOrFail();
  }

  @Query(() => TimeAlarmConnection, {
    description: 'Staff: what checks of prepaid time found, the newest first; the open ones unless said. Scope DESK.',
  })
  async timeAlarms(
    @Arg('first', firstType, FIRST) first: number,
    @Arg('after', () => String, AFTER) after: string | null,
    @Arg('openOnly', () => Boolean, { defaultValue: true, description: 'Whether to leave out those that were cleared.' }) openOnly: boolean,
    @Ctx() context: Context,
  ): Promise<Connection<TimeAlarmRow>> {
    const { em } = requireScope(context, 'DESK');
    const page = pageRequest(first, after, 2);
    const place = afterMoment(page);
    const earlier = place === null ? {} : { $or: [{ raisedAt: { $lt: place.moment } }, { raisedAt: place.moment, id: { $lt: place.id } }] };
    const rows = await em.find(
      AlarmEntity,
      { $and: [openOnly ? { clearedAt: null } : {}, earlier] },
      { orderBy: { raisedAt: 'desc', id: 'desc' }, limit: page.first + 1 },
    );
    return connectionOf(rows, page, (alarm) => [alarm.raisedAt.toString(), alarm.id]);
  }

  @Mutation(() => TimeAlarmClearPayload, {
    description:
      'Staff: clear an alarm once the records are right, so that time can be reserved and used again. They are checked again first: a conflict as long as they differ. Scope DESK.',
  })
  timeAlarmClear(
    @Arg('input', () => TimeAlarmClearInput, { description: 'The alarm and what was done.' }) input: TimeAlarmClearInput,
    @Ctx() context: Context,
  ) {
    const session = requireScope(context, 'DESK');
    return payload(async () => {
      const values = {
        idempotencyKey: required(input.idempotencyKey, 'idempotencyKey'),
        alarmId: uuidOrNowhere('TimeAlarm', input.alarmId),
        resolution: required(input.resolution, 'resolution', MAX_RESOLUTION),
      };
      const { alarmId } = await session.transaction((em) => clearTimeAlarm(em, context.actor, values, context.now));
      return { timeAlarm: await session.em.findOneOrFail(AlarmEntity, { id: alarmId }) };
    });
  }
}
