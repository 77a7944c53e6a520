import { type DocumentNode, Kind, visit } from 'graphql';
import { OPERATION_LIMITS, refusal } from './operation-limits.js';

/**
 * Throws INPUT_TOO_LARGE for a list, a string or a nesting over its bound, in the variables as sent or in the text of the query,
 * and BAD_USER_INPUT for a string with the character U+0000, which no text in the database can hold, or with half of a pair of surrogates, which would be
 * stored as another character.
 * Looks at values, not at types, so that no input type can be forgotten.
 */
export function refuseLargeInput(document: DocumentNode, variables: Readonly<Record<string, unknown>>): void {
  refuseLargeValue(variables, 0);
  visit(document, {
    [Kind.LIST](node) {
      refuseLongList(node.values.length);
    },
    [Kind.STRING](node) {
      refuseBadString(node.value);
    },
  });
}

function refuseLargeValue(value: unknown, depth: number): void {
  if (typeof value === 'string') refuseBadString(value);
  if (typeof value !== 'object' || value === null) return;
  if (depth > OPERATION_LIMITS.inputDepth) {
    throw refusal('INPUT_TOO_LARGE', `The variables nest deeper than ${OPERATION_LIMITS.inputDepth}.`, OPERATION_LIMITS.inputDepth);
  }
  if (Array.isArray(value)) refuseLongList(value.length);
  for (const item of Object.values(value)) refuseLargeValue(item, depth + 1);
}

function refuseLongList(length: number): void {
  const { inputListItems } = OPERATION_LIMITS;
  if (length > inputListItems)
    throw refusal('INPUT_TOO_LARGE', `A list of the input has more than ${inputListItems} items.`, inputListItems);
}

function refuseBadString(text: string): void {
  const { inputStringLength } = OPERATION_LIMITS;
  if (text.includes('\0')) throw refusal('BAD_USER_INPUT', 'A string of the input holds the character U+0000.');
  if (!text.isWellFormed()) throw refusal('BAD_USER_INPUT', 'A string of the input holds half of a pair of surrogates.');
  if (text.length > inputStringLength) {
    throw refusal('INPUT_TOO_LARGE', `A string of the input is longer than ${inputStringLength}.`, inputStringLength);
  }
}
