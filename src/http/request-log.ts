import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { type FastifyInstance, type FastifyServerOptions, LogController } from 'fastify';

declare module 'fastify' {
  interface FastifyRequest {
    /** What the line about a request says beyond method, route, status, duration and id. */
    readonly logged: { actorKind?: string; operationName?: string };
  }
}

const WELL_FORMED_ID = /^[A-Za-z0-9._-]{8,64}$/;
/** Longest operation name in a log line; the name is the client's text. */
const OPERATION_NAME_LENGTH = 64;
const FRAMES = 12;
const PROBES = new Set(['/healthz', '/readyz']);

/** The id of a request: the client's `x-request-id` when it is 8 to 64 letters, digits, dots, dashes or underscores, else a new UUID. */
export function requestId(request: IncomingMessage): string {
  const given = request.headers['x-request-id'];
  return typeof given === 'string' && WELL_FORMED_ID.test(given) ? given : randomUUID();
}

/** An error in a log line, in the fields that log readers expect. */
export interface LoggedError {
  readonly type: string;
  readonly code?: string;
  readonly message: 'withheld';
  readonly stack: string;
  readonly [key: string]: unknown;
}

/**
 * What a log line may say of an error: its name, its code and where in our source it was thrown.
 * Never its message: a driver's holds values and tables, an HTTP client's holds headers.
 */
export function loggedError(error: unknown): LoggedError {
  if (!(error instanceof Error)) return { type: typeof error, message: 'withheld', stack: '' };
  const code = 'code' in error && typeof error.code === 'string' ? { code: error.code } : {};
  // Only the lines that name a place: the lines before them repeat the message.
  const frames = (error.stack ?? '').split('\n').filter((line) => /^ {4}at .*:\d+:\d+\)?$/.test(line));
  return { type: error.name, ...code, message: 'withheld', stack: frames.slice(0, FRAMES).join('\n') };
}

/** Options of Fastify that make structured lines from an allow-list: no header, body, variable, token or query string has a way in. */
export function logOptions(level: string, stream?: NodeJS.WritableStream): Pick<FastifyServerOptions, 'logger' | 'logController'> {
  return {
    logController: new LogController({ disableRequestLogging: true, requestIdLogLabel: 'requestId' }),
    logger: {
      level,
      base: null,
      ...(stream === undefined ? {} : { stream }),
      serializers: {
        req: ({ method }: { method: string }) => ({ method }),
        res: ({ statusCode }: { statusCode: number }) => ({ statusCode }),
        err: loggedError,
      },
      hooks: {
        logMethod(values, method) {
          const [first] = values;
          const error =
            first instanceof Error ? first : typeof first === 'object' && first !== null && 'err' in first ? first.err : undefined;
          // Without a text of its own, a line about an error would get the error's message.
          if (error instanceof Error && (values[1] === undefined || values[1] === error.message))
            return method.apply(this, [{ err: error }, 'failed']);
          return method.apply(this, values);
        },
      },
    },
  };
}

/** Writes one line for each answered request, and echoes the request's id to the client. Probes are lines of `debug`. */
export function logRequests(server: FastifyInstance): void {
  server.decorateRequest('logged');
  server.addHook('onRequest', async (request, reply) => {
    Object.assign(request, { logged: {} });
    reply.header('x-request-id', request.id);
  });
  server.addHook('onResponse', async (request, reply) => {
    const route = request.routeOptions.url ?? 'unmatched';
    const { actorKind, operationName } = request.logged;
    const line = {
      method: request.method,
      route,
      status: reply.statusCode,
      durationMs: Math.round(reply.elapsedTime),
      actorKind,
      operationName: operationName?.slice(0, OPERATION_NAME_LENGTH),
    };
    request.log[PROBES.has(route) ? 'debug' : 'info'](line, 'request');
  });
}
