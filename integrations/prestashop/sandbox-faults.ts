/** An answer of the webservice that is an error: PrestaShop's own codes, and the status it sends them with. */
export class WebserviceError extends Error {
  constructor(
    readonly status: number,
    readonly errors: readonly { readonly code: number; readonly message: string }[],
  ) {
    super(errors[0]?.message ?? '');
  }
}

export function refused(status: number, code: number, message: string): WebserviceError {
  return new WebserviceError(status, [{ code, message }]);
}

/**
 * A mistake in filter, display, sort or limit: PrestaShop goes on after noting it and trips over itself, so that four PHP warnings
 * join the error and the 400 becomes a 500.
 */
export function malformedQuestion(code: number, message: string, documentRoot: string): WebserviceError {
  const warnings = [1299, 1300, 1301, 1302].map((line) => ({
    code: 3,
    message: `[PHP Warning #2] Trying to access array offset on value of type bool (${documentRoot}/classes/webservice/WebserviceRequest.php, line ${line})`,
  }));
  return new WebserviceError(500, [{ code, message }, ...warnings]);
}

/** "Did you mean": the word with the fewest edits, the last of equals, as PrestaShop picks it. */
export function closest(word: string, words: readonly string[]): string {
  let best = '';
  let fewest = Number.POSITIVE_INFINITY;
  for (const candidate of words) {
    const edits = editDistance(word, candidate);
    if (edits <= fewest) [best, fewest] = [candidate, edits];
  }
  return best;
}

function editDistance(one: string, other: string): number {
  let row = Array.from({ length: other.length + 1 }, (_, index) => index);
  for (const [index, letter] of [...one].entries()) {
    const next = [index + 1];
    for (const [column, otherLetter] of [...other].entries()) {
      const replace = (row[column] ?? 0) + (letter === otherLetter ? 0 : 1);
      next.push(Math.min(replace, (row[column + 1] ?? 0) + 1, (next[column] ?? 0) + 1));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}

export function quotedList(words: readonly string[]): string {
  return words.map((word) => `"${word}"`).join(', ');
}
