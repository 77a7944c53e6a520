import { Arg, Field, FieldResolver, Int, ObjectType, Resolver, Root } from 'type-graphql';
import type { Reason as CoreReason } from '../policy/reason.js';
import type { TimeLedger as CoreLedger } from '../policy/time-journal.js';
import type { TimeStatement as CoreStatement, StatementEntry, StatementLot } from '../policy/time-statement.js';
import { AFTER, afterNumber, type Connection, connectionOf, connectionType, FIRST, firstType, pageRequest } from './connection.js';
import { Money, money } from './money.js';
import { Reason } from './reason.js';
import { DateTimeScalar } from './scalars.js';
import { type EntryRoot, TimeEntry } from './time-entry.js';
import { TimeAccounts, timeAccounts } from './time-figures.js';
import { type HoldRoot, TimeHoldConnection } from './time-hold.js';
import { type LotRoot, lotRoot, TimeLot } from './time-lot.js';
import { pageInOrder } from './time-page.js';

/** A span, and what is stated of it. */
export interface StatementRoot {
  readonly startsAt: Temporal.Instant;
  readonly endsAt: Temporal.Instant;
  /** Null where the journal is at fault: then there are reasons. */
  readonly stated: Stated | null;
  readonly reasons: readonly CoreReason[];
}

/** A statement, and the ledger as it stands now, by which its lots and entries are told. */
interface Stated {
  readonly statement: CoreStatement;
  readonly customerId: string;
  /** How many entries the journal has before those of the statement. */
  readonly earlierEntries: number;
  /** For each entry that was undone, by now, the one that undid it. */
  readonly reversedBy: ReadonlyMap<string, string>;
  readonly ledger: CoreLedger;
  readonly now: Temporal.Instant;
}

interface Told<T> {
  readonly told: T;
  readonly within: Stated;
}

@ObjectType({ description: 'What minutes are worth that left a bought lot, or came back to it.' })
export class TimeValue {
  @Field(() => TimeLot, { description: 'The lot, as it stands now.' })
  lot!: LotRoot;

  @Field(() => Int, { description: 'Minutes used, taken out or split away; with a minus those that came back.' })
  minutes!: number;

  @Field(() => Money, {
    description: 'Their part of the price, with the same sign. The parts of a lot are rounded so that they sum to its price exactly.',
  })
  value!: Money;
}

@ObjectType({ description: 'An entry of a statement.' })
export class TimeStatementEntry {}

export const TimeStatementEntryConnection = connectionType('TimeStatementEntry', () => TimeStatementEntry, 'entries of a statement');

@ObjectType({ description: 'A lot as it stood before the first and after the last entry of a statement.' })
export class TimeStatementLot {}

export const TimeStatementLotConnection = connectionType('TimeStatementLot', () => TimeStatementLot, 'lots of a statement');

@ObjectType({
  description:
    'Everything that was recorded of a customer’s prepaid time in a span, with its reason: the opening with all changes is the closing.',
})
export class TimeStatement {}

@Resolver(() => TimeStatement)
export class TimeStatementResolver {
  @FieldResolver(() => DateTimeScalar, { description: 'Where the span begins; what was recorded at this instant counts.' })
  startsAt(@Root() { startsAt }: StatementRoot): Temporal.Instant {
    return startsAt;
  }

  @FieldResolver(() => DateTimeScalar, { description: 'Where the span ends; what was recorded at this instant does not count.' })
  endsAt(@Root() { endsAt }: StatementRoot): Temporal.Instant {
    return endsAt;
  }

  @FieldResolver(() => [Reason], {
    description:
      'Why nothing can be stated, so that balances are null and lists empty: an entry of the journal before the end of the span breaks a law of the ledger; empty where it is stated.',
  })
  reasons(@Root() { reasons }: StatementRoot): readonly CoreReason[] {
    return reasons;
  }

  @FieldResolver(() => TimeAccounts, { nullable: true, description: 'The balances before the first entry; null where there are reasons.' })
  opening(@Root() { stated }: StatementRoot): TimeAccounts | null {
    return stated === null ? null : timeAccounts(stated.statement.opening);
  }

  @FieldResolver(() => TimeAccounts, { nullable: true, description: 'The balances after the last entry; null where there are reasons.' })
  closing(@Root() { stated }: StatementRoot): TimeAccounts | null {
    return stated === null ? null : timeAccounts(stated.statement.closing);
  }

