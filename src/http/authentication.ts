import type { FastifyReply, FastifyRequest } from 'fastify';
import { sendFailure } from './failure.js';

/** What the shell must know of who is asking; an actor of the use cases says more. No credential makes `ANONYMOUS`. */
export interface Asker {
  readonly kind: 'ANONYMOUS' | 'CUSTOMER' | 'STORE' | 'PARTNER' | 'STAFF';
}

/** A credential came, and is not good: unknown, malformed, expired, revoked. The client is not told which. */
export interface AuthenticationFailure {
  readonly failure: 'INVALID_CREDENTIAL';
}

/** Decides who asks. What it opens for the request, it closes when the reply closes at the latest: that comes after an answer and after a client that hung up. */
export type Authenticate<TActor extends Asker> = (request: FastifyRequest, reply: FastifyReply) => Promise<TActor | AuthenticationFailure>;

const BEARER = /^Bearer +([A-Za-z0-9._~+/-]+=*)$/i;

/** Reads `Authorization: Bearer …`: the token, null where the header is absent, a failure where it is anything else. */
export function readBearer(authorization: string | undefined): string | null | AuthenticationFailure {
  if (authorization === undefined) return null;
  return BEARER.exec(authorization)?.[1] ?? { failure: 'INVALID_CREDENTIAL' };
}

/**
 * Makes the step that a route takes when it has a request as a whole: asks who it is, and answers 401 UNAUTHENTICATED for a bad credential.
 * Not before: a request that is never sent to its end must not hold what asking takes.
 * A good one is kept with `remember`; its kind is logged with the request.
 */
export function identify<TActor extends Asker>(
  authenticate: Authenticate<TActor>,
  remember: (request: FastifyRequest, actor: TActor) => void,
) {
  return async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply | undefined> => {
    const outcome = await authenticate(request, reply);
    if ('failure' in outcome) {
      reply.header('www-authenticate', 'Bearer error="invalid_token"');
      return sendFailure(reply, { status: 401, code: 'UNAUTHENTICATED', message: 'The credential is not valid.' });
    }
    request.logged.actorKind = outcome.kind;
    remember(request, outcome);
    return undefined;
  };
}
