/**
 * Amounts and quantities of Magento as whole ten-thousandths, the scale of its decimal(20,4) columns.
 * JSON gives them as binary numbers; their shortest decimal spelling is what the database held, so no arithmetic is ever done on floats.
 */
export type TenThousandths = bigint;

const SCALE = 10_000n;
/** Magento's own columns have 16 digits before the point and 4 after it: an amount of millions of digits would be reckoned with for minutes. */
const decimalPattern = /^(-?)(\d{1,30})(?:\.(\d{1,30}))?(?:e([+-]\d{1,2}))?$/i;

/** Reads 355.32, "179.000000" or 1e-7; places beyond the fourth are rounded half away from zero. `null` for what is no decimal number. */
export function parseAmount(value: number | string): TenThousandths | null {
  const [, sign, whole, fraction = '', exponent = '0'] = decimalPattern.exec(String(value)) ?? [];
  if (whole === undefined) return null;
  const places = 4 + Number(exponent) - fraction.length;
  const digits = BigInt(whole + fraction);
  const amount = places >= 0 ? digits * 10n ** BigInt(places) : roundedDivision(digits, 10n ** BigInt(-places));
  return sign === '-' ? -amount : amount;
}

/** Writes major units with two to four decimal places: "96.00", "24.9975". */
export function formatAmount(amount: TenThousandths): string {
  const [whole = '', fraction = ''] = formatDecimal(amount).split('.');
  return `${whole}.${fraction.padEnd(2, '0')}`;
}

/** Writes a number without trailing zeros: "2", "1.5", "1.085". */
export function formatDecimal(amount: TenThousandths): string {
  const digits = (amount < 0n ? -amount : amount).toString().padStart(5, '0');
  const fraction = digits.slice(-4).replace(/0+$/, '');
  return `${amount < 0n ? '-' : ''}${digits.slice(0, -4)}${fraction === '' ? '' : `.${fraction}`}`;
}

/** A price times a quantity (or a rate, or a share), rounded half away from zero to a ten-thousandth. */
export function times(amount: TenThousandths, factor: TenThousandths): TenThousandths {
  return roundedDivision(amount * factor, SCALE);
}

/** `dividend / divisor`, rounded half away from zero. Throws a RangeError when the divisor is zero. */
export function roundedDivision(dividend: bigint, divisor: bigint): bigint {
  const isNegative = dividend < 0n !== divisor < 0n;
  const [top, bottom] = [dividend < 0n ? -dividend : dividend, divisor < 0n ? -divisor : divisor];
  const quotient = (2n * top + bottom) / (2n * bottom);
  return isNegative ? -quotient : quotient;
}
