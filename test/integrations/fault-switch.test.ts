import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { type Fault, type FaultSwitch, faultSwitch } from '../../integrations/sandbox/fault-switch.js';

let shop: Server;
let faults: FaultSwitch;
let url: string;
let port: number;

beforeEach(async () => {
  faults = faultSwitch();
  shop = createServer(async (request, response) => {
    const body = request.url === '/money' ? '{"order_currency_code":"EUR","base_currency_code":"EUR","iso_code": "USD"}' : '{"ok":true}';
    if (!(await faults.intercept(request, response))) response.writeHead(200, { 'Content-Type': 'application/json' }).end(body);
  });
  shop.listen(0, '127.0.0.1');
  await once(shop, 'listening');
  port = (shop.address() as AddressInfo).port;
  url = `http://127.0.0.1:${port}`;
});

afterEach(async () => {
  const closed = once(shop, 'close');
  shop.close();
  shop.closeAllConnections();
  await closed;
});

describe('faults that answer', () => {
  const faultTable: [Fault, number, string | null, string][] = [
    [{ kind: 'TOO_MANY_REQUESTS', retryAfterSeconds: 7 }, 429, 'text/plain', 'a rate limit names its pause'],
    [{ kind: 'SERVER_ERROR' }, 500, null, 'a crashed PHP process says nothing'],
    [{ kind: 'HTML' }, 200, 'text/html; charset=utf-8', 'a shop page can stand where data was asked for'],
    [{ kind: 'MAINTENANCE' }, 503, 'text/html; charset=utf-8', 'maintenance is a page'],
  ];
  test.each(faultTable)('%j gives %i %s because %s', async (fault, status, contentType) => {
    faults.set(fault);
    const reply = await fetch(`${url}/api/orders`);
    expect(reply.status).toBe(status);
    expect(reply.headers.get('content-type')).toBe(contentType);
    expect(reply.headers.get('retry-after')).toBe(fault.kind === 'TOO_MANY_REQUESTS' ? '7' : null);
    await reply.text();
  });

  test('DEEP_JSON nests as deep as told', async () => {
    faults.set({ kind: 'DEEP_JSON', levels: 5 });
    expect(await (await fetch(url)).json()).toEqual([[[[[]]]]]);
  });

  test.each([301, 302, 303, 307, 308] as const)('REDIRECT leads away with %i', async (status) => {
    faults.set({ kind: 'REDIRECT', status, location: 'https://elsewhere.example/' });
    const reply = await fetch(url, { redirect: 'manual' });
    expect([reply.status, reply.headers.get('location')]).toEqual([status, 'https://elsewhere.example/']);
  });

  test('CHANGED_CURRENCY lets the shop answer, in another currency', async () => {
    faults.set({ kind: 'CHANGED_CURRENCY', currencyCode: 'GBP', times: 1 });
    expect(await (await fetch(`${url}/money`)).json()).toEqual({ order_currency_code: 'GBP', base_currency_code: 'EUR', iso_code: 'GBP' });
    expect(await (await fetch(`${url}/money`)).json()).toEqual({ order_currency_code: 'EUR', base_currency_code: 'EUR', iso_code: 'USD' });
  });

  test('without a fault the shop answers itself', async () => {
    expect(await (await fetch(url)).json()).toEqual({ ok: true });
  });
});

describe('how long and where', () => {
  test('times counts down and then lets through', async () => {
    faults.set({ kind: 'SERVER_ERROR', times: 2 });
    const seen: number[] = [];
    for (let asked = 0; asked < 3; asked += 1) seen.push((await fetch(url)).status);
    expect(seen).toEqual([500, 500, 200]);
    expect(faults.current).toBeNull();
  });

  test('pathContains looks at the decoded path and leaves others alone, and they do not count', async () => {
    faults.set({ kind: 'SERVER_ERROR', times: 1, pathContains: 'filter[id]' });
    expect((await fetch(`${url}/api/orders`)).status).toBe(200);
    expect((await fetch(`${url}/api/orders?filter%5Bid%5D=1`)).status).toBe(500);
  });

  test('a fault that cannot be meant is refused', () => {
    expect(() => faults.set({ kind: 'HANG', times: 0 })).toThrow();
    expect(faults.current).toBeNull();
  });
});

describe('faults that do not end', () => {
  test('HANG answers nothing, and closing the shop frees the caller', async () => {
    faults.set({ kind: 'HANG' });
    const asked = fetch(url).then(
      () => 'answered',
      () => 'cut off',
    );
    await once(shop, 'request');
    shop.closeAllConnections();
    expect(await asked).toBe('cut off');
  });

  test('DRIP sends white space until the caller leaves', async () => {
    faults.set({ kind: 'DRIP', everyMs: 1 });
    const reply = await fetch(url);
    const reader = reply.body?.getReader();
    let bytes = '';
    while (bytes.length < 5) bytes += new TextDecoder().decode((await reader?.read())?.value);
    expect(bytes.trim()).toBe('');
    await reader?.cancel();
  });

  test('TRUNCATED promises more than it sends', async () => {
    faults.set({ kind: 'TRUNCATED' });
    const socket = connect(port, '127.0.0.1');
    socket.write('GET / HTTP/1.1\r\nHost: shop\r\n\r\n');
    let raw = '';
    for await (const chunk of socket) raw += chunk;
    expect(raw).toMatch(/content-length: 4096/i);
    expect(raw.endsWith('{"orders":[')).toBe(true);
  });

  test.each([
    [false, 'the size itself'],
    [true, 'a small body that inflates'],
  ])('OVERSIZED, gzip %p, inflates to its megabytes: %s', async (gzip) => {
    faults.set({ kind: 'OVERSIZED', megabytes: 2, gzip });
    const body = await (await fetch(url)).text();
    expect(body.length).toBe(2 * 1024 * 1024 + 2);
  });

  test('OVERSIZED survives a caller who hangs up', async () => {
    faults.set({ kind: 'OVERSIZED', megabytes: 64, times: 1 });
    const reply = await fetch(url);
    await reply.body?.cancel();
    expect((await fetch(url)).status).toBe(200);
  });
});

describe('over HTTP', () => {
  const put = (body: string) => fetch(`${url}/sandbox/fault`, { method: 'PUT', body });

  test('a person can set, see and take back a fault', async () => {
    expect((await put('{"kind":"MAINTENANCE"}')).status).toBe(200);
    expect((await fetch(url)).status).toBe(503);
    expect(await (await fetch(`${url}/sandbox/fault`)).json()).toMatchObject({ kind: 'MAINTENANCE' });
    await fetch(`${url}/sandbox/fault`, { method: 'DELETE' });
    expect((await fetch(url)).status).toBe(200);
  });

  test.each([
    ['{"kind":"FIRE"}', 15, 'there is no such fault'],
    ['not json', 8, 'it is not JSON'],
    ['{"kind":"HTML","time":1}', 24, 'a misspelt field would silently mean something else'],
    ['{"kind":"HTML"}', 20_000, 'it is longer than any fault'],
  ])('refuses %j in %i characters because %s', async (body, length) => {
    expect((await put(body.padEnd(length))).status).toBe(400);
    expect(faults.current).toBeNull();
  });
});
