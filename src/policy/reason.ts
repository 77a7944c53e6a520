/** Every code a decision may give, with what it says. The one list: GraphQL registers this same constant. */
export const REASON_CODE_MEANINGS = {
  SUPPORT_TERM_ACTIVE: 'The support term covers the moment asked about.',
  SUPPORT_TERM_ENDED: 'The support term does not cover the moment asked about.',
  PURCHASE_REVOKED: 'The purchase was taken back, and its rights ended with it.',
  NOTHING_PURCHASED: 'No purchase of the add-on was known at that moment.',
  RENEWAL_OFFERED: 'Support can be renewed at the price named.',
  RENEWAL_NOT_OFFERED: 'The support policy does not offer renewals.',
  RENEWAL_NOT_PRICED: 'There is no list price from which a renewal could be priced.',
  RENEWAL_PERIODS_OUT_OF_RANGE: 'The number of periods asked for cannot be bought at once.',
  INSTALLED_IS_NEWEST: 'No newer release than the installed one has been published.',
  RELEASE_PERMITTED: 'The release may be downloaded and installed.',
  RELEASE_COVERED_BY_TERM: 'The release may be downloaded because the support term is running.',
  RELEASE_KEPT: 'The release may be downloaded because it was published before the covered time ended.',
  RELEASE_ALWAYS_INCLUDED: 'Releases of this kind may be downloaded at any time after the purchase.',
  RELEASE_AFTER_TERM: 'The release was published after the covered time ended.',
  RELEASE_KIND_EXCLUDED: 'Releases of this kind are not part of the purchase.',
  RELEASE_WITHDRAWN: 'The vendor has withdrawn the release.',
  RELEASE_NOT_PUBLISHED: 'The release had not been published at that moment.',
  RELEASE_DOES_NOT_FIT: 'The release does not support the platform version of the store.',
  RELEASE_FIT_UNKNOWN: 'It is not known whether the release supports the platform version of the store.',
  FIX_WITHOUT_PUBLIC_CHANGELOG: 'The release is marked as a fix without a public changelog entry, and is treated as a minor release.',
  NEWEST_PERMITTED: 'Names the newest release that may still be had.',
  INSTALLED_VERSION_UNKNOWN: 'The installed version is not known, so nothing could be compared with it.',
  COVERED: 'The request is covered free of charge.',
  COVERED_AGAINST_TIME: 'The request is covered and its time is taken from prepaid time.',
  COVERED_AGAINST_MONEY: 'The request is covered and is paid for.',
  LEFT_TO_VENDOR: 'The vendor may do the work but does not owe it.',
  REQUEST_EXCLUDED: 'Support does not include requests of this kind.',
  ROOT_CAUSE_ELSEWHERE: 'The cause does not lie in the add-on.',
  STORE_VERSION_COMPATIBLE: 'The store runs a platform version that the add-on supports.',
  STORE_VERSION_INCOMPATIBLE: 'The store runs a platform version that the add-on does not support.',
  STORE_VERSION_UNKNOWN: 'It is not known whether the store runs a platform version that the add-on supports.',
  INCOMPATIBLE_DEVELOPMENT: 'The vendor found a development in the store that works against the add-on.',
  SOURCE_MODIFIED: 'Code files of the add-on differ from those released.',
  SOURCE_UNKNOWN: 'It is not known whether code files of the add-on differ from those released.',
  HOST_WORK_NEEDED: 'The advice needs work on the store itself.',
  HOST_WORK_UNKNOWN: 'It is not said whether the advice needs work on the store itself.',
  CATEGORY_NOT_COVERED: 'Prepaid time is not for work of this category.',
  CATEGORY_UNKNOWN: 'The category of the work is not said.',
  TIME_LEDGER_UNKNOWN: 'The prepaid time could not be read.',
  TIME_NOT_ENOUGH: 'There is less usable prepaid time than the work needs.',
  ADDON_IS_FREE: 'The add-on has no list price, so its purchase included no time.',
  PRODUCT_BUG_FOUND: 'The vendor found that the add-on itself is at fault.',
  PRODUCT_BUG_NOT_FOUND: 'The vendor found that the add-on itself is not at fault.',
  PRODUCT_BUG_NOT_ESTABLISHED: 'The vendor has not found whether the add-on itself is at fault.',
  WARRANTY_RUNNING: 'The warranty on delivered work is running.',
  WARRANTY_NONE: 'No delivered work is under warranty.',
  WARRANTY_ENDED: 'The warranty on the delivered work has ended.',
  WARRANTY_RESULT_NOT_AGREED: 'What is claimed was not part of the agreed result.',
  WARRANTY_RESULT_UNKNOWN: 'It is not known whether what is claimed was part of the agreed result.',
  WARRANTY_VOID: 'The code of the delivered work was changed since the hand-over.',
  WARRANTY_CAUSE_EXCLUDED: 'The warranty does not cover this cause.',
  LOT_UNKNOWN: 'No such lot of prepaid time is known.',
  LOT_UNASSIGNED: 'Prepaid time that is assigned to no project can be neither reserved nor spent.',
  LOT_ASSIGNED: 'The prepaid time is assigned to a project already.',
  LOT_ENDED: 'The prepaid time has ended.',
  LOT_GRANTED: 'The prepaid time was granted before.',
  LOT_TOUCHED: 'Part of the prepaid time has been reserved or used.',
  LOT_USED_UP: 'Nothing of the prepaid time is left.',
  ASSIGNMENT_STAFF_ONLY: 'Only the vendor’s staff may take prepaid time back from a project.',
  HOLD_UNKNOWN: 'No such reservation of prepaid time is known.',
  HOLD_REPEATED: 'The reservation was made before.',
  HOLD_RESOLVED: 'The reservation has been settled, released or taken back.',
  HOLD_SUFFICIENT: 'The reservation already has the minutes asked for.',
  HOLD_NOT_DUE: 'The reservation may not lapse yet.',
  HOLD_OTHER_TASK: 'The reservation is for another task.',
  HOLD_NOT_BOUGHT: 'The reservation has no bought minutes whose value could be paid back.',
  TASK_HELD: 'The task has a reservation already.',
  TASK_SETTLED: 'The time of the task has been charged already.',
  JOURNAL_ENTRY_UNKNOWN: 'No such entry of the journal is known.',
  JOURNAL_ENTRY_REVERSED: 'The entry of the journal was reversed before.',
  JOURNAL_ENTRY_FINAL: 'Entries of this kind cannot be reversed.',
  TIME_LEDGER_SUSPENDED: 'The prepaid time cannot be reserved or used until the vendor has cleared up a difference in its records.',
  NEEDS_QUOTE: 'The rate card has no estimate for this work, so it needs a quote.',
  TICKET_STATE_FORBIDS: 'The ticket is in a state that does not allow this.',
  TICKET_ACTOR_FORBIDS: 'This is for somebody else to do.',
  TICKET_OUT_OF_ORDER: 'Something that happened later has been recorded already.',
  TICKET_POLICY_DIFFERS: 'The ticket is bound to another version of the support policy.',
  TICKET_FIGURES_DIFFER: 'A figure is not the one that the records give.',
  SUBMISSION_TIME_FIXED: 'A request is submitted when it arrives, and nobody sets another time.',
  QUESTION_MISSING: 'A ticket waits for the customer only with a question that was sent.',
  EXPLANATION_MISSING: 'This needs a reason or evidence in words.',
  REQUEST_ENTITLED: 'The request is owed, so it cannot be refused.',
  REQUEST_NOT_ENTITLED: 'The request is not owed, so it cannot be taken on.',
  REQUEST_UNDECIDED: 'It is not decided yet whether the request is owed.',
  APPEAL_USED: 'A refusal can be appealed once.',
  DUPLICATE_NOT_ESTABLISHED: 'It is not established that both tickets are the same request.',
  PROCESSING_STARTED: 'The work has begun.',
  NOT_HEAD_OF_QUEUE: 'Another ticket is next in the queue.',
  OUTCOME_NOT_AGREED: 'Both sides have not agreed on the outcome of the paid work.',
  HOLD_MISSING: 'The minutes of the estimate are not held for the ticket.',
  ACCESS_NOT_VERIFIED: 'Access that the work needs has not been shown to work.',
  ACCESS_NOT_NEEDED: 'The work does not need this access.',
  ACCESS_SHOWN: 'The access was shown in this session already.',
  ACCESS_PURGED: 'The access was deleted with the end of the work that needed it.',
  TERMS_STALE: 'The conditions that were shown are not those in force.',
  TOPUP_COUNTED: 'The order of prepaid time has been counted already.',
  THRESHOLD_NOT_REACHED: 'The work has not reached the limit beyond which consent is needed.',
  WORK_LOG_INCOMPLETE: 'The work log is not complete.',
  CORRECTION_NOT_USABLE: 'What was delivered does not count as a correction for this customer.',
  VERIFICATION_ENDED: 'The time for checking the delivered work has ended.',
  NOT_DUE: 'The time for this has not come, or it has been recorded already.',
  CORRECTION_MISSED: 'The fault was not corrected in the promised time, so money is offered back.',
  CORRECTION_NOT_DUE: 'The promised time for the correction was not missed.',
  REFUND_NOT_PROMISED: 'The support policy promises no money back.',
  NOTHING_PAID: 'Nothing was paid that could be paid back.',
  REFUND_OFFER_NONE: 'No offer to pay back is open.',
  REFUND_OFFER_ENDED: 'The offer to pay back is no longer open.',
} as const;

