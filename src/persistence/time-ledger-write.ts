import type { EntityManager } from '@mikro-orm/postgresql';
import { typeid } from 'typeid-js';
import { queryWithin } from './session.js';
import type { BalanceFacts, HoldFacts, LedgerRows, LotFacts, TransactionFacts } from './time-ledger-rows.js';

/** What one command adds to a wallet that is locked. */
export interface LedgerChange {
  readonly walletId: string;
  /** The number of the last transaction when the wallet was read. */
  readonly lastSequence: number;
  readonly after: Pick<LedgerRows, 'issuedMinutes' | 'lastSequence' | 'recordedThrough'>;
  readonly lots: readonly (LotFacts & { readonly grantKey: string | null })[];
  /** Of the lots above. */
  readonly balances: readonly BalanceFacts[];
  /** What each lot that was there before gains or loses by account. */
  readonly moves: readonly BalanceFacts[];
  readonly transactions: readonly TransactionFacts[];
  /** As they are afterwards, those that are over first: so the task of one may be given another in the same command. */
  readonly holds: readonly HoldFacts[];
}

const LOCK = 'select id from time_wallet where customer_id = $1 for update';
const MAKE = `insert into time_wallet (id, customer_id, issued_minutes, last_sequence, created_at) values ($1, $2, 0, 0, $3)
  on conflict (customer_id) do nothing`;

/** Locks the wallet of a customer to the transaction's end, and makes it first if there is none: one statement where there is one, three where not. */
export async function lockWallet(em: EntityManager, customerId: string, at: Temporal.Instant): Promise<string> {
  const lock = async () => (await queryWithin<{ id: string }>(em, { name: 'time-wallet-lock', text: LOCK, values: [customerId] }))[0]?.id;
  const known = await lock();
  if (known !== undefined) return known;
  await queryWithin(em, { name: 'time-wallet-make', text: MAKE, values: [typeid().toUUID(), customerId, at.toString()] });
  const made = await lock();
  if (made === undefined) throw new Error('The wallet is neither there nor could it be made.');
  return made;
}

const LOCK_ALL = 'select customer_id from time_wallet where customer_id = any($1::uuid[]) order by customer_id for update';
const MAKE_ALL = `insert into time_wallet (id, customer_id, issued_minutes, last_sequence, created_at)
  select n.id, n.customer_id, 0, 0, $3 from unnest($1::uuid[], $2::uuid[]) as n(id, customer_id) order by n.customer_id on conflict (customer_id) do nothing`;

/** The same for many customers, in the order of their ids: one statement where all are there, three where not. */
export async function lockWallets(em: EntityManager, customerIds: readonly string[], at: Temporal.Instant): Promise<void> {
  const lock = async () => {
    const rows = await queryWithin<{ customer_id: string }>(em, { name: 'time-wallets-lock', text: LOCK_ALL, values: [customerIds] });
    return new Set(rows.map(({ customer_id }) => customer_id));
  };
  const known = await lock();
  const missing = customerIds.filter((customerId) => !known.has(customerId));
  if (missing.length === 0) return;
  const values = [missing.map(() => typeid().toUUID()), missing, at.toString()];
  await queryWithin(em, { name: 'time-wallets-make', text: MAKE_ALL, values });
  if ((await lock()).size !== new Set(customerIds).size) throw new Error('A wallet is neither there nor could it be made.');
}

const COUNTED = 'available int, held int, consumed int, expired int, voided int';
const ADDED = ['available', 'held', 'consumed', 'expired', 'voided']
  .map((account) => `${account} = b.${account} + d.${account}`)
  .join(', ');
const NOT_NEGATIVE = ['available', 'held', 'consumed', 'expired', 'voided']
  .map((account) => `b.${account} + d.${account} >= 0`)
  .join(' and ');

