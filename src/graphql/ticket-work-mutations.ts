import { Arg, Ctx, Field, FieldResolver, ID, InputType, Int, Mutation, ObjectType, Resolver, Root } from 'type-graphql';
import { Refusal, userError } from '../use-cases/outcome.js';
import { type ConsentAnswer, giveConsent } from '../use-cases/ticket-consent.js';
import type { CorrectionInput } from '../use-cases/ticket-correction.js';
import { deliverTicket } from '../use-cases/ticket-delivery.js';
import { LINE_LENGTH, requiredText, TEXT_LENGTH } from '../use-cases/ticket-text.js';
import { logWork } from '../use-cases/ticket-work.js';
import { type Context, requireCustomerItself } from './context.js';
import { Money, money } from './money.js';
import { DateTimeScalar } from './scalars.js';
import { chargePayload, onTicket, TICKET, ticketPayload } from './ticket-command.js';
import { ConsentChoiceEnum, RefundFormEnum } from './ticket-enums.js';
import { IDEMPOTENCY_KEY } from './user-error.js';

@InputType({ description: 'A stretch of work on a ticket.' })
export class WorkLogInput {
  @Field(() => String, IDEMPOTENCY_KEY)
  idempotencyKey!: string;

  @Field(() => ID, TICKET)
  ticketId!: string;

  @Field(() => Int, { description: 'How long it took, from 1 to 86,400.' })
  seconds!: number;

  @Field(() => String, { description: 'What was done, for the customer to read; at most 10,000 characters.' })
  note!: string;

  @Field(() => DateTimeScalar, { nullable: true, description: 'When the stretch ended, not in the future; just now unless said.' })
  workedAt?: Temporal.Instant | null;
}

@InputType({ description: 'The customer’s word on effort beyond the limit.' })
export class TicketConsentInput {
  @Field(() => String, IDEMPOTENCY_KEY)
  idempotencyKey!: string;

  @Field(() => ID, TICKET)
  ticketId!: string;

  @Field(() => ConsentChoiceEnum, { description: 'Whether the work goes on.' })
  choice!: 'EXTRA' | 'REFUND';

  @Field(() => Int, {
    nullable: true,
    description: 'The new limit for the whole task, above the one reached; needed for EXTRA, and only there.',
  })
  capMinutes?: number | null;

  @Field(() => RefundFormEnum, { nullable: true, description: 'How the minutes come back; needed for REFUND, and only there.' })
  refundAs?: 'MINUTES' | 'MONEY' | null;
}

@InputType({ description: 'What corrects a fault: a release, or a change of configuration; one of the two.' })
export class TicketCorrectionInput {
  @Field(() => String, { nullable: true, description: 'Version of the release of the add-on that has the fix.' })
  releaseVersion?: string | null;

  @Field(() => String, { nullable: true, description: 'What confirms that a change of configuration helps; at most 10,000 characters.' })
  confirmation?: string | null;
}

@InputType({ description: 'Work that is handed over.' })
export class TicketDeliverInput {
  @Field(() => String, IDEMPOTENCY_KEY)
  idempotencyKey!: string;

  @Field(() => ID, TICKET)
  ticketId!: string;

  @Field(() => Int, { description: 'How many entries the whole work log has: charged is what the log says, so it must be whole.' })
  loggedEntries!: number;

  @Field(() => Int, { description: 'How many seconds its entries have in all.' })
  loggedSeconds!: number;

  @Field(() => TicketCorrectionInput, { nullable: true, description: 'What corrects the fault: needed where a correction is owed.' })
  correction?: TicketCorrectionInput | null;

  @Field(() => String, {
    nullable: true,
    description:
      'SHA-256 of the store’s code as it is handed over, 64 hexadecimal digits; that of the store’s report of the last quarter of an hour unless given. Without either, the first report afterwards tells the code.',
  })
  codeDigest?: string | null;
}

type Refunded = ConsentAnswer['refunds'][number];

@ObjectType({ description: 'Money that the vendor owes for bought minutes of one currency.' })
export class MinutesRefund implements Pick<Refunded, 'minutes'> {
  @Field(() => Int, { description: 'How many minutes.' })
  minutes!: number;
}

