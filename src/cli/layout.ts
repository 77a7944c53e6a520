import { styleText } from 'node:util';

export type Tone = 'HEADING' | 'GOOD' | 'BAD' | 'CAUTION' | 'QUIET';

/** Gives text a tone of voice: a colour, or nothing. */
export type Look = (tone: Tone, text: string) => string;

const FORMATS = { HEADING: 'bold', GOOD: 'green', BAD: 'red', CAUTION: 'yellow', QUIET: 'dim' } as const;

export function lookOf(colours: boolean): Look {
  return colours ? (tone, text) => styleText(FORMATS[tone], text, { validateStream: false }) : (_, text) => text;
}

/**
 * Text from outside without anything that could steer a terminal: line breaks and tabs become spaces, other control characters and
 * marks that turn the writing direction become U+FFFD.
 */
export function plain(text: string): string {
  return text.replace(/[\t\r\n]+/g, ' ').replace(/[\p{Cc}\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu, '\ufffd');
}

/** Rows under their headings, each column as wide as its widest cell; the last one runs free. Cells are made plain. */
export function table(look: Look, headings: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const [head = '', ...body] = aligned([headings, ...rows]);
  return [look('HEADING', head), ...body];
}

/** Columns without headings. Cells are made plain; an empty last column leaves no blanks. */
export function aligned(rows: readonly (readonly string[])[], indent = ''): string[] {
  const cells = rows.map((row) => row.map(plain));
  const widths = (cells[0] ?? []).map((_, column) => Math.max(...cells.map((row) => lengthOf(row[column] ?? ''))));
  return cells.map((row) => {
    const padded = row.map((cell, column) =>
      column === row.length - 1 ? cell : cell + ' '.repeat((widths[column] ?? 0) - lengthOf(cell)),
    );
    return `${indent}${padded.join('  ')}`.trimEnd();
  });
}

const lengthOf = (text: string): number => [...text].length;
