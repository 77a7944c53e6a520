/**
 * A store's plugin on one page: pairs with the code from the dashboard, and reports what the store runs. Copy from it what your plugin needs; a real one keeps
 * its key and its token, and reports the files of the add-ons as they lie in the store.
 *
 *   node docs/plugin-example.mjs http://127.0.0.1:4000 ABCD-EFGH-JKMN-PQRS
 */
import { generateKeyPairSync, randomBytes, sign } from 'node:crypto';

const [, , gateway, code] = process.argv;
if (gateway === undefined || code === undefined) {
  console.error('Give the address of the gateway and the code from the dashboard.');
  process.exit(2);
}

const keys = generateKeyPairSync('ed25519');
const publicKey = Buffer.from(keys.publicKey.export({ format: 'jwk' }).x, 'base64url').toString('base64');
const signed = (domain, bytes) => sign(null, Buffer.concat([Buffer.from(domain), bytes]), keys.privateKey).toString('base64');

const pairing = await fetch(`${gateway}/graphql`, {
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify({
    query: 'mutation ($input: StorePairInput!) { storePair(input: $input) { secret store { id url } userErrors { message } } }',
    variables: { input: { code, publicKey, signature: signed('tenure-store-pair/1\n', Buffer.from(code)) } },
  }),
});
const { data, errors } = await pairing.json();
const paired = data?.storePair;
if (!paired?.secret) {
  console.error((errors ?? paired.userErrors).map(({ message }) => message).join('\n'));
  process.exit(1);
}
console.log(`Paired with ${paired.store.url}.`);

/** See schema/store-report.schema.json. What is signed are these bytes, and what is sent are the same. */
const report = Buffer.from(
  JSON.stringify({
    format: 'tenure-store-report/1',
    nonce: randomBytes(16).toString('hex'),
    storeId: paired.store.id,
    // From the settings of the store, not from the answer: a copy of the store, with its key and its token, is told from it by this.
    baseUrl: paired.store.url,
    reportedAt: new Date().toISOString(),
    tool: { name: 'plugin-example', version: '1.0.0' },
    platform: 'MAGENTO',
    distribution: null,
    platformVersion: '2.4.8-p1',
    upstreamVersion: null,
    phpVersion: '8.3.14',
    modules: [{ code: 'Orbis_CheckoutFields', version: '1.2.1', enabled: true }],
    addons: [],
  }),
);
const signature = signed('tenure-store-report/1\n', report);

const noted = await fetch(`${gateway}/v1/store-report`, {
  method: 'POST',
  headers: { 'content-type': 'application/json', authorization: `Bearer ${paired.secret}`, 'tenure-signature': signature },
  body: report,
});
console.log(noted.status, await noted.text());
process.exitCode = noted.ok ? 0 : 1;
