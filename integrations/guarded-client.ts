import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import axios, { type AxiosError, type AxiosInstance } from 'axios';
import { bulkhead, ExponentialBackoff, handleWhen, type IPolicy, retry } from 'cockatiel';
import { ADDRESS_REFUSED, guardAgent, type Lookup } from './address-guard.js';
import { certificateFault } from './certificate-fault.js';
import { withoutEcho } from './echo.js';
import { type HostLane, hostLane, type InTurn, PASSING_STATUSES } from './host-lane.js';
import { type Circuit, type StoreFailureCode, StoreReadingFailed } from './store-platform.js';
import { retryAfterSeconds, type StoreReply } from './store-reply.js';

/** What the operator lets the gateway reach. */
export interface OutboundRules {
  /** Hosts ("127.0.0.1:4101", "shop.internal") that may be reached over http or on a private address. Without a port: the standard ones. */
  readonly allowedHosts: readonly string[];
  /** Networks in CIDR ("10.20.0.0/16") whose addresses count as public, for https. */
  readonly allowedNetworks?: readonly string[];
  /** Ports besides 443 that any public host may be reached on, over https. */
  readonly allowedPorts?: readonly number[];
  /** Deadline of one exchange, connect to last byte. */
  readonly totalTimeoutMs: number;
  /** Largest body after inflation. */
  readonly maxBytes: number;
  /** Exchanges under way at once, with all stores together; as many more wait. Default 16: each may hold a body of the largest size. */
  readonly maxAtOnce?: number;
  /** The same with one host for one owner; default 3, and eight more wait. */
  readonly maxAtOnceWithHost?: number;
  /** How long a host that fails time after time is left alone, at first and then each time in a row; the last one repeats. */
  readonly pausesMs?: readonly number[];
  /** Resolves names; the system's resolver by default. */
  readonly lookup?: Lookup;
  /** Aborted when the process stops: what is under way breaks off, and nothing new begins. */
  readonly stopping?: AbortSignal;
}

const MAX_AT_ONCE = 16;
const MAX_AT_ONCE_WITH_HOST = 3;
const MAX_WAITING_FOR_HOST = 8;
/** Exchanges of one owner that wait where only so many of them are under way at once; one more is refused. */
const MAX_WAITING_OF_OWNER = 8;
/** Hosts of owners of which something is remembered; beyond that, the one not asked for the longest time is forgotten. */
const MAX_HOSTS = 1_000;
const FAILURES_IN_A_ROW = 5;
const PAUSES_MS: readonly number[] = [30_000, 60_000, 120_000, 300_000, 900_000];

/** A function where each try needs headers of its own, as a signature with a nonce does. */
export type RequestHeaders = Readonly<Record<string, string>> | (() => Readonly<Record<string, string>>);

/** Asks stores of one owner. */
export interface GuardedClient {
  /** One GET. Throws `StoreReadingFailed` where no reply could be had; a reply of any status is returned, without the credentials that were sent. */
  get(url: URL, headers: RequestHeaders): Promise<StoreReply>;
  /** One POST of a form, for platforms that hand out tokens so. Tried once: it is not known to be repeatable. */
  postForm(url: URL, headers: Readonly<Record<string, string>>, form: URLSearchParams): Promise<StoreReply>;
  /** Whether the host of this address is asked at all for the moment. Sends nothing. */
  circuit(url: URL): Circuit;
  /** Forgets for what this host is left alone since before a moment, and asks it like any other. Sends nothing. */
  forgetPauses(url: URL, before: Temporal.Instant): void;
}

/** The client of one owner by itself, and of as many others as there are. */
export interface SharedClient extends GuardedClient {
  /** Asks the stores of this owner. What it meets at a host is known to nobody else: whoever has one path of a host speaks for no other store there. */
  of(owner: string): GuardedClient;
  /**
   * The same client, knowing the same of every owner's hosts, with so many exchanges at once of its own: for callers who must not wait for one another.
   * `maxAtOnceOfOwner` of them at most are of one owner; it waits for itself then, and takes no room from others.
   */
  aside(maxAtOnce: number, maxAtOnceOfOwner?: number): SharedClient;
}

/** Tries after the first one. */
const RETRIES = 2;
/** A longer wait asked for by the store is not sat out here: the caller is told and comes back later. */
const LONGEST_WAIT_MS = 5_000;

