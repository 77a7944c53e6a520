import type { Circuit, ReadingCursor, StorePlatform } from '../../integrations/store-platform.js';
import { withVendorSession } from '../persistence/session.js';
import { Store, type StoreRow } from '../persistence/store.js';
import {
  addSync,
  claimSync,
  endSync,
  freeAtLatest,
  liftPauses,
  missingSyncs,
  SYNC_LEASE_SECONDS,
  type SyncClaim,
  type SyncEnd,
  type SyncKey,
  showSyncAlive,
} from '../persistence/sync-claim.js';
import { firstRun, nextRun, nextRunAfterEarly, type SyncEnding, type SyncTask } from '../policy/sync-schedule.js';
import type { EntityManager } from './entity-manager.js';
import type { Gateway } from './gateway.js';
import type { ImportFailure, ImportProgress } from './orders-import.js';
import { connectorOf } from './store.js';
import { TASKS, type TaskReport } from './sync-task.js';

/** What a run needs of the gateway. */
export type SyncGateway = Pick<Gateway, 'database' | 'secretKey' | 'connect' | 'now' | 'stopping' | 'addJob'>;

export interface SyncOptions {
  /** Runs also what is not due yet. */
  readonly evenEarly?: boolean;
  /** Ends the run after so long where the next one can go on, so that others have their turn; null: when it is done. */
  readonly budgetMs?: number | null;
  /** For ORDERS: reads from here instead of from where the last run stopped. */
  readonly since?: ReadingCursor | undefined;
  readonly onProgress?: (progress: ImportProgress) => void;
}

export type SyncRun =
  /** Another run has the task, or it is not due. */
  | { readonly outcome: 'NOT_TAKEN' }
  /** Nothing is kept to log in with, or what is kept belongs to another address or key. */
  | { readonly outcome: 'NO_CREDENTIALS' }
  | ({ readonly outcome: 'RAN' } & TaskReport);

/** A run of a job ends after this, and goes on behind the others that wait. */
export const BUDGET_MS = 60_000;
/** Between two signs of life; several fit into a lease. */
const SIGN_OF_LIFE_MS = (SYNC_LEASE_SECONDS / 4) * 1_000;

/**
 * Runs one task of synchronising a store, if no other run has it, and writes down when it is due next. A killed run leaves its task to others once its lease is over;
 * they go on where it stopped. Rejects on a fault of the program, after noting it: whoever runs jobs tries again.
 */
export async function runSync(gateway: SyncGateway, key: SyncKey, options: SyncOptions = {}): Promise<SyncRun> {
  const taken = await takeTask(gateway, key, options.evenEarly ?? false);
  if (typeof taken === 'string') return { outcome: taken };
  const { claim, store, platform } = taken;
  const life = signsOfLife(gateway, claim);
  const budget = options.budgetMs == null ? [] : [AbortSignal.timeout(options.budgetMs)];
  try {
    const report = await TASKS[key.task]({
      gateway,
      store,
      platform,
      startedAt: claim.startedAt,
      stopping: AbortSignal.any([gateway.stopping, life.lost, ...budget]),
      since: options.since,
      onProgress: (progress) => {
        life.show(progress);
        options.onProgress?.(progress);
      },
    });
    await life.end();
    await giveBack(gateway, taken, report.failure ?? (report.leavesGap === true ? GAP_LEFT : null));
    return { outcome: 'RAN', ...report };
  } catch (error) {
    await life.end();
    const name = error instanceof Error ? error.name : typeof error;
    const failure = { code: 'UNEXPECTED', message: `Tenure itself failed (${name}); its log tells where.` };
    // What went wrong first is what is told; a database that is gone lets the lease run out.
    await giveBack(gateway, taken, failure).catch(() => {});
    throw error;
  }
}

interface Taken {
  readonly claim: SyncClaim;
  readonly store: StoreRow;
  readonly platform: StorePlatform;
}

function takeTask(gateway: SyncGateway, key: SyncKey, evenEarly: boolean): Promise<Taken | 'NOT_TAKEN' | 'NO_CREDENTIALS'> {
  const now = gateway.now();
  return withVendorSession(gateway.database, (session) =>
    session.transaction(async (em) => {
      const store = await em.findOne(Store, { id: key.storeId });
      if (store === null) return 'NOT_TAKEN';
      if (store.sealedCredentials === null) return 'NO_CREDENTIALS';
      await addTasks(em, store.id, now);
      const claim = await claimSync(em, key, now, evenEarly);
      if (claim === null) {
        // The run that has it may have been killed: nobody else would look before the next sweep.
        const freeAt = evenEarly ? null : await freeAtLatest(em, key, now);
        if (freeAt !== null) await gateway.addJob(em, { queue: queueOf(store), ...key, freeAt });
        return 'NOT_TAKEN';
      }
      const platform = connectorOf(store, gateway.secretKey, gateway.connect);
      if (platform !== null) {
        // What this process holds against the store is as old as that: whoever asks now, or another process, knows better.
        const knownBetterAt = claim.isAskedFor ? now : claim.answeredAt;
        if (knownBetterAt !== null) platform.forgetPauses(knownBetterAt);
        return { claim, store, platform };
      }
      await endRun(em, { claim, store }, UNUSABLE, NOT_ASKED, now);
      return 'NO_CREDENTIALS';
    }),
  );
}

/** Gives a store with credentials the tasks that it lacks. */
export async function addTasks(em: EntityManager, storeId: string, now: Temporal.Instant): Promise<void> {
  for (const missing of await missingSyncs(em, Object.keys(TASKS).length, storeId)) await addSync(em, missing, firstRun(missing, now));
}

