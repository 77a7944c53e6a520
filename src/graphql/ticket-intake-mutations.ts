import { Arg, Ctx, Field, ID, InputType, Int, Mutation, Resolver } from 'type-graphql';
import type { AfterSalesRequest, RootCause } from '../policy/support-policy.js';
import { askFacts, supplyFacts } from '../use-cases/ticket-facts.js';
import { findCause } from '../use-cases/ticket-finding.js';
import { appealTicket, classifyTicket, estimateTicket, refuseTicket } from '../use-cases/ticket-intake.js';
import { LINE_LENGTH, optionalText, requiredText, TEXT_LENGTH } from '../use-cases/ticket-text.js';
import type { Context } from './context.js';
import { AfterSalesRequestEnum } from './enums.js';
import { onTicket, TICKET, ticketPayload } from './ticket-command.js';
import { RootCauseEnum } from './ticket-enums.js';
import { IDEMPOTENCY_KEY } from './user-error.js';

@InputType({ description: 'What kind of work a ticket is.' })
export class TicketClassifyInput {
  @Field(() => String, IDEMPOTENCY_KEY)
  idempotencyKey!: string;

  @Field(() => ID, TICKET)
  ticketId!: string;

  @Field(() => AfterSalesRequestEnum, { description: 'What is asked of the vendor, as staff see it.' })
  request!: AfterSalesRequest;

  @Field(() => String, { description: 'Category of the work in the vendor’s list, such as INSTALL.' })
  category!: string;

  @Field(() => String, { description: 'Complexity of the work in the vendor’s list, such as M.' })
  complexity!: string;

  @Field(() => Boolean, {
    nullable: true,
    description: 'For ADVICE: whether it needs work on the store itself; as said before unless given.',
  })
  needsWorkOnHost?: boolean | null;

  @Field(() => String, {
    nullable: true,
    description: 'The platform’s version that the customer stated since; that of the report unless given.',
  })
  platformVersion?: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'The installed version that the customer stated since; that of the report unless given.',
  })
  installedVersion?: string | null;

  @Field(() => String, {
    nullable: true,
    description:
      'Why the vendor does what it does not owe, or owes no correction any more: needed where the decision is VENDOR_DISCRETION or ends a promise to correct, and then told to the customer. At most 10,000 characters.',
  })
  discretionReason?: string | null;
}

@InputType({ description: 'An estimate for work that the rate card has no figure for.' })
export class TicketEstimateInput {
  @Field(() => String, IDEMPOTENCY_KEY)
  idempotencyKey!: string;

  @Field(() => ID, TICKET)
  ticketId!: string;

  @Field(() => Int, { description: 'Minutes that the work takes, from 1 to 100,000.' })
  estimateMinutes!: number;
}

@InputType({ description: 'A request that is not taken on.' })
export class TicketRefuseInput {
  @Field(() => String, IDEMPOTENCY_KEY)
  idempotencyKey!: string;

  @Field(() => ID, TICKET)
  ticketId!: string;

  @Field(() => String, { description: 'Why, for the customer to read; the clause is added from the decision. At most 10,000 characters.' })
  message!: string;
}

@InputType({ description: 'A refusal to be looked at again.' })
export class TicketAppealInput {
  @Field(() => String, IDEMPOTENCY_KEY)
  idempotencyKey!: string;

  @Field(() => ID, TICKET)
  ticketId!: string;

  @Field(() => String, { description: 'What speaks against the refusal; at most 10,000 characters.' })
  message!: string;
}

@InputType({ description: 'A question for facts.' })
export class TicketAskFactsInput {
  @Field(() => String, IDEMPOTENCY_KEY)
  idempotencyKey!: string;

  @Field(() => ID, TICKET)
  ticketId!: string;

  @Field(() => String, { description: 'The question, for the customer to read; at most 10,000 characters.' })
  question!: string;

  @Field(() => [String], {
    description:
      'What is missing, at most 20, by name: platformVersion, installedVersion, steps, expected, actual, or in words of the vendor’s own.',
  })
  facts!: string[];
}

@InputType({ description: 'A fact that was asked for.' })
export class TicketFactInput {
  @Field(() => String, { description: 'The name under which it was asked for.' })
  name!: string;

  @Field(() => String, { description: 'What it is; at most 10,000 characters.' })
  value!: string;
}

@InputType({ description: 'The answer to a question for facts.' })
export class TicketSupplyFactsInput {
  @Field(() => String, IDEMPOTENCY_KEY)
  idempotencyKey!: string;

  @Field(() => ID, TICKET)
  ticketId!: string;

  @Field(() => [TicketFactInput], {
    defaultValue: [],
    description: 'The facts, at most 20; what was asked for and is not among them stays missing.',
  })
  facts!: TicketFactInput[];

  @Field(() => String, { nullable: true, description: 'What else there is to say; at most 10,000 characters.' })
  message?: string | null;
}

@InputType({ description: 'What was found to be the cause of a fault.' })
export class TicketFindCauseInput {
  @Field(() => String, IDEMPOTENCY_KEY)
  idempotencyKey!: string;

  @Field(() => ID, TICKET)
  ticketId!: string;

  @Field(() => RootCauseEnum, { description: 'Where the fault comes from.' })
  rootCause!: RootCause;

  @Field(() => Boolean, {
    defaultValue: false,
    description: 'Whether what was found in the store works against the add-on, so that no support is owed there.',
  })
  incompatibleDevelopment!: boolean;

  @Field(() => String, { description: 'What shows it, for the record and for the customer to read; at most 10,000 characters.' })
  evidence!: string;
}

