import type { FastifyReply, FastifyRequest } from 'fastify';
import { type AccessTokenKind, parseAccessToken } from '../use-cases/access-token-format.js';
import { type Failure, sendFailure } from './failure.js';

/** What the shell must know of who is asking; an actor of the use cases says more. No credential makes `ANONYMOUS`. */
export interface Asker {
  readonly kind: 'ANONYMOUS' | 'CUSTOMER' | 'STORE' | 'PARTNER' | 'STAFF';
}

/**
 * INVALID_CREDENTIAL: a credential came, and is not good: unknown, malformed, expired, revoked. MAY_NOT_ACT_FOR: it is good, but not of a kind that acts for
 * a customer. NOT_DELEGATED: no such customer lets it act for it, now. The client is not told which of these it is within one.
 */
export interface AuthenticationFailure {
  readonly failure: 'INVALID_CREDENTIAL' | 'MAY_NOT_ACT_FOR' | 'NOT_DELEGATED';
}

/** Names the customer that an agency acts for. */
export const ACTING_FOR_HEADER = 'tenure-acting-for';

const REFUSALS: Readonly<Record<Exclude<AuthenticationFailure['failure'], 'INVALID_CREDENTIAL'>, Failure>> = {
  MAY_NOT_ACT_FOR: {
    status: 403,
    code: 'MAY_NOT_ACT_FOR',
    message: `Only a customer’s own credential acts for another customer. Leave the header ${ACTING_FOR_HEADER} out.`,
  },
  NOT_DELEGATED: {
    status: 403,
    code: 'NOT_DELEGATED',
    message: `The customer that ${ACTING_FOR_HEADER} names does not let you act for it. Ask it for a delegation, or leave the header out.`,
  },
};

/** Decides who asks. What it opens for the request, it closes when the reply closes at the latest: that comes after an answer and after a client that hung up. */
export type Authenticate<TActor extends Asker> = (request: FastifyRequest, reply: FastifyReply) => Promise<TActor | AuthenticationFailure>;

const BEARER = /^Bearer +([A-Za-z0-9._~+/-]+=*)$/i;

/** Reads `Authorization: Bearer …`: the token, null where the header is absent, a failure where it is anything else. */
export function readBearer(authorization: string | undefined): string | null | AuthenticationFailure {
  if (authorization === undefined) return null;
  return BEARER.exec(authorization)?.[1] ?? { failure: 'INVALID_CREDENTIAL' };
}

/** What is left to refuse by the form of a credential alone, and how. */
export interface ExpectedForm {
  /** Tokens of ours that may pass. */
  readonly kinds: readonly AccessTokenKind[];
  /** Whether sessions that the vendor's own issuer names may pass. */
  readonly sessions: boolean;
  /** Of no credential, and of what cannot be one. */
  readonly absent: Failure;
  /** Of a token of another kind, good or not. */
  readonly foreign: Failure;
}

const SESSION_FORM = /^[\w-]+\.[\w-]+\.[\w-]+$/;

/**
 * Makes the step that a route for large bodies takes before it reads one: refuses what by its form alone cannot be a credential of those who may send it, which
 * costs nothing. Whether it is good, `identify` asks when the request is there as a whole.
 */
export function expectForm({ kinds, sessions, absent, foreign }: ExpectedForm) {
  return async ({ headers }: FastifyRequest, reply: FastifyReply): Promise<FastifyReply | undefined> => {
    const bearer = readBearer(headers.authorization);
    if (bearer === null) return sendFailure(reply.header('www-authenticate', 'Bearer'), absent);
    const token = typeof bearer === 'string' ? parseAccessToken(bearer) : null;
    if (token !== null) return kinds.includes(token.kind) ? undefined : sendFailure(reply, foreign);
    if (sessions && typeof bearer === 'string' && SESSION_FORM.test(bearer)) return undefined;
    return sendFailure(reply.header('www-authenticate', 'Bearer error="invalid_token"'), absent);
  };
}

/**
 * Makes the step that a route takes when it has a request as a whole: asks who it is, and answers 401 UNAUTHENTICATED for a bad credential, 403 where it may
 * not act for the customer named.
 * Not before: a request that is never sent to its end must not hold what asking takes.
 * A good one is kept with `remember`; its kind is logged with the request.
 */
export function identify<TActor extends Asker>(
  authenticate: Authenticate<TActor>,
  remember: (request: FastifyRequest, actor: TActor) => void,
) {
  return async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply | undefined> => {
    const outcome = await authenticate(request, reply);
    if ('failure' in outcome && outcome.failure !== 'INVALID_CREDENTIAL') return sendFailure(reply, REFUSALS[outcome.failure]);
    if ('failure' in outcome) {
      reply.header('www-authenticate', 'Bearer error="invalid_token"');
      return sendFailure(reply, { status: 401, code: 'UNAUTHENTICATED', message: 'The credential is not valid.' });
    }
    request.logged.actorKind = outcome.kind;
    remember(request, outcome);
    return undefined;
  };
}
