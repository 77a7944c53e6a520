import { Arg, Ctx, Field, ObjectType, Query, Resolver } from 'type-graphql';
import { type ExplainedProduct, productsOf } from '../persistence/shop-product-rows.js';
import type { SkuMeaningKind } from '../persistence/sku-meaning.js';
import { AFTER, type Connection, connectionOf, connectionType, FIRST, firstType, pageRequest } from './connection.js';
import { type Context, requireScope } from './context.js';
import { SkuMeaningKindEnum } from './enums.js';
import { DateTimeScalar, DecimalScalar } from './scalars.js';

@ObjectType({ description: 'Something that a shop of the vendor sells, as the shop told it.' })
export class ShopProduct implements Pick<ExplainedProduct, 'sku' | 'name' | 'price' | 'seenAt' | 'goneAt' | 'meaning'> {
  @Field(() => String, { description: 'How an order line names it; empty where the shop gave it none.' })
  sku!: string;

  @Field(() => String, { description: 'What the shop calls it.' })
  name!: string;

  @Field(() => DecimalScalar, {
    nullable: true,
    description: 'What it costs, net, in the shop’s own currency; null where that depends on its variants or parts.',
  })
  price!: string | null;

  @Field(() => SkuMeaningKindEnum, {
    nullable: true,
    description: 'What its SKU means on an order line; null while nobody has said so: an order of it would wait for that.',
  })
  meaning!: SkuMeaningKind | null;

  @Field(() => DateTimeScalar, { description: 'When the shop last told it.' })
  seenAt!: Temporal.Instant;

  @Field(() => DateTimeScalar, { nullable: true, description: 'Since when the shop no longer tells it; null while it does.' })
  goneAt!: Temporal.Instant | null;
}

export const ShopProductConnection = connectionType('ShopProduct', () => ShopProduct, 'products of a shop');

@Resolver()
export class ShopProductResolver {
  @Query(() => ShopProductConnection, {
    description:
      'Staff: what a shop sells, in the order of the SKUs; of a shop that is not there, nothing. Those that are not explained are to be explained with `skuMeaningSave` before somebody buys them. Scope IMPORTS.',
  })
  async shopProducts(
    @Arg('shop', () => String, { description: 'Code of the vendor’s shop.' }) shop: string,
    @Arg('first', firstType, FIRST) first: number,
    @Arg('after', () => String, AFTER) after: string | null,
    @Arg('explained', () => Boolean, {
      nullable: true,
      description: 'Only those whose SKU has a meaning, or only those whose SKU has none.',
    })
    explained: boolean | null,
    @Arg('withGone', () => Boolean, { defaultValue: false, description: 'Those as well that the shop no longer tells.' }) withGone: boolean,
    @Ctx() context: Context,
  ): Promise<Connection<ExplainedProduct>> {
    const session = requireScope(context, 'IMPORTS');
    const page = pageRequest(first, after, 2);
    const [sku = '', productId = ''] = page.after ?? [];
    const place = page.after === null ? null : { sku, productId };
    const rows = await productsOf(session, { shop, isExplained: explained ?? null, withGone }, place, page.first + 1);
    return connectionOf(rows, page, (product) => [product.sku, product.productId]);
  }
}
