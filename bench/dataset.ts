import type { Database } from '../src/persistence/database.js';
import { type Session, withVendorSession } from '../src/persistence/session.js';
import { layTerms } from '../src/policy/support-term.js';
import { digestAccessToken, mintAccessToken } from '../src/use-cases/access-token-format.js';
import { type AddonOnSale, type Catalogue, publishCatalogue } from './catalogue.js';

export interface DatasetSize {
  readonly customers: number;
  readonly addons: number;
}

/** A customer with what is needed to ask on its behalf. */
export interface BenchCustomer {
  readonly id: string;
  readonly storeId: string;
  readonly storeToken: string;
  readonly customerToken: string;
  /** Add-ons of its store's platform. */
  readonly addons: readonly AddonOnSale[];
  readonly purchases: readonly { readonly id: string; readonly addon: AddonOnSale }[];
}

type Row = Readonly<Record<string, unknown>>;
type Rows = Readonly<Record<'customer' | 'store_group' | 'store' | 'store_reading' | 'access_token' | 'purchase' | 'support_term', Row[]>>;

/** One customer in four buys much; together it is ten purchases a customer. */
const PURCHASES_OF_FEW = 5;
const PURCHASES_OF_MANY = 25;
const CUSTOMERS_PER_BATCH = 500;
/** Purchases are spread over so many days before now. */
const SOLD_DAYS = 600;

/**
 * Fills an empty database: catalogue through the use cases, customers with a store, a reading, two tokens, purchases and terms in bulk.
 * Terms are laid out by the policy itself. The same size gives the same rows, but for the secrets and the moment.
 */
export async function fillDatabase(
  database: Database,
  size: DatasetSize,
  pepper: string,
  now: Temporal.Instant,
  onProgress: (customers: number) => void,
): Promise<BenchCustomer[]> {
  return withVendorSession(database, async (session) => {
    const catalogue = await publishCatalogue(session, size.addons, now);
    const customers: BenchCustomer[] = [];
    while (customers.length < size.customers) {
      const rows: Rows = { customer: [], store_group: [], store: [], store_reading: [], access_token: [], purchase: [], support_term: [] };
      const count = Math.min(CUSTOMERS_PER_BATCH, size.customers - customers.length);
      for (let index = 0; index < count; index += 1) customers.push(customerRows(customers.length, catalogue, pepper, now, rows));
      await insertBatch(session, rows);
      onProgress(customers.length);
    }
    await session.query({ name: 'analyze', text: 'analyze', values: [] });
    return customers;
  });
}

/** Unchecked against each other's order: the rows of a batch refer only to rows of tables before them. */
async function insertBatch(session: Session, rows: Rows): Promise<void> {
  await session.transaction(async () => {
    for (const [table, batch] of Object.entries(rows)) {
      const text = `insert into ${table} select * from json_populate_recordset(null::${table}, $1::json)`;
      await session.query({ name: `fill-${table}`, text, values: [JSON.stringify(batch)] });
    }
  });
}

