/**
 * The port to a store: what Tenure reads from any platform, as plain data.
 * Every reader says what it could not know (`unknown`) instead of guessing it.
 * Amounts are decimal strings in major units ("96.00", up to six places); instants are RFC 3339 in UTC.
 */
export interface StorePlatform {
  readonly platform: Platform;
  /** Orders changed at or after the cursor (with the connector's overlap), oldest change first; `null` reads from the beginning. */
  readOrders(since: ReadingCursor | null): AsyncIterable<ReadingPage<ShopOrder>>;
  /** Refund documents (credit memos, order slips) changed at or after the cursor. */
  readRefunds(since: ReadingCursor | null): AsyncIterable<ReadingPage<ShopRefund>>;
  /** Orders beyond an id, by ascending id; `null` reads all of them. What reading by change misses shows up here. */
  readOrdersById(afterId: string | null): AsyncIterable<IdPage<ShopOrder>>;
  /** Refund documents beyond an id, by ascending id. */
  readRefundsById(afterId: string | null): AsyncIterable<IdPage<ShopRefund>>;
  /** The shop's catalogue beyond an id, by ascending id: what could stand on an order line. */
  readProducts(afterId: string | null): AsyncIterable<IdPage<ShopProduct>>;
  readVersion(): Promise<VersionReading>;
  readModules(): Promise<ModulesReading>;
  /** Whether this store is asked at all for the moment; asks nothing. */
  circuit(): Circuit;
  /** Forgets what this process was told or met before a moment that keeps it from asking the store: somebody knows better. Asks nothing. */
  forgetPauses(before: Temporal.Instant): void;
  /** Tries each thing that the purpose needs. What does not work is a finding; throws `StoreReadingFailed` (BUSY, STOPPED) where that is not the store's doing. */
  probe(purpose: StorePurpose): Promise<StoreProbe>;
}

/** ORDERS: a vendor's shop, whose orders, refunds and products are read. VERSION: a customer's store, of which the version is enough. */
export type StorePurpose = 'ORDERS' | 'VERSION';

/**
 * WORKS: all that the purpose needs. INCOMPLETE: the credentials are good, and something is missing. REFUSED: what was given does not work, and will not by
 * waiting. NOT_REACHED: no answer could be had that tells.
 */
export type ProbeOutcome = 'WORKS' | 'INCOMPLETE' | 'REFUSED' | 'NOT_REACHED';

/** What was found when a store was tried. */
export interface StoreProbe {
  readonly outcome: ProbeOutcome;
  readonly findings: readonly ProbeFinding[];
  /** The version for people, such as "2.4 (patch unknown)"; null where it was not told. */
  readonly platformVersion: string | null;
  /** By how much the store's clock is ahead of ours; null where it was not told. */
  readonly clockSkewSeconds: number | null;
}

export interface ProbeFinding {
  readonly code: FindingCode;
  /** MISSING: the purpose needs it, the rest works. FAILED: nothing more could be tried. ADVICE: better otherwise, works as it is. */
  readonly severity: FindingSeverity;
  /** What was found and what to do about it, in words that a shopkeeper can act on; never a secret. */
  readonly message: string;
  /** The right that is meant, as the platform names it: "Magento_Sales::actions_view", "order_slip". */
  readonly right: string | null;
}

export type FindingSeverity = 'WORKS' | 'ADVICE' | 'MISSING' | 'FAILED';

export type FindingCode =
  | 'CREDENTIALS_GOOD'
  | 'CREDENTIALS_REFUSED'
  | 'BEARER_REFUSED'
  | 'CONSUMER_UNKNOWN'
  | 'TOKEN_UNKNOWN'
  | 'SIGNATURE_INVALID'
  | 'KEY_MALFORMED'
  | 'KEY_UNKNOWN'
  | 'KEY_WITHOUT_RIGHTS'
  | 'KEY_OF_ANOTHER_SHOP'
  | 'WEBSERVICE_OFF'
  | 'AUTHORIZATION_STRIPPED'
  | 'RIGHT_GRANTED'
  | 'RIGHT_MISSING'
  | 'RIGHT_UNNEEDED'
  | 'VERSION_TOLD'
  | 'VERSION_INEXACT'
  | 'VERSION_NOT_TOLD'
  | 'MODULES_TOLD'
  | 'MODULES_NOT_TOLD'
  | 'CLOCK_SKEWED'
  | 'TIME_ZONE_DOUBTFUL'
  | 'ADDRESS_REFUSED'
  | 'REDIRECTED'
  | 'ANSWERS_HTML'
  | 'TLS_FAULT'
  | 'UNREACHABLE'
  | 'TOO_SLOW'
  | 'UNAVAILABLE'
  | 'UNEXPECTED_REPLY';

export type Platform = 'MAGENTO' | 'PRESTASHOP';
export type Distribution = 'MAGENTO_OPEN_SOURCE' | 'ADOBE_COMMERCE' | 'MAGE_OS' | 'PRESTASHOP';

/** A keyset position: the platform's own change stamp, in its own spelling and time zone, and the row's id as the tie-breaker. */
export interface ReadingCursor {
  readonly changedAt: string;
  readonly id: string;
}

export interface ReadingPage<T> {
  readonly rows: readonly T[];
  /** Rows that could not be understood. They never stop their neighbours. */
  readonly unreadable: readonly UnreadableRow[];
  /** Where to go on from after this page; `null` when the resource keeps no change stamp. */
  readonly cursor: ReadingCursor | null;
  /** Rows in the whole reading, where the platform tells (Magento); for a progress display only. */
  readonly total: number | null;
}

