import { Field, InputType, ObjectType } from 'type-graphql';
import { type Money as CoreMoney, currencyExponent, moneyFromDecimal, moneyToDecimal } from '../policy/money.js';
import { Refusal, userError } from '../use-cases/outcome.js';
import { DecimalScalar } from './scalars.js';

@ObjectType({ description: 'An exact amount of one currency.' })
export class Money {
  @Field(() => DecimalScalar, { description: 'In major units, with the currency’s own number of decimals: "149.00", or "1496" for JPY.' })
  amount!: string;

  @Field(() => String, { description: 'ISO 4217 code, such as EUR.' })
  currencyCode!: string;
}

@InputType({ description: 'An exact amount of one currency.' })
export class MoneyInput {
  @Field(() => DecimalScalar, { description: 'In major units, with no more decimals than the currency has.' })
  amount!: string;

  @Field(() => String, { description: 'ISO 4217 code, such as EUR.' })
  currencyCode!: string;
}

export const money = (amountMinor: bigint, currencyCode: string): Money => ({
  amount: moneyToDecimal({ amountMinor, currencyCode }),
  currencyCode,
});

/** The most minor units that a row can hold. */
const MOST_MINOR = 2n ** 63n - 1n;

/** Reads an amount that a person or program typed: nothing is rounded, a wrong one is a user error at `path`. */
export function moneyOf(input: MoneyInput, ...path: readonly string[]): CoreMoney {
  const { amount, currencyCode } = input;
  if (!/^[A-Z]{3}$/.test(currencyCode))
    throw new Refusal([userError('INVALID', 'currencyCode is three capital letters, such as EUR.', ...path, 'currencyCode')]);
  const decimals = amount.split('.')[1]?.replace(/0+$/, '').length ?? 0;
  const exponent = currencyExponent(currencyCode);
  const parsed = moneyFromDecimal(amount, currencyCode);
  if (parsed === null || decimals > exponent)
    throw new Refusal([userError('INVALID', `An amount in ${currencyCode} has at most ${exponent} decimals.`, ...path, 'amount')]);
  if (parsed.amountMinor < 0n) throw new Refusal([userError('INVALID', 'An amount is not negative.', ...path, 'amount')]);
  if (parsed.amountMinor > MOST_MINOR) {
    const most = moneyToDecimal({ amountMinor: MOST_MINOR, currencyCode });
    throw new Refusal([userError('INVALID', `An amount in ${currencyCode} is at most ${most}.`, ...path, 'amount')]);
  }
  return parsed;
}
