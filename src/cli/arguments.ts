import { InvalidArgumentError } from 'commander';
import { fromGlobalId, type NodeName } from '../use-cases/global-id.js';

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Reads an instant with its offset, "2026-02-28T22:59:59Z". Throws a usage error. */
export function instantArgument(text: string): Temporal.Instant {
  try {
    return Temporal.Instant.from(text);
  } catch {
    throw new InvalidArgumentError('Give an instant with its offset, such as 2026-02-28T22:59:59Z.');
  }
}

/** Reads a calendar day, "2026-02-28". Throws a usage error. */
export function dayArgument(text: string): Temporal.PlainDate {
  const day = dayFrom(text);
  if (day === null) throw new InvalidArgumentError('Give a calendar day, such as 2026-02-28.');
  return day;
}

/** Reads a calendar day or an instant. Throws a usage error. */
export function dayOrInstantArgument(text: string): Temporal.PlainDate | Temporal.Instant {
  try {
    return dayFrom(text) ?? Temporal.Instant.from(text);
  } catch {
    throw new InvalidArgumentError('Give a calendar day such as 2026-02-28, or an instant such as 2026-02-28T22:59:59Z.');
  }
}

function dayFrom(text: string): Temporal.PlainDate | null {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return null;
  try {
    return Temporal.PlainDate.from(text);
  } catch {
    return null;
  }
}

/** Reads one of a list whatever its letters' size, with "-" or "_" between words: "store-intervention" is STORE_INTERVENTION. Throws a usage error. */
export function choiceArgument<T extends string>(values: readonly T[]): (text: string) => T {
  return (text) => {
    const found = values.find((value) => normalised(value) === normalised(text));
    if (found === undefined) throw new InvalidArgumentError(`Give one of ${spelled(values).join(', ')}.`);
    return found;
  };
}

/** The same for an option that may be given several times. */
export function choicesArgument<T extends string>(values: readonly T[]): (text: string, before: readonly T[]) => readonly T[] {
  const choice = choiceArgument(values);
  return (text, before) => [...new Set([...before, choice(text)])];
}

/** Values as the command line spells them: "store-intervention". */
export const spelled = (values: readonly string[]): string[] => values.map((value) => value.toLowerCase().replaceAll('_', '-'));

const normalised = (text: string): string => text.toUpperCase().replaceAll('-', '_');

/** The UUID behind a global id of this type ("pur_01j…") or behind a UUID itself; null for anything else. */
export const uuidFrom = (text: string, type: NodeName): string | null => (UUID.test(text) ? text.toLowerCase() : fromGlobalId(type, text));
