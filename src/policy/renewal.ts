import { type Money, moneyToDecimal, multiplyRate } from './money.js';
import { type Reason, reason, spokenDay } from './reason.js';
import type { PinnedPolicy, SupportPolicyDocument } from './support-policy.js';
import { isCovered, isRevoked, latestSpan, nextSpan, type SupportFacts, type TermSpan } from './support-term.js';

export interface RenewalFacts extends SupportFacts {
  /** Net list price without discounts on the day of the purchase. */
  readonly listPriceAtPurchase: Money;
  readonly listPriceToday: Money | null;
  /** In which the days of the term are counted: that of the conditions that the purchase is pinned to, whichever govern the renewal. */
  readonly zone: string;
}

export interface RenewalQuote {
  readonly available: boolean;
  /** Never empty; when available the first one grants, else each one refuses. */
  readonly reasons: readonly Reason[];
  /** Net, for all periods together. */
  readonly price: Money | null;
  readonly periods: number;
  readonly startsOn: Temporal.PlainDate | null;
  readonly endsOn: Temporal.PlainDate | null;
  readonly expiresAt: Temporal.Instant | null;
}

type OfferedRenewal = Extract<SupportPolicyDocument['renewal'], { enabled: true }>;

/**
 * what renewing would cost and cover if it were paid at this instant. `policy` is the version that governs a renewal bought then
 * (B-30). The price is the list price that `priceBasis` names, times the rate for a running or a lapsed term, rounded half up for ONE period in the
 * minor units of the currency, and only then times the periods: three periods cost three times what one costs. Only payments up to `at` count.
 * Days are counted in the zone of the facts, as the term that the payment opens will be.
 * Unavailable, with every refusal that applies: nothing paid for by `at`, not offered, not priced (no list price above 0), revoked, or periods
 * that are not a whole number from 1 to `maxPeriods`; dates and price are then null. Does not throw, but on dates beyond Temporal's range.
 */
export function renewalQuote(facts: RenewalFacts, policy: PinnedPolicy, at: Temporal.Instant, periods: number): RenewalQuote {
  const { document } = policy;
  const { renewal } = document;
  const unavailable = { available: false, price: null, periods, startsOn: null, endsOn: null, expiresAt: null };
  if (!renewal.enabled) return { ...unavailable, reasons: [...withoutRights(facts, document, at), notOffered(document)] };
  const listPrice = renewal.priceBasis === 'LIST_AT_PURCHASE' ? facts.listPriceAtPurchase : facts.listPriceToday;
  const refusals = [
    ...withoutRights(facts, document, at),
    ...priceRefusals(listPrice, document),
    ...periodRefusals(periods, renewal, document),
  ];
  if (listPrice === null || refusals.length > 0) return { ...unavailable, reasons: refusals };

  const active = isCovered(facts, at);
  const rate = active ? renewal.rateActive : renewal.rateLapsed;
  const onePeriod = multiplyRate(listPrice, rate);
  const price = { ...onePeriod, amountMinor: onePeriod.amountMinor * BigInt(periods) };
  const payment = { key: 'renewal', paidAt: at, months: periods * document.term.months };
  const span = nextSpan(latestSpan(facts.spans, at), payment, facts.zone);
  return {
    available: true,
    reasons: [offer(document, { listPrice, rate, price, periods, months: payment.months, span }), effectOnTerm(document, span, active)],
    price,
    periods,
    startsOn: span.startsOn,
    endsOn: span.endsOn,
    expiresAt: span.expiresAt,
  };
}

/** An amount as messages spell it: "36.00 EUR". */
export function spokenMoney(money: Money): string {
  return `${moneyToDecimal(money)} ${money.currencyCode}`;
}

