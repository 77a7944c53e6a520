import { request as httpRequest } from 'node:http';
import type { AddressInfo } from 'node:net';
import { connect, type Socket } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { stopGracefully } from '../../src/http/server.js';
import { SECRET_TEXT, type ShellUnderTest, shellUnderTest } from './shell-under-test.js';

let shell: ShellUnderTest;
beforeAll(async () => {
  shell = await shellUnderTest();
});
afterAll(() => shell.server.close());

const post = (body: object, headers: Record<string, string> = {}, under = shell) =>
  under.server.inject({ method: 'POST', url: '/graphql', payload: body, headers });
const ask = (query: string, headers: Record<string, string> = {}, under = shell) => post({ query }, headers, under);
const errorsOf = (response: { json(): { errors: { message: string; extensions: Record<string, unknown> }[] } }) => response.json().errors;

describe('who is asking', () => {
  test.each([
    { authorization: undefined, kind: 'ANONYMOUS', because: 'nothing was presented' },
    { authorization: 'Bearer staff-token', kind: 'STAFF', because: 'the token says so' },
    { authorization: 'bearer partner-token', kind: 'PARTNER', because: 'the scheme has no case' },
  ])('is $kind because $because', async ({ authorization, kind }) => {
    const response = await ask('{ whoAmI }', authorization === undefined ? {} : { authorization });
    expect(response.statusCode).toBe(200);
    expect(response.json()).toEqual({ data: { whoAmI: kind } });
  });

  test.each([
    { authorization: 'Bearer forged-token', because: 'nobody knows the token' },
    { authorization: 'Bearer', because: 'the token is missing' },
    { authorization: 'Basic c3RhZmY6dG9rZW4=', because: 'the scheme is another' },
    { authorization: 'Bearer staff-token extra', because: 'there is too much' },
    { authorization: '', because: 'an empty header is no credential' },
  ])('is refused before the GraphQL is read because $because', async ({ authorization }) => {
    shell.resolverCalls();
    const response = await shell.server.inject({
      method: 'POST',
      url: '/graphql',
      payload: JSON.stringify({ query: '{ not graphql' }),
      headers: { authorization, 'content-type': 'application/json' },
    });
    expect(response.statusCode).toBe(401);
    expect(response.headers['www-authenticate']).toBe('Bearer error="invalid_token"');
    expect(errorsOf(response)).toEqual([
      { message: 'The credential is not valid.', extensions: { code: 'UNAUTHENTICATED', requestId: response.headers['x-request-id'] } },
    ]);
    expect(shell.resolverCalls()).toBe(0);
  });
});

describe('introspection', () => {
  const query = '{ __schema { types { name } } }';
  test('is for staff, and in development for everybody', async () => {
    expect((await ask(query, { authorization: 'Bearer staff-token' })).json().data.__schema.types.length).toBeGreaterThan(5);
    const partner = await ask(query, { authorization: 'Bearer partner-token' });
    expect(partner.statusCode).toBe(403);
    expect(errorsOf(partner).map((error) => error.extensions.code)).toEqual(['INTROSPECTION_REFUSED']);

    const development = await shellUnderTest({ config: { logLevel: 'silent', development: true, trustProxy: false } });
    expect((await ask(query, {}, development)).statusCode).toBe(200);
    await development.server.close();
  });

  test('is refused to a stranger although staff asked the same text before', async () => {
    const same = '{ __type(name: "Box") { name } }';
    expect((await ask(same, { authorization: 'Bearer staff-token' })).statusCode).toBe(200);
    expect((await ask(same)).statusCode).toBe(403);
    expect((await ask(same, { authorization: 'Bearer staff-token' })).statusCode).toBe(200);
  });

  test('gives the names around a mistake to staff, and hides them from strangers', async () => {
    const mistake = '{ box { hinge } }';
    expect(errorsOf(await ask(mistake, { authorization: 'Bearer staff-token' }))[0]?.message).toBe(
      'Cannot query field "hinge" on type "Box".',
    );
    expect(errorsOf(await ask(mistake))[0]?.message).toBe('Cannot query field "hinge" on type "…".');
  });
});

