import { Release } from '../persistence/release.js';
import { FOR_UPDATE, queryWithin, type Session } from '../persistence/session.js';
import { fixBugs, referencesOf } from './bug-fix.js';
import type { EntityManager } from './entity-manager.js';
import type { LogContext } from './ticket-log.js';

const SCHEDULE = { kind: 'PROGRAM', name: 'schedule' } as const;

/**
 * B-27: does what follows from the changelog of a release once it is out. Each fault in a transaction of its own: nobody is there any more to spread the
 * changelog over several releases. Harmless when run twice, late, and for a release that is gone or taken back; run early, it sees to it that it runs again.
 */
export async function fixReleased(session: Session, context: Omit<LogContext, 'em'>, releaseId: string): Promise<void> {
  const found = await session.em.findOne(Release, { id: releaseId });
  for (const reference of found === null ? [] : referencesOf(found)) {
    await session.transaction(async (em) => {
      // Locked against being taken back meanwhile.
      const release = await em.findOneOrFail(Release, { id: releaseId }, FOR_UPDATE);
      await fixBugs({ ...context, em, by: SCHEDULE }, release, [reference]);
    });
  }
}

/**
 * The same for releases that came out and for which no job did so, at most `limit` of them, the longest out first: those that name a fault which was recorded
 * before they came out and is not fixed. One that fails stops none of the others: what went wrong is thrown at the end.
 */
export async function sweepReleases(session: Session, context: Omit<LogContext, 'em'>, limit: number): Promise<void> {
  const missed = await missedReleases(session.em, context.now, limit);
  const errors: unknown[] = [];
  for (const releaseId of missed) await fixReleased(session, context, releaseId).catch((error) => errors.push(error));
  if (errors.length > 0) throw new AggregateError(errors, `${errors.length} of ${missed.length} releases could not be made up for.`);
}

async function missedReleases(em: EntityManager, at: Temporal.Instant, limit: number): Promise<string[]> {
  const rows = await queryWithin<{ id: string }>(em, {
    name: 'releases-missed',
    text: `select r.id from release r where r.withdrawn_at is null and r.published_at <= $1 and exists (
        select from bug_report b where b.addon_id = r.addon_id and b.fixed_in_id is null and b.recorded_at <= r.published_at
          and r.changelog @> jsonb_build_array(jsonb_build_object('reference', b.reference)))
      order by r.published_at, r.id limit $2`,
    values: [at.toString(), limit],
  });
  return rows.map(({ id }) => id);
}
