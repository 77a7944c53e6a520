import type { EntityManager } from '@mikro-orm/postgresql';
import type { SyncTask } from '../policy/sync-schedule.js';
import { queryWithin } from './session.js';
import type { CircuitState } from './sync-state.js';

/** A run that shows no sign of life for so long has lost its task to others. */
export const SYNC_LEASE_SECONDS = 30;

/** One task of one store. */
export interface SyncKey {
  readonly storeId: string;
  readonly task: SyncTask;
}

/** A task that is taken: nobody else has it while the run shows signs of life. */
export interface SyncClaim extends SyncKey {
  /** Names the run. */
  readonly startedAt: Temporal.Instant;
  /** One after the other, before this run. */
  readonly failures: number;
}

/**
 * Takes a task for a run that starts now; null where another run has it, and unless `evenEarly`, where it is not due or a living run has another task of the
 * store, so that a store which hangs holds one slot. What a shop is asked at length gives way to orders that are due. A task that failed through a fault of
 * the program is due at once for the job that tries again.
 */
export async function claimSync(
  em: EntityManager,
  { storeId, task }: SyncKey,
  now: Temporal.Instant,
  evenEarly: boolean,
): Promise<SyncClaim | null> {
  const [row] = await queryWithin<{ failures: number }>(em, {
    name: 'sync-claim',
    // Locked, and read once they are: of two claims of one store at the same moment the second sees the first.
    text: `with others as materialized (
        select task, started_at, seen_alive_at, next_run_at from sync_state where store_id = $1 and task <> $2 order by task for no key update)
      update sync_state set started_at = $3, seen_alive_at = $3, seen = 0, total = null
      where store_id = $1 and task = $2 and (started_at is null or seen_alive_at <= $4)
        and ($5 or next_run_at <= $3 or failure_code = 'UNEXPECTED')
        and ($5 or not exists (select from others o where (o.started_at is not null and o.seen_alive_at > $4)
          or ($2 in ('RECONCILIATION', 'PRODUCTS') and o.task = 'ORDERS' and o.next_run_at <= $3)))
      returning failures`,
    values: [storeId, task, now.toString(), leaseOver(now), evenEarly],
  });
  return row === undefined ? null : { storeId, task, startedAt: now, failures: row.failures };
}

/** How far a run has come. */
export interface SyncProgress {
  readonly seen: number;
  readonly total: number | null;
}

/** Shows that a run is alive, and how far it has come; false when it has lost its task. */
export async function showSyncAlive(
  em: EntityManager,
  { storeId, task, startedAt }: SyncClaim,
  { seen, total }: SyncProgress,
  now: Temporal.Instant,
): Promise<boolean> {
  const rows = await queryWithin(em, {
    name: 'sync-alive',
    text: `update sync_state set seen_alive_at = $4, seen = $5, total = $6
      where store_id = $1 and task = $2 and started_at = $3 returning task`,
    values: [storeId, task, startedAt.toString(), now.toString(), seen, total],
  });
  return rows.length > 0;
}

/** What a run came to. */
export interface SyncEnd {
  readonly endedAt: Temporal.Instant;
  readonly nextRunAt: Temporal.Instant;
  readonly circuit: CircuitState;
  readonly circuitReopensAt: string | null;
  /** DONE: it came to its end. FAILED: with this. NEITHER: it stopped where the next one goes on, which tells nothing of the store. */
  readonly verdict: 'DONE' | { readonly code: string; readonly message: string } | 'NEITHER';
}

/** Gives a task back with what the run came to; false when it had been lost to another run, which has the say then. */
export async function endSync(em: EntityManager, claim: SyncClaim, end: SyncEnd): Promise<boolean> {
  const { storeId, task, startedAt } = claim;
  const isDone = end.verdict === 'DONE';
  const failure = typeof end.verdict === 'string' ? null : end.verdict;
  const rows = await queryWithin(em, {
    name: 'sync-end',
    text: `update sync_state set started_at = null, seen_alive_at = null, next_run_at = $5, circuit = $6, circuit_reopens_at = $7,
        last_succeeded_at = case when $8 then $4 else last_succeeded_at end,
        last_failed_at = case when $9::text is not null then $4 else last_failed_at end,
        failure_code = case when $8 then null else coalesce($9, failure_code) end,
        failure_message = case when $8 then null else coalesce($10, failure_message) end,
        failures = case when $8 then 0 when $9 is not null then failures + 1 else failures end
      where store_id = $1 and task = $2 and started_at = $3 returning task`,
    values: [
      storeId,
      task,
      startedAt.toString(),
      end.endedAt.toString(),
      end.nextRunAt.toString(),
      end.circuit,
      end.circuitReopensAt,
      isDone,
      failure?.code ?? null,
      failure?.message ?? null,
    ],
  });
  return rows.length > 0;
}

