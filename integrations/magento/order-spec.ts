/** Decimal text in the base currency, net: "99.90". */
type Decimal = string;
/** "2026-11-22 02:58:47", in UTC. */
type Stamp = string;

/** An order in short, from which `magentoOrder` makes the documents that the REST API would give. */
export interface MagentoOrderSpec {
  readonly id: number;
  readonly placedAt: Stamp;
  /** Without it, the last thing that happened. */
  readonly updatedAt?: Stamp;
  readonly customer: MagentoCustomerSpec;
  readonly lines: readonly MagentoLineSpec[];
  readonly coupon?: { readonly code: string; readonly percent: Decimal };
  readonly taxPercent?: Decimal;
  /** What the customer paid in, where it is not the shop's EUR: units of it for one euro. */
  readonly currency?: { readonly code: string; readonly rate: Decimal };
  /** When everything was invoiced and paid. */
  readonly paidAt?: Stamp;
  readonly canceledAt?: Stamp;
  readonly refunds?: readonly MagentoRefundSpec[];
  /** Without it, what follows from the above: new, complete, closed or canceled. */
  readonly state?: string;
  /** Of the first item; they count on from there. */
  readonly firstItemId?: number;
}

export interface MagentoCustomerSpec {
  readonly email: string;
  readonly firstname: string;
  readonly lastname: string;
  /** None for a guest. */
  readonly id?: number;
  /** More of the billing address, in its own field names. */
  readonly address?: Readonly<Record<string, unknown>>;
}

interface SoldProduct {
  readonly productId: number;
  readonly sku: string;
  readonly name: string;
}

export interface MagentoPlainLine extends SoldProduct {
  readonly kind: 'virtual' | 'downloadable';
  readonly price: Decimal;
  /** The catalogue's price, where special prices or paid options make another one of it. */
  readonly originalPrice?: Decimal;
  readonly quantity: Decimal;
  /** Ids of the links bought. */
  readonly links?: readonly number[];
}

export interface MagentoConfigurableLine extends SoldProduct {
  readonly kind: 'configurable';
  readonly variant: SoldProduct;
  /** Attribute id and the value chosen. */
  readonly option: { readonly option_id: string; readonly option_value: number };
  readonly price: Decimal;
  readonly originalPrice?: Decimal;
  readonly quantity: Decimal;
}

export interface MagentoBundleLine extends SoldProduct {
  readonly kind: 'bundle';
  readonly pricing: 'DYNAMIC' | 'FIXED';
  /** Of a bundle with a price of its own. */
  readonly price?: Decimal;
  readonly quantity: Decimal;
  /** Quantities are those in one bundle. */
  readonly parts: readonly (SoldProduct & { readonly price: Decimal; readonly quantity: Decimal })[];
}

export type MagentoLineSpec = MagentoPlainLine | MagentoConfigurableLine | MagentoBundleLine;

export interface MagentoRefundSpec {
  readonly id?: number;
  readonly at: Stamp;
  /** Places in `lines` of the order, and how many of each; a bundle is given back whole. None for money without a line. */
  readonly lines: readonly { readonly line: number; readonly quantity: Decimal }[];
  /** Given on top, tax included. */
  readonly adjustment?: Decimal;
}
