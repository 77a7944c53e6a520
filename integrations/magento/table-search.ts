import type { CriteriaFilter, CriteriaSort, SearchCriteria } from './search-criteria.js';

export type MagentoDocument = Readonly<Record<string, unknown>>;

/** The rows behind one search endpoint. */
export interface SearchTable {
  readonly rows: readonly MagentoDocument[];
  readonly key: 'entity_id' | 'id';
  /** The column of a row; `undefined` where it is null and therefore left out of the document. */
  readonly column: (row: MagentoDocument, field: string) => unknown;
  /** Columns that may be null in every row, and so cannot be found by looking. */
  readonly nullable: readonly string[];
}

export interface FoundRows {
  readonly rows: readonly MagentoDocument[];
  readonly total: number;
}

/** `null` when a filter or sort names a column that the table lacks, which the shop answers with a 500. `repeatsLastPage` is the manner of 2.0 to 2.3. */
export function searchTable(table: SearchTable, criteria: SearchCriteria, repeatsLastPage: boolean): FoundRows | null {
  const fields = [...criteria.groups.flat(), ...criteria.sorts].map(({ field }) => field);
  if (!fields.every((field) => hasColumn(table, field))) return null;
  const groups = criteria.groups.filter((filters) => filters.length > 0).map((filters) => filters.map((filter) => matcher(filter, table)));
  const found = table.rows.filter((row) => groups.every((filters) => filters.some((matches) => matches(row))));
  found.sort(rowOrder(criteria.sorts.length === 0 ? [{ field: table.key, direction: 'ASC' }] : criteria.sorts, table));
  const pageSize = criteria.pageSize ?? 0;
  if (pageSize <= 0) return { rows: found, total: found.length };
  const lastPage = Math.max(1, Math.ceil(found.length / pageSize));
  const asked = Math.max(1, criteria.currentPage ?? 1);
  const page = repeatsLastPage ? Math.min(asked, lastPage) : asked;
  return { rows: found.slice((page - 1) * pageSize, page * pageSize), total: found.length };
}

function hasColumn({ rows, key, column, nullable }: SearchTable, field: string): boolean {
  if (field === key || field === 'entity_id' || nullable.includes(field)) return true;
  return rows.some((row) => ['string', 'number', 'boolean'].includes(typeof column(row, field)));
}

function rowOrder(sorts: readonly CriteriaSort[], { column }: SearchTable): (a: MagentoDocument, b: MagentoDocument) => number {
  return (a, b) => {
    for (const { field, direction } of sorts) {
      const order = compared(column(a, field), column(b, field));
      if (order !== 0) return direction === 'ASC' ? order : -order;
    }
    return 0;
  };
}

/** Null comes first, as in the database. */
function compared(a: unknown, b: unknown): number {
  if (a === undefined || b === undefined) return Number(a !== undefined) - Number(b !== undefined);
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  const [textA, textB] = [String(a), String(b)];
  return textA < textB ? -1 : Number(textA > textB);
}

type Matches = (row: MagentoDocument) => boolean;

function matcher({ field, value, condition }: CriteriaFilter, { column }: SearchTable): Matches {
  const given = value ?? '';
  const among = () => {
    const tests = given.split(',').map((part) => comparison(field, part.trim()));
    return (found: unknown) => tests.some((test) => test(found) === 0);
  };
  // A comparison with null holds in neither direction.
  const present = (test: (found: unknown) => boolean): Matches => {
    return (row) => {
      const found = column(row, field);
      return found !== undefined && found !== null && test(found);
    };
  };
  const ordered = (holds: (order: number) => boolean): Matches => {
    const compare = comparison(field, given);
    return present((found) => holds(compare(found)));
  };
  switch (condition) {
    case 'null':
      return (row) => (column(row, field) ?? null) === null;
    case 'notnull':
      return present(() => true);
    case 'gt':
      return ordered((order) => order > 0);
    case 'lt':
      return ordered((order) => order < 0);
    case 'gteq':
    case 'moreq':
    case 'from':
      return ordered((order) => order >= 0);
    case 'lteq':
    case 'to':
      return ordered((order) => order <= 0);
    case 'neq':
      return ordered((order) => order !== 0);
    case 'in':
      return present(among());
    case 'nin': {
      const isAmong = among();
      return present((found) => !isAmong(found));
    }
    case 'like':
    case 'nlike': {
      const pattern = likePattern(given);
      return present((found) => pattern.test(String(found)) === (condition === 'like'));
    }
    case 'finset':
    case 'nfinset':
      return present((found) => String(found).split(',').includes(given) === (condition === 'finset'));
    default:
      // Also for 'eq': a condition that Magento does not know is taken for it.
      return ordered((order) => order === 0);
  }
}

/** Compares a found value with a given one as the column's type does; NaN where the given value is none of that type, so that nothing holds. */
function comparison(field: string, given: string): (found: unknown) => number {
  if (field.endsWith('_at')) {
    const stamp = databaseStamp(given);
    return (found) => (stamp === null ? Number.NaN : compared(found, stamp));
  }
  const number = given.trim() === '' ? 0 : Number(given);
  const lower = given.toLowerCase();
  return (found) => (typeof found === 'number' ? found - number : compared(String(found).toLowerCase(), lower));
}

/** Spellings that the database takes for a stamp. With an offset it takes it for none, and the search silently finds nothing. */
function databaseStamp(given: string): string | null {
  const [, day, time = '00:00:00'] = /^(\d{4}-\d\d-\d\d)(?:[ T](\d\d:\d\d(?::\d\d)?)Z?)?$/.exec(given.trim()) ?? [];
  if (day === undefined) return null;
  return `${day} ${time.length === 5 ? `${time}:00` : time}`;
}

/** % is any text and _ any character, in any case. */
function likePattern(given: string): RegExp {
  const source = given
    .replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
    .replaceAll('%', '[\\s\\S]*')
    .replaceAll('_', '[\\s\\S]');
  return new RegExp(`^${source}$`, 'i');
}
