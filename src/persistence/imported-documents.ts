import type { EntityManager } from '@mikro-orm/postgresql';
import { typeid } from 'typeid-js';
import { executeWithin } from './session.js';

/** What is kept of a document of a shop, as it was last told. */
export interface KnownDocument {
  readonly changedAt: string;
  readonly content: unknown;
}

export interface OrderDocument extends KnownDocument {
  readonly orderId: string;
  readonly orderNumber: string;
}

export interface RefundDocument extends KnownDocument {
  readonly refundId: string;
  readonly orderId: string;
}

// Documents are read and written a page at a time, and each as plain JSON: the mapper would compare every one of them at every flush. The statements have no
// name, so that each is planned for the size that the tables have by then: an import begins with empty ones.

const ORDERS = 'select order_id as id, changed_at, content from imported_order where shop_id = $1 and order_id = any($2::text[])';
const REFUNDS = 'select refund_id as id, changed_at, content from imported_refund where shop_id = $1 and refund_id = any($2::text[])';

/** The orders of a shop that are known among these ids, by id. */
export const knownOrders = (em: EntityManager, shopId: string, orderIds: readonly string[]) => documentsOf(em, ORDERS, shopId, orderIds);

/** The same, locked to the transaction's end in the order of their ids. */
export const lockOrders = (em: EntityManager, shopId: string, orderIds: readonly string[]) =>
  documentsOf(em, `${ORDERS} order by order_id for update`, shopId, orderIds);

/** The refunds of a shop that are known among these ids, by id. */
export const knownRefunds = (em: EntityManager, shopId: string, refundIds: readonly string[]) =>
  documentsOf(em, REFUNDS, shopId, refundIds);

/** The same, locked to the transaction's end in the order of their ids. */
export const lockRefunds = (em: EntityManager, shopId: string, refundIds: readonly string[]) =>
  documentsOf(em, `${REFUNDS} order by refund_id for update`, shopId, refundIds);

async function documentsOf(em: EntityManager, text: string, shopId: string, ids: readonly string[]): Promise<Map<string, KnownDocument>> {
  if (ids.length === 0) return new Map();
  const { rows } = await executeWithin(em, text, [shopId, ids]);
  const read = rows as { id: string; changed_at: string; content: unknown }[];
  return new Map(read.map(({ id, changed_at: changedAt, content }) => [id, { changedAt, content }]));
}

/** The refund documents of some orders, by order id; those of an order in the sequence in which they became known. */
export async function refundsOfOrders(em: EntityManager, shopId: string, orderIds: readonly string[]): Promise<Map<string, unknown[]>> {
  const { rows } = await executeWithin(
    em,
    'select order_id, content from imported_refund where shop_id = $1 and order_id = any($2::text[]) order by id',
    [shopId, orderIds],
  );
  const byOrder = Map.groupBy(rows as { order_id: string; content: unknown }[], (row) => row.order_id);
  return new Map([...byOrder].map(([orderId, documents]) => [orderId, documents.map(({ content }) => content)]));
}

/** Keeps what is new of orders; `known` are the ids of those that are there already, which are locked. An id that somebody else adds meanwhile is a unique violation. */
export async function writeOrders(
  em: EntityManager,
  shopId: string,
  orders: readonly OrderDocument[],
  known: ReadonlySet<string>,
  now: Temporal.Instant,
): Promise<void> {
  const columns = 'o.order_number, o.changed_at, o.content';
  const [added, changed] = parted(orders, ({ orderId }) => known.has(orderId));
  const rowsOf = (documents: readonly OrderDocument[]) =>
    documents.map(({ orderId, orderNumber, changedAt, content }) => {
      return { id: typeid().toUUID(), order_id: orderId, order_number: orderNumber, changed_at: changedAt, content };
    });
  const recordset = 'jsonb_to_recordset($2) as o (id uuid, order_id text, order_number text, changed_at text, content jsonb)';
  if (added.length > 0) {
    const text = `insert into imported_order (shop_id, imported_at, id, order_id, order_number, changed_at, content)
      select $1, $3::timestamptz, o.id, o.order_id, ${columns} from ${recordset}`;
    await executeWithin(em, text, [shopId, JSON.stringify(rowsOf(added)), now.toString()]);
  }
  if (changed.length > 0) {
    const text = `update imported_order k set (order_number, changed_at, content, imported_at) = (${columns}, $3::timestamptz)
      from ${recordset} where k.shop_id = $1 and k.order_id = o.order_id`;
    await executeWithin(em, text, [shopId, JSON.stringify(rowsOf(changed)), now.toString()]);
  }
}

/** The same for refunds. */
export async function writeRefunds(
  em: EntityManager,
  shopId: string,
  refunds: readonly RefundDocument[],
  known: ReadonlySet<string>,
  now: Temporal.Instant,
): Promise<void> {
  const columns = 'o.order_id, o.changed_at, o.content';
  const [added, changed] = parted(refunds, ({ refundId }) => known.has(refundId));
  const rowsOf = (documents: readonly RefundDocument[]) =>
    documents.map(({ refundId, orderId, changedAt, content }) => {
      return { id: typeid().toUUID(), refund_id: refundId, order_id: orderId, changed_at: changedAt, content };
    });
  const recordset = 'jsonb_to_recordset($2) as o (id uuid, refund_id text, order_id text, changed_at text, content jsonb)';
  if (added.length > 0) {
    const text = `insert into imported_refund (shop_id, imported_at, id, refund_id, order_id, changed_at, content)
      select $1, $3::timestamptz, o.id, o.refund_id, ${columns} from ${recordset}`;
    await executeWithin(em, text, [shopId, JSON.stringify(rowsOf(added)), now.toString()]);
  }
  if (changed.length > 0) {
    const text = `update imported_refund k set (order_id, changed_at, content, imported_at) = (${columns}, $3::timestamptz)
      from ${recordset} where k.shop_id = $1 and k.refund_id = o.refund_id`;
    await executeWithin(em, text, [shopId, JSON.stringify(rowsOf(changed)), now.toString()]);
  }
}

function parted<Item>(items: readonly Item[], isSecond: (item: Item) => boolean): [Item[], Item[]] {
  return [items.filter((item) => !isSecond(item)), items.filter(isSecond)];
}