/** Tasks that are due and that no living run has, the longest due first, at most `limit`. Stores without credentials are left out. */
export function dueSyncs(em: EntityManager, now: Temporal.Instant, limit: number): Promise<SyncKeyOfStore[]> {
  return queryWithin<SyncKeyOfStore>(em, {
    name: 'sync-due',
    text: `select y.store_id as "storeId", y.task, s.role = 'VENDOR_SHOP' as "isShop" from sync_state y join store s on s.id = y.store_id
      where s.sealed_credentials is not null and y.next_run_at <= $1 and (y.started_at is null or y.seen_alive_at <= $2)
      order by y.next_run_at, y.store_id, y.task limit $3`,
    values: [now.toString(), leaseOver(now), limit],
  });
}

export interface SyncKeyOfStore extends SyncKey {
  readonly isShop: boolean;
}

/** Tasks that stores with credentials lack, at most `limit`: those of a shop of the vendor, or that of a customer's store. */
export function missingSyncs(em: EntityManager, limit: number, storeId: string | null): Promise<MissingSync[]> {
  return queryWithin<MissingSync>(em, {
    name: 'sync-missing',
    text: `select s.id as "storeId", t.task, s.time_zone as "timeZone" from store s
      join (values ('ORDERS', true), ('RECONCILIATION', true), ('PRODUCTS', true), ('VERSION', false)) t (task, of_shop)
        on t.of_shop = (s.role = 'VENDOR_SHOP')
      where s.sealed_credentials is not null and ($2::uuid is null or s.id = $2)
        and not exists (select from sync_state y where y.store_id = s.id and y.task = t.task)
      order by s.id, t.task limit $1`,
    values: [limit, storeId],
  });
}

export interface MissingSync extends SyncKey {
  readonly timeZone: string | null;
}

/** Gives a store a task, due from then on; leaves one alone that it has. */
export async function addSync(em: EntityManager, { storeId, task }: SyncKey, nextRunAt: Temporal.Instant): Promise<void> {
  await queryWithin(em, {
    name: 'sync-add',
    text: `insert into sync_state (store_id, task, next_run_at, seen, failures, circuit) values ($1, $2, $3, 0, 0, 'CLOSED')
      on conflict do nothing`,
    values: [storeId, task, nextRunAt.toString()],
  });
}

/** Makes tasks due at once that failed for what only a person can mend, where the store was given other credentials since. */
export async function wakeMendedSyncs(em: EntityManager, now: Temporal.Instant, codes: readonly string[]): Promise<void> {
  await queryWithin(em, {
    name: 'sync-wake',
    text: `update sync_state y set next_run_at = $1 from store s
      where s.id = y.store_id and y.failure_code = any($2) and y.next_run_at > $1 and s.credentials_set_at > y.last_failed_at`,
    values: [now.toString(), codes],
  });
}

/** Makes a task due now; false where a living run has it. */
export async function makeSyncDue(em: EntityManager, { storeId, task }: SyncKey, now: Temporal.Instant): Promise<boolean> {
  const rows = await queryWithin(em, {
    name: 'sync-make-due',
    text: `update sync_state set next_run_at = least(next_run_at, $3)
      where store_id = $1 and task = $2 and (started_at is null or seen_alive_at <= $4) returning task`,
    values: [storeId, task, now.toString(), leaseOver(now)],
  });
  return rows.length > 0;
}

/** Signs of life up to here are too old. */
const leaseOver = (now: Temporal.Instant): string => now.subtract({ seconds: SYNC_LEASE_SECONDS }).toString();
