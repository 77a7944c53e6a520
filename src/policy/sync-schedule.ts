/** ORDERS: what changed, orders and refunds. RECONCILIATION: all of them by id. PRODUCTS: the catalogue. VERSION: what a customer's store runs. */
export const SYNC_TASKS = ['ORDERS', 'RECONCILIATION', 'PRODUCTS', 'VERSION'] as const;
export type SyncTask = (typeof SYNC_TASKS)[number];

/** One task of synchronising one store. */
export interface SyncPlace {
  readonly storeId: string;
  readonly task: SyncTask;
  /** IANA zone of the store, in which it has its night; null: not known. */
  readonly timeZone: string | null;
}

/** How a run of a task ended. */
export type SyncEnding =
  /** Everything was read that there was. */
  | { readonly kind: 'DONE' }
  /** Its share of time was used up, or this process is being stopped: there is more to read. */
  | { readonly kind: 'UNFINISHED' }
  /** Nothing was asked of the store, as others were busy with it or this process was with others. */
  | { readonly kind: 'GAVE_WAY' }
  /** `failures` in a row, this one included. `retryAfterSeconds`: how long the store wants to be left alone; null where it did not say. */
  | { readonly kind: 'FAILED'; readonly code: string; readonly failures: number; readonly retryAfterSeconds: number | null };

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Between one success and the next run, in seconds; a reconciliation waits for the night. */
const PERIOD: Readonly<Record<Exclude<SyncTask, 'RECONCILIATION'>, number>> = { ORDERS: 5 * MINUTE, PRODUCTS: DAY, VERSION: DAY };
/** Periods of stores lie within this part of the common one around it, so that not all are read at the same moment. */
const PERIOD_SPREAD = 0.2;
/** After the first failure, in seconds; each further one in a row doubles it. */
const FIRST_PAUSE: Readonly<Record<SyncTask, number>> = {
  ORDERS: MINUTE,
  RECONCILIATION: 5 * MINUTE,
  PRODUCTS: 5 * MINUTE,
  VERSION: 30 * MINUTE,
};
/** Pauses of stores are longer than the common one by at most this part of it. */
const PAUSE_SPREAD = 0.25;
/** No store is left alone for longer after failures, unless it asks for that. */
export const LONGEST_PAUSE_SECONDS = 6 * HOUR;
/** A store that asks to be left alone for longer is asked again nevertheless. */
export const LONGEST_RETRY_AFTER_SECONDS = DAY;
/** The night of a shop, by its own clock: from this hour, for so many minutes. */
const NIGHT = { fromHour: 1, minutes: 240 } as const;

/** What stays as it is until a person does something about it: there is no point in asking often. */
export const PERSONS_FAILURES: readonly string[] = [
  'ADDRESS_REFUSED',
  'CERTIFICATE_REFUSED',
  'CREDENTIALS_REFUSED',
  'NO_CREDENTIALS',
  'RIGHT_MISSING',
  'WEBSERVICE_OFF',
];

/** Whether a failure lasts until a person does something about it, such as granting a right. */
export const needsPerson = (failureCode: string): boolean => PERSONS_FAILURES.includes(failureCode);

/**
 * When a task is due again after a run that ended at `now`: never before. The same store has the same place among the others each time, so that they stay apart.
 * After failures the pause doubles up to six hours, and is never shorter than what the store asked for, up to a day.
 */
export function nextRun(place: SyncPlace, ending: SyncEnding, now: Temporal.Instant): Temporal.Instant {
  switch (ending.kind) {
    case 'DONE':
      return place.task === 'RECONCILIATION'
        ? nextNight(place, now)
        : after(now, PERIOD[place.task] * (1 + PERIOD_SPREAD * (2 * shareOf(place) - 1)));
    case 'UNFINISHED':
    case 'GAVE_WAY':
      return now;
    case 'FAILED':
      return after(now, Math.max(pauseOf(place, ending), askedPauseOf(ending)));
  }
}

/**
 * The same after a run that somebody asked for before the task was due at `dueAt`. What it failed with changes nothing about that, unless the store wants to be left
 * alone for longer: whoever tries often does not make the pause longer.
 */
export function nextRunAfterEarly(place: SyncPlace, ending: SyncEnding, dueAt: Temporal.Instant, now: Temporal.Instant): Temporal.Instant {
  if (ending.kind === 'DONE' || ending.kind === 'UNFINISHED') return nextRun(place, ending, now);
  const leftAloneUntil = after(now, ending.kind === 'FAILED' ? askedPauseOf(ending) : 0);
  return Temporal.Instant.compare(dueAt, leftAloneUntil) > 0 ? dueAt : leftAloneUntil;
}

/** When a task of a store that was never run is due first: at once, but nothing was missed yet that a reconciliation could find. */
export const firstRun = (place: SyncPlace, now: Temporal.Instant): Temporal.Instant =>
  place.task === 'RECONCILIATION' ? nextNight(place, now) : now;

/** For how long the store wants to be left alone, in seconds. */
const askedPauseOf = ({ retryAfterSeconds }: Extract<SyncEnding, { kind: 'FAILED' }>): number =>
  Math.min(retryAfterSeconds ?? 0, LONGEST_RETRY_AFTER_SECONDS);

function pauseOf(place: SyncPlace, { code, failures }: Extract<SyncEnding, { kind: 'FAILED' }>): number {
  const longest = LONGEST_PAUSE_SECONDS / (1 + PAUSE_SPREAD);
  const common = needsPerson(code) ? longest : Math.min(longest, FIRST_PAUSE[place.task] * 2 ** (Math.max(1, failures) - 1));
  return common * (1 + PAUSE_SPREAD * shareOf(place));
}

/** The next night of the store's zone, in UTC where that is not known, at the minute that is this store's own. */
function nextNight(place: SyncPlace, now: Temporal.Instant): Temporal.Instant {
  const here = now.toZonedDateTimeISO(place.timeZone ?? 'UTC');
  const minute = NIGHT.fromHour * 60 + Math.floor(NIGHT.minutes * shareOf(place));
  const time = Temporal.PlainTime.from({ hour: Math.floor(minute / 60), minute: minute % 60 });
  const tonight = here.toPlainDate().toZonedDateTime({ timeZone: here.timeZoneId, plainTime: time });
  if (Temporal.Instant.compare(tonight.toInstant(), now) > 0) return tonight.toInstant();
  return here.toPlainDate().add({ days: 1 }).toZonedDateTime({ timeZone: here.timeZoneId, plainTime: time }).toInstant();
}

/** To the millisecond above. */
const after = (now: Temporal.Instant, seconds: number): Temporal.Instant => now.add({ milliseconds: Math.ceil(seconds * 1_000) });

/** The store's own place among all of them, from 0 to below 1: FNV-1a over its id and the task. */
function shareOf({ storeId, task }: SyncPlace): number {
  let hash = 0x811c9dc5;
  for (const letter of `${storeId}:${task}`) hash = Math.imul(hash ^ (letter.codePointAt(0) ?? 0), 0x01000193);
  // The low bits of texts that differ in one letter differ more than the high ones.
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
  return ((hash ^ (hash >>> 12)) >>> 0) / 2 ** 32;
}
