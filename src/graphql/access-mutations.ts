import { Arg, Ctx, Field, ID, InputType, Mutation, ObjectType, Resolver } from 'type-graphql';
import type { TicketRow } from '../persistence/ticket.js';
import type { Reason as CoreReason } from '../policy/reason.js';
import { askAccess, revealAccess, supplyAccess, verifyAccess } from '../use-cases/access-information.js';
import { uuidOrNowhere } from '../use-cases/global-id.js';
import { type UserError as CoreError, Refusal, userError } from '../use-cases/outcome.js';
import { LINE_LENGTH, requiredText, TEXT_LENGTH } from '../use-cases/ticket-text.js';
import { type Context, requireScope } from './context.js';
import { Reason } from './reason.js';
import { Ticket } from './ticket.js';
import { answered, commandIn, onTicket, TICKET, ticketPayload } from './ticket-command.js';
import { IDEMPOTENCY_KEY, USER_ERRORS, UserError } from './user-error.js';

const SECRET_LENGTH = 4_000;
const MAX_ITEMS = 20;
const ITEM = { description: 'Name of the item in the conditions of the ticket, such as ADMIN_PANEL.' } as const;

@InputType({ description: 'Access that the customer is to supply.' })
export class TicketAskAccessInput {
  @Field(() => String, IDEMPOTENCY_KEY)
  idempotencyKey!: string;

  @Field(() => ID, TICKET)
  ticketId!: string;

  @Field(() => [String], {
    description: `Names of the items, at most ${MAX_ITEMS}: of those that the conditions require for the category of the work.`,
  })
  items!: string[];

  @Field(() => String, { description: 'The question, for the customer to read; at most 10,000 characters.' })
  question!: string;
}

@InputType({ description: 'An item of access, such as the address and password of an admin account.' })
export class TicketSupplyAccessInput {
  @Field(() => String, IDEMPOTENCY_KEY)
  idempotencyKey!: string;

  @Field(() => ID, TICKET)
  ticketId!: string;

  @Field(() => String, ITEM)
  item!: string;

  @Field(() => String, {
    description:
      'What gives access, at most 4,000 characters. It is sealed at once; the vendor’s staff can be shown it, each act of showing is recorded, and it is deleted with the end of the work.',
  })
  secret!: string;
}

@InputType({ description: 'What came of trying an item of access.' })
export class TicketVerifyAccessInput {
  @Field(() => String, IDEMPOTENCY_KEY)
  idempotencyKey!: string;

  @Field(() => ID, TICKET)
  ticketId!: string;

  @Field(() => String, ITEM)
  item!: string;

  @Field(() => Boolean, { description: 'Whether it works. What does not is asked for again.' })
  usable!: boolean;

  @Field(() => String, {
    description: 'What shows it, at most 10,000 characters: kept among staff where it works, told to the customer where it does not.',
  })
  evidence!: string;
}

@InputType({ description: 'An item of access to look at.' })
export class TicketRevealAccessInput {
  @Field(() => ID, TICKET)
  ticketId!: string;

  @Field(() => String, ITEM)
  item!: string;

  @Field(() => String, { description: 'Why it is needed, at most 200 characters; kept for good, with who looked and when.' })
  reason!: string;
}

@ObjectType({ description: 'The item of access, with what stood in the way, or what must be corrected.' })
export class TicketRevealAccessPayload {
  @Field(() => Ticket, { nullable: true, description: 'The ticket; null when something must be corrected.' })
  ticket?: TicketRow | null;

  @Field(() => String, {
    nullable: true,
    description: 'What the customer supplied; null where reasons stand against it, and when something must be corrected. Keep it nowhere.',
  })
  secret?: string | null;

  @Field(() => [Reason], { description: 'Why it is not shown, such as that this session has seen it; empty when it is.' })
  reasons!: readonly CoreReason[];

  @Field(() => [UserError], USER_ERRORS)
  userErrors!: readonly CoreError[];
}