  @FieldResolver(() => TimeStatementEntryConnection, {
    description: 'What was recorded, in the order of the journal: the oldest first; empty where there are reasons.',
  })
  entries(
    @Root() { stated }: StatementRoot,
    @Arg('first', firstType, FIRST) first: number,
    @Arg('after', () => String, AFTER) after: string | null,
  ): Connection<Told<StatementEntry> & { readonly sequence: number }> {
    const page = pageRequest(first, after, 1);
    if (stated === null) return connectionOf([], page, () => []);
    const start = Math.max(0, (afterNumber(page) ?? 0) - stated.earlierEntries);
    const rows = stated.statement.entries
      .slice(start, start + page.first + 1)
      .map((told, index) => ({ told, within: stated, sequence: stated.earlierEntries + start + index + 1 }));
    return connectionOf(rows, page, ({ sequence }) => [String(sequence)]);
  }

  @FieldResolver(() => TimeStatementLotConnection, {
    description:
      'The lots that there were by the end of the span, in the order in which they were granted: the oldest first; empty where there are reasons.',
  })
  lots(
    @Root() { stated }: StatementRoot,
    @Arg('first', firstType, FIRST) first: number,
    @Arg('after', () => String, AFTER) after: string | null,
  ): Connection<Told<StatementLot>> {
    const told = stated === null ? [] : stated.statement.lots.map((lot) => ({ told: lot, within: stated }));
    return pageInOrder(told, ({ told: { lot } }) => ({ moment: lot.createdAt, id: lot.id }), first, after);
  }

  @FieldResolver(() => TimeHoldConnection, {
    description:
      'The reservations that were open at the end of the span, as booked, in the order in which they were placed: the oldest first; empty where there are reasons.',
  })
  openHolds(
    @Root() { stated }: StatementRoot,
    @Arg('first', firstType, FIRST) first: number,
    @Arg('after', () => String, AFTER) after: string | null,
  ): Connection<HoldRoot> {
    const holds = stated === null ? [] : stated.statement.openHolds.map((hold) => ({ hold, ledger: stated.ledger, at: stated.now }));
    return pageInOrder(holds, ({ hold }) => ({ moment: hold.placedAt, id: hold.id }), first, after);
  }
}

@Resolver(() => TimeStatementEntry)
export class TimeStatementEntryResolver {
  @FieldResolver(() => TimeEntry, { description: 'The entry of the journal, with its reason and what it changes.' })
  entry(@Root() { told: { transaction }, within, sequence }: Told<StatementEntry> & { sequence: number }): EntryRoot {
    const reversedBy = within.reversedBy.get(transaction.id) ?? null;
    return { __typename: 'TimeEntry', customerId: within.customerId, sequence, transaction, reversedBy };
  }

  @FieldResolver(() => [TimeValue], {
    description: 'What the minutes are worth that it took from bought lots for good, or gave back to them.',
  })
  values(@Root() { told, within: { ledger, now } }: Told<StatementEntry>): TimeValue[] {
    return told.values.flatMap(({ lotId, minutes, value }) => {
      const lot = ledger.lots.get(lotId);
      return lot === undefined ? [] : [{ lot: lotRoot(ledger, lot, now), minutes, value: money(value.amountMinor, value.currencyCode) }];
    });
  }
}

@Resolver(() => TimeStatementLot)
export class TimeStatementLotResolver {
  @FieldResolver(() => TimeLot, { description: 'The lot, as it stands now.' })
  lot(@Root() { told, within: { ledger, now } }: Told<StatementLot>): LotRoot {
    return lotRoot(ledger, told.lot, now);
  }

  @FieldResolver(() => TimeAccounts, { description: 'Its balances before the first entry.' })
  opening(@Root() { told }: Told<StatementLot>): TimeAccounts {
    return timeAccounts(ofLot(told.opening));
  }

  @FieldResolver(() => TimeAccounts, { description: 'Its balances after the last entry.' })
  closing(@Root() { told }: Told<StatementLot>): TimeAccounts {
    return timeAccounts(ofLot(told.closing));
  }
}

/** A lot has no account of what was granted: it is what all its others sum to. */
function ofLot(balance: StatementLot['closing']) {
  const { AVAILABLE, HELD, CONSUMED, EXPIRED, VOIDED } = balance;
  return { ...balance, ISSUED: 0 - AVAILABLE - HELD - CONSUMED - EXPIRED - VOIDED };
}
