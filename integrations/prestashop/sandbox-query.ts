import { closest, malformedQuestion, quotedList, type WebserviceError } from './sandbox-faults.js';
import { isTranslated, type NativeRow, type NativeValue, type ResourceDefinition } from './sandbox-resources.js';

/** What a list is asked for, checked against the resource. */
export interface Selection {
  /** Fields to show, `null` for all; associations by their own name. */
  readonly fields: ReadonlySet<string> | null;
  /** Whether a `display` was given: without one, lists show ids alone and single rows lose their empty fields. */
  readonly hasDisplay: boolean;
  readonly matches: (row: NativeRow) => boolean;
  readonly compare: ((one: NativeRow, other: NativeRow) => number) | null;
  readonly offset: number;
  readonly count: number;
}

const dateFields: readonly string[] = ['date_add', 'date_upd'];

/** Reads display, filter, sort and limit. Throws the `WebserviceError` that PrestaShop answers: 32, 35, 36, 37, 38 or 39. */
export function selectionOf(query: URLSearchParams, resource: ResourceDefinition, documentRoot: string): Selection {
  const fail = (code: number, message: string) => malformedQuestion(code, message, documentRoot);
  const names = Object.keys(resource.fields);
  const usable = query.get('date') === '1' ? names : names.filter((name) => !dateFields.includes(name));
  const display = query.get('display') ?? 'minimum';
  return {
    fields: displayedFields(display, resource, fail),
    hasDisplay: display !== 'minimum',
    matches: matcherOf(query, usable, fail),
    compare: comparatorOf(query.get('sort'), usable, fail),
    ...limitOf(query.get('limit'), fail),
  };
}

type Fail = (code: number, message: string) => WebserviceError;