const TicketAskAccessPayload = ticketPayload('TicketAskAccess');
const TicketSupplyAccessPayload = ticketPayload('TicketSupplyAccess');
const TicketVerifyAccessPayload = ticketPayload('TicketVerifyAccess');

@Resolver()
export class AccessMutations {
  @Mutation(() => TicketAskAccessPayload, {
    description: 'Ask the customer for access that the work requires; the ticket waits for it. Scope DESK: the vendor’s staff only.',
  })
  ticketAskAccess(
    @Arg('input', () => TicketAskAccessInput, { description: 'The ticket, the items and the question.' }) input: TicketAskAccessInput,
    @Ctx() context: Context,
  ) {
    return onTicket(context, 'DESK', input, (command, about) => {
      if (input.items.length > MAX_ITEMS) throw new Refusal([userError('INVALID', `At most ${MAX_ITEMS} items.`, 'items')]);
      const items = input.items.map((item, index) => requiredText(item, LINE_LENGTH, 'items', String(index)));
      return askAccess(command, { ...about, items, question: requiredText(input.question, TEXT_LENGTH, 'question') });
    });
  }

  @Mutation(() => TicketSupplyAccessPayload, {
    description:
      'Supply an item of access for a ticket; what was supplied of it before is deleted. Scope TICKETS_WRITE: its customer, a partner for it, or staff.',
  })
  ticketSupplyAccess(
    @Arg('input', () => TicketSupplyAccessInput, { description: 'The ticket and the item.' }) input: TicketSupplyAccessInput,
    @Ctx() context: Context,
  ) {
    const { secretKey } = context.gateway;
    return onTicket(context, 'TICKETS_WRITE', input, (command, about) =>
      supplyAccess({ ...command, secretKey }, { ...about, item: input.item, secret: usableSecret(input.secret) }),
    );
  }

  @Mutation(() => TicketVerifyAccessPayload, {
    description:
      'Note whether an item of access works. When all that was asked for does, the ticket goes on; what does not is asked for again. Scope DESK: the vendor’s staff only.',
  })
  ticketVerifyAccess(
    @Arg('input', () => TicketVerifyAccessInput, { description: 'The ticket, the item and what was seen.' }) input: TicketVerifyAccessInput,
    @Ctx() context: Context,
  ) {
    return onTicket(context, 'DESK', input, (command, about) =>
      verifyAccess(command, {
        ...about,
        item: requiredText(input.item, LINE_LENGTH, 'item'),
        usable: input.usable,
        evidence: requiredText(input.evidence, TEXT_LENGTH, 'evidence'),
      }),
    );
  }

  @Mutation(() => TicketRevealAccessPayload, {
    description:
      'Look at an item of access: once in a session, with a reason, and recorded for good. Not to be cached or kept. Scope DESK: the vendor’s staff only.',
  })
  async ticketRevealAccess(
    @Arg('input', () => TicketRevealAccessInput, { description: 'The ticket, the item and the reason.' }) input: TicketRevealAccessInput,
    @Ctx() context: Context,
  ): Promise<TicketRevealAccessPayload> {
    const session = requireScope(context, 'DESK');
    let secret: string | null = null;
    const answer = await answered(context, async () => {
      const about = {
        ticketId: uuidOrNowhere('Ticket', input.ticketId),
        item: requiredText(input.item, LINE_LENGTH, 'item'),
        reason: requiredText(input.reason, LINE_LENGTH, 'reason'),
      };
      const shown = await session.transaction((em) =>
        revealAccess({ ...commandIn(context, em), secretKey: context.gateway.secretKey }, about),
      );
      secret = shown.secret;
      return shown;
    });
    return { ...answer, secret };
  }
}

/** As it was sent: blanks around a password may belong to it. */
function usableSecret(secret: string): string {
  if (secret.trim() === '') throw new Refusal([userError('REQUIRED', 'This is needed.', 'secret')]);
  if (secret.length > SECRET_LENGTH) throw new Refusal([userError('INVALID', `At most ${SECRET_LENGTH} characters, please.`, 'secret')]);
  return secret;
}
