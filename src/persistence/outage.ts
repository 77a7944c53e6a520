/** SQLSTATEs of a server that is going away, starting, or out of connections; and socket errors of one that is not there. */
const OUTAGE_CLASSES = ['08', '57P', '53'];
const SOCKET_ERRORS = new Set(['ECONNREFUSED', 'ECONNRESET', 'ENOTFOUND', 'EPIPE', 'ETIMEDOUT', 'EAI_AGAIN']);
const LOST = /Connection terminated|timeout exceeded when trying to connect|not queryable|Query read timeout/i;

/** What errors tell, whatever class they are of: those of the runtime itself may come from another realm than ours. */
interface ErrorLike {
  readonly code?: unknown;
  readonly message?: unknown;
  readonly cause?: unknown;
  /** The errors of an AggregateError: one for each address of the server that was tried. */
  readonly errors?: unknown;
}
const isErrorLike = (error: unknown): error is ErrorLike => typeof error === 'object' && error !== null;

/** Whether an error says that the database cannot be reached just now, so that the same request may work later. */
export function isConnectionLost(error: unknown): boolean {
  const state = sqlState(error);
  if (state !== null && OUTAGE_CLASSES.some((prefix) => state.startsWith(prefix))) return true;
  for (let current = error; isErrorLike(current); current = current.cause) {
    const { code, message, errors } = current;
    if ((typeof code === 'string' && SOCKET_ERRORS.has(code)) || (typeof message === 'string' && LOST.test(message))) return true;
    if (Array.isArray(errors) && errors.some(isConnectionLost)) return true;
  }
  return false;
}

/** SQLSTATE of a statement that the server stopped: it took longer than one may, as when it waited for a lock that somebody else kept. */
const STATEMENT_CANCELLED = '57014';

/**
 * Whether an error says that the same request may work later: the database cannot be reached just now, or was too busy for a statement, after which the
 * connection is as good as before.
 */
export const isOutage = (error: unknown): boolean => sqlState(error) === STATEMENT_CANCELLED || isConnectionLost(error);

/** SQLSTATE of a database error, wherever the mapper wrapped it; null where the server told none. Words alone are codes of the operating system: EPIPE. */
export function sqlState(error: unknown): string | null {
  for (let current = error; current instanceof Error; current = current.cause) {
    const code: unknown = (current as { code?: unknown }).code;
    if (typeof code === 'string' && /^(?=.*\d)[0-9A-Z]{5}$/.test(code)) return code;
  }
  return null;
}