/** Notes a task as done that was done by other means than a run, so that it is not due at once; nothing where a run has it. */
export async function noteDone(em: EntityManager, store: StoreRow, task: SyncTask, now: Temporal.Instant): Promise<void> {
  await addTasks(em, store.id, now);
  const claim = await claimSync(em, { storeId: store.id, task }, now, true);
  if (claim === null) return;
  await endRun(em, { claim, store }, null, NOT_ASKED, now);
}

/** What lies between the end of the last run and the beginning of this one was not read. */
const GAP_LEFT: Failure = {
  code: 'STOPPED',
  message: 'It was to begin later than where the last run had stopped. The next run goes on from there.',
};
/** What is kept is sealed to another address, or under another secret of the program. */
const UNUSABLE = { code: 'NO_CREDENTIALS', message: 'What is kept to log in with cannot be used for this address.' } as const;
const NOT_ASKED: Circuit = { state: 'CLOSED', reopensAt: null };

type Failure = Omit<ImportFailure, 'code'> & { readonly code: string };

/** Ends a run: how it stands with the task now, and the job that goes on where there is more to read at once. */
async function giveBack(gateway: SyncGateway, { claim, store, platform }: Taken, failure: Failure | null): Promise<void> {
  const now = gateway.now();
  const { storeId, task } = claim;
  await withVendorSession(gateway.database, (session) =>
    session.transaction(async (em) => {
      const { kind, isOurs } = await endRun(em, { claim, store }, failure, platform.circuit(), now);
      if (isOurs && kind === 'UNFINISHED') await gateway.addJob(em, { queue: queueOf(store), storeId, task });
    }),
  );
}

/** Writes down how a run ended and when the task is due next. */
async function endRun(
  em: EntityManager,
  { claim, store }: Omit<Taken, 'platform'>,
  failure: Failure | null,
  { state, reopensAt }: Circuit,
  now: Temporal.Instant,
): Promise<{ readonly kind: SyncEnding['kind']; readonly isOurs: boolean }> {
  const { storeId, task, dueAt, isAskedFor, startedAt } = claim;
  const isEarly = isAskedFor && Temporal.Instant.compare(dueAt, startedAt) > 0;
  // Whoever tries often does not make the pause longer; that it failed is told nevertheless.
  const ending = endingOf(failure, isEarly ? Math.max(1, claim.failures) : claim.failures + 1);
  const place = { storeId, task, timeZone: store.timeZone };
  const isOurs = await endSync(em, claim, {
    endedAt: now,
    nextRunAt: isEarly ? nextRunAfterEarly(place, ending, dueAt, now) : nextRun(place, ending, now),
    circuit: state,
    circuitReopensAt: reopensAt,
    verdict: verdictOf(ending, failure),
    isStillAskedFor: ending.kind === 'GAVE_WAY',
  });
  if (isOurs && isAskedFor && ending.kind === 'DONE') await liftPauses(em, storeId);
  return { kind: ending.kind, isOurs };
}

/** Shops of the vendor and stores of customers wait in queues of their own, so that neither waits for the other. */
const queueOf = ({ role }: Pick<StoreRow, 'role'>): 'sync-shop' | 'sync-store' => (role === 'VENDOR_SHOP' ? 'sync-shop' : 'sync-store');

function endingOf(failure: Failure | null, failures: number): SyncEnding {
  if (failure === null) return { kind: 'DONE' };
  const { code, retryAfterSeconds } = failure;
  if (code === 'STOPPED') return { kind: 'UNFINISHED' };
  if (code === 'BUSY' || code === 'ALREADY_RUNNING') return { kind: 'GAVE_WAY' };
  return { kind: 'FAILED', code, failures, retryAfterSeconds: retryAfterSeconds ?? null };
}

function verdictOf(ending: SyncEnding, failure: Failure | null): SyncEnd['verdict'] {
  if (ending.kind === 'DONE') return 'DONE';
  if (ending.kind !== 'FAILED' || failure === null) return 'NEITHER';
  return { code: failure.code, message: failure.message, failures: ending.failures };
}

/** Shows that a run is alive, by the clock and with every page, and how far it is. */
function signsOfLife({ database, now }: SyncGateway, claim: SyncClaim) {
  const loss = new AbortController();
  const parts = new Map<ImportProgress['resource'], ImportProgress>();
  let showing: Promise<void> | null = null;
  const show = () => {
    showing ??= withVendorSession(database, ({ em }) => showSyncAlive(em, claim, wholeOf(parts), now()))
      .then(
        (isOurs) => (isOurs ? undefined : loss.abort(new Error('Another run has the task.'))),
        () => {
          // The database is gone for a moment, or for longer: then the run itself fails.
        },
      )
      .finally(() => {
        showing = null;
      });
  };
  const timer = setInterval(show, SIGN_OF_LIFE_MS);
  return {
    lost: loss.signal,
    show: (progress: ImportProgress) => {
      parts.set(progress.resource, progress);
      show();
    },
    end: async () => {
      clearInterval(timer);
      await showing;
    },
  };
}

/** All that a run has seen; how many there are only where that is known of each part. */
function wholeOf(parts: ReadonlyMap<string, ImportProgress>) {
  const all = [...parts.values()];
  const seen = all.reduce((sum, part) => sum + part.seen, 0);
  const total = all.reduce<number | null>(
    (sum, part) => (sum === null || part.total === null ? null : sum + Math.max(part.seen, part.total)),
    0,
  );
  return { seen, total: all.length === 0 ? null : total };
}
