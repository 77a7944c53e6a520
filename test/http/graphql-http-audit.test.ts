import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { serverAudits } from 'graphql-http';
import { type ShellUnderTest, shellUnderTest } from './shell-under-test.js';

/** Apollo answers 400 where these three would have 200 for a client that accepts application/json: a refusal is to look like one. */
const DELIBERATE = ['572B', '7B9B', 'FDE2'];

let shell: ShellUnderTest;
let address: string;
beforeAll(async () => {
  shell = await shellUnderTest();
  address = await shell.server.listen({ host: '127.0.0.1', port: 0 });
});
afterAll(() => shell.server.close());

test('GraphQL over HTTP is spoken as specified, but for three audits', async () => {
  const audits = serverAudits({
    url: `${address}/graphql`,
    fetchFn: (url: string, init: RequestInit = {}) =>
      fetch(url, {
        ...init,
        headers: { ...init.headers, authorization: 'Bearer staff-token', 'apollo-require-preflight': '1' },
      }),
  });
  const results = await Promise.all(audits.map((audit) => audit.fn()));
  expect(results.length).toBeGreaterThanOrEqual(60);
  const failed = results.filter((result) => result.status !== 'ok');
  expect(failed.map((result) => result.id).sort()).toEqual(DELIBERATE);
});