function customerRows(number: number, catalogue: Catalogue, pepper: string, now: Temporal.Instant, rows: Rows): BenchCustomer {
  const platform = number % 2 === 0 ? 'MAGENTO' : 'PRESTASHOP';
  const addons = catalogue.addons.filter((addon) => addon.platform === platform);
  const since = now.subtract({ hours: 24 * (SOLD_DAYS + 1) });
  const id = uuidAt(since, 1, number);
  const storeId = uuidAt(since, 2, number);
  rows.customer.push({ id, email: `buyer-${number}@merchant.example`, name: `Buyer ${number}`, created_at: since });
  const host = `shop-${number}.merchant.example`;
  // One store to a group, which shares its id.
  rows.store_group.push({ id: storeId, customer_id: id, name: host, created_at: since });
  rows.store.push({
    id: storeId,
    customer_id: id,
    group_id: storeId,
    platform,
    url: `https://${host}`,
    role: 'CUSTOMER_PRODUCTION',
    connected_at: since,
  });
  rows.store_reading.push({
    id: uuidAt(since, 3, number),
    store_id: storeId,
    read_at: now.subtract({ hours: 6 }),
    source: 'PLUGIN',
    platform_version: platform === 'MAGENTO' ? '2.4.7-p3' : '9.0.2',
    version_exact: true,
    installed: [],
  });
  const count = number % 4 === 0 ? PURCHASES_OF_MANY : PURCHASES_OF_FEW;
  const purchases = Array.from({ length: count }, (_, place) => {
    const addon = addons[(Math.floor(number / 2) + place) % addons.length];
    if (addon === undefined) throw new RangeError('A catalogue has add-ons for both platforms.');
    return { addon, id: purchaseRows(number * PURCHASES_OF_MANY + place, { customerId: id, storeId, addon }, catalogue, now, rows) };
  });
  const token = (kind: 'store' | 'customer', family: number) => {
    const { token: text } = mintAccessToken(kind);
    rows.access_token.push({
      id: uuidAt(since, family, number),
      kind: kind.toUpperCase(),
      label: `bench ${number}`,
      principal: kind === 'store' ? `store:${storeId}` : `customer:${id}`,
      digest: `\\x${digestAccessToken(text, pepper).toString('hex')}`,
      scopes: [],
      customer_id: id,
      store_id: kind === 'store' ? storeId : null,
      created_at: since,
      last_used_at: now,
    });
    return text;
  };
  return { id, storeId, storeToken: token('store', 6), customerToken: token('customer', 7), addons, purchases };
}

/** One licence: paid on one of the last 600 days; two in five were renewed twice on their last day but one. */
function purchaseRows(
  number: number,
  { customerId, storeId, addon }: { readonly customerId: string; readonly storeId: string; readonly addon: AddonOnSale },
  { policyId, policyZone, termMonths }: Catalogue,
  now: Temporal.Instant,
  rows: Rows,
): string {
  // A stride that has no divisor in common with the days visits them all.
  const paidAt = now.subtract({ hours: 24 * (1 + ((number * 377) % SOLD_DAYS)), minutes: number % 1_440 });
  const id = uuidAt(paidAt, 4, number);
  const line = { shop: 'bench', order_id: `${number}`, order_number: `N-${number}`, unit: 1 };
  rows.purchase.push({
    ...line,
    id,
    order_line: '1',
    customer_id: customerId,
    addon_id: addon.id,
    group_id: number % 2 === 0 ? storeId : null,
    platform: addon.platform,
    purchased_at: paidAt,
    list_price_minor: addon.listPriceMinor.toString(),
    paid_minor: ((addon.listPriceMinor * 12n) / 10n).toString(),
    currency_code: 'EUR',
    advertised_compatibility: [],
    support_policy_version_id: policyId,
    recorded_at: paidAt,
  });
  const renewals = number % 5 < 2 ? [1, 2] : [];
  const payments = [0, ...renewals].map((place) => ({
    key: `${place + 1}`,
    paidAt: paidAt.add({ hours: 24 * place * (termMonths * 30 - 1) }),
    months: termMonths,
  }));
  const spans = layTerms(
    payments.filter((payment) => Temporal.Instant.compare(payment.paidAt, now) < 0),
    policyZone,
  );
  for (const span of spans) {
    rows.support_term.push({
      ...line,
      id: uuidAt(span.paidAt, 5, number * 4 + span.ordinal),
      purchase_id: id,
      origin: span.ordinal === 1 ? 'INCLUDED' : 'RENEWAL',
      order_line: span.key,
      paid_at: span.paidAt,
      periods: 1,
      months: termMonths,
      support_policy_version_id: policyId,
      pinned: false,
      ordinal: span.ordinal,
      anchored_on: span.anchoredOn,
      months_from_anchor: span.monthsFromAnchor,
      starts_on: span.startsOn,
      ends_on: span.endsOn,
      starts_at: span.startsAt,
      expires_at: span.expiresAt,
    });
  }
  return id;
}

/** A UUID of version 7 as it would have been made at that moment; family and number keep it apart from all others. */
function uuidAt(moment: Temporal.Instant, family: number, number: number): string {
  const time = moment.epochMilliseconds.toString(16).padStart(12, '0');
  const tail = `${family.toString(16)}${number.toString(16).padStart(11, '0')}`;
  return `${time.slice(0, 8)}-${time.slice(8)}-7000-8000-${tail}`;
}