export const TicketClassifyPayload = ticketPayload('TicketClassify');
export const TicketEstimatePayload = ticketPayload('TicketEstimate');
export const TicketRefusePayload = ticketPayload('TicketRefuse');
export const TicketAppealPayload = ticketPayload('TicketAppeal');
export const TicketAskFactsPayload = ticketPayload('TicketAskFacts');
export const TicketSupplyFactsPayload = ticketPayload('TicketSupplyFacts');
export const TicketFindCausePayload = ticketPayload('TicketFindCause');

@Resolver()
export class TicketIntakeMutations {
  @Mutation(() => TicketClassifyPayload, {
    description:
      'Say what kind of work a ticket is and put it into the queue, at the place of its submission. Whether it is owed is decided anew with that. Scope DESK: the vendor’s staff only.',
  })
  ticketClassify(
    @Arg('input', () => TicketClassifyInput, { description: 'The ticket and the work.' }) input: TicketClassifyInput,
    @Ctx() context: Context,
  ) {
    return onTicket(context, 'DESK', input, (command, about) =>
      classifyTicket(command, {
        ...about,
        request: input.request,
        category: requiredText(input.category, LINE_LENGTH, 'category'),
        complexity: requiredText(input.complexity, LINE_LENGTH, 'complexity'),
        needsWorkOnHost: input.needsWorkOnHost ?? null,
        platformVersion: optionalText(input.platformVersion ?? null, LINE_LENGTH, 'platformVersion'),
        installedVersion: optionalText(input.installedVersion ?? null, LINE_LENGTH, 'installedVersion'),
        discretionReason: optionalText(input.discretionReason ?? null, TEXT_LENGTH, 'discretionReason'),
      }),
    );
  }

  @Mutation(() => TicketEstimatePayload, {
    description:
      'Estimate work that the rate card has no figure for; free, and before anything is bought. Scope DESK: the vendor’s staff only.',
  })
  ticketEstimate(
    @Arg('input', () => TicketEstimateInput, { description: 'The ticket and the minutes.' }) input: TicketEstimateInput,
    @Ctx() context: Context,
  ) {
    return onTicket(context, 'DESK', input, (command, about) =>
      estimateTicket(command, { ...about, estimateMinutes: input.estimateMinutes }),
    );
  }

  @Mutation(() => TicketRefusePayload, {
    description: 'Refuse a request that is not owed, with a reason and its clause. Scope DESK: the vendor’s staff only.',
  })
  ticketRefuse(
    @Arg('input', () => TicketRefuseInput, { description: 'The ticket and why.' }) input: TicketRefuseInput,
    @Ctx() context: Context,
  ) {
    return onTicket(context, 'DESK', input, (command, about) =>
      refuseTicket(command, { ...about, message: requiredText(input.message, TEXT_LENGTH, 'message') }),
    );
  }

  @Mutation(() => TicketAppealPayload, {
    description:
      'Ask the vendor to look again at a refusal, or at a decision that ended its promise to correct; once per ticket. Scope TICKETS_WRITE: its customer, or a partner for it.',
  })
  ticketAppeal(
    @Arg('input', () => TicketAppealInput, { description: 'The ticket and why.' }) input: TicketAppealInput,
    @Ctx() context: Context,
  ) {
    return onTicket(context, 'TICKETS_WRITE', input, (command, about) =>
      appealTicket(command, { ...about, message: requiredText(input.message, TEXT_LENGTH, 'message') }),
    );
  }

  @Mutation(() => TicketAskFactsPayload, {
    description: 'Ask the customer for facts; the ticket waits for the answer and keeps its place. Scope DESK: the vendor’s staff only.',
  })
  ticketAskFacts(
    @Arg('input', () => TicketAskFactsInput, { description: 'The ticket and the question.' }) input: TicketAskFactsInput,
    @Ctx() context: Context,
  ) {
    return onTicket(context, 'DESK', input, (command, about) =>
      askFacts(command, { ...about, question: requiredText(input.question, TEXT_LENGTH, 'question'), facts: input.facts }),
    );
  }

  @Mutation(() => TicketSupplyFactsPayload, {
    description:
      'Supply facts that were asked for, or unasked before the request is classified; a ticket that waits goes on, whether or not all are there. Scope TICKETS_WRITE: its customer, a partner for it, or staff.',
  })
  ticketSupplyFacts(
    @Arg('input', () => TicketSupplyFactsInput, { description: 'The ticket and the facts.' }) input: TicketSupplyFactsInput,
    @Ctx() context: Context,
  ) {
    return onTicket(context, 'TICKETS_WRITE', input, (command, about) =>
      supplyFacts(command, {
        ...about,
        facts: input.facts.map(({ name, value }) => ({ name, value })),
        message: optionalText(input.message ?? null, TEXT_LENGTH, 'message'),
      }),
    );
  }

  @Mutation(() => TicketFindCausePayload, {
    description:
      'Note what was found to be the cause of a fault. Whether the work is owed, and at whose expense, is decided anew. Scope DESK: the vendor’s staff only.',
  })
  ticketFindCause(
    @Arg('input', () => TicketFindCauseInput, { description: 'The ticket and the cause.' }) input: TicketFindCauseInput,
    @Ctx() context: Context,
  ) {
    return onTicket(context, 'DESK', input, (command, about) =>
      findCause(command, {
        ...about,
        rootCause: input.rootCause,
        incompatibleDevelopment: input.incompatibleDevelopment,
        evidence: requiredText(input.evidence, TEXT_LENGTH, 'evidence'),
      }),
    );
  }
}
