import { createHmac } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type CryptoKey, exportJWK, exportSPKI, generateKeyPair, type JSONWebKeySet, type JWTPayload, SignJWT } from 'jose';
import { type JwtVerifierOptions, jwtVerifier } from '../../src/http/jwt.js';

const ISSUER = 'https://id.vendor.example';
const AUDIENCE = 'tenure';
const now = Temporal.Instant.from('2026-03-01T12:00:00Z');
const at = Math.floor(now.epochMilliseconds / 1_000);

let ours: { publicKey: CryptoKey; privateKey: CryptoKey };
let theirs: { publicKey: CryptoKey; privateKey: CryptoKey };
let keys: JSONWebKeySet;
let publicPem: string;

beforeAll(async () => {
  ours = await generateKeyPair('ES256', { extractable: true });
  theirs = await generateKeyPair('ES256', { extractable: true });
  keys = { keys: [{ ...(await exportJWK(ours.publicKey)), kid: 'ours', alg: 'ES256', use: 'sig' }] };
  publicPem = await exportSPKI(ours.publicKey);
});

const verifier = (overrides: Partial<JwtVerifierOptions> = {}) =>
  jwtVerifier({ issuer: ISSUER, audience: AUDIENCE, algorithms: ['ES256'], keys, ...overrides });

const staff = { tenure_role: 'staff', sub: 'ada', iss: ISSUER, aud: AUDIENCE, exp: at + 300 };
const customer = { tenure_role: 'customer', sub: '42', email: 'shop@example.com', iss: ISSUER, aud: AUDIENCE, exp: at + 300 };

const signed = (payload: JWTPayload, header: { alg?: string; kid?: string } = {}, key: CryptoKey = ours.privateKey) =>
  new SignJWT(payload).setProtectedHeader({ alg: 'ES256', kid: 'ours', ...header }).sign(key);

const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');

describe('a good token says who is asking', () => {
  test.each([
    { claims: staff, identity: { kind: 'staff', subject: 'ada', session: null }, because: 'staff are known by their subject' },
    { claims: customer, identity: { kind: 'customer', email: 'shop@example.com' }, because: 'customers are known by their address' },
    {
      claims: { ...customer, email_verified: true },
      identity: { kind: 'customer', email: 'shop@example.com' },
      because: 'the address is verified',
    },
    {
      claims: { ...staff, aud: ['other', AUDIENCE] },
      identity: { kind: 'staff', subject: 'ada', session: null },
      because: 'we are one of its audiences',
    },
    {
      claims: { ...staff, exp: at - 4 },
      identity: { kind: 'staff', subject: 'ada', session: null },
      because: 'clocks may differ by five seconds',
    },
    {
      claims: { ...staff, sid: 's-1', jti: 't-1' },
      identity: { kind: 'staff', subject: 'ada', session: 's-1' },
      because: 'a session outlives the tokens that are renewed within it',
    },
    {
      claims: { ...staff, jti: 't-1' },
      identity: { kind: 'staff', subject: 'ada', session: 't-1' },
      because: 'else the token stands for it',
    },
    {
      claims: { ...staff, email: 'x' },
      identity: { kind: 'staff', subject: 'ada', session: null },
      because: 'other claims are none of our business',
    },
  ])('$identity because $because', async ({ claims, identity }) => {
    await expect(verifier()(await signed(claims), now)).resolves.toEqual(identity);
  });
});

