import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { type MagentoSandbox, type MagentoSandboxOptions, startMagentoSandbox } from '../../../integrations/magento/sandbox.js';
import type { ProbeFinding, StoreProbe, StorePurpose } from '../../../integrations/store-platform.js';
import { startUntrustedServer } from '../../support/wrong-certificate.js';
import { connectorFor, SECRETS } from './reading.js';
import { recordedShop } from './recorded-shop.js';

const ORDERS = 'Magento_Sales::actions_view';
const INVOICES = 'Magento_Sales::sales_invoice';
const REFUNDS = 'Magento_Sales::sales_creditmemo';
const PRODUCTS = 'Magento_Catalog::products';
const NEEDED = [ORDERS, INVOICES, REFUNDS, PRODUCTS];

const open: MagentoSandbox[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((shop) => shop.close()));
});

type Given = Parameters<typeof connectorFor>[1];

async function shopWith(options: Partial<MagentoSandboxOptions> = {}): Promise<MagentoSandbox> {
  const shop = await startMagentoSandbox({ data: recordedShop(), credentials: SECRETS, rights: NEEDED, ...options });
  open.push(shop);
  return shop;
}

const probeOf = async (options: Partial<MagentoSandboxOptions>, given: Given = {}, purpose: StorePurpose = 'ORDERS'): Promise<StoreProbe> =>
  connectorFor((await shopWith(options)).url, given).probe(purpose);

/** What a shopkeeper must look at: all but what works. */
const troubles = ({ findings }: StoreProbe): ProbeFinding[] => findings.filter(({ severity }) => severity !== 'WORKS');
const oauth = (change: Partial<typeof SECRETS>): Given => ({ credentials: { kind: 'OAUTH1', ...SECRETS, ...change } });
const BEARER: Given = { credentials: { kind: 'BEARER', token: SECRETS.accessToken } };

describe('a vendor’s shop', () => {
  test('with the rights that are needed works, and tells the version as far as Magento tells it', async () => {
    const probe = await probeOf({});
    expect(probe).toMatchObject({ outcome: 'WORKS', platformVersion: '2.4 (patch unknown)', clockSkewSeconds: expect.any(Number) });
    expect(probe.findings.filter(({ code }) => code === 'RIGHT_GRANTED').map(({ right }) => right)).toEqual(NEEDED);
    expect(troubles(probe).map(({ code, severity }) => [code, severity])).toEqual([['VERSION_INEXACT', 'ADVICE']]);
  });

  test.each(NEEDED)('without %s is incomplete, and the finding names the right and where to grant it', async (missing) => {
    const probe = await probeOf({ rights: NEEDED.filter((right) => right !== missing) });
    expect(probe.outcome).toBe('INCOMPLETE');
    expect(troubles(probe)).toContainEqual(
      expect.objectContaining({ code: 'RIGHT_MISSING', severity: 'MISSING', right: missing, message: expect.stringContaining(missing) }),
    );
  });

  test('that lets all customers be read works, and is told to take that away', async () => {
    const probe = await probeOf({ rights: 'ALL' });
    expect(probe.outcome).toBe('WORKS');
    expect(troubles(probe)).toContainEqual(
      expect.objectContaining({ code: 'RIGHT_UNNEEDED', severity: 'ADVICE', right: 'Magento_Customer::manage' }),
    );
  });
});

describe('a customer’s store', () => {
  test('needs no right to orders: who has any is told to take them away', async () => {
    const least = await probeOf({ rights: ['Magento_Backend::store'] }, {}, 'VERSION');
    expect([least.outcome, troubles(least).map(({ code }) => code)]).toEqual(['WORKS', ['VERSION_INEXACT']]);
    const most = await probeOf({}, {}, 'VERSION');
    expect(most.outcome).toBe('WORKS');
    expect(troubles(most).flatMap(({ right }) => right ?? [])).toEqual(NEEDED);
  });

  test('that keeps its version to itself is incomplete, as the version is all that is wanted; a shop is not', async () => {
    const data = { ...recordedShop(), versionPage: null };
    const probe = await probeOf({ data }, {}, 'VERSION');
    expect([probe.outcome, probe.platformVersion]).toEqual(['INCOMPLETE', null]);
    expect(troubles(probe)).toContainEqual(
      expect.objectContaining({ code: 'VERSION_NOT_TOLD', severity: 'MISSING', message: expect.stringContaining('Magento_Version') }),
    );
    expect((await probeOf({ data })).outcome).toBe('WORKS');
  });
});

