import type { EntityManager } from '@mikro-orm/postgresql';
import type { HoldAllocation, JournalActorKind, JournalKind, JournalLeg, WorkReference } from '../policy/time-journal.js';
import type { LotSource } from '../policy/time-lot.js';
import { queryWithin } from './session.js';

/** A lot as JSON tells it: instants are texts, amounts are decimal digits. */
export interface LotFacts {
  readonly id: string;
  readonly walletId: string;
  readonly source: LotSource;
  readonly minutes: number;
  readonly projectId: string | null;
  readonly priority: number;
  readonly usableFrom: string;
  readonly endsAt: string | null;
  readonly termPurchaseId: string | null;
  readonly onTermEnd: 'SUSPEND' | 'FORFEIT' | null;
  readonly priceMinor: string | null;
  readonly currencyCode: string | null;
  readonly parentId: string | null;
  readonly createdAt: string;
  readonly policyVersionId: string;
}

export interface BalanceFacts {
  readonly lotId: string;
  readonly available: number;
  readonly held: number;
  readonly consumed: number;
  readonly expired: number;
  readonly voided: number;
}

export interface TermSpanFacts {
  readonly key: string;
  readonly paidAt: string;
  readonly ordinal: number;
  readonly anchoredOn: string;
  readonly monthsFromAnchor: number;
  readonly startsOn: string;
  readonly endsOn: string;
  readonly startsAt: string;
  readonly expiresAt: string;
}

/** The support of a purchase on which included minutes depend. */
export interface TermFacts {
  readonly purchaseId: string;
  readonly revokedAt: string | null;
  readonly spans: readonly TermSpanFacts[];
}

export interface HoldFacts {
  readonly id: string;
  readonly projectId: string;
  readonly ticketId: string;
  readonly taskId: string;
  readonly requestedMinutes: number;
  readonly lapsesAt: string | null;
  readonly placedAt: string;
  readonly allocations: readonly HoldAllocation[];
  readonly resolvedBy: string | null;
}

export interface TransactionFacts {
  readonly id: string;
  readonly walletId: string;
  readonly sequence: number;
  readonly kind: JournalKind;
  readonly effectiveAt: string;
  readonly recordedAt: string;
  readonly actorKind: JournalActorKind;
  readonly actorName: string;
  readonly reason: string;
  readonly rule: string;
  readonly projectId: string | null;
  readonly ticketId: string | null;
  readonly taskId: string | null;
  readonly holdId: string | null;
  readonly requestedMinutes: number | null;
  readonly lapsesAt: string | null;
  readonly reverses: string | null;
  readonly legs: readonly JournalLeg[];
}

/** What is stored of a wallet: its figures, and of its journal what was asked for. */
export interface LedgerRows {
  readonly customerId: string;
  readonly walletId: string;
  readonly issuedMinutes: number;
  readonly lastSequence: number;
  /** Number of the last transaction that the journal holds; another one: somebody wrote beside the ledger. */
  readonly journalSequence: number;
  readonly recordedThrough: string | null;
  /** Since when nothing may be held or used; null: it may. */
  readonly suspendedAt: string | null;
  readonly lots: readonly LotFacts[];
  readonly balances: readonly BalanceFacts[];
  readonly terms: readonly TermFacts[];
  /** How many minutes of which lots the shop has paid back; lots that it has not are left out. */
  readonly refunds: readonly { readonly lotId: string; readonly minutes: number }[];
  readonly holds: readonly HoldFacts[];
  readonly transactions: readonly TransactionFacts[];
}

/** What of a wallet is closed and is to be read all the same. */
export interface ClosedOfInterest {
  readonly holdId?: string;
  readonly work?: WorkReference;
  /** To be reversed: what was voided in the wallet is read with it. */
  readonly transactionId?: string;
}

const list = (item: string, order: string, from: string): string =>
  `(select coalesce(json_agg(${item} order by ${order}), '[]') from ${from})`;

const LOT = `json_build_object('id', l.id, 'walletId', l.wallet_id, 'source', l.source, 'minutes', l.minutes, 'projectId', l.project_id,
  'priority', l.priority, 'usableFrom', l.usable_from, 'endsAt', l.ends_at, 'termPurchaseId', l.term_purchase_id, 'onTermEnd', l.on_term_end,
  'priceMinor', l.price_minor::text, 'currencyCode', l.currency_code, 'parentId', l.parent_id, 'createdAt', l.created_at,
  'policyVersionId', l.support_policy_version_id)`;
const BALANCE = `json_build_object('lotId', b.lot_id, 'available', b.available, 'held', b.held, 'consumed', b.consumed, 'expired', b.expired,
  'voided', b.voided)`;
const SPAN = `json_build_object('key', s.id, 'paidAt', s.paid_at, 'ordinal', s.ordinal, 'anchoredOn', s.anchored_on,
  'monthsFromAnchor', s.months_from_anchor, 'startsOn', s.starts_on, 'endsOn', s.ends_on, 'startsAt', s.starts_at, 'expiresAt', s.expires_at)`;
const TERM = `json_build_object('purchaseId', p.id, 'revokedAt', p.revoked_at,
  'spans', ${list(SPAN, 's.ordinal', 'support_term s where s.purchase_id = p.id')})`;
const HOLD = `json_build_object('id', h.id, 'projectId', h.project_id, 'ticketId', h.ticket_id, 'taskId', h.task_id,
  'requestedMinutes', h.requested_minutes, 'lapsesAt', h.lapses_at, 'placedAt', h.placed_at, 'allocations', h.allocations,
  'resolvedBy', h.resolved_by_id)`;
