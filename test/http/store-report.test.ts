import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { InstalledCode } from '../../src/persistence/installed-code.js';
import { mintAccessToken } from '../../src/use-cases/access-token-format.js';
import { toGlobalId } from '../../src/use-cases/global-id.js';
import { command, mistakes } from '../graphql/commands.js';
import { type Asker, type GatewayUnderTest, gatewayUnderTest, rowPrints } from '../graphql/gateway-under-test.js';
import { PLUGIN, pairInput, reportDocument, reportInput, signed, storePlugin } from '../support/store-plugin.js';
import { asVendor, instant } from '../support/vendor.js';

const NOW = '2026-03-10T10:00:00Z';
const MAX_BYTES = 5_000_000;
/** Long reports of one store are so far apart at least. */
const PAUSE = { minutes: 5 };

let under: GatewayUnderTest;
let now = instant(NOW);
beforeAll(async () => {
  under = await gatewayUnderTest();
});
// What a store reports it may report now, whatever it has reported before.
beforeEach(() => {
  now = now.add(PAUSE);
  under.at(now.toString());
});
afterAll(() => under.close());

const adas = () => ({ id: under.vendor.ada.stores[0] ?? '', url: 'https://ada.example' });

interface Sending {
  readonly asker?: Asker;
  readonly headers?: Record<string, string>;
  readonly method?: 'POST' | 'GET';
}

function send(body: Buffer | string, signature: string | null, { asker = 'adaStore', headers = {}, method = 'POST' }: Sending = {}) {
  const credential = asker === 'anonymous' ? {} : { authorization: `Bearer ${under.tokens[asker]}` };
  const signedBy = signature === null ? {} : { 'tenure-signature': signature };
  const sent = { 'content-type': 'application/json', ...credential, ...signedBy, ...headers };
  return under.server.inject({ method, url: '/v1/store-report', headers: sent, ...(method === 'GET' ? {} : { body }) });
}

const files = (count: number) =>
  Array.from({ length: count }, (_, index) => ({
    path: `src/File${index}.php`,
    size: index,
    sha256: index.toString(16).padStart(64, '0'),
  }));
const addon = (count: number) => ({
  ...{
    code: 'acme/module-filter',
    version: '1.1.0',
    installedVersion: '1.1.0',
    path: 'vendor/acme/module-filter',
    enabled: true,
    touches: [],
  },
  files: files(count),
});
const codeOf = (response: Awaited<ReturnType<typeof send>>) => response.json().errors?.[0]?.extensions.code;

