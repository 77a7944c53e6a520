import type { StoreReply } from './store-reply.js';

/** What a request says of who asks. */
export interface Sent {
  readonly headers: Readonly<Record<string, string>>;
  readonly data?: URLSearchParams;
}

/** Anything shorter stands in a reply by chance. */
const SHORTEST_SECRET = 8;
const INSTEAD = '(credentials)';

/**
 * A reply without the credentials that the request carried, as debug pages, firewalls and hostile stores repeat them: in its body and its headers, in either case,
 * as they were sent, decoded, escaped for JSON or for an address. A store that spells them in a way of its own knows them anyway.
 */
export function withoutEcho(reply: StoreReply, sent: Sent): StoreReply {
  const spellings = [...new Set(secretsOf(sent).flatMap(spelled))];
  const cleaned = (text: string) => withoutAny(text, spellings);
  const headers = Object.entries(reply.headers).map(([name, value]): [string, string] => [name, cleaned(value)]);
  return { status: reply.status, headers: Object.fromEntries(headers), body: cleaned(reply.body) };
}

/** The longest first, as one may stand within another. */
function secretsOf({ headers, data }: Sent): string[] {
  const given = Object.entries(headers).flatMap(([name, value]) => (name.toLowerCase() === 'authorization' ? inAuthorization(value) : []));
  const form = ['client_id', 'client_secret'].flatMap((field) => data?.getAll(field) ?? []);
  return [...given, ...form].filter(({ length }) => length >= SHORTEST_SECRET).sort((one, other) => other.length - one.length);
}

/** Basic carries a name and a password, OAuth fields, and everything else one token. */
function inAuthorization(header: string): string[] {
  const [, scheme = '', value = ''] = /^(\S+)\s+(.*)$/.exec(header) ?? [];
  if (/^oauth$/i.test(scheme)) {
    const fields = [...value.matchAll(/\boauth_(?:consumer_key|token|signature)="([^"]*)"/g)].map(([, field = '']) => field);
    return [value, ...fields.flatMap((field) => [field, decoded(field)])];
  }
  if (!/^basic$/i.test(scheme)) return [value];
  const pair = Buffer.from(value, 'base64').toString();
  const colon = pair.indexOf(':');
  return [value, pair, pair.slice(0, colon), pair.slice(colon + 1)];
}

function decoded(field: string): string {
  try {
    return decodeURIComponent(field);
  } catch {
    return field;
  }
}

const spelled = (secret: string): string[] => [
  secret,
  encodeURIComponent(secret),
  secret.replaceAll('"', '\\"'),
  secret.replaceAll('/', '\\/'),
];

function withoutAny(text: string, spellings: readonly string[]): string {
  const lowered = text.toLowerCase();
  const found = spellings.filter((spelling) => lowered.includes(spelling.toLowerCase()));
  if (found.length === 0) return text;
  return text.replace(new RegExp(found.map((spelling) => spelling.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&')).join('|'), 'gi'), INSTEAD);
}
