import { Field, FieldResolver, Int, ObjectType, Resolver, Root } from 'type-graphql';
import type { HoldRegion, RemedyRegion } from '../policy/ticket.js';
import { warrantyEnd } from '../policy/ticket-clock.js';
import { Money, money } from './money.js';
import { DateTimeScalar } from './scalars.js';
import { HoldStateEnum, RefundOfferStateEnum, WarrantyStateEnum } from './ticket-enums.js';
import type { TicketAsOf } from './ticket-loaders.js';

@ObjectType({ description: 'Prepaid minutes set aside for the work on a ticket.' })
export class TicketHold implements Pick<HoldRegion, 'heldMinutes' | 'shortMinutes' | 'placedAt'> {
  @Field(() => HoldStateEnum, { description: 'How it stands; until when too few minutes are kept is told by the clock HOLD.' })
  state!: Exclude<HoldRegion['state'], 'NONE'>;

  @Field(() => Int, { description: 'Minutes that are kept, or were at its end.' })
  heldMinutes!: number;

  @Field(() => Int, { description: 'Minutes that the estimate needs beyond those kept and usable; 0 when it needs none.' })
  shortMinutes!: number;

  @Field(() => DateTimeScalar, { nullable: true, description: 'When it was placed; null where nothing could be kept.' })
  placedAt!: Temporal.Instant | null;
}

export interface WarrantyRoot {
  readonly state: 'RUNNING' | 'ENDED';
  readonly deliveredAt: Temporal.Instant | null;
  readonly endsAt: Temporal.Instant;
  readonly reworkedAt: Temporal.Instant | null;
}

/** B-21, B-22: the warranty on a ticket's delivered work at the moment asked about; null where none was given. */
export function warrantyOf({ state, policy, at }: TicketAsOf): WarrantyRoot | null {
  const { dueAt: endsAt } = warrantyEnd(state, policy.document);
  if (endsAt === null) return null;
  const { deliveredAt, reworkedAt } = state.warranty;
  return { state: Temporal.Instant.compare(at, endsAt) < 0 ? 'RUNNING' : 'ENDED', deliveredAt, endsAt, reworkedAt };
}

@ObjectType({ description: 'The warranty on delivered work: it covers the outcome that both sides had agreed on.' })
export class Warranty implements WarrantyRoot {
  @Field(() => WarrantyStateEnum, { description: 'Whether it can be claimed.' })
  state!: WarrantyRoot['state'];

  @Field(() => DateTimeScalar, { nullable: true, description: 'The first delivery, from whose day it is counted.' })
  deliveredAt!: Temporal.Instant | null;

  @Field(() => DateTimeScalar, { description: 'The instant at which the right is gone; exclusive.' })
  endsAt!: Temporal.Instant;

  @Field(() => DateTimeScalar, {
    nullable: true,
    description: 'The last rework, which renews nothing but leaves time to check; null when there was none.',
  })
  reworkedAt!: Temporal.Instant | null;
}

export type RefundOfferRoot = NonNullable<RemedyRegion['refund']>;

@ObjectType({
  description: 'An offer to pay back what was paid for an add-on, with what it rests on. Accepting it ends licence and support.',
})
export class RefundOffer implements Pick<RefundOfferRoot, 'state'> {
  @Field(() => RefundOfferStateEnum, { description: 'What became of it.' })
  state!: RefundOfferRoot['state'];
}

@Resolver(() => RefundOffer)
export class RefundOfferResolver {
  @FieldResolver(() => Money, { description: 'What was paid for the licence that day: tax included, after discounts, without renewals.' })
  amount(@Root() { offer }: RefundOfferRoot): Money {
    return money(offer.amount.amountMinor, offer.amount.currencyCode);
  }

  @FieldResolver(() => DateTimeScalar, {
    description: 'When the report was complete, or counted as complete: the working days are counted from then.',
  })
  admittedAt(@Root() { offer }: RefundOfferRoot): Temporal.Instant {
    return offer.admittedAt;
  }

  @FieldResolver(() => Int, { description: 'Working days in which the correction was promised.' })
  correctionWorkingDays(@Root() { offer }: RefundOfferRoot): number {
    return offer.correctionWorkingDays;
  }

  @FieldResolver(() => DateTimeScalar, { description: 'The first instant at which the correction was too late.' })
  correctionDueAt(@Root() { offer }: RefundOfferRoot): Temporal.Instant {
    return offer.correctionDueAt;
  }

  @FieldResolver(() => DateTimeScalar, { description: 'Since when it is open, however late that was noticed.' })
  opensAt(@Root() { offer }: RefundOfferRoot): Temporal.Instant {
    return offer.opensAt;
  }

  @FieldResolver(() => DateTimeScalar, {
    nullable: true,
    description: 'The first instant at which it can no longer be accepted; null where the calendar has no such day.',
  })
  closesAt(@Root() { offer }: RefundOfferRoot): Temporal.Instant | null {
    return offer.closesAt;
  }

  @FieldResolver(() => Boolean, { description: 'Whether its days rest on days whose holidays are not known.' })
  provisional(@Root() { offer }: RefundOfferRoot): boolean {
    return offer.provisional;
  }
}