describe('request ids', () => {
  test.each([
    { given: 'client-id_1.2', kept: true, because: 'it is well formed' },
    { given: 'short', kept: false, because: 'it has fewer than eight characters' },
    { given: 'x'.repeat(65), kept: false, because: 'it has more than 64 characters' },
    { given: 'with blank and "quotes"', kept: false, because: 'it would garble a log line' },
  ])('kept is $kept because $because', async ({ given, kept }) => {
    const response = await ask('{ whoAmI }', { 'x-request-id': given });
    const id = response.headers['x-request-id'];
    expect(id === given).toBe(kept);
    expect(id).toMatch(/^[A-Za-z0-9._-]{8,64}$/);
  });
});

describe('errors of resolvers', () => {
  test.each([
    { how: 'bug', status: 500, code: 'INTERNAL_SERVER_ERROR', message: 'Internal server error.', because: 'a bug is masked' },
    {
      how: 'pretender',
      status: 500,
      code: 'INTERNAL_SERVER_ERROR',
      message: 'Internal server error.',
      because: 'a driver does not choose the code',
    },
    {
      how: 'unknown-code',
      status: 500,
      code: 'INTERNAL_SERVER_ERROR',
      message: 'Internal server error.',
      because: 'the code is not on the list',
    },
    { how: 'forbidden', status: 403, code: 'FORBIDDEN', message: 'Not for you.', because: 'the code is ours' },
    {
      how: 'outage',
      status: 503,
      code: 'SERVICE_UNAVAILABLE',
      message: 'The service is unavailable for the moment. Try again.',
      because: 'the database is gone',
    },
  ])('$how is told as $status $code because $because', async ({ how, status, code, message }) => {
    const partial = await ask(`{ broken(how: "${how}") }`);
    const total = await ask(`{ shattered(how: "${how}") }`);
    // A nullable field leaves data, and the answer is an answer; a field that must not be null leaves none, and the answer is a failure.
    expect([partial.statusCode, total.statusCode]).toEqual([200, status]);
    for (const [path, response] of Object.entries({ broken: partial, shattered: total })) {
      const [error, ...others] = errorsOf(response);
      expect(others).toEqual([]);
      expect(error).toMatchObject({ message, path: [path] });
      expect(error?.extensions).toEqual({ code, requestId: response.headers['x-request-id'] });
      expect(response.body).not.toContain('email');
    }
  });

  test.each([
    { error: Object.assign(new Error(SECRET_TEXT), { code: 'ECONNREFUSED' }), status: 503, code: 'SERVICE_UNAVAILABLE' },
    { error: new Error(SECRET_TEXT), status: 500, code: 'INTERNAL_SERVER_ERROR' },
  ])('a context that cannot be made is $status, masked', async ({ error, status, code }) => {
    const broken = await shellUnderTest({ makeContext: () => Promise.reject(error) });
    const response = await ask('{ whoAmI }', {}, broken);
    expect(response.statusCode).toBe(status);
    expect(errorsOf(response).map((told) => told.extensions.code)).toEqual([code]);
    expect(response.body + broken.logText()).not.toContain('email');
    await broken.server.close();
  });

  test.each([
    { error: Object.assign(new Error(SECRET_TEXT), { code: 'ECONNREFUSED' }), status: 503 },
    { error: Object.assign(new Error(SECRET_TEXT), { code: '42P01' }), status: 500 },
  ])('an authentication that throws is $status, masked, and logged without its message', async ({ error, status }) => {
    const broken = await shellUnderTest({ authenticate: () => Promise.reject(error) });
    const response = await ask('{ whoAmI }', {}, broken);
    expect(response.statusCode).toBe(status);
    expect(response.body + broken.logText()).not.toContain('email');
    expect(broken.logLines().find((line) => line.msg === 'request failed')?.err).toMatchObject({ type: 'Error', code: error.code });
    await broken.server.close();
  });
});

