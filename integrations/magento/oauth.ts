import { createHmac, randomUUID, timingSafeEqual } from 'node:crypto';

/** The four secrets of a Magento integration. */
export interface OAuth1Secrets {
  readonly consumerKey: string;
  readonly consumerSecret: string;
  readonly accessToken: string;
  readonly accessTokenSecret: string;
}

/** What a client chose for one request: the time in seconds since 1970, and a value that it never uses again. */
export interface OAuth1Moment {
  readonly timestamp: string;
  readonly nonce: string;
}

const SIGNATURE_METHOD = 'HMAC-SHA256';

/**
 * The Authorization header of one request, signed as OAuth 1.0a with HMAC-SHA256, the only method Magento takes.
 * The body is not signed. Without `moment` the clock and a fresh nonce are used.
 */
export function oauthHeader(method: string, url: URL, secrets: OAuth1Secrets, moment: OAuth1Moment = thisMoment()): string {
  const fields = {
    oauth_consumer_key: secrets.consumerKey,
    oauth_nonce: moment.nonce,
    oauth_signature_method: SIGNATURE_METHOD,
    oauth_timestamp: moment.timestamp,
    oauth_token: secrets.accessToken,
    oauth_version: '1.0',
  };
  const signed = { ...fields, oauth_signature: oauthSignature(method, url, fields, secrets) };
  return `OAuth ${Object.entries(signed)
    .map(([name, value]) => `${name}="${percentEncoded(value)}"`)
    .join(', ')}`;
}

/** The fields of an OAuth Authorization header, decoded; `null` when the header is of another kind or malformed. */
export function oauthFields(header: string): Readonly<Record<string, string>> | null {
  if (!/^OAuth\s/i.test(header)) return null;
  const fields: Record<string, string> = {};
  for (const part of header.slice('OAuth '.length).split(',')) {
    const [, name, value] = /^\s*([\w%.-]+)="([^"]*)"\s*$/.exec(part) ?? [];
    if (name === undefined || value === undefined) return null;
    try {
      fields[decodeURIComponent(name)] = decodeURIComponent(value);
    } catch {
      return null;
    }
  }
  return fields;
}

/** Whether the signature among the fields of a header is the one that the holder of these secrets would have made. */
export function isOauthSignatureValid(method: string, url: URL, fields: Readonly<Record<string, string>>, secrets: OAuth1Secrets): boolean {
  const { oauth_signature: given = '', realm: _realm, ...signed } = fields;
  const expected = Buffer.from(oauthSignature(method, url, signed, secrets));
  const found = Buffer.from(given);
  return expected.length === found.length && timingSafeEqual(expected, found);
}

/** HMAC-SHA256 over the base string (RFC 5849, 3.4), in base64. */
function oauthSignature(method: string, url: URL, fields: Readonly<Record<string, string>>, secrets: OAuth1Secrets): string {
  const key = `${percentEncoded(secrets.consumerSecret)}&${percentEncoded(secrets.accessTokenSecret)}`;
  return createHmac('sha256', key)
    .update(oauthBaseString(method, url, fields))
    .digest('base64');
}

/**
 * METHOD & address & parameters: the query is decoded first and encoded again in one single way, then sorted together with the
 * OAuth fields by encoded name and value. Signing an already encoded query as it stands is what makes common signers fail on brackets.
 */
export function oauthBaseString(method: string, url: URL, fields: Readonly<Record<string, string>>): string {
  const parameters = [...url.searchParams, ...Object.entries(fields)]
    .map(([name, value]): readonly [string, string] => [percentEncoded(name), percentEncoded(value)])
    .sort(([nameA, valueA], [nameB, valueB]) => ascending(nameA, nameB) || ascending(valueA, valueB))
    .map(([name, value]) => `${name}=${value}`)
    .join('&');
  // URL has already lowered the host and dropped a standard port, as the rules ask.
  return [method.toUpperCase(), `${url.protocol}//${url.host}${url.pathname}`, parameters].map(percentEncoded).join('&');
}

/** Encoded names are ASCII, where code units and bytes sort alike. */
function ascending(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}

/** RFC 3986: everything but letters, digits and -._~ ; encodeURIComponent leaves five more characters alone. */
function percentEncoded(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`);
}

function thisMoment(): OAuth1Moment {
  return { timestamp: String(Math.floor(Date.now() / 1_000)), nonce: randomUUID().replaceAll('-', '') };
}
