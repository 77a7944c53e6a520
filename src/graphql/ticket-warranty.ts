import { Arg, Ctx, Field, FieldResolver, ID, InputType, Mutation, Resolver, Root } from 'type-graphql';
import type { TicketRow } from '../persistence/ticket.js';
import type { RootCause } from '../policy/support-policy.js';
import { claimWarranty, type WarrantyAnswer, type WarrantyFinding } from '../use-cases/ticket-warranty.js';
import type { Context } from './context.js';
import { Ticket } from './ticket.js';
import { onTicket, ticketPayload } from './ticket-command.js';
import { AgreedResultEnum, CodeChangerEnum, RootCauseEnum } from './ticket-enums.js';
import { reportOf, TicketReportInput } from './ticket-request-input.js';
import { IDEMPOTENCY_KEY } from './user-error.js';

@InputType({ description: 'What the vendor’s staff found about a warranty claim.' })
export class WarrantyFindingInput {
  @Field(() => CodeChangerEnum, { nullable: true, description: 'Who changed the code since the hand-over; not found out unless said.' })
  codeChangedBy?: WarrantyFinding['codeChangedBy'];

  @Field(() => RootCauseEnum, { defaultValue: 'UNKNOWN', description: 'Where the fault comes from.' })
  rootCause!: RootCause;
}

@InputType({ description: 'A claim on delivered work.' })
export class TicketClaimWarrantyInput {
  @Field(() => String, IDEMPOTENCY_KEY)
  idempotencyKey!: string;

  @Field(() => ID, { description: 'The ticket whose delivered work it is.' })
  ticketId!: string;

  @Field(() => TicketReportInput, { description: 'What fails.' })
  report!: TicketReportInput;

  @Field(() => AgreedResultEnum, {
    nullable: true,
    description: 'Whether what fails is part of the outcome that was agreed on; while it is not said, nothing is decided.',
  })
  agreedResult?: 'COVERED' | 'NOT_COVERED' | null;

  @Field(() => String, {
    nullable: true,
    description:
      'SHA-256 of the store’s code as it is now, 64 hexadecimal digits. Unless given, the store’s reports are compared; without these, no change is held against the customer.',
  })
  codeDigest?: string | null;

  @Field(() => WarrantyFindingInput, { nullable: true, description: 'What was found before; from staff only.' })
  finding?: WarrantyFindingInput | null;
}

export const TicketClaimWarrantyPayload = ticketPayload('TicketClaimWarranty');

@Resolver(() => TicketClaimWarrantyPayload)
export class TicketClaimWarrantyPayloadResolver {
  @FieldResolver(() => Ticket, { nullable: true, description: 'The ticket of the work under warranty; null where the claim was refused.' })
  async warrantyTicket(@Root() { childId }: Partial<WarrantyAnswer>, @Ctx() { loaders }: Context): Promise<TicketRow | null> {
    return childId == null ? null : loaders.ticket.load(childId);
  }
}

@Resolver()
export class TicketWarrantyMutations {
  @Mutation(() => TicketClaimWarrantyPayload, {
    description:
      'Claim warranty on delivered work. What is covered becomes a ticket of its own, queued at once and free of charge. Scope TICKETS_WRITE: its customer, a partner for it, or staff.',
  })
  ticketClaimWarranty(
    @Arg('input', () => TicketClaimWarrantyInput, { description: 'The ticket and what fails.' }) input: TicketClaimWarrantyInput,
    @Ctx() context: Context,
  ) {
    const { agreedResult, finding } = input;
    return onTicket(context, 'TICKETS_WRITE', input, (command, about) =>
      claimWarranty(command, {
        ...about,
        report: reportOf(input.report),
        isAgreedResult: agreedResult == null ? null : agreedResult === 'COVERED',
        codeDigest: input.codeDigest ?? null,
        finding: finding == null ? null : { codeChangedBy: finding.codeChangedBy ?? null, rootCause: finding.rootCause },
      }),
    );
  }
}