describe('other paths and methods', () => {
  test.each([
    { method: 'GET', url: '/', status: 404, code: 'NOT_FOUND', allow: undefined, because: 'there is no page' },
    { method: 'GET', url: '/graphql/', status: 404, code: 'NOT_FOUND', allow: undefined, because: 'a slash makes another path' },
    { method: 'PUT', url: '/graphql', status: 405, code: 'METHOD_NOT_ALLOWED', allow: 'GET, POST', because: 'GraphQL is asked' },
    {
      method: 'DELETE',
      url: '/graphql?query={whoAmI}',
      status: 405,
      code: 'METHOD_NOT_ALLOWED',
      allow: 'GET, POST',
      because: 'GraphQL is asked',
    },
    { method: 'POST', url: '/healthz', status: 405, code: 'METHOD_NOT_ALLOWED', allow: 'GET, HEAD', because: 'health is read' },
    { method: 'GET', url: '/%', status: 400, code: 'BAD_REQUEST', allow: undefined, because: 'the URL is malformed' },
  ] as const)('$method $url is $status because $because', async ({ method, url, status, code, allow }) => {
    const response = await shell.server.inject({ method, url });
    expect(response.statusCode).toBe(status);
    expect(response.headers.allow).toBe(allow);
    expect(response.headers['content-type']).toBe('application/json; charset=utf-8');
    expect(errorsOf(response).map((error) => error.extensions.code)).toEqual([code]);
  });

  test('a door added later has its own methods, parameters included', async () => {
    const under = await shellUnderTest();
    under.server.get('/p/:name.json', async () => ({}));
    expect((await under.server.inject({ method: 'GET', url: '/p/a.json' })).statusCode).toBe(200);
    const response = await under.server.inject({ method: 'PATCH', url: '/p/a.json?token=secret' });
    expect([response.statusCode, response.headers.allow]).toEqual([405, 'GET, HEAD']);
    expect(under.logText()).not.toContain('secret');
    await under.server.close();
  });

  test('every answer forbids being a page, cached or sniffed', async () => {
    for (const url of ['/healthz', '/nowhere', '/graphql']) {
      const { headers } = await shell.server.inject({ method: 'GET', url });
      expect(headers).toMatchObject({
        'cache-control': 'no-store',
        'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
        'referrer-policy': 'no-referrer',
        'x-content-type-options': 'nosniff',
        'x-frame-options': 'DENY',
      });
      expect(headers['x-powered-by']).toBeUndefined();
    }
  });
});

describe('health', () => {
  const probe = async (readiness: () => Record<string, Promise<boolean>>) => {
    const under = await shellUnderTest({ readiness });
    const [health, ready] = await Promise.all(['/healthz', '/readyz'].map((url) => under.server.inject({ method: 'GET', url })));
    await under.server.close();
    return { health: health?.statusCode, ready: ready?.statusCode, body: ready?.json() };
  };
  const never = () => new Promise<boolean>(() => undefined);

  test.each([
    { database: () => Promise.resolve(true), ready: 200, body: { status: 'ready' }, because: 'all parts work' },
    { database: () => Promise.resolve(false), ready: 503, body: { status: 'not ready', failing: ['database'] }, because: 'it says no' },
    {
      database: () => Promise.reject(new Error(SECRET_TEXT)),
      ready: 503,
      body: { status: 'not ready', failing: ['database'] },
      because: 'it threw',
    },
    { database: never, ready: 503, body: { status: 'not ready', failing: ['database'] }, because: 'it never answers' },
  ])('the process is up, and readiness is $ready because $because', async ({ database, ready, body }) => {
    await expect(probe(() => ({ database: database(), migrations: Promise.resolve(true) }))).resolves.toEqual({ health: 200, ready, body });
  });
});

