import { Arg, Ctx, Field, FieldResolver, ID, ObjectType, Query, Resolver, Root } from 'type-graphql';
import { Customer as CustomerEntity, type CustomerRow } from '../persistence/customer.js';
import type { StoreRow } from '../persistence/store.js';
import { seesEveryone } from '../use-cases/actor.js';
import { fromGlobalId, NOWHERE, toGlobalId } from '../use-cases/global-id.js';
import { AFTER, type Connection, connectionOf, connectionType, FIRST, firstType, pageRequest } from './connection.js';
import { type Context, requireScope } from './context.js';
import { Node } from './node.js';
import { refusal } from './operation-limits.js';
import { PurchaseConnection } from './purchase.js';
import { type PurchaseRoot, pageOfPurchasesOf } from './purchase-page.js';
import { Store } from './store.js';

@ObjectType({ implements: Node, description: 'Who bought. Orders of guests and of accounts meet by e-mail address.' })
export class Customer implements Pick<CustomerRow, 'email' | 'name'> {
  id!: string;

  @Field(() => String, { description: 'E-mail address, in lower case.' })
  email!: string;

  @Field(() => String, { nullable: true, description: 'Name as the first order gave it; null where none did.' })
  name!: string | null;
}

export const CustomerConnection = connectionType('Customer', () => Customer, 'customers');

@Resolver(() => Customer)
export class CustomerResolver {
  @FieldResolver(() => ID, { description: 'Global and opaque; stays the same for good.' })
  id(@Root() customer: CustomerRow): string {
    return toGlobalId('Customer', customer.id);
  }

  @FieldResolver(() => PurchaseConnection, { description: 'Its purchases, the newest first.' })
  purchases(
    @Root() customer: CustomerRow,
    @Arg('first', firstType, FIRST) first: number,
    @Arg('after', () => String, AFTER) after: string | null,
    @Ctx() context: Context,
  ): Promise<Connection<PurchaseRoot>> {
    requireScope(context, 'PURCHASES_READ');
    return pageOfPurchasesOf(context, { customerId: customer.id }, first, after);
  }

  @FieldResolver(() => [Store], { description: 'Its stores, in the order of their addresses. Scope STORES_READ.' })
  stores(@Root() customer: CustomerRow, @Ctx() context: Context): Promise<StoreRow[]> {
    requireScope(context, 'STORES_READ');
    return context.loaders.storesOfCustomer.load(customer.id);
  }

  @Query(() => Customer, {
    nullable: true,
    description: 'The customer with this id or this e-mail address; null when there is none that the caller may see. Scope PURCHASES_READ.',
  })
  async customer(
    @Arg('id', () => ID, { nullable: true, description: 'Global id.' }) id: string | null,
    @Arg('email', () => String, { nullable: true, description: 'E-mail address, in any case of letters.' }) email: string | null,
    @Ctx() context: Context,
  ): Promise<CustomerRow | null> {
    const { em } = requireScope(context, 'PURCHASES_READ');
    if ((id == null) === (email == null)) throw refusal('BAD_USER_INPUT', 'Name the customer by `id` or by `email`: one of the two.');
    const uuid = id == null ? null : fromGlobalId('Customer', id);
    if (id != null && uuid === null) return null;
    const customer = await em.findOne(CustomerEntity, uuid === null ? { email: (email ?? '').trim().toLowerCase() } : { id: uuid });
    return customer !== null && (seesEveryone(context.actor) || customer.id === context.actor.customerId) ? customer : null;
  }

  @Query(() => CustomerConnection, {
    description: 'Customers in the order of their e-mail addresses; a customer sees only itself. Scope PURCHASES_READ.',
  })
  async customers(
    @Arg('first', firstType, FIRST) first: number,
    @Arg('after', () => String, AFTER) after: string | null,
    @Arg('search', () => String, {
      nullable: true,
      description: 'Only those whose e-mail address or name contains this text, in any case of letters.',
    })
    search: string | null,
    @Ctx() context: Context,
  ): Promise<Connection<CustomerRow>> {
    const { em } = requireScope(context, 'PURCHASES_READ');
    const page = pageRequest(first, after, 1);
    const pattern = `%${(search ?? '').trim().replace(/[\\%_]/g, '\\$&')}%`;
    const conditions = [
      seesEveryone(context.actor) ? {} : { id: context.actor.customerId ?? NOWHERE },
      page.after === null ? {} : { email: { $gt: page.after[0] ?? '' } },
      search == null ? {} : { $or: [{ email: { $ilike: pattern } }, { name: { $ilike: pattern } }] },
    ];
    const rows = await em.find(CustomerEntity, { $and: conditions }, { orderBy: { email: 'asc' }, limit: page.first + 1 });
    return connectionOf(rows, page, (customer) => [customer.email]);
  }
}
