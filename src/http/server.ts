import type { Server } from 'node:http';
import Fastify, { type FastifyError, type FastifyHttpOptions, type FastifyInstance } from 'fastify';
import type { GraphQLSchema } from 'graphql';
import type { Asker, Authenticate } from './authentication.js';
import type { Config } from './config.js';
import { failureHandler, sendFailure } from './failure.js';
import { type MakeContext, mountGraphql } from './graphql-mount.js';
import { addHealthRoutes, type Readiness } from './health.js';
import { logOptions, logRequests, requestId } from './request-log.js';
import { answerUnknownRoutes } from './unknown-route.js';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Encodings of a body that a door inflates itself, within its bound; none unless said. */
    readonly encodings?: readonly string[];
  }
}

/** Largest body, in bytes, where a door sets no other. Compressed bodies are refused, so what arrives is what is parsed. */
const BODY_BYTES = 100_000;
/** A client that takes longer to send its request is cut off. */
const REQUEST_TIMEOUT_MS = 15_000;
const HEADERS_TIMEOUT_MS = 10_000;
/** How often Node looks for such clients: its own 30 s would give them three times as long. */
const TIMEOUT_CHECK_MS = 500;
/** Longer than the 60 s for which usual proxies keep an idle connection, so that the proxy is the one to close it. */
const KEEP_ALIVE_MS = 65_000;
/** Between saying "not ready" and closing the door, for a balancer to notice. */
const READINESS_LEAD_MS = 500;

export interface ServerOptions<TActor extends Asker> {
  readonly config: Pick<Config, 'logLevel' | 'development' | 'trustProxy'>;
  readonly schema: GraphQLSchema;
  /** Who is asking. No credential is an anonymous actor; a bad one is a failure, answered with 401. */
  readonly authenticate: Authenticate<TActor>;
  /** What the resolvers of one request share. */
  readonly makeContext: MakeContext<TActor>;
  readonly readiness: Readiness;
  /** Tells a lost database (503, worth another try) from a bug (500). */
  readonly isOutage?: (error: unknown) => boolean;
  readonly logStream?: NodeJS.WritableStream;
  /** Within this a client must have sent its request to the end; default 15 s. */
  readonly requestTimeoutMs?: number;
}

/**
 * Builds the server: GraphQL at `/graphql`, `/healthz`, `/readyz`. It does not listen yet, and other doors may be added before it does.
 * Every failure has one shape, `{ errors: [{ message, extensions: { code, requestId } }] }`.
 */
export async function buildServer<TActor extends Asker>(options: ServerOptions<TActor>): Promise<FastifyInstance> {
  const { config, isOutage = () => false } = options;
  const requestTimeout = options.requestTimeoutMs ?? REQUEST_TIMEOUT_MS;
  const settings: FastifyHttpOptions<Server> = {
    ...logOptions(config.logLevel, options.logStream),
    genReqId: requestId,
    requestIdHeader: false,
    trustProxy: config.trustProxy,
    bodyLimit: BODY_BYTES,
    requestTimeout,
    // Longer for the headers than for the whole, and Node would cut off neither.
    http: { headersTimeout: Math.min(HEADERS_TIMEOUT_MS, requestTimeout), connectionsCheckingInterval: TIMEOUT_CHECK_MS },
    keepAliveTimeout: KEEP_ALIVE_MS,
    forceCloseConnections: 'idle',
    frameworkErrors: (error, request, reply) => failureHandler(isOutage)(error, request, reply),
  };
  const server = Fastify(settings);
  server.setErrorHandler<FastifyError>(failureHandler(isOutage));
  server.removeContentTypeParser('text/plain');
  logRequests(server);
  addSecurityHeaders(server);
  refuseUnreadable(server);
  answerUnknownRoutes(server);
  addHealthRoutes(server, options.readiness);
  await mountGraphql(server, { ...options, development: config.development, isOutage });
  return server;
}

/** Builds the server of a process that answers no questions: `/healthz` and `/readyz`, and the log. It does not listen yet. */
export function buildProbeServer(options: Pick<ServerOptions<Asker>, 'config' | 'readiness' | 'logStream'>): FastifyInstance {
  const server = Fastify(logOptions(options.config.logLevel, options.logStream));
  logRequests(server);
  addSecurityHeaders(server);
  answerUnknownRoutes(server);
  addHealthRoutes(server, options.readiness);
  return server;
}

/**
 * Stops without losing an answer: says "not ready", waits for a balancer to notice, refuses new connections, lets running requests finish.
 * After `graceMs` in all, what still runs is cut off. Resolves when every connection is closed.
 */
export async function stopGracefully(
  server: FastifyInstance,
  { graceMs, leadMs = READINESS_LEAD_MS }: { readonly graceMs: number; readonly leadMs?: number },
): Promise<void> {
  server.lifecycle.stopping = true;
  const cutOff = setTimeout(() => server.server.closeAllConnections(), graceMs);
  try {
    await new Promise((resolve) => setTimeout(resolve, Math.min(leadMs, graceMs)));
    await server.close();
  } finally {
    clearTimeout(cutOff);
  }
}

/** Nothing that we answer is a page; a door that serves one overrides these. */
function addSecurityHeaders(server: FastifyInstance): void {
  server.addHook('onRequest', async (request, reply) => {
    reply.headers({
      'cache-control': 'no-store',
      'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
      'cross-origin-resource-policy': 'same-origin',
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
    });
    if (request.protocol === 'https') reply.header('strict-transport-security', 'max-age=31536000');
  });
}

function refuseUnreadable(server: FastifyInstance): void {
  server.addHook('onRequest', async (request, reply) => {
    // A compressed body would have to be inflated before it can be bounded: only a door that does so takes one.
    const { encodings = [] } = request.routeOptions.config;
    const encoding = request.headers['content-encoding']?.toLowerCase();
    if (encoding !== undefined && encoding !== 'identity' && !encodings.includes(encoding)) {
      reply.header('accept-encoding', [...encodings, 'identity'].join(', '));
      const message =
        encodings.length === 0 ? 'The body must not be compressed.' : `The body is sent as it is, or as ${encodings.join(', ')}.`;
      return sendFailure(reply, { status: 415, code: 'UNSUPPORTED_CONTENT_ENCODING', message });
    }
    // Apollo's door builds a URL from the host, and would fail on one that is none.
    if (!URL.canParse(`${request.protocol}://${request.hostname}/`)) {
      return sendFailure(reply, { status: 400, code: 'BAD_REQUEST', message: 'The host is malformed.' });
    }
    return undefined;
  });
}
