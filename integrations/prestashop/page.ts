import type { ReadingCursor, ReadingPage, UnreadableRow } from '../store-platform.js';

/** A page of rows that were read, with those that could not be set aside. PrestaShop tells no total. */
export function pageOf<T extends object>(read: readonly (T | UnreadableRow)[], cursor: ReadingCursor | null): ReadingPage<T> {
  return {
    rows: read.filter((row): row is T => !isUnreadable(row)),
    unreadable: read.filter(isUnreadable),
    cursor,
    total: null,
  };
}

function isUnreadable(row: object): row is UnreadableRow {
  return 'original' in row;
}
