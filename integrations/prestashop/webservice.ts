import { z } from 'zod';
import type { GuardedClient } from '../guarded-client.js';
import { type StoreFailureCode, StoreReadingFailed } from '../store-platform.js';
import { parseJsonReply, type StoreReply } from '../store-reply.js';

export interface WebserviceAccess {
  /** Address of the shop, without `/api`. */
  readonly baseUrl: string;
  /** Webservice key: 32 characters, sent as the user of HTTP Basic. */
  readonly key: string;
  readonly client: GuardedClient;
  /** For a multistore: the shop to read. Without it PrestaShop shows the default shop only. */
  readonly shopId?: string | undefined;
}

export type Query = Readonly<Record<string, string>>;

export interface Webservice {
  readonly host: string;
  /** One list of raw rows. Throws `StoreReadingFailed`; RIGHT_MISSING names the right to grant. */
  list(resource: string, query: Query): Promise<unknown[]>;
  /** The reply to the cheapest question, whatever it says, for its headers. */
  probe(): Promise<StoreReply>;
  /** The reply to one question, whatever it says. */
  reply(resource: string, query: Query): Promise<StoreReply>;
  /** The list of all that the key may do: as XML, since it crashes PrestaShop as JSON. */
  root(): Promise<StoreReply>;
}

/** PrestaShop's own name of the list inside the answer, where it is not the resource's. */
const listNames: Readonly<Record<string, string>> = { order_slip: 'order_slips' };

export function webservice(access: WebserviceAccess): Webservice {
  const base = access.baseUrl.replace(/\/+$/, '');
  const host = new URL(base).host;
  const headers = { Authorization: `Basic ${Buffer.from(`${access.key}:`).toString('base64')}`, Accept: 'application/json' };
  const get = (resource: string, query: Query) => {
    const url = new URL(`${base}/api/${resource}`);
    const shop: Query = access.shopId === undefined ? {} : { id_shop: access.shopId };
    url.search = new URLSearchParams({ ...query, ...shop, output_format: 'JSON' }).toString();
    return access.client.get(url, headers);
  };
  return {
    host,
    async list(resource, query) {
      const reply = await get(resource, query);
      if (reply.status !== 200) throw failureOf(reply, resource, host);
      return rowsOf(reply, resource, host);
    },
    probe: () => get('orders', { display: '[id]', limit: '1' }),
    reply: get,
    root: () => access.client.get(new URL(`${base}/api/`), { ...headers, Accept: 'text/xml' }),
  };
}

/** The rows of a list: under the resource's name, or `[]` when there are none. Throws UNEXPECTED_REPLY on anything else. */
export function rowsOf(reply: StoreReply, resource: string, host: string): unknown[] {
  const name = listNames[resource] ?? resource;
  const body = parseJsonReply(reply, host);
  if (Array.isArray(body) && body.length === 0) return [];
  const list = z.object({ [name]: z.array(z.unknown()) }).safeParse(body);
  const rows = list.success ? list.data[name] : undefined;
  if (rows) return rows;
  throw new StoreReadingFailed('UNEXPECTED_REPLY', `${host}: JSON, but not a list of ${name}`, { host, status: reply.status });
}

/** A code that is none of PrestaShop's is text of the store: 0 stands for it. */
const errorsSchema = z.object({ errors: z.array(z.object({ code: z.coerce.number().int().min(1).max(999).catch(0) })) });
const MOST_CODES = 5;

/**
 * Why a question failed. PrestaShop's own error codes decide, not the status: a mistake in a filter is a 500, a missing right a
 * 401. Only where it sent none do status and content type speak.
 */
export function failureOf(reply: StoreReply, resource: string, host: string): StoreReadingFailed {
  const failed = (code: StoreFailureCode, because: string) =>
    new StoreReadingFailed(code, `${host}: ${because}`, { host, status: reply.status });
  const codes = errorCodesOf(reply, host);
  if (codes.has(18)) return failed('CREDENTIALS_REFUSED', 'the webservice key is malformed: it has 32 characters');
  if (codes.has(20)) return failed('CREDENTIALS_REFUSED', 'the webservice key is unknown or not active');
  if (codes.has(21)) return failed('RIGHT_MISSING', `the webservice key has no right at all: grant GET on ${resource}`);
  if (codes.has(22)) return failed('WEBSERVICE_OFF', 'the webservice is switched off');
  if (codes.has(25) || codes.has(26)) return failed('RIGHT_MISSING', `the webservice key lacks a right: grant GET on ${resource}`);
  if (codes.has(132)) return failed('RIGHT_MISSING', 'the webservice key is not tied to the shop that was asked for');
  if (codes.has(27)) return failed('NOT_FOUND', `this PrestaShop has no resource ${resource}`);
  if (codes.size > 0) {
    const named = [...codes]
      .filter((code) => code > 0)
      .slice(0, MOST_CODES)
      .join(', ');
    return failed('UNEXPECTED_REPLY', `the question about ${resource} was refused with error ${named || 'of another kind'}`);
  }
  if (reply.status === 401)
    return failed('CREDENTIALS_REFUSED', 'the key did not arrive: the web server may strip the Authorization header');
  if (reply.status === 404) return failed('NOT_FOUND', `no webservice answers for ${resource} at this address`);
  if (reply.status === 500) return failed('UNAVAILABLE', `the shop crashed while it answered for ${resource} (500)`);
  return unexplained(reply, host) ?? failed('UNEXPECTED_REPLY', `${resource} was answered with status ${reply.status}`);
}

/** PrestaShop's own codes of what it refuses; none where it is no JSON. */
export function errorCodesOf(reply: StoreReply, host: string): ReadonlySet<number> {
  const told = unexplained(reply, host) ? null : errorsSchema.safeParse(parseJsonReply(reply, host));
  return new Set(told?.success ? told.data.errors.map((error) => error.code) : []);
}

/** What is wrong with a reply that is no JSON at all (rate limit, maintenance page, redirect); `null` for JSON. */
function unexplained(reply: StoreReply, host: string): StoreReadingFailed | null {
  try {
    parseJsonReply(reply, host);
    return null;
  } catch (error) {
    if (error instanceof StoreReadingFailed) return error;
    throw error;
  }
}

/** Whether the header PSWS-Version tells a version as PrestaShop writes one. */
export function isVersion(text: string): boolean {
  return /^[1-9]\d{0,3}(\.\d{1,6}){1,3}$/.test(text);
}
