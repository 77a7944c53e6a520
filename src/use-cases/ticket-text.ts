import { storable } from './canonical-json.js';
import { Refusal, userError } from './outcome.js';

/** The most characters of a line: a subject, the name of a fact. */
export const LINE_LENGTH = 200;
/** The most characters of what is written at length: a description, a reason, a question. */
export const TEXT_LENGTH = 10_000;

/** A text that must be there, without the blanks around it and in characters that can be kept; a Refusal at `path` where it is blank or too long. */
export function requiredText(text: string, most: number, ...path: readonly string[]): string {
  const kept = storable(text).trim();
  if (kept === '') throw new Refusal([userError('REQUIRED', 'This is needed, in words.', ...path)]);
  if (kept.length > most) throw new Refusal([userError('INVALID', `At most ${most} characters, please.`, ...path)]);
  return kept;
}

/** The same for one that may be left out: null where it is, or where it is blank. */
export function optionalText(text: string | null, most: number, ...path: readonly string[]): string | null {
  return text === null || text.trim() === '' ? null : requiredText(text, most, ...path);
}
