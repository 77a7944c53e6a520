import type { IncomingMessage, ServerResponse } from 'node:http';
import { json } from 'node:stream/consumers';
import { z } from 'zod';

const SWITCH_PATH = '/sandbox/access';

/** What a sandbox shop lets its visitors do, changeable while it runs. */
export interface AccessSwitch<T> {
  readonly current: T;
  /** Throws on what cannot be meant; what is left out of `change` stays. */
  set(change: Partial<T>): void;
  /** Answers a request to the switch itself: true when it was one. */
  intercept(request: IncomingMessage, response: ServerResponse): Promise<boolean>;
}

/**
 * A switch for rights and logins of a sandbox shop, from code or, on the shop's own port, by `PUT /sandbox/access` with what changes as JSON, `GET`, and
 * `DELETE` for what it began with. It holds no credentials.
 */
export function accessSwitch<T extends object>(schema: z.ZodType<Partial<T>>, initial: T): AccessSwitch<T> {
  let current = initial;
  const set = (change: Partial<T>) => {
    current = { ...current, ...schema.parse(change) };
  };
  return {
    get current() {
      return current;
    },
    set,
    async intercept(request, response) {
      if (request.url !== SWITCH_PATH) return false;
      const reply = (status: number, body: unknown) =>
        response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(body));
      if (request.method === 'DELETE') current = initial;
      if (request.method !== 'PUT') {
        reply(200, current);
        return true;
      }
      const change = schema.safeParse(await json(request).catch(() => undefined));
      if (!change.success) {
        reply(400, { message: z.prettifyError(change.error) });
        return true;
      }
      current = { ...current, ...change.data };
      reply(200, current);
      return true;
    },
  };
}
