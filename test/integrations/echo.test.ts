import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { withoutEcho } from '../../integrations/echo.js';
import { guardedClient } from '../../integrations/guarded-client.js';
import { redirectTarget } from '../../integrations/store-reply.js';

const KEY = 'ABCDEFGH12345678';
const BASIC = `Basic ${Buffer.from(`${KEY}:`).toString('base64')}`;
const TOKEN = 'aB3/x+y7==tail';
const OAUTH = `OAuth oauth_consumer_key="consumer-1", oauth_nonce="n", oauth_signature="c2ln%2FbmF0dXJl%3D", oauth_token="token-no-1", oauth_version="1.0"`;

describe('what a store repeats of the credentials', () => {
  test.each([
    [BASIC, KEY, '(credentials)', 'the key in clear'],
    [BASIC, BASIC, 'Basic (credentials)', 'the header as it was sent'],
    [BASIC, `${KEY}:`, '(credentials)', 'name and password'],
    [BASIC, KEY.toLowerCase(), '(credentials)', 'in lower case, as content types and hosts are'],
    [`Bearer ${TOKEN}`, `no: ${TOKEN}, ${TOKEN}`, 'no: (credentials), (credentials)', 'each time'],
    [`Bearer ${TOKEN}`, 'aB3\\/x+y7==tail', '(credentials)', 'as PHP writes a slash in JSON'],
    [`Bearer ${TOKEN}`, encodeURIComponent(TOKEN), '(credentials)', 'as it stands in an address'],
    [OAUTH, OAUTH, 'OAuth (credentials)', 'a signed header'],
    [OAUTH, JSON.stringify(OAUTH), '"OAuth (credentials)"', 'a signed header within JSON'],
    [OAUTH, 'consumer-1 token-no-1 c2ln/bmF0dXJl= 1.0', '(credentials) (credentials) (credentials) 1.0', 'its parts, decoded'],
    ['Bearer short', 'short', 'short', 'too short to be told from other text'],
    [`Bearer ${TOKEN}`, 'something else', 'something else', 'nothing of it'],
    ['Bearer (.*)+$^[]{}|?', 'x(.*)+$^[]{}|?x', 'x(credentials)x', 'signs that mean something in a pattern'],
  ])('sent %s, answered %s: read as %s (%s)', (authorization, answered, read) => {
    const reply = { status: 200, headers: { 'x-debug': answered }, body: answered };
    expect(withoutEcho(reply, { headers: { Authorization: authorization } })).toEqual({
      status: 200,
      headers: { 'x-debug': read },
      body: read,
    });
  });

  test('a form carries some, too', () => {
    const data = new URLSearchParams({ grant_type: 'client_credentials', client_id: 'reader-of-modules', client_secret: KEY });
    const reply = { status: 200, headers: {}, body: `client_credentials reader-of-modules ${KEY}` };
    expect(withoutEcho(reply, { headers: {}, data }).body).toBe('client_credentials (credentials) (credentials)');
  });
});

describe('over HTTP', () => {
  const server = createServer((request, response) => {
    const sent = request.headers.authorization ?? '';
    response.writeHead(401, { 'content-type': 'application/json', 'x-sent': sent }).end(JSON.stringify({ sent }));
  });
  beforeAll(() => new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve)));
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });

  test('a header that is made for each try is known, too', async () => {
    const url = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
    const client = guardedClient({ allowedHosts: [url.host], totalTimeoutMs: 5_000, maxBytes: 10_000 });
    const reply = await client.get(url, () => ({ authorization: `Bearer ${TOKEN}` }));
    expect([reply.headers['x-sent'], reply.body]).toEqual(['Bearer (credentials)', '{"sent":"Bearer (credentials)"}']);
  });
});

describe('where a redirect leads is said', () => {
  test.each([
    ['shop.example', 'https://www.shop.example/rest?key=k', 'https://www.shop.example', 'the usual other spelling'],
    ['www.shop.example', 'https://shop.example/', 'https://shop.example', 'the other way round'],
    ['shop.example', 'http://shop.example/', 'http://shop.example', 'another scheme'],
    ['de.shop.example', 'https://shop.example/de', 'https://shop.example', 'a domain above it'],
    ['shop.example:8443', 'https://shop.example:8443/de/', 'https://shop.example:8443', 'its own port'],
    ['shop.example:8443', 'https://shop.example/', 'https://shop.example', 'the standard port'],
    ['shop.example', 'https://shop.example:31337/', 'another address', 'a port may spell something'],
    ['shop.example', 'https://canary.shop.example/', 'another address', 'a name below it is the store’s own word'],
    ['shop.example', 'https://example/', 'another address', 'nobody’s address'],
    ['shop.example', 'https://evilshop.example/', 'another address', 'another name that ends alike'],
    ['10.1.2.3', 'https://2.3/', 'another address', 'numbers have no domain above them'],
    ['shop.example', 'https://elsewhere.example/', 'another address', 'another host'],
    ['shop.example', 'javascript:alert(1)', 'another address', 'no address of a shop'],
    ['shop.example', '/login', 'another address', 'a path may carry anything'],
    ['shop.example', '', 'another address', 'nowhere'],
  ])('asked %s, sent to "%s": %s (%s)', (host, location, where) => {
    expect(redirectTarget({ status: 302, headers: { location }, body: '' }, host)).toBe(where);
  });
});
