import { moneyToDecimal } from './money.js';
import { type Reason, reason, spokenDay } from './reason.js';
import type { SupportPolicyDocument } from './support-policy.js';
import type { PaidLicence, RefundOffer } from './ticket-event.js';
import { addWorkingDays, localDate } from './working-calendar.js';

/** What decides whether money is offered back for a correction that did not come. */
export interface RefundFacts {
  /** Null: the ticket is not about a licence that was bought. */
  readonly licence: PaidLicence | null;
  readonly admittedAt: Temporal.Instant;
  /** The first instant that was too late; null when none is fixed, as while the customer is silent. */
  readonly correctionDueAt: Temporal.Instant | null;
  /** When it was missed: at the due instant, or later where it was found to be owed only then; null: not missed. */
  readonly missedAt: Temporal.Instant | null;
  /** Whether that instant rests on days whose holidays are not known. */
  readonly provisional: boolean;
  /** When a correction that counts was delivered; null: none was. */
  readonly correctedAt: Temporal.Instant | null;
}

export type RefundDecision =
  | { readonly outcome: 'OFFERED'; readonly offer: RefundOffer; readonly reasons: readonly Reason[] }
  | { readonly outcome: 'NOT_OFFERED'; readonly reasons: readonly Reason[] };

/**
 * whether money is offered back at this instant, and which: what was paid for the licence, tax included and renewals not. The offer opens when the
 * correction was missed, however late that is noticed, and closes with the last of the working days that it stays open, the day of opening not
 * counted. It is not offered where the policy promises none, before the due instant, for a correction that came in time, and where nothing was
 * paid. A currency code that is none is a RangeError.
 */
export function refundOffer(facts: RefundFacts, policy: SupportPolicyDocument, at: Temporal.Instant): RefundDecision {
  const { remedy, clauses, calendar, zone } = policy;
  const { licence, correctionDueAt: dueAt, missedAt, correctedAt } = facts;
  const none = (code: 'REFUND_NOT_PROMISED' | 'CORRECTION_NOT_DUE' | 'NOTHING_PAID', message: string): RefundDecision => ({
    outcome: 'NOT_OFFERED',
    reasons: [reason(clauses, { code, effect: 'REFUSES', rule: 'A-12', message })],
  });
  if (remedy === null) return none('REFUND_NOT_PROMISED', 'The support policy promises no money back for a correction that is late.');
  if (dueAt === null || missedAt === null || Temporal.Instant.compare(at, missedAt) < 0) {
    return none('CORRECTION_NOT_DUE', 'The time in which the fault must be corrected has not passed.');
  }
  if (correctedAt !== null && Temporal.Instant.compare(correctedAt, dueAt) < 0) {
    return none('CORRECTION_NOT_DUE', 'The fault was corrected in time.');
  }
  if (licence === null || licence.paidGross.amountMinor <= 0n) {
    return none('NOTHING_PAID', 'Nothing was paid for the add-on, so nothing can be paid back.');
  }
  const closing = addWorkingDays(calendar, missedAt, remedy.offerOpenWorkingDays);
  const { amountMinor, currencyCode } = licence.paidGross;
  const offer: RefundOffer = {
    purchaseId: licence.purchaseId,
    amount: { amountMinor, currencyCode },
    basis: remedy.refundBasis,
    correctionDueAt: dueAt,
    correctionWorkingDays: remedy.workingDays,
    admittedAt: facts.admittedAt,
    opensAt: missedAt,
    closesAt: closing.at,
    provisional: facts.provisional || closing.provisional,
  };
  const lastDay = spokenDay(localDate(zone, dueAt.subtract({ nanoseconds: 1 })));
  const amount = `${moneyToDecimal(licence.paidGross)} ${currencyCode}`;
  const granted = reason(clauses, {
    code: 'CORRECTION_MISSED',
    effect: 'GRANTS',
    rule: 'A-12',
    message: `The fault was to be corrected by ${lastDay}, and was not: ${amount}, which was paid for the add-on, is offered back.`,
    facts: { admittedAt: facts.admittedAt.toString(), dueAt: dueAt.toString(), workingDays: remedy.workingDays, amount },
  });
  return { outcome: 'OFFERED', offer, reasons: [granted] };
}
