import { createGunzip } from 'node:zlib';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Actor } from '../use-cases/actor.js';
import type { Outcome } from '../use-cases/outcome.js';
import { type Authenticate, expectForm, identify } from './authentication.js';
import { type Failure, sendFailure, sendUserErrors } from './failure.js';

/** What a report came to, as the door tells it. */
export interface NotedReport {
  readonly readAt: string;
  readonly platformVersion: string | null;
}

export interface ReportDoor<TActor extends Actor> {
  readonly authenticate: Authenticate<TActor>;
  /** The largest report, in bytes after inflation. */
  readonly maxBytes: number;
  readonly takeReport: (actor: TActor, storeId: string, document: Uint8Array, signature: string) => Promise<Outcome<NotedReport>>;
}

const NO_CREDENTIAL: Failure = {
  status: 401,
  code: 'UNAUTHENTICATED',
  message: 'This needs the token of a store: send "Authorization: Bearer <token>".',
};
const NO_STORE: Failure = { status: 403, code: 'FORBIDDEN', message: 'A store reports with a token of its own.' };
const NO_SIGNATURE: Failure = {
  status: 400,
  code: 'BAD_USER_INPUT',
  message: 'The header tenure-signature holds the signature of the document, in base64, once.',
};

/**
 * Adds `POST /v1/store-report`: what the plugin inside a store reports, for documents that are too long for GraphQL. The body is the document, byte for byte as it was
 * signed, as it is or compressed with gzip; the header `tenure-signature` its signature. 200 with what was noted; 400 for a body or a header that cannot be read,
 * 401 without a credential, 403 for a token that is no store's, both before the body is read; 404, 409 (a nonce that was used; a report that comes
 * too soon, with when it is taken) or 422 with what must be corrected, 413 for more than `maxBytes`, 415 for another encoding or type.
 */
export function addStoreReport<TActor extends Actor>(server: FastifyInstance, door: ReportDoor<TActor>): void {
  const actors = new WeakMap<FastifyRequest, TActor>();
  server.register(async (scope) => {
    scope.removeAllContentTypeParsers();
    // What was signed are bytes: they are kept as they came.
    scope.addContentTypeParser('application/json', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
    scope.route({
      method: 'POST',
      url: '/v1/store-report',
      bodyLimit: door.maxBytes,
      config: { encodings: ['gzip'] },
      onRequest: expectForm({ kinds: ['store'], sessions: false, absent: NO_CREDENTIAL, foreign: NO_STORE }),
      preParsing: async (request, reply, payload) =>
        request.headers['content-encoding']?.toLowerCase() === 'gzip' ? inflated(payload, reply) : payload,
      preHandler: identify(door.authenticate, (request, actor) => actors.set(request, actor)),
      handler: async (request, reply) => {
        const actor = actors.get(request);
        if (actor === undefined) throw new Error('a request reached the report without its actor');
        if (actor.kind !== 'STORE' || actor.storeId === null) return sendFailure(reply, NO_STORE);
        const signature = request.headers['tenure-signature'];
        if (typeof signature !== 'string') return sendFailure(reply, NO_SIGNATURE);
        if (!Buffer.isBuffer(request.body) || request.body.length === 0)
          return sendFailure(reply, { status: 400, code: 'BAD_REQUEST', message: 'The body is empty.' });
        const { value, userErrors } = await door.takeReport(actor, actor.storeId, request.body, signature);
        return value === null ? sendUserErrors(reply, userErrors) : reply.send(value);
      },
    });
  });
}

/** The body inflated as it is read: whoever reads it counts, and what is not read any more is not inflated either. */
function inflated(payload: NodeJS.ReadableStream, reply: FastifyReply) {
  const gunzip = Object.assign(createGunzip(), { receivedEncodedLength: 0 });
  payload.on('data', (chunk: Buffer) => {
    gunzip.receivedEncodedLength += chunk.length;
  });
  payload.on('error', (error) => gunzip.destroy(error));
  reply.raw.once('close', () => gunzip.destroy());
  reply.raw.once('finish', () => {
    payload.unpipe(gunzip);
    gunzip.destroy();
  });
  return payload.pipe(gunzip);
}
