/** A query as PHP reads it: names with brackets become nested maps. */
export type QueryValue = string | QueryMap;
export type QueryMap = ReadonlyMap<string, QueryValue>;

type Branch = Map<string, string | Branch>;

/** Levels of brackets that PHP follows; a deeper name is dropped. */
const MAX_NESTING = 64;

/**
 * Reads "a[b][0]=x&a[b][]=y" into nested maps. Empty brackets count on, a later value replaces an earlier one of the same name,
 * and brackets that are not closed belong to no name: the pair is dropped.
 */
export function phpQuery(parameters: URLSearchParams): QueryMap {
  const root: Branch = new Map();
  for (const [name, value] of parameters) {
    const [, head, brackets = ''] = /^([^[\]]+)((?:\[[^[\]]*\])*)$/.exec(name) ?? [];
    if (head === undefined) continue;
    const path = [head, ...[...brackets.matchAll(/\[([^[\]]*)\]/g)].map(([, key = '']) => key)];
    if (path.length <= MAX_NESTING) put(root, path, value);
  }
  return root;
}

function put(root: Branch, path: readonly string[], value: string): void {
  let branch = root;
  for (const [depth, part] of path.entries()) {
    const key = part === '' ? String(branch.size) : part;
    if (depth === path.length - 1) {
      branch.set(key, value);
      return;
    }
    const below = branch.get(key);
    const next: Branch = below instanceof Map ? below : new Map();
    branch.set(key, next);
    branch = next;
  }
}
