import { Agent, createServer, get, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { guardAgent, isPublicAddress } from '../../integrations/address-guard.js';
import { guardedClient } from '../../integrations/guarded-client.js';
import { StoreReadingFailed } from '../../integrations/store-platform.js';
import { parseJsonReply, type StoreReply } from '../../integrations/store-reply.js';

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

const MEGABYTE = 1_048_576;
const drips: NodeJS.Timeout[] = [];
const calls = new Map<string, number>();

/** Each path misbehaves in its own way. */
const answers: Record<string, Answer> = {
  '/fine': (request, response) => json(response, 200, JSON.stringify({ authorization: request.headers.authorization ?? null })),
  '/hang': () => undefined,
  '/drip': (_request, response) => {
    response.writeHead(200, { 'content-type': 'application/json' });
    drips.push(setInterval(() => response.write(' '), 20));
  },
  '/oversize': (_request, response) => json(response, 200, JSON.stringify('x'.repeat(2 * MEGABYTE))),
  '/bomb': (_request, response) => {
    response.writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'gzip' });
    response.end(gzipSync(Buffer.alloc(20 * MEGABYTE, ' ')));
  },
  '/truncated': (_request, response) => {
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': '1000' });
    response.write('{"items":');
    response.flushHeaders();
    setImmediate(() => response.destroy());
  },
  '/redirect': (_request, response) => {
    response.writeHead(302, { location: '/fine' }).end();
  },
  '/redirect-away': (_request, response) => {
    response.writeHead(301, { location: 'https://www.shop.example/redirect-away?token=s3cret' }).end();
  },
  '/wide': (_request, response) => json(response, 200, `[${'1,'.repeat(510_000)}1]`),
  '/escapes': (_request, response) => json(response, 200, JSON.stringify('\n'.repeat(500_000))),
  '/html': (_request, response) => {
    response.writeHead(200, { 'content-type': 'text/html; charset=UTF-8' }).end('<html>We will be back soon</html>');
  },
  '/broken': (_request, response) => json(response, 200, '{"items":['),
  '/deep': (_request, response) => json(response, 200, '['.repeat(65) + ']'.repeat(65)),
  '/deep-enough': (_request, response) => json(response, 200, '['.repeat(64) + ']'.repeat(64)),
  '/brackets-in-text': (_request, response) => json(response, 200, JSON.stringify(`\\"${'['.repeat(500)}`)),
  '/maintenance': (_request, response) => {
    response.writeHead(503, { 'content-type': 'text/html', 'retry-after': '120' }).end('<html></html>');
  },
  '/limited': (_request, response) => {
    response.writeHead(429, { 'content-type': 'application/json', 'retry-after': '600' }).end('{}');
  },
  '/in-a-moment': (_request, response) => {
    response.writeHead(503, { 'content-type': 'application/json', 'retry-after': '5' }).end('{}');
  },
  '/limited-once': (request, response) => {
    if (count(request) > 1) return json(response, 200, '"second try"');
    response.writeHead(429, { 'content-type': 'application/json', 'retry-after': '0' }).end('{}');
  },
  '/cut-twice': (request, response) => (count(request) > 2 ? json(response, 200, '"third try"') : request.socket.destroy()),
  '/signed': (request, response) => json(response, count(request) > 1 ? 200 : 502, JSON.stringify(request.headers.authorization)),
};

function json(response: ServerResponse, status: number, body: string): void {
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8' }).end(body);
}

function count(request: IncomingMessage): number {
  const path = request.url ?? '';
  const seen = (calls.get(path) ?? 0) + 1;
  calls.set(path, seen);
  return seen;
}

let server: Server;
let host: string;

