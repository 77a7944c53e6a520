const PLAIN_NUMBER = /^-?\d+(\.\d+)?$/;
/** What spreadsheets take for the beginning of a formula. */
const FORMULA = /^[=+\-@\t\r\n]/;

/**
 * A table as RFC 4180 has it: lines end with CRLF, and a cell that needs it is quoted. A text that a spreadsheet would run as a formula gets an apostrophe before
 * it, which spreadsheets do not show; numbers, also negative ones, stay numbers.
 */
export function csvOf(rows: readonly (readonly string[])[]): string {
  return rows.map((row) => `${row.map(cellOf).join(',')}\r\n`).join('');
}

function cellOf(text: string): string {
  const harmless = FORMULA.test(text) && !PLAIN_NUMBER.test(text) ? `'${text}` : text;
  return /[",\r\n]|^\s|\s$/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}
