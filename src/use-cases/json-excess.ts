const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const OPEN_LIST = 0x5b;
const CLOSE_LIST = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;

export interface JsonBounds {
  /** How deep lists and objects may nest. */
  readonly depth: number;
  /** How many values there may be, in all. */
  readonly values: number;
}

/**
 * By what JSON in UTF-8 exceeds bounds, in words; null where it keeps them. Brackets and commas outside of strings are counted before a parser builds anything: a few
 * kilobytes, compressed, are millions of lists. Whether it is JSON at all is for the parser to say.
 */
export function excessOf(json: Uint8Array, { depth: deepest, values: most }: JsonBounds): string | null {
  let depth = 0;
  let values = 0;
  for (let at = 0; at < json.length; at += 1) {
    const byte = json[at];
    if (byte === QUOTE) at = endOfString(json, at);
    else if (byte === COMMA) values += 1;
    else if (byte === OPEN_LIST || byte === OPEN_OBJECT) [depth, values] = [depth + 1, values + 1];
    else if (byte === CLOSE_LIST || byte === CLOSE_OBJECT) depth -= 1;
    if (depth > deepest) return `nests deeper than ${deepest} levels`;
    if (values > most) return `holds more than ${most} values`;
  }
  return null;
}

/** The place of the quote that ends the string begun at `start`, or the end of the text. */
function endOfString(json: Uint8Array, start: number): number {
  let at = start + 1;
  while (at < json.length && json[at] !== QUOTE) at += json[at] === BACKSLASH ? 2 : 1;
  return at;
}
