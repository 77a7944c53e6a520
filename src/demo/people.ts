/** Customers of the demonstration. All of them are invented. */
export interface Person {
  readonly id: number;
  readonly email: string;
  readonly firstname: string;
  readonly lastname: string;
  /** Bought without an account. */
  readonly guest: boolean;
}

export const ALICE: Person = { id: 1, email: 'alice@agency.example', firstname: 'Alice', lastname: 'Martin', guest: false };
export const BOB: Person = { id: 2, email: 'bob@bikes.example', firstname: 'Bob', lastname: 'Keller', guest: true };
export const CARLA: Person = { id: 3, email: 'carla@ceramics.example', firstname: 'Carla', lastname: 'Rossi', guest: false };
export const DINA: Person = { id: 4, email: 'dina@deli.example', firstname: 'Dina', lastname: 'Okafor', guest: false };
export const EMIL: Person = { id: 5, email: 'emil@eyewear.example', firstname: 'Emil', lastname: 'Novak', guest: true };

/** One sale, as both sandbox shops can tell it. */
export interface Sale {
  readonly who: Person;
  readonly daysAgo: number;
  readonly lines: readonly { readonly sku: string; readonly quantity: number }[];
  readonly couponPercent?: number;
  readonly unpaid?: boolean;
  /** Days after payment at which the first line was given back. */
  readonly refundedAfterDays?: number;
  readonly cancelled?: boolean;
}

const one = (sku: string) => ({ sku, quantity: 1 });

export const MAGENTO_SALES: readonly Sale[] = [
  { who: ALICE, daysAgo: 300, lines: [one('MG-CHECKOUT'), one('INSTALL-SERVICE')] },
  { who: ALICE, daysAgo: 215, lines: [one('MG-CHECKOUT-RENEWAL')] },
  { who: ALICE, daysAgo: 125, lines: [{ sku: 'MG-CHECKOUT-RENEWAL', quantity: 2 }] },
  { who: ALICE, daysAgo: 85, lines: [one('MG-SEARCH')], couponPercent: 10 },
  { who: ALICE, daysAgo: 400, lines: [one('MG-STOCK')] },
  { who: ALICE, daysAgo: 40, lines: [one('MG-FEEDS'), one('SUPPORT-10H')] },
  { who: ALICE, daysAgo: 150, lines: [one('MG-PRIVACY')] },
  { who: ALICE, daysAgo: 20, lines: [one('MG-NOTES')] },
  { who: ALICE, daysAgo: 12, lines: [{ sku: 'MG-QUOTES', quantity: 3 }], couponPercent: 20 },
  { who: BOB, daysAgo: 200, lines: [one('MG-CHECKOUT')] },
  { who: BOB, daysAgo: 30, lines: [one('MG-CHECKOUT-RENEWAL')] },
  { who: BOB, daysAgo: 60, lines: [one('MG-FEEDS')], refundedAfterDays: 5 },
  { who: CARLA, daysAgo: 180, lines: [one('MG-SEARCH'), one('MG-STOCK')] },
  { who: CARLA, daysAgo: 70, lines: [{ sku: 'MG-STOCK', quantity: 2 }], refundedAfterDays: 9 },
  { who: CARLA, daysAgo: 9, lines: [one('GIFT-MUG'), one('MG-PRIVACY')] },
  { who: DINA, daysAgo: 95, lines: [one('MG-QUOTES')] },
  { who: DINA, daysAgo: 50, lines: [one('MG-SEARCH-RENEWAL')] },
  { who: DINA, daysAgo: 3, lines: [one('MG-CHECKOUT')], unpaid: true },
  { who: EMIL, daysAgo: 33, lines: [one('MG-PRIVACY')], cancelled: true },
  { who: EMIL, daysAgo: 15, lines: [one('MG-FEEDS')], couponPercent: 100 },
];

export const PRESTASHOP_SALES: readonly Sale[] = [
  { who: ALICE, daysAgo: 260, lines: [one('PS-LOYALTY')] },
  { who: ALICE, daysAgo: 175, lines: [one('PS-LOYALTY-RENEWAL')] },
  { who: ALICE, daysAgo: 82, lines: [one('PS-SHIPPING')] },
  { who: ALICE, daysAgo: 25, lines: [one('PS-CHAT'), one('PS-META')], couponPercent: 10 },
  { who: BOB, daysAgo: 140, lines: [one('PS-META')] },
  { who: BOB, daysAgo: 45, lines: [one('PS-INVOICES')] },
  { who: CARLA, daysAgo: 320, lines: [one('PS-LOYALTY')] },
  { who: CARLA, daysAgo: 64, lines: [one('SUPPORT-10H')] },
  { who: CARLA, daysAgo: 28, lines: [{ sku: 'PS-SHIPPING', quantity: 2 }], refundedAfterDays: 6 },
  { who: DINA, daysAgo: 110, lines: [one('PS-CHAT')] },
  { who: DINA, daysAgo: 18, lines: [one('PS-INVOICES')], cancelled: true },
  { who: EMIL, daysAgo: 75, lines: [one('PS-SHIPPING')] },
  { who: EMIL, daysAgo: 2, lines: [one('PS-META')], unpaid: true },
];