const REFUSALS: readonly (readonly [string, Partial<MagentoSandboxOptions>, Given, string, RegExp, string])[] = [
  ['another consumer key', {}, oauth({ consumerKey: 'x' }), 'CONSUMER_UNKNOWN', /"Consumer Key"/, 'Magento says so'],
  [
    'another consumer secret',
    {},
    oauth({ consumerSecret: 'x' }),
    'SIGNATURE_INVALID',
    /"Consumer Secret"/,
    'it only shows in the signature',
  ],
  ['another token', {}, oauth({ accessToken: 'x' }), 'TOKEN_UNKNOWN', /"Access Token"/, 'Magento says so'],
  ['another token secret', {}, oauth({ accessTokenSecret: 'x' }), 'SIGNATURE_INVALID', /"Access Token Secret"/, 'as above'],
  [
    'the four values of an integration without rights',
    { rights: [] },
    {},
    'KEY_WITHOUT_RIGHTS',
    /tab API/,
    'a signature that fits is told apart',
  ],
  ['a bearer where they are off', {}, BEARER, 'BEARER_REFUSED', /switched off.*four OAuth values/, 'that is the default'],
  [
    'a wrong bearer where they are on',
    { acceptsBearer: true },
    { credentials: { kind: 'BEARER', token: 'wrong' } },
    'BEARER_REFUSED',
    /the same to a wrong or ended token/,
    'Magento answers both alike, and the finding does not pretend to know',
  ],
  [
    'a bearer without rights',
    { acceptsBearer: true, rights: [] },
    BEARER,
    'BEARER_REFUSED',
    /without any right/,
    'that is a third case with one answer',
  ],
];
test.each(REFUSALS)('%s: refused as %4$s', async (_what, options, given, code, words, _because) => {
  const probe = await probeOf(options, given);
  expect(probe.outcome).toBe('REFUSED');
  expect(probe.findings).toEqual([expect.objectContaining({ code, severity: 'FAILED', message: expect.stringMatching(words) })]);
});

test('a bearer works where the merchant allowed it', async () => {
  expect((await probeOf({ acceptsBearer: true }, BEARER)).outcome).toBe('WORKS');
});

test.each([
  { ahead: 3_600, advised: true, words: /3(600|59\d) seconds ahead/ },
  { ahead: -300, advised: true, words: /(300|301|29\d) seconds behind/ },
  { ahead: 30, advised: false, words: /^$/ },
])('a clock $ahead seconds ahead is noted, and worth a word: $advised', async ({ ahead, advised, words }) => {
  const probe = await probeOf({ clockAheadSeconds: ahead });
  expect(Math.abs((probe.clockSkewSeconds ?? 0) - ahead)).toBeLessThanOrEqual(5);
  const skewed = probe.findings.filter(({ code }) => code === 'CLOCK_SKEWED');
  expect(skewed).toHaveLength(advised ? 1 : 0);
  for (const { message } of skewed) expect(message).toMatch(words);
  expect(probe.outcome).toBe('WORKS');
});

const recorded = (file: string): string =>
  readFileSync(join(fileURLToPath(new URL('.', import.meta.url)), '../recorded/magento-2.4.7-p3', file), 'utf8');

