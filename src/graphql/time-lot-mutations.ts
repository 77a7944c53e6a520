import { Arg, Ctx, Field, ID, InputType, Int, Mutation, Resolver } from 'type-graphql';
import { uuidOrNowhere } from '../use-cases/global-id.js';
import { assignTime } from '../use-cases/time-assignment.js';
import { voidTime } from '../use-cases/time-correction.js';
import { type Context, requireScope } from './context.js';
import { onTime, type TimePayload, timePayload } from './time-command.js';
import { IDEMPOTENCY_KEY, optional, required } from './user-error.js';

/** Reasons are for people; they stand in the journal and on statements. */
export const MAX_REASON = 1_000;

@InputType({ description: 'Time to assign to a project.' })
export class TimeLotAssignInput {
  @Field(() => String, IDEMPOTENCY_KEY)
  idempotencyKey!: string;

  @Field(() => ID, { description: 'A lot that is assigned to no project.' })
  lotId!: string;

  @Field(() => ID, { description: 'A project of the same customer.' })
  projectId!: string;

  @Field(() => Int, { description: 'How many of its minutes, from 1; the others stay unassigned.' })
  minutes!: number;

  @Field(() => String, { nullable: true, description: 'Why, for the journal; at most 1,000 characters.' })
  reason?: string | null;
}
export const TimeLotAssignPayload = timePayload('TimeLotAssign', 'The lot that the assigned minutes became');

@InputType({ description: 'Time to take back from its project.' })
export class TimeLotUnassignInput {
  @Field(() => String, IDEMPOTENCY_KEY)
  idempotencyKey!: string;

  @Field(() => ID, { description: 'A lot that is assigned to a project.' })
  lotId!: string;

  @Field(() => Int, { description: 'How many of its minutes, from 1; only those that are neither reserved nor gone.' })
  minutes!: number;

  @Field(() => String, { description: 'Why, for the journal; at most 1,000 characters.' })
  reason!: string;
}
export const TimeLotUnassignPayload = timePayload('TimeLotUnassign', 'The lot that the minutes became, on no project');

@InputType({ description: 'Time to take out for good.' })
export class TimeLotVoidInput {
  @Field(() => String, IDEMPOTENCY_KEY)
  idempotencyKey!: string;

  @Field(() => ID, { description: 'The lot; what was split from it counts, too.' })
  lotId!: string;

  @Field(() => Int, { nullable: true, description: 'The most minutes to take, from 1; all that is left unless said. What was used stays.' })
  minutes?: number | null;

  @Field(() => String, { description: 'What happened, for the journal; at most 1,000 characters.' })
  reason!: string;
}
export const TimeLotVoidPayload = timePayload('TimeLotVoid', 'The lot as it stands now');

@Resolver()
export class TimeLotMutations {
  @Mutation(() => TimeLotAssignPayload, {
    description: 'Assign bought time to a project, so that its tickets may use it; only staff can undo it. Scope TIME_WRITE.',
  })
  timeLotAssign(
    @Arg('input', () => TimeLotAssignInput, { description: 'The time and the project.' }) input: TimeLotAssignInput,
    @Ctx() context: Context,
  ): Promise<TimePayload> {
    requireScope(context, 'TIME_WRITE');
    return onTime(context, () => {
      const values = {
        idempotencyKey: required(input.idempotencyKey, 'idempotencyKey'),
        lotId: uuidOrNowhere('TimeLot', input.lotId),
        projectId: uuidOrNowhere('Project', input.projectId),
        minutes: input.minutes,
        reason: optional(input.reason, 'reason', MAX_REASON),
      };
      return { run: (em) => assignTime(em, context.actor, values, context.now, context.gateway.addJob) };
    });
  }

  @Mutation(() => TimeLotUnassignPayload, {
    description: 'Staff: take time back from its project, so that it can be assigned to another. Scope DESK.',
  })
  timeLotUnassign(
    @Arg('input', () => TimeLotUnassignInput, { description: 'The time and the reason.' }) input: TimeLotUnassignInput,
    @Ctx() context: Context,
  ): Promise<TimePayload> {
    requireScope(context, 'DESK');
    return onTime(context, () => {
      const values = {
        idempotencyKey: required(input.idempotencyKey, 'idempotencyKey'),
        lotId: uuidOrNowhere('TimeLot', input.lotId),
        projectId: null,
        minutes: input.minutes,
        reason: required(input.reason, 'reason', MAX_REASON),
      };
      return { run: (em) => assignTime(em, context.actor, values, context.now) };
    });
  }

  @Mutation(() => TimeLotVoidPayload, {
    description:
      'Staff: take out for good what is left of a lot, as after a charge-back; reservations lose it, too, and their tickets are told. Scope DESK.',
  })
  timeLotVoid(
    @Arg('input', () => TimeLotVoidInput, { description: 'The time and the reason.' }) input: TimeLotVoidInput,
    @Ctx() context: Context,
  ): Promise<TimePayload> {
    requireScope(context, 'DESK');
    return onTime(context, () => {
      const values = {
        idempotencyKey: required(input.idempotencyKey, 'idempotencyKey'),
        lotId: uuidOrNowhere('TimeLot', input.lotId),
        minutes: input.minutes ?? null,
        reason: required(input.reason, 'reason', MAX_REASON),
      };
      return { run: (em) => voidTime(em, context.actor, values, context.now, context.gateway.addJob), lotId: values.lotId };
    });
  }
}
