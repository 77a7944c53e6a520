import type { AfterSalesFacts } from './after-sales.js';
import { describePlatformVersion, describeRanges, fits } from './compatibility.js';
import { type Reason, type ReasonDraft, type Remedy, reason, spokenDay } from './reason.js';
import type { AfterTermRule, ConditionName, CoverageRule, ScopeRule, SupportPolicyDocument } from './support-policy.js';
import { isCovered, isRevoked, latestSpan } from './support-term.js';

/** How far a right reaches, in rising order. */
export const REFUSED = 0;
export const LEFT_OPEN = 1;
export const OWED = 2;
export type Reach = typeof REFUSED | typeof LEFT_OPEN | typeof OWED;

/**
 * What one condition leaves of a right. `worst` and `best` differ while a fact is missing: they are what the condition would leave if the fact turned out
 * against or for the customer. UNREAD: the program could not read the fact; UNSAID: the customer can say it.
 */
export interface ConditionOutcome {
  readonly worst: Reach;
  readonly best: Reach;
  readonly missing: 'UNREAD' | 'UNSAID' | null;
  readonly reasons: readonly Reason[];
}

interface Question {
  readonly document: SupportPolicyDocument;
  readonly facts: AfterSalesFacts;
  readonly rule: CoverageRule;
  readonly at: Temporal.Instant;
}

type Draft = Omit<ReasonDraft, 'effect'>;

/** Judges one condition of one coverage at an instant. Facts that only better a case never lower `worst` or `best`. Does not throw. */
export function judge(condition: ConditionName, question: Question): ConditionOutcome {
  return CONDITION_RULES[condition](question);
}

const CONDITION_RULES: Readonly<Record<ConditionName, (question: Question) => ConditionOutcome>> = {
  NOT_REVOKED: (question) => withoutRights(question) ?? HOLDS,
  TERM: (question) => withoutRights(question) ?? term(question),
  ROOT_CAUSE: rootCause,
  COMPATIBLE_STORE: compatibleStore,
  NO_INCOMPATIBLE_DEVELOPMENT: noIncompatibleDevelopment,
  UNMODIFIED_SOURCE: unmodifiedSource,
  NO_HOST_WORK: noHostWork,
  PRODUCT_BUG: productBug,
  WARRANTY: warranty,
  CATEGORY: category,
  TIME: time,
};

/** A-01, A-03: nothing was bought by then, or it was taken back. */
function withoutRights(question: Question): ConditionOutcome | null {
  const { facts, at } = question;
  if (facts.revokedAt !== null && isRevoked(facts, at)) {
    const message = 'The purchase was taken back, and the right to support ended with it.';
    const revokedAt = facts.revokedAt.toString();
    return refused(question, { code: 'PURCHASE_REVOKED', rule: 'A-03', message, facts: { revokedAt }, remedy: 'ASK_VENDOR' });
  }
  if (latestSpan(facts.spans, at) !== null) return null;
  const message = 'No purchase of the add-on was known when the request was made.';
  return refused(question, { code: 'NOTHING_PURCHASED', rule: 'A-01', message, remedy: 'ASK_VENDOR' });
}

/** A-03, A-05, B-05, B-25: the term at the instant of the request, and what `afterTerm` leaves once it has ended. */
function term(question: Question): ConditionOutcome {
  const { document, facts, rule, at } = question;
  const span = latestSpan(facts.spans, at);
  const lastDay = span?.endsOn.toString() ?? null;
  const ends = span ? spokenDay(span.endsOn) : '';
  if (isCovered(facts, at)) {
    const message = `Support for the add-on runs up to and including ${ends}.`;
    return holding(question, { code: 'SUPPORT_TERM_ACTIVE', rule: 'A-03', message, facts: { lastDay } });
  }
  const after: AfterTermRule = rule.coverage === 'ADVICE' ? document.afterTerm.advice : document.afterTerm.work;
  const ended = { code: 'SUPPORT_TERM_ENDED', facts: { lastDay } } as const;
  const remedy = remedyAfterTerm(document);
  if (after === 'ALLOW')
    return holding(question, { ...ended, rule: 'B-25', message: `Support ended on ${ends}, but this is given after it too.` });
  if (after === 'DENY') return refused(question, { ...ended, rule: 'A-03', message: `Support for the add-on ended on ${ends}.`, remedy });
  return leftOpen(question, {
    ...ended,
    rule: 'B-05',
    message: `Support ended on ${ends}; the vendor decides whether to do work after it.`,
    remedy,
  });
}

