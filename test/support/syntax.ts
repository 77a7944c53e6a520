import { parseSync } from '@swc/core';

/** A file of the project: its path from the root, with "/", and its text. */
export interface SourceFile {
  readonly path: string;
  readonly text: string;
}

export interface SyntaxNode {
  readonly type: string;
  readonly [field: string]: unknown;
}

export interface Place {
  readonly node: SyntaxNode;
  /** The nodes around it, the nearest first. */
  readonly around: readonly SyntaxNode[];
  /** From 1. */
  line(): number;
}

export const isCode = (path: string): boolean => /\.[cm]?[jt]sx?$/.test(path);

/** Every node of a file's syntax tree, outer ones first. Throws on a text that does not parse. */
export function placesOf({ path, text }: SourceFile): Place[] {
  const bytes = Buffer.from(text);
  const places: Place[] = [];
  const walk = (value: unknown, around: readonly SyntaxNode[]): void => {
    if (!isRecord(value)) return;
    if (isNode(value)) places.push({ node: value, around, line: () => lineOf(bytes, value) });
    const inside = isNode(value) ? [value, ...around] : around;
    for (const part of Object.values(value)) walk(part, inside);
  };
  walk(parseSync(text, { syntax: 'typescript', decorators: true, tsx: path.endsWith('x'), target: 'esnext' }).body, []);
  return places;
}

/** The node in a field of a node, when it is one of that type. */
export function childOf(node: SyntaxNode, field: string, type: string): SyntaxNode | null {
  const child = node[field];
  return isRecord(child) && isNode(child) && child.type === type ? child : null;
}

/** The text of a string literal in a field; null for anything else, also for a text that is put together. */
export const textIn = (node: SyntaxNode, field: string): string | null => wordOf(childOf(node, field, 'StringLiteral'));

/** The name of an identifier in a field; null for anything else. */
export const nameIn = (node: SyntaxNode, field: string): string | null => wordOf(childOf(node, field, 'Identifier'));

const wordOf = (node: SyntaxNode | null): string | null => (typeof node?.value === 'string' ? node.value : null);

/** The property that `object.property` or `object['property']` names. */
export function propertyOf(member: SyntaxNode): string | null {
  const computed = childOf(member, 'property', 'Computed');
  return computed === null ? nameIn(member, 'property') : textIn(computed, 'expression');
}

export const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> => typeof value === 'object' && value !== null;
const isNode = (value: Readonly<Record<string, unknown>>): value is SyntaxNode => typeof value.type === 'string';

/** Offsets count the bytes of the text from 1. */
function lineOf(bytes: Buffer, node: SyntaxNode): number {
  const start = isRecord(node.span) && typeof node.span.start === 'number' ? node.span.start : 1;
  return bytes
    .subarray(0, start - 1)
    .toString()
    .split('\n').length;
}
