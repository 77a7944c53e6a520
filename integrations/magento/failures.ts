import { StoreReadingFailed } from '../store-platform.js';
import type { StoreReply } from '../store-reply.js';
import { errorReplySchema } from './replies.js';

/** Longest text of a store that is looked at. */
const LONGEST_TEXT = 200;
/** Rights that Tenure's questions need, which alone are repeated by name. */
const NAMED_RIGHTS: readonly string[] = [
  'Magento_Backend::admin',
  'Magento_Backend::store',
  'Magento_Catalog::products',
  'Magento_Customer::manage',
  'Magento_Sales::actions_view',
  'Magento_Sales::sales_creditmemo',
  'Magento_Sales::sales_invoice',
];

/**
 * Why a JSON reply with an error status refuses, as a failure that says what to do. A 401 that names resources is returned as
 * RIGHT_MISSING, though Magento answers the same to a wrong token: only another request can tell (see `magentoRest`).
 * The words are ours: what a store says may hold what it was sent, and developer mode puts SQL into it. Repeated are figures, the report id and the names of known rights.
 */
export function magentoFailure(reply: StoreReply, body: unknown, host: string): StoreReadingFailed {
  const text = errorText(body);
  const failed = (code: StoreReadingFailed['code'], because: string) =>
    new StoreReadingFailed(code, `${host}: ${because}`, { host, status: reply.status });
  if (reply.status === 401) {
    const resources = missingResources(body);
    if (resources !== null) return failed('RIGHT_MISSING', `grant ${resources} to the integration`);
    const fault = credentialsFault(text);
    return failed('CREDENTIALS_REFUSED', `refuses the credentials${fault === null ? '' : `: ${FAULT_WORDS[fault]}`}`);
  }
  if (reply.status === 403) return failed('RIGHT_MISSING', 'forbids the request (403)');
  if (reply.status === 404) return failed('NOT_FOUND', 'does not know what was asked for (404)');
  if (reply.status === 400 && text === 'Specified request cannot be processed.')
    return failed('NOT_FOUND', 'does not know this store code');
  if (reply.status === 503) return failed('UNAVAILABLE', 'not available for the moment (503)');
  if (reply.status >= 500) {
    const [, reportId] = /Report ID: (webapi-[0-9a-f]{13})\b/.exec(text) ?? [];
    const hint = reportId === undefined ? '' : `; its log has the details under ${reportId}`;
    return failed('UNEXPECTED_REPLY', `failed inside (${reply.status})${hint}`);
  }
  const [, pageLimit] = /^Maximum SearchCriteria pageSize is (\d{1,5})\b/.exec(text) ?? [];
  if (pageLimit !== undefined) return failed('UNEXPECTED_REPLY', `gives at most ${pageLimit} rows at once`);
  return failed('UNEXPECTED_REPLY', `refuses the request (${reply.status})`);
}

/** What of the credentials a refusal means. */
export type CredentialsFault = 'CONSUMER' | 'MOMENT' | 'SIGNATURE' | 'TOKEN';

const FAULT_WORDS: Readonly<Record<CredentialsFault, string>> = {
  CONSUMER: 'it does not know the consumer key, or it has ended',
  MOMENT: 'the moment of the signature is not right',
  SIGNATURE: 'the signature does not fit',
  TOKEN: 'it does not know the access token, or it has ended',
};

/** Which of the values a refusal names, as far as its text tells; `null` where it does not, or not in a language that is known. */
export function credentialsFault(text: string): CredentialsFault | null {
  if (/consumer/i.test(text) && !/token/i.test(text)) return 'CONSUMER';
  if (/nonce|timestamp/i.test(text)) return 'MOMENT';
  if (/signature/i.test(text)) return 'SIGNATURE';
  return /token/i.test(text) ? 'TOKEN' : null;
}

/** The message of an error reply, to be looked at and not repeated, with its parameters filled in: %1, %2 from a list, %name from an object. */
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

/** "Magento_Sales::actions_view", where a reply names the rights it wants; our words for those that are not known. */
function missingResources(body: unknown): string | null {
  const parsed = errorReplySchema.safeParse(body);
  const parameters = parsed.success ? parsed.data.parameters : undefined;
  if (parameters === undefined || Array.isArray(parameters)) return null;
  const resources = parameters.resources;
  if (typeof resources !== 'string' || !/^[\w:, ]{1,200}$/.test(resources)) return null;
  const known = resources.split(/[, ]+/).filter((right) => NAMED_RIGHTS.includes(right));
  return known.length > 0 ? known.join(', ') : 'the right that this needs';
}
