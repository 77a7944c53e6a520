import { Arg, Ctx, Field, ID, InputType, Mutation, Resolver } from 'type-graphql';
import { uuidOrNowhere } from '../use-cases/global-id.js';
import { acceptDelivery, rejectDelivery } from '../use-cases/ticket-delivery.js';
import { mergeTicket } from '../use-cases/ticket-duplicate.js';
import { acceptRefund, declineRefund } from '../use-cases/ticket-refund.js';
import { optionalText, requiredText, TEXT_LENGTH } from '../use-cases/ticket-text.js';
import { withdrawTicket } from '../use-cases/ticket-withdrawal.js';
import { type Context, requireCustomerItself } from './context.js';
import { chargePayload, onTicket, TICKET, ticketPayload } from './ticket-command.js';
import { IDEMPOTENCY_KEY } from './user-error.js';

@InputType({ description: 'Delivered work that is taken as it is.' })
export class TicketAcceptInput {
  @Field(() => String, IDEMPOTENCY_KEY)
  idempotencyKey!: string;

  @Field(() => ID, TICKET)
  ticketId!: string;

  @Field(() => String, { nullable: true, description: 'What there is to say to it; at most 10,000 characters.' })
  message?: string | null;
}

@InputType({ description: 'Delivered work that is not taken.' })
export class TicketRejectInput {
  @Field(() => String, IDEMPOTENCY_KEY)
  idempotencyKey!: string;

  @Field(() => ID, TICKET)
  ticketId!: string;

  @Field(() => String, { description: 'What is still wrong; at most 10,000 characters.' })
  reason!: string;
}

@InputType({ description: 'A request that is taken back.' })
export class TicketWithdrawInput {
  @Field(() => String, IDEMPOTENCY_KEY)
  idempotencyKey!: string;

  @Field(() => ID, TICKET)
  ticketId!: string;

  @Field(() => String, { nullable: true, description: 'Why; at most 10,000 characters.' })
  message?: string | null;
}

@InputType({ description: 'Two tickets about the same request.' })
export class TicketMergeInput {
  @Field(() => String, IDEMPOTENCY_KEY)
  idempotencyKey!: string;

  @Field(() => ID, { description: 'The later one, which goes into the other.' })
  ticketId!: string;

  @Field(() => ID, { description: 'The one that it repeats: of the same customer, about the same purchase, store and project.' })
  originalId!: string;
}

@InputType({ description: 'An offer to pay back that is accepted.' })
export class RefundOfferAcceptInput {
  @Field(() => String, IDEMPOTENCY_KEY)
  idempotencyKey!: string;

  @Field(() => ID, { description: 'The ticket whose correction was missed.' })
  ticketId!: string;
}

@InputType({ description: 'An offer to pay back that is declined.' })
export class RefundOfferDeclineInput {
  @Field(() => String, IDEMPOTENCY_KEY)
  idempotencyKey!: string;

  @Field(() => ID, { description: 'The ticket whose correction was missed.' })
  ticketId!: string;
}

export const TicketAcceptPayload = ticketPayload('TicketAccept');
export const TicketRejectPayload = ticketPayload('TicketReject');
export const TicketWithdrawPayload = chargePayload('TicketWithdraw');
export const TicketMergePayload = ticketPayload('TicketMerge');
export const RefundOfferAcceptPayload = ticketPayload('RefundOfferAccept');
export const RefundOfferDeclinePayload = ticketPayload('RefundOfferDecline');

@Resolver()
export class TicketClosingMutations {
  @Mutation(() => TicketAcceptPayload, {
    description:
      'Take delivered work as it is, which closes the ticket and meets the promise to correct. Scope TICKETS_WRITE: its customer, or a partner for it.',
  })
  ticketAccept(@Arg('input', () => TicketAcceptInput, { description: 'The ticket.' }) input: TicketAcceptInput, @Ctx() context: Context) {
    return onTicket(context, 'TICKETS_WRITE', input, (command, about) =>
      acceptDelivery(command, { ...about, message: optionalText(input.message ?? null, TEXT_LENGTH, 'message') }),
    );
  }

  @Mutation(() => TicketRejectPayload, {
    description:
      'Reject delivered work within the time for checking: the ticket is back at its old place, and its deadline goes on with the days left. Scope TICKETS_WRITE: its customer, or a partner for it.',
  })
  ticketReject(
    @Arg('input', () => TicketRejectInput, { description: 'The ticket and what is wrong.' }) input: TicketRejectInput,
    @Ctx() context: Context,
  ) {
    return onTicket(context, 'TICKETS_WRITE', input, (command, about) =>
      rejectDelivery(command, { ...about, reason: requiredText(input.reason, TEXT_LENGTH, 'reason') }),
    );
  }

  @Mutation(() => TicketWithdrawPayload, {
    description:
      'Take a request back: what was reserved for it returns, and nothing is charged but work agreed on, where consent to more was asked. Scope TICKETS_WRITE: its customer, or a partner for it.',
  })
  ticketWithdraw(
    @Arg('input', () => TicketWithdrawInput, { description: 'The ticket.' }) input: TicketWithdrawInput,
    @Ctx() context: Context,
  ) {
    return onTicket(context, 'TICKETS_WRITE', input, (command, about) =>
      withdrawTicket(command, { ...about, message: optionalText(input.message ?? null, TEXT_LENGTH, 'message') }),
    );
  }

  @Mutation(() => TicketMergePayload, {
    description:
      'Let a ticket go into the one that it repeats; before the work begins, that may go to the place of the later one. With another text, only its customer may say that it is the same. Scope TICKETS_WRITE.',
  })
  ticketMerge(@Arg('input', () => TicketMergeInput, { description: 'Both tickets.' }) input: TicketMergeInput, @Ctx() context: Context) {
    return onTicket(context, 'TICKETS_WRITE', input, (command, about) =>
      mergeTicket(command, { ...about, originalId: uuidOrNowhere('Ticket', input.originalId) }),
    );
  }

  @Mutation(() => RefundOfferAcceptPayload, {
    description:
      'Take back what was paid, as the correction was missed: licence and support end now. The payout is the vendor’s act. Scope TICKETS_WRITE: its customer, or a partner for it, but no agency.',
  })
  refundOfferAccept(
    @Arg('input', () => RefundOfferAcceptInput, { description: 'The ticket.' }) input: RefundOfferAcceptInput,
    @Ctx() context: Context,
  ) {
    requireCustomerItself(context);
    return onTicket(context, 'TICKETS_WRITE', input, acceptRefund);
  }

  @Mutation(() => RefundOfferDeclinePayload, {
    description: 'Keep the licence and go on waiting for the correction. Scope TICKETS_WRITE: its customer, or a partner for it.',
  })
  refundOfferDecline(
    @Arg('input', () => RefundOfferDeclineInput, { description: 'The ticket.' }) input: RefundOfferDeclineInput,
    @Ctx() context: Context,
  ) {
    return onTicket(context, 'TICKETS_WRITE', input, declineRefund);
  }
}
