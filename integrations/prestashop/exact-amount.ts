/**
 * Money of a shop as whole millionths of the currency's major unit: PrestaShop keeps six decimal places, and no
 * binary fraction ever touches an amount.
 */
export type Millionths = bigint;

const decimalPattern = /^(-?)(\d+)(?:\.(\d+))?$/;

/** Reads "88.066667". Places beyond the sixth are rounded half away from zero. Throws a RangeError on anything but a plain decimal. */
export function parseAmount(text: string): Millionths {
  const [, sign, whole, fraction = ''] = decimalPattern.exec(text) ?? [];
  if (whole === undefined) throw new RangeError('Not a plain decimal number');
  const kept = BigInt(whole + fraction.slice(0, 6).padEnd(6, '0')) + ((fraction[6] ?? '0') >= '5' ? 1n : 0n);
  return sign ? -kept : kept;
}

/** Writes major units with two to six decimal places: "96.00", "88.066667". */
export function formatAmount(amount: Millionths): string {
  return storedAmount(amount).replace(/0{1,4}$/, '');
}

/** Writes major units with the six places that PrestaShop stores: "96.000000". */
export function storedAmount(amount: Millionths): string {
  const digits = (amount < 0n ? -amount : amount).toString().padStart(7, '0');
  return `${amount < 0n ? '-' : ''}${digits.slice(0, -6)}.${digits.slice(-6)}`;
}

/**
 * Splits `total` over non-negative `weights` in proportion. The parts sum to the total exactly and each is within one
 * millionth of its share (cumulative shares are rounded down). Without any weight there is nothing to carry it: all parts are zero.
 */
export function spread(total: Millionths, weights: readonly Millionths[]): Millionths[] {
  const sum = weights.reduce((running, weight) => running + weight, 0n);
  if (sum === 0n) return weights.map(() => 0n);
  let weightSoFar = 0n;
  let givenSoFar = 0n;
  return weights.map((weight) => {
    weightSoFar += weight;
    const part = (total * weightSoFar) / sum - givenSoFar;
    givenSoFar += part;
    return part;
  });
}
