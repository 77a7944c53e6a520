import { Arg, Ctx, ID, Query, Resolver } from 'type-graphql';
import { Store as StoreEntity, type StoreRole, type StoreRow } from '../persistence/store.js';
import { uuidOrNowhere } from '../use-cases/global-id.js';
import { AFTER, type Connection, connectionOf, connectionType, FIRST, firstType, pageRequest } from './connection.js';
import { type Context, ownRows, requireScope } from './context.js';
import { StoreRoleEnum } from './enums.js';
import { Store } from './store.js';

export const StoreConnection = connectionType('Store', () => Store, 'stores');

@Resolver()
export class StoreListResolver {
  @Query(() => StoreConnection, {
    description:
      'Stores that the caller may see, the vendor’s own shops among them, in the order of their addresses. A customer sees its own, a store itself. Scope STORES_READ.',
  })
  async stores(
    @Arg('first', firstType, FIRST) first: number,
    @Arg('after', () => String, AFTER) after: string | null,
    @Arg('role', () => StoreRoleEnum, { nullable: true, description: 'Only those that are for this.' }) role: StoreRole | null,
    @Arg('customerId', () => ID, { nullable: true, description: 'Only those of this customer.' }) customerId: string | null,
    @Ctx() context: Context,
  ): Promise<Connection<StoreRow>> {
    const { em } = requireScope(context, 'STORES_READ');
    const { actor } = context;
    const page = pageRequest(first, after, 2);
    const [url = '', platform = ''] = page.after ?? [];
    const conditions = [
      ownRows(actor),
      actor.kind === 'STORE' ? { id: actor.storeId } : {},
      role == null ? {} : { role },
      customerId == null ? {} : { customer: uuidOrNowhere('Customer', customerId) },
      page.after === null ? {} : { $or: [{ url: { $gt: url } }, { url, platform: { $gt: platform } }] },
    ];
    const rows = await em.find(StoreEntity, { $and: conditions } as object, {
      orderBy: { url: 'asc', platform: 'asc' },
      limit: page.first + 1,
    });
    return connectionOf(rows, page, (store) => [store.url, store.platform]);
  }
}
