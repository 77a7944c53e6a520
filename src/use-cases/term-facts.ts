import { executeWithin } from '../persistence/session.js';
import type { SupportTermOrigin } from '../persistence/support-term.js';
import type { EntityManager } from './entity-manager.js';
import type { OrderLineUnit } from './order-line-key.js';

/** Whose purchases of which add-on. */
export interface Holder {
  readonly customerId: string;
  readonly addonId: string;
}

/** What laying out terms has to know of a purchase. */
export interface PurchaseFacts extends OrderLineUnit, Holder {
  readonly id: string;
  readonly purchasedAt: Temporal.Instant;
  readonly revokedAt: Temporal.Instant | null;
  readonly policyId: string;
  /** The term that came with it; null: not laid out yet. */
  readonly included: { readonly periods: number; readonly months: number } | null;
}

/** A payment for support after the purchase's own, with the place that it was given. */
export interface StoredPayment extends OrderLineUnit, Holder {
  readonly id: string;
  readonly purchaseId: string;
  readonly origin: SupportTermOrigin;
  readonly paidAt: Temporal.Instant;
  readonly periods: number;
  readonly months: number;
  readonly policyId: string;
  readonly pinned: boolean;
  readonly ordinal: number;
  readonly anchoredOn: Temporal.PlainDate;
  readonly monthsFromAnchor: number;
  readonly startsOn: Temporal.PlainDate;
  readonly endsOn: Temporal.PlainDate;
  readonly startsAt: Temporal.Instant;
  readonly expiresAt: Temporal.Instant;
}

// A reseller's next order reads everything that it ever bought. These are therefore plain rows: whole entities, and the conditions that each is
// pinned to, would cost a hundred times as much, and would all be compared again when the transaction is flushed.
const UNIT = (table: string) =>
  `${table}.shop, ${table}.order_id as "orderId", ${table}.order_number as "orderNumber", ${table}.order_line as "orderLine", ${table}.unit`;

const OF_HOLDERS = 'unnest($1::uuid[], $2::uuid[]) as h(customer_id, addon_id)';
const HOLDER = 'h.customer_id as "customerId", h.addon_id as "addonId"';

// The lateral keeps it to the index, as each holder has few purchases among many.
const PURCHASES = `
  select ${HOLDER}, p.id, ${UNIT('p')}, p.purchased_at::text as "purchasedAt", p.revoked_at::text as "revokedAt",
    p.support_policy_version_id as "policyId", t.periods, t.months
  from ${OF_HOLDERS}, lateral (select * from purchase where customer_id = h.customer_id and addon_id = h.addon_id offset 0) as p
    left join lateral (select * from support_term where purchase_id = p.id and origin = 'INCLUDED' offset 0) as t on true
  where $3 or t.id is null
  order by p.id`;

const PAYMENTS = `
  select ${HOLDER}, t.id, t.purchase_id as "purchaseId", ${UNIT('t')}, t.origin, t.paid_at::text as "paidAt", t.periods, t.months,
    t.support_policy_version_id as "policyId", t.pinned, t.ordinal, t.anchored_on::text as "anchoredOn", t.months_from_anchor as "monthsFromAnchor",
    t.starts_on::text as "startsOn", t.ends_on::text as "endsOn", t.starts_at::text as "startsAt", t.expires_at::text as "expiresAt"
  from ${OF_HOLDERS}, lateral (select id from purchase where customer_id = h.customer_id and addon_id = h.addon_id offset 0) as p,
    lateral (select * from support_term where purchase_id = p.id and origin <> 'INCLUDED' offset 0) as t
  order by t.id`;

type PurchaseLine = Omit<PurchaseFacts, 'purchasedAt' | 'revokedAt' | 'included'> & {
  readonly purchasedAt: string;
  readonly revokedAt: string | null;
  readonly periods: number | null;
  readonly months: number | null;
};

type Spelled = 'paidAt' | 'startsAt' | 'expiresAt' | 'anchoredOn' | 'startsOn' | 'endsOn';
type PaymentLine = Omit<StoredPayment, Spelled> & Readonly<Record<Spelled, string>>;

/** Purchases of some holders, oldest first: all of them, or those that have no term yet. Reads what is written, so flush first. */
export async function readPurchaseFacts(
  em: EntityManager,
  holders: readonly Holder[],
  which: 'ALL' | 'WITHOUT_TERM',
): Promise<PurchaseFacts[]> {
  const lines = await rowsOf<PurchaseLine>(em, PURCHASES, holders, which === 'ALL');
  return lines.map(({ purchasedAt, revokedAt, periods, months, ...rest }) => ({
    ...rest,
    purchasedAt: Temporal.Instant.from(purchasedAt),
    revokedAt: revokedAt === null ? null : Temporal.Instant.from(revokedAt),
    included: periods === null || months === null ? null : { periods, months },
  }));
}

/** What was paid or given for support of some holders' purchases beyond what came with them. Reads what is written, so flush first. */
export async function readStoredPayments(em: EntityManager, holders: readonly Holder[]): Promise<StoredPayment[]> {
  const lines = await rowsOf<PaymentLine>(em, PAYMENTS, holders);
  return lines.map((line) => ({
    ...line,
    paidAt: Temporal.Instant.from(line.paidAt),
    startsAt: Temporal.Instant.from(line.startsAt),
    expiresAt: Temporal.Instant.from(line.expiresAt),
    anchoredOn: Temporal.PlainDate.from(line.anchoredOn),
    startsOn: Temporal.PlainDate.from(line.startsOn),
    endsOn: Temporal.PlainDate.from(line.endsOn),
  }));
}

async function rowsOf<Row>(em: EntityManager, text: string, holders: readonly Holder[], ...more: readonly unknown[]): Promise<Row[]> {
  if (holders.length === 0) return [];
  const values = [holders.map(({ customerId }) => customerId), holders.map(({ addonId }) => addonId), ...more];
  return (await executeWithin(em, text, values)).rows as Row[];
}
