import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { excessOf } from '../../src/use-cases/json-excess.js';

const told = (json: string, depth = 3, values = 10) => excessOf(Buffer.from(json), { depth, values });

describe('JSON before it is parsed', () => {
  test.each<readonly [string, string | null, string]>([
    ['[[[]]]', null, 'three levels are allowed'],
    ['[[[[', 'nests deeper than 3 levels', 'it is told before the end is looked for'],
    ['{"a":{"b":{"c":{}}}}', 'nests deeper than 3 levels', 'objects nest as lists do'],
    [`[${'[],'.repeat(9)}[]]`, 'holds more than 10 values', 'each empty list is one'],
    [`[${'1,'.repeat(9)}1]`, null, 'ten values are allowed'],
    ['["[[[[,,,,,,,,,,,,,"]', null, 'what stands in a string is text'],
    ['["\\"[[[[\\\\"]', null, 'an escaped quote ends no string'],
    ['"[[[[', null, 'a string without end is for the parser to refuse'],
    ['"é[[[["', null, 'bytes of other letters are no brackets'],
  ])('%s: %s', (json, excess) => expect(told(json)).toBe(excess));

  test('never is refused within its bounds, and always beyond its depth', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 5 }), (value) => {
        const json = JSON.stringify(value);
        const deep = (inner: unknown): number =>
          typeof inner === 'object' && inner !== null ? 1 + Math.max(0, ...Object.values(inner).map(deep)) : 0;
        const excess = told(json, 3, 1_000_000);
        expect(excess === null).toBe(deep(JSON.parse(json)) <= 3);
      }),
    );
  });
});
