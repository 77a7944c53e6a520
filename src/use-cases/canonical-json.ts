/** JSON with the keys of every object in code-point order: equal values give equal texts, whatever order they were built in. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, part: unknown) => {
    if (typeof part === 'bigint') return part.toString();
    if (part === null || typeof part !== 'object' || Array.isArray(part)) return part;
    return Object.fromEntries(Object.entries(part).sort(([one], [other]) => (one < other ? -1 : 1)));
  });
}

/**
 * The same JSON value in characters that PostgreSQL can keep: NUL and halves of surrogate pairs, which shops do send, become U+FFFD.
 * `undefined` leaves no trace, as in JSON.
 */
export function storable<Value>(value: Value): Value {
  const clean = (text: string) => text.replaceAll('\0', '\uFFFD').toWellFormed();
  const copy = (part: unknown): unknown => {
    if (typeof part === 'string') return clean(part);
    if (part === null || typeof part !== 'object') return part;
    if (Array.isArray(part)) return part.map(copy);
    return Object.fromEntries(Object.entries(part).map(([key, inner]) => [clean(key), copy(inner)]));
  };
  return copy(value) as Value;
}