/** Why there is nothing to renew: taken back, or not bought yet. */
function withoutRights(facts: RenewalFacts, { clauses }: SupportPolicyDocument, at: Temporal.Instant): Reason[] {
  if (facts.revokedAt === null || !isRevoked(facts, at)) return latestSpan(facts.spans, at) === null ? [notPurchased(clauses)] : [];
  const draft = { code: 'PURCHASE_REVOKED', effect: 'REFUSES', rule: 'A-03', facts: { revokedAt: facts.revokedAt.toString() } } as const;
  return [reason(clauses, { ...draft, message: 'The purchase was taken back, so its support cannot be renewed.', remedy: 'ASK_VENDOR' })];
}

function notPurchased(clauses: SupportPolicyDocument['clauses']): Reason {
  return reason(clauses, {
    code: 'NOTHING_PURCHASED',
    effect: 'REFUSES',
    rule: 'A-01',
    message: 'Nothing had been bought at that moment, so there was no support to renew.',
    remedy: 'ASK_VENDOR',
  });
}

function notOffered({ clauses }: SupportPolicyDocument): Reason {
  return reason(clauses, {
    code: 'RENEWAL_NOT_OFFERED',
    effect: 'REFUSES',
    rule: 'B-03',
    message: 'The vendor does not sell renewals of support under these conditions.',
    remedy: 'ASK_VENDOR',
  });
}

function priceRefusals(listPrice: Money | null, { clauses }: SupportPolicyDocument): Reason[] {
  if (listPrice !== null && listPrice.amountMinor > 0n) return [];
  return [
    reason(clauses, {
      code: 'RENEWAL_NOT_PRICED',
      effect: 'REFUSES',
      rule: 'A-07',
      message: 'The add-on has no list price above zero, so a renewal of its support has no price.',
      facts: { listPrice: listPrice && spokenMoney(listPrice) },
      remedy: 'ASK_VENDOR',
    }),
  ];
}

function periodRefusals(periods: number, { maxPeriods }: OfferedRenewal, { clauses, term }: SupportPolicyDocument): Reason[] {
  if (Number.isInteger(periods) && periods >= 1 && periods <= maxPeriods) return [];
  return [
    reason(clauses, {
      code: 'RENEWAL_PERIODS_OUT_OF_RANGE',
      effect: 'REFUSES',
      rule: 'A-04',
      message: `From 1 to ${maxPeriods} whole periods of ${spokenMonths(term.months)} can be bought at once, not ${periods}.`,
      facts: { periods, maxPeriods },
    }),
  ];
}

interface Offer {
  readonly listPrice: Money;
  readonly rate: string;
  readonly price: Money;
  readonly periods: number;
  readonly months: number;
  readonly span: TermSpan;
}

function offer({ clauses, renewal }: SupportPolicyDocument, { listPrice, rate, price, periods, months, span }: Offer): Reason {
  return reason(clauses, {
    code: 'RENEWAL_OFFERED',
    effect: 'GRANTS',
    rule: 'A-07',
    message: `Renewing support for ${spokenMonths(months)} costs ${spokenMoney(price)} net and covers the add-on up to and including ${spokenDay(span.endsOn)}.`,
    facts: {
      listPrice: spokenMoney(listPrice),
      priceBasis: renewal.enabled ? renewal.priceBasis : null,
      rate,
      periods,
      price: spokenMoney(price),
    },
    remedy: 'RENEW_SUPPORT',
  });
}

function effectOnTerm({ clauses }: SupportPolicyDocument, span: TermSpan, active: boolean): Reason {
  const facts = { anchoredOn: span.anchoredOn.toString(), endsOn: span.endsOn.toString() };
  if (active) {
    const message = `Support is running, so the renewal continues it on ${spokenDay(span.startsOn)}, counted from ${spokenDay(span.anchoredOn)}.`;
    return reason(clauses, { code: 'SUPPORT_TERM_ACTIVE', effect: 'INFORMS', rule: 'A-04', message, facts });
  }
  const message = `Support is not running, so the renewal begins when it is paid, on ${spokenDay(span.startsOn)}; the time before stays uncovered.`;
  return reason(clauses, { code: 'SUPPORT_TERM_ENDED', effect: 'INFORMS', rule: 'A-05', message, facts });
}

function spokenMonths(months: number): string {
  return months === 1 ? '1 month' : `${months} months`;
}