export type ReasonCode = keyof typeof REASON_CODE_MEANINGS;

export const REASON_CODES = Object.keys(REASON_CODE_MEANINGS) as readonly ReasonCode[];

export const REASON_EFFECTS = ['GRANTS', 'REFUSES', 'CHARGES', 'INFORMS'] as const;
export type ReasonEffect = (typeof REASON_EFFECTS)[number];

export const REMEDIES = [
  'RENEW_SUPPORT',
  'BUY_TIME',
  'ASSIGN_TIME',
  'UPDATE_ADDON',
  'UPDATE_STORE',
  'CONNECT_STORE',
  'SUPPLY_FACTS',
  'SUPPLY_ACCESS',
  'ASK_VENDOR',
] as const;
export type Remedy = (typeof REMEDIES)[number];

/** One fact that a reason looked at; the value is as a person would write it. */
export interface Fact {
  readonly name: string;
  readonly value: string;
}

export interface Reason {
  readonly code: ReasonCode;
  readonly effect: ReasonEffect;
  /** A plain sentence, complete on its own, for a shopkeeper. */
  readonly message: string;
  /** Id of the rule that spoke, such as "A-02". */
  readonly rule: string;
  /** Heading or number in the published text; null where that text is silent. */
  readonly clause: string | null;
  readonly facts: readonly Fact[];
  readonly remedy: Remedy | null;
}