/**
 * The only way out to a store: https on port 443 to public addresses, plus what the operator allows; no redirects, no proxy,
 * one deadline for the whole exchange, a bound on the inflated body, at most three tries with a growing, jittered wait.
 * How many exchanges run at once is bounded, with all and with each host, so that a store that hangs holds its own slots only; a host that
 * fails time after time, or asks for a pause, is not asked (CIRCUIT_OPEN) until that is over, whichever caller of this owner met it first.
 * Failures carry a code and the host, never headers, bodies, credentials or paths.
 */
export function guardedClient(rules: OutboundRules): SharedClient {
  const guarded = <A extends HttpAgent>(agent: A) => guardAgent(agent, { networks: rules.allowedNetworks, lookup: rules.lookup });
  const strangers = exchanger(rules, guarded(new HttpAgent({ keepAlive: true })), guarded(new HttpsAgent({ keepAlive: true })));
  const allowed = exchanger(rules, new HttpAgent({ keepAlive: true }), new HttpsAgent({ keepAlive: true }));
  const laneOf = lanesOf(rules);
  const clientOf = (owner: string, inTurn: InTurn): GuardedClient => {
    const reach = (url: URL) => {
      const target = new URL(url.href);
      const isAllowed = rules.allowedHosts.some((entry) => covers(entry, target));
      refuseAddress(target, isAllowed, rules.allowedPorts ?? []);
      return { target, lane: laneOf(owner, target), http: isAllowed ? allowed : strangers };
    };
    return {
      circuit: (url) => laneOf(owner, url).circuit(),
      forgetPauses: (url, before) => laneOf(owner, url).forgetPauses(before),
      async get(url, headers) {
        const { target, http, lane } = reach(url);
        const exchange = () => once(http, target, { headers: typeof headers === 'function' ? headers() : headers }, rules);
        return unlessStopped(rules.stopping, target.host, () => retried(lane, () => lane.run(exchange, inTurn)));
      },
      async postForm(url, headers, form) {
        const { target, http, lane } = reach(url);
        const exchange = () => once(http, target, { method: 'POST', headers, data: form }, rules);
        return unlessStopped(rules.stopping, target.host, () => lane.run(exchange, inTurn));
      },
    };
  };
  const sharedClient = (turnsOf: (owner: string) => InTurn): SharedClient => {
    const of = (owner: string) => clientOf(owner, turnsOf(owner));
    return { ...of(''), of, aside: (maxAtOnce, maxAtOnceOfOwner) => sharedClient(turns(maxAtOnce, maxAtOnceOfOwner)) };
  };
  return sharedClient(turns(rules.maxAtOnce ?? MAX_AT_ONCE));
}

/** So many exchanges at once, and so many of one owner. Who waits for an exchange of its own holds no place that another one could have. */
function turns(maxAtOnce: number, maxAtOnceOfOwner?: number): (owner: string) => InTurn {
  const all = bulkhead(maxAtOnce, maxAtOnce);
  if (maxAtOnceOfOwner === undefined) return () => (exchange) => all.execute(exchange);
  const owners = new Map<string, { readonly slots: IPolicy; inside: number }>();
  return (owner) => async (exchange) => {
    const own = owners.get(owner) ?? { slots: bulkhead(maxAtOnceOfOwner, MAX_WAITING_OF_OWNER), inside: 0 };
    owners.set(owner, own);
    own.inside += 1;
    try {
      return await own.slots.execute(() => all.execute(exchange));
    } finally {
      own.inside -= 1;
      if (own.inside === 0) owners.delete(owner);
    }
  };
}

/** The lane of an address's origin: the same for all who ask for this owner, as long as it is remembered. */
function lanesOf({ stopping, ...rules }: OutboundRules): (owner: string, url: URL) => HostLane {
  const lanes = new Map<string, HostLane>();
  const bounds = {
    maxAtOnce: rules.maxAtOnceWithHost ?? MAX_AT_ONCE_WITH_HOST,
    maxWaiting: MAX_WAITING_FOR_HOST,
    failuresInARow: FAILURES_IN_A_ROW,
    pausesMs: rules.pausesMs ?? PAUSES_MS,
    longestWaitMs: LONGEST_WAIT_MS,
    stopping,
  };
  return (owner, { origin, host }) => {
    const key = `${owner} ${origin}`;
    const lane = lanes.get(key) ?? hostLane(host, bounds);
    lanes.delete(key);
    lanes.set(key, lane);
    if (lanes.size > MAX_HOSTS) forgetOne(lanes);
    return lane;
  };
}