/** Names of JSON become names of columns; one statement, so that the legs of all transactions come before the eye of the trigger that sums them. */
const WRITE = `with moved_wallet as (
  update time_wallet set issued_minutes = $3, last_sequence = $4, recorded_through = $5 where id = $1 and last_sequence = $2 returning id
), new_lot as (
  insert into time_lot (id, wallet_id, source, minutes, project_id, priority, usable_from, ends_at, term_purchase_id, on_term_end, price_minor,
    currency_code, parent_id, created_at, support_policy_version_id, grant_key)
  select id, $1, source, minutes, "projectId", priority, "usableFrom", "endsAt", "termPurchaseId", "onTermEnd", "priceMinor", "currencyCode", "parentId",
    "createdAt", "policyVersionId", "grantKey"
  from jsonb_to_recordset($6) as l (id uuid, source text, minutes int, "projectId" uuid, priority int, "usableFrom" timestamptz, "endsAt" timestamptz,
    "termPurchaseId" uuid, "onTermEnd" text, "priceMinor" bigint, "currencyCode" text, "parentId" uuid, "createdAt" timestamptz,
    "policyVersionId" uuid, "grantKey" text)
), new_balance as (
  insert into time_lot_balance (lot_id, wallet_id, available, held, consumed, expired, voided)
  select "lotId", $1, available, held, consumed, expired, voided from jsonb_to_recordset($7) as b ("lotId" uuid, ${COUNTED})
), moved_balance as (
  update time_lot_balance b set ${ADDED}
  from jsonb_to_recordset($8) as d ("lotId" uuid, ${COUNTED})
  where b.lot_id = d."lotId" and b.wallet_id = $1 and ${NOT_NEGATIVE}
  returning b.lot_id
), new_transaction as (
  insert into time_transaction (id, wallet_id, sequence, kind, effective_at, recorded_at, actor_kind, actor_name, reason, rule, project_id, ticket_id,
    task_id, hold_id, requested_minutes, lapses_at, reverses_id)
  select id, $1, sequence, kind, "effectiveAt", "recordedAt", "actorKind", "actorName", reason, rule, "projectId", "ticketId", "taskId", "holdId",
    "requestedMinutes", "lapsesAt", reverses
  from jsonb_to_recordset($9) as t (id uuid, sequence int, kind text, "effectiveAt" timestamptz, "recordedAt" timestamptz, "actorKind" text,
    "actorName" text, reason text, rule text, "projectId" uuid, "ticketId" uuid, "taskId" uuid, "holdId" uuid, "requestedMinutes" int,
    "lapsesAt" timestamptz, reverses uuid)
), new_leg as (
  insert into time_leg (transaction_id, position, wallet_id, account, lot_id, minutes)
  select t.id, g.position, $1, g.leg->>'account', (g.leg->>'lotId')::uuid, (g.leg->>'minutes')::int
  from jsonb_to_recordset($9) as t (id uuid, legs jsonb), jsonb_array_elements(t.legs) with ordinality as g (leg, position)
), kept_hold as (
  insert into time_hold (id, wallet_id, project_id, ticket_id, task_id, requested_minutes, lapses_at, placed_at, allocations, resolved_by_id)
  select id, $1, "projectId", "ticketId", "taskId", "requestedMinutes", "lapsesAt", "placedAt", allocations, "resolvedBy"
  from jsonb_to_recordset($10) as h (id uuid, "projectId" uuid, "ticketId" uuid, "taskId" uuid, "requestedMinutes" int, "lapsesAt" timestamptz,
    "placedAt" timestamptz, allocations jsonb, "resolvedBy" uuid)
  on conflict (id) do update set requested_minutes = excluded.requested_minutes, lapses_at = excluded.lapses_at, allocations = excluded.allocations,
    resolved_by_id = excluded.resolved_by_id
  where time_hold.resolved_by_id is null and time_hold.wallet_id = excluded.wallet_id
  returning id
)
select (select count(*)::int from moved_wallet) as wallets, (select count(*)::int from moved_balance) as balances,
  (select count(*)::int from kept_hold) as holds`;

/**
 * Writes what a command adds, all of it in one statement. Throws, so that the transaction is rolled back, where a row is not as it was read under the lock or
 * an account would become negative: then somebody changed rows beside the ledger, and the nightly check will say which.
 */
export async function writeLedger(em: EntityManager, change: LedgerChange): Promise<void> {
  const { walletId, lastSequence, after, lots, balances, moves, transactions, holds } = change;
  const rows = [lots, balances, moves, transactions, holds].map((each) => JSON.stringify(each));
  const values = [walletId, lastSequence, after.issuedMinutes, after.lastSequence, after.recordedThrough, ...rows];
  const [written] = await queryWithin<{ wallets: number; balances: number; holds: number }>(em, {
    name: 'time-ledger-write',
    text: WRITE,
    values,
  });
  if (written?.wallets !== 1 || written.balances !== moves.length || written.holds !== holds.length) {
    throw new Error(`Wallet ${walletId} is not as it was read: nothing is written.`);
  }
}
