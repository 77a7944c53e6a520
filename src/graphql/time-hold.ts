import { Ctx, Field, FieldResolver, Int, ObjectType, Resolver, Root } from 'type-graphql';
import { Project as ProjectEntity, type ProjectRow } from '../persistence/project.js';
import { Ticket as TicketEntity, type TicketRow } from '../persistence/ticket.js';
import { type TimeLedger as CoreLedger, heldMinutes, type OpenHold } from '../policy/time-journal.js';
import { connectionType } from './connection.js';
import { type Context, emOf, requireScope } from './context.js';
import { Project } from './project.js';
import { DateTimeScalar } from './scalars.js';
import { Ticket } from './ticket.js';
import { type LotRoot, lotRoot, TimeLot } from './time-lot.js';

/** An open hold with the ledger that it is part of, at a moment. */
export interface HoldRoot {
  readonly hold: OpenHold;
  readonly ledger: CoreLedger;
  readonly at: Temporal.Instant;
}

@ObjectType({ description: 'Minutes of one lot.' })
export class TimeLotMinutes {
  @Field(() => TimeLot, { description: 'The lot.' })
  lot!: LotRoot;

  @Field(() => Int, { description: 'How many of its minutes.' })
  minutes!: number;
}

@ObjectType({ description: 'Minutes that are reserved for one task, and not yet charged or given back.' })
export class TimeHold {}

export const TimeHoldConnection = connectionType('TimeHold', () => TimeHold, 'reservations of prepaid time');

@Resolver(() => TimeHold)
export class TimeHoldResolver {
  @FieldResolver(() => Project, { description: 'The project that the task is for.' })
  project(@Root() { hold }: HoldRoot, @Ctx() context: Context): Promise<ProjectRow> {
    return emOf(context).getReference(ProjectEntity, hold.projectId, { wrapped: true }).loadOrFail();
  }

  @FieldResolver(() => Ticket, { description: 'The ticket whose task it is for. Scope TICKETS_READ.' })
  async ticket(@Root() { hold }: HoldRoot, @Ctx() context: Context): Promise<TicketRow> {
    const { em } = requireScope(context, 'TICKETS_READ');
    return em.getReference(TicketEntity, hold.work.ticketId, { wrapped: true }).loadOrFail();
  }

  @FieldResolver(() => Int, { description: 'Minutes that it has.' })
  heldMinutes(@Root() { hold }: HoldRoot): number {
    return heldMinutes(hold);
  }

  @FieldResolver(() => Int, { description: 'Minutes that it was to have: more than it has where time was short.' })
  requestedMinutes(@Root() { hold }: HoldRoot): number {
    return hold.requestedMinutes;
  }

  @FieldResolver(() => DateTimeScalar, { description: 'When it was placed.' })
  placedAt(@Root() { hold }: HoldRoot): Temporal.Instant {
    return hold.placedAt;
  }

  @FieldResolver(() => DateTimeScalar, {
    nullable: true,
    description: 'The instant at which it is given back unless time is added before; null: it stays until it is charged or released.',
  })
  lapsesAt(@Root() { hold }: HoldRoot): Temporal.Instant | null {
    return hold.lapsesAt;
  }

  @FieldResolver(() => [TimeLotMinutes], { description: 'The lots that it takes from, in the order in which they are used up.' })
  lots(@Root() { hold, ledger, at }: HoldRoot): TimeLotMinutes[] {
    return hold.allocations.flatMap(({ lotId, minutes }) => {
      const lot = ledger.lots.get(lotId);
      return lot === undefined ? [] : [{ lot: lotRoot(ledger, lot, at), minutes }];
    });
  }
}