function remedyAfterTerm(document: SupportPolicyDocument): Remedy {
  if (document.renewal.enabled) return 'RENEW_SUPPORT';
  return document.time === null ? 'ASK_VENDOR' : 'BUY_TIME';
}

/** A-13: owed for the causes listed; staff set any other cause with evidence. */
function rootCause(question: Question): ConditionOutcome {
  const { document, facts } = question;
  if (document.correction.rootCauses.includes(facts.rootCause)) return HOLDS;
  const cause = {
    STORE_CUSTOMISATION: 'a change made to the store',
    THIRD_PARTY: 'an extension or theme of someone else',
    HOST: 'the server',
  };
  const spoken = { ...cause, USER: 'the way it was used', ADDON: 'the add-on', UNKNOWN: 'something unknown' }[facts.rootCause];
  const message = `The cause was found to be ${spoken}, and corrections are owed only for faults of the add-on itself.`;
  return refused(question, {
    code: 'ROOT_CAUSE_ELSEWHERE',
    rule: 'A-13',
    message,
    facts: { rootCause: facts.rootCause },
    remedy: 'ASK_VENDOR',
  });
}

/** A-14: the store's platform version against the versions advertised at purchase, those of the installed release, or either of them. */
function compatibleStore(question: Question): ConditionOutcome {
  const { document, facts } = question;
  const { compatibility } = document.scope;
  if (compatibility === 'NONE') return HOLDS;
  const counted = [
    ...(compatibility === 'INSTALLED' ? [] : [facts.advertisedCompatibility]),
    ...(compatibility === 'AT_PURCHASE' ? [] : [facts.installedReleaseCompatibility]),
  ];
  const subject = facts.platformVersion;
  const answers = counted.map((ranges) => (ranges === null || subject === null ? 'UNKNOWN' : fits(ranges, subject)));
  const supported = counted
    .map((ranges) => (ranges === null ? 'those of the installed release, which is not known' : describeRanges(ranges)))
    .join(' or ');
  const looked = { storeVersion: subject && describePlatformVersion(subject), supported };
  const store = subject ? `The store runs ${describePlatformVersion(subject)}` : 'The version of the store is not known';
  if (answers.includes('FITS')) {
    const message = `${store}, which the add-on supports.`;
    return holding(question, { code: 'STORE_VERSION_COMPATIBLE', rule: 'A-14', message, facts: looked });
  }
  if (answers.every((answer) => answer === 'DOES_NOT_FIT')) {
    const message = `${store}, but the add-on is supported on ${supported} only.`;
    const openBelow = counted.flatMap((ranges) => ranges ?? []).map((range) => ({ ...range, from: null }));
    const isTooOld = subject !== null && fits(openBelow, subject) === 'FITS';
    const remedy = isTooOld ? 'UPDATE_STORE' : 'UPDATE_ADDON';
    return refused(question, { code: 'STORE_VERSION_INCOMPATIBLE', rule: 'A-14', message, facts: looked, remedy });
  }
  const remedy = subject === null ? 'CONNECT_STORE' : 'SUPPLY_FACTS';
  const message = `${store}; whether it is among the supported versions (${supported}) cannot be said yet.`;
  return unknown(question, 'UNREAD', { code: 'STORE_VERSION_UNKNOWN', rule: 'A-14', message, facts: looked, remedy });
}

/** A-15: only a finding of the vendor's staff with evidence counts; other modules alone are no reason. */
function noIncompatibleDevelopment(question: Question): ConditionOutcome {
  const finding = question.facts.incompatibleDevelopments;
  if (finding === null || !finding.found || finding.evidence.trim() === '') return HOLDS;
  const message = `The vendor found a development in the store that works against the add-on: ${finding.evidence}`;
  const draft = { code: 'INCOMPATIBLE_DEVELOPMENT', rule: 'A-15', message, facts: { evidence: finding.evidence } } as const;
  return byScope(question, question.document.scope.incompatibleDevelopments, { ...draft, remedy: 'ASK_VENDOR' });
}

