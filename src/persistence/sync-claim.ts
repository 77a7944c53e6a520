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
  /** When the run was due, or would be without somebody who asked for it. */
  readonly dueAt: Temporal.Instant;
  /** Somebody asked for it: no pause holds it. */
  readonly isAskedFor: boolean;
  /** When a run of the store came to its end last; null: none ever did. */
  readonly answeredAt: Temporal.Instant | null;
}

/**
 * Whether, at the moment `$3`, the store `s` is left alone until later by how its task `row` ended, in whichever process; not where it was given other
 * credentials since, as one that moved is.
 */
const isPausedBy = (row: string) =>
  `${row}.circuit = 'OPEN' and ${row}.circuit_reopens_at > $3 and ${row}.last_failed_at >= coalesce(s.credentials_set_at, ${row}.last_failed_at)`;

/**
 * Takes a task for a run that starts now; null where another run has it, and unless `evenEarly`, where a living run has another task of the store, so that a
 * store which hangs holds one slot, and where it is neither asked for nor due, or the store is left alone. What a shop is asked at length gives way to orders
 * that are due. A task that failed through a fault of the program is due at once for the job that tries again.
 */
export async function claimSync(
  em: EntityManager,
  { storeId, task }: SyncKey,
  now: Temporal.Instant,
  evenEarly: boolean,
): Promise<SyncClaim | null> {
  const [row] = await queryWithin<ClaimedRow>(em, {
    name: 'sync-claim',
    // Locked, and read once they are: of two claims of one store at the same moment the second sees the first.
    text: `with others as materialized (
        select task, started_at, seen_alive_at, next_run_at, last_succeeded_at, last_failed_at, circuit, circuit_reopens_at
        from sync_state where store_id = $1 and task <> $2 order by task for no key update)
      update sync_state y set started_at = $3, seen_alive_at = $3, seen = 0, total = null from store s
      where y.store_id = $1 and y.task = $2 and s.id = y.store_id and (y.started_at is null or y.seen_alive_at <= $4)
        and ($5 or not exists (select from others o where o.started_at is not null and o.seen_alive_at > $4))
        and ($5 or y.requested_at is not null or ((y.next_run_at <= $3 or y.failure_code = 'UNEXPECTED') and (${isPausedBy('y')}) is not true
          and not exists (select from others o where (${isPausedBy('o')})
            or ($2 in ('RECONCILIATION', 'PRODUCTS') and o.task = 'ORDERS' and o.next_run_at <= $3))))
      returning y.failures, y.next_run_at as "dueAt", y.requested_at is not null as "isRequested",
        greatest(y.last_succeeded_at, (select max(o.last_succeeded_at) from others o)) as "answeredAt"`,
    values: [storeId, task, now.toString(), leaseOver(now), evenEarly],
  });
  if (row === undefined) return null;
  const { failures, dueAt, isRequested, answeredAt } = row;
  return {
    storeId,
    task,
    startedAt: now,
    failures,
    dueAt: Temporal.Instant.from(dueAt),
    isAskedFor: evenEarly || isRequested,
    answeredAt: answeredAt === null ? null : Temporal.Instant.from(answeredAt),
  };
}

interface ClaimedRow {
  readonly failures: number;
  readonly dueAt: string;
  readonly isRequested: boolean;
  readonly answeredAt: string | null;
}

