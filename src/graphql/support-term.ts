import { Ctx, Field, FieldResolver, ID, Int, ObjectType, Resolver, Root } from 'type-graphql';
import type { PlainRow } from '../persistence/plain-row.js';
import type { SupportTermOrigin, SupportTermRow } from '../persistence/support-term.js';
import type { SupportStatus as CoreStatus, SupportState } from '../policy/support-term.js';
import { toGlobalId } from '../use-cases/global-id.js';
import type { Context } from './context.js';
import { SupportStateEnum, SupportTermOriginEnum } from './enums.js';
import { Node } from './node.js';
import { OrderReference, orderReference } from './order-reference.js';
import { Purchase } from './purchase.js';
import type { PurchaseRoot } from './purchase-page.js';
import { DateScalar, DateTimeScalar } from './scalars.js';

/** What stands behind a term in any answer. */
type TermRoot = PlainRow<SupportTermRow>;

@ObjectType({
  implements: Node,
  description:
    'A span of support of one purchase. Days are calendar days of the policy’s zone, both ends included; `expiresAt` is the instant at which the right is gone.',
})
export class SupportTerm implements Pick<SupportTermRow, 'ordinal' | 'anchoredOn' | 'startsOn' | 'endsOn' | 'expiresAt' | 'origin'> {
  id!: string;

  @Field(() => Int, { description: 'Its place among the terms of the purchase, from 1.' })
  ordinal!: number;

  @Field(() => DateScalar, { description: 'The day from which its months are counted.' })
  anchoredOn!: Temporal.PlainDate;

  @Field(() => DateScalar, { description: 'First day, included.' })
  startsOn!: Temporal.PlainDate;

  @Field(() => DateScalar, { description: 'Last day, included.' })
  endsOn!: Temporal.PlainDate;

  @Field(() => DateTimeScalar, { description: 'The instant at which the right is gone; exclusive.' })
  expiresAt!: Temporal.Instant;

  @Field(() => SupportTermOriginEnum, { description: 'Why there is this term.' })
  origin!: SupportTermOrigin;
}

@Resolver(() => SupportTerm)
export class SupportTermResolver {
  @FieldResolver(() => ID, { description: 'Global and opaque; stays the same for good.' })
  id(@Root() term: TermRoot): string {
    return toGlobalId('SupportTerm', term.id);
  }

  @FieldResolver(() => Purchase, { description: 'The purchase that it supports.' })
  purchase(@Root() term: TermRoot, @Ctx() { loaders }: Context): Promise<PurchaseRoot> {
    return loaders.purchase.load(term.purchase.id);
  }

  @FieldResolver(() => OrderReference, {
    nullable: true,
    description: 'The order that paid for it; null for goodwill and for renewals made by hand.',
  })
  async order(@Root() term: TermRoot, @Ctx() { loaders }: Context): Promise<OrderReference | null> {
    if (term.origin === 'GOODWILL' || term.pinned) return null;
    return orderReference((await loaders.purchase.load(term.purchase.id)).platform, term);
  }
}

@ObjectType({ description: 'How the support of a purchase stands at a moment.' })
export class SupportStatus implements CoreStatus {
  @Field(() => SupportStateEnum, { description: 'Whether it runs.' })
  state!: SupportState;

  @Field(() => DateTimeScalar, { nullable: true, description: 'When the right is or was gone; null when nothing had been paid for.' })
  expiresAt!: Temporal.Instant | null;

  @Field(() => DateScalar, {
    nullable: true,
    description: 'The last covered day, in the policy’s zone; null when nothing had been paid for.',
  })
  lastDay!: Temporal.PlainDate | null;

  @Field(() => Int, { nullable: true, description: 'Calendar days from today to the last day, 0 on it; null when nothing runs.' })
  daysLeft!: number | null;
}
