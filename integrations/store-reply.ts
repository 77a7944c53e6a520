import { type StoreFailureCode, StoreReadingFailed } from './store-platform.js';

export interface StoreReply {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Seconds that a reply asks to wait, from either form of Retry-After (a count, or a date measured against the reply's own Date); `null` without one. */
export function retryAfterSeconds(reply: StoreReply): number | null {
  const asked = reply.headers['retry-after']?.trim();
  if (asked === undefined) return null;
  if (/^\d{1,9}$/.test(asked)) return Number(asked);
  const wait = Date.parse(asked) - Date.parse(reply.headers.date ?? '');
  return Number.isNaN(wait) ? null : Math.max(0, Math.ceil(wait / 1_000));
}

/** Deepest nesting of a reply that is still read. */
const MAX_DEPTH = 64;
/** Most values in a reply that is still read: `[],[],[]` takes thirty times its length once parsed. */
const MAX_VALUES = 500_000;

/**
 * The JSON value of a reply. A JSON reply of any status but 429 is returned, as the platforms explain their errors in JSON.
 * Throws `StoreReadingFailed`: RATE_LIMITED (429) and UNAVAILABLE (any 5xx without JSON), with the seconds to wait where told;
 * UNEXPECTED_REPLY for redirects (naming another spelling of the same host), HTML, other content types, broken JSON, nesting deeper than 64 and more than 500,000 values.
 */
export function parseJsonReply(reply: StoreReply, host: string): unknown {
  const failed = (code: StoreFailureCode, because: string) => {
    const seconds = retryAfterSeconds(reply);
    const details = { host, status: reply.status, ...(seconds === null ? {} : { retryAfterSeconds: seconds }) };
    return new StoreReadingFailed(code, `${host}: ${because}`, details);
  };
  const type = contentType(reply);
  if (reply.status === 429) throw failed('RATE_LIMITED', 'too many requests');
  if (!isJson(reply) && reply.status >= 500) throw failed('UNAVAILABLE', `not available for the moment (${reply.status})`);
  if (reply.status >= 300 && reply.status < 400)
    throw failed('UNEXPECTED_REPLY', `redirects (${reply.status}) to ${redirectTarget(reply, host)}: give the address it leads to`);
  if (type === 'text/html')
    throw failed('UNEXPECTED_REPLY', `this address answers HTML (${reply.status}): maintenance page or a wrong path`);
  if (!isJson(reply)) throw failed('UNEXPECTED_REPLY', `expected JSON, found ${typeName(type)} (${reply.status})`);
  const excess = excessOf(reply.body);
  if (excess !== null) throw failed('UNEXPECTED_REPLY', `JSON ${excess}`);
  try {
    return JSON.parse(reply.body);
  } catch {
    throw failed('UNEXPECTED_REPLY', `broken JSON (${reply.status})`);
  }
}

/** Whether the application itself answered: a reply that calls itself JSON. What stands before a shop answers in HTML or nothing. */
export function isJson(reply: StoreReply): boolean {
  const type = contentType(reply);
  return type === 'application/json' || /^application\/[\w.-]+\+json$/.test(type);
}

function contentType(reply: StoreReply): string {
  return (reply.headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase() ?? '';
}

/** Content types that are called by their name. Any other is text of the store, which may hold what it was sent. */
const KNOWN_TYPES: readonly string[] = [
  'application/octet-stream',
  'application/xhtml+xml',
  'application/xml',
  'text/css',
  'text/javascript',
  'text/plain',
  'text/xml',
];

function typeName(type: string): string {
  if (type === '') return 'no content type';
  return KNOWN_TYPES.includes(type) ? type : 'another content type';
}

/**
 * Where a redirect leads: "https://www.shop.example" where that is the host that was asked (`host`, with a port if any), with or without "www.", or a domain above it;
 * else "another address". Nothing of it is the store's own word: a host may be made of what was sent, and a path or query may carry anything.
 */
export function redirectTarget(reply: StoreReply, host: string): string {
  const target = URL.parse(reply.headers.location ?? '');
  const asked = URL.parse(`https://${host}`);
  if (target === null || asked === null || !['https:', 'http:'].includes(target.protocol)) return 'another address';
  const isSamePort = target.port === '' || target.port === asked.port;
  return isSamePort && isKin(target.hostname, asked.hostname) ? target.origin : 'another address';
}

function isKin(target: string, asked: string): boolean {
  if (target === asked || target === `www.${asked}`) return true;
  // An address of numbers has no domain above it.
  return asked.endsWith(`.${target}`) && target.includes('.') && !/\d$/.test(asked);
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const OPENING: readonly number[] = [0x5b, 0x7b];
const CLOSING: readonly number[] = [0x5d, 0x7d];

/** Counts brackets and commas outside of strings before the parser builds anything; `null` where they keep the bounds. */
function excessOf(json: string): string | null {
  let depth = 0;
  let values = 0;
  for (let at = 0; at < json.length; at += 1) {
    const unit = json.charCodeAt(at);
    if (unit === QUOTE) at = endOfString(json, at);
    else if (unit === COMMA) values += 1;
    else if (OPENING.includes(unit)) [depth, values] = [depth + 1, values + 1];
    else if (CLOSING.includes(unit)) depth -= 1;
    if (depth > MAX_DEPTH) return `nests deeper than ${MAX_DEPTH} levels`;
    if (values > MAX_VALUES) return `holds more than ${MAX_VALUES} values`;
  }
  return null;
}

/** The place of the quote that ends the string begun at `start`, or the end of the text. */
function endOfString(json: string, start: number): number {
  let at = start + 1;
  while (at < json.length && json.charCodeAt(at) !== QUOTE) at += json.charCodeAt(at) === BACKSLASH ? 2 : 1;
  return at;
}
