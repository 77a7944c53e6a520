import type { Session } from '../persistence/session.js';
import type { EntityManager } from './entity-manager.js';

/** How far a sweep goes in one run. */
export interface SweepBounds {
  /** How many are read at once. */
  readonly page: number;
  /** How many are done at most, those that failed not counted. */
  readonly most: number;
  /** Ends it between two, without an error. */
  readonly stopping?: AbortSignal;
}

/** What a sweep goes through, and what it does. */
export interface SweepTask<Item, Done> {
  /** Names in the plural what is swept, for the message of a failure. */
  readonly what: string;
  /** The next items in the order of the sweep, from behind one on; null: from the first on. Read outside transactions. */
  find(after: Item | null, limit: number): Promise<readonly Item[]>;
  /** Done for each in a transaction of its own, which may be repeated. */
  work(em: EntityManager, item: Item): Promise<Done>;
}

/** Errors that a failed sweep carries; of further ones only the number is told. */
const TOLD_ERRORS = 10;

/**
 * Goes through what is to be done, each in a transaction of its own. One that fails stops none of the others, however many come before them, and they do not
 * count towards the bound: what went wrong is thrown at the end, with how many failed. Returns what was done, in order.
 */
export async function sweepEach<Item, Done>(
  session: Session,
  { what, find, work }: SweepTask<Item, Done>,
  { page, most, stopping }: SweepBounds,
): Promise<readonly Done[]> {
  const done: Done[] = [];
  const errors: unknown[] = [];
  let failed = 0;
  let items: readonly Item[] = [];
  do {
    items = await find(items.at(-1) ?? null, page);
    for (const item of items) {
      if (done.length >= most || stopping?.aborted === true) break;
      try {
        done.push(await session.transaction((em) => work(em, item)));
      } catch (error) {
        failed += 1;
        if (errors.length < TOLD_ERRORS) errors.push(error);
      }
    }
  } while (items.length === page && done.length < most && stopping?.aborted !== true);
  if (failed > 0) throw new AggregateError(errors, `${failed} of ${failed + done.length} ${what} failed.`);
  return done;
}
