import { Ctx, Field, FieldResolver, ID, Int, ObjectType, Resolver, Root } from 'type-graphql';
import type { CustomerRow } from '../persistence/customer.js';
import type { ProjectRow } from '../persistence/project.js';
import type { PurchaseRow } from '../persistence/purchase.js';
import type { StoreRow } from '../persistence/store.js';
import type { SupportPolicyVersionRow } from '../persistence/support-policy-version.js';
import type { TicketReport as CoreReport, TicketChannel, TicketRow } from '../persistence/ticket.js';
import type { AfterSalesRequest } from '../policy/support-policy.js';
import type { WorkState } from '../policy/ticket.js';
import { type Clock as CoreClock, clocksOf } from '../policy/ticket-clock.js';
import { toGlobalId } from '../use-cases/global-id.js';
import { connectionType } from './connection.js';
import { type Context, requireScope } from './context.js';
import { Customer } from './customer.js';
import { AfterSalesRequestEnum } from './enums.js';
import { Node } from './node.js';
import { Project } from './project.js';
import { Purchase } from './purchase.js';
import { DateTimeScalar } from './scalars.js';
import { Store } from './store.js';
import { SupportPolicyVersion } from './support-policy-version.js';
import { Clock, TicketWait, type TicketWaitRoot } from './ticket-clock.js';
import { RefundOffer, type RefundOfferRoot, TicketHold, Warranty, type WarrantyRoot, warrantyOf } from './ticket-entitlement.js';
import { TicketChannelEnum, TicketStatusEnum } from './ticket-enums.js';
import type { TicketAsOf } from './ticket-loaders.js';
import { Task } from './ticket-task.js';

@ObjectType({ description: 'What the customer wrote. It never changes; what is null was not said.' })
export class TicketReport implements CoreReport {
  @Field(() => String, { description: 'What it is about, in a line.' })
  subject!: string;

  @Field(() => String, { description: 'The request in the customer’s own words.' })
  description!: string;

  @Field(() => String, { nullable: true, description: 'How the fault is brought about; null when not said.' })
  steps!: string | null;

  @Field(() => String, { nullable: true, description: 'What should happen; null when not said.' })
  expected!: string | null;

  @Field(() => String, { nullable: true, description: 'What happens instead; null when not said.' })
  actual!: string | null;

  @Field(() => String, { nullable: true, description: 'The platform’s version, as the customer stated it; null when not said.' })
  platformVersion!: string | null;

  @Field(() => String, { nullable: true, description: 'The installed version of the add-on, as stated; null when not said.' })
  installedVersion!: string | null;
}

@ObjectType({
  implements: Node,
  description:
    'A request of a customer, from its submission to its end, as it stands now. The work on it is one task; its events tell its past.',
})
export class Ticket implements Pick<TicketRow, 'report' | 'request' | 'channel' | 'submittedAt'> {
  id!: string;

  @Field(() => TicketReport, { description: 'What the customer wrote.' })
  report!: CoreReport;

  @Field(() => AfterSalesRequestEnum, { description: 'What was asked of the vendor when it was submitted.' })
  request!: AfterSalesRequest;

  @Field(() => TicketChannelEnum, { description: 'How it came.' })
  channel!: TicketChannel;

  @Field(() => DateTimeScalar, {
    description: 'When the request reached the vendor: rights are fixed at that instant, and nobody changes it.',
  })
  submittedAt!: Temporal.Instant;
}

export const TicketConnection = connectionType('Ticket', () => Ticket, 'tickets');

@Resolver(() => Ticket)
export class TicketResolver {
  @FieldResolver(() => ID, { description: 'Global and opaque; stays the same for good.' })
  id(@Root() ticket: TicketRow): string {
    return toGlobalId('Ticket', ticket.id);
  }

  @FieldResolver(() => Int, { description: 'Its number, for people; unique, and higher for every later ticket.' })
  number(@Root() ticket: TicketRow): number {
    return ticket.seq;
  }

  @FieldResolver(() => String, { description: 'What it is about, in a line.' })
  subject(@Root() ticket: TicketRow): string {
    return ticket.report.subject;
  }

  @FieldResolver(() => Customer, { description: 'Whose request it is. Scope PURCHASES_READ.' })
  customer(@Root() ticket: TicketRow, @Ctx() context: Context): Promise<CustomerRow> {
    requireScope(context, 'PURCHASES_READ');
    return ticket.customer.loadOrFail();
  }

  @FieldResolver(() => Purchase, {
    nullable: true,
    description: 'The licence that it is about; null for work that concerns no add-on of the vendor. Scope PURCHASES_READ.',
  })
  async purchase(@Root() ticket: TicketRow, @Ctx() context: Context): Promise<PurchaseRow | null> {
    requireScope(context, 'PURCHASES_READ');
    return ticket.purchase === null ? null : ticket.purchase.loadOrFail();
  }

  @FieldResolver(() => Store, { nullable: true, description: 'The store that it is about; null when none was named. Scope STORES_READ.' })
  async store(@Root() ticket: TicketRow, @Ctx() context: Context): Promise<StoreRow | null> {
    requireScope(context, 'STORES_READ');
    return ticket.store === null ? null : ticket.store.loadOrFail();
  }

  @FieldResolver(() => Project, {
    nullable: true,
    description: 'The project whose prepaid time the work may take; null where there is none. Scope TIME_READ.',
  })
  async project(@Root() ticket: TicketRow, @Ctx() context: Context): Promise<ProjectRow | null> {
    requireScope(context, 'TIME_READ');
    return ticket.project === null ? null : ticket.project.loadOrFail();
  }

