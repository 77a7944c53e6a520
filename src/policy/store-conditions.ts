import { describePlatformVersion, describeRanges, fits } from './compatibility.js';
import { byScope, type ConditionOutcome, HOLDS, holding, type Question, refused, unknown } from './condition-outcome.js';

/** A-13: owed for the causes listed; staff set any other cause with evidence. */
export function rootCause(question: Question): ConditionOutcome {
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
export function compatibleStore(question: Question): ConditionOutcome {
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
    .filter((text, index, texts) => texts.indexOf(text) === index)
    .join(' or ');
  const toldBy = { storeVersionSource: facts.storeVersionSource, storeVersionReadAt: facts.storeVersionReadAt?.toString() ?? null };
  const installed = compatibility === 'AT_PURCHASE' ? null : facts.installed;
  const installedBy = {
    installedVersion: installed?.version ?? null,
    installedVersionSource: installed?.source ?? null,
    installedVersionReadAt: installed?.readAt?.toString() ?? null,
  };
  const looked = { storeVersion: subject && describePlatformVersion(subject), ...toldBy, ...installedBy, supported };
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
export function noIncompatibleDevelopment(question: Question): ConditionOutcome {
  const finding = question.facts.incompatibleDevelopments;
  if (finding === null || !finding.found || finding.evidence.trim() === '') return HOLDS;
  const message = `The vendor found a development in the store that works against the add-on: ${finding.evidence}`;
  const draft = { code: 'INCOMPATIBLE_DEVELOPMENT', rule: 'A-15', message, facts: { evidence: finding.evidence } } as const;
  return byScope(question, question.document.scope.incompatibleDevelopments, { ...draft, remedy: 'ASK_VENDOR' });
}

/** A-16: changed code files count; a change of other files does not, and what could not be compared is not held against the customer. */
export function unmodifiedSource(question: Question): ConditionOutcome {
  const { facts, document } = question;
  const { modifiedSource } = document.scope;
  if (modifiedSource === 'IGNORE' || facts.modifiedSource === 'SAME') return HOLDS;
  const codeReportedAt = facts.codeReportedAt?.toString() ?? null;
  if (facts.modifiedSource === 'UNKNOWN') {
    const message = 'The code files of the add-on could not be compared with those released.';
    return holding(question, { code: 'SOURCE_UNKNOWN', rule: 'A-16', message, facts: { codeReportedAt } });
  }
  const [first] = facts.changedCodeFiles;
  if (first === undefined) return HOLDS;
  const others = facts.changedCodeFiles.length - 1;
  const message = `Code of the add-on was changed: ${first}${others > 0 ? ` and ${others} more` : ''}.`;
  const looked = { changedFiles: facts.changedCodeFiles.length, firstChangedFile: first, codeReportedAt };
  return byScope(question, modifiedSource, { code: 'SOURCE_MODIFIED', rule: 'A-16', message, facts: looked, remedy: 'ASK_VENDOR' });
}

/** A-17, B-25: advice that needs work on the store is that work. */
export function noHostWork(question: Question): ConditionOutcome {
  const rule = question.document.scope.storeIntervention === 'EXCLUDED' ? 'A-17' : 'B-25';
  if (question.facts.needsWorkOnHost === false) return HOLDS;
  if (question.facts.needsWorkOnHost === true) {
    const message = 'The advice needs work on the store itself, which advice does not include.';
    return refused(question, { code: 'HOST_WORK_NEEDED', rule, message, remedy: 'ASK_VENDOR' });
  }
  const message = 'Please say whether the question can be answered without work on the store itself.';
  return unknown(question, 'UNSAID', { code: 'HOST_WORK_UNKNOWN', rule, message, remedy: 'SUPPLY_FACTS' });
}
