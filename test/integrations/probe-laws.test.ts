import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { GuardedClient } from '../../integrations/guarded-client.js';
import { magentoConnector } from '../../integrations/magento/connector.js';
import { prestashopConnector } from '../../integrations/prestashop/connector.js';
import { type StoreFailureCode, type StorePlatform, StoreReadingFailed } from '../../integrations/store-platform.js';
import type { StoreReply } from '../../integrations/store-reply.js';

const SECRETS = { consumerKey: 'canary-ck', consumerSecret: 'canary-cs', accessToken: 'canary-at', accessTokenSecret: 'canary-ats' };
const KEY = 'canarykey'.padEnd(32, 'k');
const TEXTS = [
  ...Object.values(SECRETS),
  KEY,
  'signature',
  'consumer',
  'token',
  "The consumer isn't authorized to access %resources.",
  'orders',
  '',
];

const word = fc.oneof(fc.constantFrom(...TEXTS), fc.string({ maxLength: 20 }));
const jsonBody = fc
  .oneof(
    fc.record(
      { message: word, parameters: fc.oneof(fc.record({ resources: word }), fc.array(word, { maxLength: 2 })) },
      { requiredKeys: [] },
    ),
    fc.record({ errors: fc.array(fc.record({ code: fc.constantFrom(18, 20, 21, 22, 25, 26, 27, 132, 999) }), { maxLength: 2 }) }),
    fc.record({
      orders: fc.array(fc.record({ id: fc.nat(), date_upd: fc.oneof(word, fc.constant('2026-03-01 10:00:00')) }), { maxLength: 2 }),
    }),
    fc.constant([]),
    fc.jsonValue({ maxDepth: 3 }),
  )
  .map((value) => JSON.stringify(value));
const rootBody = fc
  .array(fc.constantFrom('orders', 'configurations', 'customers', 'languages'), { maxLength: 4 })
  .map((names) => `<api>${names.map((name) => `<${name} xlink:href="http://x/api/${name}" get="true" put="false">`).join('')}</api>`);
const headers = fc
  .record(
    {
      'content-type': fc.constantFrom('application/json', 'text/html', 'text/xml;charset=utf-8', ''),
      'psws-version': fc.constantFrom('9.1.4', '0', 'canary-ck', ''),
      'access-time': fc.constantFrom('1795317415', 'soon', ''),
      date: fc.constantFrom('Sun, 22 Nov 2026 10:00:00 GMT', 'never'),
      location: fc.constantFrom('https://canary-at.example/?k=canary-cs', `https://elsewhere.example/${KEY}`, '//', ''),
      'www-authenticate': fc.constantFrom('Basic realm="x"', 'Basic realm="Welcome to PrestaShop"'),
    },
    { requiredKeys: [] },
  )
  .map((given): Readonly<Record<string, string>> => Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)));
const reply: fc.Arbitrary<StoreReply> = fc.record({
  status: fc.constantFrom(200, 200, 200, 204, 301, 302, 400, 401, 401, 403, 404, 405, 418, 429, 500, 503),
  headers,
  body: fc.oneof(jsonBody, rootBody, word),
});
const FAILURES = [
  'ADDRESS_REFUSED',
  'UNREACHABLE',
  'CERTIFICATE_REFUSED',
  'CIRCUIT_OPEN',
  'TIMED_OUT',
  'TOO_LARGE',
  'RATE_LIMITED',
] as const;
const exchange = fc.oneof(
  { weight: 12, arbitrary: reply },
  {
    weight: 1,
    arbitrary: fc.constantFrom<StoreFailureCode>(...FAILURES).map((code) => new StoreReadingFailed(code, 'shop.example: failed')),
  },
);

/** A client that gives these answers in turn, and the last one from then on. */
function clientOf(answers: readonly (StoreReply | StoreReadingFailed)[]): GuardedClient {
  let asked = 0;
  const next = async () => {
    const answer = answers[Math.min(asked++, answers.length - 1)];
    if (answer === undefined || answer instanceof StoreReadingFailed)
      throw answer ?? new StoreReadingFailed('UNREACHABLE', 'shop.example: none');
    return answer;
  };
  return { get: next, postForm: next, circuit: () => ({ state: 'CLOSED', reopensAt: null }), forgetPauses: () => {} };
}

const SHOPS: readonly (readonly [string, (client: GuardedClient) => StorePlatform])[] = [
  [
    'Magento by OAuth',
    (client) => magentoConnector({ baseUrl: 'https://shop.example', client, credentials: { kind: 'OAUTH1', ...SECRETS } }),
  ],
  [
    'Magento by bearer',
    (client) => magentoConnector({ baseUrl: 'https://shop.example', client, credentials: { kind: 'BEARER', token: SECRETS.accessToken } }),
  ],
  [
    'PrestaShop',
    (client) =>
      prestashopConnector({
        baseUrl: 'https://shop.example',
        client,
        key: KEY,
        timeZone: 'Europe/Paris',
        adminApi: { clientId: 'canary-id', clientSecret: 'canary-secret' },
      }),
  ],
];

test.each(SHOPS)('whatever answers, a probe of %s ends, says why, and repeats nothing that it was sent', async (_platform, connectorTo) => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(exchange, { minLength: 1, maxLength: 16 }),
      fc.constantFrom('ORDERS', 'VERSION'),
      async (answers, purpose) => {
        const { outcome, findings, platformVersion } = await connectorTo(clientOf(answers)).probe(purpose);
        const severities = findings.map(({ severity }) => severity);
        // It is as bad as the worst that was found, and nothing is worse than that nothing more could be tried.
        const expected = severities.includes('FAILED')
          ? ['REFUSED', 'NOT_REACHED']
          : [severities.includes('MISSING') ? 'INCOMPLETE' : 'WORKS'];
        expect(expected).toContain(outcome);
        if (outcome === 'WORKS' || outcome === 'INCOMPLETE') expect(findings.map(({ code }) => code)).toContain('CREDENTIALS_GOOD');
        expect(findings.length).toBeLessThanOrEqual(30);
        const told = JSON.stringify([findings.map(({ message, right }) => [message, right]), platformVersion]);
        for (const canary of [...Object.values(SECRETS), KEY, 'canary-secret']) {
          // The host of a redirect is told, as it is what a shopkeeper must correct.
          expect(told.replaceAll('https://canary-at.example', '')).not.toContain(canary);
        }
      },
    ),
    { numRuns: Number(process.env.PROBE_RUNS ?? 300) },
  );
});
