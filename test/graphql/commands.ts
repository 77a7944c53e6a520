import { expect } from '@jest/globals';
import { type Asker, type GatewayUnderTest, rowPrints } from './gateway-under-test.js';

export interface Command {
  readonly userErrors: readonly { readonly code: string; readonly path: readonly string[] }[];
  // biome-ignore lint/suspicious/noExplicitAny: payloads are walked by the tests that know their shape.
  readonly [field: string]: any;
}

/** Sends a command and gives its payload: `fields` beside the user errors. */
export async function command(
  under: GatewayUnderTest,
  name: string,
  fields: string,
  input: object,
  asker: Asker = 'staff',
): Promise<Command> {
  const title = `${name.charAt(0).toUpperCase()}${name.slice(1)}`;
  const query = `mutation ($input: ${title}Input!) { it: ${name}(input: $input) { ${fields} userErrors { code path message } } }`;
  return (await under.data(asker, query, { input })).it;
}

/** Code and place of each mistake. */
export const mistakes = ({ userErrors }: Pick<Command, 'userErrors'>) => userErrors.map(({ code, path }) => [code, path.join('.')]);

/** The mistakes of a command that must be corrected; nothing may have been written, and nothing else be in the payload. */
export async function refusal(under: GatewayUnderTest, name: string, fields: string, input: object): Promise<string[][]> {
  const before = await rowPrints(under.gateway);
  const { userErrors, ...rest } = await command(under, name, fields, input);
  expect(await rowPrints(under.gateway)).toEqual(before);
  expect(Object.values(rest).filter((value) => value !== null)).toEqual([]);
  return mistakes({ userErrors });
}
