import { GraphQLError, type GraphQLFormattedError } from 'graphql';

/**
 * The codes a client may meet, with the HTTP status of an answer that has no data. Everything else is masked.
 * A code is added here before it is thrown.
 */
export const ERROR_STATUS = {
  BAD_REQUEST: 400,
  BAD_USER_INPUT: 400,
  GRAPHQL_PARSE_FAILED: 400,
  GRAPHQL_VALIDATION_FAILED: 400,
  OPERATION_RESOLUTION_FAILURE: 400,
  OPERATION_NOT_SUPPORTED: 400,
  PERSISTED_QUERY_NOT_FOUND: 400,
  PERSISTED_QUERY_NOT_SUPPORTED: 400,
  QUERY_TEXT_TOO_LONG: 400,
  QUERY_TOO_DEEP: 400,
  QUERY_TOO_COSTLY: 400,
  TOO_MANY_ALIASES: 400,
  ONE_MUTATION_PER_OPERATION: 400,
  INPUT_TOO_LARGE: 400,
  PAGE_SIZE_OUT_OF_RANGE: 400,
  UNAUTHENTICATED: 401,
  FORBIDDEN: 403,
  NOT_FOUND: 404,
  INTROSPECTION_REFUSED: 403,
  SERVICE_UNAVAILABLE: 503,
  INTERNAL_SERVER_ERROR: 500,
} as const;

export type ErrorCode = keyof typeof ERROR_STATUS;

/** Longest message told, in UTF-16 units: a message may repeat what the client sent, and several errors would multiply it. */
const MESSAGE_LENGTH = 400;
const QUOTED = /"""(?:\\"""|[\s\S])*?"""|"(?:[^"\\]|\\.)*"/g;
const NAME = /[_A-Za-z][_0-9A-Za-z]*/g;

export interface ErrorFormat {
  /** Tells a lost database (503) from a bug (500). */
  readonly isOutage: (error: unknown) => boolean;
}

/** The code under which an error is told: its own when it is a known one, else SERVICE_UNAVAILABLE for an outage, else INTERNAL_SERVER_ERROR. */
export function errorCode(error: unknown, { isOutage }: ErrorFormat): ErrorCode {
  const code = error instanceof GraphQLError && !isFromResolver(error) ? error.extensions.code : undefined;
  if (isErrorCode(code) && code !== 'INTERNAL_SERVER_ERROR') return code;
  if (error instanceof GraphQLError && isFromCoercion(error)) return 'BAD_USER_INPUT';
  return isOutage(causeOf(error)) ? 'SERVICE_UNAVAILABLE' : 'INTERNAL_SERVER_ERROR';
}

/** GraphQL's own "too many errors processing variables" comes without code, place or cause. */
function isFromCoercion(error: GraphQLError): boolean {
  return error.extensions.code === undefined && error.path === undefined && error.nodes === undefined && error.originalError === undefined;
}

function isErrorCode(code: unknown): code is ErrorCode {
  return typeof code === 'string' && Object.hasOwn(ERROR_STATUS, code);
}

/** The error as it was thrown, without what GraphQL wrapped around it. */
export function causeOf(error: unknown): unknown {
  return error instanceof GraphQLError && error.originalError !== undefined ? causeOf(error.originalError) : error;
}

/** A plain error of a resolver arrives wrapped, with its own `extensions` copied: those are not ours to believe. */
function isFromResolver(error: GraphQLError): boolean {
  return error.path !== undefined && error.originalError !== undefined && !(error.originalError instanceof GraphQLError);
}

/**
 * What is told of an error: message, locations, path and code, and `limit` of a refusal. No stack, no other extension.
 * The message of an unknown error is replaced: a driver's text holds values, tables and columns.
 */
export function formatError(formatted: GraphQLFormattedError, error: unknown, format: ErrorFormat): GraphQLFormattedError {
  const code = errorCode(error, format);
  const limit = formatted.extensions?.limit;
  const cause = error instanceof GraphQLError ? error.originalError?.message : undefined;
  return {
    message: messageFor(code, withoutValues(formatted.message, cause)),
    ...(formatted.locations === undefined ? {} : { locations: formatted.locations }),
    ...(formatted.path === undefined ? {} : { path: formatted.path }),
    extensions: { code, ...(typeof limit === 'number' ? { limit } : {}) },
  };
}

function messageFor(code: ErrorCode, message: string): string {
  if (code === 'INTERNAL_SERVER_ERROR') return 'Internal server error.';
  if (code === 'SERVICE_UNAVAILABLE') return 'The service is unavailable for the moment. Try again.';
  return withoutSuggestions(message);
}

/**
 * Cuts what GraphQL repeats of a value that is no text, such as an input with all its fields, one of which may be a secret: whoever collects errors would
 * keep it. A text is repeated only where something else than a text was to stand, and of a text in a broken document nothing is. `cause` is the last
 * part of a message about a variable, which says what was wrong with it.
 */
export function withoutValues(message: string, cause: string | undefined): string {
  if (message.startsWith('Syntax Error: ')) return message.replace(/ (String|BlockString) ".*"/s, ' $1');
  const variable = /^Variable "\$\w+" got invalid value /.exec(message)?.[0];
  if (variable === undefined) return message.replace(NO_TEXT, '$1…');
  const told = cause === undefined ? '' : `; ${cause.replace(NO_TEXT, '$1…')}`;
  const sent = message.slice(variable.length, cause === undefined ? undefined : -cause.length - 2);
  if (sent.startsWith('"')) return `${variable}${sent}${told}`;
  return `${variable}…${/ at "[^"]*"$/.exec(sent)?.[0] ?? ''}${told}`;
}

const NO_TEXT = /(cannot represent[^:]*value: |, found )(?!").*$/s;

/** Strips "Did you mean …?", wherever it stands: a suggestion is a name of the schema that the client did not know. */
export function withoutSuggestions(message: string): string {
  return message.replace(/ ?Did you mean[^?]*\??/g, '');
}

/**
 * Hides, within quotes, every name that the client did not send, as validation names the types and fields around a mistake.
 * `sent` is the text of the request, query and variables.
 */
export function withoutUnsentNames(message: string, sent: string): string {
  const known = new Set(sent.match(NAME));
  return message.replace(QUOTED, (quoted) => quoted.replace(NAME, (name) => (known.has(name) ? name : '…')));
}

/** Cuts a message that repeats much of the request. */
export function shortened(message: string): string {
  return message.length > MESSAGE_LENGTH ? `${message.slice(0, MESSAGE_LENGTH)}…` : message;
}

/** The HTTP status of an answer without data: that of its first error. */
export function errorStatus(errors: readonly GraphQLFormattedError[]): number {
  const code = errors[0]?.extensions?.code;
  return isErrorCode(code) ? ERROR_STATUS[code] : 500;
}
