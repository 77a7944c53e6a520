import type { FastifyInstance } from 'fastify';

declare module 'fastify' {
  interface FastifyInstance {
    readonly lifecycle: { stopping: boolean };
  }
}

/** Starts one check for each part that must work (`database`, `migrations`); a check answers false, or rejects, when its part fails. */
export type Readiness = () => Readonly<Record<string, Promise<boolean>>>;

/** Long enough for a slow database, short enough to answer within 1.5 s when it is gone. */
const CHECK_TIMEOUT_MS = 1_000;

/**
 * Adds `/healthz`, which says that the process answers, and `/readyz`, which says whether to send it work:
 * 200 with `{ "status": "ready" }`, or 503 with the parts that fail, `stopping` among them while the server drains.
 */
export function addHealthRoutes(server: FastifyInstance, readiness: Readiness): void {
  server.decorate('lifecycle', { stopping: false });
  server.get('/healthz', async () => ({ status: 'ok' }));
  server.get('/readyz', async (_request, reply) => {
    const failing = server.lifecycle.stopping ? ['stopping'] : await failingParts(readiness);
    return failing.length === 0 ? { status: 'ready' } : reply.code(503).send({ status: 'not ready', failing });
  });
}

async function failingParts(readiness: Readiness): Promise<string[]> {
  const checks = Object.entries(readiness()).map(async ([part, check]) => ((await inTime(check)) ? null : part));
  return (await Promise.all(checks)).filter((part) => part !== null);
}

async function inTime(check: Promise<boolean>): Promise<boolean> {
  const { promise: late, resolve } = Promise.withResolvers<boolean>();
  const timer = setTimeout(resolve, CHECK_TIMEOUT_MS, false);
  try {
    return await Promise.race([check, late]);
  } catch {
    return false;
  } finally {
    clearTimeout(timer);
  }
}
