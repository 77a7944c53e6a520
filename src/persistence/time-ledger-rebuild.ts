import type { EntityManager } from '@mikro-orm/postgresql';
import { queryWithin } from './session.js';
import type { BalanceFacts, HoldFacts, LedgerRows } from './time-ledger-rows.js';

/** Every figure of a wallet that is a cache of its journal, as it must be. */
export interface RebuiltFigures extends Pick<LedgerRows, 'walletId' | 'issuedMinutes' | 'lastSequence' | 'recordedThrough'> {
  /** Of every lot. */
  readonly balances: readonly BalanceFacts[];
  /** Ids of all holds that there ever were; what else is stored goes. */
  readonly holdIds: readonly string[];
  /** Those to be written, open or over. */
  readonly holds: readonly HoldFacts[];
}

const WALLET = 'update time_wallet set issued_minutes = $2, last_sequence = $3, recorded_through = $4 where id = $1';
const BALANCES = `insert into time_lot_balance (lot_id, wallet_id, available, held, consumed, expired, voided)
  select "lotId", $1, available, held, consumed, expired, voided
  from jsonb_to_recordset($2) as b ("lotId" uuid, available int, held int, consumed int, expired int, voided int)
  on conflict (lot_id) do update set available = excluded.available, held = excluded.held, consumed = excluded.consumed,
    expired = excluded.expired, voided = excluded.voided`;
const STRAY_HOLDS = 'delete from time_hold where wallet_id = $1 and id <> all($2::uuid[])';
const HOLDS = `insert into time_hold (id, wallet_id, project_id, ticket_id, task_id, requested_minutes, lapses_at, placed_at, allocations, resolved_by_id)
  select id, $1, "projectId", "ticketId", "taskId", "requestedMinutes", "lapsesAt", "placedAt", allocations, "resolvedBy"
  from jsonb_to_recordset($2) as h (id uuid, "projectId" uuid, "ticketId" uuid, "taskId" uuid, "requestedMinutes" int, "lapsesAt" timestamptz,
    "placedAt" timestamptz, allocations jsonb, "resolvedBy" uuid)
  on conflict (id) do update set project_id = excluded.project_id, ticket_id = excluded.ticket_id, task_id = excluded.task_id,
    requested_minutes = excluded.requested_minutes, lapses_at = excluded.lapses_at, placed_at = excluded.placed_at,
    allocations = excluded.allocations, resolved_by_id = excluded.resolved_by_id`;

/** Writes what is stored of a locked wallet beside its journal anew. Holds that are over come first, as a task has one open hold at most. */
export async function writeRebuilt(em: EntityManager, figures: RebuiltFigures): Promise<void> {
  const { walletId, issuedMinutes, lastSequence, recordedThrough, balances, holdIds, holds } = figures;
  const write = (name: string, text: string, ...values: unknown[]) => queryWithin(em, { name, text, values: [walletId, ...values] });
  await write('time-rebuild-wallet', WALLET, issuedMinutes, lastSequence, recordedThrough);
  await write('time-rebuild-balances', BALANCES, JSON.stringify(balances));
  await write('time-rebuild-stray-holds', STRAY_HOLDS, holdIds);
  for (const isOver of [true, false]) {
    const some = holds.filter(({ resolvedBy }) => (resolvedBy !== null) === isOver);
    await write('time-rebuild-holds', HOLDS, JSON.stringify(some));
  }
}
