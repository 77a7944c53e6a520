import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { choiceArgument, spelled, uuidFrom } from '../../src/cli/arguments.js';
import { aligned, lookOf, plain, table } from '../../src/cli/layout.js';
import { toGlobalId } from '../../src/use-cases/global-id.js';

describe('plain', () => {
  test.each([
    ['Ünïcode – 商品', 'Ünïcode – 商品', 'letters stay'],
    ['one\r\ntwo\tthree', 'one two three', 'a cell is one line'],
    ['\u001b[2Jgone', '\ufffd[2Jgone', 'nobody clears the screen'],
    ['a\u009bb', 'a\ufffdb', 'the one-byte form too'],
    ['gpj.\u202eexe', 'gpj.\ufffdexe', 'nor turns the writing around'],
  ])('%j', (text, expected) => {
    expect(plain(text)).toBe(expected);
  });

  test('whatever comes in, nothing that steers a terminal goes out, and doing it again changes nothing', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(plain(text)).not.toMatch(/\p{Cc}/u);
        expect(plain(plain(text))).toBe(plain(text));
      }),
    );
  });
});

describe('aligned', () => {
  test('columns stand under each other and lines have no blanks at the end', () => {
    expect(
      aligned(
        [
          ['a', 'long cell', ''],
          ['long', 'b', 'c'],
        ],
        '> ',
      ),
    ).toEqual(['> a     long cell', '> long  b          c']);
  });

  test('a second column begins at the same place in every row', () => {
    const cell = fc.string({ minLength: 1, unit: fc.constantFrom('a', 'é', '商') });
    fc.assert(
      fc.property(fc.array(cell, { minLength: 1 }), (cells) => {
        const lines = aligned(cells.map((text) => [text, '|']));
        expect(new Set(lines.map((line) => [...line].indexOf('|'))).size).toBe(1);
      }),
    );
  });

  test('a table without rows is its headings', () => {
    expect(table(lookOf(false), ['A', 'B'], [])).toEqual(['A  B']);
  });
});

describe('look', () => {
  test('colours are put around text, or nothing is', () => {
    expect(lookOf(true)('BAD', 'no')).toBe('\u001b[31mno\u001b[39m');
    expect(lookOf(false)('BAD', 'no')).toBe('no');
  });
});

describe('ids and choices', () => {
  test('a global id names the UUID it was made from, under its own prefix only', () => {
    fc.assert(
      fc.property(fc.uuid(), (uuid) => {
        expect(uuidFrom(toGlobalId('Purchase', uuid), 'Purchase')).toBe(uuid);
        expect(uuidFrom(toGlobalId('Purchase', uuid), 'AccessToken')).toBeNull();
        expect(uuidFrom(uuid.toUpperCase(), 'AccessToken')).toBe(uuid);
      }),
    );
  });

  test.each([
    ['pur_', 'no suffix'],
    ['pur_8zzzzzzzzzzzzzzzzzzzzzzzzz', 'more than 128 bits'],
    ['pur_01jv8m3k7ce5qsb1kz6b3w9fil', 'letters outside the alphabet'],
    ["'; drop table purchase", 'no id at all'],
  ])('%s is no id', (text) => {
    expect(uuidFrom(text, 'Purchase')).toBeNull();
  });

  test('choices are read in every spelling and give the API’s own', () => {
    const choice = choiceArgument(['STORE_INTERVENTION', 'ADVICE']);
    expect(['store-intervention', 'Store_Intervention', 'STORE_INTERVENTION'].map(choice)).toEqual(Array(3).fill('STORE_INTERVENTION'));
    expect(spelled(['STORE_INTERVENTION'])).toEqual(['store-intervention']);
  });
});
