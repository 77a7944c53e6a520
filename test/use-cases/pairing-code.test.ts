import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { digestPairingCode, mintPairingCode, parsePairingCode } from '../../src/use-cases/pairing-code.js';

const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

describe('a code', () => {
  test('is four groups of four, and no two are alike', () => {
    const codes = Array.from({ length: 200 }, mintPairingCode);
    expect(codes.filter((code) => !/^([0-9A-HJKMNP-TV-Z]{4}-){3}[0-9A-HJKMNP-TV-Z]{4}$/.test(code))).toEqual([]);
    expect(new Set(codes).size).toBe(200);
    // Every character is thrown, not only some of them.
    expect(new Set(codes.join('').replaceAll('-', '')).size).toBe(ALPHABET.length);
  });

  const read: readonly (readonly [what: string, typed: (code: string) => string, because: string])[] = [
    ['as it was shown', (code) => code, 'it is the code'],
    ['in small letters', (code) => code.toLowerCase(), 'case does not tell codes apart'],
    ['without hyphens', (code) => code.replaceAll('-', ''), 'they are there for the eye'],
    ['with blanks around and within', (code) => ` ${code.replaceAll('-', ' ')}\n`, 'so it comes out of a mail'],
    ['with O for 0', (code) => code.replaceAll('0', 'O'), 'the alphabet has no O'],
    ['with l and I for 1', (code) => code.replace('1', 'l').replaceAll('1', 'I'), 'nor I and L'],
  ];
  test.each(read)('%s is read, because %s', (_what, typed) => {
    for (const code of Array.from({ length: 50 }, mintPairingCode)) expect(parsePairingCode(typed(code))).toBe(code.replaceAll('-', ''));
  });

  test.each([
    ['', 'nothing was typed'],
    ['ABCD-EFGH-JKMN', 'a group is missing'],
    ['ABCD-EFGH-JKMN-PQRST', 'one is too much'],
    ['UUUU-UUUU-UUUU-UUUU', 'U is none of the characters'],
    ['tnr_store_000000000000000000000000000000000000', 'a token is none'],
    ['ÄBCD-EFGH-JKMN-PQRS', 'no letter of another alphabet is'],
  ])('%s is none, because %s', (typed) => {
    expect(parsePairingCode(typed)).toBeNull();
  });
});

const anyCode = fc.constant(null).map(() => (parsePairingCode(mintPairingCode()) ?? '').split(''));
const place = fc.integer({ min: 0, max: 15 });

test('every change of one character is noticed', () => {
  fc.assert(
    fc.property(anyCode, place, fc.integer({ min: 1, max: 31 }), (code, at, step) => {
      const other = ALPHABET.charAt((ALPHABET.indexOf(code[at] ?? '') + step) % ALPHABET.length);
      expect(parsePairingCode(code.with(at, other).join(''))).toBeNull();
    }),
    { numRuns: 500 },
  );
});

test('and every exchange of two different ones, neighbours or not', () => {
  fc.assert(
    fc.property(anyCode, place, place, (code, one, other) => {
      fc.pre(code[one] !== code[other]);
      const exchanged = code.with(one, code[other] ?? '').with(other, code[one] ?? '');
      expect(parsePairingCode(exchanged.join(''))).toBeNull();
    }),
    { numRuns: 500 },
  );
});

test('is kept under a digest of 32 bytes that hangs on the pepper', () => {
  const code = parsePairingCode(mintPairingCode()) ?? '';
  expect(digestPairingCode(code, 'one')).toHaveLength(32);
  expect(digestPairingCode(code, 'one')).toEqual(digestPairingCode(code, 'one'));
  expect(digestPairingCode(code, 'one')).not.toEqual(digestPairingCode(code, 'other'));
});