/** A page by id. Between the id that the page before ended with and its own last one, the shop tells no other rows. */
export interface IdPage<T> extends Omit<ReadingPage<T>, 'cursor'> {
  /** Where to go on from after this page: the highest id on it, that of an unreadable row included; whole numbers. */
  readonly lastId: string;
}

export interface UnreadableRow {
  /** The platform's id of the row, where at least that could be read. */
  readonly id: string | null;
  /** What was expected and what was found, without values that could be personal. */
  readonly message: string;
  /** The row as it came. */
  readonly original: unknown;
}

/**
 * PAID: the money is there. UNPAID: not, or not any more (PrestaShop cannot tell "not yet" from "cancelled").
 * REVERSED: cancelled or refunded in full.
 */
export type PaymentState = 'UNPAID' | 'PAID' | 'REVERSED';

export interface ShopOrder {
  /** The platform's own key (Magento `entity_id`, PrestaShop `id`): unique within the shop. */
  readonly orderId: string;
  /** The number people see (`increment_id`, `reference`): not unique in PrestaShop. */
  readonly orderNumber: string;
  readonly payment: PaymentState;
  readonly placedAt: string;
  /** When the money was there; `null` unless PAID or REVERSED after payment. */
  readonly paidAt: string | null;
  /** The platform's change stamp: a later one replaces an earlier one of the same order. */
  readonly changedAt: string;
  /** The same moment as an instant in UTC. */
  readonly updatedAt: string;
  readonly customer: ShopCustomer;
  readonly currencyCode: string;
  readonly baseCurrencyCode: string | null;
  /** Units of the order's currency for one unit of the base currency, as a decimal string. */
  readonly baseToOrderRate: string | null;
  /** The lines that count, each once: the parent of a configurable, the children of a dynamically priced bundle. */
  readonly lines: readonly ShopOrderLine[];
  readonly unknown: readonly UnknownFact[];
}

export interface ShopCustomer {
  readonly email: string;
  readonly name: string | null;
  /** The shop's customer id; `null` for a guest. */
  readonly customerId: string | null;
}

export interface ShopOrderLine {
  readonly lineId: string;
  readonly sku: string;
  readonly name: string;
  /** As the platform says it: usually an integer, but "1.5" is possible. */
  readonly quantity: string;
  readonly refundedQuantity: string;
  /** Of one unit: net, before any discount, in the order's currency. */
  readonly unitListPrice: string;
  /** Of the whole line in the order's currency: net of discounts and vouchers, without tax. */
  readonly paidNet: string;
  readonly paidTax: string;
}

export interface ShopRefund {
  readonly refundId: string;
  readonly orderId: string;
  readonly refundedAt: string;
  readonly changedAt: string;
  /** Tax included, in the order's currency. */
  readonly amount: string | null;
  /** Empty when money was given back without naming a line. */
  readonly lines: readonly { readonly lineId: string; readonly quantity: string }[];
}

export interface ShopProduct {
  readonly productId: string;
  readonly sku: string;
  readonly name: string;
  readonly price: string | null;
}

/**
 * CLOSED: the store is asked. OPEN: it is left alone until `reopensAt`, after failures in a row or because it asked for a pause.
 * HALF_OPEN: the next exchange tries it, or one is at it, and no other until that is over. Known to this process only.
 */
export interface Circuit {
  readonly state: 'CLOSED' | 'OPEN' | 'HALF_OPEN';
  /** RFC 3339 in UTC; `null` unless OPEN. */
  readonly reopensAt: string | null;
}

export interface VersionReading {
  readonly distribution: Distribution | null;
  /** The distribution's own version as far as it is known: "9.1.4", or "2.4" where the patch is not told; `null` when nothing is told. */
  readonly version: string | null;
  /** For a distribution with numbers of its own (Mage-OS): the version of the platform it builds on. */
  readonly upstreamVersion: string | null;
  /** Whether `version` is the whole version; false for "2.4". */
  readonly exact: boolean;
  /** For people: "2.4 (patch unknown)". */
  readonly label: string;
  readonly unknown: readonly UnknownFact[];
}

export interface ModulesReading {
  readonly modules: readonly { readonly code: string; readonly version: string | null; readonly enabled: boolean }[];
  /** False where the platform gave no list at all. */
  readonly available: boolean;
  readonly unknown: readonly UnknownFact[];
}

export interface UnknownFact {
  /** Name of the field that is not known, e.g. "paidAt", "version", "modules.version". */
  readonly fact: string;
  readonly because: string;
}

/** Why a store could not be read. One class for every connector; never carries headers, bodies or credentials. */
export class StoreReadingFailed extends Error {
  override readonly name = 'StoreReadingFailed';
  constructor(
    readonly code: StoreFailureCode,
    message: string,
    readonly details: { readonly host?: string; readonly status?: number; readonly retryAfterSeconds?: number } = {},
  ) {
    super(message);
  }
}

export type StoreFailureCode =
  | 'ADDRESS_REFUSED'
  | 'UNREACHABLE'
  /** The store's certificate is not good for its name; nothing was sent. */
  | 'CERTIFICATE_REFUSED'
  /** Not asked at all: it failed too often in a row or wants a pause; `retryAfterSeconds` says how long to wait. */
  | 'CIRCUIT_OPEN'
  | 'TIMED_OUT'
  | 'TOO_LARGE'
  | 'RATE_LIMITED'
  | 'UNAVAILABLE'
  | 'CREDENTIALS_REFUSED'
  | 'RIGHT_MISSING'
  | 'WEBSERVICE_OFF'
  | 'NOT_FOUND'
  | 'UNEXPECTED_REPLY'
  /** Not the store's doing: too many exchanges at once, or this process is being stopped. */
  | 'BUSY'
  | 'STOPPED';