describe('a report by REST', () => {
  test.each([
    ['as it is', {}, (body: Uint8Array) => Buffer.from(body)],
    ['compressed', { 'content-encoding': 'gzip' }, (body: Uint8Array) => gzipSync(body)],
  ] as const)('of thousands of files is taken in %s, with the signature over what was signed', async (_, headers, wrap) => {
    const { document, signature } = signed(PLUGIN, reportDocument(adas(), now, { platformVersion: '2.4.7-p4', addons: [addon(9_000)] }));
    expect(document.length).toBeGreaterThan(100_000);
    const response = await send(wrap(document), signature, { headers });
    expect([response.statusCode, response.json()]).toEqual([200, { readAt: now.toString(), platformVersion: '2.4.7-p4' }]);
    expect(response.headers['cache-control']).toBe('no-store');
    const code = await asVendor(under.gateway.database, (em) =>
      em.find(InstalledCode, { store: under.vendor.ada.stores[0] ?? '' }, { orderBy: { id: 'desc' }, limit: 1 }),
    );
    expect(code[0]?.files).toHaveLength(9_000);
  });

  test('and by GraphQL is the same report', async () => {
    const { document, signature } = signed(PLUGIN, reportDocument(adas(), now, { addons: [addon(1)] }));
    expect((await send(Buffer.from(document), signature)).statusCode).toBe(200);
    const before = await rowPrints(under.gateway);
    const input = { document: Buffer.from(document).toString(), signature };
    const query = 'mutation ($input: StoreReportInput!) { storeReport(input: $input) { storeReading { tool } userErrors { code } } }';
    expect((await under.data('adaStore', query, { input })).storeReport).toEqual({
      storeReading: { tool: 'acme-tenure 1.0.0' },
      userErrors: [],
    });
    expect(await rowPrints(under.gateway)).toEqual(before);
  });

  test('that comes too soon is told when it is taken', async () => {
    const [first, second] = [signed(PLUGIN, reportDocument(adas(), now)), signed(PLUGIN, reportDocument(adas(), now))];
    expect((await send(Buffer.from(first.document), first.signature)).statusCode).toBe(200);
    const before = await rowPrints(under.gateway);
    const response = await send(Buffer.from(second.document), second.signature);
    expect([response.statusCode, codeOf(response)]).toEqual([409, 'NOT_AVAILABLE']);
    expect(response.json().errors[0].message).toContain(`taken from ${now.add({ minutes: 1 })} on`);
    const input = { document: Buffer.from(second.document).toString(), signature: second.signature };
    expect(mistakes(await command(under, 'storeReport', '', input, 'adaStore'))).toEqual([['NOT_AVAILABLE', 'input.document']]);
    expect(await rowPrints(under.gateway)).toEqual(before);
  });

  test('with mistakes is answered with each of them and where it stands', async () => {
    const { document, signature } = signed(PLUGIN, { ...reportDocument(adas(), now), tool: {} });
    const response = await send(Buffer.from(document), signature);
    expect(response.statusCode).toBe(422);
    expect(
      response.json().errors.map(({ extensions: { code, path } }: { extensions: { code: string; path: string[] } }) => [code, path]),
    ).toEqual([
      ['INVALID', ['document', 'tool', 'name']],
      ['INVALID', ['document', 'tool', 'version']],
    ]);
  });
});

test('a plugin that was paired by a code reports from then on, with the token and the key of the pairing', async () => {
  const plugin = storePlugin();
  const id = under.vendor.ada.stores[1] ?? '';
  const { code } = await command(under, 'storePairingCodeCreate', 'code', { storeId: toGlobalId('Store', id) }, 'ada');
  const { secret, store } = await command(under, 'storePair', 'secret store { id url }', pairInput(plugin, code), 'anonymous');
  expect(store).toEqual({ id: toGlobalId('Store', id), url: 'https://staging.ada.example' });
  const report = reportDocument({ id, url: store.url }, now, {
    platform: 'PRESTASHOP',
    distribution: 'PRESTASHOP',
    platformVersion: '9.0.1',
  });
  const { document, signature } = signed(plugin, report);
  const headers = { authorization: `Bearer ${secret}` };
  const response = await send(Buffer.from(document), signature, { headers });
  expect([response.statusCode, response.json()]).toEqual([200, { readAt: now.toString(), platformVersion: '9.0.1' }]);
  const byTheOldKey = signed(PLUGIN, { ...report, nonce: 'another-nonce-of-this-test' });
  expect(codeOf(await send(Buffer.from(byTheOldKey.document), byTheOldKey.signature, { headers }))).toBe('INVALID');
});

