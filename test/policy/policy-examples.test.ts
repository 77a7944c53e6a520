import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { Ajv } from 'ajv';
import { type PolicyExample, runExamples } from '../../src/policy/policy-examples.js';
import { REASON_CODES } from '../../src/policy/reason.js';
import type { SupportPolicyDocument } from '../../src/policy/support-policy.js';
import { supportPolicyFaults } from '../../src/policy/support-policy-faults.js';
import { CAL_A, CAL_B } from './fixture-calendars.js';
import { PREPAID_SUPPORT, TECHNICAL_SUPPORT } from './shipped-policies.js';

const schema = JSON.parse(readFileSync(new URL('../../schema/support-policy.schema.json', import.meta.url), 'utf8'));
const ajv = new Ajv({ allErrors: true, strict: true, allowUnionTypes: true });
const validate = ajv.compile(schema);

function schemaErrors(document: unknown): string[] {
  return validate(document) ? [] : (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`);
}

const SHIPPED = [TECHNICAL_SUPPORT.document, PREPAID_SUPPORT.document];

describe.each(SHIPPED.map((document) => ({ name: document.name, document })))('the shipped document $name', ({ document }) => {
  test('satisfies the schema and does not contradict itself', () => {
    expect(schemaErrors(document)).toEqual([]);
    expect(supportPolicyFaults(document)).toEqual([]);
  });

  test('works out each of its own examples', () => {
    const failed = runExamples(document).filter(({ passed }) => !passed);
    expect(failed).toEqual([]);
    expect(document.examples.length).toBeGreaterThan(10);
  });
});

/** The document with the expectation of one example replaced. */
function withExpectation(document: SupportPolicyDocument, name: string, change: object): SupportPolicyDocument {
  const examples = document.examples.map((example) =>
    example.name === name ? ({ ...example, expect: { ...example.expect, ...change } } as PolicyExample) : example,
  );
  return { ...document, examples };
}

test.each<[string, object, string]>([
  ['A term of three months ends with its last day', { endsOn: '2026-02-27' }, 'a day is missing'],
  ['A coupon and a risen list price change nothing', { price: '45.00' }, 'it is priced from the list price of today'],
  ['Published at the end', { newestPermitted: '1.2.0' }, 'it names a release that may not be had'],
  ['Published at the end', { reason: 'RELEASE_KEPT' }, 'it gives another reason'],
  ['An unknown platform version', { verdict: 'ENTITLED' }, 'it passes what is not known'],
  ['Admitted on a Friday', { at: '2026-04-17T22:00:00Z' }, 'it counts Easter Monday'],
])('the example "%s" fails when it expects %j, because %s', (name, change) => {
  const failed = runExamples(withExpectation(TECHNICAL_SUPPORT.document, name, change)).filter(({ passed }) => !passed);
  expect(failed.map((result) => result.name)).toEqual([name]);
  expect(failed[0]?.actual).not.toBe(failed[0]?.expected);
});

test('another parameter fails the examples that rest on it', () => {
  const document = TECHNICAL_SUPPORT.document;
  const longer = { ...document, term: { ...document.term, months: 4 } };
  expect(
    runExamples(longer)
      .filter(({ passed }) => !passed)
      .map(({ name }) => name),
  ).toContain('Renewed while support runs');
});

test('an example that cannot be worked out fails with the fault', () => {
  const [example] = TECHNICAL_SUPPORT.document.examples;
  const examples = [{ ...example, payments: [{ paidAt: '2026-02-30T10:00:00+01:00', periods: 1 }] } as PolicyExample];
  const [result] = runExamples({ ...TECHNICAL_SUPPORT.document, examples });
  expect(result?.passed).toBe(false);
  expect(result?.actual).toMatch(/^cannot be worked out: /);
});

test('the examples of both documents name reasons of the one list', () => {
  const named = SHIPPED.flatMap(({ examples }) => examples).flatMap(({ expect }) => ('reason' in expect ? [expect.reason] : []));
  expect(named.filter((code) => !REASON_CODES.includes(code))).toEqual([]);
});

test('the shipped calendars are the example calendars that the working-day tests are held against', () => {
  expect(TECHNICAL_SUPPORT.document.calendar).toEqual(CAL_A);
  expect(PREPAID_SUPPORT.document.calendar).toEqual(CAL_B);
});

const A = TECHNICAL_SUPPORT.document;
test.each<[object, string]>([
  [{ ...A, colour: 'red' }, 'an unknown field is a misspelling'],
  [{ ...A, term: { ...A.term, chain: 'PREVIOUS_END' } }, 'no rule reads such a chain'],
  [{ ...A, term: { ...A.term, months: 0 } }, 'a term lasts at least a month'],
  [{ ...A, term: { ...A.term, months: 2.5 } }, 'months are whole'],
  [{ ...A, renewal: { ...A.renewal, rateActive: 0.3 } }, 'rates are exact decimals in text'],
  [{ ...A, renewal: { ...A.renewal, enabled: false } }, 'a renewal that is off has no rates'],
  [{ ...A, warranty: undefined }, 'that there is none must be said'],
  [{ ...A, clauses: { Renewal: 'A-07' } }, 'clauses are keyed by rule'],
  [{ ...A, examples: [] }, 'a policy without worked examples cannot be checked'],
  [{ ...A, examples: [{ ...A.examples[0], kind: 'RENEWAL_PRICE' }] }, 'an example has the parts of its kind'],
])('the schema refuses document %#, because %s', (document) => {
  expect(schemaErrors(JSON.parse(JSON.stringify(document)))).not.toEqual([]);
});
