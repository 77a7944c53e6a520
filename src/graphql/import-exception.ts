import { Arg, Ctx, Field, FieldResolver, ID, Int, ObjectType, Query, Resolver, Root } from 'type-graphql';
import { ImportException as ExceptionEntity, type ImportExceptionCode, type ImportExceptionRow } from '../persistence/import-exception.js';
import { toGlobalId } from '../use-cases/global-id.js';
import { AFTER, afterMoment, type Connection, connectionOf, connectionType, FIRST, firstType, pageRequest } from './connection.js';
import { type Context, requireScope } from './context.js';
import { ImportExceptionCodeEnum } from './enums.js';
import { Node } from './node.js';
import { OrderReference, orderReference } from './order-reference.js';
import { DateTimeScalar } from './scalars.js';

@ObjectType({ implements: Node, description: 'What an import could not place. Its order waits whole; its neighbours do not.' })
export class ImportException
  implements Pick<ImportExceptionRow, 'code' | 'message' | 'raisedAt' | 'attempts' | 'resolvedAt' | 'resolution'>
{
  id!: string;

  @Field(() => ImportExceptionCodeEnum, { description: 'What kind of trouble.' })
  code!: ImportExceptionCode;

  @Field(() => String, { description: 'What is wrong and how to mend it.' })
  message!: string;

  @Field(() => DateTimeScalar, { description: 'When it was first met.' })
  raisedAt!: Temporal.Instant;

  @Field(() => DateTimeScalar, { description: 'When placing was last tried.' })
  lastTriedAt!: Temporal.Instant;

  @Field(() => Int, {
    description:
      'How often placing was tried since its SKU was explained last; after 5 tries it waits for a person. An import that read nothing does not count.',
  })
  attempts!: number;

  @Field(() => DateTimeScalar, { nullable: true, description: 'When it was resolved; null while it is open.' })
  resolvedAt!: Temporal.Instant | null;

  @Field(() => String, { nullable: true, description: 'How it was resolved; null while it is open.' })
  resolution!: string | null;
}

export const ImportExceptionConnection = connectionType('ImportException', () => ImportException, 'import exceptions');

@Resolver(() => ImportException)
export class ImportExceptionResolver {
  @FieldResolver(() => ID, { description: 'Global and opaque; stays the same for good.' })
  id(@Root() exception: ImportExceptionRow): string {
    return toGlobalId('ImportException', exception.id);
  }

  @FieldResolver(() => OrderReference, { description: 'The order line; `line` is empty where the order as a whole is meant.' })
  async order(@Root() exception: ImportExceptionRow): Promise<OrderReference> {
    const shop = await exception.shop.loadOrFail();
    return orderReference(shop.platform, { shop: shop.code ?? '', orderNumber: exception.orderNumber, orderLine: exception.orderLine });
  }

  @FieldResolver(() => String, { description: 'The line, or the order, as the shop gave it: JSON.' })
  original(@Root() exception: ImportExceptionRow): string {
    return JSON.stringify(exception.original);
  }

  @Query(() => ImportExceptionConnection, {
    description: 'Staff: what imports could not place, with the reason and the original line; open ones, the oldest first. Scope IMPORTS.',
  })
  async importExceptions(
    @Arg('first', firstType, FIRST) first: number,
    @Arg('after', () => String, AFTER) after: string | null,
    @Ctx() context: Context,
  ): Promise<Connection<ImportExceptionRow>> {
    const { em } = requireScope(context, 'IMPORTS');
    const page = pageRequest(first, after, 2);
    const place = afterMoment(page);
    const later = place === null ? {} : { $or: [{ raisedAt: { $gt: place.moment } }, { raisedAt: place.moment, id: { $gt: place.id } }] };
    const rows = await em.find(
      ExceptionEntity,
      { $and: [{ resolvedAt: null }, later] },
      { orderBy: { raisedAt: 'asc', id: 'asc' }, limit: page.first + 1 },
    );
    return connectionOf(rows, page, (exception) => [exception.raisedAt.toString(), exception.id]);
  }
}
