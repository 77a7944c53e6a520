/**
 * Facts as JSON that loses nothing: an instant becomes { "$instant": text }, a calendar day { "$day": text }, a big whole number { "$whole": text }.
 * Throws a TypeError on anything else that JSON does not know.
 */
export function factsToJson(value: unknown): unknown {
  if (value instanceof Temporal.Instant) return { $instant: value.toString() };
  if (value instanceof Temporal.PlainDate) return { $day: value.toString() };
  if (typeof value === 'bigint') return { $whole: value.toString() };
  if (Array.isArray(value)) return value.map(factsToJson);
  if (typeof value === 'object' && value !== null) {
    if (Object.getPrototypeOf(value) !== Object.prototype) throw new TypeError(`A ${value.constructor.name} is no fact.`);
    return Object.fromEntries(Object.entries(value).flatMap(([name, part]) => (part === undefined ? [] : [[name, factsToJson(part)]])));
  }
  if (typeof value === 'function' || typeof value === 'symbol' || value === undefined) throw new TypeError(`A ${typeof value} is no fact.`);
  return value;
}

/** What `factsToJson` made, as it was. */
export function factsFromJson(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(factsFromJson);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value);
  const [first] = entries;
  if (entries.length === 1 && first !== undefined && typeof first[1] === 'string') {
    if (first[0] === '$instant') return Temporal.Instant.from(first[1]);
    if (first[0] === '$day') return Temporal.PlainDate.from(first[1]);
    if (first[0] === '$whole') return BigInt(first[1]);
  }
  return Object.fromEntries(entries.map(([name, part]) => [name, factsFromJson(part)]));
}
