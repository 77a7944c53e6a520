import { Arg, Ctx, Field, ID, InputType, Int, Mutation, Resolver } from 'type-graphql';
import { uuidOrNowhere } from '../use-cases/global-id.js';
import { reverseTimeEntry } from '../use-cases/time-correction.js';
import { grantGoodwill } from '../use-cases/time-goodwill.js';
import { type Context, requireScope } from './context.js';
import { DateScalar } from './scalars.js';
import { onTime, type TimePayload, timePayload } from './time-command.js';
import { MAX_REASON } from './time-lot-mutations.js';
import { IDEMPOTENCY_KEY, required } from './user-error.js';

@InputType({ description: 'Time that the vendor gives.' })
export class TimeGrantInput {
  @Field(() => String, IDEMPOTENCY_KEY)
  idempotencyKey!: string;

  @Field(() => ID, { description: 'Who gets it.' })
  customerId!: string;

  @Field(() => ID, { nullable: true, description: 'The project that may use it; none, until it is assigned, unless said.' })
  projectId?: string | null;

  @Field(() => Int, { description: 'How many minutes, from 1 to 100,000.' })
  minutes!: number;

  @Field(() => String, { description: 'Name of the support policy whose version in force now binds its use.' })
  supportPolicyName!: string;

  @Field(() => DateScalar, {
    nullable: true,
    description: 'The last day on which it may be used, on the calendar of the policy; it does not end unless said.',
  })
  lastDay?: Temporal.PlainDate | null;

  @Field(() => Int, { nullable: true, description: 'Its place in the order of use, from 0 to 1,000, the lowest first; 50 unless said.' })
  priority?: number | null;

  @Field(() => String, { description: 'Why, for the journal; at most 1,000 characters.' })
  reason!: string;
}
export const TimeGrantPayload = timePayload('TimeGrant', 'The lot that was made');

@InputType({ description: 'An entry of a time journal to undo.' })
export class TimeEntryReverseInput {
  @Field(() => String, IDEMPOTENCY_KEY)
  idempotencyKey!: string;

  @Field(() => ID, { description: 'A grant of which nothing was reserved or used, or a settlement.' })
  entryId!: string;

  @Field(() => String, { description: 'Why, for the journal; at most 1,000 characters.' })
  reason!: string;
}
export const TimeEntryReversePayload = timePayload(
  'TimeEntryReverse',
  'The lot of goodwill that charged minutes became whose own lot has ended; null, too, where there are none',
);

@Resolver()
export class TimeMutations {
  @Mutation(() => TimeGrantPayload, { description: 'Staff: give a customer minutes of goodwill. Scope DESK.' })
  timeGrant(
    @Arg('input', () => TimeGrantInput, { description: 'The minutes and the reason.' }) input: TimeGrantInput,
    @Ctx() context: Context,
  ): Promise<TimePayload> {
    requireScope(context, 'DESK');
    return onTime(context, () => {
      const values = {
        idempotencyKey: required(input.idempotencyKey, 'idempotencyKey'),
        customerId: uuidOrNowhere('Customer', input.customerId),
        projectId: input.projectId == null ? null : uuidOrNowhere('Project', input.projectId),
        minutes: input.minutes,
        supportPolicyName: required(input.supportPolicyName, 'supportPolicyName'),
        lastDay: input.lastDay ?? null,
        priority: input.priority ?? null,
        reason: required(input.reason, 'reason', MAX_REASON),
      };
      return { run: (em) => grantGoodwill(em, context.actor, values, context.now, context.gateway.addJob) };
    });
  }

  @Mutation(() => TimeEntryReversePayload, {
    description:
      'Staff: undo a settlement, as when the fault was the add-on’s own, or a grant of which nothing was reserved or used. Charged minutes return to their lots, also to one that is suspended; those of a lot that has ended become goodwill; those that were charged back are taken out again. Scope DESK.',
  })
  timeEntryReverse(
    @Arg('input', () => TimeEntryReverseInput, { description: 'The entry and the reason.' }) input: TimeEntryReverseInput,
    @Ctx() context: Context,
  ): Promise<TimePayload> {
    requireScope(context, 'DESK');
    return onTime(context, () => {
      const values = {
        idempotencyKey: required(input.idempotencyKey, 'idempotencyKey'),
        entryId: uuidOrNowhere('TimeEntry', input.entryId),
        reason: required(input.reason, 'reason', MAX_REASON),
      };
      return { run: (em) => reverseTimeEntry(em, context.actor, values, context.now, context.gateway.addJob) };
    });
  }
}