describe('over a real connection', () => {
  let port: number;
  beforeAll(async () => {
    await shell.server.listen({ host: '127.0.0.1', port: 0 });
    port = (shell.server.server.address() as AddressInfo).port;
  });

  const raw = (text: string) =>
    new Promise<string>((resolve, reject) => {
      const socket: Socket = connect(port, '127.0.0.1', () => socket.end(text));
      let answer = '';
      socket.on('data', (chunk) => {
        answer += chunk;
      });
      socket.on('close', () => resolve(answer));
      socket.on('error', reject);
    });

  const send = (body: Buffer, headers: Record<string, string>) =>
    new Promise<{ status: number; body: string }>((resolve, reject) => {
      const outgoing = httpRequest({ port, host: '127.0.0.1', method: 'POST', path: '/graphql', headers }, (incoming) => {
        let text = '';
        incoming.on('data', (chunk) => {
          text += chunk;
        });
        incoming.on('end', () => resolve({ status: incoming.statusCode ?? 0, body: text }));
      });
      outgoing.on('error', reject);
      outgoing.end(body);
    });

  test('a compressed body is refused unread, small or a bomb', async () => {
    for (const body of [gzipSync('{"query":"{ whoAmI }"}'), gzipSync(Buffer.alloc(20_000_000, 0x20))]) {
      const response = await send(body, { 'content-type': 'application/json', 'content-encoding': 'gzip' });
      expect(response.status).toBe(415);
      expect(JSON.parse(response.body).errors[0].extensions.code).toBe('UNSUPPORTED_CONTENT_ENCODING');
    }
  });

  test('who does not send a request to its end is cut off in time', async () => {
    const impatient = await shellUnderTest({ requestTimeoutMs: 300 });
    const address = new URL(await impatient.server.listen({ host: '127.0.0.1', port: 0 }));
    const socket = connect(Number(address.port), '127.0.0.1');
    const answer = new Promise<string>((resolve) => {
      let text = '';
      socket.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk;
      });
      socket.on('close', () => resolve(text));
    });
    const begun = performance.now();
    socket.write('POST /graphql HTTP/1.1\r\nHost: a.example\r\nContent-Type: application/json\r\nContent-Length: 200\r\n\r\n{');
    expect(await answer).toMatch(/^HTTP\/1\.1 408 /);
    expect(performance.now() - begun).toBeLessThan(5_000);
    await impatient.server.close();
  });

  test('a body without announced length is bounded while it arrives', async () => {
    const body = Buffer.from(JSON.stringify({ query: '{ whoAmI }', padding: 'x'.repeat(100_000) }));
    const response = await send(body, { 'content-type': 'application/json', 'transfer-encoding': 'chunked' });
    expect(response.status).toBe(413);
    expect(JSON.parse(response.body).errors[0].extensions.code).toBe('BODY_TOO_LARGE');
  });

  test.each(['a b', 'exa<mple', '[::1', 'host%'])('the host %j is a bad request, not a fault of ours', async (host) => {
    const answer = await raw(
      `GET /graphql?query=%7B__typename%7D HTTP/1.1\r\nHost: ${host}\r\napollo-require-preflight: 1\r\nConnection: close\r\n\r\n`,
    );
    expect(answer).toMatch(/^HTTP\/1\.1 400 /);
  });

  test('a request without any host, as HTTP/1.0 allows, is no fault of ours either', async () => {
    expect(await raw('GET /graphql HTTP/1.0\r\n\r\n')).toMatch(/^HTTP\/1\.1 400 /);
  });
});

describe('stopping', () => {
  test('says not ready first, finishes what runs, and closes', async () => {
    const { promise: started, resolve: start } = Promise.withResolvers<void>();
    const { promise: released, resolve: release } = Promise.withResolvers<void>();
    const under = await shellUnderTest();
    under.server.get('/slow', async () => {
      start();
      await released;
      return { finished: true };
    });
    const address = await under.server.listen({ host: '127.0.0.1', port: 0 });
    const slow = fetch(`${address}/slow`);
    await started;
    const stopped = stopGracefully(under.server, { graceMs: 10_000, leadMs: 200 });
    const ready = await fetch(`${address}/readyz`);
    expect([ready.status, await ready.json()]).toEqual([503, { status: 'not ready', failing: ['stopping'] }]);
    expect((await fetch(`${address}/healthz`)).status).toBe(200);
    release();
    await expect((await slow).json()).resolves.toEqual({ finished: true });
    await stopped;
    await expect(fetch(`${address}/healthz`)).rejects.toThrow();
  });

  test('cuts off what does not finish within the grace', async () => {
    const { promise: started, resolve: start } = Promise.withResolvers<void>();
    const under = await shellUnderTest();
    under.server.get('/stuck', () => {
      start();
      return new Promise(() => undefined);
    });
    const address = await under.server.listen({ host: '127.0.0.1', port: 0 });
    const stuck = fetch(`${address}/stuck`).then(
      () => 'answered',
      () => 'cut off',
    );
    await started;
    await stopGracefully(under.server, { graceMs: 300, leadMs: 0 });
    await expect(stuck).resolves.toBe('cut off');
  });
});