/** When the task of a run that seems to live is free, unless it shows another sign of life; null where no run has it. */
export async function freeAtLatest(em: EntityManager, { storeId, task }: SyncKey, now: Temporal.Instant): Promise<Temporal.Instant | null> {
  const [row] = await queryWithin<{ seenAliveAt: string }>(em, {
    name: 'sync-free-at',
    text: `select seen_alive_at as "seenAliveAt" from sync_state
      where store_id = $1 and task = $2 and started_at is not null and seen_alive_at > $3`,
    values: [storeId, task, leaseOver(now)],
  });
  return row === undefined ? null : Temporal.Instant.from(row.seenAliveAt).add({ seconds: SYNC_LEASE_SECONDS });
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
  /** DONE: it came to its end. FAILED: with this, so many times in a row. NEITHER: it stopped where the next one goes on, which tells nothing of the store. */
  readonly verdict: 'DONE' | { readonly code: string; readonly message: string; readonly failures: number } | 'NEITHER';
  /** Nothing was asked of the store: whoever asked for the run still waits for it. */
  readonly isStillAskedFor: boolean;
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
        complete_as_of = case when $8 then started_at else complete_as_of end,
        last_failed_at = case when $9::text is not null then $4 else last_failed_at end,
        failure_code = case when $8 then null else coalesce($9, failure_code) end,
        failure_message = case when $8 then null else coalesce($10, failure_message) end,
        failures = case when $8 then 0 else coalesce($11, failures) end,
        requested_at = case when $12 or requested_at > started_at then requested_at end
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
      failure?.failures ?? null,
      end.isStillAskedFor,
    ],
  });
  return rows.length > 0;
}

/** Takes back that a store is left alone, as it answered one who asked nevertheless. Runs that end at this moment have the say on their own tasks. */
export async function liftPauses(em: EntityManager, storeId: string): Promise<void> {
  await queryWithin(em, {
    name: 'sync-lift',
    text: `update sync_state set circuit = 'CLOSED', circuit_reopens_at = null where (store_id, task) in (
      select store_id, task from sync_state where store_id = $1 and circuit = 'OPEN' for update skip locked)`,
    values: [storeId],
  });
}

/** Tasks that are due or asked for and that no living run has, the longest due first, at most `limit`. Stores without credentials, and those left alone, are left out. */
export function dueSyncs(em: EntityManager, now: Temporal.Instant, limit: number): Promise<SyncKeyOfStore[]> {
  return queryWithin<SyncKeyOfStore>(em, {
    name: 'sync-due',
    text: `select y.store_id as "storeId", y.task, s.role = 'VENDOR_SHOP' as "isShop" from sync_state y join store s on s.id = y.store_id
      where s.sealed_credentials is not null and (y.started_at is null or y.seen_alive_at <= $2) and (y.requested_at is not null or (y.next_run_at <= $3
        and not exists (select from sync_state p where p.store_id = y.store_id and ${isPausedBy('p')})))
      order by least(y.requested_at, y.next_run_at), y.store_id, y.task limit $1`,
    values: [limit, leaseOver(now), now.toString()],
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

/**
 * Makes tasks due at once that failed, where the store was given other credentials since: whatever it was, it may be mended, and a store that moved has none of it.
 * One more failure is paused for as if it were the second.
 */
export async function wakeMendedSyncs(em: EntityManager, now: Temporal.Instant): Promise<void> {
  await queryWithin(em, {
    name: 'sync-wake',
    text: `update sync_state y set next_run_at = $1, failures = least(failures, 1) from store s
      where s.id = y.store_id and y.failure_code is not null and y.next_run_at > $1 and s.credentials_set_at > y.last_failed_at`,
    values: [now.toString()],
  });
}

/** Asks for a run of a task now, whenever it is due; false where a living run has it. */
export async function requestRun(em: EntityManager, { storeId, task }: SyncKey, now: Temporal.Instant): Promise<boolean> {
  const rows = await queryWithin(em, {
    name: 'sync-request',
    text: `update sync_state set requested_at = coalesce(requested_at, $3)
      where store_id = $1 and task = $2 and (started_at is null or seen_alive_at <= $4) returning task`,
    values: [storeId, task, now.toString(), leaseOver(now)],
  });
  return rows.length > 0;
}

/** Signs of life up to here are too old. */
const leaseOver = (now: Temporal.Instant): string => now.subtract({ seconds: SYNC_LEASE_SECONDS }).toString();