beforeAll(async () => {
  server = createServer((request, response) => {
    const answer = answers[request.url ?? ''];
    if (answer === undefined) json(response, 404, '{}');
    else answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterAll(async () => {
  for (const drip of drips) clearInterval(drip);
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

const client = (totalTimeoutMs = 10_000) => guardedClient({ allowedHosts: [host], totalTimeoutMs, maxBytes: MEGABYTE });

async function failureOf(reading: Promise<unknown>): Promise<StoreReadingFailed> {
  const outcome = await reading.then(
    (value) => new Error(`expected a refusal, got ${JSON.stringify(value)}`),
    (error: unknown) => error,
  );
  if (!(outcome instanceof StoreReadingFailed)) throw outcome;
  return outcome;
}

const read = async (path: string, totalTimeoutMs?: number) =>
  parseJsonReply(await client(totalTimeoutMs).get(new URL(`http://${host}${path}`), { authorization: 'Bearer s3cret' }), host);

describe('exchanges with stores', () => {
  const reach = (path: string) => new URL(`http://${host}${path}`);

  const elsewhere = async (handle: Answer) => {
    const other = createServer(handle);
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const otherHost = `127.0.0.1:${(other.address() as AddressInfo).port}`;
    const close = () => {
      other.closeAllConnections();
      return new Promise((resolve) => other.close(resolve));
    };
    return { otherHost, close };
  };

  test('that hang with one host leave room for all others, and for no more with that host', async () => {
    const { otherHost, close } = await elsewhere((_request, response) => json(response, 200, '{}'));
    const rules = { allowedHosts: [host, otherHost], totalTimeoutMs: 400, maxBytes: MEGABYTE, maxAtOnce: 3, maxAtOnceWithHost: 2 };
    const few = guardedClient(rules);
    const hanging = Array.from({ length: 10 }, (_, index) =>
      index % 2 === 0 ? few.get(reach('/hang'), {}) : few.postForm(reach('/hang'), {}, new URLSearchParams()),
    ).map(failureOf);
    expect(await failureOf(few.get(reach('/fine'), {}))).toMatchObject({ code: 'BUSY', details: { host } });
    for (let asked = 0; asked < 20; asked += 1) expect((await few.get(new URL(`http://${otherHost}/`), {})).status).toBe(200);
    expect(few.circuit(new URL(`http://${otherHost}/`))).toEqual({ state: 'CLOSED', reopensAt: null });
    // The first few wait for their deadline; what waited for them is not sent, as the host is given up by then.
    const codes = (await Promise.all(hanging)).map(({ code }) => code);
    expect(codes.filter((code) => code === 'TIMED_OUT').length).toBeGreaterThanOrEqual(5);
    expect(codes.filter((code) => code === 'CIRCUIT_OPEN').length).toBeGreaterThanOrEqual(3);
    expect(few.circuit(reach('/fine')).state).toBe('OPEN');
    await close();
  });

  test('of two kinds of callers do not wait for one another, and both know what one of them was told', async () => {
    const { otherHost, close } = await elsewhere((_request, response) => {
      response.writeHead(429, { 'content-type': 'application/json', 'retry-after': '600' }).end('{}');
    });
    const jobs = guardedClient({ allowedHosts: [host, otherHost], totalTimeoutMs: 400, maxBytes: MEGABYTE, maxAtOnce: 1 });
    const door = jobs.aside(1);
    const hanging = [jobs.get(reach('/hang'), {}), jobs.get(reach('/hang'), {})].map(failureOf);
    expect(await failureOf(jobs.get(reach('/fine'), {}))).toMatchObject({ code: 'BUSY' });
    expect((await door.get(reach('/fine'), {})).status).toBe(200);
    await Promise.all(hanging);
    expect((await jobs.get(new URL(`http://${otherHost}/`), {})).status).toBe(429);
    expect(await failureOf(door.get(new URL(`http://${otherHost}/`), {}))).toMatchObject({ code: 'CIRCUIT_OPEN' });
    expect(door.circuit(new URL(`http://${otherHost}/`))).toEqual(jobs.circuit(new URL(`http://${otherHost}/`)));
    door.forgetPauses(new URL(`http://${otherHost}/`), Temporal.Now.instant());
    expect((await jobs.get(new URL(`http://${otherHost}/`), {})).status).toBe(429);
    await close();
  });

  test('of one owner are its own affair: neither a pause that its path asks for nor what hangs there keeps others from the host', async () => {
    const { otherHost, close } = await elsewhere((request, response) => {
      if (request.url === '/hang') return;
      const isBusy = request.url === '/429';
      response
        .writeHead(isBusy ? 429 : 200, { 'content-type': 'application/json', ...(isBusy ? { 'retry-after': '86400' } : {}) })
        .end('{}');
    });
    const at = (path: string) => new URL(`http://${otherHost}${path}`);
    const vendor = guardedClient({ allowedHosts: [otherHost], totalTimeoutMs: 300, maxBytes: MEGABYTE });
    const emilIsServed = async () => {
      expect([(await vendor.of('emil').get(at('/'), {})).status, (await vendor.get(at('/'), {})).status]).toEqual([200, 200]);
      expect([vendor.of('emil').circuit(at('/')).state, vendor.circuit(at('/')).state]).toEqual(['CLOSED', 'CLOSED']);
    };
    expect((await vendor.of('bob').get(at('/429'), {})).status).toBe(429);
    await emilIsServed();
    for (const bobs of [vendor.of('bob'), vendor.aside(1).of('bob')])
      expect(await failureOf(bobs.get(at('/'), {}))).toMatchObject({ code: 'CIRCUIT_OPEN', details: { retryAfterSeconds: 86_400 } });

    const hanging = Array.from({ length: 6 }, () => failureOf(vendor.of('carl').get(at('/hang'), {})));
    await emilIsServed();
    await Promise.all(hanging);
    expect(vendor.of('carl').circuit(at('/')).state).toBe('OPEN');
    await emilIsServed();
    await close();
  });

  test('of one owner take no more places than are its own, at however many hosts; some wait, and are sent when others end', async () => {
    let begun = 0;
    const ends: (() => void)[] = [];
    const hosts = await Promise.all(
      Array.from({ length: 4 }, () =>
        elsewhere((request, response) => {
          if (request.url !== '/slow') return json(response, 200, '{}');
          begun += 1;
          ends.push(() => json(response, 200, '{}'));
        }),
      ),
    );
    const rules = { allowedHosts: hosts.map(({ otherHost }) => otherHost), totalTimeoutMs: 5_000, maxBytes: MEGABYTE };
    const door = guardedClient(rules).aside(3, 2);
    const asked = (owner: string, path: string) =>
      hosts.map(({ otherHost }) =>
        door
          .of(owner)
          .get(new URL(`http://${otherHost}${path}`), {})
          .then(
            ({ status }) => status,
            ({ code }: StoreReadingFailed) => code,
          ),
      );
    const carls = [1, 2, 3].flatMap(() => asked('carl', '/slow'));
    expect(await Promise.all(asked('emil', '/'))).toEqual([200, 200, 200, 200]);
    expect(begun).toBe(2);
    const ending = setInterval(() => ends.shift()?.(), 5);
    const came = await Promise.all(carls);
    clearInterval(ending);
    expect([came.filter((one) => one === 200).length, came.filter((one) => one === 'BUSY').length, begun]).toEqual([10, 2, 10]);
    await Promise.all(hosts.map(({ close }) => close()));
  });

  test('end with what the host did, although it is given up meanwhile', async () => {
    let asked = 0;
    const { otherHost, close } = await elsewhere((_request, response) => {
      asked += 1;
      response.writeHead(503, { 'content-type': 'text/html' }).end('<html></html>');
    });
    const url = new URL(`http://${otherHost}/`);
    const patient = guardedClient({ allowedHosts: [otherHost], totalTimeoutMs: 5_000, maxBytes: MEGABYTE });
    expect([(await patient.get(url, {})).status, (await patient.get(url, {})).status]).toEqual([503, 503]);
    expect(await failureOf(patient.get(url, {}))).toMatchObject({ code: 'CIRCUIT_OPEN', details: { retryAfterSeconds: 30 } });
    expect(asked).toBe(5);
    await close();
  });

  test('are not begun before the moment that the host named, whoever was told; another host is asked', async () => {
    let asked = 0;
    const { otherHost, close } = await elsewhere((_request, response) => {
      asked += 1;
      response.writeHead(429, { 'content-type': 'application/json', 'retry-after': '600' }).end('{}');
    });
    const polite = guardedClient({ allowedHosts: [host, otherHost], totalTimeoutMs: 5_000, maxBytes: MEGABYTE });
    expect((await polite.get(new URL(`http://${otherHost}/orders`), {})).status).toBe(429);
    const refused = [
      polite.get(new URL(`http://${otherHost}/products`), {}),
      polite.postForm(new URL(`http://${otherHost}/token`), {}, new URLSearchParams()),
    ].map(failureOf);
    for (const failure of await Promise.all(refused))
      expect(failure).toMatchObject({ code: 'CIRCUIT_OPEN', details: { host: otherHost, retryAfterSeconds: 600 } });
    expect(asked).toBe(1);
    expect(polite.circuit(new URL(`http://${otherHost}/`)).state).toBe('OPEN');
    expect((await polite.get(reach('/fine'), {})).status).toBe(200);
    await close();
  });

  test.each([
    ['/hang', 'an answer is waited for'],
    ['/drip', 'an answer is coming in'],
    ['/in-a-moment', 'the next try is waited for'],
  ])('%s break off when the process stops, although %s; nothing begins afterwards', async (path) => {
    const stop = new AbortController();
    const stoppable = guardedClient({ allowedHosts: [host], totalTimeoutMs: 10_000, maxBytes: MEGABYTE, stopping: stop.signal });
    const begun = performance.now();
    const failure = failureOf(stoppable.get(reach(path), {}));
    setTimeout(() => stop.abort(), 200);
    expect(await failure).toMatchObject({ code: 'STOPPED', details: { host } });
    expect(performance.now() - begun).toBeLessThan(3_000);
    expect((await failureOf(stoppable.get(reach('/fine'), {}))).code).toBe('STOPPED');
  });
});

describe('a misbehaving store', () => {
  test.each([
    ['/hang', 'TIMED_OUT', /within 300 ms/, 'the deadline covers a store that never answers'],
    ['/drip', 'TIMED_OUT', /within 300 ms/, 'a byte now and then does not extend the deadline'],
    ['/oversize', 'TOO_LARGE', /1048576 bytes/, 'a body is bounded'],
    ['/bomb', 'TOO_LARGE', /1048576 bytes/, 'the bound counts inflated bytes'],
    ['/truncated', 'UNREACHABLE', /no answer could be had/, 'half an answer is none'],
    ['/redirect', 'UNEXPECTED_REPLY', /redirects \(302\) to another address: give the address/, 'credentials never follow a redirect'],
    ['/html', 'UNEXPECTED_REPLY', /answers HTML \(200\): maintenance page or a wrong path/, 'a page is not data, whatever its status'],
    ['/redirect-away', 'UNEXPECTED_REPLY', /redirects \(301\) to another address: give/, 'it is said where to, without what may be secret'],
    ['/wide', 'UNEXPECTED_REPLY', /more than 500000 values/, 'many small values take more memory than their text'],
    ['/broken', 'UNEXPECTED_REPLY', /broken JSON/, 'JSON must be whole'],
    ['/deep', 'UNEXPECTED_REPLY', /deeper than 64/, 'nesting is bounded before parsing'],
    ['/maintenance', 'UNAVAILABLE', /for the moment \(503\)/, 'maintenance is told apart from a wrong path'],
    ['/limited', 'RATE_LIMITED', /too many requests/, 'the store asks for patience'],
  ])('%s gives %s', async (path, code, message, _because) => {
    const failure = await failureOf(read(path, path === '/hang' || path === '/drip' ? 300 : undefined));
    expect(failure.code).toBe(code);
    expect(failure.message).toMatch(message);
    expect(failure.details.host).toBe(host);
    expect(JSON.stringify({ ...failure, message: failure.message, cause: failure.cause ?? null })).not.toContain('s3cret');
    expect(failure.message).not.toContain(path);
  });

  test.each([
    ['/limited', 600],
    ['/maintenance', 120],
  ])('%s tells how long to wait', async (path, retryAfterSeconds) => {
    expect((await failureOf(read(path))).details.retryAfterSeconds).toBe(retryAfterSeconds);
  });

  test.each([
    ['/fine', { authorization: 'Bearer s3cret' }, 'headers are sent'],
    ['/brackets-in-text', `\\"${'['.repeat(500)}`, 'brackets inside a string are no nesting'],
    ['/escapes', '\n'.repeat(500_000), 'a long text of escapes is a text'],
    ['/limited-once', 'second try', 'a short wait is sat out'],
    ['/cut-twice', 'third try', 'a lost connection is tried three times'],
  ])('%s is read', async (path, value, _because) => {
    expect(await read(path)).toEqual(value);
  });

  test('64 levels are still read', async () => {
    expect(JSON.stringify(await read('/deep-enough'))).toHaveLength(128);
  });

  test('each try asks for its headers anew, because a nonce must not be used twice', async () => {
    let nonce = 0;
    const reply = await client().get(new URL(`http://${host}/signed`), () => ({ authorization: `nonce ${++nonce}` }));
    expect(JSON.parse(reply.body)).toBe('nonce 2');
  });

  test('a connection that nobody answers is UNREACHABLE', async () => {
    const closed = createServer();
    await new Promise<void>((resolve) => closed.listen(0, '127.0.0.1', resolve));
    const dead = `127.0.0.1:${(closed.address() as AddressInfo).port}`;
    await new Promise((resolve) => closed.close(resolve));
    const failure = await failureOf(
      guardedClient({ allowedHosts: [dead], totalTimeoutMs: 5_000, maxBytes: 10 }).get(new URL(`http://${dead}/`), {}),
    );
    expect([failure.code, failure.message]).toEqual(['UNREACHABLE', `${dead}: no answer could be had (ECONNREFUSED)`]);
  });
});

describe('an address', () => {
  test.each([
    ['http://shop.example/', 'only https'],
    ['ftp://shop.example/', 'only https'],
    ['https://key@shop.example/', 'user info'],
    ['https://shop.example:8443/', 'a port the operator did not name'],
    ['https://127.0.0.1/', 'loopback'],
    ['https://2130706433/', 'loopback as one number'],
    ['https://0x7f.1/', 'loopback in hexadecimal'],
    ['https://0177.0.0.1/', 'loopback in octal'],
    ['https://localhost/', 'loopback by name'],
    ['https://10.1.2.3/', 'private'],
    ['https://169.254.169.254/', 'link-local'],
    ['https://[::1]/', 'loopback in IPv6'],
    ['https://[::]/', 'unspecified'],
    ['https://[::ffff:10.0.0.1]/', 'mapped'],
    ['https://[64:ff9b::a00:1]/', 'NAT64'],
    ['https://[2002:7f00:1::]/', '6to4'],
    ['https://[fd00::1]/', 'unique local'],
    ['https://[fe80::1]/', 'link-local in IPv6'],
  ])('%s is refused: %s', async (address, _because) => {
    const failure = await failureOf(guardedClient({ allowedHosts: [], totalTimeoutMs: 5_000, maxBytes: 10 }).get(new URL(address), {}));
    expect(failure.code).toBe('ADDRESS_REFUSED');
  });

  test.each([
    ['127.0.0.1', 'a host without a port does not open its other ports'],
    ['127.0.0.1:1', 'another port'],
    ['127.0.0.2', 'another host'],
    ['', 'nothing'],
  ])('allowing "%s" does not allow the test server: %s', async (entry, _because) => {
    const rules = { allowedHosts: [entry], totalTimeoutMs: 5_000, maxBytes: MEGABYTE };
    expect((await failureOf(guardedClient(rules).get(new URL(`http://${host}/fine`), {}))).code).toBe('ADDRESS_REFUSED');
  });

  test.each([
    ['8.8.8.8', true],
    ['100.63.255.255', true],
    ['100.64.0.0', false],
    ['172.15.255.255', true],
    ['172.31.255.255', false],
    ['192.168.0.1', false],
    ['198.19.0.1', false],
    ['224.0.0.1', false],
    ['255.255.255.255', false],
    ['0.0.0.0', false],
    ['2606:4700::1111', true],
    ['2001:db8::1', false],
    ['2001::1', false],
    ['ff02::1', false],
    ['::ffff:8.8.8.8', false],
    ['::8.8.8.8', false],
    ['fe80::1%eth0', false],
    ['2606:4700::1111%eth0', false],
    ['shop.example', false],
    ['', false],
  ])('%s is on the public internet: %s', (address, isPublic) => {
    expect(isPublicAddress(address)).toBe(isPublic);
  });
});

describe('a name', () => {
  const through = (addresses: readonly string[], hostname = 'shop.example') =>
    new Promise<string>((resolve) => {
      const agent = guardAgent(new Agent(), {
        lookup: (_name, _options, answer) =>
          answer(
            null,
            addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
          ),
      });
      const request = get({ agent, hostname, port: host.split(':')[1], path: '/fine', timeout: 2_000 }, () => resolve('answered'));
      request.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    });

  test.each([
    [['127.0.0.1'], 'shop.example', 'a public name may point inside'],
    [['8.8.8.8', '127.0.0.1'], 'shop.example', 'one bad record refuses the name'],
    [['127.0.0.1', '8.8.8.8'], 'shop.example', 'in either order'],
    [[], 'shop.example', 'no record is no address'],
    [['8.8.8.8'], '127.0.0.1', 'a literal address never asks the resolver'],
  ])('with records %j as %s is refused: %s', async (records, hostname, _because) => {
    expect(await through(records, hostname)).toBe('ADDRESS_REFUSED');
  });

  test('the open socket is checked too, because a resolver can answer twice', async () => {
    // The agent below lets the lookup pass and is led to loopback by its own connection.
    const agent = new Agent();
    const inner = agent.createConnection.bind(agent);
    agent.createConnection = (options, callback) => inner({ ...options, host: '127.0.0.1', lookup: undefined }, callback);
    const outcome = await new Promise<string>((resolve) => {
      const request = get({ agent: guardAgent(agent), hostname: 'shop.example', port: host.split(':')[1], path: '/fine' }, () =>
        resolve('answered'),
      );
      request.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    });
    expect(outcome).toBe('ADDRESS_REFUSED');
  });
});

describe('a reply', () => {
  const reply = (status: number, headers: Record<string, string>, body = '{}'): StoreReply => ({ status, headers, body });

  test.each([
    [reply(404, { 'content-type': 'application/json' }), {}, 'platforms explain their errors in JSON'],
    [reply(503, { 'content-type': 'application/json' }, '{"errors":[]}'), { errors: [] }, 'even with 503'],
    [reply(200, { 'content-type': 'application/problem+json; charset=utf-8' }), {}, 'a JSON subtype'],
  ])('%j is read: %s', (given, value, _because) => {
    expect(parseJsonReply(given, 'shop.example')).toEqual(value);
  });

  test.each([
    [
      { 'retry-after': 'Sun, 22 Nov 2026 10:01:30 GMT', date: 'Sun, 22 Nov 2026 10:00:00 GMT' },
      90,
      'a date is measured with the store clock',
    ],
    [{ 'retry-after': 'Sun, 22 Nov 2026 10:01:30 GMT' }, undefined, 'without the store clock a date says nothing'],
    [{ 'retry-after': 'soon' }, undefined, 'nonsense is no wait'],
  ])('waits %j: %s', (headers: Record<string, string>, seconds, _because) => {
    let failure: unknown = null;
    try {
      parseJsonReply(reply(429, { ...headers, 'content-type': 'text/plain' }), 'shop.example');
    } catch (error) {
      failure = error;
    }
    expect(failure).toBeInstanceOf(StoreReadingFailed);
    expect((failure as StoreReadingFailed).details.retryAfterSeconds).toBe(seconds);
  });
});
