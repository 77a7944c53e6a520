import { sqlState } from './session.js';

/** SQLSTATEs of a server that is going away, starting, or out of connections; and socket errors of one that is not there. */
const OUTAGE_CLASSES = ['08', '57P', '53'];
const SOCKET_ERRORS = new Set(['ECONNREFUSED', 'ECONNRESET', 'ENOTFOUND', 'EPIPE', 'ETIMEDOUT', 'EAI_AGAIN']);
const LOST = /Connection terminated|timeout exceeded when trying to connect|not queryable/i;

/** Whether an error says that the database cannot be reached just now, so that the same request may work later. */
export function isConnectionLost(error: unknown): boolean {
  const state = sqlState(error);
  if (state !== null && OUTAGE_CLASSES.some((prefix) => state.startsWith(prefix))) return true;
  for (let current = error; current instanceof Error; current = current.cause) {
    const code = 'code' in current ? current.code : undefined;
    if ((typeof code === 'string' && SOCKET_ERRORS.has(code)) || LOST.test(current.message)) return true;
    if (current instanceof AggregateError && current.errors.some(isConnectionLost)) return true;
  }
  return false;
}
