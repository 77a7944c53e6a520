import { Ctx, Field, FieldResolver, ObjectType, Resolver, Root } from 'type-graphql';
import type { AccessRevealRow } from '../persistence/access-information.js';
import type { TicketRow } from '../persistence/ticket.js';
import { type Context, requireScope } from './context.js';
import { type AccessState, AccessStateEnum } from './desk-enums.js';
import type { AccessItem } from './desk-loaders.js';
import { DateTimeScalar } from './scalars.js';
import { Ticket } from './ticket.js';

@ObjectType({ description: 'That somebody of the vendor’s staff was shown an item of access. Kept for good.' })
export class AccessReveal implements Pick<AccessRevealRow, 'staffName' | 'reason' | 'revealedAt'> {
  @Field(() => String, { description: 'Who looked.' })
  staffName!: string;

  @Field(() => String, { description: 'Why, in their own words.' })
  reason!: string;

  @Field(() => DateTimeScalar, { description: 'When.' })
  revealedAt!: Temporal.Instant;
}

@ObjectType({
  description:
    'That an item of access was supplied for a ticket, and whether it works. What was supplied is sealed, and no query shows it to anybody.',
})
export class AccessInformation implements Pick<AccessItem, 'item' | 'suppliedAt' | 'checkedAt' | 'purgedAt'> {
  @Field(() => String, { description: 'Name of the item in the conditions, such as ADMIN_PANEL.' })
  item!: string;

  @Field(() => DateTimeScalar, { description: 'When it was last supplied.' })
  suppliedAt!: Temporal.Instant;

  @Field(() => DateTimeScalar, { nullable: true, description: 'When it was tried; null: it was not.' })
  checkedAt!: Temporal.Instant | null;

  @Field(() => DateTimeScalar, { nullable: true, description: 'When it was deleted; null: it is kept.' })
  purgedAt!: Temporal.Instant | null;
}

@Resolver(() => AccessInformation)
export class AccessInformationResolver {
  @FieldResolver(() => AccessStateEnum, { description: 'How it stands.' })
  state(@Root() { purgedAt, usable }: AccessItem): AccessState {
    if (purgedAt !== null) return 'PURGED';
    if (usable === null) return 'SUPPLIED';
    return usable ? 'USABLE' : 'NOT_USABLE';
  }

  @FieldResolver(() => String, { nullable: true, description: 'Who supplied it; null for all but the vendor’s staff.' })
  suppliedBy(@Root() item: AccessItem, @Ctx() { actor }: Context): string | null {
    return actor.kind === 'STAFF' ? item.suppliedBy : null;
  }

  @FieldResolver(() => String, { nullable: true, description: 'Who tried it; null until then, and for all but the vendor’s staff.' })
  checkedBy(@Root() item: AccessItem, @Ctx() { actor }: Context): string | null {
    return actor.kind === 'STAFF' ? item.checkedBy : null;
  }

  @FieldResolver(() => [AccessReveal], { description: 'To whom it was shown, in the order of time. Scope DESK: the vendor’s staff only.' })
  reveals(@Root() item: AccessItem, @Ctx() context: Context): Promise<AccessRevealRow[]> {
    requireScope(context, 'DESK');
    return context.loaders.accessReveals.load(item.id);
  }
}

@Resolver(() => Ticket)
export class TicketAccessResolver {
  @FieldResolver(() => [AccessInformation], {
    description: 'Access that was supplied for it, by item: each as it was last supplied, never with its secret.',
  })
  accessInformation(@Root() ticket: TicketRow, @Ctx() { loaders }: Context): Promise<AccessItem[]> {
    return loaders.accessItems.load(ticket.id);
  }
}