describe('every other token is null, without a detail', () => {
  test.each([
    { claims: { ...staff, exp: at - 6 }, because: 'it has expired' },
    { claims: { ...staff, exp: undefined }, because: 'a token without end is not accepted' },
    { claims: { ...staff, nbf: at + 60 }, because: 'it is not valid yet' },
    { claims: { ...staff, iss: 'https://id.other.example' }, because: 'another issuer signed it' },
    { claims: { ...staff, iss: undefined }, because: 'it names no issuer' },
    { claims: { ...staff, aud: 'another-service' }, because: 'it was made for another service' },
    { claims: { ...staff, aud: undefined }, because: 'it was made for nobody' },
    { claims: { ...staff, sub: undefined }, because: 'staff need a subject' },
    { claims: { ...staff, sub: '' }, because: 'an empty subject is nobody' },
    { claims: { ...staff, tenure_role: undefined }, because: 'the role is missing' },
    { claims: { ...staff, tenure_role: 'admin' }, because: 'there is no such role' },
    { claims: { ...staff, tenure_role: ['staff'] }, because: 'a role is one word' },
    { claims: { ...customer, email: undefined }, because: 'a customer needs an address' },
    { claims: { ...customer, email: 'no address' }, because: 'that is no address' },
    { claims: { ...customer, email_verified: false }, because: 'anybody can type an address' },
    { claims: { ...customer, email_verified: 'true' }, because: 'a word is no verification' },
  ])('null because $because', async ({ claims }) => {
    await expect(verifier()(await signed(claims as JWTPayload), now)).resolves.toBeNull();
  });

  test('an unsigned token is refused, whatever the case of "none"', async () => {
    for (const alg of ['none', 'None', 'NONE']) {
      await expect(verifier()(`${part({ alg, kid: 'ours' })}.${part(staff)}.`, now)).resolves.toBeNull();
    }
  });

  test('the public key as the secret of HS256 is refused', async () => {
    const unsigned = `${part({ alg: 'HS256', kid: 'ours' })}.${part(staff)}`;
    const forged = `${unsigned}.${createHmac('sha256', publicPem).update(unsigned).digest('base64url')}`;
    await expect(verifier()(forged, now)).resolves.toBeNull();
  });

  test('an unknown key id, a foreign key under a known id, and a changed payload are refused', async () => {
    await expect(verifier()(await signed(staff, { kid: 'theirs' }), now)).resolves.toBeNull();
    await expect(verifier()(await signed(staff, {}, theirs.privateKey), now)).resolves.toBeNull();
    const [header, , signature] = (await signed(customer)).split('.');
    await expect(verifier()(`${header}.${part(staff)}.${signature}`, now)).resolves.toBeNull();
  });

  test('a good signature under an algorithm that is not pinned is refused', async () => {
    await expect(verifier({ algorithms: ['RS256'] })(await signed(staff), now)).resolves.toBeNull();
  });

  test.each(['', 'a', 'a.b.c', '..', 'eyJhbGciOiJFUzI1NiJ9..', 'x'.repeat(10_000)])('text that is no token is refused', async (text) => {
    await expect(verifier()(text, now)).resolves.toBeNull();
  });
});

test('a verifier is not made without an asymmetric algorithm', () => {
  expect(() => verifier({ algorithms: [] })).toThrow(RangeError);
  expect(() => verifier({ algorithms: ['HS256' as 'ES256'] })).toThrow(RangeError);
});

describe('keys published over HTTP', () => {
  let issuer: Server;
  let url: URL;
  let served: number;

  beforeAll(async () => {
    served = 0;
    issuer = createServer((_request, response) => {
      served += 1;
      response.setHeader('content-type', 'application/json').end(JSON.stringify(keys));
    });
    await new Promise<void>((resolve) => issuer.listen(0, '127.0.0.1', resolve));
    url = new URL(`http://127.0.0.1:${(issuer.address() as AddressInfo).port}/keys`);
  });
  afterAll(() => new Promise((resolve) => issuer.close(resolve)));

  test('are fetched once for many tokens, and unknown key ids do not make more requests', async () => {
    const verify = verifier({ keys: url });
    await expect(verify(await signed(staff), now)).resolves.toEqual({ kind: 'staff', subject: 'ada', session: null });
    for (let index = 0; index < 20; index += 1) {
      await expect(verify(await signed(staff, { kid: `unknown-${index}` }), now)).resolves.toBeNull();
    }
    await expect(verify(await signed(customer), now)).resolves.toEqual({ kind: 'customer', email: 'shop@example.com' });
    expect(served).toBe(1);
  });

  test('that cannot be fetched refuse the token', async () => {
    const gone = createServer();
    await new Promise<void>((resolve) => gone.listen(0, '127.0.0.1', resolve));
    const port = (gone.address() as AddressInfo).port;
    await new Promise((resolve) => gone.close(resolve));
    await expect(verifier({ keys: new URL(`http://127.0.0.1:${port}/keys`) })(await signed(staff), now)).resolves.toBeNull();
  });
});
