/** An exact amount in the currency's smallest unit: 11520 is 115.20 EUR, 1496 is 1496 JPY. */
export interface Money {
  readonly amountMinor: bigint;
  readonly currencyCode: string;
}

/** The currencies of ISO 4217 whose smallest unit is not a hundredth. */
const CURRENCIES_OF_EXPONENT: readonly (readonly [number, string])[] = [
  [0, 'BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF'],
  [3, 'BHD IQD JOD KWD LYD OMR TND'],
  [4, 'CLF UYW'],
];

const EXPONENTS: ReadonlyMap<string, number> = new Map(
  CURRENCIES_OF_EXPONENT.flatMap(([exponent, codes]) => codes.split(' ').map((code) => [code, exponent] as const)),
);

/** Codes that ISO 4217 keeps for tests and for what has no currency. */
const NO_MONEY: readonly string[] = ['XTS', 'XXX'];

/** Whether anything can be paid in a currency of this code. */
export const isCurrencyOfMoney = (code: string): boolean => /^[A-Z]{3}$/.test(code) && !NO_MONEY.includes(code);

/** A decimal number without loss: `units` divided by ten to the power of `scale`. */
interface Decimal {
  readonly units: bigint;
  readonly scale: number;
}

/**
 * How many decimal places the smallest unit of a currency has: EUR 2, JPY 0, KWD 3. Codes unknown to the list have 2.
 * Throws RangeError on a code that is not three capital letters.
 */
export function currencyExponent(currencyCode: string): number {
  if (!/^[A-Z]{3}$/.test(currencyCode)) throw new RangeError(`"${currencyCode}" is not a currency code of three capital letters.`);
  return EXPONENTS.get(currencyCode) ?? 2;
}

/**
 * Reads an amount as shops write it, "115.2049" with any number of places, and rounds HALF_UP (away from zero) to the currency's smallest
 * unit: 115.20 EUR. Exact at any size. Returns null when the text is not a plain decimal number; throws RangeError on a malformed code.
 */
export function moneyFromDecimal(text: string, currencyCode: string): Money | null {
  const exponent = currencyExponent(currencyCode);
  const decimal = parseDecimal(text);
  return decimal === null ? null : { amountMinor: rescaled(decimal, exponent), currencyCode };
}

/** The amount in whole currency units with exactly the currency's decimal places: "115.20", "-0.05", "1496" for JPY. Throws RangeError on a malformed code. */
export function moneyToDecimal(money: Money): string {
  const exponent = currencyExponent(money.currencyCode);
  const sign = money.amountMinor < 0n ? '-' : '';
  const digits = absolute(money.amountMinor)
    .toString()
    .padStart(exponent + 1, '0');
  if (exponent === 0) return sign + digits;
  return `${sign}${digits.slice(0, -exponent)}.${digits.slice(-exponent)}`;
}

/**
 * The amount times a rate written as a decimal ("0.30"), rounded HALF_UP to the smallest unit, once, from the exact product
 * 49.95 EUR at "0.30" is 14.99, 4985 JPY is 1496). Throws RangeError on a rate that is no decimal number.
 */
export function multiplyRate(money: Money, rate: string): Money {
  const decimal = parseDecimal(rate);
  if (decimal === null) throw new RangeError(`"${rate}" is not a decimal rate.`);
  return { ...money, amountMinor: rescaled({ units: money.amountMinor * decimal.units, scale: decimal.scale }, 0) };
}

/**
 * Divides a total by weights so that the parts sum to it exactly: each part is what the rounded (HALF_UP) share of all weights so far
 * adds to the one before. 500.00 for 600 minutes spent as 37, 37, 37, 489 is 30.83, 30.84, 30.83, 407.50; the order of weights matters.
 * Throws RangeError on a negative weight, and when there is something to share but no weight.
 */
export function shareOut(totalMinor: bigint, weights: readonly bigint[]): bigint[] {
  if (weights.some((weight) => weight < 0n)) throw new RangeError('A weight is negative.');
  const whole = weights.reduce((sum, weight) => sum + weight, 0n);
  if (whole === 0n && totalMinor !== 0n) throw new RangeError('There is an amount to share out, but no weight.');
  let weightSoFar = 0n;
  let sharedSoFar = 0n;
  return weights.map((weight) => {
    weightSoFar += weight;
    const due = whole === 0n ? 0n : quotientHalfUp(totalMinor * weightSoFar, whole);
    const part = due - sharedSoFar;
    sharedSoFar = due;
    return part;
  });
}

function parseDecimal(text: string): Decimal | null {
  const match = /^([+-]?)(\d+)(?:\.(\d+))?$/.exec(text);
  if (match === null) return null;
  const [, sign, integer = '', fraction = ''] = match;
  const units = BigInt(integer + fraction);
  return { units: sign === '-' ? -units : units, scale: fraction.length };
}

/** The number in units of ten to the power of minus `places`, rounded HALF_UP. */
function rescaled(decimal: Decimal, places: number): bigint {
  if (decimal.scale <= places) return decimal.units * 10n ** BigInt(places - decimal.scale);
  return quotientHalfUp(decimal.units, 10n ** BigInt(decimal.scale - places));
}

/** HALF_UP: to the nearest integer, halves away from zero. The denominator is positive. */
function quotientHalfUp(numerator: bigint, denominator: bigint): bigint {
  const magnitude = (2n * absolute(numerator) + denominator) / (2n * denominator);
  return numerator < 0n ? -magnitude : magnitude;
}

function absolute(amount: bigint): bigint {
  return amount < 0n ? -amount : amount;
}
