import type { ModulesReading, UnknownFact } from './store-platform.js';

/** Modules of one store, at most: as many as a report may name. The largest of real ones have about a thousand. */
export const MOST_MODULES = 2_000;
const LONGEST_NAME = 200;
const LONGEST_VERSION = 100;

type ModuleTold = ModulesReading['modules'][number];

/**
 * A store's list of its modules, by the bounds of a report: a name that no module has (empty, longer than 200 characters, with control characters or halves of
 * characters) is left out and a version like that is not known, and the reading says of how many.
 */
export function modulesReading(told: readonly ModuleTold[], unknown: readonly UnknownFact[]): ModulesReading {
  const named = told.filter(({ code }) => isLine(code, LONGEST_NAME));
  const modules = named.map((module) => ({ ...module, version: isVersion(module.version) ? module.version : null }));
  const unnamed = told.length - named.length;
  const unversioned = named.filter(({ version }) => version !== null && !isVersion(version)).length;
  const left: UnknownFact[] = [];
  if (unnamed > 0) left.push({ fact: 'modules', because: `${unnamed} of the names are none that a module has, and were left out` });
  if (unversioned > 0) left.push({ fact: 'modules.version', because: `${unversioned} of the versions are none that a module has` });
  return { modules, available: true, unknown: [...unknown, ...left] };
}

const isVersion = (version: string | null): boolean => version !== null && isLine(version, LONGEST_VERSION);

function isLine(text: string, longest: number): boolean {
  return text !== '' && text.length <= longest && !/\p{C}/u.test(text);
}