@Resolver(() => MinutesRefund)
export class MinutesRefundResolver {
  @FieldResolver(() => Money, { description: 'Their share of what was paid for them.' })
  amount(@Root() { amountMinor, currencyCode }: Refunded): Money {
    return money(BigInt(amountMinor), currencyCode);
  }
}

export const WorkLogPayload = ticketPayload('WorkLog');
export const TicketDeliverPayload = chargePayload('TicketDeliver');
export const TicketConsentPayload = ticketPayload('TicketConsent');

@Resolver(() => TicketConsentPayload)
export class TicketConsentPayloadResolver {
  @FieldResolver(() => [MinutesRefund], {
    description: 'What the vendor owes for bought minutes, by currency; empty unless MONEY was chosen.',
  })
  refunds(@Root() { refunds }: Partial<ConsentAnswer>): ConsentAnswer['refunds'] {
    return refunds ?? [];
  }
}

@Resolver()
export class TicketWorkMutations {
  @Mutation(() => WorkLogPayload, {
    description:
      'Log a stretch of work. At the limit beyond which nothing is charged without consent, the customer is asked, and the ticket waits. Scope DESK: the vendor’s staff only.',
  })
  workLog(@Arg('input', () => WorkLogInput, { description: 'The ticket and the work.' }) input: WorkLogInput, @Ctx() context: Context) {
    return onTicket(context, 'DESK', input, (command, about) =>
      logWork(command, {
        ...about,
        seconds: input.seconds,
        note: requiredText(input.note, TEXT_LENGTH, 'note'),
        workedAt: input.workedAt ?? null,
      }),
    );
  }

  @Mutation(() => TicketConsentPayload, {
    description:
      'Say whether work goes on beyond the limit that it reached, or is given up for a refund. Scope TICKETS_WRITE: its customer, or a partner for it; of an agency, TIME_WRITE as well.',
  })
  ticketConsent(
    @Arg('input', () => TicketConsentInput, { description: 'The ticket and the choice.' }) input: TicketConsentInput,
    @Ctx() context: Context,
  ) {
    requireCustomerItself(context, 'TIME_WRITE');
    return onTicket(context, 'TICKETS_WRITE', input, (command, about) => giveConsent(command, { ...about, ...choiceOf(input) }));
  }

  @Mutation(() => TicketDeliverPayload, {
    description: 'Hand the work over: its time is charged, and checking and warranty begin. Scope DESK: the vendor’s staff only.',
  })
  ticketDeliver(
    @Arg('input', () => TicketDeliverInput, { description: 'The ticket and what is handed over.' }) input: TicketDeliverInput,
    @Ctx() context: Context,
  ) {
    return onTicket(context, 'DESK', input, (command, about) =>
      deliverTicket(command, {
        ...about,
        loggedEntries: input.loggedEntries,
        loggedSeconds: input.loggedSeconds,
        correction: input.correction == null ? null : correctionOf(input.correction),
        codeDigest: input.codeDigest ?? null,
      }),
    );
  }
}

function choiceOf({ choice, capMinutes, refundAs }: TicketConsentInput) {
  const wrong = (code: 'REQUIRED' | 'INVALID', message: string, field: string) => new Refusal([userError(code, message, field)]);
  if (choice === 'EXTRA') {
    if (capMinutes == null) throw wrong('REQUIRED', 'Say up to how many minutes the work may take in all.', 'capMinutes');
    if (refundAs != null) throw wrong('INVALID', 'Nothing comes back while the work goes on.', 'refundAs');
    return { choice, capMinutes };
  }
  if (refundAs == null) throw wrong('REQUIRED', 'Say whether minutes come back, or the money for bought ones.', 'refundAs');
  if (capMinutes != null) throw wrong('INVALID', 'There is no limit for work that is given up.', 'capMinutes');
  return { choice, refundAs };
}

function correctionOf({ releaseVersion, confirmation }: TicketCorrectionInput): CorrectionInput {
  const path = (field: string) => ['correction', field] as const;
  if (releaseVersion != null && confirmation == null) {
    return { releaseVersion: requiredText(releaseVersion, LINE_LENGTH, ...path('releaseVersion')) };
  }
  if (confirmation != null && releaseVersion == null) {
    return { confirmation: requiredText(confirmation, TEXT_LENGTH, ...path('confirmation')) };
  }
  throw new Refusal([userError('REQUIRED', 'Name a release, or what confirms a change of configuration: one of the two.', 'correction')]);
}
