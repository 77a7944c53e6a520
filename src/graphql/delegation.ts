import { Arg, Ctx, Field, FieldResolver, ID, ObjectType, Resolver, Root } from 'type-graphql';
import { Delegation as DelegationEntity, type DelegationRow } from '../persistence/delegation.js';
import type { Actor, Scope } from '../use-cases/actor.js';
import { customerItself, MAX_DELEGATIONS, standingAt, standingDelegations } from '../use-cases/delegation.js';
import { toGlobalId } from '../use-cases/global-id.js';
import { AFTER, afterMoment, type Connection, connectionOf, connectionType, FIRST, firstType, pageRequest } from './connection.js';
import { type Context, emOf } from './context.js';
import { ScopeEnum } from './enums.js';
import { Node } from './node.js';
import { DateTimeScalar } from './scalars.js';
import { Viewer } from './viewer.js';

@ObjectType({ implements: Node, description: 'What a customer lets an agency do for it, until it takes that back.' })
export class Delegation implements Pick<DelegationRow, 'agencyName' | 'customerName' | 'grantedAt' | 'expiresAt' | 'revokedAt'> {
  id!: string;

  @Field(() => String, { description: 'What the customer calls the agency.' })
  agencyName!: string;

  @Field(() => String, { description: 'Name of the customer, or its e-mail address where it has none, as it granted this.' })
  customerName!: string;

  @Field(() => [ScopeEnum], { description: 'What the agency may do, of what the customer itself may.' })
  scopes!: Scope[];

  @Field(() => DateTimeScalar, { description: 'From when on.' })
  grantedAt!: Temporal.Instant;

  @Field(() => DateTimeScalar, { nullable: true, description: 'When it ends; null: when it is taken back.' })
  expiresAt!: Temporal.Instant | null;

  @Field(() => DateTimeScalar, { nullable: true, description: 'When it was taken back; null while it was not.' })
  revokedAt!: Temporal.Instant | null;
}

export const DelegationConnection = connectionType('Delegation', () => Delegation, 'delegations');

@Resolver(() => Delegation)
export class DelegationResolver {
  @FieldResolver(() => ID, { description: 'Global and opaque; stays the same for good.' })
  id(@Root() delegation: DelegationRow): string {
    return toGlobalId('Delegation', delegation.id);
  }

  @FieldResolver(() => String, {
    description: 'What the agency sends as the HTTP header `tenure-acting-for`, with its own credential, to act for the customer.',
  })
  headerValue(@Root() delegation: DelegationRow): string {
    return toGlobalId('Customer', delegation.customer.id);
  }
}

@Resolver(() => Viewer)
export class ViewerDelegationsResolver {
  @FieldResolver(() => Delegation, {
    nullable: true,
    description: 'By which delegation an agency acts for the customer; null for all who act for themselves.',
  })
  async actingFor(@Root() actor: Actor, @Ctx() context: Context): Promise<DelegationRow | null> {
    return actor.delegationId === undefined ? null : emOf(context).findOne(DelegationEntity, { id: actor.delegationId });
  }

  @FieldResolver(() => [Delegation], {
    description: `What agencies may do for the customer that asks, the newest first, at most ${MAX_DELEGATIONS}: what stands now. Empty for all but customers themselves.`,
  })
  async delegations(@Root() actor: Actor, @Ctx() context: Context): Promise<DelegationRow[]> {
    const customerId = customerItself(actor);
    return customerId === null ? [] : standingDelegations(emOf(context), customerId, context.now);
  }

  @FieldResolver(() => DelegationConnection, {
    description:
      'For whom the customer that asks may act as an agency, the newest first: what stands now. Empty for all but customers themselves.',
  })
  async clients(
    @Root() actor: Actor,
    @Arg('first', firstType, FIRST) first: number,
    @Arg('after', () => String, AFTER) after: string | null,
    @Ctx() context: Context,
  ): Promise<Connection<DelegationRow>> {
    const agency = customerItself(actor);
    const page = pageRequest(first, after, 2);
    if (agency === null) return connectionOf<DelegationRow>([], page, () => []);
    const from = afterMoment(page);
    const { moment, id } = from ?? { moment: context.now, id: '' };
    const rows = await emOf(context).find(
      DelegationEntity,
      {
        $and: [
          { agency, ...standingAt(context.now) },
          from === null ? {} : { $or: [{ grantedAt: { $lt: moment } }, { grantedAt: moment, id: { $lt: id } }] },
        ],
      },
      { orderBy: { grantedAt: 'desc', id: 'desc' }, limit: page.first + 1 },
    );
    return connectionOf(rows, page, (delegation) => [delegation.grantedAt.toString(), delegation.id]);
  }
}