  @FieldResolver(() => SupportPolicyVersion, { description: 'The conditions that bind it to its end, whatever is published later.' })
  supportPolicy(@Root() ticket: TicketRow): Promise<SupportPolicyVersionRow> {
    return ticket.supportPolicyVersion.loadOrFail();
  }

  @FieldResolver(() => Ticket, {
    nullable: true,
    description: 'The ticket on whose delivered work it claims warranty; null for all others.',
  })
  async parent(@Root() ticket: TicketRow, @Ctx() { loaders }: Context): Promise<TicketRow | null> {
    return ticket.parent === null ? null : loaders.ticket.load(ticket.parent.id);
  }

  @FieldResolver(() => Ticket, {
    nullable: true,
    description: 'The ticket about the same request that it went into; null unless it was MERGED.',
  })
  async mergedInto(@Root() ticket: TicketRow, @Ctx() context: Context): Promise<TicketRow | null> {
    const { mergedIntoId } = (await asOf(ticket, context)).state;
    return mergedIntoId === null ? null : context.loaders.ticket.load(mergedIntoId);
  }

  @FieldResolver(() => [Ticket], { description: 'Tickets about the same request that went into it, in the order in which they did.' })
  async duplicates(@Root() ticket: TicketRow, @Ctx() context: Context): Promise<TicketRow[]> {
    const { duplicateIds } = (await asOf(ticket, context)).state;
    const rows = await Promise.all(duplicateIds.map((id) => context.loaders.ticket.load(id)));
    return rows.filter((row) => row !== null);
  }

  @FieldResolver(() => TicketStatusEnum, { description: 'Where the work stands.' })
  async status(@Root() ticket: TicketRow, @Ctx() context: Context): Promise<WorkState> {
    return (await asOf(ticket, context)).state.work;
  }

  @FieldResolver(() => DateTimeScalar, { description: 'Since when the work stands there.' })
  async statusChangedAt(@Root() ticket: TicketRow, @Ctx() context: Context): Promise<Temporal.Instant> {
    return (await asOf(ticket, context)).state.workSince;
  }

  @FieldResolver(() => String, { nullable: true, description: 'Category of the work in the vendor’s list; null until it is classified.' })
  async category(@Root() ticket: TicketRow, @Ctx() context: Context): Promise<string | null> {
    return (await asOf(ticket, context)).state.category;
  }

  @FieldResolver(() => String, { nullable: true, description: 'Complexity of the work in the vendor’s list; null until it is classified.' })
  async complexity(@Root() ticket: TicketRow, @Ctx() context: Context): Promise<string | null> {
    return (await asOf(ticket, context)).state.complexity;
  }

  @FieldResolver(() => Int, {
    nullable: true,
    description: 'What the rate card or the vendor’s quote says that it takes; null for free work, and until it is classified.',
  })
  async estimateMinutes(@Root() ticket: TicketRow, @Ctx() context: Context): Promise<number | null> {
    return (await asOf(ticket, context)).state.estimateMinutes;
  }

  @FieldResolver(() => Int, {
    nullable: true,
    description: 'Minutes beyond which nothing is charged without the customer’s consent; null where there is no limit.',
  })
  async thresholdMinutes(@Root() ticket: TicketRow, @Ctx() context: Context): Promise<number | null> {
    return (await asOf(ticket, context)).state.thresholdMinutes;
  }

  @FieldResolver(() => String, {
    nullable: true,
    description: 'What both sides agreed that paid work is to bring about; null until they did.',
  })
  async agreedOutcome(@Root() ticket: TicketRow, @Ctx() context: Context): Promise<string | null> {
    return (await asOf(ticket, context)).state.agreedOutcome;
  }

  @FieldResolver(() => TicketWait, { nullable: true, description: 'What it waits for its customer to give; null while it does not.' })
  async waitingFor(@Root() ticket: TicketRow, @Ctx() context: Context): Promise<TicketWaitRoot | null> {
    const { waits } = (await asOf(ticket, context)).state;
    return waits.find(({ to }) => to === null) ?? null;
  }

  @FieldResolver(() => [Clock], {
    description:
      'Its deadlines as they stand now, counted by the calendar that is pinned to it: those that the conditions and its course call for.',
  })
  async clocks(@Root() ticket: TicketRow, @Ctx() context: Context): Promise<CoreClock[]> {
    const { state, policy, at } = await asOf(ticket, context);
    return clocksOf(state, policy.document, at);
  }

  @FieldResolver(() => Task, { description: 'The work on it, in minutes.' })
  task(@Root() ticket: TicketRow, @Ctx() context: Context): Promise<TicketAsOf> {
    return asOf(ticket, context);
  }

  @FieldResolver(() => TicketHold, {
    nullable: true,
    description: 'Prepaid minutes set aside for it; null when none ever were, or all were taken back.',
  })
  async hold(@Root() ticket: TicketRow, @Ctx() context: Context): Promise<TicketAsOf['state']['hold'] | null> {
    const { hold } = (await asOf(ticket, context)).state;
    return hold.state === 'NONE' ? null : hold;
  }

  @FieldResolver(() => Warranty, { nullable: true, description: 'The warranty on its delivered work; null where none was given.' })
  async warranty(@Root() ticket: TicketRow, @Ctx() context: Context): Promise<WarrantyRoot | null> {
    return warrantyOf(await asOf(ticket, context));
  }

  @FieldResolver(() => RefundOffer, {
    nullable: true,
    description:
      'The offer to pay back what was paid for the add-on, because its correction did not come in time; null where none was made.',
  })
  async refundOffer(@Root() ticket: TicketRow, @Ctx() context: Context): Promise<RefundOfferRoot | null> {
    return (await asOf(ticket, context)).state.remedy.refund;
  }
}

const asOf = (ticket: TicketRow, { loaders }: Context): Promise<TicketAsOf> => loaders.ticketAsOf.load(ticket);
