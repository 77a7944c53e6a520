import { queryWithin } from '../persistence/session.js';
import { type ReadingSource, StoreReading } from '../persistence/store-reading.js';
import type { EntityManager } from './entity-manager.js';
import { Refusal, userError } from './outcome.js';

/** Readings are evidence and stay for ever: of what is declared, and of what is read through the connector, so many of one store are noted within an hour. */
export const MOST_READINGS_PER_HOUR = 30;
/** After a report no other of the store is taken for so many minutes; for longer before one that is long, as those with lists of files are. */
const REPORT_PAUSE_MINUTES = { SHORT: 1, LONG: 5 } as const;
/** A report of more bytes is a long one. */
export const LONG_REPORT_BYTES = 100_000;

const ONE_BY_ONE = `select pg_advisory_xact_lock(hashtextextended('store-report:' || $1::text, 0))`;

/** Lets the reports of one store wait for each other, to the end of the transaction. */
export async function takeReportsOneByOne(em: EntityManager, storeId: string): Promise<void> {
  await queryWithin(em, { name: 'store-report-lock', text: ONE_BY_ONE, values: [storeId] });
}

/** Refuses a report (NOT_AVAILABLE, and from when it is taken) that comes too soon after the last one of its store. */
export function requireReportPause(lastReceivedAt: Temporal.Instant | null, bytes: number, now: Temporal.Instant): void {
  if (lastReceivedAt === null) return;
  const minutes = bytes > LONG_REPORT_BYTES ? REPORT_PAUSE_MINUTES.LONG : REPORT_PAUSE_MINUTES.SHORT;
  const takenFrom = lastReceivedAt.add({ minutes });
  if (Temporal.Instant.compare(now, takenFrom) >= 0) return;
  const pauses = `${REPORT_PAUSE_MINUTES.SHORT} minute apart, and one of more than ${LONG_REPORT_BYTES} bytes comes ${REPORT_PAUSE_MINUTES.LONG} after any other`;
  throw new Refusal([userError('NOT_AVAILABLE', `Reports of a store are ${pauses}. This one is taken from ${takenFrom} on.`, 'document')]);
}

/** Refuses one more reading of this source within an hour (NOT_AVAILABLE, and from when it is noted). */
export async function requireReadingPace(em: EntityManager, storeId: string, source: ReadingSource, now: Temporal.Instant): Promise<void> {
  const [last] = await em.find(
    StoreReading,
    { store: storeId, source, readAt: { $gt: now.subtract({ hours: 1 }) } },
    { orderBy: { readAt: 'desc' }, offset: MOST_READINGS_PER_HOUR - 1, limit: 1 },
  );
  if (last === undefined) return;
  const message = `At most ${MOST_READINGS_PER_HOUR} of a store within an hour. The next one is noted from ${last.readAt.add({ hours: 1 })} on.`;
  throw new Refusal([userError('NOT_AVAILABLE', message, 'storeId')]);
}
