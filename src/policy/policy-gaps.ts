import type { SupportPolicyDocument } from './support-policy.js';

/** A parameter that the published text leaves open: what the document settles on, and what that means. */
export interface PolicyGap {
  readonly parameter: string;
  readonly value: string;
  readonly note: string;
}

interface ParameterNote {
  /** The rules that read the parameter; the text is silent on it when it has a clause for none of them. */
  readonly rules: readonly string[];
  readonly note: string;
}

const PARAMETERS: Readonly<Record<string, ParameterNote>> = {
  zone: { rules: ['A-01', 'B-03'], note: 'Every calendar day is counted in this zone, whatever the zone of the customer.' },
  calendar: { rules: ['A-08', 'B-20'], note: 'Working hours and closed dates by which deadlines are counted.' },
  'term.months': { rules: ['A-02'], note: 'Calendar months that one term lasts.' },
  'term.boundary': { rules: ['A-02'], note: 'A term ends with the whole of its last day, not at the hour of the purchase.' },
  'term.monthEnd': { rules: ['A-02'], note: 'A last day that its month does not have becomes the last one that it has.' },
  'term.chain': { rules: ['A-04'], note: 'Renewals are counted from the first day of the term, not from the end before them.' },
  'term.expiringWithinDays': { rules: ['A-03'], note: 'Days before the last one from which a term is shown as expiring.' },
  'renewal.enabled': { rules: ['A-07'], note: 'Whether support can be renewed at all.' },
  'renewal.rateActive': { rules: ['A-07'], note: 'Share of the list price for one more term while support runs.' },
  'renewal.rateLapsed': { rules: ['A-07'], note: 'Share of the list price for a new term after support has ended.' },
  'renewal.priceBasis': { rules: ['A-07'], note: 'The list price that the share is taken from.' },
  'renewal.rounding': { rules: ['A-07'], note: 'The price of one term is rounded to the smallest coin, half of one upwards.' },
  'renewal.maxPeriods': { rules: ['A-04'], note: 'Terms that can be bought at once.' },
  coverage: { rules: ['A-17', 'B-07'], note: 'What is covered, in which order coverages are tried, and under which conditions.' },
  'correction.rootCauses': {
    rules: ['A-13'],
    note: 'Causes that a correction is owed for; an unknown cause counts as long as nothing else is shown.',
  },
  'scope.compatibility': { rules: ['A-14'], note: 'The list of platform versions that the store is held against.' },
  'scope.incompatibleDevelopments': { rules: ['A-15'], note: 'What a development found to work against the add-on does to support.' },
  'scope.modifiedSource': { rules: ['A-16'], note: 'What changed code files of the add-on do to support.' },
  'scope.storeIntervention': { rules: ['A-17', 'B-07'], note: 'Whether work on the store itself is done at all, and against what.' },
  'scope.customDevelopment': { rules: ['A-17', 'B-08'], note: 'Whether custom development is done at all, and against what.' },
  'afterTerm.work': { rules: ['A-03', 'B-05'], note: 'What becomes of requests for work after the term.' },
  'afterTerm.advice': { rules: ['A-03', 'B-25'], note: 'What becomes of requests for advice after the term.' },
  'answering.targetWorkingMinutes': { rules: ['A-08'], note: 'Working minutes within which an answer is aimed at.' },
  'remedy.workingDays': { rules: ['A-09'], note: 'Working days within which a correction is due.' },
  'remedy.pauseRule': { rules: ['A-10'], note: 'A working day is left out when the whole of it was spent waiting for the customer.' },
  'remedy.verificationWorkingDays': { rules: ['A-11'], note: 'Working days in which a delivered correction can be rejected.' },
  'remedy.refundBasis': { rules: ['A-12'], note: 'The refund is what was paid for the add-on, tax included, without renewals.' },
  'remedy.offerOpenWorkingDays': { rules: ['A-12'], note: 'Working days for which a refund offer stays open.' },
  'remedy.completenessPresumedAfterWorkingDays': {
    rules: ['A-18'],
    note: 'Working days after which a report that nobody questioned counts as complete.',
  },
  'updates.BUGFIX': { rules: ['A-20', 'B-27'], note: 'When releases that fix a fault may be downloaded.' },
  'updates.SECURITY': { rules: ['A-20', 'B-27'], note: 'When releases that close a security hole may be downloaded.' },
  'updates.MINOR': { rules: ['A-20'], note: 'When releases with smaller additions may be downloaded.' },
  'updates.MAJOR': { rules: ['A-20'], note: 'When releases with large changes may be downloaded.' },
  'updates.keepReleasesPublishedWhileActive': { rules: ['A-20'], note: 'Whether what could be downloaded once stays so after the term.' },
  'updates.requirePublicChangelog': { rules: ['B-27'], note: 'Whether a release counts as a fix only with a public changelog entry.' },
  'included.minutes': { rules: ['B-04'], note: 'Working time that comes with a purchase.' },
  'included.onTermEnd': { rules: ['B-04'], note: 'What becomes of included time when the term ends.' },
  'purchased.expiresAfterMonths': { rules: ['B-28'], note: 'Months after which bought time ends.' },
  'purchased.refundable': { rules: ['B-28'], note: 'Whether bought time is paid back.' },
  rateCard: { rules: ['B-08'], note: 'Minutes estimated by category and complexity.' },
  'time.rounding': { rules: ['B-11'], note: 'Recorded seconds are rounded up to the minute once for each task.' },
  'time.categories': { rules: ['B-07'], note: 'Categories of work that prepaid time may be spent on.' },
  'time.goodwillDays': { rules: ['B-27'], note: 'Days that returned time stays usable when its own lot has ended.' },
  'extraordinary.factor': { rules: ['B-12'], note: 'Multiple of the estimate beyond which nothing is charged without consent.' },
  'extraordinary.minimumExtraMinutes': {
    rules: ['B-12'],
    note: 'Minutes above the estimate that are always allowed before consent is asked.',
  },
  'hold.ttlWorkingDays': { rules: ['B-13'], note: 'Working days for which a partial hold is kept.' },
  insufficient: { rules: ['B-13'], note: 'What happens when there is less time than the work needs.' },
  'queue.orderBy': { rules: ['B-15'], note: 'The order in which requests are taken up.' },
  'queue.duplicatePenalty': { rules: ['B-16'], note: 'What sending the same request again does to its place.' },
  'access.required': { rules: ['B-18'], note: 'Access that must work before work of a category starts.' },
  'warranty.days': { rules: ['B-21'], note: 'Calendar days of warranty on delivered work.' },
  'warranty.voidOn': { rules: ['B-23'], note: 'What ends the warranty early.' },
  'warranty.excludedCauses': { rules: ['B-24'], note: 'Causes that the warranty does not cover.' },
  'warranty.minimumCheckWorkingDays': { rules: ['B-22'], note: 'Working days that rework leaves at least for checking.' },
  'terms.changeMode': { rules: ['B-30'], note: 'Whether later versions of the conditions reach purchases made before.' },
  'terms.noticeDays': { rules: ['B-30'], note: 'Whole days of notice before a new version reaches purchases made before.' },
  'terms.acceptance': { rules: ['B-01'], note: 'How the customer accepts the conditions.' },
};

