import { Field, ObjectType } from 'type-graphql';
import type { Platform } from '../policy/compatibility.js';
import { StorePlatformEnum } from './enums.js';

@ObjectType({ description: 'A line of an order in a shop.' })
export class OrderReference {
  @Field(() => StorePlatformEnum, { description: 'The platform of the shop, or of the add-on for a sale made elsewhere.' })
  platform!: Platform;

  @Field(() => String, { description: 'Code of the vendor’s shop, or the name that a partner gave its own.' })
  shop!: string;

  @Field(() => String, { description: 'The order number that people see; not unique in PrestaShop.' })
  orderNumber!: string;

  @Field(() => String, { description: 'The platform’s id of the line.' })
  line!: string;
}

export const orderReference = (
  platform: Platform,
  unit: { readonly shop: string; readonly orderNumber: string; readonly orderLine: string },
): OrderReference => ({
  platform,
  shop: unit.shop,
  orderNumber: unit.orderNumber,
  line: unit.orderLine,
});
