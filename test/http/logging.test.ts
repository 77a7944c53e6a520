import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { loggedError } from '../../src/http/request-log.js';
import { SECRET_TEXT, type ShellUnderTest, shellUnderTest } from './shell-under-test.js';

let shell: ShellUnderTest;
beforeAll(async () => {
  shell = await shellUnderTest();
});
afterAll(() => shell.server.close());

const REQUEST_KEYS = ['actorKind', 'durationMs', 'level', 'method', 'msg', 'operationName', 'requestId', 'route', 'status', 'time'];

describe('the line of a request', () => {
  test('has exactly the allowed keys', async () => {
    const before = shell.logLines().length;
    await shell.server.inject({
      method: 'POST',
      url: '/graphql',
      payload: { query: 'query WhoIsIt { whoAmI }' },
      headers: { authorization: 'Bearer staff-token', 'x-request-id': 'known-request-id' },
    });
    const lines = shell.logLines().slice(before);
    expect(lines).toHaveLength(1);
    expect(Object.keys(lines[0] ?? {}).sort()).toEqual(REQUEST_KEYS);
    expect(lines[0]).toMatchObject({
      msg: 'request',
      method: 'POST',
      route: '/graphql',
      status: 200,
      requestId: 'known-request-id',
      actorKind: 'STAFF',
      operationName: 'WhoIsIt',
    });
  });

  test('names the route, not the path that was asked for, and nobody who was refused', async () => {
    const before = shell.logLines().length;
    await shell.server.inject({ method: 'GET', url: '/secret-path?token=secret-in-query' });
    await shell.server.inject({ method: 'POST', url: '/graphql', payload: {}, headers: { authorization: 'Bearer forged-token' } });
    const lines = shell.logLines().slice(before);
    expect(lines.map(({ route, status, actorKind }) => ({ route, status, actorKind }))).toEqual([
      { route: 'unmatched', status: 404, actorKind: undefined },
      { route: '/graphql', status: 401, actorKind: undefined },
    ]);
  });

  test('shortens a long operation name', async () => {
    await shell.server.inject({ method: 'POST', url: '/graphql', payload: { query: `query ${'N'.repeat(5_000)} { whoAmI }` } });
    expect(shell.logLines().at(-1)?.operationName).toBe('N'.repeat(64));
  });

  test('is of level debug for probes', async () => {
    await shell.server.inject({ method: 'GET', url: '/healthz' });
    expect(shell.logLines().at(-1)).toMatchObject({ level: 20, route: '/healthz' });
  });
});

test('nothing that a client sent, and nothing that a driver said, reaches the log', async () => {
  const under = await shellUnderTest({ config: { logLevel: 'trace', development: false, trustProxy: false } });
  const inject = (payload: object | string, headers: Record<string, string> = {}, url = '/graphql?note=canary-query-string') =>
    under.server.inject({ method: 'POST', url, payload, headers: { 'content-type': 'application/json', ...headers } });
  await inject(
    { query: 'query Search($how: String!) { broken(how: $how) }', variables: { how: 'canary-variable' } },
    {
      authorization: 'Bearer staff-token',
      cookie: 'session=canary-cookie',
      'x-forwarded-for': 'canary-forwarded',
      'user-agent': 'canary-agent',
    },
  );
  await inject({ query: '{ canaryField(a: "canary-literal") }' }, { authorization: 'Bearer canary-token' });
  await inject({ query: '{ canaryField(a: "canary-literal") }' });
  await inject('{ "canary-broken-json"');
  await inject({ query: 'query($w: Wish!) { seek(wish: $w) { id } }', variables: { w: { colour: 'canary-enum' } } });
  await inject({ query: '{ whoAmI }' }, {}, '/canary-path/%');
  await inject({ query: '{ whoAmI }', padding: 'canary-padding'.repeat(10_000) });
  await under.server.close();

  const text = under.logText();
  expect(under.logLines().filter((line) => line.msg === 'request')).toHaveLength(6);
  expect(under.logLines().filter((line) => line.msg === 'resolver failed')).toHaveLength(1);
  expect(text).not.toMatch(/canary/i);
  expect(text).not.toContain('staff-token');
  expect(text).not.toContain(SECRET_TEXT);
  expect(text).not.toContain('email');
});

describe('a masked error', () => {
  test('is logged under the id that the client was told, with the place in our source', async () => {
    const response = await shell.server.inject({ method: 'POST', url: '/graphql', payload: { query: '{ broken(how: "bug") }' } });
    const line = shell.logLines().find(({ msg, requestId }) => msg === 'resolver failed' && requestId === response.headers['x-request-id']);
    expect(line).toMatchObject({ level: 50, path: 'broken', err: { type: 'Error', code: '23505', message: 'withheld' } });
    expect(JSON.stringify(line)).toContain('shell-under-test');
  });

  test.each([
    { log: (error: Error) => shell.server.log.error(error), because: 'an error alone would lend its message' },
    { log: (error: Error) => shell.server.log.error({ err: error }), because: 'an error under its key would, too' },
    { log: (error: Error) => shell.server.log.warn({ err: error }, error.message), because: 'a library may repeat the message' },
  ])('keeps its message out of the log: $because', ({ log }) => {
    log(new TypeError(SECRET_TEXT));
    expect(shell.logLines().at(-1)).toMatchObject({ msg: 'failed', err: { type: 'TypeError', message: 'withheld' } });
    expect(shell.logText()).not.toContain('email');
  });

  test('has no line of its message among the places, even when the message looks like one', () => {
    const error = new Error('first\n    at secret (secret value)\n    second secret');
    expect(loggedError(error).stack).not.toContain('secret');
    expect(loggedError(error).stack).toMatch(/^ {4}at /);
    expect(loggedError('a thrown secret')).toEqual({ type: 'string', message: 'withheld', stack: '' });
  });
});
