import { setTimeout as pause } from 'node:timers/promises';
import type { Database } from '../../src/persistence/database.js';
import { createAccessToken } from '../../src/use-cases/access-token.js';
import { PEPPER, startProcess } from '../jobs/process-under-test.js';
import { asVendor, OPENING_DAY } from '../support/vendor.js';

/** What a command answered. */
export interface Answer {
  readonly userErrors: readonly { readonly code: string }[];
  readonly reasons: readonly { readonly code: string }[];
  readonly [selected: string]: unknown;
}

/** A mutation by its name, and what is selected of its payload beside errors and reasons. */
export interface Command {
  readonly name: string;
  readonly input: object;
  readonly select?: string;
}

const ALWAYS = 'userErrors { code } reasons { code }';
/** Far longer than every queue of commands that a test makes: on a slow machine they wait, and are not given up. */
const STATEMENT_TIMEOUT_MS = '120000';

/** Some servers that do no jobs, each a process of its own, on one database; commands go round them. */
export async function gatewaysUnderTest(database: Database & { readonly url: string }, count: number) {
  const start = () => startProcess('serve', database.url, { WORKER: 'off', TENURE_STATEMENT_TIMEOUT_MS: STATEMENT_TIMEOUT_MS });
  const running = await Promise.all(Array.from({ length: count }, start));
  let asked = 0;

  const tokenOf = async (customerId: string | null): Promise<string> => {
    const kind = customerId === null ? 'STAFF' : 'CUSTOMER';
    const rest = { label: 'under test', scopes: [], customerId, storeId: null, expiresAt: null };
    return (await asVendor(database, (em) => createAccessToken(em, { kind, ...rest }, PEPPER, OPENING_DAY))).text;
  };
  /** Sends a command until it is answered: where a server has no connection to spare, again after a while, under the same key. */
  const command = async (token: string, { name, input, select = '' }: Command): Promise<Answer> => {
    const type = `${name.charAt(0).toUpperCase()}${name.slice(1)}Input!`;
    const query = `mutation ($input: ${type}) { it: ${name}(input: $input) { ${select} ${ALWAYS} } }`;
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
    for (;;) {
      asked += 1;
      const server = running[asked % count];
      if (server === undefined) throw new RangeError('There is at least one server.');
      const reply = await fetch(`${server.url}/graphql`, {
        method: 'POST',
        headers,
        body: JSON.stringify({ query, variables: { input } }),
      });
      const text = await reply.text();
      const { data, errors } = JSON.parse(text);
      if (reply.status === 200 && errors === undefined) return data.it;
      if (reply.status !== 503) throw new Error(`${name}: ${text}`);
      await pause(50);
    }
  };
  const stop = () => Promise.all(running.map((server) => server.end('SIGTERM')));
  return { command, tokenOf, stop };
}
export type GatewaysUnderTest = Awaited<ReturnType<typeof gatewaysUnderTest>>;

/** So many clients at once, each taking the next of what is to be done, until all is done; results in the order of what was done. */
export async function byClients<Item, Result>(
  clients: number,
  items: readonly Item[],
  work: (item: Item) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = [];
  let next = 0;
  const client = async () => {
    for (let index = next++; index < items.length; index = next++) {
      const item = items[index];
      if (item !== undefined) results[index] = await work(item);
    }
  };
  await Promise.all(Array.from({ length: clients }, client));
  return results;
}
