import { Arg, Ctx, Field, FieldResolver, Int, ObjectType, Resolver, Root } from 'type-graphql';
import type { CustomerRow } from '../persistence/customer.js';
import type { ProjectRow } from '../persistence/project.js';
import type { Reason as CoreReason } from '../policy/reason.js';
import { type TimeFigures as CoreFigures, walletFigures } from '../policy/time-figures.js';
import type { TimeLedger as CoreLedger } from '../policy/time-journal.js';
import { timeStatement } from '../policy/time-statement.js';
import { journalInDoubt } from '../policy/time-suspension.js';
import { AFTER, type Connection, connectionOf, FIRST, firstType, pageRequest } from './connection.js';
import { type Context, requireScope } from './context.js';
import { Customer } from './customer.js';
import { refusal } from './operation-limits.js';
import { ProjectConnection } from './project.js';
import { Reason } from './reason.js';
import { DateTimeScalar } from './scalars.js';
import { type EntryRoot, TimeEntryConnection } from './time-entry.js';
import { AS_OF, asOfCost, FIGURES } from './time-figures.js';
import { type HoldRoot, TimeHoldConnection } from './time-hold.js';
import { type LotRoot, lotRoot, TimeLotConnection } from './time-lot.js';
import { pageInOrder } from './time-page.js';
import { type StatementRoot, TimeStatement } from './time-statement.js';

/** A statement reads a whole journal: it weighs like a page of two hundred values. */
const STATEMENT_COST = 200;

/** The ledger of a customer as it stands at a moment. */
export interface LedgerRoot extends Partial<CoreFigures> {
  readonly customerId: string;
  readonly at: Temporal.Instant;
  /** Null where it cannot be told: then there are reasons. */
  readonly ledger: CoreLedger | null;
  readonly reasons: readonly CoreReason[];
  readonly suspendedAt: Temporal.Instant | null;
}

@ObjectType({ description: 'Why prepaid time cannot be reserved or used for now: the vendor is clearing up a difference in its records.' })
export class TimeSuspension {
  @Field(() => DateTimeScalar, { description: 'When the difference was found.' })
  raisedAt!: Temporal.Instant;
}

@ObjectType({
  description:
    'A customer’s prepaid support time at a moment. Its figures do not wait for anything to be booked. Those of a past moment are null as long as there are reasons.',
})
export class TimeLedger {
  @Field(() => Int, { nullable: true, description: FIGURES.grantedMinutes })
  grantedMinutes?: number;

  @Field(() => Int, { nullable: true, description: FIGURES.availableMinutes })
  availableMinutes?: number;

  @Field(() => Int, { nullable: true, description: FIGURES.heldMinutes })
  heldMinutes?: number;

  @Field(() => Int, { nullable: true, description: FIGURES.suspendedMinutes })
  suspendedMinutes?: number;

  @Field(() => Int, { nullable: true, description: FIGURES.unassignedMinutes })
  unassignedMinutes?: number;

  @Field(() => Int, { nullable: true, description: FIGURES.upcomingMinutes })
  upcomingMinutes?: number;

  @Field(() => Int, { nullable: true, description: FIGURES.spentMinutes })
  spentMinutes?: number;

  @Field(() => Int, { nullable: true, description: FIGURES.expiredMinutes })
  expiredMinutes?: number;

  @Field(() => Int, { nullable: true, description: FIGURES.voidedMinutes })
  voidedMinutes?: number;
}

@Resolver(() => TimeLedger)
export class TimeLedgerResolver {
  @FieldResolver(() => DateTimeScalar, { description: 'The moment that is told.' })
  asOf(@Root() { at }: LedgerRoot): Temporal.Instant {
    return at;
  }

  @FieldResolver(() => [Reason], {
    description:
      'Why figures, lots and reservations of this past moment cannot be told, so that figures are null and lists empty: an entry of the journal breaks a law of the ledger; empty where they are told. What is told of now does not need the journal.',
  })
  reasons(@Root() { reasons }: LedgerRoot): readonly CoreReason[] {
    return reasons;
  }

  @FieldResolver(() => TimeSuspension, {
    nullable: true,
    description:
      'Whether reserving and using time is stopped, whatever moment is told; null: it is not. Time can be granted, assigned and given back all the same, unless the journal holds more than the records know of: that is refused as a conflict.',
  })
  suspension(@Root() { suspendedAt }: LedgerRoot): TimeSuspension | null {
    return suspendedAt === null ? null : { raisedAt: suspendedAt };
  }

  @FieldResolver(() => TimeLotConnection, {
    description: 'Its lots, in the order in which they were granted: the oldest first; empty where there are reasons.',
  })
  lots(
    @Root() { ledger, at }: LedgerRoot,
    @Arg('first', firstType, FIRST) first: number,
    @Arg('after', () => String, AFTER) after: string | null,
  ): Connection<LotRoot> {
    const lots = ledger === null ? [] : [...ledger.lots.values()].filter(({ id }) => ledger.balances.has(id));
    const roots = ledger === null ? [] : lots.map((lot) => lotRoot(ledger, lot, at));
    return pageInOrder(roots, ({ lot }) => ({ moment: lot.createdAt, id: lot.id }), first, after);
  }

