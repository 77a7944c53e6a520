import type { ReadingCursor, StorePlatform } from '../../integrations/store-platform.js';
import { withVendorSession } from '../persistence/session.js';
import type { StoreRow } from '../persistence/store.js';
import type { SyncTask } from '../policy/sync-schedule.js';
import type { Gateway } from './gateway.js';
import { type ImportFailure, type ImportProgress, importOrders, storeFailureIn } from './orders-import.js';
import { Refusal } from './outcome.js';
import { reconcileShop } from './reconciliation.js';
import { importProducts } from './shop-product.js';
import { readStore } from './store-reading.js';

export type { SyncKey } from '../persistence/sync-claim.js';

export const isSyncTask = (text: string): text is SyncTask => Object.hasOwn(TASKS, text);

/** One run of a task, with what it works on. */
export interface TaskRun {
  readonly gateway: Pick<Gateway, 'database' | 'now' | 'addJob'>;
  readonly store: StoreRow;
  readonly platform: StorePlatform;
  readonly startedAt: Temporal.Instant;
  /** Aborted when the run is to end where the next one can go on. */
  readonly stopping: AbortSignal;
  readonly onProgress: (progress: ImportProgress) => void;
  /** For ORDERS: reads from here instead of from where the last run stopped. */
  readonly since?: ReadingCursor | undefined;
}

/** What a run of a task came to. */
export interface TaskReport {
  /** How many of what, by names such as `ordersPlaced`. */
  readonly figures: Readonly<Record<string, number>>;
  /** Why it stopped early; null when it came to its end. */
  readonly failure: ImportFailure | null;
  /** True where it was to begin later than where the last run had stopped, so that there is more to read. */
  readonly leavesGap?: boolean;
}

/** What is done for each task. All of it may be done twice. Rejects on a fault of the program, and where the database is gone. */
export const TASKS: { readonly [Task in SyncTask]: (run: TaskRun) => Promise<TaskReport> } = {
  ORDERS: async ({ gateway, store, platform, startedAt, stopping, onProgress, since }) => {
    const { now, addJob } = gateway;
    const run = { shop: store, platform, now, startedAt, stopping, onProgress, addJob, since };
    const { shop: _, failure, leavesGap, ...figures } = await importOrders(gateway.database, run);
    return { figures, failure, leavesGap };
  },
  RECONCILIATION: async ({ gateway, store, platform, startedAt, stopping, onProgress }) => {
    const { now, addJob } = gateway;
    const { found, isFinished, failure } = await reconcileShop(gateway.database, {
      shop: store,
      platform,
      now,
      startedAt,
      stopping,
      onProgress,
      addJob,
    });
    return { figures: figuresIn(found ?? {}), failure: isFinished ? null : (failure ?? UNFINISHED) };
  },
  PRODUCTS: async ({ gateway, store, platform, startedAt, stopping, onProgress }) => {
    const run = { shop: store, platform, now: gateway.now, startedAt, stopping, onProgress };
    const { shop: _, failure, ...figures } = await importProducts(gateway.database, run);
    return { figures, failure };
  },
  VERSION: readVersion,
};

const UNFINISHED: ImportFailure = { code: 'STOPPED', message: 'Its share of time was used up. The next run goes on from here.' };

/** The counts among the values of a row. */
const figuresIn = (row: object): Record<string, number> =>
  Object.fromEntries(Object.entries(row).filter((entry): entry is [string, number] => typeof entry[1] === 'number'));

/** Reads what a store runs. A store that cannot be read gives a reading that says why; here its failure is told as well. */
async function readVersion({ gateway, store, platform, startedAt }: TaskRun): Promise<TaskReport> {
  const failures: ImportFailure[] = [];
  const noting = async <T>(reading: Promise<T>): Promise<T> => {
    try {
      return await reading;
    } catch (error) {
      const failure = storeFailureIn(error);
      if (failure !== null) failures.push(failure);
      throw error;
    }
  };
  const noted = {
    ...platform,
    readVersion: () => noting(platform.readVersion()),
    readModules: () => noting(platform.readModules()),
  };
  let readings = 0;
  try {
    await withVendorSession(gateway.database, (session) => readStore(session, store, noted, startedAt));
    readings = 1;
  } catch (error) {
    // It was not asked: there is nothing to be noted of it.
    if (!(error instanceof Refusal)) throw error;
  }
  return { figures: { readings }, failure: failures[0] ?? null };
}
