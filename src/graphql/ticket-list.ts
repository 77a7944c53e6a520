import { Arg, Ctx, FieldResolver, ID, Int, Query, Resolver, Root } from 'type-graphql';
import type { CustomerRow } from '../persistence/customer.js';
import { Ticket as TicketEntity, type TicketRow } from '../persistence/ticket.js';
import type { WorkState } from '../policy/ticket.js';
import { uuidOrNowhere } from '../use-cases/global-id.js';
import { AFTER, afterNumber, type Connection, connectionOf, FIRST, firstType, type PageRequest, pageRequest } from './connection.js';
import { type Context, ownRows, requireScope } from './context.js';
import { Customer } from './customer.js';
import { Ticket, TicketConnection } from './ticket.js';
import { TicketStatusEnum } from './ticket-enums.js';
import { mayHaveStatus } from './ticket-loaders.js';

const STATUS = {
  nullable: true,
  description: 'Only those that stand there now. A page may then hold fewer than asked for, while there is more after it.',
} as const;

@Resolver(() => Customer)
export class CustomerTicketsResolver {
  @FieldResolver(() => TicketConnection, { description: 'Its tickets, the newest first. Scope TICKETS_READ.' })
  async tickets(
    @Root() customer: CustomerRow,
    @Arg('first', firstType, FIRST) first: number,
    @Arg('after', () => String, AFTER) after: string | null,
    @Arg('status', () => TicketStatusEnum, STATUS) status: WorkState | null,
    @Ctx() context: Context,
  ): Promise<Connection<TicketRow>> {
    requireScope(context, 'TICKETS_READ');
    const page = pageRequest(first, after, 1);
    afterNumber(page);
    const rows = await context.loaders.tickets.load({ customerId: customer.id, status: status ?? null, page });
    return pageOfTickets(context, rows, page, status);
  }
}

@Resolver()
export class TicketListResolver {
  @Query(() => Ticket, {
    nullable: true,
    description:
      'The ticket with this number; null when there is none that the caller may see. A customer sees its own. Scope TICKETS_READ.',
  })
  ticket(
    @Arg('number', () => Int, { description: 'Its number, for people.' }) number: number,
    @Ctx() context: Context,
  ): Promise<TicketRow | null> {
    const { em } = requireScope(context, 'TICKETS_READ');
    return em.findOne(TicketEntity, { seq: number, ...ownRows(context.actor) });
  }

  @Query(() => TicketConnection, {
    description: 'Tickets that the caller may see, the newest first. A customer sees its own. Scope TICKETS_READ.',
  })
  async tickets(
    @Arg('first', firstType, FIRST) first: number,
    @Arg('after', () => String, AFTER) after: string | null,
    @Arg('status', () => TicketStatusEnum, STATUS) status: WorkState | null,
    @Arg('customerId', () => ID, { nullable: true, description: 'Only those of this customer.' }) customerId: string | null,
    @Ctx() context: Context,
  ): Promise<Connection<TicketRow>> {
    const { em } = requireScope(context, 'TICKETS_READ');
    const page = pageRequest(first, after, 1);
    const before = afterNumber(page);
    const conditions = [
      ownRows(context.actor),
      customerId == null ? {} : { customer: uuidOrNowhere('Customer', customerId) },
      before === null ? {} : { seq: { $lt: before } },
      status == null ? {} : mayHaveStatus(status, context.now),
    ];
    const rows = await em.find(TicketEntity, { $and: conditions } as object, { orderBy: { seq: 'desc' }, limit: page.first + 1 });
    return pageOfTickets(context, rows, page, status);
  }
}

/** The page of tickets that may stand where they are looked for; what stands elsewhere by now is left out of it, and the page goes on behind it. */
async function pageOfTickets(
  { loaders }: Context,
  rows: readonly TicketRow[],
  page: PageRequest,
  status: WorkState | null | undefined,
): Promise<Connection<TicketRow>> {
  const whole = connectionOf(rows, page, ({ seq }) => [String(seq)]);
  if (status == null) return whole;
  const known = await loaders.ticketAsOf.loadMany(whole.edges.map(({ node }) => node));
  const edges = whole.edges.filter((_edge, index) => {
    const ticket = known[index];
    if (ticket instanceof Error) throw ticket;
    return ticket?.state.work === status;
  });
  return { edges, pageInfo: whole.pageInfo };
}
