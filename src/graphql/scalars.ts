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
    if (result === null) throw new GraphQLError(`${name} is written like "${example}".`);
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

function dayOf(text: string): Temporal.PlainDate | null {
  const day = DAY.test(text) ? attempt(() => Temporal.PlainDate.from(text)) : null;
  return day !== null && day.year >= 1 ? day : null;
}

export const DateScalar = textScalar('Date', 'A calendar day, as 2026-02-28.', '2026-02-28', dayOf, (day: Temporal.PlainDate) =>
  day.toString(),
);

export const DateTimeScalar = textScalar(
  'DateTime',
  'An instant, as RFC 3339 in UTC: 2026-02-28T23:00:00Z. An input may carry another offset; a zone must be there.',
  '2026-02-28T23:00:00Z',
  instantOf,
  (instant: Temporal.Instant) => instant.toString(),
);

export const DecimalScalar = textScalar(
  'Decimal',
  'An exact decimal number in a string: "149.00".',
  '149.00',
  (text) => (DECIMAL.test(text) ? text : null),
  (text: string) => text,
);

export const PolicyDocumentScalar = new GraphQLScalarType<unknown, unknown>({
  name: 'PolicyDocument',
  description: 'A support policy as a JSON object, in the shape of schema/support-policy.schema.json.',
  specifiedByURL: 'https://json-schema.org/draft-07/schema',
  parseValue: (value) => value,
  parseLiteral: (node, variables) => valueFromASTUntyped(node, variables),
  serialize: (value) => value,
});