/** The one not asked for the longest time that nobody is in; better one without a pause that would be forgotten with it. */
function forgetOne(lanes: Map<string, HostLane>): void {
  const empty = [...lanes].slice(0, -1).filter(([, lane]) => lane.isEmpty());
  const [key] = empty.find(([, lane]) => lane.circuit().state === 'CLOSED') ?? empty[0] ?? [];
  if (key !== undefined) lanes.delete(key);
}

/** Whether an entry of the allowed hosts names this address: the same host and port, or the host alone on a standard port. */
function covers(entry: string, url: URL): boolean {
  const named = URL.parse(`http://${entry}`);
  if (named === null || named.hostname !== url.hostname) return false;
  if (!/:\d+$/.test(entry)) return url.port === '';
  return entry.endsWith(`:${url.port || (url.protocol === 'https:' ? '443' : '80')}`);
}

function refuseAddress(url: URL, isAllowed: boolean, ports: readonly number[]): void {
  const refuse = (because: string): never => {
    throw new StoreReadingFailed('ADDRESS_REFUSED', `${url.host || 'this address'}: ${because}`, { host: url.host });
  };
  if (url.username !== '' || url.password !== '') refuse('credentials do not belong into an address');
  if (url.protocol !== 'https:' && url.protocol !== 'http:') refuse('only https is spoken');
  if (isAllowed) return;
  if (url.protocol === 'http:') refuse('only https is spoken; an operator may allow a host for http');
  if (url.port !== '' && !ports.includes(Number(url.port))) refuse('only the standard port is used; an operator may allow a host and port');
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
    const reply = { status, headers: Object.fromEntries(named), body: typeof data === 'string' ? data : '' };
    return withoutEcho(reply, { headers, ...exchange });
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

/** What the handshake says to a server that answers plain http. */
const NO_TLS: readonly string[] = ['EPROTO', 'ERR_SSL_WRONG_VERSION_NUMBER', 'ERR_SSL_PACKET_LENGTH_TOO_LONG'];

function readingFailed(error: AxiosError, host: string, outOfTime: boolean, rules: OutboundRules): StoreReadingFailed {
  const failed = (code: StoreFailureCode, because: string) => new StoreReadingFailed(code, `${host}: ${because}`, { host });
  if (error.code === ADDRESS_REFUSED) return failed('ADDRESS_REFUSED', 'this host does not lead to the public internet');
  if (outOfTime) return failed('TIMED_OUT', `no complete answer within ${rules.totalTimeoutMs} ms`);
  if (error.message.startsWith('maxContentLength')) return failed('TOO_LARGE', `the answer is larger than ${rules.maxBytes} bytes`);
  const fault = certificateFault(error.code ?? '');
  if (fault !== null) return failed('CERTIFICATE_REFUSED', `its certificate ${fault}`);
  if (NO_TLS.includes(error.code ?? '')) return failed('UNREACHABLE', 'does not speak https on this port');
  return failed('UNREACHABLE', `no answer could be had (${error.code ?? 'connection lost'})`);
}

/** Repeats what may pass by itself: a lost connection and the passing statuses, unless the host asks for a longer wait than its lane sits out. */
function retried(lane: HostLane, run: () => Promise<StoreReply>): Promise<StoreReply> {
  // Once the host is left alone, what it did last is the answer, not that it is left alone.
  const passing = handleWhen(
    (error) => error instanceof StoreReadingFailed && error.code === 'UNREACHABLE' && !lane.isGivenUp(),
  ).orWhenResult((result) => {
    const reply = result as StoreReply;
    return !lane.isGivenUp() && PASSING_STATUSES.includes(reply.status) && (retryAfterSeconds(reply) ?? 0) * 1_000 <= LONGEST_WAIT_MS;
  });
  const backoff = new ExponentialBackoff({ initialDelay: 200, maxDelay: LONGEST_WAIT_MS });
  return retry(passing, { maxAttempts: RETRIES, backoff }).execute(run);
}