/** Dotted path of every parameter that a document can name in `silent`. */
export const POLICY_PARAMETERS: readonly string[] = Object.keys(PARAMETERS);

/**
 * The parameters that the vendor's text leaves open, in the order of the document: those it lists in `silent`, and those whose rules have no clause.
 * Parameters of parts that the policy does not have (a warranty that is null) are left out. Values are JSON; the calendar is cut to its zone
 * and the date it is known through. Does not throw.
 */
export function policyGaps(document: SupportPolicyDocument): PolicyGap[] {
  const gaps: PolicyGap[] = [];
  for (const [parameter, { rules, note }] of Object.entries(PARAMETERS)) {
    const isOpen = document.silent.includes(parameter) || !rules.some((rule) => Object.hasOwn(document.clauses, rule));
    const value = valueAt(document, parameter);
    if (isOpen && value !== undefined && !isLeftOut(parameter, value)) gaps.push({ parameter, value: JSON.stringify(value), note });
  }
  return gaps;
}

/** A whole part that is null is not there; null inside a part is a choice, such as no figure or no end. */
function isLeftOut(parameter: string, value: unknown): boolean {
  return value === null && !parameter.includes('.');
}

function valueAt(document: SupportPolicyDocument, parameter: string): unknown {
  if (parameter === 'calendar') return { zone: document.calendar.zone, validThrough: document.calendar.validThrough };
  if (parameter === 'coverage') return document.coverage.map(({ coverage }) => coverage);
  return parameter.split('.').reduce<unknown>((value, name) => (isRecord(value) ? value[name] : undefined), document);
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