describe('what answers in the shop’s place', () => {
  let url: string;
  let answer: { readonly status: number; readonly headers: Readonly<Record<string, string | undefined>>; readonly body?: string };
  const server = createServer((_request, response) => response.writeHead(answer.status, { ...answer.headers }).end(answer.body ?? ''));
  beforeAll(async () => {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });

  const html = { 'content-type': 'text/html' };
  test.each([
    {
      what: 'a redirect to https',
      reply: { status: 301, headers: { location: 'https://www.shop.example/rest?key=k' } },
      outcome: 'REFUSED',
      code: 'REDIRECTED',
      words: /redirects to another address \(301\).*give the address it leads to/,
    },
    {
      what: 'a page',
      reply: { status: 200, headers: html },
      outcome: 'NOT_REACHED',
      code: 'ANSWERS_HTML',
      words: /maintenance or a wrong path/,
    },
    {
      what: 'a page of another path',
      reply: { status: 404, headers: html },
      outcome: 'NOT_REACHED',
      code: 'ANSWERS_HTML',
      words: /wrong path/,
    },
    {
      what: 'a password of the web server',
      reply: { status: 401, headers: { ...html, 'www-authenticate': 'Basic realm="staging"' } },
      outcome: 'NOT_REACHED',
      code: 'ANSWERS_HTML',
      words: /a password of its own/,
    },
    {
      what: 'another API',
      reply: { status: 404, headers: { 'content-type': 'application/json' }, body: '{"error":"at"}' },
      outcome: 'NOT_REACHED',
      code: 'UNEXPECTED_REPLY',
      words: /Check the address/,
    },
    {
      what: 'an echo of what was sent',
      reply: { status: 401, headers: { 'content-type': 'application/json' }, body: '{"message":"signature of ck with cs, at and ats"}' },
      outcome: 'REFUSED',
      code: 'SIGNATURE_INVALID',
      words: /^(?!.*\bats\b)/,
    },
    {
      what: 'a refusal in the language of the shop',
      reply: { status: 401, headers: { 'content-type': 'application/json' }, body: '{"message":"La signature n’est pas valide."}' },
      outcome: 'REFUSED',
      code: 'SIGNATURE_INVALID',
      words: /Access Token Secret/,
    },
    {
      what: 'a refusal in a language that is not known',
      reply: { status: 401, headers: { 'content-type': 'application/json' }, body: '{"message":"Das ist leider ungültig."}' },
      outcome: 'REFUSED',
      code: 'CREDENTIALS_REFUSED',
      words: /Copy the four OAuth values again/,
    },
    {
      what: 'what a real shop answers to strangers',
      reply: { status: 401, headers: { 'content-type': 'application/json' }, body: recorded('error-401-no-token.json') },
      outcome: 'REFUSED',
      code: 'KEY_WITHOUT_RIGHTS',
      words: /has no right/,
    },
    {
      what: 'what a real shop answers where nothing is',
      reply: { status: 404, headers: { 'content-type': 'application/json' }, body: recorded('error-404-route.json') },
      outcome: 'NOT_REACHED',
      code: 'UNEXPECTED_REPLY',
      words: /Check the address and the platform/,
    },
    {
      what: 'a shop that breaks inside',
      reply: { status: 500, headers: { 'content-type': 'application/json' }, body: recorded('error-500-unknown-filter-field.json') },
      outcome: 'NOT_REACHED',
      code: 'UNEXPECTED_REPLY',
      words: /its log has the details under webapi-/,
    },
  ])('$what: $outcome, $code', async ({ reply, outcome, code, words }) => {
    answer = reply;
    const probe = await connectorFor(url).probe('ORDERS');
    expect(probe).toMatchObject({ outcome, findings: [{ code, severity: 'FAILED', message: expect.stringMatching(words) }] });
    expect(JSON.stringify(probe)).not.toContain('key=k');
  });

  test('a certificate of another name: nothing was sent, and it may be mended', async () => {
    const untrusted = await startUntrustedServer();
    const probe = await connectorFor(untrusted.url).probe('ORDERS');
    await untrusted.close();
    expect(probe).toMatchObject({
      outcome: 'NOT_REACHED',
      findings: [{ code: 'TLS_FAULT', message: expect.stringContaining('certificate') }],
    });
    expect(untrusted.requests()).toBe(0);
  });

  test('nothing at all, and an address that is not for stores', async () => {
    const closed = await connectorFor('http://127.0.0.1:1').probe('ORDERS');
    expect(closed).toMatchObject({ outcome: 'NOT_REACHED', findings: [{ code: 'UNREACHABLE' }] });
    const inside = await connectorFor(url, { baseUrl: 'https://10.0.0.1' }).probe('ORDERS');
    expect(inside).toMatchObject({ outcome: 'REFUSED', findings: [{ code: 'ADDRESS_REFUSED' }] });
  });
});
