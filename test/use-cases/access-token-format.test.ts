import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  ACCESS_TOKEN_KINDS,
  digestAccessToken,
  equalDigests,
  mintAccessToken,
  parseAccessToken,
} from '../../src/use-cases/access-token-format.js';

const PEPPER = 'a pepper of the tests, long enough to be one';
const kinds = fc.constantFrom(...ACCESS_TOKEN_KINDS);
const printable = fc.integer({ min: 0x20, max: 0x7e }).map((code) => String.fromCharCode(code));

describe('minting', () => {
  test('a minted token has the promised shape and is read back as its kind', () => {
    fc.assert(
      fc.property(kinds, (kind) => {
        const { token } = mintAccessToken(kind);
        expect(token).toMatch(new RegExp(`^tnr_${kind}_[0-9A-Za-z]{36}$`));
        expect(parseAccessToken(token)).toEqual({ kind, token });
      }),
    );
  });

  test('two tokens never share their secret', () => {
    const secrets = Array.from({ length: 2_000 }, () => mintAccessToken('store').token);
    expect(new Set(secrets).size).toBe(2_000);
  });

  test('no character is favoured: a plain remainder of a byte would give the first eight 25 % more', () => {
    const counts = new Map<string, number>();
    const minted = 4_000;
    for (let index = 0; index < minted; index += 1) {
      for (const character of mintAccessToken('staff').token.slice('tnr_staff_'.length, -6)) {
        counts.set(character, (counts.get(character) ?? 0) + 1);
      }
    }
    const expected = (minted * 30) / 62;
    const chiSquared = [...counts.values()].reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
    expect(counts.size).toBe(62);
    // 61 degrees of freedom: beyond 145 by chance once in 10^8 runs; the biased choice lands near 1,000.
    expect(chiSquared).toBeLessThan(145);
  });
});

describe('refusing junk without a read of the database', () => {
  test('every single-character change of a token is refused', () => {
    fc.assert(
      fc.property(kinds, fc.nat(), printable, (kind, seed, replacement) => {
        const { token } = mintAccessToken(kind);
        const at = seed % token.length;
        fc.pre(token[at] !== replacement);
        expect(parseAccessToken(token.slice(0, at) + replacement + token.slice(at + 1))).toBeNull();
      }),
      { numRuns: 2_000 },
    );
  });

  test('every change of one character to each other base62 character is refused, for one token exhaustively', () => {
    const { token } = mintAccessToken('partner');
    const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_';
    let tried = 0;
    for (let at = 0; at < token.length; at += 1) {
      for (const other of alphabet) {
        if (other === token[at]) continue;
        tried += 1;
        expect(parseAccessToken(token.slice(0, at) + other + token.slice(at + 1))).toBeNull();
      }
    }
    expect(tried).toBe(token.length * 62);
  });

  const good = mintAccessToken('customer').token;
  test.each([
    { text: '', because: 'nothing was sent' },
    { text: 'tnr_', because: 'there is only a prefix' },
    { text: good.slice(0, -1), because: 'a character is missing' },
    { text: `${good}0`, because: 'a character is too many' },
    { text: `${good}\n`, because: 'a line end is no part of a token' },
    { text: ` ${good}`, because: 'a blank is no part of a token' },
    { text: good.toUpperCase(), because: 'case matters' },
    { text: good.replace('customer', 'admin'), because: 'there is no such kind' },
    { text: good.replace('customer', 'staff'), because: 'the checksum covers the kind' },
    { text: good.replace('tnr_', 'tnt_'), because: 'the prefix is ours alone' },
    { text: 'eyJhbGciOiJSUzI1NiJ9.e30.c2ln', because: 'a JWT is another credential' },
    { text: 'a'.repeat(100_000), because: 'length alone says no' },
  ])('a text is refused because $because', ({ text }) => {
    expect(parseAccessToken(text)).toBeNull();
  });
});

describe('digests', () => {
  test('a digest is the known HMAC-SHA256', () => {
    expect(digestAccessToken('what do ya want for nothing?', 'Jefe').toString('hex')).toBe(
      '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843',
    );
  });

  test('a digest depends on the token and on the pepper, and on nothing else', () => {
    const { token } = mintAccessToken('store');
    const digest = digestAccessToken(token, PEPPER);
    expect(digest).toHaveLength(32);
    expect(equalDigests(digest, digestAccessToken(token, PEPPER))).toBe(true);
    expect(equalDigests(digest, digestAccessToken(token, `${PEPPER}.`))).toBe(false);
    expect(equalDigests(digest, digestAccessToken(mintAccessToken('store').token, PEPPER))).toBe(false);
  });

  test('digests of different length are unequal, and do not throw', () => {
    expect(equalDigests(Buffer.alloc(32), Buffer.alloc(31))).toBe(false);
    expect(equalDigests(Buffer.alloc(0), Buffer.alloc(0))).toBe(true);
  });
});
