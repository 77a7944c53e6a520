import type { Session } from '../persistence/session.js';
import { addSync, dueSyncs, missingSyncs, wakeMendedSyncs } from '../persistence/sync-claim.js';
import { firstRun } from '../policy/sync-schedule.js';
import type { AddJob } from './job.js';

/**
 * Gives every store with credentials its tasks and adds a job for each that is due, the longest due first, at most `limit`: the rest is left to the next sweep.
 * A task that a living run has is not due; one that failed before its store was given other credentials is due at once.
 */
export async function sweepSyncs(
  session: Session,
  { now, addJob }: { readonly now: Temporal.Instant; readonly addJob: AddJob },
  limit: number,
): Promise<void> {
  await session.transaction(async (em) => {
    for (const missing of await missingSyncs(em, limit, null)) await addSync(em, missing, firstRun(missing, now));
    await wakeMendedSyncs(em, now);
  });
  await session.transaction(async (em) => {
    for (const { storeId, task, isShop } of await dueSyncs(em, now, limit))
      await addJob(em, { queue: isShop ? 'sync-shop' : 'sync-store', storeId, task });
  });
}