/** Where the rules of the policy stand in the vendor's published text: rule id to heading or number. */
export type ClauseMap = Readonly<Record<string, string>>;

export interface ReasonDraft {
  readonly code: ReasonCode;
  readonly effect: ReasonEffect;
  readonly message: string;
  readonly rule: string;
  readonly facts?: Readonly<Record<string, string | number | null>>;
  readonly remedy?: Remedy | null;
}

/** Completes a reason with the clause of the published text (null where it is silent) and with its facts in the order given; null facts are left out. */
export function reason(clauses: ClauseMap, draft: ReasonDraft): Reason {
  const facts = Object.entries(draft.facts ?? {})
    .filter(([, value]) => value !== null)
    .map(([name, value]) => ({ name, value: String(value) }));
  const clause = Object.hasOwn(clauses, draft.rule) ? (clauses[draft.rule] ?? null) : null;
  return {
    code: draft.code,
    effect: draft.effect,
    message: draft.message,
    rule: draft.rule,
    clause,
    facts,
    remedy: draft.remedy ?? null,
  };
}

const MONTHS = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
] as const;

/** A calendar day as messages spell it: "28 February 2026". */
export function spokenDay(day: Temporal.PlainDate): string {
  return `${day.day} ${MONTHS[day.month - 1]} ${day.year}`;
}
