import { calendarFaults } from './calendar-faults.js';
import { POLICY_PARAMETERS } from './policy-gaps.js';
import { COVERAGES, type ConditionName, type CoverageName, type CoverageRule, type SupportPolicyDocument } from './support-policy.js';

/** What is wrong and where: a JSON Pointer into the document, such as `/renewal/rateActive`. */
export interface PolicyFault {
  readonly path: string;
  readonly message: string;
}

/** Conditions without which a coverage would accept what it is not there for. */
const NEEDED_CONDITIONS: Readonly<Record<CoverageName, readonly ConditionName[]>> = {
  PRODUCT_BUG: ['PRODUCT_BUG'],
  WARRANTY: ['WARRANTY'],
  CORRECTION: ['TERM', 'ROOT_CAUSE'],
  ADVICE: ['TERM', 'NO_HOST_WORK'],
  PREPAID_TIME: ['CATEGORY', 'TIME'],
  QUOTE: [],
};

const CHARGES: Readonly<Record<CoverageName, CoverageRule['charge']>> = {
  PRODUCT_BUG: 'FREE',
  WARRANTY: 'FREE',
  CORRECTION: 'FREE',
  ADVICE: 'FREE',
  PREPAID_TIME: 'MINUTES',
  QUOTE: 'MONEY',
};

/**
 * Every contradiction in a document that already satisfies the JSON Schema: the calendar's own faults, another zone in the calendar, numbers in text
 * that are no decimals, coverages out of the waterfall's order or without the parameters they read, scope and coverages that disagree,
 * categories that prepaid time does not know. None means that the rules may be run with it. Does not throw.
 */
export function supportPolicyFaults(document: SupportPolicyDocument): PolicyFault[] {
  return [
    ...calendarFaults(document.calendar).map(({ path, message }) => ({ path: `/calendar${path}`, message })),
    ...faultIf(document.calendar.zone !== document.zone, '/calendar/zone', `must be the zone of the policy, ${document.zone}`),
    ...decimalFaults(document),
    ...document.coverage.flatMap((rule, index) => coverageFaults(document, rule, index)),
    ...scopeFaults(document, 'STORE_INTERVENTION', 'storeIntervention'),
    ...scopeFaults(document, 'CUSTOM_DEVELOPMENT', 'customDevelopment'),
    ...timeFaults(document),
    ...termsFaults(document),
    ...document.silent.flatMap((parameter, index) =>
      faultIf(!POLICY_PARAMETERS.includes(parameter), `/silent/${index}`, `"${parameter}" is not a parameter`),
    ),
    ...document.examples.flatMap(({ name }, index) =>
      faultIf(document.examples.findIndex((example) => example.name === name) < index, `/examples/${index}/name`, `"${name}" occurs twice`),
    ),
  ];
}

function decimalFaults({ renewal, extraordinary }: SupportPolicyDocument): PolicyFault[] {
  const decimals: [path: string, text: string][] = [];
  if (renewal.enabled) decimals.push(['/renewal/rateActive', renewal.rateActive], ['/renewal/rateLapsed', renewal.rateLapsed]);
  if (extraordinary) decimals.push(['/extraordinary/factor', extraordinary.factor]);
  const faults = decimals.flatMap(([path, text]) => faultIf(!/^\d+(\.\d+)?$/.test(text), path, `"${text}" is not a decimal such as 0.30`));
  const belowOne = extraordinary !== null && /^0/.test(extraordinary.factor);
  return [...faults, ...faultIf(belowOne, '/extraordinary/factor', 'must be at least 1, for the estimate itself is agreed')];
}

