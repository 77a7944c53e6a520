import type { EntityManager } from '@mikro-orm/postgresql';
import { queryWithin, type Session } from './session.js';
import type { StoreRow } from './store.js';

/** Orders of a shop that bought minutes for which no lot stands, by their ids. */
export async function ordersWithoutTime(session: Session, shop: Pick<StoreRow, 'code' | 'platform'>): Promise<string[]> {
  const rows = await session.query<{ order_id: string }>({
    name: 'orders-without-time',
    text: `select distinct o.order_id from prepaid_time_order o
      where o.shop = $1 and not exists (
        select from time_lot l where l.grant_key = concat_ws(':', 'grant', $2::text, o.shop, o.order_id, o.order_line)
      ) order by 1`,
    values: [shop.code, shop.platform],
  });
  return rows.map((row) => row.order_id);
}

/**
 * Customers in whose wallets something may have to be booked at an instant, at most `limit`, after the one given: a hold whose life is over, or minutes in a lot
 * that has an end by then or whose support term forfeits it. Of the last kind some may run still; the policy core tells.
 */
export async function customersToSweep(em: EntityManager, at: Temporal.Instant, limit: number, after: string | null): Promise<string[]> {
  const rows = await queryWithin<{ customer_id: string }>(em, {
    name: 'wallets-to-sweep',
    text: `select w.customer_id from time_wallet w
      where ($3::uuid is null or w.customer_id > $3) and (
        exists (select from time_hold h where h.wallet_id = w.id and h.resolved_by_id is null and h.lapses_at <= $1)
        or exists (select from time_lot l join time_lot_balance b on b.lot_id = l.id
          where l.wallet_id = w.id and b.available > 0 and (l.ends_at <= $1 or (l.on_term_end = 'FORFEIT' and not exists (
            select from support_term s join purchase p on p.id = s.purchase_id
            where s.purchase_id = l.term_purchase_id and s.starts_at <= $1 and $1 < s.expires_at and (p.revoked_at is null or p.revoked_at > $1)
          ))))
      )
      order by w.customer_id limit $2`,
    values: [at.toString(), limit, after],
  });
  return rows.map((row) => row.customer_id);
}

/** Wallets by their ids, at most `limit` after the one given. */
export async function walletsAfter(em: EntityManager, after: string | null, limit: number): Promise<string[]> {
  const rows = await queryWithin<{ id: string }>(em, {
    name: 'wallets-after',
    text: 'select id from time_wallet where $1::uuid is null or id > $1 order by id limit $2',
    values: [after, limit],
  });
  return rows.map(({ id }) => id);
}
