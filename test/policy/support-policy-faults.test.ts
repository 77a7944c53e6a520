import { expect, test } from '@jest/globals';
import { POLICY_PARAMETERS, policyGaps } from '../../src/policy/policy-gaps.js';
import type { CoverageRule, SupportPolicyDocument } from '../../src/policy/support-policy.js';
import { supportPolicyFaults } from '../../src/policy/support-policy-faults.js';
import { PREPAID_SUPPORT, TECHNICAL_SUPPORT } from './shipped-policies.js';

const A = TECHNICAL_SUPPORT.document;
const B = PREPAID_SUPPORT.document;

function withCoverage(document: SupportPolicyDocument, index: number, change: Partial<CoverageRule>): SupportPolicyDocument {
  return { ...document, coverage: document.coverage.map((rule, at) => (at === index ? { ...rule, ...change } : rule)) };
}

const RENEWAL = {
  enabled: true,
  rateActive: '0.30',
  rateLapsed: '0.30',
  priceBasis: 'LIST_TODAY',
  rounding: 'HALF_UP',
  maxPeriods: 12,
} as const;

test.each<[SupportPolicyDocument, string[], string]>([
  [{ ...A, zone: 'UTC' }, ['/calendar/zone'], 'deadlines and terms must be counted in one zone'],
  [{ ...A, calendar: { ...A.calendar, closedDates: ['2026-02-30'] } }, ['/calendar/closedDates/0'], 'the calendar has faults of its own'],
  [{ ...A, renewal: { ...RENEWAL, rateActive: '30%' } }, ['/renewal/rateActive'], 'a rate is a decimal'],
  [{ ...B, extraordinary: { factor: '0.5', minimumExtraMinutes: 30 } }, ['/extraordinary/factor'], 'the estimate itself is agreed'],
  [{ ...A, coverage: A.coverage.toReversed() }, ['/coverage/1/coverage'], 'the waterfall has one order'],
  [withCoverage(A, 0, { conditions: ['TERM'] }), ['/coverage/0/conditions'], 'a correction needs a cause in the add-on'],
  [withCoverage(B, 3, { conditions: [] }), ['/coverage/3/conditions'], 'time is spent only where there is some'],
  [withCoverage(B, 3, { charge: 'FREE' }), ['/coverage/3/charge'], 'prepaid time is charged in minutes'],
  [{ ...A, remedy: null }, ['/coverage/0/remedy'], 'a refund needs terms'],
  [{ ...A, correction: { rootCauses: [] } }, ['/correction/rootCauses'], 'no correction could ever be owed'],
  [{ ...B, warranty: null }, ['/warranty'], 'the warranty has no days'],
  [{ ...B, purchased: null }, ['/purchased'], 'prepaid time must be for sale'],
  [{ ...A, scope: { ...A.scope, storeIntervention: 'PREPAID' } }, ['/scope/storeIntervention'], 'no coverage takes it on'],
  [{ ...B, scope: { ...B.scope, customDevelopment: 'EXCLUDED' } }, ['/scope/customDevelopment'], 'a coverage takes it on'],
  [withCoverage(B, 0, { requests: ['CORRECTION', 'STORE_INTERVENTION'] }), ['/coverage'], 'work on the store is never free'],
  [{ ...B, included: { minutes: 60, onTermEnd: null } }, ['/included/onTermEnd'], 'what becomes of the time must be said'],
  [{ ...B, rateCard: { PAINTING: { S: 30 } } }, ['/rateCard/PAINTING'], 'prepaid time does not know the category'],
  [{ ...B, access: { required: { PAINTING: ['BRUSH'] } } }, ['/access/required/PAINTING'], 'prepaid time does not know the category'],
  [{ ...A, terms: { ...A.terms, changeMode: 'FLOAT_WITH_NOTICE' } }, ['/terms/noticeDays'], 'a notice has a length'],
  [{ ...A, terms: { ...A.terms, noticeDays: 30 } }, ['/terms/noticeDays'], 'what is pinned needs no notice'],
  [{ ...A, silent: ['term.weeks'] }, ['/silent/0'], 'there is no such parameter'],
  [
    { ...A, examples: [...A.examples, ...A.examples.slice(0, 1)] },
    [`/examples/${A.examples.length}/name`],
    'names must tell examples apart',
  ],
])('document %# is faulty', (document, paths) => {
  expect(supportPolicyFaults(document).map(({ path }) => path)).toEqual(paths);
});

test('a document without prepaid time in a policy that covers it names every part that is missing', () => {
  const paths = supportPolicyFaults({ ...B, time: null }).map(({ path }) => path);
  expect(paths).toContain('/time');
  expect(paths).toContain('/rateCard/INSTALL');
});

test('every parameter of the gap list is a parameter of one of the shipped documents, or of conditions that float', () => {
  const open = { clauses: {}, silent: [] };
  const floating = { ...A, terms: { ...A.terms, changeMode: 'FLOAT_WITH_NOTICE', noticeDays: 30 } } as const;
  const named = [A, B, floating].flatMap((document) => policyGaps({ ...document, ...open }).map(({ parameter }) => parameter));
  expect(POLICY_PARAMETERS.filter((parameter) => !named.includes(parameter))).toEqual([]);
});

test('a gap is shown for what the text leaves open, and for rules that it has no clause for', () => {
  const gaps = policyGaps(A);
  expect(gaps.find(({ parameter }) => parameter === 'term.monthEnd')).toEqual({
    parameter: 'term.monthEnd',
    value: '"CLAMP"',
    note: 'A last day that its month does not have becomes the last one that it has.',
  });
  expect(gaps.map(({ parameter }) => parameter)).toContain('remedy.pauseRule');
  expect(gaps.map(({ parameter }) => parameter)).not.toContain('term.months');
});

test('parts that a policy does not have are no gaps', () => {
  const parameters = policyGaps(A).map(({ parameter }) => parameter);
  expect(parameters.filter((parameter) => parameter.startsWith('warranty.') || parameter.startsWith('time.'))).toEqual([]);
});
