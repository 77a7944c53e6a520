import { createLocalJWKSet, createRemoteJWKSet, customFetch, type FetchImplementation, type JSONWebKeySet, jwtVerify } from 'jose';
import { z } from 'zod';
import { ASYMMETRIC_ALGORITHMS, type AsymmetricAlgorithm } from './config.js';

/** Who a JWT of the vendor's own issuer speaks for. */
export type JwtIdentity =
  | { readonly kind: 'customer'; readonly email: string }
  | { readonly kind: 'staff'; readonly subject: string; readonly session: string | null };

/** Verifies one token as of `now`; null for every failure alike, so that an attacker learns nothing from trying. */
export type JwtVerifier = (token: string, now: Temporal.Instant) => Promise<JwtIdentity | null>;

export interface JwtVerifierOptions {
  readonly issuer: string;
  readonly audience: string;
  readonly algorithms: readonly AsymmetricAlgorithm[];
  /** Where the issuer publishes its keys, or the keys themselves. */
  readonly keys: URL | JSONWebKeySet;
  readonly fetch?: FetchImplementation;
}

/** Clocks of two machines differ by seconds, not by minutes. */
const CLOCK_TOLERANCE_SECONDS = 5;
const KEY_FETCH_TIMEOUT_MS = 2_000;
/** An unknown key id may make us fetch again, but not more often than this: strangers choose key ids. */
const KEY_FETCH_COOLDOWN_MS = 30_000;
const KEY_MAX_AGE_MS = 600_000;

/**
 * What the issuer must claim. `tenure_role` says which of the two a person is:
 * - `customer`: `email` is the customer's address; the issuer vouches for it, so `email_verified: false` refuses the token;
 * - `staff`: `sub` is the member of staff; `sid`, or else `jti`, the session that the person has, where the issuer tells one.
 */
const claims = z.discriminatedUnion('tenure_role', [
  z
    .object({ tenure_role: z.literal('customer'), email: z.email().max(254), email_verified: z.literal(true).optional() })
    .transform(({ email }): JwtIdentity => ({ kind: 'customer', email })),
  z
    .object({
      tenure_role: z.literal('staff'),
      sub: z.string().min(1).max(255),
      sid: z.string().min(1).max(255).optional(),
      jti: z.string().min(1).max(255).optional(),
    })
    .transform(({ sub, sid, jti }): JwtIdentity => ({ kind: 'staff', subject: sub, session: sid ?? jti ?? null })),
]);

/**
 * Makes the verifier for the vendor's issuer. Algorithms, issuer and audience are pinned here and never read from a token;
 * `exp` is required; keys of a URL are fetched when first needed and kept for ten minutes.
 * Throws when no algorithm is given, or one that is not asymmetric: with a shared secret, the published key could sign.
 */
export function jwtVerifier(options: JwtVerifierOptions): JwtVerifier {
  const { issuer, audience, keys } = options;
  const algorithms = [...options.algorithms];
  if (algorithms.length === 0 || !algorithms.every((algorithm) => ASYMMETRIC_ALGORITHMS.includes(algorithm))) {
    throw new RangeError('a JWT verifier needs asymmetric algorithms');
  }
  const keyOf =
    keys instanceof URL
      ? createRemoteJWKSet(keys, {
          timeoutDuration: KEY_FETCH_TIMEOUT_MS,
          cooldownDuration: KEY_FETCH_COOLDOWN_MS,
          cacheMaxAge: KEY_MAX_AGE_MS,
          ...(options.fetch === undefined ? {} : { [customFetch]: options.fetch }),
        })
      : createLocalJWKSet(keys);

  return async (token, now) => {
    try {
      const { payload } = await jwtVerify(token, keyOf, {
        issuer,
        audience,
        algorithms,
        requiredClaims: ['exp', 'iss', 'aud'],
        clockTolerance: CLOCK_TOLERANCE_SECONDS,
        currentDate: new Date(now.epochMilliseconds),
      });
      return claims.safeParse(payload).data ?? null;
    } catch {
      // Bad signature, wrong audience, expired, keys out of reach: the caller is not told which.
      return null;
    }
  };
}