describe('refused, with nothing written, is a report', () => {
  const good = () => signed(PLUGIN, reportDocument(adas(), now));
  const ok = () => Buffer.from(good().document);
  // Too long for the door: whoever is refused otherwise was so before a byte of it was read.
  const endless = () => padded(MAX_BYTES);
  const bearing = (credential: string): Sending => ({ headers: { authorization: `Bearer ${credential}` } });
  const mistyped = () => under.tokens.adaStore.replace(/.$/, (last) => (last === 'a' ? 'b' : 'a'));
  const padded = (bytes: number) => Buffer.from(`{"format":"${'x'.repeat(bytes)}"}`);
  const cases: readonly (readonly [string, number, string | undefined, () => ReturnType<typeof send>])[] = [
    ['without a credential', 401, 'UNAUTHENTICATED', () => send(ok(), '', { asker: 'anonymous' })],
    ['with what is no credential', 401, 'UNAUTHENTICATED', () => send(endless(), '', bearing('x'))],
    ['with the token of a store with a letter changed', 401, 'UNAUTHENTICATED', () => send(endless(), '', bearing(mistyped()))],
    ['with a session of the vendor’s issuer', 401, 'UNAUTHENTICATED', () => send(endless(), '', bearing('e30.e30.c2ln'))],
    ['with a token that was never made', 401, 'UNAUTHENTICATED', () => send(ok(), '', bearing(mintAccessToken('store').token))],
    ['of a person', 403, 'FORBIDDEN', () => send(endless(), '', { asker: 'ada' })],
    ['of staff', 403, 'FORBIDDEN', () => send(endless(), '', { asker: 'staff' })],
    ['of a partner', 403, 'FORBIDDEN', () => send(endless(), '', { asker: 'partner' })],
    ['without a signature', 400, 'BAD_USER_INPUT', () => send(ok(), null)],
    ['with a signature of another document', 422, 'INVALID', () => send(ok(), good().signature)],
    ['without a body', 400, 'BAD_REQUEST', () => send('', '')],
    ['in another type', 415, 'UNSUPPORTED_MEDIA_TYPE', () => send(ok(), '', { headers: { 'content-type': 'text/plain' } })],
    ['in another encoding', 415, 'UNSUPPORTED_CONTENT_ENCODING', () => send(ok(), '', { headers: { 'content-encoding': 'br' } })],
    ['that says it is gzip and is not', 400, 'BAD_REQUEST', () => send(ok(), '', { headers: { 'content-encoding': 'gzip' } })],
    ['that is too long', 413, 'BODY_TOO_LARGE', () => send(padded(MAX_BYTES), '')],
    [
      'that is too long when inflated',
      413,
      'BODY_TOO_LARGE',
      () => send(gzipSync(padded(20_000_000)), '', { headers: { 'content-encoding': 'gzip' } }),
    ],
    ['asked for', 405, 'METHOD_NOT_ALLOWED', () => send('', null, { method: 'GET' })],
  ];
  test.each(cases)('%s: %i %s', async (_, status, code, sent) => {
    const before = await rowPrints(under.gateway);
    const response = await sent();
    expect([response.statusCode, codeOf(response)]).toEqual([status, code]);
    expect(await rowPrints(under.gateway)).toEqual(before);
  });

  test.each(['ada', 'staff', 'partner'] as const)('by GraphQL, of %s', async (asker) => {
    const { errors } = await under.ask(
      asker,
      'mutation ($input: StoreReportInput!) { storeReport(input: $input) { userErrors { code } } }',
      {
        input: reportInput(adas(), now),
      },
    );
    expect(errors.map(({ extensions }) => extensions.code)).toEqual(['FORBIDDEN']);
  });

  test('whose client hangs up half-way, and the next one is answered', async () => {
    const url = await under.server.listen({ host: '127.0.0.1', port: 0 });
    const cut = new AbortController();
    const body = new ReadableStream({
      start(controller) {
        controller.enqueue(gzipSync(padded(1_000)).subarray(0, 20));
        setTimeout(() => cut.abort(), 50);
      },
    });
    const headers = { 'content-type': 'application/json', 'content-encoding': 'gzip', authorization: `Bearer ${under.tokens.adaStore}` };
    const request = { method: 'POST', headers, body, duplex: 'half', signal: cut.signal } as const;
    await expect(fetch(`${url}/v1/store-report`, request)).rejects.toThrow();
    const { document, signature } = good();
    expect((await send(Buffer.from(document), signature)).statusCode).toBe(200);
    expect(under.errorLog()).toBe('');
  });
});