const LEG = `json_build_object('account', g.account, 'lotId', g.lot_id, 'minutes', g.minutes)`;
/** A transaction `t` with its legs, as TransactionFacts. */
export const TRANSACTION = `json_build_object('id', t.id, 'walletId', t.wallet_id, 'sequence', t.sequence, 'kind', t.kind, 'effectiveAt', t.effective_at,
  'recordedAt', t.recorded_at, 'actorKind', t.actor_kind, 'actorName', t.actor_name, 'reason', t.reason, 'rule', t.rule,
  'projectId', t.project_id, 'ticketId', t.ticket_id, 'taskId', t.task_id, 'holdId', t.hold_id, 'requestedMinutes', t.requested_minutes,
  'lapsesAt', t.lapses_at, 'reverses', t.reverses_id, 'legs', ${list(LEG, 'g.position', 'time_leg g where g.transaction_id = t.id')})`;

const LOTS_OF_WALLET = list(LOT, 'l.id', 'time_lot l where l.wallet_id = w.id');
const BALANCES_OF_WALLET = list(BALANCE, 'b.lot_id', 'time_lot_balance b where b.wallet_id = w.id');
const TERMS_OF_WALLET = list(
  TERM,
  'p.id',
  'purchase p where p.id in (select l.term_purchase_id from time_lot l where l.wallet_id = w.id and l.term_purchase_id is not null)',
);

/** Orders are few of which something was paid back. The key of a grant is "grant", the platform, and then the order line. */
const REFUNDS_OF_WALLET = list(
  `json_build_object('lotId', l.id, 'minutes', o.refunded_minutes)`,
  'l.id',
  `prepaid_time_order o join time_lot l on l.wallet_id = w.id and l.source = 'PURCHASED'
    and substr(l.grant_key, 7 + strpos(substr(l.grant_key, 7), ':')) = concat_ws(':', o.shop, o.order_id, o.order_line)
  where o.customer_id = w.customer_id and o.refunded_minutes > 0`,
);

/** $2: hold, $3 and $4: ticket and task, $5: transaction. */
const NAMED_TRANSACTIONS = `time_transaction t where t.wallet_id = w.id and t.id in (
  select $5::uuid
  union all select r.id from time_transaction r where r.reverses_id = $5
  union all select h.resolved_by_id from time_hold h where h.id = $2
  union all select g.transaction_id from time_lot_balance b join time_leg g on g.lot_id = b.lot_id and g.account = 'VOIDED'
    where $5::uuid is not null and b.wallet_id = w.id and b.voided > 0
  union all select s.id from time_transaction s where s.ticket_id = $3 and s.task_id = $4 and s.kind = 'SETTLE'
    and exists (select from time_leg c where c.transaction_id = s.id and c.account = 'CONSUMED')
    and not exists (select from time_transaction r where r.reverses_id = s.id))`;

const COLUMNS = `w.customer_id as "customerId", w.id as "walletId", w.issued_minutes as "issuedMinutes", w.last_sequence as "lastSequence",
  (select coalesce(max(t.sequence), 0) from time_transaction t where t.wallet_id = w.id) as "journalSequence",
  w.recorded_through::text as "recordedThrough", time_wallet_suspended_at(w.id)::text as "suspendedAt",
  ${LOTS_OF_WALLET} as lots, ${BALANCES_OF_WALLET} as balances, ${TERMS_OF_WALLET} as terms, ${REFUNDS_OF_WALLET} as refunds`;

const READ_LEDGERS = `select ${COLUMNS},
  ${list(HOLD, 'h.id', 'time_hold h where h.wallet_id = w.id and (h.resolved_by_id is null or h.id = $2)')} as holds,
  ${list(TRANSACTION, 't.sequence', NAMED_TRANSACTIONS)} as transactions
  from time_wallet w where w.customer_id = any($1::uuid[]) order by w.customer_id`;

const JOURNALS = `select ${COLUMNS},
  ${list(HOLD, 'h.id', 'time_hold h where h.wallet_id = w.id')} as holds,
  ${list(TRANSACTION, 't.sequence', 'time_transaction t where t.wallet_id = w.id')} as transactions
  from time_wallet w`;
const READ_JOURNAL = `${JOURNALS} where w.id = $1`;
const READ_JOURNALS = `${JOURNALS} where w.customer_id = any($1::uuid[])`;

/** The wallets of some customers with their lots, balances and open holds, and what else is named: one statement for any number of either. */
export function readLedgerRows(em: EntityManager, customerIds: readonly string[], closed: ClosedOfInterest = {}): Promise<LedgerRows[]> {
  const { holdId = null, work, transactionId = null } = closed;
  const values = [customerIds, holdId, work?.ticketId ?? null, work?.taskId ?? null, transactionId];
  return queryWithin<LedgerRows>(em, { name: 'time-ledger-read', text: READ_LEDGERS, values });
}

/** Everything that is stored of one wallet, in one statement; null when there is no such wallet, or none that may be seen. */
export async function readJournalRows(em: EntityManager, walletId: string): Promise<LedgerRows | null> {
  const [row] = await queryWithin<LedgerRows>(em, { name: 'time-journal-read', text: READ_JOURNAL, values: [walletId] });
  return row ?? null;
}

/** The same of the wallets of some customers, in one statement for all. */
export function readJournalRowsOf(em: EntityManager, customerIds: readonly string[]): Promise<LedgerRows[]> {
  return queryWithin<LedgerRows>(em, { name: 'time-journals-read', text: READ_JOURNALS, values: [customerIds] });
}
