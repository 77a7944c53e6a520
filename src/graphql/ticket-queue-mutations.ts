import { Arg, Ctx, Field, FieldResolver, ID, InputType, Mutation, ObjectType, Resolver, Root } from 'type-graphql';
import type { TicketRow } from '../persistence/ticket.js';
import type { Reason as CoreReason } from '../policy/reason.js';
import { uuidOrNowhere } from '../use-cases/global-id.js';
import { claimNext, claimTicket, type SkippedTicket as Skipped } from '../use-cases/ticket-claim.js';
import { agreeOutcome, expediteTicket } from '../use-cases/ticket-intake.js';
import { optionalText, requiredText, TEXT_LENGTH } from '../use-cases/ticket-text.js';
import { type Context, requireScope } from './context.js';
import { Reason } from './reason.js';
import { Ticket } from './ticket.js';
import { answered, commandIn, onTicket, TICKET, ticketPayload } from './ticket-command.js';
import { IDEMPOTENCY_KEY, required } from './user-error.js';

@InputType({ description: 'What paid work is to bring about.' })
export class TicketAgreeOutcomeInput {
  @Field(() => String, IDEMPOTENCY_KEY)
  idempotencyKey!: string;

  @Field(() => ID, TICKET)
  ticketId!: string;

  @Field(() => String, { description: 'The outcome, which the warranty will cover; at most 10,000 characters.' })
  outcome!: string;

  @Field(() => String, {
    nullable: true,
    description: 'What shows that the customer agreed: needed from staff. At most 10,000 characters.',
  })
  evidence?: string | null;
}

@InputType({ description: 'A ticket to be taken out of turn.' })
export class TicketExpediteInput {
  @Field(() => String, IDEMPOTENCY_KEY)
  idempotencyKey!: string;

  @Field(() => ID, TICKET)
  ticketId!: string;

  @Field(() => String, { description: 'Why, for the record and for its customer to read; at most 10,000 characters.' })
  reason!: string;
}

@InputType({ description: 'A ticket to be worked on.' })
export class TicketClaimInput {
  @Field(() => String, IDEMPOTENCY_KEY)
  idempotencyKey!: string;

  @Field(() => ID, {
    nullable: true,
    description:
      'The ticket: one before which none can be taken up, or one that may be taken out of turn. The first that can be taken up unless said.',
  })
  ticketId?: string | null;

  @Field(() => String, {
    nullable: true,
    description:
      'SHA-256 of the store’s code as it was found, 64 hexadecimal digits; that of the store’s report of the last quarter of an hour unless given.',
  })
  codeDigest?: string | null;
}

export const TicketAgreeOutcomePayload = ticketPayload('TicketAgreeOutcome');
export const TicketExpeditePayload = ticketPayload('TicketExpedite');
export const TicketClaimPayload = ticketPayload('TicketClaim');

@ObjectType({
  description: 'A ticket of the queue that was passed over, as it could not be taken up although it was its turn. It keeps its place.',
})
export class SkippedTicket implements Pick<Skipped, 'reasons'> {
  @Field(() => [Reason], { description: 'Why it could not be taken up; at least one.' })
  reasons!: readonly CoreReason[];
}

const SKIPPED = 'Tickets before it that cannot be taken up now, in the order of the queue; at most 100.';
Field(() => [SkippedTicket], { description: SKIPPED })(TicketClaimPayload.prototype, 'skipped');

@Resolver(() => SkippedTicket)
export class SkippedTicketResolver {
  @FieldResolver(() => Ticket, { description: 'The ticket.' })
  async ticket(@Root() { ticketId }: Skipped, @Ctx() { loaders }: Context): Promise<TicketRow> {
    const row = await loaders.ticket.load(ticketId);
    if (row === null) throw new Error(`Ticket ${ticketId} was passed over, and is not there.`);
    return row;
  }
}

@Resolver()
export class TicketQueueMutations {
  @Mutation(() => TicketAgreeOutcomePayload, {
    description:
      'Note the outcome that both sides agree on before paid work begins. Scope TICKETS_WRITE: its customer, a partner for it, or staff with evidence.',
  })
  ticketAgreeOutcome(
    @Arg('input', () => TicketAgreeOutcomeInput, { description: 'The ticket and the outcome.' }) input: TicketAgreeOutcomeInput,
    @Ctx() context: Context,
  ) {
    return onTicket(context, 'TICKETS_WRITE', input, (command, about) =>
      agreeOutcome(command, {
        ...about,
        outcome: requiredText(input.outcome, TEXT_LENGTH, 'outcome'),
        evidence: optionalText(input.evidence ?? null, TEXT_LENGTH, 'evidence'),
      }),
    );
  }

  @Mutation(() => TicketExpeditePayload, {
    description: 'Let a queued ticket be taken out of turn, with a reason that its log keeps. Scope DESK: the vendor’s staff only.',
  })
  ticketExpedite(
    @Arg('input', () => TicketExpediteInput, { description: 'The ticket and why.' }) input: TicketExpediteInput,
    @Ctx() context: Context,
  ) {
    return onTicket(context, 'DESK', input, (command, about) =>
      expediteTicket(command, { ...about, reason: requiredText(input.reason, TEXT_LENGTH, 'reason') }),
    );
  }

  @Mutation(() => TicketClaimPayload, {
    description:
      'Take up work: the next ticket in the queue, or the one named. Next is the first of 100 places that can be taken up: those before it are `skipped`. The minutes of its estimate are reserved first; where they do not suffice it waits for the rest, as its `hold` and `waitingFor` tell. The ticket is null when none is ready. Scope DESK: the vendor’s staff only.',
  })
  async ticketClaim(
    @Arg('input', () => TicketClaimInput, { description: 'The ticket, or none for the next.' }) input: TicketClaimInput,
    @Ctx() context: Context,
  ) {
    const session = requireScope(context, 'DESK');
    const answer = await answered(context, () => {
      const claim = { idempotencyKey: required(input.idempotencyKey, 'idempotencyKey'), codeDigest: input.codeDigest ?? null };
      const { ticketId } = input;
      return session.transaction((em) =>
        ticketId == null
          ? claimNext(commandIn(context, em), claim)
          : claimTicket(commandIn(context, em), { ...claim, ticketId: uuidOrNowhere('Ticket', ticketId) }),
      );
    });
    return { skipped: [], ...answer };
  }
}
