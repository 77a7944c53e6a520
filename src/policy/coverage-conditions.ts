import { type ConditionOutcome, HOLDS, holding, leftOpen, type Question, refused, unknown } from './condition-outcome.js';
import { type Remedy, reason, spokenDay } from './reason.js';
import { compatibleStore, noHostWork, noIncompatibleDevelopment, rootCause, unmodifiedSource } from './store-conditions.js';
import type { AfterTermRule, ConditionName, SupportPolicyDocument } from './support-policy.js';
import { isCovered, isRevoked, latestSpan } from './support-term.js';

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
    const [first, ...others] = given.changedFiles ?? [];
    const named = first === undefined ? '' : ` (${first}${others.length > 0 ? ` and ${others.length} more` : ''})`;
    const message = `The code of the delivered work was changed after it was handed over${named}, which ended its warranty.`;
    const changedFiles = first === undefined ? null : others.length + 1;
    const looked = { codeChange: given.codeChange, changedFiles, firstChangedFile: first ?? null };
    return refused(question, { code: 'WARRANTY_VOID', rule: 'B-23', message, facts: looked });
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
  const also = facts.listPriceAtPurchase?.amountMinor === 0n ? [free] : [];
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
