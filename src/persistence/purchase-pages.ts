import { type PlainRow, plainReader } from './plain-row.js';
import { Purchase, type PurchaseRow } from './purchase.js';
import type { Session } from './session.js';
import { SupportTerm, type SupportTermRow } from './support-term.js';

/** A stretch of purchases, the newest first; equal moments by id. */
export interface PurchaseStretch {
  /** The place after which it begins; null: at the newest. */
  readonly after: { readonly moment: Temporal.Instant; readonly id: string } | null;
  /** At most `LONGEST_STRETCH`. */
  readonly limit: number;
}

/** It stands in the statement, where the planner can count on it: a page may then be read from an index instead of sorted out of all rows. */
export const LONGEST_STRETCH = 101;

/** Which purchases; every condition that is not left out must hold. Ids are uuids. */
export interface PurchaseConditions {
  readonly onlyCustomerId?: string;
  readonly customerId?: string;
  /** Meant for the group that this store is in. */
  readonly storeId?: string;
  readonly groupId?: string;
  readonly sku?: string;
  readonly orderNumber?: string;
  readonly isRevoked?: boolean;
}

/** One stretch of the purchases that meet the conditions, in one statement, prepared for each set of conditions. Throws on too long a stretch. */
export async function purchasesWhere(
  session: Session,
  conditions: PurchaseConditions,
  { after, limit }: PurchaseStretch,
): Promise<PlainRow<PurchaseRow>[]> {
  if (limit > LONGEST_STRETCH) throw new RangeError(`A stretch has at most ${LONGEST_STRETCH} purchases.`);
  const reader = plainReader(session, Purchase);
  const wheres = wheresOf(conditions, after);
  const values: unknown[] = [limit];
  const parameter = (value: unknown) => `$${values.push(value)}`;
  const where = wheres.map(({ sql, values: of }) => sql(...of.map(parameter))).join(' and ') || 'true';
  const rows = await session.query<object>({
    // The server keeps 63 characters of a name, which is enough for all of them together.
    name: ['purchases', ...wheres.map(({ name }) => name)].join(' '),
    text: `select * from (
        select ${reader.columns('p')} from purchase p where ${where} order by p.purchased_at desc, p.id desc limit ${LONGEST_STRETCH}
      ) as page
      order by page.purchased_at desc, page.id desc limit $1`,
    values,
  });
  return rows.map(reader.row);
}

interface Where {
  readonly name: string;
  readonly sql: (...parameters: readonly string[]) => string;
  readonly values: readonly unknown[];
}

function wheresOf(conditions: PurchaseConditions, after: PurchaseStretch['after']): Where[] {
  const { onlyCustomerId, customerId, storeId, groupId, sku, orderNumber, isRevoked } = conditions;
  const asked: readonly (readonly [name: string, value: string | undefined, sql: Where['sql']])[] = [
    ['own', onlyCustomerId, (id) => `p.customer_id = ${id}::uuid`],
    ['customer', customerId, (id) => `p.customer_id = ${id}::uuid`],
    ['store', storeId, (id) => `p.group_id = (select store.group_id from store where store.id = ${id}::uuid)`],
    ['group', groupId, (id) => `p.group_id = ${id}::uuid`],
    ['sku', sku, (text) => `p.addon_id = (select id from addon where sku = ${text})`],
    ['order', orderNumber, (text) => `p.order_number = ${text}`],
  ];
  const wheres: Where[] = asked.flatMap(([name, value, sql]) => (value === undefined ? [] : [{ name, sql, values: [value] }]));
  // No parameters: the planner knows how many were taken back.
  if (isRevoked === true) wheres.push({ name: 'revoked', sql: () => 'p.revoked_at is not null', values: [] });
  if (isRevoked === false) wheres.push({ name: 'holding', sql: () => 'p.revoked_at is null', values: [] });
  if (after !== null) {
    const sql: Where['sql'] = (moment, id) => `(p.purchased_at, p.id) < (${moment}::timestamptz, ${id}::uuid)`;
    wheres.push({ name: 'after', sql, values: [after.moment.toString(), after.id] });
  }
  return wheres;
}

/** A stretch for each of many customers, or groups of stores, in one statement. `onlyCustomerId` keeps them to one customer's own; null: everyone's. */
export async function purchasesOfEach(
  session: Session,
  of: 'customer' | 'group',
  parentIds: readonly string[],
  onlyCustomerId: string | null,
  { after, limit }: PurchaseStretch,
): Promise<ReadonlyMap<string, PlainRow<PurchaseRow>[]>> {
  const reader = plainReader(session, Purchase);
  const rows = await session.query<object>({
    name: `purchases-of-${of}`,
    text: `select page.*
      from unnest($1::uuid[]) as key (parent)
      cross join lateral (
        select ${reader.columns('p')} from purchase p
        where p.${of}_id = key.parent and ($2::uuid is null or p.customer_id = $2)
          and ($3::timestamptz is null or (p.purchased_at, p.id) < ($3, $4::uuid))
        order by p.purchased_at desc, p.id desc limit $5
      ) as page
      order by page.purchased_at desc, page.id desc`,
    values: [parentIds, onlyCustomerId, after?.moment.toString() ?? null, after?.id ?? null, limit],
  });
  return Map.groupBy(rows.map(reader.row), (purchase) => purchase[of]?.id ?? '');
}

/** Terms of many purchases, in the order of their places, in one statement. */
export async function termsOfEach(
  session: Session,
  purchaseIds: readonly string[],
): Promise<ReadonlyMap<string, PlainRow<SupportTermRow>[]>> {
  const reader = plainReader(session, SupportTerm);
  const rows = await session.query<object>({
    name: 'terms-of-purchases',
    text: `select ${reader.columns('t')} from support_term t where t.purchase_id = any($1::uuid[]) order by t.ordinal`,
    values: [purchaseIds],
  });
  return Map.groupBy(rows.map(reader.row), (term) => term.purchase.id);
}
