import { Arg, Ctx, Field, Int, ObjectType, Query, Resolver } from 'type-graphql';
import { Reconciliation as ReconciliationEntity, type ReconciliationRow } from '../persistence/reconciliation.js';
import { AFTER, afterMoment, type Connection, connectionOf, connectionType, FIRST, firstType, pageRequest } from './connection.js';
import { type Context, requireScope } from './context.js';
import { DateTimeScalar } from './scalars.js';

/** Nearly always empty, and a thousand at most: counted as neither. */
const LIST_COST = 200;

@ObjectType({
  description:
    'What going through a shop by id found beside what reading by change had told. What was missed is imported since; what is gone stays as it is known.',
})
export class Reconciliation
  implements
    Pick<
      ReconciliationRow,
      | 'startedAt'
      | 'finishedAt'
      | 'ordersSeen'
      | 'refundsSeen'
      | 'missedOrders'
      | 'missedOrderCount'
      | 'changedOrders'
      | 'changedOrderCount'
      | 'missedRefunds'
      | 'missedRefundCount'
      | 'goneOrders'
      | 'goneOrderCount'
    >
{
  @Field(() => DateTimeScalar, { description: 'When it began.' })
  startedAt!: Temporal.Instant;

  @Field(() => DateTimeScalar, {
    nullable: true,
    description:
      'When the whole shop had been gone through. Null while it is under way, and where it broke off: the figures are of what was seen until then.',
  })
  finishedAt!: Temporal.Instant | null;

  @Field(() => Int, { description: 'Orders that the shop told.' })
  ordersSeen!: number;

  @Field(() => Int, { description: 'Refunds that the shop told.' })
  refundsSeen!: number;

  @Field(() => Int, { description: 'Orders that were not known: they appeared behind what had been read by change.' })
  missedOrderCount!: number;

  @Field(() => [String], { complexity: LIST_COST, description: 'Those orders, by the platform’s own key, at most 1,000 of them.' })
  missedOrders!: readonly string[];

  @Field(() => Int, { description: 'Known orders that had changed without being told again.' })
  changedOrderCount!: number;

  @Field(() => [String], { complexity: LIST_COST, description: 'Those orders, by the platform’s own key, at most 1,000 of them.' })
  changedOrders!: readonly string[];

  @Field(() => Int, { description: 'Refunds that were not known, or not as they are.' })
  missedRefundCount!: number;

  @Field(() => [String], { complexity: LIST_COST, description: 'Those refunds, by the platform’s own key, at most 1,000 of them.' })
  missedRefunds!: readonly string[];

  @Field(() => Int, {
    description: 'Known orders that the shop no longer tells. Nothing is done about them: decide whether something was sold.',
  })
  goneOrderCount!: number;

  @Field(() => [String], { complexity: LIST_COST, description: 'Those orders, by the platform’s own key, at most 1,000 of them.' })
  goneOrders!: readonly string[];
}

export const ReconciliationConnection = connectionType('Reconciliation', () => Reconciliation, 'reconciliations');

@Resolver()
export class ReconciliationResolver {
  @Query(() => ReconciliationConnection, {
    description:
      'Staff: what going through a shop by id found, the newest first; of a shop that is not there, nothing. Where lists of orders are asked for, ask for few at once. Scope IMPORTS.',
  })
  async reconciliations(
    @Arg('shop', () => String, { description: 'Code of the vendor’s shop.' }) shop: string,
    @Arg('first', firstType, FIRST) first: number,
    @Arg('after', () => String, AFTER) after: string | null,
    @Ctx() context: Context,
  ): Promise<Connection<ReconciliationRow>> {
    const { em } = requireScope(context, 'IMPORTS');
    const page = pageRequest(first, after, 2);
    const place = afterMoment(page);
    const earlier =
      place === null ? {} : { $or: [{ startedAt: { $lt: place.moment } }, { startedAt: place.moment, id: { $lt: place.id } }] };
    const rows = await em.find(
      ReconciliationEntity,
      { $and: [{ shop: { code: shop, role: 'VENDOR_SHOP' } }, earlier] },
      { orderBy: { startedAt: 'desc', id: 'desc' }, limit: page.first + 1 },
    );
    return connectionOf(rows, page, ({ startedAt, id }) => [startedAt.toString(), id]);
  }
}
