import { type Reason, reason } from './reason.js';
import type { PinnedPolicy, SupportPolicyDocument } from './support-policy.js';
import { requireMinutes } from './time-posting.js';

export type TimeEstimate =
  | { readonly outcome: 'ESTIMATED'; readonly minutes: number }
  | { readonly outcome: 'NEEDS_QUOTE'; readonly reasons: readonly Reason[] };

/** B-08, B-29: what the rate card of the pinned policy says that work takes, in minutes; a category or complexity that it lacks needs a quote. */
export function estimateTime({ document }: PinnedPolicy, category: string, complexity: string): TimeEstimate {
  const row = ownValue(document.rateCard ?? {}, category);
  const minutes = ownValue(row ?? {}, complexity);
  if (minutes !== undefined) return { outcome: 'ESTIMATED', minutes };
  const message = `The rate card has no estimate for ${category} of complexity ${complexity}, so the work needs a quote.`;
  const facts = { category, complexity };
  const draft = { code: 'NEEDS_QUOTE', effect: 'INFORMS', rule: 'B-08', message, facts, remedy: 'ASK_VENDOR' } as const;
  return { outcome: 'NEEDS_QUOTE', reasons: [reason(document.clauses, draft)] };
}

/**
 * B-12: the minutes from which effort is extraordinary: max(ceil(factor × estimate), estimate + extra). `factor` is an exact decimal such as "1.5", so that
 * nothing is rounded before the one rounding up. Throws a RangeError on minutes that are not whole numbers from 0 on, and on a factor that is no decimal.
 */
export function extraordinaryThreshold(estimateMinutes: number, factor: string, extraMinutes: number): number {
  requireMinutes('estimateMinutes', estimateMinutes, 0);
  requireMinutes('extraMinutes', extraMinutes, 0);
  const [, integer = '', fraction = ''] = /^(\d+)(?:\.(\d+))?$/.exec(factor) ?? [];
  if (integer === '') throw new RangeError(`"${factor}" is not a decimal factor.`);
  const scale = 10n ** BigInt(fraction.length);
  const product = BigInt(integer + fraction) * BigInt(estimateMinutes);
  return Math.max(Number((product + scale - 1n) / scale), estimateMinutes + extraMinutes);
}

/**
 * B-12: the most that a task may be charged: the cap that the customer consented to, and without consent the threshold of extraordinary effort; the estimate
 * where the policy knows none. Throws as `extraordinaryThreshold` does.
 */
export function chargeableMinutes(
  estimateMinutes: number,
  consentedCapMinutes: number | null,
  extraordinary: SupportPolicyDocument['extraordinary'],
): number {
  if (consentedCapMinutes !== null) {
    requireMinutes('consentedCapMinutes', consentedCapMinutes, 0);
    return consentedCapMinutes;
  }
  if (extraordinary === null) return estimateMinutes;
  return extraordinaryThreshold(estimateMinutes, extraordinary.factor, extraordinary.minimumExtraMinutes);
}

/**
 * B-11: the minutes of a task from all its recorded seconds, rounded up once: 3 × 12 min 20 s are 37, not 39. Throws a RangeError on seconds that are not whole
 * numbers from 0 on.
 */
export function roundTaskSeconds(seconds: readonly number[]): number {
  if (seconds.some((each) => !Number.isSafeInteger(each) || each < 0))
    throw new RangeError('Recorded seconds are whole numbers from 0 on.');
  return Math.ceil(seconds.reduce((sum, each) => sum + each, 0) / 60);
}

function ownValue<T>(record: Readonly<Record<string, T>>, key: string): T | undefined {
  return Object.hasOwn(record, key) ? record[key] : undefined;
}
