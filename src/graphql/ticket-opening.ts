import { Arg, Ctx, Field, FieldResolver, Int, Mutation, ObjectType, Query, Resolver, Root } from 'type-graphql';
import type { TicketRow } from '../persistence/ticket.js';
import type { DuplicateMerge } from '../policy/ticket-queue.js';
import { uuidOrNowhere } from '../use-cases/global-id.js';
import { Refusal } from '../use-cases/outcome.js';
import { type TicketPreview as CorePreview, openTicket, previewTicket } from '../use-cases/ticket-open.js';
import { readStoreFor } from '../use-cases/ticket-store.js';
import { type Context, requireScope } from './context.js';
import { refusal } from './operation-limits.js';
import { Ticket } from './ticket.js';
import { answered, commandIn, ticketPayload } from './ticket-command.js';
import { LikenessEnum, MergeOutcomeEnum } from './ticket-enums.js';
import { requestOf, TicketOpenInput, TicketPreviewInput } from './ticket-request-input.js';
import { required } from './user-error.js';

type DuplicateRoot = CorePreview['duplicates'][number];

@ObjectType({ description: 'An open ticket that a request may repeat, with what merging would do.' })
export class SimilarTicket {}

@Resolver(() => SimilarTicket)
export class SimilarTicketResolver {
  @FieldResolver(() => Ticket, { description: 'The open ticket.' })
  ticket(@Root() { ticket }: DuplicateRoot): TicketRow {
    return ticket.row;
  }

  @FieldResolver(() => LikenessEnum, { description: 'How alike they are.' })
  likeness(@Root() { verdict }: DuplicateRoot): 'MERGE' | 'ASK' {
    return verdict;
  }

  @FieldResolver(() => MergeOutcomeEnum, { description: 'What becomes of the open ticket if this goes into it.' })
  outcome(@Root() { merge }: DuplicateRoot): DuplicateMerge['outcome'] {
    return merge.outcome;
  }

  @FieldResolver(() => Int, { nullable: true, description: 'Its position in the queue now; null where it has none.' })
  position(@Root() { merge }: DuplicateRoot): number | null {
    return merge.positionBefore;
  }

  @FieldResolver(() => Int, { nullable: true, description: 'Its position if this goes into it; null where it has none.' })
  positionOnceMerged(@Root() { merge }: DuplicateRoot): number | null {
    return merge.positionAfter;
  }
}

@ObjectType({ description: 'What would become of a request, shown before it is sent.' })
export class TicketPreview implements Pick<CorePreview, 'missingFacts'> {
  @Field(() => [String], {
    description: 'What a complete report would tell beside what it tells: platformVersion, installedVersion, steps, expected, actual.',
  })
  missingFacts!: readonly string[];

  @Field(() => [SimilarTicket], {
    description: 'Open tickets that it repeats or is like: those with the very same text first, then the oldest.',
  })
  duplicates!: readonly DuplicateRoot[];
}

export const TicketOpenPayload = ticketPayload('TicketOpen');

@Resolver()
export class TicketOpeningResolver {
  @Query(() => TicketPreview, {
    description:
      'What a request lacks, and which open tickets it repeats, before it is sent. Nothing is recorded by asking. Scope TICKETS_READ.',
  })
  async ticketPreview(
    @Arg('input', () => TicketPreviewInput, { description: 'The request.' }) input: TicketPreviewInput,
    @Ctx() context: Context,
  ): Promise<CorePreview> {
    const session = requireScope(context, 'TICKETS_READ');
    const { actor, now } = context;
    try {
      return await previewTicket(session.em, actor, requestOf(input), now);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      const isMissing = error.userErrors.some(({ code }) => code === 'NOT_FOUND');
      throw refusal(isMissing ? 'NOT_FOUND' : 'BAD_USER_INPUT', error.message);
    }
  }

  @Mutation(() => TicketOpenPayload, {
    description:
      'Send a request to the vendor. Its store is read first; whether it is owed is decided and recorded at once, and rights are fixed at that moment. The very same text as that of an open ticket about the same purchase, store and project goes into that one. Scope TICKETS_WRITE: a customer for itself, partners and staff for a customer.',
  })
  ticketOpen(@Arg('input', () => TicketOpenInput, { description: 'The request.' }) input: TicketOpenInput, @Ctx() context: Context) {
    const session = requireScope(context, 'TICKETS_WRITE');
    return answered(context, async () => {
      const { email, duplicateOf } = input;
      const request = {
        ...requestOf(input),
        idempotencyKey: required(input.idempotencyKey, 'idempotencyKey'),
        email: email == null ? null : { messageId: email.messageId, receivedAt: email.receivedAt },
        duplicateOf: duplicateOf == null ? null : uuidOrNowhere('Ticket', duplicateOf),
      };
      await readStoreFor(session, context.gateway, context.actor, request, context.now);
      return session.transaction((em) => openTicket(commandIn(context, em), request));
    });
  }
}
