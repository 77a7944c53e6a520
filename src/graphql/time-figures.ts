import { Field, Int, ObjectType } from 'type-graphql';
import type { TimeFigures as CoreFigures } from '../policy/time-figures.js';
import type { AccountTotals } from '../policy/time-statement.js';

/** What stands for "at this moment" on every field that takes one. */
export const AS_OF = { nullable: true, description: 'The moment asked about, past or to come; now unless said.' } as const;

/** A moment of its own may lie in the past, for which a whole journal is read: such a field weighs like a page of twenty. */
export const asOfCost = ({ args, childComplexity }: { readonly args: { asOf?: unknown }; readonly childComplexity: number }): number =>
  (args.asOf == null ? 1 : 20) + childComplexity;

/** What each figure says, wherever it stands. */
export const FIGURES = {
  grantedMinutes: 'Minutes that were ever put in, less grants that were undone; for a single lot less what was split away, too.',
  availableMinutes: 'Minutes that may be reserved and used at that moment: running, on a project, and not reserved.',
  heldMinutes: 'Minutes that are reserved for tasks.',
  suspendedMinutes:
    'Minutes included with a purchase whose support does not run, those that were given back there too. Usable again once it is renewed, where that is offered; never once the purchase was taken back.',
  unassignedMinutes: 'Minutes that run but are assigned to no project, and cannot be used until they are.',
  upcomingMinutes: 'Minutes that were granted and may not be used yet.',
  spentMinutes: 'Minutes that were used.',
  expiredMinutes: 'Minutes that ended unused.',
  voidedMinutes: 'Minutes that were taken out for good, as after a charge-back.',
} as const satisfies Record<keyof CoreFigures, string>;

@ObjectType({ description: 'Where prepaid minutes stand at a moment. What was granted is the sum of all the others.' })
export class TimeFigures implements CoreFigures {
  @Field(() => Int, { description: FIGURES.grantedMinutes })
  grantedMinutes!: number;

  @Field(() => Int, { description: FIGURES.availableMinutes })
  availableMinutes!: number;

  @Field(() => Int, { description: FIGURES.heldMinutes })
  heldMinutes!: number;

  @Field(() => Int, { description: FIGURES.suspendedMinutes })
  suspendedMinutes!: number;

  @Field(() => Int, { description: FIGURES.unassignedMinutes })
  unassignedMinutes!: number;

  @Field(() => Int, { description: FIGURES.upcomingMinutes })
  upcomingMinutes!: number;

  @Field(() => Int, { description: FIGURES.spentMinutes })
  spentMinutes!: number;

  @Field(() => Int, { description: FIGURES.expiredMinutes })
  expiredMinutes!: number;

  @Field(() => Int, { description: FIGURES.voidedMinutes })
  voidedMinutes!: number;
}

@ObjectType({ description: 'Minutes by account of the journal, as booked: a balance, or with signs what an entry changes.' })
export class TimeAccounts {
  @Field(() => Int, { description: 'Minutes put in, less grants that were undone: the sum of all the others.' })
  grantedMinutes!: number;

  @Field(() => Int, { description: 'Minutes that are neither reserved nor gone, whether or not they may be used at the moment.' })
  availableMinutes!: number;

  @Field(() => Int, { description: 'Minutes that are reserved for tasks.' })
  heldMinutes!: number;

  @Field(() => Int, { description: 'Minutes that were used.' })
  spentMinutes!: number;

  @Field(() => Int, { description: 'Minutes that were booked as ended.' })
  expiredMinutes!: number;

  @Field(() => Int, { description: 'Minutes that were taken out for good.' })
  voidedMinutes!: number;
}

/** The accounts of a wallet, or the change of them, as the schema spells them. */
export const timeAccounts = (totals: AccountTotals): TimeAccounts => ({
  grantedMinutes: 0 - totals.ISSUED,
  availableMinutes: totals.AVAILABLE,
  heldMinutes: totals.HELD,
  spentMinutes: totals.CONSUMED,
  expiredMinutes: totals.EXPIRED,
  voidedMinutes: totals.VOIDED,
});
