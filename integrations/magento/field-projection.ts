/** What `fields=` asks for: a name alone keeps the whole value, a name with brackets is projected further. */
export type Projection = ReadonlyMap<string, Projection | null>;

type Level = Map<string, Level | null>;

/** Reads "items[sku,parent_item[sku]],total_count". `null` on other characters or unbalanced brackets. */
export function parseProjection(text: string): Projection | null {
  if (!/^[\w[\],]+$/.test(text)) return null;
  const levels: Level[] = [new Map()];
  let name = '';
  for (const [token] of text.matchAll(/\w+|[[\],]/g)) {
    const level = levels.at(-1);
    if (level === undefined) return null;
    if (token === '[') {
      const inner: Level = new Map();
      level.set(name, inner);
      levels.push(inner);
    } else if (token === ']') {
      if (levels.length === 1) return null;
      levels.pop();
    } else if (token !== ',') {
      name = token;
      level.set(name, null);
    }
  }
  return levels.length === 1 ? (levels[0] ?? null) : null;
}

/**
 * A value as Magento projects it: of an object the names asked for, in the object's order; of a list each element.
 * An empty list comes out as null: that is how `items` of an empty page turns into null.
 */
export function project(value: unknown, projection: Projection): unknown {
  if (Array.isArray(value)) return value.length === 0 ? null : value.map((element) => project(element, projection));
  if (typeof value !== 'object' || value === null) return value;
  const kept = Object.entries(value).filter(([name]) => projection.has(name));
  return Object.fromEntries(
    kept.map(([name, inner]) => {
      const below = projection.get(name) ?? null;
      return [name, below === null || typeof inner !== 'object' || inner === null ? inner : project(inner, below)];
    }),
  );
}
