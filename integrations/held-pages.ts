import { StoreReadingFailed } from './store-platform.js';

export interface HeldBounds {
  readonly host: string;
  /** What the rows are, for people: "modules". */
  readonly what: string;
  readonly mostRows: number;
  /** All pages but the first are there by then. */
  readonly budgetMs?: number;
}

const BUDGET_MS = 45_000;

/**
 * Pages that are kept in memory until the last one is there: as many rows as could be meant, and no store that goes on telling for ever.
 * Throws `StoreReadingFailed`: TOO_LARGE beyond `mostRows`, TIMED_OUT where a page comes after the budget (45 s).
 */
export async function* heldPages<Page extends { readonly rows: readonly unknown[] }>(
  pages: AsyncIterable<Page>,
  { host, what, mostRows, budgetMs = BUDGET_MS }: HeldBounds,
): AsyncGenerator<Page> {
  const startedAt = performance.now();
  let held = 0;
  let told = 0;
  for await (const page of pages) {
    told += 1;
    held += page.rows.length;
    if (held > mostRows) throw new StoreReadingFailed('TOO_LARGE', `${host}: tells more than ${mostRows} ${what}`, { host });
    if (told > 1 && performance.now() - startedAt > budgetMs)
      throw new StoreReadingFailed('TIMED_OUT', `${host}: did not tell all ${what} within ${budgetMs} ms`, { host });
    yield page;
  }
}