/** A-16: changed code files count; a change of other files does not, and what could not be compared is not held against the customer. */
function unmodifiedSource(question: Question): ConditionOutcome {
  const { facts, document } = question;
  const { modifiedSource } = document.scope;
  if (modifiedSource === 'IGNORE' || facts.modifiedSource === 'SAME') return HOLDS;
  if (facts.modifiedSource === 'UNKNOWN') {
    const message = 'The code files of the add-on could not be compared with those released.';
    return holding(question, { code: 'SOURCE_UNKNOWN', rule: 'A-16', message });
  }
  const [first] = facts.changedCodeFiles;
  if (first === undefined) return HOLDS;
  const others = facts.changedCodeFiles.length - 1;
  const message = `Code of the add-on was changed: ${first}${others > 0 ? ` and ${others} more` : ''}.`;
  const looked = { changedFiles: facts.changedCodeFiles.length, firstChangedFile: first };
  return byScope(question, modifiedSource, { code: 'SOURCE_MODIFIED', rule: 'A-16', message, facts: looked, remedy: 'ASK_VENDOR' });
}

/** A-17, B-25: advice that needs work on the store is that work. */
function noHostWork(question: Question): ConditionOutcome {
  const rule = question.document.scope.storeIntervention === 'EXCLUDED' ? 'A-17' : 'B-25';
  if (question.facts.needsWorkOnHost === false) return HOLDS;
  if (question.facts.needsWorkOnHost === true) {
    const message = 'The advice needs work on the store itself, which advice does not include.';
    return refused(question, { code: 'HOST_WORK_NEEDED', rule, message, remedy: 'ASK_VENDOR' });
  }
  const message = 'Please say whether the question can be answered without work on the store itself.';
  return unknown(question, 'UNSAID', { code: 'HOST_WORK_UNKNOWN', rule, message, remedy: 'SUPPLY_FACTS' });
}

/** B-27: free as soon as the vendor finds the fault in the add-on; until then other coverages answer, and charged time is returned later. */
function productBug(question: Question): ConditionOutcome {
  const finding = question.facts.productBug;
  if (finding === null) {
    const message = 'The vendor has not found yet whether the add-on itself is at fault; if it is, the fix is free.';
    return refused(question, { code: 'PRODUCT_BUG_NOT_ESTABLISHED', rule: 'B-27', message });
  }
  const looked = { evidence: finding.evidence };
  if (!finding.found) {
    const message = `The vendor found that the add-on itself is not at fault: ${finding.evidence}`;
    return refused(question, { code: 'PRODUCT_BUG_NOT_FOUND', rule: 'B-27', message, facts: looked });
  }
  const message = `The vendor found a fault of the add-on itself: ${finding.evidence}`;
  return holding(question, { code: 'PRODUCT_BUG_FOUND', rule: 'B-27', message, facts: looked });
}

/** B-21 to B-24: running, for a result that was agreed on, with unchanged code and for a cause that is not excluded. */
function warranty(question: Question): ConditionOutcome {
  const { document, facts, at } = question;
  const given = facts.warranty;
  if (given === null || document.warranty === null) {
    return refused(question, { code: 'WARRANTY_NONE', rule: 'B-21', message: 'No work that was delivered is under warranty.' });
  }
  const { voidOn, excludedCauses } = document.warranty;
  const endsAt = given.endsAt.toString();
  if (Temporal.Instant.compare(at, given.endsAt) >= 0) {
    const lastDay = given.endsAt.subtract({ nanoseconds: 1 }).toZonedDateTimeISO(document.zone).toPlainDate();
    const message = `The warranty on the delivered work ended on ${spokenDay(lastDay)}.`;
    return refused(question, { code: 'WARRANTY_ENDED', rule: 'B-21', message, facts: { endsAt } });
  }
  const isVoid = voidOn.some((change) => change === `CODE_CHANGED_${given.codeChange}`);
  if (isVoid) {
    const message = 'The code of the delivered work was changed after it was handed over, which ended its warranty.';
    return refused(question, { code: 'WARRANTY_VOID', rule: 'B-23', message, facts: { codeChange: given.codeChange } });
  }
  if (excludedCauses.includes(facts.rootCause)) {
    const message = 'The cause lies in an extension or theme of someone else or in another cause that the warranty excludes.';
    return refused(question, { code: 'WARRANTY_CAUSE_EXCLUDED', rule: 'B-24', message, facts: { rootCause: facts.rootCause } });
  }
  if (given.agreedResult === 'NOT_COVERED') {
    const message = 'What is claimed was not part of the result agreed on before the work.';
    return refused(question, { code: 'WARRANTY_RESULT_NOT_AGREED', rule: 'B-22', message });
  }
  if (given.agreedResult === 'UNKNOWN') {
    const message = 'Whether what is claimed was part of the agreed result has not been judged yet.';
    return unknown(question, 'UNREAD', { code: 'WARRANTY_RESULT_UNKNOWN', rule: 'B-22', message, remedy: 'ASK_VENDOR' });
  }
  const message = 'The warranty on the delivered work is running and covers the agreed result.';
  return holding(question, { code: 'WARRANTY_RUNNING', rule: 'B-22', message, facts: { endsAt } });
}

