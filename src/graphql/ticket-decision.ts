import { Ctx, Field, FieldResolver, ObjectType, Resolver, Root } from 'type-graphql';
import type { StoreReadingRow } from '../persistence/store-reading.js';
import type { SupportPolicyVersionRow } from '../persistence/support-policy-version.js';
import type { TicketRow } from '../persistence/ticket.js';
import type { TicketDecisionMoment, TicketDecisionRow } from '../persistence/ticket-decision.js';
import type { AfterSalesDecision as CoreDecision } from '../policy/after-sales.js';
import { AfterSalesDecision } from './after-sales.js';
import type { Context } from './context.js';
import { Ticket } from './ticket.js';
import { TicketDecisionMomentEnum } from './ticket-enums.js';

@ObjectType({ description: 'A decision about the request of a ticket, as it was recorded: evidence that never changes.' })
export class TicketDecision implements Pick<TicketDecisionRow, 'moment'> {
  @Field(() => TicketDecisionMomentEnum, { description: 'What made the vendor decide.' })
  moment!: TicketDecisionMoment;
}

/** What `AfterSalesDecision` tells; rows are read when they are asked for. */
interface RecordedAnswer {
  readonly decision: CoreDecision;
  readonly decidedAt: Temporal.Instant;
  readonly supportPolicy: Promise<SupportPolicyVersionRow>;
  readonly storeReading: Promise<StoreReadingRow> | null;
  /** Beside the reading that told the version of the store, none is recorded. */
  readonly installedReading: null;
}

function recordedAnswer(recorded: TicketDecisionRow, ticket: TicketRow): RecordedAnswer {
  return {
    decision: recorded.decision,
    decidedAt: recorded.decidedAt,
    get supportPolicy() {
      return ticket.supportPolicyVersion.loadOrFail();
    },
    get storeReading() {
      return recorded.storeReading === null ? null : recorded.storeReading.loadOrFail();
    },
    installedReading: null,
  };
}

@Resolver(() => TicketDecision)
export class TicketDecisionResolver {
  @FieldResolver(() => AfterSalesDecision, { description: 'What was decided, with its reasons and the conditions it was decided by.' })
  async decision(@Root() recorded: TicketDecisionRow): Promise<RecordedAnswer> {
    return recordedAnswer(recorded, await recorded.ticket.loadOrFail());
  }
}

@Resolver(() => Ticket)
export class TicketDecisionsResolver {
  @FieldResolver(() => AfterSalesDecision, { description: 'The decision that holds: the last one recorded.' })
  async decision(@Root() ticket: TicketRow, @Ctx() { loaders }: Context): Promise<RecordedAnswer> {
    const last = (await loaders.ticketDecisions.load(ticket.id)).at(-1);
    if (last === undefined) throw new Error('A ticket was opened without a recorded decision.');
    return recordedAnswer(last, ticket);
  }

  @FieldResolver(() => [TicketDecision], { description: 'All decisions about it, in the order in which they were taken.' })
  decisions(@Root() ticket: TicketRow, @Ctx() { loaders }: Context): Promise<TicketDecisionRow[]> {
    return loaders.ticketDecisions.load(ticket.id);
  }
}
