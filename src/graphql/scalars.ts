import { GraphQLError, GraphQLScalarType, Kind, type ValueNode, valueFromASTUntyped } from 'graphql';

function textScalar<T>(
  name: string,
  description: string,
  example: string,
  parse: (text: string) => T | null,
  print: (value: T) => string,
): GraphQLScalarType<T, string> {
  const parsed = (value: unknown): T => {
    const result = typeof value === 'string' ? parse(value) : null;
    if (result === null) throw new GraphQLError(`${name} is a string written like ${example}`);
    return result;
  };
  return new GraphQLScalarType<T, string>({
    name,
    description,
    serialize: (value) => print(value as T),
    parseValue: parsed,
    parseLiteral: (node: ValueNode) => parsed(node.kind === Kind.STRING ? node.value : null),
  });
}

const attempt = <T>(make: () => T): T | null => {
  try {
    return make();
  } catch {
    return null;
  }
};

const DAY = /^\d{4}-\d{2}-\d{2}$/;
const INSTANT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:\d{2})$/i;
const DECIMAL = /^-?\d{1,15}(\.\d{1,6})?$/;

/**
 * The instant that a text names, with its zone; null for any other text, and outside the years 1 to 9999, which is what the database can hold.
 * The database keeps microseconds: what is finer would come back as another instant.
 */
export function instantOf(text: string): Temporal.Instant | null {
  if (!INSTANT.test(text)) return null;
  const instant = attempt(() => Temporal.Instant.from(text.toUpperCase()).round({ smallestUnit: 'microsecond', roundingMode: 'floor' }));
  const year = instant?.toZonedDateTimeISO('UTC').year ?? 0;
  return year >= 1 && year <= 9999 ? instant : null;
}

/** Years that an input may name. Within them a term that is added to the last day is still a day with four digits of year. */
const YEARS = { first: 1970, last: 9000 } as const;
const YEARS_IN_WORDS = `Years ${YEARS.first} to ${YEARS.last} are taken.`;
const isTaken = (year: number): boolean => year >= YEARS.first && year <= YEARS.last;

function dayAskedFor(text: string): Temporal.PlainDate | null {
  const day = DAY.test(text) ? attempt(() => Temporal.PlainDate.from(text)) : null;
  return day !== null && isTaken(day.year) ? day : null;
}

function instantAskedFor(text: string): Temporal.Instant | null {
  const instant = instantOf(text);
  return instant !== null && isTaken(instant.toZonedDateTimeISO('UTC').year) ? instant : null;
}

export const DateScalar = textScalar(
  'Date',
  `A calendar day, as 2026-02-28. ${YEARS_IN_WORDS}`,
  `2026-02-28. ${YEARS_IN_WORDS}`,
  dayAskedFor,
  (day: Temporal.PlainDate) => day.toString(),
);

export const DateTimeScalar = textScalar(
  'DateTime',
  `An instant, as RFC 3339 in UTC: 2026-02-28T23:00:00Z. An input may carry another offset; a zone must be there. ${YEARS_IN_WORDS}`,
  `2026-02-28T23:00:00Z. ${YEARS_IN_WORDS}`,
  instantAskedFor,
  (instant: Temporal.Instant) => instant.toString(),
);

export const DecimalScalar = textScalar(
  'Decimal',
  'An exact decimal number in a string: "149.00".',
  '149.00.',
  (text) => (DECIMAL.test(text) ? text : null),
  (text: string) => text,
);

export const ReleaseManifestDocumentScalar = new GraphQLScalarType<unknown, unknown>({
  name: 'ReleaseManifestDocument',
  description: 'A manifest of a release as a JSON object, in the shape of schema/release-manifest.schema.json.',
  specifiedByURL: 'https://json-schema.org/draft-07/schema',
  parseValue: (value) => value,
  parseLiteral: (node, variables) => valueFromASTUntyped(node, variables),
  serialize: (value) => value,
});

export const PolicyDocumentScalar = new GraphQLScalarType<unknown, unknown>({
  name: 'PolicyDocument',
  description: 'A support policy as a JSON object, in the shape of schema/support-policy.schema.json.',
  specifiedByURL: 'https://json-schema.org/draft-07/schema',
  parseValue: (value) => value,
  parseLiteral: (node, variables) => valueFromASTUntyped(node, variables),
  serialize: (value) => value,
});
