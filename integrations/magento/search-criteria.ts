import type { QueryMap, QueryValue } from './php-query.js';

export interface CriteriaFilter {
  readonly field: string;
  readonly value: string | null;
  readonly condition: string;
}

export interface CriteriaSort {
  readonly field: string;
  /** As it was given, in upper case; without one, the order is descending. */
  readonly direction: string | null;
}

export interface SearchCriteria {
  /** One of each group must hold. */
  readonly groups: readonly (readonly CriteriaFilter[])[];
  readonly sorts: readonly CriteriaSort[];
  readonly pageSize: number | null;
  readonly currentPage: number | null;
}

/** An error as the REST API words it. */
export interface CriteriaError {
  readonly message: string;
  readonly parameters?: Readonly<Record<string, unknown>>;
}

/** Reads the search criteria of a query, in camelCase or snake_case; a missing one and a page that is no number are errors (400). */
export function parseSearchCriteria(query: QueryMap): SearchCriteria | CriteriaError {
  const given = query.get('searchCriteria') ?? query.get('search_criteria');
  if (given === undefined) {
    return { message: '"%fieldName" is required. Enter and try again.', parameters: { fieldName: 'searchCriteria' } };
  }
  const criteria = mapOf(given);
  const pageSize = wholeNumber(criteria, 'pageSize');
  const currentPage = wholeNumber(criteria, 'currentPage');
  for (const page of [pageSize, currentPage]) if (typeof page === 'object' && page !== null) return page;
  return {
    groups: [...mapOf(named(criteria, 'filterGroups')).values()].map((group) =>
      [...mapOf(named(mapOf(group), 'filters')).values()].map((filter) => filterOf(mapOf(filter))),
    ),
    sorts: [...mapOf(named(criteria, 'sortOrders')).values()].map((sort) => sortOf(mapOf(sort))),
    pageSize: typeof pageSize === 'number' ? pageSize : null,
    currentPage: typeof currentPage === 'number' ? currentPage : null,
  };
}

/** The criteria as an answer repeats them: pages and sorts only where they were asked for. */
export function echoedCriteria({ groups, sorts, pageSize, currentPage }: SearchCriteria): Readonly<Record<string, unknown>> {
  return {
    filter_groups: groups.map((filters) => ({
      filters: filters.map(({ field, value, condition }) => ({ field, ...(value === null ? {} : { value }), condition_type: condition })),
    })),
    ...(sorts.length === 0
      ? {}
      : { sort_orders: sorts.map(({ field, direction }) => ({ field, ...(direction === null ? {} : { direction }) })) }),
    ...(pageSize === null ? {} : { page_size: pageSize }),
    ...(currentPage === null ? {} : { current_page: currentPage }),
  };
}

function filterOf(filter: QueryMap): CriteriaFilter {
  return { field: text(filter, 'field') ?? '', value: text(filter, 'value'), condition: text(filter, 'conditionType') || 'eq' };
}

function sortOf(sort: QueryMap): CriteriaSort {
  return { field: text(sort, 'field') ?? '', direction: text(sort, 'direction')?.toUpperCase() ?? null };
}

function wholeNumber(criteria: QueryMap, name: string): number | CriteriaError | null {
  const given = text(criteria, name);
  if (given === null) return null;
  if (/^-?\d{1,9}$/.test(given)) return Number(given);
  const message = `Error occurred during "${name}" processing. The "${given}" value's type is invalid. The "int" type was expected. Verify and try again.`;
  return { message };
}

function text(map: QueryMap, name: string): string | null {
  const value = named(map, name);
  return typeof value === 'string' ? value : null;
}

function named(map: QueryMap, name: string): QueryValue | undefined {
  return map.get(name) ?? map.get(name.replace(/[A-Z]/g, (capital) => `_${capital.toLowerCase()}`));
}

function mapOf(value: QueryValue | undefined): QueryMap {
  return typeof value === 'object' ? value : new Map();
}
