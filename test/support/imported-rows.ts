import type { ReadingPage, ShopOrder, ShopRefund } from '../../integrations/store-platform.js';
import type { Database } from '../../src/persistence/database.js';
import { type Session, withVendorSession } from '../../src/persistence/session.js';
import type { StoreRow } from '../../src/persistence/store.js';
import { type ImportSummary, importOrders } from '../../src/use-cases/orders-import.js';
import { pageOf, shopInMemory } from './shop-orders.js';
import { instant } from './vendor.js';

export interface ShopTold {
  readonly orders?: readonly ShopOrder[];
  readonly refunds?: readonly ShopRefund[];
  readonly orderPages?: readonly (ReadingPage<ShopOrder> | Error)[];
  readonly refundPages?: readonly (ReadingPage<ShopRefund> | Error)[];
}

/** One run of the import of a shop over what it tells, at an instant that also stands for the run's beginning. */
export function importFrom(database: Database, shop: StoreRow, told: ShopTold, at = '2026-03-10T10:00:00Z'): Promise<ImportSummary> {
  const now = instant(at);
  const platform = shopInMemory({
    orders: told.orderPages ?? [pageOf(told.orders ?? [])],
    refunds: told.refundPages ?? [pageOf(told.refunds ?? [])],
  });
  return importOrders(database, { shop, platform, now: () => now, startedAt: now });
}

/** What an import made of a shop's orders, as lines of text in a fixed order: without ids, and without the times of bookkeeping. */
export async function importedRows(database: Database, shopCode: string) {
  return withVendorSession(database, async (session) => {
    const linesOf = (table: keyof typeof ROWS) => linesIn(session, table, shopCode);
    return {
      purchases: await linesOf('purchases'),
      terms: await linesOf('terms'),
      prepaidTime: await linesOf('prepaidTime'),
      lots: await linesOf('lots'),
      included: await linesOf('included'),
      acceptances: await linesOf('acceptances'),
      exceptions: await linesOf('exceptions'),
    };
  });
}

/** The same together with the orders and refunds themselves, as they were last told. */
export async function everyImportedRow(database: Database, shopCode: string) {
  const documents = await withVendorSession(database, (session) => linesIn(session, 'documents', shopCode));
  return { ...(await importedRows(database, shopCode)), documents };
}

async function linesIn(session: Session, table: keyof typeof ROWS, shopCode: string): Promise<string[]> {
  const rows = await session.query<{ line: string }>({ name: `rows-of-${table}`, text: ROWS[table], values: [shopCode] });
  return rows.map((row) => row.line).sort();
}

const ROWS = {
  purchases: `select concat_ws(' ', p.order_id, p.order_number, p.order_line, p.unit, c.email, a.sku, p.platform, p.purchased_at, p.list_price_minor, p.paid_minor,
      p.currency_code, p.base_currency_code, p.base_to_order_rate, p.advertised_compatibility, v.name, v.version, p.revoked_at, p.revocation) as line
    from purchase p join customer c on c.id = p.customer_id join addon a on a.id = p.addon_id
    join support_policy_version v on v.id = p.support_policy_version_id where p.shop = $1`,
  terms: `select concat_ws(' ', t.order_id, t.order_line, t.unit, t.origin, 'of', p.order_id, p.order_line, p.unit, t.paid_at, t.periods, t.months, v.version,
      t.pinned, t.ordinal, t.anchored_on, t.months_from_anchor, t.starts_on, t.ends_on, t.starts_at, t.expires_at) as line
    from support_term t join purchase p on p.id = t.purchase_id join support_policy_version v on v.id = t.support_policy_version_id where t.shop = $1`,
  prepaidTime: `select concat_ws(' ', o.order_id, o.order_line, c.email, o.paid_at, o.minutes, o.refunded_minutes, o.paid_minor, o.currency_code) as line
    from prepaid_time_order o join customer c on c.id = o.customer_id where o.shop = $1`,
  lots: `select concat_ws(' ', split_part(l.grant_key, ':', 4), split_part(l.grant_key, ':', 5), c.email, l.source, l.minutes, l.usable_from, l.ends_at, l.price_minor,
      l.currency_code, v.name, v.version, b.available, b.voided) as line
    from time_lot l join time_lot_balance b on b.lot_id = l.id join time_wallet w on w.id = l.wallet_id join customer c on c.id = w.customer_id
    join support_policy_version v on v.id = l.support_policy_version_id where l.grant_key like 'grant:%:' || $1 || ':%'`,
  included: `select concat_ws(' ', p.order_id, p.order_line, p.unit, c.email, j.name, l.minutes, l.usable_from, l.on_term_end, b.available, b.voided) as line
    from time_lot l join time_lot_balance b on b.lot_id = l.id join purchase p on p.id = l.term_purchase_id join customer c on c.id = p.customer_id
    join project j on j.id = l.project_id where p.shop = $1`,
  acceptances: `select concat_ws(' ', a.order_line, c.email, v.name, v.version, a.way, a.accepted_at) as line
    from terms_acceptance a join customer c on c.id = a.customer_id join support_policy_version v on v.id = a.support_policy_version_id
    where a.order_line like $1 || ':%'`,
  exceptions: `select concat_ws(' ', e.order_id, e.order_line, e.code, e.message, e.original) as line
    from import_exception e join store s on s.id = e.shop_id where s.code = $1 and e.resolved_at is null`,
  documents: `select concat_ws(' ', 'order', o.order_id, o.order_number, o.changed_at, o.content) as line
    from imported_order o join store s on s.id = o.shop_id where s.code = $1
    union all select concat_ws(' ', 'refund', r.refund_id, r.order_id, r.changed_at, r.content)
    from imported_refund r join store s on s.id = r.shop_id where s.code = $1`,
} as const;

/** Short forms of the same rows, for tests that say what they expect. */
export async function shortRows(database: Database, shopCode: string) {
  return withVendorSession(database, async (session) => {
    const linesOf = async (name: string, text: string) =>
      (await session.query<{ line: string }>({ name: `short-${name}`, text, values: [shopCode] })).map((row) => row.line).sort();
    return {
      purchases: await linesOf(
        'purchases',
        `select concat_ws(' ', p.order_line || '/' || p.unit, c.email, a.sku, p.paid_minor, p.revocation, to_char(p.revoked_at, 'YYYY-MM-DD')) as line
         from purchase p join customer c on c.id = p.customer_id join addon a on a.id = p.addon_id where p.shop = $1`,
      ),
      terms: await linesOf(
        'terms',
        `select concat_ws(' ', t.order_line || '/' || t.unit, t.origin, 'of', p.order_line || '/' || p.unit, t.starts_on, t.ends_on) as line
         from support_term t join purchase p on p.id = t.purchase_id where t.shop = $1`,
      ),
      prepaidTime: await linesOf(
        'prepaid',
        `select concat_ws(' ', order_line, minutes, refunded_minutes, paid_minor) as line from prepaid_time_order where shop = $1`,
      ),
      exceptions: await linesOf(
        'exceptions',
        `select concat_ws(' ', e.order_line, e.code) as line from import_exception e join store s on s.id = e.shop_id
         where s.code = $1 and e.resolved_at is null`,
      ),
    };
  });
}
