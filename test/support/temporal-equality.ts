import { expect } from '@jest/globals';

/** Without this, any instant equals any other, and any date any other: they have no properties of their own to be told apart by. */
function sameTemporal(one: unknown, other: unknown): boolean | undefined {
  if (one instanceof Temporal.Instant || other instanceof Temporal.Instant) {
    return one instanceof Temporal.Instant && other instanceof Temporal.Instant && one.equals(other);
  }
  if (one instanceof Temporal.PlainDate || other instanceof Temporal.PlainDate) {
    return one instanceof Temporal.PlainDate && other instanceof Temporal.PlainDate && one.equals(other);
  }
  return undefined;
}

expect.addEqualityTesters([sameTemporal]);
