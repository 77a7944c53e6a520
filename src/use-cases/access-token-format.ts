import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { crc32 } from 'node:zlib';

export const ACCESS_TOKEN_KINDS = ['store', 'partner', 'staff', 'customer'] as const;

/** Who a token speaks for: a store's plugin, a partner's integration, the vendor's staff, a customer's dashboard. */
export type AccessTokenKind = (typeof ACCESS_TOKEN_KINDS)[number];

export interface AccessTokenText {
  readonly kind: AccessTokenKind;
  /** The whole text, as it is digested and as it was handed out. */
  readonly token: string;
}

const BASE62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const SECRET_LENGTH = 30;
const CHECKSUM_LENGTH = 6;
/** Bytes from here on are thrown away: 256 is no multiple of 62, and keeping them would favour the first eight characters. */
const UNBIASED_BELOW = 256 - (256 % BASE62.length);

const SHAPE = new RegExp(`^tnr_(${ACCESS_TOKEN_KINDS.join('|')})_[0-9A-Za-z]{${SECRET_LENGTH + CHECKSUM_LENGTH}}$`);

/**
 * Makes a new secret: `tnr_<kind>_`, 30 base62 characters of the system's random source (178 bits), 6 characters of checksum.
 * The text is shown once to its owner; only its digest is kept.
 */
export function mintAccessToken(kind: AccessTokenKind): AccessTokenText {
  const unchecked = `tnr_${kind}_${randomBase62(SECRET_LENGTH)}`;
  return { kind, token: unchecked + checksum(unchecked) };
}

/**
 * Decides whether a text can be a token of ours at all, so that junk costs no read of the database.
 * Returns its kind, or null when the shape or the checksum is wrong. It says nothing of whether the token was ever issued.
 */
export function parseAccessToken(text: string): AccessTokenText | null {
  const shape = SHAPE.exec(text);
  const kind = ACCESS_TOKEN_KINDS.find((known) => known === shape?.[1]);
  if (kind === undefined) return null;
  const unchecked = text.slice(0, -CHECKSUM_LENGTH);
  return checksum(unchecked) === text.slice(-CHECKSUM_LENGTH) ? { kind, token: text } : null;
}

/**
 * The HMAC-SHA256 of a token under the pepper: the 32 bytes that are stored and looked up.
 * A stolen table is worthless without the pepper, which lives in the environment.
 */
export function digestAccessToken(token: string, pepper: string): Buffer {
  return createHmac('sha256', pepper).update(token, 'utf8').digest();
}

/** Compares two digests in constant time; digests of different length are unequal. */
export function equalDigests(left: Uint8Array, right: Uint8Array): boolean {
  return left.length === right.length && timingSafeEqual(left, right);
}

function randomBase62(length: number): string {
  let text = '';
  while (text.length < length) {
    for (const byte of randomBytes(length - text.length)) {
      if (byte < UNBIASED_BELOW) text += BASE62.charAt(byte % BASE62.length);
    }
  }
  return text;
}

/** CRC-32 in base62, padded: 62^6 exceeds 2^32, so no two sums share a text, and a CRC-32 notices every change within 32 neighbouring bits. */
function checksum(unchecked: string): string {
  let rest = crc32(unchecked);
  let text = '';
  for (let place = 0; place < CHECKSUM_LENGTH; place += 1) {
    text = BASE62.charAt(rest % BASE62.length) + text;
    rest = Math.floor(rest / BASE62.length);
  }
  return text;
}
