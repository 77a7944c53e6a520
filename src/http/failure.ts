import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import type { UserError, UserErrorCode } from '../use-cases/outcome.js';

/** The one shape of a failure, of GraphQL and of every other route: a GraphQL client and a shell script read the same thing. */
export interface Failure {
  readonly status: number;
  readonly code: string;
  readonly message: string;
}

/** What Fastify itself refuses, and how we tell it. Its own messages repeat parts of the request. */
const FRAMEWORK_FAILURES: Readonly<Record<string, Failure>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: { status: 413, code: 'BODY_TOO_LARGE', message: 'The body is too large.' },
  FST_ERR_CTP_INVALID_MEDIA_TYPE: { status: 415, code: 'UNSUPPORTED_MEDIA_TYPE', message: 'The body must be application/json.' },
  FST_ERR_CTP_EMPTY_JSON_BODY: { status: 400, code: 'BAD_REQUEST', message: 'The body is empty.' },
  FST_ERR_CTP_INVALID_JSON_BODY: { status: 400, code: 'BAD_REQUEST', message: 'The body is no valid JSON.' },
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: { status: 400, code: 'BAD_REQUEST', message: 'The body differs from its content-length.' },
  FST_ERR_BAD_URL: { status: 400, code: 'BAD_REQUEST', message: 'The URL is malformed.' },
};

const OUTAGE: Failure = { status: 503, code: 'SERVICE_UNAVAILABLE', message: 'The service is unavailable for the moment. Try again.' };
const MASKED: Failure = { status: 500, code: 'INTERNAL_SERVER_ERROR', message: 'Internal server error.' };

/** Answers a failure as `{ errors: [{ message, extensions: { code, requestId } }] }`. */
export function sendFailure(reply: FastifyReply, { status, code, message }: Failure): FastifyReply {
  const failure = { errors: [{ message, extensions: { code, requestId: reply.request.id } }] };
  return reply.code(status).type('application/json; charset=utf-8').send(failure);
}

/** Of what the caller can correct, what is no matter of the input itself. */
const USER_ERROR_STATUS: Partial<Record<UserErrorCode, number>> = { NOT_FOUND: 404, CONFLICT: 409, NOT_AVAILABLE: 409 };

/** Answers what must be corrected in the same shape, an entry for each mistake with where it stands: 404 or 409 by the first one's code, else 422. */
export function sendUserErrors(reply: FastifyReply, userErrors: readonly UserError[]): FastifyReply {
  const errors = userErrors.map(({ code, message, path }) => ({
    message,
    extensions: { code, path: path.slice(1), requestId: reply.request.id },
  }));
  const [first] = userErrors;
  return reply.code((first && USER_ERROR_STATUS[first.code]) ?? 422).send({ errors });
}

/** Makes the handler of every error outside GraphQL: a framework's refusal is told, an outage is 503, the rest is logged and masked. */
export function failureHandler(isOutage: (error: unknown) => boolean) {
  return (error: FastifyError, request: FastifyRequest, reply: FastifyReply): FastifyReply => {
    const known = FRAMEWORK_FAILURES[error.code];
    if (known !== undefined) return sendFailure(reply, known);
    const status = error.statusCode ?? 500;
    // A client that went away, or another refusal of the framework: nothing that an operator must mend.
    if (status >= 400 && status < 500) return sendFailure(reply, { status, code: 'BAD_REQUEST', message: 'The request cannot be read.' });
    request.log.error({ err: error }, 'request failed');
    return sendFailure(reply, isOutage(error) ? OUTAGE : MASKED);
  };
}
