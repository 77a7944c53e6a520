import { StoreReadingFailed } from '../store-platform.js';
import type { StoreReply } from '../store-reply.js';
import { errorReplySchema } from './replies.js';

/** Longest text of a store that is repeated in a failure. */
const LONGEST_TEXT = 200;

/**
 * Why a JSON reply with an error status refuses, as a failure that says what to do. A 401 that names resources is returned as
 * RIGHT_MISSING, though Magento answers the same to a wrong token: only another request can tell (see `magentoRest`).
 * Nothing of a 5xx is repeated but its report id, as developer mode puts SQL into the message.
 */
export function magentoFailure(reply: StoreReply, body: unknown, host: string): StoreReadingFailed {
  const text = errorText(body);
  const failed = (code: StoreReadingFailed['code'], because: string) =>
    new StoreReadingFailed(code, `${host}: ${because}`, { host, status: reply.status });
  if (reply.status === 401) {
    const resources = missingResources(body);
    if (resources !== null) return failed('RIGHT_MISSING', `grant ${resources} to the integration`);
    return failed('CREDENTIALS_REFUSED', `refuses the credentials: ${text}`);
  }
  if (reply.status === 403) return failed('RIGHT_MISSING', `forbids the request: ${text}`);
  if (reply.status === 404) return failed('NOT_FOUND', text);
  if (reply.status === 400 && text === 'Specified request cannot be processed.')
    return failed('NOT_FOUND', 'does not know this store code');
  if (reply.status === 503) return failed('UNAVAILABLE', 'not available for the moment (503)');
  if (reply.status >= 500) {
    const [, reportId] = /Report ID: ([\w-]{1,60})/.exec(text) ?? [];
    const hint = reportId === undefined ? '' : `; its log has the details under ${reportId}`;
    return failed('UNEXPECTED_REPLY', `failed inside (${reply.status})${hint}`);
  }
  return failed('UNEXPECTED_REPLY', `refuses the request (${reply.status}): ${text}`);
}

/** The message of an error reply with its parameters filled in: %1, %2 from a list, %name from an object. */
export function errorText(body: unknown): string {
  const parsed = errorReplySchema.safeParse(body);
  if (!parsed.success) return 'no message';
  const { message, messages, parameters = [] } = parsed.data;
  const template = message ?? messages?.error[0]?.message ?? 'no message';
  const values: Readonly<Record<string, unknown>> = Array.isArray(parameters)
    ? Object.fromEntries(parameters.map((value, index) => [String(index + 1), value]))
    : parameters;
  const filled = template.replace(/%(\w+)/g, (placeholder, name: string) =>
    Object.hasOwn(values, name) ? String(values[name]) : placeholder,
  );
  return filled.replace(/\s+/g, ' ').slice(0, LONGEST_TEXT);
}

/** "Magento_Sales::actions_view", where a reply names the rights it wants. */
function missingResources(body: unknown): string | null {
  const parsed = errorReplySchema.safeParse(body);
  const parameters = parsed.success ? parsed.data.parameters : undefined;
  if (parameters === undefined || Array.isArray(parameters)) return null;
  const resources = parameters.resources;
  return typeof resources === 'string' && /^[\w:, ]{1,200}$/.test(resources) ? resources : null;
}
