import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { manifestOf } from '../../src/use-cases/release-manifest.js';
import { type Asker, type GatewayUnderTest, gatewayUnderTest, rowPrints } from '../graphql/gateway-under-test.js';
import { filesOf } from '../support/reported-code.js';
import { instant } from '../support/vendor.js';

let under: GatewayUnderTest;
beforeAll(async () => {
  under = await gatewayUnderTest();
});
afterAll(() => under.close());

const made = (count: number) => {
  const files = Array.from({ length: count }, (_, index) => [`Model/Some/Folder/File${index}.php`, (index % 16).toString(16)]);
  return manifestOf(filesOf(Object.fromEntries(files)), [], { name: 'build', version: '1' }, instant('2026-03-01T09:00:00Z'));
};
const LONG = made(5_000);
const INPUT = { addonSku: 'FILTER', version: '1.1.0', kind: 'BUILD', label: 'for Magento', manifest: LONG };

function send(body: unknown, asker: Asker = 'partner', headers: Record<string, string> = {}) {
  const credential = asker === 'anonymous' ? {} : { authorization: `Bearer ${under.tokens[asker]}` };
  const sent = { 'content-type': 'application/json', ...credential, ...headers };
  return under.server.inject({
    method: 'POST',
    url: '/v1/release-manifest',
    headers: sent,
    payload: typeof body === 'string' ? body : JSON.stringify(body),
  });
}

describe('a manifest by REST', () => {
  test('of thousands of files is recorded once', async () => {
    const first = await send(INPUT);
    const recorded = { digest: LONG.digest, fileCount: 5_000, recordedAt: '2026-03-10T10:00:00Z' };
    expect([first.statusCode, first.json()]).toEqual([200, recorded]);
    under.at('2026-03-10T11:00:00Z');
    expect((await send({ ...INPUT, label: 'another' }, 'staff')).json()).toEqual(recorded);
  });

  test.each<[string, unknown, Asker, number, string, string]>([
    ['nobody', INPUT, 'anonymous', 401, 'UNAUTHENTICATED', 'manifests are the vendor’s'],
    ['a revoked token', INPUT, 'revoked', 401, 'UNAUTHENTICATED', 'it is not good any more'],
    ['a customer', INPUT, 'ada', 403, 'FORBIDDEN', 'a customer could call its changes the vendor’s'],
    ['a store', INPUT, 'adaStore', 403, 'FORBIDDEN', 'the same'],
    ['a partner that may not write', INPUT, 'partnerForAddons', 403, 'FORBIDDEN', 'it lacks the scope'],
    ['no JSON', '{', 'staff', 400, 'BAD_REQUEST', 'it cannot be read'],
    ['a list', [], 'staff', 400, 'BAD_USER_INPUT', 'an object is needed'],
    ['no kind', { ...INPUT, kind: undefined }, 'staff', 400, 'BAD_USER_INPUT', 'build or hot-fix must be said'],
    ['an unknown add-on', { ...INPUT, addonSku: 'NOTHING' }, 'staff', 404, 'NOT_FOUND', 'the SKU is wrong'],
    ['a cut manifest', { ...INPUT, manifest: { ...LONG, files: [] } }, 'staff', 422, 'INVALID', 'its digest tells'],
    ['too much', 'x'.repeat(5_000_001), 'staff', 413, 'BODY_TOO_LARGE', 'it has a bound'],
  ])('from %s is refused, and nothing is written', async (_name, body, asker, status, code, _because) => {
    const before = await rowPrints(under.gateway);
    const response = await send(body, asker);
    expect([response.statusCode, response.json().errors[0].extensions.code]).toEqual([status, code]);
    expect(await rowPrints(under.gateway)).toEqual(before);
  });

  test.each([
    ['x', 401, 'junk is refused before a byte of the body is read'],
    ['e30.e30.c2ln', 413, 'a session is verified when the body is there'],
  ])('with the credential %j that is too much is refused with %i: %s', async (credential, status) => {
    const response = await send('x'.repeat(5_000_001), 'anonymous', { authorization: `Bearer ${credential}` });
    expect(response.statusCode).toBe(status);
  });
});
