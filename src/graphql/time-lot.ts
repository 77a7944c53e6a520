import { Ctx, FieldResolver, ID, Int, ObjectType, Resolver, Root } from 'type-graphql';
import type { ProjectRow } from '../persistence/project.js';
import type { PurchaseRow } from '../persistence/purchase.js';
import type { SupportPolicyVersionRow } from '../persistence/support-policy-version.js';
import { TimeLot as LotEntity, type TimeLotRow } from '../persistence/time-lot.js';
import { type TimeFigures as CoreFigures, lotFigures } from '../policy/time-figures.js';
import type { TimeLedger as CoreLedger } from '../policy/time-journal.js';
import { type TimeLot as CoreLot, type LotPhase, type LotSource, lotEnd, lotPhase } from '../policy/time-lot.js';
import { toGlobalId } from '../use-cases/global-id.js';
import { connectionType } from './connection.js';
import { type Context, emOf, ownRows, requireScope } from './context.js';
import { Money, money } from './money.js';
import { Node } from './node.js';
import { Project } from './project.js';
import { Purchase } from './purchase.js';
import { DateTimeScalar } from './scalars.js';
import { SupportPolicyVersion } from './support-policy-version.js';
import { TimeLotPhaseEnum, TimeLotSourceEnum } from './time-enums.js';
import { TimeFigures } from './time-figures.js';

/** A lot as it stands at a moment. */
export interface LotRoot extends CoreFigures {
  readonly __typename: 'TimeLot';
  readonly lot: CoreLot;
  readonly at: Temporal.Instant;
}

/** A lot of this ledger at this moment. */
export const lotRoot = (ledger: CoreLedger, lot: CoreLot, at: Temporal.Instant): LotRoot => ({
  __typename: 'TimeLot',
  ...lotFigures(ledger, lot, at),
  lot,
  at,
});

@ObjectType({
  implements: Node,
  description:
    'Minutes of support that one grant, or one split of a lot, put into the ledger. Its minutes sum to those granted, less what was split away.',
})
export class TimeLot extends TimeFigures {
  id!: string;
}

export const TimeLotConnection = connectionType('TimeLot', () => TimeLot, 'lots of prepaid time');

@Resolver(() => TimeLot)
export class TimeLotResolver {
  @FieldResolver(() => ID, { description: 'Global and opaque; stays the same for good.' })
  id(@Root() { lot }: LotRoot): string {
    return toGlobalId('TimeLot', lot.id);
  }

  @FieldResolver(() => TimeLotSourceEnum, { description: 'Why there is this time.' })
  source(@Root() { lot }: LotRoot): LotSource {
    return lot.source;
  }

  @FieldResolver(() => TimeLotPhaseEnum, { description: 'Whether it runs at that moment.' })
  phase(@Root() { lot, at }: LotRoot): LotPhase {
    return lotPhase(lot, at);
  }

  @FieldResolver(() => Int, { description: 'Minutes that it was born with; what was split away since still counts.' })
  initialMinutes(@Root() { lot }: LotRoot): number {
    return lot.minutes;
  }

  @FieldResolver(() => Project, {
    nullable: true,
    description: 'The only project whose tickets may use it; null: assigned to none, and of no use until it is.',
  })
  async project(@Root() { lot }: LotRoot, @Ctx() context: Context): Promise<ProjectRow | null> {
    return (await rowOf(lot, context)).project?.loadOrFail() ?? null;
  }

  @FieldResolver(() => Int, { description: 'Its place in the order of use: lots with lower numbers are used up first; 50 is usual.' })
  priority(@Root() { lot }: LotRoot): number {
    return lot.priority;
  }

  @FieldResolver(() => DateTimeScalar, { description: 'When it was granted; what is split from it keeps this.' })
  grantedAt(@Root() { lot }: LotRoot): Temporal.Instant {
    return lot.createdAt;
  }

  @FieldResolver(() => DateTimeScalar, { description: 'The first instant at which it may be used.' })
  usableAt(@Root() { lot }: LotRoot): Temporal.Instant {
    return lot.usableFrom;
  }

  @FieldResolver(() => DateTimeScalar, {
    nullable: true,
    description:
      'The first instant at which it has ended for good, as far as is known; null: never. What is reserved by then may still be used.',
  })
  endsAt(@Root() { lot }: LotRoot): Temporal.Instant | null {
    return lotEnd(lot);
  }

  @FieldResolver(() => Money, {
    nullable: true,
    description: 'What was paid for all its initial minutes, without tax; null for time that was not bought.',
  })
  price(@Root() { lot }: LotRoot): Money | null {
    return lot.price === null ? null : money(lot.price.amountMinor, lot.price.currencyCode);
  }

  @FieldResolver(() => Purchase, {
    nullable: true,
    description: 'The purchase on whose support term it depends; null: on none. Scope PURCHASES_READ.',
  })
  async purchase(@Root() { lot }: LotRoot, @Ctx() context: Context): Promise<PurchaseRow | null> {
    requireScope(context, 'PURCHASES_READ');
    return lot.term === null ? null : ((await rowOf(lot, context)).termPurchase?.loadOrFail() ?? null);
  }

  @FieldResolver(() => SupportPolicyVersion, { description: 'The support conditions that its use is bound to.' })
  async supportPolicy(@Root() { lot }: LotRoot, @Ctx() context: Context): Promise<SupportPolicyVersionRow> {
    return (await rowOf(lot, context)).supportPolicyVersion.loadOrFail();
  }
}

/** What the core does not need to know of a lot; read for all lots of a page at once. */
function rowOf({ id }: CoreLot, context: Context): Promise<TimeLotRow> {
  return emOf(context).getReference(LotEntity, id, { wrapped: true }).loadOrFail();
}

/** A lot that the caller may see, as it stands now; null for any other. */
export async function visibleLot(context: Context, id: string): Promise<LotRoot | null> {
  const { actor, now, loaders } = context;
  const row = await emOf(context).findOne(LotEntity, { id, wallet: ownRows(actor) }, { populate: ['wallet'] });
  if (row === null) return null;
  const ledger = await loaders.timeNow.load(row.wallet.getEntity().customer.id);
  const lot = ledger.lots.get(id);
  return lot === undefined ? null : lotRoot(ledger, lot, now);
}