  @FieldResolver(() => TimeHoldConnection, {
    description:
      'What is reserved for tasks and not yet charged or given back, in the order in which it was placed: the oldest first; empty where there are reasons.',
  })
  openHolds(
    @Root() { ledger, at }: LedgerRoot,
    @Arg('first', firstType, FIRST) first: number,
    @Arg('after', () => String, AFTER) after: string | null,
  ): Connection<HoldRoot> {
    const holds = ledger === null ? [] : [...ledger.openHolds.values()].map((hold) => ({ hold, ledger, at }));
    return pageInOrder(holds, ({ hold }) => ({ moment: hold.placedAt, id: hold.id }), first, after);
  }

  @FieldResolver(() => TimeEntryConnection, {
    description: 'The journal as it was recorded by that moment, in its order backwards: the newest entry first.',
  })
  async entries(
    @Root() { customerId, at }: LedgerRoot,
    @Arg('first', firstType, FIRST) first: number,
    @Arg('after', () => String, AFTER) after: string | null,
    @Ctx() { loaders, now }: Context,
  ): Promise<Connection<EntryRoot>> {
    const page = pageRequest(first, after, 1);
    const until = Temporal.Instant.compare(at, now) < 0 ? at : null;
    return connectionOf(await loaders.timeEntries.load({ customerId, until, page }), page, ({ sequence }) => [String(sequence)]);
  }

  @FieldResolver(() => TimeStatement, {
    complexity: ({ childComplexity }) => STATEMENT_COST + childComplexity,
    description:
      'Everything that was recorded in a span, with the balances before and after it. As a table for a spreadsheet: GET /v1/time-statement.csv.',
  })
  async statement(
    @Root() { customerId }: LedgerRoot,
    @Arg('startsAt', () => DateTimeScalar, { description: 'Where the span begins; what was recorded at this instant counts.' })
    startsAt: Temporal.Instant,
    @Arg('endsAt', () => DateTimeScalar, { description: 'Where the span ends; what was recorded at this instant does not count.' })
    endsAt: Temporal.Instant,
    @Ctx() { loaders, now }: Context,
  ): Promise<StatementRoot> {
    if (Temporal.Instant.compare(endsAt, startsAt) < 0) throw refusal('BAD_USER_INPUT', '`endsAt` lies before `startsAt`.');
    const [{ lots, transactions }, ledger] = await Promise.all([loaders.timeJournal.load(customerId), loaders.timeNow.load(customerId)]);
    const stated = timeStatement(lots, transactions, { from: startsAt, to: endsAt });
    if (stated.outcome === 'FAULTY') return { startsAt, endsAt, reasons: [journalInDoubt(stated.faults)], stated: null };
    const { statement } = stated;
    const firstEntry = statement.entries[0]?.transaction;
    const earlierEntries = firstEntry === undefined ? 0 : transactions.findIndex(({ id }) => id === firstEntry.id);
    const reversedBy = new Map(transactions.flatMap(({ id, reverses }) => (reverses === null ? [] : [[reverses, id] as const])));
    return { startsAt, endsAt, reasons: [], stated: { statement, customerId, earlierEntries, reversedBy, ledger, now } };
  }
}

/** What a customer has of prepaid time. */
@Resolver(() => Customer)
export class CustomerTimeResolver {
  @FieldResolver(() => TimeLedger, {
    complexity: asOfCost,
    description: 'Its prepaid support time, as it stands at a moment. Scope TIME_READ.',
  })
  async timeLedger(
    @Root() customer: CustomerRow,
    @Arg('asOf', () => DateTimeScalar, AS_OF) asOf: Temporal.Instant | null,
    @Ctx() context: Context,
  ): Promise<LedgerRoot> {
    requireScope(context, 'TIME_READ');
    return ledgerRoot(context, customer.id, asOf);
  }

  @FieldResolver(() => ProjectConnection, { description: 'Its projects, in the order of their names. Scope TIME_READ.' })
  async projects(
    @Root() customer: CustomerRow,
    @Arg('first', firstType, FIRST) first: number,
    @Arg('after', () => String, AFTER) after: string | null,
    @Ctx() context: Context,
  ): Promise<Connection<ProjectRow>> {
    requireScope(context, 'TIME_READ');
    const page = pageRequest(first, after, 1);
    return connectionOf(await context.loaders.projects.load({ customerId: customer.id, page }), page, ({ name }) => [name]);
  }
}

/** The ledger of a customer at a moment; null: now. */
export async function ledgerRoot({ loaders, now }: Context, customerId: string, asOf: Temporal.Instant | null): Promise<LedgerRoot> {
  const at = asOf ?? now;
  const told = await loaders.time.load({ customerId, at });
  return { ...(told.ledger === null ? {} : walletFigures(told.ledger, at)), customerId, at, ...told };
}