/** B-07: prepaid time serves the categories on the vendor's list, whichever modules they concern. */
function category(question: Question): ConditionOutcome {
  const allowed = question.document.time?.categories ?? [];
  const given = question.facts.category;
  const looked = { category: given, allowed: allowed.join(', ') };
  if (given === null) {
    const message = `Please say what category of work this is: ${allowed.join(', ')}.`;
    return unknown(question, 'UNSAID', { code: 'CATEGORY_UNKNOWN', rule: 'B-07', message, facts: looked, remedy: 'SUPPLY_FACTS' });
  }
  if (allowed.includes(given)) return HOLDS;
  const message = `Prepaid time is not for work of the category ${given}, only for ${allowed.join(', ')}.`;
  return refused(question, { code: 'CATEGORY_NOT_COVERED', rule: 'B-07', message, facts: looked, remedy: 'ASK_VENDOR' });
}

/** B-09, B-26: enough usable time for the estimate, or any at all where nothing is estimated yet. */
function time(question: Question): ConditionOutcome {
  const { document, facts } = question;
  const availableMinutes = facts.prepaidAvailableMinutes;
  const neededMinutes = Math.max(1, facts.estimateMinutes ?? 1);
  if (availableMinutes !== null && availableMinutes >= neededMinutes) return HOLDS;
  const message = 'An add-on without a list price includes no working time.';
  const free = reason(document.clauses, { code: 'ADDON_IS_FREE', effect: 'INFORMS', rule: 'B-26', message });
  const also = facts.listPriceAtPurchase.amountMinor === 0n ? [free] : [];
  if (availableMinutes === null) {
    const draft = { code: 'TIME_LEDGER_UNKNOWN', rule: 'B-09', message: 'The prepaid time of the customer could not be read.' } as const;
    const unread = unknown(question, 'UNREAD', { ...draft, remedy: 'ASK_VENDOR' });
    return { ...unread, reasons: [...unread.reasons, ...also] };
  }
  const shortfallMinutes = neededMinutes - availableMinutes;
  const estimated = facts.estimateMinutes === null ? 'The work needs prepaid time' : `The work is estimated at ${neededMinutes} minutes`;
  const short = refused(question, {
    code: 'TIME_NOT_ENOUGH',
    rule: 'B-09',
    message: `${estimated}, and ${availableMinutes} minutes are usable.`,
    facts: { availableMinutes, estimateMinutes: facts.estimateMinutes, shortfallMinutes },
    remedy: 'BUY_TIME',
  });
  return { ...short, reasons: [...short.reasons, ...also] };
}

const HOLDS: ConditionOutcome = { worst: OWED, best: OWED, missing: null, reasons: [] };

function outcome(question: Question, worst: Reach, best: Reach, draft: Draft): ConditionOutcome {
  const effect = best === REFUSED ? 'REFUSES' : 'INFORMS';
  return { worst, best, missing: null, reasons: [reason(question.document.clauses, { ...draft, effect })] };
}

function holding(question: Question, draft: Draft): ConditionOutcome {
  return outcome(question, OWED, OWED, draft);
}

function refused(question: Question, draft: Draft): ConditionOutcome {
  return outcome(question, REFUSED, REFUSED, draft);
}

function leftOpen(question: Question, draft: Draft): ConditionOutcome {
  return outcome(question, LEFT_OPEN, LEFT_OPEN, draft);
}

function unknown(question: Question, missing: 'UNREAD' | 'UNSAID', draft: Draft): ConditionOutcome {
  return { ...outcome(question, REFUSED, OWED, draft), missing };
}

function byScope(question: Question, rule: ScopeRule, draft: Draft): ConditionOutcome {
  if (rule === 'IGNORE') return HOLDS;
  return rule === 'HARD' ? refused(question, draft) : leftOpen(question, draft);
}