function coverageFaults(document: SupportPolicyDocument, rule: CoverageRule, index: number): PolicyFault[] {
  const { coverage, conditions, charge } = rule;
  const path = `/coverage/${index}`;
  const before = document.coverage[index - 1];
  const outOfOrder = before !== undefined && COVERAGES.indexOf(before.coverage) >= COVERAGES.indexOf(coverage);
  const missing = NEEDED_CONDITIONS[coverage].filter((condition) => !conditions.includes(condition));
  const refundsUnsaid = rule.remedy === 'REPAIR_OR_REFUND' && document.remedy === null;
  return [
    ...faultIf(outOfOrder, `${path}/coverage`, `coverages are tried once each, in the order ${COVERAGES.join(', ')}`),
    ...faultIf(missing.length > 0, `${path}/conditions`, `${coverage} needs the condition ${missing.join(', ')}`),
    ...faultIf(charge !== CHARGES[coverage], `${path}/charge`, `${coverage} is charged as ${CHARGES[coverage]}`),
    ...faultIf(refundsUnsaid, `${path}/remedy`, 'a refund needs the terms that the parameter remedy states'),
    ...faultIf(
      conditions.includes('ROOT_CAUSE') && document.correction.rootCauses.length === 0,
      '/correction/rootCauses',
      'names no cause',
    ),
    ...faultIf(conditions.includes('WARRANTY') && document.warranty === null, '/warranty', 'is needed by the coverage WARRANTY'),
    ...faultIf(coverage === 'PREPAID_TIME' && document.time === null, '/time', 'is needed by the coverage PREPAID_TIME'),
    ...faultIf(coverage === 'PREPAID_TIME' && document.purchased === null, '/purchased', 'is needed by the coverage PREPAID_TIME'),
  ];
}

/** What `scope` says of extra work and what the coverages take on must be the same thing. */
function scopeFaults(
  document: SupportPolicyDocument,
  request: 'STORE_INTERVENTION' | 'CUSTOM_DEVELOPMENT',
  parameter: 'storeIntervention' | 'customDevelopment',
): PolicyFault[] {
  const takenBy = document.coverage.filter(({ requests }) => requests.includes(request)).map(({ coverage }) => coverage);
  const means = takenBy.includes('PREPAID_TIME') ? 'PREPAID' : takenBy.length > 0 ? 'QUOTE' : 'EXCLUDED';
  const free = takenBy.filter((coverage) => CHARGES[coverage] === 'FREE');
  const said = document.scope[parameter];
  return [
    ...faultIf(said !== means, `/scope/${parameter}`, `says ${said}, but the coverages that take ${request} mean ${means}`),
    ...faultIf(free.length > 0, '/coverage', `${request} is never free, but ${free.join(', ')} takes it on`),
  ];
}

function timeFaults(document: SupportPolicyDocument): PolicyFault[] {
  const { included, time, rateCard, access } = document;
  const known = time?.categories ?? [];
  const unknownIn = (path: string, record: Readonly<Record<string, unknown>>) =>
    Object.keys(record).flatMap((category) =>
      faultIf(!known.includes(category), `${path}/${category}`, `"${category}" is not a category of prepaid time`),
    );
  const hasIncluded = included.minutes !== 0;
  return [
    ...faultIf(
      hasIncluded && included.onTermEnd === null,
      '/included/onTermEnd',
      'must say what becomes of included time when the term ends',
    ),
    ...faultIf(hasIncluded && time === null, '/time', 'is needed where a purchase includes time'),
    ...unknownIn('/rateCard', rateCard ?? {}),
    ...unknownIn('/access/required', access.required),
  ];
}

function termsFaults({ terms: { changeMode, noticeDays } }: SupportPolicyDocument): PolicyFault[] {
  const floats = changeMode === 'FLOAT_WITH_NOTICE';
  return [
    ...faultIf(floats && noticeDays === undefined, '/terms/noticeDays', 'must say how many days of notice customers have'),
    ...faultIf(!floats && noticeDays !== undefined, '/terms/noticeDays', 'means nothing where versions are pinned'),
  ];
}

function faultIf(isFault: boolean, path: string, message: string): PolicyFault[] {
  return isFault ? [{ path, message }] : [];
}
