import { randomInt } from 'node:crypto';
import { digestAccessToken } from './access-token-format.js';

/** Crockford's base 32: no I, L, O or U, which are read as something else. */
const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const RANDOM_LENGTH = 15;
const SHAPE = /^[0-9A-HJKMNP-TV-Z]{16}$/;

/**
 * Makes a code for people to carry: 15 characters of the system's random source (75 bits) and one of checksum, as ABCD-EFGH-JKMN-PQRS.
 * With a thousand codes open at once and ten thousand guesses a second, all guesses of a quarter of an hour together find one with a chance below 1 in 10¹².
 */
export function mintPairingCode(): string {
  const random = Array.from({ length: RANDOM_LENGTH }, () => randomInt(ALPHABET.length));
  const code = [...random, checkOf(random)].map((value) => ALPHABET.charAt(value)).join('');
  return code.replaceAll(/.{4}(?=.)/g, '$&-');
}

/**
 * The 16 characters of a code as somebody typed it: in any case of letters, with hyphens and blanks anywhere, O for 0, I and L for 1. Null for what can be
 * no code at all, as one wrong character, or two that changed places, make it.
 */
export function parsePairingCode(text: string): string | null {
  const code = text.replaceAll(/[\s-]/g, '').toUpperCase().replaceAll('O', '0').replaceAll(/[IL]/g, '1');
  if (!SHAPE.test(code)) return null;
  const values = [...code].map((character) => ALPHABET.indexOf(character));
  return checkOf(values.slice(0, RANDOM_LENGTH)) === values[RANDOM_LENGTH] ? code : null;
}

/** The 32 bytes under which a parsed code is kept: HMAC-SHA256 under the pepper, of another text than a token can be. */
export const digestPairingCode = (code: string, pepper: string): Buffer => digestAccessToken(`pairing:${code}`, pepper);

/**
 * The value that makes the sum of all characters, each multiplied by its own power of x in GF(2⁵), zero. A single change changes the sum, and so does
 * an exchange of two: powers of x differ over 31 places.
 */
function checkOf(values: readonly number[]): number {
  const timesX = (value: number) => (value & 16 ? (value << 1) ^ 0b100101 : value << 1);
  return timesX(values.reduce((sum, value) => timesX(sum) ^ value, 0));
}
