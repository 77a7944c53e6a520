import { Arg, Ctx, Field, FieldResolver, ID, InputType, Mutation, ObjectType, Resolver, Root } from 'type-graphql';
import type { TicketRow } from '../persistence/ticket.js';
import { TicketMessage as MessageEntity, type MessageVisibility, type TicketMessageRow } from '../persistence/ticket-message.js';
import type { Reason as CoreReason } from '../policy/reason.js';
import type { TicketActorKind } from '../policy/ticket-event.js';
import type { UserError as CoreError } from '../use-cases/outcome.js';
import { writeMessage } from '../use-cases/ticket-message.js';
import { requiredText, TEXT_LENGTH } from '../use-cases/ticket-text.js';
import { AFTER, type Connection, connectionOf, connectionType, FIRST, firstType, pageRequest } from './connection.js';
import { type Context, emOf } from './context.js';
import { MessageVisibilityEnum } from './desk-enums.js';
import { Reason } from './reason.js';
import { DateTimeScalar } from './scalars.js';
import { Ticket } from './ticket.js';
import { onTicket, TICKET } from './ticket-command.js';
import { TicketActorKindEnum } from './ticket-enums.js';
import { IDEMPOTENCY_KEY, USER_ERRORS, UserError } from './user-error.js';

@ObjectType({ description: 'What was written on a ticket.' })
export class TicketMessage implements Pick<TicketMessageRow, 'visibility' | 'authorKind' | 'body' | 'writtenAt'> {
  @Field(() => MessageVisibilityEnum, { description: 'Who reads it.' })
  visibility!: MessageVisibility;

  @Field(() => TicketActorKindEnum, { description: 'Who wrote it.' })
  authorKind!: TicketActorKind;

  @Field(() => String, { description: 'What it says, as plain text.' })
  body!: string;

  @Field(() => DateTimeScalar, { description: 'When it was written.' })
  writtenAt!: Temporal.Instant;
}

export const TicketMessageConnection = connectionType('TicketMessage', () => TicketMessage, 'messages');

@InputType({ description: 'A message on a ticket.' })
export class TicketMessageWriteInput {
  @Field(() => String, IDEMPOTENCY_KEY)
  idempotencyKey!: string;

  @Field(() => ID, TICKET)
  ticketId!: string;

  @Field(() => MessageVisibilityEnum, {
    defaultValue: 'PUBLIC',
    description: 'Who is to read it; INTERNAL is for the vendor’s staff to choose.',
  })
  visibility!: MessageVisibility;

  @Field(() => String, {
    description: 'What it says, as plain text of at most 10,000 characters. No passwords: send them with ticketSupplyAccess.',
  })
  body!: string;
}

@ObjectType({ description: 'The message, with what stood in the way, or what must be corrected.' })
export class TicketMessageWritePayload {
  @Field(() => Ticket, { nullable: true, description: 'The ticket as it stands now; null when something must be corrected.' })
  ticket?: TicketRow | null;

  @Field(() => TicketMessage, { nullable: true, description: 'As it was written; null when it was not.' })
  ticketMessage?: TicketMessageRow | null;

  @Field(() => [Reason], { description: 'Why the conditions refused it, and then nothing was written; empty when it was written.' })
  reasons!: readonly CoreReason[];

  @Field(() => [UserError], USER_ERRORS)
  userErrors!: readonly CoreError[];
}

@Resolver(() => TicketMessage)
export class TicketMessageResolver {
  @FieldResolver(() => String, {
    nullable: true,
    description: 'Who wrote it, by name; null for what the program wrote, and for all but the vendor’s staff.',
  })
  authorName(@Root() message: TicketMessageRow, @Ctx() { actor }: Context): string | null {
    return actor.kind === 'STAFF' && message.authorKind !== 'PROGRAM' ? message.authorName : null;
  }
}

@Resolver(() => Ticket)
export class TicketMessagesResolver {
  @FieldResolver(() => TicketMessageConnection, {
    description: 'What was written on it, in the order of writing; INTERNAL messages are seen by the vendor’s staff alone.',
  })
  async messages(
    @Root() ticket: TicketRow,
    @Arg('first', firstType, FIRST) first: number,
    @Arg('after', () => String, AFTER) after: string | null,
    @Ctx() { actor, loaders }: Context,
  ): Promise<Connection<TicketMessageRow>> {
    const page = pageRequest(first, after, 2);
    const rows = await loaders.ticketMessages.load({ of: ticket.id, page, withInternal: actor.kind === 'STAFF' });
    return connectionOf(rows, page, ({ writtenAt, id }) => [writtenAt.toString(), id]);
  }

  @Mutation(() => TicketMessageWritePayload, {
    description:
      'Write on a ticket. What staff write for the customer is an answer, and stops the clock of the first one; what the customer writes while facts are awaited answers the question, and the ticket goes on. Scope TICKETS_WRITE: its customer, a partner for it, or staff.',
  })
  async ticketMessageWrite(
    @Arg('input', () => TicketMessageWriteInput, { description: 'The ticket and the message.' }) input: TicketMessageWriteInput,
    @Ctx() context: Context,
  ): Promise<TicketMessageWritePayload> {
    let messageId: string | null = null;
    const answer = await onTicket(context, 'TICKETS_WRITE', input, async (command, about) => {
      const body = requiredText(input.body, TEXT_LENGTH, 'body');
      const written = await writeMessage(command, { ...about, visibility: input.visibility, body });
      messageId = written.messageId;
      return written;
    });
    const ticketMessage = messageId === null ? null : await emOf(context).findOneOrFail(MessageEntity, { id: messageId });
    return { ...answer, ticketMessage };
  }
}
