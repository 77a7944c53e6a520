import type { FastifyInstance } from 'fastify';
import { sendFailure } from './failure.js';

/** Answers what no route serves: 405 with `Allow` where the path is served under another method, else 404. Neither repeats the path. */
export function answerUnknownRoutes(server: FastifyInstance): void {
  const routes: { readonly pattern: URLPattern; readonly methods: readonly string[] }[] = [];
  server.addHook('onRoute', ({ url, method }) => {
    routes.push({ pattern: new URLPattern({ pathname: url }), methods: [method].flat() });
  });
  server.setNotFoundHandler((request, reply) => {
    const pathname = request.url.split('?', 1)[0] ?? '';
    const allowed = routes.filter(({ pattern }) => pattern.test({ pathname })).flatMap(({ methods }) => methods);
    if (allowed.length === 0) return sendFailure(reply, { status: 404, code: 'NOT_FOUND', message: 'There is nothing here.' });
    reply.header('allow', [...new Set(allowed)].sort().join(', '));
    return sendFailure(reply, { status: 405, code: 'METHOD_NOT_ALLOWED', message: 'The method is not allowed here.' });
  });
}