function displayedFields(display: string, resource: ResourceDefinition, fail: Fail): ReadonlySet<string> | null {
  if (display === 'full') return null;
  if (display === 'minimum') return new Set(['id']);
  const list = /^\[(.*)\]$/.exec(display)?.[1];
  if (list === undefined) throw fail(36, 'The display must be full or a list of fields in brackets');
  const asked = list.split(/,(?![^[]*\])/).map((field) => field.replace(/\[.*$/, ''));
  const names = Object.keys(resource.fields);
  const unknown = asked.find((field) => !names.includes(field) && field !== resource.association?.listName);
  if (unknown !== undefined) {
    throw fail(35, `Unable to display this field "${unknown}". However, these are available: ${names.join(', ')}`);
  }
  return new Set(asked);
}

function matcherOf(query: URLSearchParams, usable: readonly string[], fail: Fail): Selection['matches'] {
  const tests = [...query]
    .map(([name, value]) => ({ field: /^filter\[(\w+)\]$/.exec(name)?.[1], value }))
    .flatMap(({ field, value }) => (field === undefined ? [] : [{ field, test: valueTest(value) }]));
  const unknown = tests.find(({ field }) => !usable.includes(field))?.field;
  if (unknown !== undefined) {
    const message = `This filter does not exist. Did you mean: "${closest(unknown, usable)}"? The full list is: ${quotedList(usable)}`;
    throw fail(32, message);
  }
  return (row) => tests.every(({ field, test }) => holds(row[field], test));
}

/** A text per language matches if one of them does. */
function holds(value: NativeValue | undefined, test: (text: string) => boolean): boolean {
  if (isTranslated(value)) return value.some((translation) => test(textOf(translation.value)));
  return test(textOf(value));
}

/** What the database compares; its comparisons look at neither case nor the kind of nothing. */
function textOf(value: NativeValue | undefined): string {
  return value === undefined || value === null || value === false ? '' : String(value).toLowerCase();
}

/** One filter: `v`, `[v]`, `[a|b]`, `[a,b]`, `[x]%`, `%[x]`, `%[x]%`, `>[x]`, `<[x]`, each with `!` before it for its opposite. */
function valueTest(filter: string): (text: string) => boolean {
  const [, not = '', before = '', value = filter, after = ''] = /^(!?)([<>%]?)\[(.*)\](%?)$/.exec(filter) ?? [];
  const test = positiveTest(before, value.toLowerCase(), after);
  return not ? (text) => !test(text) : test;
}

function positiveTest(before: string, value: string, after: string): (text: string) => boolean {
  if (before === '>') return comparedTo(value, (difference) => difference > 0);
  if (before === '<') return comparedTo(value, (difference) => difference < 0);
  if (before === '%' && after === '%') return (text) => text.includes(value);
  if (before === '%') return (text) => text.endsWith(value);
  if (after === '%') return (text) => text.startsWith(value);
  const [, low, high] = /^([\d .:-]+),([\d .:-]+)$/.exec(value) ?? [];
  if (low !== undefined && high !== undefined) {
    const [isHighEnough, isLowEnough] = [
      comparedTo(low, (difference) => difference >= 0),
      comparedTo(high, (difference) => difference <= 0),
    ];
    return (text) => isHighEnough(text) && isLowEnough(text);
  }
  const wanted = value.split('|');
  if (!wanted.every(isNumber)) return (text) => wanted.includes(text);
  const numbers = new Set(wanted.map(Number));
  return (text) => text !== '' && numbers.has(Number(text));
}

/** Against a number the column is a number, else a text, as the database compares them. */
function comparedTo(value: string, accepts: (difference: number) => boolean): (text: string) => boolean {
  if (!isNumber(value)) return (text) => accepts(text < value ? -1 : text > value ? 1 : 0);
  const number = Number(value);
  return (text) => accepts(Number(text) - number);
}

function isNumber(text: string): boolean {
  return /^-?\d+(\.\d+)?$/.test(text);
}

function comparatorOf(sort: string | null, usable: readonly string[], fail: Fail): Selection['compare'] {
  if (sort === null) return null;
  const keys = sort.replace(/^\[(.*)\]$/, '$1').split(',');
  const order = keys.map((key) => {
    const [, field, direction] = /^(\w+)_(ASC|DESC)$/i.exec(key) ?? [];
    if (field === undefined || direction === undefined) throw fail(37, 'A sort is spelled field_ASC or [field_DESC,other_ASC]');
    if (!usable.includes(field)) throw fail(38, `Unable to sort by this field. These are available: ${usable.join(', ')}`);
    return { field, sign: direction.toUpperCase() === 'ASC' ? 1 : -1 };
  });
  return (one, other) => {
    for (const { field, sign } of order) {
      const difference = compareValues(one[field], other[field]);
      if (difference !== 0) return sign * difference;
    }
    return 0;
  };
}

function compareValues(one: NativeValue | undefined, other: NativeValue | undefined): number {
  if (one === other) return 0;
  if (typeof one === 'number' && typeof other === 'number') return one - other;
  const [text, otherText] = [firstText(one), firstText(other)];
  if (isNumber(text) && isNumber(otherText)) return Number(text) - Number(otherText);
  return text < otherText ? -1 : text > otherText ? 1 : 0;
}

function firstText(value: NativeValue | undefined): string {
  return textOf(isTranslated(value) ? value[0]?.value : value);
}

function limitOf(limit: string | null, fail: Fail): { offset: number; count: number } {
  if (limit === null) return { offset: 0, count: Number.POSITIVE_INFINITY };
  const [, first, second] = /^(\d+)(?:,(\d+))?$/.exec(limit) ?? [];
  if (first === undefined) throw fail(39, 'A limit is a count, or an offset and a count');
  return second === undefined ? { offset: 0, count: Number(first) } : { offset: Number(first), count: Number(second) };
}

/** The rows that the selection picks, in its order. */
export function selectRows(rows: readonly NativeRow[], selection: Selection): NativeRow[] {
  const matching = rows.filter(selection.matches);
  if (selection.compare) matching.sort(selection.compare);
  return matching.slice(selection.offset, selection.offset + selection.count);
}
