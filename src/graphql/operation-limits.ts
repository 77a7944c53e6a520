import { GraphQLError } from 'graphql';
import { ERROR_STATUS, type ErrorCode } from './error-format.js';

/** Every bound of one GraphQL operation, in one place. A number over its bound refuses the operation before any resolver runs. */
export const OPERATION_LIMITS = {
  /** UTF-8 bytes of the query text. */
  queryTextBytes: 20_000,
  /** Lexical tokens; the parser stops there. */
  tokens: 1_000,
  /** Selections with every fragment spread counted as often as it is spread. */
  recursiveSelections: 1_000,
  /** Errors of validation, or of coercing variables, that are reported before giving up. */
  reportedErrors: 5,
  /** Fields nested in fields, through fragments. */
  depth: 10,
  /** Fields with an alias, or repeated beside themselves, `__typename` included, through fragments. */
  aliases: 30,
  /** Root fields of a mutation: what fails half-way has then a single answer. */
  mutationFields: 1,
  /** Largest `first`. */
  pageSize: 100,
  /** Estimated number of values in the answer; see `refuseCostlyQuery`. */
  cost: 5_000,
  /** Items of one list in the input. */
  inputListItems: 500,
  /** Lists and objects nested in each other in the input. */
  inputDepth: 12,
  /** UTF-16 units of one string in the input. */
  inputStringLength: 20_000,
} as const;

/** What a list is taken to hold when the query does not say: the page size where `first` has no default, and a list that the domain bounds. */
export const ASSUMED_SIZES = { page: 20, boundedList: 5 } as const;

/** A refusal with its stable code; `limit` is the bound, where there is one. */
export function refusal(code: ErrorCode, message: string, limit?: number): GraphQLError {
  return new GraphQLError(message, {
    extensions: { code, ...(limit === undefined ? {} : { limit }), http: { status: ERROR_STATUS[code] } },
  });
}

/** Throws QUERY_TEXT_TOO_LONG for a text over its bound, before it is parsed. Anything but a string passes: it is refused elsewhere. */
export function refuseLongText(query: unknown): void {
  const { queryTextBytes } = OPERATION_LIMITS;
  if (typeof query === 'string' && Buffer.byteLength(query) > queryTextBytes) {
    throw refusal('QUERY_TEXT_TOO_LONG', `The query text is longer than ${queryTextBytes} bytes.`, queryTextBytes);
  }
}
