import type { IdPage, ReadingCursor, ReadingPage, UnreadableRow } from '../store-platform.js';

/** A page of rows that were read, with those that could not be set aside. PrestaShop tells no total. */
export function pageOf<T extends object>(read: readonly (T | UnreadableRow)[], cursor: ReadingCursor | null): ReadingPage<T> {
  return { ...partsOf(read), cursor, total: null };
}

export function idPageOf<T extends object>(read: readonly (T | UnreadableRow)[], lastId: string): IdPage<T> {
  return { ...partsOf(read), lastId, total: null };
}

function partsOf<T extends object>(read: readonly (T | UnreadableRow)[]): Pick<ReadingPage<T>, 'rows' | 'unreadable'> {
  return { rows: read.filter((row): row is T => !isUnreadable(row)), unreadable: read.filter(isUnreadable) };
}

function isUnreadable(row: object): row is UnreadableRow {
  return 'original' in row;
}
