import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import axios, { type AxiosError, type AxiosInstance } from 'axios';
import {
  BulkheadRejectedError,
  bulkhead,
  DelegateBackoff,
  ExponentialBackoff,
  handleWhen,
  type IBackoff,
  type IRetryBackoffContext,
  retry,
} from 'cockatiel';
import { ADDRESS_REFUSED, guardAgent } from './address-guard.js';
import { type Circuit, type StoreFailureCode, StoreReadingFailed } from './store-platform.js';
import { retryAfterSeconds, type StoreReply } from './store-reply.js';

/** What the operator lets the gateway reach. */
export interface OutboundRules {
  /** Hosts ("127.0.0.1:4101", "shop.internal") that may be reached over http or on a private address. Without a port: the standard ones. */
  readonly allowedHosts: readonly string[];
  /** Deadline of one exchange, connect to last byte. */
  readonly totalTimeoutMs: number;
  /** Largest body after inflation. */
  readonly maxBytes: number;
  /** Exchanges under way at once, with all stores together; one more is refused. Default 16: each may hold a body of the largest size. */
  readonly maxAtOnce?: number;
  /** Aborted when the process stops: what is under way breaks off, and nothing new begins. */
  readonly stopping?: AbortSignal;
}

const MAX_AT_ONCE = 16;

/** A function where each try needs headers of its own, as a signature with a nonce does. */
export type RequestHeaders = Readonly<Record<string, string>> | (() => Readonly<Record<string, string>>);

export interface GuardedClient {
  /** One GET. Throws `StoreReadingFailed` where no reply could be had; a reply of any status is returned. */
  get(url: URL, headers: RequestHeaders): Promise<StoreReply>;
  /** One POST of a form, for platforms that hand out tokens so. Tried once: it is not known to be repeatable. */
  postForm(url: URL, headers: Readonly<Record<string, string>>, form: URLSearchParams): Promise<StoreReply>;
  /** Whether the host of this address is asked at all for the moment. Sends nothing. */
  circuit(url: URL): Circuit;
}

/** Tries after the first one. */
const RETRIES = 2;
/** A longer wait asked for by the store is not sat out here: the caller is told and comes back later. */
const LONGEST_WAIT_MS = 5_000;
/** Replies that a proxy or an overloaded shop gives for a moment only. */
const PASSING_STATUSES: readonly number[] = [429, 502, 503, 504];

/**
 * The only way out to a store: https on port 443 to public addresses, plus the operator's allowed hosts; no redirects, no proxy,
 * one deadline for the whole exchange, a bound on the inflated body, at most three tries with a growing, jittered wait.
 * How many exchanges run at once is bounded too, so that stores that hang can only hold so much.
 * Failures carry a code and the host, never headers, bodies, credentials or paths.
 */
export function guardedClient(rules: OutboundRules): GuardedClient {
  const slots = bulkhead(rules.maxAtOnce ?? MAX_AT_ONCE);
  const inSlot = async (host: string, exchange: () => Promise<StoreReply>): Promise<StoreReply> => {
    try {
      return await slots.execute(exchange);
    } catch (error) {
      if (!(error instanceof BulkheadRejectedError)) throw error;
      throw new StoreReadingFailed('BUSY', `${host}: as many stores are being read already as may be at once; try again`, { host });
    }
  };
  const strangers = exchanger(rules, guardAgent(new HttpAgent({ keepAlive: true })), guardAgent(new HttpsAgent({ keepAlive: true })));
  const allowed = exchanger(rules, new HttpAgent({ keepAlive: true }), new HttpsAgent({ keepAlive: true }));
  const reach = (url: URL) => {
    const target = new URL(url.href);
    const isAllowed = rules.allowedHosts.some((entry) => covers(entry, target));
    refuseAddress(target, isAllowed);
    return { target, http: isAllowed ? allowed : strangers };
  };
  return {
    circuit: () => ({ state: 'CLOSED', reopensAt: null }),
    async get(url, headers) {
      const { target, http } = reach(url);
      const exchange = () => once(http, target, { headers: typeof headers === 'function' ? headers() : headers }, rules);
      return unlessStopped(rules.stopping, target.host, () => retried(() => inSlot(target.host, exchange)));
    },
    async postForm(url, headers, form) {
      const { target, http } = reach(url);
      const exchange = () => once(http, target, { method: 'POST', headers, data: form }, rules);
      return unlessStopped(rules.stopping, target.host, () => inSlot(target.host, exchange));
    },
  };
}

/** Whether an entry of the allowed hosts names this address: the same host and port, or the host alone on a standard port. */
function covers(entry: string, url: URL): boolean {
  const named = URL.parse(`http://${entry}`);
  if (named === null || named.hostname !== url.hostname) return false;
  if (!/:\d+$/.test(entry)) return url.port === '';
  return entry.endsWith(`:${url.port || (url.protocol === 'https:' ? '443' : '80')}`);
}

function refuseAddress(url: URL, isAllowed: boolean): void {
  const refuse = (because: string): never => {
    throw new StoreReadingFailed('ADDRESS_REFUSED', `${url.host || 'this address'}: ${because}`, { host: url.host });
  };
  if (url.username !== '' || url.password !== '') refuse('credentials do not belong into an address');
  if (url.protocol !== 'https:' && url.protocol !== 'http:') refuse('only https is spoken');
  if (isAllowed) return;
  if (url.protocol === 'http:') refuse('only https is spoken; an operator may allow a host for http');
  if (url.port !== '') refuse('only the standard port is used; an operator may allow a host and port');
}

function exchanger(rules: OutboundRules, httpAgent: HttpAgent, httpsAgent: HttpsAgent): AxiosInstance {
  return axios.create({
    adapter: 'http',
    httpAgent,
    httpsAgent,
    proxy: false,
    maxRedirects: 0,
    maxContentLength: rules.maxBytes,
    decompress: true,
    responseType: 'text',
    transformResponse: (body: unknown) => body,
    validateStatus: () => true,
  });
}

interface Exchange {
  readonly method?: 'POST';
  readonly headers: Readonly<Record<string, string>>;
  readonly data?: URLSearchParams;
}

async function once(http: AxiosInstance, url: URL, { headers, ...exchange }: Exchange, rules: OutboundRules): Promise<StoreReply> {
  // axios' own timeout does not bound a body that drips.
  const deadline = AbortSignal.timeout(rules.totalTimeoutMs);
  const signal = rules.stopping === undefined ? deadline : AbortSignal.any([deadline, rules.stopping]);
  try {
    const {
      status,
      headers: received,
      data,
    } = await http.request({ ...exchange, url: url.href, headers: { 'user-agent': 'tenure', ...headers }, signal });
    const named = Object.entries(received).map(([name, value]): [string, string] => [name.toLowerCase(), String(value)]);
    return { status, headers: Object.fromEntries(named), body: typeof data === 'string' ? data : '' };
  } catch (error) {
    if (rules.stopping?.aborted === true) throw stopped(url.host);
    throw readingFailed(error as AxiosError, url.host, deadline.aborted, rules);
  }
}

const stopped = (host: string) => new StoreReadingFailed('STOPPED', `${host}: not read to the end, as Tenure is being stopped`, { host });

/** Ends with the signal although a pause between two tries is not over. */
async function unlessStopped<T>(stopping: AbortSignal | undefined, host: string, work: () => Promise<T>): Promise<T> {
  if (stopping === undefined) return work();
  if (stopping.aborted) throw stopped(host);
  const { promise, reject } = Promise.withResolvers<never>();
  const stop = () => reject(stopped(host));
  stopping.addEventListener('abort', stop, { once: true });
  try {
    return await Promise.race([work(), promise]);
  } finally {
    stopping.removeEventListener('abort', stop);
  }
}

function readingFailed(error: AxiosError, host: string, outOfTime: boolean, rules: OutboundRules): StoreReadingFailed {
  const failed = (code: StoreFailureCode, because: string) => new StoreReadingFailed(code, `${host}: ${because}`, { host });
  if (error.code === ADDRESS_REFUSED) return failed('ADDRESS_REFUSED', 'this host does not lead to the public internet');
  if (outOfTime) return failed('TIMED_OUT', `no complete answer within ${rules.totalTimeoutMs} ms`);
  if (error.message.startsWith('maxContentLength')) return failed('TOO_LARGE', `the answer is larger than ${rules.maxBytes} bytes`);
  return failed('UNREACHABLE', `no answer could be had (${error.code ?? 'connection lost'})`);
}

/** Repeats what may pass by itself: a lost connection and the passing statuses, unless the store asks for a longer wait than we sit out. */
function retried(exchange: () => Promise<StoreReply>): Promise<StoreReply> {
  const waits = new ExponentialBackoff({ initialDelay: 200, maxDelay: LONGEST_WAIT_MS });
  const backoff = new DelegateBackoff<IRetryBackoffContext<unknown>, IBackoff<unknown>>((context, previous) => {
    const state = previous === undefined ? waits.next() : previous.next(context);
    const asked = 'value' in context.result ? (retryAfterSeconds(context.result.value as StoreReply) ?? 0) * 1_000 : 0;
    return { delay: Math.max(asked, state.duration), state };
  });
  const passing = handleWhen((error) => error instanceof StoreReadingFailed && error.code === 'UNREACHABLE').orWhenResult((result) => {
    const reply = result as StoreReply;
    return PASSING_STATUSES.includes(reply.status) && (retryAfterSeconds(reply) ?? 0) * 1_000 <= LONGEST_WAIT_MS;
  });
  return retry(passing, { maxAttempts: RETRIES, backoff }).execute(exchange);
}
